"""Erase, suppress and unsuppress: who is forgotten, what may not come back, and what is kept of it (P12, P13)."""

import gc
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from resolver import (
    AddIdentifier,
    Blocked,
    Engine,
    Erase,
    IdentifierConfig,
    IdentifierSuppressed,
    InvalidCommand,
    InvalidIdentifier,
    Policies,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
    Suppress,
    SuppressedIdentifier,
    UnknownIdentifierType,
    Unsuppress,
)
from resolver.commands import AnyCommand
from resolver.facts import encode_facts
from resolver.reference import Reference
from tests.tables.stores import short_id, told

SETTINGS = Settings(
    [
        IdentifierConfig("email", normalization="email"),
        IdentifierConfig("phone", enforce_unique=False),
        IdentifierConfig("word", matching_algo="fuzzy", matching_threshold=80, enforce_unique=False),
    ],
    ["email", "phone AND word"],
)
KINDS = [Engine, Reference]


def opened(kind: Any, settings: Settings = SETTINGS, **options: Any) -> Any:
    store = kind(settings, **({"new_id": short_id} | options))
    store.resolve({"email": "ada@x.com", "phone": "1"}, at=10)
    store.resolve({"email": "bob@x.com", "phone": ["1", "2"]}, at=5)
    store.resolve({"email": "cleo@x.com", "phone": "3"}, at=20)
    return store


@pytest.mark.parametrize("kind", KINDS)
def test_p12_erase_deletes_every_profile_that_holds_one_of_the_identifiers_earliest_first(kind: Any) -> None:
    store = opened(kind)
    store.resolve({"email": ["cleo@x.com", "dan@x.com"]}, at=30)
    store.resolve({"email": "eve@x.com"}, at=40)
    store.resolve({"email": ["eve@x.com", "dan@x.com"]}, at=50)
    outcome = store.erase({"phone": "1", "email": [" EVE@x.com ", "nobody@x.com"]}, at=60)
    assert told(outcome) == ["deleted p2", "deleted p1", "deleted p3 p5"]
    assert (str(outcome.status), outcome.profile_id, len(store)) == ("deleted", None, 0)
    assert str(store.resolve({"email": "ada@x.com"}).status) == "created"


@pytest.mark.parametrize("kind", KINDS)
def test_p12_identifiers_that_nobody_holds_are_no_error_and_leave_the_store_as_it_is(kind: Any) -> None:
    outcome = opened(kind).erase([("email", "nobody@x.com"), ("word", "nobody")], at=60)
    assert (str(outcome.status), outcome.profile_id, outcome.facts) == ("unchanged", None, ())


@pytest.mark.parametrize("kind", KINDS)
def test_p12_the_dry_run_is_a_preview(kind: Any) -> None:
    store = opened(kind)
    command = Erase({"phone": "1"}, 60, suppress=True)
    assert store.preview(command) == store.preview(command) == store.execute(command)
    again = Unsuppress({"phone": "1"}, 61)
    assert store.preview(again) == store.preview(again) == store.execute(again)


@pytest.mark.parametrize("kind", KINDS)
def test_p12_a_value_is_named_as_look_ups_name_it_in_a_type_that_is_gone_too(kind: Any) -> None:
    store = opened(kind, on_invalid="keep")
    store.resolve({"email": " N/A "}, at=30)
    assert told(store.preview(Erase({"email": "n/a  "}))) == []
    assert told(store.erase({"email": " N/A"})) == ["deleted p4"]
    store.resolve({"word": " wo rd "}, at=30)
    store.apply_settings(Settings([IdentifierConfig("email")], ["email"]), at=40)
    assert told(store.erase({"word": "wo rd"})) == ["deleted p6"]
    with pytest.raises(UnknownIdentifierType, match="'word'"):
        store.erase({"word": "wo rd"})


@pytest.mark.parametrize("kind", KINDS)
def test_p12_what_was_stored_otherwise_is_found_as_given_and_as_it_would_be_stored_now(kind: Any) -> None:
    store = kind(Settings([IdentifierConfig("email", normalization="none")], ["email"]), new_id=short_id)
    store.resolve({"email": "Ada@x.com"})
    store.apply_settings(Settings([IdentifierConfig("email", normalization="email")], ["email"]))
    store.resolve({"email": "ada@x.com"})
    assert told(store.erase({"email": "Ada@x.com"})) == ["deleted p1", "deleted p3"]


