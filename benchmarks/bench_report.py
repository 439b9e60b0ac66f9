"""The report: what it costs to write one, and how it feels in a browser, by the number of changed groups.

    python -m benchmarks.bench_report [--groups N ...] [--rounds N] [--out FILE]

Prints one JSON row per case and size: best and median of the rounds. Writing is measured apart from replaying and
comparing; it should grow in step with the groups. The browser's rows need Chromium and selenium, and are left out,
saying so, where they are missing: ``open`` is from the start of loading until the first group is drawn, ``search``
from a typed query until its list is on the screen, ``group`` from choosing a group until it is drawn.
"""

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.rounds import arguments, publish
from resolver import Settings
from resolver.report import comparison_report
from resolver.simulate import Comparison, Run, compare, replay
from tests.report.browser import browser, missing, open_page

SEED = "none; the history is made without chance"
RECORDS = 6
"""Records per household: three people with two records each, and one telephone for all."""

SEARCH = """
const done = arguments[arguments.length - 1], input = document.getElementById('query'), start = performance.now();
input.value = arguments[0];
input.dispatchEvent(new Event('input'));
requestAnimationFrame(() => setTimeout(() => done([performance.now() - start,
  document.querySelectorAll('.list li').length])));
"""

CHOOSE = """
const done = arguments[arguments.length - 1], start = performance.now();
addEventListener('hashchange', () => requestAnimationFrame(() => setTimeout(() => done([performance.now() - start,
  document.querySelectorAll('.opened .panel').length]))), {once: true});
location.hash = 'group-' + arguments[0];
"""


def settings(*, unique: bool) -> Settings:
    """E-mail and phone; whether a phone is one person's is what the two runs differ in."""
    configs = [
        {"idType": "email", "normalization": "email"},
        {"idType": "phone", "normalization": "phone", "enforceUnique": unique},
        {"idType": "loyalty_id"},
    ]
    return Settings.from_json({"identifierConfigs": configs, "matchingRules": ["email", "phone", "loyalty_id"]})


def households(groups: int) -> Iterator[dict[str, Any]]:
    """Yield the records of households, each of which is one group that the candidate splits in three."""
    for number in range(groups * RECORDS):
        household, place = divmod(number, RECORDS)
        person = place % 3
        yield {
            "ref": f"crm:{number:07}",
            "at": 1_700_000_000_000 + 1000 * number,
            "identifiers": {
                "email": f"person{person}.of.household{household:06}@example.com",
                "phone": f"+1317{2_000_000 + household}",
                **({"loyalty_id": f"L{household:06}{person}"} if place < 3 else {}),
            },
        }


def compared(groups: int) -> tuple[Comparison, Run, Run]:
    """Return the comparison and its runs."""
    history = list(households(groups))
    runs = replay(history, settings(unique=True)), replay(history, settings(unique=False))
    return compare(*runs), *runs


def rounds_of(case: str, unit: str, size: int, timings: list[float], **figures: object) -> dict[str, Any]:
    """Return the row of one case."""
    return {
        "case": case,
        "groups": size,
        "unit": unit,
        "best": round(min(timings), 3),
        "median": round(statistics.median(timings), 3),
        **figures,
    }


def write(size: int, rounds: int, page: Path) -> list[dict[str, Any]]:
    """Measure writing, after a warm-up; leave the page behind."""
    comparison, baseline, candidate = compared(size)
    timings = []
    for number in range(rounds + 1):
        start = perf_counter()
        text = comparison_report(comparison, baseline, candidate)
        if number:
            timings.append(perf_counter() - start)
    page.write_text(text, encoding="utf-8")
    figures = {
        "groups_found": len(comparison.split) + len(comparison.joined),
        "bytes": page.stat().st_size,
        "us_per_group": round(1e6 * min(timings) / size, 1),
    }
    return [rounds_of("write", "s", size, timings, **figures)]


def look(size: int, rounds: int, page: Path) -> list[dict[str, Any]]:
    """Measure opening, searching and choosing a group."""
    opened, searched, chosen, hits = [], [], [], set()
    for number in range(rounds):
        with browser() as driver:
            start = perf_counter()
            open_page(driver, page)
            opened.append(perf_counter() - start)
            for query in (f"household{number * size // rounds:06}", f"crm:{number * size // rounds:07}"):
                milliseconds, found = driver.execute_async_script(SEARCH, query)
                searched.append(milliseconds)
                hits.add(found)
            milliseconds, panels = driver.execute_async_script(CHOOSE, size - number)
            chosen.append(milliseconds)
            console = driver.get_log("browser")
    return [
        rounds_of("open", "s", size, opened, console=len(console)),
        rounds_of("search", "ms", size, searched, worst=round(max(searched), 1), hits=sorted(hits)),
        rounds_of("group", "ms", size, chosen, panels=panels),
    ]


def main() -> None:
    options = arguments(__doc__)
    options.add_argument("--groups", type=int, nargs="+", default=[1_000, 10_000])
    given = options.parse_args()
    rows = []
    why = missing()
    if why is not None:
        print(f"no browser rows: {why}", file=sys.stderr)
    with TemporaryDirectory() as folder:
        for size in given.groups:
            page = Path(folder, f"{size}.html")
            rows += write(size, given.rounds, page)
            rows += [] if why else look(size, given.rounds, page)
    publish([{**row, "seed": SEED, "rounds": given.rounds} for row in rows], given.out)


if __name__ == "__main__":
    main()
