"""Histories of every kind, replayed in columns."""

import pickle
from collections.abc import Iterator
from itertools import count, permutations
from typing import Any

import pytest

from resolver import (
    ApplySettings,
    DeleteProfile,
    Engine,
    IdentifierConfig,
    InvalidSettings,
    Policies,
    Resolve,
    Settings,
)
from resolver.columns import numbered
from resolver.columns.execution import Execution
from resolver.columns.numbered import Numbered
from resolver.example import path
from resolver.facts import IdentifierEvicted, ProfilesMerged
from resolver.ids import numbered_id
from resolver.simulate import read_history, replay
from resolver.simulate.steps import Wanted
from resolver.simulate.without import Absent
from tests.columns.twins import OneByOne, check_alike

FOUR = ["aa", "bb", "cc", "dd"]
ONE = [{"identifiers": {"email": "a@b.cc"}}]
BOTH_WAYS: list[dict[str, Any]] = [{}, {"engine": OneByOne}]


def odd(identifiers: Any) -> Any:
    """Return what the types do not allow, and callers may pass all the same."""
    return identifiers


def exact(*rules: str, **fields: Any) -> Settings:
    return Settings([IdentifierConfig(id_type, **fields) for id_type in ("aa", "bb", "cc")], rules)


def counting() -> Any:
    """A clock that is an hour later each time."""
    times = count(0, 3_600_000)
    return lambda: next(times)


SUPPRESSING: list[Any] = [
    {"identifiers": {"aa": "1", "bb": "one"}},
    {"identifiers": {"aa": "2", "bb": "null"}},
    {"op": "erase", "identifiers": {"aa": [" 1", "9"], "bb": "null"}, "suppress": True},
    {"identifiers": {"aa": "1 ", "bb": "two"}},  # suppressed, and named in another form
    {"identifiers": {"aa": "2", "bb": "two"}},
    {"identifiers": {"aa": "3", "bb": " null"}},  # suppressed and blocked: suppression goes before
    {"identifiers": {"bb": "9"}},  # the same text of another type
    {"identifiers": {"aa": ["4", "9"]}},  # nobody gave it before
    {"op": "unsuppress", "identifiers": {"aa": "9"}},
    {"identifiers": {"aa": ["4", "9"]}},
    {"op": "add", "profile": "ref:line:10", "idType": "aa", "value": "5"},
    {"op": "suppress", "identifiers": {"aa": "5"}},
    {"identifiers": {"aa": ["6", "5"], "bb": "null"}},
    {"identifiers": {"aa": "6", "bb": "-1"}},  # blocked alone
    {"op": "unsuppress", "identifiers": {"aa": ["1", "5"], "bb": "null"}},
    {"identifiers": {"aa": ["1", "5"], "bb": "null"}},
]


