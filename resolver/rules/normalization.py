"""Normalization: from a raw value to the one that is stored and compared (N1 to N9)."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import phonenumbers

from resolver.errors import InvalidIdentifier, InvalidSettings
from resolver.names import IdType, Value, is_mapping, plain_text
from resolver.rules.blanks import trimmed, without_blanks
from resolver.rules.checks import Normalization, OwnNormalizer, checked, checked_own, is_whole, remembering
from resolver.rules.email import normalize_email
from resolver.rules.phone import phone_reader
from resolver.rules.phone_text import is_float
from resolver.settings import Settings

BUILT_IN = ("phone", "email", "trim", "none")


def normalize(name: str, raw: str, *, region: str = "US") -> Value:
    """Return *raw* as the normalization *name* stores it: ``phone``, ``email``, ``trim`` or ``none`` (N1 to N5).

    The result normalizes to itself (N7). Raises ``InvalidIdentifier`` for a value that is no string of 1..255
    characters, before or after, or that the normalization cannot read, and ``InvalidSettings`` for another
    name or region.

    >>> normalize("phone", "1-317-555-6789"), normalize("trim", "  AB 12 ")
    ('+13175556789', 'AB 12')
    """
    return Normalizers(region).named(name)(raw)


def check_functions(**functions: object) -> None:
    """Check that each option of a store that may be a function is one, or None; ``InvalidSettings`` names it if not."""
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise InvalidSettings(name, function, "a function, or None")


class Normalizers:
    """The normalizations that one engine knows: the four built-in ones and its user's own (N9).

    >>> digits = Normalizers("US", {"digits": lambda text: "".join(filter(str.isdigit, text))})
    >>> digits.named("digits")("No. 12-34")
    '1234'
    """

    __slots__ = ("_forgetting", "_known", "_once", "own", "region")

    def __init__(self, region: str = "US", own: Mapping[str, OwnNormalizer] | None = None) -> None:
        if plain_text(region) is None or region not in phonenumbers.SUPPORTED_REGIONS:
            raise InvalidSettings("defaultRegion", region, "a two-letter region code such as 'US'")
        self.region = region
        if own is not None and not is_mapping(own):
            raise InvalidSettings("normalizers", own, "a mapping from names to functions")
        self.own = dict(own or {})
        for name in self.own:
            if plain_text(name) is None or name in BUILT_IN:
                raise InvalidSettings("normalizers", name, "a new name, not one of the built-in four")
            if not callable(self.own[name]):
                raise InvalidSettings(f"normalizers.{name}", self.own[name], "a function from text to text")
        own_ones = {name: checked_own(name, function) for name, function in self.own.items()}
        self._once = {"phone": checked("phone", phone_reader(region)), "email": checked("email", normalize_email)}
        phone, forget_phone = remembering(self._once["phone"])
        email, forget_email = remembering(self._once["email"])
        self._known: dict[str, Normalization] = {"phone": phone, "email": email, "trim": _trim, "none": _none}
        self._forgetting: list[Callable[[Value], None]] = [forget_phone, forget_email]
        for name, read in own_ones.items():
            self._known[name], forget = remembering(checked(name, read))
            self._forgetting.append(forget)

    def named(self, name: str) -> Normalization:
        """Return the normalization of that name; ``InvalidSettings`` if there is none."""
        try:
            return self._known[name]
        except (KeyError, TypeError):
            raise InvalidSettings("normalization", name, f"one of {', '.join(self._known)}") from None

    def once(self, name: str) -> Normalization:
        """Return the same without a memory, for texts of which each is asked once; of the user's own, with it."""
        return self._once.get(name) or self.named(name)

    def forget(self, values: list[Value]) -> None:
        """Forget all texts that were read as one of these values, which are taken out of the list. O(values)."""
        while values:
            for forget in self._forgetting:
                forget(values[len(values) - 1])  # compiled code does not count from the end
            values.pop()

    def check(self, settings: Settings) -> None:
        """Check that every normalization the settings name exists (N9)."""
        for place, config in enumerate(settings.identifier_configs):
            try:
                self.named(config.normalization)
            except InvalidSettings as error:
                raise error.under(f"identifierConfigs[{place}]") from None


def _none(raw: Any) -> Value:
    """Return the value unchanged (N2)."""
    value: Value = raw
    return value if is_whole(value) else _checked_none(raw)


def _trim(raw: Any) -> Value:
    """Return the value trimmed (N3)."""
    if is_whole(raw):
        text = trimmed(raw)
        if text:
            return Value(text)
    return _checked_trim(raw)


_checked_none = checked("none", str)
_checked_trim = checked("trim", trimmed)


# What no normalization can read (N8)


def kept_as_it_is(raw: object) -> Value:
    """Return what ``on_invalid="keep"`` stores for an unreadable value: its trimmed text (N8).

    Raises ``InvalidIdentifier`` for what breaks N1 even then.

    >>> kept_as_it_is(" n/a ")
    'n/a'
    """
    return _checked_trim(raw)


def can_be_kept(raw: object) -> bool:
    """Whether ``on_invalid="keep"`` stores a value, or its command is refused even then (N1).

    >>> can_be_kept(" n/a "), can_be_kept(" "), can_be_kept(5)
    (True, False, False)
    """
    try:
        kept_as_it_is(raw)
    except InvalidIdentifier:
        return False
    return True


def is_float_of_a_phone(raw: object) -> bool:
    """Whether a value is unreadable as a phone number because it was written as a float (N5).

    >>> is_float_of_a_phone("3175556789.0"), is_float_of_a_phone("n/a")
    (True, False)
    """
    text = plain_text(raw)
    return text is not None and is_float(without_blanks(text))


def reported(raw: object) -> object:
    """Return an unreadable value as a fact reports it: as it is, or the name of its type if it is no plain value.

    So a fact's bytes never depend on an address, or on the order of a set (I6).

    >>> reported("n/a"), reported(5), reported({"a", "b"})
    ('n/a', 5, '<set>')
    """
    text = plain_text(raw)
    if text is not None:
        return text
    if raw is None or (type(raw) is int and -(1 << 63) <= raw < 1 << 63) or type(raw) in (bool, float):
        return raw
    return f"<{type(raw).__name__}>"


def digest_of(id_type: IdType, value: Value) -> str:
    """The SHA-256, in hexadecimal, of the idType, NUL and the normalized value in UTF-8: all a suppression keeps (P13).

    A lone surrogate, which UTF-8 cannot hold, counts as if it were an ordinary character.

    >>> digest_of("email", Value("ada@example.com"))[:16]
    '1a37e54255468782'
    """
    return sha256(f"{id_type}\0{value}".encode("utf-8", "surrogatepass")).hexdigest()
