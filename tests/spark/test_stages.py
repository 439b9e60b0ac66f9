"""Stages that ended are not done again: a run that was stopped goes on, and one of something else does not."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from resolver import NotInParts
from resolver.spark import SparkRun, replay
from resolver.spark.work import Work
from tests.spark.runs import COMPOUND, UNIQUE, any_lines, as_json, check_equal, frame_of, one_process, settings

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


class StoppedError(Exception):
    """What a test stops a run with."""


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], list[str]]:
    """Notes the tables that are written, and stops before the one of a name, or in the middle of its rows."""
    real = Work.stored

    def watched(until: str | None) -> list[str]:
        written: list[str] = []

        def store(work: Work, frame: Any, name: str) -> Any:
            if name == until:
                real(work, frame.limit(3), name)
                raise StoppedError
            written.append(name)
            return real(work, frame, name)

        monkeypatch.setattr(Work, "stored", store)
        return written

    return watched


TABLES = ["tied", "named", "keyed", "homes-0", "offered", "combined-1", "sizes", "packed", "runs-0"]


@pytest.mark.parametrize("name", TABLES)
def test_a_run_that_was_stopped_goes_on_from_the_stages_that_ended(
    sail: Any, work: str, tmp_path: Path, stored: Callable[[str | None], list[str]], name: str
) -> None:
    raws = any_lines(6, 120, COMPOUND)

    def run() -> SparkRun:
        return replay(frame_of(sail, raws), COMPOUND, work=work, parts=2)

    stored(name)
    with pytest.raises(StoppedError):
        run()
    again = stored(None)
    check_equal(run(), one_process(tmp_path, raws, COMPOUND), tmp_path)
    done = {"homes-0": "tied", "sizes": "homes-0", "packed": "homes-0", "runs-0": "packed"}.get(name, "")
    assert done not in again
    assert name in again
    nothing = stored(None)
    check_equal(run(), one_process(tmp_path, raws, COMPOUND), tmp_path)
    assert nothing == []


def test_other_lines_settings_or_options_in_the_same_folder_are_replayed_anew(
    sail: Any, work: str, tmp_path: Path, stored: Callable[[str | None], list[str]]
) -> None:
    raws = any_lines(7, 80)
    replay(frame_of(sail, raws), UNIQUE, work=work)
    other = [*raws[:-1], raws[-1].replace(b'"at": ', b'"at": 9')]
    assert other != raws
    for lines, options in ((other, {}), (raws, {}), (raws, {"on_invalid": "keep"})):
        written = stored(None)
        run = replay(frame_of(sail, lines), UNIQUE, work=work, **options)
        check_equal(run, one_process(tmp_path, lines, UNIQUE, **options), tmp_path)
        assert "tied" in written


def test_a_table_that_another_run_began_to_write_is_not_taken_for_the_first_ones(
    sail: Any, work: str, tmp_path: Path, stored: Callable[[str | None], list[str]]
) -> None:
    raws, others = any_lines(8, 80), any_lines(9, 80)
    replay(frame_of(sail, raws), UNIQUE, work=work)
    stored("tied")
    with pytest.raises(StoppedError):
        replay(frame_of(sail, others), UNIQUE, work=work)
    stored(None)
    check_equal(replay(frame_of(sail, raws), UNIQUE, work=work), one_process(tmp_path, raws, UNIQUE), tmp_path)


def test_own_normalizations_are_done_every_time(
    sail: Any, work: str, stored: Callable[[str | None], list[str]]
) -> None:
    raws = any_lines(1, 30)
    for _ in range(2):
        written = stored(None)
        replay(frame_of(sail, raws), UNIQUE, work=work, normalizers={"upper": str.upper})
        assert "tied" in written


class Locked:
    """A normalization that cannot be pickled."""

    def __init__(self) -> None:
        self.lock = Lock()

    def __call__(self, value: str) -> str:
        return value.upper()


def test_own_normalizations_are_sent_to_workers_or_refused_by_name(sail: Any, work: str, tmp_path: Path) -> None:
    raws = as_json({"at": at, "identifiers": {"word": f"{'aA'[at % 2]}{at // 2 % 5}"}} for at in range(30))
    chosen, most = settings(["word"], word={"normalization": "own"}), 2
    own = {"own": lambda value: value.lower()[:most]}
    run = replay(frame_of(sail, raws), chosen, work=work, parts=2, normalizers=own)
    check_equal(run, one_process(tmp_path, raws, chosen, normalizers=own), tmp_path)
    with pytest.raises(NotInParts, match=r"^normalizers: 'own' cannot be sent to workers .*lock.*; expected a pure"):
        replay(frame_of(sail, raws), chosen, work=work, normalizers={"own": Locked()})
