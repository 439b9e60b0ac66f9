"""Markup: HTML in which every text is escaped unless it is markup already.

>>> print(tag("p", "a < b ", tag("b", "& c"), id="x", aria_label='"'))
<p id="x" aria-label="&quot;">a &lt; b <b>&amp; c</b></p>
"""

import html
from collections.abc import Iterable

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
