"""Questions: all that a store lets its callers read, asked of any of them in the same words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from resolver import Engine
from resolver.errors import InvalidIdentifier, ResolverError
from tests.machines.case import UNKNOWN_PROFILE, UNKNOWN_TYPE
from tests.model import SlowStore

T = TypeVar("T")

Store = Engine | SlowStore

Reading = dict[tuple[object, ...], object]
"""Flat: question -> answer, or the name of the error."""

TURNS = 6
"""What a store does not show by itself is asked a part at a time: after so many commands, all of it was."""


@dataclass(frozen=True)
class Questions:
    """What a store is asked about beside its profiles."""

    ids: Sequence[str]
    """Every id that was ever given to a profile."""
    types: Sequence[str]
    identifiers: Sequence[tuple[str, object]]
    """(idType, value) to look up."""

    def part(self, turn: int) -> "Questions":
        """A part of them; as many turns as ``TURNS`` says are all of them."""
        return Questions(
            part(self.ids, turn), self.types[turn % len(self.types) :][:1], part(self.identifiers, turn)
        )  # fmt: skip


def part(items: Sequence[T] | dict[T, None], turn: int) -> list[T]:
    """Every sixth or so of some items, others in each turn."""
    return list(islice(items, turn % TURNS, None, TURNS))


def questions(
    ids: Sequence[str], raws: Iterable[tuple[str, object]], types: Iterable[str], stored: Iterable[tuple[str, str]]
) -> Questions:
    """All questions: about these ids and types, and all raw and once stored values."""
    asked = dict.fromkeys([*raws, *stored, (UNKNOWN_TYPE, "1")])
    return Questions([*ids, UNKNOWN_PROFILE], [*types, UNKNOWN_TYPE], list(asked))


def read(store: Store, about: Questions) -> Reading:
    """The answers of a store: the profiles with all that they hold, and what else is asked about."""
    profiles = tuple(store.profiles())
    answers: Reading = {
        ("settings",): store.settings,
        ("profiles",): profiles,
        ("number of profiles",): len(store),
    }
    for name in about.ids:
        answers["canonical", name] = answer(store.canonical_id, name)
        answers["contains", name] = name in store
        if name not in profiles:
            answers["identifiers", name] = answer(store.identifiers, name)
            answers["aliases", name] = answer(store.aliases, name)
            answers["created at", name] = answer(store.created_at, name)
    for name in profiles:
        held = store.identifiers(name)
        answers["identifiers", name] = list(held.items())
        answers["aliases", name] = tuple(store.aliases(name))
        answers["created at", name] = store.created_at(name)
        for id_type in held:
            answers["history", name, id_type] = store.history_of(name, id_type)
        for id_type in about.types:
            answers["values", name, id_type] = answer(store.values, name, id_type)
            answers["history", name, id_type] = answer(store.history_of, name, id_type)
    for id_type, text in about.identifiers:
        answers["lookup", id_type, repr(text)] = answer(store.lookup, id_type, text)
    return answers


def answer(ask: Callable[..., object], *about: object) -> object:
    """What a question returns, or the error that it raises."""
    try:
        return ask(*about)
    except ResolverError as error:
        return worded(error)


def worded(error: ResolverError) -> str:
    """An error as both sides have it: the model's normalization has words of its own."""
    name = type(error).__name__
    return name if isinstance(error, InvalidIdentifier) else f"{name}: {error}"
