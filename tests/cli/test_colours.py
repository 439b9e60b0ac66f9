"""Colours: better, worse and what needs a look, on a terminal alone, and the words say the same without them."""

import json
import re
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.example import path
from tests.cli.terminal import on_a_terminal, unstyled

HISTORY, BASELINE, CANDIDATE = (str(path(name)) for name in ("history.jsonl", "baseline.json", "candidate.json"))
TRUTH = str(path("history.jsonl.truth.csv"))
RED, GREEN, YELLOW = "\x1b[31m", "\x1b[32m", "\x1b[33m"
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])[;m]")

COMPARED = ["compare", HISTORY, "--baseline", BASELINE, "--candidate", CANDIDATE, "--truth", TRUTH]


def the_other_way_round() -> list[str]:
    return ["compare", HISTORY, "--baseline", CANDIDATE, "--candidate", BASELINE, "--truth", TRUTH]


def test_better_is_green_and_worse_is_red_in_words_too() -> None:
    status, text = on_a_terminal(*COMPARED)
    assert status == 0
    assert f"{GREEN}Better against the truth: F1 0.856, 0.367 before" in text
    assert "\x1b[1;32m; better (-2,671 wrong, +86 missed pairs)" in text
    assert re.search(rf"precision +0.230 +0.995 +{re.escape(GREEN)}\+0", text) is not None
    assert re.search(rf"recall +\S+ +\S+ +{re.escape(RED)}-0", text) is not None
    status, text = on_a_terminal(*the_other_way_round())
    assert f"{RED}Worse against the truth: F1 0.367, 0.856 before" in text
    assert "\x1b[1;31m; worse (+2,671 wrong, -86 missed pairs)" in text


def test_the_same_settings_are_neither_better_nor_worse_and_have_no_colour() -> None:
    same = ["compare", HISTORY, "--baseline", BASELINE, "--candidate", BASELINE, "--truth", TRUTH]
    assert "\r\nNeither better nor worse against the truth: F1 0.367, 0.367 before.\r\n" in on_a_terminal(*same)[1]


def test_what_was_rejected_needs_a_look() -> None:
    assert f"418 applied, {YELLOW}1 rejected\x1b[0m\r\n" in on_a_terminal("replay", HISTORY, "--settings", BASELINE)[1]
    assert f"{YELLOW}1 of 419 lines rejected" in on_a_terminal("health", HISTORY, "--settings", BASELINE)[1]


def test_settings_that_no_other_beats_are_green_rows_with_a_mark(tmp_path: Path) -> None:
    grid = tmp_path / "grid.json"
    grid.write_text(json.dumps({"base": json.loads(Path(BASELINE).read_text()), "axes": {"phone.limit": [1, 2]}}))
    rows = on_a_terminal("sweep", HISTORY, "--grid", str(grid), "--jobs", "1")[1].splitlines()
    marked = [GREEN in row for row in rows if re.match(r"[*=]? *\d? +[12] +[12] ", unstyled(row))]
    assert len(marked) == 2
    assert any(marked)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "a dumb terminal"])
def test_a_terminal_without_colours_reads_the_same_words(variables: dict[str, str]) -> None:
    _, coloured = on_a_terminal(*COMPARED)
    _, bare = on_a_terminal(*COMPARED, **variables)
    assert COLOUR.search(coloured) is not None
    assert COLOUR.search(bare) is None
    assert unstyled(bare) == unstyled(coloured)


def test_an_empty_no_color_says_nothing() -> None:
    assert COLOUR.search(on_a_terminal("replay", HISTORY, NO_COLOR="")[1]) is not None


@pytest.mark.parametrize(
    "arguments", [COMPARED, ["replay", HISTORY], ["health", HISTORY], ["explain", HISTORY, "web:000008"]]
)
def test_what_is_piped_has_no_style(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err


def test_numbers_that_mean_nothing_special_have_no_colour() -> None:
    for arguments in (["explain", HISTORY, "web:000008"], ["order", HISTORY, "--permutations", "1"], ["settings"]):
        text = on_a_terminal(*arguments)[1]
        assert text
        assert COLOUR.search(text.partition(YELLOW)[0]) is None  # which comes before the lines that were rejected
