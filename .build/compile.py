"""The build hook that compiles the kernel with Cython; ``python .build/compile.py`` compiles a checkout in place.

``pip install .`` compiles where a C compiler is found, and says so in one line where it could not: the same source then
runs as Python. ``RESOLVER_COMPILE=1`` insists on compiling, ``RESOLVER_COMPILE=0`` forbids it.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOT = (
    "resolver/columns/block.py",
    "resolver/columns/differences.py",
    "resolver/columns/execution.py",
    "resolver/columns/fact_columns.py",
    "resolver/columns/loop.py",
    "resolver/columns/numbered.py",
    "resolver/columns/presented.py",
    "resolver/columns/readings.py",
    "resolver/columns/refs.py",
    "resolver/columns/side_by_side.py",
    "resolver/columns/store_before.py",
    "resolver/columns/table_columns.py",
    "resolver/columns/texts.py",
    "resolver/editing.py",
    "resolver/engine.py",
    "resolver/erasing.py",
    "resolver/executor.py",
    "resolver/history/column_loops.py",
    "resolver/history/time_parts.py",
    "resolver/ids.py",
    "resolver/kernel/canonical.py",
    "resolver/kernel/choices.py",
    "resolver/kernel/columns.py",
    "resolver/kernel/compounds.py",
    "resolver/kernel/edit.py",
    "resolver/kernel/joining.py",
    "resolver/kernel/matching.py",
    "resolver/kernel/pair_table.py",
    "resolver/kernel/profile_lists.py",
    "resolver/kernel/resolve.py",
    "resolver/kernel/rules.py",
    "resolver/kernel/scratch.py",
    "resolver/kernel/similarity_index.py",
    "resolver/kernel/tables.py",
    "resolver/kernel/text_table.py",
    "resolver/kernel/undo.py",
    "resolver/outcomes.py",
    "resolver/patterns.py",
    "resolver/profiles.py",
    "resolver/questions.py",
    "resolver/reading.py",
    "resolver/rules/blanks.py",
    "resolver/rules/blocking.py",
    "resolver/rules/checks.py",
    "resolver/rules/email.py",
    "resolver/rules/normalization.py",
    "resolver/rules/phone.py",
    "resolver/rules/quick_phone.py",
    "resolver/rules/rulebook.py",
    "resolver/ruling.py",
)
"""What is compiled: what a command passes through. The ``.pxd`` beside most of them name their C types."""

SHARED = "resolver.kernel._shared"
"""A module of its own for what Cython otherwise writes into each one: a third of the time of compiling."""

# -O3 saves less than 1 % of a command's instructions and -fno-plt half a per cent; visibility and interposition change
# nothing, since Cython's functions are static. Without boundscheck it would be 3 to 5 %, and no fault would raise.
# Translation is a third of the work, so it is shared out too; a process that starts anew reads this file again.
SETUP = f"""
import os

from Cython.Build import cythonize
from setuptools import Extension, setup

arguments = [] if os.name == "nt" else ["-O2", "-g0"]
directives = {{
    "language_level": 3, "annotation_typing": False, "infer_types": True,
    "wraparound": False, "initializedcheck": False, "cdivision": True,
}}
modules = [Extension(path[:-3].replace("/", "."), [path], extra_compile_args=arguments) for path in {HOT!r}]
if __name__ == "__main__":
    extensions = cythonize(
        modules, nthreads=os.cpu_count() or 1, compiler_directives=directives,
        shared_utility_qualified_name={SHARED!r},
    )
    extensions.append(Extension({SHARED!r}, ["{SHARED.replace(".", "/")}.c"], extra_compile_args=arguments))
    setup(name="resolver", packages=[], ext_modules=extensions)
"""


class CompiledBuild(BuildHookInterface):  # type: ignore[type-arg]  # its configuration is not used
    """Adds one extension module per hot module to the wheel; the source stays beside it."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What a compiled build needs besides a C compiler."""
        # Cython 3.3 frees an element twice where a list comprehension runs out of memory.
        return ["cython>=3.2,<3.3", "setuptools>=65"] if _is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile away from the checkout, so that nothing is left in it. About half a minute on two cores."""
        if version == "editable" or not _is_wanted():
            return
        self.place = tempfile.TemporaryDirectory()
        root = Path(self.place.name)
        shutil.copytree(
            Path(self.root, "resolver"), root / "resolver", ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.c")
        )
        failure = compile_below(root)
        if failure:
            if _is_demanded():
                raise RuntimeError(f"RESOLVER_COMPILE=1 was set, but resolver could not be compiled:\n{failure}")
            self.app.display_warning(f"resolver is installed as plain Python: {failure.strip().splitlines()[-1]}")
            return
        for library in root.glob("resolver/**/*"):
            if library.suffix in (".so", ".pyd"):
                build_data["force_include"][str(library)] = library.relative_to(root).as_posix()
        build_data["infer_tag"] = True
        build_data["pure_python"] = False

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled: it is in the wheel now."""
        if hasattr(self, "place"):
            self.place.cleanup()


def compile_below(root: Path) -> str:
    """Compile the hot modules of a source tree in place; why it failed, or nothing."""
    compiler = os.environ.get("CC") or (sysconfig.get_config_var("CC") or "cc")
    if os.name != "nt" and shutil.which(compiler.split()[0]) is None:
        return f"no C compiler was found ({compiler.split()[0]})"
    setup, shared = root / "setup_compiled.py", root / f"{SHARED.replace('.', '/')}.c"
    setup.write_text(SETUP, encoding="utf-8")
    try:
        for command in (
            ["-m", "cython", f"--generate-shared={shared}"],
            [setup.name, "build_ext", "--inplace", f"-j{os.cpu_count() or 1}"],
        ):
            done = subprocess.run(
                [sys.executable, *command],
                cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                return done.stdout or f"{command[0]} ended with {done.returncode}"
    finally:
        setup.unlink()
        shutil.rmtree(root / "build", ignore_errors=True)
        for made in root.glob("resolver/**/*.c"):
            made.unlink()
    return ""


def _is_wanted() -> bool:
    return os.environ.get("RESOLVER_COMPILE") != "0"


def _is_demanded() -> bool:
    return os.environ.get("RESOLVER_COMPILE") == "1"


def compile_in_place(checkout: Path) -> str:
    """Compile a checkout's hot modules, whose libraries then stand beside their sources; why it failed, or nothing.

    Beside pyproject.toml setuptools would read that file, and not every version can.
    """
    with tempfile.TemporaryDirectory() as place:
        source, root = checkout / "resolver", Path(place)
        shutil.copytree(source, root / "resolver", ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
        failure = compile_below(root)
        if not failure:
            for library in root.glob("resolver/**/*"):
                if library.suffix in (".so", ".pyd"):
                    shutil.copy2(library, source / library.relative_to(root / "resolver"))
    return failure


if __name__ == "__main__":
    sys.exit(compile_in_place(Path(__file__).parents[1]) or None)
