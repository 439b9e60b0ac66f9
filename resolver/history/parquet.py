"""Parquet: one resolve command a row, read batch by batch through pyarrow; rows are numbered from 1."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from resolver.history.arrow import BATCH, ArrowData, Batch, arrow_batches, arrow_of
from resolver.history.reading import Reading
from resolver.history.source import CHUNK

_UUID = "UUID"
"""The logical type of Parquet; in Arrow it is an extension type, or 16 bytes where pyarrow does not know that."""


def parquet_batches(reading: Reading, size: int = BATCH) -> Iterator[Batch]:
    """Return the rows of a Parquet file, at most *size* in a batch."""
    arrow = arrow_of(reading.source.name)
    return arrow_batches(reading, arrow, _opened(reading, arrow, size), "Parquet")


@contextmanager
def _opened(reading: Reading, arrow: Any, size: int) -> Iterator[ArrowData]:
    # INT96 is read as nanoseconds unless told otherwise, which hold the years 1677 to 2262 only; and all of a row group
    # at once, which may be all of the file
    how = {"coerce_int96_timestamp_unit": "us", "pre_buffer": False, "buffer_size": CHUNK}
    with arrow.parquet.ParquetFile(reading.file.file(), **how) as file:
        names = file.schema_arrow.names

        def read(places: Sequence[int]) -> Iterable[Any]:
            chosen = [names[place] for place in places]
            return (batch.select(chosen) for batch in file.iter_batches(batch_size=size, columns=chosen))

        yield ArrowData(file.schema_arrow, file.metadata.num_rows, _uuids(file), read)


def _uuids(file: Any) -> set[str]:
    """Return the names of the columns that hold UUIDs, or lists of them."""
    leaves = (file.schema.column(place) for place in range(len(file.schema)))
    paths = [leaf.path for leaf in leaves if leaf.logical_type.type == _UUID]
    return {name for name in file.schema_arrow.names for path in paths if path == name or path.startswith(f"{name}.")}
