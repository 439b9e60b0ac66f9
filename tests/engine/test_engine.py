"""The engine's own promises: public names, forks, previews, refusals that leave no trace."""

import contextlib
import copy
import enum
import gc
import inspect
import re
import typing
import weakref
from collections import UserString
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest

import resolver
import resolver.rules
from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Engine,
    Erase,
    IdentifierAdded,
    IdentifierConfig,
    IdentifierConflict,
    IdentifierEvicted,
    IdentifierNotFound,
    IdentifierRefused,
    IdentifierRemoved,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    InvalidTime,
    Lookup,
    Outcome,
    ProfileCreated,
    ProfileDeleted,
    ProfileExists,
    ProfileNotFound,
    ProfilesMerged,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
    SettingsApplied,
    Suppress,
    SuppressedIdentifier,
    UnknownIdentifierType,
    Unsuppress,
    public,
)
from resolver.blocklist import Blocked
from resolver.commands import AnyCommand
from resolver.errors import IdentifierBlocked
from resolver.facts import AnyFact, decode_fact, encode_fact
from resolver.ids import numbered_id
from resolver.names import EvictionReason, LimitPolicy, ProfileId, RefusalReason, RemovalReason, Status, Value
from resolver.policies import Policies
from tests.engine.stories import STORIES, full, plain, surrogates

# The published example


def test_the_example_of_the_published_names_says_what_it_says() -> None:
    settings = Settings(
        identifier_configs=[
            IdentifierConfig("email", normalization="email"),
            IdentifierConfig("phone", normalization="phone", limit=3, limit_policy="fifo"),
        ],
        matching_rules=["email", "phone"],
    )
    engine = Engine(settings)
    a = engine.resolve({"email": "Ada@Example.com"}, at=1_000)
    b = engine.resolve({"phone": "(317) 555-6789"}, at=2_000)
    assert b.profile_id is not None
    c = engine.add_identifier(b.profile_id, "email", "ada@example.com", at=3_000)
    assert (c.status, c.profile_id == a.profile_id) == ("merged", True)
    assert engine.identifiers(b.profile_id) == {"email": ("ada@example.com",), "phone": ("+13175556789",)}


# Names and signatures

SIGNATURES: list[tuple[Callable[..., Any], str]] = [
    (
        Engine,
        "settings=None, *, clock=None, new_id=None, default_region='US', on_invalid=refuse, match=all, "
        "normalizers=None, policies=None",
    ),
    (Engine.resolve, "self, identifiers, at=None, *, new_profile_id=None"),
    (Engine.add_identifier, "self, profile_id, id_type, value, at=None"),
    (Engine.replace_identifier, "self, profile_id, id_type, old, new, at=None"),
    (Engine.remove_identifier, "self, profile_id, id_type, at=None, *, all=False, value=None"),
    (Engine.delete_profile, "self, profile_id, at=None"),
    (Engine.apply_settings, "self, settings, at=None"),
    (Engine.execute, "self, command, *, number=None"),
    (Engine.preview, "self, command"),
    (Engine.erase, "self, identifiers, at=None, *, suppress=False"),
    (Engine.suppress, "self, identifiers, at=None"),
    (Engine.unsuppress, "self, identifiers, at=None"),
    (Engine.identifiers, "self, profile_id"),
    (Engine.values, "self, profile_id, id_type"),
    (Engine.history_of, "self, profile_id, id_type"),
    (Engine.lookup, "self, id_type, value"),
    (Engine.canonical_id, "self, profile_id"),
    (Engine.aliases, "self, profile_id"),
    (Engine.created_at, "self, profile_id"),
    (Engine.profiles, "self"),
    (Engine.fork, "self"),
    (Engine.snapshot, "self"),
    (Engine.restore, "snapshot, *, clock=None, new_id=None, normalizers=None"),
    (Settings, f"identifier_configs, matching_rules, version=1, *, policies={Policies()!r}"),
    (Settings.from_json, "text_or_dict"),
    (Settings.to_json, "self"),
    (
        IdentifierConfig,
        "id_type, *, matching_algo=exact, matching_threshold=75, limit=100, limit_policy=fifo, "
        "enforce_unique=True, normalization='trim'",
    ),
    (resolver.rules.normalize, "name, raw, *, region='US'"),
    (resolver.rules.split_at_limit, "values, limit, policy"),
    (resolver.rules.survivor, "candidates"),
    (resolver.rules.match_profiles, "view, settings, identifiers, *, match=all"),
]


@pytest.mark.parametrize(("function", "expected"), SIGNATURES, ids=lambda each: getattr(each, "__qualname__", ""))
def test_the_published_names_have_their_published_parameters(function: Callable[..., Any], expected: str) -> None:
    shown, starred = [], False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        default = parameter.default
        shown.append(parameter.name if default is parameter.empty else f"{parameter.name}={_shown(default)}")
    assert ", ".join(shown) == expected


