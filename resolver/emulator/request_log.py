"""The last requests to the public API as they came in, for tests that verify what a program asked."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from resolver.emulator.http_messages import Refused
from resolver.emulator.shapes import RecordedRequest, RecordedRequests, RequestCount
from resolver.emulator.time_and_ids import written_out
from resolver.names import Milliseconds
from resolver.suggestions import near

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


def unknown_endpoint(name: str, names: Collection[str]) -> str:
    """Return the message about an endpoint that there is not.

    >>> unknown_endpoint("CreateProfil", ["CreateProfile", "FetchProfile"])
    "endpoint: there is no 'CreateProfil'; did you mean 'CreateProfile'? /openapi.json names them as operationId"
    """
    nearest = near(name, names)[:1]
    question = f"; did you mean {nearest[0]!r}?" if nearest else ";"
    return f"endpoint: there is no {name!r}{question} /openapi.json names them as operationId"


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
