"""Arrow files: columns of integers in a temporary folder, from which they are mapped into memory.

So the system takes back the memory that they are in when it is short of it, and reads again what is asked for.

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
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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


def arrow_library() -> Any:
    """Return pyarrow; ``ImportError`` says how to install it."""
    try:
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise ImportError(
            "columns are put into files through pyarrow, which is not installed; pip install 'idresolver[parquet]'"
        ) from error


def not_written(error: OSError, path: Path, what: str, helps: str = "") -> OSError:
    """Return the error that says *what* was to be written, why it was not, and what helps besides room.

    >>> not_written(OSError(28, "full"), Path("/tmp/x"), "the lines").strerror
    'the lines cannot be written to disk: No space left on device; expected room for temporary files (TMPDIR)'
    """
    why = os.strerror(error.errno) if error.errno else error
    text = f"{what} cannot be written to disk: {why}; expected room for temporary files (TMPDIR){helps}"
    return OSError(error.errno, text, str(path))
