"""The options that say how HISTORY is read, as somebody types them."""

import json
import shlex
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.cli.parser import parser
from resolver.cli.reading import reading_options_of
from resolver.settings import Settings


def replayed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a replay prints; it must be done."""
    assert main(["replay", *arguments]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says on standard error, one line, when it is wrong."""
    assert main([*arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_cells_are_split_only_where_a_separator_is_given_and_a_note_counts_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("ref,chat\n1,auth0|1\n2,auth0|2\n3,x\n")
    assert "split" not in replayed(capsys, str(file))
    for options in (["--separator", "|"], ["--map", "chat=chat[|]"]):
        assert "cells that were split at the separator: 2\n" in replayed(capsys, str(file), *options)
    replayed(capsys, str(file), "--separator=|", "--out", str(tmp_path / "out"))
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["splitCells"] == 2


def test_an_empty_separator_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--separator: an empty text is not right" in refused(capsys, "replay", "-", "--separator", "")


def test_a_column_with_a_comma_is_read_by_the_map_that_is_suggested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text('ref,"E-mail,"\n1,a@example.com\n2,a@example.com\n')
    assert main(["replay", str(file)]) == 1
    suggested = capsys.readouterr().out.partition("near that of an idType: --map ")[2].partition(" would")[0]
    assert suggested == "'email=\"E-mail,\"'"
    assert "2 lines: 2 applied" in replayed(capsys, str(file), "--map", *shlex.split(suggested))


GERMAN = """sep=;
Kunde;Datum;E-Mail;Telefon;
1;02.01.2026 12:00;Zo\xeb@example.com;3175556789|3175556788;
2;soon;x@example.com;;
"""


def test_a_table_of_a_spreadsheet_is_read_by_its_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "de.csv"
    file.write_bytes(GERMAN.encode("cp1252"))
    reading = "--encoding cp1252 --date-format '%d.%m.%Y %H:%M' --tz Europe/Berlin"
    columns = "--map ref=Kunde --map at=Datum --map email=E-Mail --map phone=Telefon[|]"
    options = [*shlex.split(f"{reading} {columns}"), "--out", str(tmp_path / "out")]
    told = replayed(capsys, str(file), *options)
    assert "2 lines: 1 applied, 1 rejected" in told
    assert "expected one of the format '%d.%m.%Y %H:%M'" in told
    profile = json.loads((tmp_path / "out" / "profiles.jsonl").read_text(encoding="utf-8"))
    assert profile["created_at"] == 1_767_351_600_000
    assert profile["identifiers"] == {"email": ["zo\xeb@example.com"], "phone": ["+13175556789", "+13175556788"]}


def test_several_files_are_numbered_through_and_what_was_rejected_names_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.jsonl"
    one.write_text("ref,chat\n1,x\n")
    other.write_text('{"ref": "2", "identifiers": {"chat": "x"}}\n{"at": "soon", "identifiers": {}}\n')
    for arguments in ([str(one), str(other)], [str(one), "--also", str(other)]):
        told = replayed(capsys, *arguments, "--out", str(tmp_path / "out"))
        assert f"lines are numbered through all files: {one} 1-2, {other} 3-4" in told
        rejected = json.loads((tmp_path / "out" / "rejected.jsonl").read_text())
        assert (rejected["line"], rejected["file"], rejected["fileLine"]) == (4, str(other), 2)
        assert json.loads((tmp_path / "out" / "summary.json").read_text())["files"] == [
            [str(one), 1, 2],
            [str(other), 3, 4],
        ]


def test_every_command_takes_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other, grid = tmp_path / "one.csv", tmp_path / "other.csv", tmp_path / "grid.json"
    one.write_text("ref,chat\n1,x\n")
    other.write_text("ref,chat\n2,x\n")
    grid.write_text('{"axes": {"chat.limit": [1, 2]}}')
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(Settings.defaults().to_json()))
    for command in (
        ["replay"],
        ["compare", "--baseline", str(settings), "--candidate", str(settings)],
        ["order"],
        ["health"],
        ["sweep", "--grid", str(grid)],
    ):
        assert main([command[0], str(one), str(other), *command[1:]]) == 0, command
    told = capsys.readouterr().out
    assert f"resolver explain {one} --also {other} 1" in told
    assert main(["graph", str(one), "--also", str(other), "--out", str(tmp_path / "graph.graphml")]) == 0
    assert main(["explain", str(one), "--also", str(other), "1", "2"]) == 0
    assert "1 and 2 are one profile since line 4" in capsys.readouterr().out
    assert f"{tmp_path}: is a directory; expected a file" in refused(capsys, "health", str(one), str(tmp_path))


def test_a_name_that_is_no_file_is_told_before_its_suffix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"{tmp_path}: is a directory; expected a file" in refused(capsys, "replay", str(tmp_path))
    missing = tmp_path / "histroy"
    assert f"{missing}: cannot be read: No such file or directory" in refused(capsys, "replay", str(missing))


def test_a_wrong_option_in_a_settings_file_gives_line_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "s.json"
    document = Settings.defaults().to_json() | {"options": {"defaultRegion": "XX"}}
    settings.write_text(json.dumps(document).replace('"options"', '\n "options"'), encoding="utf-8-sig")
    told = refused(capsys, "replay", "-", "--settings", str(settings))
    assert told.startswith(f'resolver: {settings}: line 2, column 14: options.defaultRegion: "XX" is not allowed')


def test_flat_objects_are_mapped_by_their_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flat.json"
    file.write_text('[{"id": 1, "mail": "a@example.com"},\n {"id": 2, "mail": "A@EXAMPLE.com"}]')
    assert "2 lines: 2 applied" in replayed(capsys, str(file), "--map", "ref=id", "--map", "email=mail")
    assert "column 'idd' is in no line" in refused(capsys, "replay", str(file), "--map", "ref=idd")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--delimiter", ";;"], "delimiter: ';;' is not right; expected one character, for example ';'"),
        (["--encoding", "klingon"], "encoding: 'klingon' is not an encoding of text"),
        (["--date-format", "%H:%M"], "date_format: '%H:%M' has no full date"),
        (["--max-line", "0"], "--max-line: '0' is not right; expected a whole number, 1 or more"),
        (["--max-line", "x"], "--max-line: 'x' is not right; expected a whole number, 1 or more"),
        (["--max-line", "4"], "line 1: the header cannot be read: the line has 8 bytes; expected at most 4"),
    ],
)
def test_an_option_that_is_not_right_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("ref,chat\n1,x\n")
    assert message in refused(capsys, "replay", str(file), *options)


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "h.jsonl", "--settings", ""],
        ["compare", "h.jsonl", "--baseline", "", "--candidate", "c.json"],
        ["compare", "h.jsonl", "--baseline", "b.json", "--candidate", ""],
        ["sweep", "h.jsonl", "--grid", ""],
        ["sweep", "h.jsonl", "--grid", "g.json", "--truth", ""],
        ["graph", "h.jsonl", "--out", ""],
        ["generate", "--out", ""],
        ["settings", ""],
        ["state", "export", "--db", ""],
        ["state", "export", "--db", "x.db", "--out", ""],
        ["state", "import", "state.json", "--db", ""],
        ["serve", "--db", ""],
        ["serve", "--settings", ""],
    ],
)
def test_an_empty_file_name_is_named_and_not_taken_for_the_directory(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert "an empty name is not right; expected a file" in refused(capsys, *arguments)


@pytest.mark.parametrize(
    "typed",
    [
        " --delimiter tab --encoding cp1252 --date-format '%d/%m/%Y %H:%M' --max-line 99 --also b.csv --also=-c.csv",
        "",
        " --map phone=HOME --map 'chat=a[|]' --separator '; ' --tz Europe/Paris --at-unit s --sort",
        " --separator=-x- --tz=-05:00 --format csv --on-invalid keep --match first --region GB",
    ],
)
def test_reading_options_are_told_as_they_are_typed(typed: str) -> None:
    options = parser().parse_args(["replay", "t.csv", *shlex.split(typed)])
    told = reading_options_of(options)
    again = parser().parse_args(["replay", "t.csv", *shlex.split(told)])
    assert vars(again) == vars(options)
