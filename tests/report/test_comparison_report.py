import base64
import hashlib
import html
import re

from resolver.display import displayed
from resolver.report import comparison_report
from resolver.report.page import COMPARISON, LIBRARY, script_of, text_of
from resolver.simulate import compare, replay
from tests.report import pages
from tests.report.pages import SHARED_TRIM, UNIQUE_TRIM, data_of, evil_lines, household_page, page_of
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings


def test_the_page_says_the_numbers_to_see_first() -> None:
    text = pages.text_of(household_page())
    assert "Profiles 1 → 2 +1, baseline to candidate" in text
    assert "Groups split 1" in text
    assert "Groups joined 0" in text
    assert "Records in them 2 of 2 (100.0 %)" in text


def test_the_page_shows_only_the_settings_that_differ() -> None:
    text = pages.text_of(household_page())
    assert "identifierConfigs[phone].enforceUnique true false" in text
    assert "matchingRules" not in text
    assert "Both runs had the same settings and options." in pages.text_of(page_of([ADA], settings(), settings()))


def test_options_that_differ_are_shown_too() -> None:
    runs = pages.runs_of([ADA], settings(), settings())
    other = replay([ADA], settings(), match="first")
    page = comparison_report(compare(runs[1], other), runs[1], other)
    assert "options.match all first" in pages.text_of(page)


def test_where_nothing_changed_the_page_says_so_and_carries_no_graph_library() -> None:
    page = page_of([ADA, BOB], settings(), settings())
    assert "Every group of records is the same under both settings." in pages.text_of(page)
    assert "Cytoscape" not in page
    assert len(page) < 60_000


def test_an_empty_history_has_a_page() -> None:
    text = pages.text_of(page_of([], settings(), settings()))
    assert "0 lines and 0 records" in text
    assert "There is no profile on either side." in text
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
    assert "records baseline candidate profiles 1 0 2 2 1 0" in text
    assert "identifiers baseline candidate profiles 2 0 2 3 1 0" in text


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
    assert "owned" not in page
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
    for script in (text_of(LIBRARY), script_of(COMPARISON)):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
        assert f"<script>{script}</script>" in page


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    page = household_page().replace(text_of(LIBRARY), "")
    assert not re.search(r"(src|href)\s*=|url\(|@import|fetch\(|XMLHttpRequest", page)
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
