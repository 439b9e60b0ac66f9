"""Order: which records' groups depend on the order in which lines arrive.

Seeded permutations are replayed, and what they change is shown by the smallest witness.

>>> history = [
...     {"ref": "a", "at": 1, "identifiers": {"phone": "317-555-6789", "email": "ada@example.com"}},
...     {"ref": "b", "at": 2, "identifiers": {"phone": "317-555-6780", "email": "ada@example.com"}},
...     {"ref": "c", "at": 3, "identifiers": {"phone": "317-555-6789"}},
... ]
>>> from resolver import IdentifierConfig, Settings
>>> one = Settings([IdentifierConfig("email"), IdentifierConfig("phone", limit=1)], ["email", "phone"])
>>> found = order(history, one, permutations=5).findings[0]
>>> found.witness.text, found.before, found.after
('line 2 arrives after line 3', (('a', 'b'), ('c',)), (('a', 'b', 'c'),))
"""

import random
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import msgspec

from resolver.display import counted
from resolver.engine import Engine
from resolver.history import records_for
from resolver.history.opening import ArrowStream
from resolver.names import ProfileId
from resolver.rules.normalization import Normalizers
from resolver.settings import Settings
from resolver.simulate import notebook
from resolver.simulate.permutations import Arrivals, Components, Links, Shrinker, described
from resolver.simulate.replay import checked_options, replay
from resolver.simulate.run import Run
from resolver.simulate.steps import Wanted

Grouping = tuple[tuple[str, ...], ...]


