"""Mutants of the kernel: which changes of the source no test notices.

    nice -n 19 python -m tests.mutants resolver/kernel/edit.py --results /tmp/mutants.jsonl
    nice -n 19 python -m tests.mutants --results /tmp/mutants.jsonl        # the kernel and executor.py
    python -m tests.mutants --results /tmp/mutants.jsonl --report          # a table, and the survivors

Run it in a checkout that nobody edits meanwhile, uncompiled. It can be stopped at any time; the next run goes on. What
is known of a mutant is known until its function changes. ``--again`` tries those that survived once more, for instance
with more ``--commands`` of random histories, or after a test was added.

A change is *killed* when a test fails, or takes six times as long as usual. ``equivalents.py`` says which changes no
test can kill, and why; those that it knows by a rule are not run. With ``--most 10`` a change counts as survived when
tests of ten seconds passed, so that most are known soon; ``--again`` then tries these with all tests.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.mutants.equivalents import Name, one_by_one
from tests.mutants.mutations import Mutant, mutants
from tests.mutants.run import SURVIVED, TIMED_OUT, Mutants, known

TESTS = (
    "tests/tables",
    "tests/machines/test_written_histories.py",
    "tests/machines/test_written_policies.py",
    "tests/machines/test_random_histories.py",
    "tests/laws/test_engine_laws.py",
    "tests/laws/test_limit_laws.py",
    "tests/laws/test_merge_laws.py",
    "tests/laws/test_compounds_index.py",
    "tests/laws/test_similarity_index.py",
    "tests/laws/test_tables.py",
    "tests/engine/test_engine.py",
    "tests/engine/test_batch.py",
    "tests/columns/test_histories.py",
    "tests/engine/test_snapshot.py",
    "tests/engine/test_forged_snapshots.py",
    "tests/engine/test_scratch.py",
    "tests/engine/test_forgetting.py",
    "tests/engine/test_interrupted.py",
    "tests/scenarios/test_in_process.py",
    "tests/scenarios/test_policies.py",
)


def main() -> int:
    """Run what is not known yet, or report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "files", nargs="*", help="modules to change; the kernel, executor.py and editing.py unless given"
    )
    parser.add_argument("--results", type=Path, required=True, help="a file of JSON lines, which later runs go on with")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="other tests than the usual ones")
    parser.add_argument("--commands", type=int, default=60, help="of random histories, of each family (60)")
    parser.add_argument("--slowest", type=float, default=4, help="leave out tests of more seconds, traced (4)")
    parser.add_argument("--most", type=float, default=1e9, help="seconds of tests, traced, for one change (all)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time (1)")
    parser.add_argument("--again", action="store_true", help="try only those that survived, once more")
    parser.add_argument("--report", action="store_true", help="run nothing; print what is known")
    chosen = parser.parse_args()
    files = chosen.files or default_files()
    every = [each for file in files for each in mutants(file, Path(file).read_text(encoding="utf-8"))]
    rows = known(chosen.results)
    if chosen.report:
        sys.stdout.write(report(every, rows))
        return 0
    named = one_by_one()
    wanted = [
        each
        for each in every
        if not reason_among(named, each)
        and (rows.get(each.key, {}).get("result") == SURVIVED if chosen.again else each.key not in rows)
    ]
    Random(0).shuffle(wanted)  # so that what a run has done that is stopped is a fair sample
    plugin = Mutants(wanted, chosen.results, chosen.jobs, chosen.commands, chosen.slowest, chosen.most)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-W", "ignore", *chosen.tests]
    return int(pytest.main(options, plugins=[plugin])) if wanted else 0


def default_files() -> list[str]:
    """The kernel and what calls it; not ``codes.py``, whose numbers may be any others that differ from each other."""
    kernel = [str(path) for path in sorted(Path("resolver/kernel").glob("*.py")) if path.name != "codes.py"]
    return [*kernel, "resolver/executor.py", "resolver/editing.py"]


def reason_among(named: dict[Name, str], mutant: Mutant) -> str:
    """Why no test can kill a mutant, by a rule or as one of those *named*; empty if one should."""
    return mutant.reason or named.get((mutant.file, mutant.function, mutant.text, mutant.before, mutant.after), "")


def report(every: Sequence[Mutant], rows: dict[str, dict[str, Any]]) -> str:
    """A table of the files, the reasons of equivalents, and a list of the survivors, as Markdown."""
    named = one_by_one()
    lines = ["| file | mutants | killed | of these endless | equivalent | survived | not run |", "|" + " --- |" * 7]
    survivors, reasons, total = [], Counter[str](), Counter[str]()
    for file in dict.fromkeys(mutant.file for mutant in every):
        counts: Counter[str] = Counter()
        for mutant in (each for each in every if each.file == file):
            result = rows[mutant.key]["result"] if mutant.key in rows else "not run"
            reason = reason_among(named, mutant)
            if reason and result in (SURVIVED, "not run"):
                result = "equivalent"
                reasons[reason] += 1
            elif result == SURVIVED:
                survivors.append(f"- {file}:{mutant.line} `{mutant.function}`: `{mutant.before}` -> `{mutant.after}`")
            counts[result] += 1
        lines.append(_row(f"`{file}`", counts))
        total += counts
    killed = total["killed"] + total[TIMED_OUT]
    lines += [_row("all", total), "", f"{100 * killed / max(1, killed + total[SURVIVED]):.1f} % killed of what was run"]
    lines += ["", *(f"- {number} equivalent: {reason}" for reason, number in reasons.most_common())]
    return "\n".join([*lines, "", *survivors, ""])


def _row(name: str, counts: Counter[str]) -> str:
    killed = counts["killed"] + counts[TIMED_OUT]
    numbers = [counts.total(), killed, counts[TIMED_OUT], counts["equivalent"], counts[SURVIVED], counts["not run"]]
    return f"| {name} | {' | '.join(map(str, numbers))} |"


if __name__ == "__main__":
    sys.exit(main())
