"""A fingerprint: one number for all records of a history, by which two runs are known to be of the same one."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any
from zlib import crc32

import msgspec

from resolver.history import History, Record
from resolver.names import Milliseconds


class Fingerprint:
    """A checksum that grows with the records. It does not depend on settings, nor on what is left out of a run.

    >>> one, other = Fingerprint([]), Fingerprint([])
    >>> one.take(Record(1, "a", "delete", None, source=b"line")), other.take(Record(1, "a", "delete", None))
    (None, None)
    >>> one.value == other.value
    False
    """

    __slots__ = ("_is_file", "value")

    def __init__(self, records: object) -> None:
        self._is_file = isinstance(records, History)
        self.value = 0

    def take(self, record: Record) -> None:
        """Add a record: its bytes where it has any, else what it says. O(length)."""
        source = record.source
        self.value = crc32(source if type(source) is bytes else self._written(record, source), self.value)

    def take_lines(self, lines: Iterable[bytes]) -> None:
        """Add records of which each has its bytes: the same as one by one."""
        self.value = crc32(b"".join(lines), self.value)

    def take_rows(self, refs: Iterable[str | None], ats: Iterable[Milliseconds | None]) -> None:
        """Add the rows of a table that has no lines: the same as one by one."""
        self.value = crc32(
            "".join(map(repr, zip(refs, repeat("resolve"), ats))).encode("utf-8", "backslashreplace"), self.value
        )

    def _written(self, record: Record, source: Any) -> bytes:
        """Write a dict or a command; a row of Parquet, of which settings choose the columns, by its ref and time."""
        if not self._is_file:
            try:
                return msgspec.json.encode(source)
            except (TypeError, ValueError, OverflowError, RecursionError):  # what JSON cannot hold is told by its key
                pass
        return repr((record.ref, record.op, getattr(record.command, "at", None))).encode("utf-8", "backslashreplace")