def _shown(default: object) -> str:
    return str(default) if isinstance(default, enum.Enum) else repr(default)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Outcome, "status profile_id facts"),
        (Lookup, "normalized_value profile_ids"),
        (Resolve, "identifiers at new_profile_id"),
        (AddIdentifier, "profile_id id_type value at"),
        (ReplaceIdentifier, "profile_id id_type old new at"),
        (RemoveIdentifier, "profile_id id_type at all value"),
        (DeleteProfile, "profile_id at"),
        (ApplySettings, "settings at"),
        (Erase, "identifiers at suppress"),
        (Suppress, "identifiers at"),
        (Unsuppress, "identifiers at"),
        (ProfileCreated, "command at profile_id"),
        (IdentifierAdded, "command at profile_id id_type value"),
        (IdentifierRemoved, "command at profile_id id_type value reason"),
        (IdentifierEvicted, "command at profile_id id_type value policy reason"),
        (IdentifierRefused, "command at profile_id id_type value reason owner"),
        (ProfilesMerged, "command at survivor absorbed rule identifiers"),
        (ProfileDeleted, "command at profile_id aliases"),
        (SettingsApplied, "command at settings"),
        (IdentifierSuppressed, "command at id_type digest"),
        (IdentifierUnsuppressed, "command at id_type digest"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_commands_facts_and_answers_have_their_published_fields(kind: Any, fields: str) -> None:
    assert " ".join(kind.__struct_fields__) == fields


def test_every_published_name_can_be_imported() -> None:
    assert sorted(set(resolver.__all__), key=lambda name: (not name.isupper(), name)) == resolver.__all__
    for name in resolver.__all__:
        assert hasattr(resolver, name)
    published = """
        Engine Settings IdentifierConfig Outcome Lookup Resolve AddIdentifier ReplaceIdentifier
        RemoveIdentifier DeleteProfile ApplySettings Erase Suppress Unsuppress
        ProfileCreated IdentifierAdded IdentifierRemoved
        IdentifierEvicted IdentifierRefused ProfilesMerged ProfileDeleted SettingsApplied ResolverError
        InvalidSettings InvalidIdentifier UnknownIdentifierType IdentifierNotFound IdentifierConflict
        ProfileNotFound ProfileExists InvalidTime InvalidHistory InvalidSnapshot __version__ COMPILED
    """
    assert set(published.split()) <= set(resolver.__all__)


def test_the_package_knows_its_names_and_no_others() -> None:
    assert set(resolver.__all__) <= set(dir(resolver))
    with pytest.raises(AttributeError, match="module 'resolver' has no attribute 'Enigne'"):
        resolver.Enigne  # type: ignore[attr-defined]  # noqa: B018


def test_every_error_is_a_resolver_error() -> None:
    errors = [
        error
        for error in vars(public).values()
        if inspect.isclass(error) and issubclass(error, Exception) and not issubclass(error, Warning)
    ]
    assert len(errors) >= 12
    assert all(issubclass(error, ResolverError) for error in errors)


def test_the_version_is_a_version() -> None:
    assert [part.isdigit() for part in resolver.__version__.split(".")] == [True] * 3


# Values


COMMANDS: list[AnyCommand] = [
    Resolve({"email": "a"}),
    AddIdentifier("p", "email", "a"),
    ReplaceIdentifier("p", "email", "a", "b"),
    RemoveIdentifier("p", "email"),
    DeleteProfile("p"),
    ApplySettings(Settings.defaults()),
    Erase({"email": "a"}),
    Suppress({"email": "a"}),
    Unsuppress({"email": "a"}),
]
FACTS: list[AnyFact] = [
    ProfileCreated(1, 0, ProfileId("p")),
    IdentifierAdded(1, 0, ProfileId("p"), "email", Value("a")),
    IdentifierRemoved(1, 0, ProfileId("p"), "email", Value("a"), RemovalReason.REPLACED),
    IdentifierEvicted(1, 0, ProfileId("p"), "email", Value("a"), LimitPolicy.LIFO),
    IdentifierRefused(1, 0, None, "email", "a", RefusalReason.INVALID),
    IdentifierRefused(1, 0, ProfileId("p"), "email", "a", RefusalReason.CONFLICT, ProfileId("q")),
    ProfilesMerged(
        1,
        0,
        ProfileId("p"),
        (ProfileId("q"), ProfileId("r")),
        "email AND phone",
        (("email", Value("a")), ("phone", Value("1"))),
    ),
    ProfileDeleted(1, 0, ProfileId("p"), (ProfileId("q"),)),
    SettingsApplied(1, 0, Settings.defaults()),
    IdentifierSuppressed(1, 0, "email", "c3df"),
    IdentifierUnsuppressed(1, 0, "email", "c3df"),
]


@pytest.mark.parametrize("value", [*COMMANDS, *FACTS], ids=lambda value: type(value).__name__)
def test_commands_and_facts_are_frozen(value: Any) -> None:
    field = value.__struct_fields__[0]
    with pytest.raises(AttributeError):
        setattr(value, field, "other")


def test_both_unions_are_complete() -> None:
    assert {type(command) for command in COMMANDS} == set(typing.get_args(AnyCommand))
    assert {type(fact) for fact in FACTS} == set(typing.get_args(AnyFact))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_has_the_fields_of_the_method_of_its_name_in_the_same_order(command: AnyCommand) -> None:
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(command).__name__).lstrip("_")
    parameters = list(inspect.signature(getattr(Engine, name)).parameters)[1:]
    assert list(command.__struct_fields__) == parameters


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_is_read_back_as_it_was_written(fact: AnyFact) -> None:
    line = encode_fact(fact)
    assert b"\n" not in line
    assert line.startswith(b'{"fact":"' + type(fact).__name__.encode() + b'","command":1,"at":0')
    assert decode_fact(line) == decode_fact(line.decode()) == fact


