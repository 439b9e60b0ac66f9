"""What two settings documents say differently: each place with its JSON path, and in words; policies in words too.

>>> left = {"settings": {"identifierConfigs": [{"idType": "phone", "limit": 100}], "matchingRules": ["phone"]}}
>>> right = {"settings": {"identifierConfigs": [{"idType": "phone", "limit": 3}], "matchingRules": ["phone"]}}
>>> (found,) = differences({**left, "options": {}}, {**right, "options": {}})
>>> found.path, found.words, found.before, found.after
('identifierConfigs[phone].limit', 'How many values of phone a profile keeps', '100', '3')
>>> policy_in_words("blocked", [{"idType": "phone", "equals": ["+13170000000"]}, {"matches": "^0+$"}])
"phone +13170000000; values of every type in which the pattern '^0+$' is found"
>>> policy_in_words("caps", {"merges": 3}), policy_in_words("protect", "*"), policy_in_words("misfit", "move")
('at most 3 merged profiles', 'the limit of every type', 'it moves to the profile that is given it')
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from resolver.blocklist import EVERY_TYPE
from resolver.display import counted, listed

POLICY_TITLES = {
    "blocked": "Blocked values",
    "windowDays": "For how many days a limit counts values",
    "protect": "Whose limit refuses a value, instead of making room for it",
    "caps": "How much may be on one profile",
    "misfit": "What becomes of an identifier that does not fit",
}
"""For each key of policies what it is about."""

MOST_BLOCKED = 5
"""Blocked texts that are named; of more, how many there are."""

_MISFIT = {
    "refuse": "it stays where it is",
    "refuseRest": "it stays where it is, and what ranks below it is refused too",
    "move": "it moves to the profile that is given it",
    "share": "both profiles have it",
}
_CAPS = {"identifiers": "identifier", "merges": "merged profile"}


def policy_in_words(key: str, value: Any) -> str:
    """Return what a key of policies says; ``none`` where it says nothing. A value of a kind not known is as it is."""
    return _WORDS[key](value) if value and key in _WORDS else "none" if not value else str(value)


def _blocked(entries: Sequence[Any]) -> str:
    return "; ".join(each if isinstance(each, str) else _entry(each) for each in entries)


def _entry(entry: Mapping[str, Any]) -> str:
    id_type = entry.get("idType", EVERY_TYPE)
    of = "every type" if id_type == EVERY_TYPE else id_type
    refuses = ", and their lines are refused" if entry.get("then") == "refuse" else ""
    if "equals" in entry:
        name = "" if id_type == EVERY_TYPE else f"{id_type} "
        return f"{name}{listed(entry['equals'], MOST_BLOCKED)}{' of every type' if not name else ''}{refuses}"
    found, pattern = ("", entry["matches"]) if "matches" in entry else ("not ", entry["unlessMatches"])
    return f"values of {of} in which the pattern {pattern!r} is {found}found{refuses}"


def _window_days(days: Mapping[str, int]) -> str:
    return ", ".join(f"{id_type} {counted(number, 'day')}" for id_type, number in days.items())


def _protect(id_types: str | Sequence[str]) -> str:
    if EVERY_TYPE in id_types:
        return "the limit of every type"
    return f"the limit of {listed(id_types, len(id_types))}"


def _caps(caps: Mapping[str, int]) -> str:
    return ", ".join(f"at most {counted(number, _CAPS.get(key, key))}" for key, number in caps.items())


def _misfit(words: str | Mapping[str, str]) -> str:
    if isinstance(words, str):
        return _MISFIT.get(words, words)
    return "; ".join(
        f"{'every other type' if id_type == EVERY_TYPE else id_type}: {_MISFIT.get(word, word)}"
        for id_type, word in words.items()
    )


_WORDS: dict[str, Callable[[Any], str]] = {
    "blocked": _blocked,
    "windowDays": _window_days,
    "protect": _protect,
    "caps": _caps,
    "misfit": _misfit,
}


_ABSENT = object()
CONFIGS = "identifierConfigs"
RULES = "matchingRules"
POLICIES = "options.policies."
"""What the paths of policies begin with."""

_FIELDS = {
    "normalization": "How values of {} are read before they are compared",
    "matchingAlgo": "Whether two values of {} must be equal, or may be similar",
    "matchingThreshold": "How similar two values of {} must be, in percent",
    "limit": "How many values of {} a profile keeps",
    "limitPolicy": "Which value of {} gives way in a full profile",
    "enforceUnique": "Whether a value of {} belongs to one person only",
}
_OPTIONS = {
    "match": "Which rules count, where several find a profile",
    "onInvalid": "What happens to a value that cannot be read",
    "defaultRegion": "The region of phone numbers without a country code",
}
_VALUES = {
    ("limitPolicy", "fifo"): "the oldest one",
    ("limitPolicy", "lifo"): "the newest one",
    ("matchingAlgo", "exact"): "equal",
    ("matchingAlgo", "fuzzy"): "similar",
    ("enforceUnique", True): "yes",
    ("enforceUnique", False): "no, several people may share it",
    ("normalization", "none"): "as they are",
    ("normalization", "trim"): "without blanks around them",
    ("normalization", "email"): "as e-mail addresses",
    ("normalization", "phone"): "as phone numbers",
    ("match", "all"): "all of them, and what they find is merged",
    ("match", "first"): "the first one only",
    ("onInvalid", "drop"): "it is left out",
    ("onInvalid", "keep"): "it is kept as it is",
    ("onInvalid", "refuse"): "its line is refused",
}


class Difference(msgspec.Struct, frozen=True):
    """A place that differs: its JSON path, the idType it is about (None: none), its field, and what it is, in words.

    ``left`` and ``right`` are the rules of either side where the place is ``matchingRules``, else empty.
    """

    path: str
    id_type: str | None
    field: str
    words: str
    before: str
    after: str
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    """Return each place that differs, in the order of the document. O(both).

    Each side has ``settings`` and ``options``. Configurations are told apart by idType, so that another order of
    them is one difference and not many, as is a type that only one side has; ``version`` counts revisions and is left
    out.
    """
    return [
        *_of_types(left["settings"], right["settings"]),
        *_of_rules(left, right),
        *_of_policies(left["settings"], right["settings"]),
        *_of_options(left, right),
    ]


def _of_types(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Difference]:
    one, other = ({each["idType"]: each for each in side[CONFIGS]} for side in (left, right))
    if one.keys() == other.keys() and [*one] != [*other]:
        words = "The order of the identifier types"
        yield Difference(f"order of {CONFIGS}", None, CONFIGS, words, ", ".join(one), ", ".join(other))
    for id_type in dict.fromkeys([*one, *other]):
        path = f"{CONFIGS}[{id_type}]"
        before, after = one.get(id_type), other.get(id_type)
        if before is None or after is None:
            words = f"Whether {id_type} is an identifier type"
            one_has, other_has = ("no" if each is None else "yes" for each in (before, after))
            yield Difference(path, id_type, CONFIGS, words, one_has, other_has)
            continue
        for field, words in _FIELDS.items():
            if before.get(field) != after.get(field):
                left_value, right_value = (_told(field, each.get(field)) for each in (before, after))
                yield Difference(f"{path}.{field}", id_type, field, words.format(id_type), left_value, right_value)


def _of_rules(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Difference]:
    one, other = (tuple(side["settings"][RULES]) for side in (left, right))
    if one != other:
        same = sorted(one) == sorted(other)
        words = "The order of the rules" if same else "What two records must share to be one person: one of these rules"
        yield Difference(RULES, None, RULES, words, "; ".join(one), "; ".join(other), one, other)


def _of_policies(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Difference]:
    one, other = (side.get("options", {}).get("policies", {}) for side in (left, right))
    for key in dict.fromkeys([*one, *other]):
        if one.get(key) != other.get(key):
            before, after = (policy_in_words(key, each.get(key)) for each in (one, other))
            yield Difference(f"{POLICIES}{key}", None, key, POLICY_TITLES[key], before, after)


def _of_options(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Difference]:
    one, other = left["options"], right["options"]
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            left_value, right_value = (_told(name, each.get(name)) for each in (one, other))
            yield Difference(f"options.{name}", None, name, _OPTIONS.get(name, name), left_value, right_value)


def axis_in_words(axis: str) -> str:
    """Return what an axis of a grid sets.

    >>> axis_in_words("phone.limit"), axis_in_words("policies.blocked")
    ('How many values of phone a profile keeps', 'Blocked values')
    """
    of, _, field = axis.rpartition(".")
    if of == "options":
        return _OPTIONS[field]
    if of == "policies":
        return POLICY_TITLES[field]
    return _FIELDS[field].format(of) if of else "What two records must share to be one person: one of these rules"


def _told(field: str, value: Any) -> str:
    return _VALUES.get((field, value)) or str(value)
