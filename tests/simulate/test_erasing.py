"""People who are erased or suppressed in the middle of a history: replayed, saved, masked, explained, left out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from resolver import Erase, Resolve, Settings, Suppress, Unsuppress
from resolver.coupling import components, coupling
from resolver.history import records_of
from resolver.report.masking import Mask, masked
from resolver.rules.normalization import digest_of
from resolver.settings import IdentifierConfig
from resolver.simulate import compare, explain, load_run, replay
from resolver.studio.events import parse_events, text_of
from tests.columns.twins import check_alike

LINES: list[dict[str, Any]] = [
    {"ref": "a", "at": 1, "identifiers": {"email": "ada@x.com", "phone": "317-555-6789"}},
    {"ref": "b", "at": 2, "identifiers": {"email": "bob@x.com"}},
    {"ref": "c", "at": 3, "identifiers": {"email": "cy@x.com", "chat": "cy"}},
    {"ref": "a2", "at": 4, "identifiers": {"email": "ada@x.com", "chat": "ada"}},
    {"op": "erase", "at": 5, "identifiers": {"email": ["ADA@x.com", "cy@x.com"]}, "suppress": True},
    {"ref": "a3", "at": 6, "identifiers": {"email": "ada@x.com", "chat": "ada"}},
    {"op": "unsuppress", "at": 7, "identifiers": {"email": "cy@x.com"}},
    {"ref": "c", "at": 8, "identifiers": {"email": "cy@x.com"}},
    {"op": "suppress", "at": 9, "identifiers": [["chat", "eve"], ["email", "bob@x.com"]]},
    {"ref": "e", "at": 10, "identifiers": {"chat": "eve", "phone": "317-555-6780"}},
    {"op": "erase", "at": 11, "identifiers": {"chat": "nobody"}},
]
DIGEST = digest_of("email", "ada@x.com")  # type: ignore[arg-type]


def test_a_replay_erases_where_the_line_stands_and_refuses_what_is_suppressed_from_there_on() -> None:
    run = check_alike(LINES)
    assert run.summary.profiles == 2
    assert run.summary.deleted == 1  # lines; they deleted two profiles
    assert run.summary.absorbed == 0
    assert run.summary.rejected_by_reason == {"suppressed identifier": 2}
    assert [(each.line, each.error) for each in run.rejected] == [
        (6, "SuppressedIdentifier"),
        (10, "SuppressedIdentifier"),
    ]
    assert {*run.assignments} == {"b", "c"}
    kinds = [type(step.command) for step in run.steps() if step.profile_id is None and step.outcome is not None]
    assert kinds == [Erase, Unsuppress, Suppress, Erase]


def test_a_saved_run_has_digests_and_gives_the_commands_back(tmp_path: Path) -> None:
    run = replay(LINES)
    run.save(tmp_path)
    loaded = load_run(tmp_path)
    assert list(loaded.facts) == list(run.facts)
    assert [step.command for step in loaded.steps()] == [step.command for step in run.steps()]
    again = replay([step.command for step in loaded.steps()])
    assert again.engine.snapshot() == run.engine.snapshot() == loaded.engine.snapshot()
    assert not compare(loaded, run).split


def test_a_masked_run_names_nobody_whom_it_erases_and_shows_no_digest() -> None:
    run = replay(LINES)
    told = repr([*masked(run, Mask(b"sixteen bytes or more")).steps()])
    assert DIGEST in repr([*run.steps()])
    assert DIGEST not in told
    for text in ("ada@", "ADA@", "cy@", "eve", "'nobody'"):
        assert text not in told


def test_an_explanation_tells_of_the_line_that_erased_and_of_nobody_else() -> None:
    explanation = explain(replay(LINES), "a", "a2")
    text = str(explanation)
    assert "was deleted at line 5" in text
    assert "cy@x.com" not in text
    assert explain(replay(LINES), "b", "c").together is False


def test_values_that_are_supposed_away_are_named_by_no_such_command() -> None:
    run = replay(LINES, without=["email=ada@x.com"])
    named = [step.command.identifiers for step in run.steps() if isinstance(step.command, Erase)]
    assert named == [(("email", "cy@x.com"),), (("chat", "nobody"),)]
    run = replay(LINES, without=["chat=eve", "email=bob@x.com", "chat=nobody"])
    assert not any(isinstance(step.command, Suppress) for step in run.steps())
    assert run.summary.rejected == 1


@pytest.mark.parametrize("line", [each for each in LINES if "op" in each])
def test_an_event_of_the_studio_is_typed_again_as_it_was(line: dict[str, Any]) -> None:
    [record] = records_of([line])
    [again] = parse_events(text_of(record), id_types=["email", "phone", "chat"])
    asked, typed = (_pairs(each.command) for each in (record, again))
    assert (again.op, asked) == (record.op, typed)


def _pairs(command: Any) -> Any:
    pairs = command.identifiers.items() if isinstance(command.identifiers, dict) else command.identifiers
    flat = [(t, one) for t, raw in pairs for one in (raw if isinstance(raw, list) else [raw])]
    return sorted(flat), command.at, getattr(command, "suppress", None)


def test_all_that_give_what_is_erased_or_suppressed_are_tied_together() -> None:
    settings = Settings(
        [IdentifierConfig("mail", normalization="email"), IdentifierConfig("shop", enforce_unique=False)], ["mail"]
    )
    for on_invalid in ("keep", "drop"):
        ties = coupling(settings, on_invalid=on_invalid)
        given: list[Any] = [
            Resolve({"mail": "a@x.com", "shop": "rome"}, 1),
            Resolve({"mail": "b@x.com", "shop": "oslo"}, 2),
            Resolve({"mail": ["c@x.com", "no mail"]}, 3),
            Resolve({"mail": "d@x.com", "shop": "rome", "fax": "1"}, 4),
            Suppress({"shop": "rome"}, 5),
            Erase({"mail": " NO mail "}, 6),
            Unsuppress([("mail", 5), ("fax", "1")], 7),  # type: ignore[list-item]
        ]
        found = components([ties.ties(each, line) for line, each in enumerate(given, 1)], ties.combinations)
        assert found == [1, 2, 3, 1, 1, 6, 7]
    kept: list[Any] = [Resolve({"mail": ["c@x.com", "no mail"]}, 1), Erase({"mail": " no mail"}, 2)]
    ties = coupling(settings, on_invalid="keep")
    assert components([ties.ties(each, line) for line, each in enumerate(kept, 1)]) == [1, 1]


def test_commands_about_people_are_told_as_texts_whatever_a_program_gave() -> None:
    odd: Any = {"chat": ["x", 5]}
    given: list[Any] = [Suppress(odd, 1), Erase([("chat", "y")], 2), Unsuppress({"chat": "x"}, 3)]
    run = replay(given)
    assert [msgspec.structs.astuple(step.command) for step in run.steps()] == [
        ((("chat", "x"), ("chat", None)), 1),
        ((("chat", "y"),), 2, False),
        ((("chat", "x"),), 3),
    ]
