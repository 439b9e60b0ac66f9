"""Reading: in a worker, lines of JSON by the library's own reader, each with what ties it to others."""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import accumulate, chain
from typing import Any

import msgspec

from resolver.columns.numbered import ref_of
from resolver.commands import PrivacyCommand
from resolver.coupling import Combination, Coupling, Ties, coupling, ref_node, value_node
from resolver.errors import NotInParts
from resolver.history import Record
from resolver.history.jsonl import records_of_lines
from resolver.history.lines import CutLine
from resolver.history.reading import Reading
from resolver.history.source import Source
from resolver.history.times import Times
from resolver.names import IdType
from resolver.settings import Settings
from resolver.simulate.run import rarely_collecting
from resolver.simulate.without import Absent
from resolver.spark.packages import arrow

TIED = (
    "line long, raw binary, at long, nodes array<long>, names array<long>, offers array<long>, "
    "types array<int>, texts array<long>, left_out array<int>, ignored array<string>, found array<string>, "
    "refusal string"
)
"""What the reader returns of a line: nodes and values as hashes of 64 bits. A line that is no command has no time.

``left_out`` are the numbers of the settings under which nothing of it is left without what is to be absent, ``found``
what of that was found here for the first time, each after the number of its settings.
"""

NAMES = [field.split()[0] for field in TIED.split(", ")]
IGNORED, FOUND = NAMES.index("ignored"), NAMES.index("found")

NO_NUMBER = "!"
"""How the refusal of a line begins that has no number of its own."""

MOST_KEYS = 200_000
"""Nodes whose keys a worker remembers."""

LEAST, MOST = -(1 << 63), (1 << 63) - 1


