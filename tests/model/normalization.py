"""How raw values become stored ones (N1 to N7), asked of the reference libraries every time."""

import re
import unicodedata
from unittest import mock

import email_validator
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from resolver.errors import InvalidIdentifier

LONGEST = 255

_PLAIN = str.maketrans("\uff0b\uff0e\uff0c,\uff25\uff45\u2212\uff0d", "+...Ee--")

_seen: dict[tuple[str, str, str], str | None] = {}


def normalize(name: str, raw: object, *, region: str) -> str:
    """Return the value to store, or raise ``InvalidIdentifier`` (N1)."""
    if not is_acceptable(raw):
        raise InvalidIdentifier(f"{raw!r} is no string of 1..{LONGEST} characters")
    assert isinstance(raw, str)
    asked = (name, raw, region)
    if asked not in _seen:
        value = _normalized(name, raw, region)
        _seen[asked] = value if is_acceptable(value) else None
    answer = _seen[asked]
    if answer is None:
        raise InvalidIdentifier(f"{raw!r} is no valid {name}")
    return answer


def is_acceptable(text: object) -> bool:
    """Return whether this is a string of 1..255 characters (N1)."""
    return isinstance(text, str) and 1 <= len(text) <= LONGEST


def _normalized(name: str, raw: str, region: str) -> str | None:
    match name:
        case "none":
            return raw
        case "trim":
            return trimmed(raw)
        case "email":
            return _email(raw)
        case "phone":
            return _phone(raw, region)
        case _:
            raise AssertionError(name)


def trimmed(raw: str) -> str:
    """Return the text without white space and invisible characters at both ends (N3)."""
    while raw and (raw[0].isspace() or _is_invisible(raw[0])):
        raw = raw[1:]
    while raw and (raw[-1].isspace() or _is_invisible(raw[-1])):
        raw = raw[:-1]
    return raw


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or 0xFE00 <= ord(letter) <= 0xFE0F


def _email(raw: str) -> str | None:
    """Return the text without white space and without invisible ends, in lower case, if its syntax is right (N4)."""
    text = trimmed("".join(letter for letter in raw if not letter.isspace())).lower()
    # Special-use domains are a matter of delivery, not of syntax: ask without that list.
    with mock.patch.object(email_validator, "SPECIAL_USE_DOMAIN_NAMES", []):
        try:
            email_validator.validate_email(text, check_deliverability=False, globally_deliverable=False)
        except email_validator.EmailNotValidError:
            return None
    return text


def _phone(raw: str, region: str) -> str | None:
    """Return the E.164 form, if these steps give it back unchanged (N5)."""
    text = "".join(letter for letter in raw if not letter.isspace() and not _is_invisible(letter))
    if _is_float(text) or _may_take_long(text):
        return None
    value = _phone_once(text, region)
    return value if value is not None and _phone_once(value, region) == value else None


def _is_float(text: str) -> bool:
    """Say whether it is a decimal fraction or has an exponent, and no number as people write it with one dot (N5)."""
    text = text.split(";")[0].translate(_PLAIN)
    text = re.sub(r"^[^+\d]*", "", text)
    while text and not (text[-1].isalnum() or text[-1] == "#"):
        text = text[:-1]
    text = text.lstrip("+")
    if re.fullmatch(r"\d+(\.\d*)?[eE][-+]?\d+", text):
        return True
    whole, dot, fraction = text.partition(".")
    if not (dot and whole.isdecimal() and fraction.isdecimal()):
        return False
    return len(whole) > 7 or len(fraction) <= 2 or not int(fraction)


def _may_take_long(text: str) -> bool:
    """Say whether a text without blanks must not be shown to the library (N5)."""
    digits = [place for place, letter in enumerate(text) if letter.isdecimal()]
    if len(digits) > 40:
        return True
    if ";phone-context=" in text:
        context = text.split(";phone-context=", 1)[1].split(";")[0]
        labels = context.removesuffix(".").split(".")
        if re.fullmatch(r"[+\d().-]+", context) and context[0] == "+":
            return len(text) > 80
        is_domain = labels[-1][:1].isalpha() and all(
            re.fullmatch(r"[A-Za-z\d-]+", label) and label[0] != "-" != label[-1] for label in labels
        )
        return not is_domain or len(text) - len(context) + 1 > 80
    starts = [place for place, letter in enumerate(text) if letter in "+\uff0b" or letter.isdecimal()]
    ends = [place for place, letter in enumerate(text) if letter.isalnum() or letter == "#"]
    return bool(starts) and max(ends, default=0) + 1 - starts[0] > 80


def _phone_once(text: str, region: str) -> str | None:
    """Read a possible number, else a valid one whose ``+`` was left out (N5)."""
    try:
        number = phonenumbers.parse(text, region)
        if phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE:
            return _e164(number)
    except NumberParseException:
        pass
    if "+" in text:
        return None
    try:
        number = phonenumbers.parse("+" + text, None)
    except NumberParseException:
        return None
    return _e164(number) if phonenumbers.is_valid_number(number) else None


def _e164(number: phonenumbers.PhoneNumber) -> str | None:
    """Return the E.164 form, which cannot hold an extension (N5)."""
    return None if number.extension else phonenumbers.format_number(number, PhoneNumberFormat.E164)
