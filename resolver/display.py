r"""Display: text from data as it may be shown to people, what is counted and listed, and words as a shell reads them.

>>> displayed("crm:\x1b[2J\u202e17")
'crm:\\x1b[2J\\u202e17'
>>> print(quoted("it is"), quoted("a\x1b"))
'it is' $'a\033'
"""

import re
import shlex
from collections.abc import Sequence

_HIDDEN = re.compile(
    "[\0-\x1f\x7f-\x9f"  # control characters, line ends among them
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # not seen, or reorder what is
    "\ud800-\udfff"  # lone surrogates, which no output can hold
    "\U000e0000-\U000e007f]"  # tags
)
"""What would change how the text around it is shown, or not be seen at all. Joiners are left, which scripts need."""

_TYPED_AS_NUMBER = re.compile(rf"[\\']|{_HIDDEN.pattern}")


def displayed(text: str) -> str:
    r"""Return text with control characters, bidirectional overrides and the like as visible escapes.

    The result is one line. A backslash that was there stays as it is.

    >>> displayed("one\r\ntwo"), displayed("na\u00efve \u05d0")
    ('one\\r\\ntwo', 'naïve א')
    """
    return _HIDDEN.sub(_escape, text)


def quoted(word: str) -> str:
    r"""Return a word as it is typed in a shell; with control characters, as bash, zsh and newer POSIX shells read it.

    What the terminal could not show, or would obey, stands there as octal numbers.
    """
    if not _HIDDEN.search(word):
        return shlex.quote(word)
    return f"$'{_TYPED_AS_NUMBER.sub(_octal, word)}'"


def can_be_typed(word: str) -> bool:
    r"""Return whether a word can be handed to a command at all: no NUL, no surrogate but those of single bytes.

    >>> can_be_typed("a\nb"), can_be_typed("a\0b"), can_be_typed("\ud800"), can_be_typed("\udcff")
    (True, False, False, True)
    """
    try:
        return b"\0" not in word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "line"), counted(1200, "line")
    ('1 line', '1,200 lines')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str], most: int) -> str:
    """Return names in a row, as they may be shown: the first *most* of them, and how many more there are.

    >>> listed(["a", "b", "c"], 2), listed([], 2)
    ('a, b and 1 more', '')
    """
    shown = ", ".join(map(displayed, names[:most]))
    more = len(names) - most
    if more <= 0:
        return shown
    return f"{shown} and {more:,} more" if shown else f"{more:,}"


def and_listed(words: Sequence[str]) -> str:
    """Return words in a row.

    >>> and_listed(["a"]), and_listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


def _octal(found: re.Match[str]) -> str:
    return "".join(f"\\{byte:03o}" for byte in found.group().encode("utf-8", "surrogateescape"))
