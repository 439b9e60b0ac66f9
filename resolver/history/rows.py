"""Rows: the cells of a table, whatever its format, as a resolve command.

>>> layout = Layout.of("people.csv", ["ref", "email"], {}, None)
>>> cells = ["crm:1", "ada@example.com"]
>>> read_row(2, layout, cells, texts_of=lambda cell: [cell], times=Times(), source=b"").ref
'crm:1'
"""

from collections.abc import Callable, Sequence
from typing import Any

from resolver.commands import Resolve
from resolver.history.columns import Layout
from resolver.history.record import LineError, Record, not_utf8, rejected
from resolver.history.times import Times
from resolver.names import Milliseconds


def read_row(
    number: int,
    layout: Layout,
    cells: Sequence[Any],
    *,
    texts_of: Callable[[Any], Sequence[str]],
    times: Times,
    source: Any,
) -> Record:
    """Give the record of one row; *texts_of* gives the values in an identifier's cell, if any."""
    ref = None
    try:
        ref = ref_of(layout.ref, cells)
        at = time_of(layout.at, cells, times)
        identifiers: dict[str, str | list[str]] = {}
        for id_type, places in layout.identifiers:
            values = texts_of(cells[places[0]]) if len(places) == 1 else _gathered(places, cells, texts_of)
            if values:
                identifiers[id_type] = values[0] if len(values) == 1 else list(values)
    except LineError as refusal:
        return rejected(number, ref, "resolve", refusal, source)
    return Record(number, ref, "resolve", Resolve(identifiers, at), source=source)


def is_absent(cell: object) -> bool:
    """Tell whether a cell holds nothing: it is empty, or only white space."""
    return cell is None or (isinstance(cell, str | bytes) and (not cell or cell.isspace()))


def text_of(cell: object) -> str:
    """Give a cell as text: the decimal text of a whole number, bytes read as UTF-8."""
    if isinstance(cell, bytes):
        try:
            return cell.decode()
        except UnicodeDecodeError as error:
            raise not_utf8(error) from None
    return cell if isinstance(cell, str) else str(cell)


def _gathered(places: Sequence[int], cells: Sequence[Any], texts_of: Callable[[Any], Sequence[str]]) -> list[str]:
    return [text for place in places for text in texts_of(cells[place])]


def ref_of(places: Sequence[int], cells: Sequence[Any]) -> str | None:
    """Give the ref: a key of several columns counts only when all of its parts are there."""
    for place in places:
        if is_absent(cells[place]):
            return None
    return ":".join([text_of(cells[place]) for place in places]) if places else None


def time_of(places: Sequence[int], cells: Sequence[Any], times: Times) -> Milliseconds | None:
    """Give the time: a date and an hour in columns of their own are read as one text."""
    parts = [cells[place] for place in places if not is_absent(cells[place])]
    if len(parts) > 1:
        return times.read(" ".join([text_of(part).strip() for part in parts]))
    return times.read(parts[0]) if parts else None
