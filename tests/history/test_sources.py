"""Sources: files, compressed files, pipes and standard input, and what is said of those that cannot be read."""

import gc
import gzip
import io
import os
import random
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from resolver.errors import InvalidHistory
from resolver.history import History, read_history
from tests.history.files import commands, read, written

LINES = "".join(f'{{"at": {number}, "identifiers": {{"a": "{number}"}}}}\n' for number in range(1, 6))


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which temporary files appear."""
    folder = tmp_path / "spools"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Put these bytes on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_every_iteration_reads_the_file_again(tmp_path: Path) -> None:
    path = written(tmp_path, "h.jsonl", LINES)
    history = read_history(path)
    assert list(history) == list(history)
    with path.open("a") as file:
        file.write('{"identifiers": {"a": "6"}}\n')
    assert len(list(history)) == 6


def test_two_iterations_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    history = read_history(written(tmp_path, "h.jsonl.gz", LINES))
    assert all(one == other for one, other in zip(history, history, strict=True))


def test_gzip_is_unpacked_for_every_text_format(tmp_path: Path) -> None:
    expected = read(written(tmp_path, "h.jsonl", LINES))
    table = "at,a\n" + "".join(f"{number},{number}\n" for number in range(1, 6))
    assert read(written(tmp_path, "h.jsonl.gz", LINES)) == expected
    assert commands(read(written(tmp_path, "h.csv.gz", table))) == commands(expected)
    assert commands(read(written(tmp_path, "h.tsv.gz", table.replace(",", "\t")))) == commands(expected)


def test_gzip_is_recognized_without_its_suffix(tmp_path: Path) -> None:
    assert len(read(written(tmp_path, "h.jsonl", gzip.compress(LINES.encode())))) == 5


def test_gzip_of_several_members_is_one_file(tmp_path: Path) -> None:
    data = gzip.compress(LINES.encode()) + gzip.compress(LINES.encode())
    assert len(read(written(tmp_path, "h.jsonl", data))) == 10


def test_size_and_position_count_the_bytes_on_disk(tmp_path: Path) -> None:
    noise = random.Random(0)
    text = "".join(f'{{"identifiers": {{"a": "{noise.random()}"}}}}\n' for _ in range(60_000))
    for name in ("h.jsonl", "h.jsonl.gz"):
        path = written(tmp_path, name, text)
        history = read_history(path)
        assert (history.size, history.position) == (path.stat().st_size, 0)
        positions = [history.position for _ in history]
        assert positions == sorted(positions)
        assert 0 < positions[0] < positions[30_000] < positions[-1] == history.position == history.size
        next(iter(history))
        assert history.position < (history.size or 0)


UNREADABLE = [
    ("missing.jsonl", "missing.jsonl: cannot be read: No such file or directory"),
    ("missing/h.csv", "missing/h.csv: cannot be read: No such file or directory"),
    ("folder.csv", "folder.csv: is a directory; expected a file"),
    ("h\0.csv", "cannot be read: "),
]


@pytest.mark.parametrize(("name", "message"), UNREADABLE)
def test_what_cannot_be_opened_is_named_at_once(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InvalidHistory) as caught:
        read_history(f"{tmp_path}/{name}")
    assert message in str(caught.value)


def test_a_file_that_may_not_be_read_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "h.jsonl", LINES)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidHistory, match=r"h\.jsonl: cannot be read: Permission denied"):
        read_history(path)


def test_a_file_that_disappears_is_named_and_has_no_size(tmp_path: Path) -> None:
    path = written(tmp_path, "h.jsonl", LINES)
    history = read_history(path)
    path.unlink()
    assert history.size is None
    with pytest.raises(InvalidHistory) as caught:
        list(history)
    assert str(caught.value) == f"{path}: line 1: cannot be read: No such file or directory"


@pytest.mark.parametrize("data", [b"", b"\x1f", b"plain text\n"])
def test_a_file_named_gz_that_is_not_compressed_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "h.jsonl.gz"
    path.write_bytes(data)
    with pytest.raises(InvalidHistory) as caught:
        read(path)
    assert str(caught.value) == f"{path}: line 1: is named .gz, but is not compressed by gzip"


DAMAGE = [
    (lambda data: data[: len(data) // 2], "Compressed file ended before the end-of-stream marker was reached"),
    (lambda data: data[:-8] + bytes(8), "CRC check failed"),
    (lambda data: data[: len(data) // 2] + bytes(2000) + data[len(data) // 2 + 2000 :], ""),
    (lambda data: data + b"more", "Not a gzipped file"),
]


@pytest.mark.parametrize(("damage", "cause"), DAMAGE)
@pytest.mark.parametrize("name", ["h.jsonl.gz", "h.csv.gz"])
def test_damaged_gzip_names_the_last_line_that_could_be_read(
    tmp_path: Path, name: str, damage: "type[bytes]", cause: str
) -> None:
    noise = random.Random(0)
    text = "a,b\n" + "".join(f"{noise.random()},{noise.random()}\n" for _ in range(60_000))
    path = tmp_path / name
    path.write_bytes(damage(gzip.compress(text.encode())))
    seen: list[int] = []
    with pytest.raises(InvalidHistory) as caught:
        seen.extend(record.line for record in read_history(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: after line {seen[-1]}: cannot be read: ")
    assert cause in message


def test_gzip_that_is_damaged_from_the_start_names_line_1(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl.gz"
    path.write_bytes(b"\x1f\x8b" + bytes(50))
    with pytest.raises(InvalidHistory, match=r"h\.jsonl\.gz: line 1: cannot be read: Unknown compression method"):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["h.jsonl", "h.csv"])
def test_utf16_is_refused_by_its_mark(tmp_path: Path, name: str, encoding: str) -> None:
    text = "a,b\n" if encoding == "utf-16" else "\ufeffa,b\n"
    with pytest.raises(InvalidHistory, match=r": line 1: is UTF-16; expected UTF-8"):
        read(written(tmp_path, name, text.encode(encoding)))


def test_standard_input_is_read_once_and_iterated_often(monkeypatch: pytest.MonkeyPatch, spools: Path) -> None:
    standard_input(monkeypatch, LINES.encode())
    history = read_history("-")
    assert (history.size, history.name, list(spools.iterdir())) == (None, "standard input", [])
    assert len(list(history)) == 5
    assert list(history) == list(history)
    assert history.size == history.position == len(LINES)
    assert len(list(spools.iterdir())) == 1


def test_the_copy_of_standard_input_goes_with_the_history(monkeypatch: pytest.MonkeyPatch, spools: Path) -> None:
    standard_input(monkeypatch, LINES.encode())
    history = read_history("-")
    assert len(list(history.for_types(["a"]))) == 5
    gc.collect()
    assert len(list(spools.iterdir())) == 1
    del history
    gc.collect()
    assert list(spools.iterdir()) == []


def test_standard_input_may_be_compressed_and_of_any_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spools: Path
) -> None:
    assert spools.exists()
    standard_input(monkeypatch, gzip.compress(b"a,b\n1,2\n"))
    assert len(list(read_history("-", format="csv"))) == 1
    standard_input(monkeypatch, b"")
    assert list(read_history("-")) == []


def test_an_error_in_standard_input_names_it(monkeypatch: pytest.MonkeyPatch, spools: Path) -> None:
    assert spools.exists()
    standard_input(monkeypatch, b"")
    with pytest.raises(InvalidHistory) as caught:
        list(read_history("-", format="csv"))
    assert str(caught.value) == "standard input: line 1: there is no header; expected the names of the columns"


@pytest.mark.parametrize("stream", [None, io.StringIO("{}")])
def test_standard_input_without_bytes_is_refused(monkeypatch: pytest.MonkeyPatch, spools: Path, stream: object) -> None:
    monkeypatch.setattr(sys, "stdin", stream)
    with pytest.raises(InvalidHistory, match=r"standard input: gives no bytes; expected a file or a pipe"):
        list(read_history("-"))
    gc.collect()
    assert list(spools.iterdir()) == []


def test_a_copy_that_finds_no_room_is_explained_and_goes(monkeypatch: pytest.MonkeyPatch, spools: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    standard_input(monkeypatch, LINES.encode())
    monkeypatch.setattr(shutil, "copyfileobj", full)
    history: History | None = read_history("-")
    with pytest.raises(InvalidHistory) as caught:
        list(history or ())
    assert str(caught.value) == "standard input: cannot be copied to a temporary file: No space left on device"
    del caught
    history = None
    gc.collect()
    assert list(spools.iterdir()) == []


def test_a_named_pipe_is_read_once_and_iterated_often(tmp_path: Path, spools: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(LINES,))
    writer.start()
    history = read_history(pipe)
    assert history.size is None
    assert len(list(history)) == 5
    writer.join()
    assert len(list(history)) == 5
    assert len(list(spools.iterdir())) == 1


def test_a_reading_that_is_given_up_closes_the_file(tmp_path: Path) -> None:
    records = iter(read_history(written(tmp_path, "h.csv.gz", "a,b\n1,2\n3,4\n")))
    next(records)
    del records
    gc.collect()
