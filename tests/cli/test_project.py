"""Commands in a project: what ``resolver.toml`` says, and what the command line says against it."""

import argparse
import fcntl
import json
import os
import pty
import select
import shlex
import subprocess
import sys
import termios
import time
from pathlib import Path

import attrs
import pytest

from resolver.cli import init, main
from resolver.cli.parser import parser
from resolver.project import proposal_for, read_project, sample_of
from resolver.simulate import load_settings

PEOPLE = "RECORD_ID,EMAIL_ADDRESS,PHONE\n" + "".join(
    f"r{number},p{number // 2}@example.com,317-555-{1000 + number}\n" for number in range(20)
)
TRUTH = "ref,person\n" + "".join(f"r{number},{number // 2}\n" for number in range(20))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a list of customers, in which the commands run."""
    (tmp_path / "people.csv").write_text(PEOPLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with a project."""
    (folder / "truth.csv").write_text(TRUTH)
    assert main(["init", "people.csv", "truth.csv", "--yes"]) == 0
    capsys.readouterr()
    return folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(arguments) == status
    return capsys.readouterr().out


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    return capsys.readouterr().err


def test_init_says_what_it_saw_and_what_to_do_next(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "init", "people.csv", "--yes")
    assert "people.csv: 20 rows, 3 columns" in out
    assert "Two records are one person if they share: email, phone" in out
    assert "- no column has the time of a record; the order of the rows counts" in out
    assert "written: resolver.toml" in out
    assert [words[1] for words in run_printed(out, capsys)] == ["replay", "health", "settings", "compare"]


def test_with_a_truth_init_goes_on_to_errors_and_a_sweep(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "truth.csv").write_text(TRUTH)
    out = printed(capsys, "init", "people.csv", "truth.csv", "--yes")
    assert [words[1] for words in run_printed(out, capsys)] == ["replay", "health", "errors", "sweep", "compare"]


