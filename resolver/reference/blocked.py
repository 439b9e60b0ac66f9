"""Blocked values: whether an entry of the policies hits a value (P1)."""

from resolver.names import Value
from resolver.patterns import LONGEST_TEXT, Patterns
from resolver.policies import Blocked


def blocks(entry: Blocked, given: str, form: Value | None) -> bool:
    """Whether an entry hits a value: *given* without white space at its ends, and its normalized form, if it has one.

    A text that is longer than any value is in lists only. A value without a normalized form lacks no pattern.

    >>> digits = Blocked(unless_matches="^[0-9]+$")
    >>> blocks(digits, "a1", "a1"), blocks(digits, "12", "12"), blocks(digits, "a1", None)
    (True, False, False)
    """
    if entry.unless_matches is not None:
        return form is not None and not is_found(entry.unless_matches, form)
    texts = [given] if form is None else [given, form]
    if entry.equals is not None:
        return any(text in entry.equals for text in texts)
    assert entry.matches is not None
    return any(len(text) <= LONGEST_TEXT and is_found(entry.matches, text) for text in texts)


def is_found(pattern: str, text: str) -> bool:
    """Whether a pattern is found somewhere in a text."""
    return Patterns([pattern]).found_in(text)
