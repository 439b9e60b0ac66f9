"""Growth: in a worker, the store of the lines before, and the new lines executed on it; and the stores of giants.

Components never touch, so the store before is that of the old lines which were sent, united with those that giants left
behind. What a run has of old lines stays, but for where its profiles are now.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import msgspec

from resolver.columns.execution import Execution
from resolver.columns.numbered import Numbered
from resolver.engine import Engine
from resolver.facts import IdentifierSuppressed, IdentifierUnsuppressed
from resolver.kernel import codes
from resolver.kernel.rows import ProfileRow
from resolver.kernel.tables import Tables, root
from resolver.profiles import id_of, row_of
from resolver.settings import Settings
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.rejection_reasons import Reasons
from resolver.simulate.rejections import count_troubles
from resolver.simulate.replay import Replayed
from resolver.simulate.saved_format import written_text
from resolver.simulate.summary import Summary, full_profiles, summed_up
from resolver.simulate.without import Absent
from resolver.snapshot import decode, digests_of
from resolver.snapshot_parts import cut_out, united
from resolver.spark.packages import numpy
from resolver.spark.sent import Sent

Suppression = IdentifierSuppressed | IdentifierUnsuppressed

PIECE = 4_000_000
"""Bytes of a store in one row."""


@attrs.frozen
class Grown:
    """A store that got further lines: the columns of these, and by how much the totals grew."""

    kept: ColumnSource
    summary: Summary
    reasons: Reasons
    full: int
    suppressed: Sequence[Suppression]
    """What old lines that were sent suppressed, or suppress no more."""
    moved: list[tuple[str | None, str | None]]
    """The profiles that are no more what they were: the id of each, and that of the one that it became, if any."""


class StoreBefore:
    """The store before some lines: that of old lines, if there are any, united with those of giants."""

    def __init__(self, sent: Sent, old: ColumnSource | None, settings: Settings, options: Mapping[str, Any]) -> None:
        snapshots = [snapshot for _, snapshot in sent.stores.values()]
        if old is not None:
            snapshots.append(old.engine.snapshot())
        self._settings, self._options = settings, options
        self._suppressed = () if old is None else tuple(old.done.facts.suppressions)
        if snapshots:
            self.engine = Engine.restore(united(snapshots), normalizers=options.get("normalizers"))
        else:
            self.engine = Engine(settings, **options)
        self._refs = sent.refs

    def grown(self, numbered: Numbered, absent: Absent | None) -> Grown:
        """Execute the commands of a history that has not been read yet."""
        np, engine, t = numpy(), self.engine, self.engine._tables
        born, living, held = t.n_profiles, t.living, t.n_holds
        was_living = np.asarray(t.parent, "int64")[:born] == np.arange(born)
        full, left_out = full_profiles(t, engine._ruling.rules), 0 if absent is None else absent.identifiers
        done, reasons = Execution(engine, numbered, _known(t, self._refs)), Reasons()
        take_out = None
        if absent is not None:

            def take_out(command: Any, ref: str | None) -> Any:
                return absent.taken_out_of(command, ref, self._settings)

        for _ in numbered.blocks(take_out):
            done.go_on()
        count_troubles(done, reasons)
        done.finish()
        kept = ColumnSource(done, Replayed(done, None), self._settings, self._options)
        total = summed_up(done, kept.ends, reasons, self._options)
        summary = msgspec.structs.replace(
            total,
            profiles=total.profiles - living,
            absorbed=total.absorbed - (born - living),
            identifiers=total.identifiers - held,
            left_out_identifiers=0 if absent is None else absent.identifiers - left_out,
        )
        parents = np.asarray(t.parent, "int64")[:born]
        moved = [
            (written_text(id_of(t, row)), written_text(None if now < 0 else id_of(t, now)))
            for row in map(ProfileRow, np.flatnonzero(was_living & (parents != np.arange(born))).tolist())
            for now in (root(t, row),)
        ]
        return Grown(
            kept, summary, reasons, full_profiles(t, done.ruling.rules) - full, self._suppressed, moved
        )  # fmt: skip


def _known(t: Tables, refs: Mapping[str, str | None]) -> dict[str, ProfileRow]:
    """Return the profiles of refs; of one whose profile is gone any that is gone."""
    found = {}
    gone = codes.NOBODY
    if None in refs.values():
        gone = next((row for row in map(ProfileRow, range(t.n_profiles)) if t.parent[row] < 0), codes.NOBODY)
    for ref, profile_id in refs.items():
        found[ref] = gone if profile_id is None else row_of(t, profile_id)
    return found


def stores_of(sent: Sent, kept: ColumnSource, suppressed: Sequence[Suppression]) -> Iterator[tuple[int, int, bytes]]:
    """Yield the store of each giant, in pieces: a line of the giant, the place of the piece, and the piece.

    *suppressed* is what lines that were executed before those of *kept* suppressed, or suppress no more.
    """
    if not sent.giants:
        return
    snapshot, tables = kept.engine.snapshot(), kept.view._tables
    born = numpy().asarray(tables.created_by, "int64")[: tables.n_profiles]
    suppressed = [*suppressed, *kept.done.facts.suppressions]
    for giant, lines in sent.giants.items():
        before = {line: state for line, (label, state) in sent.stores.items() if label == giant}
        mine = {*lines} if suppressed else set()
        digests = {fact.digest for fact in suppressed if fact.command in mine}
        commands = array("q", lines)
        for each in map(decode, before.values()):
            commands.frombytes(each.created_by)
            digests.update(digests_of(each.suppressed))
        creating = numpy().intersect1d(born, commands).tolist()
        state = cut_out(snapshot, creating, digests)
        home = min([*before, *lines[:1]])
        for place, start in enumerate(range(0, len(state), PIECE)):
            yield home, place, state[start : start + PIECE]
