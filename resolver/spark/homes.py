"""Homes: the component of each line, by what ties at once, by what lines name, and by combinations.

Combinations go round by round: components that offer the values of a compound rule between them become one (R7).
"""

from typing import Any

import attrs

from resolver.coupling import Combination
from resolver.spark.graph import labels_of, with_labels
from resolver.spark.packages import functions
from resolver.spark.reading import Couplings, How
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
    return _joined_by_combinations(tied, homes, couplings, rounds.work, rounds.finish_edges, rounds.most_combinations)


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


# Combinations


def _joined_by_combinations(
    tied: Any, homes: Any, couplings: Couplings, place: Work, finish_edges: int, most: int
) -> str:
    """Write the components of lines after no two of them offer a combination between them any more.

    *homes* is what the table ``homes-0`` has. Returns the name of the table that was written last.

    Where one component has more than *most* combinations of a rule, every value of its rarest shared type ties instead,
    which is coarser, and as exact.
    """
    f = functions()
    offered = tied.where(f.size(f.coalesce("types", f.array().cast("array<int>"))) > 0).select(
        "line", f.explode(f.arrays_zip("types", "texts")).alias("each")
    )
    offered = place.stored(
        offered.select("line", f.col("each.types").alias("type"), f.col("each.texts").alias("text")).distinct(),
        "offered",
    )
    round_, whole = 0, list(couplings.combinations)
    single: list[int] = []
    while True:
        round_ += 1
        values = offered.join(homes, "line").select("component", "type", "text").distinct()
        values = place.stored(values, f"values-{round_}")
        for types in [types for types in whole if _most(values, _numbers(types, couplings)) > most]:
            whole.remove(types)
            single.append(_rarest(values, _numbers(types, couplings)))
        keyed = [_combinations_of(values, _numbers(types, couplings), number) for number, types in enumerate(whole)]
        keyed += [_combinations_of(values, [number], -1 - number) for number in dict.fromkeys(single)]
        every = keyed[0]
        for other in keyed[1:]:
            every = every.union(other)
        every = place.stored(every, f"combined-{round_}")
        least = every.groupBy("key").agg(f.min("component").alias("a"))
        edges = every.join(least, "key").select("a", f.col("component").alias("b")).where("a <> b").distinct()
        labels = labels_of(edges, place.below(f"graph-{round_}"), finish_edges)
        if labels is None:
            return f"homes-{round_ - 1}"
        homes = place.stored(with_labels(homes, labels), f"homes-{round_}")


def _numbers(types: Combination, couplings: Couplings) -> list[int]:
    return [couplings.numbers[id_type] for id_type in types]


def _most(values: Any, numbers: list[int]) -> int:
    """How many combinations the component with the most of them has."""
    f = functions()
    counted = values.where(f.col("type").isin(numbers)).groupBy("component", "type").agg(f.count("*").alias("n"))
    product = f.round(f.exp(f.sum(f.log("n"))))
    products = counted.groupBy("component").agg(product.alias("n"), f.count("*").alias("types"))
    found = products.where(f.col("types") == len(numbers)).agg(f.max("n").alias("n")).collect()[0]["n"]
    return int(found or 0)


def _rarest(values: Any, numbers: list[int]) -> int:
    """The type whose values are shared by the fewest pairs of components."""
    f = functions()
    shared = values.where(f.col("type").isin(numbers)).groupBy("type", "text").agg(f.count("*").alias("n"))
    pairs = shared.groupBy("type").agg(f.sum(f.col("n") * (f.col("n") - 1)).alias("pairs"))
    return int(min(pairs.collect(), key=lambda row: (row["pairs"], row["type"]))["type"])


def _combinations_of(values: Any, numbers: list[int], mark: int) -> Any:
    """Return the combinations that components offer, each as 64 bits: ``component long, key long``."""
    f = functions()
    found = values.where(f.col("type") == numbers[0]).select("component", f.col("text").alias("text_0"))
    for place, number in enumerate(numbers[1:], 1):
        other = values.where(f.col("type") == number).select("component", f.col("text").alias(f"text_{place}"))
        found = found.join(other, "component")
    texts = [f.col(f"text_{place}") for place in range(len(numbers))]
    return found.select("component", f.xxhash64(f.lit(mark), *texts).alias("key"))
