"""What there is to watch: the log, a JSON object a line; metrics for Prometheus; and the last requests, for tests."""

import json
import logging
import os
import select
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from operator import attrgetter
from typing import Any, TextIO

import msgspec

from resolver.emulator.http_messages import Refused, Response
from resolver.emulator.routing import Route, unknown_endpoint
from resolver.emulator.shapes import RecordedRequest, RecordedRequests, RequestCount
from resolver.emulator.time_and_ids import written_out
from resolver.names import Milliseconds

Log = Callable[[dict[str, Any]], None]
"""Takes one line of the log."""


class LogSink:
    """Hands lines to *log*. One that it raises an error for is dropped and counted.

    The first line that it takes again is preceded by one that says how many are missing.

    >>> kept, is_full = [], True
    >>> def log(line):
    ...     if is_full:
    ...         raise OSError("No space left on device")
    ...     kept.append(line)
    >>> lines = LogSink(log)
    >>> lines({"at": 1})
    >>> is_full = False
    >>> lines({"at": 2})
    >>> kept, lines.dropped
    ([{'at': 2, 'level': 'warning', 'message': 'log lines that could not be written: 1'}, {'at': 2}], 1)
    """

    def __init__(self, log: Log | None) -> None:
        self._log = log
        self._missing = 0
        self.dropped = 0

    @property
    def is_on(self) -> bool:
        """Whether anybody takes the lines."""
        return self._log is not None

    def __call__(self, line: dict[str, Any]) -> None:
        """Hand on one line, if it can be."""
        if self._log is None:
            return
        try:
            if self._missing:
                message = f"log lines that could not be written: {self._missing}"
                self._log({"at": line.get("at"), "level": "warning", "message": message})
                self._missing = 0
            self._log(line)
        except Exception:  # a request that was answered stays answered, whatever becomes of its line
            self._missing += 1
            self.dropped += 1


def request_line(
    at: Milliseconds, method: str, route: Route | None, response: Response, seconds: float, request_id: str
) -> dict[str, Any]:
    """Return the line of the log about a request, without anything that may be personal."""
    line: dict[str, Any] = {
        "at": at,
        "method": method,
        "endpoint": NO_ENDPOINT if route is None else route.endpoint.name,
        "status": response.status,
        "milliseconds": round(seconds * 1000, 3),
        "requestId": request_id,
    }
    if route is not None:
        line |= route.ids
        if response.status < 300 and "idType" in route.values:
            line["idType"] = route.values["idType"]
    if response.entries:
        line["sequence"] = response.entries[-1].sequence
    return line


class LineWriter:
    """Writes lines of JSON to a stream, such as standard error.

    It never waits. Raises ``OSError`` for a line that the stream does not take now: whoever reads the other end of a
    pipe may be gone, or have stopped reading.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            self._descriptor: int | None = stream.fileno()
        except (OSError, ValueError):
            self._descriptor = None
        self._is_cut = False

    def __call__(self, line: dict[str, Any]) -> None:
        """Write one line."""
        text = json.dumps(line) + "\n"
        if self._descriptor is None:
            self._stream.write(text)
        else:
            self._write(self._descriptor, text.encode("ascii"))

    def _write(self, descriptor: int, data: bytes) -> None:
        if self._is_cut:  # the line before ended in the middle
            data = b"\n" + data
        start = 0
        while start < len(data):
            if not _takes_more(descriptor):
                self._is_cut = self._is_cut or start > 0
                raise BlockingIOError("nobody reads the log")
            try:
                start += os.write(descriptor, data[start : start + select.PIPE_BUF])
            except OSError:
                self._is_cut = self._is_cut or start > 0
                raise
        self._is_cut = False


def _takes_more(descriptor: int) -> bool:
    """Return whether ``PIPE_BUF`` bytes can be written without waiting, or an error is certain."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


