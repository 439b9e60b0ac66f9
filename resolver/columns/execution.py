"""Execution: the commands of a numbered history on one store, and what became of each, in columns.

The loop carries out what is ordinary. What is not (a command that names a profile, new settings, ids of your own, a
clock) is executed by the engine, over the same tables; what it tells is written into the same columns.
"""

from array import array
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from resolver.columns import marks
from resolver.columns.arrow_files import ArrowFiles
from resolver.columns.fact_columns import FactColumns
from resolver.columns.loop import Events, execute
from resolver.columns.numbered import Numbered
from resolver.columns.readings import Readings
from resolver.commands import AnyCommand, ApplySettings, PrivacyCommand, Resolve
from resolver.engine import Engine
from resolver.errors import ProfileNotFound, ResolverError
from resolver.kernel import codes
from resolver.kernel.columns import beginning, part_of
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import forget_unheld, root
from resolver.names import IdType, Status, Value, ref_in
from resolver.profiles import id_of, row_of
from resolver.rules.normalization import digest_of
from resolver.ruling import Ruling

OF_PROFILES = ("created_at", "created_by", "parent", "head", "tail", "size", "ring")
"""The columns of the profiles of a store."""

_CODES = {
    Status.UNCHANGED: codes.IS_UNCHANGED,
    Status.UPDATED: codes.IS_UPDATED,
    Status.MERGED: codes.IS_MERGED,
    Status.CREATED: codes.IS_CREATED,
    Status.DELETED: marks.IS_DELETED,
    Status.SETTINGS: marks.IS_SETTINGS,
}
STATUS = {code: status for status, code in _CODES.items()}
"""The status of an applied command, by the code in the column."""


