"""Mutations: every single change of a module that the usual operators make.

The operators are those of mutmut and cosmic-ray (comparisons, arithmetic, ``and`` and ``or``, ``not``, numbers, texts,
truth values, assigned values, arguments, ``break`` and ``continue``, loops without an iteration), and one of our own: a
call or an assignment that is left out, for much of the kernel is a step that only an interruption would miss.
"""

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import CodeType
from typing import cast

from tests.mutants.equivalents import Parents, reason_of

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
CALCULATED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
TABLES = ("t", "s", "r", "self")
"""Arguments that every function of the kernel needs: without them it fails at once, which shows nothing."""


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what stood there, and what stands there now."""

    file: str
    function: str
    """The function or method in which it is; empty for what is executed when the module is imported."""
    line: int
    text: str
    """That line."""
    before: str
    after: str
    key: str
    """The same as long as the function does the same: its text without types, the change, and which of several such."""
    source: str
    place: int
    """Which mutant of the module it is."""
    reason: str
    """Why no test can kill it, if that is so by construction (``equivalents``)."""

    def code(self) -> CodeType:
        """The module, changed."""
        tree = ast.parse(self.source)
        *_, node, change = next(islice(_places(tree), self.place, None))
        change(node)
        return compile(ast.fix_missing_locations(tree), self.file, "exec", dont_inherit=True)


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module, from the top to the bottom.

    >>> for each in mutants("m.py", "def f(a):\\n    return a < 1 or not a"):
    ...     print(each.function, each.line, each.before, "->", each.after)
    f 2 a < 1 or not a -> a < 1 and (not a)
    f 2 a < 1 -> a <= 1
    f 2 1 -> 2
    f 2 not a -> a
    """
    numbers: dict[str, int] = {}
    texts: dict[ast.AST, str] = {}
    lines = ["", *source.splitlines()]
    for place, (function, owner, parents, node, change) in enumerate(_places(ast.parse(source))):
        before, after = ast.unparse(node), change(copy.deepcopy(node))
        text = texts.get(owner) or texts.setdefault(owner, ast.unparse(_Untyped().visit(copy.deepcopy(owner))))
        reason = reason_of(file, function, parents, node, after)
        key = hashlib.sha256("\n".join([file, function, text, before, after]).encode()).hexdigest()[:16]
        numbers[key] = numbers.get(key, 0) + 1
        line = getattr(node, "lineno", 0)
        yield Mutant(
            file, function, line, lines[line].strip(), before, after, f"{key}-{numbers[key]}", source, place, reason
        )


Change = Callable[[ast.AST], str]
"""Changes a node in place, in a copy of the module, and returns what it is then."""


class _Untyped(ast.NodeTransformer):
    """Leaves out what only mypy reads, so that what is known of a mutant stays known when a type becomes another."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node = cast("ast.Call", self.generic_visit(node))
        return node.args[1] if ast.unparse(node.func) == "cast" else node


def _places(tree: ast.Module) -> Iterator[tuple[str, ast.AST, Parents, ast.AST, Change]]:
    """(function, its node, what is around the node, node, change) for every mutant."""
    for function, owner, parents, node in _walk(tree, "", tree, ()):
        for change in _changes(node):
            if function or not isinstance(node, ast.Assign):  # a constant that is left out is one that has no value
                yield function, owner, parents, node, change


def _walk(
    node: ast.AST, function: str, owner: ast.AST, parents: Parents
) -> Iterator[tuple[str, ast.AST, Parents, ast.AST]]:
    """Every node that may be changed, with the outermost function that it is in, and the nodes around it."""
    around = (*parents, node)
    for child in _children(node):
        if isinstance(child, ast.FunctionDef) and not isinstance(owner, ast.FunctionDef):
            name = f"{function}.{child.name}" if function else child.name
            yield from _walk(child, name, child, around)
        elif isinstance(child, ast.ClassDef):
            yield from _walk(child, child.name, child, around)
        else:
            inside = function if isinstance(owner, ast.FunctionDef) else ""
            yield inside, owner, around, child
            yield from _walk(child, function, owner, around)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node without what says nothing: annotations, docstrings, names of slots, words of errors."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "cast"):
            value = (
                [child for child in value if not isinstance(child, ast.Constant)] if isinstance(value, list) else value
            )
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) in ("__slots__", "_OTHERS"):
                continue
            if isinstance(child, ast.ImportFrom | ast.Import | ast.Assert | ast.AnnAssign) and not _has_value(child):
                continue
            if isinstance(child, ast.AST):
                yield child


def _has_value(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is not None and ast.unparse(node.annotation) != "TypeAlias"


def _changes(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                yield _set(lambda n, i=place, o=op: n.ops.__setitem__(i, COMPARED[type(o)]()))
        case ast.BinOp(op=op) if type(op) in CALCULATED:
            yield _set(lambda n: setattr(n, "op", CALCULATED[type(n.op)]()))
        case ast.AugAssign(op=op):
            yield _set(lambda n: setattr(n, "op", CALCULATED[type(n.op)]()))
            yield _replaced(lambda n: ast.Assign([n.target], n.value))
            yield _replaced(lambda n: ast.Pass())
        case ast.BoolOp():
            yield _set(lambda n: setattr(n, "op", ast.Or() if isinstance(n.op, ast.And) else ast.And()))
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield _replaced(lambda n: n.operand)
        case ast.Constant(value=bool()):
            yield _set(lambda n: setattr(n, "value", not n.value))
        case ast.Constant(value=int()):
            yield _set(lambda n: setattr(n, "value", n.value + 1))
        case ast.Constant(value=str()):
            yield _set(lambda n: setattr(n, "value", f"XX{n.value}XX"))
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            if not (isinstance(value, ast.Constant) and value.value is None):
                yield _set(lambda n: setattr(n, "value", ast.Constant(None)))
            if isinstance(node, ast.Assign):
                yield _replaced(lambda n: ast.Pass())
        case ast.Expr(value=ast.Call()) | ast.Delete():
            yield _replaced(lambda n: ast.Pass())
        case ast.Break():
            yield _replaced(lambda n: ast.Continue())
        case ast.Continue():
            yield _replaced(lambda n: ast.Break())
        case ast.For():
            yield _set(lambda n: setattr(n, "iter", ast.List([], ast.Load())))
        case ast.Call(args=args):
            for place, argument in enumerate(args):
                if not isinstance(argument, ast.Constant | ast.Starred) and ast.unparse(argument) not in TABLES:
                    yield _set(lambda n, i=place: n.args.__setitem__(i, ast.Constant(None)))


def _set(act: Callable[..., object]) -> Change:
    """A change of what a node has."""

    def change(node: ast.AST) -> str:
        act(node)
        return ast.unparse(ast.fix_missing_locations(node))

    return change


def _replaced(make: Callable[..., ast.AST]) -> Change:
    """A change of a node into another one."""

    def change(node: ast.AST) -> str:
        other = make(node)
        ast.copy_location(other, node)
        ast.fix_missing_locations(other)
        text = ast.unparse(other)
        node.__class__ = other.__class__
        node.__dict__.clear()
        node.__dict__.update(other.__dict__)
        return text

    return change
