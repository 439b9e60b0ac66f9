"""The exit status of a command that read a history, and what is said where nothing of it could be read."""

import argparse
import sys
from typing import Any

from resolver.cli import show
from resolver.display import counted, displayed
from resolver.simulate import Summary

DONE, REJECTED = 0, 1


def status_of(options: argparse.Namespace, *totals: Summary) -> int:
    """Return the exit status: 1 where no run applied anything, which is said, or one rejected more than is allowed."""
    if all(each.applied_nothing for each in totals):
        _say_nothing_was_read(totals[0])
        return REJECTED
    return exceeds(options, max(each.rejected for each in totals))


def exceeds(options: argparse.Namespace, rejected: int) -> int:
    """Return 1 if more lines were rejected than ``--max-rejected`` allows, else 0."""
    return REJECTED if options.max_rejected is not None and rejected > options.max_rejected else DONE


def _say_nothing_was_read(totals: Summary) -> None:
    """Say on standard error, in one line, that no line was applied, why not, and what would help."""
    worst = totals.most_frequent_rejection
    assert worst is not None
    what = f"nothing was read: {counted(totals.lines, 'line')}, none applied; {worst}. What helps: {worst.cure}"
    sys.stderr.write(f"resolver: {displayed(what)}\n")


def say_rejected(totals: Summary) -> None:
    """Say how many lines were rejected, and why most of them unless the status says it; nothing where none was."""
    show.paragraphs(show.rejected(totals, with_hint=not totals.applied_nothing), show.NOTICE)


def with_rejected(document: dict[str, Any], totals: Summary) -> dict[str, Any]:
    """Return a JSON document with the number of rejected lines and the most frequent reason, as in ``summary.json``."""
    own = totals.to_json()
    return {**document, **{name: own[name] for name in ("rejected", "mostFrequentRejection")}}
