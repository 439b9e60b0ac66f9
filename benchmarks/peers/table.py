"""The rows of the comparison: add one here, and the command runs it, checks it and draws it."""

from collections.abc import Callable
from importlib.util import find_spec

import attrs

from benchmarks.events import Event
from benchmarks.peers import batches, columns, forests, ours
from benchmarks.peers.answer import Answer
from benchmarks.peers.batches import batch
from benchmarks.peers.workloads import Workload

ALL = "nothing of this list"
EVERYTHING_ELSE = "order of time, survivor, limits and policies, removal, explanations"
TABLE = "one event at a time: the table is read as a whole, and a row is always a resolve"
BATCH = f"one event at a time, {EVERYTHING_ELSE}"
SCORES = f"{BATCH}; made for scoring uncertain pairs, which we do not do"


@attrs.frozen
class Peer:
    """One row: its name, how it runs, what it does not do, and the packages it needs."""

    name: str
    run: Callable[[Workload, list[Event]], Answer]
    lacks: str
    packages: tuple[str, ...] = ()
    ours: bool = False

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [package for package in self.packages if find_spec(package) is None]


PEERS = (
    Peer("floor: one look-up a value", ours.floor, "everything: it groups nothing"),
    Peer("resolver, `Engine.execute`", ours.execute, ALL, ours=True),
    Peer("resolver, `replay` of commands", ours.replayed, ALL, ours=True),
    Peer("resolver, `replay` of an Arrow table", ours.replayed_table, TABLE, ("pyarrow",), ours=True),
    Peer("networkx `UnionFind`", forests.networkx_union_find, EVERYTHING_ELSE, ("networkx",)),
    Peer("disjoint-set", forests.disjoint_set, EVERYTHING_ELSE, ("disjoint_set",)),
    Peer("networkx `connected_components`", batch(batches.networkx_components), BATCH, ("networkx",)),
    Peer("scipy", batch(batches.scipy_components), BATCH, ("scipy",)),
    Peer("numpy sorts, scipy groups", columns.numpy_interned, BATCH, ("numpy", "scipy")),
    Peer("DuckDB, a loop over labels, of an Arrow table", columns.duckdb_labels, BATCH, ("duckdb", "pyarrow")),
    Peer("polars, a loop over labels, of an Arrow table", columns.polars_labels, BATCH, ("polars", "pyarrow")),
    Peer("rustworkx", batch(batches.rustworkx_components), BATCH, ("rustworkx",)),
    Peer("igraph", batch(batches.igraph_components), BATCH, ("igraph",)),
    Peer("splink on DuckDB", batch(batches.splink_clusters), SCORES, ("splink", "duckdb")),
    Peer("dedupe", batch(batches.dedupe_components), SCORES, ("dedupe",)),
    Peer("recordlinkage", batch(batches.recordlinkage_components), SCORES, ("recordlinkage",)),
)
