"""Whichever module of the core is imported first, it can be: circles of imports show only where none came before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import resolver

ROOT = Path(__file__).parents[2]
FOLDERS = (".", "rules", "kernel", "reference", "columns", "history", "simulate", "simulate/explain")
IMPORTED_ALONE = """
import os, sys
from importlib import import_module
import attrs, email_validator, msgspec, phonenumbers, rapidfuzz, sortedcontainers  # once for all
for name in sys.argv[1:]:
    if os.fork():
        os.wait()
        continue
    try:
        import_module(name)
    except ImportError as error:
        print(f"{name}: {error}", flush=True)
    os._exit(0)
"""
"""Compiled modules cannot be imported twice in one process, so each import has a process of its own."""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_every_module_can_be_the_first_that_is_imported() -> None:
    package = Path(resolver.__file__).parent
    files = sorted(file for folder in FOLDERS for file in (package / folder).glob("*.py") if file.stem != "__main__")
    modules = [file.parent if file.stem == "__init__" else file.with_suffix("") for file in files]
    names = [".".join(("resolver", *module.relative_to(package).parts)) for module in modules]
    assert {"resolver.ids", "resolver.testing", "resolver.kernel.undo", "resolver.simulate.explain"} <= {*names}
    command = [sys.executable, "-c", IMPORTED_ALONE, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["__main__", "Enigne"])
def test_a_module_of_the_package_is_no_public_name(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'resolver' has no attribute '{name}'"):
        getattr(resolver, name)
