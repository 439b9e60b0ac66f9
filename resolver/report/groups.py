"""Groups: each changed group with what a picture of it needs, as the page's script reads it.

A group is made when it is written, and forgotten then. Profiles are numbered within their group and side, so that no
id is needed.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec

from resolver.columns.presented import presented_by
from resolver.names import IdType, Value
from resolver.report.evidence import Evidence, Fate, Merge
from resolver.report.headline import NumberedChange
from resolver.report.put_back import Back
from resolver.report.reasons import Found, Told
from resolver.simulate import Run
from resolver.simulate.paired_columns import PairedColumns
from resolver.simulate.tellers import Numbers


class Identifier(msgspec.Struct, rename="camel", gc=False):
    """One identifier of a group; for each side, the numbers of the group's profiles that hold it, or its fate."""

    id_type: IdType
    value: Value
    holders: tuple[list[int], list[int]]
    fates: tuple[Fate | None, Fate | None]


class Group(msgspec.Struct, rename="camel", gc=False):
    """One changed group.

    ``moved`` are the records that are not in its largest part; ``reason`` is the place of what stands behind it, with
    the ``values`` in question; ``back`` has the places of the settings that bring records of it back, each
    alone, and how many, None where that was not tried; ``pairs`` is what a truth says of it.
    ``profiles`` has, for each side and ref, the number of its profile; ``others``, for each side and profile, how
    many records it has beyond this group. ``presented`` are [ref, identifier, line, sides], all but the line by
    number, sides as 1 for the baseline, 2 for the candidate, 3 for both.
    """

    kind: str
    moved: int
    reason: int
    values: Sequence[tuple[IdType, str]]
    back: Mapping[int, int] | None
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
    groups: Sequence[NumberedChange],
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
    sides = tuple(
        Evidence(run, alike, side, chain.from_iterable(each.change.numbers for each in groups))
        for side, run in enumerate((baseline, candidate))
    )
    for each in groups:
        yield _group(each, *found[each.number], None if back is None else back[each.number], sides, alike.numbers)


def _group(
    numbered_group: NumberedChange,
    reason: int,
    found: Found,
    back: Mapping[int, int] | None,
    sides: tuple[Evidence, ...],
    names: Numbers,
) -> Group:
    change, judged = numbered_group.change, numbered_group.judged
    refs = change.numbers
    one, other = sides
    values, firsts, presented = presented_by(refs, one.presented, other.presented)
    places = {value: place for place, value in enumerate(values)}
    told = [_side(side, refs, places, firsts) for side in sides]
    (_, _, held, fates), (_, _, other_held, other_fates) = told
    return Group(
        kind=numbered_group.kind,
        moved=numbered_group.moved,
        reason=reason,
        values=found.values,
        back=back,
        pairs=None if judged is None else judged.to_json(),
        refs=change.refs,
        profiles=(told[0][0], told[1][0]),
        others=(told[0][1], told[1][1]),
        cause=found.cause,
        parting=found.parting,
        identifiers=[
            Identifier(id_type=id_type, value=value, holders=holders, fates=of_both)
            for (id_type, value), holders, of_both in zip(
                names.identifiers(values),
                zip(held, other_held, strict=True),
                zip(fates, other_fates, strict=True),
                strict=True,
            )
        ],
        presented=presented,
        merges=(one.merges(refs), other.merges(refs)),
    )


def _side(
    side: Evidence, refs: "array[int]", places: dict[int, int], firsts: Sequence[int]
) -> tuple[list[int], list[int], list[list[int]], list[Fate | None]]:
    """Return what one run has of a group.

    The number of each ref's profile; for each profile how many other records it has; for each value which profiles hold
    it; and what became of it in the profile of the ref that first presented it, unless that holds it.
    """
    profiles, numbers, others = side.profiles(refs)
    held = side.holders(profiles, places)
    fates = [
        None if profiles[home] in holders else side.fate(home, value)
        for value, home, holders in zip(places, side.homes(firsts), held, strict=True)
    ]
    return numbers, others, held, fates
