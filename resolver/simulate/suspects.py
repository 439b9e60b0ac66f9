"""Suspects: values that came with many different values of another type, as shared and placeholder values do (P14).

Nothing is blocked by it. A switchboard's phone comes with the e-mail address of everybody who works there, a person's
own phone with a few:

>>> history = [{"identifiers": {"phone": "317-555-0000", "email": f"{name}@example.com"}} for name in ("a", "b", "c")]
>>> found = suspects([*history, {"identifiers": {"email": "d@example.com", "chat": "null"}}])
>>> [(each.value, each.others, each.other_type, each.commands, each.lists) for each in found][:2]
[('+13175550000', 3, 'email', 3, ()), ('a@example.com', 1, 'phone', 1, ())]
>>> Settings.defaults().with_policies(Policies(blocked=found.blocked(1))).to_json()["options"]
{'policies': {'blocked': [{'idType': 'phone', 'equals': ['+13175550000']}]}}
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from typing import Any, overload

import msgspec

from resolver.blocklist import LISTS, Blocked
from resolver.columns.numbered import Numbered
from resolver.commands import Resolve, values_of
from resolver.engine import Engine
from resolver.history.opening import ArrowStream
from resolver.names import IdType, Value
from resolver.policies import Policies
from resolver.rules.blocking import Blocking
from resolver.settings import Settings
from resolver.simulate import notebook
from resolver.simulate.replay import checked_options

MOST = 100
"""How many suspects are kept, unless somebody asks for more."""


class Suspect(msgspec.Struct, frozen=True, rename="camel"):
    """A value, as it is stored: with *others* different values of *other_type* it came in one command.

    That is the type of which they are most. ``commands`` counts the commands that gave it, ``lists`` names the lists
    that ship and have it.
    """

    id_type: IdType
    value: Value
    others: int
    other_type: IdType | None
    commands: int
    lists: tuple[str, ...]


class Suspects(Sequence[Suspect]):
    """The values that came with most others, the most suspicious first; ties by text."""

    def __init__(self, found: Sequence[Suspect], total: int, never_alone: Sequence[IdType] = ()) -> None:
        self._found = tuple(found)
        self.total = total
        """How many different values there were."""
        self.never_alone = tuple(never_alone)
        """The idTypes whose values prove nobody alone: not unique, or used by rules of several types only."""

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Suspect: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Suspect, ...]: ...
    def __getitem__(self, index: int | slice) -> Suspect | tuple[Suspect, ...]:
        return self._found[index]

    def __repr__(self) -> str:
        return f"<Suspects: {len(self)} of {self.total:,} values>"

    def blocked(self, top: int) -> tuple[Blocked, ...]:
        """Return the first *top* of them as entries of ``Policies(blocked=...)``, one for each idType."""
        by_type: dict[IdType, list[Value]] = {}
        for each in self._found[:top]:
            by_type.setdefault(each.id_type, []).append(each.value)
        return tuple(Blocked(id_type=id_type, equals=values) for id_type, values in by_type.items())

    def to_json(self) -> dict[str, Any]:
        """Return the suspects as plain dicts and lists."""
        return {"values": self.total, "suspects": [msgspec.to_builtins(each) for each in self._found]}

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed) with a row for each suspect."""
        rows = [(*msgspec.structs.astuple(each)[:-1], ", ".join(each.lists)) for each in self._found]
        names = ("id_type", "value", "others", "other_type", "commands", "lists")
        return notebook.frame({name: [row[place] for row in rows] for place, name in enumerate(names)}, library)


