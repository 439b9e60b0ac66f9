"""Hints: what is said about rejected lines fits them, the settings and what was given."""

from pathlib import Path

import pytest

from resolver.history import read_history
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate import compare, replay
from resolver.simulate.hints import Reading, hint_for
from resolver.simulate.summary import MostFrequent, Summary
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
