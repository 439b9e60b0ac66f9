"""The stream of a synthetic history: what people leave behind, in the order in which it arrives; and its files.

What makes it hard: a household's landline, numbers that change hands, firms that share a mailbox, typos,
values that mean nothing, one number written in many ways, people who come back with another number or
address, and records that arrive late. A few lines add, replace, remove and delete.
"""

import gzip
import heapq
import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import msgspec

from resolver.atomic_files import atomic_files
from resolver.generate.dice import Dice
from resolver.generate.numbers import written
from resolver.generate.people import Person, World
from resolver.generate.touchpoints import SOURCES, identifiers
from resolver.names import Milliseconds

Line: TypeAlias = dict[str, Any]

TRUTH_SUFFIX = ".truth.csv"
"""What the name of the truth adds to the name of the history."""

_Sink: TypeAlias = BinaryIO | gzip.GzipFile

_START: Milliseconds = 1_735_689_600_000
"""2025-01-01T00:00:00Z."""

_SPAN: Milliseconds = 540 * 86_400_000
"""The time that a history covers, however many records it has."""

_SLOWEST = 60
"""How many other records may overtake a late one."""


def generate(records: int, seed: int) -> Iterator[tuple[Line, str]]:
    """Return the lines of a history, as dicts ready for JSON, each with the person whom it is about.

    *records* counts the ``resolve`` lines, each of which has a ``ref`` of its own; the other lines come on
    top, about one to twenty of them. The same *seed* gives the same lines in every Python. Memory grows
    with the people, of whom there is about one to three records. ``ValueError`` for a negative number of
    records.

    >>> lines = [line for line, _ in generate(records=200, seed=7)]
    >>> sum(line["op"] == "resolve" for line in lines)
    200
    """
    if records < 0:
        raise ValueError(f"records: {records!r} is negative; expected 0 or more")
    return _Stream(records, Dice(seed)).lines()


class _Pending(NamedTuple):
    """A record on its way: after which record it arrives, its number, and what it shows of whom."""

    due: int
    number: int
    line: Line
    person: Person
    shows: dict[str, str]


class _Stream:
    """One history in the making."""

    __slots__ = ("_at", "_dice", "_records", "_world")

    def __init__(self, records: int, dice: Dice) -> None:
        self._records = records
        self._dice = dice
        self._world = World(dice)
        self._at: Milliseconds = _START

    def lines(self) -> Iterator[tuple[Line, str]]:
        """Yield the lines in the order of their arrival."""
        on_the_way: list[_Pending] = []
        step = 2 * _SPAN // max(1, self._records)
        for number in range(1, self._records + 1):
            self._at += self._dice.below(step)
            person = self._somebody()
            command = self._life(person)
            if command is not None:
                yield command, person.id
            record = self._record(number, person)
            if record.due > number:
                heapq.heappush(on_the_way, record)
            else:
                yield _arrived(record)
            while on_the_way and on_the_way[0].due <= number:
                yield _arrived(heapq.heappop(on_the_way))
        while on_the_way:
            yield _arrived(heapq.heappop(on_the_way))

    def _somebody(self) -> Person:
        if not len(self._world) or self._dice.chance(0.3):
            return self._world.newcomer(self._at)
        return self._world.anybody()

    def _record(self, number: int, person: Person) -> _Pending:
        dice = self._dice
        source = dice.pick(SOURCES)
        found, shows = identifiers(source, person, dice)
        line: Line = {
            "op": "resolve",
            "ref": f"{source}:{number:06d}",
            "at": _written_time(self._at),
            "identifiers": found,
        }
        late = 1 + dice.below(_SLOWEST) if dice.chance(0.04) else 0
        return _Pending(number + late, number, line, person, shows)

    def _life(self, person: Person) -> Line | None:
        """Change the person's circumstances now and then; return the line that tells the store, if one does."""
        if person.ref is None or not self._dice.chance(0.13):
            return None
        chance = self._dice.below(100)
        if chance < 40:
            return self._new_mobile(person)
        if chance < 60:
            self._world.change_email(person)
            return None
        if chance < 78:
            return self._new_whatsapp(person)
        return self._moves_out(person) if chance < 98 else self._is_forgotten(person)

    def _new_mobile(self, person: Person) -> Line | None:
        old = person.known.pop("mobile", None)
        self._world.change_mobile(person, self._at)
        if old is None or self._dice.chance(0.4):
            return None
        return self._command(person, "replace", idType="phone", old=old, new=written(person.mobile, self._dice))

    def _new_whatsapp(self, person: Person) -> Line | None:
        if person.uses_whatsapp:
            return None
        person.uses_whatsapp = True
        return self._command(person, "add", idType="whatsapp", value=person.whatsapp)

    def _moves_out(self, person: Person) -> Line | None:
        landline = person.known.pop("landline", None)
        self._world.move_out(person)
        return None if landline is None else self._command(person, "remove", idType="phone", value=landline)

    def _is_forgotten(self, person: Person) -> Line:
        """Delete the person's profile at their wish; they have no ref until they come back."""
        line = self._command(person, "delete")
        person.ref = None
        person.known = {}
        return line

    def _command(self, person: Person, op: str, **fields: str) -> Line:
        return {"op": op, "profile": f"ref:{person.ref}", "at": _written_time(self._at), **fields}


def _arrived(record: _Pending) -> tuple[Line, str]:
    """Return the line; from now on the person can be named by its ref, and has the numbers that it shows."""
    record.person.ref = record.line["ref"]
    record.person.known = record.shows
    return record.line, record.person.id


def _written_time(at: Milliseconds) -> str:
    """Return a time as RFC 3339 in whole seconds.

    >>> _written_time(1_735_689_600_999)
    '2025-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19] + "Z"


def write_history(path: str | os.PathLike[str], records: int, seed: int) -> None:
    """Write a synthetic history as JSON Lines, and its truth (``ref,person``) beside it.

    A *path* that ends in ``.gz`` is compressed, without the time of day: the same *records* and *seed* give
    the same bytes. Both files appear when both are complete, and missing parents with them; until then, and after
    an error, what stood there stays. Raises ``OSError``, and ``ValueError`` for a negative number of records.
    """
    history = Path(path)
    lines = generate(records, seed)
    with atomic_files(history.parent) as place, ExitStack() as opened:
        history_out: _Sink = opened.enter_context((place / history.name).open("wb"))
        truth_out = opened.enter_context((place / f"{history.name}{TRUTH_SUFFIX}").open("wb"))
        if history.suffix == ".gz":
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=history_out, mtime=0, compresslevel=6)
            history_out = opened.enter_context(packed)
        _write(lines, history_out, truth_out)


def _write(lines: Iterator[tuple[Line, str]], history: _Sink, truth: BinaryIO) -> None:
    encode = msgspec.json.Encoder().encode
    truth.write(b"ref,person\n")
    for line, person in lines:
        history.write(encode(line) + b"\n")
        if "ref" in line:
            truth.write(f"{line['ref']},{person}\n".encode())
