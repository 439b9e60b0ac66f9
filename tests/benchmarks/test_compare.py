import json
import sys
from pathlib import Path

import pytest

from benchmarks import compare
from benchmarks.trees import NoSuchCommitError, tree, with_benchmarks_of

HERE = Path(compare.__file__).parents[1]


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["compare", *words])
    return compare.main()


def test_two_sides_give_a_ratio_per_case(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    one = ("benchmarks.bench_engine", "--events", "50", "--rounds", "1")
    monkeypatch.setattr(compare, "benchmarks", lambda _: {"bench_engine": one})
    assert run(monkeypatch, str(HERE), str(HERE), "--short", "--pairs", "1") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"returning: floor", "returning: execute, facts read"} <= {row["case"] for row in rows}
    assert all(row["best_ratio"] > 0 for row in rows)


def test_a_benchmark_that_one_side_cannot_run_is_named_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        compare,
        "benchmarks",
        lambda _: {
            "bench_engine": (
                "benchmarks.bench_engine",
                "--no-such",
            )
        },
    )
    (row,) = compare.timed({"base": HERE, "head": HERE}, 50, 1)
    assert "base: benchmarks.bench_engine --no-such" in row["skipped"]


def test_an_unknown_commit_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "no-such-commit", str(HERE)) == 2
    assert "'no-such-commit' is neither a folder" in capsys.readouterr().err
    assert run(monkeypatch, "no-such-commit", str(HERE), "--short") == 0


def test_a_side_runs_its_own_package_with_the_other_sides_benchmarks(tmp_path: Path) -> None:
    base = tmp_path / "base"
    (base / "resolver").mkdir(parents=True)
    (base / "resolver" / "__init__.py").write_text("", encoding="utf-8")
    mixed = with_benchmarks_of(HERE, tree(str(base), tmp_path / "unused"), tmp_path / "mixed")
    assert [path.name for path in (mixed / "resolver").iterdir()] == ["__init__.py"]
    assert (mixed / "benchmarks" / "compare.py").exists()


def test_an_installed_package_is_run_with_the_benchmarks_of_this_checkout(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    (installed / "resolver").mkdir(parents=True)
    mixed = with_benchmarks_of(installed, installed, tmp_path / "mixed")
    assert (mixed / "benchmarks" / "compare.py").exists()


def test_a_folder_without_the_package_is_no_tree(tmp_path: Path) -> None:
    with pytest.raises(NoSuchCommitError):
        tree(str(tmp_path), tmp_path / "unused")


def test_instructions_are_counted_with_what_is_made_for_them_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"inputs": 100, "commands": 200, "floor": 300, "execute": 1200}
    monkeypatch.setattr(compare, "instructions", lambda folder, run, events, tool: counts[run] * int(folder.name))
    rows = compare.counted({"base": Path("1"), "head": Path("2")}, 10, "valgrind")
    assert [(row["base"], row["head"], row["ratio"]) for row in rows] == [(20, 40, 2.0), (100, 200, 2.0)]
