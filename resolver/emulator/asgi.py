"""The emulator as an ASGI application: has requests answered, and sends nothing before it is kept."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from resolver.emulator.auth import Auth, Origins, check_content_type
from resolver.emulator.entries import CommitFailed, Entry, Journal
from resolver.emulator.faults import Limits
from resolver.emulator.http_messages import (
    JSON,
    Bounds,
    Receive,
    Refused,
    Request,
    Response,
    Scope,
    Send,
    forwarded_scheme,
    headers_of,
    path_of,
    refusal,
    refuse_length,
    send_response,
)
from resolver.emulator.monitoring import NO_ENDPOINT, Log, LogSink, Metrics, request_line
from resolver.emulator.request_bodies import BodyTimeout, Gone, body_of, has_body
from resolver.emulator.respond import respond
from resolver.emulator.routing import Route, Router
from resolver.emulator.service import Options, Service, rebuilt
from resolver.emulator.turns import Turns
from resolver.errors import ResolverError

_SHORT = 4096
"""Bytes of a body whose request is carried out on the event loop, within milliseconds."""

_LONGEST_BODY_LOGGED = 4096
"""Bytes."""

_LAST_DUMP_SECONDS = 0.5
"""How long a stop may take to keep a dump: it only makes the next start faster."""

_errors = logging.getLogger("resolver.emulator")


class Shell:
    """An ASGI application around one service.

    Requests are decided one at a time, in the order in which they are complete; a write is answered when the journal
    has kept it and all before it. When the journal cannot, it and all after it are answered with 503, and the service
    is rebuilt from what the journal has.
    """

    def __init__(
        self,
        options: Options,
        router: Router,
        origins: Origins,
        auth: Auth,
        limits: Limits,
        metrics: Metrics,
        *,
        journal: Journal | None = None,
        log: Log | None = None,
        log_values: bool = False,
        bounds: Bounds | None = None,
        is_behind_proxy: bool = False,
    ) -> None:
        self._options = options
        self._router = router
        self._origins = origins
        self._auth = auth
        self._limits = limits
        self._metrics = metrics
        self._journal = journal
        self.log = log if isinstance(log, LogSink) else LogSink(log)
        self._log_values = log_values
        self.bounds = bounds or Bounds()
        self._is_behind_proxy = is_behind_proxy
        self._body_timeout = BodyTimeout(self.bounds.body_seconds)
        self._turns = Turns()
        self._last_headers: tuple[list[tuple[bytes, bytes]], dict[str, str]] = [], {}
        self._unkept: list[Entry] = []
        self._dumping: asyncio.Task[None] | None = None
        self._is_stale = False
        self.start_failure = ""
        self.service = self._rebuilt()

    # Starting and stopping

    def _rebuilt(self) -> Service:
        """Return the service that the journal has, or a new one; what it begins with is kept with the first write."""
        dump, entries = (None, ()) if self._journal is None else self._journal.load()
        service = rebuilt(dump, entries, self._options)
        self._unkept = service.begin(self._options.clock.now())
        return service

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Keep what the service begins with before, and a dump after requests are served."""
        if self._journal is None:
            yield
            return
        try:
            await self._keep((), self._journal)
        except CommitFailed as error:
            self.start_failure = str(error)
            raise
        yield
        if self._dumping is not None:
            await self._dumping
        with suppress(Refused, TimeoutError):  # a turn was cut; or the next start reads some more entries
            await asyncio.wait_for(self._keep_dump(self._journal), _LAST_DUMP_SECONDS)
        await self._journal.close()

    def end(self, seconds: float) -> None:
        """Wait only so many seconds more for what clients still have to send: the server stops."""
        self._body_timeout.end(seconds)
        self._turns.end(seconds)
        self._options.faults.end()

    # Requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        began = time.perf_counter()
        options = self._options
        method, path, query = scope["method"], path_of(scope), scope["query_string"].decode("latin-1")
        route: Route | None = None
        request: Request | None = None
        headers: dict[str, str] = {}
        try:
            if len(path) + len(query) > self.bounds.path:
                refuse_length(self.bounds)
            scheme, preflight = scope.get("scheme", "http"), None
            if scope["headers"] == self._last_headers[0]:  # a client sends the same ones again and again
                headers, is_known = self._last_headers[1], True
            else:
                headers, is_known = headers_of(scope, self.bounds), False
            if self._is_behind_proxy:
                scheme = forwarded_scheme(headers, scheme)
            if not is_known:
                preflight = self._origins.check(method, headers, scheme)
                if "origin" not in headers:  # then they are let in whatever the request is
                    self._last_headers = list(scope["headers"]), headers
            if preflight is None:
                route = self._router.find(method, path)
                endpoint = route.endpoint
                if not endpoint.is_open:
                    self._admit(route, method, headers)
                if options.faults.are_set and not endpoint.is_own:
                    await options.faults.strike(endpoint.name)
                prepares, body, prepared = endpoint.prepares, b"", None
                if has_body(headers):
                    most = self.bounds.body if prepares is None else self.bounds.state
                    body = await body_of(headers, receive, most, self._body_timeout)
                if prepares is not None:
                    prepared = await self._turns.in_thread(partial(prepares, body, options))
                root, at = scope.get("root_path", ""), options.clock.now()
                request = Request(method, path, query, headers, body, at, scheme, root, prepared)
                is_long = len(body) > _SHORT or endpoint.is_long or (options.delay_ms > 0 and self.service.is_behind)
                if endpoint.is_open or (self._turns.is_free and not is_long):
                    service = await self._fresh_service() if self._is_stale else self.service
                    response = respond(service, request, route)
                    if self._journal is not None:
                        response = await self._kept(service, response)
                else:  # shielded: whoever asked may go, but what was begun must be kept
                    response = await asyncio.shield(asyncio.ensure_future(self._in_turn(request, route, is_long)))
                if response.later is not None:
                    response = await self._turns.in_thread(response.whole)
            else:
                response = preflight
        except Gone:
            return
        except Refused as error:
            response = refusal(error.status, error.message, *error.headers)
        except Exception:
            _errors.exception("a request failed")
            self._is_stale = self._journal is not None
            response = refusal(500, "Internal Server Error")
        request_id = options.ids.request()
        self._note(method, path, query, route, request, response, time.perf_counter() - began, request_id)
        more_headers = response.headers + self._origins.headers_for(headers)
        await send_response(send, response, request_id, more_headers, has_body=method != "HEAD")

    def _admit(self, route: Route, method: str, headers: dict[str, str]) -> None:
        """Raise ``Refused`` for a request that is not let in."""
        self._auth.check(route, headers, self.service.operations)
        if self._limits.are_set and not route.endpoint.is_own:
            self._limits.admit()  # else nobody could move a clock that stands, once its second is used up
        given = headers.get("content-type", JSON)
        if given != JSON:
            check_content_type(method, given)

    async def _in_turn(self, request: Request, route: Route, is_long: bool) -> Response:
        """Return the response, carried out when it is its turn."""
        async with self._turns.turn():
            service = await self._fresh_service()
            if is_long:
                work = partial(self._prepared_response, service, request, route)
                response = await self._turns.in_thread(work, changes=True)
                if self.service is not service:
                    raise Refused(503, "Service Unavailable: a write before it could not be kept; it changed nothing")
            else:
                response = respond(service, request, route)
        return await self._kept(service, response)

    def _prepared_response(self, service: Service, request: Request, route: Route) -> Response:
        """Return the response, with what can be done before it is kept."""
        response = respond(service, request, route)
        if self._journal is not None:
            self._journal.prepare(response.entries)
        return response

    async def _fresh_service(self) -> Service:
        """Return the service, rebuilt if it is not what the journal has."""
        if self._is_stale and self._journal is not None:
            stale = self.service
            with suppress(CommitFailed):
                await self._journal.commit(())  # a service that is rebuilt before would lack what is under way
            self._recover(stale)
        return self.service

    async def _kept(self, service: Service, response: Response) -> Response:
        """Return the response once what it did is kept, and all that it was decided on."""
        if self._journal is None or not (response.entries or response.status == 202):
            return response
        try:
            await self._keep(response.entries, self._journal)
        except CommitFailed as error:
            _errors.warning("a write could not be kept: %s", error)
            self._recover(service)
            return refusal(503, "Service Unavailable: the write could not be kept, and changed nothing")
        return response

    async def _keep(self, entries: Sequence[Entry], journal: Journal) -> None:
        """Return when these entries and all before them are kept."""
        unkept, self._unkept = self._unkept, []
        await journal.commit((*unkept, *entries) if unkept else entries)
        if journal.wants_dump() and (self._dumping is None or self._dumping.done()):
            self._dumping = asyncio.create_task(self._keep_dump(journal))

    async def _keep_dump(self, journal: Journal) -> None:
        """Keep a dump, made in a thread of its own; not one of a service that has been rebuilt meanwhile."""
        async with self._turns.turn():
            service = self.service
            sequence, picture = service.sequence, service.picture()
        with suppress(Refused):  # the emulator stops: the journal has the entries all the same
            dump = await self._turns.in_thread(picture)
            if self.service is service and not self._is_stale:
                await journal.keep_dump(dump, sequence)

    def _recover(self, service: Service) -> None:
        """Rebuild the service from the journal, unless that was done since *service* decided."""
        if self.service is not service:
            return
        self._is_stale = True
        try:
            self.service = self._rebuilt()
        except Exception as error:
            _errors.error("the service could not be rebuilt: %s", error, exc_info=not isinstance(error, ResolverError))
            raise Refused(503, "Service Unavailable: what was kept cannot be read at the moment") from error
        self._is_stale = False

    def is_prompt(self, method: str) -> bool:
        """Return whether a request with a method is answered without a wait, so that it needs no task.

        With a journal, a write waits for it. Those that came together should reach it together, to share a commit;
        between two steps of the event loop the journal's thread would have its turn.
        """
        return self._journal is None or method == "GET"

    def metrics(self, request: Request) -> str:
        """Return the text of ``/metrics``; it names the stores that the credentials of the request reach."""
        sees, stores = self._auth.sees(request.headers), self.service.stores
        profiles = {name: len(store.engine) for name, store in stores.items() if sees(name)}
        return self._metrics.text(entries=self.service.sequence, profiles=profiles, dropped=self.log.dropped)

    def note_refused(self, response: Response) -> str:
        """Count and log an answer to what never became a request; return the id that it has all the same."""
        request_id = self._options.ids.request()
        self._metrics.add(NO_ENDPOINT, response.status, 0.0)
        at, status = self._options.clock.now(), response.status
        self.log({"at": at, "endpoint": NO_ENDPOINT, "status": status, "requestId": request_id})
        return request_id

    def note_closed(self, why: str, seconds: float) -> None:
        """Count and log a connection that was closed after so many seconds in which nothing came."""
        self._metrics.add_closed(why)
        self.log({"at": self._options.clock.now(), "closed": why, "seconds": seconds})

    def _note(
        self,
        method: str,
        path: str,
        query: str,
        route: Route | None,
        request: Request | None,
        response: Response,
        seconds: float,
        request_id: str,
    ) -> None:
        name = NO_ENDPOINT if route is None else route.endpoint.name
        status = response.status
        self._metrics.add(name, status, seconds)
        if route is None or not route.endpoint.is_own:
            at, body = (self._options.clock.now(), b"") if request is None else (request.at, request.body)
            self._options.requests.add(at, method, path, name, status, query, body, seconds)
        if self.log.is_on:
            line = request_line(self._options.clock.now(), method, route, response, seconds, request_id)
            if self._log_values and request is not None:
                for name, whole in (("request", request.body), ("response", response.body)):
                    line[name] = whole[:_LONGEST_BODY_LOGGED].decode("utf-8", "backslashreplace")
            self.log(line)
