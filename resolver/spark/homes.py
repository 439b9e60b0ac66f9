"""Homes: the component of each line, by what ties at once, by what lines name, and by combinations."""

from typing import Any

import attrs

from resolver.spark.combinations import joined_by_combinations
from resolver.spark.graph import labels_of, with_labels
from resolver.spark.packages import functions
from resolver.spark.reading import How
from resolver.spark.work import Work

HOMES = "line long, component long"


@attrs.frozen
class Rounds:
    """Where components are found round by round, and how much of it one task does."""

    work: Work
    finish_edges: int
    most_combinations: int


def homes_of(tied: Any, how: How, rounds: Rounds) -> str:
    """Write the component of each line; the name of the table, with the columns of ``HOMES``."""
    work = rounds.work
    named = work.stored(_exploded(tied, "names").select("node").distinct(), "named")
    keyed = work.stored(_keyed(tied, named), "keyed")
    labels = labels_of(_pairs(keyed).distinct(), work.below("graph"), rounds.finish_edges)
    homes = with_labels(keyed.select("line", functions().col("key").alias("component")), labels)
    return _combined(tied, homes, how, rounds)


def homes_with(new: Any, tied: Any, homes: Any, every: Any, how: How, rounds: Rounds) -> str:
    """Write the component of each line of a history that got new lines; the name of the table.

    *tied* and *homes* are of the lines before, *new* are the ties of the others, *every* those of all. Of the lines
    before only those are looked at that share something with new ones; combinations are looked for among all.
    """
    f, work = functions(), rounds.work
    names = _exploded(new, "names").select("node")
    named = work.stored(names.union(_exploded(tied, "names").select("node")).distinct(), "named")
    keyed = work.stored(_keyed(new, named), "keyed")
    nodes = work.stored(_exploded(keyed, "keys").select("node").distinct(), "nodes")
    held = _exploded(tied, "nodes").union(_exploded(tied, "names")).join(nodes, "node")
    offered = _exploded(tied, "offers").join(names.distinct(), "node")
    met = held.select("line", "node").union(offered.select("line", "node")).join(homes, "line")
    pairs = _pairs(keyed).union(met.select(f.col("node").alias("a"), f.col("component").alias("b")).where("a <> b"))
    labels = labels_of(pairs.distinct(), work.below("graph"), rounds.finish_edges)
    both = homes.union(keyed.select("line", f.col("key").alias("component")))
    return _combined(every, with_labels(both, labels), how, rounds)


def _combined(tied: Any, homes: Any, how: How, rounds: Rounds) -> str:
    homes, couplings = rounds.work.stored(homes, "homes-0"), how.couplings()
    if not couplings.combinations:
        return "homes-0"
    return joined_by_combinations(tied, homes, couplings, rounds.work, rounds.finish_edges, rounds.most_combinations)


def _keyed(tied: Any, named: Any) -> Any:
    """Return what ties each line, also what it offers and some line names: ``line, keys, key``, the least of them."""
    f = functions()
    none = f.array().cast("array<bigint>")
    columns = [f.coalesce(name, none).alias(name) for name in ("nodes", "names", "offers")]
    keyed, hit = tied.select("line", *columns), none
    if named.limit(1).count():
        hits = _exploded(tied, "offers").join(named, "node")
        keyed = keyed.join(hits.groupBy("line").agg(f.collect_list("node").alias("hits")), "line", "left")
        hit = f.coalesce("hits", none)
    keys = f.array_distinct(f.concat("nodes", "names", hit))
    own = f.coalesce(f.array_min("keys"), f.element_at("offers", 1))
    return keyed.select("line", keys.alias("keys"), "offers").select("line", "keys", own.alias("key"))


def _exploded(frame: Any, name: str) -> Any:
    """Return the nodes in a column of lists, each with its line: ``line long, node long``."""
    return frame.select("line", functions().explode(name).alias("node"))


def _pairs(keyed: Any) -> Any:
    f = functions()
    pairs = keyed.where(f.size("keys") > 1).select(f.col("key").alias("a"), f.explode("keys").alias("b"))
    return pairs.where("a <> b")
