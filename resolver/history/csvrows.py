r"""Physical lines as CSV rows, such that one bad quote costs one line and never the rest of the file.

The ``csv`` module reads an unclosed quote to the end of the file. Here a row that cannot be read gives up its
first line only, and reading goes on with the second.

>>> lines = [b'1,"ada\n', b'2,bob\n', b'3,"two\n', b'lines"\n']
>>> [(row.line, row.cells) for row in read_rows(iter(lines), ",")]
[(1, None), (2, ['2', 'bob']), (3, ['3', 'two\nlines'])]
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from resolver.history.record import LineError, Reason, not_utf8


class Row(NamedTuple):
    """One row: the number of its first physical line, its cells or what is wrong with it, its bytes."""

    line: int
    cells: list[str] | None
    error: LineError | None
    source: bytes


def read_rows(lines: Iterator[bytes], delimiter: str, number: int = 1) -> Iterator[Row]:
    """Give the rows, blank lines left out; the first line has the *number*.

    Holds the lines of one row; a row that does not end within the longest field that ``csv`` allows (131,072
    characters) is taken for an unclosed quote.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.taken.clear()
        try:
            cells, error = next(reader), None
        except StopIteration:
            return
        except csv.Error as cause:
            cells, error = _alone(feed.taken[0], delimiter, cause)
            feed.give_back()
        source = feed.taken[0] if len(feed.taken) == 1 else b"".join(feed.taken)
        if not feed.is_utf8:
            error, feed.is_utf8 = _not_utf8(source) or error, True
        if error is not None:
            yield Row(number, None, error, source)
        elif len(cells) > 1 or not source.isspace():
            yield Row(number, cells, None, source)
        number += len(feed.taken)


class _Feed:
    """Lines as text for ``csv.reader``, which remember what the row has taken and can be given back."""

    __slots__ = ("_again", "_lines", "is_utf8", "taken")

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []
        self.is_utf8 = True
        """False once a line of the row is not; the reader of rows sets it back."""

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.is_utf8 = False
            return line.decode("utf-8", "surrogateescape")

    def give_back(self) -> None:
        """Keep the first line of the row, and read the others again as rows of their own."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _alone(line: bytes, delimiter: str, cause: csv.Error) -> tuple[list[str], LineError | None]:
    """Read a failed row's first line by itself, which helps where a cell is longer than ``csv`` allows."""
    longest = csv.field_size_limit()
    if len(line) > longest:
        csv.field_size_limit(len(line))
        try:
            return next(csv.reader([line.decode("utf-8", "replace")], delimiter=delimiter, strict=True)), None
        except csv.Error as own:
            cause = own
        finally:
            csv.field_size_limit(longest)
    return [], LineError(
        Reason.BROKEN_CSV,
        f"the row cannot be read ({cause}); expected each quote inside a quoted cell doubled",
    )


def _not_utf8(source: bytes) -> LineError | None:
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return not_utf8(error)
    return None
