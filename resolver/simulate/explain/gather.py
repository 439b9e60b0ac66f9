"""Gathering: the lines and facts of a few profiles, picked from a run in one pass over its lines."""

from collections.abc import Container

import msgspec

from resolver.facts import AnyFact
from resolver.names import ProfileId
from resolver.simulate.explain.values import Moment
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied, Rejection

Step = tuple[Applied, list[AnyFact]]
"""One applied line with its facts."""


class Gathered(msgspec.Struct, frozen=True):
    """The lines of some profiles in order, changes of settings among them, each with its facts."""

    steps: list[Step]
    refused: list[tuple[Applied, Rejection]]
    """Lines that the engine refused, with the reason."""

    def last_line(self, ref: str) -> Applied:
        """Give the latest line of a ref."""
        return next(entry for entry, _ in reversed(self.steps) if entry.ref == ref and entry.profile_id is not None)


def gather(run: Run, ids: Container[ProfileId]) -> Gathered:
    """Give what a run has about the profiles with these ids. One pass over the lines; memory for those picked."""
    return gathered(run, [entry for entry in run.applied if entry.profile_id is None or entry.profile_id in ids])


def gathered(run: Run, picked: list[Applied]) -> Gathered:
    """Give these lines with their facts, and all lines that the engine refused."""
    refused = {entry.line: entry for entry in run.refused}
    rejections = [each for each in run.rejected if each.line in refused] if refused else []
    return Gathered(list(run.with_facts(picked)), [(refused[each.line], each) for each in rejections])


def moment_of(entry: Applied) -> Moment:
    """Return the moment of a line: its own time, never the one that the engine gave a line without."""
    return Moment(entry.line, entry.ref, entry.at)