def changed_blocks(before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> list[tuple[str, ...]]:
    """Return the smallest sets of refs that both groupings divide, where they divide them differently. O(refs).

    >>> changed_blocks({"a": 1, "b": 1, "c": 2, "d": 3}, {"a": 8, "b": 9, "c": 9, "d": 7})
    [('a', 'b', 'c')]
    """
    links = Links()
    refs = dict.fromkeys([*before, *after])
    for ref in refs:
        for side, groups in (("before", before), ("after", after)):
            if ref in groups:
                links.union(ref, (side, groups[ref]))
    blocks: dict[Hashable, list[str]] = {}
    for ref in refs:
        blocks.setdefault(links[ref], []).append(ref)
    return [tuple(block) for block in blocks.values() if not _is_same(block, before, after)]


def parts_of(refs: Sequence[str], groups: Mapping[str, Hashable]) -> Grouping:
    """Return refs as a grouping divides them, parts in the order of their first ref; without those in no group."""
    parts: dict[Hashable, list[str]] = {}
    for ref in refs:
        if ref in groups:
            parts.setdefault(groups[ref], []).append(ref)
    return tuple(map(tuple, parts.values()))


def _is_same(block: Sequence[str], before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> bool:
    return parts_of(block, before) == parts_of(block, after) and all(ref in before and ref in after for ref in block)


@attrs.define(eq=False)
class Block:
    """Records that belong together in what they depend on; ``first`` those of the first change that was seen."""

    refs: tuple[str, ...]
    first: tuple[str, ...]
    witness: Any
    turns: set[int] = attrs.field(factory=set)


class Blocks:
    """What many permutations changed: changes that share a record are one finding, shown by its first witness."""

    def __init__(self) -> None:
        self._links = Links()
        self._seen: list[tuple[tuple[str, ...], int, Any]] = []

    def note(self, refs: tuple[str, ...], turn: int, witness: Any) -> None:
        """Remember that a turn changed the groups of some refs."""
        self._links.union(*refs)
        self._seen.append((refs, turn, witness))

    def joined(self, everybody: Sequence[str]) -> list[Block]:
        """Return a block per finding, refs in the order of *everybody*."""
        found: dict[Hashable, Block] = {}
        members: dict[Hashable, dict[str, None]] = {}
        for refs, turn, witness in self._seen:
            root = self._links[refs[0]]
            found.setdefault(root, Block((), refs, witness)).turns.add(turn)
            members.setdefault(root, {}).update(dict.fromkeys(refs))
        place = {ref: index for index, ref in enumerate(everybody)}
        for root, block in found.items():
            block.refs = tuple(sorted(members[root], key=lambda ref: place.get(ref, len(place))))
        return list(found.values())


INSTANT, FULL = "instant", "full"

Progress = Callable[[int, int], None]
"""Called with the number of permutations replayed, and that there are."""


class Witness(msgspec.Struct, frozen=True, rename="camel"):
    """One order that changes a group: ``text`` in words; ``lines``, those of the group's component in that order.

    All other lines have no part in it and stay where they are.
    """

    text: str
    lines: tuple[int, ...]


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """Records whose groups depend on the order.

    ``kind`` is ``instant`` (lines of one instant among themselves suffice) or ``full``; ``permutations`` counts
    those that changed some of the ``refs``. ``before`` and ``after`` are the groups that the witness changes, as
    the file has them and as the witness does; a record in no group is in no profile.
    """

    kind: str
    refs: tuple[str, ...]
    permutations: int
    witness: Witness
    before: Grouping
    after: Grouping


class Dependence(msgspec.Struct, frozen=True, rename="camel"):
    """What a number of permutations showed; what they did not show may still be.

    ``records`` counts those that are in a profile at the end, in the history's order or in one that was tried.
    ``instant_permutations`` is 0 where no neighbouring lines are of one instant. ``rejected`` counts lines, of the
    history as it is.
    """

    lines: int
    records: int
    seed: int
    instant_permutations: int
    full_permutations: int
    findings: tuple[Finding, ...]
    rejected: int = 0

    @property
    def refs(self) -> tuple[str, ...]:
        """The records whose groups were seen to depend on the order."""
        return tuple(dict.fromkeys(ref for finding in self.findings for ref in finding.refs))

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON shows it."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed), a row per record of a finding.

        Columns: ``finding`` (its number from 1), ``kind``, ``ref``, ``before`` and ``after`` (the number of the
        record's group, missing where it is in none), ``permutations``, ``witness`` in words. Raises ``ImportError``
        where the library is not there, ``ValueError`` for another one.
        """
        return notebook.order_frame(self, library)

    def __repr__(self) -> str:
        tried = counted(self.instant_permutations + self.full_permutations, "permutation")
        changed = f"{len(self.refs):,} of {counted(self.records, 'record')} end in other groups"
        return f"<Dependence: {changed}, {counted(len(self.findings), 'finding')} in {tried}>"

    def _repr_html_(self) -> str:
        return notebook.order_html(self)


def order(
    history: Iterable[Any] | ArrowStream,
    settings: Settings | None = None,
    *,
    permutations: int = 20,
    seed: int = 1,
    progress: Progress | None = None,
    **engine_options: Any,
) -> Dependence:
    """Find records whose groups depend on the order of arrival.

    Replays *permutations* shuffles of neighbouring lines of the same instant among themselves, and as many full
    shuffles in which every line keeps its time. A line that names a record stays behind that record's line. The
    other arguments are those of ``replay``. The same *seed* gives the same permutations.

    Raises what ``replay`` raises, and ``ValueError`` for a number of permutations below 1. Time: a replay for each
    permutation, and for each finding at most some hundred of its own lines; memory: the lines.
    """
    if type(permutations) is not int or permutations < 1:
        raise ValueError(f"permutations: {permutations!r} is not right; expected a whole number, 1 or more")
    return _Study(history, settings, engine_options).found(permutations, seed, progress)


class Moved(msgspec.Struct, frozen=True, rename="camel"):
    """How many of the records ended in other groups in at least one of some permutations, of both kinds together."""

    refs: int
    records: int
    permutations: int


def moved(
    history: Iterable[Any] | ArrowStream,
    settings: Settings | None = None,
    *,
    permutations: int = 20,
    seed: int = 1,
    **engine_options: Any,
) -> Moved:
    """Return how many records ``order`` would find, without looking for witnesses. A replay for each permutation.

    >>> history = [{"ref": name, "at": at, "identifiers": {"chat": name}} for at, name in enumerate("ab")]
    >>> moved(history, permutations=3)
    Moved(refs=0, records=2, permutations=3)
    """
    study = _Study(history, settings, engine_options)
    return study.moved(permutations, seed)


class _Study:
    def __init__(
        self, history: Iterable[Any] | ArrowStream, settings: Settings | None, options: Mapping[str, Any]
    ) -> None:
        self._settings = settings or Settings.defaults()
        self._options = checked_options(order, options)
        Engine(self._settings, **self._options)  # what it refuses is refused before anything is read
        listed = list(records_for(history, self._settings.id_types))
        self._lines = len(listed)
        known = Normalizers(self._options.get("default_region", "US"), self._options.get("normalizers"))
        self._options["normalizers"] = known  # what it remembers serves all replays
        base = replay(_numbered(listed), self._settings, **self._options)
        applied = frozenset(listed[step.line - 1].line for step in base.select(Wanted(is_applied=True)))
        self._rejected = base.summary.rejected
        self._arrivals = Arrivals(listed, applied)
        self._components = Components(self._arrivals.records, self._settings, known)
        self._before = self._run(list(range(len(self._arrivals)))).assignments
        self._ever = dict.fromkeys(self._before)
        """The records that are in a profile at the end, in the history's order or in one that was tried."""

    def _run(self, places: list[int]) -> Run:
        return replay(self._arrivals.ordered(places), self._settings, **self._options)

    def moved(self, permutations: int, seed: int) -> Moved:
        """Replay all permutations; return how many records they concern."""
        blocks = self._changed(permutations, seed, None).joined(list(self._before))
        refs = {ref for block in blocks for ref in block.refs}
        return Moved(len(refs), len(self._ever), permutations * len(self._kinds))

    @property
    def _kinds(self) -> list[str]:
        return [INSTANT, FULL] if self._arrivals.instants else [FULL]

    def _changed(self, permutations: int, seed: int, progress: Progress | None) -> Blocks:
        """Replay all permutations; return what they change."""
        blocks = Blocks()
        kinds = self._kinds
        total = permutations * len(kinds)
        for turn in range(total):
            kind = kinds[turn // permutations]
            dice = random.Random(f"{seed}:{kind}:{turn % permutations}")
            places = self._arrivals.shuffled_within_instants(dice) if kind == INSTANT else self._arrivals.shuffled(dice)
            after = self._run(places).assignments
            self._ever.update(dict.fromkeys(after))
            for refs in changed_blocks(self._before, after):
                blocks.note(refs, turn, (kind, places))
            if progress is not None:
                progress(turn + 1, total)
        return blocks

    def found(self, permutations: int, seed: int, progress: Progress | None) -> Dependence:
        """Replay all permutations; return what they change, by the records concerned, each with a witness."""
        blocks = self._changed(permutations, seed, progress)
        return Dependence(
            lines=self._lines,
            records=len(self._ever),
            seed=seed,
            instant_permutations=permutations if INSTANT in self._kinds else 0,
            full_permutations=permutations,
            findings=tuple(
                self._finding(block.refs, block.first, len(block.turns), *block.witness)
                for block in blocks.joined(list(self._before))
            ),
            rejected=self._rejected,
        )

    def _finding(
        self, refs: tuple[str, ...], seen: tuple[str, ...], permutations: int, kind: str, places: list[int]
    ) -> Finding:
        """Shrink a witness over the lines of its component."""
        component = self._components.of(seen, len(self._arrivals))
        local = {place: index for index, place in enumerate(component)}
        before = self._groups([*range(len(component))], component)

        def changes(shape: list[int]) -> bool:
            chosen = [component[index] for index in shape]
            return self._arrivals.allows(chosen) and bool(_of(seen, before, self._groups(shape, component)))

        shape = Shrinker(changes).shrunk([local[place] for place in places if place in local])
        after = self._groups(shape, component)
        shown = [ref for block in changed_blocks(before, after) if set(block) & set(seen) for ref in block]
        lines = [self._arrivals.lines[component[index]] for index in shape]
        return Finding(
            kind=kind,
            refs=refs,
            permutations=permutations,
            witness=Witness(described(lines, [self._arrivals.lines[place] for place in component]), tuple(lines)),
            before=parts_of(shown, before),
            after=parts_of(shown, after),
        )

    def _groups(self, shape: list[int], component: list[int]) -> Mapping[str, ProfileId]:
        return self._run([component[index] for index in shape]).assignments


def _numbered(records: list[Any]) -> list[Any]:
    return [msgspec.structs.replace(record, line=position) for position, record in enumerate(records, 1)]


def _of(refs: tuple[str, ...], before: Mapping[str, ProfileId], after: Mapping[str, ProfileId]) -> bool:
    chosen = set(refs)
    return any(not chosen.isdisjoint(block) for block in changed_blocks(before, after))
