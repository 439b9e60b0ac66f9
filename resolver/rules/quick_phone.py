"""Reading ordinary phone numbers without the library: the same answer, where the metadata leave no doubt (N5, N6).

The phonenumbers package takes 10 to 30 microseconds for a number, most of it for shapes that are not there. A text
of digits, spaces, ``-``, ``.`` and parentheses is decided by four facts of the library's own metadata: which
calling code it begins with, which lengths the code's main region knows, what that region dials before a national
number, and, for a text without ``+``, what the default region dials before an international one. Wherever a dialling
prefix might have to be taken off, or anything else is unclear, there is no quick answer, and the library is asked.
"""

import re
from collections.abc import Callable

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, region_code_for_country_code

from resolver.rules.phone_text import is_float

LONGEST = 40
"""Texts are longer only for reasons that the library knows better."""

_SEPARATORS = (" ", "-", ".", "(", ")")


_NONE_OF_IT = -1


def separators_in(text: str) -> int:
    """Return which of the separators are in a text of digits, a bit for each; -1 if it is empty or has other letters.

    >>> separators_in("555"), separators_in("555-67.89"), separators_in("555 x9"), separators_in("")
    (0, 6, -1, -1)
    """
    found = 0 if text else _NONE_OF_IT
    for letter in text:
        if "0" <= letter <= "9":
            continue
        if letter == " ":
            found |= 1
        elif letter == "-":
            found |= 2
        elif letter == ".":
            found |= 4
        elif letter == "(":
            found |= 8
        elif letter == ")":
            found |= 16
        else:
            return _NONE_OF_IT
    return found


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

    __slots__ = ("_lengths", "_prefix", "code", "longest")

    def __init__(self, code: str, metadata: PhoneMetadata) -> None:
        self.code = code
        described = metadata.general_desc
        assert described is not None, "every country's metadata describe its numbers"
        possible = {*described.possible_length} - {*described.possible_length_local_only}
        self._lengths = sum(1 << length for length in possible if length > 0)
        """A bit for each length that is possible."""
        self.longest = max(described.possible_length + described.possible_length_local_only)
        prefix = metadata.national_prefix_for_parsing
        self._prefix = _Beginning(prefix) if prefix else None

    def takes(self, national: str) -> bool:
        """Return whether the digits are a possible number as they stand, with no national prefix to take off."""
        if len(national) > self.longest or not self._lengths >> len(national) & 1:
            return False
        return self._prefix is None or not self._prefix.takes_off(national)


class QuickReader:
    """Reads texts whose default region is *region*."""

    __slots__ = ("_abroad", "_countries", "_home")

    def __init__(self, region: str) -> None:
        self._countries: dict[str, _Country | None] = {}
        """What is known about calling codes that came."""
        self._home: _Country | None = None
        """The region's own; None for one that is not the main one of its calling code."""
        self._abroad: _Beginning | None = None
        metadata = PhoneMetadata.metadata_for_region(region)
        if metadata is not None and region_code_for_country_code(metadata.country_code or 0) == region:
            self._home = _Country(str(metadata.country_code), metadata)
            self._abroad = _Beginning(metadata.international_prefix or "NonMatch")

    def read(self, raw: str) -> str | None:
        """Return a phone number in E.164, or None where the library has to be asked."""
        is_international = raw.startswith("+")
        digits = raw[1:] if is_international else raw
        found = separators_in(digits)
        if found == _NONE_OF_IT:
            return None
        if found:
            for place, separator in enumerate(_SEPARATORS):
                if found >> place & 1:
                    digits = digits.replace(separator, "")
            if not digits or len(raw) > LONGEST or raw[:1] in " -.)":
                return None
            if "." in raw and raw.strip(" -.()").count(".") == 1 and is_float(raw.replace(" ", "")):
                return None
        if not is_international:
            return self._national(digits)
        for length in (1, 2, 3):
            code = digits[:length]
            if code not in self._countries:
                self._countries[code] = _country(code)
            country = self._countries[code]
            if country is not None:
                return "+" + digits if country.takes(digits[length:]) else None
        return None

    def _national(self, digits: str) -> str | None:
        """Read digits without ``+``."""
        country = self._home
        if country is None or self._abroad.is_of(digits):  # type: ignore[union-attr]  # there is one where there is a home
            return None
        if digits.startswith(country.code):
            # Too long for a national number, so the code is a calling code; else it may be an area code.
            if len(digits) <= country.longest:
                return None
            digits = digits[len(country.code) :]
        return "+" + country.code + digits if country.takes(digits) else None


def quick_reader(region: str) -> Callable[[str], str | None]:
    """Return the quick reader for texts whose default region is *region*.

    A country's metadata are loaded when its first number comes, 1 to 2 milliseconds each; then a number costs about
    half a microsecond, a fifth of that where this is compiled.

    >>> read = quick_reader("US")
    >>> read("(317) 555-6789"), read("+44 7911 123456"), read("+44 07911 123456")
    ('+13175556789', '+447911123456', None)
    """
    return QuickReader(region).read


def _country(code: str) -> _Country | None:
    """Return what is known about a calling code, None if it is none."""
    number = int(code)
    if code.startswith("0") or number not in COUNTRY_CODE_TO_REGION_CODE:
        return None
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(number, region_code_for_country_code(number))
    return None if metadata is None else _Country(code, metadata)
