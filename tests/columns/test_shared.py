"""Two replays of one history read it once, as long as a run holds what was read and the files are what they were."""

import gc
import json
import os
import sqlite3
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from resolver import IdentifierConfig, Settings
from resolver.history import History, read_history
from resolver.history.source import FileSource, Source
from resolver.simulate import Run, compare, replay
from tests.columns.twins import PARTS

LINES: list[dict[str, Any]] = [
    {"ref": "a", "at": 1, "identifiers": {"email": "ada@example.com", "phone": "317-555-6789"}},
    {"ref": "b", "at": 2, "identifiers": {"phone": "+13175556789", "chat": "bob"}},
    {"op": "nothing yet"},
    {"ref": "c", "at": 3, "identifiers": {"phone": "n/a"}},
    {"ref": "d", "at": 4, "identifiers": {"card": "7"}},
    {"op": "nothing"},
]
NO_PHONE = Settings([IdentifierConfig("email", normalization="email"), IdentifierConfig("chat")], ["email", "chat"])
TWO_PHONES = Settings(
    [IdentifierConfig("email"), IdentifierConfig("phone", limit=1), IdentifierConfig("chat")], ["email", "chat"]
)


def written(path: Path, lines: list[dict[str, Any]], *, age: int = 60) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    made_older(path, age)
    return path


def made_older(path: Path, age: int) -> None:
    when = path.stat().st_mtime - age
    os.utime(path, (when, when))


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the histories that were read, one entry a reading."""
    read: list[str] = []
    parts = History.parts

    def counted(history: History) -> Any:
        read.append(history.name)
        return parts(history)

    monkeypatch.setattr(History, "parts", counted)
    return read


def check(run: Run, expected: Run) -> None:
    for part, tell in PARTS.items():
        assert tell(run) == tell(expected), part


def test_two_runs_of_one_history_read_it_once_and_are_what_they_are_alone(tmp_path: Path, readings: list[str]) -> None:
    path = written(tmp_path / "h.jsonl", LINES)
    history = read_history(path)
    runs = [replay(history, settings) for settings in (None, NO_PHONE, TWO_PHONES)]
    assert len(readings) == 1
    alone = [replay(read_history(path), settings) for settings in (None, NO_PHONE, TWO_PHONES)]
    assert len(readings) == 4
    for run, expected in zip(runs, alone, strict=True):
        check(run, expected)
    assert compare(*runs[:2]) == compare(*alone[:2])
    assert [each.raw for each in runs[1].rejected if each.raw] == [json.dumps(line) for line in LINES]


def test_a_file_that_has_changed_is_read_anew(tmp_path: Path, readings: list[str]) -> None:
    history = read_history(written(tmp_path / "h.jsonl", LINES))
    run = replay(history)
    written(tmp_path / "h.jsonl", [*LINES[1:], LINES[0]], age=30)
    other = replay(history)
    assert len(readings) == 2
    assert list(run.assignments) != list(other.assignments)


def test_a_file_that_was_just_written_is_read_anew(tmp_path: Path, readings: list[str]) -> None:
    history = read_history(written(tmp_path / "h.jsonl", LINES, age=0))
    runs = [replay(history), replay(history)]
    assert len(readings) == len(runs)


def test_what_no_run_holds_any_more_is_read_anew(tmp_path: Path, readings: list[str]) -> None:
    history = read_history(written(tmp_path / "h.jsonl", LINES))
    for _ in range(2):
        replay(history)
        gc.collect()
    assert len(readings) == 2


def test_a_table_is_read_anew_for_settings_with_other_columns(tmp_path: Path, readings: list[str]) -> None:
    path = tmp_path / "h.csv"
    path.write_text("ref,email,phone,card\na,ada@example.com,317-555-6789,7\n")
    made_older(path, 60)
    history = read_history(path)
    runs = [replay(history, settings) for settings in (None, None, NO_PHONE)]
    assert len(readings) == 2
    assert [run.summary.identifiers for run in runs] == [2, 2, 1]


def test_without_something_a_history_is_read_for_that_run_alone(tmp_path: Path, readings: list[str]) -> None:
    history = read_history(written(tmp_path / "h.jsonl", LINES))
    runs = [replay(history), replay(history, without=["ref:a"]), replay(history)]
    assert [run.summary.left_out for run in runs] == [0, 1, 0]
    assert len(readings) == 1  # that run goes record by record


def test_rows_of_arrow_are_read_once_and_those_of_a_database_each_time(tmp_path: Path, readings: list[str]) -> None:
    table = pyarrow.table({"ref": ["a", "b"], "email": ["ada@example.com", "n/a"]})
    runs = [replay(history, settings) for history in [read_history(table)] for settings in (None, Settings.defaults())]
    assert len(readings) == 1
    assert [each.raw for run in runs for each in run.rejected if each.raw] == ['{"ref":"b","email":"n/a"}'] * 2
    path = tmp_path / "h.db"
    with sqlite3.connect(path) as database:
        database.execute("create table t as select 'a' as ref, 'ada@example.com' as email")
    database.close()
    made_older(path, 60)
    rows = read_history(path, query="select * from t")
    assert [replay(rows).summary.applied for _ in range(2)] == [1, 1]
    assert len(readings) == 3


def test_many_broken_lines_are_not_held(tmp_path: Path, readings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("resolver.simulate.replay"), "MOST_BROKEN", 10)
    lines = [LINES[0], *LINES[2:]] + [{"op": f"number {number}"} for number in range(2500)] + [LINES[1]]
    history = read_history(written(tmp_path / "h.jsonl", lines))
    run = replay(history)
    assert run.summary.rejected == 2504
    assert [each.line for each in run.rejected if each.raw] == [*range(2, 2506)]
    again = replay(history, NO_PHONE)
    assert len(readings) == 2
    check(again, replay(read_history(tmp_path / "h.jsonl"), NO_PHONE))


def test_a_stamp_is_of_what_is_there(tmp_path: Path) -> None:
    assert Source("anything").stamp is None
    assert FileSource("-").stamp is None
    file = FileSource(written(tmp_path / "h.jsonl", LINES))
    assert file.stamp is not None
    (tmp_path / "h.jsonl").unlink()
    assert file.stamp is None
