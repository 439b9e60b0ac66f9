"""Graph files: GraphML, which most graph tools read, and node-link JSON, which programs read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx


def write_graph(graph: "nx.MultiDiGraph[str]", path: str | Path) -> None:
    """Write a graph, by the file's suffix: ``.graphml`` or ``.json`` (node-link).

    Either reads back as the same graph, with ``networkx.read_graphml`` or ``networkx.node_link_graph``.
    ``ValueError`` for another suffix, ``OSError``.
    """
    SUFFIXES[suffix_of(path)](graph, Path(path))


def suffix_of(path: str | Path) -> str:
    """Return the suffix that tells the format; ``ValueError`` for one that names none.

    >>> suffix_of("group.GraphML")
    '.graphml'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path}: suffix {suffix!r} names no graph format; expected {' or '.join(SUFFIXES)}")
    return suffix


def _graphml(graph: "nx.MultiDiGraph[str]", path: Path) -> None:
    import networkx as nx

    nx.write_graphml(graph, path, named_key_ids=True)


def _node_link(graph: "nx.MultiDiGraph[str]", path: Path) -> None:
    import networkx as nx

    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges"), indent=1) + "\n", encoding="utf-8")


SUFFIXES: "dict[str, Callable[[nx.MultiDiGraph[str], Path], None]]" = {".graphml": _graphml, ".json": _node_link}
"""The suffixes that ``write_graph`` knows."""
