"""Lines: encodings, marks and ends of lines, and lines that are too long, in every text format."""

import gzip
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.commands import Resolve
from resolver.errors import InvalidCommand, InvalidHistory
from resolver.history import Record, read_history
from resolver.history.record import LONGEST_RAW
from resolver.simulate import replay
from tests.history.files import commands, one, read, written

TABLE = "ref,name\n1,Zo\u00eb\n2,\u00d8rsted\n"
ROWS = [Resolve({"name": "Zo\u00eb"}), Resolve({"name": "\u00d8rsted"})]
LINES = "".join(
    json.dumps({"ref": ref, "identifiers": {"name": name}}, ensure_ascii=False) + "\n"
    for ref, name in (("1", "Zo\u00eb"), ("2", "\u00d8rsted"))
)
TEXTS = {"h.csv": TABLE, "h.tsv": TABLE.replace(",", "\t"), "h.jsonl": LINES, "h.csv.gz": TABLE}


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("name", TEXTS)
def test_another_encoding_is_read_by_its_name(tmp_path: Path, name: str, encoding: str) -> None:
    records = read(written(tmp_path, name, TEXTS[name].encode(encoding)), encoding=encoding)
    assert (commands(records), [record.ref for record in records]) == (ROWS, ["1", "2"])


@pytest.mark.parametrize("encoding", ["UTF-8", "utf8", "utf_8_sig"])
def test_utf8_may_be_named(tmp_path: Path, encoding: str) -> None:
    history = read_history(written(tmp_path, "h.csv", TABLE), encoding=encoding)
    assert (commands(history), history.options) == (ROWS, frozenset())


@pytest.mark.parametrize("encoding", ["", "klingon", "base64", "rot13", "zlib", "nul\0", "undefined"])
def test_what_is_no_encoding_of_text_is_named_at_once(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InvalidHistory, match="is not an encoding of text; expected one such as 'cp1252', 'latin-1' or"):
        read_history(written(tmp_path, "h.csv", TABLE), encoding=encoding)


@pytest.mark.parametrize("name", ["h.csv", "h.jsonl"])
def test_bytes_that_are_no_text_in_the_encoding_reject_their_row(tmp_path: Path, name: str) -> None:
    data = TEXTS[name].encode("cp1252").replace(b"\xeb", b"\x81")
    bad, good = read(written(tmp_path, name, data), encoding="cp1252")
    assert (bad.reason, good.command) == ("not UTF-8", ROWS[1])
    assert str(bad.error) == "it holds bytes that are no text in cp1252; expected text in cp1252"
    assert "Zo\\xff" in bad.raw


def test_half_a_character_at_the_end_rejects_its_row(tmp_path: Path) -> None:
    good, bad = read(written(tmp_path, "h.csv", TABLE.rstrip().encode("utf-16")[:-1]), encoding="utf-16")
    assert (good.command, bad.reason, bad.line) == (ROWS[0], "not UTF-8", 3)


def test_what_an_encoding_makes_that_utf8_cannot_hold_rejects_its_row(tmp_path: Path) -> None:
    bad, good = read(written(tmp_path, "h.csv", "a,b\n\\ud800,1\nx,2\n"), encoding="unicode_escape")
    assert (bad.reason, good.command) == ("not UTF-8", Resolve({"a": "x", "b": "2"}))


def test_utf16_without_its_name_is_refused_with_the_option(tmp_path: Path) -> None:
    with pytest.raises(InvalidHistory, match=r"line 1: is UTF-16; expected UTF-8, or its name \(encoding, --encoding"):
        read(written(tmp_path, "h.csv", TABLE.encode("utf-16")))


