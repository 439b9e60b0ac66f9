"""``replay`` of an interned history: in bulk where that covers the settings, and a run in all that one is asked for."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver import IdentifierConfig, InvalidHistory, Settings
from resolver.bulk import BulkRun, Interned, NotInBulk, bulk_replay, can_bulk
from resolver.example import path
from resolver.simulate import Run, compare, order, read_history, replay, sweep
from tests.bulk.twins import options_of, written
from tests.machines.families import FAMILIES

HISTORY: list[Any] = [
    {"ref": "a", "at": 5, "identifiers": {"email": "ada@example.com"}},
    {"ref": "b", "at": 2, "identifiers": {"phone": "317-555-6789", "chat": "x"}},
    {"ref": "c", "at": 3, "identifiers": {"phone": "n/a"}},
    "no command",
    {"ref": "a", "at": 7, "identifiers": {"chat": "y"}},
    {"ref": "d", "at": 8, "identifiers": {"email": "ADA@example.com", "phone": ["317-555-6789", "12"]}},
    {"ref": "e", "at": 9, "identifiers": {"email": "ada@example.com"}},
]

_TIGHT = [IdentifierConfig("email"), IdentifierConfig("phone", limit=1), IdentifierConfig("chat", limit=1)]
TIGHT = Settings(_TIGHT, ["email", "phone"])

PARTS: dict[str, Callable[[Run], Any]] = {
    "assignments": lambda run: list(run.assignments.items()),
    "summary": lambda run: run.summary,
    "facts": lambda run: list(run.facts),
    "numbered facts": lambda run: list(run.numbered_facts),
    "rejected": lambda run: list(run.rejected),
    "engine": lambda run: run.engine.snapshot(),
    "applied": lambda run: list(run.applied),
    "refused": lambda run: list(run.refused),
    "losses": lambda run: list(run.losses),
    "with facts": lambda run: list(run.with_facts(list(run.applied)[::2])),
    "elsewhere": lambda run: run.elsewhere,
    "settings": lambda run: run.settings,
    "options": lambda run: run.options,
    "is sorted": lambda run: run.is_sorted,
    "fingerprint": lambda run: run.fingerprint,
    "html": lambda run: run._repr_html_(),
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("settings", [None, TIGHT], ids=["defaults", "tight"])
def test_every_part_of_the_run_is_that_of_the_engine(part: str, settings: Settings | None) -> None:
    run = replay(Interned(HISTORY), settings)
    assert isinstance(run, BulkRun)
    assert PARTS[part](run) == PARTS[part](replay(HISTORY, settings))
    assert PARTS[part](run) == PARTS[part](run)


@pytest.mark.parametrize("part", PARTS)
def test_a_sorted_file_is_the_same_too(part: str, tmp_path: Path) -> None:
    file = tmp_path / "resolves.jsonl"
    lines = path("history.jsonl").read_text().splitlines(keepends=True)[:80]
    file.write_text("".join(reversed([line for line in lines if '"op"' not in line or '"resolve"' in line])))
    run = replay(Interned(read_history(file, sort=True)))
    assert isinstance(run, BulkRun)
    assert PARTS[part](run) == PARTS[part](replay(read_history(file, sort=True)))


ROWS = """ref,at,email,phone,name
a,1,ada@example.com,,Ada
b,2,ada@example.com,317-555-6789,Ada L
c,3,,317-555-6789,Ada
"""


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("told", [False, True], ids=["any column", "told which"])
def test_a_table_with_more_columns_than_idtypes_is_the_same_too(part: str, told: bool, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    interned = Interned(read_history(file), Settings.defaults().id_types if told else None)
    run = replay(interned)
    assert isinstance(run, BulkRun) is told
    assert PARTS[part](run) == PARTS[part](replay(read_history(file)))
    assert can_bulk(None, interned) is told
    if not told:
        with pytest.raises(NotInBulk, match="the columns name were interned"):
            bulk_replay(interned)


def test_a_mapped_column_that_is_no_idtype_is_the_error_of_a_replay(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    history = read_history(file, columns={"fax": ["name"]})
    for given in (history, Interned(history)):
        with pytest.raises(InvalidHistory, match="fax"):
            replay(given)


def test_a_run_gives_the_history_that_its_caller_had(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    narrow = Settings([IdentifierConfig("email")], ["email"])
    assert replay(bulk_replay(read_history(file), narrow).history).summary.rejected == 0


def test_a_history_that_changed_since_is_noticed() -> None:
    history = [*HISTORY]
    run = replay(Interned(history))
    history.append(HISTORY[0])
    with pytest.raises(InvalidHistory, match="not what it was"):
        list(run.applied)


def test_normalizers_need_no_hash() -> None:
    class Digits:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, text: str) -> str:
            return "".join(filter(str.isdigit, text))

    settings = Settings([IdentifierConfig("card", normalization="digits")], ["card"])
    interned = Interned([{"identifiers": {"card": text}} for text in ("1-2", "12", "1 3")])
    for _ in range(2):
        assert replay(interned, settings, normalizers={"digits": Digits()}).summary.profiles == 2


def test_other_studies_take_an_interned_history() -> None:
    assert order(Interned(HISTORY), permutations=2) == order(HISTORY, permutations=2)
    grid = {"axes": {"phone.limit": [1, 2]}}
    assert sweep(Interned(HISTORY), grid).to_json() == sweep(HISTORY, grid).to_json()


def test_what_bulk_does_not_cover_is_left_to_the_engine() -> None:
    run = replay(Interned(HISTORY), without=["ref:a"])
    assert type(run) is Run
    assert run.summary.lines == len(HISTORY)
    assert "a" not in run.assignments


def test_a_bulk_run_is_compared_with_another_run() -> None:
    interned = Interned(HISTORY)
    comparison = compare(replay(interned), replay(interned, TIGHT))
    expected = compare(replay(HISTORY), replay(HISTORY, TIGHT))
    assert comparison.to_json() == expected.to_json()


def test_progress_is_told_at_the_end() -> None:
    told: list[tuple[int, int | None, int | None]] = []
    replay(Interned(HISTORY), progress=lambda *each: told.append(each))
    assert told == [(len(HISTORY), None, None)]


def test_a_history_that_can_be_read_once_has_what_the_columns_tell_and_no_more() -> None:
    run = replay(Interned(iter(HISTORY)))
    assert run.summary == replay(HISTORY).summary
    assert len(run.engine) == run.summary.profiles
    with pytest.raises(InvalidHistory, match="was read already"):
        list(run.applied)


def test_other_names_are_not_made_up() -> None:
    run = replay(Interned(HISTORY))
    with pytest.raises(AttributeError, match="'BulkRun' object has no attribute '_ipython_display_'"):
        run._ipython_display_  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_engine_at_the_end_is_that_of_the_replay(family: Any) -> None:
    for seed in range(3):
        random = Random(f"engine at the end {family.__name__} {seed}")
        case = family(random)
        history = written(random, case, 60)
        run = replay(Interned(history), case.settings, **options_of(case))
        assert run.engine.snapshot() == replay(history, case.settings, **options_of(case)).engine.snapshot()
