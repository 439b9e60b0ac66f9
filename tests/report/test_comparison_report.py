import base64
import hashlib
import html
import re
from pathlib import Path
from typing import Any

import pytest

from resolver import Engine
from resolver.display import displayed
from resolver.report import Provenance, comparison_report
from resolver.report.page import COMPARISON, script_of
from resolver.simulate import compare, judge, load_run, replay
from tests.report import pages
from tests.report.pages import SHARED_TRIM, UNIQUE_TRIM, data_of, evil_lines, household_page, page_of
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings


def test_the_page_begins_with_one_sentence_and_the_numbers_to_see_first() -> None:
    page = household_page()
    text = pages.text_of(page)
    sentence = "2 profiles, 1 before; 1 record in the largest profile, 2 before: 1 group split."
    assert f"<title>{sentence}</title>" in page
    assert f"<h1>{sentence}</h1>" in page
    assert "Profiles 1 → 2 +1, baseline to candidate" in text
    assert "Records that move 1 of 2, in 1 group: 1 split, 0 joined" in text


def test_causes_are_named_with_rule_and_setting_in_words_and_the_path_under_the_pointer() -> None:
    page = household_page()
    text = pages.text_of(page)
    assert "A shared phone no longer makes two records one person 1 record moves, in 1 group: 1 split" in text
    assert "rule phone The setting: Whether a value of phone belongs to one person only: yes → no" in text
    assert '<a href="#setting-1" title="identifierConfigs[phone].enforceUnique">' in page
    assert '<tr id="setting-1"' in page
    (reason,) = pages.all_data_of(page)[0]["reasons"]
    assert reason["rule"] == "phone"
    assert reason["settings"][0]["path"] == "identifierConfigs[phone].enforceUnique"


def test_the_page_shows_only_the_settings_that_differ() -> None:
    text = pages.text_of(household_page())
    assert "identifierConfigs[phone].enforceUnique yes no, several people may share it" in text
    assert "matchingRules" not in text
    assert "Both runs had the same settings and options." in pages.text_of(page_of([ADA], settings(), settings()))


def test_what_was_supposed_away_is_said_where_the_settings_are_the_same() -> None:
    runs = replay([ADA, BOB]), replay([ADA, BOB], without=["phone=317-555-6789"])
    text = pages.text_of(comparison_report(compare(*runs), *runs))
    assert "supposed never to have been: phone=317-555-6789" in text
    assert "The line is" not in text


def test_options_that_differ_are_shown_too() -> None:
    runs = pages.runs_of([ADA], settings(), settings())
    other = replay([ADA], settings(), match="first")
    page = comparison_report(compare(runs[1], other), runs[1], other)
    assert "options.match all of them, and what they find is merged the first one only" in pages.text_of(page)


def test_where_nothing_changed_the_page_says_so() -> None:
    page = page_of([ADA, BOB], settings(), settings())
    assert "<h1>Nothing changes: 1 profile under both.</h1>" in page
    assert "Every group of records is the same under both settings." in pages.text_of(page)
    assert "What moves the records" not in page
    assert len(page) < 90_000


def test_where_it_comes_from_stands_on_the_page_as_it_was_given() -> None:
    runs = pages.runs_of([ADA, BOB], settings(), SHARED_PHONE)
    made_from = Provenance(history=("a.csv", "b.csv"), baseline="now.json", candidate="<next>.json", date="2026-03-01")
    page = comparison_report(*runs, provenance=made_from)
    text = pages.text_of(page)
    assert "History a.csv, b.csv Baseline now.json Candidate <next>.json Date 2026-03-01 Made with resolver" in text
    assert pages.all_data_of(page)[0]["sides"] == ["baseline (now.json)", "candidate (<next>.json)"]
    assert "Command" not in text


def test_a_truth_says_of_every_group_of_every_cause_and_of_the_whole_what_is_better() -> None:
    runs = pages.runs_of([ADA, BOB], settings(), SHARED_PHONE)
    judgement = judge(*runs, {"ada": "Ada", "bob": "Bob"})
    page = comparison_report(*runs, judgement=judgement)
    text = pages.text_of(page)
    assert "F1 against the truth 0.000 → 1.000 ✓ better" in text
    assert "✓ better 1 group · 1 wrong pair fewer" in text
    assert "Precision: pairs in one profile that are one person 0.000 1.000 +1.000 ✓ better" in text
    assert "People who share a profile 2 0 \N{MINUS SIGN}2 ✓ better" in text
    assert data_of(page)[0]["pairs"] == {"wrong": -1, "missed": 0, "verdict": "better"}
    one_person = comparison_report(*runs, judgement=judge(*runs, {"ada": "Ada", "bob": "Ada"}))
    assert "✗ worse 1 group · 1 missed pair more" in pages.text_of(one_person)
    nobody = comparison_report(*runs, judgement=judge(*runs, {"ada": "Ada"}))
    assert "= even 1 group · as many wrong and missed pairs as before" in pages.text_of(nobody)


def test_an_empty_history_has_a_page() -> None:
    text = pages.text_of(page_of([], settings(), settings()))
    assert "0 lines and 0 records" in text
    assert "There is no profile." in text
    assert "No line was rejected, and no identifier was dropped." in text


