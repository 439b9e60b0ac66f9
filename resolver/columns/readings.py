"""Readings: what each raw text of a history becomes under the settings in force, found for many texts at a time."""

from array import array
from collections.abc import Iterable
from typing import Any

from resolver.columns import marks
from resolver.columns.numbered import Numbered
from resolver.columns.texts import NoText, Values
from resolver.errors import InvalidIdentifier
from resolver.history.column_loops import count_up
from resolver.kernel import codes
from resolver.kernel.columns import filled, more
from resolver.kernel.rows import Column
from resolver.kernel.tables import Tables, enter_value, make_room_for_holds, make_room_for_values, next_value_row
from resolver.names import BlockedThen, Value
from resolver.rules.checks import Normalization, is_whole
from resolver.ruling import IdTypeTable, Ruling

NOT_COUNTED = -1
"""It is not known how many values are texts that became themselves."""


class TypeReading:
    """How the texts of one idType are read: by its normalization, unless another run has asked the same one before.

    *before* has the rows of that run by the numbers of the texts, and *values* its texts by their rows. *takes_all*
    says that texts are taken as they are. *own* of the values are texts that became themselves, and were the first to.
    """

    __slots__ = ("before", "book", "own", "read", "table", "takes_all", "values", "waiting")

    def __init__(
        self,
        ruling: Ruling,
        table: IdTypeTable | None,
        read: Normalization | None,
        before: Any,
        values: list[Value],
        *,
        takes_all: bool = False,
        own: int = NOT_COUNTED,
    ) -> None:
        self.table = table
        """None where the idType is not configured."""
        self.read = read
        self.takes_all = takes_all and table is not None and table.blocking is None
        self.own = own
        self.book = ruling.book
        self.before: Column[Any, Any] = before
        self.values = values
        self.waiting: list[str] = []
        """The texts of the values that are looked up next."""

    def has_only_own(self) -> bool:
        """Whether all values are texts that became themselves: then a new text that becomes itself is a new value."""
        return self.own == len(self.table.rows)  # type: ignore[union-attr]  # there is one where there are values

    def form(self, number: int, raw: Any) -> Any:
        """What a text becomes: the text of a value, or the mark that says why it becomes none (N8)."""
        if self.table is None:
            return marks.UNKNOWN
        if raw is None:
            return marks.NOTHING
        if number < len(self.before):
            row = self.before[number]
            if row != marks.UNASKED:
                return row if row < 0 else self.values[row]
        if self.takes_all and is_whole(raw):
            return raw
        return self._asked(raw.raw if type(raw) is NoText else raw)

    def _asked(self, raw: Any) -> Any:
        """What a text becomes that has to be read."""
        text = unreadable = None
        try:
            text = self.read(raw)  # type: ignore[misc]  # there is one where there is a table
        except InvalidIdentifier as error:
            unreadable = error.with_traceback(None)  # which has the frames, and so all that they hold
        blocking = self.table.blocking  # type: ignore[union-attr]
        if blocking is not None:
            then = blocking.judged(raw, text if unreadable is None else self.book.kept(raw))
            if then is not None:
                return marks.BLOCKED if then is BlockedThen.DROP else marks.BLOCKS
        if unreadable is not None:
            try:
                text = self.book.instead(raw, unreadable)
            except InvalidIdentifier:
                return marks.UNREADABLE
        if text is None:
            return marks.UNREADABLE
        return raw if text is raw or text == raw else text  # so that each text is held once


