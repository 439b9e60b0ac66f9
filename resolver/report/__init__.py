"""Reports: one self-contained HTML page that shows what a simulation found.

The page opens from disk, asks the network for nothing, and can be read without colour.
"""

from resolver.report.comparison import comparison_report
from resolver.report.health import health_report
from resolver.report.masking import Mask, masked
from resolver.report.page import Provenance
from resolver.report.sweep import sweep_report

__all__ = ["Mask", "Provenance", "comparison_report", "health_report", "masked", "sweep_report"]
