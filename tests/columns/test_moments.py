"""Commands whose times or numbers are known from elsewhere are executed with them; lines say what they have."""

from array import array
from typing import Any

import msgspec
import pyarrow

from resolver import Settings
from resolver.columns.numbered import Numbered
from resolver.commands import Resolve
from resolver.history import Record
from resolver.ids import numbered_id
from resolver.simulate import read_history, replay
from tests.laws.cut_histories import any_case, any_records
from tests.laws.what_if import chances


def untimed(record: Record) -> Any:
    """Return a line as it was given, without its time."""
    given: Any = record.source
    return {name: each for name, each in given.items() if name != "at"} if isinstance(given, dict) else given


def test_known_times_of_lines_without_one_give_what_lines_with_these_times_give() -> None:
    for number, random in enumerate(chances(40)):
        case, settings, options = any_case(random, number)
        timed = [*any_records(random, case, settings, 40)]
        chosen = {record.line for record in timed if random.random() < 0.5}
        history = [untimed(each) if each.line in chosen else each.source for each in timed]
        numbered = Numbered(history, keeps_sources=True).read_all()
        moments: dict[int, Any] = {each.line: each.command.at for each in timed if each.command is not None}
        numbered.moments = {line: moments[line] for line in chosen & moments.keys()}
        expected, run = replay(timed, settings, **options), replay(numbered, settings, **options)
        assert [*run.facts] == [*expected.facts], number
        assert {step.at for step in run.steps() if step.line in numbered.moments} <= {None}


def test_known_times_stay_known_without_some_of_the_values() -> None:
    lines = [
        {"at": 9, "identifiers": {"email": "a@example.com"}},
        {"identifiers": {"email": "b@example.com", "chat": "b"}},
        {"op": "add", "profile": "ref:line:2", "idType": "chat", "value": "c"},
    ]
    numbered = Numbered(lines, keeps_sources=True).read_all()
    numbered.moments = {2: 5, 3: 7}
    run = replay(numbered, Settings.defaults(), without=["chat=b"])
    assert [(fact.command, fact.at) for fact in run.facts] == [(1, 9), (1, 9), (2, 5), (2, 5), (3, 7)]


def named_by_itself(record: Record) -> Record:
    """Return a record with the ref that it has by its line."""
    is_bare = record.ref is None and isinstance(record.command, Resolve)
    return msgspec.structs.replace(record, ref=f"line:{record.line}") if is_bare else record


def tenfold(lines: "array[int]") -> "array[int]":
    return array("q", [10 * line for line in lines])


def test_known_numbers_of_lines_give_what_lines_with_these_numbers_give() -> None:
    for number, random in enumerate(chances(40)):
        case, settings, options = any_case(random, number)
        records = [named_by_itself(each) for each in any_records(random, case, settings, 40)]
        renumbered = [msgspec.structs.replace(each, line=10 * each.line) for each in records]
        numbered = Numbered(records, keeps_sources=True, order=tenfold).read_all()
        expected, run = replay(renumbered, settings, **options), replay(numbered, settings, **options)
        assert [fact.command for fact in run.facts] == [fact.command // 10 for fact in expected.facts], number
        assert [*run.engine.profiles()] == [*expected.engine.profiles()], number
        assert [(step.number, step.line) for step in run.steps()] == [
            (step.line, step.line // 10) for step in expected.steps()
        ]
        assert run.is_sorted


def test_known_numbers_of_rows_and_of_lines_without_some_values_are_kept() -> None:
    table = pyarrow.table({"email": ["a@example.com", "b@example.com"], "chat": ["a", "b"], "at": [1, 2]})
    numbered = Numbered(read_history(table), Settings.defaults().id_types, order=tenfold).read_all()
    assert [*replay(numbered).engine.profiles()] == [numbered_id(10), numbered_id(20)]
    lines = [{"identifiers": {"email": "a@example.com", "chat": "a"}}, {"identifiers": {"chat": "a"}}]
    without = replay(Numbered(lines, keeps_sources=True, order=tenfold).read_all(), without=["chat=a"])
    assert [*without.engine.profiles()] == [numbered_id(10)]