def suspects(
    history: Iterable[Any] | ArrowStream | Numbered,
    settings: Settings | None = None,
    *,
    most: int = MOST,
    alone: bool = False,
    **engine_options: Any,
) -> Suspects:
    """Return the values of a history that came with most different values of another type in one command.

    *history* is what ``replay`` takes; values are read as under *settings*, the first in force, and those that the
    policies there block already, or that nothing can read, are left out. *most* bounds how many are returned. With
    *alone* only values of types that prove a person alone are: unique, with a rule of their own. A last name comes
    with many phones, and joins nobody by itself.
    *engine_options* are those of ``Engine``. O(identifiers); memory for the different pairs of values.

    Raises what ``replay`` raises.
    """
    engine = Engine(settings, **checked_options(suspects, engine_options))
    if not isinstance(history, Numbered) or not history.serves(engine.settings.id_types):
        given = history.given if isinstance(history, Numbered) else history
        history = Numbered(given, engine.settings.id_types)
    if not history.is_complete:
        history.read_all()
    found = _Found(engine)
    for event in range(len(history)):
        command = history.others.get(event)
        if command is None or isinstance(command, Resolve):
            found.take(history.idents[history.offsets[event] : history.offsets[event + 1]], history, command)
    return found.sorted(most, alone=alone)


class _Found:
    """The values of a history, each with a number, and the pairs that came together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._types = engine.settings.id_types
        self._numbers: dict[tuple[IdType, Value], int] = {}
        self._of_text: dict[int, int] = {}
        self._commands: Counter[int] = Counter()
        self._pairs: set[int] = set()

    def take(self, texts: Sequence[int], history: Numbered, command: Any) -> None:
        """Take what one command gives: by the numbers of its texts, or as the object that it is."""
        if command is None:
            given = {self._number_of(text, history) for text in texts}
        else:
            given = {self._number(id_type, raw) for id_type, raw in values_of(command)}
        given.discard(-1)
        numbers = sorted(given)
        self._commands.update(numbers)
        if len(numbers) > 1:
            self._pairs.update([one << 32 | other for one in numbers for other in numbers if one != other])

    def _number_of(self, text: int, history: Numbered) -> int:
        number = self._of_text.get(text)
        if number is None:
            number = self._of_text[text] = self._number(*history.texts.given(text))
        return number

    def _number(self, id_type: object, raw: object) -> int:
        value = self._engine.stored_form(id_type, raw).value  # type: ignore[arg-type]  # any other is a form too
        return -1 if value is None else self._numbers.setdefault((IdType(str(id_type)), value), len(self._numbers))

    def sorted(self, most: int, *, alone: bool) -> Suspects:
        """Return the first of them; *alone* only those of types that prove a person alone."""
        pairs, commands = [*self._numbers], self._commands
        kind = [self._types.index(id_type) for id_type, _ in pairs]
        counts: dict[int, Counter[int]] = {}
        for pair in self._pairs:
            one, other = pair >> 32, pair & 0xFFFFFFFF
            if kind[one] != kind[other]:
                counts.setdefault(one, Counter())[kind[other]] += 1
        others = [(0, 0)] * len(pairs)
        for one, by_type in counts.items():
            others[one] = max((number, -each) for each, number in by_type.items())
        rules = self._engine._ruling.book.types
        proves = [rules[id_type].unique and rules[id_type].has_own_rule for id_type in self._types]
        wanted = [each for each in range(len(pairs)) if proves[kind[each]] or not alone]
        order = nsmallest(most, wanted, key=lambda each: (-others[each][0], pairs[each][1], kind[each]))
        lists = {name: Policies(blocked=entries) for name, entries in LISTS.items()}
        found = []
        for each in order:
            id_type, value = pairs[each]
            number, other_type = others[each]
            having = tuple(name for name, policies in lists.items() if _has(policies, id_type, value))
            of_type = self._types[-other_type] if number else None
            found.append(Suspect(id_type, value, number, of_type, commands[each], having))
        idle = [id_type for id_type, does in zip(self._types, proves, strict=True) if not does]
        return Suspects(found, len(pairs), tuple(idle))


def _has(policies: Policies, id_type: IdType, value: Value) -> bool:
    blocking = Blocking.of(policies, id_type)
    return blocking is not None and blocking.has_stored(value)
