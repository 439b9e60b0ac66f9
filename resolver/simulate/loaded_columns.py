"""Loaded columns: the columns that a replay leaves behind, made of the tables of a saved run, column by column."""

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from resolver.columns import marks
from resolver.columns.execution import STATUS, Execution, zeros
from resolver.columns.fact_columns import FactColumns
from resolver.columns.numbered import Numbered
from resolver.columns.refs import LINE
from resolver.engine import Engine
from resolver.facts import (
    AnyFact,
    IdentifierRefused,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.history.column_loops import renumber
from resolver.kernel import codes
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import enter_value, new_profile, next_value_row
from resolver.names import AS_GIVEN, EvictionReason, ProfileId, RefusalReason, RemovalReason, Value
from resolver.profiles import give_id
from resolver.ruling import Ruling
from resolver.settings import Settings
from resolver.simulate.saved_format import OF_COMMANDS, ColumnFile, command_of, read_text, read_value, text_or_none
from resolver.simulate.steps import Identifier

Pair = tuple[str, str | None]
"""An idType and a text, as they are in the file."""

_STATUS = {str(status): code for code, status in STATUS.items()}

_FACTS: dict[Pair, int] = {
    ("ProfileCreated", None): codes.CREATED,
    ("IdentifierAdded", None): codes.ADDED,
    ("IdentifierRemoved", str(RemovalReason.REMOVED)): codes.REMOVED,
    ("IdentifierRemoved", str(RemovalReason.REPLACED)): codes.REPLACED,
    ("IdentifierRemoved", str(RemovalReason.MOVED)): codes.MOVED,
    **{("IdentifierEvicted", str(reason)): codes.EVICTED for reason in EvictionReason},
    **{("IdentifierRefused", str(reason)): codes.REFUSED for reason in RefusalReason},
    ("IdentifierRefused", str(RefusalReason.LIMIT)): codes.FULL,
    ("IdentifierRefused", str(RefusalReason.WINDOW)): codes.FULL,
    ("IdentifierRefused", str(RefusalReason.CONFLICT)): codes.CONFLICT,
    ("IdentifierRefused", str(RefusalReason.INVALID)): marks.INVALID,
    ("IdentifierRefused", str(RefusalReason.BLOCKED)): marks.LEFT_OUT,
    ("ProfilesMerged", None): codes.MERGED,
    ("ProfileDeleted", None): marks.DELETED,
    ("SettingsApplied", None): marks.SETTINGS,
    ("IdentifierSuppressed", None): marks.SUPPRESSED,
    ("IdentifierUnsuppressed", None): marks.UNSUPPRESSED,
}
"""What a fact is, as a byte of the column of facts, by its name and reason."""

_SUPPRESSIONS: dict[str, type[IdentifierSuppressed] | type[IdentifierUnsuppressed]] = {
    "IdentifierSuppressed": IdentifierSuppressed,
    "IdentifierUnsuppressed": IdentifierUnsuppressed,
}

_RARE = bytes(
    [
        *(codes.MERGED, codes.CONFLICT, codes.REFUSED, marks.INVALID, marks.LEFT_OUT, marks.DELETED, marks.SETTINGS),
        *(marks.SUPPRESSED, marks.UNSUPPRESSED),
    ]
)
"""Facts that say more or less than a profile and a value: merges, conflicts, what was left out, deletions, settings,
what is suppressed."""


class ColumnsOfRun:
    """The columns of a replay, ``done``, of the *steps* and *facts* of a run; *engine* is new and becomes its own."""

    def __init__(self, arrow: Any, steps: ColumnFile, facts: ColumnFile, engine: Engine, is_sorted: bool) -> None:
        self._arrow = arrow
        self._engine = engine
        self._numbered = n = Numbered([])
        n.is_complete, n.is_sorted = True, is_sorted
        if is_sorted:
            n.numbers = array("q")
            n.numbers.extend(self._integers(steps.column("number"), "q"))
        self.done = done = Execution(engine, n)
        self._scratch = Scratch()
        done.facts = self._facts = FactColumns(engine._tables, self._scratch, n.texts)
        self._rows: dict[Pair, int] = {}
        """The row of every value, by its idType and text."""
        self._profiles: dict[str | None, ProfileRow] = {None: codes.NOBODY}
        """The row of every profile, by its id."""
        self._shared: dict[str, str] = {}
        """The texts read so far, each once."""
        self._read_commands(steps)
        self._read_facts(facts)
        self._read_outcomes(steps)
        self._offsets, self._values = self._identifiers(steps)
        n.texts.forget()
        for table in (self._rows, self._profiles, self._shared):  # what was needed to read
            table.clear()

    def identifiers(self, event: int) -> tuple[Identifier, ...]:
        """What a command offered to be stored, as it was stored."""
        t = self.done.tables
        names = self._facts.ruling_at(0).names
        return tuple((names[t.kind[value]], t.text[value]) for value in self.rows(event))

    def rows(self, event: int) -> list[ValueRow]:
        """The rows of these values."""
        return [ValueRow(value) for value in self._values[self._offsets[event] : self._offsets[event + 1]]]

    def offers(self) -> tuple["array[int]", "array[int]", "array[int]"]:
        """Where what each command offered begins, the rows of the values, and for each row itself."""
        return self._offsets, self._values, array("i", range(self.done.tables.n_values))

    # What commands say

    def _read_commands(self, steps: ColumnFile) -> None:
        n, compute = self._numbered, self._arrow.compute
        n.lines.extend(self._integers(steps.column("line"), "q"))
        n.ats.extend(self._integers(steps.column("at"), "q", marks.NOW))
        n.op.extend(zeros("b", len(n.lines)))
        lengths, idents, pairs = self._listed(steps.column("given"))
        ends = [0, *accumulate(lengths)]
        is_other = compute.or_(
            compute.not_equal(steps.column("command"), "resolve"), compute.is_valid(steps.column("more"))
        )
        odd = [bisect_right(ends, place) - 1 for place in _places_below_zero(idents)]
        others = sorted({*compute.indices_nonzero(is_other).to_pylist(), *odd})
        for event, row in zip(others, steps.rows(others, OF_COMMANDS), strict=True):
            n.op[event] = marks.OTHER
            n.others[event] = command_of(row)
        refs, names = self._coded(steps.column("ref"))
        given, numbers = list[str | None](), array("i")
        for line, code in zip(n.lines, refs, strict=True):
            ref = None if code < 0 else names[code]
            is_line = ref is not None and ref.startswith(LINE) and ref == f"{LINE}{line}"
            given.append(None if is_line else ref)
            numbers.append(0 if is_line else codes.NOBODY)
        n.refs.add_all(given, n.lines, numbers)
        renumber(idents, self._numbers_of(pairs))
        start = 0
        for event in others:  # what they gave stands in their commands
            n.idents.extend(idents[start : ends[event]])
            start, lengths[event] = ends[event + 1], 0
        n.idents.extend(idents[start:])
        n.offsets.extend(accumulate(lengths))

    def _numbers_of(self, pairs: Sequence[Pair]) -> "array[int]":
        """The numbers of different texts, as they were written."""
        texts = self._numbered.texts
        numbers = array("i", [codes.NOBODY]) * len(pairs)
        by_type: dict[str, list[int]] = {}
        for place, (id_type, _) in enumerate(pairs):
            by_type.setdefault(id_type, []).append(place)
        for id_type, places in by_type.items():
            found = iter(texts.numbers(id_type, [text for place in places if (text := pairs[place][1]) is not None]))
            for place in places:
                numbers[place] = next(found) if pairs[place][1] is not None else texts.no_text(id_type, None)
        return numbers

    # Facts

    def _read_facts(self, facts: ColumnFile) -> None:
        compute, s = self._arrow.compute, self._scratch
        kinds, names = self._numbered_pairs(facts.column("fact"), facts.column("reason"))
        table = bytes(_FACTS[pair] for pair in names).ljust(256, b"\0")
        s.fact = array("b", bytes(kinds.tolist()).translate(table))
        held = compute.indices_nonzero(compute.is_valid(facts.column("owner"))).to_pylist()
        for place in held:  # nobody owns what its own list has no room for
            if s.fact[place] == codes.FULL:
                s.fact[place] = codes.REFUSED
        numbers, ats = self._integers(facts.column("command"), "q"), self._integers(facts.column("at"), "q")
        rare = [*_places(b"[" + _RARE + b"]", s.fact)]
        rows = [_fact(row) for row in facts.rows(rare)]
        self._rule([*zip(rare, rows, strict=True)])
        ids, id_names = self._coded(facts.column("profile_id"))
        self._create(ids, id_names, numbers, ats)
        who: Any = ids
        renumber(who, array("i", [self._profiles[name] for name in id_names]))
        s.who = who
        as_given = self._arrow.array(sorted(map(str, AS_GIVEN)))
        digests = self._arrow.array(sorted(_SUPPRESSIONS))
        is_no_value = compute.or_(
            compute.is_in(facts.column("reason"), value_set=as_given),
            compute.is_in(facts.column("fact"), value_set=digests),
        )
        nothing = self._arrow.scalar(None, self._arrow.string())
        id_types = compute.if_else(is_no_value, nothing, facts.column("id_type"))
        s.what, pairs = self._numbered_pairs(id_types, facts.column("value"))
        renumber(s.what, array("i", [self._row(pair) for pair in pairs]))
        for place, fact in zip(rare, rows, strict=True):
            s.n_facts = place
            self._facts.take([fact], self._facts.ruling_at(place))
            self._follow(fact)
        s.n_facts = len(numbers)
        self._place_facts(numbers, ats)

    def _rule(self, rare: Sequence[tuple[int, AnyFact]]) -> None:
        """Put the settings in force one after the other; all of them number the idTypes alike."""
        engine, t = self._engine, self._engine._tables
        later = [(place + 1, fact.settings) for place, fact in rare if isinstance(fact, SettingsApplied)]
        in_force = [(0, engine.settings), *later]
        id_types = dict.fromkeys(id_type for _, settings in in_force for id_type in settings.id_types)
        self._numbers = {id_type: TypeNumber(number) for number, id_type in enumerate(id_types)}
        for place, settings in in_force:
            self._scratch.n_facts = place
            ruling = Ruling(t, settings, engine._rulebook_for, self._numbers)
            self._facts.rule(ruling)
        engine._ruling = ruling

    def _create(self, ids: Sequence[int], names: Sequence[str], numbers: Sequence[int], ats: Sequence[int]) -> None:
        """Make the rows of all profiles, in the order in which they were created."""
        t = self.done.tables
        for place in _places(bytes([codes.CREATED]), self._scratch.fact):
            row = new_profile(t, Moment(ats[place]), CommandNumber(numbers[place]))
            give_id(t, row, ProfileId(names[ids[place]]))
            self._profiles[names[ids[place]]] = row

    def _row(self, pair: Pair) -> int:
        """The row of a value."""
        row = self._rows.get(pair)
        if row is None:
            t, (id_type, text) = self.done.tables, pair
            assert text is not None, "a value without a text"
            row = self._rows[pair] = next_value_row(t, 0, self._numbers[id_type])
            enter_value(t, row, Value(text))
        return row

    def _follow(self, fact: AnyFact) -> None:
        """Note which profile went where."""
        t = self.done.tables
        if isinstance(fact, ProfilesMerged):
            for profile_id in fact.absorbed:
                t.parent[self._profiles[profile_id]] = self._profiles[fact.survivor]
            t.living -= len(fact.absorbed)
        elif isinstance(fact, ProfileDeleted):
            t.parent[self._profiles[fact.profile_id]] = codes.NOBODY
            t.living -= 1

    def _place_facts(self, numbers: Sequence[int], ats: Sequence[int]) -> None:
        """Find where the facts of each command begin, and when it was executed."""
        done, place, size = self.done, 0, len(numbers)
        done.times.extend(zeros("q", len(self._numbered)))
        for event, number in enumerate(self._numbered.numbers):
            if place < size and numbers[place] == number:
                done.times[event] = ats[place]
                while place < size and numbers[place] == number:
                    place += 1
            done.first.append(place)
        if place < size:
            raise ValueError(f"a fact of command {numbers[place]}, which is none of the steps")

    # What became of commands

    def _read_outcomes(self, steps: ColumnFile) -> None:
        done, n = self.done, self._numbered
        statuses, names = self._coded(steps.column("status"))
        renumber(statuses, array("i", [_STATUS[name] for name in names]))
        done.status.extend(marks.IS_REJECTED if code < 0 else code for code in statuses)
        subjects, ids = self._coded(steps.column("profile_id"))
        renumber(subjects, array("i", [self._profiles[name] for name in ids]))
        done.subject.extend(subjects)
        done.latest.extend(array("i", [codes.NOBODY]) * len(n.refs))
        for ref, subject in zip(n.ref_of, subjects, strict=True):
            if ref >= 0 and subject >= 0:
                done.latest[ref] = subject

    def _identifiers(self, steps: ColumnFile) -> tuple["array[int]", "array[int]"]:
        """Where the values of each command begin that it offered, and their rows."""
        lengths, values, pairs = self._listed(steps.column("identifiers"))
        renumber(values, array("i", [self._row(pair) for pair in pairs]))
        return array("q", [0, *accumulate(lengths)]), values

    # Columns

    def _integers(self, column: Any, code: str, absent: int = 0) -> "array[int]":
        """The integers of a column, *absent* where there is none."""
        found = array(code)
        for chunk in self._arrow.compute.fill_null(column, absent).chunks:
            view = memoryview(chunk.buffers()[1])
            found.frombytes(view[chunk.offset * found.itemsize : (chunk.offset + len(chunk)) * found.itemsize])
        return found

    def _coded(self, column: Any) -> tuple["array[int]", list[str]]:
        """The texts of a column, each once, in the order in which they came first, and the number of every row's."""
        encoded = column.combine_chunks().dictionary_encode()
        return self._indices(encoded), self._texts(encoded.dictionary)

    def _numbered_pairs(self, first: Any, second: Any) -> tuple["array[int]", list[Pair]]:
        """The pairs of two columns, each once, and the number of every row's; ``NOBODY`` where the first is missing."""
        compute, big = self._arrow.compute, self._arrow.int64()
        one, other = (each.combine_chunks().dictionary_encode() for each in (first, second))
        size = len(one.dictionary)
        right = compute.fill_null(other.indices.cast(big), -1)
        joined = compute.add(compute.multiply(right, size), one.indices.cast(big)).dictionary_encode()
        names, texts = self._texts(one.dictionary), self._texts(other.dictionary)
        keys = joined.dictionary.to_pylist()
        pairs: list[Pair] = [(names[key % size], texts[key // size] if key >= 0 else None) for key in keys]
        return self._indices(joined), pairs

    def _indices(self, encoded: Any) -> "array[int]":
        """The number of every row's entry in the dictionary of a column; ``NOBODY`` where there is none."""
        return self._integers(self._arrow.chunked_array([encoded.indices], self._arrow.int32()), "i", codes.NOBODY)

    def _texts(self, dictionary: Any) -> list[str]:
        """Different texts; equal ones of several columns are one object."""
        share = self._shared.setdefault
        return [share(text, text) for text in map(read_text, dictionary.to_pylist())]

    def _listed(self, column: Any) -> tuple["array[int]", "array[int]", list[Pair]]:
        """How many pairs each row has, the pairs of all rows by their numbers, and what the numbers mean."""
        compute = self._arrow.compute
        lengths = self._integers(compute.list_value_length(column), "i")
        flat = compute.list_flatten(column)
        numbers, pairs = self._numbered_pairs(*(compute.struct_field(flat, name) for name in ("id_type", "value")))
        return lengths, numbers, pairs


def _fact(row: dict[str, Any]) -> AnyFact:
    """A row of the facts that says more than a profile and a value."""
    number, at, kind = row["command"], row["at"], row["fact"]
    profile_id: Any = text_or_none(row["profile_id"])
    if kind == "ProfilesMerged":
        joined = tuple(_texts(each["id_type"] for each in row["joined_by"]))
        values = map(Value, _texts(each["value"] for each in row["joined_by"]))
        pairs = tuple(zip(joined, values, strict=True))
        return ProfilesMerged(
            number, at, profile_id, tuple(map(ProfileId, _texts(row["absorbed"]))), read_text(row["rule"]), pairs
        )
    if kind == "ProfileDeleted":
        return ProfileDeleted(number, at, profile_id, tuple(map(ProfileId, _texts(row["aliases"]))))
    if kind == "SettingsApplied":
        return SettingsApplied(number, at, Settings.from_json(json.loads(row["settings"])))
    if kind in _SUPPRESSIONS:
        return _SUPPRESSIONS[kind](number, at, read_text(row["id_type"]), read_text(row["value"]))
    reason = RefusalReason(row["reason"])
    owner: Any = text_or_none(row["owner"])
    value = read_value(row["value"], row["other_value"])
    return IdentifierRefused(number, at, profile_id, read_text(row["id_type"]), value, reason, owner)


def _places_below_zero(column: Sequence[int]) -> list[int]:
    """Return where a column is below 0, which is nowhere nearly always."""
    return [place for place, each in enumerate(column) if each < 0] if min(column, default=0) < 0 else []


def _places(pattern: bytes, column: Any) -> Iterator[int]:
    """Yield where a column has one of some bytes."""
    return (found.start() for found in re.finditer(pattern, memoryview(column)))


def _texts(texts: Any) -> Iterator[str]:
    return map(read_text, texts)
