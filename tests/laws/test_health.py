"""What health finds in random runs, counted again from the lines, and held against replays without it."""

from resolver.rules.rulebook import Rulebook
from resolver.simulate import health, replay
from resolver.simulate.health.check import joining_types
from tests.laws.what_if import Line, any_history, any_settings, chances


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


def test_a_joint_frees_at_least_what_it_says_and_exactly_that_where_all_are_looked_for() -> None:
    for random in chances(60):
        lines, document = unlimited(any_history(random)), any_settings(random)
        if any(config.limit < 100 for config in document.identifier_configs):
            continue
        book = Rulebook(document)
        if any(rules.unique and not rules.has_own_rule for rules in book.order):
            continue  # a conflict that leaves a value out may be undone by the absence of another
        run = replay(lines, document)
        found = health(run, most=100)
        freed = {(joint.id_type, joint.value): joint.freed for joint in found.joints or ()}
        for profile_id in run.engine.profiles():
            for id_type, values in run.engine.identifiers(profile_id).items():
                for value in values:
                    without = replay(lines, document, without=[f"{id_type}={value}"])
                    left = len({run.assignments[ref] for ref in without.assignments})
                    actual, said = len(without.engine) - left, freed.get((id_type, value), 0)
                    assert actual == said if found.looked_for_all else actual >= said


def unlimited(lines: list[Line]) -> list[Line]:
    """Return the lines that present identifiers, each record once: what joins them is all that there is."""
    resolves = [line for line in lines if "identifiers" in line]
    return [{**line, "ref": f"r{number}"} for number, line in enumerate(resolves)]
