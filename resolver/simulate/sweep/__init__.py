"""Sweep: one history under many settings, measured, with the best of them marked.

A history is read once, and each setting that is not finished is replayed. What is finished stands in a state file: a
line a setting, appended as soon as it is there. What a line is about is a digest of everything that decides its
figures; so a file may be used again when the grid grows, and is of no use when history, truth or versions changed.

>>> history = [
...     {"ref": "a", "identifiers": {"phone": "317-555-6789", "email": "ada@example.com"}},
...     {"ref": "b", "identifiers": {"phone": "(317) 555-6789", "email": "bob@example.com"}},
... ]
>>> table = sweep(history, {"axes": {"phone.enforceUnique": [True, False]}}, truth={"a": "ada", "b": "bob"})
>>> [(row.values["phone.enforceUnique"], row.measures.profiles, row.on_front) for row in table.rows]
[(True, 1, False), (False, 2, True)]
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from hashlib import blake2b
from multiprocessing import current_process
from pathlib import Path
from typing import Any

import msgspec

from resolver.columns.numbered import Numbered
from resolver.columns.texts import NoText
from resolver.history.opening import ArrowStream
from resolver.interrupts import temporary_folder
from resolver.rules.checks import OwnNormalizer
from resolver.simulate.order import moved
from resolver.simulate.sweep.chart import scatter
from resolver.simulate.sweep.grid import Grid, GridSetting, read_grid
from resolver.simulate.sweep.result import WITH_TRUTH, WITHOUT_TRUTH, Measures, Objective, Row, Sweep, figures, front
from resolver.simulate.sweep.workers import GUARD, Replays, in_processes, in_this_process, not_sendable
from resolver.simulate.truth import Agreement, Truth, agreement, read_truth
from resolver.versions import versions

__all__ = [
    "Agreement",
    "Grid",
    "GridSetting",
    "Measures",
    "Objective",
    "Row",
    "Sweep",
    "Truth",
    "agreement",
    "read_grid",
    "read_truth",
    "scatter",
    "sweep",
    "with_moved",
]

FILE = "sweep.state.jsonl"
FORMAT = 1

SMALL = 200_000
"""Lines to replay in all, below which processes would cost more than they save."""

Progress = Callable[[int, int], None]
"""Called with the number of settings that are finished, and that there are."""


def sweep(
    history: Iterable[Any] | ArrowStream,
    grid: Grid | Mapping[str, Any] | str | Path,
    truth: Mapping[Any, Any] | str | Path | None = None,
    *,
    jobs: int | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Replay a history under every setting of a grid, and measure what became of it.

    *history* is what ``replay`` takes; *grid* a ``Grid``, its JSON document, or a file; *truth* maps refs, texts or
    integers, to persons, or is a ``ref,person`` file. Suspects that the grid asks for are those of the history under
    its base settings. The history is read once, and each process normalizes a value once for all settings that read it
    alike; every row is what a plain replay gives. *jobs* processes share the settings (None: all cores, or this process
    alone for small work and for normalizations that stand in the running script). A script needs
    ``if __name__ == "__main__":`` only where it gives *jobs* and normalizations of its own. *out* is a directory that
    remembers finished settings, so that the same sweep goes on where it was stopped.

    Raises ``InvalidSettings`` for the grid, ``ValueError`` for the truth, for jobs, and for normalizations that cannot
    be sent to them, ``InvalidHistory``, ``OSError``, and ``RuntimeError`` for a process that ended.
    Time: one normalization and one replay a setting; memory: per process, that of one replay.
    """
    tried = grid if isinstance(grid, Grid) else grid_of(grid)
    persons = read_truth(truth) if isinstance(truth, str | Path) else truth
    if jobs is not None and (type(jobs) is not int or jobs < 1):
        raise ValueError(f"jobs: {jobs!r} is not right; expected a whole number from 1, or None")
    with_main = _check_sendable(tried.options.get("normalizers") or {}, jobs)
    state = State(None if out is None else Path(out))
    if out is not None:
        Path(out).mkdir(parents=True, exist_ok=True)
    id_types = {config.id_type: None for setting in tried for config in setting.settings.identifier_configs}
    numbered = Numbered(history, tuple(id_types)).read_all().alone()
    with temporary_folder("resolver-sweep-") as folder:
        refs = _refs(numbered)
        known = None if persons is None else Truth.of(persons, refs)
        told = None if known is None else known.persons
        tried = tried.completed(numbered)
        keys = keys_of(list(tried), digest_of(numbered), told)
        found = state.finished()
        missing = [setting for setting, key in zip(tried, keys, strict=True) if key not in found]
        done = len(tried) - len(missing)
        if progress is not None:
            progress(done, len(tried))
        replays = Replays(numbered, told, tried.options.get("normalizers"))
        processes = _jobs(1 if with_main and jobs is None else jobs, numbered.read, len(missing))
        measured = (
            in_this_process(replays, missing)
            if processes == 1
            else in_processes(replays.written(folder), missing, processes, folder, with_main=with_main)
        )
        with closing(measured):
            for finished, (setting, figures_found) in enumerate(measured, done + 1):
                key = keys[setting.number - 1]
                found[key] = figures_found
                state.append(key, figures_found)
                if progress is not None:
                    progress(finished, len(tried))
    return table_of(tried, [found[key] for key in keys], known, numbered.read, len(refs), len(missing))


