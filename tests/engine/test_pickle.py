"""An engine travels: pickled it is its snapshot, with the caller's own functions by name."""

import copy
import pickle
from multiprocessing import get_context
from typing import Any

import pytest

from resolver import Engine, IdentifierConfig, OtherVersions, Resolve, Settings


def noon() -> int:
    return 43_200_000


def named(number: int, at: int) -> str:
    return f"profile-{number}-{at}"


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


OWN: dict[str, Any] = {"clock": noon, "new_id": named, "normalizers": {"digits": digits}}
OWN_SETTINGS = Settings([IdentifierConfig("card", normalization="digits")], ["card"])


def with_own() -> Engine:
    engine = Engine(OWN_SETTINGS, on_invalid="drop", match="first", default_region="DE", **OWN)
    engine.resolve({"card": "No. 12-34"})
    return engine


def ask(engine: Engine) -> tuple[bytes, str]:
    """Ask in another process, where the engine is used."""
    profile_id = engine.resolve({"card": "No. 56"}).profile_id
    assert profile_id is not None
    return engine.snapshot(), profile_id


def test_a_pickled_engine_is_the_same_engine() -> None:
    engine = Engine()
    ada = engine.resolve({"email": "ada@example.com"}, at=1_000).profile_id
    engine.resolve({"email": "bob@example.com", "phone": "317-555-6789"}, at=2_000)
    engine.delete_profile(str(ada), at=3_000)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        other = pickle.loads(pickle.dumps(engine, protocol))
        assert other.snapshot() == engine.snapshot()
        other._check()
        assert other.preview(Resolve({"chat": "1"})) == engine.preview(Resolve({"chat": "1"}))


def test_own_functions_are_pickled_by_their_names() -> None:
    engine = with_own()
    other = pickle.loads(pickle.dumps(engine))
    assert other.snapshot() == engine.snapshot()
    assert ask(other) == ask(engine)
    assert other.profiles() == ("profile-1-43200000", "profile-2-43200000")


def test_an_engine_goes_to_another_process_and_what_it_answers_comes_back() -> None:
    engine = with_own()
    with get_context("spawn").Pool(1) as pool:
        answered = pool.apply(ask, (engine,))
    assert len(engine) == 1
    assert answered == ask(engine)


CALLBACKS: list[tuple[str, dict[str, Any]]] = [
    ("clock", {"clock": lambda: 1}),
    ("new_id", {"new_id": lambda number, at: f"p{number}"}),
    ("digits", {"settings": OWN_SETTINGS, "normalizers": {"digits": lambda text: digits(text)}}),
]


@pytest.mark.parametrize(("name", "options"), CALLBACKS)
def test_a_function_that_cannot_be_imported_is_named_in_one_sentence(name: str, options: dict[str, Any]) -> None:
    engine = Engine(**options)
    with pytest.raises(pickle.PicklingError) as caught:
        pickle.dumps([engine])
    message = str(caught.value)
    assert message.startswith(f"an engine is pickled with its {name}, and <function ")
    assert "; expected a function defined at the top of a module, or Engine.restore(engine.snapshot(), " in message
    assert "\n" not in message


@pytest.mark.parametrize("options", [options for _, options in CALLBACKS])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_any_engine_can_be_copied(copied: Any, options: dict[str, Any]) -> None:
    engine = Engine(**options)
    engine.resolve({engine.settings.id_types[-1]: "12"}, at=5)
    (other,) = copied([engine]) if copied is copy.deepcopy else (copied(engine),)
    assert other is not engine
    assert other.snapshot() == engine.snapshot()


def test_a_pickle_of_other_library_versions_is_restored_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    pickled = pickle.dumps(Engine())
    monkeypatch.setattr("resolver.snapshot.versions", lambda: {"phonenumbers": "0"})
    with pytest.warns(OtherVersions, match="the snapshot was made with phonenumbers"):
        pickle.loads(pickled)


class Store(Engine):
    """Somebody's own engine."""


def test_a_subclass_stays_one() -> None:
    assert type(pickle.loads(pickle.dumps(Store()))) is Store


def test_an_engine_is_shown_in_one_line() -> None:
    engine = Engine()
    assert repr(engine) == "<Engine: 0 profiles>"
    engine.resolve({"email": "ada@example.com"})
    assert repr(engine) == "<Engine: 1 profile>"
