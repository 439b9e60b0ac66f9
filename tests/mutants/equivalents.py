"""Equivalents: mutants that no test can kill, since the changed program does the same.

Most are so by construction: ``RULES`` recognises them. The others are named one by one in ``equivalent.json``, by their
function, the line as it is written, and the change in it, so that they stay named when lines move. Neither are run.
"""

import ast
import json
from collections.abc import Callable
from pathlib import Path

ONE_BY_ONE = Path(__file__).with_name("equivalent.json")

Name = tuple[str, str, str, str, str]
"""File, function, line as it is written, what stood there and what stands there."""

Parents = tuple[ast.AST, ...]
"""The nodes around a node, the outermost first."""

MAKERS = ("column", "filled", "from_list")
"""The functions that make a column of the kernel, with its type code first."""

WRITTEN_FIRST = (
    "base_holds", "base_values", "holds_all", "n_candidates", "n_choices", "n_coming", "n_evidence", "n_extra",
    "n_facts", "n_found", "n_given", "n_log", "n_sharing", "next_at", "next_number", "rule", "status",
    "was_free_holds", "was_free_values", "was_holds", "was_living", "was_profiles", "was_values",
)  # fmt: skip
"""Fields of the scratch that each command writes before it reads them. A test gives all of them other values between
commands (``tests/engine/test_scratch.py``)."""


def reason_of(file: str, function: str, parents: Parents, node: ast.AST, after: str) -> str:
    """Why a change cannot matter by construction; empty if no rule says so."""
    for rule, reason in RULES.items():
        if rule(f"{file} {function}", parents, node, after):
            return reason
    return ""


def one_by_one() -> dict[Name, str]:
    """The reasons of the equivalents that are named."""
    rows: list[dict[str, str]] = json.loads(ONE_BY_ONE.read_text(encoding="utf-8"))
    return {(r["file"], r["function"], r["line"], r["before"], r["after"]): r["reason"] for r in rows}


def is_type_code(place: str, parents: Parents, node: ast.AST, after: str) -> bool:
    """Whether it changes the type code of a column that is made."""
    match parents[-1], node:
        case ast.Call(func=ast.Name(id=name), args=[first, *_]), ast.Constant(value=str()) if first is node:
            return name in MAKERS
        case _, ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in MAKERS:
            return after.startswith(f"{name}(None") and ast.unparse(first) != "None"
    return False


def is_first_size(place: str, parents: Parents, node: ast.AST, after: str) -> bool:
    """Whether it makes a growing column a little longer at first."""
    match parents[-1], node:
        case ast.Call(func=ast.Name(id="column"), args=[_, size]), ast.Constant() if size is node:
            return True
    return False


def is_first_value(place: str, parents: Parents, node: ast.AST, after: str) -> bool:
    """Whether it changes what a field of the scratch holds before the first command."""
    if not place.endswith("Scratch.__init__"):
        return False
    match [each for each in (*parents, node) if isinstance(each, ast.Assign | ast.AnnAssign)]:
        case [ast.Assign(targets=[ast.Attribute(attr=name)]) | ast.AnnAssign(target=ast.Attribute(attr=name))]:
            return name in WRITTEN_FIRST
    return False


def is_compiled_only(place: str, parents: Parents, node: ast.AST, after: str) -> bool:
    """Whether it changes what the interpreter never executes."""
    for parent, child in zip(parents, (*parents[1:], node), strict=True):
        match parent:
            case ast.IfExp(test=ast.Name(id="COMPILED"), body=body) if child is body:
                return True
            case ast.FunctionDef(body=[*statements]):
                ends = [each.end_lineno for each in statements if _returns_lists(each)]
                if ends and getattr(child, "lineno", 0) > (ends[0] or 0):
                    return True
    return False


def _returns_lists(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "isinstance(old, list)"


def is_word_for_mypy(place: str, parents: Parents, node: ast.AST, after: str) -> bool:
    """Whether it changes the name or the bound of a type."""
    names = ("NewType", "TypeVar", "Protocol")
    return any(isinstance(each, ast.Call) and ast.unparse(each.func) in names for each in (*parents, node))


def is_scattering(place: str, parents: Parents, node: ast.AST, after: str) -> bool:
    """Whether it changes which number a key is scattered to."""
    return place.endswith("pair_table.py spread") and isinstance(node, ast.BinOp | ast.Constant)


Rule = Callable[[str, Parents, ast.AST, str], bool]

RULES: dict[Rule, str] = {
    is_type_code: "Uncompiled, columns are lists, which have no type code.",
    is_first_size: "A column grows when it is full, so how long it is at first decides nothing.",
    is_first_value: "Each command writes it before it reads it, which a test shows.",
    is_compiled_only: "The interpreter never executes it; the tests of the compiled build do.",
    is_word_for_mypy: "Only mypy reads it.",
    is_scattering: "Keys that fall together are told apart by comparing them; any number will do.",
}
"""What makes a change equivalent, and why."""
