"""The edges of the door: whatever is given, the reference answers as the engine does."""

from collections import UserString
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pandas
import pytest

from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Engine,
    InvalidCommand,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
)
from resolver.reference import Reference

Store = Engine | Reference
STORES: tuple[Callable[..., Any], ...] = (Engine, Reference)


class Unshown:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


class Word(str):
    """A string of another class, with ways of its own."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> str:
        return "other"

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


ODD = {
    "a long number": 10**5000,
    "what cannot be shown": Unshown(),
    "no number": float("nan"),
    "no time": pandas.NaT,
    "what equals an id": UserString("own"),
    "what equals a type": UserString("email"),
    "a list": [],
    "a dict": {},
    "bytes": b"own",
    "a truth": True,
    "an id of another class": Word("own"),
    "a type of another class": Word("email"),
    "a value of another class": Word("a@b.cc"),
}


def answer(act: Callable[..., object], *given: object) -> object:
    try:
        return act(*given)
    except ResolverError as error:
        return f"{type(error).__name__}: {error}"


def answers(make: Callable[..., Any], odd: Any, on_invalid: str) -> list[object]:
    """What a store says to something odd in every place, and what it is afterwards."""
    store = make(on_invalid=on_invalid)
    store.resolve({"email": "a@b.cc"}, 1, new_profile_id="own")
    commands: list[Any] = [
        Resolve({"email": "c@b.cc"}, odd),
        Resolve({"email": odd}),
        Resolve({"chat": odd}),
        Resolve([(odd, "x@b.cc")]),
        Resolve(odd),
        Resolve({"email": "d@b.cc"}, None, odd),
        AddIdentifier(odd, "email", "e@b.cc"),
        AddIdentifier("own", odd, "f@b.cc"),
        AddIdentifier("own", "email", odd),
        ReplaceIdentifier("own", odd, "f@b.cc", "g@b.cc"),
        ReplaceIdentifier("own", "email", odd, "h@b.cc"),
        RemoveIdentifier("own", odd),
        RemoveIdentifier("own", "email", None, odd),
        RemoveIdentifier("own", "email", None, False, odd),
        ApplySettings(odd),
        DeleteProfile(odd),
        odd,
    ]
    said: list[object] = []
    for command in commands:
        said += [answer(store.preview, command), answer(store.execute, command)]
    for ask in (store.identifiers, store.canonical_id, store.aliases, store.created_at):
        said.append(answer(ask, odd))
    said += [answer(store.values, "own", odd), answer(store.lookup, odd, "x"), answer(store.lookup, "email", odd)]
    said.append(odd in store)
    for profile_id in store.profiles():
        held = store.identifiers(profile_id)
        assert all(type(text) is str for values in held.values() for text in (profile_id, *held, *values))
        said.append((profile_id, held))
    return said


@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_whatever_is_given_both_say_the_same(odd: Any, on_invalid: str) -> None:
    ours, theirs = (answers(make, odd, on_invalid) for make in STORES)
    assert ours == theirs


@pytest.mark.parametrize("make", STORES)
def test_a_time_zone_that_executes_a_command_is_refused(make: Callable[..., Store]) -> None:
    class Busy(tzinfo):
        def utcoffset(self, when: object) -> timedelta:
            store.resolve({"chat": "inner"}, 0)
            return timedelta(0)

        def dst(self, when: object) -> None:
            return None

        def tzname(self, when: object) -> str:
            return "busy"

    store = make()
    with pytest.raises(InvalidCommand, match="callback"):
        store.resolve({"email": "a@b.cc"}, datetime(2026, 1, 1, tzinfo=Busy()))
    assert len(store) == 1


@pytest.mark.parametrize("make", STORES)
def test_a_normalizer_that_executes_a_command_is_refused(make: Callable[..., Store]) -> None:
    def own(text: str) -> str:
        store.resolve({"email": "a@b.cc"})
        return text

    store = make(normalizers={"own": own})
    document = store.settings.to_json()
    document["identifierConfigs"].append({"idType": "word", "normalization": "own"})
    store.apply_settings(type(store.settings).from_json(document))
    with pytest.raises(InvalidCommand, match="callback"):
        store.resolve({"word": "x"})
    assert len(store) == 1