def test_a_fact_with_a_lone_surrogate_is_read_back_as_it_was_written() -> None:
    for fact in (
        IdentifierAdded(1, 0, ProfileId("p"), "email", Value("\ud800 é")),
        IdentifierRefused(1, 0, None, "email", ["\ud800"], RefusalReason.INVALID),
        SettingsApplied(1, 0, Settings([IdentifierConfig("na\udc80me")], ["na\udc80me"])),
    ):
        assert encode_fact(fact).isascii()
        assert decode_fact(encode_fact(fact)) == fact


def test_a_refused_value_of_any_kind_can_be_written() -> None:
    fact = IdentifierRefused(1, 0, None, "email", 3 + 4j, RefusalReason.INVALID)
    assert b'"value":"(3+4j)"' in encode_fact(fact)


@pytest.mark.parametrize("line", ["{}", "[]", '{"fact":"ProfileCreated"}', '{"fact":"Nothing","command":1,"at":0}'])
def test_what_is_no_fact_is_not_read(line: str) -> None:
    with pytest.raises(ValueError, match=r"fact|profileId|command|object"):
        decode_fact(line)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Status, "created updated merged unchanged deleted settings"),
        (LimitPolicy, "fifo lifo"),
        (resolver.MatchingAlgo, "exact fuzzy"),
        (resolver.OnInvalid, "refuse drop keep"),
        (resolver.Match, "all first"),
        (RemovalReason, "removed replaced moved"),
        (RefusalReason, "invalid conflict limit blocked window identifiers merges demoted"),
        (EvictionReason, "limit window"),
    ],
)
def test_an_enumeration_equals_the_words_of_the_api(kind: type[enum.StrEnum], words: str) -> None:
    assert list(kind) == words.split()
    assert [str(member) for member in kind] == words.split()
    assert all(member == word and hash(member) == hash(word) for member, word in zip(kind, words.split(), strict=True))


# Methods and commands


def test_a_method_does_what_its_command_does() -> None:
    settings = Settings([IdentifierConfig("email"), IdentifierConfig("phone")], ["email", "phone"])
    by_method, by_command = Engine(settings), Engine(settings)
    first = numbered_id(1)
    pairs: list[tuple[Callable[[], Outcome], AnyCommand]] = [
        (lambda: by_method.resolve({"email": "a"}, 5), Resolve({"email": "a"}, 5)),
        (lambda: by_method.resolve({"phone": "1"}, 6, new_profile_id="x"), Resolve({"phone": "1"}, 6, "x")),
        (lambda: by_method.add_identifier("x", "phone", "2", 7), AddIdentifier("x", "phone", "2", 7)),
        (
            lambda: by_method.replace_identifier("x", "phone", "2", "3", 8),
            ReplaceIdentifier("x", "phone", "2", "3", 8),
        ),
        (
            lambda: by_method.remove_identifier("x", "phone", 9, value="3"),
            RemoveIdentifier("x", "phone", 9, value="3"),
        ),
        (lambda: by_method.remove_identifier("x", "phone", 9, all=True), RemoveIdentifier("x", "phone", 9, True)),
        (lambda: by_method.delete_profile(first, 10), DeleteProfile(first, 10)),
        (lambda: by_method.apply_settings(settings, 11), ApplySettings(settings, 11)),
    ]
    for act, command in pairs:
        assert act() == by_command.execute(command)
    assert by_method.snapshot() == by_command.snapshot()


# Refusals


def crowded() -> Engine:
    """Return a store in which every command can be refused."""
    engine = Engine(
        Settings(
            [
                IdentifierConfig("email", normalization="email"),
                IdentifierConfig("tax"),
                IdentifierConfig("name", matching_algo="fuzzy"),
                IdentifierConfig("zip", enforce_unique=False),
            ],
            ["email", "name AND zip"],
        ),
        new_id=lambda number, at: f"p{number}",
        policies=Policies(blocked=[Blocked(equals=["0"], then="refuse")]),
    )
    engine.resolve({"email": "a@b.cc", "tax": "1", "name": "ann", "zip": "z"}, at=5)
    engine.resolve({"email": "b@b.cc", "tax": "2"}, at=6)
    engine.suppress({"email": "s@b.cc"}, at=7)
    return engine


