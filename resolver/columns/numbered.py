"""Numbered: a history in columns of integers, read once for any number of settings; nothing here depends on settings.

Every different raw text of an idType gets a number at its first place, and so does every ref.
"""

import weakref
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import copy
from typing import Any

from resolver.columns import marks
from resolver.columns.arrow_files import ArrowFiles
from resolver.columns.block import HIGHEST, LOWEST, Block, take_lines
from resolver.columns.refs import Refs
from resolver.columns.sources import Fingerprint, NoSources, Sources
from resolver.columns.texts import Texts, Values
from resolver.commands import AnyCommand, ApplySettings, Resolve
from resolver.history import History, Record, records_of
from resolver.history.blocks import Chosen, ColumnBlock
from resolver.history.column_loops import add_to_all, count_late, renumber
from resolver.history.jsonl import DecodedLines
from resolver.history.opening import ArrowStream
from resolver.kernel.columns import copied
from resolver.names import IdType

EVERY = 1000
"""Records in a block, where they come one by one."""

BLOCK = 65_536
"""Commands in a block that is executed again: between two of them Ctrl-C is heard."""

NumbersOf = Callable[["array[int]"], "array[int]"]
"""Returns the numbers of the commands of some lines."""

TakeOut = Callable[[AnyCommand, str | None], AnyCommand | None]
"""Returns a command without what is supposed never to have been; None if nothing of it is left."""


