"""The check of a run.

>>> from resolver.simulate.replay import replay
>>> lines = [{"ref": ref, "identifiers": {"phone": "317-555-6789", "email": f"{ref}@example.com"}} for ref in "abc"]
>>> found = health(replay(lines)).joints
>>> [(joint.value, joint.freed, joint.sizes) for joint in found]
[('+13175556789', 2, (1, 1, 1))]
"""

from collections.abc import Collection, Iterator
from typing import Any

from resolver.engine import Engine
from resolver.errors import ResolverError
from resolver.names import IdType, ProfileId, Value
from resolver.settings import Settings
from resolver.simulate.health.joints import COMMAND, Joint, Link, Node, joints
from resolver.simulate.health.merging import Merging
from resolver.simulate.health.report import Health
from resolver.simulate.health.sizes import Held, Sizes
from resolver.simulate.run import Run, check_run
from resolver.simulate.spool import Applied

REF = "ref:"
MOST = 10


def health(run: Run, *, most: int = MOST) -> Health:
    """Check a run; lists of findings hold the first *most*, their counts are complete.

    O(facts + identifiers presented); memory grows with the latter. ``InvalidHistory`` for what is no run.
    """
    check_run(run)
    found = list(_joints(run))
    return put_together(Sizes(_held(run)), Merging(run.facts), _uniqueness(run.engine.settings), found, most)


def put_together(
    sizes: Sizes, merging: Merging, uniqueness: dict[IdType, bool], found: list[Joint] | None, most: int
) -> Health:
    """Give the report; *found* is None where the joints cannot be known."""
    merging_values = merging.values()
    ranked = sorted(found or (), key=lambda joint: (-joint.freed, -joint.second))
    bridges = sorted((joint for joint in found or () if joint.second > 1), key=lambda joint: -joint.second)
    return Health(
        records=sizes.records,
        profiles=len(sizes.profiles),
        deduplication_rate=sizes.deduplication_rate,
        records_per_profile=sizes.records_per_profile,
        identifiers_per_profile=sizes.identifiers_per_profile,
        values_per_type=sizes.values_per_type,
        largest=sizes.largest(most),
        collapses=merging.collapses(uniqueness),
        merging_values=tuple(merging_values[:most]),
        merging_value_count=len(merging_values),
        joints=None if found is None else tuple(ranked[:most]),
        joint_count=len(ranked),
        bridges=None if found is None else tuple(bridges[:most]),
        bridge_count=len(bridges),
        shown=most,
    )


def _uniqueness(settings: Settings) -> dict[IdType, bool]:
    return {config.id_type: config.enforce_unique for config in settings.identifier_configs}


def _held(run: Run) -> Iterator[Held]:
    refs: dict[ProfileId, list[str]] = {}
    for ref, profile_id in run.assignments.items():
        refs.setdefault(profile_id, []).append(ref)
    for profile_id in run.engine.profiles():
        values = {id_type: len(values) for id_type, values in run.engine.identifiers(profile_id).items()}
        yield Held(profile_id, refs.get(profile_id, []), values)


def _joints(run: Run) -> Iterator[Joint]:
    """Give the joints of every profile, earliest profile first."""
    engine = run.engine
    joining = joining_types(run.engine.settings)
    forms = _Forms(engine)
    links: dict[ProfileId, list[Link]] = {}
    refs: dict[int, str] = {}
    only: dict[int, Node] = {}
    latest: dict[str, int] = {}
    for entry in run.applied:
        line = entry.line
        refs[line] = entry.ref or f"line {line}"
        if entry.profile_id in engine:
            assert entry.profile_id is not None
            mine = links.setdefault(engine.canonical_id(entry.profile_id), [])
            links_of_line = list(_links(entry, forms, joining, latest))
            mine.extend(links_of_line)
            if entry.op != "resolve":
                only[line] = COMMAND
            elif len(set(links_of_line)) == 1 and len(links_of_line) == len(entry.given) - forms.dropped(entry):
                only[line] = links_of_line[0][1]
        if entry.ref is not None:
            latest[entry.ref] = line
    for profile_id in engine.profiles():
        yield from joints(profile_id, links.get(profile_id, ()), refs, only)


class _Forms:
    """What raw values are stored as, each asked of the engine once: an answer costs as much as it has holders."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known = frozenset(engine.settings.id_types)
        self._forms: dict[tuple[IdType, Any], Value | None] = {}

    def of(self, id_type: IdType, raw: Any) -> Value | None:
        """Give the value as it is stored; None if it cannot be read, or the idType is not configured any more."""
        pair = id_type, raw
        if pair not in self._forms:
            self._forms[pair] = self._form(*pair)
        return self._forms[pair]

    def dropped(self, entry: Applied) -> int:
        """Count the identifiers of an applied line that could not be read and were left out (N8)."""
        # later settings may have fewer idTypes; their values were presented all the same
        return sum(id_type in self._known and self.of(id_type, raw) is None for id_type, raw in entry.given)

    def _form(self, id_type: IdType, raw: Any) -> Value | None:
        try:
            return self._engine.lookup(id_type, raw).normalized_value
        except ResolverError:  # dropped, or kept as its trimmed text
            return None


def joining_types(settings: Settings) -> set[IdType]:
    """Give the idTypes whose values can join profiles: those that a rule uses, alone or with others (R7).

    A value that several profiles may have joins nothing alone.
    """
    rules = [settings.types_of(rule) for rule in settings.matching_rules]
    alone = {types[0] for types in rules if len(types) == 1}
    shared = {config.id_type for config in settings.identifier_configs if not config.enforce_unique} & alone
    compound = {id_type for types in rules if len(types) > 1 for id_type in types}
    return compound | (alone - shared) | (shared if len(shared) > 1 else set())


def _links(entry: Applied, forms: _Forms, joining: Collection[IdType], latest: dict[str, int]) -> Iterator[Link]:
    """Give what ties a line to others: the identifiers that it presented, the record that it named."""
    for id_type, raw in entry.given:
        if id_type in joining:
            value = forms.of(id_type, raw)
            if value is not None:
                yield entry.line, ("value", id_type, value)
    if entry.named is not None and entry.named.startswith(REF) and entry.named[len(REF) :] in latest:
        yield entry.line, ("line", str(latest[entry.named[len(REF) :]]))
