"""Routing: endpoints, and from a method and a path to one of them and the values in the path."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import attrs
import msgspec

from resolver.emulator.messages import Response
from resolver.emulator.refusals import Refused
from resolver.emulator.shapes import PROFILE_ID, STORE_ID

if TYPE_CHECKING:
    from resolver.emulator.call import Call

STORES = "/v1/Stores/{storeId}"
PROFILES = f"{STORES}/Profiles"
PROFILE = f"{PROFILES}/{{profileId}}"
IDENTIFIERS = f"{PROFILE}/Identifiers"
CONTROL = "/v1/ControlPlane/Stores"
OWN = "/_emulator"

ALWAYS = (400, 401, 403, 404, 429, 500, 503)
"""The statuses that every guarded endpoint may answer, beside its own."""


@attrs.frozen
class Parameter:
    """A query parameter or header: its name, its JSON schema, and what it does."""

    name: str
    schema: Mapping[str, Any]
    about: str
    place: str = "query"


@attrs.frozen
class Endpoint:
    """One method of one path.

    *answer* gives the response to a call; *takes* and *gives* are the shapes of the bodies, *success* and *statuses*
    what may come back; *errors* are statuses of engine errors that differ from the usual ones. *is_open* needs no
    credentials, and no limit or fault applies to it.
    """

    name: str
    method: str
    path: str
    answer: "Callable[[Call], Response]"
    about: str
    gives: Any
    success: int = 200
    takes: Any = None
    decodes: Any = None
    parameters: tuple[Parameter, ...] = ()
    statuses: tuple[int, ...] = ()
    errors: Mapping[type[Exception], int] = attrs.field(factory=dict)
    gives_headers: Mapping[str, str] = attrs.field(factory=dict)
    media_type: str = "application/json"
    is_open: bool = False
    is_own: bool = attrs.field(init=False)
    """Whether the public API has no such endpoint."""

    @is_own.default
    def _is_own(self) -> bool:
        return not self.path.startswith("/v1/")


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
            if not _IS_RIGHT[name](value):
                raise _wrong(name, value)


class _Node:
    """One segment of all paths: literals first, then a parameter; where paths end, their endpoints and parameters."""

    __slots__ = ("endpoints", "literals", "names", "parameter")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.endpoints: dict[str, Endpoint] = {}
        self.names: tuple[str, ...] = ()


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
            node.names = tuple(re.findall(r"{(\w+)}", endpoint.path))

    def find(self, method: str, path: str) -> Route:
        """Give the route of a path that is still percent-encoded.

        Raises ``Refused``: 404 for a path that no endpoint has, 405 for a method that this path does not have, 400
        for a segment that is no UTF-8.
        """
        node = self._root
        given: list[str] = []
        for segment in path.split("/")[1:]:
            following = node.literals.get(segment)
            if following is None:
                following = node.parameter
                if following is None or not segment:
                    raise Refused(404, "Not Found: no such path")
                given.append(segment)
            node = following
        if not node.endpoints:
            raise Refused(404, "Not Found: no such path")
        endpoint = node.endpoints.get(method)
        if endpoint is None:
            allowed = ", ".join(sorted(node.endpoints))
            raise Refused(405, f"method {method} is not allowed here; expected {allowed}", ("Allow", allowed))
        if "%" in path or not path.isascii():
            given = list(map(_unquoted, given))
        return Route(endpoint, dict(zip(node.names, given, strict=True)))


def _unquoted(segment: str) -> str:
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise Refused(400, f"the path has a segment {segment!r} that is no UTF-8") from None


_IS_RIGHT: Mapping[str, Callable[[str], object]] = {
    "profileId": _PROFILE.match,
    "storeId": _STORE.match,
    "idType": lambda value: 2 <= len(value) <= 30,
    "operationId": lambda value: len(value) <= _LONGEST_OPERATION_ID,
}
_EXPECTED = {"profileId": PROFILE_ID, "storeId": STORE_ID, "idType": "a string of 2..30 characters"}


def _wrong(name: str, value: str) -> Refused:
    if name in _EXPECTED:
        return Refused(400, f"{name}: {value!r} is not allowed; expected {_EXPECTED[name]}")
    return Refused(400, f"{name}: it is too long; expected at most {_LONGEST_OPERATION_ID} characters")


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
