"""Interned: a history of ``resolve`` commands in integers, read once for any number of settings.

Every different raw text of an idType gets a number at its first place. Nothing here depends on settings.
"""

from array import array
from collections.abc import Iterable
from typing import Any

from resolver.bulk.layout import NOW
from resolver.commands import Resolve
from resolver.errors import InvalidCommand
from resolver.history import History, Record, Records, records_of
from resolver.names import IdType

LINE = "line:"
"""How the ref of a line begins that has none; its number follows."""

_LOWEST, _HIGHEST = -(1 << 62), 1 << 62


class NotInBulk(InvalidCommand):
    """A history holds something that only the engine itself can execute; the message names the line."""


class Interned:
    """The events of a history, column by column.

    Event ``e`` has the line ``lines[e]``, the time ``ats[e]``, the ref ``refs[ref_of[e]]`` and the texts
    ``idents[offsets[e]:offsets[e + 1]]``. Text ``i`` is ``texts[i]`` of the idType ``id_types[type_of[i]]``; a None
    there says that the idType was named without a value. ``rejected`` are the records that could not be understood,
    each with the number of events before it. Raises ``NotInBulk``. Time: a dict look-up an identifier; memory: the
    different texts and refs, 4 bytes an identifier, and 28 an event.

    >>> history = [{"identifiers": {"email": "ada@example.com"}}, {"identifiers": {"email": "ada@example.com"}}]
    >>> Interned(history).texts
    ['ada@example.com']
    """

    def __init__(self, history: Iterable[Any]) -> None:
        self.records: History | Records = records_of(history)
        self.is_sorted = isinstance(self.records, History) and self.records.is_sorted
        self.lines = array("q")
        self.ats = array("q")
        self.offsets = array("q", [0])
        self.idents = array("i")
        self.ref_of = array("i")
        self.refs: list[str | None] = []
        self.texts: list[Any] = []
        self.type_of = array("i")
        self.id_types: list[IdType] = []
        self.rejected: list[tuple[int, Record]] = []
        self.known: dict[Any, Any] = {}
        self.most = 0
        self.read = 0
        self.late = 0
        self._numbers: dict[IdType, dict[str | None, int]] = {}
        self._ref_numbers: dict[str, int] = {}
        self._has_nameless = False
        self._line_like: Record | None = None
        for record in self.records:
            self.read += 1
            if record.command is None:
                self.rejected.append((len(self.lines), record))
            elif type(record.command) is Resolve and record.command.new_profile_id is None:
                self._take(record, record.command)
            else:
                raise NotInBulk(
                    f"line {record.line}: {record.op!r} is not done in bulk; expected resolve, without an id"
                )
        self._count_late()
        self._numbers, self._ref_numbers = {}, {}

    def __len__(self) -> int:
        return len(self.lines)

    def ref(self, event: int) -> str:
        """Give the ref of an event; one without is named by its line."""
        ref = self.refs[self.ref_of[event]]
        return f"{LINE}{self.lines[event]}" if ref is None else ref

    def _take(self, record: Record, command: Resolve) -> None:
        at = command.at
        if at is None:
            at = NOW
        elif type(at) is not int or not _LOWEST < at < _HIGHEST:
            raise NotInBulk(f"line {record.line}: the time {at!r} is not done in bulk; expected milliseconds or None")
        identifiers: Any = command.identifiers
        if type(identifiers) is not dict and type(identifiers) is not list:
            raise NotInBulk(f"line {record.line}: identifiers are read in bulk from a dict or a list of pairs only")
        if type(identifiers) is list:
            _check_pairs(record, identifiers)
        tables, idents = self._numbers, self.idents
        for id_type, raw in identifiers.items() if type(identifiers) is dict else identifiers:
            table = tables.get(id_type)
            number = table.get(raw) if table is not None and type(raw) is str else None
            if number is None:
                if type(id_type) is not str:
                    raise NotInBulk(f"line {record.line}: the idType {id_type!r} is no string, which bulk does not do")
                self._add(id_type, raw)
            else:
                idents.append(number)
        self.ats.append(at)
        self.lines.append(self.read if self.is_sorted else record.line)
        self._refer(record)
        self.most = max(self.most, len(self.idents) - self.offsets[-1])
        self.offsets.append(len(self.idents))

    def _refer(self, record: Record) -> None:
        ref = record.ref
        number = None if ref is None else self._ref_numbers.get(ref)
        if number is None:
            number = len(self.refs)
            self.refs.append(ref)
            if ref is not None:
                self._ref_numbers[ref] = number
            self._watch(record)
        self.ref_of.append(number)

    def _watch(self, record: Record) -> None:
        """Refuse lines without a ref beside refs that read like theirs."""
        if record.ref is None:
            self._has_nameless = True
        elif record.ref.startswith(LINE):
            self._line_like = self._line_like or record
        if self._has_nameless and self._line_like is not None:
            raise NotInBulk(
                f"line {self._line_like.line}: the ref {self._line_like.ref!r} reads like that of a line without one, "
                "and there are such lines"
            )

    def _add(self, id_type: IdType, raw: object) -> None:
        numbers = self._numbers.get(id_type)
        if numbers is None:
            numbers = self._numbers[id_type] = {}
            self.id_types.append(id_type)
        if type(raw) is str:
            number = numbers.get(raw)
            if number is None:
                number = numbers[raw] = self._new(id_type, raw)
            self.idents.append(number)
        elif isinstance(raw, list | tuple):
            for each in raw:
                self._add_one(id_type, numbers, each)
            if not raw:
                number = numbers.get(None)
                if number is None:
                    number = numbers[None] = self._new(id_type, None)
                self.idents.append(number)
        else:
            self._add_one(id_type, numbers, raw)

    def _add_one(self, id_type: IdType, numbers: dict[str | None, int], raw: object) -> None:
        if isinstance(raw, str):
            raw = str.__str__(raw)
            number = numbers.get(raw)
            if number is None:
                number = numbers[raw] = self._new(id_type, raw)
        else:  # no text at all, which no normalization reads; 1, 1.0 and True are reported apart
            number = self._new(id_type, NoText(raw))
        self.idents.append(number)

    def _new(self, id_type: IdType, text: object) -> int:
        self.texts.append(text)
        self.type_of.append(self.id_types.index(id_type))
        return len(self.texts) - 1

    def _count_late(self) -> None:
        latest = NOW
        for at in self.ats:
            if at < latest and at != NOW:
                self.late += 1
            elif at != NOW:
                latest = at


def _check_pairs(record: Record, identifiers: list[Any]) -> None:
    for pair in identifiers:
        if type(pair) is not tuple or len(pair) != 2:
            raise NotInBulk(f"line {record.line}: {pair!r} is not done in bulk; expected a pair of idType and value")


class NoText:
    """Something that stood where a text belongs."""

    __slots__ = ("raw",)

    def __init__(self, raw: object) -> None:
        self.raw = raw
