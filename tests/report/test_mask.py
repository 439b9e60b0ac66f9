from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from resolver import ApplySettings, Blocked, IdentifierConfig, InvalidHistory, Policies, Resolve, Settings
from resolver.graph import identity_graph
from resolver.report import Mask, comparison_report, masked
from resolver.simulate import Run, compare, explain, replay
from tests.report.pages import data_of, household_page, runs_of, text_of
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings

KEY = b"sixteen bytes or more"
SECRETS = ("ada@", "bob@", "@example.com", "6789", "5556")

LINES: list[Any] = [
    ADA,
    BOB,
    {"op": "add", "at": 3, "profile": "ref:bob", "idType": "email", "value": "secret address"},
    {"op": "add", "at": 4, "profile": "ref:nobody", "idType": "email", "value": "secret@example.com"},
    {"op": "remove", "at": 5, "profile": "ref:ada", "idType": "email", "value": "ada@example.com"},
]


def test_no_value_is_in_a_masked_report() -> None:
    page = household_page(Mask(KEY))
    told = text_of(page) + str(data_of(page))
    assert not [secret for secret in SECRETS if secret in told]
    assert "'ada'" in told
    assert "email '#" in told
    assert "Each is replaced by a keyed hash" in told


def test_equal_values_have_equal_hashes_whatever_way_they_were_written() -> None:
    (group,) = data_of(household_page(Mask(KEY)))
    phones = [each for each in group["identifiers"] if each["idType"] == "phone"]
    assert [each["holders"] for each in phones] == [[[0], [0, 1]]]
    assert phones[0]["value"] == Mask(KEY).value("phone", "+13175556789")


def test_another_key_gives_other_hashes_and_a_type_of_its_own_too() -> None:
    mask = Mask(KEY)
    assert mask.value("email", "x") == Mask(KEY).value("email", "x")
    assert mask.value("email", "x") != mask.value("phone", "x")
    assert mask.value("email", "x") != Mask(KEY[::-1]).value("email", "x")
    assert Mask().value("email", "x") != Mask().value("email", "x")


def test_refs_are_masked_only_where_asked() -> None:
    assert "'ada'" not in str(data_of(household_page(Mask(KEY, refs=True))))
    assert Mask(KEY).ref("ada") == "ada"
    assert Mask(KEY, refs=True).ref("ada").startswith("record #")


def test_everything_that_a_masked_run_gives_to_read_is_masked() -> None:
    run = masked(replay(LINES, settings()), Mask(KEY, refs=True))
    steps = list(run.steps())
    given = [
        *run.facts,
        *run.numbered_facts,
        *run.losses,
        *run.rejected,
        *steps,
        *run.source.read_facts_about(run.assignments.values()),
        *run.assignments,
        *run.elsewhere,
    ]
    told = "\n".join(map(str, given))
    assert len(given) > 10
    assert not [secret for secret in (*SECRETS, "secret", "ada", "bob") if secret in told]
    assert steps[2].named == f"ref:{Mask(KEY, refs=True).ref('bob')}"


def test_what_cannot_be_read_is_masked_alike_wherever_it_stands() -> None:
    run = masked(replay(LINES, settings()), Mask(KEY))
    expected = Mask(KEY).value("email", "secret address")
    assert expected in str(list(run.facts))
    assert expected in str(list(run.steps()))
    assert expected in str(list(run.rejected))


def test_a_masked_comparison_has_the_same_groups() -> None:
    comparison, baseline, candidate = runs_of([ADA, BOB], settings(), SHARED_PHONE)
    mask = Mask(KEY)
    again = compare(masked(baseline, mask), masked(candidate, mask))
    assert [change.refs for change in again.split] == [change.refs for change in comparison.split]
    assert not [secret for secret in SECRETS if secret in str(again.to_json())]


