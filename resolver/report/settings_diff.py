"""What two settings documents say differently: each place with its JSON path, and in words.

>>> left = {"settings": {"identifierConfigs": [{"idType": "phone", "limit": 100}], "matchingRules": ["phone"]}}
>>> right = {"settings": {"identifierConfigs": [{"idType": "phone", "limit": 3}], "matchingRules": ["phone"]}}
>>> (found,) = differences({**left, "options": {}}, {**right, "options": {}})
>>> found.path, found.words, found.before, found.after
('identifierConfigs[phone].limit', 'How many values of phone a profile keeps', '100', '3')
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from resolver.report.policy_words import POLICY_TITLES, policy_in_words

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
