"""Data frames, of whichever library is installed; none is loaded before somebody asks for one."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

LIBRARIES = ("pandas", "polars")
"""The libraries that can be asked for, the first choice first."""


def frame(columns: Mapping[str, Sequence[Any]], library: str | None = None) -> Any:
    """Give columns as a ``DataFrame`` of a library; None takes pandas, else polars.

    Raises ``ImportError`` that says what to install, ``ValueError`` for another library.

    >>> frame({"ref": ["crm:1"]}, "pandas").shape
    (1, 1)
    """
    return import_module(_chosen(library)).DataFrame(dict(columns))


def _chosen(library: str | None) -> str:
    if library is not None and library not in LIBRARIES:
        raise ValueError(f"library: {library!r} is not known; expected {' or '.join(map(repr, LIBRARIES))}, or None")
    wanted = LIBRARIES if library is None else (library,)
    for name in wanted:
        if find_spec(name) is not None:
            return name
    raise ImportError(
        f"a data frame needs {' or '.join(wanted)}, which is not installed; "
        f"expected one of them: pip install 'idresolver[{wanted[0]}]'"
    )
