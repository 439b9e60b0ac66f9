"""Codes: the small integers that the columns hold.

``codes.pxd`` says the same to the compiler; a test compares them.
"""

from resolver.kernel.rows import HoldRow, ProfileRow, TypeNumber, ValueRow

# Instead of a row.
NOBODY = ProfileRow(-1)
"""No profile."""
NO_VALUE = ValueRow(-1)
NO_HOLD = HoldRow(-1)
NO_TYPE = TypeNumber(-1)
SHARED = ProfileRow(-2)
"""In ``owner``: several profiles hold the value; ``sharers`` has them."""

# What a command did: ``fact`` holds one of these for each fact.
CREATED = 0
ADDED = 1
REMOVED = 2
REPLACED = 3
EVICTED = 4
MERGED = 5
CONFLICT = 6
"""A value was refused because another profile holds it (A3)."""
FULL = 7
"""A value was refused because the limit would remove it at once (L1)."""

REFUSED = 8
"""A value was refused under policies: it does not fit, or others hold it; ``extra`` has why, and whose it is (P5)."""
MOVED = 9
"""A value was taken away, since another profile got it (P5)."""

# Why a value is refused, or is a misfit, under policies.
FITS = 0
"""It is not."""
OVER_LIMIT = 1
OVER_WINDOW = 2
TOO_MANY_IDENTIFIERS = 3
TOO_MANY_MERGES = 4
IS_DEMOTED = 5
"""A value of a higher rank was a misfit, and its type asks for that (P4)."""
HELD_BY_OTHERS = 6

# What becomes of a misfit, by its type (P5); up to ``REFUSE_REST`` it is refused where others hold it.
REFUSE = 0
REFUSE_REST = 1
MOVE = 2
SHARE = 3

# What became of the command, on the whole (section 8); a larger one wins over a smaller one.
IS_UNCHANGED = 0
IS_UPDATED = 1
IS_MERGED = 2
IS_CREATED = 3

# Instead of a profile's row: why a command is refused.
COLLIDES = ProfileRow(-3)
"""A unique value of another profile, and no rule lets the two merge (A3)."""

# Instead of the number of a rule.
COLLISION_RULE = -1
"""A collision joined the profiles, not a rule (A3)."""

# Where a command stands.
IDLE = 0
CHANGING = 1
"""The undo log says how to take everything back."""
RELEASING = 2
"""The command is whole; what it no longer needs is being freed."""

# What an entry of the undo log restores.
OWNER = 0
PARENT = 1
HEAD = 2
TAIL = 3
SIZE = 4
RING = 5
NEXT = 6
SHARER_IN = 7
SHARER_OUT = 8
SHARED_BY_TWO = 9
ONE_LEFT = 10
PAIR_IN = 11
PAIR_OUT = 12

# Instead of anything else.
NONE = -1
"""Nothing there: no place, no number, a free slot."""

# No code: where the way of doing something changes.
FEW = 16
"""So many entries are told apart one by one; more are sorted, since comparing each with each would cost too much."""
AHEAD = 512
"""For so many entries at a time memory is looked at before they are worked on: what is fetched then still is there."""
