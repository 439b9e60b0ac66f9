"""Saved columns: the steps and facts of a run in columns as tables of Arrow, made of its integers block by block.

What is out of the ordinary (a command that is no plain resolve, a fact that says more than a profile and a value) is
written row by row, and put in its place.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from resolver.columns import marks
from resolver.columns.execution import STATUS, beginning
from resolver.columns.texts import NoText
from resolver.facts import AnyFact
from resolver.kernel import codes
from resolver.profiles import id_of
from resolver.simulate.kept import Kept
from resolver.simulate.saved_format import schema_of, written_text
from resolver.simulate.steps import Identifier, Step

Row = tuple[Any, ...]

_FACTS = {
    codes.CREATED: ("ProfileCreated", None),
    codes.ADDED: ("IdentifierAdded", None),
    codes.REMOVED: ("IdentifierRemoved", "removed"),
    codes.REPLACED: ("IdentifierRemoved", "replaced"),
    codes.FULL: ("IdentifierRefused", "limit"),
}
"""The facts that say a profile and at most a value: their name and reason. With windows (P2) a full list has two."""

_REFUSED = {marks.NOT_READABLE, marks.NOT_CONFIGURED, marks.NOTHING_LEFT, marks.NOTHING_FREE, marks.NOT_ALLOWED}
"""What stands in the column of facts where a command was refused."""


class ColumnTables:
    """The tables of a run in columns; *row_of_step* and *row_of_fact* make the rows of what is out of the ordinary."""

    def __init__(
        self, arrow: Any, kept: Kept, row_of_step: Callable[[Step], Row], row_of_fact: Callable[[AnyFact], Row]
    ) -> None:
        self._arrow = arrow
        self._kept = kept
        self._row_of_step = row_of_step
        self._row_of_fact = row_of_fact
        has_windows = kept.done.told.has_windows
        self._plain = {code: each for code, each in _FACTS.items() if not has_windows or code != codes.FULL}

    def steps(self) -> Iterator[Any]:
        """Yield the steps, some thousands in a table."""
        n = self._kept.done.numbered
        texts = n.texts.texts
        nothing = {number for number, text in enumerate(texts) if text is None}
        rejections = self._kept.read_rejected()
        for start, end in self._blocks():
            idents = n.idents[n.offsets[start] : n.offsets[end]]
            odd = [event for event in range(start, end) if event in n.others] if n.others else []
            if nothing and not nothing.isdisjoint(idents):
                ends = n.offsets
                odd += [e for e in range(start, end) if not nothing.isdisjoint(n.idents[ends[e] : ends[e + 1]])]
            odd = sorted({*odd})
            rows = [self._row_of_step(self._kept.step(event, rejections)) for event in odd]
            yield self._with_rows("steps", self._plain_steps(start, end), rows, [event - start for event in odd])

    def facts(self) -> Iterator[Any]:
        """Yield the facts, those of some thousands of commands in a table."""
        done = self._kept.done
        for start, end in self._blocks():
            first, last = done.first[start], done.first[end]
            numbers, ats = array("q"), array("q")
            for event in range(start, end):
                size = done.first[event + 1] - done.first[event]
                numbers.extend(array("q", [done.numbered.numbers[event]]) * size)
                ats.extend(array("q", [done.times[event]]) * size)
            kinds = beginning(done.told.scratch.fact, last)[first:]
            told = [(place, kind) for place, kind in enumerate(kinds) if kind not in self._plain]
            odd = [place for place, kind in told if kind not in _REFUSED]
            rows = [self._row_of_fact(done.told.fact(numbers[each], ats[each], first + each)) for each in odd]
            refused = {place for place, kind in told if kind in _REFUSED}
            yield self._with_rows("facts", self._plain_facts(first, last, numbers, ats, kinds), rows, odd, refused)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield where blocks begin and end; in each, the same settings are in force but for its last command."""
        start = 0
        for end in self._kept.done.numbered.ends():
            yield start, end
            start = end

    def _plain_steps(self, start: int, end: int) -> list[Any]:
        """The columns of some steps, of which those out of the ordinary will be replaced."""
        done, n, arrow = self._kept.done, self._kept.done.numbered, self._arrow
        size, text = end - start, arrow.string()
        ats = self._integers(n.ats[start:end], arrow.int64())
        no_time = arrow.compute.equal(ats, marks.NOW)
        raws = n.texts.texts
        given = (
            [each - n.offsets[start] for each in n.offsets[start : end + 1]],
            n.idents[n.offsets[start] : n.offsets[end]],
            lambda code: (n.texts.id_types[n.texts.type_of[code]], None if type(raws[code]) is NoText else raws[code]),
        )
        stored: list[Identifier] = []
        lengths = [0]
        for event in range(start, end):
            mine = () if event in n.others else self._kept.rest.stored(event)
            stored.extend(mine)
            lengths.append(len(mine))
        return [
            self._integers(n.numbers[start:end], arrow.int64()),
            self._integers(n.lines[start:end], arrow.int64()),
            self._texts(n.ref_of[start:end], n.refs.name),
            arrow.compute.if_else(no_time, arrow.scalar(None, arrow.int64()), ats),
            arrow.repeat(arrow.scalar("resolve", text), size),
            arrow.nulls(size, text),
            self._lists([*accumulate(lengths)], stored, lambda pair: pair),
            self._lists(*given),
            arrow.nulls(size, text),
            self._texts(done.status[start:end], lambda code: STATUS.get(code)),
            self._texts(done.subject[start:end], lambda row: id_of(done.tables, row)),
        ]

    def _plain_facts(
        self, first: int, last: int, numbers: "array[int]", ats: "array[int]", kinds: "array[int]"
    ) -> list[Any]:
        """The columns of some facts, of which those out of the ordinary will be replaced."""
        done, arrow = self._kept.done, self._arrow
        t, names = done.tables, done.told.ruling_at(first).names
        size = last - first
        who = beginning(done.told.scratch.who, last)[first:]
        what = beginning(done.told.scratch.what, last)[first:]
        values = array("i", [value if kind in self._plain else -1 for value, kind in zip(what, kinds, strict=True)])
        types = {field.name: field.type for field in schema_of(arrow, "facts")}
        nothing = {name: arrow.nulls(size, types[name]) for name in types}
        known = [self._plain.get(kind, (None, None)) for kind in range(256)]
        columns = {
            **nothing,
            "command": self._integers(numbers, arrow.int64()),
            "at": self._integers(ats, arrow.int64()),
            "fact": self._texts(kinds, lambda kind: known[kind][0]),
            "profile_id": self._texts(who, lambda row: id_of(t, row)),
            "id_type": self._texts(values, lambda value: names[t.kind[value]]),
            "value": self._texts(values, lambda value: t.text[value]),
            "reason": self._texts(kinds, lambda kind: known[kind][1]),
        }
        return list(columns.values())

    # Arrow

    def _with_rows(
        self, name: str, columns: list[Any], rows: Sequence[Row], places: Sequence[int], left_out: Iterable[int] = ()
    ) -> Any:
        """A table of columns with some rows in the places of theirs, and others left out."""
        schema = schema_of(self._arrow, name)
        table = self._arrow.Table.from_arrays(columns, schema=schema)
        gone = set(left_out)
        if not places and not gone:
            return table
        size = len(table)
        order = list(range(size))
        for number, place in enumerate(places):
            order[place] = size + number
        if places:
            arrays = [
                self._arrow.array(column, field.type)
                for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            table = self._arrow.concat_tables([table, self._arrow.Table.from_arrays(arrays, schema=schema)])
        kept = [each for place, each in enumerate(order) if place not in gone]
        return table.take(self._arrow.array(kept, self._arrow.int64()))

    def _integers(self, column: "array[int]", kind: Any) -> Any:
        return self._arrow.Array.from_buffers(kind, len(column), [None, self._arrow.py_buffer(column)])

    def _texts(self, column: Sequence[Any], text_of: Callable[[Any], object]) -> Any:
        """A column of texts, each different one made once; None where the code is below 0."""
        numbers, different = _numbered(column)
        texts = [None if type(each) is int and each < 0 else written_text(text_of(each)) for each in different]
        return self._arrow.array(texts, self._arrow.string()).take(self._integers(numbers, self._arrow.int32()))

    def _lists(self, offsets: Sequence[int], column: Sequence[Any], pair_of: Callable[[Any], tuple[Any, Any]]) -> Any:
        """A column of lists of pairs, each different pair made once."""
        numbers, different = _numbered(column)
        pairs = list(map(pair_of, different))
        arrow, indices = self._arrow, self._integers(numbers, self._arrow.int32())
        sides = [
            arrow.array([written_text(pair[side]) for pair in pairs], arrow.string()).take(indices) for side in (0, 1)
        ]
        structs = arrow.StructArray.from_arrays(sides, ["id_type", "value"])
        return arrow.ListArray.from_arrays(self._integers(array("i", offsets), arrow.int32()), structs)


def _numbered(column: Sequence[Any]) -> tuple["array[int]", list[Any]]:
    """The number of each entry, and the different entries."""
    numbers = {each: number for number, each in enumerate(dict.fromkeys(column))}
    return array("i", map(numbers.__getitem__, column)), list(numbers)
