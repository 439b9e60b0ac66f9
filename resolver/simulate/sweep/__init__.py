"""Sweep: one history under many settings, measured, with the best of them marked."""

from resolver.simulate.sweep.chart import scatter
from resolver.simulate.sweep.grid import Grid, GridSetting, read_grid
from resolver.simulate.sweep.measures import Measures, Objective
from resolver.simulate.sweep.result import Row, Sweep
from resolver.simulate.sweep.study import sweep, with_moved
from resolver.simulate.truth import Agreement, Truth, agreement, read_truth

__all__ = [
    "Agreement",
    "Grid",
    "GridSetting",
    "Measures",
    "Objective",
    "Row",
    "Sweep",
    "Truth",
    "agreement",
    "read_grid",
    "read_truth",
    "scatter",
    "sweep",
    "with_moved",
]
