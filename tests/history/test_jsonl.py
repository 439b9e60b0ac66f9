"""JSON Lines: what a line may say, what is wrong with one that may not, and that fast and slow agree."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.commands import AddIdentifier, DeleteProfile, RemoveIdentifier, ReplaceIdentifier, Resolve
from resolver.errors import InvalidCommand, InvalidIdentifier, InvalidTime, ResolverError
from resolver.history import Reason, read_history
from resolver.history.fields import read_object
from resolver.history.reading import MOST_IGNORED, Notes
from resolver.history.times import Times
from tests.history.files import commands, one, read, seen, written

GOOD: list[tuple[str, str | None, Any, str]] = [
    (
        '{"op": "resolve", "ref": "crm:1001", "at": "2026-01-02T03:04:05Z", "identifiers": '
        '{"email": "ada@example.com", "phone": ["317-555-6789"]}}',
        "crm:1001",
        Resolve({"email": "ada@example.com", "phone": ["317-555-6789"]}, 1_767_323_045_000),
        "a resolve line as the docs show it",
    ),
    ('{"identifiers": {"chat": "a"}}', None, Resolve({"chat": "a"}), "op defaults to resolve, ref and at to none"),
    ('{"op": null, "identifiers": {"chat": "a"}}', None, Resolve({"chat": "a"}), "a null op is no op"),
    ('{"at": 5, "identifiers": {}}', None, Resolve({}, 5), "no identifiers at all are the engine's business"),
    ('{"identifiers": {"a": "x", "b": null}}', None, Resolve({"a": "x"}), "a null value is absent"),
    ('{"identifiers": {"a": ["x", null]}}', None, Resolve({"a": ["x"]}), "a null in a list is absent"),
    ('{"identifiers": {"a": [1], "b": null}}', None, Resolve({"a": ["1"]}), "a null beside an integer is absent"),
    ('{"identifiers": {"a": ""}}', None, Resolve({"a": ""}), "an empty value is the engine's business"),
    ('{"identifiers": {"a": 12345678901234567890}}', None, Resolve({"a": "12345678901234567890"}), "an integer"),
    ('{"identifiers": {"a": [1, "x"]}}', None, Resolve({"a": ["1", "x"]}), "an integer in a list"),
    ('{"identifiers": [["a", "x"], ["b", 1], ["c", null]]}', None, Resolve((("a", "x"), ("b", "1"))), "pairs"),
    ('{"identifiers": {"a": "\\ud800x"}}', None, Resolve({"a": "\ud800x"}), "a lone surrogate escape"),
    ('{"identifiers": {"a": "x\\u0000"}}', None, Resolve({"a": "x\0"}), "a NUL escape"),
    ('{"identifiers": {"a": "x"}, "newProfile": "p1"}', None, Resolve({"a": "x"}, None, "p1"), "a new id"),
    ('{"ref": 7, "identifiers": {"a": "x"}}', "7", Resolve({"a": "x"}), "an integer ref is its decimal text"),
    ('{"ref": " ", "identifiers": {"a": "x"}}', None, Resolve({"a": "x"}), "a ref of white space is none"),
    ('{"ref": null, "identifiers": {"a": "x"}}', None, Resolve({"a": "x"}), "a null ref is none"),
    (
        '{"op": "add", "profile": "ref:crm:1", "at": 3, "idType": "phone", "value": "317-555-6798"}',
        None,
        AddIdentifier("ref:crm:1", "phone", "317-555-6798", 3),
        "add",
    ),
    (
        '{"op": "add", "ref": "r", "profile": "p1", "idType": "phone", "value": 3175556798}',
        "r",
        AddIdentifier("p1", "phone", "3175556798"),
        "add with an integer value, under a ref of its own",
    ),
    (
        '{"op": "replace", "profile": "ref:1", "idType": "phone", "old": "1", "new": 2}',
        None,
        ReplaceIdentifier("ref:1", "phone", "1", "2"),
        "replace",
    ),
    (
        '{"op": "replace", "profile": "ref:1", "idType": "phone", "old": "1", "new": "2", "at": 9}',
        None,
        ReplaceIdentifier("ref:1", "phone", "1", "2", 9),
        "replace at a time",
    ),
    (
        '{"op": "remove", "profile": "ref:1", "idType": "phone"}',
        None,
        RemoveIdentifier("ref:1", "phone"),
        "remove one by the policy",
    ),
    (
        '{"op": "remove", "profile": "ref:1", "idType": "phone", "all": true, "at": 1}',
        None,
        RemoveIdentifier("ref:1", "phone", 1, all=True),
        "remove all",
    ),
    (
        '{"op": "remove", "profile": "ref:1", "idType": "phone", "all": null, "value": 5}',
        None,
        RemoveIdentifier("ref:1", "phone", value="5"),
        "remove a named one",
    ),
    (
        '{"op": "remove", "profile": "ref:1", "idType": "phone", "all": false, "value": "5"}',
        None,
        RemoveIdentifier("ref:1", "phone", value="5"),
        "remove a named one, as text",
    ),
    ('{"op": "delete", "profile": "ref:1", "at": 4}', None, DeleteProfile("ref:1", 4), "delete"),
]


@pytest.mark.parametrize(("line", "ref", "command", "sentence"), GOOD)
def test_a_good_line_is_its_command(tmp_path: Path, line: str, ref: str | None, command: Any, sentence: str) -> None:
    record = one(tmp_path, line)
    assert (record.command, record.ref) == (command, ref), sentence
    assert (record.line, record.error, record.reason) == (1, None, None)
    assert record.raw == line
    assert record.op == (json.loads(line).get("op") or "resolve")


BAD: list[tuple[str, type[ResolverError], Reason, str, str]] = [
    ("{", InvalidCommand, Reason.BROKEN_JSON, "", "broken JSON: Expecting property name enclosed in double quotes"),
    ("hello", InvalidCommand, Reason.BROKEN_JSON, "", "expected one object on the line"),
    ('{"a": 1} {}', InvalidCommand, Reason.BROKEN_JSON, "", "Extra data"),
    ('{"at": Infinity}', InvalidCommand, Reason.BROKEN_JSON, "", "broken JSON: Infinity is not JSON"),
    ('{"a":' + "[" * 60_000, InvalidCommand, Reason.BROKEN_JSON, "", "broken JSON: maximum recursion depth exceeded"),
    ('{"x": ' + "1" * 5000 + "}", InvalidCommand, Reason.BROKEN_JSON, "", "broken JSON: Exceeds the limit"),
    ('"[]"', InvalidCommand, Reason.NOT_AN_OBJECT, "", '"[]" is not an object; expected one such as'),
    ('"x"', InvalidCommand, Reason.NOT_AN_OBJECT, "", '"x" is not an object'),
    ("null", InvalidCommand, Reason.NOT_AN_OBJECT, "", "null is not an object"),
    (
        '{"op": "upsert"}',
        InvalidCommand,
        Reason.UNKNOWN_OP,
        "upsert",
        "op: 'upsert' is unknown; expected one of resolve, add, replace, remove, delete",
    ),
    ('{"op": "settings", "at": 1}', InvalidCommand, Reason.UNKNOWN_OP, "settings", "op: 'settings' is unknown"),
    ('{"op": 5}', InvalidCommand, Reason.WRONG_TYPE, "", "op: 5 has the wrong type; expected one of resolve, add"),
    (
        '{"at": 1}',
        InvalidCommand,
        Reason.MISSING_FIELD,
        "resolve",
        "identifiers: it is missing; a line with op 'resolve' needs it",
    ),
    ('{"identifiers": null}', InvalidCommand, Reason.MISSING_FIELD, "resolve", "identifiers: it is missing"),
    ('{"op": "add"}', InvalidCommand, Reason.MISSING_FIELD, "add", "profile: it is missing; a line with op 'add'"),
    ('{"op": "add", "profile": "p"}', InvalidCommand, Reason.MISSING_FIELD, "add", "idType: it is missing"),
    (
        '{"op": "add", "profile": "p", "idType": "x"}',
        InvalidCommand,
        Reason.MISSING_FIELD,
        "add",
        "value: it is missing",
    ),
    (
        '{"op": "replace", "profile": "p", "idType": "x", "old": "1"}',
        InvalidCommand,
        Reason.MISSING_FIELD,
        "replace",
        "new: it is missing",
    ),
    ('{"op": "remove", "profile": "p"}', InvalidCommand, Reason.MISSING_FIELD, "remove", "idType: it is missing"),
    ('{"op": "delete", "profil": "p"}', InvalidCommand, Reason.MISSING_FIELD, "delete", "profile: it is missing"),
    ('{"op": "delete", "profile": 5}', InvalidCommand, Reason.WRONG_TYPE, "delete", "profile: 5 has the wrong type"),
    (
        '{"op": "remove", "profile": "p", "idType": "x", "all": "yes"}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "remove",
        "all: 'yes' has the wrong type; expected true or false",
    ),
    (
        '{"op": "remove", "profile": "p", "idType": "x", "all": 1}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "remove",
        "all: 1 has the wrong type; expected true or false",
    ),
    (
        '{"identifiers": "x"}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "resolve",
        "identifiers: 'x' has the wrong type; expected an object of idType -> value or list of values",
    ),
    (
        '{"identifiers": {"a": true}}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "resolve",
        "identifiers.a: True has the wrong type; expected a string, or a list of strings",
    ),
    (
        '{"identifiers": {"a": [["x"]]}}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "resolve",
        "identifiers.a: ['x'] has the wrong type; expected a string",
    ),
    (
        '{"identifiers": [["a", "x"], "b"]}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "resolve",
        "identifiers[1]: 'b' has the wrong type; expected an [idType, value] pair",
    ),
    (
        '{"identifiers": [["a"]]}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "resolve",
        "identifiers[0]: ['a'] has the wrong type",
    ),
    (
        '{"identifiers": [[1, "x"]]}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "resolve",
        "identifiers[0]: [1, 'x'] has the wrong type",
    ),
    (
        '{"identifiers": {"phone": 3175556789.0}}',
        InvalidIdentifier,
        Reason.FLOATING_POINT,
        "resolve",
        "identifiers.phone: 3175556789.0 is a floating-point number; expected a string",
    ),
    (
        '{"identifiers": {"phone": ["1", 1e3]}}',
        InvalidIdentifier,
        Reason.FLOATING_POINT,
        "resolve",
        "identifiers.phone: 1000.0 is a floating-point number",
    ),
    (
        '{"op": "add", "profile": "p", "idType": "x", "value": 1.5}',
        InvalidIdentifier,
        Reason.FLOATING_POINT,
        "add",
        "value: 1.5 is a floating-point number; expected a string",
    ),
    ('{"ref": 1.0, "identifiers": {}}', InvalidCommand, Reason.WRONG_TYPE, "resolve", "ref: 1.0 has the wrong type"),
    ('{"ref": [], "identifiers": {}}', InvalidCommand, Reason.WRONG_TYPE, "resolve", "ref: [] has the wrong type"),
    (
        '{"identifiers": {}, "newProfile": true}',
        InvalidCommand,
        Reason.WRONG_TYPE,
        "resolve",
        "newProfile: True has the wrong type; expected a string",
    ),
    (
        '{"at": "soon", "identifiers": {}}',
        InvalidTime,
        Reason.UNREADABLE_TIME,
        "resolve",
        "at: 'soon' is not a time",
    ),
    ('{"at": 1.5, "identifiers": {}}', InvalidTime, Reason.UNREADABLE_TIME, "resolve", "at: 1.5 is not a time"),
    ('{"at": true, "identifiers": {}}', InvalidTime, Reason.UNREADABLE_TIME, "resolve", "at: True is not a time"),
    (
        '{"op": "delete", "profile": "p", "at": "2026-01-02T03:04:05"}',
        InvalidTime,
        Reason.NAIVE_TIME,
        "delete",
        "at: '2026-01-02T03:04:05' has no offset",
    ),
    ('{"op": "upsert", "at": "soon"}', InvalidCommand, Reason.UNKNOWN_OP, "upsert", "op: 'upsert' is unknown"),
]


@pytest.mark.parametrize(("line", "error", "reason", "op", "message"), BAD)
def test_a_bad_line_says_place_value_and_what_would_be_right(
    tmp_path: Path, line: str, error: type[ResolverError], reason: Reason, op: str, message: str
) -> None:
    record = one(tmp_path, line)
    assert type(record.error) is error
    assert (record.reason, record.op, record.command, record.line) == (reason, op, None, 1)
    assert message in str(record.error)
    assert record.raw == line


def test_a_bad_line_keeps_its_ref_and_its_error_no_traceback(tmp_path: Path) -> None:
    record = one(tmp_path, '{"ref": "crm:1", "at": "soon", "identifiers": {}}')
    assert record.ref == "crm:1"
    assert record.error is not None
    assert record.error.__traceback__ is None
    assert record.error.__context__ is None


def test_bytes_that_are_no_utf8_reject_their_line_only(tmp_path: Path) -> None:
    data = b'{"identifiers": {"a": "\xff"}}\n{"identifiers": {"a": "x"}}\n{"x\xe9": 1, "identifiers": {"a": "y"}}\n'
    bad, good, key = read(written(tmp_path, "h.jsonl", data))
    assert (bad.reason, str(bad.error)) == ("not UTF-8", "byte 0xff at place 23 is not UTF-8; expected UTF-8")
    assert bad.raw == '{"identifiers": {"a": "\\xff"}}'
    assert (good.command, good.line) == (Resolve({"a": "x"}), 2)
    assert key.reason == "not UTF-8"


def test_blank_lines_are_no_lines_but_count(tmp_path: Path) -> None:
    records = read(written(tmp_path, "h.jsonl", '\n  \n{"identifiers": {"a": "x"}}\n\t\r\n{}\n\n'))
    assert [record.line for record in records] == [3, 5]


def test_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    lines = [b'{"identifiers": {"a": "x"}}', b'{"identifiers": {"a": "y"}}']
    plain = read(written(tmp_path, "a.jsonl", b"\n".join(lines)))
    marked = read(written(tmp_path, "b.jsonl", b"\xef\xbb\xbf" + b"\r\n".join(lines) + b"\r\n"))
    assert commands(plain) == commands(marked)
    assert [record.raw for record in plain] == [record.raw for record in marked]


def test_an_empty_file_is_a_history_without_lines(tmp_path: Path) -> None:
    assert read(written(tmp_path, "h.jsonl", "")) == []


def test_a_very_long_line_is_read(tmp_path: Path) -> None:
    text = "x" * 3_000_000
    record = one(tmp_path, json.dumps({"identifiers": {"a": text}}))
    assert record.command == Resolve({"a": text})


def test_unknown_keys_are_ignored_and_listed_once(tmp_path: Path) -> None:
    lines = ['{"identifiers": {"a": "x"}, "notes": [1, {"b": 2}], "AGE": 5}'] * 3
    lines += ['{"identifiers": {"a": 5}, "notes": "n"}', '{"profil": "p", "identifiers": {"a": "z"}}']
    history = read_history(written(tmp_path, "h.jsonl", "\n".join(lines)))
    assert list(history.ignored) == []
    assert commands(history) == [Resolve({"a": value}) for value in ("x", "x", "x", "5", "z")]
    assert history.ignored == ("notes", "AGE", "profil")
    assert commands(history)[0] == Resolve({"a": "x"})
    assert history.ignored == ("notes", "AGE", "profil")


def test_a_fresh_key_on_every_line_does_not_grow_the_list_without_bound(tmp_path: Path) -> None:
    lines = [json.dumps({"identifiers": {"a": "x"}, f"key {number}": number}) for number in range(MOST_IGNORED + 50)]
    history = read_history(written(tmp_path, "h.jsonl", "\n".join(lines)))
    assert commands(history) == [Resolve({"a": "x"})] * len(lines)
    assert history.ignored == tuple(f"key {number}" for number in range(MOST_IGNORED))


@pytest.mark.parametrize(
    ("key", "listed"), [("\ud800", "\\ud800"), ('"', '"'), ("\\", "\\"), ("a\nb", "a\nb"), ("\x7f", "\x7f"), ("", "")]
)
def test_a_key_that_json_has_to_escape_is_ignored_all_the_same(tmp_path: Path, key: str, listed: str) -> None:
    lines = [{"identifiers": {"a": "x"}, key: 1}, {"identifiers": {"a": "y"}, "notes": 1}] * 2
    history = read_history(written(tmp_path, "h.jsonl", "\n".join(map(json.dumps, lines))))
    assert commands(history) == [Resolve({"a": "x"}), Resolve({"a": "y"})] * 2
    assert history.ignored == (listed, "notes")


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.text(max_size=5) | st.none() | SCALARS
IDENTIFIERS = (
    st.dictionaries(st.text(max_size=3), VALUES | st.lists(VALUES, max_size=3), max_size=3)
    | st.lists(st.lists(VALUES, max_size=3), max_size=2)
    | SCALARS
)
TIMES = st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-02", "soon", 5, -1, 1 << 64, 1.5, None, True])
LINES = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["resolve", "add", "replace", "remove", "delete", "upsert", None, 5]),
        "ref": st.sampled_from(["r", "", " ", 7, None, 1.5]),
        "at": TIMES,
        "identifiers": IDENTIFIERS,
        "newProfile": VALUES,
        "profile": VALUES,
        "idType": VALUES,
        "value": VALUES,
        "old": VALUES,
        "new": VALUES,
        "all": VALUES,
        "extra": SCALARS,
        "e\u00e9": SCALARS,
        "\ud800\\": SCALARS,
    },
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a law."""
    return tmp_path_factory.mktemp("laws")


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300, deadline=None)
@given(lines=st.lists(LINES, max_size=8))
def test_law_the_fast_reader_and_the_precise_one_agree(folder: Path, lines: list[dict[str, Any]]) -> None:
    path = written(folder, "law.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    history = read_history(path)
    ignored = Notes()
    precise = [read_object(number, line, b"", Times(), ignored) for number, line in enumerate(lines, 1)]
    assert [seen(record) for record in history] == [seen(record) for record in precise]
    assert history.ignored == ignored.ignored


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_law_any_bytes_are_lines_and_each_is_a_command_or_an_error(folder: Path, data: bytes) -> None:
    path = written(folder, "bytes.jsonl", b"{}\n" + data)
    records = read(path)
    assert all((record.command is None) != (record.error is None) for record in records)
    assert all(record.raw.encode() for record in records)
    physical = [line for line in path.read_bytes().split(b"\n") if line and not line.isspace()]
    assert len(records) == len(physical)
