from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    IdentifierRefused,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Settings,
)
from resolver.blocklist import Blocked
from resolver.policies import Policies
from resolver.simulate import compare, read_history, replay
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, applied, refused, settings

ANN: dict[str, Any] = {"ref": "ann", "at": 3, "identifiers": {"email": ["ann@example.com", "ADA@example.com"]}}


def refs_together(run: Any) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for ref, profile_id in run.assignments.items():
        groups.setdefault(profile_id, set()).add(ref)
    return {frozenset(group) for group in groups.values()}


def test_without_a_value_in_any_form_of_it_no_line_has_it() -> None:
    run = replay([ADA, BOB, ANN], without=["phone=+1 (317) 555 6789"])
    assert refs_together(run) == {frozenset({"ada", "ann"}), frozenset({"bob"})}
    assert (run.summary.left_out, run.summary.left_out_identifiers) == (0, 2)
    assert run.engine.lookup("phone", "317-555-6789").profile_ids == ()


def test_one_value_of_a_list_goes_and_the_others_stay() -> None:
    run = replay([ADA, ANN], without=["email=ada@example.com"])
    assert run.engine.identifiers(run.assignments["ann"]) == {"email": ("ann@example.com",)}
    assert refs_together(run) == {frozenset({"ada"}), frozenset({"ann"})}


def test_pairs_of_identifiers_lose_the_value_too() -> None:
    run = replay([Resolve([("email", "a@example.com"), ("chat", "x")], 1)], without=["chat=x"])
    assert run.engine.identifiers(run.assignments["line:1"]) == {"email": ("a@example.com",)}


def test_a_line_that_loses_all_it_has_is_left_out_and_the_totals_add_up() -> None:
    lines = [ADA, {"ref": "x", "identifiers": {"email": "ada@example.com"}}, {"op": "nope"}]
    summary = replay(lines, without=["email=ada@example.com"]).summary
    assert (summary.lines, summary.applied, summary.rejected, summary.left_out) == (3, 1, 1, 1)
    assert summary.left_out_identifiers == 2
    assert summary["without"] == ("email=ada@example.com",)


NAMING = [
    {"op": "add", "profile": "ref:bob", "idType": "email", "value": "Info@example.com"},
    {"op": "replace", "profile": "ref:bob", "idType": "email", "old": "bob@example.com", "new": "info@example.com"},
    {"op": "replace", "profile": "ref:bob", "idType": "email", "old": "info@example.com", "new": "b@example.com"},
    {"op": "remove", "profile": "ref:bob", "idType": "email", "value": "info@example.com"},
]


@pytest.mark.parametrize("line", NAMING)
def test_a_command_that_names_the_value_is_left_out(line: dict[str, Any]) -> None:
    run = replay([BOB, line], without=["email=info@example.com"])
    assert (run.summary.applied, run.summary.left_out, run.summary.rejected) == (1, 1, 0)


def test_a_command_that_names_another_value_stays() -> None:
    lines = [BOB, NAMING[0], {"op": "remove", "profile": "ref:bob", "idType": "email"}]
    lines += [{"op": "delete", "profile": "ref:bob"}]
    run = replay(lines, without=["email=info@example.com"])
    assert (run.summary.applied, run.summary.left_out) == (3, 1)


def test_a_ref_goes_with_all_its_lines_and_the_commands_that_name_it() -> None:
    lines = [
        ADA,
        BOB,
        {"ref": "ada", "identifiers": {"email": "a2@example.com"}},
        {"op": "add", "profile": "ref:ada", "idType": "chat", "value": "x"},
        {"op": "add", "profile": "ref:bob", "idType": "chat", "value": "y"},
    ]
    run = replay(lines, without=["ref:ada"])
    assert list(run.assignments) == ["bob"]
    assert (run.summary.applied, run.summary.left_out, run.summary.left_out_identifiers) == (2, 3, 0)


def test_a_profile_id_that_a_line_of_the_ref_gave_goes_with_it() -> None:
    lines = [
        {"ref": "a", "newProfile": "mine", "identifiers": {"chat": "x"}},
        {"op": "delete", "profile": "mine"},
        {"op": "delete", "profile": "other"},
    ]
    run = replay(lines, without=["ref:a"])
    assert (run.summary.left_out, run.summary.rejected) == (2, 1)


