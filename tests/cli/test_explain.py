import json
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.example import path

HISTORY, BASELINE, CANDIDATE = (str(path(name)) for name in ("history.jsonl", "baseline.json", "candidate.json"))


def test_two_records_of_one_profile_are_explained_in_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", HISTORY, "web:000008", "crm:000029", "--settings", BASELINE, "--show", "2"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("web:000008 and crm:000029 are one profile since line")
    assert "more identifiers; --show N shows more" in told


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", HISTORY, "web:000008", "crm:000299", "--settings", CANDIDATE, "--json", "--no-cut"]
    assert main(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["together"], document["common"][0]["identifier"][0]) == (False, "phone")


def test_a_ref_that_is_not_there_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", HISTORY, "web:00008"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "did you mean" in error


def test_replay_without_shows_what_splits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", HISTORY, "--settings", BASELINE, "--without", "phone=+33199000005"]) == 0
    told = capsys.readouterr().out
    assert "Without phone=+33199000005: 1 of 419 lines is left out, and 12 identifiers." in told
    assert "419 lines: 417 applied, 1 rejected, 1 left out" in told
    assert "1 group split" in told


def test_replay_without_says_each_note_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", HISTORY, "--settings", BASELINE, "--without", "phone=+33199000005"]) == 0
    told = capsys.readouterr().out
    assert (told.count("most frequent reason"), told.count("--sort orders by time")) == (1, 1)


def test_a_note_that_only_the_history_as_it_is_has_is_said_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = [{"ref": ref, "at": at, "identifiers": {"chat": ref}} for ref, at in (("a", 2), ("b", 1))]
    (tmp_path / "h.jsonl").write_text("\n".join(map(json.dumps, late)))
    assert main(["replay", str(tmp_path / "h.jsonl"), "--without", "chat=b", "--without", "chat=a"]) == 0
    told = capsys.readouterr().out
    assert "Without chat=b and chat=a: 2 of 2 lines are left out, and 2 identifiers. Below," in told
    assert "the candidate the history without them." in told
    assert "baseline: taken in file order, though earlier than a line before: 1 line" in told


def test_compare_without_applies_to_both_sides(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ["compare", HISTORY, "--baseline", BASELINE, "--candidate", CANDIDATE, "--without", "ref:web:000008"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert document["baseline"]["leftOut"] == document["candidate"]["leftOut"] >= 1


def test_an_absent_value_that_the_history_does_not_have_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", HISTORY, "--without", "email=nobody@nowhere.example"]) == 2
    assert "the history has no email" in capsys.readouterr().err


def test_options_may_stand_between_the_history_and_its_refs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    history, settings = str(path("history.jsonl")), ["--settings", str(path("baseline.json"))]
    assert main(["explain", history, "web:000008", *settings, "crm:000029", "--no-cut"]) == 0
    assert capsys.readouterr().out.startswith("web:000008 and crm:000029 are one profile")
    out = ["--out", str(tmp_path / "group.json")]
    assert main(["graph", history, *settings, "crm:000001", *out]) == 0
    one = capsys.readouterr().out
    assert main(["graph", history, "crm:000001", *settings, *out]) == 0
    assert capsys.readouterr().out == one


@pytest.mark.parametrize("wrong", [["graph", "h.jsonl"], ["explain"], ["explain", "h.jsonl", "a", "b", "c"]])
def test_arguments_missing_or_too_many_are_one_line_and_status_2(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(wrong) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_with_mask_an_explanation_has_keyed_hashes_in_the_place_of_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_bytes(b"sixteen bytes or more")
    key = ["--mask-key", str(tmp_path / "key")]
    for refs, more in ((["web:000008"], []), (["web:000008", "crm:000029"], []), (["web:000008"], ["--json"])):
        arguments = ["explain", HISTORY, *refs, "--settings", BASELINE, *more]
        assert main(arguments) == 0
        plain = capsys.readouterr().out
        assert main([*arguments, *key]) == 0
        told = capsys.readouterr().out
        assert "@" in plain
        assert ("@" in told, "+331" in told, "web:000008" in told, "email #" in told or "#" in told) == (
            False, False, True, True)  # fmt: skip
        assert main([*arguments, *key, "--mask-refs"]) == 0
        assert "web:0" not in capsys.readouterr().out


def test_a_masked_explanation_of_a_saved_run_and_of_lines_that_cannot_be_read_holds_no_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"ref": ref, "identifiers": {"email": email}} for ref, email in (("a", "ada@example.com"), ("b", "secret"))
    ]
    (tmp_path / "h.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert main(["replay", str(tmp_path / "h.jsonl"), "--save", str(tmp_path / "run")]) == 0
    assert main(["replay", str(tmp_path / "h.jsonl"), "--on-invalid", "refuse"]) == 0
    capsys.readouterr()
    assert main(["explain", str(tmp_path / "run"), "a", "--mask"]) == 0
    assert "ada" not in capsys.readouterr().out
    assert main(["explain", str(tmp_path / "h.jsonl"), "a", "--mask", "--on-invalid", "refuse"]) == 0
    told = capsys.readouterr().out
    assert ("secret" in told, "ada" in told) == (False, False)
    (tmp_path / "h.jsonl").write_text(json.dumps(lines[1]))
    assert main(["explain", str(tmp_path / "h.jsonl"), "b", "--mask", "--on-invalid", "refuse"]) == 1
    assert "secret" not in "".join(capsys.readouterr())
