"""White space and invisible characters: what values bring along from spreadsheets, chats and web pages (N3 to N5).

White space is what ``str.isspace`` says. Invisible are the characters of the Unicode category Cf (the zero-width
ones, byte order marks, soft hyphens, marks of direction) and the variation selectors U+FE00 to U+FE0F. Nobody sees
them, so they must not tell two identifiers apart.
"""

from unicodedata import category

_FIRST_INVISIBLE = "\u00ad"
"""No character before this one is invisible."""


def is_invisible(character: str) -> bool:
    r"""Whether a character is invisible: of the category Cf, or a variation selector (N3).

    >>> [is_invisible(character) for character in ("\u200b", "\ufe0f", " ", "a")]
    [True, True, False, False]
    """
    return category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def trimmed(text: str) -> str:
    r"""Return the text without white space and invisible characters at both ends, in whatever order they stand (N3).

    What stands between stays. O(length).

    >>> trimmed(" \u200b a\u200bb \ufeff ")
    'a\u200bb'
    """
    text = text.strip()
    if not text or (text[0] < _FIRST_INVISIBLE and text[len(text) - 1] < _FIRST_INVISIBLE):
        return text
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while start < end and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def without_spaces(text: str) -> str:
    """Return the text without white space, wherever it stands (N4). O(length)."""
    return "".join(text.split())


def without_blanks(text: str) -> str:
    r"""Return the text without white space and invisible characters, wherever they stand (N5). O(length).

    >>> without_blanks("\u202a+1 317\u202f555\u00ad6789\u202c")
    '+13175556789'
    """
    text = without_spaces(text)
    if text.isascii():
        return text
    return "".join(character for character in text if not is_invisible(character))


def _is_blank(character: str) -> bool:
    return character.isspace() or is_invisible(character)
