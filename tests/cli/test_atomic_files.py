import errno
import json
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from resolver.atomic_files import atomic_files, check_targets, directory_locked
from resolver.cli import main
from resolver.example import path as example


def test_files_replace_those_of_the_directory_together(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with atomic_files(tmp_path) as place:
        (place / "a").write_text("new")
        (place / "b").write_text("new")
        assert (tmp_path / "a").read_text() == "old"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "new", "b": "new"}


def test_a_file_that_cannot_be_moved_leaves_the_whole_set_untouched(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "b").mkdir()
    with pytest.raises(IsADirectoryError) as caught, atomic_files(tmp_path) as place:  # noqa: PT012
        for name in "ab":
            (place / name).write_text("new")
    assert caught.value.filename == str(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_text() == "old"


def test_an_error_while_writing_names_the_users_path_and_removes_what_was_made(tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep"
    with pytest.raises(OSError, match="No space left") as full, atomic_files(out):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert full.value.filename == str(out)
    with pytest.raises(FileNotFoundError) as missing, atomic_files(out) as place:
        (place / "a" / "b").write_text("")
    assert missing.value.filename == str(out / "a" / "b")
    with pytest.raises(FileNotFoundError) as other, atomic_files(out):
        Path("/no/such/file").read_text(encoding="utf-8")
    assert other.value.filename == "/no/such/file"
    assert list(tmp_path.iterdir()) == []


def test_outside_the_main_thread_files_are_moved_all_the_same(tmp_path: Path) -> None:
    def write() -> None:
        with atomic_files(tmp_path) as place:
            (place / "a").write_text("new")

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert (tmp_path / "a").read_text() == "new"


def test_what_is_in_the_way_is_named_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_targets(tmp_path / "new" / "deep", ["a"])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a").write_text("x")
    check_targets(tmp_path, ["a", "b"])
    with pytest.raises(NotADirectoryError) as no_directory:
        check_targets(tmp_path / "a" / "deep", ["b"])
    assert no_directory.value.filename == str(tmp_path / "a")
    (tmp_path / "b").mkdir()
    with pytest.raises(IsADirectoryError) as directory:
        check_targets(tmp_path, ["a", "b"])
    assert directory.value.filename == str(tmp_path / "b")
    opened = os.open

    def refuse(path: Any, *given: Any, **named: Any) -> int:
        if path == tmp_path / "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *given, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError) as unwritable:
        check_targets(tmp_path, ["a"])
    assert unwritable.value.filename == str(tmp_path / "a")


def test_a_file_that_another_run_is_replacing_is_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exists(path: Path) -> bool:
        seen = os.access(path, os.F_OK)
        if path.name == "a.csv":
            path.unlink(missing_ok=True)  # the other run moves it away, right behind the look at it
        return seen

    (tmp_path / "a.csv").write_text("other", encoding="utf-8")
    monkeypatch.setattr(Path, "exists", exists)
    check_targets(tmp_path, ["a.csv", "b.csv"])


def test_a_directory_that_takes_no_files_is_named_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".resolver-abc"))

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(PermissionError) as caught:
        check_targets(tmp_path / "new", ["a"])
    assert caught.value.filename == str(tmp_path / "new")


def write_set(directory: Path, text: str) -> None:
    with atomic_files(directory) as place:
        for name in "ab":
            (place / name).write_text(text)


def test_of_two_sets_finished_at_once_one_is_there_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is held between its two files; the second is done meanwhile, unless it waits."""
    replace, between, second_done = Path.replace, threading.Event(), threading.Event()

    def slowly(path: Path, target: Path) -> Path:
        moved = replace(path, target)
        if threading.current_thread() is first and not between.is_set():
            between.set()
            second_done.wait(0.5)
        return moved

    def write_second() -> None:
        write_set(tmp_path, "second")
        second_done.set()

    monkeypatch.setattr(Path, "replace", slowly)
    first = threading.Thread(target=write_set, args=(tmp_path, "first"))
    second = threading.Thread(target=write_second)
    first.start()
    assert between.wait(10)
    second.start()
    for thread in (first, second):
        thread.join()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "second", "b": "second"}


def test_files_are_not_replaced_while_health_reads_them(tmp_path: Path) -> None:
    writer = threading.Thread(target=write_set, args=(tmp_path, "new"))
    (tmp_path / "a").write_text("old")
    with directory_locked(tmp_path, shared=True), directory_locked(tmp_path, shared=True):
        writer.start()
        writer.join(0.3)
        assert (tmp_path / "a").read_text() == "old"
    writer.join()
    assert (tmp_path / "a").read_text() == "new"


def test_a_directory_that_cannot_be_locked_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    write_set(tmp_path, "new")
    assert (tmp_path / "b").read_text() == "new"


def test_a_directory_that_another_run_takes_away_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, out = tempfile.mkdtemp, tmp_path / "out"
    times = iter(range(9))

    def make_after_removal(**options: Any) -> str:
        if next(times) < 2:
            out.rmdir()
        made: str = make(**options)
        return made

    monkeypatch.setattr("tempfile.mkdtemp", make_after_removal)
    write_set(out, "new")
    assert (out / "a").read_text() == "new"
    times = iter([0] * 99)
    (out / "a").unlink()
    (out / "b").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        write_set(out, "new")
    assert caught.value.filename == str(out)


def test_runs_that_finish_in_one_directory_at_once_leave_files_of_one(tmp_path: Path) -> None:
    history, out = tmp_path / "h.jsonl", tmp_path / "out"
    history.write_text("".join(f'{{"ref": "{n}", "identifiers": {{"chat": "{n}"}}}}\n' for n in range(3)))
    threads = [
        threading.Thread(target=main, args=(["replay", source, "--out", str(out)],))
        for source in (str(history), str(example("history.jsonl"))) * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refs = json.loads((out / "summary.json").read_text())["refs"]
    assert len((out / "assignments.csv").read_text().splitlines()) == refs + 1
    assert sum(len(json.loads(line)["refs"]) for line in (out / "profiles.jsonl").read_text().splitlines()) == refs
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
