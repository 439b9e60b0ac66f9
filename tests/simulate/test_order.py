import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import AddIdentifier, ApplySettings, DeleteProfile, Resolve, Settings
from resolver.example import path
from resolver.history import records_of
from resolver.rules.normalization import Normalizers
from resolver.simulate import load_settings, read_history, replay
from resolver.simulate.order import FULL, INSTANT, changed_blocks, order, parts_of
from resolver.simulate.permutations import MOST_TRIES, Arrivals, Components, Shrinker, described
from tests.simulate import lines as shared
from tests.simulate.lines import ADA, BOB

ONE_PHONE = shared.settings(phone={"limit": 1})
FUZZY = Settings.from_json(
    {
        "identifierConfigs": [
            {"idType": "name", "matchingAlgo": "fuzzy", "matchingThreshold": 80},
            {"idType": "phone", "limit": 1},
        ],
        "matchingRules": ["name", "phone"],
    }
)
SWAP: list[dict[str, Any]] = [
    {"ref": "a", "at": 1, "identifiers": {"phone": "317-555-6789", "email": "ada@example.com"}},
    {"ref": "b", "at": 1, "identifiers": {"phone": "317-555-6780", "email": "ada@example.com"}},
    {"ref": "c", "at": 1, "identifiers": {"phone": "317-555-6789"}},
]


def test_nothing_found_says_how_much_was_tried() -> None:
    found = order([ADA, BOB], permutations=3)
    assert (found.findings, found.refs, found.instant_permutations, found.full_permutations) == ((), (), 0, 3)


def test_lines_of_one_instant_are_tried_among_themselves() -> None:
    told_steps: list[tuple[int, int]] = []
    found = order(SWAP, ONE_PHONE, permutations=4, progress=lambda *step: told_steps.append(step))
    assert [(finding.kind, finding.refs) for finding in found.findings] == [(INSTANT, ("a", "b", "c"))]
    assert told_steps[-1] == (8, 8)
    assert found.to_json()["findings"][0]["witness"]["lines"]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("abcd"), st.sampled_from("12345"), st.sampled_from("xyz")),
        min_size=2,
        max_size=9,
    ),
    st.sampled_from([ONE_PHONE, FUZZY]),
)
@settings(max_examples=40)
def test_a_witness_gives_its_groups_in_the_whole_history(
    drawn: list[tuple[int, str, str, str]], under: Settings
) -> None:
    kind = under.id_types[0]
    lines: list[dict[str, Any]] = [
        {"ref": f"{ref}{number}", "at": at, "identifiers": {kind: f"{name}@example.com", "phone": f"317555670{phone}"}}
        for number, (at, ref, phone, name) in enumerate(drawn)
    ]
    lines.append({"op": "delete", "at": 9, "profile": "ref:" + lines[0]["ref"]})
    found = order(lines, under, permutations=3, on_invalid="keep")
    base = replay(lines, under, on_invalid="keep").assignments
    for finding in found.findings:
        moved = iter(finding.witness.lines)
        chosen = set(finding.witness.lines)
        turned = [lines[next(moved) - 1 if number in chosen else number - 1] for number in range(1, len(lines) + 1)]
        after = replay(turned, under, on_invalid="keep").assignments
        refs = [ref for part in (*finding.before, *finding.after) for ref in part]
        assert finding.before != finding.after
        assert _sets(parts_of(dict.fromkeys(refs), base)) == _sets(finding.before)  # type: ignore[arg-type]
        assert _sets(parts_of(dict.fromkeys(refs), after)) == _sets(finding.after)  # type: ignore[arg-type]
    everything = replay(list(reversed(lines[:-1])) + lines[-1:], under, on_invalid="keep").assignments
    assert found.findings or changed_blocks(base, everything) is not None


def _sets(parts: Any) -> set[frozenset[str]]:
    return {frozenset(part) for part in parts}


def test_a_line_keeps_its_place_between_the_lines_of_the_record_it_names() -> None:
    lines: list[Any] = [
        ADA,
        {"op": "add", "profile": "ref:ada", "idType": "phone", "value": "317-555-6700"},
        {"ref": "ada", "identifiers": {"email": "other@example.com"}},
        {"op": "remove", "profile": "ref:ada", "idType": "email"},
        {"newProfile": "mine", "identifiers": {"email": "mine@example.com"}},
        {"op": "delete", "profile": "mine"},
        {"op": "nope"},
        BOB,
        {"op": "delete", "profile": "ref:nobody"},
    ]
    arrivals = Arrivals(records_of(lines), frozenset(range(1, 10)))
    assert len(arrivals) == 8
    for seed in range(20):
        shuffled = arrivals.shuffled(random.Random(seed))
        assert arrivals.allows(shuffled)
        places = [shuffled.index(place) for place in range(6)]
        assert places[:4] == sorted(places[:4])
        assert places[4] < places[5]
    assert not arrivals.allows([1, 0])