def test_a_line_without_a_ref_is_named_by_its_number() -> None:
    run = replay([{"identifiers": {"chat": "x"}}, {"identifiers": {"chat": "y"}}], without=["ref:line:1"])
    assert list(run.assignments) == ["line:2"]


def test_an_unreadable_value_is_named_as_it_is_written() -> None:
    run = replay([{"identifiers": {"phone": " n/a ", "chat": "x"}}], without=["phone=n/a"])
    assert (run.summary.left_out_identifiers, run.summary.dropped_identifiers) == (1, 0)


def test_a_value_that_policies_block_is_named_in_any_form_of_it_too() -> None:
    blocking = Policies(blocked=[Blocked(id_type="email", equals=("info@example.com",))])
    lines = [{"ref": "a", "identifiers": {"email": " INFO@example.com", "chat": "x"}}]
    run = replay(lines, policies=blocking, without=["email=Info@Example.com"])
    assert (run.summary.left_out_identifiers, run.summary.refusals) == (1, 0)


def test_a_text_too_long_to_be_stored_is_named_without_the_blanks_around_it() -> None:
    long = "x" * 300
    run = replay([{"identifiers": {"chat": f" {long}", "phone": "317-555-6789"}}], without=[f"chat={long}"])
    assert (run.summary.left_out_identifiers, run.summary.dropped_identifiers) == (1, 0)


def test_after_new_settings_the_value_is_read_by_them() -> None:
    plain = settings(email={"normalization": "none"})
    lines = [
        ApplySettings(plain, 1),
        Resolve({"email": "A@example.com", "phone": "317-555-6789"}, 2),
        Resolve({"email": "a@example.com", "phone": "317-555-6789"}, 3),
    ]
    run = replay(lines, without=["email=a@example.com"])
    assert run.engine.identifiers(run.assignments["line:2"])["email"] == ("A@example.com",)


def test_lines_that_the_engine_refuses_anyway_are_refused_as_before() -> None:
    wrong: Any = "abc"
    keys: Any = {5: "x"}
    nobody: Any = 5
    odd = [Resolve(wrong, 1), Resolve(keys, 2), DeleteProfile(nobody, 3), ADA]
    run = replay(odd, without=["email=ada@example.com"])
    assert (run.summary.rejected, run.summary.applied) == (3, 1)


UNKNOWN = [
    ("email=ida@example.com", r"the history has no email 'ida@example.com'; did you mean 'ada@example.com'"),
    ("emil=ada@example.com", r"idType 'emil' is not configured; did you mean 'email'\?$"),
    ("ref:adda", r"the history has no ref 'adda'; did you mean 'ada'\?$"),
    ("ref:zzzz", r"the history has no ref 'zzzz'$"),
]


@pytest.mark.parametrize(("text", "message"), UNKNOWN)
def test_what_the_history_does_not_have_is_named_with_what_is_near(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay([ADA, BOB, {"op": "delete", "profile": "ref:nobody"}], without=[text])


@pytest.mark.parametrize("text", ["email", "email=", "=x", "ref:", "", 5])
def test_another_form_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match=r"expected IDTYPE=VALUE or ref:REF"):
        replay([ADA], without=[text])


def test_one_text_instead_of_a_list_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a list such as \['email=x'\]"):
        replay([ADA], without="email=x")


def test_a_comparison_with_and_without_names_what_splits() -> None:
    lines = [ADA, BOB, ANN]
    comparison = compare(replay(lines), replay(lines, without=["phone=317-555-6789"]))
    assert [change.parts for change in comparison.split] == [(("ada", "ann"), ("bob",))]
    gone = compare(replay(lines), replay(lines, without=["ref:ada"]))
    assert gone.only_baseline == ("ada",)


def test_a_comparison_says_that_a_line_was_left_out() -> None:
    lines = [ADA, BOB, {"ref": "x", "identifiers": {"email": ["ada@example.com"]}}]
    lines[1] = {"ref": "bob", "identifiers": {"email": "bob@example.com"}}
    bridge = {"ref": "bridge", "identifiers": {"email": ["ada@example.com", "bob@example.com"]}}
    comparison = compare(replay([*lines, bridge]), replay([*lines, bridge], without=["ref:bridge"]))
    cause = comparison.split[0].cause
    assert cause is not None
    assert "the candidate left the line out" in cause.why


