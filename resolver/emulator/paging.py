"""Pages: lists in order, how many of them are asked for, from where, and the tokens that lead on and back."""

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec
from msgspec import UNSET

from resolver.emulator.http_messages import Refused
from resolver.emulator.routing import Parameter
from resolver.emulator.shapes import PageMeta

ASCENDING, DESCENDING = "ASC", "DESC"
_LONGEST_TOKEN = 4096


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a token holds: its list, and the entry that the page comes after, or before, as time, number and id."""

    of: str
    order: str
    is_before: bool
    at: int
    number: int
    id: str

    @property
    def place(self) -> "Place":
        """Where that entry stands."""
        return self.at, self.number, self.id

    def token(self) -> str:
        """Return the cursor as an opaque text."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


class Page(msgspec.Struct, frozen=True):
    """What was asked for, *of* which list."""

    of: str
    size: int
    order: str
    cursor: Cursor | None

    @property
    def is_descending(self) -> bool:
        """Return whether the newest come first."""
        return self.order == DESCENDING


def parameters(most: int, of: str = "creation") -> tuple[Parameter, ...]:
    """Return the query parameters of a list that is ordered by time *of* something."""
    return (
        Parameter("pageSize", {"type": "integer", "minimum": 1, "maximum": most, "default": 50}, "entries of a page"),
        Parameter("pageToken", {"type": "string", "maxLength": _LONGEST_TOKEN}, "a token from a page's meta"),
        Parameter(
            "orderBy",
            {"type": "string", "enum": [ASCENDING, DESCENDING], "default": DESCENDING},
            f"by time of {of}: ASC the earliest first, DESC the latest",
        ),
    )


def page_of(query: Mapping[str, str], most: int, of: str) -> Page:
    """Read the query of a list; ``Refused`` with status 400 names what is wrong.

    *of* tells the list from all others: a token of another one is wrong here.

    >>> page_of({"pageSize": "7"}, 1000, "stores")
    Page(of='stores', size=7, order='DESC', cursor=None)
    """
    text = query.get("pageSize", "50")
    size = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= size <= most:
        raise Refused(400, f"pageSize: {text!r} is not allowed; expected an integer 1..{most}")
    order = query.get("orderBy")
    if order not in (None, ASCENDING, DESCENDING):
        raise Refused(400, f"orderBy: {order!r} is not allowed; expected ASC or DESC")
    token = query.get("pageToken")
    cursor = None if token is None else _cursor(token)
    if cursor is not None and cursor.of != of:
        raise Refused(400, "pageToken: it belongs to another list; expected the nextToken or previousToken of a page")
    if cursor is not None and order not in (None, cursor.order):
        raise Refused(400, f"pageToken: it belongs to orderBy {cursor.order}, not {order}")
    return Page(of, size, order or (DESCENDING if cursor is None else cursor.order), cursor)


def _cursor(token: str) -> Cursor:
    fault = Refused(400, "pageToken: it is not allowed; expected the nextToken or previousToken of a page")
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        raise fault
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(text, type=Cursor)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise fault from None
    if cursor.order not in (ASCENDING, DESCENDING):
        raise fault
    return cursor


Place: TypeAlias = tuple[int, int, str]
"""Where an entry stands in its list: time, number, id."""


def cut(page: Page, places: Sequence[Place]) -> tuple[list[Place], bool]:
    """Return the places on a page, in its order, and whether others follow in its direction.

    *places* are all of the list, ascending. O(log n + length of the page), for a ``SortedList`` too.

    >>> cut(page_of({"pageSize": "2"}, 1000, "stores"), [(1, 0, "a"), (2, 0, "b"), (3, 0, "c")])
    ([(3, 0, 'c'), (2, 0, 'b')], True)
    """
    cursor, length = page.cursor, page.size + 1
    is_before = cursor is not None and cursor.is_before
    if page.is_descending == is_before:  # upwards, away from the cursor
        start = 0 if cursor is None else bisect_right(places, cursor.place)
        window = list(places[start : start + length])
    else:
        end = len(places) if cursor is None else bisect_left(places, cursor.place)
        window = list(places[max(0, end - length) : end])[::-1]
    more = len(window) > page.size
    window = window[: page.size]
    return (window[::-1] if is_before else window), more


def meta_of(key: str, page: Page, found: Sequence[Place], *, more: bool, size: int | None = None) -> PageMeta:
    """Return what is said about a page; *found* are its entries, *more* says that others follow in its direction.

    *size* is the ``pageSize`` that is given, by default the one that was asked for.
    """
    is_before = page.cursor is not None and page.cursor.is_before
    has_next = bool(found) and (is_before or more)
    has_previous = bool(found) and (more if is_before else page.cursor is not None)
    return PageMeta(
        key,
        page.size if size is None else size,
        Cursor(page.of, page.order, False, *found[-1]).token() if has_next else UNSET,
        Cursor(page.of, page.order, True, *found[0]).token() if has_previous else UNSET,
    )
