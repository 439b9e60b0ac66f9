"""What stands in the database: rows that can tell whether they are still what was written."""

import hashlib
from typing import NamedTuple

_DIGEST = 8


class Row(NamedTuple):
    """One entry as bytes: its place in the service's whole order, its store, and everything that it did."""

    sequence: int
    store: str
    payload: bytes


def checksum(*parts: object) -> bytes:
    """Give the bytes that stand beside a row: they change when a part does, or moves to another place.

    >>> checksum(1, "mem_store_0", b"entry") == checksum(1, "mem_store_0", b"entry")
    True
    >>> checksum(1, "mem_store_0", b"entry") == checksum(2, "mem_store_0", b"entry")
    False
    """
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for part in parts:
        encoded = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.digest()
