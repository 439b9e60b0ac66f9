"""Loaded: a saved run read back as a run of which everything can be asked."""

import shutil
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from resolver.atomic_files import directory_locked
from resolver.columns.arrow_files import ArrowFiles, ColumnFile, arrow_library, memory_given_back, not_written
from resolver.columns.marks import IS_REJECTED, NOW
from resolver.engine import Engine
from resolver.errors import InvalidCommand, InvalidHistory, InvalidIdentifier, InvalidTime, ResolverError
from resolver.history import Record, records_of
from resolver.interrupts import close_file, interrupts_held
from resolver.json_documents import decoded
from resolver.kernel.rows import CommandNumber, Moment, ValueRow
from resolver.kernel.undo import advance
from resolver.memory import Memory, give_back
from resolver.names import Milliseconds, ProfileId
from resolver.rules.checks import OwnNormalizer
from resolver.settings import Settings
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.loaded_columns import ColumnsOfRun
from resolver.simulate.run import Again, Run, rarely_collecting
from resolver.simulate.saved_format import (
    STORE,
    SUMMARY,
    About,
    about_in,
    read_value,
    text_or_none,
)
from resolver.simulate.steps import Identifier, Rejection, Wanted
from resolver.simulate.summary import Summary

Functions = Mapping[str, Any]
"""The options of an engine that are the caller's own functions."""

_ERRORS = {error.__name__: error for error in (InvalidCommand, InvalidIdentifier, InvalidTime)}
"""Why a line is no command."""


def load_run(
    directory: str | Path,
    *,
    clock: Callable[[], Milliseconds] | None = None,
    new_id: Callable[[int, Milliseconds], ProfileId] | None = None,
    normalizers: Mapping[str, OwnNormalizer] | None = None,
    memory: int | str | None = None,
) -> Run:
    """Return the run that ``Run.save`` wrote into a folder.

    It answers everything as it did, and does not need the folder any more. Its ``history`` are its steps, and the
    lines that were no commands; where lines were sorted, each has its number as line. *clock*, *new_id* and
    *normalizers* are functions that the run was replayed with; a normalization that is missing is ``InvalidHistory``.
    So is a folder that holds no run, a file that is missing or damaged, a run that was saved masked, and another
    version of the format. ``ImportError`` without pyarrow. O(commands + facts).

    *memory* is how many bytes its columns may take once they are read, as ``replay`` has it: those of a run that take
    more are put into Arrow files of a temporary folder. ``NotEnoughMemory`` if it cannot be read as a whole.
    """
    place = Path(directory)
    arrow = arrow_library("a run is saved")
    given = {"clock": clock, "new_id": new_id, "normalizers": normalizers}
    with Memory(str(directory), memory) as watched, directory_locked(place, shared=True), rarely_collecting():
        about = about_in(place)
        missing = sorted({*about.normalizers} - {*(normalizers or ())})
        if missing:
            names = ", ".join(missing)
            raise InvalidHistory(f"{place}: the run used own normalizations ({names}); expected load_run(normalizers=)")
        functions = {name: each for name, each in given.items() if each is not None}
        try:
            columns, run = _loaded(arrow, place, about, functions)
        except (ResolverError, LookupError, ValueError, TypeError, AssertionError, msgspec.MsgspecError) as error:
            raise InvalidHistory(f"{place} is damaged: its files do not fit together ({error})") from error
        if watched.is_too_large(columns.size):
            columns.put_away(ArrowFiles())
    give_back(run.summary.lines)
    return run


def _loaded(arrow: Any, place: Path, about: About, functions: Functions) -> tuple[ColumnsOfRun, Run]:
    options = {**about.options, **functions}
    settings = Settings.from_json(about.settings)
    summary = msgspec.convert(decoded((place / SUMMARY).read_bytes()), Summary)
    columns = _columns(arrow, place, Engine(settings, **options), about.is_sorted)
    rejected = (place / "rejected.parquet").read_bytes()
    rest = _Rest(arrow, columns, _Kept(place / STORE), functions, rejected)
    kept = ColumnSource(columns.done, rest, settings, options)
    return columns, Run(
        kept,
        summary,
        history=records_of(Again(lambda: _records(kept, about.is_sorted))),
        is_sorted=about.is_sorted,
        fingerprint=int(about.fingerprint, 16),
    )


def _columns(arrow: Any, place: Path, engine: Engine, is_sorted: bool) -> ColumnsOfRun:
    steps, facts = (ColumnFile(arrow, place / f"{name}.parquet") for name in ("steps", "facts"))
    with steps, facts, memory_given_back(arrow):
        return ColumnsOfRun(arrow, steps, facts, engine, is_sorted)


