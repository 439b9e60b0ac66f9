"""Histories of every family, cut into components, packed at random, and replayed part by part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from resolver import Settings
from resolver.coupling import Combination, Ties, components, coupling
from resolver.history import Record, records_of
from resolver.ids import numbered_id
from resolver.simulate import Run, replay
from tests.machines.case import Case
from tests.machines.families import FAMILIES, ODD_VALUES, injected_clock, injected_ids

KINDS = [family for family in FAMILIES if family not in (injected_clock, injected_ids)]
"""The families whose options are no functions that are called line after line."""

OWN_IDS = tuple(f"own-{number}" for number in range(4))
DAY = 24 * 60 * 60 * 1000

Cut = Callable[[Sequence[Ties], Sequence[Combination]], list[int]]


def any_case(random: Random, number: int) -> tuple[Case, Settings, dict[str, Any]]:
    """Return a case of the family with that number in turn, one of its settings, and the options of a replay."""
    case = KINDS[number % len(KINDS)](random)
    if random.random() < 0.4:  # people are erased and suppressed under whatever settings there are
        case = replace(case, privacy=1.0)
    settings = random.choice((case.settings, *case.later))
    options = {
        "on_invalid": case.on_invalid,
        "match": case.match,
        "default_region": case.default_region,
        "normalizers": case.normalizers,
    }
    return case, settings, options


def any_records(random: Random, case: Case, settings: Settings, lines: int) -> list[Record]:
    """Return a history in which lines name each other in every way there is."""
    spread = {
        id_type: [*raws, *[f"{id_type}{place}" for place in range(random.choice([0, 5, 15]))]]
        for id_type, raws in case.raws.items()
    }
    given = [any_line(random, case, settings, spread, line, lines) for line in range(1, lines + 1)]
    return list(records_of(given))


def any_line(
    random: Random, case: Case, settings: Settings, spread: Mapping[str, Sequence[object]], line: int, lines: int
) -> Any:
    if random.random() < 0.03:
        return random.choice([{"op": "fly"}, {"identifiers": 7}, {"op": "add", "profile": "ref:x"}, {}])

    def id_type() -> str:
        return random.choice(settings.id_types) if random.random() < 0.97 else "fax"

    def raw(name: str) -> object:
        return random.choice(ODD_VALUES if random.random() < 0.03 else spread.get(name, ("1",)))

    def name() -> str:
        chance = random.random()
        if chance < 0.5:
            return numbered_id(random.randint(1, lines + 3))
        return random.choice([numbered_id(random.randint(1, lines), random.randint(1, 2)), *OWN_IDS, "nobody"])

    def ref() -> str:
        return f"r{random.randrange(lines)}" if random.random() < 0.9 else f"line:{random.randint(1, lines)}"

    late = random.randint(0, 4) if random.random() < 0.2 else 0
    document: dict[str, Any] = {"at": max(0, line // 2 - late) * case.unit}
    if random.random() < 0.7:
        document["ref"] = ref()
    if case.privacy and random.random() < 0.12:
        named = {each: raw(each) for each in [id_type() for _ in range(random.choice([1, 1, 2]))]}
        document |= {"op": random.choice(["erase", "suppress", "unsuppress"]), "identifiers": named}
        return document | {"suppress": True} if document["op"] == "erase" and random.random() < 0.4 else document
    if random.random() < 0.7:
        chosen = [id_type() for _ in range(random.choice([1, 1, 2, 2, 3]))]
        lists = {each: [raw(each) for _ in range(random.choice([0, 2]))] for each in chosen}
        document["identifiers"] = {each: raw(each) if random.random() < 0.85 else lists[each] for each in chosen}
        if random.random() < 0.07:
            document["newProfile"] = name()
        return document
    kind, op = id_type(), random.choice(["add", "add", "replace", "remove", "delete"])
    document |= {"op": op, "profile": name() if random.random() < 0.4 else f"ref:{ref()}"}
    if op != "delete":
        document["idType"] = kind
    if op == "add":
        document["value"] = raw(kind)
    if op == "replace":
        document |= {"old": raw(kind), "new": raw(kind)}
    if op == "remove":
        document |= random.choice([{}, {"all": True}, {"value": raw(kind)}])
    return document


def ties_of(records: Iterable[Record], settings: Settings, options: Mapping[str, Any]) -> tuple[list[Ties], Any]:
    """Return the ties of every line that is a command, and the combinations."""
    found = coupling(settings, **options)
    return [found.ties(each.command, each.line, each.ref) for each in records if each.command], found.combinations


def whole(run: Run) -> dict[str, Any]:
    """What a run says: facts and steps in their order, where refs ended, what was rejected, totals."""
    return {
        "facts": [*run.facts],
        "steps": [(each.line, each.identifiers, each.outcome) for each in run.steps()],
        "assignments": [*run.assignments.items()],
        "rejected": [*run.rejected],
        "totals": totals([run]),
    }


def in_parts(
    random: Random, records: Sequence[Record], ties: Sequence[Ties], cut: Sequence[int], replayed: Callable[..., Run]
) -> dict[str, Any]:
    """The same of a history in up to five parts, each component in one of them, put together by lines alone."""
    count = random.randint(1, 5)
    part_of = {component: random.randrange(count) for component in sorted({*cut})}
    home = {each.line: part_of[component] for each, component in zip(ties, cut, strict=True)}
    rejected_in = random.randrange(count)
    parts: list[list[Record]] = [[] for _ in range(count)]
    for record in records:
        parts[home.get(record.line, rejected_in)].append(record)
    runs = [replayed(part) for part in parts]
    ends: dict[str, tuple[int, str | None]] = {}
    first: dict[str, int] = {}
    for run in runs:
        for step in run.steps():
            if step.ref is None or step.profile_id is None:
                continue
            first[step.ref] = min(step.line, first.get(step.ref, step.line))
            if step.line > ends.get(step.ref, (0, None))[0]:
                is_there = step.profile_id in run.engine
                ends[step.ref] = step.line, run.engine.canonical_id(step.profile_id) if is_there else None
    refs = sorted(first, key=first.__getitem__)
    steps = [(each.line, each.identifiers, each.outcome) for run in runs for each in run.steps()]
    return {
        "facts": sorted((fact for run in runs for fact in run.facts), key=lambda fact: fact.command),
        "steps": sorted(steps, key=lambda step: step[0]),
        "assignments": [(ref, ends[ref][1]) for ref in refs if ends[ref][1] is not None],
        "rejected": sorted((each for run in runs for each in run.rejected), key=lambda each: each.line),
        "totals": totals(runs),
    }


ADDED_UP = (
    "lines", "applied", "rejected", "dropped_identifiers", "profiles", "created", "updated", "unchanged", "deleted",
    "merges", "absorbed", "evictions", "refusals", "identifiers",
)  # fmt: skip


def totals(runs: Sequence[Run]) -> dict[str, int]:
    """The totals that are sums over parts, and the largest profile."""
    added = {name: sum(getattr(run.summary, name) for run in runs) for name in ADDED_UP}
    return {**added, "largest_profile": max(run.summary.largest_profile for run in runs)}


def difference(random: Random, number: int, cut: Cut = components) -> str | None:
    """What differs between a random history and its parts; None where nothing does. ``NotInParts`` where it is none."""
    case, settings, options = any_case(random, number)
    records = any_records(random, case, settings, random.choice([8, 20, 40, 80]))
    ties, combinations = ties_of(records, settings, options)

    def replayed(part: Sequence[Record]) -> Run:
        return replay(part, settings, **options)

    expected = whole(replayed(records))
    found = in_parts(random, records, ties, cut(ties, combinations), replayed)
    for what in expected:
        if found[what] != expected[what]:
            return f"{what}, number {number}, {case.name}"
    return None