REFUSED: list[tuple[type[ResolverError], AnyCommand]] = [
    (InvalidTime, Resolve({"email": "c@b.cc"}, at=1.5)),  # type: ignore[arg-type]
    (InvalidTime, ApplySettings(Settings.defaults(), at=True)),
    (InvalidCommand, Resolve("email")),  # type: ignore[arg-type]
    (InvalidCommand, Resolve({"email": "c@b.cc"}, new_profile_id="")),
    (InvalidCommand, RemoveIdentifier("p1", "email", all=True, value="a@b.cc")),
    (InvalidCommand, "resolve"),  # type: ignore[list-item]
    (InvalidIdentifier, Resolve({})),
    (InvalidIdentifier, Resolve({"zip": "y", "email": "nobody"})),
    (InvalidIdentifier, AddIdentifier("p1", "email", "nobody")),
    (InvalidIdentifier, ReplaceIdentifier("p1", "email", "a@b.cc", "nobody")),
    (IdentifierBlocked, Resolve({"email": "c@b.cc", "tax": "0"})),
    (SuppressedIdentifier, Resolve({"zip": "y", "email": "s@b.cc"})),
    (SuppressedIdentifier, AddIdentifier("p1", "email", "s@b.cc")),
    (SuppressedIdentifier, ReplaceIdentifier("p1", "email", "a@b.cc", "s@b.cc")),
    (InvalidCommand, Erase({"email": "a@b.cc"}, suppress="no")),  # type: ignore[arg-type]
    (InvalidIdentifier, Erase({"email": ["a@b.cc", "nobody"]})),
    (UnknownIdentifierType, Suppress({"email": "c@b.cc", "fax": "1"})),
    (UnknownIdentifierType, Resolve({"email": "c@b.cc", "fax": "1"})),
    (UnknownIdentifierType, AddIdentifier("p1", "fax", "1")),
    (UnknownIdentifierType, ReplaceIdentifier("p1", "fax", "1", "2")),
    (UnknownIdentifierType, RemoveIdentifier("p1", "fax")),
    (IdentifierNotFound, ReplaceIdentifier("p1", "email", "b@b.cc", "c@b.cc")),
    (IdentifierNotFound, RemoveIdentifier("p2", "zip")),
    (IdentifierNotFound, RemoveIdentifier("p2", "email", value="a@b.cc")),
    (IdentifierConflict, Resolve({"tax": "1"})),
    (IdentifierConflict, AddIdentifier("p2", "tax", "1")),
    (IdentifierConflict, ReplaceIdentifier("p2", "tax", "2", "1")),
    (ProfileNotFound, AddIdentifier("p9", "email", "c@b.cc")),
    (ProfileNotFound, ReplaceIdentifier("p9", "email", "a@b.cc", "c@b.cc")),
    (ProfileNotFound, RemoveIdentifier("p9", "email")),
    (ProfileNotFound, DeleteProfile("p9")),
    (ProfileExists, Resolve({"email": "c@b.cc"}, new_profile_id="p1")),
    (InvalidSettings, ApplySettings("settings")),  # type: ignore[arg-type]
    (
        InvalidSettings,
        ApplySettings(Settings([IdentifierConfig("email", normalization="digits")], ["email"])),
    ),
]


@pytest.mark.parametrize(("error", "command"), REFUSED, ids=lambda each: getattr(each, "__name__", type(each).__name__))
def test_i7_a_refused_command_leaves_no_trace(error: type[ResolverError], command: AnyCommand) -> None:
    engine, untouched = crowded(), crowded()
    before = engine.snapshot()
    for act in (engine.execute, engine.preview):
        with pytest.raises(error) as caught:
            act(command)
        assert type(caught.value) is error
        assert str(caught.value)
        assert engine.snapshot() == before
    engine._check()
    later = Resolve({"email": ["a@b.cc", "c@b.cc"], "tax": "3", "name": "anna"})
    assert engine.execute(later) == untouched.execute(later)
    assert engine.snapshot() == untouched.snapshot()


def test_i7_every_error_of_a_command_is_among_the_refused() -> None:
    of_no_command = {
        "InvalidHistory", "InvalidSnapshot", "NotEnoughMemory", "NotInParts", "ComponentTooLarge", "UnequalWorkers",
    }  # fmt: skip
    errors = {
        name
        for name, error in vars(public).items()
        if inspect.isclass(error) and issubclass(error, ResolverError) and error is not ResolverError
    }
    assert {error.__name__ for error, _ in REFUSED} == errors - of_no_command


def test_a_refused_number_leaves_no_trace() -> None:
    engine = crowded()
    before = engine.snapshot()
    with pytest.raises(InvalidCommand):
        engine.execute(Resolve({"email": "c@b.cc"}), number=2)
    assert engine.snapshot() == before


# Previews

PREVIEWED: list[AnyCommand] = [
    Resolve({"email": "c@b.cc", "name": "bob"}),
    Resolve({"email": ["a@b.cc", "b@b.cc"]}, at=99),
    Resolve({"zip": "z", "name": "anne"}),
    Resolve({"email": "a@b.cc"}),
    Resolve({"email": "c@b.cc"}, new_profile_id="mine"),
    AddIdentifier("p2", "email", "a@b.cc"),
    AddIdentifier("p2", "zip", "z"),
    ReplaceIdentifier("p1", "zip", "z", "y"),
    RemoveIdentifier("p1", "email"),
    DeleteProfile("p1"),
    ApplySettings(Settings([IdentifierConfig("email")], ["email"])),
]


