"""Arrow files: columns in files, of which no more is in memory than is asked for.

Columns of integers are put into a temporary folder, and mapped from there. So the system takes back the memory that
they are in when it is short of it, and reads again what is asked for.

>>> from array import array
>>> files = ArrowFiles()
>>> numbers, kinds = files.put("facts", {"number": array("q", [5, 6]), "kind": array("b", [1, 0])})
>>> list(numbers), list(kinds), [path.name for path in files.folder.iterdir()]
([5, 6], [1, 0], ['facts.arrow'])
>>> folder = files.folder
>>> del files
>>> folder.exists()
False
"""

import importlib
import mmap
import os
import tempfile
import weakref
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from resolver.columns.table_columns import number_pairs
from resolver.interrupts import interrupts_held, remove_folder
from resolver.kernel.columns import COMPILED

_TYPES = {"b": "int8", "i": "int32", "q": "int64"}
"""What Arrow calls the integers of an array."""


class ArrowFiles:
    """A folder of tables, a file each. It is gone with this object, or when the process ends.

    ``ImportError`` without pyarrow, ``OSError`` where no folder can be made.
    """

    def __init__(self) -> None:
        self._arrow = arrow_library()
        with interrupts_held():
            self.folder = Path(tempfile.mkdtemp(prefix="resolver-columns-"))
            weakref.finalize(self, remove_folder, self.folder)

    def put(self, name: str, columns: Mapping[str, Any], *, may_change: bool = False) -> list[Any]:
        """Write columns of one length into a file, and return them as they are mapped from there. O(size).

        A column is an array, or the memory of one. What is returned is a memoryview, of which a part is no copy. It
        cannot be changed unless it *may_change*, which only this process sees then; compiled code could change it in
        any case, since its loops take no other memory. ``OSError`` where the file cannot be written.
        """
        views: dict[str, Any] = {each: memoryview(column) for each, column in columns.items()}
        size = len(next(iter(views.values())))
        if size == 0:
            return list(views.values())
        path = self.folder / f"{name}.arrow"
        try:
            self._write(path, views, size)
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except OSError as error:
            raise not_written(
                error, path, "the columns of a run", ", or a larger bound, within which they stay in memory (--memory)"
            ) from error
        found = self._parts(mapped, views.values())
        return found if COMPILED or may_change else [view.toreadonly() for view in found]

    def _write(self, path: Path, views: Mapping[str, Any], size: int) -> None:
        arrow = self._arrow
        arrays = [
            arrow.Array.from_buffers(getattr(arrow, _TYPES[view.format])(), size, [None, arrow.py_buffer(view)])
            for view in views.values()
        ]
        batch = arrow.record_batch(arrays, names=[*views])
        with arrow.OSFile(str(path), "wb") as file, arrow.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)

    def _parts(self, mapped: mmap.mmap, views: Iterable[Any]) -> list[Any]:
        """Return where the columns are in the memory of a file."""
        whole, memory = memoryview(mapped), self._arrow.py_buffer(mapped)
        with self._arrow.ipc.open_file(memory) as reader:
            columns = reader.get_batch(0).columns
        starts = [column.buffers()[1].address - memory.address for column in columns]
        return [whole[start : start + view.nbytes].cast(view.format) for start, view in zip(starts, views, strict=True)]


def arrow_library(what: str = "columns are put into files") -> Any:
    """Return pyarrow with what reads and writes files; ``ImportError`` says how to install it, and for *what*."""
    try:
        arrow = importlib.import_module("pyarrow")
        importlib.import_module("pyarrow.parquet")
        importlib.import_module("pyarrow.compute")
    except ImportError as error:
        raise ImportError(
            f"{what} through pyarrow, which is not installed; pip install 'idresolver[parquet]'"
        ) from error
    return arrow


@contextmanager
def memory_given_back(arrow: Any) -> Iterator[None]:
    """Let Arrow give memory back inside as soon as nobody holds it: its own allocator keeps some hundred megabytes.

    >>> arrow = arrow_library()
    >>> with memory_given_back(arrow):
    ...     arrow.default_memory_pool().backend_name
    'system'
    """
    before = arrow.default_memory_pool()
    arrow.set_memory_pool(arrow.system_memory_pool())
    try:
        yield
    finally:
        arrow.set_memory_pool(before)


