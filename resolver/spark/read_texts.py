"""Read texts: what the texts of numbered lines tie by, each read once, by the columns that a replay reads them with."""

from collections.abc import Iterator, Sequence
from typing import Any

from resolver.columns import marks
from resolver.columns.numbered import Numbered
from resolver.columns.readings import Readings, normalizations
from resolver.coupling import Coupling, value_node
from resolver.engine import Engine
from resolver.kernel.rows import ValueRow
from resolver.names import IdType, Value
from resolver.spark.keys import keys_of, keys_of_bytes, keys_of_lines
from resolver.spark.packages import numpy
from resolver.spark.reading import How


class ReadTexts:
    """The texts of numbered lines as some settings read them that read all texts alike.

    ``keys`` are those of the values, by their rows, ``value_of`` the row of each text, or the mark that says why it
    became none (N8).
    """

    def __init__(self, engine: Engine, numbered: Numbered) -> None:
        self._numbered = numbered
        self._tables, self._ruling = engine._tables, engine._ruling
        self._readings = Readings(numbered, self._tables)
        self.uniques: set[IdType] = set()
        """The idTypes whose values tie by themselves under some of the settings."""
        self.others: set[IdType] = set()
        """Those whose values do not under some."""
        self.keys = self.value_of = numpy().zeros(0, "int64")
        self.refuses = {marks.UNKNOWN, marks.BLOCKS}
        """The marks of texts for which a line is refused whatever the others do."""
        if not engine._ruling.book.drops_unreadable:
            self.refuses.add(marks.UNREADABLE)

    def add(self, coupling: Coupling) -> None:
        """Let there be further settings that read all texts so."""
        self.uniques |= coupling.types
        self.others |= {*self._ruling.types} - coupling.types

    def go_on(self) -> None:
        """Read the texts that came since."""
        np, t, start = numpy(), self._tables, len(self.keys)
        self._readings.go_on(self._ruling, ())
        self.value_of = np.array(self._readings.value_of, np.int64)
        kinds = np.asarray(t.kind, np.int64)[start : t.n_values]
        keys = np.empty(len(kinds), np.int64)
        for kind in np.unique(kinds).tolist():
            places = np.flatnonzero(kinds == kind)
            texts = [t.text[ValueRow(row)] for row in (places + start).tolist()]
            keys[places] = keys_of(texts, value_node(self._ruling.names[kind], Value("")))
        self.keys = np.concatenate([self.keys, keys])


def ways_of(how: How, couplings: Sequence[Coupling], numbered: Numbered) -> list[ReadTexts]:
    """Return how the texts of lines are read under all settings, each different way once."""
    found: list[tuple[dict[str, Any], ReadTexts]] = []
    for settings, coupling in zip(how.settings, couplings, strict=True):
        engine = Engine(settings, **how.options)
        way = normalizations(engine._ruling)
        mine = next((texts for known, texts in found if known == way), None)
        if mine is None:
            mine = ReadTexts(engine, numbered)
            found.append((way, mine))
        mine.add(coupling)
    return [texts for _, texts in found]


class RefKeys:
    """The keys of refs by their numbers, and the lines of those that are named by one."""

    def __init__(self, numbered: Numbered, of_line: str, of_ref: str) -> None:
        self._refs = numbered.refs
        self._prefixes = of_line, of_ref
        self.keys = self.lines = numpy().zeros(0, "int64")

    def go_on(self) -> None:
        """Look at the refs that came since."""
        np = numpy()
        written, given = self._refs.since(len(self.keys))
        lines = np.array(given, np.int64)
        keys = np.empty(len(lines), np.int64)
        of_line, of_ref = self._prefixes
        is_line = lines > 0
        keys[is_line] = keys_of_lines(of_line, lines[is_line])
        stops = np.flatnonzero(np.frombuffer(written, np.uint8) == 255) + 1
        keys[~is_line] = keys_of_bytes(of_ref, written, np.concatenate([[0], stops]), 1)
        self.keys, self.lines = np.concatenate([self.keys, keys]), np.concatenate([self.lines, lines])


class Lists:
    """Lists of integers, of which several may be put together entry by entry."""

    def __init__(self, places: Any, entries: Any) -> None:
        self.places = places
        """The list of each entry."""
        self.entries = entries

    @classmethod
    def of(cls, every: Iterator["Lists"] | Sequence["Lists"]) -> "Lists":
        """Return several in one; a list that is in several has the entries of all."""
        np, every = numpy(), [*every]
        if len(every) == 1:
            return every[0]
        places = np.concatenate([each.places for each in every])
        order = np.argsort(places, kind="stable")
        return cls(places[order], np.concatenate([each.entries for each in every])[order])

    def ends(self, size: int) -> Any:
        """Return where each of so many lists ends, after a 0."""
        np = numpy()
        return np.concatenate([[0], np.cumsum(np.bincount(self.places, minlength=size))])
