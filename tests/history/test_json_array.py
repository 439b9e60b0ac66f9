"""A JSON array of records is read entry by entry, as if each were a line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.commands import DeleteProfile, Resolve
from resolver.errors import InvalidHistory
from resolver.history import read_history
from resolver.history.json_shapes import _Array
from tests.history.files import commands, read, written

ENTRIES: list[Any] = [
    {"ref": "1", "at": 5, "identifiers": {"a": 'x"]}, {['}},
    {"op": "delete", "profile": "p"},
    {"identifiers": [["a", "\\"], ["b", "\u20ac"]]},
]
EXPECTED = [
    Resolve({"a": 'x"]}, {['}, 5),
    DeleteProfile("p"),
    Resolve((("a", "\\"), ("b", "\u20ac"))),
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["h.json", "h.jsonl", "h.json.gz"])
def test_an_array_is_its_entries_in_order_numbered_from_1(tmp_path: Path, name: str, indent: int | None) -> None:
    records = read(written(tmp_path, name, json.dumps(ENTRIES, indent=indent)))
    assert commands(records) == EXPECTED
    assert [record.line for record in records] == [1, 2, 3]
    assert records[1].raw == json.dumps(ENTRIES[1], indent=indent).replace("\n", "\n" + " " * (indent or 0))


@pytest.mark.parametrize("text", ["[]", " [ ] ", "\ufeff[\n]\n", "\r\n[]"])
def test_an_empty_array_is_a_history_without_lines(tmp_path: Path, text: str) -> None:
    assert read(written(tmp_path, "h.json", text)) == []


def test_a_mark_an_encoding_and_a_comma_at_the_end_make_no_difference(tmp_path: Path) -> None:
    text = json.dumps(ENTRIES, ensure_ascii=False)
    assert commands(read(written(tmp_path, "h.json", "\ufeff" + text))) == EXPECTED
    assert commands(read(written(tmp_path, "h.json", text.encode("utf-16")), encoding="utf-16")) == EXPECTED
    assert commands(read(written(tmp_path, "h.json", text[:-1] + ",]"))) == EXPECTED


def test_a_bad_entry_costs_no_other(tmp_path: Path) -> None:
    bad = ["7", '{"op": }', '{"a": "b\n}', '{"identifiers": {"a": 1.5}}', '"x\\"]"', "[1, {}]", "\0", "'"]
    good = '{"identifiers": {}}'
    records = read(written(tmp_path, "h.json", f"[{good}, {', '.join(bad)}, {good}]"))
    broken, other = "broken JSON", "not an object"
    reasons = [other, broken, broken, "floating-point number", other, other, broken, broken]
    assert [record.reason for record in records] == [None, *reasons, None]
    assert [record.raw for record in records] == [good, *bad, good]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('[{"identifiers": {}}', "after entry 0: the array does not end; expected a ']'"),
        ('[{"identifiers": {}}, ', "after entry 1: the array does not end; expected a ']'"),
        ('[{}, "', "after entry 1: the array does not end"),
        ('[{}]\n{"identifiers": {}}', "after entry 1: the array ends, and more follows"),
        ("[]]", "after entry 0: the array ends, and more follows"),
    ],
)
def test_an_array_that_does_not_end_or_goes_on_names_the_last_entry(tmp_path: Path, text: str, cause: str) -> None:
    path = written(tmp_path, "h.json", text)
    with pytest.raises(InvalidHistory) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: {cause}")


def test_an_entry_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    long, other = '{"identifiers": {"a": "' + "x" * 300 + '"}}', '{"identifiers": {"a": "y"}}'
    bad, good = read(written(tmp_path, "h.json", f"[{long},\n{' ' * 300}{other}]"), max_line=200)
    assert (bad.reason, good.command) == ("line too long", Resolve({"a": "y"}))
    assert str(bad.error).startswith(f"the entry has {len(long)} bytes; expected at most 200, or a larger bound")


def test_damage_names_the_last_entry(tmp_path: Path) -> None:
    path = written(tmp_path, "h.json.gz", json.dumps(ENTRIES * 20_000))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InvalidHistory, match=r"h\.json\.gz: after entry [1-9][0-9]+: cannot be read: Compressed file"):
        read(path)
    path.write_bytes(b"\x1f\x8b" + bytes(50))
    with pytest.raises(InvalidHistory, match=r"h\.json\.gz: line 1: cannot be read: Unknown compression method"):
        read(path)


def test_an_array_may_be_mapped(tmp_path: Path) -> None:
    history = read_history(written(tmp_path, "h.json", '[{"id": 7, "E": "x"}]'), columns={"ref": "id", "email": "E"})
    (record,) = history
    assert (record.ref, record.command) == ("7", Resolve({"email": "x"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{},"\\ \n\u20acx', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='"[x', max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON), st.integers(1, 7), st.sampled_from([None, 1]), st.booleans())
def test_law_entries_are_found_however_the_bytes_come(
    entries: list[Any], size: int, indent: int | None, ascii: bool
) -> None:
    data = json.dumps(entries, indent=indent, ensure_ascii=ascii).encode()
    array = _Array(10_000)
    found = [entry for start in range(0, len(data), size) for entry in array.take(data[start : start + size]) if entry]
    assert [json.loads(entry) for entry in found] == entries
    assert (array.depth, array.has_more) == (0, False)


@given(st.binary(max_size=200), st.integers(1, 50))
def test_law_any_bytes_are_taken_apart_in_the_same_way_however_they_come(data: bytes, size: int) -> None:
    def apart(size: int) -> tuple[list[bytes], int, bool]:
        array, whole = _Array(100), b"[" + data
        found = [entry for at in range(0, len(whole), size) for entry in array.take(whole[at : at + size])]
        return found, array.depth, array.has_more

    assert apart(size) == apart(1000)
