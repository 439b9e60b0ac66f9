"""What a person reads on the terminal: totals, rejected lines and what would help, changed groups; the exit status."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from resolver.display import counted, displayed, listed, quoted
from resolver.report.headline import NumberedChange, f1_verdict, numbered, on_order, result, verdict
from resolver.simulate import Cause, Comparison, Judged, Judgement, Run, Summary
from resolver.simulate.compare import tell_together
from resolver.simulate.summary import LABELS

DONE, REJECTED = 0, 1
"""Exit statuses of a command that read a history."""

_IGNORED = 5
"""Ignored columns that are named; the summary has more of them."""

_TOTALS = {name: label for name, label in LABELS.items() if name != "created"}
GOOD, BAD, NOTICE = "green", "red", "yellow"
"""Colours say better, worse, and what needs a look. The words beside them say the same: a terminal may have none."""

_REFS_SHOWN = 6
_AGREEMENT = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "bcubed_precision": "B-cubed precision",
    "bcubed_recall": "B-cubed recall",
    "bcubed_f1": "B-cubed F1",
}
_VERDICT_STYLES = {"better": GOOD, "worse": BAD, "even": ""}
_KINDS = {
    "joined": "joined: together under the candidate, apart under the baseline",
    "split": "split: apart under the candidate, together under the baseline",
}
_ALL_ARE = {True: "the report has all of them", False: "--out DIR writes all of them to comparison.json"}
_PARTS_SHOWN = 5
"""Profiles of a changed group that are shown; the rest is counted."""


def run(run: Run) -> None:
    """Show the summary of one run."""
    summary(run.summary)


def summary(totals: Summary) -> None:
    """Show totals, and what a person should know about them."""
    console = open_console()
    left_out = f", {totals.left_out:,} left out" if totals.without else ""
    console.print(
        Text.assemble(
            f"{counted(totals.lines, 'line')}: {totals.applied:,} applied, ",
            (f"{totals.rejected:,} rejected", NOTICE if totals.rejected else ""),
            left_out,
        )
    )
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, label in _TOTALS.items():
        if name not in ("applied", "rejected"):
            table.add_row(label, f"{totals[name]:,}")
    console.print(table)
    for note in notes(totals, with_hint=not totals.applied_nothing):
        _paragraph(console, note)


def comparison(
    comparison: Comparison,
    most: int,
    shown: Sequence[str] = (),
    *,
    judgement: Judgement | None = None,
    is_written: bool = False,
) -> None:
    """Show a comparison: the result in a sentence, totals side by side, then the largest changed groups of each kind.

    A note that was *shown* is not shown again. With a *judgement*, each group is better or worse, and so is the whole.
    Where it *is_written*, the report has the groups that are not shown.
    """
    console = open_console()
    console.print(plain(result(comparison), "bold"))
    if judgement is not None:
        console.print(plain(verdict(judgement), _VERDICT_STYLES[f1_verdict(judgement)]))
    console.print()
    table = Table(box=None, pad_edge=False)
    for name in ("", "baseline", "candidate", "change"):
        table.add_column(name, justify="left" if not name else "right")
    totals = comparison.totals
    rows = {label: totals[name] for name, label in _TOTALS.items()}
    rows |= {f"  refused: {reason}": pair for reason, pair in comparison.refusals_by_reason.items() if any(pair)}
    for label, (left, right) in rows.items():
        table.add_row(label, f"{left:,}", f"{right:,}", f"{right - left:+,}" if right != left else "")
    if judgement is not None:
        for label, before, after in _figures(judgement):
            change = Text(f"{after - before:+.3f}", GOOD if after > before else BAD) if before != after else ""
            table.add_row(label, f"{before:.3f}", f"{after:.3f}", change)
    console.print(table)
    groups = numbered(comparison, judgement)
    for kind in dict.fromkeys(each.kind for each in groups):
        _changes(console, [each for each in groups if each.kind == kind], most, _KINDS[kind], is_written=is_written)
    alone = {"baseline": comparison.only_baseline, "candidate": comparison.only_candidate}
    for name, refs in alone.items():
        if refs:
            verb = "is" if len(refs) == 1 else "are"
            records = f"{counted(len(refs), 'record')} {verb} in a profile only under the {name}"
            _paragraph(console, f"{records}: {listed(refs, _REFS_SHOWN)}")
    if not comparison.joined and not comparison.split:
        both = " that both have" if any(alone.values()) else ""
        under = "both settings" if comparison.baseline.without == comparison.candidate.without else "both"
        shared = comparison.baseline.refs - len(comparison.only_baseline)
        same = f"Every group of records{both} is the same under {under}."
        _paragraph(console, same if shared else f"No record is in a profile under {under}.")
    sides = comparison.baseline, comparison.candidate
    with_hint = not all(each.applied_nothing for each in sides)
    left_notes, right_notes = (notes(each, with_hint=with_hint) for each in sides)
    told = [(note, note if note in right_notes else f"baseline: {note}") for note in left_notes]
    told += [(note, f"candidate: {note}") for note in right_notes if note not in left_notes]
    for note, text in told:
        if note not in shown:
            _paragraph(console, text)
    order = on_order(comparison)
    if order is not None:
        _paragraph(console, order)


def written(directory: Path, report: str | None = None) -> None:
    """Say where the files are, and which of them is the *report*."""
    page = "" if report is None else f"; the report is {directory / report}"
    _paragraph(open_console(), f"files written to {directory}{page}")


def saved(directory: Path) -> None:
    """Say where the run is, and what reads it."""
    _paragraph(open_console(), f"run saved in {directory}; explain, compare and others take it in place of the history")


def _figures(judgement: Judgement) -> Iterator[tuple[str, float, float]]:
    """Yield what a truth says of both runs: the name of a figure, the baseline's and the candidate's."""
    for name, label in _AGREEMENT.items():
        yield label, getattr(judgement.baseline, name), getattr(judgement.candidate, name)


def _changes(console: Console, groups: Sequence[NumberedChange], most: int, title: str, *, is_written: bool) -> None:
    """Show the first of the groups that were joined, or split, with the numbers that they have in the report."""
    if not groups:
        return
    console.print(plain(f"\n{counted(len(groups), 'group')} {title}; the largest change first", "bold"))
    tell_together([each.change for each in groups[:most]])
    for each in groups[:most]:
        change = each.change
        records = counted(len(change.numbers), "record")
        parts = len(change.sizes)
        profiles = f"1 profile becomes {parts:,}" if each.kind == "split" else f"{parts:,} profiles become 1"
        heading = plain(f"\n{each.number}. {records}: {profiles}", "bold")
        if each.judged is not None:
            heading.append(f"; {_judged(each.judged)}", _VERDICT_STYLES[each.judged.verdict])
        console.print(heading)
        sorted_parts = sorted(change.parts, key=len, reverse=True)
        width = len(f"{len(sorted_parts[0]):,}")
        for part in sorted_parts[:_PARTS_SHOWN]:
            _indented(console, 2, f"{len(part):>{width},}  {listed(part, _REFS_SHOWN)}")
        if parts > _PARTS_SHOWN:
            rest = sorted_parts[_PARTS_SHOWN:]
            of = "1 record" if len(rest[0]) == 1 else f"{len(rest[0]):,} records or fewer"
            _indented(console, 2, f"and {len(rest):,} more, of {of}")
        if change.cause is not None:
            _indented(console, 2, _told(change.cause))
        if change.parting is not None:
            _indented(console, 2, f"then {_told(change.parting)}")
    if len(groups) > most:
        _indented(console, 0, f"\n... and {len(groups) - most:,} more; {_ALL_ARE[is_written]}")


def _judged(each: Judged) -> str:
    """Return the verdict on a group, and by how many pairs."""
    found = [f"{change:+,} {name}" for name, change in (("wrong", each.wrong), ("missed", each.missed)) if change]
    return f"{each.verdict} ({', '.join(found)} pairs)" if found else each.verdict


def _told(cause: Cause) -> str:
    return f"line {cause.line}{f' ({cause.ref})' if cause.ref else ''}: {cause.why}"


def notes(totals: Summary, *, with_hint: bool = True) -> list[str]:
    """Return what a person should know about how a history was read, each as one sentence.

    The hint at rejected lines is left out where the exit status says it.
    """
    notes = []
    worst = totals.most_frequent_rejection
    if worst is not None and with_hint:
        notes.append(f"{worst}. What helps: {worst.cure}")
    if totals.out_of_time_order:
        late = counted(totals.out_of_time_order, "line")
        notes.append(f"taken in file order, though earlier than a line before: {late}; --sort orders by time")
    if totals.files:
        spans = ", ".join(f"{name} {first:,}-{last:,}" for name, first, last in totals.files)
        notes.append(f"lines are numbered through all files: {spans}")
    if totals.split_cells:
        notes.append(f"cells that were split at the separator: {totals.split_cells:,}")
    if totals.suggested_map:
        columns = " ".join(f"--map {each}" for each in map(quoted, totals.suggested_map))
        notes.append(f"not read, though the name is near that of an idType: {columns} would read it")
    if totals.ignored_columns:
        notes.append(f"ignored columns: {listed(totals.ignored_columns, _IGNORED)}")
    return notes


def rejected(totals: Summary, *, with_hint: bool) -> list[str]:
    """Return how many lines were rejected, and why most of them; nothing where none was."""
    if not totals.rejected:
        return []
    worst = notes(totals)[:1] if with_hint else []
    return [f"{totals.rejected:,} of {counted(totals.lines, 'line')} rejected", *worst]


def paragraphs(texts: Sequence[str], style: str = "") -> None:
    """Show sentences, each set off from what is before it."""
    console = open_console()
    for text in texts:
        _paragraph(console, text, style)


def _paragraph(console: Console, text: str, style: str = "") -> None:
    console.print(plain(f"\n{text}", style), soft_wrap="--map " in text or None)  # what is typed stays in one piece


def _indented(console: Console, columns: int, text: str) -> None:
    """Print indented: wrapped on a terminal, one line elsewhere."""
    if console.is_terminal:
        console.print(Padding(plain(text), (0, 0, 0, columns)))
    else:
        console.print(plain(" " * columns + text))


def line(text: str) -> None:
    """Show one sentence."""
    open_console().print(plain(text))


def plain(text: str, style: str = "") -> Text:
    """Return text that the terminal shows and never obeys: one line, below the empty ones that it begins with.

    Rich would drop some control characters and pass on others, so they become visible escapes before.
    """
    shown = text.lstrip("\n")
    return Text("\n" * (len(text) - len(shown)) + displayed(shown), style)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line to say what a reader that has seen enough means."""
        raise BrokenPipeError


