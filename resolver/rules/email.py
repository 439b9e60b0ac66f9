"""Normalization of e-mail addresses: lower case, no white space, and a syntax that mail allows (N4).

An ordinary address is accepted without the library, by its shape (N6).
"""

import re

import email_validator
import idna

from resolver.errors import InvalidIdentifier
from resolver.rules.blanks import trimmed, without_spaces

_LETTERS = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

_ORDINARY = re.compile(
    rf"(?=[^@]{{1,64}}@.{{1,180}}\Z){_LETTERS}(?:\.{_LETTERS})*@(?:{_LABEL}\.)+[a-z]{{2,63}}"
).fullmatch


def is_ordinary_address(text: str) -> bool:
    """Return whether the text is surely an address as N4 wants it; False leaves it to the library. Linear.

    >>> is_ordinary_address("ada@example.com"), is_ordinary_address("ada@localhost")
    (True, False)
    """
    return _ORDINARY(text) is not None


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
