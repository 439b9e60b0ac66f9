"""The page: one HTML document that needs nothing else, and is allowed nothing else.

Its policy names every script and style by its hash, and no network at all: a value that found a way into the page
could still not run, and nothing could leave.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from resolver.report.markup import Markup, tag

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
    """Return the text of a bundled file."""
    return files("resolver.report").joinpath("static", name).read_text(encoding="utf-8")


def script_of(names: tuple[str, ...]) -> str:
    """Return scripts as one, closed off from the page's other scripts."""
    return "(() => {\n'use strict';\n" + "\n".join(map(text_of, names)) + "\n})();"


_LEVEL, _GZIP = 6, 16 + zlib.MAX_WBITS


def page(title: str, *sections: Markup, scripts: tuple[str, ...], data: Iterable[Any]) -> str:
    """Return the document; *data* is what its scripts read, one piece after the other."""
    style = text_of("page.css")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(scripts, style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        # the graph library leaves the style out that it would add, which the policy forbids, where its id is taken
        _raw("style", style, id="__________cytoscape_stylesheet"),
    )
    body = tag(
        "body",
        *sections,
        _raw("script", packed(data), type="text/plain", id="data"),
        *(_raw("script", script) for script in scripts),
    )
    return "<!doctype html>\n" + tag("html", head, body, lang="en")


def packed(data: Iterable[Any]) -> str:
    """Return data as a JSON array, compressed, in base64: smaller, and without text that HTML could misread.

    Each piece is taken, written and forgotten, so that a long array costs no more memory than its compressed form.

    >>> import base64, gzip
    >>> gzip.decompress(base64.b64decode(packed(["</script>", 1])))
    b'["</script>",1]'
    """
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
    parts = [compressor.compress(b"[")]
    for number, each in enumerate(data):
        parts.append(compressor.compress(b"," + _json(each) if number else _json(each)))
    parts += [compressor.compress(b"]"), compressor.flush()]
    return base64.b64encode(b"".join(parts)).decode("ascii")


def _json(data: Any) -> bytes:
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold, is written as its JSON escape
        return json.dumps(msgspec.to_builtins(data), separators=(",", ":")).encode("ascii")


def _raw(name: str, text: str, **attributes: str) -> Markup:
    """Return an element whose text is no markup; only bundled files and base64 come here."""
    empty = tag(name, **attributes)
    end = f"</{name}>"
    return Markup(empty.removesuffix(end) + text + end)


def _policy(scripts: tuple[str, ...], style: str) -> str:
    allowed = " ".join(_hash(script) for script in scripts)
    sources = f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:"
    return f"{sources}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
