"""Flat JSON: objects whose keys are columns, read where a map is given."""

import json
from pathlib import Path
from typing import Any

import pytest

from resolver.commands import Resolve
from resolver.errors import InvalidHistory
from resolver.history import History, read_history
from resolver.simulate import replay
from tests.history.files import read, written


def history_of(folder: Path, *lines: Any, **options: Any) -> History:
    """The history of flat objects, one a line."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return read_history(written(folder, "h.jsonl", text), **options)


def test_the_keys_of_an_object_are_columns_where_a_map_is_given(tmp_path: Path) -> None:
    columns = {"ref": ["SRC", "ID"], "at": "when", "phone": ["HOME", "MOBILE[;]"]}
    first = {
        "SRC": "crm",
        "ID": 7,
        "when": 5,
        "HOME": "1",
        "MOBILE": "2;3",
        "email": ["a", None, " ", "b"],
        "AGE": 36.5,
    }
    second = {"email": "c", "ID": "8", "note": {"x": 1}}
    history = history_of(tmp_path, first, "", second, columns=columns, id_types=["email", "phone"])
    one, two = history
    assert (one.ref, one.command) == ("crm:7", Resolve({"phone": ["1", "2", "3"], "email": ["a", "b"]}, 5))
    assert (two.ref, two.command, two.line) == (None, Resolve({"email": "c"}), 3)
    assert (history.ignored, history.split_cells) == (("AGE", "note"), 1)
    assert one.raw == json.dumps(first)


def test_a_replay_reads_the_idtypes_of_its_settings(tmp_path: Path) -> None:
    lines = [{"id": 1, "email": "a@example.com", "x": 1}, {"id": 2, "email": "A@EXAMPLE.com", "phone": None}]
    run = replay(history_of(tmp_path, *lines, columns={"ref": "id"}))
    assert (run.summary.applied, run.summary.profiles, run.summary.ignored_columns) == (2, 1, ("x",))
    with pytest.raises(InvalidHistory, match=r"columns: 'emial' is not an identifier type; .* did you mean 'email'\?"):
        replay(history_of(tmp_path, *lines, columns={"emial": "id"}))


CELLS: list[tuple[Any, Any]] = [
    ("x", "x"),
    (7, "7"),
    (1 << 70, str(1 << 70)),
    (None, None),
    ("", None),
    (" ", None),
    (["x", 7], ["x", "7"]),
    (["x"], "x"),
    ([], None),
    ("a|b", "a|b"),
    ("\ud800", "\ud800"),
]


@pytest.mark.parametrize(("cell", "value"), CELLS)
def test_a_cell(tmp_path: Path, cell: Any, value: Any) -> None:
    (record,) = history_of(tmp_path, {"E": cell}, columns={"a": "E"})
    assert record.command == Resolve({} if value is None else {"a": value})


BAD: list[tuple[Any, str, str]] = [
    ({"E": 1.5}, "floating-point number", "E: 1.5 is a floating-point number; expected a string, or a list of strings"),
    ({"E": [1.5]}, "floating-point number", "E: 1.5 is a floating-point number; expected a string"),
    ({"E": True}, "wrong type", "E: True has the wrong type; expected a string, or a list of strings"),
    ({"E": {"x": 1}}, "wrong type", "E: {'x': 1} has the wrong type; expected a string, or a list of strings"),
    ({"E": [["x"]]}, "wrong type", "E: ['x'] has the wrong type; expected a string"),
    ({"E": "x", "ref": 1.5}, "wrong type", "ref: 1.5 has the wrong type; expected a string or an integer"),
    ({"E": "x", "ref": ["a"]}, "wrong type", "ref: ['a'] has the wrong type; expected a string or an integer"),
    ({"E": "x", "at": 1.5}, "wrong type", "at: 1.5 has the wrong type; expected a string or an integer"),
    ({"E": "x", "at": "soon"}, "unreadable time", "at: 'soon' is not a time"),
    ([{"E": 1}], "not an object", '[{"E": 1}] is not an object; expected one such as'),
    ('{"E": ', "broken JSON", "broken JSON: "),
    ('{"E": Infinity}', "broken JSON", "broken JSON: Infinity is not JSON"),
]


@pytest.mark.parametrize(("line", "reason", "message"), BAD)
def test_a_bad_line_is_rejected_and_no_other(tmp_path: Path, line: Any, reason: str, message: str) -> None:
    good, bad, last = history_of(tmp_path, {"E": "x"}, line, {"E": "y"}, columns={"a": "E"})
    assert (bad.reason, bad.op, bad.command) == (reason, "resolve", None)
    assert str(bad.error).startswith(message)
    assert (good.error, last.error) == (None, None)


def test_a_column_that_stands_in_no_line_is_named_at_the_end(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"E": "x"}, {"F": "x"}, columns={"a": ["E", "G"], "b": "F"})
    with pytest.raises(InvalidHistory, match=r"h\.jsonl: column 'G' is in no line; expected a key of one"):
        list(history)
    assert read(written(tmp_path, "e.jsonl", ""), columns={"a": "E"}) == []


def test_a_separator_splits_texts(tmp_path: Path) -> None:
    (record,) = history_of(tmp_path, {"E": "x|y", "b": ["x|y"]}, columns={"a": "E"}, separator="|")
    assert record.command == Resolve({"a": ["x", "y"], "b": "x|y"})


def test_bytes_that_are_no_utf8_and_long_lines_are_rejected(tmp_path: Path) -> None:
    path = written(tmp_path, "h.jsonl", b'{"E": "\xff"}\n{"E": "' + b"x" * 200 + b'"}\n{"E": "x"}')
    records = read(path, columns={"a": "E"}, max_line=100)
    assert [record.reason for record in records] == ["not UTF-8", "line too long", None]


def test_every_line_may_have_keys_of_its_own(tmp_path: Path) -> None:
    lines = [{"E": "x", f"key {number}": number} for number in range(600)]
    records = list(history_of(tmp_path, *lines, columns={"a": "E"}, id_types=["a"]))
    assert len(records) == 600
    assert all(record.command == Resolve({"a": "x"}) for record in records)
