"""Facts in columns: integers that become objects when somebody iterates them, and objects that become integers."""

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from resolver.columns import marks
from resolver.columns.texts import Texts
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.history.column_loops import tallied
from resolver.kernel import codes, rows
from resolver.kernel.rows import Column, ProfileRow, ValueRow
from resolver.kernel.scratch import Scratch, add_extra, add_fact
from resolver.kernel.tables import Tables, enter_value, next_value_row
from resolver.names import COLLISION, IdType, ProfileId, RefusalReason, Value
from resolver.outcomes import REMOVALS, WHY, fact_of
from resolver.profiles import id_of, row_of
from resolver.rules.normalization import reported
from resolver.ruling import Ruling

_LOSSES = re.compile(b"[^\x00\x01\x05\x0b-\x0f\x13\x14]")
"""What a fact is that takes something away or leaves it out, as a byte of the column of facts."""

_COUNTED = {
    RefusalReason.INVALID: marks.INVALID,
    RefusalReason.CONFLICT: codes.CONFLICT,
    RefusalReason.LIMIT: codes.FULL,
    RefusalReason.BLOCKED: marks.LEFT_OUT,
}

_KINDS = max(marks.UNSUPPRESSED, marks.SETTINGS) + 1

NO_ID = ProfileId("")
"""In the place of an id that is not known before it is asked for."""

INVALID, CONFLICT, BLOCKED = RefusalReason.INVALID, RefusalReason.CONFLICT, RefusalReason.BLOCKED


