"""What a person reads on the terminal: totals, what was rejected and how to cure it, and changed groups."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from resolver.simulate import Change, Comparison, Run, Summary

_LABELS = {
    "profiles": "profiles",
    "identifiers": "identifiers held",
    "merges": "merges",
    "absorbed": "profiles merged away",
    "evictions": "evictions",
    "refusals": "refusals",
    "largestProfile": "identifiers in the largest profile",
    "largestGroup": "records in the largest profile",
    "applied": "lines applied",
    "rejected": "lines rejected",
    "droppedIdentifiers": "identifiers dropped",
}
_REFS_SHOWN = 6


def run(run: Run) -> None:
    """Show the summary of one run."""
    console = _console()
    totals = run.summary
    console.print(f"{totals.lines:,} lines: {totals.applied:,} applied, {totals.rejected:,} rejected")
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name in ("profiles", "identifiers", "merges", "absorbed", "evictions", "refusals", "droppedIdentifiers",
                 "largestProfile", "largestGroup"):  # fmt: skip
        table.add_row(_LABELS[name], f"{totals[name]:,}")
    console.print(table)
    _notes(console, totals)


def comparison(comparison: Comparison, most: int) -> None:
    """Show a comparison: totals side by side, then the first changed groups of each kind."""
    console = _console()
    table = Table(box=None, pad_edge=False)
    for name in ("", "baseline", "candidate", "change"):
        table.add_column(name, justify="left" if not name else "right")
    for name, label in _LABELS.items():
        left, right = comparison.totals[name]
        table.add_row(label, f"{left:,}", f"{right:,}", f"{right - left:+,}" if right != left else "")
    for reason, (left, right) in comparison.refusals_by_reason.items():
        if left or right:
            table.add_row(
                f"  refused: {reason}",
                f"{left:,}",
                f"{right:,}",
                f"{right - left:+,}" if right != left else "",
            )
    console.print(table)
    _changes(console, comparison.joined, most, "joined: together under the candidate, apart under the baseline")
    _changes(console, comparison.split, most, "split: apart under the candidate, together under the baseline")
    for name, refs in (("baseline", comparison.only_baseline), ("candidate", comparison.only_candidate)):
        if refs:
            console.print(f"\n{len(refs):,} records are in a profile only under the {name}: {_listed(refs)}")
    if not comparison.joined and not comparison.split:
        console.print("\nEvery group of records is the same under both settings.")
    _notes(console, comparison.baseline, "baseline: ")
    if comparison.candidate.rejected_by_reason != comparison.baseline.rejected_by_reason:
        _notes(console, comparison.candidate, "candidate: ")


def _changes(console: Console, changes: tuple[Change, ...], most: int, title: str) -> None:
    if not changes:
        return
    groups = "group" if len(changes) == 1 else "groups"
    console.print(f"\n[bold]{len(changes):,} {groups} {escape(title)}[/bold]")
    for change in changes[:most]:
        parts = " | ".join(_listed(part) for part in change.parts)
        console.print(f"  {escape(parts)}", highlight=False)
        if change.cause is not None:
            at = change.cause
            console.print(f"    line {at.line} ({escape(at.ref or 'no ref')}): {escape(at.why)}", highlight=False)
    if len(changes) > most:
        console.print(f"  ... and {len(changes) - most:,} more; --out DIR writes all of them to comparison.json")


def _notes(console: Console, totals: Summary, prefix: str = "") -> None:
    worst = totals.most_frequent_rejection
    if worst is not None:
        count = f"{worst.count:,} time" + ("s" if worst.count > 1 else "")
        console.print(f"\n{prefix}most frequent rejection: {worst.reason}, {count}. Cure: {escape(worst.cure)}")
    if totals.out_of_time_order:
        console.print(
            f"\n{prefix}{totals.out_of_time_order:,} lines are earlier than a line before them and were taken in "
            "file order; --sort orders by time"
        )
    if totals.ignored_columns:
        console.print(f"\n{prefix}ignored columns: {escape(', '.join(totals.ignored_columns))}")


def _listed(refs: tuple[str, ...]) -> str:
    shown = ", ".join(refs[:_REFS_SHOWN])
    return f"{shown} and {len(refs) - _REFS_SHOWN:,} more" if len(refs) > _REFS_SHOWN else shown


def _console() -> Console:
    return Console(soft_wrap=True)
