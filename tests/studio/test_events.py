"""Events as people type them: pairs, lines of JSON, errors by line, and back to text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.commands import (
    AddIdentifier,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
)
from resolver.history import Record, records_of
from resolver.studio.events import MOST_TYPED, EventErrors, json_line, pairs_of, parse_events, text_of

TYPES = ("email", "phone", "loyalty_id")


def one(text: str) -> Record:
    (record,) = parse_events(text, id_types=TYPES)
    return record


@pytest.mark.parametrize(
    ("text", "ref", "at", "identifiers"),
    [
        ("email=ada@example.com", None, None, {"email": "ada@example.com"}),
        (
            "email=ada@example.com, phone=317-555-0100",
            None,
            None,
            {"email": "ada@example.com", "phone": "317-555-0100"},
        ),
        ("ref=crm:1; at=2026-01-02T00:00:00Z; phone=1", "crm:1", 1_767_312_000_000, {"phone": "1"}),
        ("at=5, phone=1,", None, 5, {"phone": "1"}),
        ("phone=1, phone=2, phone=3", None, None, {"phone": ["1", "2", "3"]}),
        ('loyalty_id="a, b"', None, None, {"loyalty_id": "a, b"}),
        (r'loyalty_id="a \"b\" \\ c"', None, None, {"loyalty_id": 'a "b" \\ c'}),
        ('loyalty_id=""', None, None, {"loyalty_id": ""}),
        ("loyalty_id=A phone", None, None, {"loyalty_id": "A phone"}),
        ("  loyalty_id  =  A = B  ", None, None, {"loyalty_id": "A = B"}),
    ],
)
def test_pairs_are_an_event(text: str, ref: str | None, at: int | None, identifiers: object) -> None:
    record = one(text)
    assert (record.ref, record.command) == (ref, Resolve(identifiers, at))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('{"identifiers": {"email": "a"}}', Resolve({"email": "a"})),
        (
            '{"op": "add", "profile": "ref:a", "idType": "email", "value": "b"}',
            AddIdentifier("ref:a", "email", "b"),
        ),
        ('{"op": "delete", "profile": "ref:a"}', DeleteProfile("ref:a")),
    ],
)
def test_a_line_of_json_is_the_event_that_a_history_has(text: str, command: object) -> None:
    assert one(text).command == command


def test_many_lines_are_events_numbered_from_where_they_go_on() -> None:
    records = parse_events("email=a\n\n  phone=1\r\n", first=7, id_types=TYPES)
    assert [record.line for record in records] == [7, 8]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ada@example.com", "'ada@example.com' is not a name=value pair; expected for example email=ada@example.com, "),
        ("email=", "'email' has no value"),
        ("email=a, phone", "'phone' is not a name=value pair"),
        ("emial=a", "'emial' is none of ref, at, email, phone, loyalty_id; did you mean 'email'?"),
        ("ref=a, ref=b, email=a", "'ref' is given twice"),
        ("ref=a", "resolve needs at least one identifier"),
        ("at=yesterday, email=a", "at: 'yesterday'"),
        ("at=2026-01-02T00:00:00, email=a", "at: "),
        ('{"identifiers"', "broken JSON"),
        ('{"op": "rename"}', "op: 'rename' is unknown"),
        ('{"op": "add", "profile": "ref:a"}', "idType"),
        ('email="a', "is not a name=value pair"),
    ],
)
def test_a_line_that_is_no_event_says_what_would_be(text: str, message: str) -> None:
    with pytest.raises(EventErrors) as caught:
        parse_events(f"email=fine\n{text}", id_types=TYPES)
    (error,) = caught.value.errors
    assert error.line == 2
    assert error.text == text
    assert message in error.message


def test_every_wrong_line_is_named() -> None:
    with pytest.raises(EventErrors, match=r"line 1: .*; line 3: ") as caught:
        parse_events("x=1\nemail=a\ny=2", id_types=TYPES)
    assert [error.line for error in caught.value.errors] == [1, 3]


def test_more_lines_than_anybody_types_are_a_history() -> None:
    with pytest.raises(EventErrors, match="resolver studio HISTORY"):
        parse_events("email=a\n" * (MOST_TYPED + 1), id_types=TYPES)


@given(
    st.dictionaries(st.sampled_from(TYPES), st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3)),
    st.none() | st.text(min_size=1, max_size=5),
    st.none() | st.integers(0, 10**12),
)
def test_an_event_is_the_same_when_its_text_is_typed_again(
    identifiers: dict[str, list[str]], ref: str | None, at: int | None
) -> None:
    (given_record,) = records_of([{"ref": ref, "at": at, "identifiers": identifiers}])
    if given_record.command is None or not identifiers:
        return
    again = one(text_of(given_record))
    assert pairs_of(again) == pairs_of(given_record)
    assert (again.ref, again.command.at) == (given_record.ref, given_record.command.at)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "command",
    [
        Resolve({"email": "a"}, 5, "p1"),
        Resolve((("email", "a"), ("email", "b")), 5),
        AddIdentifier("ref:a", "email", "b", 5),
        ReplaceIdentifier("ref:a", "email", "a", "b"),
        RemoveIdentifier("ref:a", "email"),
        RemoveIdentifier("ref:a", "email", all=True),
        RemoveIdentifier("ref:a", "email", value="b"),
        DeleteProfile("ref:a"),
        Erase({"email": "a"}, suppress=True),
        Suppress({"email": ["a", "b"]}, 5),
        Unsuppress({"email": "a"}),
    ],
)
def test_every_command_is_a_line_of_json_that_reads_as_it_does(command: object) -> None:
    (record,) = records_of([command])  # type: ignore[list-item]
    again = one(json_line(record))
    assert again.op == record.op
    assert pairs_of(again) == pairs_of(record)
    assert json.loads(json_line(record)) == json.loads(json_line(again))


def test_a_resolve_that_names_nothing_is_a_line_of_json() -> None:
    (record,) = records_of([Resolve({}, 5)])
    assert json.loads(text_of(record)) == {"at": 5, "identifiers": {}}


def test_a_line_that_was_no_event_stays_as_it_was() -> None:
    (record,) = records_of([{"op": "rename"}])
    assert json_line(record) == '{"op":"rename"}'
    assert text_of(record) == '{"op":"rename"}'
    assert pairs_of(record) == []
