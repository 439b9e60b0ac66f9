"""The commands that study a history: sweep, order, health."""

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.example import path
from resolver.simulate import load_settings, order, read_grid, read_history, suspects
from tests.cli.printed import printed

HISTORY, GRID = str(path("history.jsonl")), str(path("grid.json"))
BASELINE, TRUTH = str(path("baseline.json")), str(path("history.jsonl.truth.csv"))


def test_a_sweep_prints_its_table_and_writes_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "sweep", HISTORY, "--grid", GRID, "--truth", TRUTH, "--out", str(tmp_path / "new"))
    assert "419 lines under 24 settings" in out
    assert "precision" in out
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == [
        "setting-1.json",
        "setting-3.json",
        "setting-4.json",
        "sweep.csv",
        "sweep.html",
        "sweep.json",
        "sweep.state.jsonl",
        "sweep.svg",
    ]
    page = (tmp_path / "new" / "sweep.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count('scope="row"') == 24
    assert page.count("resolver compare ") == page.count("resolver order ") == 3
    again = printed(capsys, "sweep", HISTORY, "--grid", GRID, "--truth", TRUTH, "--out", str(tmp_path / "new"))
    assert "(24 finished before)" in again


def test_a_comparison_and_a_sweep_in_one_directory_leave_each_other_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(capsys, "compare", HISTORY, "--baseline", BASELINE, "--candidate", BASELINE, "--out", str(tmp_path))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    printed(capsys, "sweep", HISTORY, "--grid", GRID, "--out", str(tmp_path))
    after = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert before.items() < after.items()


def test_the_table_of_a_sweep_fits_into_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = tmp_path / "grid.json"
    axes = {
        "policies.blocked": [[], "suspects:10"],
        "policies.protect": [[], ["email", "phone"]],
        "policies.misfit": ["refuse", {"email": "share"}],
        "email.limit": [100],
        "phone.limit": [3],
    }
    grid.write_text(json.dumps({"base": BASELINE, "axes": axes}))
    asked = ["sweep", HISTORY, "--truth", TRUTH, "--order", "0", "--best", "evictions"]
    for file in (GRID, str(grid)):
        monkeypatch.setenv("COLUMNS", "80")
        before, table, after = printed(capsys, *asked, "--grid", file).split("\n\n")[1:4]
        assert before.splitlines()[-1].startswith("  ")  # the values that are letters in the table
        assert 70 < max(map(len, table.splitlines())) <= 80
        assert {"evictions", "precision", "recall"} <= set(table.split())
        assert "no room for" in after
        monkeypatch.setenv("COLUMNS", "200")
        wide = printed(capsys, *asked, "--grid", file)
        heading = next(line for line in wide.splitlines() if " no. " in line)
        assert {"evictions", "precision", "recall", "F1", "merges", "full", "split"} <= set(heading.split())
        assert "no room for" not in wide


def test_the_best_setting_is_named_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    target = tmp_path / "best.json"
    swept = ["sweep", HISTORY, "--grid", GRID, "--truth", TRUTH]
    out = printed(capsys, *swept, "--best", "f1", "--sort-by", "f1", "--write-settings", str(target))
    rows = [line.split() for line in out.splitlines() if len(line.split()) > 12 and line[:2] in ("* ", "= ", "  ")]
    f1 = [float(row[-3]) for row in rows if row[-3].startswith("0.")]
    assert len(f1) == 24
    assert f1 == sorted(f1, reverse=True)
    assert f"best f1, {f1[0]:.3f}: setting " in out
    again = json.loads(printed(capsys, "replay", HISTORY, "--settings", str(target), "--json"))
    document = json.loads(target.read_text())
    assert again["settings"]["matchingRules"] == document["matchingRules"]
    assert main([*swept, "--json", "--best", "largestGroup"]) == 0
    told = capsys.readouterr()
    smallest = min(row["measures"]["largestGroup"] for row in json.loads(told.out)["rows"])
    assert f"best largestGroup, {smallest}: setting " in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--best", "f1"], "'f1' is not a measure of this sweep; expected one of profiles, merges"),
        (["--sort-by", "largest"], "need a truth"),
        (["--write-settings", "x.json"], "--write-settings: which setting is not said; expected --best MEASURE"),
        (["--pick", "1"], "--pick: it says which setting to write; expected --write-settings FILE, without --best"),
        (["--pick", "1", "--best", "f1", "--write-settings", "x.json"], "--pick: it says which setting to write"),
        (["--pick", "25", "--write-settings", "x.json"], "--pick: 25 is not a setting; expected a number from 1 to 24"),
    ],
)
def test_a_measure_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["sweep", HISTORY, "--grid", GRID, *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_sweep_that_is_stopped_says_how_far_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object, progress: Callable[[int, int], None], **__: object) -> None:
        progress(18, 24)
        raise KeyboardInterrupt

    monkeypatch.setattr("resolver.cli.sweep.sweep", stopped)
    assert main(["sweep", HISTORY, "--grid", GRID, "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "resolver: 18 of 24 settings finished; the same command goes on\n"


def test_columns_of_axes_with_the_same_last_word_have_their_whole_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    grid = tmp_path / "grid.json"
    grid.write_text('{"axes": {"email.limit": [1, 2], "phone.limit": [1], "phone.enforceUnique": [true]}}')
    assert main(["sweep", HISTORY, "--grid", str(grid)]) == 0
    head = next(line for line in capsys.readouterr().out.splitlines() if " no. " in line)
    assert head.split()[1:4] == ["email.limit", "phone.limit", "enforceUnique"]


def test_a_sweep_without_a_truth_says_that_its_marks_are_a_guide(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "sweep", HISTORY, "--grid", GRID, "--settings", BASELINE)
    assert "a guide only" in out
    assert "fewest profiles, fewest records in the largest profile" in out
    assert "largestGroup" not in out


def test_settings_that_are_equal_on_the_front_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grid = tmp_path / "grid.json"
    grid.write_text('{"axes": {"chat.limit": [1, 2, 3]}}')
    (tmp_path / "h.jsonl").write_text('{"ref": "a", "identifiers": {"chat": "1"}}\n')
    out = printed(capsys, "sweep", str(tmp_path / "h.jsonl"), "--grid", str(grid), "--out", str(tmp_path / "out"))
    assert [line.split()[:2] for line in out.splitlines() if line[:2] in ("* ", "= ")][:3] == [
        ["*", "1"],
        ["=", "1"],
        ["=", "1"],
    ]
    assert "= one of them too, with the same two figures as the one it names: 2" in out
    assert "1 line under 3 settings" in out
    rows = (tmp_path / "out" / "sweep.csv").read_text().splitlines()
    assert [row.split(",")[-2:] for row in rows] == [["onFront", "sameAs"], ["true", ""], ["true", "1"], ["true", "1"]]
    document = json.loads((tmp_path / "out" / "sweep.json").read_text())
    assert [row["sameAs"] for row in document["rows"]] == [None, 1, 1]
    assert ">1-3</text>" in (tmp_path / "out" / "sweep.svg").read_text()
    assert "no other setting beats it, equal to setting 1" in (tmp_path / "out" / "sweep.html").read_text()


def test_a_sweep_as_json_is_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(json.loads(printed(capsys, "sweep", HISTORY, "--grid", GRID, "--json"))["rows"]) == 24


def test_a_sweep_counts_rejected_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", HISTORY, "--grid", GRID, "--max-rejected", "0"]) == 1


@pytest.mark.parametrize("wrong", [["--jobs", "0"], ["--grid", "no.json"], ["--truth", "no.csv"], ["--out", HISTORY]])
def test_wrong_usage_of_a_sweep_is_one_line(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", HISTORY, "--grid", GRID, *wrong]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_order_says_how_much_it_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "order", HISTORY, "--settings", BASELINE, "--permutations", "2", "--show", "1")
    assert "2 permutations of lines of the same instant and 2 full shuffles" in out
    assert "in the file:" in out
    assert "--show N prints them" in out
    alone = tmp_path / "h.jsonl"
    alone.write_text('{"identifiers": {"chat": "1"}}\n')
    out = printed(capsys, "order", str(alone))
    assert out == "1 line, 1 record in a profile: there is nothing to permute\n"
    alone.write_text('{"at": 1, "identifiers": {"chat": "1"}}\n{"at": 2, "identifiers": {"chat": "2"}}\n')
    out = printed(capsys, "order", str(alone))
    assert "no dependence on the order found in 20 full shuffles" in out
    assert "no two neighbouring lines" in out
    assert json.loads(printed(capsys, "order", str(alone), "--json"))["findings"] == []


@pytest.mark.parametrize("wrong", ["0", "-1", "x", "1.5"])
def test_the_number_of_permutations_says_what_is_allowed(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["order", HISTORY, f"--permutations={wrong}"]) == 2
    assert f"{wrong!r} is not right; expected a whole number, 1 or more" in capsys.readouterr().err


def test_health_names_evidence_and_the_next_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "health", HISTORY, "--settings", BASELINE, "--show", "2")
    assert "records per profile" in out
    assert f"resolver explain {HISTORY} --settings {BASELINE} " in out
    assert "--without email=" in out
    assert json.loads(printed(capsys, "health", HISTORY, "--json"))["records"] == 361
    printed(capsys, "replay", HISTORY, "--out", str(tmp_path))
    assert "not known from these files" in printed(capsys, "health", str(tmp_path))


def test_the_next_commands_of_health_read_the_history_as_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("ID,MAIL,CELL,at\na,a@example.org,5756789,1\nb,b@example.org,3175756789,1\nc,b@example.org,,2\n")
    reading = ["--map", "ref=ID", "--map", "email=MAIL", "--map", "phone=CELL", "--at-unit", "s", "--sort"]
    reading += ["--tz", "UTC", "--on-invalid", "drop"]
    assert main(["health", str(people), *reading]) == 0
    commands = [line.split()[1:] for line in capsys.readouterr().out.splitlines() if line.startswith("    resolver")]
    assert commands
    for command in commands:
        assert set(reading) < set(command)
        assert main(command) == 0


def test_health_names_the_replay_without_each_merging_value_once(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "health", str(path("history.jsonl")), "--settings", str(path("baseline.json")))
    merging = re.findall(r"  (\w+) '(.*)': \d+ profiles? merged away", out)
    assert len(merging) == 10
    for id_type, value in merging:
        assert len(re.findall(rf"resolver replay .* --without {id_type}={re.escape(value)}\n", out)) == 1


@pytest.mark.parametrize("command", ["health", "order --permutations 1", f"sweep --grid {path('grid.json')} --jobs 1"])
def test_a_reader_that_has_seen_enough_is_no_failure(command: str) -> None:
    line = f"{sys.executable} -m resolver {command} {path('history.jsonl')} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_one_of_everything_is_said_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [{"ref": ref, "at": at, "identifiers": {"chat": chat}} for ref, at, chat in (("a", 1, "1"), ("b", 2, "2"))]
    (tmp_path / "h.jsonl").write_text("\n".join(map(json.dumps, lines)))
    out = printed(capsys, "order", str(tmp_path / "h.jsonl"), "--permutations", "1")
    assert "in 1 full shuffle, each line" in out
    (tmp_path / "h.jsonl").write_text(json.dumps(lines[0]))
    out = printed(capsys, "health", str(tmp_path / "h.jsonl"))
    assert out.startswith("1 record in 1 profile\n")
    assert "  1 record, 1 identifier: a\n" in out


def test_what_was_rejected_is_said_by_health_and_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "h.jsonl").write_text('{"identifiers": {"fax": "1"}}\n')
    (tmp_path / "g.json").write_text('{"axes": {"chat.limit": [1]}}')
    assert main(["health", str(tmp_path / "h.jsonl")]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("0 records in 0 profiles\n")
    assert out.count("  none\n") == 7
    assert "1 of 1 line rejected" in out
    assert "most frequent reason: unknown idType (1 line rejected), first in line 1" in err
    assert main(["sweep", str(tmp_path / "h.jsonl"), "--grid", str(tmp_path / "g.json")]) == 1
    assert "rejected: 1 of 1 line" in capsys.readouterr().out


def test_no_record_in_a_profile_is_no_group_that_is_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "h.jsonl").write_text('{"identifiers": {"chat": "1"}}\n')
    assert "No record is in a profile under both." in printed(
        capsys, "replay", str(tmp_path / "h.jsonl"), "--without", "chat=1"
    )


def test_records_that_both_have_are_said_to_be_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "h.jsonl").write_text('{"identifiers": {"chat": "1"}}\n{"identifiers": {"chat": "2"}}\n')
    out = printed(capsys, "replay", str(tmp_path / "h.jsonl"), "--without", "chat=1")
    assert "Every group of records that both have is the same under both." in out


