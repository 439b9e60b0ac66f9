"""Commands given from Python, as the records that a file of them would give.

>>> [record.command.at for record in records_of([{"at": 5, "identifiers": {"email": "ada@example.com"}}])]
[5]
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
)
from resolver.errors import InvalidHistory
from resolver.history.fields import read_object
from resolver.history.history import History
from resolver.history.inputs import is_no_entry, is_readable, not_a_history, not_entries
from resolver.history.opening import ArrowStream, read_history
from resolver.history.reading import Notes
from resolver.history.record import LineError, Record, rejected
from resolver.history.times import Times
from resolver.names import IdType

Given = AnyCommand | Mapping[str, Any] | Record
"""What ``records_of`` takes: commands, dicts shaped as a JSON line, or records, also mixed."""

_OPS: dict[type[Any], str] = {
    Resolve: "resolve",
    AddIdentifier: "add",
    ReplaceIdentifier: "replace",
    RemoveIdentifier: "remove",
    DeleteProfile: "delete",
    Erase: "erase",
    Suppress: "suppress",
    Unsuppress: "unsuppress",
    ApplySettings: "settings",
}


class Records:
    """The records of an iterable, which can be iterated as often as the iterable can.

    An iterator can be read once: a second iteration is ``InvalidHistory``, never an empty history.
    """

    __slots__ = ("_command_times", "_given", "_is_spent", "_notes", "_times")

    def __init__(self, given: Iterable[Given], times: Times) -> None:
        self._given = given
        self._times = times
        self._command_times = Times(times.zone)
        self._notes = Notes()
        self._is_spent = False

    def __iter__(self) -> Iterator[Record]:
        given = iter(self._given)
        if self._is_spent:
            raise InvalidHistory(
                f"{self._given!r} is an iterator and was read already; expected a list, to read it twice"
            )
        self._is_spent = given is self._given
        return (self._record(number, each) for number, each in enumerate(given, 1))

    @property
    def ignored(self) -> tuple[str, ...]:
        """The keys of the dicts that nothing read so far, each once; at most 100 are remembered."""
        return self._notes.ignored

    def _record(self, number: int, each: object) -> Record:
        if isinstance(each, Record):
            return each
        op = _OPS.get(type(each))
        if op is None:
            return read_object(number, each, each, self._times, self._notes)
        return self._of_command(number, op, each)

    def _of_command(self, number: int, op: str, command: Any) -> Record:
        try:
            at = command.at if type(command.at) is int else self._command_times.read(command.at)
        except LineError as refusal:
            return rejected(number, None, op, refusal, command)
        if at is not command.at:
            command = msgspec.structs.replace(command, at=at)
        return Record(number, None, op, command, source=command)


def records_of(
    given: History | ArrowStream | Iterable[Given], *, tz: str | tzinfo | None = None, at_unit: str = "ms"
) -> History | Records:
    """Return the records of commands, or of dicts shaped as a JSON line; ``line`` is the position from 1.

    The checks are those of a JSON Lines file, and a bad entry is a rejected record. ``tz`` and ``at_unit``
    are those of ``read_history``; a command's own integer is always milliseconds. A ``History`` is given
    back as it is, and a data frame, or whatever else gives a stream of Arrow, is read as ``read_history`` does. A
    value of a dict that stands for a missing one (None, NaN, NA, NaT) is absent, and numpy's numbers
    and texts are numbers and texts.

    Raises ``InvalidHistory`` for what cannot be iterated as records, a path or a data frame say, and for a list of
    nothing but such, with the way to read it; ``InvalidTime`` for ``tz`` and ``at_unit``.
    """
    if isinstance(given, History | Records):
        return given
    any_given: Any = given
    if is_readable(given):
        return read_history(any_given, tz=tz, at_unit=at_unit)
    refusal = not_a_history(given) or _not_entries(any_given)
    if refusal is not None:
        raise refusal
    return Records(any_given, Times.of(tz, at_unit))


def records_for(given: History | ArrowStream | Iterable[Given], id_types: Collection[IdType]) -> History | Records:
    """Return the records of what ``records_of`` takes, as settings with these idTypes read them."""
    records = records_of(given)
    return records.for_types(id_types) if isinstance(records, History) else records


def _not_entries(given: Iterable[Any]) -> InvalidHistory | None:
    """Return the error for a collection of nothing but texts, paths, frames or histories; None for any other."""
    if not isinstance(given, Collection) or not all(
        isinstance(each, History | Records) or is_no_entry(each) for each in given
    ):
        return None
    first = next(iter(given), None)
    if isinstance(first, History | Records):
        return InvalidHistory(
            f"a {type(first).__name__} is not a record; expected read_history([...]) with the names of all files, or "
            "one list of the records of all"
        )
    return None if first is None else not_entries(first, more=len(given) > 1)
