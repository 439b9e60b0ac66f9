"""Forms: what a person may change in a settings document, made from the document and from what settings are.

A form is a list of nodes, each with its ``kind``, ``label`` and ``path`` in the document: ``group`` (``nodes``),
``items`` (groups that come and go), ``flag``, ``number`` (``min``, ``max``), ``choice`` (``choices``), ``text``,
``words`` (a list of texts in an order that counts). A part of a document that is not known here has a form by its JSON
types, so what settings learn later has one too.

>>> from resolver.settings import Settings
>>> email = form_of(Settings.defaults().to_json())[1]["nodes"][0]
>>> email["label"], [node["label"] for node in email["nodes"]][2:4]
('email', ['Limit', 'When full'])
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import EnumType
from typing import Any, get_type_hints

import attrs
from phonenumbers import SUPPORTED_REGIONS

from resolver.json_documents import camel
from resolver.names import Match, OnInvalid
from resolver.rules.normalization import BUILT_IN
from resolver.settings import MOST_CONFIGS, MOST_RULES, IdentifierConfig, Whole
from resolver.studio.policy_forms import POLICIES, policies_node

Node = dict[str, Any]
Path = tuple[str | int, ...]

_LABELS: dict[str, tuple[str, str]] = {
    "limit": ("Limit", "How many values of this type a profile keeps"),
    "limitPolicy": ("When full", "fifo: the oldest leaves; lifo: the newcomer is refused"),
    "enforceUnique": ("Unique", "A value belongs to one profile only, and proves a person alone"),
    "normalization": ("Normalization", "What is done to a value before it is stored or compared"),
    "matchingAlgo": ("Comparison", "exact: equal values match; fuzzy: similar ones too"),
    "matchingThreshold": ("Similarity from", "How like two values must be to match, of 100; for fuzzy types"),
    "onInvalid": ("Unreadable values", "refuse the event, drop the value, or keep it as it is"),
    "match": ("Rules that may match", "all of them, or the first that finds a profile"),
    "defaultRegion": ("Phone region", "Of numbers without a country code"),
}
_ORDER = ("enforceUnique", "normalization", "limit", "limitPolicy", "matchingAlgo", "matchingThreshold")
_OPTIONS: dict[str, tuple[Sequence[str], str]] = {
    "onInvalid": (tuple(map(str, OnInvalid)), str(OnInvalid.DROP)),
    "match": (tuple(map(str, Match)), str(Match.ALL)),
    "defaultRegion": (tuple(sorted(SUPPORTED_REGIONS)), "US"),
}
"""The engine's options beside settings: what each may be, and what a replay takes where a document does not say."""

_SAID_ELSEWHERE = ("identifierConfigs", "matchingRules", "version", "options")


def form_of(document: Mapping[str, Any], other: Mapping[str, Any] | None = None) -> list[Node]:
    """Return the form of a settings document with its options; where it differs from an *other* one, nodes say so.

    ``was`` is then what the other one has there.
    """
    rules = {
        "kind": "words", "label": "Matching rules", "path": ["matchingRules"], "value": document["matchingRules"],
        "help": "Tried in this order, for example: email, phone AND lastName", "most": MOST_RULES,
        "suggestions": [config["idType"] for config in document["identifierConfigs"]],
    }  # fmt: skip
    configs = document["identifierConfigs"]
    types = {
        "kind": "items", "label": "Identifier types", "path": ["identifierConfigs"], "most": MOST_CONFIGS,
        "template": IdentifierConfig("..").to_json(), "name": "idType",
        "nodes": [_config_node(config, ("identifierConfigs", place)) for place, config in enumerate(configs)],
    }  # fmt: skip
    options = document.get("options", {})
    known = [_node(("options", name), options.get(name, usual), choices) for name, (choices, usual) in _OPTIONS.items()]
    names = [config["idType"] for config in configs]
    policies = policies_node(options.get(POLICIES[-1], {}), names)
    more = [_node(("options", name), each) for name, each in options.items() if name not in (*_OPTIONS, POLICIES[-1])]
    rest = [_node((name,), value) for name, value in document.items() if name not in _SAID_ELSEWHERE]
    engine = {"kind": "group", "label": "Options", "path": ["options"], "nodes": [*known, *more]}
    nodes: list[Node] = [rules, types, policies, engine, *rest]
    if other is not None:
        _mark(nodes, document, other)
    return nodes


