"""The whole: a history replayed again without some identifiers, where any line may depend on any other."""

from collections.abc import Callable, Collection, Iterable
from heapq import merge
from operator import attrgetter

from resolver.history import Record
from resolver.names import ProfileId
from resolver.simulate.entries import command_of
from resolver.simulate.explain.find import profile_ids
from resolver.simulate.explain.gather import Step, gather
from resolver.simulate.explain.values import Identifier
from resolver.simulate.replay import replay
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied


class Whole:
    """All lines of a run that another store might have applied, ready to be replayed again and again."""

    def __init__(self, run: Run, refused: Iterable[Applied]) -> None:
        self._run = run
        self._entries = list(merge(run.applied, refused, key=attrgetter("number")))
        self._records = [Record(each.number, each.ref, each.op, command_of(each)) for each in self._entries]

    def without(self, absent: Collection[Identifier]) -> "Replayed":
        """Give the replay without some identifiers."""
        texts = [f"{id_type}={value}" for id_type, value in absent]
        run = self._run
        return Replayed(replay(self._records, run.settings, without=texts, engine=run.make_engine, **run.options))

    def identifiers(self, presented: Callable[[Applied], list[Identifier]]) -> list[Identifier]:
        """Return every identifier that the lines name."""
        return list(dict.fromkeys(each for entry in self._entries for each in presented(entry)))


class Replayed:
    """What a replay of the whole shows of single refs."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.lines = run.summary.lines

    def profile_of(self, ref: str) -> ProfileId | None:
        """Give where a ref is at the end; None if nothing is left of it."""
        return self._run.assignments.get(ref)

    def steps_of(self, ref: str) -> list[Step]:
        """Give the lines of the profile of a ref that is left."""
        return gather(self._run, profile_ids(self._run, ref)[1]).steps
