"""Counterfactuals: the history once more under other settings, and how far changed groups are as they were then.

>>> from resolver import IdentifierConfig, Settings
>>> from resolver.simulate import compare, replay
>>> history = [
...     {"ref": "a", "identifiers": {"email": "ada@example.com", "phone": "1"}},
...     {"ref": "b", "identifiers": {"email": "bob@example.com", "phone": "1"}},
... ]
>>> before = Settings([IdentifierConfig("email"), IdentifierConfig("phone")], ["email", "phone"])
>>> after = Settings([IdentifierConfig("email", limit=1), IdentifierConfig("phone", enforce_unique=False)], ["email"])
>>> runs = replay(history, before), replay(history, after)
>>> groups = [Before.of("split", change) for change in compare(*runs).split]
>>> only_rules = Settings(after.identifier_configs, ["email", "phone"])
>>> [still_moved(runs[1], groups, (each, {})) for each in (only_rules, before)]
[[1], [0]]
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from resolver.columns.numbered import Numbered
from resolver.errors import InvalidSettings
from resolver.names import ProfileId
from resolver.settings import Settings
from resolver.simulate.compare import Change
from resolver.simulate.replay import Replayed, replay
from resolver.simulate.run import Run

MOST_LINES = 500_000
"""Lines that are replayed for one report."""

Alternative = tuple[Settings, Mapping[str, Any]]
"""Settings and engine options under which the history may be replayed once more."""


class Before(NamedTuple):
    """A changed group as the baseline has it: its parts, each a profile of records."""

    parts: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, kind: str, change: Change) -> "Before":
        """Return how a group was that is ``split`` or ``joined`` now."""
        return cls((change.refs,) if kind == "split" else change.parts)


def replayable(run: Run) -> Numbered | None:
    """Return the history of a run in columns, if it can be replayed from them; None if it cannot.

    So it cannot for a run of another store, a saved one, and one that asked the caller for times or ids.
    """
    columns = run.columns
    if columns is None or not isinstance(columns.rest, Replayed):
        return None
    asks = any(run.options.get(name) is not None for name in ("clock", "new_id"))
    return None if asks else columns.done.numbered


def still_moved(
    run: Run, groups: Sequence[Before], other: Alternative, shown: Callable[[str], str] = str
) -> list[int] | None:
    """Return for each group how many records are not as before when the history of *run* is replayed again.

    A record is as before if it is with the most of its part, and apart from other parts; 0 where all are. *other* are
    the settings and options; *shown* returns what a ref is called in the groups. None for settings that are none, or
    that read other columns. One replay, and O(refs + records of the groups). Whoever else is in a profile does not
    count.
    """
    numbered, (settings, options) = replayable(run), other
    if numbered is None or not numbered.serves(settings.id_types):
        return None
    try:
        again = replay(numbered, settings, **options)
    except InvalidSettings:
        return None
    homes = {shown(ref): profile_id for ref, profile_id in again.assignments.items()}
    return [_moved(group, homes) for group in groups]


def _moved(group: Before, homes: Mapping[str, ProfileId]) -> int:
    """Return how many records are apart from the most of their part, or with the most of another in one profile.

    For a group that is one profile on one side, it is how many are not in the largest part of it on the other. One
    that is in no profile counts as alone.
    """
    of_profile: dict[object, list[int]] = {}
    moved = 0
    for part in group.parts:
        here = Counter[object](homes.get(ref, ref) for ref in part)
        moved += len(part) - max(here.values())
        for profile, count in here.items():
            of_profile.setdefault(profile, []).append(count)
    return moved + sum(sum(counts) - max(counts) for counts in of_profile.values())
