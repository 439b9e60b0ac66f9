"""What a command costs, counted in lines of the package that run: it grows as what the command gives."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import resolver
from resolver import Engine, IdentifierConfig, Settings
from resolver.evidence import matches
from resolver.simulate import replay

pytestmark = pytest.mark.skipif(resolver.COMPILED, reason="compiled code has no lines")

ROOT = str(Path(resolver.__file__ or "").parent)
FEW, MANY = 150, 600

SETTINGS = Settings(
    [
        IdentifierConfig("email", normalization="none", limit=5),
        IdentifierConfig("phone", normalization="none", limit=5),
        IdentifierConfig("name", normalization="none", limit=5, matching_algo="fuzzy", matching_threshold=95),
        IdentifierConfig("shop", normalization="none", limit=5, enforce_unique=False),
    ],
    ["email", "phone", "name"],
)


def lines_of(act: Callable[[], object]) -> int:
    """How many lines of the package run."""
    lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(ROOT):
            return None
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return lines


def texts(start: str, size: int) -> list[str]:
    return [f"{number * 7_919 % 1_000_003:06d}{start}{number}" for number in range(size)]


def one_list(size: int) -> object:
    return {"email": texts("e", size)}


def pairs_by_turns(size: int) -> object:
    return [pair for each in texts("x", size // 2) for pair in (("phone", each), ("email", each))]


def lists_against_the_order_of_rules(size: int) -> object:
    return {id_type: texts(id_type, size // 3) for id_type in ("shop", "phone", "email")}


def similar_names(size: int) -> object:
    return {"name": texts("n", size)}


def every_value_twice(size: int) -> object:
    return {"email": texts("e", size // 2) * 2}


WAYS: Sequence[Callable[[int], Any]] = (
    one_list, pairs_by_turns, lists_against_the_order_of_rules, similar_names, every_value_twice,
)  # fmt: skip


def hold_to_be_linear(act: Callable[[Any], object], given: Callable[[int], Any]) -> None:
    """Check that four times as much takes about four times as many lines."""
    few, many = given(FEW), given(MANY)
    act(few)  # whatever is made once
    assert lines_of(lambda: act(many)) < 5 * lines_of(lambda: act(few))


@pytest.mark.parametrize("given", WAYS, ids=lambda given: given.__name__)
def test_reading_new_values_costs_as_many_lines_as_they_are(given: Callable[[int], Any]) -> None:
    hold_to_be_linear(lambda identifiers: matches(Engine(SETTINGS), identifiers), given)


@pytest.mark.parametrize("given", WAYS, ids=lambda given: given.__name__)
def test_a_command_of_many_new_values_costs_as_many_lines_as_they_are(given: Callable[[int], Any]) -> None:
    hold_to_be_linear(lambda identifiers: Engine(SETTINGS).resolve(identifiers), given)


@pytest.mark.parametrize("given", WAYS, ids=lambda given: given.__name__)
def test_a_replay_of_a_record_of_many_values_costs_as_many_lines_as_they_are(given: Callable[[int], Any]) -> None:
    hold_to_be_linear(lambda identifiers: replay([{"identifiers": identifiers}], SETTINGS), given)