class LogHandler(logging.Handler):
    """Hands what the server and its libraries say to the log, in its form."""

    def __init__(self, log: LogSink) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one record."""
        line = {"at": int(record.created * 1000), "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = logging.Formatter().formatException(record.exc_info)
        self._log(line)


class Metrics:
    """Counts requests, by endpoint and status."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._closed: Counter[str] = Counter()

    def add(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[endpoint, status] += 1
        self._seconds[endpoint] += seconds

    def add_closed(self, why: str) -> None:
        """Count one connection that was closed because nothing came."""
        self._closed[why] += 1

    def text(self, *, entries: int, profiles: Mapping[str, int], dropped: int) -> str:
        """Return all counters. O(endpoints and stores).

        *entries* is how many writes were accepted, *profiles* the number of canonical ones by store, and *dropped* how
        many log lines could not be written.

        >>> metrics = Metrics()
        >>> metrics.add("CreateProfile", 202, 0.5)
        >>> metrics.text(entries=2, profiles={}, dropped=0).splitlines()[2]
        'resolver_requests_total{endpoint="CreateProfile",status="202"} 1'
        """
        lines = _head("resolver_requests_total", "counter", "Requests answered.")
        for (endpoint, status), number in sorted(self._requests.items()):
            lines.append(f'resolver_requests_total{{endpoint="{endpoint}",status="{status}"}} {number}')
        lines += _head("resolver_request_seconds_total", "counter", "Seconds spent on requests, waits included.")
        for endpoint, seconds in sorted(self._seconds.items()):
            lines.append(f'resolver_request_seconds_total{{endpoint="{endpoint}"}} {seconds:.6f}')
        lines += _head("resolver_connections_closed_total", "counter", "Connections closed because nothing came.")
        for why, number in sorted(self._closed.items()):
            lines.append(f'resolver_connections_closed_total{{why="{why}"}} {number}')
        lines += _head("resolver_log_lines_dropped_total", "counter", "Log lines that could not be written.")
        lines.append(f"resolver_log_lines_dropped_total {dropped}")
        lines += _head("resolver_entries_total", "counter", "Writes accepted.")
        lines.append(f"resolver_entries_total {entries}")
        lines += _head("resolver_profiles", "gauge", "Canonical profiles.")
        lines += [f'resolver_profiles{{store="{name}"}} {number}' for name, number in sorted(profiles.items())]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]


MOST_REQUESTS = 1000
"""Requests that are remembered."""

MOST_BYTES = 8 * 1024 * 1024
"""Bytes of paths, queries and bodies that are remembered, over all requests."""

_MORE_BYTES, _LEAST_BYTES = 1024 * 1024, 4096
"""Bytes that may come beyond that before the oldest are forgotten, and how many each request is counted as at least."""

LONGEST_BODY = 64 * 1024
"""Bytes of one body that are remembered."""

NO_ENDPOINT = "none"
"""What stands for the endpoint of a path or method that there is not, in filters and in metrics."""

