"""The engine agrees with the model on seeded random histories of every family."""

from collections import Counter
from random import Random

import pytest

from resolver.errors import ResolverError
from resolver.facts import ProfileCreated
from tests.machines.author import Author
from tests.machines.families import FAMILIES, Family
from tests.machines.random_histories import compare_family

PER_FAMILY = 720

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
    assert compare_family(family, PER_FAMILY, seed=0)["commands"] >= PER_FAMILY


def test_ten_thousand_commands_are_compared() -> None:
    assert PER_FAMILY * len(FAMILIES) >= 10_000


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
