"""Differences: where two settings documents, options included, say something else.

>>> from resolver import IdentifierConfig, Settings
>>> settings = [Settings([IdentifierConfig("email", limit=limit)], ["email"]) for limit in (100, 3)]
>>> differences(*({"settings": each.to_json(), "options": {"match": "all"}} for each in settings))
[('identifierConfigs[email].limit', '100', '3')]
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

ABSENT = "not there"

_CONFIGS = "identifierConfigs"


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Give (path, left, right), the values as JSON, for each place that differs. O(both).

    Each side has ``settings`` and ``options``. Configurations are told apart by idType, so that another order of
    them is one difference and not many; ``version`` counts revisions and is left out.
    """
    one, other = dict(_paths(left)), dict(_paths(right))
    return [
        (path, one.get(path, ABSENT), other.get(path, ABSENT))
        for path in dict.fromkeys([*one, *other])
        if one.get(path) != other.get(path)
    ]


def _paths(side: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    settings = side["settings"]
    configs = settings[_CONFIGS]
    yield f"order of {_CONFIGS}", ", ".join(config["idType"] for config in configs)
    for config in configs:
        for field, value in config.items():
            if field != "idType":
                yield f"{_CONFIGS}[{config['idType']}].{field}", _json(value)
    yield "matchingRules", ", ".join(settings["matchingRules"])
    for name, value in side["options"].items():
        yield f"options.{name}", _json(value)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
