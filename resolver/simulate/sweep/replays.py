"""Replays: what one process needs to measure settings, the history read once and the truth beside it."""

import pickle
from collections.abc import Mapping
from pathlib import Path

from resolver.columns.numbered import Numbered
from resolver.rules.checks import OwnNormalizer
from resolver.simulate.prepared import Answers, Prepared, PreparedNormalizers
from resolver.simulate.replay import replay
from resolver.simulate.run import Run
from resolver.simulate.sweep.grid import GridSetting
from resolver.simulate.sweep.measures import Measures, measures

DEFAULT_REGION = "US"


class Replays:
    """Measures settings, one replay each, over one prepared history; *numbered* is a file that has it in integers."""

    def __init__(
        self,
        prepared: Prepared,
        numbered: Path,
        truth: Mapping[str, str] | None = None,
        normalizers: Mapping[str, OwnNormalizer] | None = None,
    ) -> None:
        self._prepared = prepared
        self._truth = truth
        self._own = normalizers
        self._numbered_at = numbered
        self._numbered: Numbered | None = None
        self._answers: dict[str, Answers] = {}

    def measured(self, setting: GridSetting) -> Measures:
        """Replay the history under a setting; its figures. One replay."""
        return measures(self.run(setting), self._truth)

    def run(self, setting: GridSetting) -> Run:
        """Replay the history under a setting."""
        if self._numbered is None:
            with self._numbered_at.open("rb") as file:
                self._numbered = pickle.load(file)
        region = region_of(setting)
        if region not in self._answers:
            self._answers[region] = self._prepared.answers(region)
        normalizers = PreparedNormalizers(region, self._own, self._answers[region])
        return replay(self._numbered, setting.settings, **{**setting.options, "normalizers": normalizers})


def number(prepared: Prepared, numbered: Numbered | None = None) -> Path:
    """Write down a prepared history in integers, beside it; *numbered* is it, where it was read as such."""
    path = prepared.folder / "numbered"
    with path.open("wb") as file:
        pickle.dump(numbered or Numbered(prepared).read_all(), file, pickle.HIGHEST_PROTOCOL)
    return path


def region_of(setting: GridSetting) -> str:
    """Return the region by which a setting reads phone numbers."""
    region: str = setting.options.get("default_region", DEFAULT_REGION)
    return region
