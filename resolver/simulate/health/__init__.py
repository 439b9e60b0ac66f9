"""Health: what in a run, or in the files of one, deserves a look, with the evidence and the command that shows more.

>>> from resolver.simulate.replay import replay
>>> lines = [{"ref": ref, "identifiers": {"phone": "317-555-6789", "email": f"{ref}@example.com"}} for ref in "abc"]
>>> found = health(replay(lines)).joints
>>> [(joint.value, joint.freed, joint.sizes) for joint in found]
[('+13175556789', 2, (1, 1, 1))]
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from resolver.atomic_files import directory_locked
from resolver.facts import AnyFact, decode_fact
from resolver.json_documents import decoded
from resolver.names import IdType, ProfileId, Value
from resolver.settings import Settings
from resolver.simulate.health.joints import (
    COMMAND,
    MOST_LINES,
    Joint,
    Lines,
    Link,
    Node,
    exact_joints,
    is_value,
    joints,
)
from resolver.simulate.health.report import (
    Bulk,
    Collapse,
    Health,
    Held,
    Merging,
    MergingValue,
    Presented,
    SharedValue,
    Sharing,
    Sizes,
    top_values,
)
from resolver.simulate.matched import rules_at_end
from resolver.simulate.run import Run, check_run
from resolver.simulate.steps import Identifier, Step, Wanted
from resolver.simulate.summary import Summary

__all__ = [
    "Bulk",
    "Collapse",
    "Health",
    "Joint",
    "MergingValue",
    "Presented",
    "SharedValue",
    "health",
    "health_of_files",
    "summary_of_files",
]

MOST = 10


def health(run: Run, *, most: int = MOST, replay_lines: int = MOST_LINES) -> Health:
    """Check a run; lists of findings hold the first *most*, their counts are complete.

    O(facts + identifiers presented), one pass over the lines; memory grows with the identifiers. Joints of profiles
    that lost or were refused values, and all under compound rules and fuzzy types, are found by replays of
    *replay_lines* lines in all, or a few more. ``InvalidHistory`` for what is no run.
    """
    check_run(run)
    lines = _Lines(run, replay_lines)
    found = list(lines.joints())
    sizes = Sizes(_held(run))
    report = put_together(sizes, Merging(run.facts), _uniqueness(run.engine.settings), found, most)
    shared, count = lines.sharing.most_shared(most)
    return msgspec.structs.replace(
        report,
        largest=tuple(msgspec.structs.replace(each, values=lines.top_values(each)) for each in report.largest),
        looked_for_all=not lines.unsearched,
        joints_replayed=lines.replays,
        replay_lines=lines.replay_lines,
        unsearched=sizes.largest(most, lines.unsearched),
        unsearched_count=len(lines.unsearched),
        shared_values=tuple(lines.shared_values(shared)),
        shared_value_count=count,
    )


def put_together(
    sizes: Sizes, merging: Merging, uniqueness: dict[IdType, bool], found: list[Joint] | None, most: int
) -> Health:
    """Return the report; *found* is None where what lines presented cannot be known."""
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


class _Lines:
    """What the lines of a run presented, by the profile in which they ended."""

    def __init__(self, run: Run, most: int) -> None:
        engine = run.engine
        self._run = run
        book = rules_at_end(run.source)
        joining = joining_types(engine.settings)
        self._fuzzy = {rules.id_type for rules in book.order if rules.threshold is not None} & joining
        self.replays = bool(book.compounds or self._fuzzy)
        """Whether joints are looked for by replays."""
        self.replay_lines = 0 if run.is_masked else most
        """How many lines may be replayed for it, about; a masked run has none that could be."""
        self.unsearched: set[ProfileId] = set()
        """The profiles in which they are not, as that would take too long."""
        self.sharing = Sharing()
        self._links: dict[ProfileId, list[Link]] = {}
        self._rest: dict[ProfileId, list[Link]] = {}
        """What lines presented of types that join nobody."""
        self._refs: dict[int, str] = {}
        self._only: dict[int, Node] = {}
        latest: dict[str, int] = {}
        for step in run.select(Wanted(is_applied=True)):
            line = step.line
            self._refs[line] = step.ref or f"line {line}"
            if step.profile_id in engine:
                assert step.profile_id is not None
                canonical = engine.canonical_id(step.profile_id)
                links = list(_links(step, joining, latest))
                self._links.setdefault(canonical, []).extend(links)
                rest: list[Link] = [(line, ("value", *pair)) for pair in step.identifiers if pair[0] not in joining]
                if rest:
                    self._rest.setdefault(canonical, []).extend(rest)
                if step.op != "resolve":
                    self._only[line] = COMMAND
                elif len(links) == 1 and not rest:
                    self._only[line] = links[0][1]
            if step.ref is not None:
                latest[step.ref] = line

    def joints(self) -> Iterator[Joint]:
        """Return the joints of every profile, earliest profile first; note what its records share."""
        lines = Lines(self._links, self._rest, self._refs, self._only)
        found: dict[ProfileId, list[Joint]] | None = {} if self.replays else None
        if not self._run.is_masked:
            found, self.replays = exact_joints(self._run, lines, self.replay_lines)
            self.replay_lines = self.replay_lines if self.replays else 0
        for profile_id in self._run.engine.profiles():
            links = self._links.get(profile_id, ())
            self.sharing.note(links, self._refs)
            if found is not None and profile_id in found:
                yield from found[profile_id]
                continue
            if found is not None and len(lines.of(profile_id)) > 1:
                self.unsearched.add(profile_id)
            yield from joints(profile_id, links, self._refs, self._only, self._fuzzy)

    def top_values(self, profile: Bulk) -> tuple[Presented, ...]:
        """Return the values that most records of a profile presented."""
        return top_values(self._links.get(profile.profile_id, ()), self._refs)

    def shared_values(self, shared: Mapping[Identifier, Mapping[str, None]]) -> Iterator[SharedValue]:
        """Return the findings about some values, each with its records. O(links)."""
        others: dict[Identifier, dict[IdType, set[Value]]] = {pair: {} for pair in shared}
        for profile_id, links in self._links.items():
            here = [pair for pair in dict.fromkeys((node[1], Value(node[-1])) for _, node in links) if pair in shared]
            for line, node in (*links, *self._rest.get(profile_id, ())) if here else ():
                for pair in here if is_value(node) else ():
                    if node[1] != pair[0] and self._refs[line] in shared[pair]:
                        others[pair].setdefault(node[1], set()).add(Value(node[2]))
        for pair, records in shared.items():
            counts = {id_type: len(values) for id_type, values in sorted(others[pair].items())}
            yield self.sharing.value(pair, records, counts)


def joining_types(settings: Settings) -> set[IdType]:
    """Return the idTypes whose values can join profiles: those that a rule uses, alone or with others (R7).

    A value that several profiles may have joins nothing alone.
    """
    rules = [settings.types_of(rule) for rule in settings.matching_rules]
    alone = {types[0] for types in rules if len(types) == 1}
    shared = {config.id_type for config in settings.identifier_configs if not config.enforce_unique} & alone
    compound = {id_type for types in rules if len(types) > 1 for id_type in types}
    return compound | (alone - shared) | (shared if len(shared) > 1 else set())


def _links(step: Step, joining: Collection[IdType], latest: dict[str, int]) -> Iterator[Link]:
    """Return what ties a line to others: the identifiers that it presented, the record that it named."""
    for id_type, value in step.identifiers:
        if id_type in joining:
            yield step.line, ("value", id_type, value)
    if step.named_ref in latest:
        yield step.line, ("line", str(latest[step.named_ref]))


NEEDED = ("profiles.jsonl", "facts.jsonl", "summary.json")


def health_of_files(directory: str | Path, *, most: int = MOST) -> Health:
    """Check the files of a replay; ``joints`` and ``bridges`` are None, they need the history.

    A replay that has new files for the directory waits until these are read. ``ValueError`` naming the file and line
    that cannot be read, ``OSError``. O(facts + profiles).
    """
    place = Path(directory)
    missing = [name for name in NEEDED if not (place / name).exists()]
    if missing:
        raise ValueError(f"{place}: has no {', '.join(missing)}; expected the directory of resolver replay --out")
    with directory_locked(place, shared=True):
        (summary,) = _read(place / "summary.json", whole=True)
        configs = summary["settings"]["identifierConfigs"]
        uniqueness = {config["idType"]: config["enforceUnique"] for config in configs}
        return put_together(Sizes(_held_in(place)), Merging(_facts(place)), uniqueness, None, most)


def summary_of_files(directory: str | Path) -> Summary | None:
    """Return the summary of a replay's files; None for that of another version, which says other things."""
    try:
        return msgspec.convert(decoded((Path(directory) / "summary.json").read_bytes()), Summary)
    except msgspec.DecodeError:
        return None


def _held_in(place: Path) -> Iterator[Held]:
    for profile in _read(place / "profiles.jsonl"):
        values = {id_type: len(values) for id_type, values in profile["identifiers"].items()}
        yield Held(profile["profile_id"], profile["refs"], values)


def _facts(place: Path) -> Iterator[AnyFact]:
    path = place / "facts.jsonl"
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield decode_fact(line)
        except (msgspec.MsgspecError, ValueError) as error:
            raise ValueError(f"{path}: line {number}: {error}; expected a fact") from error


def _read(path: Path, *, whole: bool = False) -> Iterator[Any]:
    text = path.read_bytes()
    for number, line in enumerate([text] if whole else text.splitlines(), 1):
        try:
            yield decoded(line)
        except msgspec.DecodeError as error:
            raise ValueError(f"{path}: line {number}: {error}; expected JSON") from error
