"""A headless browser for a page on disk, where the machine has one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
)

READY = "return document.documentElement.dataset.ready === 'true'"


def missing() -> str | None:
    """Return why there can be no browser; None where there can."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed; the extra testing brings it"
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        return "Chromium is not there; apt-get install chromium chromium-driver"
    return None


def excuse() -> str | None:
    """Return why a test that needs a browser may be skipped; None where there is one, or where everything must run."""
    return None if os.environ.get("CI") else missing()


@contextmanager
def browser(*flags: str, width: int = 1280, height: int = 1000) -> Iterator[Any]:
    """Yield a selenium driver of a fresh, offline Chromium, with further flags; the profile goes away with it."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    with TemporaryDirectory(prefix="resolver-chromium-") as profile:
        for flag in (*FLAGS, *flags, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            yield driver
        finally:
            driver.quit()


def open_page(driver: Any, path: Path, name: str = "") -> None:
    """Open a page from disk, and wait until its script has shown it."""
    from selenium.webdriver.support.ui import WebDriverWait

    driver.get("about:blank")
    driver.get(path.as_uri() + name)
    WebDriverWait(driver, 30, poll_frequency=0.02).until(lambda each: each.execute_script(READY))