def store_of_tables(place: Path, settings: Settings, options: Mapping[str, Any], *, is_sorted: bool = False) -> Engine:
    """Return the store at the end of a run whose steps and facts are in a folder, as its facts make it.

    The position is that of the last applied command, whether it had facts or not. Its time is that of the last fact, or
    of a later command that has one.
    """
    arrow = arrow_library("a run is saved")
    columns = _columns(arrow, place, Engine(settings, **options), is_sorted)
    engine = Engine(settings, **options)
    engine.fold(ColumnSource(columns.done, _Rest(arrow, columns, None, {}, b""), settings, options).read_facts())
    n, tables = columns.done.numbered, engine._tables
    applied = [event for event, status in enumerate(columns.done.status) if status != IS_REJECTED]
    if applied:
        later = (event for event in reversed(applied) if n.ats[event] != NOW and n.numbers[event] > tables.number)
        at = next((Moment(n.ats[event]) for event in later), tables.at)
        advance(tables, engine._scratch, CommandNumber(n.numbers[applied[-1]]), at)
    return engine


class _Kept:
    """A copy of a file that is seldom read and outlives it: a temporary file, gone with this object."""

    def __init__(self, path: Path) -> None:
        with interrupts_held():
            self._file = tempfile.TemporaryFile(prefix="resolver-store-")  # noqa: SIM115 - it lives on
            weakref.finalize(self, close_file, self._file)
        try:
            with path.open("rb") as given:
                shutil.copyfileobj(given, self._file)
            self._file.flush()
        except OSError as error:
            raise not_written(error, Path(tempfile.gettempdir()), f"a copy of {path}") from error

    def read(self) -> bytes:
        """Return what is in it."""
        self._file.seek(0)
        return self._file.read()


class _Rest:
    """What a loaded run has beside its columns."""

    def __init__(
        self, arrow: Any, columns: ColumnsOfRun, snapshot: "_Kept | None", functions: Functions, rejected: bytes
    ) -> None:
        self._arrow = arrow
        self._columns = columns
        self._snapshot = snapshot
        self._functions = functions
        self._rejected = rejected

    def store(self) -> Engine:
        """The store at the end."""
        assert self._snapshot is not None, "a store is asked for that is being made"
        return Engine.restore(self._snapshot.read(), **self._functions)

    def view(self) -> None:
        """Return None: the store is restored for its user."""

    def stored(self, event: int) -> tuple[Identifier, ...]:
        """What a command offered, as it was stored."""
        return self._columns.identifiers(event)

    def rows(self, event: int) -> Sequence[ValueRow]:
        """The rows of the values that a command offered."""
        return self._columns.rows(event)

    def offers(self) -> tuple["array[int]", "array[int]", "array[int]"]:
        """Columns of what commands offered: where each begins, and rows of values, which are their own numbers."""
        return self._columns.offers()

    def refusal(self, event: int) -> None:
        """Return None: the rejections have it."""

    def error(self, event: int) -> None:
        """Return None: the rejections have it."""

    def rejection(self, event: int) -> None:
        """Return None: it is found only among all of them."""

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""
        file = self._arrow.parquet.ParquetFile(self._arrow.BufferReader(self._rejected))
        for batch in file.iter_batches(use_threads=False):
            for row in batch.to_pylist():
                names = ("reason", "error", "detail", "raw", "id_type")
                reason, error, detail, raw, id_type = (text_or_none(row[name]) for name in names)
                value = read_value(row["value"], row["other_value"])
                yield Rejection(row["line"], str(reason), str(error), str(detail), raw, id_type, value)


def _records(kept: ColumnSource, is_sorted: bool) -> Iterator[Record]:
    """Yield the commands as records, and the lines that were none, each where it stood; after the others if sorted."""
    refused = {step.line for step in kept.read_steps(Wanted(is_applied=False))}
    others = (each for each in kept.read_rejected() if each.raw is not None and each.line not in refused)
    other = next(others, None)
    for step in kept.read_steps(Wanted()):
        while other is not None and not is_sorted and other.line < step.line:
            yield _no_command(other)
            other = next(others, None)
        source = step.command if step.rejection is None else str(step.rejection.raw).encode()
        line = step.number if is_sorted else step.line
        yield Record(line, step.ref, "", step.command, source=source)
    while other is not None:
        yield _no_command(other)
        other = next(others, None)


def _no_command(rejection: Rejection) -> Record:
    error = _ERRORS.get(rejection.error, InvalidCommand)(rejection.detail)
    return Record(rejection.line, None, "", None, error, rejection.reason, str(rejection.raw).encode())
