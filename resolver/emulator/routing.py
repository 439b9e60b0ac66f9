"""Routing: from a method and a path to an endpoint and the values in the path."""

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote_to_bytes

import msgspec

from resolver.emulator.endpoints import Endpoint
from resolver.emulator.refusals import Refused
from resolver.emulator.shapes import PROFILE_ID, STORE_ID

_STORE = re.compile(STORE_ID.replace("$", r"\Z"))
_PROFILE = re.compile(PROFILE_ID.replace("$", r"\Z"))
_ID = re.compile(r"mem_(store|service|profile|operation)_[0-7][0-9a-z]{25}\Z")
_LONGEST_OPERATION_ID = 512


class Route(msgspec.Struct, frozen=True, gc=False):
    """An endpoint, and the values that the path gives its parameters, not yet checked."""

    endpoint: Endpoint
    values: dict[str, str]

    @property
    def ids(self) -> dict[str, str]:
        """Give those values that are well-formed ids; what else stands in a path may be personal data, by mistake."""
        return {name: value for name, value in self.values.items() if _ID.match(value)}

    def check(self) -> None:
        """Refuse with status 400 a value that cannot be one."""
        for name, value in self.values.items():
            _check(name, value)


class _Node:
    """One segment of all paths: literals first, then a parameter."""

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.endpoints: dict[str, Endpoint] = {}


class Router:
    """Finds endpoints. O(segments of the path)."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._root = _Node()
        for endpoint in endpoints:
            node = self._root
            for segment in endpoint.path.split("/")[1:]:
                if segment.startswith("{"):
                    node.parameter = node = node.parameter or _Node()
                else:
                    node = node.literals.setdefault(segment, _Node())
            node.endpoints[endpoint.method] = endpoint

    def find(self, method: str, path: str) -> Route:
        """Give the route of a path that is still percent-encoded.

        Raises ``Refused``: 404 for a path that no endpoint has, 405 for a method that this path does not have, 400
        for a segment that is no UTF-8.
        """
        node = self._root
        given: list[str] = []
        for segment in path.split("/")[1:]:
            below = node.literals.get(segment)
            if below is None:
                below = node.parameter
                if below is None or not segment:
                    raise Refused(404, "Not Found: no such path")
                given.append(segment)
            node = below
        if not node.endpoints:
            raise Refused(404, "Not Found: no such path")
        endpoint = node.endpoints.get(method)
        if endpoint is None:
            allowed = ", ".join(sorted(node.endpoints))
            raise Refused(405, f"method {method} is not allowed here; expected {allowed}", ("Allow", allowed))
        return Route(endpoint, _values(endpoint, given))


def _values(endpoint: Endpoint, given: list[str]) -> dict[str, str]:
    if not given:
        return {}
    names = _names(endpoint.path)
    return {name: _unquoted(segment) for name, segment in zip(names, given, strict=True)}


@cache
def _names(path: str) -> tuple[str, ...]:
    return tuple(segment[1:-1] for segment in path.split("/") if segment.startswith("{"))


def _unquoted(segment: str) -> str:
    if "%" not in segment and segment.isascii():
        return segment
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise Refused(400, f"the path has a segment {segment!r} that is no UTF-8") from None


def _check(name: str, value: str) -> None:
    if name == "profileId":
        if not _PROFILE.match(value):
            raise Refused(400, f"profileId: {value!r} is not allowed; expected {PROFILE_ID}")
    elif name == "storeId":
        if not _STORE.match(value):
            raise Refused(400, f"storeId: {value!r} is not allowed; expected {STORE_ID}")
    elif name == "idType":
        if not 2 <= len(value) <= 30:
            raise Refused(400, f"idType: {value!r} is not allowed; expected a string of 2..30 characters")
    elif len(value) > _LONGEST_OPERATION_ID:
        raise Refused(400, f"{name}: it is too long; expected at most {_LONGEST_OPERATION_ID} characters")


def as_mapping(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give query parameters by name; ``Refused`` with status 400 where one is given twice.

    >>> as_mapping([("pageSize", "5")])
    {'pageSize': '5'}
    """
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise Refused(400, f"{name}: it is given twice; expected one value")
        values[name] = value
    return values


def is_store_id(text: str) -> bool:
    """Tell whether a text is a well-formed store id."""
    return _STORE.match(text) is not None
