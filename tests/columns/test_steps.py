"""The steps of a run: what each command offered, and what became of it."""

from collections.abc import Collection, Iterator, Sequence
from random import Random
from typing import Any

import msgspec
import pytest

from resolver import (
    AddIdentifier,
    ApplySettings,
    Engine,
    IdentifierConfig,
    Outcome,
    ProfileCreated,
    ProfileNotFound,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.commands import AnyCommand
from resolver.example import path
from resolver.history import Record
from resolver.report import Mask, masked
from resolver.simulate import Run, Step, read_history, replay
from tests.columns.twins import OneByOne, options_of, written
from tests.machines.families import FAMILIES, Family

HISTORIES = 4
BOTH_WAYS: list[dict[str, Any]] = [{}, {"engine": OneByOne}]

Expected = tuple[int, str | None, list[tuple[Any, Any]], Outcome | ResolverError]
"""The line of a command, its ref, what it offers as it would be stored, and what the engine does with it."""


def offered(command: Any) -> list[tuple[Any, Any]]:
    """Return what a command offers to be stored, as it is written."""
    if isinstance(command, Resolve):
        identifiers: Any = command.identifiers
        pairs = identifiers.items() if isinstance(identifiers, dict) else identifiers
        return [(kind, each) for kind, raw in pairs for each in (raw if isinstance(raw, list | tuple) else (raw,))]
    if isinstance(command, AddIdentifier):
        return [(command.id_type, command.value)]
    return [(command.id_type, command.new)] if isinstance(command, ReplaceIdentifier) else []


def executed(history: Sequence[Record], settings: Settings, **options: Any) -> Iterator[Expected]:
    """Execute a history on an engine, command by command, with nothing of what a replay is made of."""
    engine = Engine(settings, **options)
    latest: dict[str, str] = {}
    for record in history:
        command: Any = record.command
        ref = f"line:{record.line}" if record.ref is None and type(command) is Resolve else record.ref
        forms = [(kind, engine.stored_form(kind, raw).value) for kind, raw in offered(command)]
        stored = [*dict.fromkeys(pair for pair in forms if pair[1] is not None)]
        try:
            outcome = engine.execute(by_id(command, latest, engine), number=record.line)
        except ResolverError as error:
            yield record.line, ref, stored, error
            continue
        if ref is not None and outcome.profile_id is not None:
            latest[ref] = outcome.profile_id
        yield record.line, ref, stored, outcome


def by_id(command: Any, latest: dict[str, str], engine: Engine) -> AnyCommand:
    """Return a command with an id in the place of the ref of a record."""
    named = getattr(command, "profile_id", None)
    if not isinstance(named, str) or not named.startswith("ref:"):
        return command  # type: ignore[no-any-return]
    if named[4:] not in latest or latest[named[4:]] not in engine:
        raise ProfileNotFound(named)
    return msgspec.structs.replace(command, profile_id=latest[named[4:]])  # type: ignore[no-any-return]


def check_step(step: Step, expected: Expected) -> None:
    line, ref, stored, what = expected
    assert (step.number, step.line, step.ref) == (line, line, ref)
    assert list(step.identifiers) == stored
    if isinstance(what, Outcome):
        assert (step.outcome, step.rejection) == (what, None)
    else:
        assert step.outcome is None
        assert step.facts == ()
        assert step.rejection is not None
        assert (step.rejection.line, step.rejection.error) == (line, type(what).__name__)
        assert isinstance(what, ProfileNotFound) or step.rejection.detail == str(what)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_steps_of_a_run_are_the_engine_command_by_command(family: Family) -> None:
    for number in range(HISTORIES):
        random = Random(f"steps {family.__name__} {number}")
        case = family(random)
        history, options = written(random, case, random.choice([15, 40, 120])), options_of(case)
        for way in BOTH_WAYS:
            steps = list(replay(history, case.settings, **options, **way).steps())
            for step, expected in zip(steps, executed(history, case.settings, **options), strict=True):
                check_step(step, expected)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_commands_of_steps_executed_again_do_the_same(family: Family) -> None:
    random = Random(f"again {family.__name__}")
    case = family(random)
    history, options = written(random, case, 60), options_of(case)
    run = replay(history, case.settings, **options)
    applied = [Record(step.line, step.ref, "", step.command) for step in run.steps() if step.outcome is not None]
    again = replay(applied, case.settings, **options)
    plain = [fact for fact in run.facts if type(getattr(fact, "value", "")) is str]
    assert [fact for fact in again.facts if getattr(fact, "value", "") is not None] == plain
    assert again.assignments == run.assignments


LINES: list[Any] = [
    {"ref": "a", "at": 5, "identifiers": {"email": "Ada@Example.com", "phone": ["317-555-6789", "(317) 555-6789"]}},
    {"ref": "b", "identifiers": {"chat": " b "}},
    {"ref": "c", "identifiers": {"fax": "1"}},
    "no object",
    {"op": "add", "at": 6, "profile": "ref:b", "idType": "email", "value": "ada@example.com"},
    {"op": "remove", "profile": "ref:a", "idType": "chat", "value": "b"},
    {"ref": "d", "identifiers": {"phone": "n/a", "chat": "d"}},
    {"op": "delete", "profile": "ref:d"},
]


def numbers(run: Run, **wanted: Collection[str]) -> list[int]:
    return [step.number for step in run.steps(**wanted)]


@pytest.mark.parametrize("way", BOTH_WAYS, ids=["in columns", "command by command"])
def test_steps_are_asked_for_by_record_and_by_any_id_of_a_profile(way: Any) -> None:
    run = replay(LINES, **way)
    one, other, gone = (fact.profile_id for fact in run.facts if isinstance(fact, ProfileCreated))
    assert numbers(run) == [1, 2, 3, 5, 6, 7, 8]
    assert numbers(run, refs=["c", "a", "nobody"]) == [1, 3]
    assert numbers(run, profiles=[one]) == numbers(run, profiles=[other]) == [1, 2, 5, 6]
    assert numbers(run, profiles=[gone]) == [7, 8]
    assert numbers(run, profiles=["nobody"]) == numbers(run, refs=[]) == []
    assert numbers(run, refs=["b", "d"], profiles=[one]) == [2]
    steps = run.steps(refs=["a"])
    assert list(steps) == list(steps)


@pytest.mark.parametrize("way", BOTH_WAYS, ids=["in columns", "command by command"])
def test_a_step_says_what_was_written_what_was_stored_and_why_nothing_was(way: Any) -> None:
    first, second, third, *_, dropped, _ = replay(LINES, **way).steps()
    assert first.identifiers == (("email", "ada@example.com"), ("phone", "+13175556789"))
    pairs = (("email", "Ada@Example.com"), ("phone", "317-555-6789"), ("phone", "(317) 555-6789"))
    assert first.command == Resolve(pairs, 5)
    assert (first.at, second.at, second.identifiers) == (5, None, (("chat", "b"),))
    assert third.rejection is not None
    assert (third.rejection.reason, third.identifiers) == ("unknown idType", ())
    assert (dropped.identifiers, dropped.rejection) == ((("chat", "d"),), None)
    assert next(type(fact).__name__ for fact in dropped.facts) == "IdentifierRefused"


@pytest.mark.parametrize("way", BOTH_WAYS, ids=["in columns", "command by command"])
def test_identifiers_are_as_stored_under_the_settings_in_force_then(way: Any) -> None:
    configs = [IdentifierConfig("email", normalization="none"), IdentifierConfig("chat")]
    history: list[Any] = [
        Resolve({"email": "A@B.cc"}),
        ApplySettings(Settings(configs, ["email"])),
        Resolve({"email": "A@B.cc"}),
        ApplySettings(Settings(configs[1:], ["chat"])),
        Resolve({"chat": "x"}),
        Resolve({"email": "A@B.cc", "chat": "x"}),
    ]
    steps = list(replay(history, **way).steps())
    assert [step.identifiers for step in steps] == [
        (("email", "a@b.cc"),),
        (),
        (("email", "A@B.cc"),),
        (),
        (("chat", "x"),),
        (("chat", "x"),),
    ]
    assert [step.command for step in steps][1::2][:2] == history[1::2][:2]


def test_sorted_lines_have_their_place_as_number() -> None:
    history = read_history(path("history.jsonl"), sort=True)
    for way in BOTH_WAYS:
        run = replay(history, **way)
        steps = list(run.steps())
        assert [step.number for step in steps] == list(range(1, len(steps) + 1))
        assert [step.line for step in steps] != sorted(step.line for step in steps)
        assert [fact for step in steps for fact in step.facts] == list(run.numbered_facts)


def test_one_text_is_no_list_of_refs() -> None:
    with pytest.raises(ValueError, match=r"refs: 'a' is one text; expected a list such as \['a'\]"):
        replay(LINES).steps(refs="a")
    with pytest.raises(ValueError, match="profiles: 'a' is one text"):
        replay(LINES).steps(profiles="a")


def test_the_steps_of_a_masked_run_are_masked() -> None:
    more: list[Any] = [
        {"op": "replace", "profile": "ref:b", "idType": "email", "old": "ada@example.com", "new": "bob@example.com"},
        RemoveIdentifier("ref:b", "email"),
        ApplySettings(Settings.defaults()),
    ]
    run = replay([*LINES[:7], *more, *LINES[7:]])
    mask = Mask(b"sixteen bytes or more", refs=True)
    hidden = masked(run, mask)
    told = str(list(hidden.steps()))
    assert not [secret for secret in ("example.com", "555", "'a'", "ref:b", "' b '", 'fax":') if secret in told]
    for step, plain in zip(hidden.steps(), run.steps(), strict=True):
        assert step.identifiers == tuple((kind, mask.value(kind, value)) for kind, value in plain.identifiers)
        assert type(step.command) is type(plain.command)
        assert (step.outcome is None, step.number) == (plain.outcome is None, plain.number)
    assert [step.number for step in hidden.steps(refs=[mask.ref("b")])] == [2]
    added = [step.command for step in hidden.steps() if isinstance(step.command, AddIdentifier)]
    assert added == [AddIdentifier(f"ref:{mask.ref('b')}", "email", mask.value("email", "ada@example.com"), 6)]


def test_profiles_that_became_one_have_the_same_steps_whichever_of_their_ids_are_given() -> None:
    lines = [{"identifiers": {"chat": "x"}}, {"identifiers": {"email": "a@b.cc"}}]
    run = replay([*lines, {"identifiers": {"chat": "x", "email": "a@b.cc"}}])
    (canonical,) = run.engine.profiles()
    every = [canonical, *run.engine.aliases(canonical)]
    assert [step.line for step in run.steps(profiles=every)] == [1, 2, 3]
    assert list(run.steps(profiles=every)) == list(run.steps(profiles=every[1:]))
