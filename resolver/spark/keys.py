"""Keys: nodes as 64 bits, the same in every process; many at a time by numpy.

Two nodes with the same key only make a component coarser, and no result wrong, so a sum of bytes is enough in which
each place has a factor of its own.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from resolver.spark.packages import arrow, numpy

LONG = 256
"""Bytes from which on a node stands for its digest."""

_SEED = 0x9E3779B97F4A7C15


def key_of(node: str) -> int:
    r"""Return the key of a node.

    >>> key_of("email\0ada"), key_of("email\0bob")
    (-3984483448893611278, 7314993504358154270)
    """
    return int(keys_of([node])[0])


def keys_of(nodes: Sequence[str], prefix: str = "") -> Any:
    """Return the keys of nodes that all begin with a prefix, as a column of numpy; the rest of each is given."""
    np = numpy()
    encoded = [node.encode("utf-8", "surrogatepass") for node in nodes]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    return keys_of_bytes(prefix, b"".join(encoded), np.concatenate([[0], np.cumsum(lengths)]))


def keys_of_lines(prefix: str, numbers: Any) -> Any:
    """Return the keys of nodes that are a prefix and a number."""
    np, pa = numpy(), arrow()
    texts = pa.array(numbers, pa.int64()).cast(pa.string())
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32, len(texts) + 1)
    return keys_of_bytes(prefix, data or b"", ends)


def keys_of_bytes(prefix: str, data: Any, offsets: Any, end: int = 0) -> Any:
    """Return the keys of nodes that are a prefix and a text, which stand one after the other.

    Text ``i`` begins at ``offsets[i]``, and ends before ``offsets[i + 1]``; *end* bytes before it are none of it.
    """
    np = numpy()
    before = prefix.encode("utf-8", "surrogatepass")
    starts, ends = offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64) - end
    lengths = ends - starts
    if not len(starts):
        return np.zeros(0, np.int64)
    size = int(lengths.max()) + len(before)
    if size > LONG:
        every = memoryview(data)
        texts = [before + bytes(every[start:stop]) for start, stop in zip(starts.tolist(), ends.tolist(), strict=True)]
        short = [text if len(text) <= LONG else _digest(text) for text in texts]
        lengths = np.fromiter(map(len, short), np.int64, len(short))
        return keys_of_bytes("", b"".join(short), np.concatenate([[0], np.cumsum(lengths)]))
    first, last = int(starts[0]), int(offsets[-1])
    bytes_ = np.frombuffer(data, np.uint8, last - first, first).astype(np.uint64) + np.uint64(1)
    spans = np.diff(offsets).astype(np.int64)
    places = np.arange(last - first) - np.repeat(starts - first, spans) + len(before)
    factors = _factors(np)
    with np.errstate(over="ignore"):
        sums = np.concatenate([[np.uint64(0)], np.cumsum(bytes_ * factors[np.minimum(places, LONG - 1)])])
        fixed = (np.frombuffer(before, np.uint8).astype(np.uint64) + np.uint64(1)) * factors[: len(before)]
        found = sums[ends - first] - sums[starts - first] + fixed.sum(dtype=np.uint64)
        return _mixed(np, found + (lengths + len(before)).astype(np.uint64) * np.uint64(_SEED)).view(np.int64)


def _digest(text: bytes) -> bytes:
    return b"\0\0" + blake2b(text, digest_size=32).digest()


def _factors(np: Any) -> Any:
    """Return an odd number for each place."""
    with np.errstate(over="ignore"):
        places = np.arange(1, LONG + 1, dtype=np.uint64) * np.uint64(_SEED)
    return _mixed(np, places) | np.uint64(1)


def _mixed(np: Any, column: Any) -> Any:
    """Spread numbers over 64 bits, as splitmix64 does."""
    with np.errstate(over="ignore"):
        column = (column ^ (column >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        column = (column ^ (column >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return column ^ (column >> np.uint64(31))
