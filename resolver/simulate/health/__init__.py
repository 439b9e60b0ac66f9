"""Health: what in a run deserves a look, with the evidence and the command that shows more."""

from resolver.simulate.health.check import health, health_of_files, summary_of_files
from resolver.simulate.health.joints import Joint
from resolver.simulate.health.report import Bulk, Collapse, Health, MergingValue, Presented, SharedValue

__all__ = [
    "Bulk",
    "Collapse",
    "Health",
    "Joint",
    "MergingValue",
    "Presented",
    "SharedValue",
    "health",
    "health_of_files",
    "summary_of_files",
]
