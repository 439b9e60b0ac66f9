"""Published scenarios of vendors, each under the policies that stand for its documented semantics (section 13)."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from resolver import ApplySettings, Engine, IdentifierRefused, Outcome, errors
from resolver.facts import IdentifierRemoved
from resolver.history import records_of
from resolver.history.fields import _READERS
from resolver.policies import READERS as KEYS
from resolver.reference import Reference
from resolver.settings import Settings

DATA = os.environ.get("RESOLVER_TEST_DATA")
FILES = sorted((Path(DATA) / "policies").glob("*.json")) if DATA else []
PARTS = {*KEYS}


OPS = {*_READERS, "settings"}


def is_within(case: dict[str, Any]) -> bool:
    keys = set(case["settings"].get("options", {}).get("policies", {}))
    return keys <= PARTS and {event.get("op", "resolve") for event in case["events"]} <= OPS


CASES = [
    pytest.param(case, id=case["id"])
    for file in FILES
    for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
    if is_within(case)
]


def written(values: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"{id_type}:{value}" for id_type, value in values)


class Played:
    """One scenario, event by event, on one kind of store."""

    def __init__(self, case: dict[str, Any], kind: Any) -> None:
        self.store = kind(Settings.from_json(case["settings"]))
        self.ignores_singles = case.get("ignoreSingles", False)
        self.ended: list[tuple[str, str]] = []  # label -> profile id
        self.refused: list[list[Any]] = []
        self.lost: list[list[Any]] = []
        for line, event in enumerate(case["events"], 1):
            self.play(line, event)

    def play(self, line: int, event: dict[str, Any]) -> None:
        dry, error = event.get("dryRun", False), event.get("error")
        record = {k: v for k, v in event.items() if k not in ("is", "error", "reasons", "groups", "report", "dryRun")}
        if "profile" in record:
            record["profile"] = dict(self.ended)[record["profile"]]
        if record.get("op") == "settings":
            self.store.execute(ApplySettings(Settings.from_json(record["settings"]), line), number=line)
            return
        [given] = records_of([{"at": line, **record}])
        assert given.command is not None, given.error
        if error is not None:
            with pytest.raises(getattr(errors, error)):
                self.store.execute(given.command, number=line)
            return
        outcome: Outcome = self.store.preview(given.command) if dry else self.store.execute(given.command, number=line)
        refused = [fact for fact in outcome.facts if isinstance(fact, IdentifierRefused)]
        reasons = {f"{fact.id_type}:{fact.value}": str(fact.reason) for fact in refused}
        assert reasons.items() >= event.get("reasons", {}).items(), line
        if not dry:
            self.refused += [[line, name] for name in reasons]
            moved = [fact for fact in outcome.facts if isinstance(fact, IdentifierRemoved) and fact.reason == "moved"]
            self.lost += [[line, f"{fact.id_type}:{fact.value}"] for fact in moved]
        if "is" in event:
            assert outcome.profile_id is not None
            self.ended.append((event["is"], outcome.profile_id))
        if "groups" in event:
            assert self.groups() == sorted(map(sorted, event["groups"])), line

    def groups(self) -> list[list[str]]:
        profiles = [self.store.identifiers(profile_id) for profile_id in self.store.profiles()]
        groups = [written((t, value) for t, values in held.items() for value in values) for held in profiles]
        return sorted(group for group in groups if len(group) > (1 if self.ignores_singles else 0))


@pytest.mark.parametrize("kind", [Engine, Reference])
@pytest.mark.parametrize("case", CASES)
def test_a_published_scenario_comes_out_as_documented(case: dict[str, Any], kind: Any) -> None:
    played, expected = Played(case, kind), case["expect"]
    assert played.groups() == sorted(map(sorted, expected["groups"]))
    if "refused" in expected:
        assert sorted(played.refused) == sorted(expected["refused"])
    if "lost" in expected:
        assert sorted(played.lost) == sorted(expected["lost"])
    labels: dict[str, set[str]] = {}
    for label, profile_id in played.ended:
        if profile_id in played.store:
            labels.setdefault(label, set()).add(played.store.canonical_id(profile_id))
    one = {label: next(iter(ids)) for label, ids in labels.items() if len(ids) == 1}
    assert len(one) == len(labels), labels
    if not case.get("aliases"):
        assert len(set(one.values())) == len(one), one
