"""Compare: what a history became under two settings on Spark: the groups that were joined or split, and what did it.

Lines of one ref are kept in one part, so every changed group is in one task, and the library's comparison finds it.
"""

import json
from typing import Any

import attrs

from resolver.errors import InvalidHistory
from resolver.settings import Settings
from resolver.simulate.compare import changed_totals, totals_of
from resolver.spark.packages import functions
from resolver.spark.replay import parts_of, replay_all
from resolver.spark.run import SparkRun
from resolver.spark.tables import CHANGES, ONLY, ORDER, rows_of


@attrs.frozen(eq=False)
class SparkComparison:
    """The difference between two runs of one history on Spark.

    ``joined`` and ``split`` are frames, a row for each changed group: its ``refs``, its ``parts`` as the other run has
    them, ``line`` and ``why`` of its cause, and ``change``, the group as ``comparison.json`` has it. ``only_baseline``
    and ``only_candidate`` have the ``ref`` of records that are in one run only. All are in the order of one process.
    """

    baseline: SparkRun
    candidate: SparkRun
    _done: Any

    @property
    def joined(self) -> Any:
        """Groups that are one profile under the candidate, and were several under the baseline."""
        return self._changes("joined")

    @property
    def split(self) -> Any:
        """Groups that are one profile under the baseline, and several under the candidate."""
        return self._changes("split")

    @property
    def only_baseline(self) -> Any:
        """Records that only the baseline has at the end."""
        return self._only("baseline")

    @property
    def only_candidate(self) -> Any:
        """Records that only the candidate has at the end."""
        return self._only("candidate")

    @property
    def totals(self) -> dict[str, tuple[int, int]]:
        """The totals of both runs, (baseline, candidate), by the names of ``summary.json``."""
        return totals_of(self.baseline.summary, self.candidate.summary)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``comparison.json``; all changed groups come to the driver."""
        only = {name: [row["ref"] for row in self._only(name).collect()] for name in ("baseline", "candidate")}
        found = {
            name: [json.loads(row["change"]) for row in self._changes(name).select("change").collect()]
            for name in ("joined", "split")
        }
        return {
            "baseline": self.baseline.summary.to_json(),
            "candidate": self.candidate.summary.to_json(),
            "changes": changed_totals(self.baseline.summary, self.candidate.summary),
            "refs": self.baseline.summary.refs + len(only["candidate"]),
            **found,
            "onlyBaseline": only["baseline"],
            "onlyCandidate": only["candidate"],
        }

    def _changes(self, kind: str) -> Any:
        f = functions()
        mine = rows_of(self._done, CHANGES, *ORDER).where(f.col("kind") == kind)
        return mine.orderBy(*ORDER).drop(*ORDER, "kind")

    def _only(self, side: str) -> Any:
        f = functions()
        mine = rows_of(self._done, ONLY, *ORDER).where(f.col("kind") == side)
        return mine.orderBy(*ORDER).select("ref")


def compare(
    source: Any,
    baseline: Settings,
    candidate: Settings,
    *,
    work: str | None = None,
    tables: bool = True,
    **options: Any,
) -> SparkComparison:
    """Replay a history on Spark under two settings in one pass, and return what differs.

    *source* is a frame of lines, with *work* and the options of ``components``; or what ``components`` returned for
    both settings, with ``link_refs=True``. Groups, causes and totals are those of ``resolver.simulate.compare``.
    Without *tables*, only these and the assignments are made, and not the facts, steps and other tables of the runs.
    """
    parts = parts_of(source, [baseline, candidate], work, options, "compare", link_refs=True)
    if not parts.how.links_refs:
        raise InvalidHistory("compare: lines of one ref may be in several parts; expected components(link_refs=True)")
    (one, other), done = replay_all(parts, [baseline, candidate], compared=True, measured=not tables)
    return SparkComparison(one, other, done)
