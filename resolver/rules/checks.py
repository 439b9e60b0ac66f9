"""What stands around every normalization: checks of what goes in and comes out, and a bounded memory (N1, N7, N9)."""

from collections.abc import Callable
from typing import Any, TypeAlias

from resolver.errors import InvalidIdentifier, shown
from resolver.names import Value, plain_text

Normalization: TypeAlias = Callable[[object], Value]
"""A normalization with the checks of N1 around it; raises ``InvalidIdentifier``."""

OwnNormalizer: TypeAlias = Callable[[str], str]
"""A user's normalization: a pure function; what it raises means that the text is no such identifier (N9)."""

LONGEST = 255


def is_whole(raw: object) -> bool:
    """Whether something is a text of 1 to 255 characters (N1)."""
    if type(raw) is not str:
        return False
    text = raw
    return 0 < len(text) <= LONGEST


def plain_string(raw: object) -> str:
    """Return a string as one of exactly that class; ``InvalidIdentifier`` for anything else (N1)."""
    text = plain_text(raw)  # of a subclass too, whatever methods of its own it has
    if text is None:
        raise InvalidIdentifier(f"{shown(raw)} is not a string of 1..{LONGEST} characters")
    return text


def checked(name: str, function: Callable[[str], str]) -> Normalization:
    """Put the checks of N1 around a function.

    >>> checked("lower", str.lower)("AB")
    'ab'
    """

    def normalize(raw: object) -> Value:
        if type(raw) is not str:
            raw = plain_string(raw)
        if not is_whole(raw):
            raise InvalidIdentifier(f"{shown(raw)} has {len(raw)} characters; expected 1..{LONGEST}")
        value: Any = function(raw)
        if not is_whole(value):
            raise InvalidIdentifier(
                f"{shown(raw)} has {len(value)} characters after normalization {name!r}; expected 1..{LONGEST}"
            )
        found: Value = value  # a call of ``Value`` would take as long as many a normalization
        return found

    return normalize


def checked_own(name: str, function: OwnNormalizer) -> Callable[[str], str]:
    """Wrap a user's function so that it keeps N7 and raises what an engine expects.

    >>> checked_own("halved", lambda text: text[: len(text) // 2])("abcd")
    Traceback (most recent call last):
        ...
    resolver.errors.InvalidIdentifier: 'abcd' becomes 'ab' under 'halved', which would change again
    """

    def call(raw: str) -> str:
        try:
            given = function(raw)
            value = plain_text(given)
            again = value if value is None or not 0 < len(value) <= LONGEST else function(value)
        except MemoryError:  # which says nothing of the value
            raise
        except Exception as error:
            raise InvalidIdentifier(f"{shown(raw)} is refused by normalization {name!r}: {error}") from error
        if value is None:
            raise InvalidIdentifier(f"normalization {name!r} made {shown(given)} of {shown(raw)}; expected a string")
        if again != value:
            raise InvalidIdentifier(f"{shown(raw)} becomes {value!r} under {name!r}, which would change again")
        return value

    return call


REMEMBERED = 1 << 16
"""How many answers, and how many refusals, are remembered."""


class Memory:
    """A bounded memory of which value each text was read as. When it is full it is emptied.

    >>> memory = Memory()
    >>> memory.put(" a", "a"), memory.answers.get(" a"), memory.forget("a"), memory.answers
    (None, 'a', True, {})
    """

    __slots__ = ("_sources", "answers")

    def __init__(self) -> None:
        self.answers: dict[object, Value] = {}
        """The value of each text."""
        self._sources: dict[Value, list[object]] = {}
        """The texts that were read as a value, but for itself."""

    def put(self, raw: object, value: Value) -> None:
        """Remember a text, which is not known yet."""
        if len(self.answers) >= REMEMBERED:
            self.answers.clear()
            self._sources.clear()
        self.answers[raw] = value
        if raw != value:
            self._sources.setdefault(value, []).append(raw)

    def forget(self, value: Value) -> bool:
        """Forget all texts that were read as a value; whether there was one."""
        is_known = self.answers.pop(value, None) is not None
        for raw in self._sources.pop(value, ()):
            self.answers.pop(raw, None)
            is_known = True
        return is_known


def remembering(normalization: Normalization) -> tuple[Normalization, Callable[[Value], None]]:
    """Put a bounded memory of its answers and refusals before a normalization.

    The second function makes the memory forget whatever was read as a value, which a store does that forgets it.

    The memory has no effect that can be seen: normalizations are pure. When it is full it is emptied, which is
    the cheapest bound that cannot be made slow by an adversary. A refusal that has a cause is not remembered: it
    is the cause, with its traceback, that the author of an own normalization needs, and a kept traceback would
    keep everything alive that was under way. Nor is the refusal of a text longer than any value.

    >>> read, forget = remembering(lambda raw: print("reads", raw) or str(raw).upper())
    >>> read("a"), read("a")
    reads a
    ('A', 'A')
    >>> forget("A"); read("a")
    reads a
    'A'
    """
    memory = Memory()
    answers = memory.answers
    refusals: dict[object, str] = {}

    def normalize(raw: object) -> Value:
        if type(raw) is not str:
            raw = plain_string(raw)
        value = answers.get(raw)
        if value is None:
            if raw in refusals:
                raise InvalidIdentifier(refusals[raw])
            try:
                value = normalization(raw)
            except InvalidIdentifier as error:
                if error.__cause__ is None and len(raw) <= LONGEST:
                    if len(refusals) >= REMEMBERED:
                        refusals.clear()
                    refusals[raw] = str(error)
                raise
            memory.put(raw, value)
        return value

    def forget(value: Value) -> None:
        is_known = memory.forget(value)
        if refusals and not is_known:
            refusals.clear()  # a value that could not be read may have been kept as it was (N8)

    return normalize, forget
