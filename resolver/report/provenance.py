"""Provenance: where a report comes from, as far as the caller says it. Nothing here reads a clock.

>>> print(Provenance(history=("crm.csv", "web.csv"), date="2026-03-01").rows()[0])
('History', 'crm.csv, web.csv')
"""

from collections.abc import Mapping
from pathlib import PurePath

import msgspec


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What a report was made from: the files of the history, the names of the settings, the truth, command and date.

    All of it is optional, and in the page as it stands here: the same provenance gives the same bytes.
    """

    history: tuple[str, ...] = ()
    settings: str | None = None
    baseline: str | None = None
    candidate: str | None = None
    grid: str | None = None
    truth: str | None = None
    command: str | None = None
    date: str | None = None

    @property
    def side_names(self) -> tuple[str, str]:
        """What the two sides are called: baseline and candidate, with the names of their settings where known."""
        sides = {"baseline": self.baseline, "candidate": self.candidate}
        one, other = (name if file is None else f"{name} ({PurePath(file).name})" for name, file in sides.items())
        return one, other

    def rows(self) -> list[tuple[str, str]]:
        """Return what is known, as pairs of a heading and a text; the command is not among them."""
        found = {
            "History": ", ".join(self.history) or None,
            "Settings": self.settings,
            "Baseline": self.baseline,
            "Candidate": self.candidate,
            "Grid": self.grid,
            "Truth": self.truth,
            "Date": self.date,
        }
        return [(name, text) for name, text in found.items() if text is not None]


def versions_in_words(versions: Mapping[str, str]) -> str:
    """Return the versions that results depend on, in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())
