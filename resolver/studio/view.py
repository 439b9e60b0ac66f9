"""The view: what the page shows after one step, worked out from timelines; nothing changes by looking.

People are rows: profiles of all sides that have events in common stand in one row, so a split is one profile on one
side and several on the other. A view is plain JSON, and every text in it that comes from data is masked where a mask is
given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

import msgspec

from resolver.engine import Engine
from resolver.errors import ResolverError
from resolver.evidence import RuleMatch, Shared
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfilesMerged,
)
from resolver.names import ProfileId
from resolver.report.masking import Mask
from resolver.settings import Settings
from resolver.simulate import causes
from resolver.simulate.explain.explanation import Moment
from resolver.studio.timeline import Timeline

Json = dict[str, Any]

MOST_ROWS = 12
"""People that are shown at once."""

MOST_COUNTED = 2_000
"""Steps up to which all people are counted each time; after more of them only those that are shown are worked out."""

MOST_EVENTS_IN_ROW = 2_000
"""Events by which the profiles of a row are found; a larger row says that it is not whole."""

_MOST_VALUES, _MOST_NAMES = 12, 30
EVENTS_AROUND = 60
"""Events before and after the present step that are listed."""


class Side(msgspec.Struct, frozen=True):
    """One side: its name, and the timeline of the events under its settings."""

    name: str
    timeline: Timeline


class Row(msgspec.Struct, frozen=True):
    """People that the sides see together: for each side the profiles, each with the steps of its events."""

    profiles: tuple[dict[ProfileId, list[int]], ...]
    is_whole: bool = True

    @property
    def first(self) -> int:
        """The first step of the row."""
        return min(steps[0] for side in self.profiles for steps in side.values())

    @property
    def steps(self) -> set[int]:
        """All steps of the row."""
        return {step for side in self.profiles for steps in side.values() for step in steps}

    @property
    def is_split(self) -> bool:
        """Whether the sides group the events in different ways."""
        return len({frozenset(map(tuple, side.values())) for side in self.profiles}) > 1


class Viewer:
    """Shows sides of one history. *describe* says what an event is, for the list of them; values in it are raw.

    >>> from resolver.studio.workbench import Scenario
    >>> viewer = Scenario.of_text("email=ada@example.com").viewer()
    >>> viewer.view(1)["rows"][0]["sides"][0][0]["label"]
    'P1'
    """

    def __init__(
        self, sides: Sequence[Side], describe: Callable[[int, Mask | None], Json], mask: Mask | None = None
    ) -> None:
        self.sides = tuple(sides)
        self._describe = describe
        self._mask = mask

    def __len__(self) -> int:
        return len(self.sides[0].timeline)

    def view(self, number: int, *, find: str = "", only_changed: bool = False) -> Json:
        """Return what is to be seen after a step; 0 is before the first, and what is beyond the last is the last.

        *find* leaves only people with a value or a ref that has this text, *only_changed* those whom the sides group
        otherwise. O(rows shown), and O(steps) where all are counted.
        """
        number = min(max(number, 0), len(self))
        counts: Json = {"people": None, "changed": None}
        if find:
            rows = self._rows_of(self._found(find.strip(), number), number)
        elif only_changed:
            rows = self._rows_of(self._changed(number), number)
        else:
            rows = self._rows_of(range(number, 0, -1), number)
        if number <= MOST_COUNTED:
            every = list(rows if not (find or only_changed) else self._rows_of(range(number, 0, -1), number))
            counts = {"people": len(every), "changed": sum(row.is_split for row in every)}
            rows = iter(every) if not (find or only_changed) else rows
        shown: list[Row] = []
        has_more = False
        for row in rows:
            if only_changed and not row.is_split:
                continue
            if len(shown) == MOST_ROWS:
                has_more = True
                break
            shown.append(row)
        shown.sort(key=lambda row: (number not in row.steps, row.first))
        return {
            "step": number,
            "steps": len(self),
            "event": None if number == 0 else self._event(number),
            "events": [self._event(each) for each in self._around(number)],
            "sides": [self._side(side, number) for side in self.sides],
            "rows": [self._row(row, number) for row in shown],
            "hasMore": has_more,
            **counts,
        }

    # Events

    def _around(self, number: int) -> range:
        first = max(1, min(number - EVENTS_AROUND, len(self) - 2 * EVENTS_AROUND))
        return range(first, min(len(self), first + 2 * EVENTS_AROUND) + 1)

    def _event(self, number: int) -> Json:
        """Return an event with what became of it on each side."""
        results = []
        for side in self.sides:
            result = side.timeline.steps.result(number)
            results.append(str(result.status or "rejected"))
        return {"step": number, **self._describe(number, self._mask), "results": results}

    def name_of(self, number: int) -> str:
        """Return what an event is called: its ref, or its line."""
        described = self._describe(number, self._mask)
        return str(described["name"])

    # Sides

    def _side(self, side: Side, number: int) -> Json:
        timeline = side.timeline
        store = timeline.store_after(number)
        return {
            "name": side.name,
            "profiles": len(store),
            "rejected": timeline.rejected_until(number),
            "merges": timeline.merges_until(number),
            "version": store.settings.version,
            "outcome": None if number == 0 else self.outcome(side, number),
        }

    def outcome(self, side: Side, number: int) -> Json:
        """Return what a step did on a side, and why: the facts, and what its event found by which rules and values."""
        timeline = side.timeline
        result = timeline.steps.result(number)
        facts = self._facts(timeline, number)
        found = self._matches(timeline, number)
        rejected = result.why_not
        if rejected is not None and self._mask is not None:
            rejected = result.reason
        status = result.status
        births = timeline.steps.births
        in_force = timeline.store_after(max(number - 1, 0)).settings
        names = self._names(timeline, facts, found)
        told = causes.Description(causes.Side(status, facts, rejected, found), births.__getitem__, names.get, in_force)
        return {
            "status": str(status or "rejected"),
            "profile": None if status is None else self._label(timeline, result.profile_id),
            "text": told.text(),
            "found": [
                {
                    "rule": match.rule,
                    "profile": self._label(timeline, match.profile_id),
                    "shared": [[each.id_type, each.given, each.held] for each in match.shared],
                }
                for match in found
            ],
            "facts": [self._fact(timeline, fact) for fact in facts],
        }

    def _facts(self, timeline: Timeline, number: int) -> tuple[AnyFact, ...]:
        """Return what a step did, masked where a mask is given."""
        facts, mask = timeline.steps.facts(number), self._mask
        return tuple(facts if mask is None else [mask.fact(fact) for fact in facts])

    def _matches(self, timeline: Timeline, number: int) -> tuple[RuleMatch, ...]:
        """Return what an event found, masked where a mask is given."""
        found = timeline.found_by(number)
        mask = self._mask
        if mask is None:
            return found
        return tuple(
            msgspec.structs.replace(match, shared=tuple(self._masked_pair(mask, each) for each in match.shared))
            for match in found
        )

    @staticmethod
    def _masked_pair(mask: Mask, shared: Shared) -> Shared:
        given, held = (mask.value(shared.id_type, value) for value in (shared.given, shared.held))
        return Shared(shared.id_type, given, held)

    def _names(self, timeline: Timeline, facts: Sequence[AnyFact], found: Sequence[RuleMatch]) -> Mapping[int, str]:
        """Return by the numbers of the commands that created them what the profiles in facts are called."""
        births = timeline.steps.births
        ids = {match.profile_id for match in found}
        for fact in facts:
            if isinstance(fact, ProfilesMerged):
                ids.update((fact.survivor, *fact.absorbed))
            else:
                ids.update(each for each in (getattr(fact, "profile_id", None), getattr(fact, "owner", None)) if each)
        return {births[each]: f"{self._label(timeline, each)}" for each in ids if each in births}

    def _fact(self, timeline: Timeline, fact: AnyFact) -> Json:
        told: Json = {"kind": type(fact).__name__}
        if isinstance(fact, ProfilesMerged):
            absorbed = [self._label(timeline, each) for each in fact.absorbed]
            pairs = [list(pair) for pair in fact.identifiers]
            return {
                **told, "profile": self._label(timeline, fact.survivor), "absorbed": absorbed, "rule": fact.rule,
                "identifiers": pairs,
            }  # fmt: skip
        told["profile"] = self._label(timeline, getattr(fact, "profile_id", None))
        if isinstance(fact, IdentifierAdded | IdentifierEvicted | IdentifierRemoved | IdentifierRefused):
            told |= {"idType": fact.id_type, "value": fact.value if isinstance(fact.value, str) else repr(fact.value)}
        elif isinstance(fact, IdentifierSuppressed | IdentifierUnsuppressed):
            told |= {"idType": fact.id_type, "value": f"sha256:{fact.digest}"}
        if isinstance(fact, IdentifierEvicted):
            told["reason"] = f"{fact.policy} {fact.reason}"
        elif isinstance(fact, IdentifierRemoved | IdentifierRefused):
            told["reason"] = str(fact.reason)
        if isinstance(fact, IdentifierRefused) and fact.owner is not None:
            told["owner"] = self._label(timeline, fact.owner)
        return told

    def _label(self, timeline: Timeline, profile_id: ProfileId | None) -> str | None:
        """Return what a profile is called here: P and the number of the command that created it."""
        if profile_id is None:
            return None
        birth = timeline.steps.births.get(profile_id)
        return profile_id if birth is None else f"P{birth}"

    # People

    def _rows_of(self, seeds: Iterator[int] | range | Sequence[int], number: int) -> Iterator[Row]:
        """Yield the rows of these steps' events, each once."""
        seen: set[int] = set()
        for seed in seeds:
            if seed not in seen:
                row = self._row_around(seed, number)
                if row is not None:
                    seen |= row.steps
                    yield row

    def _row_around(self, seed: int, number: int) -> Row | None:
        """Return the profiles that are tied to an event by events that they have in common."""
        profiles: tuple[dict[ProfileId, list[int]], ...] = tuple({} for _ in self.sides)
        waiting, seen = [seed], {seed}
        while waiting and len(seen) <= MOST_EVENTS_IN_ROW:
            step = waiting.pop()
            for side, known in zip(self.sides, profiles, strict=True):
                profile = side.timeline.profile_of(step, number)
                if profile is not None and profile not in known:
                    steps = known[profile] = side.timeline.steps_in(profile, number)
                    waiting += [each for each in steps if each not in seen]
                    seen.update(steps)
        if not any(profiles):
            return None
        ordered = [dict(sorted(known.items(), key=lambda pair: pair[1])) for known in profiles]
        return Row(tuple(ordered), not waiting)

    def _changed(self, number: int) -> list[int]:
        """Return steps of people whom the sides group otherwise, the latest first. O(steps)."""
        partners: tuple[dict[Any, Any], dict[Any, Any]] = {}, {}
        ids = [[side.timeline.profile_of(step, number) for step in range(1, number + 1)] for side in self.sides]
        one, other = ids[0], ids[-1]
        for mine, theirs in zip(one, other, strict=True):
            for known, key, value in ((partners[0], mine, theirs), (partners[1], theirs, mine)):
                if key is not None:
                    known.setdefault(key, set()).add(value)
        return [
            step
            for step in range(number, 0, -1)
            if len(partners[0].get(one[step - 1], ())) > 1
            or len(partners[1].get(other[step - 1], ())) > 1
            or (one[step - 1] is None) != (other[step - 1] is None)
        ]

    def _found(self, text: str, number: int) -> Iterator[int]:
        """Yield steps of the people who have a value, in any form of it, or a ref or value in which this text stands.

        Lazy: O(values) only where few people have it.
        """
        if self._mask is None:
            for side in self.sides:
                store = side.timeline.store_after(number)
                for id_type in store.settings.id_types:
                    try:
                        profiles = store.lookup(id_type, text).profile_ids
                    except ResolverError:
                        continue
                    yield from (step for each in profiles for step in side.timeline.steps_in(each, number)[:1])
        wanted = text.casefold()
        yield from (step for step in range(1, number + 1) if wanted in self.name_of(step).casefold())
        if self._mask is None:
            for side in self.sides:
                store = side.timeline.store_after(number)
                for profile_id in store.profiles():
                    held = store.identifiers(profile_id).values()
                    if any(wanted in value.casefold() for values in held for value in values):
                        yield from side.timeline.steps_in(profile_id, number)[:1]

    def _row(self, row: Row, number: int) -> Json:
        cards = [
            [self._card(side, profile_id, steps, number) for profile_id, steps in profiles.items()]
            for side, profiles in zip(self.sides, row.profiles, strict=True)
        ]
        contents = {str([(each["values"], each["more"]) for card in side for each in card["types"]]) for side in cards}
        kind = "split" if row.is_split else "values" if len(contents) > 1 else "same"
        return {
            "kind": kind,
            "isTouched": number in row.steps,
            "isWhole": row.is_whole,
            "counts": [len(profiles) for profiles in row.profiles],
            "sides": cards,
        }

    def _card(self, side: Side, profile_id: ProfileId, steps: list[int], number: int) -> Json:
        timeline = side.timeline
        store = timeline.store_after(number)
        added = {
            (fact.id_type, fact.value)
            for fact in (timeline.steps.facts(number) if number else ())
            if isinstance(fact, IdentifierAdded) and fact.profile_id == profile_id
        }
        return {
            "id": profile_id,
            "label": self._label(timeline, profile_id),
            "created": Moment(0, None, store.created_at(profile_id)).time,
            "aliases": [self._label(timeline, each) for each in store.aliases(profile_id)][:_MOST_NAMES],
            "types": [self._type(store, profile_id, id_type, added) for id_type in store.identifiers(profile_id)],
            "events": [{"step": each, "name": self.name_of(each)} for each in steps[:_MOST_NAMES]],
            "moreEvents": max(0, len(steps) - _MOST_NAMES),
        }

    def _type(self, store: Engine, profile_id: ProfileId, id_type: str, added: Set[tuple[str, str]]) -> Json:
        """Return the values of one type: the newest where there are many, oldest first, as the engine lists them."""
        held = store.identifiers(profile_id)[id_type]
        config = _config(store.settings, id_type)
        values = [
            {
                "value": value if self._mask is None else self._mask.value(id_type, value),
                "isNew": (id_type, value) in added,
                "holders": len(store.lookup(id_type, value).profile_ids),
            }
            for value in held[-_MOST_VALUES:]
        ]
        limit = None if config is None else config.limit
        return {
            "idType": id_type, "count": len(held), "limit": limit, "isFull": limit is not None and len(held) >= limit,
            "values": values, "more": max(0, len(held) - _MOST_VALUES),
        }  # fmt: skip


def _config(settings: Settings, id_type: str) -> Any:
    return next((config for config in settings.identifier_configs if config.id_type == id_type), None)
