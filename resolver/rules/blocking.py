"""Blocking: which values of an idType are no identifiers, and what a command does that gives one (P1)."""

from collections.abc import Sequence

from resolver.errors import InvalidIdentifier
from resolver.names import BlockedThen, IdType, Value
from resolver.patterns import LONGEST_TEXT, Patterns
from resolver.policies import EVERY_TYPE, Blocked, Policies
from resolver.rules.checks import Normalization


class Blocking:
    """What the policies say of the values of one idType.

    >>> from resolver.rules import normalize
    >>> policies = Policies(blocked=["segment", Blocked(equals=["+13170000000"], then="refuse")])
    >>> phones = Blocking.of(policies, "phone", lambda raw: normalize("phone", raw))
    >>> [str(phones.of_value(raw)) for raw in (" null", "317 000 0000", "317 555 6789")]
    ['drop', 'refuse', 'None']
    """

    __slots__ = ("_dropping", "_normalize", "_refusing")

    def __init__(self, entries: Sequence[Blocked], normalize: Normalization) -> None:
        self._normalize = normalize
        self._refusing = _Conditions([entry for entry in entries if entry.then is BlockedThen.REFUSE])
        self._dropping = _Conditions([entry for entry in entries if entry.then is BlockedThen.DROP])

    @classmethod
    def of(cls, policies: Policies, id_type: IdType, normalize: Normalization) -> "Blocking | None":
        """What policies say of an idType; None where they block none of its values."""
        entries = [entry for entry in policies.blocked if entry.id_type in (id_type, EVERY_TYPE)]
        return cls(entries, normalize) if entries else None

    def of_value(self, raw: object) -> BlockedThen | None:
        """What a command does that gives a value: None if it is not blocked."""
        try:
            form = self._normalize(raw)
        except InvalidIdentifier:
            return self.judged(raw, None)
        return self.judged(raw, form)

    def judged(self, raw: object, form: Value | None) -> BlockedThen | None:
        """The same, where its normalized form is known, None if it has none; a ``refuse`` goes before a ``drop``."""
        given = raw.strip() if type(raw) is str else _without_ends(raw)
        if given is None:
            return None
        if self._refusing.hit(given, form):
            return BlockedThen.REFUSE
        return BlockedThen.DROP if self._dropping.hit(given, form) else None

    def has_stored(self, text: Value) -> bool:
        """Whether a text that is stored, its own normalized form, is blocked: it was stored before it was."""
        return self._refusing.hit(text, text) or self._dropping.hit(text, text)


def _without_ends(raw: object) -> str | None:
    """A string of any class without white space at its ends; None for what is none."""
    return str.strip(raw) if isinstance(raw, str) else None


class _Conditions:
    """The conditions of entries that do the same."""

    __slots__ = ("_equal", "_found", "_is_empty", "_wanted")

    def __init__(self, entries: Sequence[Blocked]) -> None:
        self._is_empty = not entries
        self._equal = frozenset([text for entry in entries for text in entry.equals or ()])
        patterns = [entry.matches for entry in entries if entry.matches is not None]
        self._found = Patterns(patterns) if patterns else None
        self._wanted = [Patterns([each.unless_matches]) for each in entries if each.unless_matches is not None]

    def hit(self, given: str, form: Value | None) -> bool:
        """Whether one of them hits a value, given without white space at its ends, with its normalized form.

        A text longer than any value is looked for in lists only; one without a normalized form lacks nothing there.
        """
        if self._is_empty:
            return False
        if self._has(given) or (form is not None and form != given and self._has(form)):
            return True
        return form is not None and any(not wanted.found_in(form) for wanted in self._wanted)

    def _has(self, text: str) -> bool:
        if text in self._equal:
            return True
        return self._found is not None and len(text) <= LONGEST_TEXT and self._found.found_in(text)
