"""Order: which records' groups depend on the order in which lines arrive."""

from resolver.simulate.order.study import FULL, INSTANT, Dependence, Finding, Moved, Witness, moved, order

__all__ = ["FULL", "INSTANT", "Dependence", "Finding", "Moved", "Witness", "moved", "order"]
