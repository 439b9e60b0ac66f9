"""Random histories and settings for the questions about runs, with records that come back and commands that name them.

Histories come from seeds: ``for random in chances(100)`` has a hundred of them, and 5000 under the profile ``long`` of
``tests/conftest.py``; or as many as ``RESOLVER_HISTORIES`` says.
"""

import os
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import msgspec

from resolver import Engine, ProfileCreated, ResolverError, Settings
from resolver.commands import AnyCommand
from resolver.history import records_of

TYPES = ("email", "phone", "name", "city")
VALUES = ("anna", "anne", "bert", "carl", " bert")
REFS = tuple(f"r{number}" for number in range(6))

LONG = 5_000

Line = dict[str, Any]


def chances(short: int) -> Iterator[Random]:
    """Return seeded sources of chance: *short* of them, or as many as the environment asks for."""
    usual = LONG if os.environ.get("RESOLVER_HYPOTHESIS") == "long" else short
    return (Random(seed) for seed in range(int(os.environ.get("RESOLVER_HISTORIES", usual))))


# Settings


def document(rules: list[str], **fields: Line) -> Settings:
    """Return settings of the four types, each changed as given."""
    configs = [{"idType": each, "normalization": "trim", **fields.get(each, {})} for each in TYPES]
    return Settings.from_json({"identifierConfigs": configs, "matchingRules": rules})


SHARED: Line = {"enforceUnique": False}
TIGHT: dict[str, Line] = {each: {"limit": 1} for each in TYPES}
FUZZY: Line = {"matchingAlgo": "fuzzy", "matchingThreshold": 60}
FAMILIES = {
    "plain": document(["email", "phone", "name", "city"]),
    "two rules": document(["phone", "email"]),
    "tight": document(["phone", "email", "name", "city"], **TIGHT),
    "lifo": document(["email", "phone"], email={"limit": 2, "limitPolicy": "lifo"}, phone={"limit": 1}),
    "raw": document(["email", "phone", "name"], email={"normalization": "none"}, name={"normalization": "none"}),
    "implicit": document(["email", "name", "city"], name=SHARED, city=SHARED),
    "explicit": document(["email", "phone AND name", "name AND city"], name=SHARED, phone={"limit": 2}),
    "unique pair": document(["email", "name AND city"], name={"limit": 2}),
    "fuzzy": document(["email", "name"], name=FUZZY, email={"limit": 1}),
    "fuzzy pair": document(["email", "name AND city"], name={**SHARED, **FUZZY}, city=SHARED),
}


COMPOUND = ("implicit", "explicit", "unique pair", "fuzzy pair")
"""Families that are drawn twice as often, as their rules match less often."""


def any_settings(random: Random) -> Settings:
    """Return one of the families, or settings that no family has."""
    if random.random() < 0.7:
        return FAMILIES[random.choice([*FAMILIES, *COMPOUND])]
    fields = {each: _any_fields(random) for each in TYPES}
    rules = {frozenset(random.sample(TYPES, random.choice([1, 1, 2, 2, 3]))) for _ in range(random.randint(1, 4))}
    return document([" AND ".join(sorted(rule)) for rule in sorted(rules, key=sorted)], **fields)


def _any_fields(random: Random) -> Line:
    fields: Line = {"enforceUnique": random.random() < 0.5, "limit": random.choice([100, 100, 1, 2])}
    fields["limitPolicy"] = random.choice(["fifo", "lifo"])
    fields["normalization"] = random.choice(["trim", "trim", "none"])
    return {**fields, **FUZZY} if random.random() < 0.25 else fields


def any_options(random: Random) -> dict[str, Any]:
    return {
        "match": random.choice(["all", "all", "first"]),
        "on_invalid": random.choice(["drop", "drop", "refuse", "keep"]),
    }


# Histories


