"""Interned: a history of ``resolve`` commands in integers, read once for any number of settings.

Every different raw text of an idType gets a number at its first place. Nothing here depends on settings.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from resolver.bulk.marks import NOW
from resolver.bulk.texts import Texts, across
from resolver.commands import Resolve
from resolver.errors import InvalidCommand
from resolver.history import History, Record, Records, records_of
from resolver.history.record import LineError
from resolver.history.tables import Table
from resolver.names import IdType
from resolver.settings import Settings
from resolver.simulate.collector import rarely_collecting

if TYPE_CHECKING:
    from resolver.bulk.run import BulkRun

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
    each with the number of events before it. Raises ``NotInBulk``, ``InvalidHistory``. Time: a dict look-up
    an identifier; memory: the different texts and refs, 4 bytes an identifier, and 28 an event. A table (CSV, Parquet)
    is read in columns; those that are none of *id_types* (None: of what the history was told) are left out.

    >>> history = [{"identifiers": {"email": "ada@example.com"}}, {"identifiers": {"email": "ada@example.com"}}]
    >>> Interned(history).texts
    ['ada@example.com']
    """

    def __init__(self, history: Iterable[Any], id_types: Collection[IdType] | None = None) -> None:
        self.given: History | Records = records_of(history)
        self.records = self.given
        if id_types is not None and isinstance(self.given, History):
            self.records = self.given.for_types(id_types)
        self.is_sorted = isinstance(self.records, History) and self.records.is_sorted
        self.lines = array("q")
        self.ats = array("q")
        self.offsets = array("q", [0])
        self.idents = array("i")
        self.ref_of = array("i")
        self.refs: list[str | None] = []
        self._numbers = Texts()
        self.texts, self.type_of, self.id_types = self._numbers.texts, self._numbers.type_of, self._numbers.id_types
        self.rejected: list[tuple[int, Record]] = []
        self.known: dict[Any, Any] = {}
        self.read = 0
        self.late = 0
        self._ref_numbers: dict[str, int] = {}
        self._has_nameless = False
        self._line_like: tuple[int, str] | None = None
        with rarely_collecting():
            self._read()
        self._count_late()
        self._numbers, self._ref_numbers = Texts(), {}

    def _read(self) -> None:
        if isinstance(self.records, History):
            for block in self.records.blocks():
                if block.table is None or not self._take_table(block.table):
                    self._take_all(block.records())
        else:
            self._take_all(self.records)

    def __len__(self) -> int:
        return len(self.lines)

    def in_bulk(self, settings: Settings | None, engine_options: dict[str, Any]) -> "BulkRun | None":
        """Give what ``replay`` gives of this history, None where that is left to the engine."""
        from resolver.bulk.replay import bulk_replay, can_bulk  # late, as it reads this

        if not can_bulk(settings, self, **engine_options):
            return None
        return bulk_replay(self, settings, **engine_options)

    def ref(self, event: int) -> str:
        """Give the ref of an event; one without is named by its line."""
        ref = self.refs[self.ref_of[event]]
        return f"{LINE}{self.lines[event]}" if ref is None else ref

    def _take_table(self, table: Table) -> bool:
        """Take the rows of a table column by column; False, with nothing taken, if they have to be told one by one."""
        try:
            ats, refs = [NOW if at is None else at for at in table.ats()], table.refs()
            read = [self._numbers.of_column(*column) for column in table.identifiers()]
        except LineError:
            return False
        if not all(_LOWEST < at < _HIGHEST or at == NOW for at in ats):
            return False
        table.note_splits(read)
        idents, counts = across(read, table.count)
        self.idents.extend(idents)
        self.offsets.extend(accumulate(counts[1:], initial=self.offsets[-1] + counts[0]))
        self.ats.extend(ats)
        self.lines.extend(range(table.first, table.first + table.count))
        self.read += table.count
        self._refer_all(table.first, refs)
        return True

    def _take_all(self, records: Iterable[Record]) -> None:
        for record in records:
            self.read += 1
            if record.command is None:
                self.rejected.append((len(self.lines), record))
            elif type(record.command) is Resolve and record.command.new_profile_id is None:
                self._take(record, record.command)
            else:
                raise NotInBulk(
                    f"line {record.line}: {record.op!r} is not done in bulk; expected resolve, without an id"
                )

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
        tables, idents = self._numbers.tables, self.idents
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
        ref = record.ref
        if self.is_sorted and ref is None:  # whose line is not its number
            ref = f"{LINE}{record.line}"
        self._refer(record.line, ref)
        self.offsets.append(len(self.idents))

    def _refer_all(self, first: int, refs: Sequence[str | None]) -> None:
        new = dict.fromkeys([ref for ref in refs if ref is not None and not ref.startswith(LINE)])
        if len(new) < len(refs) or not new.keys().isdisjoint(self._ref_numbers.keys()):
            for line, ref in enumerate(refs, first):
                self._refer(line, ref)
            return
        numbers = range(len(self.refs), len(self.refs) + len(refs))
        self._ref_numbers.update(zip(new, numbers, strict=True))
        self.refs.extend(new)
        self.ref_of.extend(numbers)

    def _refer(self, line: int, ref: str | None) -> None:
        number = None if ref is None else self._ref_numbers.get(ref)
        if number is None:
            number = len(self.refs)
            self.refs.append(ref)
            if ref is not None:
                self._ref_numbers[ref] = number
            self._watch(line, ref)
        self.ref_of.append(number)

    def _watch(self, line: int, ref: str | None) -> None:
        """Refuse lines without a ref beside refs that read like theirs."""
        if ref is None:
            self._has_nameless = True
        elif ref.startswith(LINE):
            self._line_like = self._line_like or (line, ref)
        if self._has_nameless and self._line_like is not None:
            line, ref = self._line_like
            raise NotInBulk(
                f"line {line}: the ref {ref!r} reads like that of a line without one, and there are such lines"
            )

    def _add(self, id_type: IdType, raw: object) -> None:
        if not isinstance(raw, list | tuple):
            self.idents.append(self._number(id_type, raw))
        elif raw:
            self.idents.extend([self._number(id_type, each) for each in raw])
        else:
            self.idents.append(self._numbers.number(id_type, None))

    def _number(self, id_type: IdType, raw: object) -> int:
        if isinstance(raw, str):
            return self._numbers.number(id_type, str.__str__(raw))
        return self._numbers.no_text(id_type, raw)

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
