"""Request bodies: read whole, within bounds of size and time, and unpacked."""

import asyncio
import zlib
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

from resolver.emulator.http_messages import PIECE, Receive, Refused

T = TypeVar("T")


class Gone(Exception):  # noqa: N818 - nobody is at fault
    """The client went away before its request was complete."""


class BodyTimeout:
    """Waits for what clients still have to send, so many *seconds* for each, and less once it is ``ended``.

    What has come already is waited for without a timer: setting one costs as much as reading and parsing a small body.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._too_late = (408, f"the body did not come within {seconds:g} seconds")
        self._waiting: set[asyncio.Task[Any]] = set()
        self._given_up: set[asyncio.Task[Any]] = set()

    async def wait_for(self, coming: Coroutine[Any, Any, T]) -> T:
        """Return what comes; ``Refused`` with 408 when it takes too long, with 503 when it has ended."""
        try:
            awaited = coming.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        task = asyncio.current_task()
        assert task is not None
        timer = asyncio.get_running_loop().call_later(self._seconds, self._give_up, task)
        self._waiting.add(task)
        try:
            return await rest_of(coming, awaited)
        except asyncio.CancelledError:
            if task not in self._given_up:
                raise  # somebody else's wish
            task.uncancel()
            raise Refused(*self._too_late) from None
        finally:
            timer.cancel()
            self._waiting.discard(task)
            self._given_up.discard(task)

    def end(self, seconds: float) -> None:
        """Wait only so many seconds more, for everything together: the emulator stops."""
        self._seconds = min(self._seconds, seconds)
        self._too_late = (503, "Service Unavailable: the emulator is stopping, and the body did not come")
        asyncio.get_running_loop().call_later(seconds, self._give_up_all)

    def _give_up_all(self) -> None:
        for task in self._waiting:
            self._give_up(task)

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        self._given_up.add(task)
        task.cancel()


async def rest_of(begun: Coroutine[Any, Any, T], awaited: Any) -> T:
    """Return what a coroutine returns that has begun, and now awaits something."""
    return await _going_on(begun, awaited)


@coroutine
def _going_on(begun: Coroutine[Any, Any, T], awaited: Any) -> Generator[Any, Any, T]:
    try:
        while True:
            try:
                sent = yield awaited
            except BaseException as error:
                awaited = begun.throw(error)
            else:
                awaited = begun.send(sent)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]


def has_body(headers: dict[str, str]) -> bool:
    """Return whether a body follows these headers."""
    return headers.get("content-length", "0") not in ("0", "") or "transfer-encoding" in headers


async def body_of(headers: dict[str, str], receive: Receive, most: int, timeout: BodyTimeout) -> bytes:
    """Return the whole body, unpacked; ``Refused`` with 413 if it is too large, with 408 if it does not come.

    Raises ``Gone`` for a client that went away, and what ``unpacked`` does. A server of the emulator's own gives a body
    that has come in one step: ``receive`` is a method of what has ``take_body``.
    """
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    take_body = getattr(getattr(receive, "__self__", None), "take_body", None)
    body: bytes | None = None if take_body is None else take_body()
    if body is None:
        body = await timeout.wait_for(_whole(receive, most))
    elif len(body) > most:
        raise _too_large(most)
    return await unpacked(body, headers["content-encoding"], most) if "content-encoding" in headers else body


async def _whole(receive: Receive, most: int) -> bytes:
    body, more_body = bytearray(), True
    while more_body:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        more_body = message.get("more_body", False)
    return bytes(body)


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is too large; expected at most {most} bytes")


async def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """Return a body as it was before ``Content-Encoding``; others have their turn in between.

    Raises ``Refused`` with 415 for another encoding than gzip, 413 for what is too large, 400 for what is damaged.
    """
    for name in reversed([each.strip().lower() for each in encoding.split(",")]):
        if name in ("gzip", "x-gzip"):
            body = await _unzipped(body, most)
        elif name not in ("identity", ""):
            accepted = ("Accept-Encoding", "gzip")
            raise Refused(415, f"Content-Encoding: {encoding!r} is not allowed; expected gzip or none", accepted)
    return body


async def _unzipped(body: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:  # of each member
        reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not reader.eof:
            try:
                parts.append(reader.decompress(body, PIECE))
            except zlib.error as error:
                raise Refused(400, f"the body is no gzip: {error}") from None
            if not parts[-1] and not reader.eof:
                raise Refused(400, "the body is no gzip: it ends in the middle")
            size += len(parts[-1])
            if size > most:
                raise _too_large(most)
            body = reader.unconsumed_tail
            await asyncio.sleep(0)
        body = reader.unused_data
    return b"".join(parts)
