"""Batch peers: they take a finished graph, so all texts are made to integers first, and the call itself is timed too.

Every event gives an edge from its first value to each of its others; the label of the first value is the event's.
"""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from time import process_time
from typing import Any

from benchmarks.events import Event
from benchmarks.peers.answer import Answer
from benchmarks.peers.workloads import Workload

Edges = tuple[list[int], list[int]]
Call = Callable[[], Any]
Labels = Sequence[Any]
Prepare = Callable[[int, Edges], tuple[Call, Callable[[Any], Labels]]]
"""From the number of nodes and the edges: the call that is timed, and what reads a label per node off its result."""


def batch(prepare: Prepare) -> Callable[[Workload, list[Event]], Answer]:
    """Make a row of a peer that groups a whole graph at once."""

    def run(_: Workload, events: list[Event]) -> Answer:
        numbers: dict[str, int] = {}
        firsts: list[int] = []
        left: list[int] = []
        right: list[int] = []
        for identifiers in events:
            first, *others = [numbers.setdefault(value, len(numbers)) for value in identifiers.values()]
            firsts.append(first)
            for other in others:
                left.append(first)
                right.append(other)
        call, labelled = prepare(len(numbers), (left, right))
        start = process_time()
        result = call()
        core = process_time() - start
        labels = labelled(result)
        return Answer([labels[first] for first in firsts], core)

    return run


def networkx_components(nodes: int, edges: Edges) -> tuple[Call, Callable[[Any], Labels]]:
    """Use networkx.connected_components; the graph is built outside the call."""
    networkx = import_module("networkx")
    graph = networkx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(zip(*edges, strict=True))
    return lambda: list(networkx.connected_components(graph)), lambda groups: _from_groups(nodes, groups)


def scipy_components(nodes: int, edges: Edges) -> tuple[Call, Callable[[Any], Labels]]:
    """Use scipy.sparse.csgraph.connected_components."""
    sparse, numpy = import_module("scipy.sparse"), import_module("numpy")
    csgraph = import_module("scipy.sparse.csgraph")
    left, right = (numpy.asarray(side, dtype=numpy.int32) for side in edges)
    graph = sparse.csr_array((numpy.ones(len(left), dtype=numpy.int8), (left, right)), shape=(nodes, nodes))
    return lambda: csgraph.connected_components(graph, directed=False)[1], lambda labels: labels.tolist()


def rustworkx_components(nodes: int, edges: Edges) -> tuple[Call, Callable[[Any], Labels]]:
    """Use rustworkx.connected_components."""
    rustworkx = import_module("rustworkx")
    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from_no_data(list(zip(*edges, strict=True)))
    return lambda: rustworkx.connected_components(graph), lambda groups: _from_groups(nodes, groups)


def igraph_components(nodes: int, edges: Edges) -> tuple[Call, Callable[[Any], Labels]]:
    """Use igraph's connected_components."""
    graph = import_module("igraph").Graph(n=nodes, edges=list(zip(*edges, strict=True)))
    return lambda: graph.connected_components().membership, lambda labels: labels


def splink_clusters(nodes: int, edges: Edges) -> tuple[Call, Callable[[Any], Labels]]:
    """Use splink's clustering of given pairs, on DuckDB in memory."""
    pandas, splink = import_module("pandas"), import_module("splink")
    clustering = import_module("splink.clustering")
    import_module("logging").getLogger("splink").setLevel("ERROR")
    node_table = pandas.DataFrame({"unique_id": range(nodes)})
    edge_table = pandas.DataFrame({"unique_id_l": edges[0], "unique_id_r": edges[1]})
    database = splink.DuckDBAPI()

    def call() -> Any:
        tables = [node_table, edge_table]
        if hasattr(database, "register"):
            tables = [database.register(table) for table in tables]
        clusters = clustering.cluster_pairwise_predictions_at_threshold(*tables, database, "unique_id")
        return clusters.as_pandas_dataframe()

    return call, lambda frame: frame.set_index("unique_id")["cluster_id"].sort_index().tolist()


def recordlinkage_components(nodes: int, edges: Edges) -> tuple[Call, Callable[[Any], Labels]]:
    """Use recordlinkage.ConnectedComponents."""
    pandas, recordlinkage = import_module("pandas"), import_module("recordlinkage")
    pairs = pandas.MultiIndex.from_arrays(edges)
    return (
        lambda: recordlinkage.ConnectedComponents().compute(pairs),
        lambda groups: _from_groups(nodes, ({node for pair in group for node in pair} for group in groups)),
    )


def dedupe_components(nodes: int, edges: Edges) -> tuple[Call, Callable[[Any], Labels]]:
    """Use dedupe.clustering.connected_components, without its limit on the size of a component."""
    numpy, clustering = import_module("numpy"), import_module("dedupe.clustering")
    scored = numpy.zeros(len(edges[0]), dtype=[("pairs", "i8", 2), ("score", "f4")])
    scored["pairs"] = numpy.asarray(edges, dtype="i8").T
    scored["score"] = 0.9

    def call() -> Any:
        found = clustering.connected_components(scored, nodes + 1)
        return [set(group["pairs"].ravel().tolist()) for group in found]

    return call, lambda groups: _from_groups(nodes, groups)


def _from_groups(nodes: int, groups: Iterable[Iterable[int]]) -> Labels:
    labels = list(range(nodes))
    for group in groups:
        label = min(members) if (members := list(group)) else 0
        for node in members:
            labels[node] = label
    return labels
