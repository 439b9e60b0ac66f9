"""Graph: connected components of edges between 64-bit nodes, in plain operations on frames.

Every round maps each node to its smallest neighbour and keeps the edges between different ones, until few enough are
left for one task. Labels are hashes, so no order of input makes it slow.
"""

from collections.abc import Iterator
from typing import Any

from resolver.spark.packages import arrow, functions, numpy
from resolver.spark.work import Work

ROWS = 100_000
MOST_ROUNDS = 60


def labels_of(edges: Any, work: Work, finish_edges: int) -> Any | None:
    """Return the smallest node of its component for each node of *edges* (``a long, b long``); None without edges.

    In one task at most *finish_edges* edges are handled, with some 140 bytes each. The result, ``node long, comp
    long``, is written into *work*, and so is every round.
    """
    f = functions()
    edges = work.stored(edges, "edges-0")
    count = edges.count()
    steps: list[Any] = []
    while count > finish_edges and len(steps) < MOST_ROUNDS:
        number = len(steps) + 1
        both = edges.union(edges.select(f.col("b").alias("a"), f.col("a").alias("b")))
        step = work.stored(
            both.groupBy(f.col("a").alias("node"))
            .agg(f.min("b").alias("least"))
            .select("node", f.least("node", "least").alias("to")),
            f"step-{number}",
        )
        one = step.select(f.col("node").alias("a"), f.col("to").alias("to_a"))
        other = step.select(f.col("node").alias("b"), f.col("to").alias("to_b"))
        moved = edges.join(one, "a").join(other, "b").where("to_a <> to_b")
        edges = work.stored(
            moved.select(f.least("to_a", "to_b").alias("a"), f.greatest("to_a", "to_b").alias("b")).distinct(),
            f"edges-{number}",
        )
        steps.append(step)
        count = edges.count()
    labels = work.stored(edges.coalesce(1).mapInArrow(finished, "node long, comp long"), "last") if count else None
    for number, step in reversed([*enumerate(steps, 1)]):
        if labels is None:
            labels = step.select("node", f.col("to").alias("comp"))
            continue
        above = labels.select(f.col("node").alias("to"), "comp")
        joined = step.join(above, "to", "left").select("node", f.coalesce("comp", "to").alias("comp"))
        labels = work.stored(joined, f"labels-{number}")
    return labels


def with_labels(homes: Any, labels: Any | None) -> Any:
    """Return the components of lines, those that were joined by the name of what they became."""
    if labels is None:
        return homes
    f = functions()
    joined = homes.join(labels.withColumnRenamed("node", "component"), "component", "left")
    return joined.select("line", f.coalesce("comp", "component").alias("component"))


def finished(batches: Iterator[Any]) -> Iterator[Any]:
    """Return the labels of all edges that come, in one task."""
    np, pa = numpy(), arrow()
    ends: tuple[list[Any], list[Any]] = [], []
    for batch in batches:
        for side in (0, 1):
            ends[side].append(batch.column(side).to_numpy())
    if not ends[0]:
        return
    nodes, labels = local_components(np.concatenate(ends[0]), np.concatenate(ends[1]))
    for start in range(0, len(nodes), ROWS):
        part = slice(start, start + ROWS)
        yield pa.RecordBatch.from_arrays([pa.array(nodes[part]), pa.array(labels[part])], ["node", "comp"])


def local_components(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the nodes of edges between *a* and *b*, and of each the smallest node of its component. O(edges log n).

    >>> import numpy
    >>> [each.tolist() for each in local_components(numpy.array([5, 7, 1]), numpy.array([3, 5, 2]))]
    [[1, 2, 3, 5, 7], [1, 1, 3, 3, 3]]
    """
    np = numpy()
    nodes, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    one, other = places[: len(a)], places[len(a) :]
    label = np.arange(len(nodes))
    while len(one):
        step = np.arange(len(nodes))
        np.minimum.at(step, np.maximum(one, other), np.minimum(one, other))
        while not (step[step] == step).all():
            step = step[step]
        label = step[label]
        one, other = step[one], step[other]
        differ = one != other
        one, other = one[differ], other[differ]
    return nodes, nodes[label]
