"""The build hook that compiles the hot modules with Cython where RESOLVER_COMPILE=1; a plain build does not use it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOT = (
    "resolver/engine.py",
    "resolver/everyday.py",
    "resolver/executor.py",
    "resolver/ids.py",
    "resolver/rules/checks.py",
    "resolver/rules/memo.py",
    "resolver/rules/normalization.py",
    "resolver/rules/rulebook.py",
    "resolver/state/store.py",
    "resolver/structures/held.py",
    "resolver/structures/merges.py",
    "resolver/structures/record.py",
    "resolver/structures/slots.py",
)
"""What is compiled: what an everyday command passes through. The ``.pxd`` beside some of them name their C types."""

SETUP = f"""
from Cython.Build import cythonize
from setuptools import setup

directives = {{"language_level": 3, "annotation_typing": False}}
setup(name="resolver", packages=[], ext_modules=cythonize({HOT!r}, compiler_directives=directives))
"""


class CompiledBuild(BuildHookInterface):  # type: ignore[type-arg]  # its configuration is not used
    """Adds one extension module per hot module to the wheel; the source stays beside it."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Give what a compiled build needs besides a C compiler."""
        return ["cython>=3.1", "setuptools>=65"] if _asked_for() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile away from the checkout, so that nothing is left in it. About half a minute."""
        if version == "editable" or not _asked_for():
            return
        self.place = tempfile.TemporaryDirectory()
        root = Path(self.place.name)
        shutil.copytree(Path(self.root, "resolver"), root / "resolver", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "setup.py").write_text(SETUP, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "setup.py", "build_ext", "--inplace"],
            cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"RESOLVER_COMPILE=1 was set, but Cython could not compile resolver:\n{done.stdout}")
        for library in root.glob("resolver/**/*"):
            if library.suffix in (".so", ".pyd"):
                build_data["force_include"][str(library)] = library.relative_to(root).as_posix()
        build_data["infer_tag"] = True
        build_data["pure_python"] = False

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled: it is in the wheel now."""
        if hasattr(self, "place"):
            self.place.cleanup()


def _asked_for() -> bool:
    return os.environ.get("RESOLVER_COMPILE") == "1"
