"""Rows: what the integers of the kernel name, each kind with a type of its own, and columns that say what they take.

To Python all of them are plain integers. To mypy a column is a ``Column[ValueRow, ProfileRow]``: it is read at the row
of a value, and has the row of a profile there. So a row that stands where another one belongs is an error of types.

Rows are read from columns, or are the ``Count`` of a table, so a command calls none of these types: the interpreter
would pay for it. Where one is called, compiled code is to find the C functions of ``rows.pxd`` instead, so it is called
by the module's name: ``rows.ProfileRow(7)``.
"""

from collections.abc import Iterator
from typing import Any, NewType, Protocol, TypeAlias, TypeVar

from resolver.names import Value

ValueRow = NewType("ValueRow", int)
"""A row of the table of values."""

ProfileRow = NewType("ProfileRow", int)
"""A row of the table of profiles."""

HoldRow = NewType("HoldRow", int)
"""A row of the table of holds."""

TypeNumber = NewType("TypeNumber", int)
"""The number that a store gives to an idType."""

CommandNumber = NewType("CommandNumber", int)
"""A command's place in its history."""

Moment = NewType("Moment", int)
"""A UTC time in milliseconds, read from what a command or a clock gave."""

Count: TypeAlias = Any
"""How many rows a table has, which is also the next new row: mypy takes it for either."""

Row = TypeVar("Row", bound=int, contravariant=True)
Entry = TypeVar("Entry", bound=int)


class Column(Protocol[Row, Entry]):
    """Integers of one meaning, read at rows of one meaning. Where either has several, it is ``Any``."""

    def __getitem__(self, row: Row, /) -> Entry: ...
    def __setitem__(self, row: Row, entry: Entry, /) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Entry]: ...


Integers: TypeAlias = Column[Any, Any]
"""A column of integers of any meaning."""

NO_TEXT = Value("")
"""The text of a free row."""


class Texts(Protocol):
    """The normalized texts of all values, by their rows."""

    def __getitem__(self, row: ValueRow, /) -> Value: ...
    def __setitem__(self, row: ValueRow, text: Value, /) -> None: ...
    def __delitem__(self, rows: slice, /) -> None: ...
    def __len__(self) -> int: ...
    def append(self, text: Value, /) -> None:
        """Add the text of the next row."""


Of = TypeVar("Of")


class ByType(Protocol[Of]):
    """One thing for each idType, by its number."""

    def __getitem__(self, number: TypeNumber, /) -> Of: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Of]: ...
    def append(self, thing: Of, /) -> None:
        """Add what the next idType has."""