@pytest.mark.parametrize("command", PREVIEWED, ids=lambda command: type(command).__name__)
def test_a_preview_gives_the_outcome_of_the_execution_and_changes_nothing(command: AnyCommand) -> None:
    engine = crowded()
    before = engine.snapshot()
    preview = engine.preview(command)
    assert engine.preview(command) == preview
    assert engine.snapshot() == before
    engine._check()
    assert engine.execute(command) == preview


def test_an_id_drawn_for_a_preview_is_remembered_for_the_execution() -> None:
    drawn: list[str] = []

    def draw(number: int, at: int) -> str:
        drawn.append(f"id {len(drawn)} for {number} at {at}")
        return drawn[-1]

    engine = Engine(new_id=draw)
    new = Resolve({"email": "a@b.cc"}, at=5)
    first = engine.preview(new).profile_id
    assert engine.preview(Resolve({"email": "b@b.cc"}, at=5)).profile_id == first
    assert engine.preview(Resolve({"email": "a@b.cc"}, at=6)).profile_id == "id 1 for 1 at 6"
    fork = engine.fork()
    assert engine.execute(new).profile_id == fork.execute(new).profile_id == first == "id 0 for 1 at 5"
    assert engine.resolve({"email": "b@b.cc"}, at=6).profile_id == "id 2 for 2 at 6"
    assert len(drawn) == 3


def test_only_so_many_ids_drawn_for_previews_are_remembered() -> None:
    engine = Engine(new_id=lambda number, at: f"{number} at {at}")
    for at in range(3000):
        engine.preview(Resolve({"email": "a@b.cc"}, at))
    ids = engine._ids
    assert ids is not None
    assert list(ids._drawn)[-1] == (1, 2999)
    assert len(ids._drawn) == 1024


def test_a_bad_id_is_not_remembered() -> None:
    ids = iter(["", "used", "used", "good"])
    engine = Engine(new_id=lambda number, at: next(ids))
    with pytest.raises(InvalidCommand, match="non-empty"):
        engine.resolve({"email": "a@b.cc"})
    assert engine.resolve({"email": "a@b.cc"}).profile_id == "used"
    with pytest.raises(ProfileExists):
        engine.resolve({"email": "b@b.cc"})
    assert engine.resolve({"email": "b@b.cc"}).profile_id == "good"


def test_an_id_remembered_from_a_preview_that_is_taken_meanwhile_is_drawn_anew() -> None:
    ids = iter(["first", "second"])
    engine = Engine(new_id=lambda number, at: next(ids))
    engine.preview(Resolve({"email": "a@b.cc"}, 5))
    engine.execute(Resolve({"email": "x@b.cc"}, 5, "first"))
    assert engine.execute(Resolve({"email": "a@b.cc"}, 5)).profile_id == "second"


def test_an_id_remembered_for_the_next_command_that_facts_then_take_is_offered_once() -> None:
    ids = iter(["first", "second"])
    engine = Engine(new_id=lambda number, at: next(ids))
    engine.apply_settings(engine.settings)
    new = Resolve({"email": "a@b.cc"}, 5)
    assert engine.preview(new).profile_id == "first"
    engine.fold(
        [ProfileCreated(1, 0, ProfileId("first")), IdentifierAdded(1, 0, ProfileId("first"), "email", Value("x@b.cc"))]
    )
    with pytest.raises(ProfileExists, match="'first', which was used before"):
        engine.execute(new)
    assert engine.execute(new).profile_id == "second"


def test_a_callback_that_executes_a_command_of_its_own_is_refused_before_anything_is_applied() -> None:
    engine = Engine(
        new_id=lambda number, at: f"p{number}{engine.resolve({'chat': 'inner'}, 0, new_profile_id='x').status}"
    )
    with pytest.raises(InvalidCommand, match="callback"):
        engine.resolve({"email": "a@b.cc"})
    assert engine.profiles() == ("x",)
    engine._check()


def test_a_clock_that_executes_a_command_is_refused_before_anything_is_applied() -> None:
    def now() -> int:
        engine.execute(Resolve({"chat": "inner"}, 0))
        return 5

    engine = Engine(clock=now)
    with pytest.raises(InvalidCommand, match="callback"):
        engine.resolve({"email": "a@b.cc"})
    assert len(engine) == 1
    engine._check()


def test_a_normalizer_that_executes_a_command_is_refused_before_anything_is_applied() -> None:
    def own(text: str) -> str:
        if text == "outer":
            engine.execute(Resolve({"word": "inner"}, 0))
        return text

    engine = Engine(Settings([IdentifierConfig("word", normalization="own")], ["word"]), normalizers={"own": own})
    with pytest.raises(InvalidCommand, match="callback"):
        engine.resolve({"word": "outer"})
    assert len(engine) == 1
    engine._check()


