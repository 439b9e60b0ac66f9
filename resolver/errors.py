"""Every error that the package raises on purpose, sorted by who must act.

A command that raises one of these changed nothing (I7).
"""

from resolver.names import IdType, ProfileId


class ResolverError(Exception):
    """Base of every error below; never raised itself."""


class InvalidSettings(ResolverError, ValueError):
    """The operator must correct the settings.

    ``path`` names the place in the API's words (``identifierConfigs[2].limit``), ``value`` is what stood
    there and ``allowed`` what would have been right.
    """

    def __init__(self, path: str, value: object, allowed: str) -> None:
        super().__init__(path, value, allowed)
        self.path = path
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.path or 'settings'}: {_shown(self.value)} is not allowed; expected {self.allowed}"

    def under(self, prefix: str) -> "InvalidSettings":
        """Give the same error, placed one level deeper: ``limit`` becomes ``identifierConfigs[2].limit``."""
        return InvalidSettings(f"{prefix}.{self.path}" if self.path else prefix, self.value, self.allowed)


class InvalidCommand(ResolverError, ValueError):
    """A command is malformed: an unknown operation, a missing field, two fields that exclude each other."""


class InvalidTime(ResolverError, ValueError):
    """A time is neither an aware ``datetime`` nor integer milliseconds (section 11)."""


class InvalidIdentifier(ResolverError, ValueError):
    """A value cannot be normalized (N1 to N5), or a command is left without any (R5)."""


class UnknownIdentifierType(ResolverError, LookupError):
    """An idType is not configured, and no profile holds a value of it where that would do (A7, S2)."""


class IdentifierNotFound(ResolverError, LookupError):
    """The value to replace or remove is not on the profile (A5, A6)."""


class IdentifierConflict(ResolverError):
    """A unique value belongs to another profile, and no rule lets the two merge (A3).

    ``id_type`` names the type that has no such rule, ``owner`` the canonical profile that holds the value.
    """

    def __init__(self, message: str, *, id_type: IdType = "", value: str = "", owner: ProfileId = "") -> None:
        super().__init__(message)
        self.id_type = id_type
        self.value = value
        self.owner = owner


class ProfileNotFound(ResolverError, LookupError):
    """A profile id was never given to a profile, or its profile was deleted (A7, M7)."""


class ProfileExists(ResolverError):
    """A new profile was to get an id that was used before."""


class InvalidHistory(ResolverError, ValueError):
    """A history file cannot be read as a whole; a single bad line is rejected instead and never raises this."""


class InvalidSnapshot(ResolverError, ValueError):
    """Bytes are no snapshot, a damaged one, or one that needs a normalizer that was not given."""


class OtherVersions(UserWarning):
    """A snapshot was made with other library versions, which may normalize or compare a value differently (I6)."""


def _shown(value: object, longest: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= longest else text[: longest - 3] + "..."
