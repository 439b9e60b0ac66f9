"""The engine agrees with the model on seeded random histories of every family."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

import pytest

from resolver import COMPILED
from resolver.errors import ResolverError
from resolver.facts import AnyFact, ProfileCreated, ProfilesMerged
from tests.amounts import measured
from tests.machines.author import Author
from tests.machines.families import FAMILIES, Family, several_owners
from tests.machines.random_histories import LONG, compare_family
from tests.model import SlowStore

PER_FAMILY = {"dev": 250, "ci": 1_930, "ci, compiled": 1_930}
"""How many commands of each family are compared: few where one waits for it. Compiled, the engine as Python runs beside
the other one, so they cost as much."""

EVERY_FACT = {
    "ProfileCreated",
    "IdentifierAdded",
    "IdentifierRemoved",
    "IdentifierEvicted",
    "IdentifierRefused",
    "ProfilesMerged",
    "ProfileDeleted",
    "SettingsApplied",
    "IdentifierSuppressed",
    "IdentifierUnsuppressed",
}
EVERY_ERROR = {
    "InvalidSettings",
    "InvalidCommand",
    "InvalidTime",
    "InvalidIdentifier",
    "IdentifierBlocked",
    "UnknownIdentifierType",
    "IdentifierNotFound",
    "IdentifierConflict",
    "ProfileNotFound",
    "ProfileExists",
    "SuppressedIdentifier",
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_engine_and_model_agree_on(family: Family) -> None:
    place = ("ci, compiled" if COMPILED else "ci") if os.environ.get("CI") else "dev"
    commands = PER_FAMILY[place]
    # Measured for coverage, they would take almost four times as long, and reach nothing that other tests do not.
    with measured(False):
        assert compare_family(family, commands, seed=COMPILED)["commands"] >= commands


def test_a_hundred_thousand_commands_are_compared_before_a_change_lands() -> None:
    assert (PER_FAMILY["ci"] + PER_FAMILY["ci, compiled"]) * len(FAMILIES) >= 100_000  # ``.ci/run`` counts them
    assert min(PER_FAMILY["ci"], PER_FAMILY["ci, compiled"]) > LONG


def written(family: Family, seed: int, length: int) -> Iterator[tuple[SlowStore, Sequence[AnyFact], str]]:
    """A history of a family, command by command: the model, the facts, and the name of the error."""
    random = Random(f"{family.__name__} {seed}")
    case = family(random)
    store, author = case.model(), Author(random, case)
    ids: list[str] = []
    for _ in range(length):
        command = author.command(store, ids)
        case.begin(store.last_number + 1)
        try:
            facts = store.execute(command).facts
        except ResolverError as error:
            yield store, (), type(error).__name__
        else:
            ids += [fact.profile_id for fact in facts if isinstance(fact, ProfileCreated)]
            yield store, facts, ""


def test_the_histories_reach_every_fact_and_every_error() -> None:
    reached: set[str] = set()
    for family in FAMILIES:
        for _, facts, error in written(family, 0, 200):
            reached |= {error, *(type(fact).__name__ for fact in facts)}
    assert reached >= EVERY_FACT | EVERY_ERROR


def test_a_claim_joins_some_owners_of_a_value_and_leaves_it_to_the_others() -> None:
    left = Counter[bool]()
    for seed in range(6):
        for store, facts, _ in written(several_owners, seed, 120):
            for fact in facts:
                if isinstance(fact, ProfilesMerged) and fact.rule == "collision":
                    left[len(store.lookup(*fact.identifiers[0]).profile_ids) > 1] += 1
    assert left[True] >= 3
