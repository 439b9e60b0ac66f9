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
from resolver.kernel.columns import filled
from resolver.kernel.rows import Column
from resolver.kernel.tables import Tables, enter_value, next_value_row
from resolver.names import BlockedThen, Value
from resolver.rules.checks import Normalization
from resolver.ruling import IdTypeTable, Ruling


class TypeReading:
    """How the texts of one idType are read: by its normalization, unless another run has asked the same one before.

    *before* has the rows of that run by the numbers of the texts, and *values* its texts by their rows.
    """

    __slots__ = ("before", "book", "read", "table", "values", "waiting")

    def __init__(
        self, ruling: Ruling, table: IdTypeTable | None, read: Normalization | None, before: Any, values: list[Value]
    ) -> None:
        self.table = table
        """None where the idType is not configured."""
        self.read = read
        self.book = ruling.book
        self.before: Column[Any, Any] = before
        self.values = values
        self.waiting: list[str] = []
        """The texts of the values that are looked up next."""

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

    __slots__ = ("_marks", "are_all", "numbered", "tables", "value_of")

    def __init__(self, numbered: Numbered, tables: Tables) -> None:
        self.numbered = numbered
        self.tables = tables
        self.value_of = array("i")
        """The rows and marks, by the numbers of the texts."""
        self.are_all = True
        """Whether all texts were read under the same settings."""
        self._marks = filled("q", 0, codes.AHEAD)

    def forget(self) -> None:
        """Note that other settings are in force: no text has been read under them."""
        self.are_all = not self.value_of
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
            self._read(self._of_new(ruling), self.numbered.texts.texts, self.numbered.texts.type_of, new, self.value_of)
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

    def _read(
        self,
        reading_of: list[TypeReading],
        raws: list[Any],
        type_of: Column[Any, Any],
        wanted: Column[Any, Any],
        value_of: Column[Any, Any],
    ) -> None:
        """Set what the *wanted* texts become, so many at a time that their values can be looked up together."""
        t = self.tables
        start, size = 0, len(wanted)
        while start < size:
            end = min(start + codes.AHEAD, size)
            forms = []
            for place in range(start, end):
                text = wanted[place]
                reading: TypeReading = reading_of[type_of[text]]
                form = reading.form(text, raws[text])
                forms.append(form)
                if type(form) is str:
                    reading.waiting.append(form)
            for reading in reading_of:
                if reading.waiting:
                    table: Any = reading.table
                    table.rows.look_ahead(t.text, reading.waiting, 0, len(reading.waiting), self._marks)
                    reading.waiting = []
            for place in range(start, end):
                text, form = wanted[place], forms[place - start]
                if type(form) is str:
                    reading = reading_of[type_of[text]]
                    value_of[text] = row_of_text(t, reading.table, form)
                else:
                    value_of[text] = form
            start = end

    def _of_new(self, ruling: Ruling) -> list[TypeReading]:
        """How new texts are read: each is asked once, so nothing remembers the answers."""
        once, configs = ruling.book.normalizers.once, ruling.book.settings.identifier_configs
        reads = {config.id_type: once(config.normalization) for config in configs}
        made = normalizations(ruling) if self.numbered.known else {}
        found = []
        for id_type in self.numbered.texts.id_types:
            key, own = made.get(id_type, (None, None))
            known_own, before, values = self.numbered.known.get(key, (None, None, []))
            if before is None or known_own is not own:
                before, values = array("i"), []
            found.append(TypeReading(ruling, ruling.types.get(id_type), reads.get(id_type), before, values))
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
    if value < 0:
        row = next_value_row(t, 0, table.number)
        enter_value(t, row, text)
        return row
    return value


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
