"""Invariants: what must be true of a store after every command (I1 to I4, I8), checked for tests."""

from itertools import pairwise

from resolver.errors import InvalidIdentifier
from resolver.kernel import codes
from resolver.kernel.compounds import all_keys, sharers_of
from resolver.kernel.pair_table import PairTable
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import Tables, all_profiles, all_values, holders, is_born_before, living_profiles, root
from resolver.rules.normalization import kept_as_it_is
from resolver.ruling import Ruling


def check(t: Tables, s: Scratch, ruling: Ruling) -> None:
    """Check the tables, then that what follows from them agrees. O(everything)."""
    assert s.phase == codes.IDLE
    _check_profiles(t)
    _check_values(t, ruling)
    _check_rows(t)
    _check_indexes(t, ruling)
    if t.settled:
        _check_settled(t, s, ruling)
    if t.normal:
        _check_normal_texts(t, ruling)


def _check_profiles(t: Tables) -> None:
    """Numbers ascend, lists are in order, aliases lead to a living profile that is older, and stand in its ring."""
    living = living_profiles(t)
    assert t.living == len(living)
    assert all(one < other for one, other in pairwise([t.created_by[row] for row in all_profiles(t)])), (
        "rows do not ascend"
    )
    assert all(t.created_by[row] <= t.number for row in all_profiles(t))
    assert {own_id: row for row, own_id in t.own_ids.items()} == t.rows_of_ids
    for profile in living:
        hold, last, size, before = t.head[profile], codes.NO_HOLD, 0, None
        while hold >= 0:
            when = (t.added_at[hold], t.added_by[hold])
            assert before is None or before <= when, (profile, "holds are out of order (I2)")
            last, before, size = hold, when, size + 1
            hold = t.next_hold[hold]
        assert (t.tail[profile], t.size[profile]) == (last, size), profile
        alias = t.ring[profile]
        while alias != profile:
            assert t.parent[alias] not in (alias, codes.NOBODY), (alias, "lives or is deleted, and is an alias (I4)")
            assert root(t, alias) == profile, (alias, "leads elsewhere (I4)")
            assert is_born_before(t, profile, alias), (alias, "is older than its survivor (I5)")
            alias = t.ring[alias]
    rings = sum(1 for profile in all_profiles(t) if root(t, profile) >= 0)
    in_rings = 0
    for profile in living:
        alias, in_rings = t.ring[profile], in_rings + 1
        while alias != profile:
            alias, in_rings = t.ring[alias], in_rings + 1
    assert rings == in_rings, "an alias is in no ring"


def _check_values(t: Tables, ruling: Ruling) -> None:
    """Values are held by those who say so, and their texts are found (I3)."""
    right: dict[ValueRow, set[ProfileRow]] = {}
    for profile in living_profiles(t):
        hold = t.head[profile]
        while hold >= 0:
            assert profile not in right.setdefault(t.held[hold], set()), (profile, "holds a value twice (I2)")
            right[t.held[hold]].add(profile)
            hold = t.next_hold[hold]
    stored = {row for row in all_values(t) if t.text[row] != ""}
    assert stored == set(right), "values and holds disagree (I3)"
    for value, profiles in right.items():
        assert set(holders(t, value)) == profiles, (t.text[value], "has other holders (I3)")
        assert (t.owner[value] == codes.SHARED) == (len(profiles) > 1) == (value in t.sharers), t.text[value]
        assert t.index[t.kind[value]].find(t.text, t.text[value]) == value
    assert sum(map(len, t.index)) == len(stored)
    assert set(t.sharers) <= stored
    for id_type, number in ruling.numbers.items():
        assert ruling.names[number] == id_type
    for name, table in ruling.types.items():
        assert table.rows is t.index[ruling.numbers[name]], (name, "is looked up in another table")


def _check_rows(t: Tables) -> None:
    """Every row is in use or waits on a stack, once."""
    free_values = [t.free_values[place] for place in range(t.n_free_values)]
    assert sorted(free_values) == [row for row in all_values(t) if not t.text[row]]
    assert len(t.text) == t.n_values
    used = []
    for profile in living_profiles(t):
        hold = t.head[profile]
        while hold >= 0:
            used.append(hold)
            hold = t.next_hold[hold]
    free_holds = [t.free_holds[place] for place in range(t.n_free_holds)]
    assert sorted(used + free_holds) == list(range(t.n_holds))


def _check_indexes(t: Tables, ruling: Ruling) -> None:
    """The indexes of compound and fuzzy rules are those that the tables and the rules ask for (R7, R8)."""
    assert t.compounds is ruling.compounds
    assert [(table.one, table.other) for table in t.compounds] == ruling.rules.tables
    for table in t.compounds:
        right = PairTable(table.one, table.other)
        for profile in living_profiles(t):
            for key in all_keys(t, table, profile):
                right.put(key, profile)
        assert table.contents() == right.contents()
    assert set(t.similarity) == set(ruling.rules.thresholds)
    for kind, index in t.similarity.items():
        index._check({t.text[row] for row in t.index[kind].all_rows()})


def _check_settled(t: Tables, s: Scratch, ruling: Ruling) -> None:
    """No unique value has several owners (I1), and no two profiles satisfy a compound rule (I8)."""
    for value in t.sharers:
        assert not ruling.rules.unique[t.kind[value]], (t.text[value], "has several owners (I1)")
    for number in ruling.rules.compounds:
        for profile in living_profiles(t):
            found = sharers_of(t, s, ruling.rules, number, profile)
            assert set(found) <= {profile}, (number, found, "satisfy a compound rule (I8)")


def _check_normal_texts(t: Tables, ruling: Ruling) -> None:
    for table in ruling.types.values():
        for text in [t.text[row] for row in table.rows.all_rows()]:
            try:
                again = table.normalize(text)
            except InvalidIdentifier:
                again = kept_as_it_is(text)  # nothing else is stored of an unreadable value (N8)
            assert again == text, (table.id_type, text, "would not stay as it is (N7)")
