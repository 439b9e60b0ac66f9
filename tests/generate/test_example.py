"""The bundled example: made by the generator, and worth comparing."""

import csv
import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from resolver.example import NAMES, RECORDS, SEED, path
from resolver.generate import write_history
from resolver.history import read_history
from resolver.simulate import load_settings, replay


def truth() -> dict[str, str]:
    """Ref -> person."""
    with path("history.jsonl.truth.csv").open(encoding="utf-8", newline="") as file:
        return {row["ref"]: row["person"] for row in csv.DictReader(file)}


def quality(assignments: Mapping[str, str]) -> tuple[float, float]:
    """Precision and recall, in pairs of refs that are together."""
    person = truth()
    pairs = list(itertools.combinations([ref for ref in person if ref in assignments], 2))
    together = {pair for pair in pairs if assignments[pair[0]] == assignments[pair[1]]}
    right = {pair for pair in pairs if person[pair[0]] == person[pair[1]]}
    return len(together & right) / len(together), len(together & right) / len(right)


def test_the_generator_makes_the_example_byte_by_byte(tmp_path: Path) -> None:
    write_history(tmp_path / "history.jsonl", RECORDS, SEED)
    for name in ("history.jsonl", "history.jsonl.truth.csv"):
        assert (tmp_path / name).read_bytes() == path(name).read_bytes()


def test_the_example_is_small_and_has_every_kind_of_line() -> None:
    assert sum(path(name).stat().st_size for name in NAMES) < 150_000
    assert {record.op for record in read_history(path("history.jsonl"))} == {
        "resolve",
        "add",
        "replace",
        "remove",
        "delete",
    }


def test_the_two_settings_differ_in_what_they_say_of_phones_alone() -> None:
    (baseline, options), (candidate, same_options) = (load_settings(path(f"{name}.json")) for name in SETTINGS)
    assert baseline.id_types == candidate.id_types == ("email", "whatsapp", "phone", "chat", "loyalty_id")
    assert baseline.matching_rules == candidate.matching_rules == baseline.id_types
    changed = zip(baseline.identifier_configs, candidate.identifier_configs, strict=True)
    assert [old.id_type for old, new in changed if old != new] == ["phone"]
    assert options == same_options == {"on_invalid": "drop"}


SETTINGS = ("baseline", "candidate")


def test_the_candidate_is_nearer_to_the_truth() -> None:
    found = {}
    for name in SETTINGS:
        settings, options = load_settings(path(f"{name}.json"))
        run = replay(read_history(path("history.jsonl")), settings, **options)
        assert run.summary.rejected < 5 <= run.summary.merges
        found[name] = quality(run.assignments)
    (old_precision, old_recall), (precision, recall) = (found[name] for name in SETTINGS)
    assert old_precision < 0.3
    assert precision > 0.95
    assert recall > old_recall - 0.25
    assert precision * recall / (precision + recall) > 2 * old_precision * old_recall / (old_precision + old_recall)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_the_example_is_there(name: str) -> None:
    assert path(name).is_file()


def test_a_file_that_is_not_in_the_example_is_named() -> None:
    with pytest.raises(ValueError, match=r"'\.\./secret' is not in the example; expected history\.jsonl, "):
        path("../secret")
