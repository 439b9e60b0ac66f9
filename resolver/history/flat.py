"""Flat JSON: objects whose keys are columns, as APIs and ``to_json(orient="records", lines=True)`` write them.

``--map ref=id`` says that lines are of this kind: then each is a resolve command, as a row of a table is.

>>> from resolver.history.source import FileSource
>>> reading = Reading(FileSource("-"), columns={"ref": ["id"]}, id_types=["email"])
>>> next(flat_records([(1, b'{"id": 7, "email": "ada@example.com", "age": 36}')], reading)).command.identifiers
{'email': 'ada@example.com'}
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from resolver.errors import InvalidHistory, shown
from resolver.history.fields import object_of, text_of_field
from resolver.history.lines import CutLine
from resolver.history.reading import Reading
from resolver.history.record import LineError, Reason, Record, not_utf8, rejected
from resolver.history.tables import Rows, is_absent, source_columns

_KEYS_REMEMBERED = 256


def flat_records(lines: Iterable[tuple[int, bytes]], reading: Reading) -> Iterator[Record]:
    """Return the records of numbered lines that are flat objects, blank ones left out.

    A key that a line does not have is an empty cell. ``InvalidHistory`` at the end, if a column that was mapped
    stands in no line at all.
    """
    rows_of = lru_cache(_KEYS_REMEMBERED)(partial(_rows_of, reading))
    missing = None
    for number, raw in lines:
        if not raw or raw.isspace():
            continue
        try:
            line = object_of(document_of(raw, reading.encoding))
            rows, absent = rows_of(tuple(line))
            cells = _cells(rows, line)
        except LineError as refusal:
            yield rejected(number, None, "resolve", refusal, raw)
            continue
        missing = absent if missing is None else missing & absent
        yield rows.record(number, cells, raw)
    if missing:
        raise InvalidHistory(f"{reading.source.name}: column {min(missing)!r} is in no line; expected a key of one")


def document_of(raw: bytes, encoding: str | None) -> object:
    """Return what a line of JSON holds; ``LineError`` if it is none, or too long."""
    if isinstance(raw, CutLine):
        raise raw.refusal
    try:
        return json.loads(raw.decode(), parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise not_utf8(error, encoding) from None
    except (ValueError, RecursionError) as error:
        raise LineError(Reason.BROKEN_JSON, f"broken JSON: {error}; expected one object on the line") from None


def _constant(name: str) -> None:
    """Read the NaN that Python's own ``json`` writes as an absent value; refuse an infinity."""
    if name != "NaN":
        raise ValueError(f"{name} is not JSON")


def _rows_of(reading: Reading, keys: tuple[str, ...]) -> tuple[Rows, frozenset[str]]:
    """Return how the lines with these keys are read, and the mapped columns that they lack."""
    absent = [column for column in source_columns(reading.columns, keys) if column not in keys]
    rows = Rows.of(reading, [*keys, *absent], _texts)
    return rows, frozenset(absent)


def _cells(rows: Rows, line: Mapping[str, Any]) -> list[Any]:
    """Return the cells of a line, each of those that are read as text or a list of texts."""
    cells = [*line.values(), *[None] * (rows.layout.width - len(line))]
    names = [*line]
    for place in (*rows.layout.ref, *rows.layout.at):
        if isinstance(cells[place], list | dict | float | bool):
            expected = "a string or an integer"
            raise LineError(
                Reason.WRONG_TYPE, f"{names[place]}: {shown(cells[place])} has the wrong type; expected {expected}"
            )
    for _, places in rows.layout.identifiers:
        for place in places:
            cell = cells[place]
            if isinstance(cell, list):
                cells[place] = [text_of_field(names[place], one) for one in cell if one is not None]
            elif cell is not None:
                cells[place] = text_of_field(names[place], cell, "a string, or a list of strings")
    return cells


def _texts(cell: Any) -> Sequence[str]:
    if isinstance(cell, list):
        return [text for text in cell if not is_absent(text)]
    return () if is_absent(cell) else (cell,)
