"""Trials: lines executed again without some identifiers, all of them or so few that these alone tell the answer.

Lines that end in different profiles have met nobody of the other side, unless a line was refused. So the lines of a
profile, replayed alone, do what they did in the whole history; and so do all others without them. Where identifiers
are taken out, both sides still do in the whole what each does alone, as long as none of them

- presents an identifier that is taken out and is on the other side,
- meets the other's values: has a unique one at a time at which the other has it or is refused it, or ever has values
  of every type of a compound rule in common with the other (R7, A3),
- names a ref that both sides have, or was refused and would be applied for what the other side does now.

By induction over the lines: as long as it holds, a line finds on its own side what it finds in the whole, and nothing
on the other. On the side that loses nothing, all is as it was, and its spans are known; on the other, a trial shows
it. Whoever was met comes over to the part, with all lines, and the trial is repeated, until nobody is met.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import merge
from operator import attrgetter

import msgspec

from resolver.commands import ApplySettings
from resolver.engine import Engine
from resolver.errors import ResolverError
from resolver.history import Record
from resolver.names import ProfileId
from resolver.rules.normalization import Normalizers
from resolver.simulate.explain.evidence import Span, Spans, spans_of
from resolver.simulate.explain.explanation import Identifier
from resolver.simulate.explain.neighbours import Group, Neighbours, component
from resolver.simulate.explain.timeline import gather, profile_ids
from resolver.simulate.replay import replay
from resolver.simulate.run import Run
from resolver.simulate.steps import Step, Wanted
from resolver.simulate.without import Absent


class Trial:
    """What lines of a run do without some identifiers: as ``replay`` does it, with nothing written down.

    ``steps`` are the lines that were applied, as it applied them; ``lines`` counts all.
    """

    def __init__(
        self, run: Run, steps: Sequence[Step], absent: Collection[Identifier], normalizers: Normalizers
    ) -> None:
        self.steps: list[Step] = []
        self.lines = len(steps)
        self._engine = run.make_engine(run.settings, **{**run.options, "normalizers": normalizers})
        self._profile_of: dict[str, ProfileId] = {}
        missing = Absent((), normalizers.region, normalizers, identifiers=absent)
        for step in steps:
            command = missing.taken_out_of(step.command, step.ref, run.settings)
            if command is None:
                continue
            left = command
            if step.named is not None:
                profile_id = self._profile_of.get(step.named_ref or "", "")
                command = msgspec.structs.replace(command, profile_id=profile_id)
            try:
                outcome = self._engine.execute(command, number=step.number)
            except ResolverError:
                continue
            if step.ref is not None:
                self._profile_of[step.ref] = outcome.profile_id
            self.steps.append(msgspec.structs.replace(step, command=left, outcome=outcome))

    def profile_of(self, ref: str) -> ProfileId | None:
        """Return where a ref is at the end; None if nothing is left of it."""
        profile_id = self._profile_of.get(ref, "")
        return self._engine.canonical_id(profile_id) if profile_id in self._engine else None

    def steps_of(self, ref: str) -> list[Step]:
        """Return the lines of the profile of a ref that is left."""
        profile_id = self.profile_of(ref)
        assert profile_id is not None
        ids = {profile_id, *self._engine.aliases(profile_id)}
        return [step for step in self.steps if step.profile_id in ids]

    def together(self, numbers: Collection[int]) -> list[list[int]]:
        """Return the lines among some that were applied, by their numbers, as they are in profiles at the end."""
        return _together((step for step in self.steps if step.number in numbers), self._engine)


MOST_PASSES = 4
"""After so many passes over the run for more lines, all that could ever be met are taken at once."""


class Part:
    """The lines around two refs, and trials of as many of them as are needed."""

    def __init__(self, neighbours: Neighbours, refs: Iterable[str], steps: list[Step]) -> None:
        """Start with the groups of the refs; *steps* are the lines of one of them, or of several."""
        self._neighbours = neighbours
        self._start = {group for ref in refs for group in neighbours.groups_of_ref(ref)}
        self._steps: dict[Group, list[Step]] = {}
        self._spans: dict[Group, dict[Identifier, list[Span]]] = {}
        self._passes = 0
        self._take(steps)

    def without(self, absent: Collection[Identifier]) -> Trial:
        """Return a trial of as many lines as matter, without some identifiers; it is as a replay of all lines."""
        neighbours = self._neighbours
        groups = self._start | {group for identifier in absent for group in neighbours.groups_of(identifier)}
        refused: set[int] = set()
        none: dict[Identifier, list[Span]] = {identifier: [] for identifier in absent}
        self._complete(groups, refused, none)
        while True:
            steps = [sorted(self._steps[group], key=_NUMBER) for group in sorted(groups)]
            again = [neighbours.refused[place] for place in sorted(refused)]
            trial = Trial(neighbours.run, list(merge(*steps, again, key=_NUMBER)), absent, neighbours.normalizers)
            facts = (fact for step in trial.steps for fact in step.facts)
            if not self._complete(groups, refused, {**none, **spans_of(facts)}):
                return trial

    def _complete(self, groups: set[Group], refused: set[int], more: Spans) -> bool:
        """Add all whom these groups and refused lines meet, also with more spans; return whether there was anybody."""
        grew = False
        while True:
            self._load(groups)
            spans = {identifier: list(each) for identifier, each in more.items()}
            refs: set[str] = set()
            for group in groups:
                for identifier, each in self._spans[group].items():
                    spans.setdefault(identifier, []).extend(each)
                refs.update(ref for step in self._steps[group] for ref in _refs(step))
            for step in (self._neighbours.refused[place] for place in refused):
                for identifier in self._neighbours.presented_by(step):
                    spans.setdefault(identifier, []).append((step.number, step.number))
                refs.update(_refs(step))
            met = self._neighbours.contacts(spans)
            met.update(group for ref in refs & self._neighbours.named for group in self._neighbours.groups_of_ref(ref))
            lines = self._neighbours.refused_near(refs, spans)
            if met <= groups and lines <= refused:
                return grew
            grew = True
            groups |= met
            refused |= lines

    def _load(self, groups: set[Group]) -> None:
        missing = groups - self._steps.keys()
        if not missing:
            return
        self._passes += 1
        if self._passes > MOST_PASSES:
            whole = component(self._neighbours, groups)
            assert whole is not None
            groups |= whole.groups
            missing = groups - self._steps.keys()
        self._take(self._neighbours.steps_of(missing))

    def _take(self, steps: list[Step]) -> None:
        for step in steps:
            assert step.profile_id is not None
            self._steps.setdefault(self._neighbours.group(step.profile_id), []).append(step)
        for group, own in self._steps.items():
            if group not in self._spans:
                self._spans[group] = spans_of(fact for step in own for fact in step.facts)


_NUMBER = attrgetter("number")


def _refs(step: Step) -> Iterator[str]:
    """Yield the refs of a line: its own, and the one that it names."""
    yield from (ref for ref in (step.ref, step.named_ref) if ref is not None)


class Whole:
    """All lines of a run that another store might have applied, ready to be replayed again and again."""

    def __init__(self, run: Run, refused: Iterable[Step], normalizers: Normalizers) -> None:
        self._run = run
        self._normalizers = normalizers
        self._steps = list(merge(run.select(Wanted(is_applied=True)), refused, key=_NUMBER))
        self._records = [Record(each.number, each.ref, each.op, each.command) for each in self._steps]

    def without(self, absent: Collection[Identifier]) -> "WholeReplay":
        """Return the replay without some identifiers."""
        run, left = self._run, self._left(absent)
        return WholeReplay(replay(left, run.settings, engine=run.make_engine, **run.options), len(self._records))

    def _left(self, absent: Collection[Identifier]) -> list[Record]:
        """The lines that are left without some identifiers, which are read by the settings in force."""
        missing = Absent((), self._normalizers.region, self._normalizers, identifiers=absent)
        settings, left = self._run.settings, []
        for record in self._records:
            assert record.command is not None
            command = missing.taken_out_of(record.command, record.ref, settings)
            if isinstance(command, ApplySettings):
                settings = command.settings
            if command is not None:
                left.append(msgspec.structs.replace(record, command=command))
        return left

    def identifiers(self, presented: Callable[[Step], list[Identifier]]) -> list[Identifier]:
        """Return every identifier that the lines name."""
        return list(dict.fromkeys(each for step in self._steps for each in presented(step)))


class WholeReplay:
    """What a replay of the whole shows of single refs."""

    def __init__(self, run: Run, lines: int) -> None:
        self._run = run
        self.lines = lines

    def profile_of(self, ref: str) -> ProfileId | None:
        """Return where a ref is at the end; None if nothing is left of it."""
        return self._run.assignments.get(ref)

    def steps_of(self, ref: str) -> list[Step]:
        """Return the lines of the profile of a ref that is left."""
        return gather(self._run, profile_ids(self._run, ref)[1]).steps

    def together(self, numbers: Collection[int]) -> list[list[int]]:
        """Return the lines among some that were applied, by their numbers, as they are in profiles at the end."""
        return _together(self._run.select(Wanted(numbers=numbers, is_applied=True)), self._run.engine)


def _together(steps: Iterable[Step], engine: Engine) -> list[list[int]]:
    profiles: dict[ProfileId, list[int]] = {}
    for step in steps:
        if step.profile_id in engine:
            assert step.profile_id is not None
            profiles.setdefault(engine.canonical_id(step.profile_id), []).append(step.number)
    return list(profiles.values())
