"""Odd values at every door: what is given may raise or lie, the error is one of ours, and nothing has happened."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from unittest.mock import Mock

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


class Liar:
    """An object that says that it is of a class of which it is not."""

    def __init__(self, said: type) -> None:
        self.said = said

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self.said


class Silent:
    """An object that does not even say of what class it is."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise RuntimeError


LIARS: dict[str, Any] = {
    "a mock of a text": Mock(spec=str),
    "a mock of a number": Mock(spec=int),
    "a mock of a mapping": Mock(spec=dict),
    "a mock of a time": Mock(spec=datetime),
    "a mock of a command": Mock(spec=Resolve),
    "what says it is a text": Liar(str),
    "what says it is a number": Liar(int),
    "what says it is a mapping": Liar(dict),
    "what says it is a list": Liar(list),
    "what says it is a time": Liar(datetime),
    "what says it is a command": Liar(Resolve),
    "what does not say what it is": Silent(),
}


def known(store: Any) -> Any:
    """A store with a profile of two identifiers."""
    one = store(
        Settings([IdentifierConfig("email", normalization="email"), IdentifierConfig("chat")], ["email", "chat"])
    )
    one.resolve({"email": "a@b.cc", "chat": "a"}, 1, new_profile_id="p1")
    return one


ASKED: dict[str, Callable[[Any, Any], object]] = {
    "identifiers": lambda one, odd: one.resolve(odd),
    "a pair": lambda one, odd: one.resolve([odd]),
    "an idType": lambda one, odd: one.resolve([(odd, "x")]),
    "a value": lambda one, odd: one.resolve({"chat": odd}),
    "one of several values": lambda one, odd: one.resolve({"email": ["b@b.cc", odd]}),
    "a time": lambda one, odd: one.resolve({"chat": "x"}, odd),
    "the id of a new profile": lambda one, odd: one.resolve({"chat": "x"}, new_profile_id=odd),
    "a profile": lambda one, odd: one.add_identifier(odd, "chat", "x"),
    "the idType of a new value": lambda one, odd: one.add_identifier("p1", odd, "x"),
    "a new value": lambda one, odd: one.add_identifier("p1", "chat", odd),
    "an old value": lambda one, odd: one.replace_identifier("p1", "chat", odd, "x"),
    "what comes in its place": lambda one, odd: one.replace_identifier("p1", "chat", "a", odd),
    "the idType of a removal": lambda one, odd: one.remove_identifier("p1", odd),
    "the value of a removal": lambda one, odd: one.remove_identifier("p1", "chat", value=odd),
    "a deleted profile": lambda one, odd: one.delete_profile(odd),
    "erased identifiers": lambda one, odd: one.erase(odd),
    "an erased value": lambda one, odd: one.erase({"chat": odd}),
    "a suppressed value": lambda one, odd: one.suppress({"chat": odd}),
    "settings": lambda one, odd: one.apply_settings(odd),
    "a command": lambda one, odd: one.execute(odd),
    "a looked-up value": lambda one, odd: one.lookup("chat", odd),
    "the idType of a look-up": lambda one, odd: one.lookup(odd, "a"),
    "a profile in a question": lambda one, odd: one.identifiers(odd),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("store", [Engine, Reference])
def test_what_lies_about_its_class_is_refused_as_what_it_is(store: Any, liar: str, asked: str) -> None:
    one = known(store)
    before = one.history_of("p1", "email"), one.history_of("p1", "chat"), len(one)
    with pytest.raises(ResolverError):
        ASKED[asked](one, LIARS[liar])
    assert (one.history_of("p1", "email"), one.history_of("p1", "chat"), len(one)) == before
    assert LIARS[liar] not in one
    assert one.stored_form("chat", LIARS[liar]).value is None


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("door", DOORS)
def test_what_lies_about_its_class_makes_no_settings(door: str, liar: str) -> None:
    with pytest.raises(ResolverError):
        DOORS[door](LIARS[liar])


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("store", [Engine, Reference])
def test_a_callback_that_gives_what_lies_about_its_class_is_refused(store: Any, liar: str) -> None:
    one = store(Settings([IdentifierConfig("xx")], ["xx"]), new_id=lambda number, at: LIARS[liar])
    other = store(
        Settings([IdentifierConfig("xx", normalization="own")], ["xx"]), normalizers={"own": lambda text: LIARS[liar]}
    )
    for each in (one, other):
        with pytest.raises(ResolverError):
            each.resolve({"xx": "x"}, 1)
        assert len(each) == 0
