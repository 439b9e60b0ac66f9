"""Lines without a time are executed at one that is known, where it is; what is told of them has no time."""

from typing import Any

from resolver import Settings
from resolver.columns.numbered import Numbered
from resolver.history import Record
from resolver.simulate import replay
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
