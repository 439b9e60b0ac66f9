"""The options that say how HISTORY is read, as somebody types them."""

import json
import shlex
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.cli.parser import parser
from resolver.cli.reading import reading_options_of


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


@pytest.mark.parametrize(
    "typed",
    [
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
