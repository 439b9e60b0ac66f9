"""Every error that the package raises on purpose, sorted by who must act.

A command that raises one of these changed nothing (I7).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from resolver.display import displayed
from resolver.names import IdType


class ResolverError(Exception):
    """Base of every error below; never raised itself."""

    outcomes: Sequence[Any] | None = None
    """Where ``execute_many`` raises it: the outcomes of the commands before the one that failed, whose index is their
    number. Any other exception that ends a batch has this attribute too."""


class InvalidSettings(ResolverError, ValueError):
    """The operator must correct the settings.

    ``path`` names the place in the API's words (``identifierConfigs[2].limit``), ``value`` is what stood
    there and ``allowed`` what would have been right. ``is_missing`` says that nothing stood there, ``in_json``
    that values are to be spelled as in the JSON document that they came from.

    >>> str(InvalidSettings("idType", None, "a string", is_missing=True))
    'idType: it is missing; expected a string'
    >>> str(InvalidSettings("enforceUnique", None, "true or false", in_json=True))
    'enforceUnique: null is not allowed; expected true or false'
    """

    def __init__(
        self, path: str, value: object, allowed: str, *, is_missing: bool = False, in_json: bool = False
    ) -> None:
        super().__init__(path, value, allowed)
        self.path = path
        self.value = value
        self.allowed = allowed
        self.is_missing = is_missing
        self.in_json = in_json
        self.file: str | None = None

    def __str__(self) -> str:
        allowed = self.allowed.replace("'", '"') if self.in_json else self.allowed
        fault = "it is missing" if self.is_missing else f"{shown(self.value, in_json=self.in_json)} is not allowed"
        return f"{self.path or 'settings'}: {fault}; expected {allowed}"

    def under(self, prefix: str) -> "InvalidSettings":
        """Return the same error, placed one level deeper: ``limit`` becomes ``identifierConfigs[2].limit``."""
        return self._with(path=f"{prefix}.{self.path}" if self.path else prefix)

    def of_file(self, name: str, place: str = "") -> "InvalidSettings":
        """Return the same error, its path led by the name of the JSON file that it is in, and the *place* there.

        One that is of a file already stays as it is.
        """
        if self.file is not None:
            return self
        where = f"{name}: {place}: " if place else f"{name}: "
        found = self._with(path=f"{where}{self.path or 'settings'}", in_json=True)
        found.file = name
        return found

    def as_json(self) -> "InvalidSettings":
        """Return the same error, its values spelled as JSON."""
        return self._with(path=self.path, in_json=True)

    def _with(self, *, path: str, in_json: bool = False) -> "InvalidSettings":
        spelled = in_json or self.in_json
        return InvalidSettings(path, self.value, self.allowed, is_missing=self.is_missing, in_json=spelled)


class InvalidCommand(ResolverError, ValueError):
    """A command is malformed: an unknown operation, a missing field, two fields that exclude each other."""


class InvalidTime(ResolverError, ValueError):
    """A time is neither an aware ``datetime`` nor integer milliseconds (section 11)."""


class InvalidIdentifier(ResolverError, ValueError):
    """A value cannot be normalized (N1 to N5), or a command is left without any (R5).

    ``all_blocked`` is True for a command that is left without any because the policies block each of its values (P1).
    """

    def __init__(self, message: str, *, all_blocked: bool = False) -> None:
        super().__init__(message)
        self.all_blocked = all_blocked


class IdentifierBlocked(ResolverError, ValueError):
    """A command gives a value that the policies block, and they refuse the whole command for it (P1).

    ``id_type`` and ``value`` are what was given.
    """

    def __init__(self, message: str, *, id_type: IdType = "", value: str = "") -> None:
        super().__init__(message)
        self.id_type = id_type
        self.value = value


class SuppressedIdentifier(ResolverError, ValueError):
    """A command gives an identifier that is suppressed (P13).

    Its text is not repeated: ``digest`` is what the store knows of it.
    """

    def __init__(self, message: str, *, id_type: IdType = "", digest: str = "") -> None:
        super().__init__(message)
        self.id_type = id_type
        self.digest = digest


class UnknownIdentifierType(ResolverError, LookupError):
    """An idType is not configured, and no profile holds a value of it where that would do (A7, S2).

    ``id_type`` is that type.
    """

    def __init__(self, message: str, *, id_type: IdType = "") -> None:
        super().__init__(message)
        self.id_type = id_type


class IdentifierNotFound(ResolverError, LookupError):
    """The value to replace or remove is not on the profile (A5, A6)."""


class IdentifierConflict(ResolverError):
    """A unique value belongs to another profile, and no rule lets the two merge (A3), or the policies do not (P6).

    ``id_type`` names the type that has no such rule, ``owner`` the canonical profile that holds the value;
    ``by_policies`` is True where the policies keep the two apart.
    """

    def __init__(
        self, message: str, *, id_type: IdType = "", value: str = "", owner: str = "", by_policies: bool = False
    ) -> None:
        super().__init__(message)
        self.id_type = id_type
        self.value = value
        self.owner = owner
        self.by_policies = by_policies


class ProfileNotFound(ResolverError, LookupError):
    """A profile id was never given to a profile, or its profile was deleted (A7, M7)."""


class ProfileExists(ResolverError):
    """A new profile was to get an id that was used before."""


class InvalidHistory(ResolverError, ValueError):
    """A history file cannot be read as a whole; a single bad line is rejected instead and never raises this."""


class NotEnoughMemory(ResolverError, MemoryError):
    """A history does not fit into the memory that this process may take.

    ``needed`` is how many bytes it would take in all, as far as that was seen; ``allowed`` how many there may be, 0
    where nobody knows.
    """

    def __init__(self, message: str, *, needed: int = 0, allowed: int = 0) -> None:
        super().__init__(message)
        self.needed = needed
        self.allowed = allowed


class NotInParts(ResolverError, ValueError):
    """A history cannot be cut into parts that are replayed apart, under these settings or for one of its lines."""


class ComponentTooLarge(NotInParts):
    """One component of a history has more lines than one task may replay.

    ``lines`` is how many it has, ``total`` how many there are, ``glue`` its most frequent values: idType, value, and
    the number of lines that offer it.

    >>> ComponentTooLarge("too large", lines=30, total=100, glue=[("email", "info@example.com", 20)]).glue
    (('email', 'info@example.com', 20),)
    """

    def __init__(
        self, message: str, *, lines: int = 0, total: int = 0, glue: Sequence[tuple[IdType, str, int]] = ()
    ) -> None:
        super().__init__(message)
        self.lines = lines
        self.total = total
        self.glue = tuple(glue)


class UnequalWorkers(ResolverError):
    """A worker has other versions than the driver of the libraries on which results depend (I6)."""


class InvalidSnapshot(ResolverError, ValueError):
    """Bytes are no snapshot, a damaged one, or one that needs a normalizer that was not given."""


class OtherVersions(UserWarning):
    """A snapshot was made with other library versions, which may normalize or compare a value differently (I6)."""


def stopped_batch(error: BaseException, outcomes: Sequence[Any]) -> None:
    """Note on an error that it ended a batch at the command after those with these *outcomes*, which it gets.

    >>> error = InvalidTime("no time")
    >>> stopped_batch(error, ["one", "two"])
    >>> error.outcomes, error.__notes__
    (['one', 'two'], ['execute_many was stopped at index 2; the commands before it were executed, and no other'])
    """
    try:
        vars(error)["outcomes"] = outcomes
        error.add_note(
            f"execute_many was stopped at index {len(outcomes)}; the commands before it were executed, and no other"
        )
    except MemoryError:  # then the error itself comes as it is
        pass


def profile_not_found(profile_id: object) -> ProfileNotFound:
    """Return the error for an id that no profile has (A7, M7).

    >>> profile_not_found("p1")
    ProfileNotFound("no profile 'p1': it was never created, or it was deleted")
    """
    return ProfileNotFound(f"no profile {safe_repr(profile_id)}: it was never created, or it was deleted")


def unknown_identifier_type(id_type: Any, configured: Iterable[IdType]) -> UnknownIdentifierType:
    """Return the error for an idType that is none of those *configured* (A7).

    >>> unknown_identifier_type("fax", ["email", "phone"])
    UnknownIdentifierType("idType 'fax' is not configured (configured: email, phone)")
    """
    message = f"idType {safe_repr(id_type)} is not configured (configured: {', '.join(configured)})"
    return UnknownIdentifierType(message, id_type=id_type)


def nothing_left(dropped: int, blocked: int = 0) -> InvalidIdentifier:
    """The error for a resolve without identifiers, or of which so many were left out that none is left (R5, P1).

    *blocked* is how many of those *dropped* were blocked; the others were unreadable.

    >>> nothing_left(0)
    InvalidIdentifier('resolve needs at least one identifier')
    """
    why = "unreadable and dropped" if not blocked else "blocked" if blocked == dropped else "unreadable or blocked"
    return InvalidIdentifier(
        "resolve needs at least one identifier" + (f"; all {dropped} given were {why}" if dropped else ""),
        all_blocked=0 < dropped == blocked,
    )


def blocked_identifier(id_type: IdType, value: str) -> IdentifierBlocked:
    """The error for a command that gives a blocked value, where the policies refuse such a command (P1).

    >>> blocked_identifier("email", "null")
    IdentifierBlocked("email 'null' is blocked, and the policies refuse every command that gives it")
    """
    return IdentifierBlocked(
        f"{id_type} {shown(value)} is blocked, and the policies refuse every command that gives it",
        id_type=id_type,
        value=value,
    )


def suppressed_identifier(id_type: IdType, digest: str) -> SuppressedIdentifier:
    """The error for a command that gives a suppressed identifier (P13).

    >>> suppressed_identifier("email", "0123456789abcdef")
    SuppressedIdentifier('the email with the digest 0123456789abcdef is suppressed; expected no command that gives it')
    """
    return SuppressedIdentifier(
        f"the {id_type} with the digest {digest} is suppressed; expected no command that gives it",
        id_type=id_type,
        digest=digest,
    )


def nobody_named(op: str) -> InvalidIdentifier:
    """The error for a command without identifiers that is to name people by them (P12, P13).

    >>> nobody_named("erase")
    InvalidIdentifier('erase needs at least one identifier')
    """
    return InvalidIdentifier(f"{op} needs at least one identifier")


def nothing_free(id_type: IdType, value: str, owner: str) -> IdentifierConflict:
    """The error for a new profile that would hold nothing, with the first of its identifiers (R5)."""
    return IdentifierConflict(
        f"every identifier belongs to another profile ({id_type} {value!r} to {owner!r}), and no "
        f"matching rule on {id_type!r} finds it; nothing would be left for a new profile",
        id_type=id_type,
        value=value,
        owner=owner,
    )


def nothing_fits(id_type: IdType, value: str, owner: str) -> IdentifierConflict:
    """The error for a new profile that would hold nothing, as the policies refuse all of its identifiers (R5, P4)."""
    return IdentifierConflict(
        f"every identifier belongs to another profile ({id_type} {value!r} to {owner!r}), and the policies let none "
        "of them join it; nothing would be left for a new profile",
        id_type=id_type,
        value=value,
        owner=owner,
        by_policies=True,
    )


def does_not_fit(id_type: IdType, value: str, owner: str, reason: str) -> IdentifierConflict:
    """The error for a value of another profile, with which this one does not fit together (P6).

    >>> does_not_fit("phone", "1", "p1", "merges")
    IdentifierConflict("phone '1' belongs to profile 'p1', and the policies do not let the two merge (merges)")
    """
    return IdentifierConflict(
        f"{id_type} {value!r} belongs to profile {owner!r}, and the policies do not let the two merge ({reason})",
        id_type=id_type,
        value=value,
        owner=owner,
        by_policies=True,
    )


def executed_a_command() -> InvalidCommand:
    """Return the error for a callback that used the engine for a command of its own."""
    return InvalidCommand("a callback of the engine (new_id, clock, normalizer) executed a command of its own")


def safe_repr(value: object) -> str:
    """The ``repr`` of a value; the name of its type where that fails.

    >>> safe_repr("p1"), safe_repr(10**5000)
    ("'p1'", '<int>')
    """
    try:
        return repr(value)
    except Exception:  # an integer of more digits than Python converts, or whatever the object's own repr raises
        return f"<{type(value).__name__}>"


def shown(value: object, longest: int = 80, *, in_json: bool = False) -> str:
    """Return a value as messages show it: its ``repr``, or JSON, cut when it is long.

    >>> shown("x" * 100, longest=10), shown(None, in_json=True)
    ("'xxxxxx...", 'null')
    """
    try:
        text = json.dumps(value, ensure_ascii=False, default=repr) if in_json else repr(value)
    except Exception:  # an integer of more digits than Python converts, or whatever the object's own repr raises
        text = f"a very long {type(value).__name__}"
    if "\n" in text:  # the repr of an array or a frame
        text = " ".join(text.split())
    text = displayed(text)
    return text if len(text) <= longest else text[: longest - 3] + "..."
