"""Put back: which changed settings, put back one at a time, bring how much of which changed groups back.

Each setting that differs is given the baseline's value while all others stay the candidate's, and the history is
replayed. What brings a group back alone makes the difference for it. Several may do so: two rules that only help
together can each be put back. None may: a value that two new rules join stays joined without either.

>>> from resolver import IdentifierConfig
>>> from resolver.simulate import compare
>>> history = [
...     {"ref": "a", "identifiers": {"email": "ada@example.com", "phone": "1"}},
...     {"ref": "b", "identifiers": {"email": "bob@example.com", "phone": "1"}},
... ]
>>> before = Settings([IdentifierConfig("email"), IdentifierConfig("phone")], ["email", "phone"])
>>> after = Settings([IdentifierConfig("email", limit=1), IdentifierConfig("phone", enforce_unique=False)], ["email"])
>>> runs = replay(history, before), replay(history, after)
>>> groups = [Before.of("split", change) for change in compare(*runs).split]
>>> only_rules = Settings(after.identifier_configs, ["email", "phone"])
>>> [still_moved(runs[1], groups, (each, {})) for each in (only_rules, before)]
[[1], [0]]
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from resolver.columns.numbered import Numbered
from resolver.errors import InvalidSettings
from resolver.names import ProfileId
from resolver.report.headline import NumberedChange
from resolver.report.reasons import Found, Ranked
from resolver.report.settings_diff import CONFIGS, POLICIES, RULES, Difference
from resolver.settings import Settings
from resolver.simulate import Run
from resolver.simulate.compare import Change
from resolver.simulate.replay import Replayed, replay
from resolver.simulate.sweep.grid import OPTIONS

MOST_LINES = 500_000
"""Lines that are replayed for one report."""

Alternative = tuple[Settings, Mapping[str, Any]]
"""Settings and engine options under which the history may be replayed once more."""


class Before(NamedTuple):
    """A changed group as the baseline has it: its parts, each a profile of records."""

    parts: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, kind: str, change: Change) -> "Before":
        """Return how a group was that is ``split`` or ``joined`` now."""
        return cls((change.refs,) if kind == "split" else change.parts)


def replayable(run: Run) -> Numbered | None:
    """Return the history of a run in columns, if it can be replayed from them; None if it cannot.

    So it cannot for a run of another store, a saved one, and one that asked the caller for times or ids.
    """
    columns = run.columns
    if columns is None or not isinstance(columns.rest, Replayed):
        return None
    asks = any(run.options.get(name) is not None for name in ("clock", "new_id"))
    return None if asks else columns.done.numbered


def still_moved(
    run: Run, groups: Sequence[Before], other: Alternative, shown: Callable[[str], str] = str
) -> list[int] | None:
    """Return for each group how many records are not as before when the history of *run* is replayed again.

    A record is as before if it is with the most of its part, and apart from other parts; 0 where all are. *other* are
    the settings and options; *shown* returns what a ref is called in the groups. None for settings that are none, or
    that read other columns. One replay, and O(refs + records of the groups). Whoever else is in a profile does not
    count.
    """
    numbered, (settings, options) = replayable(run), other
    if numbered is None or not numbered.serves(settings.id_types):
        return None
    try:
        again = replay(numbered, settings, **options)
    except InvalidSettings:
        return None
    homes = {shown(ref): profile_id for ref, profile_id in again.assignments.items()}
    return [_moved(group, homes) for group in groups]


def _moved(group: Before, homes: Mapping[str, ProfileId]) -> int:
    """Return how many records are apart from the most of their part, or with the most of another in one profile.

    For a group that is one profile on one side, it is how many are not in the largest part of it on the other. One
    that is in no profile counts as alone.
    """
    of_profile: dict[object, list[int]] = {}
    moved = 0
    for part in group.parts:
        here = Counter[object](homes.get(ref, ref) for ref in part)
        moved += len(part) - max(here.values())
        for profile, count in here.items():
            of_profile.setdefault(profile, []).append(count)
    return moved + sum(sum(counts) - max(counts) for counts in of_profile.values())


Back = Mapping[int, Mapping[int, int] | None]
"""For the number of each changed group, the places of the settings that bring moved records of it back, each alone, and
how many; None if it is not known: nothing that was tried does, and not all was."""


def brought_back(
    groups: Sequence[NumberedChange],
    changed: Sequence[Difference],
    baseline: Run,
    candidate: Run,
    *,
    nearest: Sequence[Difference] = (),
    shown: Callable[[str], str] = str,
    most: int = MOST_LINES,
) -> Back | None:
    """Return which of the settings *changed* bring which group back, each alone; None where nothing can be tried.

    A replay for each of them, the *nearest* first, as long as that is at most *most* lines in all. The runs are
    unmasked; *shown* returns what a ref is called in the groups. None where more differs than the settings, or a run
    cannot be replayed.
    """
    differs = baseline.summary.without != candidate.summary.without or baseline.make_engine != candidate.make_engine
    if differs or not changed or not groups:
        return None
    if len(changed) == 1:  # put back, it is the baseline
        return {each.number: {0: each.moved} for each in groups}
    tried = sorted(range(len(changed)), key=lambda place: (changed[place] not in nearest, place))
    tried = tried[: most // max(candidate.summary.lines, 1)]
    if not tried or replayable(candidate) is None:
        return None
    before = [Before.of(each.kind, each.change) for each in groups]
    back: dict[int, dict[int, int]] = {each.number: {} for each in groups}
    sides: tuple[Alternative, ...] = tuple((run.settings, run.options) for run in (baseline, candidate))
    for place in tried:
        other = put_back(changed[place], *sides)
        found = None if other is None else still_moved(candidate, before, other, shown)
        for each, still in zip(groups, found or (), strict=False):
            if still < each.moved:
                back[each.number][place] = each.moved - still
    is_all = len(tried) == len(changed)
    return {number: places if places or is_all else None for number, places in back.items()}


def name_settings(
    order: Sequence[Ranked], found: Mapping[int, tuple[int, Found]], changed: Sequence[Difference], back: Back | None
) -> None:
    """Name with each cause the settings that bring records of it back, most first; where none does, leave the nearest.

    Of those that bring back as many, the nearest come first.
    """
    if back is None:
        return
    counts: list[Counter[int]] = [Counter() for _ in order]
    is_known = [True] * len(order)
    for number, (reason, _) in found.items():
        counts[reason].update(back[number] or {})
        is_known[reason] &= back[number] is not None
    for each, count, known in zip(order, counts, is_known, strict=True):
        best = sorted(count, key=lambda place: (-count[place], changed[place] not in each.behind, place))
        each.alone = [count[place] for place in best] if best or known else None
        each.behind = [changed[place] for place in best] or each.behind


def put_back(place: Difference, baseline: Alternative, candidate: Alternative) -> Alternative | None:
    """Return the candidate's settings and options with one place as the baseline has it.

    None where those are no settings: a type that rules of the candidate name and the baseline does not have, say.
    """
    one, other = baseline[0].to_json(), candidate[0].to_json()
    options = dict(candidate[1])
    if place.field == RULES:
        other[RULES] = one[RULES]
    elif place.path.startswith(POLICIES):
        policies = other.setdefault("options", {}).setdefault("policies", {})
        _take_over(policies, one.get("options", {}).get("policies", {}), place.field)
    elif place.path in OPTIONS:
        _take_over(options, baseline[1], OPTIONS[place.path])
    elif place.id_type is None:
        earlier = [each["idType"] for each in one[CONFIGS]]
        other[CONFIGS].sort(key=lambda each: earlier.index(each["idType"]))
    else:
        _put_type_back(place, one[CONFIGS], other[CONFIGS])
    try:
        return Settings.from_json(other), options
    except InvalidSettings:
        return None


def _put_type_back(place: Difference, before: list[dict[str, Any]], configs: list[dict[str, Any]]) -> None:
    """Change the configuration of a type in place: one field of it, or whether there is one."""
    one, other = (next((each for each in side if each["idType"] == place.id_type), None) for side in (before, configs))
    if one is not None and other is not None:
        _take_over(other, one, place.field)
    elif one is not None:
        configs.insert(before.index(one), one)
    else:
        configs.remove(other)  # type: ignore[arg-type]


def _take_over(this: dict[str, Any], that: Mapping[str, Any], key: str) -> None:
    """Have a key as another dict has it, or not at all."""
    this.pop(key, None)
    if key in that:
        this[key] = that[key]