class FactColumns:
    """The facts of a replay, in the columns of a scratch that grow from command to command.

    ``fact[place]`` says what a fact is, ``who`` the profile, and ``what`` a value, a text, or a place in ``extra``.
    """

    def __init__(self, tables: Tables, scratch: Scratch, texts: Texts) -> None:
        self.tables = tables
        self.scratch = scratch
        self.texts = texts
        self.settings: list[SettingsApplied] = []
        self.suppressions: list[IdentifierSuppressed | IdentifierUnsuppressed] = []
        self._rulings: list[Ruling] = []
        self._since: list[int] = []
        """The settings in force, and the place of the first fact under them."""

    def rule(self, ruling: Ruling) -> None:
        """Let the facts to come be those under other settings."""
        self._rulings.append(ruling)
        self._since.append(self.scratch.n_facts)

    def ruling_at(self, place: int) -> Ruling:
        """The settings under which a fact came to be."""
        return self._rulings[bisect_right(self._since, place) - 1]

    def is_latest(self, ruling: Ruling) -> bool:
        """Whether these settings were in force at the end."""
        return ruling is self._rulings[len(self._rulings) - 1]  # compiled, -1 is no place of a list

    @property
    def has_one_ruling(self) -> bool:
        """Whether the same settings were in force from the beginning to the end."""
        return len(self._rulings) == 1

    def identifier(self, ruling: Ruling, value: ValueRow) -> tuple[IdType, Value]:
        """A value with its idType."""
        return ruling.names[self.tables.kind[value]], self.tables.text[value]

    def fact(self, number: int, at: int, place: int) -> AnyFact:
        """One fact as an object. O(1), but for merges and deletions."""
        s, t = self.scratch, self.tables
        kind = s.fact[place]
        if kind == codes.ADDED or kind == codes.CREATED:
            return fact_of(
                t,
                s,
                self._rulings[0] if len(self._rulings) == 1 else self.ruling_at(place),
                number,
                at,
                codes.NOBODY,
                NO_ID,
                place,
            )
        who = s.who[place]
        what: int = s.what[place]
        if kind == marks.INVALID:
            id_type, raw = self.texts.given(what)
            return IdentifierRefused(number, at, None if who < 0 else id_of(t, who), id_type, reported(raw), INVALID)
        if kind == marks.LEFT_OUT:
            id_type, raw = self.texts.given(what)
            return IdentifierRefused(number, at, None if who < 0 else id_of(t, who), id_type, raw, BLOCKED)
        if kind == marks.DELETED:
            aliases = tuple([id_of(t, s.extra[each]) for each in range(what + 1, what + 1 + s.extra[what])])
            return ProfileDeleted(number, at, id_of(t, who), aliases)
        if kind == marks.SETTINGS:
            return _of_command(self.settings[what], number)
        if kind == marks.SUPPRESSED or kind == marks.UNSUPPRESSED:
            return _of_command(self.suppressions[what], number)
        return fact_of(t, s, self.ruling_at(place), number, at, codes.NOBODY, NO_ID, place)

    def facts(self, number: int, at: int, start: int, end: int) -> tuple[AnyFact, ...]:
        """The facts of a command, which stand from *start* to before *end*, as objects."""
        return facts_between(self.tables, self.scratch, self, number, at, start, end)

    def losses(self, start: int, end: int) -> Iterator[int]:
        """The places of the facts between two that values left or were left out, of deletions and of settings."""
        return (start + found.start() for found in _LOSSES.finditer(memoryview(self.scratch.fact)[start:end]))  # type: ignore[arg-type]

    @property
    def has_windows(self) -> bool:
        """Whether a limit counted the values of a window only, under some of the settings (P2)."""
        return any(ruling.book.settings.policies.window_days for ruling in self._rulings)

    def counts(self) -> "array[int]":
        """How many facts there are of each kind. O(facts), in one pass over a column."""
        facts: Any = memoryview(self.scratch.fact)  # type: ignore[arg-type]  # an array, or the memory of one
        return tallied(facts[: self.scratch.n_facts])

    def refusals(self, counts: "array[int]") -> Counter[RefusalReason]:
        """How many identifiers were left out, by reason; *counts* are those of the kinds of facts."""
        found = Counter({reason: counts[code] for reason, code in _COUNTED.items()})
        if counts[codes.REFUSED] or self.has_windows:
            del found[RefusalReason.LIMIT]
            facts: Any = self.scratch.fact
            for place, code in enumerate(facts[: self.scratch.n_facts]):
                if code in (codes.FULL, codes.REFUSED):
                    refused = self.fact(0, 0, place)
                    assert isinstance(refused, IdentifierRefused)
                    found[refused.reason] += 1
        return found

    # From objects

    def take(self, facts: Iterable[AnyFact], ruling: Ruling) -> None:
        """Write down the facts of a command that was executed by itself, under these settings. O(facts)."""
        for fact in facts:
            _WRITERS[type(fact)](self, fact, ruling)

    def _profile(self, profile_id: ProfileId | None) -> ProfileRow:
        return codes.NOBODY if profile_id is None else row_of(self.tables, profile_id)

    def _value(self, ruling: Ruling, id_type: IdType, text: Value) -> ValueRow:
        t = self.tables
        kind = ruling.numbers[id_type]
        value = t.index[kind].find(t.text, text)
        if value < 0:
            value = next_value_row(t, 0, kind)
            enter_value(t, value, text)
        return value

    def _created(self, fact: ProfileCreated, ruling: Ruling) -> None:
        add_fact(self.scratch, codes.CREATED, self._profile(fact.profile_id), codes.NO_VALUE)

    def _added(self, fact: IdentifierAdded, ruling: Ruling) -> None:
        value = self._value(ruling, fact.id_type, fact.value)
        add_fact(self.scratch, codes.ADDED, self._profile(fact.profile_id), value)

    def _removed(self, fact: IdentifierRemoved, ruling: Ruling) -> None:
        add_fact(
            self.scratch,
            _REMOVALS[fact.reason],
            self._profile(fact.profile_id),
            self._value(ruling, fact.id_type, fact.value),
        )

    def _evicted(self, fact: IdentifierEvicted, ruling: Ruling) -> None:
        value = self._value(ruling, fact.id_type, fact.value)
        add_fact(self.scratch, codes.EVICTED, self._profile(fact.profile_id), value)

    def _refused(self, fact: IdentifierRefused, ruling: Ruling) -> None:
        s, who = self.scratch, self._profile(fact.profile_id)
        if fact.reason is INVALID or fact.reason is BLOCKED:
            is_text = type(fact.value) is str
            text = (self.texts.number if is_text else self.texts.no_text)(fact.id_type, fact.value)
            add_fact(s, marks.INVALID if fact.reason is INVALID else marks.LEFT_OUT, who, text)
            return
        value = self._value(ruling, fact.id_type, fact.value)
        if fact.reason is CONFLICT:
            add_fact(s, codes.CONFLICT, who, s.n_extra)
            add_extra(s, value)
            add_extra(s, self._profile(fact.owner))
        elif fact.owner is None and fact.reason in _OF_LIMITS:
            add_fact(s, codes.FULL, who, value)
        else:
            add_fact(s, codes.REFUSED, who, s.n_extra)
            add_extra(s, value)
            add_extra(s, _WHY[fact.reason])
            add_extra(s, self._profile(fact.owner))

    def _merged(self, fact: ProfilesMerged, ruling: Ruling) -> None:
        s = self.scratch
        add_fact(s, codes.MERGED, self._profile(fact.survivor), s.n_extra)
        add_extra(s, len(fact.absorbed))
        for profile_id in fact.absorbed:
            add_extra(s, self._profile(profile_id))
        add_extra(s, codes.COLLISION_RULE if fact.rule == COLLISION else ruling.rule_texts.index(fact.rule))
        add_extra(s, len(fact.identifiers))
        for id_type, text in fact.identifiers:
            add_extra(s, self._value(ruling, id_type, text))

    def _deleted(self, fact: ProfileDeleted, ruling: Ruling) -> None:
        s = self.scratch
        add_fact(s, marks.DELETED, self._profile(fact.profile_id), s.n_extra)
        add_extra(s, len(fact.aliases))
        for profile_id in fact.aliases:
            add_extra(s, self._profile(profile_id))

    def _ruled(self, fact: SettingsApplied, ruling: Ruling) -> None:
        add_fact(self.scratch, marks.SETTINGS, codes.NOBODY, len(self.settings))
        self.settings.append(fact)

    def _suppressed(self, fact: IdentifierSuppressed | IdentifierUnsuppressed, ruling: Ruling) -> None:
        kind = marks.SUPPRESSED if isinstance(fact, IdentifierSuppressed) else marks.UNSUPPRESSED
        add_fact(self.scratch, kind, codes.NOBODY, len(self.suppressions))
        self.suppressions.append(fact)


