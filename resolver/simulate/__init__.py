"""Simulation: replay a history of identifiers under any settings, and compare what became of it.

>>> run = replay([{"ref": "crm:1", "identifiers": {"email": "ada@example.com"}}])
>>> list(run.assignments)
['crm:1']
"""

from resolver.history import History, read_history
from resolver.simulate.causes import Cause
from resolver.simulate.compare import Change, Changes, Comparison, compare
from resolver.simulate.explain import Explanation, explain
from resolver.simulate.health import Health, health
from resolver.simulate.judgement import Judged, Judgement, PairErrors, errors, judge, pair_errors
from resolver.simulate.loaded import load_run
from resolver.simulate.order import Dependence, order
from resolver.simulate.replay import replay
from resolver.simulate.run import Run
from resolver.simulate.settings_documents import PRESETS, load_settings, options_to_json, preset
from resolver.simulate.steps import Rejection, Step
from resolver.simulate.summary import Summary
from resolver.simulate.suspects import Suspect, Suspects, suspects
from resolver.simulate.sweep import Grid, Sweep, read_grid, read_truth, sweep

__all__ = [
    "PRESETS",
    "Cause",
    "Change",
    "Changes",
    "Comparison",
    "Dependence",
    "Explanation",
    "Grid",
    "Health",
    "History",
    "Judged",
    "Judgement",
    "PairErrors",
    "Rejection",
    "Run",
    "Step",
    "Summary",
    "Suspect",
    "Suspects",
    "Sweep",
    "compare",
    "errors",
    "explain",
    "health",
    "judge",
    "load_run",
    "load_settings",
    "options_to_json",
    "order",
    "pair_errors",
    "preset",
    "read_grid",
    "read_history",
    "read_truth",
    "replay",
    "suspects",
    "sweep",
]
