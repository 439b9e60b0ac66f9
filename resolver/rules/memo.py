"""The memo: a bounded memory before a dear normalization, for answers and for refusals."""

from resolver.errors import InvalidIdentifier
from resolver.names import Value
from resolver.rules.checks import LONGEST, Normalization, plain_string

REMEMBERED = 1 << 16
"""How many answers, and how many refusals, are remembered."""


def remembering(normalization: Normalization) -> Normalization:
    """Put a bounded memory of its answers and refusals before a normalization.

    The memory has no effect that can be seen: normalizations are pure. When it is full it is emptied, which is
    the cheapest bound that cannot be made slow by an adversary. A refusal that has a cause is not remembered: it
    is the cause, with its traceback, that the author of an own normalization needs, and a kept traceback would
    keep everything alive that was under way. Nor is the refusal of a text longer than any value.

    >>> read = remembering(lambda raw: print("reads", raw) or str(raw).upper())
    >>> read("a"), read("a")
    reads a
    ('A', 'A')
    """
    answers: dict[object, Value] = {}
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
                    _remember(refusals, raw, str(error))
                raise
            _remember(answers, raw, value)
        return value

    return normalize


def _remember(memory: dict[object, str], raw: str, what: str) -> None:
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[raw] = what