def test_a_sweep_with_a_budget_ends_with_commands_that_compare_the_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    best, grid = tmp_path / "best.json", tmp_path / "grid.json"
    axes = {"email.limit": [1, 2, 3], "phone.limit": [1, 2, 3], "policies.protect": [[], ["email"]]}
    more = ["--budget", "5", "--seed", "3", "--best", "profiles", "--write-settings", str(best)]
    for base in ({}, {"base": str(BASELINE)}):
        grid.write_text(json.dumps({**base, "axes": axes}), encoding="utf-8")
        assert main(["sweep", str(HISTORY), "--grid", str(grid), *more]) == 0
        told = capsys.readouterr().out
        assert "under 5 settings" in told
        assert ("resolver settings > settings.json" in told) is not bool(base)
        compare = next(line.strip() for line in told.splitlines() if line.strip().startswith("resolver compare"))
        assert compare.endswith(f"--candidate {best}")
        assert f"resolver order {HISTORY} --settings {best}" in told
    assert main(["sweep", str(HISTORY), "--grid", str(grid), "--settings", str(BASELINE), *more]) == 0
    assert f"--baseline {BASELINE}" in capsys.readouterr().out
    assert main(["sweep", str(HISTORY), "--grid", str(grid), "--budget", "0"]) == 2
    assert "expected an integer 1..10000" in capsys.readouterr().err