_STATUS_CLASSES = ("4xx", "5xx", "2xx", "3xx")


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One request with the status of its answer. *body* is at most the first ``LONGEST_BODY`` bytes of *size*.

    *cost* is how many bytes it takes to remember, about.
    """

    at: Milliseconds
    method: str
    path: str
    endpoint: str
    status: int
    query: str
    body: bytes
    seconds: float
    size: int
    cost: int

    def shown(self, number: int) -> RecordedRequest:
        """Return what the API shows of the request with this number.

        Its body is JSON as it is where it is that, else a text, null where there is none.
        """
        return RecordedRequest(
            number=number,
            at=self.at,
            time=written_out(self.at),
            method=self.method,
            path=self.path,
            query=self.query,
            endpoint=self.endpoint,
            status=self.status,
            milliseconds=round(self.seconds * 1000, 3),
            body=self._shown_body(),
            body_bytes=self.size,
        )

    def _shown_body(self) -> Any:
        if not self.body:
            return None
        if len(self.body) == self.size:
            try:
                msgspec.json.decode(self.body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
            else:
                return msgspec.Raw(self.body)
        return self.body.decode("utf-8", "backslashreplace")


_COST = attrgetter("cost")


class RequestLog:
    """Remembers the last requests within a bound of memory, and finds those that filters describe.

    *endpoints* are the names that a filter may ask for.

    >>> log = RequestLog(["ListProfiles"])
    >>> log.add(1_000, "GET", "/v1/Stores/s/Profiles", "ListProfiles", 200)
    >>> found = log.find({"method": "GET", "path": "*/Profiles"})
    >>> found.matching, found.counts[0].endpoint, found.requests[0].time
    (1, 'ListProfiles', '1970-01-01T00:00:01Z')
    """

    def __init__(self, endpoints: Collection[str] = ()) -> None:
        self._endpoints = endpoints
        self.clear()

    def add(
        self,
        at: Milliseconds,
        method: str,
        path: str,
        endpoint: str,
        status: int,
        query: str = "",
        body: bytes = b"",
        seconds: float = 0.0,
    ) -> None:
        """Remember one request. O(1): the oldest ones are forgotten later, many at once."""
        size = len(body)
        if size > LONGEST_BODY:
            body = body[:LONGEST_BODY]
        cost = len(body) + len(path) + len(query)
        self._requests.append(Recorded(at, method, path, endpoint, status, query, body, seconds, size, cost))
        self._room -= cost + _LEAST_BYTES
        if self._room < 0:
            self._forget()

    def _forget(self) -> None:
        """Forget the oldest requests where there are too many. O(all)."""
        requests = self._requests
        surplus = max(0, len(requests) - MOST_REQUESTS)
        size = sum(map(_COST, requests[surplus:]))
        while size > MOST_BYTES:
            size -= requests[surplus].cost
            surplus += 1
        del requests[:surplus]
        self._forgotten += surplus
        self._room = _MORE_BYTES

    def clear(self) -> None:
        """Forget all requests; numbers begin with 1 again."""
        self._requests: list[Recorded] = []
        self._forgotten = 0
        self._room = _MORE_BYTES

    def find(self, wanted: Mapping[str, str]) -> RecordedRequests:
        """Return the newest requests that fit all filters, oldest first, and how many fit by endpoint and status.

        ``Refused`` with status 400 for a filter that there is not, or that nothing can fit. O(requests and bodies).
        """
        filters = dict(wanted)
        self._forget()
        limit = _number("limit", filters.pop("limit", "100"), 1, MOST_REQUESTS)
        fitting = list(self._fitting(filters))
        counts = Counter((each.endpoint, each.status) for _, each in fitting)
        return RecordedRequests(
            total=self._forgotten + len(self._requests),
            forgotten=self._forgotten,
            matching=len(fitting),
            counts=[RequestCount(endpoint, status, counts[endpoint, status]) for endpoint, status in sorted(counts)],
            requests=[each.shown(number) for number, each in fitting[-limit:]],
        )

    def _fitting(self, filters: Mapping[str, str]) -> Iterator[tuple[int, Recorded]]:
        """Return the requests that fit, with their numbers."""
        unknown = sorted(filters.keys() - FILTERS.keys())
        if unknown:
            raise Refused(400, f"{unknown[0]}: there is no such filter; expected {', '.join(FILTERS)}, limit")
        after = _number("after", filters.get("after", "0"), 0, 1 << 53)
        status = filters.get("status", "")
        is_class = status in _STATUS_CLASSES
        code = 0 if is_class or not status else _number("status", status, 100, 599, "; or 2xx, 3xx, 4xx, 5xx")
        endpoint = filters.get("endpoint", NO_ENDPOINT)
        if endpoint != NO_ENDPOINT and endpoint not in self._endpoints:
            raise Refused(400, unknown_endpoint(endpoint, (*self._endpoints, NO_ENDPOINT)))
        text = filters.get("body", "").encode()
        for number, each in enumerate(self._requests, self._forgotten + 1):
            if (
                number > after
                and (not is_class or each.status // 100 == int(status[0]))
                and (not code or each.status == code)
                and ("method" not in filters or each.method == filters["method"].upper())
                and ("endpoint" not in filters or each.endpoint == endpoint)
                and ("path" not in filters or _fits(each.path, filters["path"]))
                and text in each.body
            ):
                yield number, each


FILTERS = {
    "method": "only this method",
    "path": "only this path; * stands for anything",
    "endpoint": "only this operationId of /openapi.json, or none for paths that there are not",
    "status": "only this status, or 2xx, 3xx, 4xx, 5xx",
    "body": "only with this text in the body",
    "after": "only with a greater number",
}
"""What requests can be found by."""


def _fits(path: str, pattern: str) -> bool:
    """Return whether a path is what a pattern describes, in which a star is any text. O(both)."""
    first, *rest = pattern.split("*")
    if not rest:
        return path == first
    if not path.startswith(first):
        return False
    place = len(first)
    for part in rest[:-1]:
        place = path.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return path.endswith(rest[-1]) and place + len(rest[-1]) <= len(path)


def _number(name: str, text: str, least: int, most: int, otherwise: str = "") -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
        raise Refused(400, f"{name}: {text!r} is not allowed; expected {least}..{most}{otherwise}")
    return int(text)
