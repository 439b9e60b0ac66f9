"""What health finds in random runs, counted again from the lines, and held against replays without it."""

from collections import Counter
from random import Random

from resolver import Settings
from resolver.policies import Policies
from resolver.rules.rulebook import Rulebook
from resolver.simulate import Run, health, replay
from resolver.simulate.health import joining_types
from tests.laws.what_if import TYPES, Line, any_history, any_options, any_settings, chances, document


def test_shared_values_are_those_that_lines_present() -> None:
    for random in chances(100):
        lines, document = any_history(random), any_settings(random)
        run = replay(lines, document)
        presented: dict[tuple[str, str], set[str]] = {}
        profiles: dict[tuple[str, str], set[str]] = {}
        for step in run.steps():
            if step.profile_id not in run.engine:
                continue
            for id_type, raw in step.given:
                pair = id_type, str(run.engine.stored_form(id_type, raw).value)
                presented.setdefault(pair, set()).add(step.ref or f"line {step.line}")
                profiles.setdefault(pair, set()).add(run.engine.canonical_id(str(step.profile_id)))
        joining = joining_types(document)
        expected = {
            pair: (len(refs), len(profiles[pair]))
            for pair, refs in presented.items()
            if len(refs) > 1 and pair[0] in joining
        }
        found = health(run, most=100)
        assert {(v.id_type, v.value): (v.records, v.profiles) for v in found.shared_values or ()} == expected
        assert found.shared_value_count == len(expected)
        for value in found.shared_values or ():
            assert value.id_type not in value.others


def test_a_joint_frees_exactly_what_it_says() -> None:
    for random in chances(60):
        lines, document = unlimited(any_history(random)), any_settings(random)
        if any(config.limit < 100 for config in document.identifier_configs):
            continue
        book = Rulebook(document)
        if any(rules.unique and not rules.has_own_rule for rules in book.order):
            continue  # a conflict that leaves a value out may be undone by the absence of another
        run = replay(lines, document)
        found = health(run, most=100)
        assert found.looked_for_all
        freed: Counter[tuple[str, str]] = Counter()
        for joint in found.joints or ():
            freed[joint.id_type, joint.value] += joint.freed
        for id_type, value in values_of(run):
            without = replay(lines, document, without=[f"{id_type}={value}"])
            left = len({run.assignments[ref] for ref in without.assignments})
            assert len(without.engine) - left == freed[id_type, value]


def test_the_pieces_of_joints_are_those_of_replays_without_them() -> None:
    replayed = pieces = 0
    for random in chances(60):
        lines, rules, options = any_history(random), any_settings(random), any_options(random)
        if random.random() < 0.2:
            rules, options["match"] = any_policies(random), "all"
        run = replay(lines, rules, **options)
        found = health(run, most=1000)
        assert found.looked_for_all
        replayed += found.joints_replayed
        said = {(each.profile_id, each.id_type, each.value): each.sizes for each in found.joints or ()}
        pieces += len(said)
        assert said == joints_by_brute_force(lines, run)
        assert {each for each in found.joints or () if each.second > 1} == {*(found.bridges or ())}
    assert replayed
    assert pieces


def any_policies(random: Random) -> Settings:
    """Return settings with a joining policy, of single rules with limits."""
    limits: dict[str, Line] = {each: {"limit": random.choice([1, 2, 100])} for each in TYPES}
    misfit = random.choice(["refuse", "refuseRest", "move", "share"])
    policies = Policies(protect=["email"], misfit=misfit, caps={"identifiers": random.choice([3, 1000])})
    return document(list(TYPES), **limits).with_policies(policies)


def joints_by_brute_force(lines: list[Line], run: Run) -> dict[tuple[str, str, str], tuple[int, ...]]:
    """Return the sizes of the pieces of every profile without each of the values that its lines presented."""
    joining = joining_types(run.engine.settings)
    homes: dict[str, set[int]] = {}
    presented: dict[str, dict[tuple[str, str], None]] = {}
    for step in run.steps():
        if step.profile_id in run.engine:
            home: str = run.engine.canonical_id(str(step.profile_id))
            homes.setdefault(home, set()).add(step.line)
            pairs = (pair for pair in step.identifiers if pair[0] in joining)
            presented.setdefault(home, {}).update(dict.fromkeys(pairs))
    found: dict[tuple[str, str, str], tuple[int, ...]] = {}
    for home, own in homes.items():
        for id_type, value in presented[home]:
            without = replay(lines, run.settings, without=[f"{id_type}={value}"], **run.options)
            pieces: Counter[str] = Counter()
            for step in without.steps():
                if step.line in own and step.profile_id in without.engine:
                    pieces[without.engine.canonical_id(str(step.profile_id))] += 1
            if len(pieces) > 1:
                found[home, id_type, value] = tuple(sorted(pieces.values(), reverse=True))
    return found


def values_of(run: Run) -> dict[tuple[str, str], None]:
    """Return all values that are held at the end, each once."""
    return {
        (id_type, value): None
        for profile_id in run.engine.profiles()
        for id_type, values in run.engine.identifiers(profile_id).items()
        for value in values
    }


def unlimited(lines: list[Line]) -> list[Line]:
    """Return the lines that present identifiers, each record once: what joins them is all that there is."""
    resolves = [line for line in lines if "identifiers" in line and "op" not in line]
    return [{**line, "ref": f"r{number}"} for number, line in enumerate(resolves)]
