"""Mask: a value told apart from every other, and not told.

>>> mask = Mask(key=b"sixteen bytes or more")
>>> mask.value("email", "ada@example.com")
'#c11a86e6d7dc41b5'
"""

import hmac
import secrets
from pathlib import Path

LEAST = 16
"""Bytes that a given key must have at least."""

_DIGITS = 16


class Mask:
    """Keyed hashes (HMAC-SHA-256, 64 bits of it shown) in the place of values, and of refs where asked.

    Equal values of one idType have equal hashes, as long as the key is the same; without the key nobody can try
    out which value a hash stands for. The key is random unless given, and is written nowhere. ``ValueError`` for
    a key of fewer than 16 bytes.

    >>> Mask().value("phone", "+13175556789") == Mask().value("phone", "+13175556789")
    False
    >>> Mask(key=b"sixteen bytes or more").ref("crm:1")
    'crm:1'
    """

    def __init__(self, key: bytes | None = None, *, refs: bool = False) -> None:
        if key is not None and len(key) < LEAST:
            raise ValueError(f"a mask key of {len(key)} bytes is too short; expected {LEAST} or more")
        self._key = secrets.token_bytes(32) if key is None else key
        self._refs = refs

    @classmethod
    def from_file(cls, path: str | Path, *, refs: bool = False) -> "Mask":
        """Give the mask whose key is the bytes of a file. Raises ``OSError``, and ``ValueError`` naming the file."""
        try:
            return cls(Path(path).read_bytes(), refs=refs)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    def value(self, id_type: str, value: object) -> str:
        """Give what stands for a value; the same text under two idTypes has two hashes, as it is two identifiers."""
        return f"#{self._digits('value', id_type, value if isinstance(value, str) else repr(value))}"

    def ref(self, ref: str) -> str:
        """Give what stands for a ref: the ref itself, unless refs are masked too."""
        return f"record #{self._digits('ref', ref)}" if self._refs else ref

    def _digits(self, *words: str) -> str:
        message = "\0".join(words).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()[:_DIGITS]
