"""Normalization of e-mail addresses: lower case, no white space, and a syntax that mail allows (N4).

An ordinary address is accepted without the library, by its shape (N6).
"""

import re

import email_validator
import idna

from resolver.errors import InvalidIdentifier
from resolver.rules.blanks import trimmed, without_spaces
from resolver.versions import COMPILED

_LETTERS = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

_ORDINARY = re.compile(
    rf"(?=[^@]{{1,64}}@.{{1,180}}\Z){_LETTERS}(?:\.{_LETTERS})*@(?:{_LABEL}\.)+[a-z]{{2,63}}"
).fullmatch


def is_ordinary_address(text: str) -> bool:
    """Return whether the text is surely an address as N4 wants it; False leaves it to the library. Linear.

    Compiled, letters are looked at one by one, a tenth of the work of the pattern that the interpreter is better at.

    >>> is_ordinary_address("ada@example.com"), is_ordinary_address("ada@localhost")
    (True, False)
    """
    return reads_as_address(text) if COMPILED else _ORDINARY(text) is not None


def reads_as_address(text: str) -> bool:
    """Return whether the text has the shape of an ordinary address, as the pattern has it, letter by letter.

    >>> reads_as_address("ada@example.com"), reads_as_address("ada@localhost")
    (True, False)
    """
    size = len(text)
    place = part = 0
    while place < size and text[place] != "@":
        letter = text[place]
        if letter == ".":
            if part == place:
                return False
            part = place + 1
        elif not ("a" <= letter <= "z" or "0" <= letter <= "9" or letter in "!#$%&'*+/=?^_`{|}~-"):
            return False
        place += 1
    if part == place or place > 64 or not place + 1 < size <= place + 181:
        return False
    part = place = place + 1
    labels, is_word = 0, True
    while place < size:
        letter = text[place]
        if letter == ".":
            length = place - part
            if not 1 <= length <= 63 or text[part] == "-" or text[place - 1] == "-":
                return False
            if length > 3 and text[part + 2] == "-" and text[part + 3] == "-":
                return False
            part, is_word = place + 1, True
            labels += 1
        elif "0" <= letter <= "9" or letter == "-":
            is_word = False
        elif not "a" <= letter <= "z":
            return False
        place += 1
    return labels > 0 and is_word and 2 <= size - part <= 63


MOST_BYTES = 254
"""The library refuses a longer address (RFC 5321), but only after work that is quadratic in some of its versions."""

_LABEL_SEPARATORS = ".\u3002\uff0e\uff61"  # what UTS-46 reads as a dot


def normalize_email(raw: str) -> str:
    r"""Return the address without white space and without invisible ends, lower-cased; nothing else changes (N4).

    The syntax must be one that email-validator accepts without DNS. Special-use domains (``.test``,
    ``localhost``) are accepted: whether mail can be delivered there is not a matter of syntax. Raises
    ``InvalidIdentifier``. Cost: about 20 microseconds, nearly all of it the library's syntax check; less than one
    for an ordinary address, which needs none (N6).

    >>> normalize_email("\ufeff Ada @Example.COM ")
    'ada@example.com'
    >>> normalize_email("ada@machine.test")
    'ada@machine.test'
    """
    if is_ordinary_address(raw):
        return raw
    text = trimmed(without_spaces(raw)).lower()
    if not is_ordinary_address(text):
        check_syntax(text, raw)
    return text


def check_syntax(text: str, raw: str) -> None:
    """Ask the library whether *text* is an address; ``InvalidIdentifier`` if not, which names it as it was given."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise InvalidIdentifier(f"{raw!r} is not an e-mail address: it has {size} bytes in UTF-8, {MOST_BYTES} at most")
    try:
        email_validator.validate_email(
            _with_neutral_domain(text), check_deliverability=False, globally_deliverable=False
        )
    except email_validator.EmailNotValidError as error:
        raise InvalidIdentifier(f"{raw!r} is not an e-mail address: {error}") from None


def _with_neutral_domain(text: str) -> str:
    """Put a neutral top label of the same length in the place of a special-use one.

    The package refuses special-use names wherever they stand last, even offline, and only a change of its
    globals would stop it. All names in its list are single labels. Only letters are replaced, so that whatever
    else stands between them is judged as in any other label.
    """
    start = max(text.rfind(separator) for separator in "@" + _LABEL_SEPARATORS) + 1
    label = read_as = text[start:]
    if not label.isascii():
        try:
            read_as = idna.uts46_remap(label, std3_rules=False, transitional=False)
        except idna.IDNAError:
            return text
    if start and read_as in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        return text[:start] + "".join("x" if letter.isalnum() else letter for letter in label)
    return text
