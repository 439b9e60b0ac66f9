"""The engine agrees with the model on seeded random histories of every family."""

import os
from collections import Counter
from random import Random

import pytest

from resolver import COMPILED
from resolver.errors import ResolverError
from resolver.facts import ProfileCreated
from tests.machines.author import Author
from tests.machines.families import FAMILIES, Family
from tests.machines.random_histories import LONG, compare_family

PER_FAMILY = {"dev": 700, "ci": 1_400, "ci, compiled": 3_600}
"""How many commands of each family are compared: few where one waits for it. Under coverage they cost three times as
much, so changes that land are held against the model in their compiled form above all, beside which Python runs too."""

EVERY_FACT = {
    "ProfileCreated",
    "IdentifierAdded",
    "IdentifierRemoved",
    "IdentifierEvicted",
    "IdentifierRefused",
    "ProfilesMerged",
    "ProfileDeleted",
    "SettingsApplied",
}
EVERY_ERROR = {
    "InvalidSettings",
    "InvalidCommand",
    "InvalidTime",
    "InvalidIdentifier",
    "UnknownIdentifierType",
    "IdentifierNotFound",
    "IdentifierConflict",
    "ProfileNotFound",
    "ProfileExists",
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_engine_and_model_agree_on(family: Family) -> None:
    place = ("ci, compiled" if COMPILED else "ci") if os.environ.get("CI") else "dev"
    commands = PER_FAMILY[place]
    assert compare_family(family, commands, seed=COMPILED)["commands"] >= commands


def test_a_hundred_thousand_commands_are_compared_before_a_change_lands() -> None:
    assert (PER_FAMILY["ci"] + PER_FAMILY["ci, compiled"]) * len(FAMILIES) >= 100_000
    assert min(PER_FAMILY["ci"], PER_FAMILY["ci, compiled"]) > LONG


def test_the_histories_reach_every_fact_and_every_error() -> None:
    reached: Counter[str] = Counter()
    for family in FAMILIES:
        random = Random(family.__name__)
        case = family(random)
        store, author = case.model(), Author(random, case)
        ids: list[str] = []
        for _ in range(200):
            try:
                facts = store.execute(author.command(store, ids)).facts
            except ResolverError as error:
                reached[type(error).__name__] += 1
            else:
                reached.update(type(fact).__name__ for fact in facts)
                ids += [fact.profile_id for fact in facts if isinstance(fact, ProfileCreated)]
    assert set(reached) >= EVERY_FACT | EVERY_ERROR, reached
