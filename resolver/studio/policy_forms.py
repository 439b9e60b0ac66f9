"""The form of policies: a field for each of them, also where a document has none yet.

>>> [node["label"] for node in policies_node({"protect": ["phone"]}, ["email", "phone"])["nodes"]]
['Blocked values', 'Protected types', 'Caps', 'Days of a window', 'What does not fit']
"""

from collections.abc import Mapping, Sequence
from typing import Any

from resolver.blocklist import EVERY_TYPE
from resolver.names import BlockedThen, Misfit
from resolver.policies import MOST_DAYS, PATH

Node = dict[str, Any]

POLICIES = tuple(PATH.split("."))
"""Where policies stand in a document, key by key."""


def policies_node(policies: Mapping[str, Any], id_types: Sequence[str]) -> Node:
    """Return the group of nodes for the policies of a document, by idType where they are.

    A node that ``isOptional`` has no key in the document where it is empty.
    """
    protected = policies.get("protect", [])
    windows, misfits, caps = (policies.get(key, {}) for key in ("windowDays", "misfit", "caps"))
    cap_nodes = [
        _number(("caps", "identifiers"), "Identifiers", caps.get("identifiers"), 1, "On one profile, of all types"),
        _number(("caps", "merges"), "Merges", caps.get("merges"), 0, "Profiles that one may take in"),
    ]
    window_nodes = [_number(("windowDays", each), each, windows.get(each), 1, "", MOST_DAYS) for each in id_types]
    misfit_choices = ["", *map(str, Misfit)]
    return {
        "kind": "group", "label": "Policies", "path": list(POLICIES), "nodes": [
            _blocked(policies.get("blocked", []), id_types),
            {
                "kind": "words", "label": "Protected types", "path": [*POLICIES, "protect"], "isOptional": True,
                "value": [protected] if isinstance(protected, str) else list(protected), "suggestions": [*id_types],
                "help": "A merge never takes these over their limit. * is all of them",
            },
            _group("caps", "Caps", cap_nodes),
            _group("windowDays", "Days of a window", window_nodes),
            _group("misfit", "What does not fit", [
                _choice((*POLICIES, "misfit", each), each, misfits.get(each, ""), misfit_choices) for each in id_types
            ]),
        ],
    }  # fmt: skip


def _blocked(entries: Sequence[Mapping[str, Any]], id_types: Sequence[str]) -> Node:
    return {
        "kind": "items", "label": "Blocked values", "path": [*POLICIES, "blocked"], "template": {"equals": []},
        "name": "equals", "placeholder": "info@example.com",
        "nodes": [_blocked_node(entry, place, id_types) for place, entry in enumerate(entries)],
    }  # fmt: skip


def _blocked_node(entry: Mapping[str, Any], place: int, id_types: Sequence[str]) -> Node:
    path: tuple[str | int, ...] = (*POLICIES, "blocked", place)
    nodes: list[Node] = [_choice((*path, "idType"), "Type", entry.get("idType", EVERY_TYPE), [EVERY_TYPE, *id_types])]
    if "equals" in entry:
        nodes.append({"kind": "words", "label": "Texts", "path": [*path, "equals"], "value": list(entry["equals"])})
    for key, label in (("matches", "Has the pattern"), ("unlessMatches", "Lacks the pattern")):
        if key in entry:
            nodes.append({"kind": "text", "label": label, "path": [*path, key], "value": entry[key]})
    nodes.append(
        _choice((*path, "then"), "Then", entry.get("then", str(BlockedThen.DROP)), list(map(str, BlockedThen)))
    )
    first = [*entry.get("equals", ()), entry.get("matches"), entry.get("unlessMatches"), "nothing"]
    label = next(each for each in first if each is not None)
    return {"kind": "group", "label": str(label), "path": list(path), "nodes": nodes, "isItem": True}


def _group(key: str, label: str, nodes: list[Node]) -> Node:
    return {"kind": "group", "label": label, "path": [*POLICIES, key], "nodes": nodes}


def _number(
    keys: tuple[str, str], label: str, value: int | None, lowest: int, told: str, highest: int | None = None
) -> Node:
    bounds = {"min": lowest} | ({} if highest is None else {"max": highest})
    path = [*POLICIES, *keys]
    return {"kind": "number", "label": label, "path": path, "value": value, "help": told, "isOptional": True, **bounds}


def _choice(path: tuple[str | int, ...], label: str, value: str, choices: list[str]) -> Node:
    offered = [*choices, *([] if value in choices else [value])]
    node: Node = {"kind": "choice", "label": label, "path": list(path), "value": value, "choices": offered}
    return node | ({"isOptional": True} if "" in choices else {})
