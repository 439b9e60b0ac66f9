"""Keys: nodes as 64 bits, the same in every process, many at a time by numpy; and those of the texts of numbered lines.

Two nodes with the same key only make a component coarser, and no result wrong, so a sum of bytes is enough in which
each place has a factor of its own. What a text ties by is found once, by the columns that a replay reads it with.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

from resolver.columns import marks
from resolver.columns.numbered import Numbered
from resolver.columns.readings import Readings, normalizations
from resolver.coupling import Coupling, value_node
from resolver.engine import Engine
from resolver.kernel.rows import ValueRow
from resolver.names import IdType, Value
from resolver.spark.packages import arrow, numpy
from resolver.spark.reading import How

LONG = 256
"""Bytes from which on a node stands for its digest."""

_SEED = 0x9E3779B97F4A7C15


def key_of(node: str) -> int:
    r"""Return the key of a node.

    >>> key_of("email\0ada"), key_of("email\0bob")
    (-3984483448893611278, 7314993504358154270)
    """
    return int(keys_of([node])[0])


def keys_of(nodes: Sequence[str], prefix: str = "") -> Any:
    """Return the keys of nodes that all begin with a prefix, as a column of numpy; the rest of each is given."""
    np = numpy()
    encoded = [node.encode("utf-8", "surrogatepass") for node in nodes]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    return keys_of_bytes(prefix, b"".join(encoded), np.concatenate([[0], np.cumsum(lengths)]))


def keys_of_lines(prefix: str, numbers: Any) -> Any:
    """Return the keys of nodes that are a prefix and a number."""
    np, pa = numpy(), arrow()
    texts = pa.array(numbers, pa.int64()).cast(pa.string())
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32, len(texts) + 1)
    return keys_of_bytes(prefix, data or b"", ends)


def keys_of_bytes(prefix: str, data: Any, offsets: Any, end: int = 0) -> Any:
    """Return the keys of nodes that are a prefix and a text, which stand one after the other.

    Text ``i`` begins at ``offsets[i]``, and ends before ``offsets[i + 1]``; *end* bytes before it are none of it.
    """
    np = numpy()
    before = prefix.encode("utf-8", "surrogatepass")
    starts, ends = offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64) - end
    lengths = ends - starts
    if not len(starts):
        return np.zeros(0, np.int64)
    size = int(lengths.max()) + len(before)
    if size > LONG:
        every = memoryview(data)
        texts = [before + bytes(every[start:stop]) for start, stop in zip(starts.tolist(), ends.tolist(), strict=True)]
        short = [text if len(text) <= LONG else _digest(text) for text in texts]
        lengths = np.fromiter(map(len, short), np.int64, len(short))
        return keys_of_bytes("", b"".join(short), np.concatenate([[0], np.cumsum(lengths)]))
    first, last = int(starts[0]), int(offsets[-1])
    bytes_ = np.frombuffer(data, np.uint8, last - first, first).astype(np.uint64) + np.uint64(1)
    spans = np.diff(offsets).astype(np.int64)
    places = np.arange(last - first) - np.repeat(starts - first, spans) + len(before)
    factors = _factors(np)
    with np.errstate(over="ignore"):
        sums = np.concatenate([[np.uint64(0)], np.cumsum(bytes_ * factors[np.minimum(places, LONG - 1)])])
        fixed = (np.frombuffer(before, np.uint8).astype(np.uint64) + np.uint64(1)) * factors[: len(before)]
        found = sums[ends - first] - sums[starts - first] + fixed.sum(dtype=np.uint64)
        return _mixed(np, found + (lengths + len(before)).astype(np.uint64) * np.uint64(_SEED)).view(np.int64)


def _digest(text: bytes) -> bytes:
    return b"\0\0" + blake2b(text, digest_size=32).digest()


def _factors(np: Any) -> Any:
    """Return an odd number for each place."""
    with np.errstate(over="ignore"):
        places = np.arange(1, LONG + 1, dtype=np.uint64) * np.uint64(_SEED)
    return _mixed(np, places) | np.uint64(1)


def _mixed(np: Any, column: Any) -> Any:
    """Spread numbers over 64 bits, as splitmix64 does."""
    with np.errstate(over="ignore"):
        column = (column ^ (column >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        column = (column ^ (column >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return column ^ (column >> np.uint64(31))


# Of numbered lines


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
