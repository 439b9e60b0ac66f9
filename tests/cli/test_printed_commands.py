"""Commands that are printed run as they are: each is handed to a shell, whatever refs, values and names hold."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.cli.parser import parser
from resolver.display import can_be_typed
from tests.cli.terminal import on_a_terminal, unstyled

REFS = [
    "-a",
    "--help",
    "it's $HOME",
    "new\nline",
    "\x1b[31mred",
    "over\u202eride",
    "tab\tand `ticks`",
    "na\u00efve \\ * ?",
    "byte\udcff",
    " two  spaces ",
    "!!",
]
"""Records; each two neighbours are joined by one value of their own, which is as strange."""

LONG = "a folder/whose history has a name that no line of a narrow terminal can hold.jsonl"

BESIDE_PYTHON = str(Path(sys.executable).parent)


def write_history(path: Path, refs: list[str]) -> None:
    values = [f"-{ref}{number}=".replace("\0", "").replace("\ud800", "") for number, ref in enumerate(refs[1:])]
    lines = [
        {"ref": ref, "at": number, "identifiers": {"chat": [f"own {number}", *values[max(0, number - 1) : number + 1]]}}
        for number, ref in enumerate(refs)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def commands_in(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith("    resolver ")]


def run_in_shell(command: str, place: Path) -> "subprocess.CompletedProcess[str]":
    shell = {"PATH": f"{BESIDE_PYTHON}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        ["bash", "-c", command], cwd=place, env=shell, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def words_in_a_shell(commands: list[str], place: Path) -> list[list[str]]:
    """Return the words after ``resolver`` that a shell makes of commands, as the program would get them."""
    (place / "bin").mkdir()
    (place / "bin" / "resolver").write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" ''\n")
    (place / "bin" / "resolver").chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(commands)],
        cwd=place,
        env={"PATH": f"{place}/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return [os.fsdecode(words).split("\0") for words in done.stdout.removesuffix(b"\0\0").split(b"\0\0")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_history(tmp_path / "-h story's.jsonl", REFS)
    write_history(tmp_path / "h.jsonl", REFS)
    (tmp_path / "a folder").mkdir()
    write_history(tmp_path / LONG, REFS)
    (tmp_path / "-s.json").write_text('{"identifierConfigs": [{"idType": "chat"}], "matchingRules": ["chat"]}')
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [["h.jsonl"], ["--settings=-s.json", "--sort", "--tz=-05:00", "--", "-h story's.jsonl"]],
    ids=["plain names", "names with a dash"],
)
def test_the_commands_of_health_run_in_a_shell(
    arguments: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["health", "--show", "20", *arguments]) == 0
    commands = commands_in(capsys.readouterr().out)
    explained = [command for command in commands if command.startswith("resolver explain ")]
    assert len(explained) >= len(REFS) - 1
    assert len(commands) >= 2 * (len(REFS) - 1)
    assert len(commands) == len(set(commands)), "a command is printed once"
    for command in commands:
        assert command.isprintable()
    done = run_in_shell(commands[0], place)
    assert (done.returncode, done.stderr) == (0, "")
    told = ""
    for command, words in zip(commands, words_in_a_shell(commands, place), strict=True):
        assert main(words) == 0, command
        out, err = capsys.readouterr()
        assert err == "", command
        if command.startswith("resolver replay"):
            assert "1 of" in out or "0 of" in out
        told += out if command in explained else ""
    for shown in ("-a", "--help", "it's $HOME", "new\\nline", "\\x1b[31mred", "over\\u202eride", "byte\\udcff"):
        assert re.search(rf"(^| ){re.escape(shown)} (and|is|presented|\(line)", told, re.MULTILINE), shown


def test_a_narrow_terminal_does_not_break_a_command(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", LONG]) == 0
    expected = commands_in(capsys.readouterr().out)
    assert max(map(len, expected)) > 80
    status, text = on_a_terminal("health", LONG)
    assert status == 0
    text = unstyled(text)
    assert commands_in(text.replace("\r\n", "\n")) == expected
    assert set(re.findall(r"[^\x20-\x7e\u00a0-\U0010ffff]", text)) <= {"\r", "\n"}
    others = [line for line in text.split("\r\n") if not line.startswith("    resolver ")]
    assert max(map(len, others)) <= 80


def test_a_narrow_terminal_does_not_break_what_is_suggested(place: Path) -> None:
    (place / "t.csv").write_text("ref,E - m a i l,chat\n1,a@example.com,1\n")
    status, text = on_a_terminal("replay", "t.csv")
    assert status == 0
    assert "--map 'email=E - m a i l' would read it\r\n" in unstyled(text)


def test_a_column_that_is_suggested_is_read_as_it_is_typed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, cell in (("email", '"E\'-\'mail, """'), ("chat", '"Chat\n\x1b["')):
        (place / "t.csv").write_text(f"ref,{cell}\n1,a@example.com\n2,a@example.com\n", newline="")
        assert main(["replay", "t.csv"]) == 1
        out, err = capsys.readouterr()
        for words in (out.partition("near that of an idType: ")[2].partition(" would")[0], err.partition("helps: ")[2]):
            assert words.startswith("--map ")
            assert name in words
            done = run_in_shell(f"resolver replay t.csv {words}", place)
            assert "2 lines: 2 applied" in done.stdout, words


