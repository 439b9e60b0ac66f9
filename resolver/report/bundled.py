"""Bundled files: the page's own scripts and style, and the graph library, read from the package."""

from functools import cache
from importlib.resources import files

LIBRARY = "vendor/cytoscape.min.js"

COMPARISON = (
    "dom.js",
    "payload.js",
    "words.js",
    "search.js",
    "pages.js",
    "list.js",
    "elements.js",
    "layout.js",
    "look.js",
    "picture.js",
    "table.js",
    "detail.js",
    "theme.js",
    "main.js",
)
"""The scripts of a comparison's page, in the order in which they build on each other."""

SWEEP = ("theme.js", "chosen.js")
"""The scripts of a sweep's page."""


@cache
def text_of(name: str) -> str:
    """Give the text of a bundled file."""
    return files("resolver.report").joinpath("static", name).read_text(encoding="utf-8")


def script_of(names: tuple[str, ...]) -> str:
    """Give scripts as one, closed off from the page's other scripts."""
    return "(() => {\n'use strict';\n" + "\n".join(map(text_of, names)) + "\n})();"
