"""Saved columns: the tables of a run that is in columns, made of its integers block by block.

Every different text is made once a block, and its code says where it stands. What is out of the ordinary (a command
that is no plain resolve, a fact that says more than a profile and a value) is written row by row, and put in its place.
"""

import re
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from resolver.columns import marks
from resolver.columns.execution import STATUS, zeros
from resolver.columns.table_columns import keep_once, list_holds, repeat_each
from resolver.columns.texts import NoText
from resolver.facts import AnyFact
from resolver.history.column_loops import renumber
from resolver.kernel import codes
from resolver.kernel.columns import copied, part_of
from resolver.kernel.edit import aliases
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.kernel.tables import earliest_first, living_profiles
from resolver.names import EvictionReason, LimitPolicy
from resolver.profiles import id_of
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.saved_format import Row, schema_of, written_text, written_texts
from resolver.simulate.steps import Step

ROWS = 65_536
"""Rows that are written at a time."""

_NAMES = {
    codes.CREATED: "ProfileCreated",
    codes.ADDED: "IdentifierAdded",
    codes.REMOVED: "IdentifierRemoved",
    codes.REPLACED: "IdentifierRemoved",
    codes.EVICTED: "IdentifierEvicted",
    codes.FULL: "IdentifierRefused",
}
"""The facts that say a profile, a value and at most a reason and a policy. With windows (P2) a full list has two."""

_REASONS = (None, "removed", "replaced", str(EvictionReason.LIMIT), str(EvictionReason.WINDOW))
_REMOVED, _REPLACED, _LIMIT, _WINDOW = range(1, len(_REASONS))
_POLICIES = (None, str(LimitPolicy.FIFO), str(LimitPolicy.LIFO))
_FIFO, _LIFO = 1, 2

_REFUSED = re.compile(
    b"[%s]"
    % re.escape(
        bytes([marks.NOT_READABLE, marks.NOT_CONFIGURED, marks.NOTHING_LEFT, marks.NOTHING_FREE, marks.NOT_ALLOWED])
    )
)
"""What stands in the column of facts where a command was refused."""

_EVICTED = re.compile(re.escape(bytes([codes.EVICTED])))


