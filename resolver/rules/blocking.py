"""Blocking: which values of an idType are no identifiers, and what a command does that gives one (P1)."""

from collections.abc import Iterable, Sequence

from resolver.blocklist import EVERY_TYPE, Blocked
from resolver.names import BlockedThen, IdType, Value, plain_text
from resolver.patterns import LONGEST_TEXT, Patterns
from resolver.policies import Policies
from resolver.rules.checks import Memory


class Blocking:
    """What the policies say of the values of one idType.

    >>> policies = Policies(blocked=["segment", Blocked(equals=["+13170000000"], then="refuse")])
    >>> phones = Blocking.of(policies, "phone")
    >>> str(phones.judged(" null", None)), str(phones.judged("317 000 0000", "+13170000000"))
    ('drop', 'refuse')
    """

    __slots__ = ("_allowed", "_dropping", "_memory", "_refusing")

    def __init__(self, entries: Sequence[Blocked]) -> None:
        self._refusing = _Conditions.of(entries, BlockedThen.REFUSE)
        self._dropping = _Conditions.of(entries, BlockedThen.DROP)
        self._memory = Memory()
        self._allowed = self._memory.answers
        """Texts that are not blocked, each with its normalized form, which is another text."""

    @classmethod
    def of(cls, policies: Policies, id_type: IdType) -> "Blocking | None":
        """What policies say of an idType; None where they block none of its values."""
        entries = [entry for entry in policies.blocked if entry.id_type in (id_type, EVERY_TYPE)]
        return cls(entries) if entries else None

    def judged(self, raw: object, form: Value | None) -> BlockedThen | None:
        """What a command does that gives a value: None if it is not blocked; a ``refuse`` goes before a ``drop``.

        *form* is what would be stored of it: its normalized form, or what ``keep`` keeps (N8); None if there is none.
        """
        given = _without_ends(raw)
        if given is None:
            return None
        if self._refusing is not None and self._refusing.hit(given, form):
            return BlockedThen.REFUSE
        return BlockedThen.DROP if self._dropping is not None and self._dropping.hit(given, form) else None

    def allowed(self, raw: object) -> Value | None:
        """The normalized form of a text that was allowed before; None for any other text."""
        return self._allowed.get(raw) if self._allowed and type(raw) is str else None

    def allow(self, raw: object, form: Value) -> None:
        """Remember a text that is not blocked, if it is not its own normalized form: a stored text needs no look."""
        if raw is not form and type(raw) is str and raw != form:
            self._memory.put(raw, form)

    def forget(self, values: Iterable[Value]) -> None:
        """Forget all texts with one of these normalized forms."""
        if self._allowed:
            for value in values:
                self._memory.forget(value)

    def has_stored(self, text: Value) -> bool:
        """Whether a text that is stored, its own form, is blocked: it was stored before it was."""
        return self.judged(text, text) is not None


def _without_ends(raw: object) -> str | None:
    """A string of any class without white space at its ends; None for what is none."""
    text: str | None = raw if type(raw) is str else plain_text(raw)
    if text is None:
        return None
    last = len(text) - 1
    if last >= 0 and 32 < ord(text[0]) < 127 and 32 < ord(text[last]) < 127:
        return text  # nearly always, and it is quicker to see
    return text.strip()


class _Conditions:
    """The conditions of entries that do the same."""

    __slots__ = ("_equal", "_found", "_least", "_longest", "_most", "_wanted")

    def __init__(self, entries: Sequence[Blocked]) -> None:
        self._equal = frozenset([text for entry in entries for text in entry.equals or ()])
        self._least = min(map(len, self._equal), default=0)
        self._most = max(map(len, self._equal), default=-1)
        """Only texts of these lengths can be in the list."""
        self._longest = LONGEST_TEXT
        patterns = [entry.matches for entry in entries if entry.matches is not None]
        self._found = Patterns(patterns) if patterns else None
        self._wanted = [Patterns([each.unless_matches]) for each in entries if each.unless_matches is not None]

    @classmethod
    def of(cls, entries: Sequence[Blocked], then: BlockedThen) -> "_Conditions | None":
        """The conditions of those entries that do this; None where there is none."""
        chosen = [entry for entry in entries if entry.then is then]
        return cls(chosen) if chosen else None

    def hit(self, given: str, form: Value | None) -> bool:
        """Whether one of them hits a value, given without white space at its ends, with the form that would be stored.

        A text longer than any value is looked for in lists only; one without a form lacks nothing there.
        """
        if self._has(given):
            return True
        if form is None:
            return False
        if form is not given and form != given and self._has(form):
            return True
        for wanted in self._wanted:  # noqa: SIM110 - compiled, a generator would cost more than the look
            if not wanted.found_in(form):
                return True
        return False

    def _has(self, text: str) -> bool:
        size = len(text)
        if self._least <= size <= self._most and text in self._equal:
            return True
        return self._found is not None and size <= self._longest and self._found.found_in(text)
