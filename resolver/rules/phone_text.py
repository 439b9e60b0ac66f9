"""The text of a phone number in front of the phonenumbers library: what must not go in, found in linear time (N5).

A number that a tool wrote as a float is no phone number: the library would take its dot for punctuation and read the
number of somebody else.

The library's own patterns take exponential or cubic time for some texts: a phone context of many labels, many digits
before a long run of dashes or commas. So no text goes in that has more than ``MOST_DIGITS`` digits, or more than
``LONGEST_NUMBER`` characters from where its number begins to where it ends, or a phone context that the library
would refuse after long work. A domain as phone context says nothing about the number, so ``x`` goes in for it.
"""

import re

MOST_DIGITS = 40
"""The longest number that the library reads has 17 digits, after at most 8 to dial abroad, 3 and 7 of prefixes."""

LONGEST_NUMBER = 80
"""Without white space; a longer one has more marks than digits."""

_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[+\uff0b\d](?:.*(?:[^\W_]|#))?", re.DOTALL)
"""From the first character that may begin a number to the last that may end one: the library skips the rest."""

_FRACTION = re.compile(r"[+\uff0b]*(\d+)[.,\uff0e\uff0c](\d+)(\D*)")
_EXPONENT = re.compile(r"[+\uff0b]*\d+(?:[.,\uff0e\uff0c]\d*)?[eE\uff25\uff45][-+\u2212\uff0d\uff0b]?\d+\D*")
_LETTER = re.compile(r"[^\W\d_]")
_FEWEST_LETTERS_OF_A_NUMBER = 3  # as in 317-CALL-ADA: the library leaves out fewer

_PHONE_CONTEXT = ";phone-context="
_DOMAIN_LABEL = re.compile(r"[A-Za-z\d](?:[A-Za-z\d-]*[A-Za-z\d])?")
_GLOBAL_NUMBER = re.compile(r"\+[-.()\d]*")


def is_float(text: str) -> bool:
    """Whether a text without blanks is a number as tools write a column of floats: ``3175556789.0``, ``3.17E+09``.

    It is digits with an exponent; or digits, one dot or comma, and digits, where at most two digits or nothing but
    zeros come after the mark, or more than seven digits before it. So one dot may part a number as people do it:
    ``317.5556789``, ``+1.3175556789``. What stands before the number and after it counts as little as it does to the
    library, a word behind it too. O(length).

    >>> [is_float(text) for text in ("3175556789.0", "3,175556789E+09", "317.555.6789", "+1.3175556789")]
    [True, True, False, False]
    """
    number = _NUMBER.search(text.partition(";")[0])
    if number is None:
        return False
    parts = _FRACTION.fullmatch(number[0])
    if parts is None:
        return _EXPONENT.fullmatch(number[0]) is not None
    whole, fraction, after = parts.groups()
    if len(_LETTER.findall(after)) >= _FEWEST_LETTERS_OF_A_NUMBER:
        return len(whole) > 7
    return len(fraction) <= 2 or len(whole) > 7 or int(fraction) == 0


def text_for_library(text: str) -> str | None:
    """Return what goes to the library for a text without blanks, or None if nothing must. O(length).

    >>> text_for_library("tel:317-555-6789;phone-context=example.com;x=1")
    'tel:317-555-6789;phone-context=x;x=1'
    >>> text_for_library("1" * 41), text_for_library("tel:1;phone-context=-")
    (None, None)
    """
    before, mark, after = text.partition(_PHONE_CONTEXT)
    if mark:
        context, semicolon, rest = after.partition(";")
        if not _is_global_number(context):
            if not _is_domain(context):
                return None
            text = f"{before}{mark}x{semicolon}{rest}"
        length = len(text)  # the library skips nothing where there is a context
    else:
        number = _NUMBER.search(text)
        length = 0 if number is None else len(number[0])
    return text if length <= LONGEST_NUMBER and len(_DIGIT.findall(text)) <= MOST_DIGITS else None


def _is_global_number(context: str) -> bool:
    return _GLOBAL_NUMBER.fullmatch(context) is not None and _DIGIT.search(context) is not None


def _is_domain(context: str) -> bool:
    *_, last = labels = context.removesuffix(".").split(".")
    return all(map(_DOMAIN_LABEL.fullmatch, labels)) and last[0].isascii() and last[0].isalpha()
