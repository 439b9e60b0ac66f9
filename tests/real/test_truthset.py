from pathlib import Path

import attrs
import pytest

from resolver import IdentifierConfig, Settings
from resolver.simulate import compare, read_history, replay
from tests.real.records import check_against_slow_model, read_truth, right_and_wrong_pairs, truthset_folder

COLUMNS = {
    "ref": "RECORD_ID",
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "ssn": "SSN_NUMBER",
    "passport": "PASSPORT_NUMBER",
    "licence": "DRIVERS_LICENSE_NUMBER",
}
UNIQUE = Settings(
    [
        IdentifierConfig("email", normalization="email"),
        IdentifierConfig("phone", normalization="phone"),
        *(IdentifierConfig(name) for name in ("ssn", "passport", "licence")),
    ],
    ["ssn", "passport", "licence", "email", "phone"],
)
SHARED = attrs.evolve(
    UNIQUE,
    identifier_configs=[
        attrs.evolve(config, enforce_unique=config.id_type != "phone") for config in UNIQUE.identifier_configs
    ],
)

FOLDER = truthset_folder()
needs_data = pytest.mark.skipif(FOLDER is None, reason="RESOLVER_TEST_DATA names no folder with the truth set")


@pytest.fixture
def folder() -> Path:
    assert FOLDER is not None
    return FOLDER


@needs_data
@pytest.mark.parametrize("settings", [UNIQUE, SHARED], ids=["phone unique", "phone shared"])
def test_the_truth_set_is_what_the_slow_model_says(folder: Path, settings: Settings) -> None:
    history = read_history(folder / "customers.csv", columns=COLUMNS)
    run = replay(history, settings)
    run.engine._check()
    check_against_slow_model(run, history.for_types(settings.id_types), settings)
    assert run.summary.lines == 120
    assert run.summary.dropped_identifiers > 0, "some phones are too short to be a number"


@needs_data
def test_a_shared_phone_splits_households_of_the_truth_set_and_joins_nobody(folder: Path) -> None:
    history = read_history(folder / "customers.csv", columns=COLUMNS)
    unique, shared = replay(history, UNIQUE), replay(history, SHARED)
    comparison = compare(unique, shared)
    assert comparison.split
    assert not comparison.joined
    assert all(change.cause is not None for change in comparison.split)
    truth = read_truth(folder)
    (right, wrong), (right_shared, wrong_shared) = (
        right_and_wrong_pairs(run.assignments, truth) for run in (unique, shared)
    )
    assert wrong_shared <= wrong
    assert 0 < right_shared < right, "some people of the truth set are joined by nothing but their phone"
