"""Explanations of small random histories, checked against slow and independent code."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import Settings
from resolver.simulate import Run, replay
from resolver.simulate.explain import Explanation, Link, explain

TYPES = ("email", "phone", "name", "city")


def plain() -> Settings:
    return _settings(["email", "phone", "name", "city"])


def _settings(rules: list[str], **fields: dict[str, Any]) -> Settings:
    configs = [{"idType": each, "normalization": "trim", **fields.get(each, {})} for each in TYPES]
    return Settings.from_json({"identifierConfigs": configs, "matchingRules": rules})


SHARED: dict[str, Any] = {"enforceUnique": False}
TIGHT = {each: {"limit": 1} for each in TYPES}
FAMILIES = {
    "plain": plain(),
    "tight": _settings(["phone", "email", "name", "city"], **TIGHT),
    "lifo": _settings(["email", "phone"], email={"limit": 2, "limitPolicy": "lifo"}, phone={"limit": 1}),
    "implicit": _settings(["email", "name", "city"], name=SHARED, city=SHARED),
    "explicit": _settings(["email", "phone AND name", "name AND city"], name=SHARED, phone={"limit": 2}),
    "fuzzy": _settings(["email", "name"], name={"matchingAlgo": "fuzzy", "matchingThreshold": 60}, email={"limit": 1}),
    "fuzzy compound": _settings(
        ["email", "name AND city"], name={**SHARED, "matchingAlgo": "fuzzy", "matchingThreshold": 60}, city=SHARED
    ),
}

values = st.sampled_from(["anna", "anne", "bert", "carl", " bert"])
identifiers = st.dictionaries(st.sampled_from(TYPES), values, min_size=1, max_size=3)
refs = st.sampled_from([f"r{number}" for number in range(6)])
resolves = st.fixed_dictionaries({"ref": refs, "at": st.integers(0, 5), "identifiers": identifiers})
named = refs.map(lambda ref: f"ref:{ref}")
changes = st.one_of(
    st.fixed_dictionaries(
        {
            "op": st.just("add"),
            "at": st.integers(0, 5),
            "profile": named,
            "idType": st.sampled_from(TYPES),
            "value": values,
        }
    ),
    st.fixed_dictionaries(
        {"op": st.just("remove"), "at": st.integers(0, 5), "profile": named, "idType": st.sampled_from(TYPES)}
    ),
    st.fixed_dictionaries({"op": st.just("delete"), "at": st.integers(0, 5), "profile": named}),
)
histories = st.lists(st.one_of(resolves, resolves, resolves, resolves, changes), min_size=2, max_size=12)
families = st.sampled_from(sorted(FAMILIES))
matches = st.sampled_from(["all", "first"])


def is_true(link: Link, lines: list[dict[str, Any]], run: Run) -> bool:
    """Check a link against the lines themselves: who presented what, or named whom."""
    first, second = lines[link.first.line - 1], lines[link.second.line - 1]
    if link.kind == "name":
        return str(second["profile"]) == f"ref:{link.first.ref}"
    presented = [_presented(first), _presented(second)]
    if link.kind == "value":
        return all(link.identifiers[0] in each for each in presented) and link.added is not None
    return len(link.identifiers) > 1 and all(any(each in p for each in link.identifiers) for p in presented)


def _presented(line: dict[str, Any]) -> set[tuple[str, str]]:
    pairs = line["identifiers"].items() if "identifiers" in line else [(line["idType"], line["value"])]
    return {(id_type, value.strip()) for id_type, value in pairs}


def links_hang_together(explanation: Explanation, run: Run) -> bool:
    a, b = explanation.refs
    ends = [max(e.line for e in run.applied if e.ref == ref and e.profile_id) for ref in (a, b)]
    here = {ends[0]}
    for link in explanation.chain:
        sides = {link.first.line, link.second.line}
        if not here & sides:
            return False
        here = sides - here
    return here == {ends[1]} or (not explanation.chain and ends[0] == ends[1])


@settings(max_examples=60, deadline=None)
@given(histories, families, matches)
def test_every_pair_is_explained_as_the_assignments_have_it_by_links_that_are_true(
    lines: list[dict[str, Any]], family: str, match: str
) -> None:
    run = replay(lines, FAMILIES[family], match=match)
    for a, b in combinations(run.assignments, 2):
        explanation = explain(run, a, b, with_cut=False)
        assert explanation.together == (run.assignments[a] == run.assignments[b])
        assert str(explanation)
        assert explanation.to_json()["together"] == explanation.together
        if explanation.together:
            assert explanation.since is not None
            assert links_hang_together(explanation, run)
            for link in explanation.chain:
                assert is_true(link, lines, run), link
        else:
            assert {each.identifier for each in explanation.common} == shared_ever(run, a, b)


def shared_ever(run: Run, a: str, b: str) -> set[tuple[str, str]]:
    """Return what both profiles ever had added or refused, and what refused lines of theirs presented."""
    had: list[set[tuple[str, str]]] = [set(), set()]
    profiles = [run.assignments[a], run.assignments[b]]
    members = [{ref for ref, each in run.assignments.items() if each == profile} for profile in profiles]
    for fact in run.facts:
        told: Any = fact
        value, profile_id = getattr(fact, "value", None), getattr(fact, "profile_id", None)
        if value is not None and profile_id is not None and profile_id in run.engine:
            canonical = run.engine.canonical_id(profile_id)
            if canonical in profiles:
                had[profiles.index(canonical)].add((told.id_type, value))
    for entry in run.applied:
        if entry.ref is not None and entry.profile_id is not None and entry.profile_id in run.engine:
            canonical = run.engine.canonical_id(entry.profile_id)
            if canonical in profiles:
                members[profiles.index(canonical)].add(entry.ref)
    for entry in run.refused:
        for side in (0, 1):
            if (entry.named or f"ref:{entry.ref}").removeprefix("ref:") in members[side]:
                had[side].update((id_type, value.strip()) for id_type, value in entry.given)
    return had[0] & had[1]


def apart(run: Run, a: str, b: str) -> bool:
    return a not in run.assignments or run.assignments[a] != run.assignments.get(b)


@settings(max_examples=40, deadline=None)
@given(histories, families, matches)
def test_a_cut_keeps_the_two_apart_in_a_replay_of_the_whole_history(
    lines: list[dict[str, Any]], family: str, match: str
) -> None:
    run = replay(lines, FAMILIES[family], match=match)
    together = [
        pair for pair in combinations(run.assignments, 2) if run.assignments[pair[0]] == run.assignments[pair[1]]
    ]
    for a, b in together[:3]:
        cut = explain(run, a, b).cut
        assert cut is not None
        if cut.identifiers:
            assert apart(without(lines, family, match, cut.identifiers), a, b)
            if cut.is_smallest:
                for fewer in range(1, len(cut.identifiers)):
                    for subset in combinations(presented(lines), fewer):
                        assert not apart(without(lines, family, match, subset), a, b)
        else:
            assert "names the record" in cut.why


def presented(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    pairs: dict[tuple[str, str], None] = {}
    for line in lines:
        if "identifiers" in line or "value" in line:
            pairs.update(dict.fromkeys(sorted(_presented(line))))
    return list(pairs)


def without(lines: list[dict[str, Any]], family: str, match: str, chosen: Iterable[tuple[str, str]]) -> Run:
    texts = [f"{id_type}={value}" for id_type, value in chosen]
    return replay(lines, FAMILIES[family], match=match, without=texts)


@settings(max_examples=30, deadline=None)
@given(st.lists(resolves, min_size=2, max_size=7))
def test_without_limits_and_with_unique_types_only_the_cut_is_as_small_as_brute_force_finds(
    lines: list[dict[str, Any]],
) -> None:
    run = replay(lines, plain())
    for a, b in list(combinations(run.assignments, 2))[:3]:
        if run.assignments[a] == run.assignments[b]:
            cut = explain(run, a, b).cut
            assert cut is not None
            sizes = (
                size
                for size in range(1, len(presented(lines)) + 1)
                for subset in combinations(presented(lines), size)
                if apart(without(lines, "plain", "all", subset), a, b)
            )
            assert len(cut.identifiers) == next(sizes)
            assert cut.is_smallest
