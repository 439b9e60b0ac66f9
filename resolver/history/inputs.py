"""What can be a history, and for everything else one sentence that says how to read it.

>>> str(not_a_history({"ref": "crm:1"}))
"a dict is one record, not a history; expected a list of records, or read_history('records.jsonl')"
"""

import io
import os
from collections.abc import Mapping

from resolver.errors import InvalidHistory, shown

STREAM = "__arrow_c_stream__"
_STREAMS = (STREAM, "fetch_record_batch")
"""By one of these, what can be read is known; the second is what cursors of ADBC have."""

_FRAMES = (*_STREAMS, "__dataframe__", "sink_parquet")
"""By one of these, data frames and tables of every library can be known; the last is what a lazy one of polars has."""

_WAYS = {
    "collect": "frame.collect()",
    "to_arrow": "frame.to_arrow()",
    "to_parquet": "frame.to_parquet('records.parquet'), then read_history('records.parquet')",
}
_BY_PYARROW = "pyarrow.interchange.from_dataframe(frame)"


def not_a_history(given: object) -> InvalidHistory | None:
    """Return the error for what cannot be iterated as commands or records; None for what can."""
    if isinstance(given, str | bytes | os.PathLike):
        return InvalidHistory(f"{given!r} is a name, not a history; expected read_history({given!r})")
    if is_frame(given):
        return InvalidHistory(f"{named(given)} is not read as a history; expected {how_to_read(given)}")
    if isinstance(given, io.IOBase):
        return InvalidHistory(f"{shown(given)} is an open file; expected read_history and the file's name")
    if isinstance(given, Mapping):
        return InvalidHistory(
            f"a {type(given).__name__} is one record, not a history; expected a list of records, "
            "or read_history('records.jsonl')"
        )
    if not hasattr(type(given), "__iter__") and not hasattr(type(given), "__getitem__"):
        return InvalidHistory(
            f"{shown(given)} is not a history; expected read_history('records.jsonl'), or a list of records or commands"
        )
    return None


def is_no_entry(each: object) -> bool:
    """Return whether an entry of a list can only be a mistake about the list: a text, a path, a frame or a column."""
    return isinstance(each, str | bytes | os.PathLike) or is_frame(each) or _is_column(each)


def not_entries(first: object, *, more: bool) -> InvalidHistory:
    """Return the error for a list in which each is no entry, with the *first* of them and perhaps *more*."""
    if isinstance(first, str | bytes):
        return InvalidHistory(
            f"{shown(first)} is a text, not a record; expected read_history and a list of files' names, or "
            "json.loads of each text that is a line"
        )
    if isinstance(first, os.PathLike):
        rest = ", ..." if more else ""
        return InvalidHistory(f"{first!r} is a path, not a record; expected read_history([{first!r}{rest}])")
    if is_readable(first):
        rest = ", ..." if more else ""
        return InvalidHistory(f"{named(first)} is not a record; expected read_history([frame{rest}])")
    return InvalidHistory(f"{named(first)} is not a record; expected {how_to_read(first)}")


def not_a_path(given: object) -> InvalidHistory | None:
    """Return the error for what names no file and is no frame that can be read; None for what does, or is."""
    if isinstance(given, str | bytes | os.PathLike) or is_readable(given):
        return None
    if is_frame(given):
        return InvalidHistory(f"{named(given)} is not a file; expected {how_to_read(given)}")
    return InvalidHistory(
        f"{shown(given)} is not a path; expected the name of a file, such as 'records.jsonl' "
        "(replay takes a list of records as it is)"
    )


def is_frame(given: object) -> bool:
    """Return whether this is a data frame, a table or a column of some library; none of them is imported."""
    kind = type(given)  # a class, so that a frame's columns cannot be taken for its methods
    return any(hasattr(kind, name) for name in _FRAMES)


def is_readable(given: object) -> bool:
    """Return whether this is a frame or a stream of Arrow, whose rows can be read as they are."""
    kind = type(given)
    return any(hasattr(kind, name) for name in _STREAMS) and not _is_column(given)


def how_to_read(frame: object) -> str:
    """Return what to do with a frame, or a column, that is not read as it is."""
    if _is_column(frame):
        return "its values as a list, then a list of records"
    return next((words for name, words in _WAYS.items() if hasattr(type(frame), name)), _BY_PYARROW)


def _is_column(given: object) -> bool:
    kind = type(given)
    is_list = any(hasattr(kind, name) for name in ("to_list", "to_pylist"))
    return is_list and not any(hasattr(kind, name) for name in ("column_names", "columns"))


def named(frame: object) -> str:
    """Return what a frame is called: by its library, and its class there."""
    kind = type(frame)
    return f"a {kind.__module__.partition('.')[0].lstrip('_')} {kind.__name__}"