def run_printed(out: str, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Run the commands that were printed, as a shell has their words; return these."""
    commands = [shlex.split(line) for line in out.splitlines() if line.startswith("    resolver ")]
    for words in commands:
        given, _, target = " ".join(words).partition(" > ")
        assert main(words[1:-2] if target else words[1:]) == 0, given
        told = capsys.readouterr().out
        if target:
            Path(target).write_text(told, encoding="utf-8")
    return commands


def test_init_writes_over_nothing_unless_it_is_told_to(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "it is there already; --force" in failure(capsys, "init", "people.csv", "--yes")
    assert "written" in printed(capsys, "init", "people.csv", "--yes", "--force")
    assert "written: other.toml" in printed(capsys, "init", "people.csv", "--yes", "--project", "other.toml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv"], "none.csv"),
        (["-"], "standard input"),
        (["people.xlsx"], "names no format"),
    ],
)
def test_init_refuses_what_it_cannot_read(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in failure(capsys, "init", *arguments)
    assert not (folder / "resolver.toml").exists()


def test_every_command_runs_without_arguments(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "20 lines: 20 applied" in printed(capsys, "replay")
    assert "no dependence on the order found" in printed(capsys, "order")
    assert "20 records in 10 profiles" in printed(capsys, "health")
    assert json.loads(printed(capsys, "settings"))["matchingRules"] == ["email", "phone"]
    assert "is in the profile" in printed(capsys, "explain", "r0")
    assert "one profile" in printed(capsys, "explain", "r0", "r1")
    assert "nodes" in printed(capsys, "graph", "r0", "--out", "g.json")
    (project / "candidate.json").write_text(
        json.dumps({**json.loads(printed(capsys, "settings")), "matchingRules": ["phone"]})
    )
    assert "candidate" in printed(capsys, "compare", "--candidate", "candidate.json")
    (project / "grid.json").write_text('{"axes": {"email.limit": [1, 2], "options.defaultRegion": ["US", "DE"]}}')
    assert "precision" in printed(capsys, "sweep", "--grid", "grid.json")
    told = printed(capsys, "suspects")
    assert "different values of another type" in told
    assert "    resolver compare --candidate blocked.json\n" in told
    assert sorted(each.name for each in (project / "results").iterdir()) == ["compare", "health", "replay", "sweep"]


def test_every_command_that_can_name_a_project_takes_it(project: Path) -> None:
    """A command that is added later is asked too."""
    found = read_project("resolver.toml")
    commands = next(each for each in parser(found)._actions if isinstance(each, argparse._SubParsersAction)).choices
    naming = {name for name, command in commands.items() if "--project" in command._option_string_actions} - {"init"}
    assert naming >= {"replay", "suspects"}
    assert [name for name in sorted(naming) if commands[name].get_default("in_project") is None] == []


def test_what_is_given_wins(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "more.csv").write_text("RECORD_ID,EMAIL_ADDRESS,PHONE,WORK\nx,,,a@example.com\n")
    assert "1 line: 1 applied" in printed(capsys, "replay", "more.csv", "--map", "email=WORK")
    assert "2 identifiers" not in printed(capsys, "explain", "more.csv", "x", "--map", "email=WORK")
    assert "21 lines: " in printed(capsys, "replay", "people.csv", "--also", "more.csv")


def test_the_truth_of_a_project_is_about_its_history(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Against the truth about 20 records of 10 people" in printed(capsys, "replay")
    assert "Against the truth" in printed(capsys, "replay", "people.csv")
    assert "0 wrong pairs" in printed(capsys, "errors")
    (project / "more.csv").write_text("RECORD_ID,EMAIL_ADDRESS,PHONE\nx,a@example.com,\n")
    assert "Against the truth" not in printed(capsys, "replay", "more.csv")
    assert "--truth: that of the project is about another history" in failure(capsys, "errors", "more.csv")


def test_a_directory_that_is_given_is_the_only_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "replay", "--out", "elsewhere")
    assert (project / "elsewhere" / "summary.json").exists()
    assert not (project / "results").exists()


def test_a_project_of_this_folder_is_announced_and_can_be_left_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay"]) == 0
    assert capsys.readouterr().err == "resolver: options from resolver.toml; --no-project leaves it out\n"
    assert main(["replay", "--project", "resolver.toml"]) == 0
    assert capsys.readouterr().err == ""
    assert "the following arguments are required: HISTORY" in failure(capsys, "replay", "--no-project")


def test_a_project_is_announced_only_where_something_of_it_applies(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["settings"]) == 0
    taken = capsys.readouterr()
    assert "options from resolver.toml" in taken.err
    (project / "own.json").write_text(taken.out)
    for words in (["settings", "--preset", "segment"], ["settings", "own.json"]):
        assert main(words) == 0
        assert capsys.readouterr().err == ""
    (project / "resolver.toml").write_text("# nothing yet\n")
    for words in (["settings"], ["replay", "people.csv", "--map", "email=EMAIL_ADDRESS"]):
        assert main(words) == 0
        assert "resolver.toml" not in capsys.readouterr().err


def test_a_project_elsewhere_names_files_beside_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    assert "20 applied" in printed(capsys, "replay", "--project", "../resolver.toml")
    assert "20 applied" in printed(capsys, "replay", "--project=../resolver.toml")
    assert (project / "results" / "replay" / "summary.json").exists()


def test_commands_that_are_printed_take_the_project_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "\n    resolver explain r0\n" in printed(capsys, "health")
    assert "\n    resolver explain --project resolver.toml r0\n" in printed(
        capsys, "health", "--project", "resolver.toml"
    )
    assert "\n    resolver explain people.csv r0\n" in printed(capsys, "health", "people.csv")
    (project / "r0").write_text("a file with the name of a ref")
    assert "\n    resolver explain people.csv r0\n" in printed(capsys, "health")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("regoin = 'US'", "did you mean 'region'?"),
        ("region = 'USA'", "resolver.toml: 'region': 'USA' is not right; expected a two-letter region code"),
        ("on-invalid = 'skip'", "'on-invalid' is 'skip'; expected one of refuse, drop, keep"),
        ("max-line = -1", "max_line: -1 is not right"),
        ("history = 'none.csv'", "none.csv: cannot be read"),
    ],
)
def test_a_project_that_is_wrong_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (folder / "resolver.toml").write_text(text if "history" in text else f"history = 'people.csv'\n{text}\n")
    assert said in failure(capsys, "replay")
    assert main(["replay", "--help"]) == 0
    assert main(["generate", "--records", "3", "--out", "g.jsonl"]) == 0


def test_a_word_too_many_names_the_file_that_is_missing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none.csv is not a file" in failure(capsys, "explain", "none.csv", "r0", "r1")
    assert "the following arguments are required: REF" in failure(capsys, "explain")


def test_the_settings_of_a_project_are_a_settings_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "copy.json").write_text(printed(capsys, "settings"))
    settings, _ = load_settings(project / "copy.json")
    assert settings.matching_rules == ("email", "phone")


def asked(answers: list[tuple[bytes, bytes]]) -> tuple[int, str]:
    """Answer the questions of ``init`` on a terminal; return its status, and what it said after the last of them."""
    server, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "resolver", "init", "people.csv"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    seen = b""
    for question, answer in answers:
        while question not in seen:
            seen += _read(server)
        seen = seen.partition(question)[2]
        time.sleep(0.2)  # it asks before it waits: what comes between, the terminal may forget
        os.write(server, answer)
    try:
        while part := _read(server):
            seen += part
    except OSError:  # the other side is closed
        pass
    os.close(server)
    return process.wait(20), seen.decode()


def _read(server: int) -> bytes:
    """Return what comes next; an error if nothing does for long."""
    assert select.select([server], [], [], 30)[0], "it waits for another answer"
    return os.read(server, 4096)


def test_on_a_terminal_init_asks_before_it_writes(folder: Path) -> None:
    answers = [
        (b"no column has the time of a record", b""),
        (b"a record, its ref", b"\n"),
        (b"time of a record", b"nothing\n"),
        (b"'nothing' is not a column", b""),
        (b"time of a record", b"-\n"),
        (b"Read EMAIL_ADDRESS as email", b"y\n"),
        (b"Read PHONE as phone", b"n\n"),
        (b"Region of phone", b"xx\n"),
        (b"Region of phone", b"ca\n"),
    ]
    status, said = asked(answers)
    assert status == 0
    assert "Two records are one person if they share: email\r\n" in said
    text = (folder / "resolver.toml").read_text()
    assert 'region = "CA"' in text
    assert "PHONE" not in text
    assert 'matchingRules = [  # in the order of their strength\n    "email",\n]' in text


def test_types_of_which_no_rule_is_left_are_asked_for_again(folder: Path) -> None:
    nothing = [(b"its ref", b"\n"), (b"time of a record", b"\n"), (b"as email", b"n\n"), (b"as phone", b"n\n")]
    again = [(b"no rule is left", b""), (b"as email", b"\n"), (b"as phone", b"n\n"), (b"Region of phone", b"\n")]
    assert asked([*nothing, *again])[0] == 0
    assert "PHONE" not in (folder / "resolver.toml").read_text()


@pytest.mark.parametrize("key", [b"\x03", b"\x04"])
def test_ctrl_c_and_ctrl_d_leave_nothing_behind(folder: Path, key: bytes) -> None:
    status, said = asked([(b"its ref", b"\n"), (b"time of a record", b"\n"), (b"as email", key)])
    assert status == 130
    assert "stopped: resolver.toml is not written\r\n" in said
    assert [each.name for each in folder.iterdir()] == ["people.csv"]


ADDRESSES = "Kundennr;Vorname;Nachname;E-Mail;Straße;PLZ\n" + "".join(
    f"K{n};{'ABCDE'[n % 5]}nna;Meier{n % 7};p{n}@example.com;Hauptstr. {n % 11};5{n % 11:04d}\n" for n in range(40)
)


def test_init_reads_an_address_where_it_is_told_to_and_says_that_it_could(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "kunden.csv").write_text(ADDRESSES)
    out = printed(capsys, "init", "kunden.csv", "--yes")
    assert "- Straße and PLZ: people share an address; with names it may prove a person, and --with-address " in out
    out = printed(capsys, "init", "kunden.csv", "--yes", "--force", "--with-address")
    rule = "first_name AND last_name AND street AND postal_code"
    assert f"Two records are one person if they share: email, {rule}\n" in out
    assert rule in read_project("resolver.toml").settings[0].matching_rules  # type: ignore[index]
    assert "40 lines: 40 applied" in printed(capsys, "replay")
    error = failure(capsys, "init", "people.csv", "--yes", "--force", "--with-address")
    assert "--with-address: there are no columns of an address beside those of names" in error


def answering(monkeypatch: pytest.MonkeyPatch, answers: dict[str, bool]) -> list[str]:
    """Answer questions by a part of them, all others as they propose; return what was asked."""
    asked_for: list[str] = []

    def confirm(question: str, *, default: bool, **_: object) -> bool:
        asked_for.append(question)
        return next((answer for part, answer in answers.items() if part in question), default)

    monkeypatch.setattr("resolver.cli.init.Confirm.ask", confirm)
    monkeypatch.setattr("resolver.cli.init.Prompt.ask", lambda _, *, default, **__: default)
    return asked_for


ADDRESS = "Are the same names with the same Straße and PLZ one person?"
ORDER = "Replay the rows in the order of their times?"


def test_init_asks_whether_an_address_proves_a_person(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "kunden.csv").write_text(ADDRESSES)
    proposal = proposal_for([sample_of("kunden.csv")])
    asked_for = answering(monkeypatch, {})
    assert init.asked(proposal).settings == proposal.settings
    assert ADDRESS in asked_for
    answering(monkeypatch, {ADDRESS: True})
    chosen = init.asked(proposal)
    assert chosen.settings.matching_rules[-1].endswith("street AND postal_code")
    assert chosen.map["street"] == ("Straße",)
    with_names = proposal.with_address()
    declined = answering(monkeypatch, {"as first_name": False})
    init.asked(attrs.evolve(with_names, address=proposal.address))
    assert ADDRESS not in declined


def test_init_asks_about_the_order_of_rows_that_are_in_another_than_that_of_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"r{n},p{n}@example.com,2026-01-{n:02d}T00:00:00Z\n" for n in range(9, 0, -1)]
    (folder / "late.csv").write_text("RECORD_ID,EMAIL,CREATED\n" + "".join(rows))
    proposal = proposal_for([sample_of("late.csv")])
    asked_for = answering(monkeypatch, {})
    assert init.asked(proposal).sort
    assert ORDER in asked_for
    answering(monkeypatch, {ORDER: False})
    assert not init.asked(proposal).sort
    answering(monkeypatch, {})
    monkeypatch.setattr("resolver.cli.init.Prompt.ask", lambda *_, **__: "-")
    assert not init.asked(proposal).sort


def test_a_truth_in_another_encoding_is_read_with_it_and_refused_without(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "truth.csv").write_bytes("".join(f"r{n};Müller {n // 2}\n" for n in range(20)).encode("cp1252"))
    (folder / "truth.csv").write_bytes(b"ref;person\n" + (folder / "truth.csv").read_bytes())
    printed(capsys, "init", "people.csv", "truth.csv", "--yes")
    assert 'truth = { file = "truth.csv", ref = "ref", person = "person", encoding = "cp1252" }' in (
        folder / "resolver.toml"
    ).read_text(encoding="utf-8")
    assert "F1 1.000" in printed(capsys, "replay")
    error = failure(capsys, "replay", "people.csv", "--no-project", "--map", "ref=RECORD_ID", "--truth", "truth.csv")
    assert "truth.csv: line 2: cannot be read as CSV in UTF-8" in error
    assert "--truth-encoding cp1252" in error
    given = ["--map", "ref=RECORD_ID", "--map", "email=EMAIL_ADDRESS", "--truth", "truth.csv"]
    told = printed(capsys, "replay", "people.csv", "--no-project", *given, "--truth-encoding", "cp1252")
    assert "F1 1.000" in told
    error = failure(capsys, "replay", "people.csv", "--no-project", *given, "--truth-encoding", "klingon")
    assert "'klingon' is not an encoding of text" in error
