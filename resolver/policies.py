"""Policies: what a store does where the vendor's settings have one answer only (section 13).

They stand beside the settings, under ``options.policies`` of a settings document, and are part of ``Settings``.
Policies are frozen and checked when they are made; whether they fit the idTypes is checked where they meet settings.

>>> policies = Policies.from_json({"blocked": [{"idType": "phone", "equals": ["+10000000000"]}, "segment"]})
>>> policies.blocked[0].id_type, len(policies.blocked)
('phone', 3)
>>> Policies.from_json({"blocked": [{"matches": "(a"}]})
Traceback (most recent call last):
    ...
resolver.errors.InvalidSettings: blocked[0].matches: '(a' is not allowed; expected a regular expression; this is none: \
missing ), unterminated subpattern at position 0
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from resolver.blocklist import EVERY_TYPE, Blocked, blocked_of, read_blocked
from resolver.errors import InvalidSettings
from resolver.json_documents import JsonError, check_keys, document_of, text_of
from resolver.names import IdType, Misfit, is_list, is_mapping, listed, plain_text, word_of
from resolver.suggestions import did_you_mean

MOST_DAYS = 3650

PATH = "options.policies"
"""Where policies stand in a settings document."""


def _whole(path: str, value: object, lowest: int, highest: int | None = None) -> int:
    if type(value) is not int or value < lowest or (highest is not None and value > highest):
        allowed = f"an integer {lowest}..{highest}" if highest is not None else f"an integer >= {lowest}"
        raise InvalidSettings(path, value, allowed)
    return value


def _cap(lowest: int) -> Any:
    def check(_: object, attribute: "attrs.Attribute[int | None]", value: object) -> None:
        if value is not None:
            _whole(attribute.name, value, lowest)

    return check


@attrs.frozen(kw_only=True)
class Caps:
    """How much may be on one profile, whatever its types: *identifiers* in all, and *merges*: its aliases (P3).

    >>> Caps(merges=0).to_json()
    {'merges': 0}
    """

    identifiers: int | None = attrs.field(default=None, validator=_cap(1))
    merges: int | None = attrs.field(default=None, validator=_cap(0))

    @classmethod
    def from_json(cls, document: object) -> "Caps":
        """Read caps; an unknown key is an error. Raises ``InvalidSettings``."""
        if not is_mapping(document):
            raise InvalidSettings("", document, "an object with keys of identifiers, merges")
        check_keys(document, ("identifiers", "merges"))
        for key, lowest in (("identifiers", 1), ("merges", 0)):
            if key in document:
                _whole(key, document[key], lowest)
        return cls(**document)

    def to_json(self) -> dict[str, int]:
        """Return the caps as a document has them."""
        return attrs.asdict(self, filter=lambda _, value: value is not None)


NO_CAPS = Caps()


def _caps(value: object) -> Caps:
    if type(value) is Caps:
        return value
    try:
        return Caps.from_json(value)
    except InvalidSettings as error:
        raise error.under("caps") from None


def _as_mapping(value: object) -> object:
    """Pairs, as policies hold them, as a mapping; anything else as it is."""
    if type(value) is tuple and all(type(pair) is tuple and len(pair) == 2 for pair in value):
        return dict(value)
    return value


def _window_days(value: object) -> tuple[tuple[IdType, int], ...]:
    value = _as_mapping(value)
    if not is_mapping(value):
        raise InvalidSettings("windowDays", value, "an object of idType -> days")
    return tuple(sorted((str(key), _whole(f"windowDays.{key}", days, 1, MOST_DAYS)) for key, days in value.items()))


def _protect(value: Iterable[IdType]) -> tuple[IdType, ...]:
    if plain_text(value) == EVERY_TYPE:
        return (EVERY_TYPE,)
    entries = listed(value)
    if entries is None:
        raise InvalidSettings("protect", value, "a list of idTypes, or '*' for every type")
    id_types = tuple(entries)
    for place, id_type in enumerate(id_types):
        if plain_text(id_type) is None or (id_type == EVERY_TYPE and id_types != (EVERY_TYPE,)):
            raise InvalidSettings(f"protect[{place}]", id_type, "an idType that has a config")
        if id_type in id_types[:place]:
            raise InvalidSettings(f"protect[{place}]", id_type, "an idType that is not in the list already")
    return id_types


def _one_misfit(path: str, value: object) -> Misfit:
    word = word_of(Misfit, value)
    if word is None:
        raise InvalidSettings(path, value, f"one of {', '.join(Misfit)}")
    return word


def _misfit(value: object) -> tuple[tuple[IdType, Misfit], ...]:
    if plain_text(value) is not None:
        word = _one_misfit("misfit", value)
        return () if word is Misfit.REFUSE else ((EVERY_TYPE, word),)
    value = _as_mapping(value)
    if not is_mapping(value):
        raise InvalidSettings("misfit", value, f"one of {', '.join(Misfit)}, or an object of idType -> one of them")
    words = {str(key): _one_misfit(f"misfit.{key}", word) for key, word in value.items()}
    if words.get(EVERY_TYPE) is Misfit.REFUSE:
        del words[EVERY_TYPE]  # as without it
    return tuple(sorted(words.items()))


@attrs.frozen(kw_only=True)
class Policies:
    """The policies of a store; without any, the base contract alone holds.

    *blocked* says what is no identifier (P1): entries, or the name of a list that ships. *window_days* maps idTypes to
    the days for which their limits count values (P2). *protect* has the idTypes whose limits refuse instead of making
    room, ``"*"`` for all; *caps* are limits for a whole profile (P3). *misfit* says what becomes of an identifier that
    does not fit: one word, or one for each idType and ``"*"`` (P5). Raises ``InvalidSettings``, naming the place as a
    document spells it.

    >>> Policies(blocked=["posthog"]) == Policies.from_json('{"blocked": ["posthog"]}')
    True
    """

    blocked: tuple[Blocked, ...] = attrs.field(default=(), converter=blocked_of)
    window_days: tuple[tuple[IdType, int], ...] = attrs.field(default=(), converter=_window_days)
    protect: tuple[IdType, ...] = attrs.field(default=(), converter=_protect)
    caps: Caps = attrs.field(default=NO_CAPS, converter=_caps)
    misfit: tuple[tuple[IdType, Misfit], ...] = attrs.field(default=(), converter=_misfit)

    @classmethod
    def from_json(cls, text_or_dict: str | bytes | Mapping[str, Any]) -> "Policies":
        """Read policies as they stand under ``options.policies``; an unknown key is an error.

        Raises ``InvalidSettings``, naming the place, the value and what is allowed.
        """
        document: object = text_or_dict
        if isinstance(text_or_dict, str | bytes):
            try:
                document = document_of(text_of(text_or_dict))
            except JsonError as error:
                raise InvalidSettings("", error.line, f"a JSON document ({error})") from error
        if not is_mapping(document):
            raise InvalidSettings("", document, f"an object with keys of {', '.join(READERS)}")
        check_keys(document, READERS)
        fields = {}
        for key, value in document.items():
            name, read = READERS[key]
            fields[name] = read(value)
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """Return the policies as a document has them; what is as without policies is left out."""
        document: dict[str, Any] = {}
        if self.blocked:
            document["blocked"] = [entry.to_json() for entry in self.blocked]
        if self.window_days:
            document["windowDays"] = dict(self.window_days)
        if self.protect:
            document["protect"] = EVERY_TYPE if self.protect == (EVERY_TYPE,) else list(self.protect)
        if self.caps != NO_CAPS:
            document["caps"] = self.caps.to_json()
        if self.misfit:
            words = {id_type: str(word) for id_type, word in self.misfit}
            document["misfit"] = words[EVERY_TYPE] if [*words] == [EVERY_TYPE] else words
        return document

    @property
    def joining(self) -> bool:
        """Whether any of them is a joining policy: one by which identifiers may not fit."""
        return bool(self.protect) or self.caps != NO_CAPS or any(word is not Misfit.REFUSE for _, word in self.misfit)

    def protects(self, id_type: IdType) -> bool:
        """Whether the limit of an idType refuses instead of making room (P3)."""
        return id_type in self.protect or EVERY_TYPE in self.protect

    def days_of(self, id_type: IdType) -> int | None:
        """For how many days the limit of an idType counts values (P2); None: for ever."""
        return dict(self.window_days).get(id_type)

    def misfit_of(self, id_type: IdType) -> Misfit:
        """What becomes of an identifier of a type that does not fit (P5)."""
        words = dict(self.misfit)
        return words.get(id_type, words.get(EVERY_TYPE, Misfit.REFUSE))

    def masked(self, mask: Callable[[IdType, str], str]) -> "Policies":
        """Return the policies without any text that somebody may be known by: what *mask* gives stands for it."""
        return attrs.evolve(self, blocked=[entry.masked(mask) for entry in self.blocked])

    def __bool__(self) -> bool:
        return self != NO_POLICIES

    def check(self, id_types: Iterable[IdType]) -> None:
        """Check that every idType named has a config (C1). Raises ``InvalidSettings``."""
        known = tuple(id_types)
        for place, entry in enumerate(self.blocked):
            _check_configured(f"blocked[{place}].idType", entry.id_type, known)
        for id_type, _ in self.window_days:
            _check_configured(f"windowDays.{id_type}", id_type, known, takes_every=False)
        for place, id_type in enumerate(self.protect):
            _check_configured(f"protect[{place}]", id_type, known)
        for id_type, _ in self.misfit:
            _check_configured(f"misfit.{id_type}", id_type, known)


def _read_protect(value: object) -> object:
    if value != EVERY_TYPE and not is_list(value):
        raise InvalidSettings("protect", value, "a list of idTypes, or '*' for every type")
    return value


def _read_mapping(key: str, allowed: str) -> Any:
    def read(value: object) -> object:
        if not is_mapping(value):
            raise InvalidSettings(key, value, allowed)
        return value

    return read


def _read_misfit(value: object) -> object:
    if plain_text(value) is None and not is_mapping(value):
        raise InvalidSettings("misfit", value, f"one of {', '.join(Misfit)}, or an object of idType -> one of them")
    return value


READERS: dict[str, tuple[str, Any]] = {
    "blocked": ("blocked", read_blocked),
    "windowDays": ("window_days", _read_mapping("windowDays", "an object of idType -> days")),
    "protect": ("protect", _read_protect),
    "caps": ("caps", _caps),
    "misfit": ("misfit", _read_misfit),
}
"""For each key of a document the name that it has here, and what reads it."""

NO_POLICIES = Policies()


def _check_configured(path: str, id_type: IdType, known: tuple[IdType, ...], *, takes_every: bool = True) -> None:
    if id_type not in known and not (takes_every and id_type == EVERY_TYPE):
        every = ", or '*'" if takes_every else ""
        allowed = f"an idType that has a config ({', '.join(known)}){every}{did_you_mean(id_type, known)}"
        raise InvalidSettings(path, id_type, allowed)
