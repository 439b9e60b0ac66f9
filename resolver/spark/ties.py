"""Ties: in a worker, what ties each line to others, found text by text and written column by column.

What most lines are, a resolve of texts that are stored, is numbered by the library's own columns: what a text ties by
is found once, and no line becomes an object. All other lines are read as records.
"""

from array import array
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import Any

from resolver.columns import marks
from resolver.columns.numbered import Numbered
from resolver.coupling import Ties, line_node, ref_node, value_node
from resolver.errors import NotInParts
from resolver.history import Record
from resolver.history.reading import Notes
from resolver.names import IdType
from resolver.simulate.run import rarely_collecting
from resolver.spark.given_lines import GivenLines
from resolver.spark.keys import keys_of, keys_of_bytes, keys_of_lines
from resolver.spark.packages import arrow, numpy
from resolver.spark.reading import How

_TIED = (
    "line long, raw {raw}, at long, nodes array<long>, names array<long>, offers array<long>, types array<int>, "
    "texts array<long>, left_out array<int>, ignored array<string>, found array<string>, refusal string"
)
"""What the reader returns of a line: nodes and values as hashes of 64 bits. A line that is no command has no time.

``left_out`` are the numbers of the settings under which nothing of it is left without what is to be absent, ``found``
what of that was found here for the first time, each after the number of its settings.
"""

NAMES = [field.split()[0] for field in _TIED.split(", ")]

NO_NUMBER = "!"
"""How the refusal of a line begins that has no number of its own."""

TOGETHER = 16
"""Batches of which each different text is looked at once."""

LEAST, MOST = -(1 << 63), (1 << 63) - 1


def tied_schema(how: How) -> str:
    """Return the schema of what the reader returns, as the engine has it; ``raw`` is a line as it is given."""
    return _TIED.format(raw=how.raw)


