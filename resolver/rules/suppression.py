"""Suppression: identifiers that commands must not give any more, known by their digests alone (P13).

>>> suppressed = Suppressed([digest_of("email", Value("ada@example.com"))])
>>> digest_of("email", Value("ada@example.com")) in suppressed, digest_of("chat", Value("ada")) in suppressed
(True, False)
"""

from hashlib import sha256

from resolver.names import IdType, Value


def digest_of(id_type: IdType, value: Value) -> str:
    """The SHA-256, in hexadecimal, of the idType, NUL and the normalized value in UTF-8.

    A lone surrogate, which UTF-8 cannot hold, counts as if it were an ordinary character.

    >>> digest_of("email", Value("ada@example.com"))[:16]
    '1a37e54255468782'
    """
    return sha256(f"{id_type}\0{value}".encode("utf-8", "surrogatepass")).hexdigest()


class Suppressed(set[str]):
    """A set of digests.

    The kernel's undo log has a change before it happens, as it has those of the similarity indexes.
    """

    __slots__ = ()

    def restore(self, key: str, entered: bool) -> None:
        """Undo one change, whole or begun: take out what was *entered*, or put in again what was taken out."""
        if entered:
            self.discard(key)
        else:
            self.add(key)

    def copy(self) -> "Suppressed":
        """An independent copy. O(digests)."""
        return Suppressed(self)
