"""What the reader of every format is told about one file, and what it notes for the summary.

>>> notes = Notes()
>>> notes.ignore(["notes", "age", "notes"])
>>> notes.ignored
('notes', 'age')
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from resolver.history.source import FileSource, Source
from resolver.history.times import Times
from resolver.names import IdType

Columns = Mapping[str, Sequence[str]]
"""What ``--map`` says: the columns that make up ``ref``, ``at`` or an identifier type."""

LONGEST = 1 << 24
"""Bytes that a line may have unless told otherwise, 16 MiB; a value has at most 255 characters."""

MOST_IGNORED = 100
"""How many names are remembered: a file may use a fresh key on every line, and nothing must grow with it."""


class Notes:
    """What was seen while a history was read: names that nothing read, and cells that were split."""

    __slots__ = ("_ignored", "near", "split_cells")

    def __init__(self) -> None:
        self._ignored: dict[str, None] = {}
        self.near: dict[IdType, str] = {}
        """Names that no column serves, each with the ignored column that may have been meant for it."""
        self.split_cells = 0
        """Cells that a separator made several values of, in the latest iteration."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """The keys and columns that nothing read, in the order they were met, at most ``MOST_IGNORED``."""
        return tuple(self._ignored)

    @property
    def full(self) -> bool:
        """Whether further names would be forgotten."""
        return len(self._ignored) >= MOST_IGNORED

    def ignore(self, names: Iterable[str]) -> None:
        """Remember the names that are new; a lone surrogate in one as its escape. O(names)."""
        for name in names:
            if not self.full:
                self._ignored[name.encode("utf-8", "backslashreplace").decode()] = None


@attrs.frozen
class Reading:
    """One file of a history, or what stands for it, and the options it is read with."""

    source: Source
    format: str = attrs.field(default="jsonl", kw_only=True)
    times: Times = attrs.field(factory=Times, kw_only=True)
    columns: Columns = attrs.field(factory=dict, kw_only=True)
    separator: str | None = attrs.field(default=None, kw_only=True)
    delimiter: str | None = attrs.field(default=None, kw_only=True)
    encoding: str | None = attrs.field(default=None, kw_only=True)
    max_line: int = attrs.field(default=LONGEST, kw_only=True)
    id_types: Collection[IdType] | None = attrs.field(default=None, kw_only=True)
    known_types: Collection[IdType] = attrs.field(default=(), kw_only=True)
    """IdTypes of other settings, which a table may have without one that is read."""
    query: str | None = attrs.field(default=None, kw_only=True)
    """What is asked of a database."""
    gzipped: bool = attrs.field(default=False, kw_only=True)
    notes: Notes = attrs.field(factory=Notes, kw_only=True)
    before: int = attrs.field(default=0, kw_only=True)
    """Lines and rows of the files before this one, which its numbers go on from."""

    @property
    def is_file(self) -> bool:
        """Whether it is a file of lines or rows, and neither an object nor a query."""
        return isinstance(self.source, FileSource) and self.query is None

    @property
    def file(self) -> FileSource:
        """The source, which the formats of files are read from."""
        assert isinstance(self.source, FileSource), self.source
        return self.source

    @property
    def is_table(self) -> bool:
        """Whether what is read has columns; objects of JSON do, where they are mapped."""
        return self.format != "jsonl" or bool(self.columns)
