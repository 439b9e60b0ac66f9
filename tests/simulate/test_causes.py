"""What compare names as the cause of a changed group: which line, and what matched there."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from resolver import ApplySettings, IdentifierConfig, Settings
from resolver.report import Mask, comparison_report, masked
from resolver.report.comparison import pieces_of_report
from resolver.report.reasons import Notes
from resolver.simulate import Cause, Comparison, Run, compare, replay
from resolver.simulate.causes import Causes
from resolver.simulate.compare import tell_together
from tests.simulate.lines import ADA, BOB, SHARED_PHONE
from tests.simulate.lines import settings as settings_of


def under(*rules: str, **configs: dict[str, Any]) -> Settings:
    """Return settings of the types that rules and configs name, values as they are written."""
    names = dict.fromkeys([*(name for rule in rules for name in rule.split(" AND ")), *configs])
    return Settings([IdentifierConfig(name, **configs.get(name, {})) for name in names], rules)


def cause_of(lines: list[dict[str, Any]], baseline: Settings, candidate: Settings) -> Cause:
    comparison = compare(replay(lines, baseline), replay(lines, candidate))
    (change,) = (*comparison.split, *comparison.joined)
    assert change.cause is not None
    return change.cause


NAMES: dict[str, Any] = {"first": {"enforce_unique": False}, "last": {"enforce_unique": False}}
PEOPLE = [
    {"ref": "a", "identifiers": {"first": "James", "last": "Bond", "job": "spy"}},
    {"ref": "b", "identifiers": {"first": "James", "last": "Bonde", "job": "spy"}},
]


def test_the_rule_that_matched_is_named_and_not_a_value_that_no_rule_uses() -> None:
    fuzzy = {**NAMES["last"], "matching_algo": "fuzzy", "matching_threshold": 80}
    more: dict[str, Any] = {"job": {"enforce_unique": False}}
    baseline = under("first AND last", **{**NAMES, "last": fuzzy}, **more)
    cause = cause_of(PEOPLE, baseline, under("first AND last", **NAMES, **more))
    assert cause.why == (
        "the baseline added last 'Bonde' to the profile of a; the candidate created a profile with first 'James', "
        "last 'Bonde' and job 'spy'. Under the baseline, first 'James' and last 'Bonde' (like 'Bond') by rule "
        "'first AND last' found the profile of a"
    )
    assert cause.kind == "match"
    (match,) = cause.baseline.matched
    assert cause.candidate.matched == ()
    assert cause.to_json()["baseline"]["matched"] == [
        {
            "rule": "first AND last",
            "profileId": match.profile_id,
            "shared": [
                {"idType": "first", "given": "James", "held": "James"},
                {"idType": "last", "given": "Bonde", "held": "Bond"},
            ],
        }
    ]


def test_what_matched_is_named_as_each_run_stores_it() -> None:
    lines = [
        {"ref": "a", "identifiers": {"mail": "Ada@Example.com", "chat": "x"}},
        {"ref": "b", "identifiers": {"mail": "ada@example.com "}},
    ]
    lowered = under("mail", "chat", mail={"normalization": "email"})
    change = compare(replay(lines, lowered), replay(lines, under("mail", "chat"))).split[0]
    assert change.cause is not None
    assert change.parting is not None
    assert (change.cause.line, change.cause.kind) == (1, "value")
    assert "found" not in change.cause.why
    assert (change.parting.line, change.parting.kind) == (2, "match")
    assert change.parting.why.endswith(
        "Under the baseline, mail 'ada@example.com' by rule 'mail' found the profile of a"
    )


def test_a_value_that_is_not_unique_is_named_with_what_it_matched_together_with() -> None:
    lines = [
        {"ref": "a", "identifiers": {"city": "Rome", "name": "Ada", "mail": "1"}},
        {"ref": "b", "identifiers": {"city": "Rome", "name": "Bob", "mail": "2"}},
        {"ref": "b", "identifiers": {"city": "Rome", "name": "Ada", "mail": "3"}},
    ]
    shared: dict[str, Any] = {"city": {"enforce_unique": False}, "name": {"enforce_unique": False}}
    cause = cause_of([lines[0], lines[2]], under("city", "name", "mail", **shared), under("mail", **shared))
    assert cause.why.endswith(
        "Under the baseline, city 'Rome' and name 'Ada' by rule 'city AND name' found the profile of a"
    )


def test_where_both_runs_found_profiles_but_not_the_same_one_each_says_what_found_it() -> None:
    lines = [
        {"ref": "a", "identifiers": {"mail": "1"}},
        {"ref": "b", "identifiers": {"chat": "2"}},
        {"ref": "c", "identifiers": {"mail": "1", "chat": "2"}},
    ]
    shared: dict[str, Any] = {"enforce_unique": False}
    comparison = compare(
        replay(lines, under("mail", "chat", chat=shared)), replay(lines, under("mail", "chat", mail=shared))
    )
    causes = [change.cause for change in (*comparison.split, *comparison.joined)]
    for cause in causes:
        assert cause is not None
        assert (cause.line, cause.kind) == (3, "match")
        assert cause.why.endswith(
            "Under the baseline, mail '1' by rule 'mail' found the profile of a. "
            "Under the candidate, chat '2' by rule 'chat' found the profile of b"
        )


def test_every_rule_that_found_the_profile_is_named() -> None:
    lines = [ADA, {**ADA, "ref": "again"}]
    cause = cause_of(lines, settings_of(), settings_of(rules=["email"], email={"enforceUnique": False}))
    assert "email 'ada@example.com' by rule 'email' and phone '+13175556789' by rule 'phone' found" in cause.why


def test_masked_runs_name_what_matched_masked() -> None:
    mask = Mask(b"sixteen bytes or more")
    runs = [masked(replay([ADA, BOB], each), mask) for each in (settings_of(), SHARED_PHONE)]
    (change,) = compare(*runs).split
    assert change.cause is not None
    assert f"phone '{mask.value('phone', '+13175556789')}' by rule 'phone' found the profile of ada" in change.cause.why
    assert "555" not in str(compare(*runs).to_json()["split"])


RETURNING = [
    {"ref": "r0", "at": 0, "identifiers": {"mm": "d"}},
    {"ref": "r1", "at": 1, "identifiers": {"mm": "b"}},
    {"ref": "r1", "at": 2, "identifiers": {"mm": "d"}},
    {"ref": "r6", "at": 3, "identifiers": {"mm": "d", "cc": "c"}},
]


def of_returning(lines: list[dict[str, Any]]) -> Comparison:
    document = {"identifierConfigs": [{"idType": "mm"}, {"idType": "cc"}], "matchingRules": ["mm", "cc"]}
    both = Settings.from_json(document), Settings.from_json({**document, "matchingRules": ["cc"]})
    return compare(*(replay(lines, each) for each in both))


def test_a_line_that_put_a_record_elsewhere_without_a_fact_is_the_cause_before_later_facts() -> None:
    for count in (3, 4):
        (change,) = of_returning(RETURNING[:count]).split
        assert change.cause is not None
        assert (change.cause.line, change.cause.kind, change.parting) == (3, "rejected", None)


def test_an_early_difference_on_a_profile_that_a_record_has_left_is_no_cause() -> None:
    lines: list[dict[str, Any]] = [
        {"ref": "a", "identifiers": {"email": "ada@example.com", "phone": "317-555-6701"}},
        {"ref": "a", "identifiers": {"email": "new@example.com"}},
        {"ref": "x", "identifiers": {"email": "ada@example.com", "phone": "317-555-6702"}},
        {"ref": "b", "identifiers": {"email": "new@example.com", "phone": "317-555-6703"}},
        {"ref": "c", "identifiers": {"phone": "317-555-6703"}},
    ]
    comparison = compare(replay(lines, settings_of(phone={"limit": 1})), replay(lines, settings_of(rules=["email"])))
    for change in (*comparison.split, *comparison.joined):
        assert change.cause is not None
        assert change.cause.line == 5


def test_a_line_without_a_time_is_a_cause_without_one() -> None:
    lines: list[dict[str, Any]] = [{**each, "at": None} for each in (ADA, BOB)]
    assert cause_of(lines, settings_of(), SHARED_PHONE).at is None
    assert cause_of([ADA, lines[1]], settings_of(), SHARED_PHONE).at is None


def test_what_matched_is_told_of_a_profile_that_is_gone_at_the_end() -> None:
    lines: list[dict[str, Any]] = [
        {"ref": "a", "identifiers": {"email": "1@example.com"}},
        {"ref": "b", "identifiers": {"email": "1@example.com", "phone": "317-555-6701"}},
        {"op": "delete", "profile": "ref:a"},
        {"ref": "z", "identifiers": {"phone": ["317-555-6708", "317-555-6709"]}},
        {"op": "remove", "profile": "ref:z", "idType": "phone"},
        {"op": "delete", "profile": "ref:z"},
        {"ref": "a", "identifiers": {"email": "3@example.com"}},
        {"ref": "b", "identifiers": {"email": "3@example.com"}},
    ]
    cause = cause_of(lines, settings_of(), settings_of(email={"enforceUnique": False}))
    assert (cause.line, [match.rule for match in cause.baseline.matched]) == (2, ["email"])


def test_what_matched_is_told_under_settings_that_the_history_brought() -> None:
    lines: list[Any] = [
        ApplySettings(settings_of(rules=["phone"])),
        {"ref": "x", "identifiers": {"phone": "317-555-6701"}},
        {"ref": "y", "identifiers": {"phone": "317-555-6702"}},
        {"ref": "y", "identifiers": {"phone": ["317-555-6702", "317-555-6701"]}},
        {"ref": "a", "identifiers": {"phone": "317-555-6703"}},
        {"ref": "b", "identifiers": {"phone": ["317-555-6703", "317-555-6704", "n/a"]}},
        {"ref": "c", "identifiers": {"phone": "317-555-6704"}},
    ]
    runs = [replay(lines, settings_of(), on_invalid=each) for each in ("drop", "refuse")]
    mask = Mask(b"sixteen bytes or more")
    for baseline, candidate in (runs, [masked(run, mask) for run in runs]):
        (change,) = compare(baseline, candidate).split
        assert change.cause is not None
        assert (change.cause.line, change.cause.kind) == (6, "rejected")
        assert [match.rule for match in change.cause.baseline.matched] == ["phone"]


def test_a_record_whose_profile_was_deleted_is_followed_to_its_next_one() -> None:
    lines: list[dict[str, Any]] = [
        {"ref": "a", "identifiers": {"email": "1@example.com"}},
        {"ref": "b", "identifiers": {"phone": "317-555-6701"}},
        {"op": "delete", "profile": "ref:a"},
        {"ref": "a", "identifiers": {"phone": "317-555-6701"}},
    ]
    assert cause_of(lines, settings_of(), SHARED_PHONE).line == 4


def test_a_merge_before_any_of_the_records_came_is_the_cause_where_they_come_to_its_profile() -> None:
    def under(**phone: bool) -> Settings:
        document = settings_of(rules=["email", "phone"], phone=phone).to_json()
        document["identifierConfigs"].append({"idType": "chat"})
        return Settings.from_json({**document, "matchingRules": ["email", "phone", "chat"]})

    lines: list[dict[str, Any]] = [
        {"ref": "x", "identifiers": {"email": "1@example.com"}},
        {"ref": "y", "identifiers": {"phone": "317-555-6701"}},
        {"op": "add", "profile": "ref:x", "idType": "phone", "value": "317-555-6701"},
        {"ref": "x", "identifiers": {"chat": "x"}},
        {"ref": "y", "identifiers": {"chat": "y"}},
        {"ref": "a", "identifiers": {"email": "1@example.com"}},
        {"ref": "b", "identifiers": {"phone": "317-555-6701"}},
    ]
    cause = cause_of(lines, under(), under(enforceUnique=False))
    assert (cause.line, cause.kind) == (3, "collision")


def households() -> tuple[Run, Run]:
    """Two runs in which 1,200 groups differ."""
    lines = [
        {"ref": f"{side}{pair}", "identifiers": {"phone": f"317-555-{pair:04}", "email": f"{side}{pair}@example.com"}}
        for pair in range(1200)
        for side in "ab"
    ]
    return replay(lines), replay(lines, SHARED_PHONE)


def count_told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many causes are told in each pass from now on, while it grows."""
    tell, passes = Causes._tell, []

    def counted(causes: Causes, pairs: Sequence[tuple[int, int]]) -> None:
        passes.append(len(pairs))
        tell(causes, pairs)

    monkeypatch.setattr(Causes, "_tell", counted)
    return passes


