"""Encoded columns: texts, and a code for each cell, from cells of Python or a column of Arrow.

>>> column = encoded_cells(["x", "", "y|z", "x"], lambda cell: cell.split("|") if cell else [])
>>> column.texts, list(column.codes), list(column.offsets)
(['x', 'y', 'z'], [0, 1, 2, 0], [0, 1, 1, 3, 4])
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC
from itertools import accumulate, pairwise
from typing import Any

import attrs

from resolver.history.column_loops import count_of, find_texts, kind_of_texts, renumber
from resolver.history.letters import Letters
from resolver.history.record import LineError
from resolver.history.times import Times
from resolver.kernel.columns import COMPILED

NO_TIME = -(1 << 63)
"""The time of a command that has none."""

LOWEST, HIGHEST = -(1 << 62), 1 << 62
"""What lies between is a usual time; columns hold no others."""

_IN_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MOMENTS = (-62_135_596_800_000, 253_402_300_800_000)
"""Milliseconds of the years that Python knows, 1 to 9999."""

_DIGITS = r"^-?[0-9]{1,15}$"
_MOMENT = (
    r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{3})?"
    r"(Z|[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9])$"
)
"""Texts that Arrow and ``Times`` read alike."""

FEW = 32
"""Rows of many that are made one by one; where more are asked for, all are, column by column."""

ABSENT = -1
"""The code of a cell without a text."""

TextsOf = Callable[[Any], Sequence[str]]
"""Returns the texts in a cell; ``LineError`` where it cannot be read."""


@attrs.frozen
class Encoded:
    """A column of texts, of which the same may stand at several places.

    Without ``offsets`` each row has one code, ``ABSENT`` where there is no text. With them row ``r`` has the codes
    from ``offsets[r]`` to before ``offsets[r + 1]``, and none is ``ABSENT``. ``texts[code]`` is the text. ``bad`` are
    the rows with a cell that cannot be read, in ascending order; they have no codes. ``is_split`` says that several
    codes of a row are of one text, split at a separator.
    """

    texts: Sequence[str]
    codes: "array[int]"
    offsets: "array[int] | None" = None
    bad: Sequence[int] = ()
    is_split: bool = False

    @property
    def split_cells(self) -> int:
        """How many cells a separator made several texts of."""
        if self.offsets is None or not self.is_split:
            return 0
        return sum(end - start > 1 for start, end in pairwise(self.offsets))

    def without(self, rows: Sequence[int]) -> "Encoded":
        """Return the column without some rows, which are given in ascending order."""
        if self.offsets is None:
            return attrs.evolve(self, codes=without(self.codes, rows), bad=())
        codes, offsets = array("i"), array("i", [0])
        for start, end in kept(len(self.offsets) - 1, rows):
            moved = len(codes) - self.offsets[start]
            codes.extend(self.codes[self.offsets[start] : self.offsets[end]])
            offsets.extend([offset + moved for offset in self.offsets[start + 1 : end + 1]])
        return attrs.evolve(self, codes=codes, offsets=offsets, bad=())


def kept(count: int, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where the stretches of *count* rows between some *rows* begin and end.

    >>> list(kept(9, [0, 4, 5]))
    [(1, 4), (6, 9)]
    """
    start = 0
    for row in (*rows, count):
        if start < row:
            yield start, row
        start = row + 1


def without(column: "array[int]", rows: Sequence[int]) -> "array[int]":
    """Return a column without some rows, which are given in ascending order."""
    left = array(column.typecode)
    for start, end in kept(len(column), rows):
        left.extend(column[start:end])
    return left


def encoded_cells(cells: Sequence[Any], texts_of: TextsOf, separator: str | None = "") -> Encoded:
    """Return a column of cells of Python, of which each different one is read once. About three dict look-ups a cell.

    *texts_of* reads a cell; *separator* is what it splits texts at, None if nothing, "" if that is not known.
    """
    different = [*dict.fromkeys(cells)]
    numbers = dict(zip(different, range(len(different)), strict=True))
    return encoded_codes(different, array("i", map(numbers.__getitem__, cells)), texts_of, separator)