GIVING: list[Callable[[str], AnyCommand]] = [
    lambda text: Resolve({"phone": "9", "email": text}),
    lambda text: Resolve([("phone", "9"), ("email", text)]),
    lambda text: AddIdentifier("p3", "email", text),
    lambda text: ReplaceIdentifier("p3", "email", "cleo@x.com", text),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("giving", GIVING)
def test_p13_a_command_that_gives_a_suppressed_identifier_is_refused_as_a_whole(
    kind: Any, giving: Callable[[str], AnyCommand]
) -> None:
    store = opened(kind)
    suppressed = store.suppress({"email": "ADA@x.com"}, at=30)
    digest = hashlib.sha256(b"email\0ada@x.com").hexdigest()
    assert told(suppressed) == [f"suppressed email {digest[:4]}"]
    assert (str(suppressed.status), suppressed.profile_id, len(store)) == ("updated", None, 3)
    for text in ("ada@x.com", " Ada@X.com"):
        with pytest.raises(SuppressedIdentifier, match=digest) as caught:
            store.execute(giving(text))
        assert (caught.value.id_type, caught.value.digest) == ("email", digest)
        assert "ada" not in str(caught.value).lower()
        assert store.stored_form("email", text).value == "ada@x.com"  # the settings know nothing of it
    store.preview(giving("new@x.com"))
    assert told(store.unsuppress({"email": "ada@x.com"})) == [f"unsuppressed email {digest[:4]}"]
    assert str(store.execute(giving("ada@x.com")).status) in ("updated", "merged")


@pytest.mark.parametrize("kind", KINDS)
def test_p13_suppressing_again_and_unsuppressing_what_is_not_suppressed_change_nothing(kind: Any) -> None:
    store = opened(kind)
    assert str(store.unsuppress({"phone": "9"}).status) == "unchanged"
    assert len(store.suppress({"phone": ["9", "9", "8"]}).facts) == 2
    assert str(store.suppress({"phone": "9"}).status) == "unchanged"
    assert len(store.unsuppress({"phone": ["9", "7"]}).facts) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_p13_erase_suppresses_what_it_is_given_whoever_holds_it(kind: Any) -> None:
    store = opened(kind)
    outcome = store.erase({"email": ["ada@x.com", "nobody@x.com"]}, suppress=True)
    assert [line.split()[0] for line in told(outcome)] == ["deleted", "suppressed", "suppressed"]
    assert str(store.erase({"email": "nobody@x.com"}, suppress=True).status) == "unchanged"
    assert str(store.erase({"email": "no-one@x.com"}, suppress=True).status) == "updated"
    with pytest.raises(SuppressedIdentifier):
        store.resolve({"email": "nobody@x.com"})
    assert str(store.resolve({"phone": "1"}).status) == "created"  # given, but not suppressed


@pytest.mark.parametrize("kind", KINDS)
def test_p13_suppression_goes_before_blocking_which_would_keep_the_text_in_a_fact(kind: Any) -> None:
    blocking = SETTINGS.with_policies(Policies(blocked=[Blocked(equals=["9", "n/a"])]))
    store = opened(kind, blocking, on_invalid="keep")
    store.suppress({"phone": "9", "email": "n/a"})
    for given in ({"phone": "9", "word": "x"}, {"email": "n/a", "word": "x"}):
        with pytest.raises(SuppressedIdentifier):
            store.resolve(given)
    store.unsuppress({"phone": "9", "email": "n/a"})
    assert told(store.resolve({"phone": "9", "word": "x"}))[0] == "None ! phone 9 (blocked)"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("on_invalid", ["refuse", "drop"])
def test_what_cannot_be_read_is_refused_where_it_is_to_name_somebody(kind: Any, on_invalid: str) -> None:
    store = opened(kind, on_invalid=on_invalid)
    store.suppress({"phone": "9"})
    with pytest.raises(InvalidIdentifier, match="'nobody'"):
        store.erase({"email": "nobody"})
    with pytest.raises(InvalidIdentifier, match=r"'nobody'|unreadable and dropped"):
        store.resolve({"email": "nobody"})
    for command in (Erase({}), Suppress([]), Unsuppress({"email": []})):
        with pytest.raises(InvalidIdentifier, match=f"{type(command).__name__.lower()} needs at least one"):
            store.execute(command)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "command",
    [Erase("email"), Erase({"email": "a@x.com"}, suppress=1), Suppress(5), Unsuppress([("email",)])],  # type: ignore[arg-type, list-item]
)
def test_a_malformed_command_about_people_is_refused(kind: Any, command: AnyCommand) -> None:
    with pytest.raises(InvalidCommand):
        opened(kind).execute(command)