@pytest.mark.parametrize("name", ["h.csv", "h.jsonl", "h.json"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_an_encoding_that_needs_a_mark_is_refused_with_file_and_line_where_there_is_none(
    tmp_path: Path, name: str, encoding: str
) -> None:
    path = written(tmp_path, name, (LINES if name != "h.csv" else TABLE).encode(f"{encoding}-le"))
    with pytest.raises(InvalidHistory) as refused:
        read(path, encoding=encoding)
    assert str(refused.value) == (
        f"{path}: line 1: cannot be read: {encoding.upper()} stream does not start with BOM; "
        f"{encoding}-le and {encoding}-be need none"
    )


@given(st.text(alphabet='ab\u00e9\u20ac\U0001f600,;"\n\r \ufeff', max_size=300), st.sampled_from(["utf-16", "utf-32"]))
def test_law_any_text_is_the_same_in_every_encoding(
    tmp_path_factory: pytest.TempPathFactory, text: str, encoding: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = "a,b\n" + text
    plain = read(written(folder, "plain.csv", text.encode()))
    again = read(written(folder, "again.csv", text.encode(encoding)), encoding=encoding)
    assert [(record.line, record.command, record.raw) for record in again] == [
        (record.line, record.command, record.raw) for record in plain
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_lines_may_end_in_a_carriage_return_alone(tmp_path: Path, name: str) -> None:
    records = read(written(tmp_path, name, TEXTS[name].replace("\n", "\r")))
    assert (commands(records), [record.line for record in records]) == (ROWS, [1, 2] if "json" in name else [2, 3])
    assert "\r" not in records[0].raw
    records = read(written(tmp_path, name, ("\ufeff" + TEXTS[name].replace("\n", "\r") + "\n").encode()))
    assert commands(records) == ROWS


def test_a_carriage_return_within_a_line_ends_none_where_lines_end_otherwise(tmp_path: Path) -> None:
    (record,) = read(written(tmp_path, "h.csv", 'a,b\n1,"x\ry\rz"\n'))
    assert record.command == Resolve({"a": "1", "b": "x\ry\rz"})
    (record,) = read(written(tmp_path, "h.csv", '"a\rb",c\nx,y\nz\n'))[:1]
    assert record.line == 2


def test_windows_ends_that_a_buffer_splits_are_one(tmp_path: Path) -> None:
    text = "a,b\r\n" + "".join(f"{number:08},{'x' * 54}\r\n" for number in range(20_000))
    records = read(written(tmp_path, "h.csv", text))
    assert [record.line for record in records] == list(range(2, 20_002))


@pytest.mark.parametrize("name", TEXTS)
def test_a_line_that_is_too_long_is_rejected_and_the_next_is_read(tmp_path: Path, name: str) -> None:
    head, *rest = TEXTS[name].splitlines(keepends=True)
    bad = rest[0].replace("\u00d8", "\u00d8" * 100).replace("Zo", "Zo" * 100)
    records = read(written(tmp_path, name, head + bad + rest[-1]), max_line=150)
    long = next(record for record in records if record.error is not None)
    assert (long.reason, long.command) == ("line too long", None)
    assert isinstance(long.error, InvalidCommand)
    length = len(bad.encode()) - 1
    assert str(long.error) == (
        f"the line has {length} bytes; expected at most 150, or a larger bound (max_line, --max-line)"
    )
    assert records[-1].error is None or name == "h.jsonl"
    assert [record.line for record in records] == ([1, 2, 3] if name == "h.jsonl" else [2, 3])


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize(("length", "is_read"), [(49, True), (50, True), (51, False), (52, False), (53, False)])
def test_the_end_of_a_line_does_not_count(tmp_path: Path, length: int, is_read: bool, end: str) -> None:
    line = '{"identifiers": {"a": "' + "x" * (length - 27) + '"}}'
    assert len(line) == length - 1
    (record,) = read(written(tmp_path, "h.jsonl", line + " " + end), max_line=50)
    assert (record.error is None) == is_read


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("length", range(48, 58))
def test_a_byte_order_mark_does_not_count_and_hides_no_length(tmp_path: Path, length: int, mark: str) -> None:
    lines = [mark + json.dumps({"identifiers": {"a": "x" * (length - 26)}}), "{}"]
    first, second = read(written(tmp_path, "h.jsonl", "\n".join(lines)), max_line=50)
    assert first.reason == ("line too long" if length > 50 else None)
    assert second.line == 2


def test_a_header_that_is_too_long_ends_the_reading(tmp_path: Path) -> None:
    with pytest.raises(InvalidHistory, match="line 1: the header cannot be read: the line has 2,000 bytes;"):
        read(written(tmp_path, "h.csv", "a" * 2000 + "\n1\n"), max_line=1000)


def test_a_cell_that_goes_on_into_a_line_that_is_too_long_costs_both_lines(tmp_path: Path) -> None:
    text = 'a,b\n1,"x\n' + "y" * 500 + '\n2,"z\nz"\n'
    first, second, good = read(written(tmp_path, "h.csv", text), max_line=100)
    assert (first.line, first.reason) == (2, "broken CSV")
    assert "it goes on for more than 100 bytes" in str(first.error)
    assert (second.line, second.reason) == (3, "line too long")
    assert (good.line, good.command) == (4, Resolve({"a": "2", "b": "z\nz"}))


def test_a_row_of_many_lines_is_bounded_too(tmp_path: Path) -> None:
    text = 'a,b\nx,"\n' + '","\n' * 100 + "1,2\n"
    first, *others = read(written(tmp_path, "h.csv", text), max_line=100)
    assert (first.line, first.reason) == (2, "broken CSV")
    assert (others[-1].line, others[-1].command) == (103, Resolve({"a": "1", "b": "2"}))


@pytest.mark.parametrize("max_line", [0, -1, 1.5, True, "9", None])
def test_a_bound_that_is_none_is_named(tmp_path: Path, max_line: Any) -> None:
    with pytest.raises(InvalidHistory, match=r"max_line: .* is not right; expected a number of bytes, 1 or more"):
        read_history(written(tmp_path, "h.csv", TABLE), max_line=max_line)


def test_raw_shows_the_beginning_of_a_long_line_and_says_so(tmp_path: Path) -> None:
    record = one(tmp_path, "x" * (LONGEST_RAW - 65) + "\u00e9" * 99 + "\n")
    assert record.raw == "x" * (LONGEST_RAW - 65) + "... (cut at 65,471 of 65,670 bytes)"
    record = one(tmp_path, "x" * 500_000, max_line=400_000)
    assert record.raw == "x" * (LONGEST_RAW - 64) + "... (cut at 65,472 of 500,000 bytes)"
    assert len(pickle.dumps(record)) < 2 * LONGEST_RAW
    assert one(tmp_path, "x" * LONGEST_RAW).raw == "x" * LONGEST_RAW
    row = Record(1, None, "resolve", None, source={"a": "\u20ac" * LONGEST_RAW})
    assert len(row.raw) < LONGEST_RAW
    assert row.raw.endswith(f" of {3 * LONGEST_RAW + 8:,} bytes)")


def test_long_lines_can_be_sorted_and_fingerprinted(tmp_path: Path) -> None:
    path = written(tmp_path, "h.jsonl", LINES + "x" * 999 + "\n")
    run = replay(read_history(path, max_line=200, sort=True), on_invalid="keep")
    assert run.summary.rejected_by_reason["line too long"] == 1


BOMB = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000))
from resolver.history import read_history
print(json.dumps([(record.line, record.reason, len(record.raw)) for record in read_history(sys.argv[1])]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_AS")
@pytest.mark.parametrize("name", ["bomb.jsonl.gz", "bomb.csv.gz", "bomb.json.gz"])
def test_a_line_without_end_in_a_small_file_is_rejected_in_bounded_memory(tmp_path: Path, name: str) -> None:
    begin, end = {
        "bomb.jsonl.gz": (b'{"identifiers": {"a": "x"}}\n', b'\n{"identifiers": {"a": "x"}}\n'),
        "bomb.csv.gz": (b"a,b\n1,x\n", b"\n2,y\n"),
        "bomb.json.gz": (b'[{"identifiers": {"a": "x"}}, "', b'", {"identifiers": {"a": "x"}}]'),
    }[name]
    path = tmp_path / name
    zeros = gzip.compress(bytes(50_000_000), compresslevel=1)
    path.write_bytes(gzip.compress(begin) + zeros * 10 + gzip.compress(end))
    done = subprocess.run([sys.executable, "-c", BOMB, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [reason for _, reason, _ in found] == [None, "line too long", None]
    assert found[1][2] < LONGEST_RAW + 100
