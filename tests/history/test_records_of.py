"""Commands and dicts from Python, as records."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.errors import InvalidCommand, InvalidHistory, InvalidTime
from resolver.history import read_history, records_of
from resolver.history.reading import MOST_IGNORED
from resolver.settings import Settings
from tests.history.files import commands, seen, written
from tests.history.test_jsonl import LINES

COMMANDS: list[tuple[AnyCommand, str]] = [
    (Resolve({"email": "ada@example.com"}, 5), "resolve"),
    (Resolve([("email", "ada@example.com")]), "resolve"),
    (AddIdentifier("p", "email", "ada@example.com"), "add"),
    (ReplaceIdentifier("p", "email", "a", "b"), "replace"),
    (RemoveIdentifier("p", "email", all=True), "remove"),
    (DeleteProfile("p"), "delete"),
    (ApplySettings(Settings.defaults(), 7), "settings"),
]


@pytest.mark.parametrize(("command", "op"), COMMANDS)
def test_a_command_is_itself(command: AnyCommand, op: str) -> None:
    (record,) = records_of([command])
    assert record.command is command
    assert (record.line, record.ref, record.op, record.error) == (1, None, op, None)
    assert record.raw == repr(command)


def test_a_datetime_becomes_milliseconds() -> None:
    aware = Resolve({"a": "x"}, datetime(2026, 1, 2, 12, tzinfo=UTC))
    naive = DeleteProfile("p", datetime(2026, 1, 2, 12))
    assert [record.command for record in records_of([aware, naive], tz="UTC", at_unit="s")] == [
        Resolve({"a": "x"}, 1_767_355_200_000),
        DeleteProfile("p", 1_767_355_200_000),
    ]


def test_a_commands_own_integer_is_always_milliseconds() -> None:
    given_: list[Any] = [DeleteProfile("p", 5), {"op": "delete", "profile": "p", "at": 5}]
    assert commands(records_of(given_, at_unit="s")) == [DeleteProfile("p", 5), DeleteProfile("p", 5000)]


def test_a_naive_datetime_rejects_its_entry() -> None:
    command = DeleteProfile("p", datetime(2026, 1, 2))
    (record,) = records_of([command])
    assert (record.command, record.reason, record.op) == (None, "naive time", "delete")
    assert isinstance(record.error, InvalidTime)
    assert record.raw == repr(command)


DICTS: list[tuple[Any, AnyCommand, str]] = [
    ({"identifiers": {"a": "x"}}, Resolve({"a": "x"}), "a dict"),
    ({"identifiers": {"a": ("x", "y")}}, Resolve({"a": ["x", "y"]}), "a tuple of values"),
    ({"identifiers": (("a", "x"),)}, Resolve((("a", "x"),)), "a tuple of pairs"),
    ({"identifiers": {"a": "x"}, "at": datetime(1970, 1, 1, tzinfo=UTC)}, Resolve({"a": "x"}, 0), "a datetime"),
    ({"identifiers": {"a": 10**300}}, Resolve({"a": "1" + "0" * 300}), "a long integer"),
]


@pytest.mark.parametrize(("line", "command", "sentence"), DICTS)
def test_a_dict_is_a_line(line: Any, command: AnyCommand, sentence: str) -> None:
    assert commands(records_of([line])) == [command], sentence


BAD: list[tuple[Any, str, str]] = [
    (5, "not an object", "5 is not an object; expected one such as"),
    (None, "not an object", "None is not an object"),
    ("{}", "not an object", "'{}' is not an object"),
    ({"identifiers": {"a": {"x"}}}, "wrong type", "identifiers.a: {'x'} has the wrong type; expected a string, or a"),
    ({"identifiers": {5: "x"}}, "wrong type", "identifiers: 5 has the wrong type; expected a string as idType"),
    ({"identifiers": {"a": 10**5000}}, "wrong type", "identifiers.a: a very long int has the wrong type; expected at"),
    ({"identifiers": {"a": b"x"}}, "wrong type", "identifiers.a: b'x' has the wrong type"),
]


@pytest.mark.parametrize(("entry", "reason", "message"), BAD)
def test_a_bad_entry_is_rejected(entry: Any, reason: str, message: str) -> None:
    good = {"identifiers": {"a": "x"}}
    bad, after = records_of([entry, good])
    assert (bad.line, bad.command, bad.reason) == (1, None, reason)
    assert isinstance(bad.error, InvalidCommand)
    assert message in str(bad.error)
    assert bad.raw.encode()
    assert (after.line, after.command) == (2, Resolve({"a": "x"}))


RAW: list[tuple[Any, str]] = [
    ({"at": 1.5}, '{"at":1.5}'),
    ({"at": 1.5, "x": "\ud800"}, '{"at":1.5,"x":"\\ud800"}'),
    ({"at": 1.5, "x": object}, '{"at":1.5,"x":"<class \'object\'>"}'),
    ({"at": 1.5, ("x",): 1}, '{"at":1.5,"(\'x\',)":1}'),
    ({"at": 1.5, "x": "\ud800", ("x",): 1}, "{'at': 1.5, 'x': '\\ud800', ('x',): 1}"),
]


@pytest.mark.parametrize(("line", "raw"), RAW)
def test_raw_shows_a_dict_as_json_where_that_can_be(line: Any, raw: str) -> None:
    (record,) = records_of([line])
    assert record.raw == raw


def test_unknown_keys_are_listed_once() -> None:
    line: Any = {"identifiers": {"a": "x"}, "notes": 1, 5: 6}
    records = records_of([line] * 2)
    assert len(list(records)) == 2
    assert records.ignored == ("notes",)


def test_of_very_many_unknown_keys_the_first_are_listed() -> None:
    keys = [f"key {number}" for number in range(MOST_IGNORED + 1)]
    records = records_of([{"identifiers": {"a": "x"}, **dict.fromkeys(keys, 1)}])
    assert len(list(records)) == 1
    assert records.ignored == tuple(keys[:MOST_IGNORED])


def test_a_list_can_be_iterated_again() -> None:
    records = records_of([{"identifiers": {"a": "x"}}])
    assert list(records) == list(records)


def test_an_iterator_cannot_be_iterated_again_and_says_so() -> None:
    def lines() -> Iterator[dict[str, Any]]:
        yield {"identifiers": {"a": "x"}}

    records = records_of(lines())
    assert len(list(records)) == 1
    with pytest.raises(InvalidHistory, match=r"is an iterator and was read already; expected a list, to read it twice"):
        list(records)


def test_a_history_and_records_are_given_back_as_they_are(tmp_path: Path) -> None:
    history = read_history(written(tmp_path, "h.jsonl", '{"identifiers": {"a": "x"}}\n[]\n'))
    records = records_of(record for record in history if record.error is None)
    assert records_of(history) is history
    assert records_of(records) is records
    assert [(record.line, record.command) for record in records] == [(1, Resolve({"a": "x"}))]


@settings(deadline=None)
@given(lines=LINES.map(lambda line: [line] * 2))
def test_law_a_dict_and_its_json_give_the_same_record(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = written(folder, "records_of.jsonl", "".join(json.dumps(line) + "\n" for line in lines))

    assert [seen(record) for record in read_history(path)] == [seen(record) for record in records_of(lines)]
