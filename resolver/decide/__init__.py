"""Deciding: from a command and a view of the state to the outcome it would have; nothing is touched.

``DECISIONS`` has one pure function per command. What it reads of a store is the ``View`` protocol; what it would
change it changes on a ``Draft``, a working copy of the one profile that the command is about. The facts of the
outcome are the plan: applying them to the state is all that execution adds, and a preview is a plan that is not
applied.
"""

from resolver.decide.commands import DECISIONS
from resolver.decide.view import View

__all__ = ["DECISIONS", "View"]
