"""Routing: endpoints, and from a method and a path to one of them and the values in the path."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import attrs
import msgspec

from resolver.emulator.http_messages import Refused, Response
from resolver.emulator.shapes import OBSERVATION_ID, PROFILE_ID, STORE_ID, SUMMARY_ID

if TYPE_CHECKING:
    from resolver.emulator.respond import Call
    from resolver.emulator.service import Options
from collections.abc import Collection

from resolver.suggestions import near

STORES = "/v1/Stores/{storeId}"
PROFILES = f"{STORES}/Profiles"
PROFILE = f"{PROFILES}/{{profileId}}"
IDENTIFIERS = f"{PROFILE}/Identifiers"
CONTROL = "/v1/ControlPlane/Stores"
OWN = "/_emulator"

PATH_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "storeId": {"type": "string", "pattern": STORE_ID},
    "profileId": {"type": "string", "pattern": PROFILE_ID},
    "observationId": {"type": "string", "pattern": OBSERVATION_ID},
    "summaryId": {"type": "string", "pattern": SUMMARY_ID},
    "idType": {"type": "string", "minLength": 2, "maxLength": 30},
    "traitGroupName": {"type": "string", "minLength": 1, "maxLength": 64},
    "operationId": {"type": "string", "minLength": 1, "maxLength": 512},
}
"""What may stand in the path, by the parameter's name, as a JSON schema."""

OPERATION_HEADERS = {
    "Operation-Id": "the id of the operation",
    "Location": "where it can be asked about",
    "Retry-After": "in how many seconds it will be done",
}

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
    what may come back; *errors* are statuses of engine errors that differ from the usual ones. *reads* sees the store
    as reads do, all others see every accepted write. *follows* answers for an alias where others redirect. *is_open*
    needs no credentials, and no limit or fault applies to it. *is_long* may take long, however short the request is.
    *prepares* makes something of a body that may be long, in another thread, before the request is taken up.
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
    follows: bool = False
    is_long: bool = False
    prepares: "Callable[[bytes, Options], Any] | None" = None
    is_own: bool = attrs.field(init=False)
    """Whether the public API has no such endpoint."""
    reads: bool = attrs.field()
    is_in_store: bool = attrs.field(init=False)
    """Whether the path names a store."""
    is_of_profile: bool = attrs.field(init=False)
    """Whether the path names a profile that must be canonical."""

    @is_own.default
    def _is_own(self) -> bool:
        return not self.path.startswith("/v1/")

    @reads.default
    def _reads(self) -> bool:
        return self.method == "GET" and not self.is_own

    @is_in_store.default
    def _is_in_store(self) -> bool:
        return "{storeId}" in self.path

    @is_of_profile.default
    def _is_of_profile(self) -> bool:
        return "{profileId}" in self.path and not self.is_own


_ID = re.compile(r"mem_(store|service|profile|operation|observation|summary)_[0-7][0-9a-z]{25}\Z")


class Route(msgspec.Struct, frozen=True, gc=False):
    """An endpoint, the values that the path gives its parameters, and the name of the first that cannot be right."""

    endpoint: Endpoint
    values: dict[str, str]
    wrong: str = ""

    @property
    def ids(self) -> dict[str, str]:
        """Return those values that are well-formed ids; what else stands in a path may be personal data, by mistake."""
        return {name: value for name, value in self.values.items() if _ID.match(value)}

    def check(self) -> None:
        """Refuse with status 400 a value that cannot be one."""
        if self.wrong:
            raise _wrong(self.wrong, self.values[self.wrong])


class _Node:
    """One segment of all paths: literals first, then a parameter; where paths end, their endpoints and parameters.

    *name* is that of the parameter that the segment is.
    """

    __slots__ = ("endpoints", "literals", "name", "names", "parameter")

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.endpoints: dict[str, Endpoint] = {}
        self.names: tuple[str, ...] = ()