def test_a_run_knows_what_it_was_replayed_from(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("ref,email,chat\na,a@example.com,x\n", encoding="utf-8")
    history = read_history(path)
    run = replay(history, settings(), match="first")
    assert run.history is history
    assert run.settings == settings()
    assert run.options == {"on_invalid": "drop", "match": "first"}
    again = replay(run.history, Settings.defaults(), **run.options)
    assert "chat" in again.engine.identifiers(again.assignments["a"])
    assert replay(replay([ADA, BOB]).history).summary.applied == 2


_TEXT: Any = "abc"
_NUMBER: Any = 7
_ODD_KEY: Any = {5: "x"}
_ODD_VALUES: Any = {"email": "a@example.com", "phone": ["317-555-6789", 5, object()]}
EVERY_OP: list[Any] = [
    Resolve(_ODD_VALUES, 1, "mine"),
    Resolve([("chat", "\ud800"), ("phone", "bad")], 2),
    AddIdentifier("mine", "chat", "c1", 3),
    AddIdentifier("ref:line:2", "chat", "c1", 4),
    ReplaceIdentifier("mine", "chat", "c1", "c2", 5),
    RemoveIdentifier("mine", "chat", 6, value="c2"),
    RemoveIdentifier("mine", "phone", None, all=True),
    ApplySettings(SHARED_PHONE, 7),
    DeleteProfile("mine", 8),
    DeleteProfile("mine", 9),
    AddIdentifier("nobody", "chat", "c", 1 << 70),
    Resolve(_TEXT, 1),
    Resolve(_ODD_KEY, 1),
    Resolve(_NUMBER, 1),
    {"ref": "ada", "identifiers": {"email": "ada@example.com"}},
]


def test_every_command_can_be_executed_again_from_what_the_run_kept() -> None:
    run = replay(EVERY_OP)
    assert [step.number for step in refused(run)] == [10, 11, 12, 13, 14]
    assert {step.status for step in refused(run)} == {None}
    again = replay([step.command for step in run.steps()])
    kept = [fact for fact in run.facts if not isinstance(fact, IdentifierRefused)]
    assert [fact for fact in again.facts if not isinstance(fact, IdentifierRefused)] == kept


def test_a_step_says_what_its_line_named_and_gave() -> None:
    run = replay([ADA, {"op": "add", "profile": "ref:ada", "idType": "chat", "value": "x"}, *NAMING[1:]])
    assert [(step.op, step.named, step.given) for step in applied(run)] == [
        ("resolve", None, (("email", "ada@example.com"), ("phone", "317-555-6789"))),
        ("add", "ref:ada", (("chat", "x"),)),
    ]
    assert [(step.op, step.named, step.given) for step in refused(run)] == [
        ("replace", "ref:bob", (("email", "info@example.com"),)),
        ("replace", "ref:bob", (("email", "b@example.com"),)),
        ("remove", "ref:bob", ()),
    ]


values = st.sampled_from(["a@example.com", "b@example.com", "C@example.com", "c@example.com"])
lines = st.lists(
    st.fixed_dictionaries({"identifiers": st.dictionaries(st.sampled_from(["email", "chat"]), values, min_size=1)}),
    max_size=8,
)


@given(lines, values)
def test_a_replay_without_a_value_is_the_replay_of_the_lines_rewritten(given: list[Any], value: str) -> None:
    def is_kept(pair: tuple[str, str]) -> bool:
        return pair[0] != "email" or pair[1].lower() != value.lower()

    rewritten = [{"identifiers": dict(filter(is_kept, line["identifiers"].items()))} for line in given]
    if all(line == other for line, other in zip(given, rewritten, strict=True)):
        return
    run, plain = replay(given, without=[f"email={value}"]), replay(rewritten)
    assert list(run.facts) == list(plain.facts)
    assert run.assignments == plain.assignments


def test_two_values_that_only_one_command_names_are_both_found() -> None:
    replaced = {"op": "replace", "profile": "ref:ada", "idType": "email", "old": "ada@example.com"}
    one_line = [{**ADA, "identifiers": {"chat": "ada"}}, {**replaced, "new": "x@example.com"}]
    assert replay(one_line, without=["email=ada@example.com", "email=x@example.com"]).summary.left_out == 1
