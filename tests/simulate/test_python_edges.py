"""What a run, its results and its arguments do in ordinary Python: one-liners, copies, pickles, wrong keywords."""

import copy
import gc
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from resolver.simulate import Run, replay
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.replay import Replayed
from resolver.simulate.run_log import Recorded
from resolver.simulate.steps import Wanted
from tests.columns.twins import OneByOne
from tests.simulate.lines import ADA, BOB

STREAMS: dict[str, Callable[[Run], Any]] = {
    "facts": lambda run: run.facts,
    "rejected": lambda run: run.rejected,
    "steps": lambda run: run.steps(),
    "refused steps": lambda run: run.select(Wanted(is_applied=False)),
    "losses": lambda run: run.losses,
    "numbered facts": lambda run: run.numbered_facts,
}


@pytest.mark.parametrize("stream", STREAMS)
def test_what_is_read_from_a_run_keeps_it(stream: str) -> None:
    lines: list[Any] = [ADA, {"op": "delete", "profile": "nobody"}, 5, {"op": "delete", "profile": "ref:ada"}]
    ways: list[dict[str, Any]] = [{}, {"engine": OneByOne}]
    for options in ways:
        kept = replay(lines, **options)
        for_later = iter(STREAMS[stream](replay(lines, **options)))
        gc.collect()
        assert list(STREAMS[stream](replay(lines, **options))) == list(for_later) == list(STREAMS[stream](kept))
        assert list(STREAMS[stream](kept))


def test_the_files_of_a_run_go_with_the_last_that_reads_them() -> None:
    run = replay([ADA], engine=OneByOne)
    path = files_of(run)
    facts = iter(run.facts)
    del run
    gc.collect()
    assert path.exists()
    assert len(list(facts)) == 3
    del facts
    gc.collect()
    assert not Path(path).exists()


def files_of(run: Run) -> Path:
    """Where a run has written down what it does not hold."""
    holder = run.source.rest if isinstance(run.source, ColumnSource) else run.source
    assert isinstance(holder, Replayed | Recorded)
    assert holder.log is not None
    return holder.log.path


REPLAYS = [replay, partial(replay, engine=OneByOne)]


@pytest.mark.parametrize("replay_", REPLAYS)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_of_a_run_has_the_same_facts(replay_: Any, copied: Any) -> None:
    run: Run = replay_([ADA, BOB])
    other: Run = copied(run)
    assert list(other.facts) == list(run.facts)
    assert other.assignments == run.assignments


@pytest.mark.parametrize("replay_", REPLAYS)
def test_the_engine_of_a_deep_copy_is_another(replay_: Any) -> None:
    run: Run = replay_([ADA, BOB])
    assert len(run.engine) == 1
    other = copy.deepcopy(run)
    other.engine.resolve({"email": "cy@example.com"})
    assert (len(run.engine), len(other.engine)) == (1, 2)


@pytest.mark.parametrize("replay_", REPLAYS)
def test_a_run_is_not_pickled_and_says_which_parts_are(replay_: Any) -> None:
    run: Run = replay_([ADA, BOB])
    with pytest.raises(pickle.PicklingError, match=r"expected the part that you need: run\.engine, run\.assignments"):
        pickle.dumps(run)
    parts = run.engine, run.assignments, run.summary, list(run.facts)
    assert pickle.loads(pickle.dumps(parts[1:])) == parts[1:]
    assert pickle.loads(pickle.dumps(run.engine)).snapshot() == run.engine.snapshot()
