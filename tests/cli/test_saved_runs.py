"""A saved run in the place of the history: the same output, to the byte, without a replay."""

import json
import sys
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.example import path as example
from resolver.simulate import load_run
from resolver.simulate.saved_format import FILES
from tests.cli.printed import printed

pytest.importorskip("pyarrow")

HISTORY = str(example("history.jsonl"))
BASELINE, CANDIDATE = str(example("baseline.json")), str(example("candidate.json"))
TRUTH = str(example("history.jsonl.truth.csv"))


@pytest.fixture
def runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The example, saved under both settings."""
    folders = []
    for name, settings in (("today", BASELINE), ("tomorrow", CANDIDATE)):
        folder = str(tmp_path / name)
        assert main(["replay", HISTORY, "--settings", settings, "--save", folder]) == 0
        assert f"run saved in {folder}; explain, compare and others take it" in capsys.readouterr().out
        folders.append(folder)
    return folders[0], folders[1]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("resolver: ")
    assert err.count("\n") == 1
    return err.removeprefix("resolver: ").rstrip()


def test_a_saved_run_has_all_its_files(runs: tuple[str, str]) -> None:
    assert sorted(path.name for path in Path(runs[0]).iterdir()) == sorted(FILES)
    assert load_run(runs[0]).summary.lines > 0


MORE = ["", "--show 50", "--json", f"--truth {TRUTH}", f"--mask-key {TRUTH}", f"--mask-key {TRUTH} --json"]


@pytest.mark.parametrize("more", MORE)
def test_compare_tells_of_two_saved_runs_what_it_tells_of_the_history(
    runs: tuple[str, str], capsys: pytest.CaptureFixture[str], more: str
) -> None:
    sides = ["--baseline", BASELINE, "--candidate", CANDIDATE]
    expected = printed(capsys, "compare", HISTORY, *sides, *more.split())
    assert printed(capsys, "compare", *runs, *more.split()) == expected


def test_compare_writes_of_two_saved_runs_what_it_writes_of_the_history(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    printed(capsys, "compare", HISTORY, "--baseline", BASELINE, "--candidate", CANDIDATE, "--out", one)
    printed(capsys, "compare", *runs, "--out", other)
    assert Path(one, "comparison.json").read_bytes() == Path(other, "comparison.json").read_bytes()
    assert Path(other, "report.html").stat().st_size > 10_000


def test_a_line_that_one_run_refused_is_told_of_two_saved_runs_as_of_the_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history, settings = tmp_path / "history.jsonl", {"none": tmp_path / "none.json", "some": tmp_path / "some.json"}
    given = ({"custom": "shared"}, {"custom": ["shared", "own"]}, {"custom": "shared", "other": "1"})
    lines = [{"ref": str(number), "identifiers": identifiers} for number, identifiers in enumerate(given)]
    history.write_text("".join(json.dumps(line) + "\n" for line in lines))
    document = {"identifierConfigs": [{"idType": "custom"}, {"idType": "other"}], "matchingRules": ["custom", "other"]}
    policies = {"blocked": [{"equals": ["shared"]}]}
    settings["none"].write_text(json.dumps(document))
    settings["some"].write_text(json.dumps({**document, "options": {"policies": policies}}))
    for name, path in settings.items():
        printed(capsys, "replay", str(history), "--settings", str(path), "--save", str(tmp_path / name))
    for one, other in (("none", "some"), ("some", "none")):
        sides = ["--baseline", str(settings[one]), "--candidate", str(settings[other]), "--json"]
        expected = printed(capsys, "compare", str(history), *sides)
        assert "resolve needs at least one identifier" in expected
        assert printed(capsys, "compare", str(tmp_path / one), str(tmp_path / other), "--json") == expected


@pytest.mark.parametrize("more", [[], ["--json"], ["--no-cut"]], ids=" ".join)
def test_explain_tells_of_a_saved_run_what_it_tells_of_the_history(
    runs: tuple[str, str], capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    run = load_run(runs[1])
    together = next(
        (one, other)
        for one, profile in run.assignments.items()
        for other, same in run.assignments.items()
        if one != other and profile == same
    )
    apart = together[0], next(ref for ref, other in run.assignments.items() if other != run.assignments[together[0]])
    for refs in ((together[0],), together, apart):
        expected = printed(capsys, "explain", HISTORY, *refs, "--settings", CANDIDATE, *more)
        assert printed(capsys, "explain", runs[1], *refs, *more) == expected


def test_other_commands_take_a_saved_run_too(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs: list[list[str]] = [["health", "--json"], ["errors", "--truth", TRUTH, "--json"], ["replay", "--json"]]
    for name, *more in pairs:
        expected = printed(capsys, name, HISTORY, "--settings", BASELINE, *more)
        assert printed(capsys, name, runs[0], *more) == expected
    graphs = tmp_path / "one.json", tmp_path / "other.json"
    printed(capsys, "graph", HISTORY, "--settings", BASELINE, "--out", str(graphs[0]))
    printed(capsys, "graph", runs[0], "--out", str(graphs[1]))
    assert graphs[0].read_bytes() == graphs[1].read_bytes()
    assert printed(capsys, "replay", runs[0], "--save", str(tmp_path / "again"))
    assert Path(runs[0], "facts.parquet").read_bytes() == (tmp_path / "again" / "facts.parquet").read_bytes()


def test_commands_that_are_printed_for_a_saved_run_take_it(
    runs: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = printed(capsys, "health", runs[0])
    assert f"resolver explain {runs[0]} " in out
    assert "resolver replay" not in out


def test_what_a_saved_run_cannot_be_asked_is_told(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    one, other = runs
    already = "a saved run was replayed already; expected a history with this option"
    assert refused(capsys, "explain", one, "x", "--settings", BASELINE) == f"--settings: {already}"
    assert refused(capsys, "explain", one, "x", "--map", "email=x") == f"--map: {already}"
    assert refused(capsys, "explain", one, "x", "--region", "FR") == f"--region: {already}"
    assert refused(capsys, "replay", one, "--without", "ref:x") == f"--without: {already}"
    assert refused(capsys, "compare", one, other, "--baseline", BASELINE) == f"--baseline: {already}"
    assert refused(capsys, "compare", one, other, "--without", "ref:x") == f"--without: {already}"
    beside = f"{one} is a saved run; expected nothing beside it, as its history was read"
    assert refused(capsys, "health", one, other) == beside
    assert refused(capsys, "explain", one, "x", "--also", HISTORY) == beside
    needs = f"{one} is a saved run; this command reads the history again, so it needs that"
    assert refused(capsys, "order", one) == needs


def test_what_is_no_saved_run_is_told(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = runs
    empty = tmp_path / "empty"
    empty.mkdir()
    expected = f"{empty}: is a directory; expected a file, or a saved run, which has a run.json"
    assert refused(capsys, "explain", str(empty), "x") == expected
    assert f"{empty} is not a saved run: it has no run.json" in refused(capsys, "compare", one, str(empty))
    two = f"compare: {one} is a folder; expected two saved runs and nothing else, or a history"
    assert refused(capsys, "compare", one) == refused(capsys, "compare", one, HISTORY) == two
    assert refused(capsys, "compare", one, other, one) == two
    needed = "compare: expected --baseline FILE and --candidate FILE, under which the history is replayed"
    assert needed in refused(capsys, "compare", HISTORY, "--baseline", BASELINE)
    assert needed in refused(capsys, "compare", HISTORY)


def test_runs_of_different_histories_are_named(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Path(HISTORY).read_bytes().splitlines(keepends=True)
    shorter, another = tmp_path / "shorter.jsonl", tmp_path / "another.jsonl"
    shorter.write_bytes(b"".join(lines[1:]))
    another.write_bytes(b"".join([lines[1], *lines[1:]]))
    messages = []
    for history in (shorter, another):
        folder = str(history.with_suffix(""))
        printed(capsys, "replay", str(history), "--save", folder)
        messages.append(refused(capsys, "compare", runs[0], folder).removeprefix(f"{runs[0]} and {folder}: "))
    assert messages[0].startswith("the runs are of different histories: ")
    assert messages[1] == "the runs are of different histories: they have as many lines, but not the same"


def test_a_damaged_run_is_told_in_one_line(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(runs[0], "facts.parquet").write_bytes(b"cut")
    assert "facts.parquet is damaged" in refused(capsys, "explain", runs[0], "x")
    about = json.loads(Path(runs[1], "run.json").read_text())
    Path(runs[1], "run.json").write_text(json.dumps({**about, "format": 99}))
    assert refused(capsys, "explain", runs[1], "x") == f"{runs[1]}: the run has format 99; this version reads format 1"


def test_saving_is_refused_before_the_work(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert refused(capsys, "replay", HISTORY, "--save", str(file)) == f"{file}: Not a directory"
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    advice = "which is not installed; pip install 'idresolver[parquet]'"
    assert refused(capsys, "replay", HISTORY, "--save", str(tmp_path / "new")).startswith("--save: a run is saved")
    assert advice in refused(capsys, "explain", runs[0], "x")
    assert not (tmp_path / "new").exists()


def test_a_project_s_settings_do_not_disturb_a_saved_run(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"history = [{HISTORY!r}]\nsettings = {BASELINE!r}\ncandidate = {CANDIDATE!r}\n"
    Path("resolver.toml").write_text(text)
    assert main(["compare", *runs, "--json"]) == 0
    expected = capsys.readouterr().out
    assert printed(capsys, "compare", *runs, "--json", "--no-project") == expected
    assert main(["explain", runs[0], next(iter(load_run(runs[0]).assignments))]) == 0
