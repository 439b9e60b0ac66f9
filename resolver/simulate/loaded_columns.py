"""Loaded columns: the columns that a replay leaves behind, made of the tables of a saved run, column by column."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from resolver.columns import marks
from resolver.columns.arrow_files import ArrowFiles, ColumnFile, integers_of, numbered_pairs, numbered_together
from resolver.columns.execution import STATUS, Execution, zeros
from resolver.columns.fact_columns import FactColumns
from resolver.columns.numbered import Numbered
from resolver.columns.refs import LINE
from resolver.columns.table_columns import enter_profiles, enter_values, place_facts, set_latest
from resolver.columns.texts import NoText
from resolver.engine import Engine
from resolver.facts import (
    AnyFact,
    ProfileCreated,
    ProfileDeleted,
    SettingsApplied,
)
from resolver.history.column_loops import add_up, renumber
from resolver.ids import id_of_number
from resolver.kernel import codes
from resolver.kernel.rows import ProfileRow, TypeNumber, ValueRow
from resolver.kernel.scratch import Scratch
from resolver.names import AS_GIVEN, COLLISION, EvictionReason, IdType, ProfileId, RefusalReason, RemovalReason
from resolver.profiles import give_id, row_of
from resolver.ruling import Ruling
from resolver.simulate.saved_format import OF_COMMANDS, OF_RARE, SUPPRESSIONS, command_of, fact_of, text_or_none
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

_RARE = bytes(
    [
        *(codes.CONFLICT, codes.REFUSED, marks.INVALID, marks.LEFT_OUT, marks.DELETED, marks.SETTINGS),
        *(marks.SUPPRESSED, marks.UNSUPPRESSED),
    ]
)
"""Facts that say more or less than a profile and a value: conflicts, what was left out, deletions, settings, what is
suppressed. Merges do too, but there are many, so they are read as columns."""


class ColumnsOfRun:
    """The columns of a replay, ``done``, of the *steps* and *facts* of a run; *engine* is new and becomes its own.

    Texts are numbered by column, and each different one becomes an object once. Of a row nothing is made but of those
    that say more than others do.
    """

    def __init__(self, arrow: Any, steps: ColumnFile, facts: ColumnFile, engine: Engine, is_sorted: bool) -> None:
        self._arrow, self._compute = arrow, arrow.compute
        self._engine = engine
        self._numbered = n = Numbered([])
        n.is_complete, n.is_sorted = True, is_sorted
        if is_sorted:
            n.numbers = array("q")
            n.numbers.extend(integers_of(steps.column("number"), "q"))
        self.done = done = Execution(engine, n)
        self._scratch = Scratch()
        self._values, self._offsets = array("i"), array("q")
        """What the commands offered, as rows of values, and where that of each begins."""
        done.facts = self._facts = FactColumns(engine._tables, self._scratch, n.texts)
        self._read_commands(steps)
        rare = self._read_kinds(facts)
        joined = self._read_pairs(steps, facts)
        self._read_facts(facts, rare, joined)
        self._read_outcomes(steps)
        if done.times == n.ats:  # each command had a time
            done.times = n.ats
        n.texts.forget()
        del self._born, self._is_created, self._is_no_value

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

    def put_away(self, files: ArrowFiles) -> None:
        """Put the columns into files."""
        self.done.put_away(files)
        (self._values,) = files.put("offered", {"value": self._values})
        (self._offsets,) = files.put("offered_from", {"offset": self._offsets})

    @property
    def size(self) -> int:
        """The bytes that the columns take in memory which can be put away."""
        return self.done.size + 4 * len(self._values) + 8 * len(self._offsets)

    # What commands say

    def _read_commands(self, steps: ColumnFile) -> None:
        n, compute = self._numbered, self._compute
        n.lines.extend(integers_of(steps.column("line"), "q"))
        n.ats.extend(integers_of(steps.column("at"), "q", marks.NOW))
        n.op.extend(zeros("b", len(n.lines)))
        is_other = compute.or_(
            compute.not_equal(steps.column("command"), "resolve"), compute.is_valid(steps.column("more"))
        )
        self._take_others(steps, compute.indices_nonzero(is_other).to_pylist())
        start = 0
        for chunk in steps.column("ref").chunks:
            lines = n.lines[start : start + len(chunk)]
            named = compute.any(compute.starts_with(chunk, LINE)).as_py()
            self._take_refs(self._objects(chunk), lines, is_line_among_them=bool(named))
            start += len(chunk)

    def _take_others(self, steps: ColumnFile, events: Sequence[int]) -> None:
        """Take the commands that are more than the texts of a resolve."""
        n = self._numbered
        for event, row in zip(events, steps.rows(events, OF_COMMANDS), strict=True):
            n.op[event] = marks.OTHER
            n.others[event] = command_of(row)

    def _take_refs(self, refs: list[str | None], lines: "array[int]", *, is_line_among_them: bool) -> None:
        """Take the refs of some commands, which have these lines."""
        numbers = array("i", [codes.NOBODY]) * len(refs)
        for place, ref in enumerate(refs) if is_line_among_them else ():
            if ref == f"{LINE}{lines[place]}":
                refs[place], numbers[place] = None, 0
        self._numbered.refs.add_all(refs, lines, numbers)

    # Texts

    def _read_pairs(self, steps: ColumnFile, facts: ColumnFile) -> "array[int]":
        """Take the texts that commands gave, and all values; the rows of those that joined profiles are returned."""
        lengths, given = self._listed(steps.column("given"))
        sizes, offered = self._listed(steps.column("identifiers"))
        nothing = self._arrow.scalar(None, self._arrow.string())
        id_types = self._compute.if_else(self._is_no_value, nothing, facts.column("id_type"))
        pairs = (given, offered, (id_types, facts.column("value")), self._listed(facts.column("joined_by"))[1])
        types, names = self._numbered_texts([pair[0] for pair in pairs])
        texts, written = self._numbered_texts([pair[1] for pair in pairs])
        del given, offered, id_types, pairs
        every = [*written, NoText(None)]  # which stands at -1, where there is no text
        (idents,), kinds, numbers = numbered_pairs(self._arrow, types[:1], texts[:1], len(written))
        self._numbered.texts.restore([*map(every.__getitem__, numbers)], kinds, list(map(IdType, names)), 0)
        self._take_idents(steps, idents, lengths)
        (values, self._scratch.what, joined), kinds, numbers = numbered_pairs(
            self._arrow, types[1:], texts[1:], len(written)
        )
        if min(numbers, default=0) < 0:
            raise ValueError("a value has no text")
        used = {*kinds}  # others are of texts that became no value
        known = [self._numbers[IdType(name)] if kind in used else 0 for kind, name in enumerate(names)]
        renumber(kinds, array("i", known))
        enter_values(self.done.tables, kinds, [*map(every.__getitem__, numbers)])
        self._values, self._offsets = values, zeros("q", len(sizes) + 1)
        add_up(sizes, self._offsets)
        return joined

    def _take_idents(self, steps: ColumnFile, idents: "array[int]", lengths: "array[int]") -> None:
        """Take the texts of resolves, one after the other; what other commands gave stands in them."""
        n, ends = self._numbered, zeros("q", len(lengths) + 1)
        add_up(lengths, ends)
        odd = {bisect_right(ends, place) - 1 for place in _places_below_zero(idents)}
        self._take_others(steps, sorted(odd - n.others.keys()))
        start = 0
        for event in sorted(n.others):
            n.idents.extend(idents[start : ends[event]])
            start, lengths[event] = ends[event + 1], 0
        n.idents.extend(idents[start:])
        n.offsets.extend(zeros("q", len(lengths)))
        add_up(lengths, n.offsets)

    # Facts

    def _read_kinds(self, facts: ColumnFile) -> list[tuple[int, AnyFact]]:
        """Take what the facts are, and the settings; those that say more than others are returned, by their places."""
        s, compute = self._scratch, self._compute
        kind, reason = facts.column("fact"), facts.column("reason")
        as_given, digests = self._arrow.array(sorted(map(str, AS_GIVEN))), self._arrow.array(sorted(SUPPRESSIONS))
        self._is_no_value = compute.or_(
            compute.is_in(reason, value_set=as_given), compute.is_in(kind, value_set=digests)
        )
        self._is_created = compute.equal(kind, ProfileCreated.__name__)
        kinds, words = self._numbered_texts([kind])
        reasons, causes = self._numbered_texts([reason])
        (pairs,), firsts, seconds = numbered_pairs(self._arrow, kinds, reasons, len(causes))
        known = [*zip(firsts, seconds, strict=True)]
        causes.append(None)  # which stands at -1
        table = bytes(_FACTS[words[first], causes[second]] for first, second in known).ljust(256, b"\0")
        s.fact = array("b", bytes(pairs.tolist()).translate(table))
        held = compute.indices_nonzero(compute.is_valid(facts.column("owner"))).to_pylist()
        for place in held:  # nobody owns what its own list has no room for
            if s.fact[place] == codes.FULL:
                s.fact[place] = codes.REFUSED
        places = [*_places(b"[" + _RARE + b"]", s.fact)]
        rare = [*zip(places, map(fact_of, facts.rows(places, OF_RARE)), strict=True)]
        self._rule(rare)
        return rare

    def _read_facts(self, facts: ColumnFile, rare: Sequence[tuple[int, AnyFact]], joined: "array[int]") -> None:
        s = self._scratch
        numbers, ats = integers_of(facts.column("command"), "q"), integers_of(facts.column("at"), "q")
        ids = facts.column("profile_id")
        self._born = self._create(facts, ids)
        who: Any = self._profiles(ids)
        s.who = who
        self._take_merges(facts, joined)
        for place, fact in rare:
            s.n_facts = place
            self._facts.take([fact], self._facts.ruling_at(place))
            if isinstance(fact, ProfileDeleted):
                t = self.done.tables
                t.parent[row_of(t, fact.profile_id)] = codes.NOBODY
                t.living -= 1
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

    def _create(self, facts: ColumnFile, ids: Any) -> Any:
        """Make the rows of all profiles, in the order in which they were created, and return their ids."""
        t = self.done.tables
        born = ids.filter(self._is_created)
        numbers = integers_of(facts.column("command").filter(self._is_created), "q")
        enter_profiles(t, integers_of(facts.column("at").filter(self._is_created), "q"), numbers)
        row = 0
        for chunk in born.chunks:
            for profile_id in self._objects(chunk):
                if profile_id != id_of_number(numbers[row]):
                    give_id(t, ProfileRow(row), ProfileId(profile_id))
                row += 1
        return born.combine_chunks()

    def _profiles(self, ids: Any) -> "array[int]":
        """The rows of profiles by their ids; ``NOBODY`` where there is none."""
        rows = self._compute.index_in(ids, value_set=self._born, skip_nulls=True)
        if rows.null_count != ids.null_count:
            raise ValueError("a profile was never created")
        return integers_of(rows, "i", codes.NOBODY)

    def _take_merges(self, facts: ColumnFile, joined: "array[int]") -> None:
        """Take what merges say: whom they absorbed, by which rule, and by which values, all of which are *joined*."""
        compute, s, t = self._compute, self._scratch, self.done.tables
        absorbed = facts.column("absorbed")
        counts = integers_of(compute.list_value_length(absorbed), "i", 0)
        values = integers_of(compute.list_value_length(facts.column("joined_by")), "i", 0)
        profiles = self._profiles(compute.list_flatten(absorbed))
        (rules,), names = self._numbered_texts([facts.column("rule")])
        numbers = integers_of(rules, "i", codes.NOBODY)
        extra, start, first = array("i"), 0, 0
        for place in _places(bytes([codes.MERGED]), s.fact):
            end, last, rule = start + counts[place], first + values[place], names[numbers[place]]
            s.what[place] = len(extra)
            texts_of_rules = self._facts.ruling_at(place).rule_texts
            number = codes.COLLISION_RULE if rule == COLLISION else texts_of_rules.index(rule)
            extra.extend((counts[place], *profiles[start:end], number, values[place], *joined[first:last]))
            for row in profiles[start:end]:
                t.parent[ProfileRow(row)] = ProfileRow(s.who[place])
            start, first = end, last
        t.living -= len(profiles)
        s.extra, s.n_extra = extra, len(extra)

    def _place_facts(self, numbers: "array[int]", ats: "array[int]") -> None:
        """Find where the facts of each command begin, and when it was executed."""
        done, size = self.done, len(self._numbered)
        done.times, done.first = self._numbered.ats[:], zeros("i", size + 1)
        place = place_facts(numbers, ats, self._numbered.numbers, done.times, done.first)
        if place < len(numbers):
            raise ValueError(f"a fact of command {numbers[place]}, which is none of the steps")

    # What became of commands

    def _read_outcomes(self, steps: ColumnFile) -> None:
        done, n = self.done, self._numbered
        (found,), names = self._numbered_texts([steps.column("status")])
        table = bytes([_STATUS[name] for name in names]).ljust(255, b"\0") + bytes([marks.IS_REJECTED])
        statuses = bytes(integers_of(self._compute.fill_null(found, 255), "i").tolist()).translate(table)
        done.status.frombytes(statuses)
        done.subject = self._profiles(steps.column("profile_id"))
        done.latest = array("i", [codes.NOBODY]) * len(n.refs)
        set_latest(n.ref_of, done.subject, done.latest)

    # Columns

    def _objects(self, column: Any) -> list[Any]:
        """The texts of a column as they were before they were written, None where there is none."""
        found: list[Any] = column.to_pylist()
        if self._compute.any(self._compute.match_substring(column, "\\ud")).as_py():
            return list(map(text_or_none, found))
        return found

    def _numbered_texts(self, columns: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Columns as numbers, none where there is no text; and the texts, each once, that all columns share."""
        numbers, texts = numbered_together(self._arrow, columns)
        return numbers, self._objects(texts)

    def _listed(self, column: Any) -> tuple["array[int]", tuple[Any, Any]]:
        """How many pairs each row has, and both sides of the pairs of all rows."""
        compute, flat = self._compute, self._compute.list_flatten(column)
        id_types, values = (compute.struct_field(flat, name) for name in ("id_type", "value"))
        return integers_of(compute.list_value_length(column), "i"), (id_types, values)


def _places_below_zero(column: Sequence[int]) -> list[int]:
    """Return where a column is below 0, which is nowhere nearly always."""
    return [place for place, each in enumerate(column) if each < 0] if min(column, default=0) < 0 else []


def _places(pattern: bytes, column: Any) -> Iterator[int]:
    """Yield where a column has one of some bytes."""
    return (found.start() for found in re.finditer(pattern, memoryview(column)))
