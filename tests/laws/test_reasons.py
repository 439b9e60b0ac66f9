"""The reason behind every changed group acts on the side that it names; the setting behind it brings the group back."""

from collections import Counter
from collections.abc import Iterable
from random import Random

from resolver import Settings
from resolver.reference import Reference
from resolver.report import comparison_report
from resolver.report.headline import numbered
from resolver.report.put_back import brought_back, name_settings
from resolver.report.reasons import Reason, ranked
from resolver.report.settings_diff import Difference, differences
from resolver.simulate import Comparison, Run, compare, replay
from resolver.simulate.causes import Side
from tests.laws.what_if import any_history, any_options, any_settings, chances


def changed_once(random: Random, settings: Settings) -> Settings:
    """Return settings that differ in one place."""
    document = settings.to_json()
    rules, configs = document["matchingRules"], document["identifierConfigs"]
    if len(rules) > 1 and random.random() < 0.3:
        rules.remove(random.choice(rules))
        return Settings.from_json(document)
    config = random.choice(configs)
    field = random.choice(["limit", "enforceUnique", "normalization", "matchingAlgo"])
    others = {
        "limit": 1 if config["limit"] > 1 else 2,
        "enforceUnique": not config["enforceUnique"],
        "normalization": "none" if config["normalization"] == "trim" else "trim",
        "matchingAlgo": "exact" if config["matchingAlgo"] == "fuzzy" else "fuzzy",
    }
    config[field] = others[field]
    return Settings.from_json(document)


def acts(reason: Reason, side: Side) -> bool:
    """Whether one side's outcome shows what the reason says."""
    if reason.kind == "rejected":
        return side.rejected is not None
    names = {type(fact).__name__ for fact in side.facts}
    if reason.kind in ("rule", "collision"):
        by = {match.rule for match in side.matched} | {getattr(fact, "rule", None) for fact in side.facts}
        return reason.rule in by
    return {"eviction": "IdentifierEvicted", "full": "IdentifierRefused", "refused": "IdentifierRefused"}[
        reason.kind
    ] in names


def check(comparison: Comparison, sides: tuple[Settings, Settings], *, once: bool) -> None:
    groups = numbered(comparison)
    totals = (comparison.baseline, comparison.candidate)
    changed = differences(*({"settings": each.settings, "options": each.options} for each in totals))
    order, found = ranked(groups, comparison, changed)
    assert sum(each.moved for each in order) == sum(each.moved for each in groups)
    assert [each.moved for each in order] == sorted((each.moved for each in order), reverse=True)
    for group in groups:
        place, one = found[group.number]
        reason, cause = one.reason, group.change.cause
        assert order[place].reason == reason
        if cause is None or reason.kind in ("value", "indirect"):
            continue
        side = ("baseline", "candidate").index(reason.side)
        assert acts(reason, (cause.baseline, cause.candidate)[side]), reason
        if reason.kind == "rule":
            rules = sides[side].matching_rules
            assert reason.rule in rules or all(id_type in rules for id_type in reason.id_types)
            assert {id_type for id_type, _ in one.values} <= {*reason.id_types}
        if once:
            assert order[place].behind == changed


def test_a_reason_acts_on_its_side_and_its_rule_is_one_of_it() -> None:
    for random in chances(150):
        lines, options = any_history(random), any_options(random)
        sides = any_settings(random), any_settings(random)
        runs = tuple(replay(lines, settings, **options) for settings in sides)
        check(compare(*runs), sides, once=False)


def test_where_one_setting_differs_it_is_behind_every_reason_and_the_page_is_written() -> None:
    groups = 0
    for random in chances(200):
        lines, options = any_history(random, 40), any_options(random)
        one = any_settings(random)
        sides = one, changed_once(random, one)
        runs = tuple(replay(lines, settings, **options) for settings in sides)
        comparison = compare(*runs)
        check(comparison, sides, once=True)
        if comparison.split or comparison.joined:
            groups += 1
            assert "What moves the records" in comparison_report(comparison, *runs)
    assert groups > 20


def changed_in_places(random: Random, settings: Settings) -> Settings:
    """Return settings that differ in two or three places."""
    for _ in range(random.randint(2, 3)):
        settings = changed_once(random, settings)
    return settings


def partition(run: Run, refs: Iterable[str]) -> set[frozenset[str]]:
    """Return how a run divides records; one that is in no profile is alone."""
    groups: dict[str, set[str]] = {}
    for ref in refs:
        groups.setdefault(run.assignments.get(ref, f"alone: {ref}"), set()).add(ref)
    return set(map(frozenset, groups.values()))


def moved(before: set[frozenset[str]], after: set[frozenset[str]]) -> int:
    """Return how many records of one division are not with the most of their set in the other, both ways."""
    sides = (before, after), (after, before)
    return sum(len(one) - max(len(one & other) for other in others) for ones, others in sides for one in ones)


def with_one_put_back(place: Difference, one: Settings, other: Settings) -> Settings:
    """Return the settings of the other side with one place of them as the first side has it, the long way round."""
    before, after = one.to_json(), other.to_json()
    if place.field == "matchingRules":
        return Settings.from_json({**after, "matchingRules": before["matchingRules"]})
    for config, was in zip(after["identifierConfigs"], before["identifierConfigs"], strict=True):
        assert config["idType"] == was["idType"]
        if config["idType"] == place.id_type:
            config[place.field] = was[place.field]
    return Settings.from_json(after)


def test_a_setting_brings_a_group_back_exactly_where_a_replay_of_all_on_the_reference_does() -> None:
    seen: Counter[str] = Counter()
    for random in chances(80):
        lines, options = any_history(random, 14), any_options(random)
        one = any_settings(random)
        other = changed_in_places(random, one)
        runs = replay(lines, one, **options), replay(lines, other, **options)
        comparison = compare(*runs)
        groups = numbered(comparison)
        changed = differences(*({"settings": run.summary.settings, "options": run.summary.options} for run in runs))
        back = brought_back(groups, changed, *runs)
        assert (back is None) == (not groups or not changed)
        for place, difference in enumerate(changed if groups else ()):
            put_back = with_one_put_back(difference, one, other)
            again = replay(lines, put_back, engine=Reference, **options)
            for group in groups:
                refs = group.change.refs
                told = ((back or {})[group.number] or {}).get(place, 0)
                assert told == max(0, group.moved - moved(partition(runs[0], refs), partition(again, refs))), refs
                is_back = partition(again, refs) == partition(runs[0], refs)
                assert (told == group.moved) == is_back, (difference.path, refs)
                seen[f"{len(changed) > 1} {is_back}"] += 1
        order, found = ranked(groups, comparison, changed)
        name_settings(order, found, changed, back)
        for each in order:
            assert each.alone is not None
            assert each.alone == sorted(each.alone, reverse=True)
            assert not each.alone or len(each.alone) == len(each.behind)
    assert seen["True True"] > 8
    assert seen["True False"] > 8
