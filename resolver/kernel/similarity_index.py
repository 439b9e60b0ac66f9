"""Similarity index: the stored texts of one fuzzy idType, found by similarity without a scan (R8).

Facts used. ``rapidfuzz.fuzz.ratio(a, b)`` is 200 c / S, where c is the length of the longest common
subsequence and S the sum of the two lengths. Pad both texts with q - 1 sentinels on each side and cut them into
q-grams: each of the S - 2c unmatched characters breaks at most q - 1 of the c + q - 1 windows that an alignment
would share, so two texts with that c have at least

    o = (2q - 1) c + (q - 1) (1 - S)

q-grams in common, counted as a multiset. A stored text of that length is therefore found through any choice of
n - o + 1 of the query's n q-grams: the index takes those with the fewest stored values. q is 3 where the
threshold makes o positive for every length, else 2, else 1. Every candidate is then compared by ``ratio``
itself, so the answer is exact; the index only decides what need not be compared.
"""

from collections.abc import Set

from resolver.names import Value
from resolver.rules.matching import similar

_SENTINEL = "\0"


class SimilarityIndex:
    """An index of values by length and q-gram.

    Memory: one posting per character of a value. A query costs the values that share its rarer q-grams: few for
    high thresholds, many for thresholds near 50, where nearly everything of like length is a candidate.

    >>> index = SimilarityIndex(75)
    >>> index.add("katherine"); index.add("catherine"); index.add("kenneth")
    >>> sorted(index.similar("katharine"))
    ['catherine', 'katherine']
    """

    __slots__ = ("_by_length", "_q", "threshold")

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold
        self._q = 3 if threshold >= 80 else 2 if threshold >= 67 else 1
        self._by_length: dict[int, dict[str, dict[Value, None]]] = {}

    def add(self, value: Value) -> None:
        """Make a value findable. O(length)."""
        postings = self._by_length.setdefault(len(value), {})
        for gram in self._grams(value):
            postings.setdefault(gram, {})[value] = None

    def discard(self, value: Value) -> None:
        """Make a value unfindable, also one that was added in part only. O(length)."""
        postings = self._by_length.get(len(value))
        if postings is not None:
            for gram in self._grams(value):
                sharing = postings.get(gram)
                if sharing is not None:
                    sharing.pop(value, None)
                    if not sharing:
                        del postings[gram]
            if not postings:
                del self._by_length[len(value)]

    def similar(self, value: str) -> list[Value]:
        """Return every stored value whose ratio with *value* reaches the threshold, *value* itself included."""
        threshold, size = self.threshold, len(value)
        grams = self._grams(value)
        shortest = -(-size * threshold // (200 - threshold))
        longest = size * (200 - threshold) // threshold
        found = []
        for length in range(shortest, longest + 1):
            postings = self._by_length.get(length)
            if postings is None:
                continue
            lists = sorted((postings[gram] for gram in grams if gram in postings), key=len)
            missing = len(grams) - len(lists)
            needed = len(grams) - self._shared(size + length) + 1 - missing
            candidates: dict[Value, None] = {}
            for sharing in lists[: max(0, needed)]:
                candidates.update(sharing)
            found += [candidate for candidate in candidates if similar(value, candidate, threshold)]
        return found

    def copy(self) -> "SimilarityIndex":
        """Return an independent copy. O(postings)."""
        other = SimilarityIndex(self.threshold)
        for length, postings in self._by_length.items():
            other._by_length[length] = {gram: sharing.copy() for gram, sharing in postings.items()}
        return other

    def _shared(self, total: int) -> int:
        """Return the least number of q-grams that two similar texts with *total* characters have in common."""
        common = -(-self.threshold * total // 200)
        return (2 * self._q - 1) * common + (self._q - 1) * (1 - total)

    def _grams(self, value: str) -> list[str]:
        """Cut into q-grams; a repeated one carries its count, so that lists compare as multisets."""
        pad = _SENTINEL * (self._q - 1)
        text = pad + value + pad
        seen: dict[str, int] = {}
        grams = []
        for start in range(len(text) - self._q + 1):
            gram = text[start : start + self._q]
            times = seen.get(gram, 0)
            seen[gram] = times + 1
            grams.append(gram + chr(times) if times else gram)
        return grams

    def __contains__(self, value: str) -> bool:
        postings = self._by_length.get(len(value), {})
        return all(value in postings.get(gram, ()) for gram in self._grams(value))

    def _check(self, values: Set[str]) -> None:
        indexed = {value for postings in self._by_length.values() for lists in postings.values() for value in lists}
        assert indexed == values, indexed ^ values
        assert all(value in self for value in values)