def test_causes_asked_for_in_any_order_take_few_passes_over_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = households()
    in_order = [each.cause for each in compare(*runs).split]
    comparison, passes = compare(*runs), count_told(monkeypatch)
    order = list(range(1200))
    random.Random(4).shuffle(order)
    told = {group: comparison.split[group].cause for group in order}
    assert [told[group] for group in range(1200)] == in_order
    assert passes[0] == 1  # who asks for one group alone waits for no other
    assert len(passes) <= 14


def test_causes_that_are_written_are_told_once_and_forgotten_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison, passes = compare(*households()), count_told(monkeypatch)
    monkeypatch.setattr("resolver.simulate.causes._MOST", 100)
    causes = comparison.split.causes
    held = [len(causes._told) for _ in comparison.split.documents()]
    assert sum(passes) == 1200
    assert max(held) <= 100
    assert [each.cause.line for each in comparison.split if each.cause is not None] == list(range(2, 2401, 2))
    assert len(passes) < 40


def test_causes_of_some_groups_are_told_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison, passes = compare(*households()), count_told(monkeypatch)
    some = comparison.split[5:900:90]
    tell_together(some)
    assert [each.cause.line for each in some if each.cause is not None] == [2 * each + 2 for each in range(5, 900, 90)]
    assert passes == [len(some)]
    tell_together([])


def test_what_a_page_says_of_groups_is_noted_while_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = households()
    comparison = compare(*runs)
    page = comparison_report(comparison, *runs)
    expected = list(comparison.split.documents())
    notes, passes = Notes(comparison), count_told(monkeypatch)
    assert list(notes.documents("split")) == expected
    assert list(notes.documents("joined")) == []
    assert "".join(pieces_of_report(comparison, *runs, None, None, notes)) == page
    assert sum(passes) == 1200
