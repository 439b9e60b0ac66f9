import errno
import os
import signal
import threading
from pathlib import Path

import pytest

from resolver.atomic_files import atomic_files, check_targets, interrupts_held


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


def test_ctrl_c_waits_while_files_are_moved(tmp_path: Path) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts_held():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        done.append("moved")
    assert done == ["moved"]
    with interrupts_held():
        pass


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
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError) as unwritable:
        check_targets(tmp_path, ["a"])
    assert unwritable.value.filename == str(tmp_path / "a")


def test_a_directory_that_takes_no_files_is_named_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".resolver-abc"))

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(PermissionError) as caught:
        check_targets(tmp_path / "new", ["a"])
    assert caught.value.filename == str(tmp_path / "new")
