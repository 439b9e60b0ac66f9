"""Hints: what is said about rejected lines fits them, the settings and what was given."""

from pathlib import Path

import attrs
import pytest

from resolver.blocklist import Blocked
from resolver.commands import Resolve
from resolver.engine import Engine
from resolver.history import read_history
from resolver.policies import Policies
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate import compare, replay
from resolver.simulate.rejection_reasons import MostFrequent, Reading, hint_for
from resolver.simulate.summary import Summary
from tests.columns.twins import OneByOne

NO_PHONE = Settings([IdentifierConfig("email"), IdentifierConfig("chat")], ["email"])


def worst_of(summary: Summary) -> MostFrequent:
    assert summary.most_frequent_rejection is not None
    return summary.most_frequent_rejection


def test_a_region_is_no_hint_where_no_type_is_a_phone_number() -> None:
    history = [{"identifiers": {"email": "n/a", "chat": "1"}}]
    settings = Settings([IdentifierConfig("email", normalization="email"), IdentifierConfig("chat")], ["email"])
    assert "--region" not in worst_of(replay(history, settings).summary).cure
    phone = Settings([*settings.identifier_configs, IdentifierConfig("tel", normalization="phone")], ["email"])
    assert "--region" not in worst_of(replay(history, phone).summary).cure, "no phone number was dropped"
    history = [{"identifiers": {"tel": "12", "chat": "1"}}]
    assert worst_of(replay(history, phone).summary).cure.startswith("--region RR reads national phone numbers")
    assert "--region" not in worst_of(replay(history, phone, default_region="GB").summary).cure


def test_a_rejected_line_may_have_been_a_phone_number_where_there_are_such() -> None:
    assert "--region" in worst_of(replay([{"identifiers": {"phone": "12"}}], on_invalid="refuse").summary).cure


def test_a_rejected_line_without_a_phone_number_has_no_hint_at_regions() -> None:
    assert "--region" not in worst_of(replay([{"identifiers": {"email": "n/a"}}]).summary).cure


def test_keeping_is_no_hint_where_values_are_kept() -> None:
    worst = worst_of(replay([{"identifiers": {"phone": " "}}], on_invalid="keep").summary)
    assert worst.reason == "invalid identifier"
    assert "--on-invalid" not in worst.cure


BLOCKING = Policies(blocked=[Blocked(equals=["null"])])
REFUSING = Policies(blocked=[Blocked(equals=["null"], then="refuse")])


@pytest.mark.parametrize("engine", [Engine, OneByOne])
@pytest.mark.parametrize("on_invalid", ["drop", "refuse"])
def test_keeping_is_no_hint_for_a_line_whose_values_are_all_blocked(engine: type[Engine], on_invalid: str) -> None:
    history = [{"identifiers": {"email": "null"}}, {"identifiers": {"email": " null", "phone": "null"}}]
    run = replay(history, policies=BLOCKING, on_invalid=on_invalid, engine=engine)
    worst = worst_of(run.summary)
    assert (worst.reason, worst.rejected) == ("blocked identifier", 2)
    assert worst.cure == "if it is an identifier, take it out of blocked in options.policies of the settings"
    assert run.summary.rejected_by_reason == {"blocked identifier": 2}
    assert {(each.reason, each.error) for each in run.rejected} == {("blocked identifier", "InvalidIdentifier")}
    assert replay(history, on_invalid="keep", policies=BLOCKING).summary.applied == 0, "keeping would not help"


def test_keeping_is_a_hint_where_an_unreadable_value_stands_beside_a_blocked_one() -> None:
    history = [{"identifiers": {"email": "null", "phone": "n/a"}}]
    worst = worst_of(replay(history, policies=BLOCKING).summary)
    assert worst.reason == "invalid identifier"
    assert "--on-invalid keep" in worst.cure
    assert replay(history, policies=BLOCKING, on_invalid="keep").summary.applied == 1


@pytest.mark.parametrize("engine", [Engine, OneByOne])
def test_dropping_a_blocked_value_is_a_hint_where_the_line_has_others(engine: type[Engine]) -> None:
    alone, others = {"identifiers": {"email": "null"}}, {"identifiers": {"email": "null", "chat": "1"}}
    cure = worst_of(replay([alone], policies=REFUSING, engine=engine).summary).cure
    assert cure.startswith("if it is an identifier")
    cure = worst_of(replay([alone, others], policies=REFUSING, engine=engine).summary).cure
    assert cure.startswith('"then": "drop" in the policies leaves the value out')
    assert "if it is an identifier" in cure
    assert replay([alone, others], policies=BLOCKING).summary.applied == 1


