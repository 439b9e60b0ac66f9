"""Explanations of random histories, held against the store before every line and against replays without the cut."""

from collections.abc import Iterable
from itertools import combinations
from random import Random
from typing import Any

from resolver import ProfilesMerged, Resolve, Settings
from resolver.evidence import matches
from resolver.names import COLLISION
from resolver.policies import Policies
from resolver.simulate import Run, replay
from resolver.simulate.explain import Explanation, Link, Moment, explain
from tests.laws.what_if import FAMILIES, Line, Walk, any_history, any_options, any_settings, chances, document
from tests.simulate.lines import applied, refused

Pair = tuple[str, str]


def pairs_together(run: Run, most: int) -> list[Pair]:
    pairs = combinations(run.assignments, 2)
    return [pair for pair in pairs if run.assignments[pair[0]] == run.assignments[pair[1]]][:most]


# Chains


def test_every_pair_is_explained_as_it_is_by_links_that_happened() -> None:
    for random in chances(100):
        lines, document, options = any_history(random), any_settings(random), any_options(random)
        run, walk = replay(lines, document, **options), Walk(lines, document, **options)
        links: list[Link] = []
        for a, b in combinations(run.assignments, 2):
            explanation = explain(run, a, b, with_cut=False)
            assert explanation.together == (run.assignments[a] == run.assignments[b])
            assert str(explanation)
            assert explanation.to_json()["together"] == explanation.together
            if explanation.together:
                assert explanation.since is not None
                assert explanation.since.line == together_since(walk, a, b)
                assert links_hang_together(explanation, run)
                links += explanation.chain
            else:
                assert {each.identifier for each in explanation.common} == shared_ever(run, a, b)
        check_links(links, Walk(lines, document, stands=True, **options), lines)


def test_under_policies_a_profile_holds_what_the_engine_holds_and_every_pair_is_explained() -> None:
    for random in chances(60):
        lines = any_history(random)
        settings = document(["email", "phone", "name"], email={"limit": random.randint(1, 2)})
        misfit = random.choice(["refuse", "refuseRest", "move", "share"])
        policies = Policies(protect=["email"], misfit=misfit, caps={"identifiers": random.choice([4, 1000])})
        run = replay(lines, settings, policies=policies)
        for ref in run.assignments:
            explanation = explain(run, ref)
            held = {fate.identifier for fate in explanation.first.fates if fate.is_held}
            holds = run.engine.identifiers(run.assignments[ref]).items()
            assert held == {(id_type, value) for id_type, values in holds for value in values}
            assert {each for each in explanation.first.refs if run.assignments.get(each) == run.assignments[ref]} >= {
                each for each, profile_id in run.assignments.items() if profile_id == run.assignments[ref]
            }
        for a, b in combinations(run.assignments, 2):
            found = explain(run, a, b)
            assert found.together == (run.assignments[a] == run.assignments[b])
            for common in found.common:
                assert "became unique" not in common.why


def together_since(walk: Walk, a: str, b: str) -> int:
    """The line since which two records have been in one profile without a break."""
    line = len(walk.homes)
    while a in walk.homes[line - 1] and walk.homes[line - 1][a] == walk.homes[line - 1].get(b):
        line -= 1
    return line


def links_hang_together(explanation: Explanation, run: Run) -> bool:
    a, b = explanation.refs
    ends = [max(e.line for e in run.steps() if e.ref == ref and e.profile_id) for ref in (a, b)]
    here = {ends[0]}
    for link in explanation.chain:
        sides = {link.first.line, link.second.line}
        if not here & sides:
            return False
        here = sides - here
    return here == {ends[1]} or (not explanation.chain and ends[0] == ends[1])


def check_links(links: list[Link], walk: Walk, lines: list[Line]) -> None:
    """Walk the history, and look at each link at the line at which it came about."""
    for number, command in enumerate(walk.steps(), 1):
        for link in links:
            if link.joined is not None and link.joined.line == number:
                check_link(link, walk, command, lines)


def presented(walk: Walk, line: Line) -> set[Pair]:
    """What a line brings, as it is stored."""
    pairs = (
        line["identifiers"].items() if "identifiers" in line else [(line["idType"], line.get("value", line.get("new")))]
    )
    return {(id_type, str(walk.engine.stored_form(id_type, value).value)) for id_type, value in pairs}


def check_link(link: Link, walk: Walk, command: Any, lines: list[Line]) -> None:
    number = link.joined.line if link.joined is not None else 0
    first, second = lines[link.first.line - 1], lines[link.second.line - 1]
    if link.kind == "name":
        assert second["profile"] == f"ref:{link.first.ref}"
        return
    if link.kind == "value":
        assert all(link.identifiers[0] in presented(walk, each) for each in (first, second))
        assert link.added is not None
        assert link.added.line <= min(link.first.line, link.second.line)
        (other,) = {link.first.line, link.second.line} - {number}
        assert link.identifiers[0] in held(walk, other)
        assert is_match(link, walk, command, other) or is_merge(walk, command, {other}, COLLISION)
        return
    for moment, brought in ((link.first, link.first_brought), (link.second, link.second_brought)):
        assert moment in {each.by for each in brought}
        assert {each.identifier[0] for each in brought} == set(str(link.rule).split(" AND "))
        for each in brought:
            assert each.identifier in presented(walk, lines[each.by.line - 1])
            if each.by.line != number:
                assert each.identifier in held(walk, each.by.line)
                is_own = each.by.line == moment.line or number == moment.line
                assert is_own or home(walk, each.by, command, link) == home(walk, moment, command, link)
    others = {link.first.line, link.second.line} - {number}
    assert any(is_match(link, walk, command, other) for other in others) or is_merge(walk, command, others)