def encoded_codes(cells: list[Any], codes: "array[int]", texts_of: TextsOf, separator: str | None = "") -> Encoded:
    """Return a column of which the different *cells*, and the place of each row's among them, are known."""
    kind = kind_of_texts(cells) if cells else 0
    if kind and (separator is None or (separator and not _any_has(cells, separator))):
        return Encoded(cells, codes) if kind == 2 else _without_absent(cells, codes)
    known: dict[str, int] = {}  # cells of several kinds may be one text: 7 and "7"
    several: dict[int, Sequence[str]] = {}
    bad: set[int] = set()
    place_of = array("i", [ABSENT]) * len(cells)
    for code, cell in enumerate(cells):
        try:
            found = texts_of(cell)
        except LineError:
            bad.add(code)
            continue
        if len(found) == 1:
            place_of[code] = known.setdefault(found[0], len(known))
        elif found:
            several[code] = found
    if not several and not bad and len(known) == len(cells):
        return Encoded([*known], codes)
    rows = [row for row, code in enumerate(codes) if code in bad] if bad else []
    if not several:
        return Encoded([*known], array("i", [ABSENT if code < 0 else place_of[code] for code in codes]), bad=rows)
    return _spread(known, place_of, several, codes, rows)


def _any_has(cells: Sequence[str], separator: str) -> bool:
    return any(separator in cell for cell in cells)


def _without_absent(cells: Sequence[str], codes: "array[int]") -> Encoded:
    """Return a column of texts, of which only those that are absent are no texts of themselves."""
    places = array("i")
    texts: list[str] = []
    for cell in cells:
        if not cell or cell.isspace():
            places.append(ABSENT)
        else:
            places.append(len(texts))
            texts.append(cell)
    renumber(codes, places)
    return Encoded(texts, codes)


def _spread(
    known: dict[str, int],
    place_of: "array[int]",
    several: dict[int, Sequence[str]],
    codes: "array[int]",
    bad: Sequence[int],
) -> Encoded:
    """Return a column of which some cells have several texts."""
    parts: dict[int, list[int]] = {}
    for code, found in several.items():
        parts[code] = [known.setdefault(text, len(known)) for text in found]
    spread, offsets = array("i"), array("i", [0])
    for code in codes:
        if code in parts:
            spread.extend(parts[code])
        elif code >= 0 and place_of[code] >= 0:
            spread.append(place_of[code])
        offsets.append(len(spread))
    return Encoded([*known], spread, offsets, bad, is_split=True)


def encoded_arrow(
    arrow: Any,
    column: Any,
    cells_of: Callable[[Any], list[Any]],
    texts_of: TextsOf,
    separator: str | None,
    whole: TextsOf,
) -> Encoded:
    """Return a column of Arrow; *cells_of* makes cells of a column. O(rows) without objects, O(different cells) with.

    *texts_of* reads a cell, which it splits at the *separator*; *whole* the element of a list, which none splits. What
    Arrow cannot encode is read cell by cell.
    """
    if hasattr(column.type, "value_field"):
        return _encoded_arrow_lists(arrow, column, cells_of, whole)
    read = read_texts(arrow, column, separator) if COMPILED else None  # which the interpreter would do cell by cell
    if read is not None:
        return read
    encoded = _dictionary_encoded(arrow, column)
    if encoded is None or len(encoded.dictionary) > len(column):  # of a long dictionary, only what is used
        return encoded_cells(cells_of(column), texts_of, separator)
    return encoded_codes(cells_of(encoded.dictionary), codes_of(arrow, encoded.indices), texts_of, separator)


def read_texts(arrow: Any, column: Any, separator: str | None) -> Encoded | None:
    """Return a column of Arrow that holds texts, as they stand there; a text for every row, also where some are equal.

    What numbers texts looks each up in any case, so nothing is looked up here. None where a cell may be split, or is no
    UTF-8; and of a column of another kind.
    """
    types = arrow.types
    if getattr(types, "is_string_view", types.is_large_string)(column.type):
        column = column.cast("large_string")
    if not (types.is_string(column.type) or types.is_large_string(column.type)) or not len(column):
        return None
    valid, places, data = column.buffers()
    size, width = len(column), arrow.int32() if types.is_string(column.type) else arrow.int64()
    ends = codes_of(arrow, arrow.Array.from_buffers(width, size + 1, [None, places], offset=column.offset), code="q")
    letters = b"" if data is None else data.slice(ends[0], ends[size] - ends[0]).to_pybytes()
    if separator and separator.encode("utf-8", "surrogatepass") in letters:
        return None
    codes = array("i", bytes(4 * size))
    bits = b"" if valid is None else valid.to_pybytes()
    with suppress(UnicodeDecodeError):
        find_texts(letters, ends, bits, column.offset, codes)
        return Encoded(Letters(letters, ends, codes), codes)
    return None