class Numbered:
    """The commands of a history, column by column, read block by block.

    Command ``e`` has the number ``numbers[e]`` and the line ``lines[e]``, the time ``ats[e]`` (``NOW`` without one) and
    the ref with the number ``ref_of[e]``; it is ``op[e]``. A resolve has the texts
    ``idents[offsets[e]:offsets[e + 1]]``, where ``texts`` says what they are; any other command stands in ``others``.
    ``rejected`` are the records that could not be understood, each with the number of commands before it. Memory: the
    different texts and refs, 4 bytes an identifier, and 29 a command.

    >>> history = Numbered([{"identifiers": {"chat": "ada"}}, {"identifiers": {"chat": ["ada", "bob"]}}]).read_all()
    >>> history.texts.texts, list(history.idents), list(history.offsets)
    (['ada', 'bob'], [0, 0, 1], [0, 1, 3])
    """

    def __init__(
        self,
        history: Iterable[Any] | ArrowStream,
        id_types: Collection[IdType] | None = None,
        *,
        keeps_sources: bool = False,
        order: NumbersOf | None = None,
    ) -> None:
        self.given = records_of(history)
        self.records = self.given
        if id_types is not None and isinstance(self.given, History):
            self.records = self.given.for_types(id_types)
        self.id_types = id_types
        self.order = order
        """What numbers commands have in a history that is given in another order than that of its lines."""
        self.is_sorted = order is not None or (isinstance(self.records, History) and self.records.is_sorted)
        self.lines = array("q")
        self.numbers = array("q") if self.is_sorted else self.lines
        self.ats = array("q")
        self.op = array("b")
        self.offsets = array("q", [0])
        self.idents = array("i")
        self.ref_of = array("i")
        self.refs = Refs(self.lines, self.ref_of)
        self.texts = Texts()
        self.others: dict[int, AnyCommand] = {}
        self.rejected: list[tuple[int, Record]] = []
        self.sources = Sources(keeps_sources)
        self.unreadable = 0
        """How many they were, also where they have been told and forgotten."""
        self.read = 0
        self.left_out = 0
        self.late = 0
        self.is_complete = False
        """Whether it has been read to its end."""
        self.files: ArrowFiles | None = None
        """Where the columns are, once they have been put away."""
        self.known: dict[Any, Any] = {}
        """What texts became under the normalizations of some settings, for other settings that share them."""
        self.values: Values | None = None
        """The same of all texts together, where a run asked for all of them."""
        self.moments: Mapping[int, int] = {}
        """The times of lines that have none, where they are known; else such a line has that of the command before."""
        self._latest: int | None = None
        self._fingerprint = Fingerprint(self.records)

    def __len__(self) -> int:
        return len(self.op)

    @property
    def fingerprint(self) -> int:
        """The checksum of the records read so far."""
        return self._fingerprint.value

    def read_all(self) -> "Numbered":
        """Read what is left of the history."""
        for _ in self.blocks():
            pass
        return self

    def forget_rejected(self) -> int:
        """Forget the records that are no commands and were told, unless they are told again; how many are kept."""
        if not self.sources.keeps:
            self.rejected.clear()
        return len(self.rejected)

    def serves(self, id_types: Collection[IdType]) -> bool:
        """Whether settings with these idTypes read the same columns of a table, if it is one."""
        if not isinstance(self.given, History) or not self.given.takes_any_column:
            return True
        return self.id_types is not None and {*self.id_types} == {*id_types}

    def alone(self) -> "Numbered":
        """Return the same columns without what they were read from and what runs know, so that they can be pickled.

        They serve any settings.
        """
        same = copy(self)
        same.given = same.records = records_of([])
        same.sources = NoSources()
        same.known, same.values = {}, None
        if self.files is not None:
            same.files = None
            for name in ("lines", "numbers", "ats", "op", "ref_of", "offsets", "idents"):
                setattr(same, name, copied(getattr(self, name)))
        return same

    @property
    def _columns(self) -> tuple[str, ...]:
        return (*(() if self.numbers is self.lines else ("numbers",)), "lines", "ats", "op", "ref_of")

    @property
    def size(self) -> int:
        """The bytes that the columns take in memory; none once they have been put away."""
        if self.files is not None:
            return 0
        columns: list[array[int]] = [getattr(self, name) for name in self._columns]
        return sum(len(column) * column.itemsize for column in (*columns, self.offsets, self.idents)) + self.refs.size

    def put_away(self, files: ArrowFiles) -> None:
        """Put the columns into files, unless they are in some already; they have been read to the end."""
        if self.files is not None:
            return
        are_lines = self.numbers is self.lines
        names = self._columns
        columns = files.put("commands", {name: getattr(self, name) for name in names})
        (self.offsets,) = files.put("offsets", {"offset": self.offsets})
        (self.idents,) = files.put("identifiers", {"text": self.idents})
        self.refs.put_away(files)
        for name, column in zip(names, columns, strict=True):
            setattr(self, name, column)
        if are_lines:
            self.numbers = self.lines
        self.files = files

    def ends(self) -> Iterator[int]:
        """Where the blocks end in which a history that was read is executed again."""
        settings = [event for event, command in self.others.items() if type(command) is ApplySettings]
        start = 0
        for end in (*(event + 1 for event in settings), len(self)):
            yield from range(start + BLOCK, end, BLOCK)
            yield end
            start = end

    def blocks(self, take_out: TakeOut | None = None) -> Iterator[None]:
        """Read block after block; new settings are the last command of theirs. *take_out* sees every command first."""
        if isinstance(self.records, History) and take_out is None:
            for part in self.records.parts():
                if isinstance(part, ColumnBlock):
                    self._take_block(part)
                    yield
                elif isinstance(part, DecodedLines):
                    self._take_lines(part)
                    yield
                else:
                    yield from self._take_all(part, None)
        else:
            yield from self._take_all(self.records, take_out)
        self.texts.forget()
        self.is_complete = True

    def resolve(self, event: int) -> Resolve:
        """The command of a resolve that stands in the columns, with its identifiers as pairs."""
        pairs: list[tuple[IdType, Any]] = []
        for text in self.idents[self.offsets[event] : self.offsets[event + 1]]:
            id_type, raw = self.texts.given(text)
            pairs.append((id_type, [] if raw is None and self.texts.texts[text] is None else raw))
        return Resolve(pairs, None if self.ats[event] == marks.NOW else self.ats[event])

    def _take_block(self, block: ColumnBlock) -> None:
        """Take a block of columns: its different texts and refs are numbered here, and what has their codes follows."""
        first, rejected = len(self), len(block.rejected)
        numbers = array("i")
        for id_type, texts in block.columns():
            numbers.extend(self.texts.numbers(id_type, texts))
        idents, offsets = block.idents[:], block.offsets[1:]
        renumber(idents, numbers)
        add_to_all(offsets, self.offsets[len(self.offsets) - 1])
        self.sources.add(first, block.sources)
        self._fingerprint.take_block(block)
        self._count_late_in(block.ats)
        self.rejected.extend((first + place, record) for place, record in block.rejected)
        self.unreadable += rejected
        self._take_numbers_of(block.lines)
        self.ats.extend(block.ats)
        self.op.frombytes(bytes(len(block)))
        self.idents.extend(idents)
        self.offsets.extend(offsets)
        self.refs.add_block(first, block.refs, block.ref_texts)
        self.read += len(block) + rejected

    def _count_late(self, given: Iterable[int]) -> None:
        latest, late = self._latest, 0
        for at in given:
            if latest is not None and at < latest:
                late += 1
            else:
                latest = at
        self._latest = latest
        self.late += late

    def _count_late_in(self, ats: "array[int]") -> None:
        """Do the same for a column of times, where ``NOW`` stands for none."""
        before = marks.NOW if self._latest is None else self._latest
        late, latest = count_late(ats, before, marks.NOW)
        self.late += late
        self._latest = None if latest == marks.NOW else latest

    def _take_all(self, records: Iterable[Record], take_out: TakeOut | None) -> Iterator[None]:
        """Take records one by one, ``EVERY`` of them in a block."""
        block: list[Record] = []
        for record in records:
            block.append(record)
            if len(block) == self._until_next or type(record.command) is ApplySettings:
                self._take_records(block, take_out)
                block = []
                yield
        self._take_records(block, take_out)
        yield

    @property
    def _until_next(self) -> int:
        """How many records are missing until the next whole number of blocks was read."""
        return EVERY - self.read % EVERY

    def _take_records(self, records: list[Record], take_out: TakeOut | None) -> None:
        """Take some records as a block."""
        sources: list[Any] = []
        self.sources.add(len(self), sources)
        self._fingerprint.take_all(records)
        block = self._block(len(records))
        sources.extend(record.source for record in records if self._take_record(block, record, take_out))
        self._take(block)

    def _take_lines(self, part: DecodedLines) -> None:
        """Take decoded lines as a block; a line that is out of the ordinary is taken as a record."""
        entries, first, rejected = part.entries, len(self), dict[int, Any]()
        block = self._block(len(entries))
        place = 0
        while (end := take_lines(block, entries, part.numbers, part.times, place)) < len(entries):
            self.read += end - place
            record = part.record(end)
            if not self._take_record(block, record, None):
                rejected[end] = record.source
            place = end + 1
        self.read += end - place
        self._fingerprint.take_lines(part.sources, rejected)
        sources = part.sources
        if rejected:
            sources = Chosen(sources, [place for place in range(len(entries)) if place not in rejected])
        self.sources.add(first, sources)
        self._take(block)

    def _take_record(self, block: Block, record: Record, take_out: TakeOut | None) -> bool:
        """Take a record into a block; False if it is no command, or none any more."""
        self.read += 1
        command = record.command
        if command is not None and take_out is not None:
            command = take_out(command, ref_of(record))
            self.left_out += command is None
        if command is None:
            if record.command is None:
                self.rejected.append((block.first + block.count, record))
                self.unreadable += 1
            return False
        at: Any = command.at
        is_plain = type(command) is Resolve and command.new_profile_id is None
        if type(at) is int and LOWEST < at < HIGHEST:
            block.times.append(at)
        else:
            if at is not None:
                is_plain = False
                if isinstance(at, int):
                    block.times.append(at)
            at = marks.NOW
        if is_plain:
            start = self.texts.n_taken
            identifiers: Any = command.identifiers  # type: ignore[union-attr]
            if type(identifiers) is dict:
                for id_type, raw in identifiers.items():
                    if type(id_type) is not str:
                        is_plain = False
                        break
                    self._add(id_type, raw)
            else:
                is_plain = self._add_pairs(identifiers)
            if not is_plain:
                self.texts.n_taken = start
        if not is_plain:
            self.others[block.first + block.count] = command
        if self.is_sorted and self.order is None:
            self.numbers.append(self.read)
        op = marks.RESOLVE if is_plain else marks.OTHER
        block.add(record.line, at, op, record.ref, type(command) is Resolve)
        return True

    def _block(self, room: int) -> Block:
        return Block(self.texts, room, len(self), self.offsets[len(self.offsets) - 1])

    def _take(self, block: Block) -> None:
        """Add a block to the columns."""
        self._count_late(block.times)
        self.op.extend(block.column(block.op))
        self.ats.extend(block.column(block.ats))
        self._take_numbers_of(block.column(block.lines))
        self.offsets.extend(block.column(block.ends))
        self.idents.extend(self.texts.end())
        self.refs.add_all(block.refs, block.lines, block.ref_of)

    def _take_numbers_of(self, lines: "array[int]") -> None:
        """Add the lines of some commands, with their numbers where these are known."""
        self.lines.extend(lines)
        if self.order is not None:
            self.numbers.extend(self.order(lines))

    def _add_pairs(self, identifiers: Any) -> bool:
        """Take identifiers that are pairs; False if they are anything else."""
        if type(identifiers) is not list and type(identifiers) is not tuple:
            return False
        for pair in identifiers:
            if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not str:
                return False
            self._add(*pair)
        return True

    def _add(self, id_type: IdType, raw: object) -> None:
        if isinstance(raw, list | tuple):
            for each in raw:
                self._add_one(id_type, each)
            if not raw:
                self.texts.take(id_type, None)
        else:
            self._add_one(id_type, raw)

    def _add_one(self, id_type: IdType, raw: object) -> None:
        if isinstance(raw, str):
            self.texts.take(id_type, str.__str__(raw))
        else:
            self.texts.take_number(self.texts.no_text(id_type, raw))


def ref_of(record: Record) -> str | None:
    """Return the ref of a record; a resolve without one is named by its line."""
    if record.ref is None and type(record.command) is Resolve:
        return f"line:{record.line}"
    return record.ref


# Numbered once: two runs of one history hold one numbering, as long as its files are what they were

_held: "weakref.WeakKeyDictionary[History, tuple[object, weakref.ref[Numbered]]]" = weakref.WeakKeyDictionary()


def numbered_again(history: History, id_types: Collection[IdType]) -> Numbered | None:
    """Return the numbered form that a run holds, if it serves these idTypes and the files have not changed since."""
    stamp, held = _held.get(history, (None, None))
    numbered = None if held is None else held()
    if numbered is None or stamp is None or stamp != history.stamp or not numbered.serves(id_types):
        return None
    return numbered


def share(history: History, stamp: object, numbered: Numbered) -> None:
    """Let a numbered form be found again, which was read to its end; *stamp* is that of the history before."""
    if stamp is not None and stamp == history.stamp and numbered.sources.keeps:
        _held[history] = stamp, weakref.ref(numbered)