def _of_command(fact: SettingsApplied | IdentifierSuppressed | IdentifierUnsuppressed, number: int) -> AnyFact:
    """Return a fact that was kept as an object; its command is called by another number where lines were sorted."""
    return fact if fact.command == number else msgspec.structs.replace(fact, command=number)


_OF_LIMITS = (RefusalReason.LIMIT, RefusalReason.WINDOW)
_REMOVALS = {reason: code for code, reason in REMOVALS.items()}
_WHY = {reason: code for code, reason in WHY.items()}

_WRITERS: dict[type, Any] = {
    ProfileCreated: FactColumns._created,
    IdentifierAdded: FactColumns._added,
    IdentifierRemoved: FactColumns._removed,
    IdentifierEvicted: FactColumns._evicted,
    IdentifierRefused: FactColumns._refused,
    ProfilesMerged: FactColumns._merged,
    ProfileDeleted: FactColumns._deleted,
    SettingsApplied: FactColumns._ruled,
    IdentifierSuppressed: FactColumns._suppressed,
    IdentifierUnsuppressed: FactColumns._suppressed,
}


def facts_between(
    t: Tables, s: Scratch, columns: FactColumns, number: int, at: int, start: int, end: int
) -> tuple[AnyFact, ...]:
    """The facts of a command as objects. O(facts)."""
    facts: list[AnyFact] = []
    ruling = columns.ruling_at(start)
    for place in range(start, end):
        if s.fact[place] <= codes.MERGED:
            facts.append(fact_of(t, s, ruling, number, at, codes.NOBODY, NO_ID, place))
        else:
            facts.append(columns.fact(number, at, place))
    return tuple(facts)


