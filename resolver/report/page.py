"""The page: one HTML document that needs nothing else, and is allowed nothing else; and where it comes from.

Every text in it is escaped unless it is markup already. Its policy names every script and style by its hash, and no
network at all: a value that found a way into the page could still not run, and nothing could leave. Nothing here reads
a clock.

>>> print(tag("p", "a < b ", tag("b", "& c"), id="x", aria_label='"'))
<p id="x" aria-label="&quot;">a &lt; b <b>&amp; c</b></p>
"""

import base64
import hashlib
import html
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any

import msgspec

from resolver.display import displayed

_VOID = ("meta", "wbr")


class Markup(str):
    """Text that is HTML; any other string is text to be escaped."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: str | int | float | bool | None) -> Markup:
    """One element. Attributes: ``class_`` is class, ``_`` within is ``-``; True has no value, None and False none.

    >>> tag("td", 12, hidden=False, class_="number")
    '<td class="number">12</td>'
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[object]) -> Markup:
    """Return children one after the other; None is left out."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escaped(child) for child in children if child is not None)
    )


def escaped(text: object) -> Markup:
    """Return text as HTML; control characters, what reorders other text, and lone surrogates as visible escapes."""
    return Markup(html.escape(displayed(str(text))))


def command(text: str) -> Markup:
    """Return a command as it is typed; a line of it does not end within the name of an option.

    >>> print(command("resolver health --mask"))
    <code class="command">resolver health <span class="option">--mask</span></code>
    """
    words = [tag("span", word, class_="option") if word.startswith("-") else word for word in text.split(" ")]
    between = [each for word in words for each in (" ", word)]
    return tag("code", *between[1:], class_="command")


def table(heads: Iterable[object], rows: Iterable[Iterable[object]], *, caption: str, numbers: bool = True) -> Markup:
    """Return a table whose first column heads its rows; the others are numbers, aligned, unless said otherwise."""
    kind = "number" if numbers else None
    first, *rest = heads
    head = tag("tr", tag("th", first, scope="col"), *(tag("th", each, scope="col", class_=kind) for each in rest))
    body = [
        tag("tr", tag("th", label, scope="row"), *(tag("td", cell, class_=kind) for cell in cells))
        for label, *cells in rows
    ]
    shown = tag("table", tag("caption", caption, class_="unseen"), tag("thead", head), tag("tbody", *body))
    return scrolling(shown, caption)


def scrolling(content: Markup, label: str) -> Markup:
    """Return content that may be wider than the page in a box that scrolls, by keyboard too."""
    return tag("div", content, class_="scrolls", tabindex="0", role="region", aria_label=f"Table: {label}")


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escaped(value)}"'


COMPARISON = (
    "dom.js",
    "words.js",
    "theme.js",
    "tables.js",
    "search.js",
    "steps.js",
    "fold.js",
    "graph.js",
    "detail.js",
    "list.js",
    "print.js",
    "comparison.js",
)
"""The scripts of a comparison's page, in the order in which they build on each other."""

STUDY = ("dom.js", "theme.js", "tables.js", "study.js")
"""The scripts of the other pages."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What a report was made from: the files of the history, the names of the settings, the truth, command and date.

    All of it is optional, and in the page as it stands here: the same provenance gives the same bytes.

    >>> print(Provenance(history=("crm.csv", "web.csv"), date="2026-03-01").rows()[0])
    ('History', 'crm.csv, web.csv')
    """

    history: tuple[str, ...] = ()
    settings: str | None = None
    baseline: str | None = None
    candidate: str | None = None
    grid: str | None = None
    truth: str | None = None
    command: str | None = None
    date: str | None = None

    @property
    def side_names(self) -> tuple[str, str]:
        """What the two sides are called: baseline and candidate, with the names of their settings where known."""
        sides = {"baseline": self.baseline, "candidate": self.candidate}
        one, other = (name if file is None else f"{name} ({PurePath(file).name})" for name, file in sides.items())
        return one, other

    def rows(self) -> list[tuple[str, str]]:
        """Return what is known, as pairs of a heading and a text; the command is not among them."""
        found = {
            "History": ", ".join(self.history) or None,
            "Settings": self.settings,
            "Baseline": self.baseline,
            "Candidate": self.candidate,
            "Grid": self.grid,
            "Truth": self.truth,
            "Date": self.date,
        }
        return [(name, text) for name, text in found.items() if text is not None]