class Readings:
    """The row of the value that each text of a history became, or the mark that says why it became none (N8)."""

    __slots__ = ("_marks", "_own", "are_all", "numbered", "tables", "value_of")

    def __init__(self, numbered: Numbered, tables: Tables) -> None:
        self.numbered = numbered
        self.tables = tables
        self.value_of = array("i")
        """The rows and marks, by the numbers of the texts."""
        self.are_all = True
        """Whether all texts were read under the same settings."""
        self._marks = filled("q", 0, codes.AHEAD)
        self._own: dict[int, int] | None = {}
        """How many values of each idType are texts that became themselves; None where that is not counted."""

    def note_others(self) -> None:
        """Note that values may have come from elsewhere."""
        self._own = None

    def forget(self) -> None:
        """Note that other settings are in force: no text has been read under them."""
        self.are_all = not self.value_of
        if not self.are_all:
            self.note_others()
        for text in range(len(self.value_of)):
            self.value_of[text] = marks.UNASKED

    def go_on(self, ruling: Ruling, idents: Iterable[int]) -> None:
        """Read the texts that are new, and those of the next commands that were not read under these settings yet."""
        values = self.numbered.values
        if not self.value_of and values is not None and values.serve(normalizations(ruling)):
            self.value_of = values.put_into(self.tables, ruling.numbers)
        start, size = len(self.value_of), len(self.numbered.texts.texts)
        if start < size:
            new = array("q", bytes(8 * (size - start)))
            count_up(new, start)
            self.value_of.frombytes(bytes(4 * (size - start)))
            readings = self._of_new(ruling)
            self._make_room(size - start)
            self._read(readings, self.numbered.texts.texts, self.numbered.texts.type_of, new, self.value_of)
            if self._own is not None:
                self._own = {kind: reading.own for kind, reading in enumerate(readings)}
        if not self.are_all:
            asked = [text for text in sorted({*idents}) if self.value_of[text] == marks.UNASKED]
            self._read(
                self._of_known(ruling),
                self.numbered.texts.texts,
                self.numbered.texts.type_of,
                array("q", asked),
                self.value_of,
            )

    def finish(self, ruling: Ruling) -> None:
        """Let other runs of the history know what its texts became, if all of them were read under these settings."""
        numbered = self.numbered
        if self.are_all and numbered.is_complete:
            made = normalizations(ruling)
            for key, own in made.values():
                numbered.known[key] = own, self.value_of, self.tables.text
            numbered.values = Values(made, ruling.numbers, self.value_of, self.tables)

    def _make_room(self, new: int) -> None:
        """Make room for so many values and as many holds at once."""
        t = self.tables
        values, holds = t.n_values + new, t.n_holds + new
        if values > len(t.owner):
            make_room_for_values(t, max(values, more(len(t.owner))))
        if holds > len(t.next_hold):
            make_room_for_holds(t, max(holds, more(len(t.next_hold))))

    def _read(
        self,
        reading_of: list[TypeReading],
        raws: list[Any],
        type_of: Column[Any, Any],
        wanted: Column[Any, Any],
        value_of: Column[Any, Any],
    ) -> None:
        """Set what the *wanted* texts become, so many at a time that their values can be looked up together."""
        t, different = self.tables, self.numbered.texts.different
        start, size = 0, len(wanted)
        while start < size:
            end = min(start + codes.AHEAD, size)
            forms = []
            for place in range(start, end):
                text = wanted[place]
                raw = raws[text]
                reading: TypeReading = reading_of[type_of[text]]
                form = reading.form(text, raw)
                if type(form) is not str:
                    value_of[text] = form
                    form = None
                elif form is raw and text < different and not reading.waiting and reading.has_only_own():
                    reading.own += 1
                    value_of[text] = new_row(t, reading.table, form)
                    form = None
                else:
                    reading.waiting.append(form)
                forms.append(form)
            for reading in reading_of:
                if reading.waiting:
                    table: Any = reading.table
                    table.rows.look_ahead(t.text, reading.waiting, 0, len(reading.waiting), self._marks)
                    reading.waiting = []
            for place in range(start, end):
                text, form = wanted[place], forms[place - start]
                if form is not None:
                    reading = reading_of[type_of[text]]
                    value_of[text] = row_of_text(t, reading.table, form)
            start = end

    def _of_new(self, ruling: Ruling) -> list[TypeReading]:
        """How new texts are read: each is asked once, so nothing remembers the answers."""
        once, configs = ruling.book.normalizers.once, ruling.book.settings.identifier_configs
        reads = {config.id_type: once(config.normalization) for config in configs}
        takes_all = {config.id_type for config in configs if config.normalization == "none"}
        made = normalizations(ruling) if self.numbered.known else {}
        found = []
        for kind, id_type in enumerate(self.numbered.texts.id_types):
            own = NOT_COUNTED if self._own is None else self._own.get(kind, 0)
            key, function = made.get(id_type, (None, None))
            known, before, values = self.numbered.known.get(key, (None, None, []))
            if before is None or known is not function:
                before, values = array("i"), []
            table, is_all = ruling.types.get(id_type), id_type in takes_all
            found.append(TypeReading(ruling, table, reads.get(id_type), before, values, takes_all=is_all, own=own))
        return found

    def _of_known(self, ruling: Ruling) -> list[TypeReading]:
        """How texts are read that may have been read before, under other settings."""
        tables = [ruling.types.get(id_type) for id_type in self.numbered.texts.id_types]
        return [
            TypeReading(ruling, table, None if table is None else table.normalize, array("i"), []) for table in tables
        ]


def row_of_text(t: Tables, table: Any, text: Any) -> int:
    """The row of a value of an idType, a new one if need be."""
    value: int = table.rows.find(t.text, text)
    return new_row(t, table, text) if value < 0 else value


def new_row(t: Tables, table: Any, text: Any) -> int:
    """The row of a new value of an idType."""
    row = next_value_row(t, 0, table.number)
    enter_value(t, row, text)
    return row


def normalizations(ruling: Ruling) -> dict[str, tuple[Any, Any]]:
    """For every configured idType what names its normalization here, and the caller's function, if it is one.

    What is blocked of it belongs to the name: it is asked with the normalization.
    """
    book = ruling.book
    blocked = book.settings.policies.blocked
    own, region = book.normalizers.own, book.normalizers.region
    return {
        config.id_type: (
            (config.id_type, config.normalization, region, book.keeps_unreadable, blocked),
            own.get(config.normalization),
        )
        for config in book.settings.identifier_configs
    }
