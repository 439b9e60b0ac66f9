"""A part of a history, replayed alone without some identifiers, against a replay of the whole history."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import Settings
from resolver.simulate import Run, replay
from resolver.simulate.explain import neighbours as neighbours_module
from resolver.simulate.explain import trials
from resolver.simulate.explain.explanation import Identifier
from resolver.simulate.explain.neighbours import Neighbours
from resolver.simulate.explain.trials import Part, Trial
from tests.simulate.lines import applied

TYPES = ("email", "phone", "name", "city")
SHARED = {"enforceUnique": False}


def _settings(rules: list[str], **fields: dict[str, Any]) -> Settings:
    normal = {"email": "email"}
    configs = [{"idType": each, "normalization": normal.get(each, "trim"), **fields.get(each, {})} for each in TYPES]
    return Settings.from_json({"identifierConfigs": configs, "matchingRules": rules})


FAMILIES = {
    "tight": _settings(["phone", "email", "name", "city"], **{each: {"limit": 1} for each in TYPES}),
    "lifo": _settings(["email", "phone"], email={"limit": 2, "limitPolicy": "lifo"}, phone={"limit": 1}),
    "owned": _settings(["email"], email={"limit": 1}, phone={"limit": 1}),
    "alone": _settings(["email"], email={"limit": 1}, city=SHARED),
    "implicit": _settings(["email", "name", "city"], name={**SHARED, "limit": 1}, city=SHARED, email={"limit": 1}),
    "explicit": _settings(
        ["email", "phone AND name", "name AND city"], name={**SHARED, "limit": 1}, phone={"limit": 1}, city=SHARED
    ),
}

values = st.sampled_from(["a@x.org", "b@x.org", "c@x.org", " a@x.org", "none"])
identifiers = st.dictionaries(st.sampled_from(TYPES), values, min_size=1, max_size=3)
refs = st.sampled_from([f"r{number}" for number in range(7)])
resolves = st.fixed_dictionaries({"ref": refs, "at": st.integers(0, 9), "identifiers": identifiers})
named = refs.map(lambda ref: f"ref:{ref}")


def change(op: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"op": st.just(op), "at": st.integers(0, 9), "profile": named, **fields})


one_type = st.sampled_from(TYPES)
changes = st.one_of(
    change("add", idType=one_type, value=values),
    change("remove", idType=one_type),
    change("replace", idType=one_type, old=values, new=values),
    change("delete"),
)
few_changes = st.lists(st.one_of(resolves, resolves, resolves, changes), min_size=4, max_size=14)
histories = st.one_of(st.lists(resolves, min_size=5, max_size=14), few_changes)
options = st.fixed_dictionaries(
    {"match": st.sampled_from(["all", "first"]), "on_invalid": st.sampled_from(["drop", "refuse", "keep"])}
)


@settings(max_examples=80, deadline=None)
@given(histories, st.sampled_from(sorted(FAMILIES)), options, st.data())
def test_a_part_shows_what_becomes_of_two_records_and_leaves_all_others_as_they_are(
    lines: list[dict[str, Any]], family: str, chosen_options: dict[str, Any], data: st.DataObject
) -> None:
    run = replay(lines, FAMILIES[family], **chosen_options)
    if not run.assignments:
        return
    refs = data.draw(st.tuples(*[st.sampled_from(sorted(run.assignments))] * 2))
    neighbours = Neighbours(run, run.assignments[refs[0]])
    had = sorted({each for step in applied(run) for each in neighbours.presented_by(step)})
    absent = data.draw(st.lists(st.sampled_from(had), min_size=1, max_size=2, unique=True))
    check(run, lines, refs, absent)


def check(run: Run, lines: list[dict[str, Any]], refs: tuple[str, ...], absent: list[Identifier]) -> Trial:
    """Check a trial against a replay of all lines, fact by fact; what is outside must be as it was."""
    neighbours = Neighbours(run, run.assignments[refs[0]])
    assert not neighbours.is_entangled

    trial = Part(neighbours, refs, []).without(absent)

    texts = [f"{id_type}={value}" for id_type, value in absent]
    whole = replay(lines, run.settings, without=texts, **run.options)
    mine = [fact for step in trial.steps for fact in step.facts]
    taken = {step.number for step in trial.steps}
    assert mine == [fact for fact in whole.facts if fact.command in taken]
    assert [trial.profile_of(ref) for ref in refs] == [whole.assignments.get(ref) for ref in refs]
    others = [fact for fact in whole.facts if fact.command not in taken]
    assert others == [fact for fact in run.facts if fact.command in {each.command for each in others}]
    return trial


def line(ref: str, **identifiers: str) -> dict[str, Any]:
    return {"ref": ref, "at": 1, "identifiers": identifiers}


def on(ref: str, op: str, id_type: str, value: str) -> dict[str, Any]:
    return {"op": op, "at": 1, "profile": f"ref:{ref}", "idType": id_type, "value": value}


A, B, C = "a@x.org", "b@x.org", "c@x.org"
SAVED = [line("a", phone="1", email=A), line("a", phone="1", email=B)]
"""Under a limit of 1, the second e-mail address evicts the first; without it, the first stays."""

MEETINGS: dict[str, tuple[str, list[dict[str, Any]], list[Identifier], int]] = {
    "nobody": ("tight", [*SAVED, line("z", email=C)], [("email", B)], 2),
    "who claimed what was lost": ("tight", [*SAVED, line("z", email=A, phone="2")], [("email", B)], 3),
    "who claimed and passed on what was lost": (
        "tight",
        [*SAVED, line("z", email=A, phone="2"), line("z", email=C, phone="2"), line("y", email=A)],
        [("email", B)],
        5,
    ),
    "who was deleted": (
        "tight",
        [line("d", email=A), {"op": "delete", "at": 1, "profile": "ref:d"}, *SAVED, line("z", email=A)],
        [("email", B)],
        3,
    ),
    "who presents what is absent": ("tight", [line("a", email=A), line("z", email=B)], [("email", B)], 2),
    "who shares all of a compound rule": (
        "implicit",
        [line("a", email=A, name="n", city="c"), line("a", email=A, name="m"), line("z", name="n", city="c")],
        [("name", "m")],
        3,
    ),
    "who shares half of a compound rule": (
        "implicit",
        [line("a", email=A, name="n", city="c"), line("a", email=A, name="m"), line("z", name="n", city="d")],
        [("name", "m")],
        2,
    ),
    "nobody over a type that joins nobody": (
        "alone",
        [line("a", email=A, city="c"), line("z", email=B, city="c")],
        [("email", A)],
        1,
    ),
    "who was refused a value": (
        "owned",
        [line("a", email=A), line("z", email=C), on("a", "add", "phone", "1"), on("z", "add", "phone", "1")],
        [("email", A)],
        4,
    ),
    "a line that found nothing to remove": (
        "tight",
        [*SAVED, on("a", "remove", "email", A)],
        [("email", B)],
        3,
    ),
    "who has the same ref": (
        "tight",
        [line("x", email=B), line("a", email=A), line("x", email=A), on("x", "add", "phone", "1")],
        [("email", A)],
        4,
    ),
    "nobody of the same ref that no line names": (
        "tight",
        [line("x", email=B), line("a", email=A), line("x", email=A)],
        [("email", A)],
        2,
    ),
}


@pytest.mark.parametrize("met", MEETINGS)
@pytest.mark.parametrize("most_passes", [0, 4])
def test_a_part_has_the_lines_of_those_who_are_met(met: str, most_passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "MOST_PASSES", most_passes)
    family, lines, absent, size = MEETINGS[met]
    trial = check(replay(lines, FAMILIES[family]), lines, ("a",), absent)
    assert trial.lines >= size if most_passes == 0 else trial.lines == size


def test_lines_that_are_not_picked_at_first_are_read_when_they_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours_module, "MOST_PICKED", 0)
    _, lines, absent, _ = MEETINGS["who claimed what was lost"]
    assert check(replay(lines, FAMILIES["tight"]), lines, ("a",), absent).lines == 3


def test_a_value_that_no_type_reads_ties_a_line_that_it_refuses() -> None:
    lines = [line("a", email=A), line("z", email="no address", phone="1"), line("b", email=B, phone="1")]
    run = replay(lines, FAMILIES["tight"], on_invalid="refuse")
    assert check(run, lines, ("b",), [("email", "no address")]).lines == 2


def test_a_refused_line_may_name_a_record_whose_ref_looks_like_a_name() -> None:
    lines = [line("ref:a", phone="1", email=A), line("ref:a", phone="1", email=B), on("ref:a", "remove", "email", A)]
    assert check(replay(lines, FAMILIES["tight"]), lines, ("ref:a",), [("email", B)]).lines == 3
