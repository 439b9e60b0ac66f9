"""Loops over columns: codes column by column to codes row by row, and to other numbers. Compiled where the kernel is.

>>> from array import array
>>> counts = array("i", [0, 0, 0])
>>> one, lists, offsets = array("i", [0, -1, 1]), array("i", [0, 0]), array("i", [0, 0, 1, 2])
>>> count_codes(one, counts), count_lists(offsets, counts), list(counts)
(0, 0, [1, 1, 2])
>>> starts, idents = array("q", [0, 1, 2]), array("i", [0] * 4)
>>> place_codes(one, 0, starts, idents), place_lists(lists, offsets, 10, starts, idents), list(idents)
(0, 0, [0, 10, 1, 10])
"""

from array import array
from collections.abc import MutableSequence
from typing import Any, TypeAlias

Column: TypeAlias = MutableSequence[int]


def count_codes(codes: Column, counts: Column) -> int:
    """Add how many codes each row has of a column with one a row, or none."""
    for row in range(len(codes)):
        if codes[row] >= 0:
            counts[row] += 1
    return 0


def count_lists(offsets: Column, counts: Column) -> int:
    """Add how many codes each row has of a column with several."""
    for row in range(len(counts)):
        counts[row] += offsets[row + 1] - offsets[row]
    return 0


def place_codes(codes: Column, base: int, places: Column, idents: Column) -> int:
    """Write the codes, each plus *base*, where the row has its next place."""
    for row in range(len(codes)):
        if codes[row] >= 0:
            idents[places[row]] = codes[row] + base
            places[row] += 1
    return 0


def place_lists(codes: Column, offsets: Column, base: int, places: Column, idents: Column) -> int:
    """Write the codes of a column with several a row."""
    for row in range(len(offsets) - 1):
        for at in range(offsets[row], offsets[row + 1]):
            idents[places[row]] = codes[at] + base
            places[row] += 1
    return 0


def renumber(idents: Column, numbers: Column) -> int:
    """Put the number of each code in its place; a code below 0 stays."""
    for place in range(len(idents)):
        if idents[place] >= 0:
            idents[place] = numbers[idents[place]]
    return 0


def add_to_all(column: Column, number: int) -> int:
    """Add a number to every one of a column."""
    for place in range(len(column)):
        column[place] += number
    return 0


def add_up(counts: Column, offsets: Column) -> int:
    """Set where each of some stretches begins that follow one another, by their lengths, and the end of the last."""
    offsets[0] = 0
    for place in range(len(counts)):
        offsets[place + 1] = offsets[place] + counts[place]
    return 0


def stretch_end(column: Column, start: int) -> int:
    """Where the stretch of one number ends that begins at *start*."""
    place = start + 1
    while place < len(column) and column[place] == column[start]:
        place += 1
    return place


def count_of(column: Column, number: int) -> int:
    """How often a number is in a column."""
    count = 0
    for place in range(len(column)):
        if column[place] == number:
            count += 1
    return count


def count_up(column: Column, number: int) -> int:
    """Fill a column with a number and those after it."""
    for place in range(len(column)):
        column[place] = number + place
    return 0


def kind_of_texts(cells: list[Any]) -> int:
    """Whether all cells are texts: 0 if one is not, 1 if they are and one of them is empty or blank, 2 if none is."""
    kind = 2
    for cell in cells:
        if type(cell) is not str:
            return 0
        text = cell
        if not text:
            kind = 1
        else:
            first = text[0]
            if not "!" <= first <= "~" and text.isspace():
                kind = 1
    return kind


def find_texts(letters: bytes, ends: Column, valid: bytes, first: int, codes: Column) -> int:
    """Set for each row of a column of Arrow its number if it has a text that is not blank, else -1.

    The text of row ``r`` is UTF-8, in *letters* from ``ends[r]`` to before ``ends[r + 1]``, both less ``ends[0]``.
    Where *valid* is not empty, the bit of a row says whether it has a text; *first* is the place of the first row's.
    ``UnicodeDecodeError`` for a text that is no UTF-8.
    """
    base = ends[0]
    is_ascii = letters.isascii()
    for row in range(len(codes)):
        start, end, bit = ends[row] - base, ends[row + 1] - base, first + row
        codes[row] = -1
        if start == end or (valid and not valid[bit >> 3] >> (bit & 7) & 1):
            continue
        if (is_ascii and 32 < letters[start] < 127) or not letters[start:end].decode("utf-8").isspace():
            codes[row] = row
    return 0


def texts_between(letters: bytes, ends: Column, codes: Column) -> list[str]:
    """Read the texts of the same rows; "" where there is none."""
    texts = []
    base = ends[0]
    is_ascii = letters.isascii()
    for row in range(len(codes)):
        start, end = ends[row] - base, ends[row + 1] - base
        if codes[row] < 0:
            texts.append("")
        elif is_ascii:
            texts.append(letters[start:end].decode("ascii"))
        else:
            texts.append(letters[start:end].decode("utf-8"))
    return texts


def count_ends(block: bytes) -> int:
    """How many lines of a block have an end. Several times as fast as ``bytes.count``."""
    count, place = 0, block.find(b"\n")
    while place >= 0:
        count += 1
        place = block.find(b"\n", place + 1)
    return count


def count_objects(block: bytes) -> int:
    """Count the lines of a block, the last of which may lack its end; -1 if one does not begin and end with a brace."""
    size = len(block)
    count = start = 0
    while start < size:
        end = block.find(b"\n", start)
        after = size if end < 0 else end + 1
        last = after - 1 if end < 0 else end - 1
        if last > start and block[last] == 13:
            last -= 1
        if last <= start or block[start] != 123 or block[last] != 125:
            return -1
        count += 1
        start = after
    return count


def total_and_most(column: Column) -> tuple[int, int]:
    """The sum of a column of numbers that are none of them below 0, and the largest; 0 where there is none."""
    total = most = 0
    for place in range(len(column)):
        total += column[place]
        if column[place] > most:
            most = column[place]
    return total, most


def tallied(column: Any) -> "array[int]":
    """How often each number from 0 to 127 is in a column of such."""
    counts = array("q", bytes(8 * 128))
    tally(column, counts)
    return counts


def tally(column: Column, counts: Column) -> int:
    """Count each number of a column at its place in *counts*."""
    for place in range(len(column)):
        counts[column[place]] += 1
    return 0


def count_late(ats: Column, latest: int, no_time: int) -> tuple[int, int]:
    """How many times are earlier than one before them, or than *latest*; where there is *no_time*, none is.

    And the latest of them and *latest*.
    """
    late = 0
    for place in range(len(ats)):
        at = ats[place]
        if at != no_time:
            if at < latest:
                late += 1
            else:
                latest = at
    return late, latest
