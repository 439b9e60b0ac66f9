"""A sweep from Python: in a script without a main guard, with normalizations and a truth of one's own."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from resolver.simulate import sweep
from resolver.simulate.sweep import workers
from tests.simulate.lines import ADA, BOB

SWEEP: Any = sys.modules["resolver.simulate.sweep"]
"""The module, which the function hides."""

SCRIPT = """
import sys
from resolver import IdentifierConfig, Settings
from resolver.simulate import Grid, sweep

def digits(text):
    return "".join(filter(str.isdigit, text))

print("begun")
lines = [{"ref": "a", "identifiers": {"card": "1-2"}}, {"ref": "b", "identifiers": {"card": "12"}}]
settings = Settings([IdentifierConfig("card", normalization=sys.argv[1])], ["card"])
own = {"digits": digits, "anything": lambda text: text}
options = {"normalizers": {sys.argv[1]: own[sys.argv[1]]}} if sys.argv[1] in own else {}
jobs = None if sys.argv[2] == "None" else int(sys.argv[2])
"""
RUN = """
found = sweep(lines, Grid(settings, options, {"card.limit": [1, 2]}), jobs=jobs)
print([row.measures.profiles for row in found.rows])
"""


def ran(folder: Path, code: str, *arguments: str, piped: bool = False) -> Any:
    script = folder / "script.py"
    script.write_text(code)
    name = "-" if piped else str(script)
    return subprocess.run(
        [sys.executable, name, *arguments],
        input=code if piped else None,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("piped", [False, True])
def test_a_script_needs_no_guard_and_is_not_run_again(tmp_path: Path, piped: bool) -> None:
    done = ran(tmp_path, SCRIPT + RUN, "trim", "2", piped=piped)
    assert (done.stdout, done.stderr, done.returncode) == ("begun\n[2, 2]\n", "", 0)


def test_a_normalization_of_the_script_is_used_in_one_process(tmp_path: Path) -> None:
    large = SCRIPT + "sys.modules['resolver.simulate.sweep'].SMALL = 0\n" + RUN
    done = ran(tmp_path, large, "digits", "None")
    assert (done.stdout, done.stderr, done.returncode) == ("begun\n[1, 1]\n", "", 0)


def test_a_normalization_of_the_script_goes_to_processes_behind_a_guard(tmp_path: Path) -> None:
    guarded = SCRIPT.replace("print(", "if __name__ == '__main__': print(") + "if __name__ == '__main__':"
    done = ran(tmp_path, guarded + RUN.replace("\n", "\n    "), "digits", "2")
    assert (done.stdout, done.stderr, done.returncode) == ("begun\n[1, 1]\n", "", 0)


def test_without_the_guard_it_is_said_that_there_is_none(tmp_path: Path) -> None:
    done = ran(tmp_path, SCRIPT + RUN, "digits", "2")
    assert done.returncode == 1
    assert (
        "RuntimeError: the script is run again by a process of its own sweep; expected `if __name__ ==" in done.stderr
    )
    assert done.stderr.splitlines()[-1].endswith(
        "ended; was memory short, or is `if __name__ == '__main__':` missing from the script?"
    )


def test_a_normalization_that_no_process_can_have_is_named(tmp_path: Path) -> None:
    done = ran(tmp_path, SCRIPT + RUN, "anything", "2")
    assert done.stderr.splitlines()[-1] == (
        "ValueError: jobs: normalization 'anything' cannot be sent to another process; "
        "expected a function defined at the top of a module, or jobs=1"
    )
    assert ran(tmp_path, SCRIPT + RUN, "anything", "1").stdout == "begun\n[2, 2]\n"


def test_a_normalization_that_cannot_be_sent_is_known_before_anything_is_read() -> None:
    with pytest.raises(ValueError, match="jobs: normalization 'own' cannot be sent to another process"):
        SWEEP._check_sendable({"lower": str.lower, "own": lambda text: text}, 2)
    assert SWEEP._check_sendable({"lower": str.lower}, 2) is False


def test_a_process_that_is_just_importing_the_script_starts_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SWEEP, "current_process", lambda: SimpleNamespace(_inheriting=True))
    with pytest.raises(RuntimeError, match="the script is run again by a process of its own sweep"):
        SWEEP._check_sendable({"own": lambda text: text}, 2)
    assert SWEEP._check_sendable({"own": lambda text: text}, None) is True


def test_a_process_that_may_start_none_does_all_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SWEEP, "current_process", lambda: SimpleNamespace(daemon=True))
    assert SWEEP._jobs(None, 10**6, 10) == 1


def test_the_main_module_is_there_again_afterwards() -> None:
    main = sys.modules["__main__"]
    with workers._main_hidden():
        assert sys.modules["__main__"] is not main
    assert sys.modules["__main__"] is main


GRID = {"axes": {"phone.limit": [1, 2]}}
NUMBERED: list[Any] = [{**ADA, "ref": 1}, {**BOB, "ref": 2}, {**BOB, "ref": 3}]
TRUTHS: dict[str, Any] = {
    "integers": {1: 7, 2: 8, 3: 8},
    "texts": {"1": "7", "2": "8", "3": "8"},
    "numpy": {np.int64(1): np.int64(7), np.int64(2): np.str_("8"), np.int64(3): 8},
    "a Series": pd.Series([7, 8, 8], index=[1, 2, 3]),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_a_truth_names_records_by_text_or_integer(name: str) -> None:
    found = sweep(NUMBERED, GRID, TRUTHS[name])
    assert found.truth is not None
    assert found.truth.persons == {"1": "7", "2": "8", "3": "8"}
    assert found.rows == sweep(NUMBERED, GRID, TRUTHS["texts"]).rows


def test_a_person_that_is_missing_is_not_told() -> None:
    found = sweep(NUMBERED, GRID, {1: "ada", 2: float("nan"), 3: None, 4: pd.NA, None: "nobody"})
    assert found.truth is not None
    assert found.truth.persons == {"1": "ada"}
    assert (found.truth.untold, found.truth.unknown) == (2, ())


NO_TRUTHS: list[tuple[Any, str]] = [
    (
        pd.DataFrame({"ref": [1], "person": [1]}),
        r"a pandas DataFrame is not a truth; expected a mapping of refs to persons",
    ),
    (
        [(1, 1)],
        r"\[\(1, 1\)\] is not a truth; expected a mapping of refs to persons, such as dict\(zip\(frame\['ref'\]",
    ),
    ({1.5: "ada"}, r"the truth's ref 1\.5 has the wrong type; expected a text or an integer"),
    ({True: "ada"}, r"the truth's ref True has the wrong type; expected a text or an integer"),
    ({1: "ada", "1": "bob"}, r"the truth's ref '1' is 'bob' and 'ada'; expected one person"),
    ({17: "ada"}, r"the truth knows no record of this history \('17'\)"),
]


@pytest.mark.parametrize(("truth", "message"), NO_TRUTHS, ids=lambda each: type(each).__name__)
def test_what_is_no_truth_is_refused(truth: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sweep(NUMBERED, GRID, truth)