class TieReader:
    """Reads lines and returns their ties, in a worker."""

    def __init__(self, how: How) -> None:
        self._how = how

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows of ``tied_schema`` for batches of lines."""
        return _Rows(self._how).of(batches)


class _Rows:
    """Makes rows of ties, batch after batch."""

    def __init__(self, how: How) -> None:
        self._how = how
        self._couplings = how.couplings()
        self._links_refs = how.links_refs
        self._found: set[str] = set()
        """What was found of what is to be absent, and told."""
        self._notes = Notes()
        self._refused: list[Any] = []
        """Rows of lines without a number."""
        self._raws: Any = None

    def of(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows of all batches."""
        pairs = self._pairs(batches)
        is_any = True
        while is_any:
            is_any = False
            lines = GivenLines(self._how, islice(pairs, TOGETHER), self._notes)
            numbered = Numbered(lines)
            texts, refs, first, rejected = _TextTies(self, numbered), _RefKeys(numbered), 0, 0
            with rarely_collecting():
                for _ in numbered.blocks():
                    is_any = True
                    texts.go_on()
                    refs.go_on()
                    yield from self._rows(lines, numbered, texts, refs, first, rejected)
                    first, rejected = len(numbered), len(numbered.rejected)

    def _pairs(self, batches: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield the numbers and the bytes of lines that have a number."""
        pa = arrow()
        for batch in batches:
            numbers, raws = batch.column(0), batch.column(1)
            is_good = pa.compute.fill_null(pa.compute.greater(numbers, 0), False)
            if not pa.compute.all(is_good, min_count=0).as_py():
                for number in numbers.filter(pa.compute.invert(is_good)).to_pylist():
                    refusal = f"{NO_NUMBER}line {number} is not a number from 1 on"
                    self._refused.append((None, number or 0, None, *[()] * 5, None, None, None, refusal))
                numbers, raws = numbers.filter(is_good), raws.filter(is_good)
            self._raws = raws
            yield numbers, raws

    def _rows(
        self, lines: GivenLines, n: Numbered, texts: "_TextTies", refs: "_RefKeys", first: int, rejected: int
    ) -> Iterator[Any]:
        """Yield the rows of the last part: of the lines that are plain, and of all others."""
        np, pa = numpy(), arrow()
        others = [before - first + place for place, (before, _) in enumerate(n.rejected[rejected:])]
        places = np.delete(np.arange(lines.count), others)
        is_plain = self._plain(n, texts, first)
        rows = np.arange(lines.count) if lines.rows is None else np.array(lines.rows, np.int64)
        if is_plain.any():
            chosen = places[is_plain]
            raws = self._raws if len(chosen) == len(self._raws) else self._raws.take(pa.array(rows[chosen]))
            ignored = [lines.new_keys.get(place) for place in chosen.tolist()] if lines.new_keys else None
            yield self._plain_rows(n, texts, refs, first, is_plain, raws, ignored)
        records = {places[event - first]: self._record(n, refs, event) for event in first + np.flatnonzero(~is_plain)}
        records.update(zip(others, (record for _, record in n.rejected[rejected:]), strict=True))
        made = [_row(records[place], int(rows[place]), self, lines.new_keys.get(place)) for place in sorted(records)]
        if self._couplings.absents:
            self._tell_found(made)
        made, self._refused = [*self._refused, *made], []
        if made:
            yield _batch([*zip(*made, strict=True)], self._raws)

    def _record(self, n: Numbered, refs: "_RefKeys", event: int) -> Record:
        """Return the record of a command that is out of the ordinary."""
        line, ref = n.lines[event], n.ref_of[event]
        is_given = ref >= 0 and refs.lines[ref] != line
        command = n.others.get(event) or n.resolve(event)
        return Record(line, n.refs.name(ref) if is_given else None, "", command)

    def _tell_found(self, made: list[tuple[Any, ...]]) -> None:
        """Note in the last of some rows what was found of what is to be absent."""
        every = enumerate(self._couplings.absents)
        found = [f"{number} {text}" for number, each in every if each for text in each.found()]
        new = [text for text in found if text not in self._found]
        if made and new:
            place = NAMES.index("found")
            made[-1] = (*made[-1][:place], new, *made[-1][place + 1 :])
            self._found.update(new)

    def _plain(self, n: Numbered, texts: "_TextTies", first: int) -> Any:
        """Which of the last commands are resolves of texts that are stored under all settings."""
        np = numpy()
        size = len(n) - first
        if self._couplings.absents:
            return np.zeros(size, bool)
        ats, op = np.frombuffer(n.ats, np.int64)[first:], np.frombuffer(n.op, np.int8)[first:]
        plain = (ats != marks.NOW) & (op == marks.RESOLVE)
        offsets = np.frombuffer(n.offsets, np.int64)[first:]
        idents = np.frombuffer(n.idents, np.int32)[offsets[0] :]
        bad = np.concatenate([[0], np.cumsum(~texts.is_stored[idents])])
        return plain & (bad[offsets[1:] - offsets[0]] == bad[offsets[:-1] - offsets[0]])

    def _plain_rows(
        self, n: Numbered, texts: "_TextTies", refs: "_RefKeys", first: int, plain: Any, raws: Any, ignored: Any
    ) -> Any:
        np, pa = numpy(), arrow()
        size = int(plain.sum())
        lines = np.frombuffer(n.lines, np.int64)[first:][plain]
        ats = np.frombuffer(n.ats, np.int64)[first:][plain]
        offsets = np.frombuffer(n.offsets, np.int64)[first:]
        idents = np.frombuffer(n.idents, np.int32)[offsets[0] :]
        lengths = np.diff(offsets)
        idents, ends = idents[np.repeat(plain, lengths)], _ends(lengths[plain])
        numbers = np.frombuffer(n.ref_of, np.int32)[first:][plain]
        ref_keys, is_given = refs.keys[numbers], refs.lines[numbers] != lines
        nodes, node_ends = texts.nodes.of(idents, ends)
        values, value_ends = texts.values.of(idents, ends)
        offers = np.empty(2 * size + len(values), np.int64)
        places = value_ends[:-1] + 2 * np.arange(size)
        rest = np.ones(len(offers), bool)
        rest[places] = rest[places + 1] = False
        offers[places], offers[places + 1], offers[rest] = keys_of_lines(line_node(""), lines), ref_keys, values
        names, name_ends = np.zeros(0, np.int64), np.zeros(size + 1, np.int64)
        if self._links_refs:
            names, name_ends = ref_keys[is_given], _ends(is_given.astype(np.int64))
        in_rules, rule_ends = texts.in_rules.of(idents, ends)
        kinds, _ = texts.kinds.of(idents, ends)
        return pa.RecordBatch.from_arrays(
            [
                pa.array(lines), raws, pa.array(ats), _lists(nodes, node_ends), _lists(names, name_ends),
                _lists(offers, value_ends + 2 * np.arange(size + 1)), _lists(kinds.astype(np.int32), rule_ends),
                _lists(in_rules, rule_ends), pa.nulls(size, pa.list_(pa.int32())),
                pa.array(ignored, pa.list_(pa.string())) if ignored else pa.nulls(size, pa.list_(pa.string())),
                pa.nulls(size, pa.list_(pa.string())), pa.nulls(size, pa.string()),
            ],
            NAMES,
        )  # fmt: skip


class _TextTies:
    """What the texts of a history tie by, under all settings together."""

    def __init__(self, rows: _Rows, numbered: Numbered) -> None:
        np = numpy()
        self._couplings = rows._couplings
        self._texts = numbered.texts
        self.is_stored = np.zeros(0, bool)
        """Of each text, whether it is stored under all settings."""
        self.nodes, self.values, self.in_rules, self.kinds = _Spread(), _Spread(), _Spread(), _Spread()
        """Keys of values that tie by themselves, of all others, and of those in rules, with the numbers of their types.
        """

    def go_on(self) -> None:
        """Look at the texts that came since."""
        np = numpy()
        texts, start = self._texts, len(self.is_stored)
        raws, type_of = texts.texts, texts.type_of
        every, types = self._couplings.readers(texts.id_types), self._couplings.numbers
        nodes, values, kinds = list[str](), list[str](), list[int]()
        counts = array("q"), array("q"), array("q")
        stored = bytearray(len(raws) - start)
        number_of = [types.get(id_type, -1) for id_type in texts.id_types]
        for place in range(start, len(raws)):
            kind = type_of[place]
            raw = raws[place]
            before = len(nodes), len(values), len(kinds)
            if type(raw) is str:
                id_type = texts.id_types[kind]
                is_stored = bool(every[kind])
                for reader in every[kind]:
                    value = reader.stored(id_type, raw)
                    if value is None:
                        is_stored = False
                        break
                    node = value_node(id_type, value)
                    if reader.ties:
                        nodes.append(node)
                    if reader.may_tie:
                        values.append(node)
                        if number_of[kind] >= 0:
                            kinds.append(number_of[kind])
                stored[place - start] = is_stored
            counts[0].append(len(nodes) - before[0])
            counts[1].append(len(values) - before[1])
            counts[2].append(len(kinds) - before[2])
        self.is_stored = np.concatenate([self.is_stored, np.frombuffer(stored, bool)])
        keys = keys_of(values)
        self.nodes.add(counts[0], keys_of(nodes))
        self.values.add(counts[1], keys)
        is_in_rule = np.repeat(np.frombuffer(counts[2], np.int64) > 0, np.frombuffer(counts[1], np.int64))
        self.in_rules.add(counts[2], keys[is_in_rule])
        self.kinds.add(counts[2], np.array(kinds, np.int64))


class _Spread:
    """Some integers of each text."""

    def __init__(self) -> None:
        np = numpy()
        self._counts = self._starts = self._entries = np.zeros(0, np.int64)

    def add(self, counts: "array[int]", entries: Any) -> None:
        """Add the integers of further texts."""
        np = numpy()
        more = np.frombuffer(counts, np.int64)
        starts = np.cumsum(more) - more + len(self._entries)
        self._counts, self._starts = np.concatenate([self._counts, more]), np.concatenate([self._starts, starts])
        self._entries = np.concatenate([self._entries, entries])

    def of(self, texts: Any, ends: Any) -> tuple[Any, Any]:
        """Return the integers of texts that stand in lists, and where each list ends."""
        np = numpy()
        counts = self._counts[texts]
        reached = _ends(counts)
        places = np.repeat(self._starts[texts] - reached[:-1], counts) + np.arange(reached[-1])
        return self._entries[places], reached[ends]


class _RefKeys:
    """The keys of refs by their numbers, and the lines of those that are named by one."""

    def __init__(self, numbered: Numbered) -> None:
        np = numpy()
        self._refs = numbered.refs
        self.keys = self.lines = np.zeros(0, np.int64)

    def go_on(self) -> None:
        """Look at the refs that came since."""
        np = numpy()
        written, given = self._refs.since(len(self.keys))
        lines = np.frombuffer(given, np.int64)
        keys = np.empty(len(lines), np.int64)
        of_line = lines > 0
        keys[of_line] = keys_of_lines(ref_node("line:"), lines[of_line])
        stops = np.flatnonzero(np.frombuffer(written, np.uint8) == 255) + 1
        keys[~of_line] = keys_of_bytes(ref_node(""), written, np.concatenate([[0], stops]), 1)
        self.keys, self.lines = np.concatenate([self.keys, keys]), np.concatenate([self.lines, lines])


def _row(record: Record, place: int, rows: _Rows, ignored: list[str] | None) -> tuple[Any, ...]:
    """Return the row of a line that is out of the ordinary: where its ``raw`` stands, and nodes as they are."""
    couplings = rows._couplings
    line, command = record.line, record.command
    at: Any = None if command is None else command.at
    at = None if type(at) is not int else max(LEAST, min(MOST, at))
    try:
        ties, left_out = couplings.ties(record)
    except NotInParts as refusal:
        return place, line, at, *[()] * 5, None, ignored, None, str(refusal)
    nodes, names, offers, values = _merged(ties)
    if rows._links_refs and record.ref is not None:
        names = (*names, ref_node(record.ref))
    offered = [*(offers or (line_node(line),)), *(value_node(*value) for value in values)]
    in_rules = [value for value in values if value[0] in couplings.numbers]
    return (
        place, line, at, nodes, [*dict.fromkeys(names)], offered,
        [couplings.numbers[id_type] for id_type, _ in in_rules], [value_node(*value) for value in in_rules],
        left_out or None, ignored, None, None,
    )  # fmt: skip


def _merged(every: Sequence[Ties]) -> tuple[Sequence[Any], ...]:
    """Return nodes, names, offers and values of a line under all settings, each once."""
    columns = ("nodes", "names", "offers", "values")
    return tuple([*dict.fromkeys(each for ties in every for each in getattr(ties, name))] for name in columns)


def _batch(columns: Sequence[Sequence[Any]], raws: Any) -> Any:
    """Return rows of lines out of the ordinary, which are given column by column."""
    pa = arrow()
    place, line, at, nodes, names, offers, types, texts, left_out, ignored, found, refusal = columns
    strings, integers = pa.list_(pa.string()), pa.list_(pa.int32())
    return pa.RecordBatch.from_arrays(
        [
            pa.array(line, pa.int64()), raws.take(pa.array(place, pa.int64())), pa.array(at, pa.int64()),
            *[_keyed(each) for each in (nodes, names, offers)], pa.array(types, integers), _keyed(texts),
            pa.array(left_out, integers), pa.array(ignored, strings), pa.array(found, strings),
            pa.array(refusal, pa.string()),
        ],
        NAMES,
    )  # fmt: skip


def _keyed(cells: Sequence[Sequence[str]]) -> Any:
    """Return lists of nodes as lists of keys."""
    np = numpy()
    return _lists(keys_of([*chain.from_iterable(cells)]), np.array([*accumulate(map(len, cells), initial=0)], np.int64))


def _lists(entries: Any, ends: Any) -> Any:
    pa, np = arrow(), numpy()
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), pa.array(entries))


def _ends(lengths: Any) -> Any:
    np = numpy()
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


def values_of_nodes(
    wanted: Collection[int], lines: Sequence[tuple[int, Any]], how: How
) -> dict[int, tuple[IdType, str]]:
    """Return the idTypes and values that some nodes stand for, as far as some lines have them."""
    pa, couplings, found = arrow(), how.couplings(), dict[int, tuple[IdType, str]]()
    raws = [raw.asDict() if how.columns else bytes(raw) for _, raw in lines]
    pair = pa.array([line for line, _ in lines], pa.int64()), pa.array(raws)
    for record in GivenLines(how, [pair]):
        for each in couplings.ties(record)[0]:
            for node, key in zip(each.nodes, keys_of(each.nodes).tolist(), strict=True):
                if key in wanted:
                    id_type, _, value = node.partition("\0")
                    found[key] = IdType(id_type), value
    return found