def test_each_setting_on_the_front_is_told_with_what_hangs_on_order_and_the_commands_of_the_best_by_f1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = printed(capsys, "sweep", HISTORY, "--grid", GRID, "--truth", TRUTH)
    told = out[out.index("The settings that no other beats:") :].splitlines()
    assert told[1].split() == ["no.", "precision", "recall", "moved"]
    assert [line.split()[0] for line in told[2:5]] == ["1", "3", "4"]
    moved = {row[0]: int(row[3]) for row in map(str.split, told[2:5])}
    picked = next(each for each in read_grid(Path(GRID)) if each.number == 3)
    found = order(read_history(Path(HISTORY)), picked.settings, permutations=5, **picked.options)
    assert moved["3"] == len(found.refs)
    assert f"moved: of {found.records} to 395 records, those in other groups after one of 10 shuffles" in out
    commands = [line.strip() for line in told if line.startswith("    resolver ")]
    headings = [line for line in told if line.startswith("What setting ")]
    assert [line.split()[2] for line in headings] == ["3", "1", "4"]  # the best by F1 comes first
    assert headings[0].endswith(f"depends on order (moved: {moved['3']} of {found.records}):")
    assert [each.split()[1] for each in commands] == 3 * ["sweep", "compare", "order"]
    for each in commands[:3]:  # they run as they are
        assert main(shlex.split(each)[1:]) == 0
    capsys.readouterr()
    plain = printed(capsys, "sweep", HISTORY, "--grid", GRID, "--truth", TRUTH, "--order", "0")
    assert re.search("^no.  precision  recall *$", plain, re.MULTILINE)


def test_a_setting_with_suspects_is_picked_by_its_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grid, target = tmp_path / "grid.json", tmp_path / "picked.json"
    grid.write_text(json.dumps({"base": str(BASELINE), "axes": {"policies.blocked": [[], "suspects:2"]}}))
    assert main(["sweep", HISTORY, "--grid", str(grid), "--pick", "2", "--write-settings", str(target)]) == 0
    assert "setting 2 written to" in capsys.readouterr().err
    written = load_settings(target)[0].policies.blocked
    assert written == suspects(read_history(Path(HISTORY)), load_settings(Path(BASELINE))[0]).blocked(2)


def test_what_cannot_be_typed_again_is_not_printed_as_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path(HISTORY).read_bytes())))
    out = printed(capsys, "sweep", "-", "--grid", GRID, "--order", "0")
    assert "The settings that no other beats:" in out
    assert "resolver compare" not in out
