"""The headline: what a comparison came to, in one sentence, and the numbers of its groups.

Terminal and page say the same sentence, and give a group the same number: the largest change comes first.
"""

from collections.abc import Iterator
from itertools import repeat
from operator import itemgetter

import msgspec

from resolver.display import counted
from resolver.settings import Settings
from resolver.simulate import Change, Comparison, Judged, Judgement


class NumberedChange(msgspec.Struct, frozen=True, gc=False):
    """A changed group with its number; *kind* is ``split`` or ``joined``, *judged* what a truth says of it."""

    number: int
    kind: str
    change: Change
    judged: Judged | None

    @property
    def moved(self) -> int:
        """How many of its records are elsewhere: all but those of the largest part."""
        return moved(self.change)


def moved(change: Change) -> int:
    """Return how many records of a changed group are apart from its largest part under one of the settings."""
    sizes = change.sizes
    return sum(sizes) - max(sizes)


def moved_numbers(change: Change) -> Iterator[int]:
    """Yield the numbers of the records of a changed group that are apart from its largest part, the first of these."""
    sizes = change.sizes
    largest, start = sizes.index(max(sizes)), 0
    numbers = change.numbers
    for part, size in enumerate(sizes):
        if part != largest:
            yield from numbers[start : start + size]
        start += size


def numbered(comparison: Comparison, judgement: Judgement | None = None) -> list[NumberedChange]:
    """Return the changed groups, numbered from 1: the largest change first, by the records moved, then by all of them.

    O(n log n). Groups of one size stay in the order of their first records, split ones first.
    """
    found: list[tuple[int, int, str, Change, Judged | None]] = []
    for kind, changes in (("split", comparison.split), ("joined", comparison.joined)):
        judged = repeat(None) if judgement is None else getattr(judgement, kind)
        for change, one in zip(changes, judged, strict=False):
            sizes = change.sizes
            found.append((max(sizes) - sum(sizes), -sum(sizes), kind, change, one))
    found.sort(key=itemgetter(0, 1))
    return [NumberedChange(number, *each[2:]) for number, each in enumerate(found, 1)]


def result(comparison: Comparison) -> str:
    """Return what changed in one sentence; where nothing did, the profiles that there are under both."""
    before, after = comparison.baseline, comparison.candidate
    split, joined = len(comparison.split), len(comparison.joined)
    if not split and not joined:
        return f"Nothing changes: {counted(after.profiles, 'profile')} under both."
    largest = f"{counted(after.largest_group, 'record')} in the largest profile"
    if after.largest_group != before.largest_group:
        largest += f", {before.largest_group:,} before"
    changed = [f"{counted(split, 'group')} split"] * bool(split) + [f"{counted(joined, 'group')} joined"] * bool(joined)
    return f"{after.profiles:,} profiles, {before.profiles:,} before; {largest}: {' and '.join(changed)}."


def on_order(comparison: Comparison) -> str | None:
    """Return what a comparison of policies ends with, where they make results depend on the order of events.

    None where both sides have the same policies, or none that asks what is there already.
    """
    one, other = (Settings.from_json(each.settings).policies for each in (comparison.baseline, comparison.candidate))
    if one == other or not any(each.joining or each.window_days for each in (one, other)):
        return None
    return (
        "Where policies refuse, move or share what does not fit, the event that comes first wins, so results depend "
        "more on the order of events. How much: resolver order HISTORY --settings FILE"
    )


def f1_verdict(judgement: Judgement) -> str:
    """Return ``better``, ``worse`` or ``even``: the candidate beside the baseline, by F1."""
    before, after = judgement.baseline.f1, judgement.candidate.f1
    return "better" if after > before else "worse" if after < before else "even"


_WHOLE = {"better": "Better", "worse": "Worse", "even": "Neither better nor worse"}


def verdict(judgement: Judgement) -> str:
    """Return whether the candidate is better than the baseline by F1, and how many groups are."""
    before, after, verdicts = judgement.baseline.f1, judgement.candidate.f1, judgement.verdicts
    whole = _WHOLE[f1_verdict(judgement)]
    groups = ", ".join(
        f"{counted(verdicts[each], 'group')} {each}" for each in ("better", "worse", "even") if verdicts[each]
    )
    return f"{whole} against the truth: F1 {after:.3f}, {before:.3f} before{f'; {groups}' if groups else ''}."
