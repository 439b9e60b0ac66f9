"""The reason behind every changed group: it acts on the side that it names, and one changed setting is behind all."""

from random import Random

from resolver import Settings
from resolver.report import comparison_report
from resolver.report.headline import numbered
from resolver.report.reasons import Reason, ranked
from resolver.report.settings_diff import differences
from resolver.simulate import Comparison, compare, replay
from resolver.simulate.why import Side
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
