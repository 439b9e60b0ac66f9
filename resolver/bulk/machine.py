"""The machine: makes the columns and runs the loop over them, as it is or compiled.

The loop is compiled by numba where that is installed (``pip install idresolver[bulk]``); the result is the same.
"""

from array import array
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType
from typing import Any, get_type_hints

from resolver.bulk import kernel
from resolver.bulk.interned import Interned
from resolver.bulk.layout import EVENTS, VALUES, Columns, Ints, Rules, Wide
from resolver.bulk.values import Values

WORTH_COMPILING = 1_000_000
"""Events from which on the compiled loop is taken unasked: loading it costs a second or two, and the first time on a
machine half a minute."""


def can_compile() -> bool:
    """Tell whether numba is installed."""
    return find_spec("numba") is not None


def run(interned: Interned, values: Values, rules: Rules, kinds: list[int], *, compiled: bool | None = None) -> Columns:
    """Execute all events. *kinds* are the kinds of the interned idTypes, -1 for one that is not configured.

    *compiled* None: as it pays. ``ImportError`` if it is asked for and numba is missing. O(identifiers), beyond what
    merges cost.
    """
    if compiled is None:
        compiled = len(interned) >= WORTH_COMPILING and can_compile()
    memory: Any = _Compiled() if compiled else _Plain()
    columns = _columns(interned, values, kinds, memory)
    if not compiled:
        kernel.replay_all(columns, rules)
        return columns
    arrays = {name: memory.given(part) for name, part in rules._asdict().items() if isinstance(part, array)}
    rules = rules._replace(**arrays)
    loop = compiled_kernel(columns, rules)
    loop["replay_all"](columns, rules)
    return columns._replace(extra=loop["taken"](columns.extra, memory.empty("q", len(columns.extra))))


def follow_refs(interned: Interned, columns: Columns) -> tuple[Ints, int, int]:
    """Give the profile of every ref at the end (-1: none), how many refs ended apart, and the most of a profile."""
    compiled = not isinstance(columns.n, array)
    memory: Any = _Compiled() if compiled else _Plain()
    final = memory.given(array("i", [-1]) * len(interned.refs))
    several, group = memory.zeros("i", len(interned.refs)), memory.zeros("i", max(1, len(interned)))
    follow = _compiled["follow_refs"] if compiled else kernel.follow_refs
    follow(columns.subject, columns.parent, memory.given(interned.ref_of), final, several, group)
    return final, int(sum(memoryview(several))), int(max(group))


def _columns(interned: Interned, values: Values, kinds: list[int], memory: Any) -> Columns:
    events, identifiers, size = len(interned), len(interned.idents), len(values.values)
    facts = 2 * (events + identifiers)  # every event creates or is refused, and merges once; every value comes and goes
    kind = array("i")
    for number, end in zip(kinds, values.ends, strict=True):
        kind += array("i", [number]) * (end - len(kind))
    n = array("q", bytes(72))
    n[EVENTS], n[VALUES] = events, size
    return Columns(
        n=memory.given(n),
        offsets=memory.given(interned.offsets),
        ats=memory.given(interned.ats),
        times=memory.empty("q", events),
        first=memory.empty("i", events + 1),
        status=memory.empty("b", events),
        subject=memory.empty("i", events),
        idents=memory.given(interned.idents),
        value_of=memory.given(values.value_of),
        kind=memory.given(kind),
        owner=memory.given(array("i", [-1]) * size),
        given_in=memory.zeros("i", size),
        mark=memory.zeros("i", size),
        told=memory.zeros("i", size),
        born=memory.empty("i", events),
        parent=memory.empty("i", events),
        head=memory.empty("i", events),
        tail=memory.empty("i", events),
        size=memory.zeros("i", events),
        found_in=memory.zeros("i", events),
        node_value=memory.empty("i", identifiers),
        node_event=memory.empty("i", identifiers),
        next=memory.empty("i", identifiers),
        fact=memory.empty("b", facts),
        who=memory.empty("i", facts),
        what=memory.empty("i", facts),
        given=memory.empty("i", interned.most),
        extra=memory.list(),
        found=memory.list(),
        finds=memory.list(),
        others=memory.list(),
        evidence=memory.list(),
        left=memory.list(),
        right=memory.list(),
        wheel=memory.list(),
        holders=memory.dict(),
    )


class _Plain:
    """Columns for the loop as it is: arrays of the standard library."""

    list = list
    dict = dict

    def given(self, column: "array[int]") -> Ints:
        return column

    def zeros(self, code: str, size: int) -> Ints:
        return array(code, [0]) * size

    empty = zeros


class _Compiled:
    """Columns for the compiled loop: numpy's, whose unused ends cost no memory."""

    def __init__(self) -> None:
        self._numba: Any = import_module("numba")
        self._numpy: Any = import_module("numpy")

    def given(self, column: "array[int]") -> Any:
        return self._numpy.frombuffer(column, dtype=column.typecode) if column else self.empty(column.typecode, 0)

    def zeros(self, code: str, size: int) -> Any:
        return self._numpy.zeros(size, dtype=code)

    def empty(self, code: str, size: int) -> Any:
        return self._numpy.empty(size, dtype=code)

    def list(self) -> Any:
        return self._numba.typed.List.empty_list(self._numba.int64)

    def dict(self) -> Any:
        return self._numba.typed.Dict.empty(self._numba.int64, self._numba.int64)


_compiled: dict[str, Any] = {}


def compiled_kernel(columns: Columns, rules: Rules) -> Mapping[str, Any]:
    """Give the kernel's functions compiled, each with the compiled forms of others in the place of their names.

    Each for one signature only, which follows from its annotations, so that no call makes another form of it. They
    are compiled once a machine (numba remembers them beside the file, or in its cache directory), and loaded once a
    process.
    """
    if not _compiled:
        numba: Any = import_module("numba")
        types: dict[Any, Any] = {
            Columns: numba.typeof(columns),
            Rules: numba.typeof(rules),
            Ints: numba.typeof(columns.idents),
            Wide: numba.typeof(columns.ats),
            int: numba.int64,
            bool: numba.boolean,
            list[int]: numba.typeof(columns.extra),
        }
        names = vars(kernel).copy()
        for function in vars(kernel).values():
            if isinstance(function, FunctionType):
                twin = FunctionType(function.__code__, names, function.__name__)
                twin.__qualname__, twin.__module__ = function.__qualname__, kernel.__name__
                given = {**get_type_hints(function), "return": None}
                signature = tuple(types[kind] for kind in given.values() if kind is not None)
                names[function.__name__] = numba.njit(signature, cache=True)(twin)
        _compiled.update(names)
    return _compiled
