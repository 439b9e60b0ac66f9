"""Combinations: components that offer the values of a compound rule between them become one (R7), round by round."""

from typing import Any

from resolver.coupling import Combination
from resolver.spark.graph import labels_of, with_labels
from resolver.spark.packages import functions
from resolver.spark.reading import Couplings
from resolver.spark.work import Work


def joined_by_combinations(
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
        keyed = [_combined(values, _numbers(types, couplings), number) for number, types in enumerate(whole)]
        keyed += [_combined(values, [number], -1 - number) for number in dict.fromkeys(single)]
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


def _combined(values: Any, numbers: list[int], mark: int) -> Any:
    """Return the combinations that components offer, each as 64 bits: ``component long, key long``."""
    f = functions()
    found = values.where(f.col("type") == numbers[0]).select("component", f.col("text").alias("text_0"))
    for place, number in enumerate(numbers[1:], 1):
        other = values.where(f.col("type") == number).select("component", f.col("text").alias(f"text_{place}"))
        found = found.join(other, "component")
    texts = [f.col(f"text_{place}") for place in range(len(numbers))]
    return found.select("component", f.xxhash64(f.lit(mark), *texts).alias("key"))