@pytest.mark.parametrize("value", [" ", "x" * 256, "3" * 256])
def test_what_nothing_can_keep_has_no_hint_at_keeping_and_normalizations(value: object) -> None:
    line = {"identifiers": {"phone": value}}
    worst = worst_of(replay([line]).summary)
    assert worst.reason == "invalid identifier"
    assert worst.cure == "a value is a text of 1 to 255 characters; leave out a field without one"
    assert replay([line], on_invalid="keep").summary.applied == 0, "keeping would not help"
    dropped = {"identifiers": {"phone": value, "email": "a@b.cc"}}
    assert worst_of(replay([dropped]).summary).cure == worst.cure
    refused = worst_of(replay([dropped], on_invalid="refuse").summary)
    assert refused.cure == worst.cure
    also = worst_of(replay([line, {"identifiers": {"email": "n/a"}}]).summary)
    assert "--on-invalid keep" in also.cure
    assert also.cure.endswith(worst.cure)


def test_a_region_is_no_hint_for_a_text_without_a_digit() -> None:
    assert "--region" not in worst_of(replay([{"identifiers": {"phone": "n/a"}}]).summary).cure
    assert "--region" in worst_of(replay([{"identifiers": {"phone": ["n/a", "020 7946 0000"]}}]).summary).cure


@pytest.mark.parametrize("engine", [Engine, OneByOne])
def test_a_rule_is_no_hint_where_policies_keep_profiles_apart(engine: type[Engine]) -> None:
    settings = Settings([IdentifierConfig("user", limit=1), IdentifierConfig("phone")], ["user", "phone"])
    history = [
        {"ref": "a", "identifiers": {"user": "ada", "phone": "1"}},
        {"ref": "b", "identifiers": {"user": "bob", "phone": "2"}},
    ]
    for more in (
        {"op": "add", "profile": "ref:b", "idType": "phone", "value": "1"},
        {"op": "replace", "profile": "ref:b", "idType": "phone", "old": "2", "new": "1"},
    ):
        lines = [*history, more]
        worst = worst_of(replay(lines, settings, policies=Policies(protect=["user"]), engine=engine).summary)
        assert worst.reason == "identifier conflict"
        assert "matching rule" not in worst.cure
        assert worst.cure.startswith('"misfit": "move" or "share" in the policies')
        for misfit in ("move", "share"):
            assert replay(lines, settings, policies=Policies(protect=["user"], misfit=misfit)).summary.rejected == 0
    no_rule = replay([*history, more], attrs.evolve(settings, matching_rules=["user"]), engine=engine)
    assert worst_of(no_rule.summary).cure == "a matching rule on the idType lets the profiles merge"


@pytest.mark.parametrize("engine", [Engine, OneByOne])
@pytest.mark.parametrize("on_invalid", ["drop", "refuse", "keep"])
def test_types_without_values_are_no_identifier(engine: type[Engine], on_invalid: str) -> None:
    history = [Resolve({"email": []}), Resolve({}), Resolve({"email": [], "phone": [" "]})]
    summary = replay(history, engine=engine, on_invalid=on_invalid).summary
    assert summary.rejected_by_reason == {"invalid identifier": 1, "no identifier": 2}


def test_an_encoding_is_a_hint_for_text_only() -> None:
    assert "--encoding NAME" in hint_for("not UTF-8", Reading("csv"))
    assert hint_for("not UTF-8", Reading("parquet")) == "write the column as text in UTF-8"


def test_an_unknown_type_is_named_with_what_may_have_been_meant() -> None:
    worst = worst_of(replay([{"identifiers": {"emial": "a@b.cc"}}] * 2).summary)
    assert worst.cure == "add 'emial' to identifierConfigs in the settings; did you mean 'email'?"
    assert worst.example.startswith("idType 'emial' is not configured (configured: ")
    many = [{"identifiers": {name: "1"}} for name in ("fax", "pager", "telex", "telex", "cable")]
    cure = worst_of(replay(many).summary).cure
    assert cure == "add 'telex', 'fax', 'pager' and 1 more to identifierConfigs in the settings"


