"""Counterfactuals: the history once more under other settings, and which changed groups are as they were then.

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
>>> [restored(runs[1], groups, (each, {})) for each in (only_rules, before)]
[[False], [True]]
"""

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


def restored(
    run: Run, groups: Sequence[Before], other: Alternative, shown: Callable[[str], str] = str
) -> list[bool] | None:
    """Return for each group whether its records are in profiles as before when the history of *run* is replayed again.

    *other* are the settings and options; *shown* returns what a ref is called in the groups. None for settings that
    are none, or that read other columns. One replay, and O(refs + records of the groups). Whoever else is in a
    profile does not count.
    """
    numbered, (settings, options) = replayable(run), other
    if numbered is None or not numbered.serves(settings.id_types):
        return None
    try:
        again = replay(numbered, settings, **options)
    except InvalidSettings:
        return None
    homes = {shown(ref): profile_id for ref, profile_id in again.assignments.items()}
    return [_is_as_before(group, homes) for group in groups]


def _is_as_before(group: Before, homes: Mapping[str, ProfileId]) -> bool:
    """Whether every part is one profile, and no two parts are the same one."""
    profiles = [{homes.get(ref) for ref in part} for part in group.parts]
    alone = {profile_id for part in profiles for profile_id in part}
    return None not in alone and all(len(part) == 1 for part in profiles) and len(alone) == len(profiles)
