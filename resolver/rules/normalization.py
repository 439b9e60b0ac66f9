"""Normalization: from a raw value to the one that is stored and compared (N1 to N9)."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import phonenumbers

from resolver.errors import InvalidIdentifier, InvalidSettings
from resolver.names import Value
from resolver.rules.email import normalize_email
from resolver.rules.phone import normalize_phone
from resolver.settings import Settings

OwnNormalizer: TypeAlias = Callable[[str], str]
"""A user's normalization: a pure function; what it raises means that the text is no such identifier (N9)."""

BUILT_IN = ("phone", "email", "trim", "none")
LONGEST = 255
REMEMBERED = 1 << 16


def normalize(name: str, raw: str, *, region: str = "US") -> Value:
    """Give *raw* as the normalization *name* stores it: ``phone``, ``email``, ``trim`` or ``none`` (N1 to N5).

    The result normalizes to itself (N7). Raises ``InvalidIdentifier`` for a value that is no string of 1..255
    characters, before or after, or that the normalization cannot read, and ``InvalidSettings`` for another
    name or region.

    >>> normalize("phone", "1-317-555-6789"), normalize("trim", "  AB 12 ")
    ('+13175556789', 'AB 12')
    """
    return Normalizers(region).named(name)(raw)


Normalization: TypeAlias = Callable[[object], Value]
"""A normalization with the checks of N1 around it; raises ``InvalidIdentifier``."""


def _checked(name: str, function: Callable[[str], str]) -> Normalization:
    """Put the checks of N1 around a function."""

    def normalize(raw: object) -> Value:
        if type(raw) is not str:
            raw = _plain_string(raw)
        if not 0 < len(raw) <= LONGEST:
            raise InvalidIdentifier(f"{_shown(raw)} has {len(raw)} characters; expected 1..{LONGEST}")
        value = function(raw)
        if not 0 < len(value) <= LONGEST:
            raise InvalidIdentifier(
                f"{_shown(raw)} has {len(value)} characters after normalization {name!r}; expected 1..{LONGEST}"
            )
        return value

    return normalize


def _remembering(normalization: Normalization) -> Normalization:
    """Put a bounded memory of its answers before a normalization.

    The memory has no effect that can be seen: normalizations are pure. When it is full it is emptied, which is
    the cheapest bound that cannot be made slow by an adversary.
    """
    answers: dict[object, Value] = {}

    def normalize(raw: object) -> Value:
        if type(raw) is not str:
            raw = _plain_string(raw)
        value = answers.get(raw)
        if value is None:
            value = normalization(raw)
            if len(answers) >= REMEMBERED:
                answers.clear()
            answers[raw] = value
        return value

    return normalize


def _none(raw: object) -> Value:
    """Give the value unchanged (N2)."""
    if raw and type(raw) is str and len(raw) < 256:
        return raw
    return _checked("none", str)(raw)


_trim = _checked("trim", str.strip)


class Normalizers:
    """The normalizations that one engine knows: the four built-in ones and its user's own (N9).

    >>> digits = Normalizers("US", {"digits": lambda text: "".join(filter(str.isdigit, text))})
    >>> digits.named("digits")("No. 12-34")
    '1234'
    """

    __slots__ = ("_known", "own", "region")

    def __init__(self, region: str = "US", own: Mapping[str, OwnNormalizer] | None = None) -> None:
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise InvalidSettings("defaultRegion", region, "a two-letter region code such as 'US'")
        self.region = region
        self.own = dict(own or {})
        for name in self.own:
            if name in BUILT_IN or not isinstance(name, str):
                raise InvalidSettings("normalizers", name, "a new name, not one of the built-in four")
            if not callable(self.own[name]):
                raise InvalidSettings(f"normalizers.{name}", self.own[name], "a function from text to text")
        self._known: dict[str, Normalization] = {
            "phone": _remembering(_checked("phone", lambda raw: normalize_phone(raw, region))),
            "email": _remembering(_checked("email", normalize_email)),
            "trim": _trim,
            "none": _none,
        }
        for name, function in self.own.items():
            self._known[name] = _remembering(_checked(name, _checked_own(name, function)))

    def named(self, name: str) -> Normalization:
        """Give the normalization of that name; ``InvalidSettings`` if there is none."""
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


def kept_as_it_is(raw: object) -> Value:
    """Give what ``on_invalid="keep"`` stores for an unreadable value: its trimmed text (N8).

    >>> kept_as_it_is(" n/a ")
    'n/a'
    """
    return _trim(raw)


def reported(raw: object) -> object:
    """Give an unreadable value as a fact reports it: as it is, or the name of its type if it is no plain value.

    So a fact's bytes never depend on an address, or on the order of a set (I6).

    >>> reported("n/a"), reported(5), reported({"a", "b"})
    ('n/a', 5, '<set>')
    """
    if isinstance(raw, str):
        return str.__str__(raw)
    if raw is None or (type(raw) is int and -(1 << 63) <= raw < 1 << 63) or type(raw) in (bool, float):
        return raw
    return f"<{type(raw).__name__}>"


def _plain_string(raw: object) -> str:
    if not isinstance(raw, str):
        raise InvalidIdentifier(f"{_shown(raw)} is not a string of 1..{LONGEST} characters")
    return raw[:]  # a subclass of str gives a plain one


def _checked_own(name: str, function: OwnNormalizer) -> Callable[[str], str]:
    """Wrap a user's function so that it keeps N7 and raises what an engine expects."""

    def call(raw: str) -> str:
        try:
            value = function(raw)
            again = function(value) if isinstance(value, str) and 0 < len(value) <= LONGEST else value
        except Exception as error:
            raise InvalidIdentifier(f"{_shown(raw)} is refused by normalization {name!r}: {error}") from error
        if not isinstance(value, str):
            raise InvalidIdentifier(f"normalization {name!r} made {_shown(value)} of {_shown(raw)}; expected a string")
        if again != value:
            raise InvalidIdentifier(f"{_shown(raw)} becomes {value!r} under {name!r}, which would not stay that")
        return value[:]

    return call


def _shown(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= 80 else text[:77] + "..."
