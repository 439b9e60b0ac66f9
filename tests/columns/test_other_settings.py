"""A numbered history replayed under other settings is what a history is that was read for them alone."""

import pickle
from collections import Counter
from functools import cache
from random import Random
from typing import Any

import attrs
import pytest

from resolver import IdentifierConfig, ResolverError, Settings
from resolver.columns.numbered import Numbered
from resolver.columns.texts import Values
from resolver.history import records_of
from resolver.settings import AND
from resolver.simulate import Run, replay
from tests.columns.twins import PARTS, options_of, written
from tests.machines.families import FAMILIES, Family

SETTINGS = 6


def changed(random: Random, settings: Settings) -> Settings | None:
    """Return settings with another order of rules, other limits, sometimes other types or normalizations."""
    configs = [*settings.identifier_configs]
    random.shuffle(configs)
    if random.random() < 0.3:
        configs.pop()
    if random.random() < 0.3:
        configs.append(IdentifierConfig("added", normalization="trim"))
    place = random.randrange(len(configs) + 1)
    changes: list[dict[str, Any]] = [
        {"limit": random.choice([1, 2, 3])},
        {"normalization": random.choice(["trim", "none"])},
    ]
    if place < len(configs):
        configs[place] = attrs.evolve(configs[place], **random.choice(changes))
    known = {config.id_type for config in configs}
    rules = [rule for rule in settings.matching_rules if known.issuperset(rule.split(AND))]
    random.shuffle(rules)
    try:
        return Settings(configs, rules[: random.randint(1, len(rules))] if rules else [configs[0].id_type])
    except (ResolverError, IndexError):
        return None


@cache
def served(family: Family) -> Counter[bool]:
    """Compare a history of a family under other settings, one after the other; how often texts were not read anew."""
    random = Random(f"other settings {family.__name__}")
    case = family(random)
    options = options_of(case)
    records = written(random, case, 60)
    every = [case.settings, *(changed(random, case.settings) for _ in range(SETTINGS))]
    told: Counter[bool] = Counter()
    numbered = Numbered(records, case.settings.id_types, keeps_sources=True)
    serve = Values.serve

    def counted(values: Values, normalizations: Any) -> bool:
        is_served = serve(values, normalizations)
        told[is_served] += 1
        return is_served

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Values, "serve", counted)
        for settings in every:
            if settings is not None:
                check(replay(numbered, settings, **options), replay(records, settings, **options))
    return told


def check(run: Run, expected: Run) -> None:
    for part, tell in PARTS.items():
        assert tell(run) == tell(expected), part
    run.engine._check()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_a_numbered_history_is_replayed_under_other_settings_as_one_that_is_read_for_them(family: Family) -> None:
    served(family)


def test_the_values_of_another_run_serve_often_and_not_always() -> None:
    told = sum(map(served, FAMILIES), Counter[bool]())
    assert told[True] > 10
    assert told[False] > 10


@pytest.mark.parametrize("way", ["as it is replayed", "before", "before, and sent"])
def test_a_text_that_one_run_left_out_of_an_added_value_is_one_value_of_the_next_run(way: str) -> None:
    given: list[Any] = [
        {"ref": "a", "at": 1, "identifiers": {"email": ["ada@example.com", "none"]}},
        {"op": "add", "at": 2, "profile": "ref:a", "idType": "email", "value": "none"},
        {"ref": "b", "at": 3, "identifiers": {"email": "none"}},
        {"op": "add", "at": 4, "profile": "ref:a", "idType": "email", "value": "none"},
    ]
    reads, keeps = (Settings([IdentifierConfig("email", normalization=each)], ["email"]) for each in ("email", "none"))
    records = [*records_of(given)]
    numbered = Numbered(records, keeps_sources=True)
    if way != "as it is replayed":
        numbered.read_all()
    if way == "before, and sent":
        numbered = pickle.loads(pickle.dumps(numbered))
    for settings in (reads, keeps, reads, keeps):
        assert [*replay(numbered, settings).facts] == [*replay(records, settings).facts]
