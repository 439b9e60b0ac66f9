"""Peers that work on columns: a loop that hands labels on, in SQL and in a data frame, and interning by sorting.

The loops are what a team writes that has its records in a warehouse: every event is an edge to the first event that has
its value; each round an event takes the smallest label around it, and then the label of that label, until none changes.
The table of the events exists before, as it does there.
"""

from importlib import import_module
from typing import Any

from benchmarks.events import Event
from benchmarks.peers.answer import Answer
from benchmarks.peers.workloads import Workload

EDGES = """
CREATE OR REPLACE TEMP TABLE edges AS
WITH held AS (SELECT event, kind, value FROM (UNPIVOT events ON COLUMNS(* EXCLUDE (event)) INTO NAME kind VALUE value))
SELECT DISTINCT event AS node, min(event) OVER (PARTITION BY kind, value) AS other FROM held;
CREATE OR REPLACE TEMP TABLE labels AS SELECT event AS node, event AS label FROM events;
"""
ROUND = """
CREATE OR REPLACE TEMP TABLE around AS
SELECT node, min(label) AS label FROM (
    SELECT edges.node, labels.label FROM edges JOIN labels ON labels.node = edges.other
    UNION ALL SELECT edges.other, labels.label FROM edges JOIN labels ON labels.node = edges.node
    UNION ALL SELECT node, label FROM labels
) GROUP BY node;
CREATE OR REPLACE TEMP TABLE further AS
SELECT around.node, least(around.label, beyond.label) AS label
FROM around JOIN around AS beyond ON beyond.node = around.label;
"""
CHANGED = "SELECT count(*) FROM further JOIN labels USING (node) WHERE further.label <> labels.label"


def duckdb_labels(workload: Workload, _: list[Event]) -> Answer:
    """Hand labels on in SQL, on DuckDB in memory."""
    duckdb = import_module("duckdb")
    table: Any = workload.table
    arrow = import_module("pyarrow")
    with duckdb.connect() as connection:
        connection.register("events", table.append_column("event", arrow.array(range(len(table)), arrow.int32())))
        connection.execute(EDGES)
        changed = 1
        while changed:
            connection.execute(ROUND)
            changed = connection.execute(CHANGED).fetchone()[0]
            connection.execute("CREATE OR REPLACE TEMP TABLE labels AS SELECT * FROM further")
        labels = connection.sql("SELECT label FROM labels ORDER BY node").to_arrow_table()
    return Answer(labels["label"].to_pylist())


def polars_labels(workload: Workload, _: list[Event]) -> Answer:
    """Hand labels on in data frames of polars."""
    polars: Any = import_module("polars")
    column = polars.col
    events = polars.from_arrow(workload.table).with_row_index("node")
    held = events.unpivot(index="node", variable_name="kind", value_name="value").drop_nulls("value")
    edges = held.select("node", other=column("node").min().over("kind", "value")).unique()
    both = polars.concat([edges, edges.select(node="other", other="node")])
    labels = events.select("node", label="node")
    while True:
        around = (
            polars.concat([labels, both.join(labels, left_on="other", right_on="node").select("node", "label")])
            .group_by("node")
            .agg(column("label").min())
        )
        beyond = around.select(label="node", beyond="label")
        further = around.join(beyond, on="label").select("node", label=polars.min_horizontal("label", "beyond"))
        further = further.sort("node")
        if further["label"].equals(labels["label"]):
            return Answer(labels["label"].to_list())
        labels = further


def numpy_interned(_: Workload, events: list[Event]) -> Answer:
    """Number all texts by sorting them, and use scipy.sparse.csgraph.connected_components on events and texts."""
    numpy, sparse = import_module("numpy"), import_module("scipy.sparse")
    csgraph = import_module("scipy.sparse.csgraph")
    texts = [text for event in events for text in event.values()]
    owners = numpy.fromiter((n for n, event in enumerate(events) for _ in event), dtype=numpy.int32, count=len(texts))
    different, codes = numpy.unique(numpy.array(texts), return_inverse=True)
    nodes = len(events) + len(different)
    graph = sparse.csr_array(
        (numpy.ones(len(texts), dtype=numpy.int8), (owners, codes + len(events))), shape=(nodes, nodes)
    )
    return Answer(csgraph.connected_components(graph, directed=False)[1][: len(events)].tolist())