def test_fresh_unknown_types_on_every_line_are_not_all_remembered() -> None:
    worst = worst_of(replay({"identifiers": {f"x{n}": "1"}} for n in range(300)).summary)
    assert (worst.count, worst.line) == (300, 1)
    assert worst.cure.endswith("and 97 more to identifierConfigs in the settings")


def test_what_was_mapped_is_not_suggested_again(tmp_path: Path) -> None:
    table = tmp_path / "h.csv"
    table.write_text("ref,when,mail\n1,soon,a@b.cc\n")
    assert "--map at=" not in worst_of(replay(read_history(table, columns={"at": "when"})).summary).cure
    table.write_text("ref,mail\n1,\n")
    mapped = worst_of(replay(read_history(table, columns={"email": "mail"})).summary)
    assert (mapped.reason, mapped.cure) == ("no identifier", "a row needs a value in a column of an idType")
    table.write_text("ref,post\n1,a@b.cc\n")
    cure = worst_of(replay(read_history(table)).summary).cure
    assert "--map NAME=COLUMN" in cure
    assert "resolver init FILE looks for them" in cure


def test_the_first_line_and_value_of_the_reason_are_shown() -> None:
    ada = {"identifiers": {"email": "ada@example.com"}}
    history = [ada, {"identifiers": {"phone": "n/a", "email": "b@b.cc"}}, {"identifiers": {"phone": "12"}}]
    worst = worst_of(replay(history).summary)
    assert (worst.rejected, worst.dropped, worst.line) == (1, 1, 2)
    assert str(worst) == (
        "most frequent reason: invalid identifier (1 line rejected, 1 identifier dropped), first in line 2: phone 'n/a'"
    )


def test_dropped_identifiers_are_not_called_rejected() -> None:
    history = [{"identifiers": {"phone": "n/a", "email": "b@b.cc"}}] * 2
    assert "(2 identifiers dropped)" in str(worst_of(replay(history).summary))
    assert "reject" not in str(worst_of(replay(history).summary))


def test_a_long_example_is_cut() -> None:
    assert len(worst_of(replay([{"identifiers": {"x" * 999: "1"}}]).summary).example) == 200
    assert len(worst_of(replay([{"identifiers": {"phone": "x" * 999, "chat": "1"}}]).summary).example) < 100


@pytest.mark.parametrize("sort", [False, True])
def test_a_replay_command_by_command_says_the_same(tmp_path: Path, *, sort: bool) -> None:
    path = tmp_path / "h.jsonl"
    lines = [
        '{"ref": "late", "at": 9, "identifiers": {"chat": "1", "phone": "n/a"}}',
        "broken",
        '{"at": 5, "identifiers": {"chat": "2", "phone": "12"}}',
        '{"at": 4, "identifiers": {"fax": "2"}}',
        '{"at": 3, "identifiers": {}}',
        '{"at": 2, "identifiers": {"phone": "x"}}',
        "broken",
    ]
    for end in range(1, len(lines) + 1):
        path.write_text("\n".join(lines[:end]))
        history = read_history(path, sort=sort)
        run, plain = replay(history), replay(history, engine=OneByOne)
        assert run.summary == plain.summary
        assert list(run.rejected) == list(plain.rejected)


def test_both_sides_of_a_comparison_keep_their_own_example() -> None:
    history = [{"ref": "a", "identifiers": {"email": "a@b.cc", "fax": "1"}}]
    fax = Settings([IdentifierConfig("email"), IdentifierConfig("fax")], ["email"])
    comparison = compare(replay(history, fax), replay(history, NO_PHONE))
    assert comparison.baseline.most_frequent_rejection is None
    assert "'fax'" in worst_of(comparison.candidate).example


def test_a_line_of_which_nothing_can_be_read_shows_its_values() -> None:
    history = [{"identifiers": {"phone": ["12", "13"], "email": "n/a"}}, {"identifiers": {"phone": "14"}}]
    worst = worst_of(replay(history).summary)
    assert worst.example.startswith("phone '12', phone '13', email 'n/a': resolve needs at least one identifier; all")
    assert replay(history, engine=OneByOne).summary == replay(history).summary
    refused = worst_of(replay(history, on_invalid="refuse").summary)
    assert refused.example.count("'12'") == 1
