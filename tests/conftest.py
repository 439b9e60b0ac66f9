"""What all tests share: how Hypothesis draws, and that a slow machine is no failure.

Profiles of Hypothesis: ``ci`` draws the same examples everywhere; ``dev`` does so too, and fewer of them; ``long``
draws others every time, and many. ``RESOLVER_HYPOTHESIS`` names one; else it is ``ci`` where ``CI`` is set, and ``dev``
elsewhere. An example that failed under ``long`` is kept in ``.hypothesis`` and tried first the next time.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow]
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("dev", settings.get_profile("ci"), max_examples=50)
settings.register_profile(
    "long", deadline=None, derandomize=False, max_examples=2_000, print_blob=True, suppress_health_check=SLOW
)
settings.load_profile(os.environ.get("RESOLVER_HYPOTHESIS") or ("ci" if os.environ.get("CI") else "dev"))

COMPARED = "commands compared"


def pytest_collection_finish() -> None:
    """Take modules and collected tests, which all stay, out of what the garbage collector looks through again."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name what is no text by its argument: gzip has the time inside, and every process must call a test the same."""
    return argname if isinstance(val, bytes) and not val.isascii() else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note how many commands the machines compared in a test; also where it runs in a process of its own."""
    before = _compared()
    try:
        return (yield)
    finally:
        item.user_properties.append((COMPARED, _compared() - before))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many commands the machines compared in all; ``RESOLVER_COMPARED`` names a file that adds it up."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    calls = [report for report in reports if getattr(report, "when", "") == "call"]
    total = sum(number for report in calls for name, number in report.user_properties if name == COMPARED)
    if total:
        terminalreporter.write_line(f"{total:,} commands compared by the machines")
        if "RESOLVER_COMPARED" in os.environ:
            with Path(os.environ["RESOLVER_COMPARED"]).open("a", encoding="utf-8") as file:
                file.write(f"{total}\n")


def _compared() -> int:
    machine = sys.modules.get("tests.machines.compare")
    return 0 if machine is None else int(machine.COMPARED["commands"])
