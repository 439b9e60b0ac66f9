"""The vendor's clients, each set up for an emulator of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from resolver.testing import Emulator, emulator, emulator_options, module_emulator
from tests.emulator.clients.sdks import Node, Python, Sdk

__all__ = ["emulator", "emulator_options", "module_emulator"]

NPM_PACKAGE = "twilio@6.2.0"


def without(reason: str) -> None:
    """Skip a test for want of something; where everything must run, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Return the folder that holds the npm package; it is installed there if it is not there yet.

    ``RESOLVER_NODE_MODULES`` names the folder; without it, it is one for all runs below the system's temporary one.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        without("Node and npm are needed to drive the npm client")
    default = Path(tempfile.gettempdir()) / "resolver-node"
    place = Path(os.environ.get("RESOLVER_NODE_MODULES") or default)
    if not (place / "node_modules" / "twilio" / "package.json").exists():
        place.mkdir(parents=True, exist_ok=True)
        _install(place)
    return place


def _install(place: Path) -> None:
    """Install the npm package beside *place*, then move it there: another process may be doing the same."""
    with tempfile.TemporaryDirectory(prefix="installing-", dir=place) as beside:
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", beside, NPM_PACKAGE]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            without(f"npm could not install {NPM_PACKAGE}: {done.stderr.strip()[-500:]}")
        with suppress(OSError):  # it is there by now
            (Path(beside) / "node_modules").rename(place / "node_modules")


@pytest.fixture(params=["python", "node"])
def sdk(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Sdk]:
    """Yield the Python client and the Node client, one after the other."""
    if request.param == "python":
        yield Python(emulator.url, emulator.store_id)
        return
    node = Node(emulator.url, emulator.store_id, request.getfixturevalue("node_modules"))
    yield node
    node.close()
