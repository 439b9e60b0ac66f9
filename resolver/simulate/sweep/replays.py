"""Replays: what one process needs to measure settings, the table read once and the truth beside it.

Settings that can be replayed in bulk are: a sweep asks for totals and groups only, and needs no objects for events.
"""

import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resolver.rules.checks import OwnNormalizer
from resolver.simulate.prepared import Answers, Prepared, PreparedNormalizers
from resolver.simulate.replay import replay
from resolver.simulate.run import Run
from resolver.simulate.sweep.grid import GridSetting
from resolver.simulate.sweep.measures import Measures, measures, measures_of

if TYPE_CHECKING:
    from resolver.bulk import BulkRun, Interned

DEFAULT_REGION = "US"


class Replays:
    """Measures settings, one replay each, over one prepared history; *interned* is a file that has it in integers."""

    def __init__(
        self,
        prepared: Prepared,
        truth: Mapping[str, str] | None = None,
        normalizers: Mapping[str, OwnNormalizer] | None = None,
        interned: Path | None = None,
    ) -> None:
        self._prepared = prepared
        self._truth = truth
        self._own = normalizers
        self._interned_at = interned
        self._interned: Interned | None = None
        self._answers: dict[str, Answers] = {}

    def measured(self, setting: GridSetting) -> Measures:
        """Replay the history under a setting; give its figures. One replay."""
        bulk = self.bulk_run(setting)
        if bulk is not None:
            return measures_of(bulk.summary, bulk.assignments, bulk.full_profiles(), self._truth)
        return measures(self.run(setting), self._truth)

    def run(self, setting: GridSetting) -> Run:
        """Replay the history under a setting."""
        return replay(self._prepared, setting.settings, **self._options(setting))

    def bulk_run(self, setting: GridSetting) -> "BulkRun | None":
        """Replay it in bulk; None where that is not covered."""
        from resolver.bulk import bulk_replay, can_bulk  # late, as bulk stands beside simulate and reads its summary

        if self._interned_at is None or not can_bulk(setting.settings, (), **setting.options):
            return None
        if self._interned is None:
            with self._interned_at.open("rb") as file:
                self._interned = pickle.load(file)
        return bulk_replay(self._interned, setting.settings, **self._options(setting))

    def _options(self, setting: GridSetting) -> dict[str, Any]:
        region = region_of(setting)
        if region not in self._answers:
            self._answers[region] = self._prepared.answers(region)
        return {**setting.options, "normalizers": PreparedNormalizers(region, self._own, self._answers[region])}


def intern_for(settings: Iterable[GridSetting], prepared: Prepared) -> Path | None:
    """Write down a prepared history in integers, beside it; None where no setting, or not the history, is covered."""
    from resolver.bulk import Interned, NotInBulk, can_bulk

    if not any(can_bulk(setting.settings, (), **setting.options) for setting in settings):
        return None
    try:
        interned = Interned(prepared)
    except NotInBulk:
        return None
    path = prepared.folder / "interned"
    with path.open("wb") as file:
        pickle.dump(interned, file, pickle.HIGHEST_PROTOCOL)
    return path


def region_of(setting: GridSetting) -> str:
    """Give the region by which a setting reads phone numbers."""
    region: str = setting.options.get("default_region", DEFAULT_REGION)
    return region