# Which facts are about some profiles; those are taken together that became one, deleted or not


def set_tops(t: Tables, top: Column[Any, Any]) -> None:
    """Set for every profile the one in which all that became one with it ended, also where that was deleted."""
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        top[profile] = t.parent[profile] if t.parent[profile] >= 0 else profile
    for row in range(t.n_profiles):
        end = row
        while top[end] != end:
            end = top[end]
        on_the_way = row
        while top[on_the_way] != end:
            after = top[on_the_way]
            top[on_the_way] = end
            on_the_way = after


def kinds_of_facts(kinds: Iterable[int], always: Iterable[int] = ()) -> "array[int]":
    """Return for every kind of fact whether it is one of *kinds*, or is looked for whomever it is about."""
    found = array("b", bytes(_KINDS))
    for column, mark in ((kinds, marks.ABOUT), (always, marks.ALWAYS)):
        for kind in column:
            found[kind] = mark
    return found


def note_facts(
    kinds: Column[Any, Any],
    fact: Column[Any, Any],
    who: Column[Any, Any],
    top: Column[Any, Any],
    wanted: Column[Any, Any],
    end: int,
    places: Column[Any, Any],
) -> int:
    """Put into *places*, while there is room, where facts of some kinds stand that are about *wanted* profiles.

    *kinds* is what ``kinds_of_facts`` returns. Profiles are wanted by the one in which they ended. How many such facts
    there are before *end* is returned.
    """
    count = 0
    for place in range(end):
        mark = kinds[fact[place]]
        if mark != 0 and (mark == marks.ALWAYS or (who[place] >= 0 and wanted[top[who[place]]])):
            if count < len(places):
                places[count] = place
            count += 1
    return count


def note_texts(fact: Column[Any, Any], what: Column[Any, Any], kind: int, end: int, noted: Column[Any, Any]) -> int:
    """Note the texts that the facts of a *kind* before *end* are about; how many facts those are."""
    count = 0
    for place in range(end):
        if fact[place] == kind:
            noted[what[place]] = 1
            count += 1
    return count


def count_types(
    fact: Column[Any, Any],
    what: Column[Any, Any],
    kind: int,
    end: int,
    type_of: Column[Any, Any],
    counts: Column[Any, Any],
    firsts: Column[Any, Any],
) -> None:
    """Count the facts of a *kind* before *end* by the idTypes of the texts that they are about; the first of each."""
    for place in range(end):
        if fact[place] == kind:
            id_type = type_of[what[place]]
            if counts[id_type] == 0:
                firsts[id_type] = place
            counts[id_type] += 1


def list_by_ref(
    ref_of: Column[Any, Any],
    status: Column[Any, Any],
    starts: Column[Any, Any],
    events: Column[Any, Any],
) -> int:
    """List the applied commands of each ref in their order: those of *ref* from ``starts[ref]`` to the next one's.

    *starts* are zeros, one more than there are refs. How many commands are listed is returned.
    """
    last = len(starts) - 1
    for event in range(len(ref_of)):
        if ref_of[event] >= 0 and status[event] != marks.IS_REJECTED:
            starts[ref_of[event]] += 1
    count = 0
    for ref in range(last):
        count += starts[ref]
        starts[ref] = count
    starts[last] = count
    for event in range(len(ref_of) - 1, -1, -1):
        if ref_of[event] >= 0 and status[event] != marks.IS_REJECTED:
            starts[ref_of[event]] -= 1
            events[starts[ref_of[event]]] = event
    return count
