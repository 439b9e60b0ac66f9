"""Marks: the integers that stand in the columns of a replay beside those of the kernel (``kernel.codes``).

``marks.pxd`` says the same to the compiler; a test compares them.
"""

from resolver.kernel.rows import ProfileRow

NOW = -(1 << 63)
"""The time of a command that has none: that of the applied command before it (section 11)."""

# What a command is.
RESOLVE = 0
"""A resolve that the loop carries out by itself."""
OTHER = 1
"""Any other command, and a resolve that is out of the ordinary: it is kept as the object that was given."""

# Instead of a value: what became of a raw text.
UNREADABLE = -1
"""The normalization refuses it."""
UNKNOWN = -2
"""Its idType is not configured."""
NOTHING = -3
"""The idType was named without a value."""
UNASKED = -4
"""It was not read yet under the settings in force."""
BLOCKED = -6
"""It is blocked, and left out (P1)."""
BLOCKS = -7
"""It is blocked, and a command that gives it is refused (P1)."""

# Instead of a profile: the loop leaves the command to be executed by itself.
LEFT = ProfileRow(-5)
# Or the command was read, and may be carried out.
READ = ProfileRow(-8)

# Facts beside those of the kernel.
INVALID = 10
"""An identifier was left out, as it is unreadable (N8)."""
DELETED = 17
SETTINGS = 18
SUPPRESSED = 19
UNSUPPRESSED = 20
LEFT_OUT = 16
"""An identifier was left out, as it is blocked (P1)."""

# Why a command was refused as a whole; stands where its facts would.
NOT_READABLE = 11
NOT_CONFIGURED = 12
NOTHING_LEFT = 13
NOTHING_FREE = 14
NOT_ALLOWED = 15
"""A value is blocked, and the policies refuse the command (P1)."""

# What became of a command, beside what the kernel says.
IS_REJECTED = 4
IS_DELETED = 5
IS_SETTINGS = 6

# Which facts are looked for, by their kind.
ABOUT = 1
"""Those that are about some profiles."""
ALWAYS = 2
"""All of them."""

# What is known of a changed group while two runs are compared.
UNSEEN = 0
"""Nothing differed yet."""
NOTED = 1
"""The command under way differs for it."""
FOLLOWED = 2
"""It is counted how its refs are grouped."""
PARTED = 3
