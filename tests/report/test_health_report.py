"""The page of a health report: every finding with its evidence and its command, in the design of the other pages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.cli import main
from resolver.example import path
from resolver.report import Mask, Provenance, health_report
from resolver.simulate import health, replay
from tests.report.axe import violations
from tests.report.browser import browser, excuse, open_page
from tests.report.layout import WIDTHS, overlapping, resize, small_targets, smallest_text, sticking_out
from tests.report.pages import evil_lines, text_of
from tests.simulate.lines import settings

HISTORY, BASELINE = str(path("history.jsonl")), str(path("baseline.json"))
LINES = [
    {"ref": ref, "at": 1, "identifiers": {"phone": "317-555-6789", "email": f"{ref}@example.com"}} for ref in "abc"
] + [{"ref": "bc", "at": 2, "identifiers": {"email": ["b@example.com", "x@example.com"]}}]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line writes about the example."""
    place = tmp_path_factory.mktemp("health")
    assert main(["health", HISTORY, "--settings", BASELINE, "--out", str(place), "--date", "1 March"]) == 0
    return place


def test_every_finding_has_its_evidence_and_its_command() -> None:
    found = health(replay(LINES))
    page = health_report(
        found,
        notes=["nothing else"],
        provenance=Provenance(history=("h.jsonl",), settings="s.json"),
        explain=lambda *refs: f"explain {' '.join(refs)}",
        without=lambda id_type, value: f"without {id_type}={value}",
    )
    text = text_of(page)
    assert "<h1>4 records in 1 profile; the largest has 4 records</h1>" in page
    assert "History h.jsonl Settings s.json" in text
    assert "phone +13175556789 On 3 records: a, b, c. Values of other types on these records: email 3." in text
    joint = "Without it 2 more profiles: pieces of 2, 1, 1 lines, b at lines 2, 4 apart from a at line 1."
    assert f"phone +13175556789 {joint}" in text
    assert "explain b a without phone=+13175556789" in text
    assert "4 records , 5 identifiers a, b, c, bc." in text
    assert "phone +13175556789 on 3 of them; email b@example.com on 2 of them." in text
    assert "How it was read nothing else." in text
    assert page == health_report(
        found,
        notes=["nothing else"],
        provenance=Provenance(history=("h.jsonl",), settings="s.json"),
        explain=lambda *refs: f"explain {' '.join(refs)}",
        without=lambda id_type, value: f"without {id_type}={value}",
    )


def test_where_there_is_nothing_the_page_says_so() -> None:
    page = health_report(health(replay([], settings())))
    assert "<h1>0 records in 0 profiles</h1>" in page
    assert text_of(page).count("None.") == 5
    assert "There is no profile." in text_of(page)
    assert 'class="command"' not in page


def test_no_value_or_ref_becomes_markup() -> None:
    page = health_report(health(replay(evil_lines())))
    assert "<img" not in page
    assert "'owned'" not in page


def test_the_command_line_writes_page_and_json_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: Path
) -> None:
    text = text_of((written / "health.html").read_text(encoding="utf-8"))
    assert f"Settings {BASELINE} Date 1 March" in text
    assert f"resolver explain {HISTORY} --settings {BASELINE} web:000008" in text
    assert f"resolver replay {HISTORY} --settings {BASELINE} --without" in text
    assert "most frequent reason: invalid identifier" in text
    assert main(["health", HISTORY, "--settings", BASELINE, "--json"]) == 0
    assert json.loads((written / "health.json").read_text()) == json.loads(capsys.readouterr().out)
    assert main(["health", HISTORY, "--settings", BASELINE, "--out", str(tmp_path / "again")]) == 0
    assert f"the report is {tmp_path / 'again' / 'health.html'}" in capsys.readouterr().out
    assert main(["health", HISTORY, "--open"]) == 2
    assert "--open: there is no report without --out" in capsys.readouterr().err


def test_the_files_of_a_replay_have_a_page_without_what_lines_presented(tmp_path: Path) -> None:
    assert main(["replay", HISTORY, "--settings", BASELINE, "--out", str(tmp_path / "run")]) == 0
    assert main(["health", str(tmp_path / "run"), "--out", str(tmp_path / "health")]) == 0
    text = text_of((tmp_path / "health" / "health.html").read_text(encoding="utf-8"))
    assert "resolver health HISTORY tells it" in text
    assert "Values on most records" not in text
    assert "Bridges" not in text
    assert "resolver replay" not in text


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser(width=1440) as driver:
        yield driver


@pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_and_bars_are_to_scale_and_axe_finds_nothing(driver: Any, written: Path, width: int) -> None:
    resize(driver, width)
    open_page(driver, written / "health.html")
    assert sticking_out(driver) == []
    assert overlapping(driver, ".findings > li, .card") == []
    assert smallest_text(driver) >= 11
    if width < 900:
        assert small_targets(driver, 44) == []
    bars = driver.execute_script("""
    return [...document.querySelectorAll('#shared .findings > li')].map((each) => [
      Number(each.textContent.match(/On ([\\d,]+) record/)[1].replace(',', '')),
      each.querySelector('rect').getBoundingClientRect().width]);
    """)
    most, longest = bars[0]
    assert longest > 250
    assert [shown for _, shown in bars] == pytest.approx([longest * count / most for count, _ in bars], abs=1)
    for theme in ("light", "dark"):
        driver.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        assert violations(driver) == []
    assert driver.get_log("browser") == []


def test_masked_no_value_is_in_what_health_prints_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"sixteen bytes or more")
    words = ["health", HISTORY, "--settings", BASELINE, "--show", "30"]
    replayed = ["replay", HISTORY, "--settings", BASELINE, "--out", str(tmp_path / "replayed")]
    assert main(replayed) == 0
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    values = {each["value"] for name in ("sharedValues", "joints", "mergingValues") for each in plain[name]}
    refs = {ref for each in plain["largest"] for ref in each["refs"]}
    assert min(len(values), len(refs)) > 10
    for place in ("report", "files"):
        history = words[1:] if place == "report" else [str(tmp_path / "replayed")]
        assert main(["health", *history, "--mask-key", str(key), "--out", str(tmp_path / place)]) == 0
        told = capsys.readouterr().out
        for name in ("health.json", "health.html"):
            told += (tmp_path / place / name).read_text(encoding="utf-8")
        assert [value for value in values if value in told] == []
        assert "--without phone=" not in told
        assert Mask(b"sixteen bytes or more").value("phone", "+33199000005") in told
        assert all(ref in told for ref in plain["largest"][0]["refs"])
        assert ("resolver explain" in told) == (place == "report")
    assert main([*words, "--mask-refs"]) == 0
    told = capsys.readouterr().out
    assert [name for name in refs | values if name in told] == []
    assert "record #" in told
    assert "resolver explain" not in told


def test_masked_the_example_of_a_rejection_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = tmp_path / "h.jsonl"
    history.write_text('{"identifiers": {"email": "secret address"}}\n{"identifiers": {"email": "a@b.cc"}}\n')
    for more in ([], ["--json"], ["--out", str(tmp_path / "out")]):
        assert main(["health", str(history), "--mask", *more]) == 0
    out, err = capsys.readouterr()
    assert "secret" not in out + err + (tmp_path / "out" / "health.html").read_text(encoding="utf-8")
    assert "(masked)" in out
