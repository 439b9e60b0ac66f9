"""What was removed, evicted, replaced or deleted is forgotten: its text is nowhere in the engine, nor in a snapshot."""

import gc
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from resolver import (
    AddIdentifier,
    ApplySettings,
    Blocked,
    DeleteProfile,
    Engine,
    IdentifierConfig,
    IdentifierConflict,
    Policies,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Settings,
)
from resolver.commands import AnyCommand


def texts_within(*roots: object) -> Iterator[str]:
    """Every text that is reachable, also from functions; none of modules and code."""
    seen: dict[int, object] = {}
    left: list[object] = list(roots)
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, ModuleType | CodeType) or getattr(each, "__name__", "") == "__dict__":
            continue
        seen[id(each)] = each
        if isinstance(each, str):
            yield each
        elif isinstance(each, FunctionType):
            left += [cell.cell_contents for cell in each.__closure__ or ()]
        elif isinstance(each, type):
            continue
        else:
            left += gc.get_referents(each)


def folded(engine: Engine, command: AnyCommand) -> None:
    """Execute a command elsewhere, and fold what it did."""
    engine.fold(engine.fork().execute(command).facts)


SECRET = "xyzzy"
MAIL, PLACE, CALL, NAME, WORD = (
    [f"{before}{SECRET}-{number}{after}" for number in range(6)]
    for before, after in ((" ", "@Example.COM"), ("", "@localhost"), ("no phone ", " "), (" ", "! "), ("", ""))
)


@pytest.mark.parametrize(
    "execute",
    [Engine.execute, lambda engine, command: engine.execute_many([command]), folded],
    ids=["one by one", "in batches", "folded"],
)
@pytest.mark.parametrize("blocked", [[], ["segment", Blocked(matches="^no such")]], ids=["plain", "blocked"])
def test_what_was_removed_evicted_replaced_or_deleted_is_forgotten(
    execute: Callable[[Engine, AnyCommand], Any], blocked: list[Any]
) -> None:
    config = partial(IdentifierConfig, limit=1)
    settings = Settings(
        [
            config("mail", normalization="email"),
            config("place", normalization="email", matching_algo="fuzzy", matching_threshold=99),
            config("call", normalization="phone"),
            config("name", normalization="lower"),
            config("word"),
            IdentifierConfig("card"),
        ],
        ["mail", "place", "call", "name", "word", "card"],
        policies=Policies(blocked=blocked),
    )
    engine = Engine(settings, normalizers={"lower": lambda text: text.strip().lower()}, on_invalid="keep")
    types = ("mail", "place", "call", "name", "word")
    given = [dict(zip(types, values, strict=True)) for values in zip(MAIL, PLACE, CALL, NAME, WORD, strict=True)]
    execute(engine, Resolve(given[0]))
    execute(engine, Resolve(given[1] | {"card": "x"}))
    [one, other] = engine.profiles()
    for id_type in types:
        execute(engine, AddIdentifier(one, id_type, given[2][id_type]))
        execute(engine, ReplaceIdentifier(one, id_type, given[2][id_type].strip(), given[3][id_type]))
        execute(engine, RemoveIdentifier(other, id_type, all=True))
    execute(engine, Resolve(given[4]))
    few = Settings([IdentifierConfig("mail"), IdentifierConfig("card")], ["mail", "card"], policies=settings.policies)
    execute(engine, ApplySettings(few))
    for profile_id in engine.profiles():
        if profile_id != other:
            execute(engine, DeleteProfile(profile_id))
    execute(engine, Resolve({"card": "x"}))
    assert engine.profiles() == (other,)
    for whole in (engine, engine.fork(), Engine.restore(engine.snapshot(), normalizers={"lower": str.lower})):
        assert [text for text in texts_within(whole) if SECRET in text] == []
    assert SECRET.encode() not in engine.snapshot()


def test_what_a_preview_or_a_refusal_gave_is_not_stored() -> None:
    engine = Engine(Settings([IdentifierConfig("word"), IdentifierConfig("card", limit=1)], ["word"]))
    one = str(engine.resolve({"word": "x", "card": "c"}).profile_id)
    engine.resolve({"word": "y", "card": "d"})
    engine.preview(Resolve({"word": SECRET}))
    with pytest.raises(IdentifierConflict):
        engine.add_identifier(one, "card", "d")
    engine.resolve({"word": "x"})
    assert SECRET not in list(texts_within(engine))
