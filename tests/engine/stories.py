"""A few stores that have lived: between them every kind of fact, index and option."""

from collections.abc import Callable

from resolver import Engine, IdentifierConfig, Settings
from resolver.names import Match, OnInvalid


def plain() -> Engine:
    """A new store's settings; one merge, one alias."""
    engine = Engine()
    ada = engine.resolve({"email": "ada@example.com"}, at=1_000).profile_id
    call = engine.resolve({"phone": "(317) 555-6789"}, at=2_000).profile_id
    assert ada is not None
    assert call is not None
    engine.add_identifier(call, "email", "ada@example.com", at=3_000)
    return engine


def full() -> Engine:
    """Fuzzy, compound, limited, own types; aliases, deleted ids, an eviction, and a settings change."""
    settings = Settings(
        [
            IdentifierConfig("email", normalization="email", limit=2),
            IdentifierConfig("phone", normalization="phone", enforce_unique=False),
            IdentifierConfig("name", matching_algo="fuzzy", matching_threshold=80, enforce_unique=False),
            IdentifierConfig("card", normalization="digits", limit_policy="lifo", limit=1),
        ],
        ["email", "phone AND name", "card"],
    )
    engine = Engine(
        settings,
        default_region="GB",
        on_invalid=OnInvalid.KEEP,
        match=Match.FIRST,
        normalizers={"digits": digits},
        new_id=backwards,
    )
    engine.resolve({"email": "a@b.cc", "phone": "07911 123456", "name": "smith"}, at=5)
    engine.resolve({"email": "b@b.cc", "phone": "07911 123456", "name": "jones"}, at=3)
    engine.resolve({"email": ["c@b.cc", "a@b.cc"], "card": ["12-34", "5"]}, at=9)
    engine.add_identifier("id-98", "name", "jonas", at=4)
    engine.resolve({"email": "gone@b.cc"})
    engine.delete_profile("id-94")
    engine.resolve({"email": "d@b.cc"}, at=-7)
    engine.resolve({"email": "e@b.cc"}, at=-7)
    engine.apply_settings(settings)
    engine.resolve({"email": ["d@b.cc", "e@b.cc", "not an address"]}, at=8)
    return engine


def surrogates() -> Engine:
    """Text that UTF-8 cannot hold, in values, idTypes and ids."""
    engine = Engine(
        Settings([IdentifierConfig("na\udc80me"), IdentifierConfig("chat")], ["na\udc80me", "chat"]),
        new_id=lambda number, at: f"\ud83d{number}",
    )
    engine.resolve({"na\udc80me": "lone \ud800", "chat": "\U0001f600"})
    engine.resolve({"chat": "x\udfff"})
    engine.resolve({"chat": ["\U0001f600", "x\udfff"]})
    engine.resolve({"chat": "gone"})
    engine.delete_profile("\ud83d4")
    return engine


def empty() -> Engine:
    """Nothing has happened yet."""
    return Engine()


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def backwards(number: int, at: int) -> str:
    return f"id-{99 - number}"


STORIES: tuple[Callable[[], Engine], ...] = (plain, full, surrogates, empty)
