"""Ties: in a worker, what ties each line to others, found text by text and written column by column.

What most lines are, a resolve of texts that are stored, is numbered by the library's own columns: what a text ties by
is found once, and no line becomes an object. All other lines are read as records.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import Any

from resolver.columns import marks
from resolver.columns.numbered import Numbered
from resolver.commands import ApplySettings
from resolver.coupling import Ties, line_node, ref_node, value_node
from resolver.errors import NotInParts
from resolver.history import Record
from resolver.history.reading import Notes
from resolver.names import IdType
from resolver.simulate.run import rarely_collecting
from resolver.spark.given_lines import GivenLines
from resolver.spark.keys import Lists, ReadTexts, RefKeys, keys_of, keys_of_lines, ways_of
from resolver.spark.packages import arrow, numpy
from resolver.spark.reading import PREVIOUS, How

_TIED = (
    "line long, raw {raw}, at long, nodes array<long>, names array<long>, offers array<long>, types array<int>, "
    "texts array<long>, timeless boolean, left_out array<int>, ignored array<string>, found array<string>, "
    "refusal string"
)
"""What the reader returns of a line: nodes and values as hashes of 64 bits. A line that is no command has no time; one
that is a command without a time is ``timeless``.

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
    """Return the schema of what the reader returns, as the engine has it; ``raw`` is a line as it is given.

    Where lines are sorted, ``line`` is the place of one in that order, and ``physical`` that where it stands.
    """
    return _TIED.format(raw=how.raw) + (", physical long" if how.sort else "")


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
        self._firsts: dict[str, int] = {}
        """The first line with each key that nothing reads."""
        self._refused: list[Any] = []
        """Rows of lines without a number."""
        self._raws: Any = None
        self._places: Any = None
        """The places of the last lines in the order of their times, where they are sorted."""
        self.names = [*NAMES, "physical"] if how.sort else NAMES

    def of(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows of all batches."""
        pairs = self._pairs(batches)
        is_any = True
        while is_any:
            is_any = False
            lines = GivenLines(self._how, islice(pairs, TOGETHER), self._notes, firsts=self._firsts)
            numbered = Numbered(lines)
            texts, first, rejected = ways_of(self._how, self._couplings.every, numbered), 0, 0
            refs = RefKeys(numbered, ref_node("line:"), ref_node(""))
            with rarely_collecting():
                for _ in numbered.blocks():
                    is_any = True
                    refs.go_on()
                    for each in texts:
                        each.go_on()
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
                    self._refused.append((None, number or 0, None, *[()] * 5, *[None] * 4, refusal))
                numbers, raws = numbers.filter(is_good), raws.filter(is_good)
            self._raws = raws
            if self._how.sort:
                self._places, numbers = numbers, batch.column(2)
            yield numbers, raws

    def _rows(
        self, lines: GivenLines, n: Numbered, texts: Sequence[ReadTexts], refs: RefKeys, first: int, rejected: int
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
            standing = None if self._places is None else self._places.to_numpy()[rows[chosen]]
            yield self._plain_rows(n, texts, refs, first, is_plain, raws, ignored, standing)
        records = {places[event - first]: self._record(n, refs, event) for event in first + np.flatnonzero(~is_plain)}
        records.update(zip(others, (record for _, record in n.rejected[rejected:]), strict=True))
        made = [_row(records[place], int(rows[place]), self, lines.new_keys.get(place)) for place in sorted(records)]
        if self._couplings.absents:
            self._tell_found(made)
        made, self._refused = [*self._refused, *made], []
        if made:
            yield _batch([*zip(*made, strict=True)], self._raws, self.names, self._places)

    def _record(self, n: Numbered, refs: RefKeys, event: int) -> Record:
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

    def _plain(self, n: Numbered, texts: Sequence[ReadTexts], first: int) -> Any:
        """Which of the last commands are resolves of texts that are stored, or not, by what each text is alone."""
        np = numpy()
        if self._couplings.absents:
            return np.zeros(len(n) - first, bool)
        ats, op = np.array(n.ats[first:], np.int64), np.array(n.op[first:], np.int8)
        plain = op == marks.RESOLVE
        if not self._how.takes_previous:
            plain &= ats != marks.NOW
        idents, of_event = _idents_of(n, first)
        for each in texts:
            values = each.value_of[idents]
            plain[of_event[(values == marks.BLOCKED) | (values == marks.BLOCKS)]] = False
        return plain

    def _plain_rows(
        self,
        n: Numbered,
        texts: Sequence[ReadTexts],
        refs: RefKeys,
        first: int,
        plain: Any,
        raws: Any,
        ignored: Any,
        standing: Any,
    ) -> Any:
        """Return the rows of plain resolves; *standing* are their places where lines are sorted."""
        np, pa = numpy(), arrow()
        size = int(plain.sum())
        lines, ats = np.array(n.lines[first:], np.int64)[plain], np.array(n.ats[first:], np.int64)[plain]
        idents, of_event = _idents_of(n, first)
        kept = plain[of_event]
        idents, of_row = idents[kept], (np.cumsum(plain) - 1)[of_event[kept]]
        numbers = np.array(n.ref_of[first:], np.int64)[plain]
        ref_keys, is_given, every = refs.keys[numbers], refs.lines[numbers] != lines, np.arange(size)
        places = lines if standing is None else standing
        offers = [Lists(every, keys_of_lines(line_node(""), places)), Lists(every, ref_keys)]
        names = Lists(every[is_given], ref_keys[is_given]) if self._links_refs else Lists(every[:0], lines[:0])
        nodes, in_rules, kinds = list[Lists](), list[Lists](), list[Lists]()
        types = np.array(n.texts.type_of, np.int64)[idents]
        for each in texts:
            node, offer, rule, kind = self._ties_of(each, n.texts.id_types, types, idents, of_row, size)
            nodes.append(node)
            offers.append(offer)
            in_rules.append(rule)
            kinds.append(kind)
        rules = Lists.of(in_rules)
        lists = [
            _listed(each, size)
            for each in (Lists.of(nodes), names, Lists.of(offers), Lists.of(kinds), rules)
        ]  # fmt: skip
        strings, is_timeless = pa.list_(pa.string()), ats == marks.NOW
        return pa.RecordBatch.from_arrays(
            [
                pa.array(places), raws, pa.array(ats, mask=is_timeless), *lists,
                pa.array(is_timeless, mask=~is_timeless), pa.nulls(size, pa.list_(pa.int32())),
                pa.array(ignored, strings) if ignored else pa.nulls(size, strings),
                pa.nulls(size, strings), pa.nulls(size, pa.string()), *([] if standing is None else [pa.array(lines)]),
            ],
            self.names,
        )  # fmt: skip

    def _ties_of(
        self, read: ReadTexts, id_types: Sequence[IdType], types: Any, idents: Any, of_row: Any, size: int
    ) -> tuple[Lists, Lists, Lists, Lists]:
        """Return what rows tie by, what they offer, and what of it is in rules, with the numbers of its types."""
        np = numpy()
        values = read.value_of[idents]
        refuses = read.refuses - ({marks.UNKNOWN} if self._how.columns else set())
        refused = np.zeros(size, bool)
        refused[of_row[np.isin(values, [*refuses])]] = True
        is_refused, is_stored = refused[of_row], values >= 0
        keys = np.zeros(len(values), np.int64)
        keys[is_stored] = read.keys[values[is_stored]]
        ties = np.array([each in read.uniques for each in id_types], bool)[types]
        may_tie = np.array([each in read.others for each in id_types], bool)[types]
        rule = np.array([self._couplings.numbers.get(each, -1) for each in id_types], np.int32)[types]
        node = is_stored & ties & ~is_refused
        offer = is_stored & (may_tie | is_refused)
        in_rule = is_stored & may_tie & ~is_refused & (rule >= 0)
        found = [Lists(of_row[mask], keys[mask]) for mask in (node, offer, in_rule)]
        return found[0], found[1], found[2], Lists(of_row[in_rule], rule[in_rule])


def _idents_of(n: Numbered, first: int) -> tuple[Any, Any]:
    """Return the texts of the commands from *first* on, and of each its command, counted from that."""
    np = numpy()
    offsets = np.array(n.offsets[first:], np.int64)
    idents = np.array(n.idents[offsets[0] :], np.int64)
    return idents, np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _listed(lists: Lists, size: int) -> Any:
    return _lists(lists.entries, lists.ends(size))


def _row(record: Record, place: int, rows: _Rows, ignored: list[str] | None) -> tuple[Any, ...]:
    """Return the row of a line that is out of the ordinary: where its ``raw`` stands, and nodes as they are."""
    couplings = rows._couplings
    line, command = record.line, record.command
    number = line if rows._places is None else rows._places[place].as_py()
    at: Any = None if command is None else command.at
    is_timeless = command is not None and at is None
    at = None if type(at) is not int else max(LEAST, min(MOST, at))
    try:
        ties, left_out = couplings.ties(record, number)
    except NotInParts as refusal:
        may_be = is_timeless and not isinstance(command, ApplySettings)
        allowed = f", or default_times={PREVIOUS!r} (--default-times {PREVIOUS})" if may_be else ""
        return place, line, at, *[()] * 5, None, None, ignored, None, f"{refusal}{allowed}"
    nodes, names, offers, values = _merged(ties)
    if rows._links_refs and record.ref is not None:
        names = (*names, ref_node(record.ref))
    offered = [*(offers or (line_node(number),)), *(value_node(*value) for value in values)]
    in_rules = [value for value in values if value[0] in couplings.numbers]
    return (
        place, line, at, nodes, [*dict.fromkeys(names)], offered,
        [couplings.numbers[id_type] for id_type, _ in in_rules], [value_node(*value) for value in in_rules],
        is_timeless or None, left_out or None, ignored, None, None,
    )  # fmt: skip


def _merged(every: Sequence[Ties]) -> tuple[Sequence[Any], ...]:
    """Return nodes, names, offers and values of a line under all settings, each once."""
    columns = ("nodes", "names", "offers", "values")
    return tuple([*dict.fromkeys(each for ties in every for each in getattr(ties, name))] for name in columns)


def _batch(columns: Sequence[Sequence[Any]], raws: Any, names_of_all: Sequence[str], places: Any) -> Any:
    """Return rows of lines out of the ordinary, which are given column by column; *places* where lines are sorted."""
    pa = arrow()
    place, line, at, nodes, names, offers, types, texts, timeless, left_out, ignored, found, refusal = columns
    strings, integers = pa.list_(pa.string()), pa.list_(pa.int32())
    lines, own = pa.array(line, pa.int64()), pa.array(place, pa.int64())
    return pa.RecordBatch.from_arrays(
        [
            lines if places is None else places.take(own), raws.take(own), pa.array(at, pa.int64()),
            *[_keyed(each) for each in (nodes, names, offers)], pa.array(types, integers), _keyed(texts),
            pa.array(timeless, pa.bool_()), pa.array(left_out, integers), pa.array(ignored, strings),
            pa.array(found, strings), pa.array(refusal, pa.string()),
            *([] if places is None else [lines]),
        ],
        names_of_all,
    )  # fmt: skip


def _keyed(cells: Sequence[Sequence[str]]) -> Any:
    """Return lists of nodes as lists of keys."""
    np = numpy()
    return _lists(keys_of([*chain.from_iterable(cells)]), np.array([*accumulate(map(len, cells), initial=0)], np.int64))


def _lists(entries: Any, ends: Any) -> Any:
    pa, np = arrow(), numpy()
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), pa.array(entries))


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
