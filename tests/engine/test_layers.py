"""The building: arrows only point down, and nothing below the edges knows disk, net, clock or chance."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import resolver

ROOT = Path(resolver.__file__).parent

FLOORS: dict[str, int] = {
    "display": 0,
    "names": 0,
    "versions": 0,
    "errors": 1,
    "suggestions": 1,
    "ids": 2,
    "json_documents": 2,
    "patterns": 1,
    "blocklist": 3,
    "policies": 4,
    "settings": 5,
    "commands": 6,
    "facts": 6,
    "rules": 7,
    "kernel": 8,
    "reference": 8,  # beside the kernel: neither imports the other
    "profiles": 9,
    "ruling": 9,
    "outcomes": 10,
    "reading": 10,
    "folding": 10,
    "invariants": 10,
    "snapshot": 10,
    "snapshot_parts": 11,
    "batch": 11,
    "erasing": 11,
    "editing": 12,
    "coupling": 11,
    "executor": 13,
    "questions": 14,
    "engine": 15,
    "evidence": 16,
    "public": 16,
    "": 17,  # the package itself, which gives the public names
    "simulate": 18,
    "columns": 18,
    "history": 18,
    "generate": 18,
    "atomic_files": 18,
    "interrupts": 18,
    "memory": 18,
    "example": 18,
    "report": 18,
    "graph": 18,
    "project": 18,
    "spark": 18,
    "emulator": 18,
    "studio": 18,
    "testing": 19,
    "cli": 19,
    "__main__": 19,
}
"""The floor of every module and folder directly in the package."""

ENGINE = FLOORS["engine"]

FORBIDDEN = {
    "time",
    "os",
    "random",
    "secrets",
    "uuid",
    "logging",
    "pathlib",
    "shutil",
    "tempfile",
    "socket",
    "ssl",
    "http",
    "urllib",
    "subprocess",
    "threading",
    "asyncio",
    "sys",
    "io",
}


def modules() -> dict[str, Path]:
    """Return every module of the package by its name below it; the package itself is the empty name."""
    named = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        named[".".join(part for part in parts if part != "__init__")] = path
    return named


MODULES = modules()


def imports(path: Path, *, only_when_loaded: bool = False) -> Iterator[str]:
    """Yield the full name of everything that a module imports, wherever in the file, or at its top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if only_when_loaded else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def arrows(name: str, *, only_when_loaded: bool = False) -> Iterator[str]:
    """Yield the modules of the package that a module imports, or those that it does when it is loaded."""
    for imported in imports(MODULES[name], only_when_loaded=only_when_loaded):
        if imported.split(".")[0] == "resolver":
            target = imported.removeprefix("resolver").removeprefix(".")
            while target not in MODULES:
                target = target.rpartition(".")[0]
            yield target


def room(name: str) -> str:
    return name.split(".")[0]


def floor(name: str) -> int:
    return FLOORS[room(name)]


def test_every_module_has_a_floor() -> None:
    assert {room(name) for name in MODULES} <= set(FLOORS)


@pytest.mark.parametrize("name", MODULES, ids=lambda name: name or "resolver")
def test_arrows_only_point_down(name: str) -> None:
    for target in arrows(name):
        if room(target) != room(name):
            beside = floor(target) == floor(name) > FLOORS[""]
            assert floor(target) < floor(name) or beside, f"{name} imports {target}"


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) <= ENGINE])
def test_nothing_at_or_below_the_engine_knows_disk_net_clock_or_chance(name: str) -> None:
    known = {imported.split(".")[0] for imported in imports(MODULES[name])}
    assert not known & FORBIDDEN


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) <= ENGINE])
def test_nothing_at_or_below_the_engine_asks_what_time_it_is(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    asked = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert not {"now", "utcnow", "today", "urandom", "getenv", "environ"} & set(asked)


MAP = ROOT.parent / "docs" / "architecture.md"


@pytest.mark.skipif(not MAP.exists(), reason="away from the checkout there are no docs")
def test_the_map_has_every_file_of_the_pipeline() -> None:
    table = MAP.read_text(encoding="utf-8").partition("| stage | file of `resolver` |")[2]
    named = {*re.findall(r"`(?:[a-z_]+/)*([a-z_]+\.py)`", table)} - {"masking.py"}
    assert named == {path.name for name, path in MODULES.items() if room(name) in ("simulate", "columns")}


def test_no_modules_import_each_other_when_they_are_loaded() -> None:
    loaded: set[str] = set()
    waiting = {name: set(arrows(name, only_when_loaded=True)) - {name} for name in MODULES}
    while ready := {name for name, targets in waiting.items() if targets <= loaded}:
        loaded |= ready
        waiting = {name: targets for name, targets in waiting.items() if name not in ready}
    assert waiting == {}


def test_the_reference_shares_only_words_and_pure_rules_with_the_engine() -> None:
    words = {"settings", "commands", "facts", "names", "errors", "ids", "blocklist", "policies"}
    pure = {"rules", "rules.normalization", "patterns"}
    theirs = {target for name in MODULES if room(name) == "reference" for target in arrows(name)}
    assert {target for target in theirs if room(target) != "reference"} == words | pure


def test_nothing_that_the_engine_is_made_of_imports_the_reference() -> None:
    above = {"reference", *(name for name, at in FLOORS.items() if at > ENGINE)}
    users = {name for name in MODULES for target in arrows(name) if room(target) == "reference"}
    assert {room(name) for name in users} <= above


def test_what_a_run_is_read_by_does_not_know_the_run() -> None:
    """Where results are shown, types are imported of what shows itself so; nowhere else does a type close a circle."""
    found = {name for name in MODULES if room(name) == "simulate" and list(imports_of_types(name))}
    assert found == {"simulate.notebook"}


def imports_of_types(name: str) -> Iterator[str]:
    """Yield the modules of the package that a module imports for types alone."""
    for node in ast.parse(MODULES[name].read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from (str(each.module) for each in node.body if isinstance(each, ast.ImportFrom) and each.module)


def test_above_the_engine_the_rulebook_alone_says_what_is_stored_of_a_raw_value() -> None:
    """``Engine.stored_form`` asks it too; a second normal form beside it would differ where policies or N8 come in."""
    found = {name for name in MODULES if floor(name) > ENGINE and room(name) != "project" and normalizes(name)}
    assert found == {
        "columns.readings",  # reads the texts of commands that are executed
        "simulate.without",  # the text of what the rulebook has no form for
    }


def normalizes(name: str) -> bool:
    """Whether a module normalizes values itself; a project has columns to look at, and no rules yet."""
    known = set(imports(MODULES[name]))
    tree = list(ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))))
    asked = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    called = {node.func.attr for node in tree if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
    return bool(
        "normalize" in asked
        or ("resolver.rules.normalization.Normalizers" in known and "named" in called)
        or known & {"resolver.rules.normalization.normalize", "resolver.rules.normalize"}
        or any(each.startswith("resolver.rules.blanks") or each.endswith("kept_as_it_is") for each in known)
    )


def test_the_arrows_are_seen() -> None:
    assert "snapshot" in arrows("engine")
    assert "rules.rulebook" in arrows("kernel.rules")
    assert "kernel.resolve" in arrows("executor")
    assert "engine" in arrows("public")
    assert "public" in arrows("")