def test_the_changed_group_comes_with_parts_cause_identifiers_and_merges() -> None:
    (group,) = data_of(household_page())
    assert group["kind"] == "split"
    assert group["refs"] == ["ada", "bob"]
    assert group["profiles"] == [[0, 0], [0, 1]]
    assert group["cause"]["line"] == 2
    assert group["cause"]["why"].startswith("the baseline added email 'bob@example.com'")
    named = {identifier["value"]: identifier["holders"] for identifier in group["identifiers"]}
    assert named["+13175556789"] == [[0], [0, 1]]


def test_sizes_are_counted_over_all_profiles() -> None:
    text = pages.text_of(household_page())
    assert "records baseline candidate 0 to 2 profiles 1 0 2 2 1 0" in text
    assert "identifiers baseline candidate 0 to 2 profiles 2 0 2 3 1 0" in text


def test_rejected_lines_are_summed_up_by_reason_with_what_helps() -> None:
    lines = [
        ADA,
        {"ref": "x", "identifiers": {}},
        {"ref": "y", "at": 2, "identifiers": {"phone": "12", "email": "y@x.com"}},
    ]
    text = pages.text_of(page_of(lines, settings(), SHARED_PHONE))
    assert "no identifier 1 1" in text
    assert "invalid identifier 1 1" in text
    assert "What helps:" in text


def test_records_that_only_one_run_has_are_named() -> None:
    lines = [ADA, *({"ref": f"r{n}", "at": 2, "identifiers": {"phone": f"+1317555{n:04}"}} for n in range(120))]
    baseline = settings(phone={"normalization": "email"})
    text = pages.text_of(page_of(lines, baseline, settings()))
    assert "120 records are in a profile only under the candidate" in text
    assert "The first 100 of them; comparison.json has all." in text


def test_the_same_runs_give_the_same_bytes() -> None:
    assert household_page() == household_page()


def test_no_value_or_ref_becomes_markup() -> None:
    page = page_of(evil_lines(), UNIQUE_TRIM, SHARED_TRIM)
    assert len(data_of(page)) == len(pages.EVIL)
    before, _, rest = page.partition('<script type="text/plain" id="data">')
    payload = rest.partition("</script>")[0]
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", payload)
    assert "'owned'" not in page
    assert "<img" not in page
    assert "<script" not in before
    page.encode("utf-8")


def test_a_ref_outside_the_groups_is_escaped_where_it_stands_in_the_page() -> None:
    lines = [{"ref": text, "at": 1, "identifiers": {"phone": "317-555-6789"}} for text in pages.EVIL]
    page = page_of(lines, settings(phone={"normalization": "email"}), settings())
    for text in pages.EVIL:
        assert displayed(text) in html.unescape(page)
    assert "<img" not in page
    assert "<script" not in page.partition("<main>")[2].partition("</main>")[0]


def test_the_policy_allows_the_bundled_scripts_and_style_and_nothing_else() -> None:
    page = household_page()
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    policy = html.unescape(found[1])
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    script = script_of(COMPARISON)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert f"<script>{script}</script>" in page


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    page = household_page()
    assert not re.search(r"src\s*=|url\(|@import|fetch\(|XMLHttpRequest|://", page)
    assert not re.search(r'href="[^#]', page)
    assert " style=" not in page
    assert not re.search(r"\son[a-z]+=", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))


def test_a_thousand_groups_stay_far_below_two_megabytes() -> None:
    lines = [
        {
            "ref": f"{one}:{number}",
            "at": 1,
            "identifiers": {"email": f"{one}{number}@example.com", "phone": f"p{number}"},
        }
        for number in range(1_000)
        for one in "ab"
    ]
    page = page_of(lines, UNIQUE_TRIM, SHARED_TRIM)
    assert len(data_of(page)) == 1_000
    assert len(page.encode()) < 2_000_000


def test_a_page_is_the_same_however_its_runs_came_to_be(tmp_path: Path) -> None:
    """Replayed in columns, executed one by one on a store of one's own, asked through another class, or loaded."""

    class Store:
        """A store that answers as an engine does, and is none."""

        def __init__(self, *given: Any, **options: Any) -> None:
            self.engine = Engine(*given, **options)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.engine, name)

        def __len__(self) -> int:
            return len(self.engine)

        def __contains__(self, profile_id: object) -> bool:
            return profile_id in self.engine

    class Mine(Engine):
        """An engine that is executed one by one."""

    pytest.importorskip("pyarrow")
    history = [
        *evil_lines()[2:8],
        {"ref": "e", "identifiers": {"email": ["1", "2"], "phone": "3"}},
        {"ref": "f", "identifiers": {"email": "2"}},
        {"op": "remove", "profile": "ref:f", "idType": "email", "value": "1"},
        {"ref": "e", "identifiers": {"email": "4"}},
        {"op": "delete", "profile": "ref:f"},
        {"ref": "f", "identifiers": {"email": "5"}},
    ]
    pages_of = []
    for options in ({}, {"engine": Mine}, {"engine": Store}):
        runs = [replay(history, each, **options) for each in (UNIQUE_TRIM, SHARED_TRIM)]
        pages_of.append(comparison_report(compare(*runs), *runs))
        if not options:
            for number, run in enumerate(runs):
                run.save(tmp_path / str(number))
            loaded = [load_run(tmp_path / str(number)) for number in range(2)]
            pages_of.append(comparison_report(compare(*loaded), *loaded))
    assert len(set(pages_of)) == 1
    assert "Records per profile" in pages_of[0]
