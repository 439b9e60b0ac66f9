"""Stores that nothing ties together: united they are the store of all lines, and each can be cut out again."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from resolver import Engine, IdentifierConfig, InvalidSnapshot, NotInParts, Settings
from resolver.commands import ApplySettings, Resolve
from resolver.coupling import components
from resolver.history import Record
from resolver.simulate import Run, replay
from resolver.snapshot import decode, digests_of
from resolver.snapshot_parts import cut_out, united
from tests.laws.cut_histories import any_case, any_records, ties_of


def numbers_of(run: Run) -> list[int]:
    """Return the numbers of a run's commands, and one of none."""
    return [step.number for step in run.steps()] + [1 << 40]


def check_parts(records: Sequence[Record], random: Random, settings: Settings, options: dict[str, Any]) -> None:
    """Replay a history in parts: their stores united are its own, whose parts can be cut out."""
    ties, combinations = ties_of(records, settings, options)
    cut = components(ties, combinations)
    part_of = {each: random.randrange(4) for each in sorted({*cut})}
    home = {tie.line: part_of[each] for tie, each in zip(ties, cut, strict=True)}
    parts = [[each for each in records if home.get(each.line, 0) == part] for part in range(4)]
    runs = [replay(part, settings, **options) for part in parts if part]
    snapshots = [run.engine.snapshot() for run in runs]
    whole = replay(records, settings, **options).engine.snapshot()
    assert united(snapshots) == whole
    pieces = [
        cut_out(whole, numbers_of(run), digests_of(decode(snapshot).suppressed))
        for run, snapshot in zip(runs, snapshots, strict=True)
    ]
    for piece, run in zip(pieces, runs, strict=True):
        engine = Engine.restore(piece, normalizers=options["normalizers"])
        engine._check()
        assert engine.profiles() == run.engine.profiles()
    assert united(pieces) == whole


@pytest.mark.parametrize("seed", range(30))
def test_the_stores_of_components_united_are_the_store_of_all_lines(seed: int) -> None:
    random, is_cut = Random(seed), False
    while not is_cut:
        case, settings, options = any_case(random, seed)
        try:
            check_parts(any_records(random, case, settings, 60), random, settings, options)
            is_cut = True
        except NotInParts:  # the next family
            seed += 1


def test_stores_that_cannot_be_united_are_refused() -> None:
    one, other = Engine(), Engine(Settings([IdentifierConfig("chat")], ["chat"]))
    with pytest.raises(InvalidSnapshot, match=r"^stores with other settings cannot be united; expected the same$"):
        united([one.snapshot(), other.snapshot()])
    one.resolve({"chat": "ada"})
    assert united([one.snapshot()]) == one.snapshot()
    with pytest.raises(InvalidSnapshot, match=r"^two stores have a profile of the same command; expected stores of"):
        united([one.snapshot(), one.snapshot()])


def test_a_value_that_was_not_unique_once_is_one_value_of_both_stores() -> None:
    once, now = (Settings([IdentifierConfig("email", enforce_unique=unique)], ["email"]) for unique in (False, True))
    one, other, both = Engine(once), Engine(once), Engine(once)
    for number, engine in enumerate((one, other), 1):
        for each in (engine, both):
            each.execute(Resolve({"email": "ada@example.com"}, at=number), number=number)
    for engine in (one, other, both):
        engine.execute(ApplySettings(now, at=3), number=3)
    assert not decode(both.snapshot()).settled
    assert united([one.snapshot(), other.snapshot()]) == both.snapshot()


def test_a_profile_is_cut_out_with_those_that_became_one_with_it() -> None:
    engine = Engine()
    for number, given in enumerate([{"chat": "a"}, {"email": "a@b.cc"}, {"chat": "a", "email": "a@b.cc"}], 1):
        engine.execute(Resolve(given, at=number), number=number)
    with pytest.raises(InvalidSnapshot, match=r"^profile 1 became one with 0, which is not among those cut out$"):
        cut_out(engine.snapshot(), [2])
    assert cut_out(engine.snapshot(), [1, 2]) == engine.snapshot()
