"""Replays beyond one machine: the same answers on Apache Spark, or on whatever speaks its DataFrame API.

A history is cut into components (``resolver.coupling``), these are packed into parts, and each part is replayed by the
library itself in one task. Facts, ids, assignments and totals are those of one process, however Spark distributes,
repeats or orders the work. Nothing of Spark is imported before it is asked for.
"""

from resolver.spark.compare import SparkComparison, compare
from resolver.spark.lines import number_lines, read_lines
from resolver.spark.parts import Parts, components
from resolver.spark.replay import replay
from resolver.spark.run import SparkRun
from resolver.spark.since import load_run
from resolver.spark.sweep import sweep

__all__ = [
    "Parts",
    "SparkComparison",
    "SparkRun",
    "compare",
    "components",
    "load_run",
    "number_lines",
    "read_lines",
    "replay",
    "sweep",
]
