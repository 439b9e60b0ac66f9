"""Columns: what a bulk replay works on and leaves behind, made for the kernel and kept as integers."""

from array import array
from typing import Any, NamedTuple

from resolver.bulk.interned import Interned
from resolver.bulk.loop import Events, execute, follow_refs
from resolver.bulk.values import Values
from resolver.kernel import codes
from resolver.kernel.columns import Column, from_list
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import Tables
from resolver.rules.rulebook import Rulebook
from resolver.ruling import Ruling
from resolver.simulate.collector import rarely_collecting

BLOCK = 65_536
"""Events that the loop executes in one call: between two of them Ctrl-C is heard."""


class Columns(NamedTuple):
    """The store at the end, and what became of every event: the columns of ``Events`` by their names.

    The facts of event ``e`` stand in ``fact``, ``who`` and ``what`` from ``first[e]`` to before ``first[e + 1]``, as
    the kernel leaves those of a command; a refused event has one that says why (``marks``). ``scratch`` has the same
    columns, for those who make objects of them.
    """

    ruling: Ruling
    tables: Tables
    scratch: Scratch
    times: "array[int]"
    first: "array[int]"
    status: "array[int]"
    subject: "array[int]"
    fact: "array[int]"
    who: "array[int]"
    what: "array[int]"


def replayed(interned: Interned, values: Values, book: Rulebook) -> Columns:
    """Execute all events. O(identifiers), beyond what merges and matching by similarity cost."""
    events, size = len(interned), len(values.values)
    tables, scratch = Tables(), Scratch()
    ruling = Ruling(tables, book.settings, lambda _: book)
    ruling.put_in_force(tables)
    _enter_values(tables, ruling, interned, values)
    # Arrays also where the loop is not compiled: what is written once and kept takes a quarter of a list's memory.
    scratch.fact = zeros("b", 16)
    scratch.who, scratch.what, scratch.extra = zeros("i", 16), zeros("i", 16), zeros("i", 16)
    times, first, status, subject = zeros("q", events), zeros("i", events + 1), zeros("b", events), zeros("i", events)
    history = Events(
        lines=interned.lines,
        ats=interned.ats,
        offsets=interned.offsets,
        idents=interned.idents,
        value_of=values.value_of,
        given_in=zeros("i", size),
        times=times,
        first=first,
        status=status,
        subject=subject,
        drops=book.drops_unreadable,
    )
    with rarely_collecting():
        for start in range(0, events, BLOCK):
            execute(tables, scratch, ruling.rules, history, start, min(start + BLOCK, events))
    total = scratch.n_facts
    fact, who, what = (_beginning(column, total) for column in (scratch.fact, scratch.who, scratch.what))
    scratch.fact, scratch.who, scratch.what = fact, who, what
    return Columns(ruling, tables, scratch, times, first, status, subject, fact, who, what)


def refs_followed(interned: Interned, columns: Columns) -> tuple["array[int]", int, int]:
    """The profile of every ref at the end (-1: none), how many refs ended apart, and the most of a profile."""
    refs = len(interned.refs)
    final, several, group = array("i", [-1]) * refs, zeros("i", refs), zeros("i", columns.tables.n_profiles)
    follow_refs(columns.tables, columns.subject, interned.ref_of, final, several, group)
    return final, sum(several), max(group, default=0)


def zeros(code: str, size: int) -> "array[int]":
    """A column of zeros that does not grow."""
    return array(code, [0]) * size


def _enter_values(tables: Tables, ruling: Ruling, interned: Interned, values: Values) -> None:
    """Make every value that the history may ever give a row, which nobody holds yet: its number."""
    kinds: list[int] = []
    for id_type, end in zip(interned.id_types, values.ends, strict=True):
        kinds += [ruling.numbers.get(id_type, codes.NOBODY)] * (end - len(kinds))
    tables.text = values.values
    tables.n_values = len(kinds)
    tables.kind = from_list("i", kinds)
    tables.owner = from_list("i", [codes.NOBODY] * len(kinds))
    for kind in ruling.rules.thresholds:  # only who searches by likeness asks for the row of a text
        tables.index[kind].update({text: row for row, text in enumerate(values.values) if kinds[row] == kind})


def _beginning(column: Column, size: int) -> "array[int]":
    """The first integers of a column that was made with room to grow."""
    view: Any = memoryview(column)  # type: ignore[arg-type]  # an array, or the memory of one
    beginning = array(view.format)
    beginning.frombytes(view[:size].cast("B"))
    return beginning