class ColumnTables:
    """The tables of a run in columns; *row_of_step* and *row_of_fact* make the rows of what is out of the ordinary.

    Tables are made of *at_once* commands or profiles each: with fewer, less memory is taken at a time.
    """

    def __init__(
        self,
        arrow: Any,
        kept: ColumnSource,
        row_of_step: Callable[[Step], Row],
        row_of_fact: Callable[[AnyFact], Row],
        at_once: int = ROWS,
    ) -> None:
        self._arrow = arrow
        self._kept = kept
        self.row_of_step = row_of_step
        self.row_of_fact = row_of_fact
        self._at_once = at_once
        has_windows = kept.done.facts.has_windows
        plain = bytes([code for code in _NAMES if not has_windows or code != codes.FULL])
        self._odd = re.compile(b"[^%s]" % re.escape(plain))

    # What happened

    def steps(self) -> Iterator[Any]:
        """Yield the steps, some thousands in a table."""
        n = self._kept.done.numbered
        texts = n.texts.texts
        nothing = {number for number, text in enumerate(texts) if text is None}
        rejections = self._kept.read_rejected()
        others = iter(sorted(n.others))
        other = next(others, None)
        for start, end in self._blocks():
            odd = set[int]()
            while other is not None and other < end:
                odd.add(other)
                other = next(others, None)
            idents = n.idents[n.offsets[start] : n.offsets[end]]
            if nothing and not nothing.isdisjoint(idents):
                ends = n.offsets
                odd.update(e for e in range(start, end) if not nothing.isdisjoint(n.idents[ends[e] : ends[e + 1]]))
            ordered = sorted(odd)
            rows = [self.row_of_step(self._kept.step(event, rejections)) for event in ordered]
            yield self._with_rows("steps", self._plain_steps(start, end), rows, [event - start for event in ordered])

    def facts(self) -> Iterator[Any]:
        """Yield the facts, those of some thousands of commands in a table."""
        done = self._kept.done
        for start, end in self._blocks():
            first, last = done.first[start], done.first[end]
            numbers, ats = zeros("q", last - first), zeros("q", last - first)
            repeat_each(done.numbered.numbers[start:end], done.first, start, numbers)
            repeat_each(done.times[start:end], done.first, start, ats)
            kinds = part_of(done.facts.scratch.fact, first, last).tobytes()
            told = [found.start() for found in self._odd.finditer(kinds)]
            odd = [place for place in told if not _REFUSED.match(kinds, place)]
            rows = [self.row_of_fact(done.facts.fact(numbers[each], ats[each], first + each)) for each in odd]
            refused = {*told}.difference(odd)
            columns = self._plain_facts(first, last, numbers, ats, kinds, told)
            yield self._with_rows("facts", columns, rows, odd, refused)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield where blocks begin and end; in each, the same settings are in force but for its last command."""
        start = 0
        for end in self._kept.done.numbered.ends():
            for begin in range(start, max(end, start + 1), self._at_once):
                yield begin, min(begin + self._at_once, end)
            start = end

    def _plain_steps(self, start: int, end: int) -> list[Any]:
        """The columns of some steps, of which those out of the ordinary will be replaced."""
        done, n, arrow = self._kept.done, self._kept.done.numbered, self._arrow
        size, text = end - start, arrow.string()
        ats = self.integers(n.ats[start:end])
        no_time = arrow.compute.equal(ats, marks.NOW)
        return [
            self.integers(n.numbers[start:end]),
            self.integers(n.lines[start:end]),
            self.texts(n.ref_of[start:end], n.refs.names),
            arrow.compute.if_else(no_time, arrow.scalar(None, arrow.int64()), ats),
            arrow.repeat(arrow.scalar("resolve", text), size),
            arrow.nulls(size, text),
            self._stored(start, end),
            self._given(start, end),
            arrow.nulls(size, text),
            self._coded(done.status[start:end].tobytes(), _STATUS),
            self.ids(done.subject[start:end], done.tables),
        ]

    def _given(self, start: int, end: int) -> Any:
        """What some commands gave: lists of pairs."""
        n = self._kept.done.numbered
        raws, id_types = n.texts.texts, n.texts.id_types
        first, last = n.offsets[start], n.offsets[end]
        texts = n.idents[first:last]
        types = part_of(n.idents, first, last)
        renumber(types, n.texts.type_of)
        pairs = (
            self.texts(types, lambda kinds: [id_types[kind] for kind in kinds]),
            self.texts(texts, lambda codes: [None if type(raws[code]) is NoText else raws[code] for code in codes]),
        )
        return self._lists(array("i", [each - first for each in n.offsets[start : end + 1]]), *pairs)

    def _stored(self, start: int, end: int) -> Any:
        """What some commands offered as it is stored, each value once: lists of pairs."""
        done, kept = self._kept.done, self._kept
        ends = zeros("i", end - start + 1)
        if done.facts.is_latest(done.facts.ruling_at(done.first[start])):
            offsets, idents, value_of = kept.rest.offers()
            values = part_of(idents, offsets[start], offsets[end])
            renumber(values, value_of)
            once = zeros("i", len(values))
            seen = zeros("i", done.tables.n_values)
            count = keep_once(values, array("q", offsets[start : end + 1]), seen, once, ends)
            return self._lists(ends, *self._values(once[:count], done.tables, done.ruling.names))
        stored: list[tuple[Any, Any]] = []
        for event in range(start, end):
            stored.extend(() if event in done.numbered.others else kept.rest.stored(event))
            ends[event - start + 1] = len(stored)
        arrow = self._arrow
        sides = [arrow.array(written_texts([pair[side] for pair in stored]), arrow.string()) for side in (0, 1)]
        return self._lists(ends, *sides)

    def _plain_facts(
        self,
        first: int,
        last: int,
        numbers: "array[int]",
        ats: "array[int]",
        kinds: bytes,
        odd: Collection[int],
    ) -> list[Any]:
        """The columns of some facts, of which those out of the ordinary will be replaced."""
        done, arrow = self._kept.done, self._arrow
        t, ruling = done.tables, done.facts.ruling_at(first)
        size = last - first
        who = part_of(done.facts.scratch.who, first, last)
        what = part_of(done.facts.scratch.what, first, last)
        for place in odd:
            what[place] = codes.NO_VALUE
        types = {field.name: field.type for field in schema_of(arrow, "facts")}
        id_types, values = self._values(what, t, ruling.names)
        reasons, policies = bytearray(kinds.translate(_REASON_OF)), bytearray(size)
        for found in _EVICTED.finditer(kinds):
            place = found.start()
            kind = t.kind[ValueRow(what[place])]
            reasons[place] = _WINDOW if ruling.rules.window[kind] else _LIMIT
            policies[place] = _FIFO if ruling.rules.fifo[kind] else _LIFO
        columns = {
            **{name: arrow.nulls(size, kind) for name, kind in types.items()},
            "command": self.integers(numbers),
            "at": self.integers(ats),
            "fact": self._coded(kinds, [_NAMES.get(kind) for kind in range(256)]),
            "profile_id": self.ids(who, t),
            "id_type": id_types,
            "value": values,
            "reason": self._coded(reasons, _REASONS),
            "policy": self._coded(policies, _POLICIES),
        }
        return list(columns.values())

    # What is there at the end

    def values(self) -> Iterator[Any]:
        """Yield what the profiles hold, some thousands of values in a table."""
        return (table for table, _ in self.values_of(self.living()))

    def profiles(self) -> Iterator[Any]:
        """Yield the profiles, some thousands in a table."""
        records: dict[int, list[int]] = {}
        ends = self._kept.ends
        for ref in ends.order:
            records.setdefault(ends.profile[ref], []).append(ref)
        return (table for table, _ in self.profiles_of(self.living(), records))

    def living(self) -> "array[int]":
        """The profiles at the end, earliest first."""
        t = self._kept.view._tables
        return array("i", earliest_first(t, living_profiles(t)))

    def values_of(self, profiles: "array[int]") -> "Iterator[tuple[Any, array[int]]]":
        """Yield what some profiles hold, each table with the profile of each of its rows."""
        t, ruling = self._kept.view._tables, self._kept.view._ruling
        kinds = array("i", [ruling.numbers[each] for each in ruling.book.listed(list(ruling.numbers))])
        for start, end in self._stretches(len(profiles)):
            some = profiles[start:end]
            size = sum(t.size[ProfileRow(profile)] for profile in some)
            who, what, since = zeros("i", size), zeros("i", size), zeros("q", size)
            list_holds(t, some, kinds, who, what, since)
            columns = [self.ids(who, t), *self._values(what, t, ruling.names), self.integers(since)]
            yield self._arrow.Table.from_arrays(columns, schema=schema_of(self._arrow, "values")), who

    def profiles_of(
        self, profiles: "array[int]", records: "dict[int, list[int]]"
    ) -> "Iterator[tuple[Any, array[int]]]":
        """Yield some profiles with the refs of their records, each table with the profile of each of its rows."""
        arrow, t, refs = self._arrow, self._kept.view._tables, self._kept.done.numbered.refs
        for start, end in self._stretches(len(profiles)):
            some = profiles[start:end]
            others: list[ProfileRow] = []
            own: list[int] = []
            ends = zeros("i", len(some) + 1), zeros("i", len(some) + 1)
            for place, profile in enumerate(map(ProfileRow, some), 1):
                if t.ring[profile] != profile:
                    others.extend(earliest_first(t, aliases(t, profile)))
                own.extend(records.get(profile, ()))
                ends[0][place], ends[1][place] = len(others), len(own)
            columns = [
                self.ids(some, t),
                self.integers(array("q", [t.created_at[ProfileRow(profile)] for profile in some])),
                arrow.ListArray.from_arrays(self.integers(ends[0]), self.ids(array("i", others), t)),
                arrow.ListArray.from_arrays(self.integers(ends[1]), self.texts(array("i", own), refs.names)),
            ]
            yield arrow.Table.from_arrays(columns, schema=schema_of(arrow, "profiles")), some

    def _stretches(self, size: int) -> Iterator[tuple[int, int]]:
        """Yield where pieces of so many rows begin and end; one at least."""
        for start in range(0, max(size, 1), self._at_once):
            yield start, min(start + self._at_once, size)

    # Arrow

    def integers(self, column: "array[int]") -> Any:
        """Return a column of integers."""
        arrow = self._arrow
        kind = {"i": arrow.int32(), "q": arrow.int64()}[memoryview(column).format]
        return arrow.Array.from_buffers(kind, len(column), [None, arrow.py_buffer(column)])

    def texts(self, column: "array[int]", texts_of: Callable[[Sequence[int]], Sequence[object]]) -> Any:
        """Return a column of texts by their codes, each different one made once; None where the code is below 0."""
        encoded = self.integers(column).dictionary_encode()
        different = encoded.dictionary.to_pylist()
        if min(different, default=0) < 0:
            known = [code for code in different if code >= 0]
            made = dict(zip(known, texts_of(known), strict=True))
            texts = [made.get(code) for code in different]
        else:
            texts = list(texts_of(different))
        return self._arrow.array(written_texts(texts), self._arrow.string()).take(encoded.indices)

    def ids(self, profiles: "array[int]", tables: Any) -> Any:
        """Return the ids of profiles by their rows."""
        return self.texts(profiles, lambda rows: [id_of(tables, ProfileRow(row)) for row in rows])

    def _values(self, values: "array[int]", tables: Any, names: Sequence[str]) -> tuple[Any, Any]:
        """Return idTypes and texts of values by their rows."""
        kinds, text_of = copied(values), tables.text
        renumber(kinds, tables.kind)
        return (
            self.texts(kinds, lambda codes: [names[code] for code in codes]),
            self.texts(values, lambda rows: [text_of[row] for row in rows]),
        )

    def _coded(self, column: bytes | bytearray, texts: Sequence[object]) -> Any:
        """Return a column of texts by a byte for each row."""
        arrow = self._arrow
        indices = arrow.Array.from_buffers(arrow.uint8(), len(column), [None, arrow.py_buffer(column)])
        return arrow.array(list(map(written_text, texts)), arrow.string()).take(indices)

    def _lists(self, ends: "array[int]", id_types: Any, values: Any) -> Any:
        """Return a column of lists of pairs."""
        structs = self._arrow.StructArray.from_arrays([id_types, values], ["id_type", "value"])
        return self._arrow.ListArray.from_arrays(self.integers(ends), structs)

    def _with_rows(
        self,
        name: str,
        columns: list[Any],
        rows: Sequence[Row],
        places: Sequence[int],
        left_out: Collection[int] = (),
    ) -> Any:
        """A table of columns with some rows in the places of theirs, and others left out."""
        schema = schema_of(self._arrow, name)
        table = self._arrow.Table.from_arrays(columns, schema=schema)
        if not places and not left_out:
            return table
        size = len(table)
        order = array("q", range(size))
        for number, place in enumerate(places):
            order[place] = size + number
        if places:
            arrays = [
                self._arrow.array(column, field.type)
                for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            table = self._arrow.concat_tables([table, self._arrow.Table.from_arrays(arrays, schema=schema)])
        if left_out:
            order = array("q", [each for place, each in enumerate(order) if place not in left_out])
        return table.take(self.integers(order)).combine_chunks()


_STATUS = [STATUS.get(code) for code in range(256)]
_REASON_OF = bytes(
    {codes.REMOVED: _REMOVED, codes.REPLACED: _REPLACED, codes.FULL: _LIMIT}.get(kind, 0) for kind in range(256)
)
