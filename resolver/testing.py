"""For tests of programs that use the Memory API: a pytest fixture that gives a running emulator and a client of it.

Put ``pytest_plugins = ["resolver.testing"]`` into the top ``conftest.py``, and ask for ``emulator`` in a test:

    def test_two_records_of_one_person_become_one(emulator):
        profiles = emulator.client.memory.profiles(emulator.store_id)
        ...

It is named there rather than found by itself, so that test runs that do not need it do not pay for it.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from resolver.emulator.running import running_emulator
from resolver.ids import numbered_id

if TYPE_CHECKING:
    import httpx
    from twilio.rest import Client

STORE_ID = numbered_id(0).replace("profile", "store")
"""The store that an emulator starts with."""

_KEY, _SECRET = "SK" + 32 * "0", "secret"


class Emulator:
    """A running emulator: where it is, and clients that are set up for it.

    ``url`` is ``http://127.0.0.1:PORT``; ``store_id`` the store that it starts with; ``auth`` a key and a secret
    that it accepts, as it does any others by default.
    """

    def __init__(self, url: str, *, store_id: str = STORE_ID, auth: tuple[str, str] = (_KEY, _SECRET)) -> None:
        self.url = url
        self.store_id = store_id
        self.auth = auth

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

        return httpx.Client(base_url=self.url, auth=self.auth)


@pytest.fixture
def emulator_options() -> dict[str, Any]:
    """Give the options of ``create_app`` for ``emulator``; override it in a module, a class or a ``conftest.py``."""
    return {}


@pytest.fixture
def emulator(emulator_options: dict[str, Any]) -> Iterator[Emulator]:
    """Give a running emulator, empty at the start of each test and stopped at its end."""
    with running_emulator(**emulator_options) as url:
        running = Emulator(url)
        yield running
        if "http" in vars(running):
            running.http.close()
