"""The engine beside its peers, in one table.

    python -m benchmarks.peers [--events N] [--rounds N] [--workload NAME ...] [--out FILE] [--page FILE]
    python -m benchmarks.peers --render FILE --page FILE

Every peer must first give the same groups. Then all run interleaved, from the same events with texts that were
never hashed to a label for every event. Times are the processor's, all threads together. Peers that are not installed
are skipped and named (``pip install -r benchmarks/requirements.txt``). ``--page`` rewrites the block of
docs/performance.md and draws the plot beside it; ``--render`` takes the rows of an earlier ``--out`` instead of
measuring.
"""

import argparse
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.peers.measure import measure
from benchmarks.peers.page import plot, rewrite, table
from benchmarks.peers.table import PEERS
from benchmarks.peers.workloads import WORKLOADS
from benchmarks.rounds import Row, arguments, publish


def main() -> None:
    """Measure, print, and write what was asked for."""
    options = arguments(__doc__)
    options.add_argument("--events", type=int, default=100_000, help="events of each workload, at most")
    options.add_argument("--workload", choices=WORKLOADS, action="append", help="only this one (may be repeated)")
    options.add_argument("--page", type=Path, help="a page with the marks of the block, such as docs/performance.md")
    options.add_argument("--render", type=Path, metavar="FILE", help="take the rows from there; measure nothing")
    given = options.parse_args()
    if given.render is not None:
        rows: list[Row] = json.loads(given.render.read_text(encoding="utf-8"))["rows"]
    else:
        rows = _measured(given)
    if given.page is not None:
        picture = given.page.with_name("peers.svg")
        picture.write_text(plot(rows), encoding="utf-8")
        rewrite(given.page, f"\n![The engine beside its peers]({picture.name})\n\n{table(rows)}\n")


def _measured(given: argparse.Namespace) -> list[Row]:
    skipped = {peer.name: peer.missing() for peer in PEERS if peer.missing()}
    for name, packages in skipped.items():
        print(f"skipped: {name} (not installed: {', '.join(packages)})", file=sys.stderr)
    rows: list[Row] = []
    for name in given.workload or WORKLOADS:
        make, package = WORKLOADS[name]
        if package is not None and _version(package) is None:
            print(f"skipped: the workload {name} (not installed: {package})", file=sys.stderr)
            continue
        rows += measure(make(given.events), [peer for peer in PEERS if peer.name not in skipped], given.rounds)
    packages = sorted({package for peer in PEERS for package in peer.packages})
    publish(rows, given.out, peers={package: _version(package) for package in packages}, skipped=sorted(skipped))
    return rows


def _version(package: str) -> str | None:
    try:
        return version(package.replace("_", "-"))
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