class How:
    """How the lines of a history are read, and what they mean: what driver and workers are told alike."""

    def __init__(
        self,
        settings: Sequence[Settings],
        options: Mapping[str, Any],
        tz: str | None = None,
        at_unit: str = "ms",
        *,
        links_refs: bool = False,
        without: Sequence[str] = (),
    ) -> None:
        self.settings = tuple(settings)
        self.links_refs = links_refs
        """Whether all lines of a ref are to be in one part."""
        self.without = tuple(without)
        self.options = dict(options)
        self.tz = tz
        self.at_unit = at_unit
        Times.of(tz, at_unit)

    @property
    def id_types(self) -> tuple[IdType, ...]:
        """The idTypes of all settings, each once."""
        return tuple(dict.fromkeys(id_type for each in self.settings for id_type in each.id_types))

    def to_json(self) -> dict[str, Any] | None:
        """Return it as a document; None with own normalizations, which no document can tell."""
        if self.options.get("normalizers"):
            return None
        return {
            "settings": [each.to_json() for each in self.settings],
            "options": {name: str(option) for name, option in sorted(self.options.items()) if option is not None},
            "tz": self.tz,
            "atUnit": self.at_unit,
            "linksRefs": self.links_refs,
            "without": list(self.without),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "How":
        """Return what ``to_json`` told."""
        return cls(
            [Settings.from_json(each) for each in document["settings"]], document["options"], document["tz"],
            document["atUnit"], links_refs=document["linksRefs"], without=document["without"],
        )  # fmt: skip

    def reading(self) -> Reading:
        """What the reader of lines is told."""
        return Reading(Source("the lines"), times=Times.of(self.tz, self.at_unit))

    def couplings(self) -> "Couplings":
        """What ties the lines under all settings together: each adds its ties, which is exact for all."""
        return Couplings([coupling(each, **self.options) for each in self.settings], self)

    def absent(self) -> "AbsentHere | None":
        """What is supposed never to have been, for one replay; None if there is nothing."""
        if not self.without:
            return None
        return AbsentHere(self.without, self.options.get("default_region", "US"), self.options.get("normalizers"))


class AbsentHere(Absent):
    """What is supposed never to have been, in a part of a history, which need not have all of it."""

    def check(self, run: object) -> None:
        """Do nothing: the driver looks at what was found in all parts."""


class Couplings:
    """What ties lines under any of several settings."""

    def __init__(self, every: Sequence[Coupling], how: How) -> None:
        self.every = tuple(every)
        self._settings = how.settings
        self.absents = [how.absent() for _ in how.settings] if how.without else []
        self.combinations: tuple[Combination, ...] = tuple(
            dict.fromkeys(types for each in every for types in each.combinations)
        )

    def ties(self, record: Record) -> tuple[list[Ties], list[int]]:
        """Return the ties of a line under each of the settings, and under which of them nothing of it is left.

        Such a line is tied by what it names alone: the commands that name the profile of one are left out with it.
        """
        command, left_out = record.command, list[int]()
        if command is None:
            return [], left_out
        found = []
        for number, each in enumerate(self.every):
            ties = each.ties(command, record.line, record.ref)
            absent = self.absents[number] if self.absents else None
            if absent is not None:
                left = absent.taken_out_of(command, ref_of(record), self._settings[number])
                if left is None:
                    left_out.append(number)
                    names = () if isinstance(command, PrivacyCommand) else ties.names
                    ties = msgspec.structs.replace(ties, nodes=(), names=names, values=())
                elif left is not command:
                    ties = each.ties(left, record.line, record.ref)
            found.append(ties)
        return found, left_out

    @cached_property
    def numbers(self) -> dict[IdType, int]:
        """A number for each idType of a combination."""
        types = dict.fromkeys(id_type for combination in self.combinations for id_type in combination)
        return {id_type: number for number, id_type in enumerate(types)}


def key_of(node: str) -> int:
    """Return a node as 64 bits, the same in every process. Nodes with the same ones only make a component coarser."""
    return int.from_bytes(blake2b(node.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def read(lines: Iterable[tuple[int, bytes]], reading: Reading) -> Iterator[Record]:
    """Yield the records of numbered lines; one that is longer than a line may be is a rejected record."""
    longest = reading.max_line
    return records_of_lines(
        ((line, raw if len(raw) <= longest else CutLine.of(raw, len(raw), longest)) for line, raw in lines), reading
    )


def lines_in(batch: Any) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a batch, whose first columns are the number and the bytes."""
    for number, raw in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True):
        yield number, b"" if raw is None else raw


class TieReader:
    """Reads lines and returns their ties, in a worker."""

    def __init__(self, how: How) -> None:
        self._how = how

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows of ``TIED`` for batches of lines."""
        pa = arrow()
        types = [
            pa.int64(), pa.binary(), pa.int64(), *[pa.list_(pa.int64())] * 3, pa.list_(pa.int32()),
            pa.list_(pa.int64()), pa.list_(pa.int32()), *[pa.list_(pa.string())] * 2, pa.string(),
        ]  # fmt: skip
        rows = _Rows(self._how)
        for batch in batches:
            with rarely_collecting():
                columns = rows.of(lines_in(batch))
                read_batch = pa.RecordBatch.from_arrays([*map(_column, columns, types)], NAMES)
                del columns
            yield read_batch


class _Rows:
    """Makes rows of ``TIED``, batch after batch."""

    def __init__(self, how: How) -> None:
        self._couplings = how.couplings()
        self._reading = how.reading()
        self._links_refs = how.links_refs
        self._key = lru_cache(MOST_KEYS)(key_of)
        self._ignored = 0
        """How many of the ignored keys were told."""
        self._found: set[str] = set()
        """What was found of what is to be absent, and told."""

    def of(self, batch: Iterable[tuple[Any, bytes]]) -> list[tuple[Any, ...]]:
        """Return the columns of the rows of a batch."""
        rows: list[tuple[Any, ...]] = []
        lines: dict[int, bytes] = {}
        for number, raw in batch:
            if number is None or number < 1 or number in lines:
                why = "stands twice" if number in lines else "is not a number from 1 on"
                refusal = f"{NO_NUMBER}line {number} {why}"
                rows.append((number or 0, None, None, *[()] * 5, None, None, None, refusal))
            else:
                lines[number] = raw
        notes = self._reading.notes
        for record in read(lines.items(), self._reading):
            row = _row(record, lines[record.line], self._couplings, self._key, self._links_refs)
            ignored = notes.ignored
            if len(ignored) > self._ignored:
                row = (*row[:IGNORED], [*ignored[self._ignored :]], *row[IGNORED + 1 :])
                self._ignored = len(ignored)
            rows.append(row)
        every = enumerate(self._couplings.absents)
        found = [f"{number} {text}" for number, each in every if each for text in each.found()]
        if rows and {*found} - self._found:
            new = [text for text in found if text not in self._found]
            rows[-1] = (*rows[-1][:FOUND], new, *rows[-1][FOUND + 1 :])
            self._found.update(found)
        return [*zip(*rows, strict=True)] if rows else [()] * len(NAMES)


def _column(cells: Sequence[Any], kind: Any) -> Any:
    """Return a column; lists of integers that are all there as one array of them and where each list ends."""
    pa = arrow()
    if not pa.types.is_list(kind) or not pa.types.is_integer(kind.value_type) or None in cells:
        return pa.array(cells, kind)
    ends = array("i", accumulate(map(len, cells), initial=0))
    numbers = array("q" if pa.types.is_int64(kind.value_type) else "i", chain.from_iterable(cells))
    offsets, values = (
        pa.Array.from_buffers(each, len(column), [None, pa.py_buffer(column)])
        for each, column in ((pa.int32(), ends), (kind.value_type, numbers))
    )
    return pa.ListArray.from_arrays(offsets, values)


def _row(
    record: Record, raw: bytes, couplings: Couplings, key: Callable[[str], int], links_refs: bool
) -> tuple[Any, ...]:
    line, command = record.line, record.command
    at: Any = None if command is None else command.at
    at = None if type(at) is not int else max(LEAST, min(MOST, at))
    try:
        ties, left_out = couplings.ties(record)
    except NotInParts as refusal:
        return line, raw, at, *[()] * 5, None, None, None, str(refusal)
    nodes, names, offers, values = _merged(ties)
    if links_refs and record.ref is not None:
        names = (*names, ref_node(record.ref))
    offered = [key_of(node) for node in offers or (f"\0line\0{line}",)]
    offered += [key(value_node(*value)) for value in values]
    in_rules = [value for value in values if value[0] in couplings.numbers] if couplings.numbers else ()
    return (
        line, raw, at, [*map(key, nodes)], [*map(key, dict.fromkeys(names))], offered,
        [couplings.numbers[id_type] for id_type, _ in in_rules], [key(value_node(*value)) for value in in_rules],
        left_out or None, None, None, None,
    )  # fmt: skip


def _merged(every: Sequence[Ties]) -> tuple[Sequence[Any], ...]:
    """Return nodes, names, offers and values of a line under all settings, each once."""
    if len(every) == 1:
        [each] = every
        return each.nodes, each.names, each.offers, each.values
    columns = ("nodes", "names", "offers", "values")
    return tuple([*dict.fromkeys(each for ties in every for each in getattr(ties, name))] for name in columns)


def lines_of_nodes(
    wanted: Collection[int], lines: Iterable[tuple[int, bytes]], how: How
) -> dict[int, tuple[IdType, str]]:
    """Return the idTypes and values that some nodes stand for, as far as some lines have them."""
    couplings, found = how.couplings(), dict[int, tuple[IdType, str]]()
    for record in read(lines, how.reading()):
        for each in couplings.ties(record)[0]:
            for node in each.nodes:
                key = key_of(node)
                if key in wanted:
                    id_type, _, value = node.partition("\0")
                    found[key] = IdType(id_type), value
    return found
