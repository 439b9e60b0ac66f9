"""Reading ordinary phone numbers without the library: the same answer, where the metadata leave no doubt (N5, N6).

The phonenumbers package takes 10 to 30 microseconds for a number, most of it for shapes that are not there. A text
of digits, spaces, ``-``, ``.`` and parentheses is decided by four facts of the library's own metadata: which
calling code it begins with, which lengths the code's main region knows, what that region dials before a national
number, and, for a text without ``+``, what the default region dials before an international one. Wherever a dialling
prefix might have to be taken off, or anything else is unclear, there is no quick answer, and the library is asked.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, region_code_for_country_code

from resolver.rules.phone_text import is_float

QuickReader: TypeAlias = Callable[[str], str | None]
"""Returns a phone number in E.164, or None where the library has to be asked."""

LONGEST = 40
"""Texts are longer only for reasons that the library knows better."""

_WITHOUT_SEPARATORS = str.maketrans("", "", " -.()")


class _Beginning:
    """What a number may begin with that is dialled only, a pattern of the library. Most patterns are digits alone."""

    __slots__ = ("_digits", "_match")

    def __init__(self, pattern: str) -> None:
        self._digits = pattern if pattern.isascii() and pattern.isdigit() else None
        self._match = re.compile(pattern).match

    def is_of(self, digits: str) -> bool:
        """Return whether the pattern finds anything there, be it nothing."""
        if self._digits is not None:
            return digits.startswith(self._digits)
        return self._match(digits) is not None

    def takes_off(self, digits: str) -> bool:
        """Return whether some digits would be taken off, or looked at to put others in their place."""
        if self._digits is not None:
            return digits.startswith(self._digits)
        match = self._match(digits)
        return match is not None and (match.end() > 0 or match.lastindex is not None)


class _Country:
    """What decides about the national numbers of one calling code: those of its main region's metadata."""

    __slots__ = ("_prefix", "code", "lengths", "longest")

    def __init__(self, code: str, metadata: PhoneMetadata) -> None:
        self.code = code
        described = metadata.general_desc
        assert described is not None, "every country's metadata describe its numbers"
        self.lengths = frozenset(described.possible_length) - frozenset(described.possible_length_local_only)
        self.longest = max(described.possible_length + described.possible_length_local_only)
        prefix = metadata.national_prefix_for_parsing
        self._prefix = _Beginning(prefix) if prefix else None

    def takes(self, national: str) -> bool:
        """Return whether the digits are a possible number as they stand, with no national prefix to take off."""
        if len(national) not in self.lengths:
            return False
        return self._prefix is None or not self._prefix.takes_off(national)


def quick_reader(region: str) -> QuickReader:
    """Return the quick reader for texts whose default region is *region*.

    A country's metadata are loaded when its first number comes, 1 to 2 milliseconds each; then a number costs about
    half a microsecond.

    >>> read = quick_reader("US")
    >>> read("(317) 555-6789"), read("+44 7911 123456"), read("+44 07911 123456")
    ('+13175556789', '+447911123456', None)
    """
    countries: dict[str, _Country | None] = {}
    home = _home(region)

    def read(raw: str) -> str | None:
        international = raw.startswith("+")
        digits = raw[1:] if international else raw
        if not (digits.isascii() and digits.isdigit()):
            digits = digits.translate(_WITHOUT_SEPARATORS)
            if not (digits.isascii() and digits.isdigit()) or len(raw) > LONGEST or raw[:1] in " -.)":
                return None
            if raw.strip(" -.()").count(".") == 1 and is_float(raw.replace(" ", "")):
                return None
        if not international:
            return None if home is None else home(digits)
        for length in (1, 2, 3):
            code = digits[:length]
            try:
                country = countries[code]
            except KeyError:
                country = countries[code] = _country(code)
            if country is not None:
                return "+" + digits if country.takes(digits[length:]) else None
        return None

    return read


def _country(code: str) -> _Country | None:
    """Return what is known about a calling code, None if it is none."""
    number = int(code)
    if code.startswith("0") or number not in COUNTRY_CODE_TO_REGION_CODE:
        return None
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(number, region_code_for_country_code(number))
    return None if metadata is None else _Country(code, metadata)


def _home(region: str) -> QuickReader | None:
    """Return the reader of digits without ``+``; None for a region that is not the main one of its calling code."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or region_code_for_country_code(metadata.country_code or 0) != region:
        return None
    country = _Country(str(metadata.country_code), metadata)
    code = country.code
    abroad = _Beginning(metadata.international_prefix or "NonMatch")

    def read(digits: str) -> str | None:
        if abroad.is_of(digits):
            return None
        if digits.startswith(code):
            # Too long for a national number, so the code is a calling code; else it may be an area code.
            if len(digits) <= country.longest:
                return None
            digits = digits[len(code) :]
        return f"+{code}{digits}" if country.takes(digits) else None

    return read