def _encoded_arrow_lists(arrow: Any, column: Any, cells_of: Callable[[Any], list[Any]], texts_of: TextsOf) -> Encoded:
    """Return a column of lists, whose elements are never split."""
    lengths = codes_of(arrow, arrow.compute.list_value_length(column), null=0)
    ends = array("i", accumulate(lengths, initial=0))
    flat = encoded_arrow(arrow, column.flatten(), cells_of, texts_of, None, texts_of)
    bad, codes, offsets = {*flat.bad}, array("i"), array("i", [0])
    if not bad and not count_of(flat.codes, ABSENT):
        return Encoded(flat.texts, flat.codes, ends)
    rows = []
    for row in range(len(column)):
        given = flat.codes[ends[row] : ends[row + 1]]
        if bad and not bad.isdisjoint(range(ends[row], ends[row + 1])):
            rows.append(row)
        else:
            codes.extend([code for code in given if code != ABSENT])
        offsets.append(len(codes))
    return Encoded(flat.texts, codes, offsets, rows)


def _dictionary_encoded(arrow: Any, column: Any) -> Any:
    """Return a column as a dictionary and indices, None where Arrow cannot."""
    if arrow.types.is_dictionary(column.type):
        return column
    column = getattr(column, "storage", column)  # of a UUID
    try:
        if str(column.type) in ("string_view", "binary_view"):
            column = column.cast(f"large_{str(column.type)[:-5]}")
        return column.dictionary_encode()
    except (arrow.ArrowNotImplementedError, arrow.ArrowInvalid):
        return None


def usual_times(arrow: Any, column: Any, times: Times) -> "array[int] | None":
    """Return the times of a column of integers, or of moments with a zone, that all are usual ones; else None.

    ``NO_TIME`` stands where there is none. O(rows), without objects.
    """
    compute = arrow.compute
    if arrow.types.is_string(column.type) and times.date_format is None:
        column = _times_of_texts(arrow, column)
    kind = column.type
    if arrow.types.is_integer(kind):
        lowest, highest = LOWEST // times.unit, HIGHEST // times.unit
        per, factor = 1, times.unit
    elif arrow.types.is_timestamp(kind) and (kind.tz is not None or times.zone is UTC):
        per, factor = max(1, _IN_SECOND[kind.unit] // 1000), max(1, 1000 // _IN_SECOND[kind.unit])
        lowest, highest = (bound * per // factor for bound in _MOMENTS)
    else:
        return None
    given = column.view("int64") if arrow.types.is_timestamp(kind) else column
    ends = compute.min_max(given)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    if least is not None and (least <= lowest or most >= highest):
        return None
    whole = codes_of(arrow, given, code="q", null=0)
    if per != 1:
        whole = array("q", [ticks // per for ticks in whole])
    if factor != 1:
        whole = array("q", [ticks * factor for ticks in whole])
    if column.null_count:
        for row, is_null in enumerate(column.is_null().to_pylist()):
            if is_null:
                whole[row] = NO_TIME
    return whole


def _times_of_texts(arrow: Any, column: Any) -> Any:
    """Return texts that all are integers, or moments as most files have them, as such a column; else as they are."""
    for pattern, kind in ((_DIGITS, arrow.int64()), (_MOMENT, arrow.timestamp("ms", "UTC"))):
        if all(_are_all(arrow, cells, pattern) for cells in (column.slice(0, 1), column)):  # one first: most tell so
            try:
                return column.cast(kind)
            except arrow.ArrowInvalid:  # the 30th of February
                return column
    return column


def _are_all(arrow: Any, column: Any, pattern: str) -> bool:
    """Whether all texts of a column match, where there are any."""
    fits = arrow.compute.match_substring_regex(column, pattern)
    return bool(arrow.compute.all(fits, min_count=0).as_py())


def codes_of(arrow: Any, integers: Any, null: int = ABSENT, code: str = "i") -> "array[int]":
    """Return a column of integers as an array, *null* where it has none."""
    kind = arrow.int32() if code == "i" else arrow.int64()
    plain = integers.cast(kind)
    made = array(code)
    if plain.null_count:
        given = arrow.Array.from_buffers(kind, 1, [None, arrow.py_buffer(array(code, [null]))])
        plain = arrow.compute.fill_null(plain, given[0])  # arrow.scalar would import pandas, where that is installed
    size = made.itemsize
    buffer = plain.buffers()[1]
    if len(plain):
        made.frombytes(memoryview(buffer)[plain.offset * size : (plain.offset + len(plain)) * size])
    return made