@pytest.mark.parametrize(
    "command",
    [
        AddIdentifier("p1", "word", "outer"),
        ReplaceIdentifier("p1", "word", "OLD", "new"),
        RemoveIdentifier("p1", "word", value="OLD"),
        Resolve({"word": ["outer"]}),
    ],
    ids=lambda command: type(command).__name__,
)
@pytest.mark.parametrize("act", ["execute", "preview"])
def test_a_normalizer_that_uses_the_engine_is_refused_wherever_it_is_called(command: AnyCommand, act: str) -> None:
    def own(text: str) -> str:
        if text in ("outer", "OLD"):
            getattr(engine, act)(Resolve({"word": "inner"}, 0))
        return text.lower()

    engine = Engine(
        Settings([IdentifierConfig("word", normalization="own")], ["word"]),
        normalizers={"own": own},
        new_id=lambda number, at: f"p{number}",
    )
    engine.resolve({"word": "old"})
    with pytest.raises(InvalidCommand, match="callback"):
        engine.execute(command)
    engine._check()
    assert engine.values("p1", "word") == ("old",)


@pytest.mark.parametrize(
    "use",
    [
        lambda engine: engine.preview(DeleteProfile("p1")),
        lambda engine: engine.preview(RemoveIdentifier("p1", "chat")),
        lambda engine: engine.preview(AddIdentifier("p1", "chat", "more")),
        lambda engine: engine.execute(DeleteProfile("nobody")),
        lambda engine: engine.execute(AddIdentifier("nobody", "chat", "more")),
        lambda engine: engine.execute(ReplaceIdentifier("p1", "chat", "nothing", "more")),
        lambda engine: engine.fold([IdentifierAdded(1, 0, ProfileId("p1"), "chat", Value("folded"))]),
        lambda engine: engine.apply_settings(engine.settings),
    ],
    ids=["delete", "remove", "add", "refused delete", "refused add", "refused replace", "fold", "settings"],
)
@pytest.mark.parametrize(
    "command",
    [
        Resolve({"chat": "first", "word": "outer"}),
        AddIdentifier("p1", "word", "outer"),
        ReplaceIdentifier("p1", "word", "outer", "new"),
        RemoveIdentifier("p1", "word", value="outer"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_no_command_goes_on_with_half_of_what_it_read_after_a_normalizer_used_the_engine(
    command: AnyCommand, use: Callable[[Engine], object]
) -> None:
    busy = True

    def own(text: str) -> str:
        nonlocal busy
        if text == "outer" and busy:
            busy = False
            with contextlib.suppress(ResolverError):
                use(engine)
        return text

    configs = [IdentifierConfig("chat"), IdentifierConfig("word", normalization="own")]
    engine = Engine(
        Settings(configs, ["chat", "word"]), normalizers={"own": own}, new_id=lambda number, at: f"p{number}"
    )
    engine.resolve({"chat": "here"})
    with pytest.raises(InvalidCommand, match="callback"):
        engine.execute(command)
    engine._check()
    assert len(engine) == 1
    assert not engine.values("p1", "word")


def test_a_time_zone_that_executes_a_command_is_refused_before_anything_is_applied() -> None:
    class Busy(tzinfo):
        def utcoffset(self, when: object) -> timedelta:
            engine.resolve({"chat": "inner"}, 0)
            return timedelta(0)

        def dst(self, when: object) -> None:
            return None

        def tzname(self, when: object) -> str:
            return "busy"

    engine = Engine()
    with pytest.raises(InvalidCommand, match="callback"):
        engine.resolve({"email": "a@b.cc"}, datetime(2026, 1, 1, tzinfo=Busy()))
    assert len(engine) == 1
    engine._check()


class Unshown:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


ODD = {
    "a long number": 10**5000,
    "what cannot be shown": Unshown(),
    "no number": float("nan"),
    "what equals a text": UserString("p1"),
    "a list": [],
    "a dict": {},
    "bytes": b"p1",
    "a truth": True,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_whatever_is_given_the_error_is_one_of_the_contract(odd: Any) -> None:
    engine = crowded()
    before = engine.snapshot()
    for command in (
        Resolve({"email": "c@b.cc"}, at=odd),
        Resolve({"email": odd}),
        Resolve([(odd, "x")]),
        Resolve(odd),
        Resolve({"email": "c@b.cc"}, new_profile_id=odd),
        AddIdentifier(odd, "email", "c@b.cc"),
        AddIdentifier("p1", odd, "c@b.cc"),
        AddIdentifier("p1", "email", odd),
        ReplaceIdentifier("p1", "email", odd, "c@b.cc"),
        RemoveIdentifier("p1", "email", all=odd, value="a@b.cc"),
        RemoveIdentifier("p1", "email", value=odd),
        DeleteProfile(odd),
        ApplySettings(odd),
        odd,
    ):
        for act in (engine.execute, engine.preview):
            with pytest.raises(ResolverError):
                act(command)
    for ask in (engine.identifiers, engine.canonical_id, engine.aliases, engine.created_at):
        with pytest.raises(ProfileNotFound):
            ask(odd)
    assert odd not in engine
    with pytest.raises(UnknownIdentifierType):
        engine.lookup(odd, "x")
    with pytest.raises(InvalidIdentifier):
        engine.lookup("email", odd)
    assert engine.snapshot() == before


class Word(str):
    """A string of another class, with ways of its own."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> str:
        return "other"

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


def test_a_string_of_another_class_is_taken_for_its_text() -> None:
    engine = crowded()
    outcome = engine.resolve({"email": Word("a@b.cc"), Word("tax"): Word("1")})
    assert (outcome.profile_id, outcome.status) == ("p1", "unchanged")
    assert engine.identifiers(Word("p1")) == engine.identifiers("p1")
    engine.replace_identifier(Word("p1"), Word("email"), Word("a@b.cc"), Word("d@b.cc"))
    assert engine.values("p1", "email") == ("d@b.cc",)
    assert type(engine.values("p1", "email")[0]) is str


def test_a_value_that_cannot_be_read_is_left_out_of_a_preview_too() -> None:
    engine = Engine(on_invalid="drop", new_id=lambda number, at: f"p{number}")
    engine.resolve({"email": "a@b.cc"})
    command = AddIdentifier("p1", "email", "nobody")
    assert engine.preview(command) == engine.execute(command)


@pytest.mark.parametrize(
    "fact",
    [
        IdentifierRemoved(4, 0, ProfileId("p1"), "email", Value("x@b.cc"), RemovalReason.REMOVED),
        IdentifierRemoved(4, 0, ProfileId("p1"), "email", Value("b@b.cc"), RemovalReason.REMOVED),
        IdentifierEvicted(4, 0, ProfileId("p2"), "email", Value("a@b.cc"), LimitPolicy.FIFO),
        IdentifierRemoved(4, 0, ProfileId("p9"), "email", Value("a@b.cc"), RemovalReason.REMOVED),
        IdentifierAdded(4, 0, ProfileId("p9"), "email", Value("x@b.cc")),
        IdentifierAdded(4, 0, ProfileId("p3"), "email", Value("x@b.cc")),
        ProfilesMerged(
            4, 0, ProfileId("p1"), (ProfileId("p2"), ProfileId("p9")), "email", (("email", Value("a@b.cc")),)
        ),
        ProfilesMerged(4, 0, ProfileId("p3"), (ProfileId("p2"),), "email", (("email", Value("a@b.cc")),)),
        ProfileDeleted(4, 0, ProfileId("p3"), ()),
    ],
)
def test_facts_that_do_not_fit_are_folded_not_at_all(fact: AnyFact) -> None:
    engine = Engine(new_id=lambda number, at: f"p{number}")
    engine.resolve({"email": "a@b.cc"})
    engine.resolve({"email": "b@b.cc"})
    engine.resolve({"email": "c@b.cc"})
    engine.delete_profile("p3")
    before = engine.snapshot()
    with pytest.raises(LookupError):
        engine.fold([fact])
    assert engine.snapshot() == before
    engine._check()


def test_an_iterator_of_identifiers_serves_the_method_and_is_refused_in_a_command() -> None:
    engine = Engine()
    assert engine.resolve(iter([("email", "a@b.cc")])).status == "created"
    with pytest.raises(InvalidCommand, match="read once"):
        engine.execute(Resolve(iter([("email", "a@b.cc")])))


def test_a_fold_refuses_facts_that_come_again() -> None:
    engine = Engine()
    facts = [*engine.resolve({"email": "a@b.cc"}).facts, *engine.resolve({"email": "b@b.cc"}).facts]
    copy = Engine()
    copy.fold(facts)
    with pytest.raises(InvalidCommand, match="comes after command 2"):
        copy.fold(facts)


def test_a_normalizer_that_is_no_function_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"normalizers\.mine"):
        Engine(normalizers={"mine": 5})  # type: ignore[dict-item]


def test_a_preview_uses_the_clock_as_an_execution_would() -> None:
    engine = Engine(clock=lambda: 77)
    assert engine.preview(Resolve({"email": "a@b.cc"})).facts[0].at == 77


# Forks


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_fork_has_the_same_state_and_position(story: Callable[[], Engine]) -> None:
    engine = story()
    fork = engine.fork()
    assert fork.snapshot() == engine.snapshot()
    assert fork.settings == engine.settings
    fork._check()
    engine._check()


def changes(engine: Engine) -> None:
    """Change everything that can be changed, in place and out of place."""
    for name in engine.profiles():
        for id_type, values in engine.identifiers(name).items():
            engine.replace_identifier(name, id_type, values[0], f"changed {name} {id_type}@b.cc")
    first, *rest = engine.profiles()
    for other in rest[:1]:
        engine.resolve({"email": [engine.values(name, "email")[0] for name in (first, other)]})
    engine.resolve({"email": "quite-new@b.cc"})
    engine.remove_identifier(first, "email", all=True)
    engine.delete_profile(engine.profiles()[-1])
    engine.apply_settings(Settings([IdentifierConfig("email"), IdentifierConfig("card")], ["email", "card"]))


@pytest.mark.parametrize("changed", ["the fork", "the original", "the fork of the fork"])
def test_a_fork_and_its_original_are_independent(changed: str) -> None:
    engine = full()
    fork = engine.fork()
    second = fork.fork()
    before = engine.snapshot()
    engines = {"the original": engine, "the fork": fork, "the fork of the fork": second}
    changes(engines[changed])
    for name, each in engines.items():
        each._check()
        assert (each.snapshot() == before) is (name != changed)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_a_fork(copied: Callable[[Engine], Engine]) -> None:
    engine = Engine()
    engine.resolve({"email": "a@b.cc"})
    other = copied(engine)
    statuses = [other.resolve({"email": "new@b.cc"}).status for _ in range(2)]
    assert [str(status) for status in statuses] == ["created", "unchanged"]
    other._check()
    assert len(engine) == 1


class OneCase(str):
    """A string that is equal to what it is in other cases."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    def __hash__(self) -> int:
        return hash(self.lower())


def hold_preview_and_execution(engine: Engine, command: Resolve) -> None:
    """Execute, and see that it does what the preview told, the error included."""
    try:
        expected = engine.preview(command)
    except InvalidIdentifier as error:
        with pytest.raises(InvalidIdentifier, match=re.escape(str(error))):
            engine.execute(command)
    else:
        assert engine.execute(command) == expected
    engine._check()


@pytest.mark.parametrize("kind", [UserString, OneCase])
@pytest.mark.parametrize("id_types", [["chat"], ["chat", "whatsapp"], ["email", "chat", "whatsapp"]])
@pytest.mark.parametrize("apart", [False, True])
def test_n1_what_is_equal_to_a_text_and_no_plain_string_is_seen_as_in_full(
    kind: Callable[[str], Any], id_types: list[str], apart: bool
) -> None:
    settings = Settings(
        [IdentifierConfig(each) for each in ("email", "chat", "whatsapp")], ["email", "chat", "whatsapp"]
    )
    engine = Engine(settings)
    if apart:
        engine.resolve({"chat": "ada"})
        engine.resolve({"whatsapp": "ada"})
    else:
        engine.resolve({"chat": "ada", "whatsapp": "ada"})
    plain = dict.fromkeys(id_types, "ada")
    for odd in (id_types, id_types[:1], id_types[-1:]):
        for text in ("ada", "ADA"):
            hold_preview_and_execution(engine.fork(), Resolve({**plain, **dict.fromkeys(odd, kind(text))}))


def test_both_sides_of_a_fork_may_go_on() -> None:
    engine, alone = full(), full()
    fork = engine.fork()
    changes(fork)
    changes(engine)
    changes(alone)
    assert engine.snapshot() == fork.snapshot() == alone.snapshot()


def test_a_fork_keeps_clock_ids_and_normalizers() -> None:
    engine = full()
    fork = engine.fork()
    given = Resolve({"email": "new@b.cc", "card": "No. 77"})
    assert fork.execute(given) == engine.execute(given)
    assert Engine(clock=lambda: 9).fork().resolve({"email": "a@b.cc"}).facts[0].at == 9


class Watched(Engine):
    """A kind of engine."""


def test_a_kind_of_engine_stays_that_kind() -> None:
    engine = Watched()
    assert type(engine.fork()) is type(Watched.restore(engine.snapshot())) is Watched


# Folding


@pytest.mark.parametrize("story", [plain, surrogates], ids=lambda story: story.__name__)
def test_folding_no_facts_changes_nothing(story: Callable[[], Engine]) -> None:
    engine = story()
    before = engine.snapshot()
    engine.fold([])
    assert engine.snapshot() == before


def test_a_restored_engine_folds_the_facts_that_came_after() -> None:
    engine = plain()
    copy = Engine.restore(engine.snapshot())
    facts = [
        *engine.resolve({"email": "new@example.com"}).facts,
        *engine.resolve({"email": ["new@example.com", "ada@example.com"]}, at=9).facts,
        *engine.apply_settings(Settings([IdentifierConfig("email")], ["email"])).facts,
    ]
    copy.fold(decode_fact(encode_fact(fact)) for fact in facts)
    assert copy.snapshot() == engine.snapshot()
    copy._check()


def test_an_engine_that_nobody_holds_is_freed_at_once() -> None:
    engine = Engine()
    engine.resolve({"email": "a@b.cc"})
    fork = engine.fork()
    died = [weakref.ref(engine), weakref.ref(fork)]
    gc.disable()
    try:
        del engine, fork
        assert [reference() for reference in died] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("raw", "told"), [(2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)), (2**63, "<int>"), (-(2**63) - 1, "<int>")]
)
def test_n8_an_integer_that_no_fact_can_hold_is_reported_by_its_type(raw: int, told: object) -> None:
    engine = Engine(on_invalid="drop")
    [refused, *_] = engine.resolve({"email": "a@b.cc", "phone": raw}).facts  # type: ignore[arg-type]
    assert isinstance(refused, IdentifierRefused)
    assert refused.value == told
    assert decode_fact(encode_fact(refused)) == refused


def test_ids_drawn_for_previews_of_a_fork_are_not_those_of_its_original() -> None:
    drawn: list[str] = []

    def draw(number: int, at: int) -> str:
        drawn.append(f"id {len(drawn)}")
        return drawn[-1]

    engine = Engine(new_id=draw)
    fork = engine.fork()
    new = Resolve({"email": "a@b.cc"}, 5)
    assert fork.preview(new).profile_id == "id 0"
    assert engine.preview(new).profile_id == "id 1"
    assert fork.execute(new).profile_id == "id 0"
    assert engine.execute(new).profile_id == "id 1"
