"""What a replay does not need is not loaded: each case runs in an interpreter of its own."""

import subprocess
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

LOADED = "import sys; print('networkx' in sys.modules)"
REPLAYED = """
from resolver.simulate import compare, explain, health, replay
lines = [{"ref": "one", "identifiers": {"chat": "1"}}, {"ref": "other", "identifiers": {"chat": "1"}}]
run = replay(lines)
"""
CASES = {
    "the package": ("import resolver.simulate, resolver.graph, resolver.report", False),
    "a replay": (REPLAYED, False),
    "a comparison": (REPLAYED + "compare(run, replay(lines))", False),
    "a health check": (REPLAYED + "health(run)", False),
    "a chain": (REPLAYED + "explain(run, 'one', 'other', with_cut=False)", True),
    "the command line": ("import resolver.cli\nresolver.cli.main(['settings'])", False),
}


FROM_PARQUET = """
import sys
from resolver.history import read_history
from resolver.simulate import replay
run = replay(read_history(sys.argv[1]))
print(run.summary.applied, "pandas" in sys.modules)
"""


def test_pandas_is_not_loaded_by_reading_parquet(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    at = pyarrow.array([1, None, 3], pyarrow.int64())
    phones = pyarrow.array([["317-555-6789"], None, ["317-555-6780", None]])
    emails = pyarrow.array(["a@b.cc", "b@b.cc", None])
    pyarrow.parquet.write_table(pyarrow.table({"at": at, "phone": phones, "email": emails}), path)
    done = subprocess.run([sys.executable, "-c", FROM_PARQUET, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "False"]


@pytest.mark.parametrize("case", CASES)
def test_networkx_is_loaded_only_where_a_chain_or_a_cut_is_sought(case: str) -> None:
    code, is_loaded = CASES[case]
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOADED}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == str(is_loaded)