def _config_node(config: Mapping[str, Any], path: Path) -> Node:
    fields = {camel(field.name): field for field in attrs.fields(IdentifierConfig)}
    hints = get_type_hints(IdentifierConfig)
    nodes = []
    for key in (*_ORDER, *(key for key in fields if key not in (*_ORDER, "idType"))):
        field = fields[key]
        kind = hints[field.name]
        choices = _members(kind) if isinstance(kind, EnumType) else []
        node = _node((*path, key), config[key], BUILT_IN if key == "normalization" else choices)
        if isinstance(field.validator, Whole):
            node |= {"min": field.validator.lowest, "max": field.validator.highest}
        nodes.append(node)
    return {"kind": "group", "label": config["idType"], "path": list(path), "nodes": nodes, "isItem": True}


def _members(kind: EnumType) -> list[str]:
    members: Iterable[Any] = kind
    return [str(member) for member in members]


def _node(path: Path, value: Any, choices: Sequence[str] = ()) -> Node:
    """Return the node of a value: by its choices, else by what kind of JSON it is."""
    label, told = _LABELS.get(str(path[-1]), (str(path[-1]), ""))
    node: Node = {"label": label, "path": list(path), "help": told}
    if isinstance(value, Mapping):
        return {**node, "kind": "group", "nodes": [_node((*path, key), each) for key, each in value.items()]}
    if isinstance(value, list | tuple):
        if all(isinstance(each, str) for each in value):
            return {**node, "kind": "words", "value": list(value)}
        return {**node, "kind": "group", "nodes": [_node((*path, place), each) for place, each in enumerate(value)]}
    if choices:
        offered = [*choices, *([] if value in choices else [value])]
        return {**node, "kind": "choice", "value": value, "choices": offered}
    if isinstance(value, bool):
        return {**node, "kind": "flag", "value": value}
    if isinstance(value, int):
        return {**node, "kind": "number", "value": value}
    return {**node, "kind": "text", "value": "" if value is None else str(value)}


def _mark(nodes: Sequence[Node], document: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Note on each node what another document has in its place, where that differs; types are found by their names."""
    names = [config["idType"] for config in document["identifierConfigs"]]
    theirs = {config["idType"]: config for config in other["identifierConfigs"]}
    for node in nodes:
        path = node["path"]
        if path[:1] == ["identifierConfigs"] and len(path) > 1:
            config = theirs.get(names[path[1]])
            found = _ABSENT if config is None else _at(config, path[2:])
        else:
            found = _at(other, path)
            if found is _ABSENT and path[:1] == ["options"] and len(path) > 1 and path[1] in _OPTIONS:
                found = _OPTIONS[path[1]][1]
        if node.get("isOptional") and found is _ABSENT:
            found = _EMPTY[node["kind"]]
        if "value" in node and found is not _ABSENT and found != node["value"]:
            node["was"] = found
        elif found is _ABSENT and len(path) == 2 and tuple(path) != POLICIES:
            node["isNew"] = True
        _mark(node.get("nodes", ()), document, other)


_ABSENT: Any = object()
_EMPTY: dict[str, Any] = {"number": None, "choice": "", "words": []}
"""What a node that is optional has where the document has nothing."""


def _at(document: Any, path: Sequence[str | int]) -> Any:
    for key in path:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return document


def known_part(document: Mapping[str, Any]) -> Node:
    """Return a document without what is not known here, in which values of people may stand.

    >>> known_part({"identifierConfigs": [], "matchingRules": [], "options": {"match": "all", "blocked": ["Ada"]}})
    {'identifierConfigs': [], 'matchingRules': [], 'options': {'match': 'all'}}
    """
    known = {name: value for name, value in document.items() if name in _SAID_ELSEWHERE}
    if "options" in known:
        known["options"] = {name: value for name, value in known["options"].items() if name in _OPTIONS}
    return known
