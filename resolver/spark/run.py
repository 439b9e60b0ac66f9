"""Run: what a replay on Spark left behind, as frames with the columns of a saved run, and as a folder with one."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from resolver.columns.numbered import Numbered
from resolver.columns.sources import fingerprint_of_lines
from resolver.settings import Settings
from resolver.simulate.loaded import store_of_tables
from resolver.simulate.saved import write_tables
from resolver.simulate.saved_columns import ROWS
from resolver.simulate.saved_format import COLUMNS, schema_of
from resolver.simulate.summary import Summary
from resolver.spark.given_lines import GivenLines
from resolver.spark.packages import arrow, functions
from resolver.spark.reading import How
from resolver.spark.tables import ENDS, ORDER, TASK, rows_of
from resolver.spark.totals import summed_up
from resolver.spark.work import Work


@attrs.frozen(eq=False)
class Cut:
    """A history that was read and cut: ``lines`` is a frame of the lines with the ``component`` of each.

    It has ``total`` lines, of which ``last`` has the largest number; ``tied`` is what ties them. Stages know by ``key``
    what they are of; None for what no key tells.
    """

    lines: Any
    total: int
    last: int
    how: How
    work: Work
    tied: Any
    key: str | None
    table: str
    """The name of the table of ``lines``."""


class SparkRun:
    """The result of a replay on Spark.

    ``facts``, ``steps``, ``values``, ``profiles`` and ``rejected`` are frames with the columns of the files of a saved
    run (docs/formats.md), in no order; ``ordered`` puts one into that of a replay in one process. ``assignments`` has
    ``ref``, ``profile_id``, ``first_line`` and ``last_line``; ordered by ``first_line`` it is what one process lists.
    Of sorted lines these two are their places in the order of their times.
    They are read from the work folder whenever they are used. A run of a comparison that was not asked for its tables
    has ``assignments`` and ``summary`` alone.
    """

    def __init__(self, done: Any, number: int, cut: Cut, *, has_tables: bool = True) -> None:
        self.settings: Settings = cut.how.settings[number]
        self.options = dict(cut.how.options)
        self.cut = cut
        self.number = number
        self._has_tables = has_tables
        self.rows = done.where(f"setting = {number}")
        """The rows of all tables, as tasks returned them."""

    @property
    def last_line(self) -> int:
        """The largest number of a line: those of lines that come later must be above it."""
        return self.cut.last

    @property
    def facts(self) -> Any:
        """All facts."""
        return self._table("facts")

    @property
    def steps(self) -> Any:
        """All commands that could be understood, each with what became of it."""
        return self._table("steps")

    @property
    def rejected(self) -> Any:
        """The lines that were rejected, and the identifiers that were dropped."""
        return self._table("rejected")

    @property
    def values(self) -> Any:
        """What the profiles hold at the end, each value with its time."""
        return self._table("values")

    @cached_property
    def assignments(self) -> Any:
        """Where each ref is at the end; one whose profile was deleted is not there."""
        f = functions()
        ended = (
            self._frame(ENDS)
            .groupBy("ref")
            .agg(
                f.max_by("profile_id", "last_line").alias("profile_id"),
                f.min("first_line").alias("first_line"),
                f.max("last_line").alias("last_line"),
            )
        )
        return ended.where("profile_id is not null")

    @property
    def profiles(self) -> Any:
        """The profiles at the end, with their aliases and the records that are theirs."""
        return self._profiles().select(*[name for name, _ in COLUMNS["profiles"]])

    @cached_property
    def summary(self) -> Summary:
        """The totals, as those of one process; how the history was read is not among them."""
        tasks = self._frame(TASK).collect()
        return summed_up(
            tasks, self._frame(ENDS), self._frame("values"), self.cut.tied, self.cut.how, self.number
        )  # fmt: skip

    @cached_property
    def full_profiles(self) -> int:
        """How many profiles have, for some idType, as many values as its limit allows."""
        return sum(task["full_profiles"] for task in self._frame(TASK).collect())

    def ordered(self, name: str) -> Any:
        """Return one of the frames in the order of one process. ``ValueError`` for a name that is none."""
        if name not in COLUMNS:
            raise ValueError(f"a run has no table {name!r}; expected one of {', '.join(COLUMNS)}")
        self._table(name)
        if name == "profiles":
            frame = self._profiles().orderBy(*ORDER)
            return frame.select(*[column for column, _ in COLUMNS[name]])
        return rows_of(self.rows, name, *ORDER).orderBy(*ORDER).drop(*ORDER)

    def save(self, directory: str | Path) -> None:
        """Write the run into a folder of this machine, as ``Run.save`` does, for ``load_run`` and the command line.

        All rows come through the driver, some thousands at a time; the store is made of the facts, so it must fit
        into the memory of this process. Runs of the same lines can be compared, wherever they were made. Raises
        ``ImportError`` without pyarrow, ``OSError`` where the folder cannot be written.
        """
        write_tables(
            Path(directory),
            {name: self._pieces(name) for name in COLUMNS},
            self.summary,
            store=lambda place: store_of_tables(place, self.settings, self.options, is_sorted=self.cut.how.sort),
            fingerprint=self._fingerprint(),
            settings=self.settings,
            options=self.options,
            is_sorted=self.cut.how.sort,
        )

    def _fingerprint(self) -> int:
        how = self.cut.how
        rows = self.cut.tied.orderBy("line").select("line", "raw").toLocalIterator()
        if not how.columns:
            return fingerprint_of_lines(bytes(row["raw"]) for row in rows)
        return Numbered(GivenLines(how, _pairs(rows))).read_all().fingerprint

    def _pieces(self, name: str) -> Iterator[Any]:
        """Yield a table in its order, piece by piece, as tables of Arrow."""
        pa = arrow()
        schema = schema_of(pa, name)
        for rows in _chunks(self.ordered(name).toLocalIterator(), ROWS):
            columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            yield pa.Table.from_arrays(arrays, schema=schema)

    def _table(self, name: str) -> Any:
        """One of the tables of a saved run; ``ValueError`` where they were not asked for."""
        if not self._has_tables:
            raise ValueError(
                f"the {name} of this run were not asked for, so they were not written; expected compare(..., "
                "tables=True)"
            )
        return self._frame(name)

    def _frame(self, name: str) -> Any:
        return rows_of(self.rows, name)

    def _profiles(self) -> Any:
        """The profiles with the integers that order them; their records are those of all tasks."""
        f = functions()
        records = self.assignments.groupBy("profile_id").agg(
            f.sort_array(f.collect_list(f.struct("first_line", "ref"))).alias("each")
        )
        mine = records.select("profile_id", f.col("each.ref").alias("records"))
        self._table("profiles")
        bare = rows_of(self.rows, "profiles", *ORDER).drop("records")
        nothing = f.array().cast("array<string>")
        return bare.join(mine, "profile_id", "left").withColumn("records", f.coalesce("records", nothing))


def _pairs(rows: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the numbers and the columns of rows of a table, some thousands at a time."""
    pa = arrow()
    for chunk in _chunks(rows, ROWS):
        yield pa.array([line for line, _ in chunk], pa.int64()), pa.array([raw for _, raw in chunk])


def _chunks(rows: Iterable[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows as tuples, so many at a time; one chunk at least."""
    chunk: list[tuple[Any, ...]] = []
    is_first = True
    for row in rows:
        chunk.append(tuple(map(_plain, row)))
        if len(chunk) == size:
            yield chunk
            chunk, is_first = [], False
    if chunk or is_first:
        yield chunk


def _plain(cell: Any) -> Any:
    """A cell as Arrow takes it: rows as dicts."""
    if isinstance(cell, list):
        return [*map(_plain, cell)]
    return cell.asDict() if hasattr(cell, "asDict") else cell
