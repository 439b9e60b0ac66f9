"""Normalization: from a raw value to the one that is stored and compared (N1 to N9)."""

from collections.abc import Mapping
from typing import Any

import phonenumbers

from resolver.errors import InvalidSettings
from resolver.names import Value
from resolver.rules.blanks import trimmed
from resolver.rules.checks import Normalization, OwnNormalizer, checked, checked_own, remembering
from resolver.rules.email import normalize_email
from resolver.rules.phone import phone_reader
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

    __slots__ = ("_known", "own", "region")

    def __init__(self, region: str = "US", own: Mapping[str, OwnNormalizer] | None = None) -> None:
        if not isinstance(region, str) or region not in phonenumbers.SUPPORTED_REGIONS:
            raise InvalidSettings("defaultRegion", region, "a two-letter region code such as 'US'")
        self.region = region
        if own is not None and not isinstance(own, Mapping):
            raise InvalidSettings("normalizers", own, "a mapping from names to functions")
        self.own = dict(own or {})
        for name in self.own:
            if name in BUILT_IN or not isinstance(name, str):
                raise InvalidSettings("normalizers", name, "a new name, not one of the built-in four")
            if not callable(self.own[name]):
                raise InvalidSettings(f"normalizers.{name}", self.own[name], "a function from text to text")
        self._known: dict[str, Normalization] = {
            "phone": remembering(checked("phone", phone_reader(region))),
            "email": remembering(checked("email", normalize_email)),
            "trim": _trim,
            "none": _none,
        }
        for name, function in self.own.items():
            self._known[name] = remembering(checked(name, checked_own(name, function)))

    def named(self, name: str) -> Normalization:
        """Return the normalization of that name; ``InvalidSettings`` if there is none."""
        try:
            return self._known[name]
        except KeyError:
            raise InvalidSettings("normalization", name, f"one of {', '.join(self._known)}") from None

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
    if raw and type(raw) is str and len(raw) < 256:
        return value
    return _checked_none(raw)


def _trim(raw: object) -> Value:
    """Return the value trimmed (N3)."""
    if type(raw) is str and len(raw) < 256:
        text = trimmed(raw)
        if text:
            return Value(text)
    return _checked_trim(raw)


_checked_none = checked("none", str)
_checked_trim = checked("trim", trimmed)