def test_without_a_file_to_read_again_no_command_is_printed(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (place / "h.jsonl").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main(["health", "-"]) == 0
    out = capsys.readouterr().out
    assert commands_in(out) == []
    assert "A history in a file, not on standard input, has the commands that show more printed with it." in out


def test_a_command_that_no_shell_can_be_given_is_not_printed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_history(place / "h.jsonl", ["nul\0", "half\ud800", "c"])
    (place / "s.json").write_text('{"identifierConfigs": [{"idType": "a=b"}], "matchingRules": ["a=b"]}')
    lines = [{"ref": ref, "identifiers": {"a=b": [ref, "1"]}} for ref in "xy"]
    (place / "odd.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(["health", "h.jsonl"]) == 0
    out = capsys.readouterr().out
    assert "nul\\x00: line" in out
    assert "half\\ud800: line" in out
    assert all(can_be_typed(command) for command in commands_in(out))
    assert [command for command in commands_in(out) if "explain" in command] == []
    assert main(["health", "odd.jsonl", "--settings", "s.json"]) == 0
    assert not any("--without" in command for command in commands_in(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["explain", "h", "--settings", "s", "--", "-a"], {"history": "h", "ref": "-a", "other": None}),
        (["explain", "--settings", "s", "--", "-h", "-a", "--"], {"history": "-h", "ref": "-a", "other": "--"}),
        (["explain", "h", "a", "--show", "3", "b", "--"], {"history": "h", "ref": "a", "other": "b"}),
        (["graph", "h", "--out", "g.json", "--", "--out"], {"history": "h", "ref": "--out"}),
        (["settings", "--", "-s.json"], {"file": Path("-s.json")}),
        (["health", "--", "-h"], {"history": ["-h"]}),
        (["health", "h", "--json", "i", "--", "-h", "--"], {"history": ["h", "i", "-h", "--"], "json": True}),
    ],
)
def test_what_stands_behind_two_dashes_is_no_option(typed: list[str], expected: dict[str, object]) -> None:
    options = vars(parser().parse_args(typed))
    assert {name: options[name] for name in expected} == expected


def test_a_word_too_many_behind_two_dashes_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "h", "a", "b", "--", "-c\x1b"]) == 2
    assert "unrecognized arguments: -c\\x1b" in capsys.readouterr().err


@pytest.mark.parametrize(
    "typed", [["explain", "h", "a", "b", "c"], ["generate", "--out", "g", "c"], ["replay", "h", "--c"]]
)
def test_a_word_too_many_is_told_with_the_help_of_the_command(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    told = f"resolver {typed[0]}: unrecognized arguments: {typed[-1]} (see resolver {typed[0]} --help)\n"
    assert capsys.readouterr().err == told


def test_a_column_that_cannot_be_typed_is_not_suggested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = tmp_path / "h.csv"
    history.write_bytes(b"email\0,PHONE\nada@example.com,317 555 6789\n")
    assert main(["replay", str(history)]) == 1
    told = capsys.readouterr()
    assert "--map phone=PHONE" in told.out
    assert "--map phone=PHONE" in told.err
    assert "--map $" not in told.out + told.err
