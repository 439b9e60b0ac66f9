"""The component: the lines that could ever touch two profiles, so that a replay of only these is exact.

Commands in different connected components of the graph of refs and identifiers never touch each other, whatever is
left out. A profile's values are found in the engine's index, and those that it lost in the facts of losses.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from heapq import merge
from operator import attrgetter
from typing import Any

from resolver.errors import InvalidIdentifier
from resolver.facts import IdentifierAdded, IdentifierEvicted, IdentifierRefused, IdentifierRemoved, ProfileDeleted
from resolver.history import Record
from resolver.names import IdType, MatchingAlgo, ProfileId, Value
from resolver.rules.normalization import Normalizers
from resolver.simulate.entries import command_of
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied
from resolver.simulate.without import REF, stored_form

Key = tuple[str, Any]
"""("profile", canonical id), ("ref", ref) or ("value", (idType, value))."""


def component(run: Run, ids: Iterable[ProfileId]) -> tuple[list[Record], bool]:
    """Give the records that could touch these profiles, with their own numbers, and whether that is less than all.

    All records, where lines may depend on others in ways that the graph does not show: similar values, settings that
    change, profiles named by id, and lines without a time among lines with one. O(lines), a few passes; memory for
    what was lost, and for the records given.
    """
    entries = list(run.applied) if _is_entangled(run) else None
    if entries is not None:
        return [_record(entry) for entry in _in_order(entries, run.refused)], False
    reached = _Reach(run).reached(ids)
    profiles = {key[1] for key in reached if key[0] == "profile"}
    profiles |= {alias for each in profiles if each in run.engine for alias in run.engine.aliases(each)}
    profiles |= {alias for each, aliases in _deleted(run).items() if each in profiles for alias in aliases}
    applied = (entry for entry in run.applied if entry.profile_id in profiles)
    refused = (entry for entry in run.refused if ("line", entry.number) in reached)
    return [_record(entry) for entry in _in_order(applied, refused)], True


def _in_order(applied: Iterable[Applied], refused: Iterable[Applied]) -> Iterator[Applied]:
    return merge(applied, refused, key=attrgetter("number"))


def _record(entry: Applied) -> Record:
    return Record(entry.number, entry.ref, entry.op, command_of(entry))


def _is_entangled(run: Run) -> bool:
    """Tell whether a line may depend on one that shares neither ref nor identifier with it."""
    if any(config.matching_algo is MatchingAlgo.FUZZY for config in run.settings.identifier_configs):
        return True
    timed = untimed = False
    for entries in (run.applied, run.refused):
        for entry in entries:
            timed = timed or entry.at is not None
            untimed = untimed or entry.at is None
            by_id = entry.named is not None and not entry.named.startswith(REF)
            new_profile = entry.op == "resolve" and entry.more is not None
            if by_id or new_profile or entry.op == "settings" or (timed and untimed):
                return True
    return False


def _deleted(run: Run) -> dict[ProfileId, tuple[ProfileId, ...]]:
    return {fact.profile_id: fact.aliases for fact in run.losses if isinstance(fact, ProfileDeleted)}


class _Reach:
    """What is connected with what: profiles, values, refs, and the lines that were refused."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ties: dict[Key, dict[Key, None]] = {}
        self._root: dict[ProfileId, ProfileId] = {}
        self._add_losses()
        self._add_refused()
        for ref, ids in run.elsewhere.items():
            self._tie([("ref", ref), *(("profile", self._canonical(each)) for each in ids)])

    def reached(self, ids: Iterable[ProfileId]) -> dict[Key, None]:
        """Give everything that is connected with some profiles."""
        start: list[Key] = [("profile", self._canonical(each)) for each in ids]
        reached = dict.fromkeys(start)
        waiting = deque(start)
        while waiting:
            for other in self._next_to(waiting.popleft()):
                if other not in reached:
                    reached[other] = None
                    waiting.append(other)
        return reached

    def _next_to(self, key: Key) -> Iterator[Key]:
        yield from self._ties.get(key, ())
        engine = self._run.engine
        kind, name = key
        if kind == "profile" and name in engine:
            for id_type, values in engine.identifiers(name).items():
                for value in values:
                    yield "value", (id_type, value)
            for ref in self._refs.get(name, ()):
                yield "ref", ref
        elif kind == "value" and name[0] in engine.settings.id_types:
            with suppress(InvalidIdentifier):  # a text that was never stored
                for owner in engine.lookup(*name).profile_ids:
                    yield "profile", owner
        elif kind == "ref" and name in self._run.assignments:
            yield "profile", self._run.assignments[name]

    def _add_losses(self) -> None:
        deleted: dict[ProfileId, tuple[ProfileId, ...]] = {}
        for fact in self._run.losses:
            if isinstance(fact, ProfileDeleted):
                deleted[fact.profile_id] = fact.aliases
        self._root = {alias: each for each, aliases in deleted.items() for alias in aliases}
        for fact in self._run.numbered_facts if deleted else self._run.losses:
            if isinstance(fact, IdentifierAdded):
                if self._canonical(fact.profile_id) in deleted:
                    self._tie_value(fact.profile_id, fact.id_type, fact.value)
            elif (
                isinstance(fact, IdentifierEvicted | IdentifierRemoved | IdentifierRefused)
                and fact.profile_id is not None  # what resolve could not read has no profile
            ):
                self._tie_value(fact.profile_id, fact.id_type, fact.value)

    def _tie_value(self, profile_id: ProfileId, id_type: IdType, value: Value) -> None:
        self._tie([("profile", self._canonical(profile_id)), ("value", (id_type, value))])

    def _add_refused(self) -> None:
        run = self._run
        named: set[str] = set()
        normalizers = Normalizers(run.options.get("default_region", "US"), run.options.get("normalizers"))
        names = {config.id_type: config.normalization for config in run.settings.identifier_configs}
        for entry in run.refused:
            keys: list[Key] = [("line", entry.number)]
            refs = [entry.ref, None if entry.named is None else entry.named.removeprefix(REF)]
            keys += [("ref", ref) for ref in refs if ref is not None]
            named.update(ref for ref in refs if ref is not None)
            keys += [
                ("value", (id_type, stored_form(normalizers, names.get(id_type), raw)))
                for id_type, raw in entry.given
                if isinstance(raw, str)
            ]
            self._tie(keys)
        self._refs: dict[ProfileId, list[str]] = {}
        for ref in named:
            if ref in run.assignments:
                self._refs.setdefault(run.assignments[ref], []).append(ref)

    def _canonical(self, profile_id: ProfileId) -> ProfileId:
        engine = self._run.engine
        return engine.canonical_id(profile_id) if profile_id in engine else self._root.get(profile_id, profile_id)

    def _tie(self, keys: list[Key]) -> None:
        first = keys[0]
        for other in keys[1:]:
            self._ties.setdefault(first, {})[other] = None
            self._ties.setdefault(other, {})[first] = None
