"""Marks: the integers that stand in the columns of a bulk replay beside those of the kernel (``kernel.codes``).

``marks.pxd`` says the same to the compiler; a test compares them.
"""

NOW = -(1 << 63)
"""The time of an event that has none: that of the applied event before it (section 11)."""

# Instead of a value: what became of a raw text.
UNREADABLE = -1
"""The normalization refuses it."""
UNKNOWN = -2
"""Its idType is not configured."""
NOTHING = -3
"""The idType was named without a value."""

# Facts that no profile has, beside those of the kernel.
INVALID = 8
"""An identifier was left out, as it is unreadable (N8)."""

# Why an event was refused as a whole; stands where its facts would.
NOT_READABLE = 9
NOT_CONFIGURED = 10
NOTHING_LEFT = 11
NOTHING_FREE = 12

# What became of an event, beside what the kernel says.
IS_REJECTED = 4
