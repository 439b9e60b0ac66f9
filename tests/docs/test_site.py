"""The site of docs/: whole, without a broken link, readable from disk without a network."""

import argparse
import importlib
import inspect
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any, get_args

import pytest

from resolver import errors, facts
from resolver.cli.parser import parser
from resolver.errors import ResolverError
from tests.docs.test_docstrings import PUBLIC
from tests.report.browser import browser, excuse

pytest.importorskip("mkdocs", reason="the site is built with mkdocs, which is not installed")
TOP = Path(__file__).parents[2]


def built(config: Path, site: Path) -> "subprocess.CompletedProcess[str]":
    """Build the site as ``.ci/run`` does: what is said of a page is an error."""
    words = ["-m", "mkdocs", "build", "--strict", "--config-file", str(config), "--site-dir", str(site)]
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = built(TOP / ".build" / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


def text_of(page: Path) -> str:
    """Return what a reader of a page sees, its white space as single spaces."""
    found = re.search(r"<article.*?</article>", page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", found[0])))


def test_every_page_of_docs_is_in_the_site(site: Path) -> None:
    pages = sorted(page.stem for page in (TOP / "docs").glob("*.md"))
    assert pages
    home = (site / "index.html").read_text(encoding="utf-8")
    assert [name for name in pages if not (site / f"{name}.html").is_file()] == []
    assert [name for name in pages if f'href="{name}.html"' not in home] == []


def test_every_link_of_docs_leads_to_a_file_on_a_code_host_too_and_to_a_page_of_the_site(site: Path) -> None:
    link = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
    pages = [*(TOP / "docs").glob("*.md"), TOP / "README.md"]
    found = [(page, target) for page in pages for target in link.findall(page.read_text(encoding="utf-8"))]
    assert len(found) > 200
    assert [(page.name, target) for page, target in found if not (page.parent / target).exists()] == []
    home = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="reference/errors.html"' in home
    assert not re.search(r'href="[^"]*\.(?:py|md)"', home)


def test_nothing_of_the_site_comes_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)=[\"']?(?:https?:)?//[^\"' >]*")
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    found = {each for page in pages for each in loaded.findall(page.read_text(encoding="utf-8"))}
    assert {each for each in found if 'rel="canonical"' not in each} == set()
    styles = "".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*", styles) == []


def commands(top: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Every command, also those of a command."""
    if top._subparsers is None:
        return [top]
    choices: list[dict[str, Any]] = [action.choices or {} for action in top._subparsers._group_actions]  # type: ignore[misc]
    return [each for found in choices for command in found.values() for each in commands(command)]


def test_the_reference_has_every_command_with_every_option(site: Path) -> None:
    shown = text_of(site / "reference" / "commands.html")
    for command in commands(parser()):
        assert f" {command.prog}¶ " in shown
        for action in command._actions:
            assert all(
                option in shown for option in action.option_strings if option.startswith("--") and option != "--help"
            )
            assert action.dest == "help" or (action.help or "").replace("%%", "%").split("(")[0].strip()[1:] in shown


def test_the_reference_has_every_fact_and_every_error(site: Path) -> None:
    shown = text_of(site / "reference" / "facts.html")
    for kind in get_args(facts.AnyFact):
        assert f" {kind.__name__}¶ " in shown
        assert all(name in shown for name in kind.__struct_encode_fields__)
    shown = text_of(site / "reference" / "errors.html")
    kinds = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, ResolverError)]
    assert len(kinds) > 10
    assert [kind.__name__ for kind in kinds if f" {kind.__name__}¶ " not in shown] == []


@pytest.mark.parametrize("name", [*PUBLIC, "resolver.emulator", "resolver.testing", "resolver.example"])
def test_the_reference_has_every_public_name_with_what_it_is(site: Path, name: str) -> None:
    module: Any = importlib.import_module(name)
    shown = text_of(site / "reference" / f"{name}.html")
    for public in getattr(module, "__all__", ()):
        member = getattr(module, public)
        if inspect.isclass(member) or inspect.isroutine(member):
            assert f" {public}¶ " in shown
            first = (inspect.getdoc(member) or "").partition("\n\n")[0]
            said = re.sub(r":\w+:|[`~*]", "", first).split()
            assert " ".join(said[:6]) in shown.replace("*", "")
    assert "``" not in shown
    assert "<function" not in shown
    assert " at 0x" not in shown


def test_the_settings_of_the_reference_are_those_that_are_checked(site: Path) -> None:
    shown = text_of(site / "reference" / "settings.html")
    for row in ("matchingThreshold an integer 50..99 75", "limit an integer 1..100 100", "limitPolicy fifo or lifo"):
        assert row in shown
    assert "idType a string of 2..30 characters required" in shown


def test_a_broken_link_is_an_error_and_so_is_a_page_that_nothing_leads_to(tmp_path: Path) -> None:
    shutil.copytree(TOP / ".build", tmp_path / ".build", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TOP / "docs", tmp_path / "docs")
    (tmp_path / "docs" / "lost.md").write_text("# Lost\n\n[a](nowhere.md) [b](index.md#no-such-place) [c](/root.md)\n")
    done = built(tmp_path / ".build" / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 1
    for said in ('not included in the "nav"', "nowhere.md", "#no-such-place", "/root.md"):
        assert said in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(excuse() is not None, reason=str(excuse()))
def test_the_site_is_read_and_searched_from_disk_at_any_width(site: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    with browser() as driver:
        for width in (1440, 768, 390):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            for page in ("index", "tutorial", "formats", "performance", "reference/commands", "reference/resolver"):
                driver.get((site / f"{page}.html").as_uri())
                assert driver.execute_script("return document.documentElement.scrollWidth") <= width, (page, width)
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.get((site / "index.html").as_uri())
        field = driver.find_element(By.CSS_SELECTOR, "input.md-search__input")
        field.click()
        field.send_keys("survivor")
        found = (By.CSS_SELECTOR, ".md-search-result__item a")
        first = WebDriverWait(driver, 60).until(lambda each: each.find_elements(*found))[0]
        assert first.get_attribute("href").startswith(site.as_uri())
        assert driver.get_log("browser") == []
