"""Lines: the profile of a ref, and the lines and facts of a few profiles, picked from a run."""

import json
from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from operator import attrgetter
from typing import Any

import msgspec

from resolver.errors import ResolverError
from resolver.facts import ProfileDeleted
from resolver.names import ProfileId
from resolver.simulate.explain.parts import Moment
from resolver.simulate.matched import is_about
from resolver.simulate.run import Run
from resolver.simulate.steps import Step, Wanted, is_move
from resolver.simulate.without import REF
from resolver.suggestions import did_you_mean


class UnknownRef(ResolverError, ValueError):  # noqa: N818  named as the others in errors are
    """The history has no applied line with this ref."""


def profile_ids(run: Run, ref: str) -> tuple[ProfileId, frozenset[ProfileId]]:
    """Return the id of the profile of a ref at the end, and all ids that were merged into it.

    For a deleted profile, the ids that it had. O(1) for a living profile, else one pass over what was lost.
    ``UnknownRef`` for a ref without an applied line: it names the rejected one, or the refs that are near.
    """
    if not isinstance(ref, str):
        raise UnknownRef(f"{ref!r} is not a ref; expected the text of one, such as 'crm:17'")
    if ref in run.assignments:
        canonical = run.assignments[ref]
        return canonical, frozenset([canonical, *run.engine.aliases(canonical)])
    if ref not in run.elsewhere:
        raise UnknownRef(_why_there_is_none(run, ref))
    last = run.elsewhere[ref][-1]
    deleted = (fact for fact in run.losses if isinstance(fact, ProfileDeleted))
    fact = next(fact for fact in deleted if last == fact.profile_id or last in fact.aliases)
    return fact.profile_id, frozenset([fact.profile_id, *fact.aliases])


def _why_there_is_none(run: Run, ref: str) -> str:
    refused = {step.line: step for step in run.select(Wanted(refs={ref}, is_applied=False))}
    for rejection in run.rejected:
        if rejection.raw is not None and (rejection.line in refused or _ref_in(rejection.raw) == ref):
            which = _only_a_command(refused.get(rejection.line))
            return f"ref {ref!r}: line {rejection.line}{which} was rejected ({rejection.reason}): {rejection.detail}"
    bare = ref.removeprefix(REF)
    if bare != ref and bare in run.assignments:
        return f"the history has no ref {ref!r}; did you mean {bare!r}?"
    return f"the history has no ref {ref!r}{did_you_mean(ref, run.refs)}"


def _only_a_command(step: Step | None) -> str:
    return "" if step is None or step.op == "resolve" else f" ({step.op})"


def _ref_in(raw: str) -> Any:
    """Return the ref of a line that could not be understood, if it is JSON at least."""
    try:
        document = json.loads(raw)
    except ValueError:
        return None
    return document.get("ref") if isinstance(document, dict) else None


class Gathered(msgspec.Struct, frozen=True):
    """The lines of some profiles in order, changes of settings among them."""

    steps: list[Step]

    @property
    def refs(self) -> tuple[str, ...]:
        """The refs of the lines, each once, in order."""
        return tuple(
            dict.fromkeys(step.ref for step in self.steps if step.ref is not None and step.profile_id is not None)
        )

    def last_line(self, ref: str) -> Step:
        """Return the latest line of a ref."""
        return next(step for step in reversed(self.steps) if step.ref == ref and step.profile_id is not None)


def gather(run: Run, ids: Collection[ProfileId]) -> Gathered:
    """Return what a run has about the profiles with these ids. One pass over the lines; memory for those picked."""
    return Gathered(steps_about(run.select(Wanted(ids=ids, and_touching=True, is_applied=True)), ids))


def steps_about(steps: Iterable[Step], ids: Collection[ProfileId]) -> list[Step]:
    """Return the steps that ended in some profiles, those with settings, and of others what they did to those profiles.

    A command that erases people ends in no profile, and may be about any. One that moves a value to its own profile is
    about two. Of a step that did not end in these profiles, the profile is left out.
    """
    about: list[Step] = []
    for step in steps:
        facts, outcome = step.facts, step.outcome
        is_own = step.profile_id in ids
        if not is_own:
            facts = tuple([fact for fact in facts if is_about(fact, ids)])
        elif any(map(is_move, facts)):
            facts = tuple([fact for fact in facts if not is_move(fact) or is_about(fact, ids)])
        if outcome is not None and (is_own or facts):
            profile_id = step.profile_id if is_own else None
            if len(facts) != len(step.facts) or not is_own:
                outcome = msgspec.structs.replace(outcome, profile_id=profile_id, facts=facts)
            about.append(msgspec.structs.replace(step, outcome=outcome))
    return about


def refused_for(run: Run, refs: Collection[str]) -> Iterator[Step]:
    """Return the lines that the engine refused of some records, or that name one of them, in order."""
    own = run.select(Wanted(refs=frozenset(refs), is_applied=False))
    naming = run.select(Wanted(is_applied=False, is_plain=False))
    named = {f"{REF}{ref}" for ref in refs}
    return merge(
        (step for step in own if step.named is None),
        (step for step in naming if step.named in named),
        key=attrgetter("number"),
    )


def moment_of(step: Step) -> Moment:
    """Return the moment of a line: its own time, never the one that the engine gave a line without."""
    return Moment(step.line, step.ref, step.at)
