"""The scratch: what one command leaves in it means nothing to the next one."""

from array import array
from collections.abc import Callable, Sequence
from random import Random

import pytest

from resolver import COMPILED, Engine
from resolver.commands import AnyCommand
from resolver.errors import ResolverError
from resolver.facts import AnyFact, Outcome, ProfileCreated
from resolver.kernel import codes
from resolver.kernel.compounds import sharers_of
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import living_profiles
from tests.machines.author import Author
from tests.machines.families import FAMILIES, Family
from tests.mutants.equivalents import WRITTEN_FIRST


def spoil(scratch: Scratch) -> None:
    """Put what no command could use into all that every command writes first."""
    assert scratch.phase == codes.IDLE
    for name in WRITTEN_FIRST:
        setattr(scratch, name, 1_234_567 if COMPILED else None)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_what_a_command_finds_in_the_scratch_is_never_read(family: Family) -> None:
    random = Random(family.__name__)
    case = family(random)
    usual, spoiled, model, author = case.engine(), case.engine(), case.model(), Author(random, case)
    ids: list[str] = []
    for _ in range(60):
        command = author.command(model, ids)
        case.begin(model.last_number + 1)
        facts = outcome(model.execute, command)
        assert outcome(usual.execute, command) == facts
        spoil(spoiled._scratch)
        outcome(spoiled.preview, command)
        spoil(spoiled._scratch)
        assert outcome(spoiled.execute, command) == facts
        assert spoiled.snapshot() == usual.snapshot()
        ids += [fact.profile_id for fact in facts if isinstance(fact, ProfileCreated)]
        check_compounds(spoiled)


def test_the_room_of_the_scratch_is_what_the_largest_command_takes_however_many_there_are() -> None:
    engine, rooms = Engine(), []
    for number in range(12):
        engine.resolve({"chat": [f"{number}-{place}" for place in range(60)]})
        rooms.append(room(engine._scratch))
    assert rooms == [rooms[0]] * 12


def room(scratch: Scratch) -> int:
    """How many entries the columns and lists of a scratch have."""
    fields = (getattr(scratch, name) for name in dir(scratch) if not name.startswith("__"))
    return sum(len(each) for each in fields if isinstance(each, list | array | memoryview))


def outcome(act: Callable[[AnyCommand], Outcome], command: AnyCommand) -> Sequence[AnyFact]:
    """The facts of a command; none where it is refused."""
    try:
        return act(command).facts
    except ResolverError:
        return ()


def check_compounds(engine: Engine) -> None:
    """Ask who satisfies a compound rule, with a scratch of all that is spoiled."""
    tables, rules = engine._tables, engine._ruling.rules
    for number in rules.compounds:
        for profile in living_profiles(tables):
            scratch = Scratch()
            spoil(scratch)
            usual = sharers_of(tables, Scratch(), rules, number, profile)
            assert sharers_of(tables, scratch, rules, number, profile) == usual