class Execution:
    """What became of the commands of *numbered*, column by column, executed on an *engine* that nobody else uses.

    Command ``e`` has the ``status[e]``; it resolved to the profile ``subject[e]`` at ``times[e]``, and its facts stand
    in ``facts`` from ``first[e]`` to before ``first[e + 1]``. One that was refused has a fact that says why there, or
    an error in ``errors``. ``latest`` has for each ref the profile of its last applied command.

    The engine may have executed commands before; *known* has then the profile of the last one of a ref that is named.
    """

    def __init__(
        self, engine: Engine, numbered: Numbered, known: Mapping[str, ProfileRow] = MappingProxyType({})
    ) -> None:
        self.numbered = numbered
        self.times = array("q")
        self.first = array("i", [0])
        self.status = array("b")
        self.subject = array("i")
        self.latest = array("i")
        self.errors: dict[int, ResolverError] = {}
        self.tables = engine._tables
        self._engine = engine
        self._known = known
        self._scratch = Scratch()
        self.facts = FactColumns(self.tables, self._scratch, numbered.texts)
        self._readings = Readings(numbered, self.tables)
        self._given_in = array("q")
        self._hidden = array("b")
        self._files: ArrowFiles | None = None
        """Where the columns are, if they were put away; the folder lasts as long as this."""
        self.tables.keeps_values = True
        # Arrays also where the loop is not compiled: what is written once and kept takes a quarter of a list's memory.
        s = self._scratch
        who: Any = zeros("i", 16)
        s.fact, s.who, s.what, s.extra = zeros("b", 16), who, zeros("i", 16), zeros("i", 16)
        self._rule()

    def __len__(self) -> int:
        return len(self.status)

    @property
    def ruling(self) -> Ruling:
        """The settings in force."""
        return self._engine._ruling

    def go_on(self, end: int | None = None) -> None:
        """Execute the commands that were numbered meanwhile, up to *end*. New settings must be the last of them."""
        start = len(self)
        end = len(self.numbered) if end is None else end
        size = end - start
        if not size:
            return
        n, tables, s = self.numbered, self.tables, self._scratch
        self.latest.extend(array("i", [codes.NOBODY]) * (len(n.refs) - len(self.latest)))
        idents = n.idents[n.offsets[start] : n.offsets[end]]
        self._readings.go_on(self.ruling, idents)
        self._given_in.frombytes(bytes(8 * (tables.n_values - len(self._given_in))))
        self._hide_new()
        times, first, status, subject = zeros("q", size), zeros("i", size), zeros("b", size), zeros("i", size)
        ruling = self.ruling
        events = Events(
            numbers=n.numbers[start:end],
            ats=self._moments(start, end) if n.moments else n.ats[start:end],
            op=n.op[start:end] if self._is_plain() else _others(size),
            ref_of=n.ref_of[start:end],
            offsets=n.offsets[start : end + 1],
            idents=idents,
            value_of=self._readings.value_of,
            given_in=self._given_in,
            hidden=self._hidden,
            latest=self.latest,
            times=times,
            first=first,
            status=status,
            subject=subject,
            drops=ruling.book.drops_unreadable,
            hides=bool(tables.suppressed),
            stamp=start,
        )
        e = execute(tables, s, ruling.rules, events, 0, size)
        while e < size:
            first[e] = s.n_facts
            status[e], subject[e] = self._execute_alone(start + e)
            times[e] = tables.at
            events.hides = bool(tables.suppressed)
            e = execute(tables, s, ruling.rules, events, e + 1, size)
        del events  # which holds on to columns that grow
        self.times.extend(times)
        self.first.pop()
        self.first.extend(first)
        self.first.append(s.n_facts)
        self.status.extend(status)
        self.subject.extend(subject)

    @property
    def size(self) -> int:
        """The bytes that the columns take in memory which can be put away, those of the history among them."""
        columns = ((getattr(of, name), size) for _, of, names, size in self._tables() for name in names)
        return self.numbered.size + sum(size * _item_size(column) for column, size in columns)

    def finish(self, files: ArrowFiles | None = None) -> None:
        """Let go of what only executing needs, and of the room that columns have to grow; put them into *files*."""
        s = self._scratch
        self._given_in, self._hidden = array("q"), array("b")
        if files is not None:
            self.put_away(files)
        else:
            who: Any = beginning(s.who, s.n_facts)
            s.fact, s.who, s.what = beginning(s.fact, s.n_facts), who, beginning(s.what, s.n_facts)
            s.extra = beginning(s.extra, s.n_extra)
            if self.times == self.numbered.ats:  # each command had a time
                self.times = self.numbered.ats
        self._readings.finish(self.ruling)

    def put_away(self, files: ArrowFiles) -> None:
        """Put the columns into files, one table after the other; no command is executed any more."""
        if self.numbered.files is None:
            self.numbered.put_away(ArrowFiles())
        for table, of, names, size in self._tables():
            columns = {name: _memory_of(getattr(of, name))[:size] for name in names}
            kept = files.put(table, columns, may_change=of is self.tables)  # the way to a profile's end is shortened
            del columns
            for name, column in zip(names, kept, strict=True):
                setattr(of, name, column)
        self._files = files

    def _tables(self) -> list[tuple[str, Any, tuple[str, ...], int]]:
        """Columns by tables, each with its name, what has them, their names there, and how many rows they have."""
        s, t, value_of = self.facts.scratch, self.tables, self._readings.value_of
        indexes = [(f"values_by_hash_{number}", table) for number, table in enumerate(t.index) if table.rows is None]
        return [
            ("steps", self, ("times", "status", "subject"), len(self)),
            ("first_facts", self, ("first",), len(self.first)),
            ("latest", self, ("latest",), len(self.latest)),
            ("facts", s, ("fact", "who", "what"), s.n_facts),
            ("facts_more", s, ("extra",), s.n_extra),
            ("read_texts", self._readings, ("value_of",), len(value_of)),
            ("values", t, ("kind", "owner"), t.n_values),
            ("profiles", t, OF_PROFILES, t.n_profiles),
            ("holds", t, ("held", "added_at", "added_by", "next_hold"), t.n_holds),
            *((name, table, ("slots",), len(table.slots)) for name, table in indexes),
        ]

    def stored(self, event: int) -> list[tuple[IdType, Value]]:
        """What a resolve of the history offered, text by text, as it is stored under the settings at the end."""
        n, texts, value_of, text_of = self.numbered, self.numbered.texts, self._readings.value_of, self.tables.text
        found = []
        for place in range(n.offsets[event], n.offsets[event + 1]):
            text = n.idents[place]
            value = value_of[text]
            if value >= 0:
                found.append((texts.id_types[texts.type_of[text]], text_of[ValueRow(value)]))
        return found

    def stored_rows(self, event: int) -> list[ValueRow]:
        """The same as rows of the values."""
        n, value_of = self.numbered, self._readings.value_of
        found = [value_of[n.idents[place]] for place in range(n.offsets[event], n.offsets[event + 1])]
        return [ValueRow(value) for value in found if value >= 0]

    def offers(self) -> tuple["array[int]", "array[int]", "array[int]"]:
        """Where the texts of each resolve begin, the texts, and for each text the row that it became, or a mark."""
        return self.numbered.offsets, self.numbered.idents, self._readings.value_of

    def store(self) -> Engine:
        """The store at the end, as an engine of its own."""
        engine = self._engine.fork()
        forget_unheld(engine._tables)
        return engine

    def view(self) -> Engine:
        """The store at the end itself, which nobody may change."""
        return self._engine

    def _is_plain(self) -> bool:
        """Whether resolves may be left to the loop: neither ids nor times come from the caller's functions."""
        return self._engine._ids is None and self._engine._clock is None

    def _hide_new(self) -> None:
        """Note of the values that are new whether they are suppressed (P13). O(new values)."""
        tables, names, start = self.tables, self.ruling.names, len(self._hidden)
        self._hidden.frombytes(bytes(tables.n_values - start))
        if tables.suppressed:
            for value in range(start, tables.n_values):
                digest = digest_of(names[tables.kind[ValueRow(value)]], tables.text[ValueRow(value)])
                self._hidden[value] = digest in tables.suppressed

    def _hide_named(self, command: PrivacyCommand) -> None:
        """Note of the values that a command named whether they are suppressed now."""
        tables = self.tables
        for id_type, kind, _, text in self._engine._named(command):
            value = tables.index[kind].find(tables.text, text)
            if 0 <= value < len(self._hidden):  # those of later blocks are looked at when they are new
                self._hidden[value] = digest_of(id_type, text) in tables.suppressed

    def _rule(self) -> None:
        """Note that other settings are in force: no text has been read under them."""
        self.facts.rule(self.ruling)
        self._readings.forget()

    def _moments(self, start: int, end: int) -> "array[int]":
        """The times of some commands, also of those that have none and whose time is known."""
        ats, lines, moments = part_of(self.numbered.ats, start, end), self.numbered.lines, self.numbered.moments
        for place, at in enumerate(ats):
            if at == marks.NOW:
                ats[place] = moments.get(lines[start + place], at)
        return ats

    # Commands that are executed by themselves

    def _execute_alone(self, event: int) -> tuple[int, int]:
        """Execute a command with the engine; its status and its profile."""
        n, ruling = self.numbered, self.ruling
        self._readings.note_others()
        command = n.others.get(event)
        if command is None:
            command = n.resolve(event)
        if n.moments and command.at is None:
            command = msgspec.structs.replace(command, at=n.moments.get(n.lines[event]))
        try:
            outcome = self._engine.execute(self._with_id(command), number=n.numbers[event])
        except ResolverError as error:
            error.__traceback__ = error.__cause__ = error.__context__ = None
            self.errors[event] = error
            return marks.IS_REJECTED, codes.NOBODY
        self.facts.take(outcome.facts, ruling)
        profile = codes.NOBODY if outcome.profile_id is None else row_of(self.tables, outcome.profile_id)
        ref = n.ref_of[event]
        if ref >= 0 and profile >= 0:
            self.latest[ref] = profile
        if type(command) is ApplySettings:
            self._rule()
        elif isinstance(command, PrivacyCommand):
            self._hide_named(command)
        return _CODES[outcome.status], profile

    def _with_id(self, command: AnyCommand) -> AnyCommand:
        """Put the id of its profile in the place of a ``ref:`` name."""
        ref = None if type(command) is Resolve else ref_in(getattr(command, "profile_id", None))
        if ref is None:
            return command
        number = self.numbered.refs.number(ref)
        profile = ProfileRow(self.latest[number]) if 0 <= number < len(self.latest) else codes.NOBODY
        if profile < 0:
            profile = self._known.get(ref, codes.NOBODY)
        if profile < 0:
            raise ProfileNotFound(f"no applied record before this line has the ref {ref!r}")
        if root(self.tables, profile) < 0:
            raise ProfileNotFound(f"the profile of ref {ref!r} was deleted before this line")
        renamed: AnyCommand = msgspec.structs.replace(command, profile_id=id_of(self.tables, profile))
        return renamed


def _others(size: int) -> "array[int]":
    """So many commands that are all to be executed by themselves."""
    return array("b", [marks.OTHER]) * size


def zeros(code: str, size: int) -> "array[int]":
    """A column of zeros that does not grow."""
    return array(code, bytes(size * array(code).itemsize))


def _memory_of(column: Any) -> memoryview:
    """Return the memory of a column, which is a list where the kernel is not compiled."""
    return memoryview(array("q", column) if isinstance(column, list) else column)


def _item_size(column: Any) -> int:
    return 8 if isinstance(column, list) else memoryview(column).itemsize
