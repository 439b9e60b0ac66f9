"""Causes: the section that ranks what stands behind the changes, to read first and to narrow the groups by."""

from collections.abc import Sequence

from resolver.display import counted
from resolver.report.bars import bars
from resolver.report.markup import Markup, tag
from resolver.report.page import section
from resolver.report.reasons import Pair, Ranked
from resolver.report.sections import anchor, verdict_badge
from resolver.report.settings_diff import Difference

SETTINGS = 3
"""Settings that are named with a cause: those that bring most of its groups back."""


def causes(order: Sequence[Ranked], changed: Sequence[Difference]) -> Markup | None:
    """Return the section, the reason that moves most records first; None where nothing changed."""
    if not order:
        return None
    most = sum(each.moved for each in order)
    places = {id(each): place for place, each in enumerate(changed)}
    items = [_item(place, each, most, places) for place, each in enumerate(order)]
    scale = "Bars: the share of all that moves; a record that moves in two groups counts in both. "
    use = tag("span", "A cause, or a value, shows its groups in the list below.", class_="on-screen")
    return section(
        "causes",
        "What moves the records",
        tag("ol", *items, class_="causes"),
        tag("p", scale, use, class_="quiet scale-note"),
    )


def _item(place: int, each: Ranked, most: int, places: dict[int, int]) -> Markup:
    parts = " and ".join(f"{count:,} {kind}" for kind, count in each.groups.items())
    moved = f"{counted(each.moved, 'record')} {'moves' if each.moved == 1 else 'move'}"
    figures = f"{moved}, in {counted(each.groups.total(), 'group')}: {parts}"
    return tag(
        "li",
        tag("button", each.reason.words, type="button", class_="cause", data_reason=place, aria_pressed="false"),
        tag("div", bars([each.moved], most), class_="share"),
        tag("p", figures),
        _against_the_truth(each),
        tag("p", *_rule(each), *_behind(each, places), class_="quiet"),
        _values(place, each),
    )


def _rule(each: Ranked) -> list[object]:
    if each.reason.rule is None:
        return []
    return [tag("span", f"rule {each.reason.rule}", class_="badge"), " "]


def _behind(each: Ranked, places: dict[int, int]) -> list[object]:
    """Return links to the settings that make the difference, in words; their JSON paths are under the pointer."""
    if not each.behind:
        return []
    several = "s" if len(each.behind) > 1 else ""
    first = f"The setting{several}: "
    if each.alone is None:
        first = f"The nearest setting{several}: "
    elif not each.alone:
        first = "No single setting, put back alone, brings a record back. The nearest: "
    links: list[object] = []
    for place, one in enumerate(each.behind[:SETTINGS]):
        change = in_words(one, each.reason.rule)
        links += ["; "] * bool(place)
        links.append(tag("a", change, href=f"#{anchor(places[id(one)])}", title=one.path))
        if each.alone:
            links.append(f" (put back alone, it brings {_some_of(each.moved, each.alone[place])} back)")
    more = len(each.behind) - SETTINGS
    return [first, *links, f"; and {more} more" if more > 0 else ""]


def _some_of(moved: int, back: int) -> str:
    """Return how many of the moved records are back, in words.

    >>> _some_of(1, 1), _some_of(12, 12), _some_of(1200, 3)
    ('the record', 'all 12 records', '3 of 1,200 records')
    """
    if moved == 1:
        return "the record"
    return f"all {moved:,} records" if back == moved else f"{back:,} of {moved:,} records"


def in_words(one: Difference, rule: str | None) -> str:
    """Return a difference in words with both of its values; of the rules, which side has the *rule* in question."""
    sides = [name for name, rules in (("baseline", one.left), ("candidate", one.right)) if rule in rules]
    if len(sides) == 1:
        return f"{rule} is a rule of the {sides[0]} only"
    return one.words if one.left or one.right else f"{one.words}: {one.before} \N{RIGHTWARDS ARROW} {one.after}"


def _against_the_truth(each: Ranked) -> Markup | None:
    if not each.verdicts:
        return None
    badges: list[object] = []
    for verdict in ("better", "worse", "even"):
        if each.verdicts[verdict]:
            badges += [verdict_badge(verdict), f" {counted(each.verdicts[verdict], 'group')} "]
    return tag("p", *badges, "\N{MIDDLE DOT} ", pairs_in_words(each.wrong, each.missed), class_="pairs")


def pairs_in_words(wrong: int, missed: int) -> str:
    """Return how many more or fewer pairs are wrong and missed.

    >>> pairs_in_words(-2671, 86)
    '2,671 wrong pairs fewer, 86 missed pairs more'
    """
    told = [
        f"{abs(change):,} {name} pair{'' if abs(change) == 1 else 's'} {'more' if change > 0 else 'fewer'}"
        for name, change in (("wrong", wrong), ("missed", missed))
        if change
    ]
    return ", ".join(told) or "as many wrong and missed pairs as before"


def _values(place: int, each: Ranked) -> Markup | None:
    first = each.top_values
    if not first:
        return None
    buttons = [tag("li", _value(place, number, pairs, moved)) for number, (pairs, moved) in enumerate(first)]
    more = len(each.values) - len(first)
    rest = tag("li", f"and {counted(more, 'further value')}", class_="quiet") if more else None
    return tag("ul", *buttons, rest, class_="values")


def _value(place: int, number: int, pairs: Sequence[Pair], moved: int) -> Markup:
    """Return the button of a value, or of values that do it together."""
    shown = [part for id_type, value in pairs for part in (", ", tag("span", id_type, class_="type"), f" {value}")]
    records = tag("span", counted(moved, "record"), class_="quiet")
    numbers = {"data_reason": place, "data_value": number}
    return tag("button", *shown[1:], " ", records, type="button", class_="value", aria_pressed="false", **numbers)
