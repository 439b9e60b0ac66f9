"""Suppression: the digest by which a store knows an identifier that it must not keep (P13)."""

from hashlib import sha256

from resolver.names import IdType, Value


def digest_of(id_type: IdType, value: Value) -> str:
    """The SHA-256, in hexadecimal, of the idType, NUL and the normalized value in UTF-8.

    A lone surrogate, which UTF-8 cannot hold, counts as if it were an ordinary character.

    >>> digest_of("email", Value("ada@example.com"))[:16]
    '1a37e54255468782'
    """
    return sha256(f"{id_type}\0{value}".encode("utf-8", "surrogatepass")).hexdigest()
