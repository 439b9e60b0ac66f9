"""Spark in a JVM of its own: files read by the engine, components over rounds, tasks that fail.

These come first: once a session over Spark Connect has begun, as that of Sail, a process can have no other.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.spark import components, read_lines, replay
from resolver.spark.replay import replay_all
from resolver.spark.task import PartReplay
from tests.spark.runs import COMPOUND, LIMITS, any_lines, check_equal, frame_of, one_process

replaying: Any = importlib.import_module("resolver.spark.replay")  # in the package, a function has this name

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


def test_a_mixed_history_in_files_under_several_settings_is_that_of_one_process(
    classic: Any, work: str, tmp_path: Path
) -> None:
    raws, every = any_lines(5, 400), [LIMITS, COMPOUND]
    files = tmp_path / "history"
    files.mkdir()
    for place, (start, end) in enumerate(((0, 300), (300, 301), (301, len(raws)))):
        (files / f"{place}.jsonl").write_bytes(b"".join(raw + b"\n" for raw in raws[start:end]))
    parts = components(read_lines(classic, str(files)), every, work=work, finish_edges=150, parts=3)
    assert parts.total == len(raws)
    assert sum(parts.loads) == pytest.approx(len(raws), abs=3)
    for chosen, run in zip(every, replay_all(parts, every)[0], strict=True):
        check_equal(run, one_process(tmp_path, raws, chosen), tmp_path / chosen.matching_rules[-1])


class FailsOnce(PartReplay):
    """A task that fails after it returned rows, until it left a file behind that says so."""

    marks = ""

    def __init__(self, marks: str, *given: Any, **how: Any) -> None:
        super().__init__(*given, **how)
        self.marks = marks

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        given = list(batches)
        mark = Path(self.marks) / str(sum(batch.num_rows for batch in given))
        for batch in super().__call__(iter(given)):
            yield batch
            if not mark.exists():
                mark.touch()
                raise RuntimeError("this task fails once")


def test_tasks_that_fail_once_change_nothing(
    classic: Any, work: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = any_lines(3, 300, LIMITS)
    marks = tmp_path / "marks"
    marks.mkdir()
    monkeypatch.setattr(replaying, "PartReplay", lambda *given, **how: FailsOnce(str(marks), *given, **how))
    run = replay(frame_of(classic, raws, seed=3), LIMITS, work=work, parts=2)
    check_equal(run, one_process(tmp_path, raws, LIMITS), tmp_path)
    assert len([*marks.iterdir()]) == 2
