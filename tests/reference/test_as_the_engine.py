"""What the random histories do not reach: odd input, callbacks and options, on the reference as on the engine."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resolver import (
    AddIdentifier,
    ApplySettings,
    Engine,
    IdentifierConfig,
    InvalidCommand,
    InvalidSettings,
    ProfileExists,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.reference import Reference
from resolver.rules.normalization import Normalizers

Store = Engine | Reference
STORES: tuple[Callable[..., Any], ...] = (Engine, Reference)

ODD_COMMANDS: list[Any] = [
    None,
    "resolve",
    Resolve(None),  # type: ignore[arg-type]
    Resolve("email"),  # type: ignore[arg-type]
    Resolve(b"email"),  # type: ignore[arg-type]
    Resolve(5),  # type: ignore[arg-type]
    Resolve([("email",)]),  # type: ignore[list-item]
    Resolve(["ab"]),  # type: ignore[list-item]
    Resolve(iter([("email", "a@b.cc")])),
    Resolve({"email": []}),
    Resolve([("email", ["a@b.cc", "b@b.cc"])]),  # type: ignore[list-item]
    Resolve({5: "a"}),  # type: ignore[arg-type]
    Resolve([([], "a")]),  # type: ignore[list-item]
    Resolve({"email": "z@b.cc"}, None, 5),  # type: ignore[arg-type]
    Resolve({"email": "z@b.cc"}, None, ""),
    Resolve({"email": "z@b.cc"}, None, "own"),
    Resolve({"email": "a@b.cc"}, None, 5),  # type: ignore[arg-type]
    Resolve({"email": "z@b.cc"}, 2**63),
    Resolve({"email": "z@b.cc"}, datetime(2026, 1, 1)),
    Resolve({"email": "z@b.cc"}, datetime(2026, 1, 1, tzinfo=UTC)),
    Resolve({"email": "z@b.cc"}, timedelta(1)),  # type: ignore[arg-type]
    Resolve({"email": 5}),  # type: ignore[arg-type]
    Resolve({"email": {"a@b.cc"}}),  # type: ignore[arg-type]
    Resolve({"email": "x" * 300}),
    AddIdentifier(5, "email", "a@b.cc"),  # type: ignore[arg-type]
    AddIdentifier([], "email", "a@b.cc"),  # type: ignore[arg-type]
    AddIdentifier("own", [], "a@b.cc"),  # type: ignore[arg-type]
    AddIdentifier("own", "email", None),  # type: ignore[arg-type]
    AddIdentifier("own", "phone", "3175550000"),
    ReplaceIdentifier("own", "email", 5, "c@b.cc"),  # type: ignore[arg-type]
    ReplaceIdentifier("own", "email", "?", "c@b.cc"),
    ReplaceIdentifier("own", "email", "A@B.cc", "c@b.cc"),
    RemoveIdentifier("own", "email", None, 1),  # type: ignore[arg-type]
    RemoveIdentifier("own", "email", None, True, "a@b.cc"),
    RemoveIdentifier("own", "phone"),
    RemoveIdentifier("own", "chat", None, True),
    RemoveIdentifier("own", "chat", None, False, "c"),
    RemoveIdentifier("own", [], None, True),  # type: ignore[arg-type]
    RemoveIdentifier("own", "fax", None, True),
    RemoveIdentifier("own", "email", None, False, ["a@b.cc"]),  # type: ignore[arg-type]
    ApplySettings(None),  # type: ignore[arg-type]
    ApplySettings(Settings([IdentifierConfig("word", normalization="mine")], ["word"])),
]


METHODS = """
execute preview resolve add_identifier replace_identifier remove_identifier delete_profile apply_settings
identifiers values history_of lookup canonical_id aliases created_at profiles __len__ __contains__ __bool__
"""


@pytest.mark.parametrize("name", METHODS.split())
def test_the_methods_have_the_parameters_of_those_of_the_engine(name: str) -> None:
    ours, theirs = (inspect.signature(getattr(make, name)).parameters.values() for make in STORES)
    assert [(each.name, each.kind, each.default) for each in ours] == [
        (each.name, each.kind, each.default) for each in theirs
    ]


def test_the_options_of_the_engine_are_options_of_the_reference() -> None:
    engine, reference = (inspect.signature(make).parameters for make in STORES)
    assert {name: (each.kind, each.default) for name, each in engine.items()}.items() <= {
        name: (each.kind, each.default) for name, each in reference.items()
    }.items()
    assert list(reference)[: len(engine)] == list(engine)


def answer(act: Callable[..., object], *given: object, **options: object) -> object:
    try:
        return act(*given, **options)
    except ResolverError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
@pytest.mark.parametrize("command", ODD_COMMANDS, ids=range(len(ODD_COMMANDS)))
def test_odd_commands_have_one_outcome_or_error(command: Any, on_invalid: str) -> None:
    fewer = Settings([IdentifierConfig("email", normalization="email"), IdentifierConfig("phone")], ["email"])
    answers = []
    for make in STORES:
        store = make(on_invalid=on_invalid)
        store.resolve({"email": "a@b.cc"}, 1, new_profile_id="own")
        store.resolve({"phone": "3175550000", "chat": "c"}, 2)
        store.apply_settings(fewer)
        answers.append((answer(store.preview, command), answer(store.execute, command), store.profiles()))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("number", [0, 1, True, "2", 2**63, 2.0, 7])
def test_numbers_are_checked_alike(number: Any) -> None:
    answers = []
    for make in STORES:
        store = make()
        store.resolve({"email": "a@b.cc"})
        answers.append(answer(store.execute, Resolve({"email": "b@b.cc"}), number=number))
    assert answers[0] == answers[1]


OPTIONS: list[dict[str, Any]] = [
    {"settings": 5},
    {"settings": Settings([IdentifierConfig("word", normalization="mine")], ["word"])},
    {"default_region": "XX"},
    {"on_invalid": "ignore"},
    {"match": "some"},
    {"normalizers": {"email": str.lower}},
    {"normalizers": {"mine": 5}},
    {"default_region": []},
    {"default_region": None},
    {"normalizers": 5},
    {"normalizers": 0},
    {"normalizers": ["mine"]},
    {"new_id": 0},
    {"new_id": "p"},
    {"clock": 0},
    {"on_invalid": []},
    {"match": {}},
]


@pytest.mark.parametrize("options", OPTIONS, ids=range(len(OPTIONS)))
def test_wrong_options_are_refused_alike(options: dict[str, Any]) -> None:
    engine, reference = (answer(make, **options) for make in STORES)
    assert str(engine).startswith(InvalidSettings.__name__)
    assert engine == reference


def odd_normalizer(text: str) -> Any:
    if text == "raise":
        raise ValueError("no")
    return {"number": 5, "empty": "", "longer": "longer longer"}.get(text, text.lower())


@pytest.mark.parametrize("raw", ["Word", "raise", "number", "empty", "longer", "longer longer", "LONGER"])
@pytest.mark.parametrize("shared", [False, True])
def test_n9_own_normalizers_are_asked_alike(raw: str, shared: bool) -> None:
    settings = Settings([IdentifierConfig("word", normalization="mine")], ["word"])
    own: Any = {"mine": odd_normalizer}
    engine, reference = (
        make(settings, normalizers=Normalizers("US", own) if shared else own, on_invalid="refuse") for make in STORES
    )
    assert answer(engine.resolve, {"word": raw}) == answer(reference.resolve, {"word": raw})
    assert answer(engine.lookup, "word", raw) == answer(reference.lookup, "word", raw)


@pytest.mark.parametrize("make", STORES)
def test_a_clock_gives_the_time_that_a_command_leaves_out(make: Callable[..., Store]) -> None:
    store = make(clock=iter([5, 9]).__next__)
    one = store.resolve({"email": "a@b.cc"})
    store.resolve({"email": "b@b.cc"}, 1)
    assert one.facts[0].at == 5
    assert store.resolve({"email": "c@b.cc"}).facts[0].at == 9


@pytest.mark.parametrize("make", STORES)
def test_an_id_drawn_for_a_preview_is_kept_for_the_execution(make: Callable[..., Store]) -> None:
    drawn: Iterator[Any] = iter(["one", "one", "two", "", None, "three"])
    store = make(new_id=lambda number, at: next(drawn))
    preview = store.preview(Resolve({"email": "a@b.cc"}))
    fork = store.fork()
    assert store.resolve({"email": "a@b.cc"}) == preview
    assert fork.resolve({"email": "a@b.cc"}) == preview
    with pytest.raises(ProfileExists, match="which was used before"):
        store.resolve({"email": "b@b.cc"})
    assert store.resolve({"email": "b@b.cc"}).profile_id == "two"
    for _ in range(2):
        with pytest.raises(InvalidCommand, match="expected a non-empty string"):
            store.resolve({"email": "c@b.cc"})
    assert store.resolve({"email": "c@b.cc"}).profile_id == "three"
    assert len(fork) == 1


@pytest.mark.parametrize("make", STORES)
def test_a_callback_that_executes_a_command_is_refused(make: Callable[..., Store]) -> None:
    def new_id(number: int, at: int) -> str:
        return str(store.resolve({"email": "b@b.cc"}, new_profile_id=f"own-{number}").profile_id)

    store = make(new_id=new_id)
    with pytest.raises(InvalidCommand, match="executed a command of its own"):
        store.resolve({"email": "a@b.cc"})
    assert store.profiles() == ("own-1",)


@pytest.mark.parametrize("make", STORES)
def test_questions_are_answered_alike(make: Callable[..., Store]) -> None:
    store = make()
    assert (len(store), bool(store), repr(store)) == (0, True, f"<{type(store).__name__}: 0 profiles>")
    one = store.resolve(iter([("email", "a@b.cc")])).profile_id
    assert repr(store) == f"<{type(store).__name__}: 1 profile>"
    assert one in store
    assert 5 not in store
    assert [] not in store
    odd: Any
    for odd in (5, [], None):
        assert str(answer(store.lookup, "email", odd)).startswith("InvalidIdentifier")
        assert str(answer(store.lookup, odd, "a")).startswith("UnknownIdentifierType")
        assert str(answer(store.canonical_id, odd)).startswith("ProfileNotFound")


def test_a_fork_goes_its_own_way_with_the_same_rules() -> None:
    store = Reference(survivor=lambda profiles: profiles[-1])
    store.resolve({"email": "a@b.cc"})
    fork = store.fork()
    late = fork.resolve({"email": "b@b.cc"}).profile_id
    assert fork.resolve({"email": ["a@b.cc", "b@b.cc"]}).profile_id == late
    assert (len(store), store.last_number, fork.last_number) == (1, 1, 3)
