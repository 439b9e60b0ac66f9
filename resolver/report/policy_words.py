"""Policies in words: what one key of a settings document's policies says, for somebody who does not read JSON.

>>> policy_in_words("blocked", [{"idType": "phone", "equals": ["+13170000000"]}, {"matches": "^0+$"}])
"phone +13170000000; values of every type in which the pattern '^0+$' is found"
>>> policy_in_words("caps", {"merges": 3}), policy_in_words("protect", "*"), policy_in_words("misfit", "move")
('at most 3 merged profiles', 'the limit of every type', 'it moves to the profile that is given it')
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
