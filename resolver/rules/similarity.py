"""Similarity: when two values of a fuzzy idType are alike enough to match (R8)."""

from rapidfuzz.fuzz import ratio


def similar(one: str, other: str, threshold: int) -> bool:
    """Return whether two normalized values are alike enough to match (R8).

    >>> similar("jon smith", "john smith", 90), similar("jon", "joan of arc", 90)
    (True, False)
    """
    # A cutoff at the threshold itself loses some values that reach it exactly: it rounds another way.
    return bool(ratio(one, other, score_cutoff=threshold - 1) >= threshold)