def test_nothing_crosses_new_settings() -> None:
    commands: list[Any] = [
        Resolve({"email": "a@example.com"}, 1),
        ApplySettings(ONE_PHONE, 1),
        Resolve({"email": "b@example.com"}, 1),
        DeleteProfile(5, 1),  # type: ignore[arg-type]
    ]
    arrivals = Arrivals(records_of(commands), frozenset())
    for seed in range(9):
        assert arrivals.shuffled_within_instants(random.Random(seed))[:2] == [0, 1]
    assert order(commands * 2, permutations=2).lines == 8


def test_a_line_without_a_time_keeps_that_of_the_applied_line_before_it() -> None:
    lines: list[Any] = [
        {"at": 5, "identifiers": {"email": "a@example.com"}},
        {"at": 7, "identifiers": {"fax": "1"}},
        {"identifiers": {"email": "b@example.com"}},
    ]
    arrivals = Arrivals(records_of(lines), frozenset({1, 3}))
    assert [record.command.at for record in arrivals.records if record.command is not None] == [5, 7, 5]


def test_a_history_file_is_read_by_its_settings() -> None:
    candidate, options = load_settings(path("candidate.json"))
    found = order(read_history(path("history.jsonl")), candidate, permutations=1, **options)
    assert found.records == 395
    assert all(finding.kind in (INSTANT, FULL) for finding in found.findings)


def test_components_are_what_may_meet_under_the_settings() -> None:
    commands: list[Any] = [
        Resolve({"email": "A@example.com"}, 1),
        Resolve({"email": "b@example.com", "phone": [5, "n/a"]}, 2),  # type: ignore[arg-type]
        AddIdentifier("ref:line:1", "email", "c@example.com", 3),
        Resolve({"email": "a@example.com"}, 4),
    ]
    records = Arrivals(records_of(commands), frozenset()).records
    assert Components(records, shared.settings(), Normalizers()).of(["line:1"], 4) == [0, 2, 3]
    changing = [*commands, ApplySettings(ONE_PHONE, 5)]
    records = Arrivals(records_of(changing), frozenset()).records
    assert Components(records, shared.settings(), Normalizers()).of(["line:1"], 5) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("permutations", [0, True, "3"])
def test_permutations_are_a_whole_number(permutations: Any) -> None:
    with pytest.raises(ValueError, match="permutations: "):
        order([ADA], permutations=permutations)


def test_shrinking_finds_the_shortest_single_move() -> None:
    shrinker = Shrinker(lambda order: order.index(7) < order.index(3))
    assert shrinker.shrunk(list(reversed(range(10)))) == [0, 1, 2, 4, 5, 6, 7, 3, 8, 9]


def test_shrinking_keeps_what_needs_several_lines() -> None:
    def changes(order: list[int]) -> bool:
        return order.index(5) < order.index(1) < order.index(3) and order.index(4) < order.index(2)

    shrunk = Shrinker(changes).shrunk([5, 4, 1, 3, 2, 0, 6])
    assert changes(shrunk)


def test_shrinking_gives_up_after_so_many_tries() -> None:
    reverse = list(reversed(range(60)))
    shrinker = Shrinker(lambda order: order == reverse)
    assert shrinker.shrunk(reverse) == reverse
    assert shrinker.tries == MOST_TRIES


def test_orders_are_described_in_words() -> None:
    assert described([2, 1, 3], [1, 2, 3]) == "line 1 arrives after line 2"
    assert described([4, 1, 2, 3], [1, 2, 3, 4]) == "line 4 arrives before line 1"
    assert described([4, 3, 2, 1], [1, 2, 3, 4]) == "lines 1, 2, 3, 4 arrive as 4, 3, 2, 1"


def test_records_that_are_in_a_profile_only_in_other_orders_count_among_all() -> None:
    lines = [
        {"ref": "ada", "at": 1, "identifiers": {"email": "ada@example.com"}},
        {"op": "erase", "at": 2, "identifiers": {"email": "ada@example.com"}},
    ]
    found = order(lines)
    assert (found.refs, found.records) == (("ada",), 1)
