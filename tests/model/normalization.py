"""How raw values become stored ones (N1 to N7), asked of the reference libraries every time."""

from unittest import mock

import email_validator
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from resolver.errors import InvalidIdentifier

NAMES = ("phone", "email", "trim", "none")
LONGEST = 255

_seen: dict[tuple[str, str, str], str | None] = {}


def normalized(name: str, raw: object, region: str) -> str:
    """Give the value to store, or raise ``InvalidIdentifier`` (N1)."""
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
    """Tell whether this is a string of 1..255 characters (N1)."""
    return isinstance(text, str) and 1 <= len(text) <= LONGEST


def _normalized(name: str, raw: str, region: str) -> str | None:
    match name:
        case "none":
            return raw
        case "trim":
            return raw.strip()
        case "email":
            return _email(raw)
        case "phone":
            return _phone(raw, region)
        case _:
            raise AssertionError(name)


def _email(raw: str) -> str | None:
    """Give the text without white space, in lower case, if its syntax is right (N4)."""
    text = "".join(raw.split()).lower()
    # Special-use domains are a matter of delivery, not of syntax: ask without that list.
    with mock.patch.object(email_validator, "SPECIAL_USE_DOMAIN_NAMES", []):
        try:
            email_validator.validate_email(text, check_deliverability=False, globally_deliverable=False)
        except email_validator.EmailNotValidError:
            return None
    return text


def _phone(raw: str, region: str) -> str | None:
    """Give the E.164 form, if these steps give it back unchanged (N5)."""
    value = _phone_once(raw, region)
    return value if value is not None and _phone_once(value, region) == value else None


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
    """Give the E.164 form, which cannot hold an extension (N5)."""
    return None if number.extension else phonenumbers.format_number(number, PhoneNumberFormat.E164)