def open_console() -> Console:
    """Return the console that all commands print to: it wraps lines, and has styles, on a terminal only.

    A variable ``NO_COLOR`` that is not empty leaves the colours out, and bold and dim in.
    """
    console = _Console(highlight=False, markup=False, emoji=False)
    console.soft_wrap = not console.is_terminal
    return console


def status_of(options: argparse.Namespace, *totals: Summary) -> int:
    """Return the exit status: 1 where no run applied anything, which is said, or one rejected more than is allowed."""
    if all(each.applied_nothing for each in totals):
        _say_nothing_was_read(totals[0])
        return REJECTED
    return exceeds(options, max(each.rejected for each in totals))


def exceeds(options: argparse.Namespace, lines: int) -> int:
    """Return 1 if *lines* rejected are more than ``--max-rejected`` allows, else 0."""
    return REJECTED if options.max_rejected is not None and lines > options.max_rejected else DONE


def _say_nothing_was_read(totals: Summary) -> None:
    """Say on standard error, in one line, that no line was applied, why not, and what would help."""
    worst = totals.most_frequent_rejection
    assert worst is not None
    what = f"nothing was read: {counted(totals.lines, 'line')}, none applied; {worst}. What helps: {worst.cure}"
    sys.stderr.write(f"resolver: {displayed(what)}\n")


def say_rejected(totals: Summary) -> None:
    """Say how many lines were rejected, and why most of them unless the status says it; nothing where none was."""
    paragraphs(rejected(totals, with_hint=not totals.applied_nothing), NOTICE)


def with_rejected(document: dict[str, Any], totals: Summary) -> dict[str, Any]:
    """Return a JSON document with the number of rejected lines and the most frequent reason, as in ``summary.json``."""
    own = totals.to_json()
    return {**document, **{name: own[name] for name in ("rejected", "mostFrequentRejection")}}
