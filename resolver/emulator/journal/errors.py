"""What can go wrong with a database file, sorted by who must act."""

from resolver.errors import ResolverError


class JournalRefused(ResolverError):  # noqa: N818 - the shape of the package's other error names
    """The operator must look at the database file; nothing in it was repaired."""


class JournalDamaged(JournalRefused):
    """What stands in the file is not what was written there."""


class JournalInUse(JournalRefused):
    """Another process owns the file."""
