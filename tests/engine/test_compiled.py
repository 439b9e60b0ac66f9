"""The hot modules are all compiled or all Python, and the public name says which."""

import ast
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import TypeGuard

import pytest

import resolver

HOT = [
    "columns.block",
    "columns.differences",
    "columns.execution",
    "columns.fact_columns",
    "columns.loop",
    "columns.numbered",
    "columns.presented",
    "columns.readings",
    "columns.refs",
    "columns.side_by_side",
    "columns.store_before",
    "columns.table_columns",
    "columns.texts",
    "editing",
    "engine",
    "erasing",
    "executor",
    "history.column_loops",
    "history.time_parts",
    "ids",
    "kernel.canonical",
    "kernel.choices",
    "kernel.columns",
    "kernel.compounds",
    "kernel.edit",
    "kernel.joining",
    "kernel.matching",
    "kernel.pair_table",
    "kernel.profile_lists",
    "kernel.resolve",
    "kernel.rules",
    "kernel.scratch",
    "kernel.similarity_index",
    "kernel.tables",
    "kernel.text_table",
    "kernel.undo",
    "outcomes",
    "patterns",
    "profiles",
    "questions",
    "reading",
    "rules.blanks",
    "rules.blocking",
    "rules.checks",
    "rules.email",
    "rules.normalization",
    "rules.phone",
    "rules.quick_phone",
    "rules.rulebook",
    "ruling",
]
HOOK = Path(__file__).parents[2] / ".build" / "compile.py"


@pytest.mark.parametrize("name", HOT)
def test_compiled_says_what_every_hot_module_is(name: str) -> None:
    file = import_module(f"resolver.{name}").__file__
    assert file is not None
    assert file.endswith(tuple(EXTENSION_SUFFIXES)) is resolver.COMPILED


def test_these_are_the_modules_that_the_build_compiles() -> None:
    if not HOOK.exists():
        pytest.skip("away from the checkout there is no build hook")
    hot = next(node.value for node in ast.parse(HOOK.read_text()).body if _assigns(node, "HOT"))
    assert ast.literal_eval(hot) == tuple(f"resolver/{name.replace('.', '/')}.py" for name in HOT)


def test_no_other_module_is_compiled() -> None:
    root = Path(resolver.__file__).parent
    libraries = [path for path in root.rglob("*") if path.name.endswith(tuple(EXTENSION_SUFFIXES))]
    assert len(libraries) == (len(HOT) + 1 if resolver.COMPILED else 0)  # one has what the others share


@pytest.mark.parametrize("name", HOT)
def test_no_hot_module_counts_from_the_end_of_a_list_since_compiled_code_does_not(name: str) -> None:
    source = Path(resolver.__file__).parent / f"{name.replace('.', '/')}.py"
    found = [node for node in ast.walk(ast.parse(source.read_text("utf-8"))) if isinstance(node, ast.Subscript)]
    assert [ast.unparse(node) for node in found if isinstance(node.slice, ast.UnaryOp)] == []


def _assigns(node: ast.stmt, name: str) -> TypeGuard[ast.Assign]:
    return isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [name]
