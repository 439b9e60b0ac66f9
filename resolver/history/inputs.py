"""What can be a history, and for everything else one sentence that says how to read it.

>>> str(not_a_history({"ref": "crm:1"}))
"a dict is one record, not a history; expected a list of records, or read_history('records.jsonl')"
"""

import io
import os
from collections.abc import Mapping

from resolver.errors import InvalidHistory, shown

_FRAMES = ("__arrow_c_stream__", "__dataframe__", "sink_parquet")
"""By one of these, data frames and tables of every library can be known; the last is what a lazy one of polars has."""

_WRITERS = {
    "write_parquet": "frame.write_parquet('records.parquet')",
    "sink_parquet": "frame.sink_parquet('records.parquet')",
    "to_parquet": "frame.to_parquet('records.parquet')",
}
_WRITTEN_BY_PYARROW = "pyarrow.parquet.write_table(pyarrow.table(data), 'records.parquet')"


def not_a_history(given: object) -> InvalidHistory | None:
    """Return the error for what cannot be iterated as commands or records; None for what can."""
    if isinstance(given, str | bytes | os.PathLike):
        return InvalidHistory(f"{given!r} is a name, not a history; expected read_history({given!r})")
    if is_frame(given):
        first, then = how_to_read(given)
        return InvalidHistory(f"{named(given)} is not read as a history; expected {first}, then {then}")
    if isinstance(given, io.IOBase):
        return InvalidHistory(f"{shown(given)} is an open file; expected read_history and the file's name")
    if isinstance(given, Mapping):
        return InvalidHistory(
            f"a {type(given).__name__} is one record, not a history; expected a list of records, "
            "or read_history('records.jsonl')"
        )
    if not hasattr(type(given), "__iter__") and not hasattr(type(given), "__getitem__"):
        return InvalidHistory(
            f"{shown(given)} is no history; expected read_history('records.jsonl'), or a list of records or commands"
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
    then, last = how_to_read(first)
    return InvalidHistory(f"{named(first)} is no record; expected {then}, then {last}")


def not_a_path(given: object) -> InvalidHistory | None:
    """Return the error for what names no file; None for what does."""
    if isinstance(given, str | bytes | os.PathLike):
        return None
    if is_frame(given):
        first, then = how_to_read(given)
        return InvalidHistory(f"{named(given)} is no file; expected {first}, then {then}")
    return InvalidHistory(
        f"{shown(given)} is no path; expected the name of a file, such as 'records.jsonl' "
        "(replay takes a list of records as it is)"
    )


def is_frame(given: object) -> bool:
    """Return whether this is a data frame, a table or a column of some library; none of them is imported."""
    kind = type(given)  # a class, so that a frame's columns cannot be taken for its methods
    return any(hasattr(kind, name) for name in _FRAMES)


def how_to_read(frame: object) -> tuple[str, str]:
    """Return what to do with a frame first, and what then gives its history."""
    kind = type(frame)
    if _is_column(frame):
        return "its values as a list", "a list of records"
    written = next((words for name, words in _WRITERS.items() if hasattr(kind, name)), _WRITTEN_BY_PYARROW)
    return written, "read_history('records.parquet')"


def _is_column(given: object) -> bool:
    kind = type(given)
    return any(hasattr(kind, name) for name in ("to_list", "to_pylist")) and not hasattr(kind, "column_names")


def named(frame: object) -> str:
    """Return what a frame is called: by its library, and its class there."""
    kind = type(frame)
    return f"a {kind.__module__.partition('.')[0].lstrip('_')} {kind.__name__}"
