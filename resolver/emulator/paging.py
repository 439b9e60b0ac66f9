"""Pages: lists in order, how many of them are asked for, from where, and the tokens that lead on and back."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

import msgspec
from sortedcontainers import SortedList

from resolver.emulator.refusals import Refused
from resolver.emulator.routing import Parameter
from resolver.emulator.shapes import PageMeta
from resolver.names import Milliseconds, ProfileId

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

    def token(self) -> str:
        """Give the cursor as an opaque text."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


class Page(msgspec.Struct, frozen=True):
    """What was asked for, *of* which list."""

    of: str
    size: int
    order: str
    cursor: Cursor | None

    @property
    def is_descending(self) -> bool:
        """Tell whether the newest come first."""
        return self.order == DESCENDING


def parameters(most: int) -> tuple[Parameter, ...]:
    """Give the query parameters of a list."""
    return (
        Parameter("pageSize", {"type": "integer", "minimum": 1, "maximum": most, "default": 50}, "entries of a page"),
        Parameter("pageToken", {"type": "string", "maxLength": _LONGEST_TOKEN}, "a token from a page's meta"),
        Parameter(
            "orderBy",
            {"type": "string", "enum": [ASCENDING, DESCENDING], "default": DESCENDING},
            "by time of creation: ASC the earliest first, DESC the latest",
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


Place = tuple[int, int, str]
"""Where an entry stands in its list: time, number, id."""


def meta_of(key: str, page: Page, found: Sequence[Place], *, more: bool) -> PageMeta:
    """Give what is said about a page; *found* are its entries, *more* says that others follow in its direction."""
    is_before = page.cursor is not None and page.cursor.is_before
    has_next = bool(found) and (is_before or more)
    has_previous = bool(found) and (more if is_before else page.cursor is not None)
    return PageMeta(
        key,
        page.size,
        Cursor(page.of, page.order, False, *found[-1]).token() if has_next else None,
        Cursor(page.of, page.order, True, *found[0]).token() if has_previous else None,
    )


Birth: TypeAlias = tuple[Milliseconds, int, ProfileId]
"""When a profile was created, by which command, and its id."""


class Listing:
    """Profiles by birth (M1). Adding and removing are O(log n), a page is O(log n + its length).

    >>> listing = Listing([(1, 1, "p"), (2, 2, "q"), (3, 3, "r")])
    >>> listing.page(2, is_descending=True)
    [(3, 3, 'r'), (2, 2, 'q')]
    >>> listing.page(2, after=(2, 2, "q"), is_descending=True)
    [(1, 1, 'p')]
    >>> listing.page(2, before=(1, 1, "p"), is_descending=True)
    [(3, 3, 'r'), (2, 2, 'q')]
    """

    def __init__(self, births: Iterable[Birth] = ()) -> None:
        self._of = {birth[2]: birth for birth in births}
        self._order: SortedList[Birth] = SortedList(self._of.values())

    def add(self, birth: Birth) -> None:
        """Enter a new profile."""
        self._of[birth[2]] = birth
        self._order.add(birth)

    def discard(self, profile_id: ProfileId) -> None:
        """Take out a profile that was merged away or deleted."""
        self._order.remove(self._of.pop(profile_id))

    def page(
        self, size: int, *, after: Birth | None = None, before: Birth | None = None, is_descending: bool = False
    ) -> list[Birth]:
        """Give up to *size* births that come after one, or the last ones that come before one, in the order asked."""
        if before is not None:
            return self.page(size, after=before, is_descending=not is_descending)[::-1]
        if after is None:
            found = reversed(self._order) if is_descending else iter(self._order)
        elif is_descending:
            found = self._order.irange(maximum=after, inclusive=(True, False), reverse=True)
        else:
            found = self._order.irange(minimum=after, inclusive=(False, True))
        return list(islice(found, size))

    def births(self) -> list[Birth]:
        """Give all births, earliest first."""
        return list(self._order)

    def __len__(self) -> int:
        return len(self._order)
