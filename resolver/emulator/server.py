"""The server: uvicorn, as the emulator is served by it, in the foreground or in a thread of this process.

It speaks HTTP/1.1 only: offers of other protocols are declined, and heads are bounded in time.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import FrameType
from typing import Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from resolver.emulator.app import Application, create_app
from resolver.emulator.asgi import Shell
from resolver.emulator.http_messages import Response, refusal
from resolver.emulator.request_bodies import rest_of

MOST_HEAD = 256 * 1024
"""Bytes of a head that may follow those that came first, and of what a body in chunks has between and behind them."""


class Answer(RequestResponseCycle):
    """One request and its answer: a body that has come is taken, and a whole answer is sent, in one step."""

    def take_body(self) -> bytes | None:
        """Return the whole body; None where some of it has still to come, or its client is gone."""
        if self.more_body or self.disconnected:
            return None
        body, self.body = bytes(self.body), bytearray()
        return body

    def send_whole(self, status: int, headers: bytes, body: bytes) -> bool:
        """Send an answer with one system call, and return True; False where ``send`` must do it.

        *headers* are lines, ``content-length`` among them. Nothing in them is looked at again.
        """
        if self.response_started or self.disconnected or self.flow.write_paused or not self.keep_alive:
            return False
        more = b"".join([b"%b: %b\r\n" % header for header in self.default_headers])
        self.transport.write(b"%b%b%b\r\n%b" % (STATUS_LINE[status], more, headers, body))
        self.response_started = self.response_complete = True
        self.message_event.set()
        self.on_response()
        return True


class Connection(HttpToolsProtocol):
    """One connection of a server.

    A request that offers to go on in another protocol (``Upgrade: h2c``, as every JDK ``HttpClient`` sends) is served
    as HTTP/1.1. httptools takes such an offer for accepted and does not parse the body. So the head is read by it
    twice: the second time by a new parser, without the offer, and with the body behind it. (RFC 9110, 7.8: "A server
    MAY ignore a received Upgrade header field".)

    What is no HTTP, and a head that is too long or does not come, is answered in the documented shape and logged.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_bytes = 0
        self._has_answered = False
        self._is_reading = False
        self._ready: tuple[Any, Any] | None = None
        self.waits_since: float | None = self.loop.time()
        """Since when a head is waited for that has not come as a whole, on the loop's clock; None while none is."""

    @property
    def _shell(self) -> Shell:
        return cast(Shell, self.config.app.state.shell)  # type: ignore[union-attr]

    def on_headers_complete(self) -> None:
        """Begin a request. What comes as headers from now on are trailers, which nobody reads (RFC 9110, 6.5.1)."""
        super().on_headers_complete()
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, however it came."""
        self._head_bytes = 0
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """Take what has come in, and answer a request that is there as a whole."""
        before, cycle = self.scope, self.cycle
        self._head_bytes += len(data)
        self._is_reading = True
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offered:
            if self.scope["method"] == "CONNECT":
                self.send_400_response("this is no proxy; expected another method than CONNECT")
                return
            head = self._head_without_offer()
            self._renew_parser()
            self.data_received(head + data[offered.args[0] :])
            return
        except httptools.HttpParserError as error:
            self.send_400_response(f"this is no HTTP request: {error}")
            return
        finally:
            self._is_reading = False
        is_in_head = self._is_in_head()
        if self.scope is not before:
            self.waits_since, self._head_bytes = self.loop.time() if is_in_head else None, 0
        elif self.cycle is not cycle:
            self.waits_since = None
        elif self._has_answered and self.waits_since is not None and data.strip():
            self.waits_since = self.loop.time()  # a body that was answered before it came
        self._begin_ready()
        if self._head_bytes > MOST_HEAD:
            if is_in_head or (self.cycle is not None and not self.cycle.response_started):
                what = "head" if is_in_head else "part behind a chunk of the body"
                self._close_with(refusal(431, f"the {what} is too large; expected at most {MOST_HEAD} bytes"))
            else:
                self.transport.close()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Have a request answered; one whose head has just been read, when all that came is read."""
        cycle.__class__ = Answer
        if self._is_reading:
            self._ready = cycle, app
        else:
            self._run(cycle.run_asgi(app))

    def _run(self, answering: Any) -> None:
        task = self.loop.create_task(answering)
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _begin_ready(self) -> None:
        """Begin to answer the request that is ready; a task, which costs as much as an answer, only if it waits."""
        if self._ready is None:
            return
        (cycle, app), self._ready = self._ready, None
        answering = cycle.run_asgi(app)
        if not cycle.more_body and self._shell.is_prompt(cycle.scope["method"]):
            try:
                awaited = answering.send(None)
            except StopIteration:
                return
            answering = rest_of(answering, awaited)
        self._run(answering)

    def on_response_complete(self) -> None:
        """Turn to the next request, or wait for it: without a timer of its own, since ``check`` looks as well."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.waits_since, self._has_answered = self.loop.time(), True

    def check(self, now: float) -> None:
        """Close the connection if it has been waiting for a request too long."""
        if self.waits_since is None or self._is_answering():
            return
        bounds, is_in_head = self._shell.bounds, self._is_in_head()
        is_idle = self._has_answered and not is_in_head
        seconds = bounds.idle_seconds if is_idle else bounds.head_seconds
        if now - self.waits_since < seconds:
            return
        self.waits_since = None
        if is_in_head:
            self._close_with(refusal(408, f"the head of the request did not come within {seconds:g} seconds"))
        else:
            self._shell.note_closed("idle" if is_idle else "nothing came", seconds)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP request, after the request before it, and close the connection."""
        self._begin_ready()
        self._close_with(refusal(400, msg))

    def _close_with(self, response: Response) -> None:
        request_id = self._shell.note_refused(response)
        head = (
            f"content-type: {response.media_type}\r\ncontent-length: {len(response.body)}\r\n"
            f"twilio-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[response.status] + head.encode("latin-1") + response.body)
        self.transport.close()

    def _is_in_head(self) -> bool:
        """Return whether the head of a request has begun and is not complete."""
        return self.scope is not None and "path" not in self.scope

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _should_upgrade(self) -> bool:
        """Return True: uvicorn then leaves a request that offers another protocol to ``data_received``."""
        return True

    def _head_without_offer(self) -> bytes:
        version = self.scope["http_version"].encode("ascii")
        parts = [b"%b %b HTTP/%b\r\n" % (self.scope["method"].encode("ascii"), self.url, version)]
        for name, value in self.scope["headers"]:
            if name not in _OFFER:
                kept = _without_offer(value) if name == b"connection" else value
                parts.append(b"%b: %b\r\n" % (name, kept))
        return b"".join((*parts, b"\r\n"))

    def _renew_parser(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does


def _without_offer(connection: bytes) -> bytes:
    """Return a ``Connection`` header without what belongs to the offer; one without tokens says nothing."""
    tokens = [token.strip() for token in connection.split(b",")]
    return b", ".join(token for token in tokens if token.lower() not in _OFFER) or b"keep-alive"


_OFFER = (b"upgrade", b"http2-settings")
"""Headers, and tokens of ``Connection``, that offer another protocol."""


GRACE = 1.0
"""Seconds that requests under way have left to arrive when the server is told to stop."""

_TICK = 0.05
"""Seconds after which a stop looks around again."""


class Server(uvicorn.Server):
    """Serves an application on sockets that listen already; a stop waits for the answers to all that has arrived.

    *patience* is how many seconds it waits for clients to read theirs.
    """

    def __init__(self, app: Application, *, patience: float) -> None:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            proxy_headers=False,
        )
        super().__init__(config)
        self._patience = patience
        self._is_in_a_hurry = False

    async def on_tick(self, counter: int) -> bool:
        """Look ten times a second for connections whose requests do not come; return whether the server shall stop."""
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.check(now)
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; the second time, stop at once: what is under way is answered with 503 now."""
        if self.should_exit:
            self._is_in_a_hurry = True
        else:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new requests, answer those that came, and let the application end."""
        self._end(GRACE)
        hanging_up = asyncio.create_task(self._hang_up())
        await super().shutdown(sockets)
        hanging_up.cancel()

    def _end(self, seconds: float) -> None:
        self.config.app.state.shell.end(seconds)  # type: ignore[union-attr]

    async def _hang_up(self) -> None:
        """Close connections whose clients do not read, time and again, so that no request has to be cancelled."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            await asyncio.sleep(_TICK)
            if self._is_in_a_hurry:
                self._end(0)
            elif loop.time() < until:
                continue
            for connection in list(self.server_state.connections):
                if connection.transport.get_write_buffer_size():
                    connection.transport.abort()


_START_SECONDS = 10.0
"""Seconds that a server may take to start."""

_STOP_SECONDS = 1.0
"""Seconds that it waits for clients to read their answers when it stops."""


class RunningServer:
    """A server that runs from when it is made until ``stop``, and serves one application after the other.

    To begin anew with another application takes a millisecond, to start and stop a server a fifth of a second.
    Connections stay open; each request is for the application that is served when it comes.
    """

    def __init__(self, app: Any) -> None:
        self._served = _Served(app)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._server = Server(self._served, patience=_STOP_SECONDS)  # type: ignore[arg-type]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listening]}, name="resolver-emulator", daemon=True
        )
        self._thread.start()
        try:
            self._wait_for_start()
        except BaseException:
            self.stop()
            raise

    def serve(self, app: Any) -> None:
        """Serve this application from now on; the one before is ended. Raises what its start raises."""
        assert self._served.loop is not None
        asyncio.run_coroutine_threadsafe(self._served.begin(app), self._served.loop).result()

    def stop(self) -> None:
        """Return when what was asked is answered, and the server has stopped."""
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    def _wait_for_start(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the emulator did not start; its log says why")
            time.sleep(0.001)


class _Served:
    """An ASGI application that is another one, which may change; each is started and ended as a server would."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.loop: asyncio.AbstractEventLoop | None = None
        self._lifespan: AbstractAsyncContextManager[Any] | None = None

    @property
    def state(self) -> Any:
        """The state of the application that is served, and so its shell: nothing that is kept of it outlives it."""
        return self.app.state

    async def begin(self, app: Any) -> None:
        """End the application before, if any, and start this one."""
        await self.end()
        lifespan = app.router.lifespan_context(app)
        await lifespan.__aenter__()
        self.app, self._lifespan = app, lifespan

    async def end(self) -> None:
        """End the application that is served."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None:
            await lifespan.__aexit__(None, None, None)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Have a request answered, or follow the server's start and stop."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        self.loop = asyncio.get_running_loop()
        await receive()
        await self.begin(self.app)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.end()
        await send({"type": "lifespan.shutdown.complete"})


def local_app(**options: Any) -> Any:
    """Return what ``create_app`` does, for the loopback interface: other host names are refused unless named."""
    return create_app(**{"host_names": (), **options})


@contextmanager
def running_emulator(**options: Any) -> Iterator[str]:
    """Yield the URL of an emulator that runs until the block ends; *options* are those of ``create_app``.

    >>> import httpx
    >>> with running_emulator() as url:
    ...     httpx.get(f"{url}/healthz").status_code
    200
    """
    server = RunningServer(local_app(**options))
    try:
        yield server.url
    finally:
        server.stop()
