"""The emulator as an application for any ASGI server, or in process: its endpoints in one table, and its options."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec
from starlette.applications import Starlette

from resolver.emulator import admin, control_plane, observations, profiles, studio
from resolver.emulator.asgi import Shell
from resolver.emulator.auth import Auth, Origins, parse_credentials
from resolver.emulator.entries import Journal, StoreRecord
from resolver.emulator.faults import Limits, RuntimeFaults, parse_fault, parse_rate
from resolver.emulator.http_messages import (
    Bounds,
    Receive,
    Response,
    Scope,
    Send,
    answer,
)
from resolver.emulator.monitoring import Log, Metrics, RequestLog
from resolver.emulator.respond import Call
from resolver.emulator.routing import ALWAYS, PATH_PARAMETERS, Endpoint, Parameter, Router, is_store_id
from resolver.emulator.saved_state import Seed, store_ids_of
from resolver.emulator.service import DEFAULT_NAME, Options
from resolver.emulator.shapes import PROFILE_ID, Error, Moved
from resolver.emulator.store import MOST_STORES
from resolver.emulator.time_and_ids import STORE, Clock, Ids, SequentialIds, TypeIds
from resolver.engine import Engine
from resolver.names import Milliseconds
from resolver.settings import Settings
from resolver.versions import __version__


def _openapi(_: Call) -> Response:
    return answer(200, document(ENDPOINTS))


ENDPOINTS: tuple[Endpoint, ...] = (
    *profiles.ENDPOINTS,
    *observations.ENDPOINTS,
    *control_plane.ENDPOINTS,
    *admin.ENDPOINTS,
    *studio.ENDPOINTS,
    Endpoint("OpenApi", "GET", "/openapi.json", _openapi, "This document.", dict, is_open=True),
)

ROUTER = Router(ENDPOINTS)

Json = dict[str, Any]

_ABOUT = {
    301: "The profile was merged into another one, which Location names.",
    308: "The profile was merged into another one, which Location names; send the request there.",
    400: "Something in the request is not allowed; the message names it.",
    401: "There are no credentials, or wrong ones.",
    403: "The credentials are for another store, or the request comes from a web page that is not allowed to send it.",
    404: "There is no such store, profile, identifier or operation.",
    408: "The body did not come in time.",
    409: "The value belongs to another profile, and no rule lets the two merge.",
    412: "If-Match names another version.",
    413: "The body is too large.",
    414: "The path and the query are too long.",
    415: "The body is no JSON, or is encoded in a way that is not known.",
    429: "Too many requests; Retry-After says when to come back.",
    431: "The headers are too large.",
    500: "The emulator failed, or was asked to.",
    503: "What was accepted could not be kept, or the emulator was asked to fail.",
}
_TEXT = {"schema": {"type": "string"}}
_REDIRECT_HEADERS = {"Location": _TEXT, "Canonical-Profile-Id": {"schema": {"type": "string", "pattern": PROFILE_ID}}}


def document(endpoints: Iterable[Endpoint]) -> Json:
    """Return the document. O(endpoints)."""
    table = tuple(endpoints)
    paths: Json = {}
    for endpoint in table:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "resolver: an emulator of the identity resolution parts of a public API",
            "version": __version__,
            "description": "An independent emulator; see docs/emulator.md for what is in and out of scope.",
        },
        "security": [{"basic": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(table)[1],
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        },
    }


def _shapes(table: Iterable[Endpoint]) -> list[Any]:
    shapes = [shape for endpoint in table for shape in (endpoint.takes, endpoint.gives) if shape is not None]
    return list(dict.fromkeys([*shapes, Error, Moved]))


def _schemas(table: Iterable[Endpoint]) -> tuple[dict[Any, Json], Json]:
    shapes = _shapes(table)
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return dict(zip(shapes, schemas, strict=True)), dict(sorted(components.items()))


def _schema(shape: Any) -> Json:
    return msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")[0][0]


def _operation(endpoint: Endpoint) -> Json:
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.about,
        "tags": ["emulator" if endpoint.is_own else "api"],
        "parameters": _path_parameters(endpoint.path) + [_parameter(each) for each in endpoint.parameters],
        "responses": _responses(endpoint),
    }
    if endpoint.is_open:
        operation["security"] = []
    if endpoint.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(endpoint.takes)}},
        }
    return operation


def _path_parameters(path: str) -> list[Json]:
    names = [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": dict(PATH_PARAMETERS[name])} for name in names]


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": False,
        "description": parameter.about,
        "schema": dict(parameter.schema),
    }


def _responses(endpoint: Endpoint) -> Json:
    responses = {str(endpoint.success): _success(endpoint)}
    statuses = (*(() if endpoint.is_open else ALWAYS), *endpoint.statuses, 403, 408, 413, 414, 415, 431)
    for status in sorted(set(statuses)):
        responses[str(status)] = _failure(status)
    return responses


def _success(endpoint: Endpoint) -> Json:
    response: Json = {
        "description": "Accepted." if endpoint.success == 202 else "Done.",
        "content": {endpoint.media_type: {"schema": _schema(endpoint.gives)}},
    }
    headers = {name: {**_TEXT, "description": about} for name, about in endpoint.gives_headers.items()}
    if headers:
        response["headers"] = headers
    return response


def _failure(status: int) -> Json:
    shape = Moved if status in (301, 308) else Error
    response: Json = {"description": _ABOUT[status], "content": {"application/json": {"schema": _schema(shape)}}}
    if status in (301, 308):
        response["headers"] = _REDIRECT_HEADERS
    elif status == 429:
        response["headers"] = {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}}}
    return response


FIRST_STORE = STORE + 26 * "0"
"""The store that there is when none is named."""

_IDS: dict[str, Callable[[], Ids]] = {
    "uuid7": lambda: TypeIds(random.SystemRandom().getrandbits),
    "sequential": SequentialIds,
}
_PUBLIC = tuple(endpoint.name for endpoint in ENDPOINTS if not endpoint.is_own)
_REDIRECTS = {"moved": False, "follow": True}


class Application(Starlette):
    """A Starlette application whose every path is the shell's; ``state.shell`` is the shell.

    The shell routes and answers errors by itself. So requests go straight to it: what Starlette has for that would
    cost as much again as an answer. They go through all of it where somebody added middleware or routes.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(lifespan=shell.lifespan)
        self.router.default = shell
        self.state.shell = shell
        self._shell = shell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and stop."""
        if scope["type"] != "http" or self.user_middleware or self.router.routes:
            await super().__call__(scope, receive, send)
        else:
            await self._shell(scope, receive, send)


def create_app(
    *,
    stores: Iterable[str] | None = None,
    settings: Settings | None = None,
    delay_ms: int = 0,
    redirects: Literal["moved", "follow"] | str = "moved",
    auth: Iterable[str] | None = (),
    host_names: Iterable[str] | None = None,
    cors: Iterable[str] | None = (),
    rate_limit: str | None = None,
    fail: Iterable[str] | None = (),
    fail_seed: int = 0,
    ids: Literal["uuid7", "sequential"] | str = "uuid7",
    clock: Callable[[], Milliseconds] | None = None,
    journal: Journal | None = None,
    seed: Iterable[Any] | None = None,
    state: bytes | None = None,
    log: Log | None = None,
    log_values: bool = False,
    bounds: Bounds | None = None,
    behind_proxy: bool = False,
    on_invalid: str = "refuse",
    match: str = "all",
    default_region: str = "US",
) -> Application:
    """Return an ASGI application that emulates the identifiers part of the public API.

    *stores* are the ids of the first stores, *settings* those of every new store; *on_invalid*, *match* and
    *default_region* are options of their engines. *delay_ms* holds back what reads show. *redirects* is ``moved``
    (301 and 308 for a profile that was merged away) or ``follow`` (as if its canonical profile had been named).
    *auth* are ``SID:SECRET[@STORE]``. *host_names* are the names by which requests may call this machine, beside those
    of its loopback interface; by default any, since a request in process comes from no browser: give ``()`` where a
    server of your own serves the application. *cors* are the origins whose web pages may use it. *behind_proxy* takes
    the scheme of URLs from ``X-Forwarded-Proto``, which nobody is believed otherwise. *rate_limit* is ``N/s``, *fail*
    are ``STATUS:PROBABILITY``, drawn from *fail_seed*. *ids* is ``uuid7`` or ``sequential``. *clock* gives milliseconds
    since 1970. *journal* keeps every accepted write; without one they live in memory. *seed* is a history for the
    first store, used while that is empty and after a reset; *state* is a document from ``/_emulator/state`` to begin
    with instead. *log* takes one dict for each request; identifier values are in it only with *log_values*.

    Raises ``ValueError`` or an error of the package for an option that is not right, ``OSError`` for a seed that
    cannot be read.
    """
    if seed is not None and state is not None:
        raise ValueError("state and seed: expected one of them, since each is what the emulator begins with")
    _require(isinstance(state, bytes | None), "state", state, "bytes")
    _require(isinstance(rate_limit, str | None), "rate_limit", rate_limit, "a text N/s, as in 50/s")
    _require(isinstance(fail_seed, int), "fail_seed", fail_seed, "an integer")
    if stores is None and state is not None:
        stores = store_ids_of(state)
    options = Options(
        clock=Clock(_milliseconds if clock is None else clock),
        ids=_choice("ids", ids, _IDS)(),
        stores=_records(_texts("stores", stores), settings, on_invalid, match, default_region),
        template=_record("", "", settings, on_invalid, match, default_region),
        delay_ms=_delay(delay_ms),
        follow=_choice("redirects", redirects, _REDIRECTS),
        metrics=lambda request: shell.metrics(request),
        seed=None if seed is None else Seed(seed),
        state=state,
        requests=RequestLog(_PUBLIC),
        faults=RuntimeFaults(_PUBLIC, fail_seed),
    )
    limits = Limits(
        options.clock.now,
        None if rate_limit is None else parse_rate(rate_limit),
        tuple(map(parse_fault, _texts("fail", fail))),
        fail_seed,
    )
    shell = Shell(
        options,
        ROUTER,
        Origins(None if host_names is None else _texts("host_names", host_names), _texts("cors", cors)),
        Auth(tuple(map(parse_credentials, _texts("auth", auth)))),
        limits,
        Metrics(),
        journal=journal,
        log=log,
        log_values=log_values,
        bounds=bounds,
        is_behind_proxy=behind_proxy,
    )
    return Application(shell)


def _milliseconds() -> Milliseconds:
    return time.time_ns() // 1_000_000


def _choice(name: str, value: str, choices: dict[str, Any]) -> Any:
    if value not in choices:
        raise ValueError(f"{name}: {value!r} is not allowed; expected {' or '.join(map(repr, choices))}")
    return choices[value]


def _require(right: bool, name: str, found: object, expected: str) -> None:
    """Raise ``ValueError`` for an option of another type; the message has no value in it, which may be a secret."""
    if not right:
        raise ValueError(f"{name}: a value of type {type(found).__name__!r} is not allowed; expected {expected}")


def _texts(name: str, given: Iterable[str] | None) -> tuple[str, ...]:
    """Return the texts of an option that is a list of them, none for None; ``ValueError`` for one text alone."""
    _require(isinstance(given, Iterable | None) and not isinstance(given, str | bytes), name, given, "a list of texts")
    texts = () if given is None else tuple(given)
    for text in texts:
        _require(isinstance(text, str), name, text, "a list of texts")
    return texts


def _delay(delay_ms: int) -> int:
    if not isinstance(delay_ms, int) or isinstance(delay_ms, bool) or delay_ms < 0:
        raise ValueError(f"delay_ms: {delay_ms!r} is not allowed; expected milliseconds, 0 or more")
    return delay_ms


def _records(
    stores: Sequence[str], settings: Settings | None, on_invalid: str, match: str, default_region: str
) -> tuple[StoreRecord, ...]:
    names = list(dict.fromkeys(stores or [FIRST_STORE]))
    if len(names) > MOST_STORES:
        raise ValueError(f"stores: {len(names)} are too many; expected at most {MOST_STORES}")
    for name in names:
        if not is_store_id(name):
            raise ValueError(
                f"store id {name!r} is not allowed; expected mem_store_ and 26 characters 0-9 a-z, the first 0-7"
            )
    Engine(settings, on_invalid=on_invalid, match=match, default_region=default_region)
    return tuple(
        _record(
            name, DEFAULT_NAME if place == 1 else f"{DEFAULT_NAME}-{place}", settings, on_invalid, match, default_region
        )
        for place, name in enumerate(names, 1)
    )


def _record(
    store_id: str, name: str, settings: Settings | None, on_invalid: str, match: str, default_region: str
) -> StoreRecord:
    document = None if settings is None else settings.to_json()
    return StoreRecord(
        store_id, name, 0, settings=document, on_invalid=on_invalid, match=match, default_region=default_region
    )