def home(walk: Walk, moment: Moment, command: Any, link: Link) -> str:
    """The living profile in which a line that came before ended, just before a merge of the next line by a link's rule.

    For example, a collision comes first, and what it made of several profiles matches by another rule.
    """
    merges = [fact for fact in walk.engine.preview(command).facts if isinstance(fact, ProfilesMerged)]
    while merges and merges[-1].rule != link.rule:
        merges.pop()
    found = walk.engine.canonical_id(str(walk.ends[moment.line]))
    for merge in merges[:-1]:
        found = merge.survivor if found in merge.absorbed else found
    return found


def held(walk: Walk, line: int) -> set[Pair]:
    """What the profile of a line holds just before the next line."""
    held = walk.engine.identifiers(str(walk.ends[line])).items()
    return {(id_type, value) for id_type, values in held for value in values}


def is_match(link: Link, walk: Walk, command: Any, other: int) -> bool:
    """Whether a rule found the profile of another line by these values, as the engine says."""
    if not isinstance(command, Resolve):
        return False
    found = [each for each in matches(walk.engine, command.identifiers) if each.rule == link.rule]
    wanted = set(link.identifiers)
    profile_id = walk.engine.canonical_id(str(walk.ends[other]))
    return any(
        each.profile_id == profile_id
        and wanted <= {pair for s in each.shared for pair in ((s.id_type, s.given), (s.id_type, s.held))}
        for each in found
    )


def is_merge(walk: Walk, command: Any, lines: set[int], rule: str = "") -> bool:
    """Whether the command merges the profiles of these lines with another, or each other."""
    facts = [fact for fact in walk.engine.preview(command).facts if isinstance(fact, ProfilesMerged)]
    merged = [{fact.survivor, *fact.absorbed} for fact in facts if rule in ("", fact.rule)]
    homes = {walk.engine.canonical_id(str(walk.ends[line])) for line in lines}
    return bool(merged) and homes <= set().union(*merged)


def shared_ever(run: Run, a: str, b: str) -> set[Pair]:
    """What both profiles ever had added or refused, and what refused lines of theirs presented."""
    had: list[set[Pair]] = [set(), set()]
    profiles = [run.assignments[a], run.assignments[b]]
    members = [{ref for ref, each in run.assignments.items() if each == profile} for profile in profiles]
    for fact in run.facts:
        told: Any = fact
        value, profile_id = getattr(fact, "value", None), getattr(fact, "profile_id", None)
        if value is not None and profile_id is not None and profile_id in run.engine:
            canonical = run.engine.canonical_id(profile_id)
            if canonical in profiles:
                had[profiles.index(canonical)].add((told.id_type, value))
    for step in applied(run):
        if step.ref is not None and step.profile_id is not None and step.profile_id in run.engine:
            canonical = run.engine.canonical_id(step.profile_id)
            if canonical in profiles:
                members[profiles.index(canonical)].add(step.ref)
    for step in refused(run):
        for side in (0, 1):
            if (step.named or f"ref:{step.ref}").removeprefix("ref:") in members[side]:
                forms = ((id_type, run.engine.stored_form(id_type, value).value) for id_type, value in step.given)
                had[side].update((id_type, str(value)) for id_type, value in forms if value is not None)
    return had[0] & had[1]


# Cuts


def apart(run: Run, a: str, b: str) -> bool:
    return a not in run.assignments or run.assignments[a] != run.assignments.get(b)


def named(lines: list[Line]) -> list[Pair]:
    """Everything that the lines name: what a cut may take away."""
    pairs: dict[Pair, None] = {}
    for line in lines:
        given = list(line.get("identifiers", {}).items())
        given += [(line["idType"], line[name]) for name in ("value", "old", "new") if name in line]
        pairs.update(dict.fromkeys(given))
    return list(pairs)


class Whole:
    """One history, replayed without what is chosen."""

    def __init__(self, lines: list[Line], document: Settings, options: dict[str, Any]) -> None:
        self.lines, self.document, self.options = lines, document, options

    def without(self, chosen: Iterable[Pair]) -> Run:
        texts = [f"{id_type}={value}" for id_type, value in chosen]
        return replay(self.lines, self.document, without=texts, **self.options)


def test_a_cut_keeps_the_two_apart_in_a_replay_of_the_whole_history() -> None:
    for random in chances(40):
        whole = Whole(any_history(random, 9), any_settings(random), any_options(random))
        run = replay(whole.lines, whole.document, **whole.options)
        for a, b in pairs_together(run, 2):
            cut = explain(run, a, b).cut
            assert cut is not None
            assert cut.identifiers
            assert apart(whole.without(cut.identifiers), a, b)
            assert cut.is_smallest or len(cut.identifiers) > 1
            if cut.is_smallest:
                for fewer in range(1, len(cut.identifiers)):
                    for subset in combinations(named(whole.lines), fewer):
                        assert not apart(whole.without(subset), a, b)


def test_without_limits_and_with_unique_types_only_the_cut_is_as_small_as_brute_force_finds() -> None:
    for random in chances(30):
        whole = Whole(resolves(random), FAMILIES["plain"], {})
        run = replay(whole.lines, whole.document)
        for a, b in pairs_together(run, 2):
            cut = explain(run, a, b).cut
            assert cut is not None
            everything = named(whole.lines)
            sizes = (
                size
                for size in range(1, len(everything) + 1)
                for subset in combinations(everything, size)
                if apart(whole.without(subset), a, b)
            )
            assert len(cut.identifiers) == next(sizes)
            assert cut.is_smallest


def resolves(random: Random) -> list[Line]:
    return [line for line in any_history(random, 9) if "identifiers" in line]