def with_moved(
    history: Iterable[Any] | ArrowStream,
    found: Sweep,
    *,
    permutations: int = 5,
    progress: Progress | None = None,
) -> Sweep:
    """Return a sweep that says of each of its ``leading`` settings how much hangs on the order of events.

    As ``order`` measures it, by so many *permutations* of each kind. *history* is read once for each setting.
    """
    measured = {}
    for done, row in enumerate(found.leading, 1):
        measured[row.number] = moved(history, row.setting.settings, permutations=permutations, **row.setting.options)
        if progress is not None:
            progress(done, len(found.leading))
    return msgspec.structs.replace(found, moved=measured)


def grid_of(grid: Mapping[str, Any] | str | Path) -> Grid:
    """Return the grid of a JSON document, or of a file."""
    return Grid.from_json(grid) if isinstance(grid, Mapping) else read_grid(grid)


def _refs(numbered: Numbered) -> dict[str, None]:
    """Return all refs, those of lines that are no commands among them; a resolve without one is ``line:N``."""
    refs = dict.fromkeys(numbered.refs.name(number) for number in range(len(numbered.refs)))
    return refs | dict.fromkeys(record.ref for _, record in numbered.rejected if record.ref is not None)


def _check_sendable(normalizers: Mapping[str, OwnNormalizer], jobs: int | None) -> bool:
    """Return whether a process must import the running script, as a normalization stands in it.

    ``ValueError`` where *jobs* asks for processes and a normalization cannot be sent to them; ``RuntimeError`` in a
    process that is just importing the script, which would start processes of its own.
    """
    with_main = bool(not_sendable(normalizers, with_main=False))
    if (jobs or 1) > 1:
        if getattr(current_process(), "_inheriting", False):
            raise RuntimeError(f"the script is run again by a process of its own sweep; expected {GUARD} around that")
        lost = not_sendable(normalizers, with_main=True)
        if lost:
            raise ValueError(
                f"jobs: normalization {lost[0]!r} cannot be sent to another process; expected a function defined at "
                "the top of a module, or jobs=1"
            )
    return with_main


def _jobs(jobs: int | None, lines: int, settings: int) -> int:
    if jobs is None:
        alone = lines * settings < SMALL or current_process().daemon  # which may not start processes
        jobs = 1 if alone else os.cpu_count() or 1
    return max(1, min(jobs, settings))


def table_of(grid: Grid, measured: list[Measures], truth: Truth | None, lines: int, refs: int, replayed: int) -> Sweep:
    """Return what was measured for every setting of a grid, in its order, as the result of a sweep."""
    objectives = WITHOUT_TRUTH if truth is None else WITH_TRUTH
    best = front([figures(each, objectives) for each in measured], objectives)
    rows = [Row(*each) for each in zip(grid, measured, best, strict=True)]
    return Sweep(lines, refs, grid.axes, tuple(rows), objectives, truth, replayed)


class Finished(msgspec.Struct, frozen=True):
    """One line of the state file."""

    key: str
    measures: Measures


def keys_of(settings: list[GridSetting], history: str, truth: dict[str, str] | None) -> list[str]:
    """Return for each setting the digest of all that decides its figures; *history* is the history's own. O(truth)."""
    known = blake2b(repr(sorted(truth.items()) if truth is not None else None).encode("utf-8", "backslashreplace"))
    shared = [FORMAT, history, known.hexdigest(), versions()]
    return [_digest([*shared, setting.to_json()]) for setting in settings]


def digest_of(history: Numbered) -> str:
    """Return the digest of all that replays see of a history. O(history)."""
    digest = blake2b(digest_size=16)
    texts, refs = history.texts, history.refs
    for column in (
        history.numbers, history.lines, history.ats, history.op, history.offsets, history.idents, history.ref_of,
        texts.type_of,
    ):  # fmt: skip
        digest.update(len(column).to_bytes(8, "little"))
        digest.update(column)
    raws = [["", each.raw] if type(each) is NoText else each for each in texts.texts]
    broken = [(place, each.line, each.ref, each.op, str(each.error)) for place, each in history.rejected]
    for part in (
        texts.id_types,
        raws,
        [refs.name(number) for number in range(len(refs))],
        [*history.others.items()],
        broken,
    ):
        digest.update(_written(part))
    return digest.hexdigest()


class State:
    """The state file in a directory, which must exist; None keeps nothing. Only one sweep may use it at a time."""

    def __init__(self, directory: Path | None) -> None:
        self._path = None if directory is None else directory / FILE

    def finished(self) -> dict[str, Measures]:
        """Return the figures that are there, by key. A line that an interruption cut short is passed over."""
        if self._path is None or not self._path.exists():
            return {}
        found: dict[str, Measures] = {}
        for line in self._path.read_bytes().splitlines():
            try:
                finished = msgspec.json.decode(line, type=Finished)
            except msgspec.DecodeError:
                continue
            found[finished.key] = finished.measures
        return found

    def append(self, key: str, measured: Measures) -> None:
        """Write down a finished setting: one write of one whole line, led by a line end if the last was cut."""
        if self._path is None:
            return
        with self._path.open("ab+", buffering=0) as file:
            cut = b""
            if file.tell():
                file.seek(-1, 2)
                cut = b"" if file.read(1) == b"\n" else b"\n"
            file.write(cut + msgspec.json.encode(Finished(key, measured)) + b"\n")


def _written(part: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(part, enc_hook=repr)
    except (UnicodeEncodeError, OverflowError):  # a lone surrogate, an integer of more than 64 bits
        return repr(part).encode("utf-8", "backslashreplace")


def _digest(document: Any) -> str:
    try:
        text = msgspec.json.encode(document, order="sorted")
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold
        text = json.dumps(document, sort_keys=True).encode("ascii")
    return blake2b(text, digest_size=16).hexdigest()
