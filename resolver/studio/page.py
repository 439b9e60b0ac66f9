"""The page: one document for the studio, for a live store, and for a file that opens from disk.

Its scripts are plain files, one after the other in one scope, so they run from a server and from a file alike.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from resolver.report.page import Markup, packed, policy_of, raw, tag

SCRIPTS = (
    "dom.js", "source.js", "page.js", "moves.js", "events.js", "people.js", "why.js", "settings.js", "main.js",
)  # fmt: skip
"""The scripts in the order in which they build on each other."""

STYLE = "studio.css"


@cache
def text_of(name: str) -> str:
    """Return the text of a bundled file."""
    return files("resolver.studio").joinpath("static", name).read_text(encoding="utf-8")


@cache
def script() -> str:
    """Return all scripts as one."""
    return "(() => {\n'use strict';\n" + "\n".join(map(text_of, SCRIPTS)) + "\n})();\n"


def served_page(*, token: str, style: str, program: str, api: str) -> str:
    """Return the page of a server, which has its style and its program at these addresses, and views below *api*."""
    head = (
        tag("meta", name="studio-token", content=token),
        tag("meta", name="studio-api", content=api),
        _link("stylesheet", style),
        tag("script", src=program, defer=True),
    )
    return _document("studio", head)


def live_page(*, root: str, store: str, stores: Sequence[tuple[str, str]]) -> str:
    """Return the page about one of the *stores* (id, name) of an emulator, whose own endpoints are below *root*."""
    options = [tag("option", f"{name} ({each})", value=each, selected=each == store) for each, name in stores]
    label = tag("label", "Store ", tag("select", *options, id="stores"))
    head = (_policy("connect-src 'self'"), tag("meta", name="studio-root", content=root), *_own())
    return _document("live", head, tag("template", label, id="store-choice"))


def exported_page(data: Iterable[Any]) -> str:
    """Return the page as a file: *data* is its state, its explanations, and then every view."""
    return _document("export", (_policy(), *_own()), raw("script", packed(data), type="text/plain", id="data"))


def _document(mode: str, head: Sequence[Markup], *more: Markup) -> str:
    common = (
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        _link("icon", "data:,"),
        tag("title", "Studio"),
    )
    # Bundled scripts wait for the document themselves: they stand at its end, or are deferred.
    at_end = [each for each in head if each.startswith("<script>")]
    first = [each for each in head if each not in at_end]
    body = tag("body", Markup(text_of("body.html")), *more, *at_end)
    html = tag("html", tag("head", *common, *first), body, lang="en", data_mode=mode)
    return f"<!doctype html>\n{html}\n"


def _link(kind: str, address: str) -> Markup:
    """Return a link element, which has no end."""
    return Markup(tag("link", rel=kind, href=address).removesuffix("</link>"))


def _own() -> tuple[Markup, Markup]:
    return raw("style", text_of(STYLE)), raw("script", script())


def _policy(*more: str) -> Markup:
    content = policy_of(script(), text_of(STYLE), "img-src data:", *more)
    return tag("meta", http_equiv="Content-Security-Policy", content=content)