@pytest.mark.parametrize("block", [1, 2, 5, 100])
@pytest.mark.parametrize("blocked", [[], ["segment"]])
def test_after_a_suppression_only_what_gives_a_suppressed_value_leaves_the_loop(
    block: int, blocked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[int] = []
    execute_alone = Execution._execute_alone

    def noted(execution: Execution, event: int) -> tuple[int, int]:
        alone.append(event + 1)
        return execute_alone(execution, event)

    monkeypatch.setattr(Execution, "_execute_alone", noted)
    monkeypatch.setattr(numbered, "EVERY", block)
    monkeypatch.setattr(numbered, "BLOCK", block)
    policies = Policies(blocked=blocked)
    run = check_alike(SUPPRESSING, exact("aa", "bb").with_policies(policies))
    assert [each.line for each in run.rejected] == [4, 6, 8, 13]
    alone.clear()
    replay(SUPPRESSING, exact("aa", "bb").with_policies(policies))
    assert alone == [3, 4, 6, 8, 9, 11, 12, 13, *([14] if blocked else []), 15]


@pytest.mark.parametrize(
    "options",
    [
        {"new_id": lambda number, at: f"p{number}"},
        {"clock": lambda: 7},
        {"new_id": lambda number, at: f"p{number % 2}", "clock": lambda: -3},
    ],
    ids=["own ids", "a clock", "own ids that come back, and a clock"],
)
def test_ids_and_times_of_the_caller_s_own_are_asked_for_as_command_by_command(options: dict[str, Any]) -> None:
    lines = [*ONE, {"at": 3, "identifiers": {"email": "b@b.cc"}}, {"identifiers": {"phone": "n/a"}}, *ONE]
    check_alike([*lines, {"identifiers": {"chat": "x"}}], **options)


def test_a_clock_is_asked_once_for_each_line_without_a_time() -> None:
    lines = [*ONE, {"at": 3, "identifiers": {"email": "b@b.cc"}}, *ONE, {"op": "delete", "profile": "ref:none"}]
    ours, theirs = counting(), counting()
    run, other = replay(lines, clock=ours), replay(lines, clock=theirs, engine=OneByOne)
    assert list(run.facts) == list(other.facts)
    assert ours() == theirs() == 2 * 3_600_000


@pytest.mark.parametrize(
    "line",
    [
        {"op": "add", "profile": "ref:line:1", "idType": "email", "value": "c@b.cc"},
        {"op": "delete", "profile": "ref:line:01"},
        {"identifiers": {"email": "c@b.cc"}, "newProfile": "mine"},
        {"identifiers": {"email": "c@b.cc"}, "newProfile": numbered_id(4)},
        {"identifiers": {"email": "c@b.cc"}, "ref": "line:7"},
        {"identifiers": {"email": "c@b.cc"}, "ref": "line:1"},
        Resolve({"email": "a@b.cc"}, at=1 << 62),
        Resolve(iter([("email", "a@b.cc")])),
        Resolve(odd([("email", "a@b.cc", 1)])),
        Resolve(odd([("email", "c@b.cc"), ["phone", "n/a"]])),
        Resolve(odd({"phone": "n/a", 5: "a@b.cc"})),
        Resolve(odd(5)),
        Resolve([("email", "c@b.cc"), ("phone", "317-555-6789"), ("email", "d@b.cc")]),
        ApplySettings(Settings([IdentifierConfig("chat")], ["chat"]), at=5),
    ],
)
@pytest.mark.parametrize("place", [1, 2])
def test_lines_out_of_the_ordinary_are_told_as_command_by_command(line: Any, place: int) -> None:
    lines = [*ONE, {"identifiers": {"email": "c@b.cc", "chat": "x"}}, {"identifiers": {"chat": "y"}}, *ONE]
    history = [*lines[:place], line, *lines[place:]]
    if isinstance(getattr(line, "identifiers", None), Iterator):
        assert replay(history).summary.rejected == 1
    else:
        check_alike(history)


def test_refs_that_read_like_those_of_nameless_lines_are_theirs() -> None:
    given = [{"ref": f"line:{3 - number}", "identifiers": {"chat": str(number)}} for number in range(3)]
    check_alike(given)
    for history in ([*given, {"identifiers": {"chat": "9"}}], [{"identifiers": {"chat": "9"}}, *given]):
        check_alike(history)


def test_a_numbered_history_can_be_written_down_and_read_back() -> None:
    numbered = Numbered([*ONE, {"op": "delete", "profile": "ref:line:1"}]).read_all()
    again: Numbered = pickle.loads(pickle.dumps(numbered))
    assert list(replay(again).facts) == list(replay(numbered).facts)


def test_wrong_options_are_the_errors_of_the_engine() -> None:
    with pytest.raises(InvalidSettings, match="onInvalid"):
        replay(ONE, on_invalid="perhaps")


def test_what_cannot_be_read_is_told_as_the_engine_tells_it() -> None:
    history: list[Any] = [
        "no object",
        {"ref": "a", "identifiers": {}},
        {"ref": "b", "identifiers": {"email": []}},
        {"ref": "b", "identifiers": {"email": "nomail"}},
        {"ref": "c", "identifiers": {"fax": "1", "email": "a@b.cc"}},
        Resolve(odd({"email": 1})),
        Resolve(odd({"email": [True, "a@b.cc", 1.0, {"set"}]})),
        {"ref": "a", "at": 9, "identifiers": {"email": "A@B.cc", "phone": "12"}},
        {"ref": "a", "at": "yesterday", "identifiers": {"email": "A@B.cc", "phone": "12"}},
        {"ref": "a", "at": 3, "identifiers": {"email": "other@b.cc"}},
        {"identifiers": {"email": "other@b.cc"}},
    ]
    assert check_alike(history).summary.rejected == 7
    assert check_alike(history, on_invalid="refuse").summary.dropped_identifiers == 0


def test_a_new_profile_that_would_hold_nothing_is_refused() -> None:
    history = [{"identifiers": {"aa": "1", "bb": "1"}}, {"identifiers": {"bb": "1"}}, {"identifiers": {"cc": "1"}}]
    run = check_alike(history, exact("aa"))
    assert run.summary.rejected_by_reason == {"identifier conflict": 1}


def test_an_empty_history_has_an_empty_run() -> None:
    assert repr(check_alike([])) == "<Run: 0 of 0 lines applied, 0 profiles>"


def test_the_example_is_replayed_alike_sorted_too() -> None:
    for history in (read_history(path("history.jsonl")), read_history(path("history.jsonl"), sort=True)):
        assert check_alike(history).summary.merges > 0


def test_many_settings_share_one_history() -> None:
    numbered = Numbered([{"identifiers": {"aa": " x", "bb": "y"}}, {"identifiers": {"aa": "x"}}]).read_all()
    runs = [replay(numbered, settings) for settings in (exact("aa"), exact("bb"), exact("aa", limit=1))]
    assert [run.summary.rejected for run in runs] == [0, 1, 0]
    assert replay(numbered, exact("aa", normalization="none")).summary.profiles == 2


def test_own_normalizations_are_used() -> None:
    settings = exact("aa", normalization="lower")
    history = [Resolve({"aa": "X"}), Resolve({"aa": "x"})]
    assert check_alike(history, settings, normalizers={"lower": str.lower}).summary.profiles == 1


def test_the_facts_rebuild_the_store() -> None:
    history = [Resolve({"email": "a@b.cc"}, 1), Resolve({"email": "a@b.cc", "chat": "x"}, 2)]
    engine = Engine()
    engine.fold(replay(history).facts)
    assert len(engine) == 1


def test_a_collision_under_two_long_rules_names_each_value_once() -> None:
    rules = ["ee", "aa AND bb AND cc", "aa AND bb AND dd"]
    configs = [IdentifierConfig(id_type, enforce_unique=id_type in {"aa", "ee"}) for id_type in [*FOUR, "ee"]]
    beside = {"bb": "2", "cc": "3", "dd": "4"}
    both = [{"identifiers": {"aa": "1", **beside}}, {"identifiers": {"ee": "6", "aa": "5", **beside}}]
    run = check_alike([*both, {"identifiers": {"ee": "6", "aa": "1"}}], Settings(configs, rules))
    merge = next(fact for fact in run.facts if isinstance(fact, ProfilesMerged))
    assert merge.identifiers == (("aa", "1"), ("bb", "2"), ("cc", "3"), ("dd", "4"))


def test_an_unreadable_value_that_is_kept_meets_the_same_text() -> None:
    history = [{"identifiers": {"phone": " n/a "}}, {"identifiers": {"phone": ["n/a", "317-555-6789"]}}]
    run = check_alike(history, on_invalid="keep")
    assert (run.summary.profiles, run.summary.dropped_identifiers) == (1, 0)
    assert check_alike([Resolve(odd({"phone": " "}))], on_invalid="keep").summary.rejected == 1


@pytest.mark.parametrize("on_invalid", ["drop", "keep"])
def test_a_text_that_nobody_holds_any_more_is_blocked_in_a_command_of_its_own_too(on_invalid: str) -> None:
    entry = {"idType": "email", "equals": ["a@b.cc"], "then": "refuse"}
    settings = Settings.defaults()
    history = [
        Resolve({"email": "a@b.cc", "chat": "1"}, 1),
        DeleteProfile("mem_profile_00000000000000000000000001", 2),
        ApplySettings(settings.with_policies(Policies.from_json({"blocked": [entry]})), 3),
        Resolve({"email": "a@b.cc", "chat": "2"}, 4, "own"),
        Resolve({"email": "a@b.cc", "chat": "3"}, 5),
    ]
    assert check_alike(history, settings, on_invalid=on_invalid).summary.rejected == 2


def test_two_new_values_of_a_type_of_limit_one_in_one_event_leave_the_later_one() -> None:
    run = check_alike([{"at": 1, "identifiers": {"aa": ["1", "2"]}}], exact("aa", limit=1))
    assert [fact.value for fact in run.facts if isinstance(fact, IdentifierEvicted)] == ["1"]
    assert run.summary.identifiers == 1


def test_a_late_value_goes_before_those_that_are_later_and_leaves_first() -> None:
    history = [
        {"at": 100, "identifiers": {"aa": "1"}},
        {"at": 50, "identifiers": {"aa": ["1", "2"]}},
        {"at": 200, "identifiers": {"aa": ["1", "3"]}},
    ]
    run = check_alike(history, exact("aa", limit=2))
    assert [fact.value for fact in run.facts if isinstance(fact, IdentifierEvicted)] == ["2"]


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_of_reasons_that_came_as_often_the_first_is_the_most_frequent(order: tuple[int, ...]) -> None:
    lines: list[Any] = [
        {"identifiers": {"email": "nomail", "chat": "x"}},
        {"identifiers": {"fax": "1"}},
        {"identifiers": {}},
        {"at": "yesterday", "identifiers": {"chat": "x"}},
    ]
    run = check_alike([lines[number] for number in order])
    assert len(run.summary.rejected_by_reason) == 4
    assert run.summary.most_frequent_rejection is not None
    assert run.summary.most_frequent_rejection.line == 1


@pytest.mark.parametrize("settings_at", [None, 2])
def test_a_history_of_several_blocks_is_replayed_as_one(
    monkeypatch: pytest.MonkeyPatch, settings_at: int | None
) -> None:
    monkeypatch.setattr("resolver.columns.numbered.BLOCK", 3)
    monkeypatch.setattr("resolver.columns.numbered.EVERY", 2)
    for length in range(1, 8):
        history: list[Any] = [{"identifiers": {"aa": "1", "bb": str(number)}} for number in range(length)]
        if settings_at is not None:
            history.insert(settings_at, ApplySettings(exact("bb")))
        run = check_alike(["no object", *history, "no object"], exact("aa"))
        assert run.summary.applied == len(history)


def test_values_that_left_are_taken_up_again_by_those_who_give_them_later() -> None:
    history = [{"identifiers": {"aa": "1", "bb": text}} for text in ("1", "2", "1")] + [{"identifiers": {"bb": "2"}}]
    run = check_alike(history, Settings([IdentifierConfig("aa"), IdentifierConfig("bb", limit=1)], ["aa", "bb"]))
    assert (run.summary.profiles, run.summary.evictions) == (2, 2)


FUZZY: dict[str, Any] = {"matching_algo": "fuzzy", "matching_threshold": 80}


def test_similar_values_match_as_they_do_in_the_engine() -> None:
    history = [{"at": at, "identifiers": {"aa": text}} for at, text in enumerate(["katherine", "catherine", "kenneth"])]
    assert check_alike(history, exact("aa", **FUZZY)).summary.profiles == 2


def test_a_similar_value_that_left_matches_nobody_and_does_again_when_it_is_back() -> None:
    configs = [IdentifierConfig("aa", limit=1, **FUZZY), IdentifierConfig("bb")]
    given = [("katherine", "1"), ("kenneth", "1"), ("catherine", None), ("katherine", None), ("kathrine", None)]
    history = [
        {"at": at, "identifiers": {"aa": name} if other is None else {"aa": name, "bb": other}}
        for at, (name, other) in enumerate(given)
    ]
    run = check_alike(history, Settings(configs, ["bb", "aa"]))
    assert (run.summary.profiles, run.summary.evictions) == (2, 3)


def test_compound_rules_ask_for_similar_values_and_for_any_number_of_types() -> None:
    configs = [IdentifierConfig("aa", **FUZZY), *(IdentifierConfig(id_type) for id_type in FOUR[1:])]
    beside = {"bb": "2", "cc": "3", "dd": "4"}
    history: list[Any] = [
        {"identifiers": {"aa": "katherine", **beside}},
        {"identifiers": {"aa": "catherine", **beside}},
        {"identifiers": {"aa": "catherine", "bb": "2", "cc": "3", "dd": "5"}},
    ]
    run = check_alike(history, Settings(configs, [" AND ".join(FOUR)]))
    assert run.summary.profiles == 2


def test_an_event_may_give_many_values_of_one_type() -> None:
    history = [{"identifiers": {"email": [f"person{number}@example.com" for number in range(40)]}}]
    check_alike(history)


def test_what_was_refused_has_neither_facts_nor_matches() -> None:
    lines: list[Any] = [*ONE, {"identifiers": {"fax": "1"}}, *ONE]
    for options in BOTH_WAYS:
        run = replay(lines, **options)
        assert [step.facts for step in run.select(Wanted(is_applied=False))] == [()]
        assert list(run.matches_at({2, 3, 99})) == [3]


def test_every_applied_command_comes_with_its_facts() -> None:
    run = replay([*ONE, {"identifiers": {"email": "a@b.cc"}}, "no object"], engine=OneByOne)
    assert [(step.line, len(step.facts)) for step in run.steps()] == [(1, 2), (2, 0)]


def test_what_utf8_cannot_hold_is_told_command_by_command_too() -> None:
    lines: list[Any] = [{"identifiers": {"chat": "\ud800x"}}, {"ref": "\ud800", "identifiers": {"chat": "\ud800x"}}]
    assert [each.given for each in replay(lines, engine=OneByOne).steps()] == [(("chat", "\ud800x"),)] * 2


def test_progress_is_told_command_by_command_as_in_columns() -> None:
    lines = [{"identifiers": {"chat": str(number)}} for number in range(2500)]
    for options in BOTH_WAYS:
        told: list[tuple[int, int | None, int | None]] = []
        replay(lines, progress=lambda *each, told=told: told.append(each), **options)
        assert [read for read, _, _ in told][:2] == [1000, 2000]
        assert told[-1] == (2500, None, None)


def test_a_numbered_history_that_does_not_serve_is_read_again() -> None:
    lines = [{"ref": "a", "identifiers": {"email": "a@b.cc"}}, {"ref": "b", "identifiers": {"email": "a@b.cc"}}]
    expected = replay(lines, without=["ref:a"])
    for keeps in (False, True):
        numbered = Numbered(lines, keeps_sources=keeps).read_all()
        run = replay(numbered, without=["ref:a"])
        assert (run.summary, [*run.rejected]) == (expected.summary, [*expected.rejected])
    absent = Absent(["ref:a"], "US", None)
    assert replay(numbered, without=absent).summary == expected.summary
    assert absent.found() == ["ref:a"]


def test_a_normalization_that_is_no_function_is_told_of() -> None:
    answers = iter([ValueError("not now")])

    def moody(text: str) -> str:
        for error in answers:
            raise error
        return text

    settings = exact("aa", normalization="moody")
    (rejection,) = replay([{"identifiers": {"aa": "1"}}], settings, normalizers={"moody": moody}).rejected
    assert rejection.error == "InvalidIdentifier"
    run = replay([{"identifiers": {"aa": "1"}}], settings, normalizers={"moody": moody}, on_invalid="refuse")
    assert run.summary.applied == 1
    answers = iter([ValueError("not now")])
    (rejection,) = replay(
        [{"identifiers": {"aa": "1"}}], settings, normalizers={"moody": moody}, on_invalid="refuse"
    ).rejected
    assert "refused once and read another time" in rejection.detail


UNKNOWN = {"op": "add", "profile": "ref:line:1", "idType": "u3", "value": "x"}
DROPPED = {"identifiers": {"email": "a@b.cc", "phone": "n/a"}}
UNTIMED = {"at": "soon", "identifiers": {"email": "a@b.cc"}}


@pytest.mark.parametrize(
    "lines",
    [
        [{"identifiers": {"email": "a@b.cc", f"u{number}": "x"}} for number in (1, 2, 3, 2, 3, 4)],
        [{"identifiers": {f"u{place}": "x" for place in (number, 9)}} for number in (3, 1, 3, 2, 1)],
        [
            *ONE,
            {"identifiers": {"u1": "x"}},
            UNKNOWN,
            UNKNOWN,
            {"identifiers": {"u2": "x"}},
            {"identifiers": {"u3": "x"}},
        ],
        [{"identifiers": {f"u{number}": "x"}} for number in (*range(120), 110, 110, 110, 5)],
        [DROPPED, UNTIMED, DROPPED, UNTIMED, {"identifiers": {"u": "x"}}, {"identifiers": {"u": "y"}}],
        [UNTIMED, {"identifiers": {"phone": "12"}}, {"identifiers": {"email": "a@b.cc", "phone": ["12", "12.0", ""]}}],
        [{"identifiers": {"u": "x"}}, DROPPED, {"identifiers": {"u": "x"}}, DROPPED, UNTIMED, UNTIMED],
    ],
    ids=["unknown", "the first is told", "added", "more than are told apart", "ties", "floats", "other ties"],
)
def test_what_is_counted_in_columns_is_as_it_is_line_by_line(lines: list[Any]) -> None:
    check_alike(lines)
