"""Groups: each changed group with what a picture of it needs, as the page's script reads it.

A group is made when it is written, and forgotten then. Profiles are numbered within their group and side, so that no
id is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec

from resolver.names import IdType, Milliseconds, Value
from resolver.report.evidence import Evidence, Fate, Merge, Pair
from resolver.report.headline import Numbered
from resolver.report.put_back import Back
from resolver.report.reasons import Found
from resolver.simulate import Cause, Run
from resolver.simulate.paired_columns import PairedColumns


class Told(msgspec.Struct):
    """A cause or a parting: where, when, what it began with, and the whole sentence."""

    line: int
    ref: str | None
    at: Milliseconds | None
    kind: str
    why: str


class Identifier(msgspec.Struct, rename="camel"):
    """One identifier of a group; for each side, the numbers of the group's profiles that hold it, or its fate."""

    id_type: IdType
    value: Value
    holders: tuple[list[int], list[int]]
    fates: tuple[Fate | None, Fate | None]


class Group(msgspec.Struct, rename="camel"):
    """One changed group.

    ``moved`` are the records that are not in its largest part; ``reason`` is the place of what stands behind it, with
    the ``values`` in question; ``back`` are the places of the settings that bring it back, each alone, None where that
    was not tried; ``pairs`` is what a truth says of it.
    ``profiles`` has, for each side and ref, the number of its profile; ``others``, for each side and profile, how
    many records it has beyond this group. ``presented`` are [ref, identifier, line, sides], all but the line by
    number, sides as 1 for the baseline, 2 for the candidate, 3 for both.
    """

    kind: str
    moved: int
    reason: int
    values: Sequence[tuple[IdType, str]]
    back: Sequence[int] | None
    pairs: Mapping[str, Any] | None
    refs: Sequence[str]
    profiles: tuple[list[int], list[int]]
    others: tuple[list[int], list[int]]
    cause: Told | None
    parting: Told | None
    identifiers: list[Identifier]
    presented: list[tuple[int, int, int, int]]
    merges: tuple[list[Merge], list[Merge]]


def groups_of(
    groups: Sequence[Numbered],
    found: Mapping[int, tuple[int, Found]],
    back: Back | None,
    baseline: Run,
    candidate: Run,
    alike: PairedColumns,
) -> Iterator[Group]:
    """Yield the changed groups in the order of their numbers, each with its reason of those *found*.

    *back* are the settings that bring them back, where that was tried. The runs are *alike*, as their comparison has
    them. O(facts + lines + what the groups hold).
    """
    numbers = [each.change.numbers for each in groups]
    sides = tuple(
        Evidence(run, alike, side, chain.from_iterable(numbers)) for side, run in enumerate((baseline, candidate))
    )
    for each in groups:
        yield _group(each, *found[each.number], None if back is None else back[each.number], sides)


def _group(
    numbered_group: Numbered, reason: int, found: Found, back: Sequence[int] | None, sides: tuple[Evidence, ...]
) -> Group:
    change, judged = numbered_group.change, numbered_group.judged
    refs = change.numbers
    numbered = [side.profiles(refs) for side in sides]
    identifiers, presented = _presented(refs, sides)
    held = [side.holders(profiles, identifiers.keys()) for side, profiles in zip(sides, numbered, strict=True)]
    empty: list[int] = []
    return Group(
        kind=numbered_group.kind,
        moved=numbered_group.moved,
        reason=reason,
        values=found.values,
        back=back,
        pairs=None if judged is None else judged.to_json(),
        refs=change.refs,
        profiles=_both(lambda side: [numbered[side][sides[side].home(ref)] for ref in refs]),
        others=_both(lambda side: sides[side].others(refs, numbered[side])),
        cause=_told(change.cause),
        parting=_told(change.parting),
        identifiers=[
            Identifier(
                id_type=pair[0],
                value=pair[1],
                holders=(held[0].get(pair, empty), held[1].get(pair, empty)),
                fates=(
                    _fate(sides[0], numbered[0], held[0], ref, pair),
                    _fate(sides[1], numbered[1], held[1], ref, pair),
                ),
            )
            for pair, ref in identifiers.items()
        ],
        presented=presented,
        merges=_both(lambda side: sides[side].merges(refs)),
    )


def _fate(
    side: Evidence, profiles: Mapping[int, int], held: Mapping[Pair, Sequence[int]], ref: int, pair: Pair
) -> Fate | None:
    """Return what became of an identifier that a ref presented; None where its profile holds it or never did."""
    profile = side.home(ref)
    return None if profiles[profile] in held.get(pair, ()) else side.fate(profile, pair)


def _presented(
    refs: Sequence[int], sides: Sequence[Evidence]
) -> tuple[dict[Pair, int], list[tuple[int, int, int, int]]]:
    """Return a group's identifiers, each with the first record that presented it, and who presented what."""
    first: dict[Pair, int] = {}
    numbers: dict[Pair, int] = {}
    links: list[tuple[int, int, int, int]] = []
    for place, ref in enumerate(refs):
        here: dict[Pair, tuple[int, int]] = {}
        for bit, side in enumerate(sides, 1):
            for pair, line in side.presented(ref):
                earliest, seen = here.get(pair, (line, 0))
                here[pair] = earliest, seen | bit
        for pair, (line, seen) in here.items():
            first.setdefault(pair, ref)
            links.append((place, numbers.setdefault(pair, len(numbers)), line, seen))
    return first, links


def _both(give: Any) -> Any:
    """Return what a function gives for the baseline and for the candidate."""
    return give(0), give(1)


def _told(cause: Cause | None) -> Told | None:
    return None if cause is None else Told(cause.line, cause.ref, cause.at, cause.kind, cause.why)