def versions_in_words(versions: Mapping[str, str]) -> str:
    """Return the versions that results depend on, in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@cache
def text_of(name: str) -> str:
    """Return the text of a bundled file."""
    return files("resolver.report").joinpath("static", name).read_text(encoding="utf-8")


def script_of(names: tuple[str, ...]) -> str:
    """Return scripts as one, closed off from the page's other scripts."""
    return "(() => {\n'use strict';\n" + "\n".join(map(text_of, names)) + "\n})();"


def header(sentence: str, *further: Markup | None, provenance: Provenance, versions: Iterable[str]) -> Markup:
    """Return the head of a page: the one sentence, what else is to be seen first, and where all of it comes from.

    *versions* are lines that say what made it.
    """
    rows = [(tag("dt", name), tag("dd", text)) for name, text in provenance.rows()]
    rows += [(tag("dt", "Made with"), tag("dd", line)) for line in versions]
    if provenance.command is not None:
        rows.append((tag("dt", "Command"), tag("dd", command(provenance.command))))
    theme = tag("button", "Dark", id="theme", type="button", hidden=True)
    return tag(
        "header",
        tag("div", tag("h1", sentence), theme, class_="top"),
        *further,
        tag("dl", *(tag("div", *row) for row in rows), class_="provenance"),
        tag("noscript", tag("p", NO_SCRIPT, class_="empty")),
    )


NO_SCRIPT = (
    "This page's script is not running, so what it would show on request is not there: single groups, search, sorting. "
    "All figures, causes and settings below are complete without it."
)


def section(name: str, title: str, *content: Markup | None) -> Markup:
    """Return a section with its heading."""
    return tag("section", tag("h2", title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title")


def card(label: str, figure: str, note: object) -> Markup:
    """Return a figure to see first, with what it counts and what to make of it."""
    return tag("div", tag("p", label, class_="label"), tag("p", figure, class_="figure"), tag("p", note), class_="card")


_LEVEL, _GZIP = 6, 16 + zlib.MAX_WBITS
_PIECE = 3 << 12
"""So many bytes are put into base64 at once: without a rest, as three are four letters."""


def page(title: str, *sections: Markup, scripts: tuple[str, ...], data: Iterable[Any]) -> str:
    """Return the document; *scripts* are files, as one script, and *data* what it reads, one piece after the other."""
    return "".join(pieces_of_page(title, *sections, scripts=scripts, data=data))


def pieces_of_page(title: str, *sections: Markup, scripts: tuple[str, ...], data: Iterable[Any]) -> Iterator[str]:
    """Yield the same document in pieces, so that nobody who writes it needs the memory for all of it."""
    style, script = text_of("page.css"), script_of(scripts)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy_of(script, style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        raw("style", style),
    )
    place = raw("script", "", type="text/plain", id="data")
    body = tag("body", *sections, place, raw("script", script))
    before, after = ("<!doctype html>\n" + tag("html", head, body, lang="en")).split(place)
    end = "</script>"
    yield before + place.removesuffix(end)
    yield from _packed(data)
    yield end + after


def packed(data: Iterable[Any]) -> str:
    """Return data as a JSON array, compressed, in base64: smaller, and without text that HTML could misread.

    Each piece is taken, written and forgotten, so that a long array costs no more memory than its compressed form.

    >>> import base64, gzip
    >>> gzip.decompress(base64.b64decode(packed(["</script>", 1])))
    b'["</script>",1]'
    """
    return "".join(_packed(data))


def _packed(data: Iterable[Any]) -> Iterator[str]:
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
    rest = compressor.compress(b"[")
    for number, each in enumerate(data):
        rest += compressor.compress(b"," + _json(each) if number else _json(each))
        if len(rest) > _PIECE:
            yield base64.b64encode(rest[:_PIECE]).decode("ascii")
            rest = rest[_PIECE:]
    yield base64.b64encode(rest + compressor.compress(b"]") + compressor.flush()).decode("ascii")


def _json(data: Any) -> bytes:
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold, is written as its JSON escape
        return json.dumps(msgspec.to_builtins(data), separators=(",", ":")).encode("ascii")


def raw(name: str, text: str, **attributes: str) -> Markup:
    """Return an element whose text is no markup; only bundled files and base64 come here."""
    empty = tag(name, **attributes)
    end = f"</{name}>"
    return Markup(empty.removesuffix(end) + text + end)


def policy_of(script: str, style: str, *more: str) -> str:
    """Return the policy of a page that has everything in it: it names its script and style, and allows no other."""
    sources = ("default-src 'none'", f"script-src {_hash(script)}", f"style-src {_hash(style)}", *more)
    return "; ".join((*sources, "base-uri 'none'", "form-action 'none'"))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
