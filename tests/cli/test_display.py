"""What data holds is shown and never obeyed: on the terminal, in a notebook, in the page and in the picture."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.cli import main
from resolver.display import can_be_typed, displayed, quoted
from resolver.report import comparison_report, sweep_report
from resolver.settings import Settings
from resolver.simulate import compare, replay, sweep
from resolver.simulate.explain import explain
from resolver.simulate.health import health
from resolver.simulate.order import order
from resolver.simulate.sweep import scatter
from tests.report.pages import text_of

HARMFUL = "\x1b]0;owned\x07\x9b2J\r\n\x08\x7f\u202e\u2066\u200f\u061c\u2028\ufeff\u200b\U000e0041"
SHOWN = r"\x1b]0;owned\x07\x9b2J\r\n\x08\x7f\u202e\u2066\u200f\u061c\u2028\ufeff\u200b\U000e0041"
HISTORY: list[dict[str, Any]] = [
    {"ref": f"{HARMFUL}{one}", "at": 1, "identifiers": {"chat": f"c{HARMFUL}", "email": f"{one}{HARMFUL}"}}
    for one in "ab"
] + [{"ref": "bad", "identifiers": {f"fax{HARMFUL}": "1"}}]
SETTINGS = {"identifierConfigs": [{"idType": "chat"}, {"idType": "email"}], "matchingRules": ["chat"]}
OTHER = {
    "identifierConfigs": [{"idType": "chat", "enforceUnique": False}, {"idType": "email"}],
    "matchingRules": ["email"],
}


def harmless(text: str) -> bool:
    return not set(text) & (set(HARMFUL) - set("]0;owned2J\n")) and "owned" in text


def test_what_is_displayed_is_one_line_of_what_can_be_seen() -> None:
    assert displayed(HARMFUL) == SHOWN
    assert displayed("plain, na\u00efve \u05d0\u05d1 \U0001f469\u200d\U0001f680") == "plain, naïve אב 👩\u200d🚀"


@given(st.text())
def test_nothing_displayed_controls_or_reorders(text: str) -> None:
    shown = displayed(text)
    assert displayed(shown) == shown
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(each) for each in shown} & {"LRE", "RLE", "LRO", "RLO", "PDF"}
    assert not {unicodedata.bidirectional(each) for each in shown} & {"LRI", "RLI", "FSI", "PDI"}
    assert len(shown) >= len(text)


@given(st.text(st.characters()))
def test_a_quoted_word_has_nothing_that_a_terminal_obeys(text: str) -> None:
    word = quoted(text)
    assert displayed(word) == word
    assert can_be_typed(word) or not can_be_typed(text)


COMMANDS = [
    ["replay", "h.jsonl"],
    ["replay", "h.jsonl", "--without", "chat=c"],
    ["compare", "h.jsonl", "--baseline", "s.json", "--candidate", "o.json"],
    ["explain", "h.jsonl", f"{HARMFUL}a"],
    ["explain", "h.jsonl", f"{HARMFUL}a", f"{HARMFUL}b"],
    ["explain", "h.jsonl", f"nobody {HARMFUL}"],
    ["health", "h.jsonl", "--settings", "s.json"],
    ["health", "odd.jsonl", "--settings", "odd.json"],
    ["order", "order.jsonl", "--settings", "order.json"],
    ["sweep", "h.jsonl", "--grid", "g.json", "--truth", "truth.csv"],
    ["replay", "t.csv"],
    ["graph", "h.jsonl", "--out", f"g{HARMFUL.replace(chr(10), '')}.json"],
    ["replay", f"no {HARMFUL}.jsonl"],
    ["replay", "h.jsonl", "--settings", "wrong.json"],
    ["replay", "h.jsonl", f"extra {HARMFUL}"],
    ["settings", "odd.json"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: f"{arguments[0]} {arguments[1]!r}"[:40])
def test_no_command_prints_what_a_terminal_would_obey(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("h.jsonl").write_text("".join(json.dumps(line) + "\n" for line in HISTORY))
    Path("s.json").write_text(json.dumps(SETTINGS))
    Path("o.json").write_text(json.dumps(OTHER))
    odd = f"odd{HARMFUL}"
    configs = [{"idType": odd, "enforceUnique": True}, {"idType": "email"}]
    Path("odd.json").write_text(json.dumps({"identifierConfigs": configs, "matchingRules": [odd]}))
    Path("wrong.json").write_text(json.dumps({"identifierConfigs": [{"idType": odd, "x": 1, "limit": HARMFUL}]}))
    lines = [{"ref": f"{HARMFUL}{one}", "at": 1, "identifiers": {odd: ["x"]}} for one in "ab"]
    Path("odd.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    Path("g.json").write_text(json.dumps({"base": SETTINGS, "axes": {"chat.limit": [1, 2]}}))
    Path("truth.csv").write_text(f'ref,person\nbad,1\n"{HARMFUL}x",2\n', newline="")
    Path("t.csv").write_text(f'ref,email,"E{HARMFUL}"\n"{HARMFUL}",a@example.com,x\n', newline="")
    limits = [{"idType": "email"}, {"idType": "phone", "limit": 1}]
    Path("order.json").write_text(json.dumps({"identifierConfigs": limits, "matchingRules": ["email", "phone"]}))
    order_lines = [
        {"ref": f"a{HARMFUL}", "at": 1, "identifiers": {"phone": "1", "email": "ada@example.com"}},
        {"ref": f"b{HARMFUL}", "at": 2, "identifiers": {"phone": "2", "email": "ada@example.com"}},
        {"ref": f"c{HARMFUL}", "at": 3, "identifiers": {"phone": "1"}},
    ]
    Path("order.jsonl").write_text("".join(json.dumps(line) + "\n" for line in order_lines))
    main(arguments)
    out, err = capsys.readouterr()
    assert out + err
    assert not set(out + err) & (set(HARMFUL) - set("]0;owned2J\n")), ascii(out + err)
    assert err.count("\n") <= 1
    for line in (out + err).splitlines():
        assert not line.startswith("\x08"), "a line end in data began a line"
    assert HARMFUL.partition("\n")[2][:3] not in out + err


def test_pages_pictures_and_notebooks_show_it_as_well() -> None:
    runs = [replay(HISTORY, Settings.from_json(each)) for each in (SETTINGS, OTHER)]
    comparison = compare(*runs)
    found = sweep(HISTORY, {"base": SETTINGS, "axes": {"chat.limit": [1, 2]}})
    pages = [
        comparison._repr_html_(),
        runs[0]._repr_html_(),
        explain(runs[0], f"{HARMFUL}a", f"{HARMFUL}b")._repr_html_(),
        health(runs[0])._repr_html_(),
        order(HISTORY, Settings.from_json(SETTINGS), permutations=1)._repr_html_(),
        found._repr_html_(),
        text_of(sweep_report(found)),
        scatter(found),
        text_of(comparison_report(comparison, *runs)),
    ]
    for page in pages:
        assert not set(page) & (set(HARMFUL) - set("]0;owned2J\n"))
    assert all("owned" in page for page in (*pages[:1], *pages[2:4], pages[8]))
    assert str(explain(runs[0], f"{HARMFUL}a")).startswith(f"{SHOWN}a is in the profile")


def test_a_picture_of_strange_types_is_still_xml() -> None:
    import xml.etree.ElementTree as ET

    odd = f"odd{HARMFUL}\ud800"
    document = {"identifierConfigs": [{"idType": odd}, {"idType": "b" * 2}], "matchingRules": [odd]}
    found = sweep([{"identifiers": {odd: "1"}}], {"base": document, "axes": {"matchingRules": [[odd], ["bb"]]}})
    picture = scatter(found)
    assert ET.fromstring(picture).tag.endswith("svg")
    assert displayed(odd) in picture
    assert displayed(odd) in sweep_report(found)
