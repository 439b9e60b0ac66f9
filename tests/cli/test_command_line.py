import csv
import gzip
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from resolver.cli import main
from resolver.example import path as example
from resolver.facts import decode_fact
from resolver.policies import Policies
from resolver.settings import Settings
from resolver.simulate import load_settings, read_history, replay

EXAMPLE = str(example("history.jsonl"))
BASELINE, CANDIDATE = str(example("baseline.json")), str(example("candidate.json"))
RUN_FILES = ["assignments.csv", "facts.jsonl", "profiles.jsonl", "rejected.jsonl", "summary.json"]


def lines_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_replay_prints_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", EXAMPLE, "--settings", BASELINE]) == 0
    out, err = capsys.readouterr()
    assert "lines:" in out
    assert "profiles" in out
    assert "most frequent reason: invalid identifier" in out
    assert "--sort orders by time" in out
    assert err == ""


def test_replay_writes_every_file_and_they_agree_with_the_run(tmp_path: Path) -> None:
    assert main(["replay", EXAMPLE, "--settings", BASELINE, "--out", str(tmp_path / "new" / "run")]) == 0
    folder = tmp_path / "new" / "run"
    assert sorted(path.name for path in folder.iterdir()) == RUN_FILES
    settings, options = load_settings(BASELINE)
    run = replay(read_history(EXAMPLE), settings, **options)
    with (folder / "assignments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["ref", "profile_id"]
    assert rows[1:] == [list(pair) for pair in run.assignments.items()]
    with (folder / "facts.jsonl").open("rb") as facts:
        assert [decode_fact(line) for line in facts] == list(run.facts)
    profiles = lines_of(folder / "profiles.jsonl")
    assert [profile["profile_id"] for profile in profiles] == list(run.engine.profiles())
    for profile in profiles:
        assert set(profile) == {"profile_id", "created_at", "identifiers", "aliases", "refs"}
        assert {run.assignments[ref] for ref in profile["refs"]} <= {profile["profile_id"]}
        expected = run.engine.identifiers(profile["profile_id"])
        assert {name: tuple(values) for name, values in profile["identifiers"].items()} == expected
    rejected = lines_of(folder / "rejected.jsonl")
    assert len(rejected) == run.summary.rejected + run.summary.dropped_identifiers
    for entry in rejected:
        assert {"line", "reason", "error"} <= set(entry)
        assert ("raw" in entry) != ("idType" in entry)
    assert json.loads((folder / "summary.json").read_text()) == run.summary.to_json()


def test_compare_prints_the_difference_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", EXAMPLE, "--baseline", BASELINE, "--candidate", CANDIDATE, "--out", str(tmp_path)]
    assert main([*arguments, "--show", "1"]) == 0
    out = capsys.readouterr().out
    assert "split: apart under the candidate, together under the baseline" in out
    assert "the baseline" in out
    assert "24 more; the report has all of them" in out
    document = json.loads((tmp_path / "comparison.json").read_text())
    assert {"baseline", "candidate", "joined", "split"} <= set(document)
    assert all(set(group) == {"refs", "parts", "cause", "parting"} for group in document["split"] + document["joined"])
    assert all(group["cause"] for group in document["split"] + document["joined"])


def test_compare_shows_joined_groups_with_a_value_that_was_evicted_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = tmp_path / "h.jsonl"
    history.write_text(
        '{"ref": "a", "at": 1, "identifiers": {"email": "a@example.com", "chat": "1"}}\n'
        '{"at": 2, "op": "add", "profile": "ref:a", "idType": "chat", "value": "2"}\n'
        '{"ref": "b", "at": 3, "identifiers": {"chat": "1"}}\n'
    )
    configs = [{"idType": "email"}, {"idType": "chat", "limit": 1}]
    strict, loose = tmp_path / "strict.json", tmp_path / "loose.json"
    strict.write_text(json.dumps({"identifierConfigs": configs, "matchingRules": ["email", "chat"]}))
    loose.write_text(json.dumps({"identifierConfigs": [configs[0], {"idType": "chat"}], "matchingRules": ["chat"]}))
    assert main(["compare", str(history), "--baseline", str(strict), "--candidate", str(loose)]) == 0
    out = capsys.readouterr().out
    assert "1 group joined: together under the candidate, apart under the baseline" in out
    assert "line 2: the baseline added chat '2' to the profile of a and evicted chat '1' (fifo limit)" in out
    assert "then line 3 (b): the baseline created a profile with chat '1'; the candidate changed nothing" in out


def test_compare_of_policies_ends_with_what_order_has_to_do_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history, plain, protected = tmp_path / "h.jsonl", tmp_path / "plain.json", tmp_path / "protected.json"
    history.write_text('{"ref": "a", "identifiers": {"email": "a@example.com"}}\n')
    plain.write_text(json.dumps(Settings.defaults().to_json()))
    protected.write_text(json.dumps(Settings.defaults().with_policies(Policies(protect="*")).to_json()))
    for one, other, told in ((plain, protected, True), (protected, protected, False), (plain, plain, False)):
        out = tmp_path / "out"
        assert (
            main(["compare", str(history), "--baseline", str(one), "--candidate", str(other), "--out", str(out)]) == 0
        )
        text = " ".join(capsys.readouterr().out.split())
        assert ("resolver order HISTORY --settings FILE" in text) is told
        assert ("resolver order HISTORY" in (out / "report.html").read_text(encoding="utf-8")) is told


def test_compare_of_equal_settings_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", EXAMPLE, "--baseline", BASELINE, "--candidate", BASELINE]) == 0
    assert "the same under both settings" in capsys.readouterr().out


def test_compare_names_records_that_only_one_run_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = tmp_path / "h.jsonl"
    history.write_text('{"ref": "a", "identifiers": {"email": "a@example.com", "fax": "1"}}\n')
    with_fax = tmp_path / "fax.json"
    with_fax.write_text(
        json.dumps({"identifierConfigs": [{"idType": "email"}, {"idType": "fax"}], "matchingRules": ["email"]})
    )
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps({"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}))
    assert main(["compare", str(history), "--baseline", str(with_fax), "--candidate", str(plain)]) == 0
    out = capsys.readouterr().out
    assert "1 record is in a profile only under the baseline: a" in out
    assert "No record is in a profile under both settings." in out
    assert "candidate: most frequent reason: unknown idType" in out


def test_settings_prints_the_defaults_and_checks_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    assert json.loads(capsys.readouterr().out) == Settings.defaults().to_json()
    assert main(["settings", CANDIDATE]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["options"] == {"onInvalid": "drop"}
    assert document["identifierConfigs"][0]["limit"] == 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (Path(CANDIDATE).read_text(), None),
        ("{", "resolver: standard input: "),
        (
            Path(CANDIDATE).read_text().replace('"onInvalid": "drop"', '"defaultRegion": "ZZ"'),
            'resolver: standard input: line 10, column 15: options.defaultRegion: "ZZ" is',
        ),
        ('{\n"identifierConfigs": 5}', "resolver: standard input: line 2, column 1: identifierConfigs: 5 is"),
    ],
)
def test_settings_are_read_from_standard_input(
    text: str, said: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    status = main(["settings", "-"])
    printed = capsys.readouterr()
    if said is None:
        assert (status, printed.err, json.loads(printed.out)["options"]) == (0, "", {"onInvalid": "drop"})
    else:
        assert (status, printed.out) == (2, "")
        assert printed.err.startswith(said)


def test_settings_refuses_a_wrong_file_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.json"
    path.write_text('{"identifierConfigs": [{"idType": "email", "limit": 0}], "matchingRules": ["email"]}')
    assert main(["settings", str(path)]) == 2
    err = capsys.readouterr().err
    place = f"{path}: line 1, column 44: identifierConfigs[0].limit"
    assert err == f"resolver: {place}: 0 is not allowed; expected an integer 1..100\n"
    path.write_text('{"identifierConfigs": [{"idType": "email", "normalization": "x"}], "matchingRules": ["email"]}')
    assert main(["settings", str(path)]) == 2
    assert 'line 1, column 44: identifierConfigs[0].normalization: "x" is not allowed' in capsys.readouterr().err
    path.write_text('{"identifierConfigs": [{}], "matchingRules": ["email"]}')
    assert main(["settings", str(path)]) == 2
    assert "identifierConfigs[0].idType: it is missing; expected a string" in capsys.readouterr().err
    path.write_text(json.dumps({**Settings.defaults().to_json(), "options": {"defaultRegion": "xx"}}))
    assert main(["settings", str(path)]) == 2
    assert 'options.defaultRegion: "XX" is not allowed' in capsys.readouterr().err


def test_generate_writes_a_history_and_its_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "h.jsonl.gz"
    assert main(["generate", "--records", "50", "--seed", "3", "--out", str(out)]) == 0
    assert "50 records" in capsys.readouterr().out
    with gzip.open(out, "rt") as file:
        refs = {line["ref"] for line in map(json.loads, file) if line.get("op", "resolve") == "resolve"}
    with Path(f"{out}.truth.csv").open(newline="") as truth:
        assert {row["ref"] for row in csv.DictReader(truth)} == refs
    assert len(refs) == 50
    assert main(["replay", str(out)]) in (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["replay", "no-such-file.jsonl"], "no-such-file.jsonl"),
        (["replay", EXAMPLE, "--settings", "no-such.json"], "no-such.json: No such file or directory"),
        (["replay", EXAMPLE, "--map", "phone"], "phone"),
        (["replay", EXAMPLE, "--tz", "Mars/Olympus"], "Mars/Olympus"),
        (["replay", EXAMPLE, "--region", "XX"], "argument --region: 'XX' is not right"),
        (["replay", EXAMPLE, "--out", EXAMPLE], "history.jsonl"),
        (
            ["replay", EXAMPLE, "--map", "fone=HOME"],
            "'fone' is none of ref, at, email",
        ),
        (["replay", EXAMPLE, "--map", "name=NAME"], "; another idType stands in the settings (--settings FILE)"),
        (["generate", "--out", f"{EXAMPLE}/h.jsonl"], "history.jsonl: Not a directory"),
        (["replay", EXAMPLE, "--map", "phoen=HOME"], "did you mean 'phone'?"),
        (["generate", "--out", "h.csv"], "h.csv: the history is JSON Lines"),
        (["generate", "--out", "h.jsonl", "--records", "-5"], "'-5' is not right; expected a whole number"),
        (["generate", "--out", "h.jsonl", "--records", "x"], "'x' is not right; expected a whole number"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("resolver")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["replay", EXAMPLE, "--out", ""],
        ["replay"],
        ["compare", EXAMPLE],
        ["replay", EXAMPLE, "--max-rejected", "-1"],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("resolver")
    assert err.count("\n") == 1


def test_help_names_every_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    commands = ("replay", "compare", "explain", "generate", "settings", "sweep", "order", "health", "graph", "serve")
    assert all(f"    {command} " in out for command in commands)
    assert main(["compare", "--help"]) == 0
    assert "--max-rejected" in capsys.readouterr().out
    assert main(["--version"]) == 0


def test_more_rejected_lines_than_allowed_are_status_1_and_the_files_are_written(tmp_path: Path) -> None:
    assert main(["replay", EXAMPLE, "--settings", BASELINE, "--max-rejected", "0", "--out", str(tmp_path)]) == 1
    assert (tmp_path / "summary.json").exists()
    assert main(["replay", EXAMPLE, "--settings", BASELINE, "--max-rejected", "1000"]) == 0
    arguments = ["compare", EXAMPLE, "--baseline", BASELINE, "--candidate", CANDIDATE, "--max-rejected", "0"]
    assert main(arguments) == 1


def test_reading_options_reach_the_reader_and_the_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "people.txt"
    table.write_text(
        "id,when,HOME,MOBILE,email,shoe\n"
        "a,2026-01-02 00:00:00,020 7946 0018,,a@example.com,43\n"
        "b,2026-01-01 00:00:00,,020 7946 0018,n/a,44\n"
    )
    out = tmp_path / "out"
    arguments = ["replay", str(table), "--format", "csv", "--map", "ref=id", "--map", "at=when"]
    arguments += ["--map", "phone=HOME,MOBILE", "--tz", "Europe/London", "--region", "GB", "--sort"]
    arguments += ["--on-invalid", "keep", "--match", "first", "--out", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "ignored columns: shoe" in printed
    assert "--sort orders" not in printed
    many = tmp_path / "many.csv"
    many.write_text("email," + ",".join(f"c{n}" for n in range(9)) + "\na@b.cc" + "," * 9 + "\n")
    assert main(["replay", str(many)]) == 0
    assert "ignored columns: c0, c1, c2, c3, c4 and 4 more\n" in capsys.readouterr().out
    (profile,) = lines_of(out / "profiles.jsonl")
    assert profile["refs"] == ["b", "a"]
    assert profile["identifiers"] == {"email": ["n/a", "a@example.com"], "phone": ["+442079460018"]}
    assert profile["created_at"] == 1767225600000


def test_standard_input_serves_both_runs_of_a_comparison(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(EXAMPLE).open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        assert main(["compare", "-", "--baseline", BASELINE, "--candidate", CANDIDATE]) == 0
    assert "split" in capsys.readouterr().out


def test_values_that_utf8_cannot_hold_reach_the_files(tmp_path: Path) -> None:
    history = tmp_path / "h.jsonl"
    history.write_text('{"ref": "a\\ud800", "identifiers": {"chat": "\\ud800", "email": "\\ud800"}}\n')
    assert main(["replay", str(history), "--out", str(tmp_path / "out")]) == 0
    (profile,) = lines_of(tmp_path / "out" / "profiles.jsonl")
    assert profile["identifiers"] == {"chat": ["\ud800"]}


def test_a_failed_write_leaves_no_folder_and_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("resolver.cli.output.write_document", fail)
    assert main(["replay", EXAMPLE, "--out", str(tmp_path / "out")]) == 130
    assert not (tmp_path / "out").exists()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "summary.json").write_text("old")
    assert main(["replay", EXAMPLE, "--out", str(tmp_path / "kept")]) == 130
    assert [path.read_text() for path in (tmp_path / "kept").iterdir()] == ["old"]


def test_ctrl_c_during_the_work_leaves_nothing_and_is_status_130(tmp_path: Path) -> None:
    history = tmp_path / "endless.jsonl"
    os.mkfifo(history)
    process = subprocess.Popen(
        [sys.executable, "-m", "resolver", "replay", str(history), "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with os.fdopen(os.open(history, os.O_RDWR), "w") as pipe:  # for both, so that opening waits for nobody
        pipe.write('{"identifiers": {"chat": "x"}}\n')
        pipe.flush()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_a_reader_that_stops_reading_is_no_error() -> None:
    arguments = f"{sys.executable} -m resolver settings | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", arguments], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("0\n")
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_reading_loses_no_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = f"{sys.executable} -m resolver replay {EXAMPLE} --out {out} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    assert done.stderr == ""
    assert sorted(path.name for path in out.iterdir()) == RUN_FILES


def all_of(leader: int) -> str:
    """Return what was written to a terminal that is closed; it comes piece by piece."""
    pieces = []
    with suppress(OSError):  # the end of a terminal is an error of the device
        while piece := os.read(leader, 65536):
            pieces.append(piece)
    os.close(leader)
    return b"".join(pieces).decode()


def test_progress_is_drawn_on_a_terminal_only_for_long_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        assert main(["replay", EXAMPLE, "--settings", BASELINE]) == 0
        monkeypatch.setattr("resolver.cli.progress.LONG", -1.0)
        assert main(["replay", EXAMPLE, "--settings", BASELINE]) == 0
    drawn = all_of(leader)
    assert drawn.count("lines/s") >= 1


def test_a_comparison_begins_with_its_result_and_its_largest_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", EXAMPLE, "--baseline", BASELINE, "--candidate", CANDIDATE, "--show", "2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "157 profiles, 100 before; 15 records in the largest profile, 79 before: 25 groups split.\n\n"
    )
    assert "\n1. 79 records: 1 profile becomes 17\n  15  shop:000009, " in out
    assert "\n  and 12 more, of 6 records or fewer\n" in out
    assert "\n\n2. 40 records: 1 profile becomes 6\n" in out
    assert main(["compare", EXAMPLE, "--baseline", CANDIDATE, "--candidate", BASELINE, "--show", "1"]) == 0
    assert "\n1. 79 records: 17 profiles become 1\n" in capsys.readouterr().out


def test_a_comparison_without_a_change_says_so_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", EXAMPLE, "--baseline", BASELINE, "--candidate", BASELINE]) == 0
    assert capsys.readouterr().out.startswith("Nothing changes: 100 profiles under both.\n")


def test_the_report_is_opened_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def opens_once(url: str) -> bool:
        opened.append(url)
        return len(opened) == 1

    monkeypatch.setattr("webbrowser.open", opens_once)
    compared = ["compare", EXAMPLE, "--baseline", BASELINE, "--candidate", CANDIDATE, "--open"]
    assert main([*compared, "--out", str(tmp_path)]) == 0
    assert opened == [(tmp_path / "report.html").as_uri()]
    told = capsys.readouterr()
    assert f"the report is {tmp_path / 'report.html'}" in told.out.replace("\n", " ")
    assert told.err == ""
    assert main([*compared, "--out", str(tmp_path)]) == 0
    assert "no browser could be opened" in capsys.readouterr().err
    assert main(compared) == 2
    assert "--open: there is no report without --out" in capsys.readouterr().err


def test_on_a_terminal_groups_are_wrapped_and_indented(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setattr(
            "resolver.cli.show.open_console", lambda: Console(file=terminal, width=60, color_system=None)
        )
        assert main(["compare", EXAMPLE, "--baseline", BASELINE, "--candidate", CANDIDATE, "--show", "1"]) == 0
    drawn = all_of(leader)
    assert "\r\n  line 20" in drawn
    assert max(map(len, drawn.splitlines())) <= 60


@pytest.mark.parametrize("arguments", [["-m", "resolver"], ["-c", "from resolver.cli import main; exit(main())"]])
def test_ctrl_c_while_the_libraries_load_is_status_130_and_silent(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "phonenumbers.py").write_text("raise KeyboardInterrupt")
    done = subprocess.run(
        [sys.executable, *arguments, "settings"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_what_is_in_the_way_of_the_files_is_named_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "summary.json").mkdir()
    assert main(["replay", EXAMPLE, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr() == ("", f"resolver: {tmp_path}/summary.json: Is a directory\n")
    (tmp_path / "h.jsonl.truth.csv").mkdir()
    assert main(["generate", "--out", str(tmp_path / "h.jsonl")]) == 2
    assert "h.jsonl.truth.csv: Is a directory" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.jsonl.truth.csv", "summary.json"]


def test_generate_makes_the_folders_that_are_missing(tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep" / "h.jsonl"
    assert main(["generate", "--records", "3", "--out", str(out)]) == 0
    assert sorted(path.name for path in out.parent.iterdir()) == ["h.jsonl", "h.jsonl.truth.csv"]


def test_a_region_may_be_in_lower_case(tmp_path: Path) -> None:
    history = tmp_path / "h.jsonl"
    history.write_text('{"identifiers": {"phone": "020 7946 0018"}}\n')
    assert main(["replay", str(history), "--region", "gb", "--out", str(tmp_path / "out")]) == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["options"]["defaultRegion"] == "GB"


def test_a_column_named_almost_like_an_id_type_is_suggested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "people.csv"
    table.write_text("ref,E-mail,age\n1,ada@example.com,3\n")
    assert main(["replay", str(table)]) == 1
    out, err = capsys.readouterr()
    assert "most frequent reason: no identifier (1 line rejected), first in line 2: " in err
    assert err.endswith("What helps: --map email=E-mail\n")
    assert "near that of an idType: --map email=E-mail would read it" in out


def test_a_ref_that_the_terminal_cannot_show_is_shown_as_an_escape(tmp_path: Path) -> None:
    history = tmp_path / "h.jsonl"
    history.write_text('{"ref": "\\ud800\u00e9", "identifiers": {"chat": "x"}, "at": 1}\n')
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps({"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}))
    command = [sys.executable, "-m", "resolver", "compare", str(history), "--baseline", BASELINE, "--candidate"]
    done = subprocess.run(
        [*command, str(plain)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert b"only under the baseline: \\ud800\\xe9" in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_output_is_no_traceback(closed: str) -> None:
    command = f"{sys.executable} -m resolver settings {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=60)
    assert done.stderr == b""


def test_help_that_nobody_reads_to_the_end_is_no_error() -> None:
    command = f"{sys.executable} -m resolver replay --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"0\n", b"")
