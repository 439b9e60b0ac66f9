"""Blocklist: what the policies say is no identifier, entry by entry, and the lists that ship by name (P1).

>>> [entry.equals for entry in blocked_of(["segment", {"idType": "phone", "equals": ["+10000000000"]}])]
[('-1', 'null', 'anonymous'), None, ('+10000000000',)]
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from resolver.errors import InvalidSettings
from resolver.json_documents import check_keys
from resolver.names import BlockedThen, IdType, is_list, is_mapping, listed, plain_text, word_of
from resolver.patterns import PatternError, Patterns

EVERY_TYPE = "*"
"""Instead of an idType: all of them."""


def _then(value: BlockedThen | str) -> BlockedThen:
    word = word_of(BlockedThen, value)
    if word is None:
        raise InvalidSettings("then", value, "'drop' or 'refuse'")
    return word


def _texts(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    texts = listed(value)
    if texts is None:
        raise InvalidSettings("equals", value, "a list of texts")
    plain = []
    for place, given in enumerate(texts):
        text = plain_text(given)
        if text is None:
            raise InvalidSettings(f"equals[{place}]", given, "a text")
        plain.append(text)
    return tuple(plain)


def _check_type(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
    if plain_text(value) is None:
        raise InvalidSettings("idType", value, "an idType that has a config, or '*' for every type")


def _check_pattern(_: object, attribute: "attrs.Attribute[str | None]", value: object) -> None:
    key = "matches" if attribute.name == "matches" else "unlessMatches"
    if value is None:
        return
    text = plain_text(value)
    if text is None:
        raise InvalidSettings(key, value, "a regular expression")
    try:
        Patterns([text])
    except PatternError as error:
        raise InvalidSettings(key, value, str(error)) from None


@attrs.frozen(kw_only=True)
class Blocked:
    """What is no identifier (P1): values of a type that *equals* has, or that *matches* is found in, or not the other.

    One of the three is given. *equals* and *matches* look at a value as it was given, without white space at its ends,
    and at its normalized form; *unless_matches* at the normalized form.

    >>> Blocked(equals=["null"]).then == "drop"
    True
    """

    id_type: IdType = attrs.field(default=EVERY_TYPE, validator=_check_type)
    equals: tuple[str, ...] | None = attrs.field(default=None, converter=_texts)
    matches: str | None = attrs.field(default=None, validator=_check_pattern)
    unless_matches: str | None = attrs.field(default=None, validator=_check_pattern)
    then: BlockedThen = attrs.field(default=BlockedThen.DROP, converter=_then)

    def __attrs_post_init__(self) -> None:
        given = [name for name, field in _CONDITIONS.items() if getattr(self, field) is not None]
        if len(given) != 1:
            raise InvalidSettings("", " and ".join(given) or None, f"one of {', '.join(_CONDITIONS)}")

    @classmethod
    def from_json(cls, document: object) -> "Blocked":
        """Read one entry; an unknown key is an error. Raises ``InvalidSettings``."""
        if not is_mapping(document):
            allowed = f"an object with one of {', '.join(_CONDITIONS)}, or the name of a list: {', '.join(LISTS)}"
            raise InvalidSettings("", document, allowed)
        check_keys(document, _BLOCKED_KEYS)
        for key in _CONDITIONS:
            if key in document and document[key] is None:
                raise InvalidSettings(key, None, "a list of texts" if key == "equals" else "a regular expression")
        return cls(**{_BLOCKED_KEYS[key]: value for key, value in document.items()})

    def to_json(self) -> dict[str, Any]:
        """Return the entry as a document has it."""
        document: dict[str, Any] = {} if self.id_type == EVERY_TYPE else {"idType": self.id_type}
        if self.equals is not None:
            document["equals"] = list(self.equals)
        if self.matches is not None:
            document["matches"] = self.matches
        if self.unless_matches is not None:
            document["unlessMatches"] = self.unless_matches
        if self.then is not BlockedThen.DROP:
            document["then"] = str(self.then)
        return document

    def masked(self, mask: Callable[[IdType, str], str]) -> "Blocked":
        """Return the entry with what stands for its texts and its pattern, as *mask* says by idType and text."""

        def hidden(text: str | None) -> str | None:
            return None if text is None else mask(self.id_type, text)

        equals = None if self.equals is None else [mask(self.id_type, text) for text in self.equals]
        matches, unless_matches = hidden(self.matches), hidden(self.unless_matches)
        return attrs.evolve(self, equals=equals, matches=matches, unless_matches=unless_matches)


_CONDITIONS = {"equals": "equals", "matches": "matches", "unlessMatches": "unless_matches"}
_BLOCKED_KEYS = {"idType": "id_type", **_CONDITIONS, "then": "then"}

_IN_ANY_CASE = "anonymous|guest|distinctid|distinct_id|id|not_authenticated|email|undefined|true|false"
_AS_WRITTEN = ("[object Object]", "NaN", "None", "none", "null", "0", "undefined")

LISTS: dict[str, tuple[Blocked, ...]] = {
    "segment": (Blocked(equals=["-1", "null", "anonymous"]), Blocked(matches="^[0-]*$")),
    "posthog": (
        Blocked(equals=["", *(f"{quote}{text}{quote}" for quote in ("", "'", '"') for text in _AS_WRITTEN)]),
        Blocked(matches="|".join([f"^{quote}(?ai:{_IN_ANY_CASE}){quote}$" for quote in ("", "'", '"')])),
    ),
}
"""The lists that ship by name: what two vendors' documentation says is never an identifier."""


def _read_entry(place: int, document: object) -> Blocked:
    try:
        return Blocked.from_json(document)
    except InvalidSettings as error:
        raise error.under(f"blocked[{place}]") from None


def blocked_of(value: Iterable[Blocked | str | Mapping[str, Any]]) -> tuple[Blocked, ...]:
    """Return entries as policies hold them: those of a list that is named instead of it. Raises ``InvalidSettings``."""
    given = listed(value)
    if given is None:
        raise InvalidSettings("blocked", value, "a list of entries")
    entries: list[Blocked] = []
    for place, entry in enumerate(given):
        if issubclass(type(entry), Blocked):
            entries.append(entry)
        elif plain_text(entry) in LISTS:
            entries += LISTS[entry]
        elif is_mapping(entry):
            entries.append(_read_entry(place, entry))
        else:
            allowed = f"an entry, or the name of a list: {', '.join(LISTS)}"
            raise InvalidSettings(f"blocked[{place}]", entry, allowed)
    return tuple(entries)


def read_blocked(value: object) -> list[Blocked | str]:
    """Read entries of a document; the name of a list stays a name. Raises ``InvalidSettings``."""
    if not is_list(value):
        raise InvalidSettings("blocked", value, "a list of entries")
    return [entry if plain_text(entry) in LISTS else _read_entry(place, entry) for place, entry in enumerate(value)]
