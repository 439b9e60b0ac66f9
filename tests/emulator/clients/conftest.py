"""The vendor's clients, each set up for an emulator of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.testing import Emulator, emulator, emulator_options, module_emulator
from tests.emulator.clients.sdks import Node, Python, Sdk
from tests.npm import installed

__all__ = ["emulator", "emulator_options", "module_emulator"]

NPM_PACKAGE = "twilio@6.2.0"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Return the folder that holds the npm package; it is installed there if it is not there yet."""
    return installed(NPM_PACKAGE)


@pytest.fixture(params=["python", "node"])
def sdk(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Sdk]:
    """Yield the Python client and the Node client, one after the other."""
    if request.param == "python":
        yield Python(emulator.url, emulator.store_id)
        return
    node = Node(emulator.url, emulator.store_id, request.getfixturevalue("node_modules"))
    yield node
    node.close()
