"""The report on the command line."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from resolver.cli import main
from resolver.cli.provenance import command_line
from resolver.display import quoted
from resolver.example import path
from tests.report.pages import all_data_of, data_of, text_of

COMPARE = [
    "compare",
    str(path("history.jsonl")),
    "--baseline",
    str(path("baseline.json")),
    "--candidate",
    str(path("candidate.json")),
]


def test_compare_writes_the_report_beside_the_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPARE, "--out", str(tmp_path)]) == 0
    assert "and 20 more; the report has all of them" in capsys.readouterr().out
    document = json.loads((tmp_path / "comparison.json").read_text())
    groups = data_of((tmp_path / "report.html").read_text(encoding="utf-8"))
    written = [change["refs"] for change in document["split"] + document["joined"]]
    assert sorted(group["refs"] for group in groups) == sorted(written)


@pytest.mark.parametrize("candidate", ["candidate.json", "baseline.json"])
def test_comparison_json_is_laid_out_as_one_document_though_its_groups_are_written_one_by_one(
    candidate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*COMPARE[:-1], str(path(candidate)), "--truth", str(path("history.jsonl.truth.csv"))]
    assert main([*command, "--out", str(tmp_path), "--json"]) == 0
    written = (tmp_path / "comparison.json").read_bytes()
    document = msgspec.json.decode(written)
    assert written == msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    assert capsys.readouterr().out == json.dumps(document, indent=2) + "\n"
    assert bool(document["split"]) == (candidate == "candidate.json")


def test_the_terminal_numbers_the_groups_as_the_report_does(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    history = tmp_path / "h.jsonl"
    emails = [["a"], ["a"], ["b"], ["b", "c"], ["c"]]
    chats = ["1", "2", "3", "4", "5", "1"]
    lines = [
        {"ref": f"r{n}", "identifiers": {"email": [f"{each}@example.com" for each in email], "chat": chats[n]}}
        for n, email in enumerate(emails)
    ] + [{"ref": "r5", "identifiers": {"chat": "1"}}]
    history.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for name, rules in (("one", ["email"]), ("other", ["chat"])):
        configs = [{"idType": "email"}, {"idType": "chat", "enforceUnique": False}, {"idType": "phone"}]
        (tmp_path / f"{name}.json").write_text(json.dumps({"identifierConfigs": configs, "matchingRules": rules}))
    sides = ["--baseline", str(tmp_path / "one.json"), "--candidate", str(tmp_path / "other.json")]
    assert main(["compare", str(history), *sides, "--out", str(tmp_path / "out")]) == 0
    told = re.findall(r"(?m)^(\d+)\. (\d+) records", capsys.readouterr().out)
    groups = data_of((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert len(groups) > 1
    assert {int(number): int(size) for number, size in told} == {
        number: len(group["refs"]) for number, group in enumerate(groups, 1)
    }
    assert [group["moved"] for group in groups] == sorted((group["moved"] for group in groups), reverse=True)


def test_the_report_says_files_command_and_date_and_the_same_date_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = ["--truth", str(path("history.jsonl.truth.csv"))]
    assert main([*COMPARE, *truth, "--out", str(tmp_path / "one"), "--date", "1 March"]) == 0
    told = text_of((tmp_path / "one" / "report.html").read_text(encoding="utf-8"))
    assert "Date 1 March" in told
    assert f"Truth {truth[1]}" in told
    assert f"Command resolver {' '.join(map(quoted, [*COMPARE, *truth]))} --out DIR" in told
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    pages = []
    for name in ("two", "three"):
        assert main([*COMPARE, f"--out={tmp_path / name}"]) == 0
        pages.append((tmp_path / name / "report.html").read_bytes())
    assert pages[0] == pages[1]
    assert "Date 1970-01-02" in text_of(pages[0].decode())
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert main([*COMPARE, "--out", str(tmp_path / "four")]) == 2
    assert "SOURCE_DATE_EPOCH is 'soon'; expected seconds since 1970" in capsys.readouterr().err
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert main([*COMPARE, "--out", str(tmp_path / "five")]) == 0
    assert re.search(r"Date \d{4}-\d\d-\d\d ", text_of((tmp_path / "five" / "report.html").read_text("utf-8")))


def test_settings_of_a_project_file_are_named_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("ref,email\na,a@example.com\nb,a@example.com\n")
    settings = '[settings]\nmatchingRules = ["email"]\n[[settings.identifierConfigs]]\nidType = "email"\n'
    Path("resolver.toml").write_text(f'history = ["a.csv"]\n{settings}')
    other = {"identifierConfigs": [{"idType": "email", "limit": 3}], "matchingRules": ["email"]}
    Path("b.json").write_text(json.dumps(other))
    assert main(["compare", "--candidate", "b.json", "--out", "out"]) == 0
    assert "History a.csv Baseline resolver.toml Candidate b.json" in text_of(
        Path("out/report.html").read_text("utf-8")
    )


def test_a_command_that_cannot_be_typed_is_left_out() -> None:
    assert command_line(["compare", "a\0b"]) is None


def test_a_masked_report_has_no_value_of_the_command(tmp_path: Path) -> None:
    without = ["--without", "phone=+15375550127", "--without=phone=+15045550103"]
    assert main([*COMPARE, *without, "--mask", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    written = (tmp_path / "comparison.json").read_text(encoding="utf-8")
    for text in (text_of(page), written, str(all_data_of(page)), page):
        assert "5550127" not in text
        assert "5550103" not in text
    assert "--without '(masked)' '--without=(masked)' --mask" in text_of(page)
    assert json.loads(written)["baseline"]["without"][0].startswith("phone=#")


def test_mask_keeps_values_out_of_all_that_is_written_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMPARE, "--out", str(tmp_path), "--mask", "--show", "99"]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    told = capsys.readouterr().out + (tmp_path / "comparison.json").read_text() + str(data_of(page))
    assert "example.net" not in told
    assert "+1" not in told.replace("+1,", "")
    assert "crm:000001" in told


def test_a_key_makes_hashes_the_same_every_time(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"sixteen bytes or more")
    for name in ("one", "two"):
        assert main([*COMPARE, "--out", str(tmp_path / name), "--mask-key", str(key), "--mask-refs"]) == 0
    first, second = ((tmp_path / name / "report.html").read_bytes() for name in ("one", "two"))
    assert first == second
    assert b"crm:000001" not in (tmp_path / "one" / "comparison.json").read_bytes()


def test_a_key_that_cannot_be_used_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"short")
    for key, cause in ((short, "too short; expected 16 or more"), (tmp_path / "none", "No such file")):
        assert main([*COMPARE, "--mask-key", str(key)]) == 2
        message = capsys.readouterr().err
        assert str(key) in message
        assert cause in message
        assert message.count("\n") == 1
