"""The part: so few lines that a replay of them alone tells what becomes of two records without some identifiers.

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

from collections.abc import Collection, Iterable
from heapq import merge
from operator import attrgetter

from resolver.simulate.explain.component import component
from resolver.simulate.explain.gather import Step
from resolver.simulate.explain.losses import Group
from resolver.simulate.explain.neighbours import Neighbours
from resolver.simulate.explain.spans import Span, Spans, spans_of
from resolver.simulate.explain.trial import Trial
from resolver.simulate.explain.values import Identifier
from resolver.simulate.without import REF

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
        """Give a trial of as many lines as matter, without some identifiers; it is as a replay of all lines."""
        neighbours = self._neighbours
        groups = self._start | {group for identifier in absent for group in neighbours.groups_of(identifier)}
        refused: set[int] = set()
        none: dict[Identifier, list[Span]] = {identifier: [] for identifier in absent}
        self._complete(groups, refused, none)
        while True:
            entries = [sorted((step[0] for step in self._steps[group]), key=_NUMBER) for group in sorted(groups)]
            again = [neighbours.refused[place] for place in sorted(refused)]
            trial = Trial(neighbours.run, list(merge(*entries, again, key=_NUMBER)), absent, neighbours.normalizers)
            facts = (fact for _, facts in trial.steps for fact in facts)
            if not self._complete(groups, refused, {**none, **spans_of(facts)}):
                return trial

    def _complete(self, groups: set[Group], refused: set[int], more: Spans) -> bool:
        """Add all whom these groups and refused lines meet, also with more spans; tell whether there was anybody."""
        grew = False
        while True:
            self._load(groups)
            spans = {identifier: list(each) for identifier, each in more.items()}
            refs: set[str] = set()
            for group in groups:
                for identifier, each in self._spans[group].items():
                    spans.setdefault(identifier, []).extend(each)
                refs.update(_refs(step[0].ref for step in self._steps[group]))
                refs.update(_refs(step[0].named for step in self._steps[group]))
            for entry in (self._neighbours.refused[place] for place in refused):
                for identifier in self._neighbours.presented_by(entry):
                    spans.setdefault(identifier, []).append((entry.number, entry.number))
                refs.update(_refs((entry.ref, entry.named)))
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
            assert step[0].profile_id is not None
            self._steps.setdefault(self._neighbours.group(step[0].profile_id), []).append(step)
        for group, own in self._steps.items():
            if group not in self._spans:
                self._spans[group] = spans_of(fact for _, facts in own for fact in facts)


_NUMBER = attrgetter("number")


def _refs(names: Iterable[str | None]) -> Iterable[str]:
    return (name.removeprefix(REF) for name in names if name is not None)
