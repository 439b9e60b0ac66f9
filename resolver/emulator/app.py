"""The emulator as an application that any ASGI server can run, and tests can call in process."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from starlette.applications import Starlette

from resolver.emulator.asgi import Shell
from resolver.emulator.auth import Auth, Origins, parse_credentials
from resolver.emulator.endpoints import ENDPOINTS
from resolver.emulator.entries import Journal, StoreRecord
from resolver.emulator.faults import Limits, RuntimeFaults, parse_fault, parse_rate
from resolver.emulator.http_messages import (
    Bounds,
    Receive,
    Scope,
    Send,
)
from resolver.emulator.monitoring import Log, Metrics, RequestLog
from resolver.emulator.routing import is_store_id
from resolver.emulator.saved_state import Seed, store_ids_of
from resolver.emulator.service import DEFAULT_NAME, Options
from resolver.emulator.store import MOST_STORES
from resolver.emulator.time_and_ids import STORE, Clock, Ids, SequentialIds, TypeIds
from resolver.engine import Engine
from resolver.names import Milliseconds
from resolver.settings import Settings

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
