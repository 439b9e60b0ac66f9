"""Replays on the reference: the same run as on the engine, and other rules compared with the contract's."""

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

import pytest

from resolver import Engine, IdentifierConfig, Settings
from resolver.columns.numbered import Numbered
from resolver.reference import Profile, Reference
from resolver.simulate import Run, compare, explain, replay

SETTINGS = Settings(
    [
        IdentifierConfig("mail", normalization="email", limit=3),
        IdentifierConfig("call", normalization="phone", limit=2, limit_policy="lifo"),
        IdentifierConfig("name", enforce_unique=False, matching_algo="fuzzy", matching_threshold=80),
        IdentifierConfig("town", enforce_unique=False),
        IdentifierConfig("card"),
    ],
    ["mail", "call", "name AND town"],
)

VALUES = {
    "mail": [f"{name}@b.cc" for name in "abcdefgh"] + ["none"],
    "call": [f"317555670{digit}" for digit in range(8)] + ["12"],
    "name": ["ada king", "ada kings", "bob", "eve"],
    "town": ["rome", "oslo"],
    "card": ["1", "2", "3"],
}


def history(seed: int, lines: int) -> list[dict[str, Any]]:
    """Make up lines of every kind, some of which are refused."""
    random = Random(seed)
    made: list[dict[str, Any]] = []
    for line in range(lines):
        chosen = random.sample(list(VALUES), random.choice([1, 1, 2, 3]))
        given = {name: random.choice(VALUES[name]) for name in chosen}
        at = line * 10 - random.choice([0, 0, 0, 35])
        ref = f"ref:{random.randrange(line + 1)}"
        name, value = next(iter(given.items()))
        made.append(
            random.choices(
                [
                    {"ref": str(line), "at": at, "identifiers": given},
                    {"op": "add", "profile": ref, "at": at, "idType": name, "value": value},
                    {
                        "op": "replace",
                        "profile": ref,
                        "at": at,
                        "idType": name,
                        "old": random.choice(VALUES[name]),
                        "new": value,
                    },
                    {"op": "remove", "profile": ref, "at": at, "idType": name, "all": random.random() < 0.5},
                    {"op": "delete", "profile": ref, "at": at},
                ],
                [60, 15, 10, 8, 2],
            )[0]
        )
    return made


def store_of(run: Run) -> type:
    return type(run.engine)


def told(run: Run) -> tuple[object, ...]:
    return (
        list(run.facts),
        dict(run.assignments),
        run.summary,
        list(run.rejected),
        list(run.steps()),
        dict(run.elsewhere),
        run.engine.profiles(),
    )


@pytest.mark.parametrize("on_invalid", ["drop", "keep"])
@pytest.mark.parametrize("match", ["all", "first"])
@pytest.mark.parametrize("seed", range(3))
def test_a_replay_on_the_reference_is_that_of_the_engine(seed: int, match: str, on_invalid: str) -> None:
    lines = history(seed, 120)
    options: dict[str, Any] = {"match": match, "on_invalid": on_invalid}
    ours, theirs = (replay(lines, SETTINGS, engine=make, **options) for make in (Engine, Reference))
    assert store_of(theirs) is Reference
    assert ours.summary.merges > 3
    assert ours.summary.rejected > 3
    assert told(ours) == told(theirs)
    found = compare(ours, theirs)
    assert not any((found.joined, found.split, found.only_baseline, found.only_candidate))


def test_lines_can_be_left_out_of_a_replay_on_the_reference() -> None:
    lines = history(7, 80)
    ours, theirs = (replay(lines, SETTINGS, engine=make, without=["mail=a@b.cc"]) for make in (Engine, Reference))
    assert ours.summary.left_out_identifiers > 0
    assert told(ours) == told(theirs)


def test_a_merge_that_the_reference_made_is_explained_as_that_of_the_engine() -> None:
    lines = [
        {"ref": "a", "identifiers": {"mail": "a@b.cc"}},
        {"ref": "b", "identifiers": {"call": "3175556789"}},
        {"ref": "c", "identifiers": {"mail": "a@b.cc", "call": "3175556789"}},
    ]
    ours, theirs = (explain(replay(lines, SETTINGS, engine=make), "a", "b") for make in (Engine, Reference))
    assert ours.to_json() == theirs.to_json()


def test_a_numbered_history_is_replayed_by_the_store_that_was_asked_for() -> None:
    lines = [{"ref": "a", "at": 1, "identifiers": {"mail": "a@b.cc"}}]
    run = replay(Numbered(lines, SETTINGS.id_types), SETTINGS, engine=Reference)
    assert store_of(run) is Reference
    assert len(run.engine) == 1


def test_another_rule_is_compared_with_that_of_the_contract() -> None:
    def nobody_alike(one: str, other: str, threshold: int) -> bool:
        return False

    lines = [
        {"ref": "a", "identifiers": {"name": "ada king", "town": "rome"}},
        {"ref": "b", "identifiers": {"name": "ada kings", "town": "rome"}},
    ]
    contract = replay(lines, SETTINGS)
    exact = replay(lines, SETTINGS, engine=partial(Reference, similar=nobody_alike))
    (change,) = compare(contract, exact).split
    assert change.parts == (("a",), ("b",))
    assert change.cause is not None
    assert change.cause.line == 2


def test_another_survivor_changes_the_ids_and_not_the_groups() -> None:
    def latest(profiles: Sequence[Profile]) -> Profile:
        return profiles[-1]

    lines = [
        {"ref": "a", "identifiers": {"mail": "a@b.cc"}},
        {"ref": "b", "identifiers": {"mail": "b@b.cc"}},
        {"ref": "c", "identifiers": {"mail": ["a@b.cc", "b@b.cc"]}},
    ]
    first, last = replay(lines, SETTINGS), replay(lines, SETTINGS, engine=partial(Reference, survivor=latest))
    assert set(first.assignments.values()) != set(last.assignments.values())
    found = compare(first, last)
    assert found.joined == found.split == ()


def test_a_copy_of_a_run_on_the_reference_has_a_store_of_its_own() -> None:
    from copy import deepcopy

    run = replay([{"ref": "a", "identifiers": {"mail": "a@b.cc"}}], SETTINGS, engine=Reference)
    copied = deepcopy(run)
    copied.engine.resolve({"mail": "b@b.cc"})
    assert (len(run.engine), len(copied.engine)) == (1, 2)