@pytest.mark.parametrize("kind", KINDS)
def test_a_normalizer_that_executes_a_command_is_refused_here_too(kind: Any) -> None:
    settings = Settings([IdentifierConfig("email", normalization="mine")], ["email"])

    def mine(text: str) -> str:
        if text == "again":
            store.resolve({"email": "x"})
        return text

    store = kind(settings, normalizers={"mine": mine})
    with pytest.raises(InvalidCommand, match="a command of its own"):
        store.suppress({"email": "again"})
    store.suppress({"email": "y"})


def test_an_iterator_of_identifiers_serves_the_methods() -> None:
    for kind in KINDS:
        store = opened(kind)
        assert len(store.suppress(iter([("phone", "9"), ("phone", "8")])).facts) == 2
        assert len(store.unsuppress(iter([("phone", "9")])).facts) == 1
        assert len(store.erase(iter([("phone", "1")])).facts) == 2


def test_what_is_suppressed_is_part_of_forks_snapshots_and_facts() -> None:
    engine = opened(Engine, new_id=None)
    copy = opened(Engine, new_id=None)
    facts = [
        *engine.suppress({"phone": ["9", "8"]}, at=60).facts,
        *engine.erase({"phone": "1"}, at=61, suppress=True).facts,
        *engine.unsuppress({"phone": "8"}, at=62).facts,
    ]
    copy.fold(facts)
    fork, restored = engine.fork(), Engine.restore(engine.snapshot())
    for other in (copy, fork, restored):
        assert other.snapshot() == engine.snapshot()
        for text in ("1", "9"):
            with pytest.raises(SuppressedIdentifier):
                other.resolve({"phone": text})
        assert str(other.resolve({"phone": "8", "email": "e@x.com"}, at=63).status) == "created"
    fork.unsuppress({"phone": "9"})
    with pytest.raises(SuppressedIdentifier):
        engine.resolve({"phone": "9"})
    again = opened(Engine, new_id=None)
    again.fold([fact for fact in facts for _ in range(2 if isinstance(fact, IdentifierSuppressed) else 1)])
    again.fold(facts[-1:])
    assert again.snapshot() == engine.snapshot()  # what is so already stays so


SECRET = "xyzzy"


def texts_below(engine: Engine) -> list[str]:
    """All texts that are reached from an engine, its functions and what they hold included."""
    seen: set[int] = set()
    texts = []
    left: list[Any] = [
        getattr(engine, name) for name in ("_tables", "_scratch", "_ruling", "_normalizers", "_other_facts")
    ]
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, type) or type(each).__name__ == "module":
            continue
        seen.add(id(each))
        if isinstance(each, str):
            texts.append(each)
        referents = gc.get_referents(each)
        if callable(each) and hasattr(each, "__globals__"):
            referents = [one for one in referents if one is not each.__globals__]
        left += referents
    return texts


@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
def test_i7_p13_no_text_of_an_erased_or_suppressed_identifier_is_in_an_engine_or_a_snapshot(on_invalid: str) -> None:
    engine = opened(Engine, on_invalid=on_invalid, new_id=None)
    email, phone = f"{SECRET}@x.com", f"555 {SECRET}"
    given = {"email": email.upper(), "phone": phone, "word": f"{SECRET} {SECRET}"}
    engine.resolve(given, at=60)
    with pytest.raises(ResolverError):
        engine.resolve({"email": email, "fax": "5"})
    outcome = engine.erase(given, at=70, suppress=True)
    assert SECRET not in encode_facts(outcome.facts).decode()
    assert [text for text in texts_below(engine) if SECRET in text.lower()] == []
    for command in (Resolve({"phone": phone}), Resolve({"email": email.upper()}), AddIdentifier("p9", "phone", phone)):
        with pytest.raises(ResolverError):
            engine.execute(command)
    engine.preview(Suppress({"email": email}))
    engine.suppress({"email": email})
    with pytest.raises(SuppressedIdentifier):
        engine.resolve({"word": "w", "email": email})
    assert [text for text in texts_below(engine) if SECRET in text.lower()] == []
    snapshot = engine.snapshot()
    assert SECRET.encode() not in snapshot.lower()
    assert Engine.restore(snapshot).snapshot() == snapshot
    engine._check()
