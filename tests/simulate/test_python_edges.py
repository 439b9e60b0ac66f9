"""What a run, its results and its arguments do in ordinary Python: one-liners, copies, pickles, wrong keywords."""

import copy
import gc
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from resolver.simulate import Run, replay
from resolver.simulate.kept import Kept, Replayed
from resolver.simulate.recorded import Recorded
from tests.columns.twins import OneByOne
from tests.simulate.lines import ADA, BOB

STREAMS = ("facts", "rejected", "applied", "refused", "losses", "numbered_facts")


@pytest.mark.parametrize("stream", STREAMS)
def test_what_is_read_from_a_run_keeps_it(stream: str) -> None:
    lines = [ADA, {"op": "delete", "profile": "nobody"}, 5, {"op": "delete", "profile": "ref:ada"}]
    kept = replay(lines)
    for_later = iter(getattr(replay(lines), stream))
    gc.collect()
    assert list(getattr(replay(lines), stream)) == list(for_later) == list(getattr(kept, stream))
    assert list(getattr(kept, stream))


def test_the_facts_of_entries_keep_the_run() -> None:
    entries = list(replay([ADA, BOB]).applied)
    assert [len(facts) for _, facts in replay([ADA, BOB]).with_facts(entries)] == [3, 1]


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
    holder = run._kept.rest if isinstance(run._kept, Kept) else run._kept
    assert isinstance(holder, Replayed | Recorded)
    assert holder.spool is not None
    return holder.spool.path


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
    with pytest.raises(pickle.PicklingError, match=r"expected what is wanted of it: run\.engine, run\.assignments"):
        pickle.dumps(run)
    parts = run.engine, run.assignments, run.summary, list(run.facts)
    assert pickle.loads(pickle.dumps(parts[1:])) == parts[1:]
    assert pickle.loads(pickle.dumps(run.engine)).snapshot() == run.engine.snapshot()
