r"""A record: one line of a history, as a command or as the error that explains why it is none; and plain values.

What numpy, pandas and others put into a record is the plain value that a JSON line has. Neither library is imported: a
value of theirs can only be there if somebody else has done so.

>>> from resolver.commands import DeleteProfile
>>> record = Record(3, "crm:7", "delete", DeleteProfile("ref:crm:7"), source=b'{"op":"delete", ...}\n')
>>> record.error is None, record.raw
(True, '{"op":"delete", ...}')
>>> plain(float("nan")), plain("ada"), plain(5), plain([1, "x"])
(None, 'ada', 5, [1, 'x'])
"""

import codecs
import json
import math
import sys
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from resolver.commands import AnyCommand
from resolver.errors import InvalidCommand, InvalidIdentifier, InvalidTime, ResolverError, shown

_PLAIN = frozenset({str, int, bool, list, tuple, dict, type(None)})


def plain(value: object) -> object:
    """Return a value as plain Python has it, and None for each that stands for a missing one.

    Missing are None, every NaN, and ``NaT`` and ``NA`` of pandas and numpy. Scalars of numpy become int, str, bool,
    float or a naive ``datetime``, arrays of one dimension and pandas Series lists, subclasses of str a str. Any other
    value is returned as it is.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if value is _known("pandas", "NA") or value is _known("pandas", "NaT"):
        return None
    if isinstance(value, _known("numpy", "generic") or ()):
        return _scalar(value)
    if isinstance(value, (_known("numpy", "ndarray") or _Nothing, _known("pandas", "Series") or _Nothing)):
        return _listed(value)
    return value


class _Nothing:
    """Stands for a class of a library that nobody has imported."""


def _known(library: str, name: str) -> Any:
    """Return a name of a library if that is loaded, else None."""
    return getattr(sys.modules.get(library), name, None)


def _scalar(value: Any) -> object:
    """Return a scalar of numpy as Python has it; what Python has nothing for as it is."""
    kind = value.dtype.kind
    if kind == "m":
        return None if value != value else value
    if kind == "M":  # its item() counts nanoseconds where it is that precise, which would be read as milliseconds
        moment = value.astype("datetime64[us]").item()
        return moment if moment is None or isinstance(moment, datetime) else value
    if kind == "f":  # the longest kind has no equal in Python
        return None if value != value else float(value)
    return value.item() if kind in "biuU" else value


def _listed(value: Any) -> object:
    items = value.tolist()
    return items if isinstance(items, list) else plain(items)


class Reason(StrEnum):
    """Why a line was rejected, in words that stay the same, so that summaries can group by them."""

    BROKEN_JSON = "broken JSON"
    BROKEN_CSV = "broken CSV"
    NOT_UTF8 = "not UTF-8"
    LINE_TOO_LONG = "line too long"
    NOT_AN_OBJECT = "not an object"
    UNKNOWN_OP = "unknown op"
    MISSING_FIELD = "missing field"
    WRONG_TYPE = "wrong type"
    TOO_MANY_CELLS = "too many cells"
    FLOATING_POINT = "floating-point number"
    UNREADABLE_TIME = "unreadable time"
    NAIVE_TIME = "naive time"


LONGEST_RAW = 1 << 16
"""Bytes of a line that ``raw`` shows."""

_LONGEST_END = 64
"""Bytes that say how much was cut."""

_TIMES = frozenset({Reason.UNREADABLE_TIME, Reason.NAIVE_TIME})


class LineError(Exception):
    """This line is no command; travels inside the readers only, and ends as a rejected record."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.message = message

    @property
    def error(self) -> ResolverError:
        """The public error that a rejected record carries."""
        if self.reason in _TIMES:
            return InvalidTime(self.message)
        if self.reason is Reason.FLOATING_POINT:
            return InvalidIdentifier(self.message)
        return InvalidCommand(self.message)


class Record(msgspec.Struct, frozen=True, gc=False):
    """One line of a history: a command, or an error with its reason; never both.

    ``line`` is the physical line number from 1 (a Parquet row from 1); ``ref`` the caller's own key, None
    when the line has none; ``op`` the operation as far as it could be read, ``""`` when it could not. The
    ``profile_id`` of a command is what the line names as ``profile``, as written: ``"ref:crm:1001"``. The
    command's ``at`` is integer milliseconds or None. ``raw`` is made from ``source`` only when asked for.
    """

    line: int
    ref: str | None
    op: str
    command: AnyCommand | None
    error: ResolverError | None = None
    reason: str | None = None
    source: Any = b""

    @property
    def raw(self) -> str:
        r"""The line as it was, without its line end; bytes that are no UTF-8 show as escapes, ``\xff``.

        A Parquet row or a dict is shown as JSON, bytes in it in the same way. The text never holds a lone surrogate,
        so it can be written.
        """
        if isinstance(self.source, bytes):
            return cut(self.source).decode("utf-8", "backslashreplace").rstrip("\r\n")
        text = _as_json(self.source)
        return text if len(text) <= LONGEST_RAW else cut(text.encode()).decode()


def rejected(line: int, ref: str | None, op: str, refusal: LineError, source: Any) -> Record:
    """Return the record of a line that could not be understood; of a very long one only the beginning is kept."""
    if isinstance(source, bytes):
        source = cut(source)
    return Record(line, ref, op, None, refusal.error, refusal.reason, source)


def cut(source: bytes, length: int | None = None) -> bytes:
    """Return the bytes of a line; of a long one the beginning, and its *length*, which may be known to be more.

    >>> cut(b"x" * 100_000)[-41:], cut(b"short")
    (b'xxxxx... (cut at 65,472 of 100,000 bytes)', b'short')
    """
    if length is None:
        length = len(source)
    if length <= LONGEST_RAW:
        return source
    text, end = codecs.utf_8_decode(source[: LONGEST_RAW - _LONGEST_END], "surrogateescape", False)  # whole characters
    return text.encode("utf-8", "surrogateescape") + f"... (cut at {end:,} of {length:,} bytes)".encode()


def not_utf8(error: UnicodeDecodeError, encoding: str | None = None) -> LineError:
    """Return the error of a line whose bytes are no UTF-8, or no text in the *encoding* that was given."""
    if encoding is not None:
        return LineError(Reason.NOT_UTF8, f"it holds bytes that are no text in {encoding}; expected text in {encoding}")
    return LineError(
        Reason.NOT_UTF8,
        f"byte 0x{error.object[error.start]:02x} at place {error.start} is not UTF-8; expected UTF-8",
    )


def _as_json(source: object) -> str:
    """Return a dict as JSON, a command as its ``repr``; something in words for what has neither."""
    writers = (repr,) if isinstance(source, msgspec.Struct) else (_compact, _escaped, repr)
    for write in writers:
        try:
            return write(source)
        except (TypeError, ValueError, OverflowError, RecursionError):
            continue
    return shown(source)


def _compact(source: object) -> str:
    if type(source) is dict:
        source = {key: _with_bytes_as_text(cell) for key, cell in source.items()}
    return msgspec.json.encode(source, enc_hook=_encodable).decode()


def _with_bytes_as_text(cell: object) -> object:
    """Return a cell of a row with its bytes as text, which JSON would have in base64."""
    if type(cell) is list:
        return [_with_bytes_as_text(one) for one in cell]
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell


def _escaped(source: object) -> str:
    """Write a lone surrogate as its escape, which UTF-8 can hold."""
    return json.dumps(source, default=_encodable, separators=(",", ":"))


def _encodable(value: object) -> object:
    other = plain(value)
    return repr(value) if other is value else other