def not_written(error: OSError, path: Path, what: str, helps: str = "") -> OSError:
    """Return the error that says *what* was to be written, why it was not, and what helps besides room.

    >>> not_written(OSError(28, "full"), Path("/tmp/x"), "the lines").strerror
    'the lines cannot be written to disk: No space left on device; expected room for temporary files (TMPDIR)'
    """
    why = os.strerror(error.errno) if error.errno else error
    text = f"{what} cannot be written to disk: {why}; expected room for temporary files (TMPDIR){helps}"
    return OSError(error.errno, text, str(path))


class ColumnFile:
    """A Parquet file of which one column is in memory at a time, or a few rows."""

    def __init__(self, arrow: Any, path: Path) -> None:
        self._arrow = arrow
        self._file = arrow.parquet.ParquetFile(path, pre_buffer=False)

    def __enter__(self) -> "ColumnFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def column(self, name: str) -> Any:
        """Return a column, read anew. O(rows)."""
        groups = range(self._file.num_row_groups)
        parts = [self._file.read_row_group(each, columns=[name], use_threads=False) for each in groups]
        return self._arrow.concat_tables(parts).column(0)

    def rows(self, places: Sequence[int], names: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return some rows, whose *places* ascend, or some columns of them. O(rows), a part of the file at a time."""
        found: list[dict[str, Any]] = []
        start = at = 0
        for group in range(self._file.num_row_groups):
            end = start + self._file.metadata.row_group(group).num_rows
            after = bisect_left(places, end, at)
            if after > at:
                table = self._file.read_row_group(group, columns=names, use_threads=False)
                wanted = self._arrow.array([place - start for place in places[at:after]])
                found += table.take(wanted).to_pylist()
            start, at = end, after
        return found


# From Arrow to arrays


def integers_of(column: Any, code: str, absent: int = 0) -> "array[int]":
    """Return the integers of a column of Arrow, *absent* where there is none.

    >>> integers_of(arrow_library().array([5, None, 7]), "q", -1)
    array('q', [5, -1, 7])
    """
    found, filled = array(code), column.fill_null(absent) if column.null_count else column
    for chunk in getattr(filled, "chunks", [filled]):
        if len(chunk):
            view = memoryview(chunk.buffers()[1])
            found.frombytes(view[chunk.offset * found.itemsize : (chunk.offset + len(chunk)) * found.itemsize])
    return found


def numbered_together(arrow: Any, columns: Sequence[Any]) -> tuple[list[Any], Any]:
    """Return columns as numbers, none where there is no entry; and the entries, each once, that all columns share.

    >>> arrow = arrow_library()
    >>> numbers, entries = numbered_together(arrow, [arrow.chunked_array([each]) for each in (["a", "b"], [None, "b"])])
    >>> [each.to_pylist() for each in numbers], entries.to_pylist()
    ([[0, 1], [None, 1]], ['a', 'b'])
    """
    kind = columns[0].type
    every = arrow.chunked_array([chunk for column in columns for chunk in column.chunks], kind).dictionary_encode()
    indices = arrow.chunked_array([chunk.indices for chunk in every.chunks], arrow.int32())
    ends = accumulate(map(len, columns), initial=0)
    found = [indices.slice(start, end - start) for start, end in pairwise(ends)]
    return found, every.chunk(0).dictionary if every.num_chunks else arrow.array([], kind)


def numbered_pairs(
    arrow: Any, firsts: Sequence[Any], seconds: Sequence[Any], size: int
) -> tuple[list["array[int]"], "array[int]", "array[int]"]:
    """Return numbers of pairs, which are numbers of which the second is below *size*; -1 for a pair without a first.

    The numbers of all columns; then for each pair the first, and the second, which is -1 where there is none.
    """
    left, right = (
        integers_of(arrow.chunked_array([chunk for each in side for chunk in each.chunks], arrow.int32()), "i", -1)
        for side in (firsts, seconds)
    )
    last, (before, numbers) = array("i", [-1]) * (size + 1), (array("i", bytes(4 * len(left))) for _ in range(2))
    pairs = array("i", bytes(8 * len(left)))
    count = number_pairs(left, right, last, before, pairs, numbers)
    ends = accumulate(map(len, firsts), initial=0)
    return [numbers[start:end] for start, end in pairwise(ends)], pairs[: 2 * count : 2], pairs[1 : 2 * count : 2]