class Router:
    """Finds endpoints. O(segments of the path).

    One pattern knows all paths whose values are right; only where it finds nothing, a path is walked by its segments.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._root = _Node()
        for endpoint in endpoints:
            node = self._root
            for segment in endpoint.path.split("/")[1:]:
                if segment.startswith("{"):
                    node.parameter = node = node.parameter or _Node(segment.strip("{}"))
                else:
                    node = node.literals.setdefault(segment, _Node())
            node.endpoints[endpoint.method] = endpoint
            if endpoint.method == "GET":
                node.endpoints["HEAD"] = endpoint
            node.names = tuple(re.findall(r"{(\w+)}", endpoint.path))
        self._ends: dict[int | None, tuple[dict[str, Endpoint], tuple[str, ...], tuple[int, ...]]] = {}
        self._right = re.compile(self._pattern_of(self._root))

    def _pattern_of(self, node: _Node, places: tuple[int, ...] = (), groups: Iterator[int] | None = None) -> str:
        """Return the pattern of what may follow a segment, and enter where it can end, by the last group of a match.

        *places* are the groups of the values before it; *groups* counts groups.
        """
        groups = groups or count(1)
        ways = []
        if node.endpoints:
            end = next(groups)
            self._ends[end] = node.endpoints, node.names, (*places, end, end)  # so that there are always two or more
            ways.append(r"()\Z")
        for segment, following in node.literals.items():
            ways.append(f"/{re.escape(segment)}{self._pattern_of(following, places, groups)}")
        if node.parameter is not None:
            place = next(groups)
            literals = "|".join(map(re.escape, node.literals)) or "(?!)"
            following_pattern = self._pattern_of(node.parameter, (*places, place), groups)
            ways.append(f"/(?!(?:{literals})(?:/|\\Z))({_RIGHT[node.parameter.name]}){following_pattern}")
        return f"(?:{'|'.join(ways)})"

    def find(self, method: str, path: str) -> Route:
        """Return the route of a path that is still percent-encoded; HEAD goes where GET does.

        Raises ``Refused``: 404 for a path that no endpoint has, 405 for a method that this path does not have, 400
        for a segment that is no UTF-8.
        """
        found = self._right.match(path)
        if found is None:
            endpoints, values, wrong = self._walk(path)
        else:
            endpoints, names, places = self._ends[found.lastindex]
            values, wrong = dict(zip(names, found.group(*places), strict=False)), ""
        endpoint = endpoints.get(method)
        if endpoint is None:
            allowed = ", ".join(sorted(endpoints))
            raise Refused(405, f"method {method} is not allowed here; expected {allowed}", ("Allow", allowed))
        return Route(endpoint, values, wrong)

    def _walk(self, path: str) -> tuple[dict[str, Endpoint], dict[str, str], str]:
        """Return the endpoints of a path by method, the values in it, and the name of the first that is wrong."""
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
        if "%" in path or not path.isascii():
            given = list(map(_unquoted, given))
        values = dict(zip(node.names, given, strict=True))
        return node.endpoints, values, next((name for name in values if not _IS_RIGHT[name](values[name])), "")


def _unquoted(segment: str) -> str:
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise Refused(400, f"the path has a segment {segment!r} that is no UTF-8") from None


def _check_of(schema: Mapping[str, Any]) -> Callable[[str], object]:
    if "pattern" in schema:
        return re.compile(schema["pattern"].replace("$", r"\Z")).match
    shortest, longest = schema["minLength"], schema["maxLength"]
    return lambda value: shortest <= len(value) <= longest


def _pattern_of(schema: Mapping[str, Any]) -> str:
    """Return the pattern of values that are right; none of those that are percent-encoded or beyond ASCII."""
    if "pattern" in schema:
        return re.sub(r"\((?!\?)", "(?:", schema["pattern"]).strip("^$")
    return f"[!-$&-.0-~]{{{schema['minLength']},{schema['maxLength']}}}"


_IS_RIGHT = {name: _check_of(schema) for name, schema in PATH_PARAMETERS.items()}
_RIGHT = {name: _pattern_of(schema) for name, schema in PATH_PARAMETERS.items()}


def _wrong(name: str, value: str) -> Refused:
    schema = PATH_PARAMETERS[name]
    if "pattern" in schema:
        return Refused(400, f"{name}: {value!r} is not allowed; expected {schema['pattern']}")
    allowed = f"{schema['minLength']}..{schema['maxLength']}"
    return Refused(400, f"{name}: it has {len(value)} characters; expected {allowed}")


def is_store_id(text: str) -> bool:
    """Return whether a text is a well-formed store id."""
    return _IS_RIGHT["storeId"](text) is not None


def unknown_endpoint(name: str, names: Collection[str]) -> str:
    """Return the message about an endpoint that there is not.

    >>> unknown_endpoint("CreateProfil", ["CreateProfile", "FetchProfile"])
    "endpoint: there is no 'CreateProfil'; did you mean 'CreateProfile'? /openapi.json names them as operationId"
    """
    nearest = near(name, names)[:1]
    question = f"; did you mean {nearest[0]!r}?" if nearest else ";"
    return f"endpoint: there is no {name!r}{question} /openapi.json names them as operationId"
