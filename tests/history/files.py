"""Files for the tests of reading: written, read back, and shown in few words."""

import gzip
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resolver.commands import AnyCommand, Resolve
from resolver.history import Record, read_history


def written(folder: Path, name: str, data: bytes | str) -> Path:
    """A file with these bytes; compressed where its name says so."""
    path = folder / name
    content = data.encode() if isinstance(data, str) else data
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(path: str | os.PathLike[str], **options: Any) -> list[Record]:
    """All records of a file."""
    return list(read_history(path, **options))


def one(folder: Path, data: bytes | str, name: str = "h.jsonl", **options: Any) -> Record:
    """The only record of a file with these bytes."""
    (record,) = read(written(folder, name, data), **options)
    return record


def commands(records: Iterable[Record]) -> list[AnyCommand | None]:
    """The commands alone."""
    return [record.command for record in records]


def plain(records: Iterable[Record]) -> list[Any]:
    """What formats must agree on: ref, time, and every identifier as a list of values."""
    return [(record.ref, *_resolved(record)) for record in records]


def _resolved(record: Record) -> tuple[Any, Any]:
    assert isinstance(record.command, Resolve), record
    assert isinstance(record.command.identifiers, dict)
    values = record.command.identifiers.items()
    return record.command.at, {key: [value] if isinstance(value, str) else list(value) for key, value in values}


def seen(record: Record) -> Any:
    """All that is known of a record but the source that it came from."""
    return record.line, record.ref, record.op, record.command, record.reason, str(record.error)