def test_a_short_key_is_refused_naming_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"short")
    with pytest.raises(ValueError, match=r"key: a mask key of 5 bytes is too short; expected 16 or more"):
        Mask.from_file(file)
    file.write_bytes(KEY)
    assert Mask.from_file(file).value("email", "x") == Mask(KEY).value("email", "x")


def test_what_records_presented_is_told_by_the_rules_in_force_then() -> None:
    chat = [IdentifierConfig("chat", normalization="none"), IdentifierConfig("email")]
    before, after = Settings(chat, ["chat"]), Settings([IdentifierConfig("chat")], ["chat"])
    line = {"chat": " x ", "email": "ada@example.com"}
    run = replay([Resolve(line, 1), ApplySettings(after, 2), Resolve({"chat": " x "}, 3)], before)
    first, second = [step for step in masked(run, Mask(KEY)).steps() if step.op == "resolve"]
    mask = Mask(KEY)
    assert first.given == (("chat", mask.value("chat", " x ")), ("email", mask.value("email", "ada@example.com")))
    assert second.given == (("chat", mask.value("chat", "x")),)  # a profile of its own: the stored text is no match
    assert run.summary.profiles == 2


def test_what_the_policies_block_is_masked_too() -> None:
    blocked = [
        Blocked(equals=["secret@example.com"]),
        Blocked(matches="6789$"),
        Blocked(unless_matches="@example[.]com"),
    ]
    other = attrs.evolve(settings(), policies=Policies(blocked=blocked[:2]))
    later = attrs.evolve(settings(), policies=Policies(blocked=[blocked[2], *blocked]))
    runs = replay(LINES, settings()), replay(LINES, other)
    page = comparison_report(compare(*runs), *runs, mask=Mask(KEY))
    told = text_of(page) + str(data_of(page))
    assert "options.policies.blocked" in told
    assert not [secret for secret in (*SECRETS, "@example[.]com") if secret in told]
    plain = text_of(comparison_report(compare(*runs), *runs))
    assert "secret@example.com" in plain
    hidden = masked(replay([*LINES, ApplySettings(later)], other), Mask(KEY))
    everything = [hidden.settings, hidden.summary.to_json(), *hidden.facts, *hidden.losses, *hidden.steps()]
    assert not [secret for secret in ("secret@", "6789", "@example[.]com") if secret in str(everything)]


def test_what_was_supposed_away_is_masked_as_it_is_elsewhere() -> None:
    run = replay([ADA, BOB], settings(), without=["phone=(317) 555-6789", "ref:bob"])
    mask = Mask(KEY, refs=True)
    hidden = masked(run, mask).summary.without
    assert hidden == (f"phone={mask.value('phone', '+13175556789')}", f"ref:{mask.ref('bob')}")


def test_a_masked_run_is_a_run_that_reads_another_one() -> None:
    run = replay(LINES, settings())
    hidden = masked(run, Mask(KEY, refs=True))
    assert type(hidden) is type(run)
    assert (hidden.is_masked, run.is_masked) == (True, False)
    assert [step.number for step in hidden.steps()] == [step.number for step in run.steps()]
    again = masked(hidden, Mask(KEY))
    assert list(again.assignments) == list(hidden.assignments)
    assert [each.profile_id for each in again.steps()] == [each.profile_id for each in run.steps()]
    assert (again.source.births(), again.source.plain_times()) == (run.source.births(), run.source.plain_times())


ASKING: list[Callable[[Run], object]] = [
    identity_graph,
    lambda run: explain(run, "ada"),
    lambda run: explain(run, "ada", "bob"),
]


@pytest.mark.parametrize("ask", ASKING)
def test_what_is_asked_of_the_store_again_is_refused_of_a_masked_run(ask: Callable[[Run], object]) -> None:
    """Masked values match otherwise, and those that the store holds are not masked."""
    run = replay(LINES, settings())
    assert ask(run)
    with pytest.raises(InvalidHistory, match=r"^the run is masked.*; expected the run that was masked$"):
        ask(masked(run, Mask(KEY)))
