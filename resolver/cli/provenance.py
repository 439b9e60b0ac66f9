"""Provenance on the command line: the files that a report was made from, its date, and the command that makes it again.

The date is today's, as the command line knows a clock; ``--date`` or ``SOURCE_DATE_EPOCH`` sets it, for reports
that are to be the same bytes on another day.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from resolver.cli.reading import files_of
from resolver.cli.typed import STANDARD_INPUT
from resolver.display import can_be_typed, quoted
from resolver.project import Project
from resolver.report import Provenance

_HIDDEN = ("--without", "--query")
"""Options that may hold identifier values."""

_OWN = ("--out", "--open", "--date")
"""Options about the report itself: where it goes, and when it was made."""

MASKED = "(masked)"


def add_date_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--date`` to a command that writes a report."""
    parser.add_argument(
        "--date", metavar="TEXT", help="the date shown in the report (default: SOURCE_DATE_EPOCH, or today; in UTC)"
    )


def provenance_of(options: argparse.Namespace, *, is_masked: bool = False) -> Provenance:
    """Return where the report of a command comes from. ``ValueError`` for a ``SOURCE_DATE_EPOCH`` that is no number."""
    names = {name: getattr(options, name, None) for name in ("settings", "baseline", "candidate", "grid", "truth")}
    return Provenance(
        history=tuple("standard input" if each == STANDARD_INPUT else each for each in files_of(options)),
        **{name: _file_of(value, options) for name, value in names.items()},
        command=command_line(options.words, is_masked=is_masked),
        date=date_of(options),
    )


def _file_of(value: object, options: argparse.Namespace) -> str | None:
    """Return the file that an option names; for settings that stand in a project file, that one."""
    if value is None or isinstance(value, str | Path):
        return None if value is None else str(value)
    project: Project = options.in_project
    return str(project.path)


def date_of(options: argparse.Namespace) -> str:
    """Return the date that a report bears, as it was given or in the form of ISO 8601."""
    if options.date is not None:
        return str(options.date)
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is not None and not epoch.isdecimal():
        raise ValueError(f"SOURCE_DATE_EPOCH is {epoch!r}; expected seconds since 1970")
    moment = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    return moment.date().isoformat()


def command_line(words: Sequence[str], *, is_masked: bool = False) -> str | None:
    """Return a command as it is typed, with ``--out DIR``, so that it is the same wherever its files go.

    Masked, no value that an option names is in it. None for what cannot be typed.

    >>> command_line(["compare", "a.jsonl", "--without", "email=a@b.com", "--out=x", "--open"], is_masked=True)
    "resolver compare a.jsonl --without '(masked)' --out DIR"
    """
    kept = list(_kept(words, is_masked))
    if not all(map(can_be_typed, kept)):
        return None
    return " ".join(["resolver", *map(quoted, kept), "--out DIR"])


def _kept(words: Sequence[str], is_masked: bool) -> Iterator[str]:
    waiting = iter(words)
    for word in waiting:
        name, is_joined, _ = word.partition("=")
        if _is(name, _OWN):
            if not is_joined and not _is(name, ("--open",)):
                next(waiting, None)
        elif is_masked and _is(name, _HIDDEN):
            yield f"{name}={MASKED}" if is_joined else name
            if not is_joined and next(waiting, None) is not None:
                yield MASKED
        else:
            yield word


def _is(word: str, options: Sequence[str]) -> bool:
    """Whether a word is one of some options, or short for it."""
    return len(word) > len("--o") and any(option.startswith(word) for option in options)
