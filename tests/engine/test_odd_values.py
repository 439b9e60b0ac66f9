"""Odd values at every door: what is given may raise or lie, the error is one of ours, and nothing has happened."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd
import pytest

from resolver import (
    Engine,
    IdentifierConfig,
    InvalidCommand,
    InvalidSettings,
    InvalidTime,
    Policies,
    ProfileExists,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.blocklist import Blocked
from resolver.reference import Reference
from resolver.rules import normalize


class Unshown(str):
    """A text that cannot be shown, and is equal to nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


class Unequal:
    """An object that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        return 0


ODD: dict[str, Any] = {
    "a text that cannot be shown": Unshown("x"),
    "what cannot be compared": Unequal(),
    "an array without a dimension": np.array(5),
    "an array": np.array(["email"]),
    "nothing that is there": pd.NA,
    "a series": pd.Series(["email"]),
    "a frame": pd.DataFrame({"email": ["a"]}),
    "a pair that is no mapping": ("email", "a@b.cc"),
    "a number": 5,
    "a list": [["x"]],
}
LISTS_OF_TEXTS = ("an array", "a series", "a frame", "a pair that is no mapping")
DOORS: dict[str, Callable[[Any], object]] = {
    "on_invalid": lambda odd: Engine(on_invalid=odd),
    "match": lambda odd: Engine(match=odd),
    "limit_policy": lambda odd: IdentifierConfig("xx", limit_policy=odd),
    "matching_algo": lambda odd: IdentifierConfig("xx", matching_algo=odd),
    "identifier_configs": lambda odd: Settings(odd, ["xx"]),
    "matching_rules": lambda odd: Settings([IdentifierConfig("xx")], odd),
    "then": lambda odd: Blocked(equals=["x"], then=odd),
    "blocked": lambda odd: Policies(blocked=odd),
    "equals": lambda odd: (
        Blocked(equals=odd) if type(odd).__name__ not in ("ndarray", "Series") else normalize(odd, "")
    ),
    "window_days": lambda odd: Policies(window_days=odd),
    "caps": lambda odd: Policies(caps=odd),
    "misfit": lambda odd: Policies(misfit=odd),
    "misfit of a type": lambda odd: Policies(misfit={"xx": odd}),
    "the name of a normalization": lambda odd: normalize(odd, "x"),
    "identifiers": lambda odd: Engine().resolve(odd),
    "identifiers of the reference": lambda odd: Reference().resolve(odd),
    "commands": lambda odd: Engine().execute_many(odd),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("odd", ODD)
def test_whatever_comes_to_a_door_the_error_is_one_of_ours(door: str, odd: str) -> None:
    if door == "equals" and odd in LISTS_OF_TEXTS:
        pytest.skip("its entries are texts, so it is a list of them")
    with pytest.raises(ResolverError):
        DOORS[door](ODD[odd])


@pytest.mark.parametrize(
    "odd", ["what cannot be compared", "an array without a dimension", "nothing that is there", "a frame", "a number"]
)
def test_what_is_no_list_of_id_types_protects_none(odd: str) -> None:
    with pytest.raises(InvalidSettings):
        Settings([IdentifierConfig("xx")], ["xx"], policies=Policies(protect=ODD[odd]))


class Zone(tzinfo):
    """A time zone with any offset."""

    def __init__(self, offset: Any) -> None:
        self.offset = offset

    def utcoffset(self, when: datetime | None) -> Any:
        return self.offset

    def dst(self, when: datetime | None) -> timedelta | None:
        return None

    def tzname(self, when: datetime | None) -> str:
        return "odd"


@pytest.mark.parametrize("offset", [timedelta(days=3), 5, "UTC"])
@pytest.mark.parametrize("store", [Engine, Reference])
def test_a_time_zone_of_no_offset_makes_no_time(store: Any, offset: Any) -> None:
    one = store()
    with pytest.raises(InvalidTime, match="offset"):
        one.resolve({"email": "a@b.cc"}, datetime(2026, 1, 1, tzinfo=Zone(offset)))
    assert len(one) == 0


def test_an_id_that_cannot_be_shown_is_named_by_its_text() -> None:
    engine = Engine()
    engine.resolve({"email": "a@b.cc"}, new_profile_id="x")
    with pytest.raises(ProfileExists, match="profile id 'x' was used before"):
        engine.resolve({"email": "b@b.cc"}, new_profile_id=Unshown("x"))


class Busy(str):
    """A text that executes a command when somebody asks for its length."""

    engine: Engine

    def __len__(self) -> int:
        self.engine.resolve({"email": "busy@b.cc"})
        return 1

    def __bool__(self) -> bool:
        return len(self) > 0


def test_an_id_that_executes_a_command_does_not_get_between_what_was_found_and_what_is_done() -> None:
    engine = Engine()
    odd = Busy("mine")
    odd.engine = engine
    for _ in range(2):
        with contextlib.suppress(InvalidCommand):
            engine.resolve({"email": "busy@b.cc"}, new_profile_id=odd)
        engine._check()
    assert len(engine) == 1


class Mapped(dict[str, Any]):
    """Identifiers that execute a command when they are read."""

    engine: Engine

    def items(self) -> Any:
        self.engine.resolve({"email": "busy@b.cc"})
        return super().items()


def test_identifiers_that_execute_a_command_are_refused() -> None:
    engine = Engine()
    odd = Mapped(email="a@b.cc")
    odd.engine = engine
    with pytest.raises(InvalidCommand, match="callback"):
        engine.resolve(odd, at=datetime(2026, 1, 1, tzinfo=UTC))
    engine._check()
    with pytest.raises(InvalidCommand, match="callback"):
        engine.preview(Resolve(odd))
    engine._check()
    assert engine.lookup("email", "a@b.cc").profile_ids == ()
