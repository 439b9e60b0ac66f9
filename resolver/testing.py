"""For tests of programs that use the Memory API: pytest fixtures that give a running emulator and clients of it.

Put ``pytest_plugins = ["resolver.testing"]`` into the top ``conftest.py``, and ask for ``emulator`` in a test:

    def test_two_records_of_one_person_become_one(emulator):
        profiles = emulator.client.memory.profiles(emulator.store_id)
        ...

They are named there rather than found by themselves, so that test runs that do not need them do not pay for them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from resolver.ids import numbered_id

if TYPE_CHECKING:
    import httpx
    from twilio.rest import Client

    from resolver.emulator.server import RunningServer

STORE_ID = numbered_id(0).replace("profile", "store")
"""The store that an emulator starts with, unless ``stores`` names others."""

_KEY, _SECRET = "SK" + 32 * "0", "secret"


class Emulator:
    """A running emulator: where it is, and clients that are set up for it.

    ``url`` is ``http://127.0.0.1:PORT``; ``store_ids`` are the stores that it starts with; ``auth`` is a key and a
    secret that it accepts, as it does any others unless its option ``auth`` names some.
    """

    def __init__(
        self,
        url: str,
        *,
        store_ids: tuple[str, ...] = (STORE_ID,),
        auth: tuple[str, str] = (_KEY, _SECRET),
        begin_anew: Callable[[], None] | None = None,
    ) -> None:
        self.url = url
        self.store_ids = store_ids
        self.auth = auth
        self._begin_anew = begin_anew

    @property
    def store_id(self) -> str:
        """The first of the stores that it starts with."""
        return self.store_ids[0]

    @cached_property
    def client(self) -> "Client":
        """The vendor's client (package ``twilio``); ``client.memory`` leads to the emulator."""
        from twilio.rest import Client

        client = Client(*self.auth)
        client.memory.base_url = self.url
        return client

    @cached_property
    def http(self) -> "httpx.Client":
        """A plain HTTP client for everything else; it does not follow redirects."""
        import httpx

        return httpx.Client(base_url=self.url, auth=self.auth, verify=not self.url.startswith("http:"))

    def requests(self, **filters: str | int) -> list[dict[str, Any]]:
        """Return what was asked of it, oldest first; *filters* are those of ``/_emulator/requests``.

        Raises ``ValueError`` for a filter that there is not.
        """
        answer = self.http.get("/_emulator/requests", params={"limit": 1000, **filters})
        if answer.status_code != 200:
            raise ValueError(answer.json()["message"])
        found: list[dict[str, Any]] = answer.json()["requests"]
        return found

    def fail(self, endpoint: str | None = None, **fault: Any) -> None:
        """Let the next requests fail or wait; the names are those of ``/_emulator/faults``.

        Raises ``ValueError`` for a fault that cannot be.
        """
        answer = self.http.post("/_emulator/faults", json={"endpoint": endpoint, **fault})
        if answer.status_code != 200:
            raise ValueError(answer.json()["message"])

    def reset(self) -> None:
        """Begin anew: with the stores and the seed of the options, the real time, no faults, and no requests so far."""
        if self._begin_anew is not None:
            self._begin_anew()
            return
        for method, path in (("POST", "/_emulator/reset"), ("DELETE", "/_emulator/clock")):
            self.http.request(method, path).raise_for_status()

    def close(self) -> None:
        """Close the connections of ``http``."""
        if "http" in vars(self):
            self.http.close()


@pytest.fixture(scope="session")
def emulator_options() -> dict[str, Any]:
    """Return the options of ``create_app``; override it in a module, a class or a ``conftest.py``.

    ``module_emulator`` needs one of ``scope="module"`` or wider, ``session_emulator`` one of ``scope="session"``.
    """
    return {}


@pytest.fixture
def emulator(request: pytest.FixtureRequest, emulator_options: dict[str, Any]) -> Iterator[Emulator]:
    """Yield a running emulator that begins anew with each test. All tests share one server."""
    yield from _emulator(request, "function", emulator_options)


@pytest.fixture(scope="module")
def module_emulator(request: pytest.FixtureRequest, emulator_options: dict[str, Any]) -> Iterator[Emulator]:
    """Yield a running emulator that begins anew with each module, and keeps what its tests do, unless they reset it."""
    yield from _emulator(request, "module", emulator_options)


@pytest.fixture(scope="session")
def session_emulator(request: pytest.FixtureRequest, emulator_options: dict[str, Any]) -> Iterator[Emulator]:
    """Yield a running emulator for the whole session, which keeps what tests do, unless they reset it."""
    yield from _emulator(request, "session", emulator_options)


@pytest.fixture
def emulator_reset(request: pytest.FixtureRequest) -> None:
    """Let ``module_emulator`` and ``session_emulator``, where they run, begin anew with each test that uses this."""
    for name in ("session_emulator", "module_emulator"):
        if name in request.fixturenames:
            request.getfixturevalue(name)  # it may be the first test that asks for it
    for running in request.config.stash.get(_RUNNING, {}).values():
        running.reset()


_SERVERS = pytest.StashKey[dict[str, "RunningServer"]]()
"""The servers of this process by scope; each lives until the session ends."""

_RUNNING = pytest.StashKey[dict[str, Emulator]]()
"""The emulators that outlive a test, by scope."""


def _emulator(request: pytest.FixtureRequest, scope: str, given: Mapping[str, Any]) -> Iterator[Emulator]:
    """Yield an emulator on the server of a scope."""
    from resolver.emulator.server import local_app

    options = _repeatable(given)
    app = local_app(**options)
    server = _server(request.config, scope, app)

    def begin_anew() -> None:
        server.serve(local_app(**options))

    emulator = Emulator(
        server.url,
        store_ids=tuple(record.id for record in app.state.shell.service.options.stores),
        auth=_credentials(options),
        begin_anew=None if options.get("journal") else begin_anew,
    )
    running = request.config.stash.setdefault(_RUNNING, {})
    if scope != "function":
        running[scope] = emulator
    yield emulator
    running.pop(scope, None)
    emulator.close()


def _server(config: pytest.Config, scope: str, app: Any) -> "RunningServer":
    """Return the server of a scope, which serves *app* from now on."""
    from resolver.emulator.server import RunningServer

    servers = config.stash.setdefault(_SERVERS, {})
    if scope in servers:
        servers[scope].serve(app)
    else:
        servers[scope] = RunningServer(app)
        config.add_cleanup(servers[scope].stop)
    return servers[scope]


def _repeatable(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of which an application can be made more than once."""
    seed = options.get("seed")
    return {**options, "seed": list(seed)} if isinstance(seed, Iterator) else dict(options)


def _credentials(options: Mapping[str, Any]) -> tuple[str, str]:
    """Return credentials that an emulator with these options accepts: for all stores, else for the first, else any."""
    from resolver.emulator.auth import parse_credentials

    known = [parse_credentials(text) for text in options.get("auth", ())]
    if not known:
        return _KEY, _SECRET
    first = next(iter(options.get("stores") or ()), STORE_ID)
    best = min(known, key=lambda each: (each.store is not None, each.store != first))
    return best.name, best.secret
