"""Finding a ref: the profile of its latest applied line, or why there is none."""

import json
from typing import Any

from resolver.errors import ResolverError
from resolver.facts import ProfileDeleted
from resolver.names import ProfileId
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied
from resolver.simulate.without import refs_of
from resolver.suggestions import did_you_mean


class UnknownRef(ResolverError, ValueError):  # noqa: N818  named as the others in errors are
    """The history has no applied line with this ref."""


def profile_ids(run: Run, ref: str) -> tuple[ProfileId, frozenset[ProfileId]]:
    """Give the id of the profile of a ref at the end, and all ids that were merged into it.

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
    return f"the history has no ref {ref!r}{did_you_mean(ref, refs_of(run))}"


def _only_a_command(entry: Applied | None) -> str:
    return "" if entry is None or entry.op == "resolve" else f" ({entry.op})"


def _ref_in(raw: str) -> Any:
    """Give the ref of a line that could not be understood, if it is JSON at least."""
    try:
        document = json.loads(raw)
    except ValueError:
        return None
    return document.get("ref") if isinstance(document, dict) else None
