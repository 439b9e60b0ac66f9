"""Both replays of one history, compared in all that they tell."""

from collections.abc import Sequence
from random import Random
from typing import Any

from resolver import Resolve, ResolverError, Settings
from resolver.bulk import BulkRun, bulk_replay
from resolver.facts import encode_fact
from resolver.simulate import replay
from tests.machines.author import TIMES, Author
from tests.machines.compare import Case


def check_alike(history: Any, settings: Settings | None = None, **options: Any) -> BulkRun:
    """Replay both ways, compare facts, groups, rejections and totals, and give the bulk run."""
    one = replay(history, settings, **options)
    two = bulk_replay(history, settings, **options)
    assert list(map(encode_fact, two.numbered_facts)) == list(map(encode_fact, one.numbered_facts))
    assert list(two.numbered_facts) == list(one.numbered_facts)
    assert list(two.assignments.items()) == list(one.assignments.items())
    assert list(two.rejected) == list(one.rejected)
    assert two.summary == one.summary
    return two


def written(random: Random, case: Case, length: int) -> Sequence[Resolve]:
    """Make up resolve commands whose values are, most of the time, those of profiles that are there."""
    store, author = case.model(), Author(random, case)
    history = []
    for _ in range(length):
        command = Resolve(author.identifiers(store), random.choice(TIMES))
        history.append(command)
        try:
            store.execute(command)
        except ResolverError:
            continue
    return history


def options_of(case: Case) -> dict[str, Any]:
    return {"on_invalid": case.on_invalid, "match": case.match, "default_region": case.default_region}
