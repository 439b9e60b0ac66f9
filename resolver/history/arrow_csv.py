"""Lines of CSV as columns of Arrow, where they are so plain that both readers are known to say the same of them.

Plain is: text of UTF-8 without a quote, each line one row, all rows of one width. Anything else is left to the reader
of rows, which says what is wrong, and where.
"""

import importlib
from collections.abc import Sequence
from typing import Any

_MARK = b"\xef\xbb\xbf"
"""Arrow would leave it out at the beginning of any block."""


def columns_of_lines(
    arrow: Any, lines: Sequence[bytes], delimiter: str, places: Sequence[int], width: int
) -> list[Any] | None:
    """Return the columns at some places of rows of one width, as texts; None for lines that are not plain.

    O(bytes), without objects.
    """
    if {*map(type, lines)} != {bytes}:  # one is too long
        return None
    data = b"".join(lines)
    if b'"' in data or b"\0" in data or data.startswith(_MARK) or not delimiter.isascii():
        return None
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    if b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n")):  # blank lines, which would be rows
        return None
    if not data.isascii() and not _is_utf8(data):
        return None
    names = [str(place) for place in range(width)]
    if width < 2:
        return None
    text, wanted = arrow.string(), [names[place] for place in places]
    csv = importlib.import_module("pyarrow.csv")
    try:
        table = csv.read_csv(
            arrow.BufferReader(data),
            read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            parse_options=csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, text), include_columns=wanted, null_values=[]
            ),
        )
    except arrow.ArrowInvalid:  # rows of several widths
        return None
    if table.num_rows != len(lines):
        return None
    return [column.combine_chunks() for column in table.columns]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