def any_history(random: Random, most: int = 12) -> list[Line]:
    """Return lines whose few values and records meet often."""
    values = random.sample(VALUES, random.randint(2, len(VALUES)))
    sizes = random.choice([[1, 1, 2, 3], [1, 2, 2, 3]])
    return [_any_line(random, values, sizes) for _ in range(random.randint(2, most))]


def _any_line(random: Random, values: list[str], sizes: list[int]) -> Line:
    line: Line = {} if random.random() < 0.2 else {"at": random.randint(0, 5)}
    kinds = ["resolve", "add", "remove", "replace", "delete", "erase", "suppress", "unsuppress"]
    kind = random.choices(kinds, [28, 6, 2, 2, 2, 1, 1, 1])[0]
    if kind in ("erase", "suppress", "unsuppress"):
        named = {each: random.choice(values) for each in random.sample(TYPES, random.choice([1, 1, 2]))}
        return {**line, "op": kind, "identifiers": named} | ({"suppress": True} if random.random() < 0.2 else {})
    if kind == "resolve":
        chosen = random.sample(TYPES, random.choice(sizes))
        return {**line, "ref": random.choice(REFS), "identifiers": {each: random.choice(values) for each in chosen}}
    line |= {"op": kind, "profile": f"ref:{random.choice(REFS)}"}
    if random.random() < 0.6:
        line["ref"] = random.choice(REFS)
    if kind != "delete":
        line["idType"] = random.choice(TYPES)
    if kind == "add":
        line["value"] = random.choice(values)
    if kind == "replace":
        line |= {"old": random.choice(values), "new": random.choice(values)}
    return line


class Walk:
    """A history executed line by line, apart from ``replay``, and what is so after every line.

    ``homes[n]`` has the living profile of every record after *n* lines, ``facts[n]`` what line *n* did, ``ends[n]`` the
    profile in which an applied line ended.
    """

    def __init__(self, lines: Iterable[Line], settings: Settings, *, stands: bool = False, **options: Any) -> None:
        self.engine = Engine(settings, **{"on_invalid": "drop", **options})
        self.homes: list[dict[str, str]] = [{}]
        self.facts: list[tuple[Any, ...]] = [()]
        self.ends: list[str | None] = [None]
        self.refs: list[str | None] = [None]
        self.births: dict[str, int] = {}
        self._latest: dict[str, str] = {}
        self._lines = list(records_of(list(lines)))
        for _ in () if stands else self.steps():
            pass

    def steps(self) -> Iterator[AnyCommand]:
        """Walk on; return each command, naming its profile by id, just before it is executed."""
        while len(self.homes) <= len(self._lines):
            record = self._lines[len(self.homes) - 1]
            command: Any = record.command
            named = getattr(command, "profile_id", None)
            if named is not None:
                command = msgspec.structs.replace(command, profile_id=self._latest.get(named.removeprefix("ref:"), ""))
            yield command
            self._take(record.line, command, record.ref)

    def _take(self, number: int, command: AnyCommand, ref: str | None) -> None:
        try:
            outcome = self.engine.execute(command, number=number)
        except ResolverError:
            self.facts.append(())
            self.ends.append(None)
            self.refs.append(None)
        else:
            self.facts.append(outcome.facts)
            self.ends.append(outcome.profile_id)
            self.refs.append(ref)
            self.births.update((f.profile_id, f.command) for f in outcome.facts if isinstance(f, ProfileCreated))
            if ref is not None and outcome.profile_id is not None:
                self._latest[ref] = outcome.profile_id
        engine = self.engine
        self.homes.append({ref: engine.canonical_id(each) for ref, each in self._latest.items() if each in engine})

    def groups(self, line: int, refs: Iterable[str]) -> set[frozenset[str]]:
        """How the records among *refs* that have come by a line are grouped after it."""
        homes = self.homes[line]
        parts: dict[str, set[str]] = {}
        for ref in refs:
            if ref in homes:
                parts.setdefault(homes[ref], set()).add(ref)
        return set(map(frozenset, parts.values()))
