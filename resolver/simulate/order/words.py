"""Words for an order: what a person must know to see how it differs from the file."""

from collections.abc import Sequence


def told(order: Sequence[int], file: Sequence[int]) -> str:
    """Say how an order of lines differs from that of the file.

    >>> told([7, 3, 5], [3, 5, 7]), told([5, 7, 3], [3, 5, 7]), told([7, 5, 3], [3, 5, 7])
    ('line 7 arrives before line 3', 'line 3 arrives after line 7', 'lines 3 and 7 change places')
    """
    differing = [index for index, (one, other) in enumerate(zip(order, file, strict=True)) if one != other]
    first, last = differing[0], differing[-1]
    if last - first > 1 and list(order[first + 1 : last + 1]) == list(file[first:last]):
        return f"line {order[first]} arrives before line {file[first]}"
    if list(order[first:last]) == list(file[first + 1 : last + 1]):
        return f"line {order[last]} arrives after line {file[last]}"
    if len(differing) == 2:
        return f"lines {file[first]} and {file[last]} change places"
    moved = [file[index] for index in differing]
    return f"lines {', '.join(map(str, moved))} arrive as {', '.join(str(order[index]) for index in differing)}"
