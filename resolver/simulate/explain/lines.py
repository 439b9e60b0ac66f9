"""Lines: the profile of a ref, and the lines and facts of a few profiles, picked from a run."""

import json
from collections.abc import Collection
from typing import Any

import msgspec

from resolver.errors import ResolverError
from resolver.facts import AnyFact, ProfileDeleted
from resolver.names import ProfileId
from resolver.simulate.explain.values import Moment
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied, Rejection
from resolver.simulate.steps import entries_of
from resolver.suggestions import did_you_mean


class UnknownRef(ResolverError, ValueError):  # noqa: N818  named as the others in errors are
    """The history has no applied line with this ref."""


def profile_ids(run: Run, ref: str) -> tuple[ProfileId, frozenset[ProfileId]]:
    """Return the id of the profile of a ref at the end, and all ids that were merged into it.

    For a deleted profile, the ids that it had. O(1) for a living profile, else one pass over what was lost.
    ``UnknownRef`` for a ref without an applied line: it names the rejected one, or the refs that are near.
    """
    if not isinstance(ref, str):
        raise UnknownRef(f"{ref!r} is no ref; expected the text of one, such as 'crm:17'")
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
    refused = {entry.line: entry for entry in run.refused if entry.ref == ref}
    for rejection in run.rejected:
        if rejection.raw is not None and (rejection.line in refused or _ref_in(rejection.raw) == ref):
            which = _only_a_command(refused.get(rejection.line))
            return f"ref {ref!r}: line {rejection.line}{which} was rejected ({rejection.reason}): {rejection.detail}"
    bare = ref.removeprefix("ref:")
    if bare != ref and bare in run.assignments:
        return f"the history has no ref {ref!r}; did you mean {bare!r}?"
    return f"the history has no ref {ref!r}{did_you_mean(ref, run.refs)}"


def _only_a_command(entry: Applied | None) -> str:
    return "" if entry is None or entry.op == "resolve" else f" ({entry.op})"


def _ref_in(raw: str) -> Any:
    """Return the ref of a line that could not be understood, if it is JSON at least."""
    try:
        document = json.loads(raw)
    except ValueError:
        return None
    return document.get("ref") if isinstance(document, dict) else None


Step = tuple[Applied, list[AnyFact]]
"""One applied line with its facts."""


class Gathered(msgspec.Struct, frozen=True):
    """The lines of some profiles in order, changes of settings among them, each with its facts."""

    steps: list[Step]
    refused: list[tuple[Applied, Rejection]]
    """Lines that the engine refused, with the reason."""

    def last_line(self, ref: str) -> Applied:
        """Return the latest line of a ref."""
        return next(entry for entry, _ in reversed(self.steps) if entry.ref == ref and entry.profile_id is not None)


def gather(run: Run, ids: Collection[ProfileId]) -> Gathered:
    """Return what a run has about the profiles with these ids. One pass over the lines; memory for those picked."""
    return gathered(run, list(entries_of(run, ids)))


def gathered(run: Run, picked: list[Applied]) -> Gathered:
    """Return these lines with their facts, and all lines that the engine refused."""
    refused = {entry.line: entry for entry in run.refused}
    rejections = [each for each in run.rejected if each.line in refused] if refused else []
    return Gathered(list(run.with_facts(picked)), [(refused[each.line], each) for each in rejections])


def moment_of(entry: Applied) -> Moment:
    """Return the moment of a line: its own time, never the one that the engine gave a line without."""
    return Moment(entry.line, entry.ref, entry.at)
