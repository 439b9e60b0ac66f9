"""Packages of the npm registry that tests drive or read, each installed once, beside others."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest


def without(reason: str) -> None:
    """Skip a test for want of something; where everything must run, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def installed(package: str) -> Path:
    """Return the folder whose ``node_modules`` has an npm package, named with its version; install what is not there.

    ``RESOLVER_NODE_MODULES`` names the folder of all of them; without it, it is one for all runs below the system's
    temporary one. A test that asks for it is skipped where there is no Node, or fails where everything must run.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        without(f"Node and npm are needed for {package}")
    folder = Path(os.environ.get("RESOLVER_NODE_MODULES") or Path(tempfile.gettempdir()) / "resolver-node")
    name = package.rpartition("@")[0]
    place = folder / package
    if not (place / "node_modules" / name / "package.json").exists():
        place.mkdir(parents=True, exist_ok=True)
        _install(package, place)
    return place


def _install(package: str, place: Path) -> None:
    """Install a package beside *place*, then move it there: another process may be doing the same."""
    with tempfile.TemporaryDirectory(prefix="installing-", dir=place) as beside:
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", beside, package]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            without(f"npm could not install {package}: {done.stderr.strip()[-500:]}")
        with suppress(OSError):  # it is there by now
            (Path(beside) / "node_modules").rename(place / "node_modules")
