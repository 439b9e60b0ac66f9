"""What a peer gives back, and how two answers are found to be the same."""

from collections.abc import Hashable, Sequence

import attrs


@attrs.frozen
class Answer:
    """A label for every event, equal for events of one group; None from a row that groups nothing.

    ``core`` is the processor's time of the peer's own call, where the rest is preparation (texts made to integers,
    arrays built).
    """

    labels: Sequence[Hashable] | None
    core: float | None = None


def partition(labels: Sequence[Hashable]) -> list[int]:
    """Return for every event the first event of its group, so that equal partitions are equal lists.

    >>> partition(["b", "a", "b"]), partition([7, 9, 7])
    ([0, 1, 0], [0, 1, 0])
    """
    first: dict[Hashable, int] = {}
    return [first.setdefault(label, number) for number, label in enumerate(labels)]
