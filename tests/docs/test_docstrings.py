"""The docstring of a public member names every error that the member raises; each case raises it, to be sure."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import resolver.simulate as simulate
from resolver import (
    Engine,
    IdentifierAdded,
    IdentifierConfig,
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidHistory,
    InvalidIdentifier,
    InvalidSettings,
    InvalidSnapshot,
    InvalidTime,
    ProfileExists,
    ProfileNotFound,
    Resolve,
    Settings,
    UnknownIdentifierType,
)
from resolver.generate import generate, write_history
from resolver.graph import identity_graph, write_graph
from resolver.history import parse_map, read_history, records_of
from resolver.names import ProfileId, Value
from resolver.report import Mask, comparison_report, masked
from resolver.rules import TableView, match_profiles, normalize, split_at_limit, survivor
from resolver.simulate.explain import UnknownRef
from tests.simulate.lines import ADA, BOB

TWO = Settings([IdentifierConfig("email"), IdentifierConfig("chat")], ["email"])


def engine() -> Any:
    """An engine with two profiles, `a` and `b`."""
    made = Engine(TWO, new_id=lambda number, at: "ab"[number - 1])
    made.resolve({"email": "a@b.com", "chat": "1"})
    made.resolve({"email": "b@b.com", "chat": "2"})
    return made


def a_run() -> simulate.Run:
    return simulate.replay([ADA, BOB])


Case = tuple[Any, Callable[[], object], type[Exception]]

GRID = {"axes": {"phone.limit": [1]}}
TOO_LONG = Settings([IdentifierConfig("email", normalization="own")], ["email"])

CASES: list[Case] = [
    (Engine, lambda: Engine(match="some"), InvalidSettings),
    (Engine.resolve, lambda: engine().resolve({"email": ""}), InvalidIdentifier),
    (Engine.resolve, lambda: engine().resolve({"fax": "1"}), UnknownIdentifierType),
    (Engine.resolve, lambda: engine().resolve({"email": "a@b.com"}, at=1.5), InvalidTime),
    (Engine.resolve, lambda: engine().resolve({"email": "c@b.com"}, new_profile_id="a"), ProfileExists),
    (Engine.resolve, lambda: engine().resolve({"chat": "1"}), IdentifierConflict),
    (Engine.resolve, lambda: engine().resolve({"email": "c@b.com"}, new_profile_id=""), InvalidCommand),
    (Engine.add_identifier, lambda: engine().add_identifier("x", "email", "c@b.com"), ProfileNotFound),
    (Engine.add_identifier, lambda: engine().add_identifier("a", "fax", "1"), UnknownIdentifierType),
    (Engine.add_identifier, lambda: engine().add_identifier("a", "email", ""), InvalidIdentifier),
    (Engine.add_identifier, lambda: engine().add_identifier("a", "chat", "2"), IdentifierConflict),
    (Engine.add_identifier, lambda: engine().add_identifier("a", "chat", "2", "now"), InvalidTime),
    (Engine.replace_identifier, lambda: engine().replace_identifier("a", "chat", "9", "8"), IdentifierNotFound),
    (Engine.remove_identifier, lambda: engine().remove_identifier("a", "chat", value="9"), IdentifierNotFound),
    (Engine.remove_identifier, lambda: engine().remove_identifier("a", "fax"), UnknownIdentifierType),
    (Engine.remove_identifier, lambda: engine().remove_identifier("x", "chat"), ProfileNotFound),
    (Engine.remove_identifier, lambda: engine().remove_identifier("a", "chat", "now"), InvalidTime),
    (Engine.remove_identifier, lambda: engine().remove_identifier("a", "chat", all=True, value="1"), InvalidCommand),
    (Engine.delete_profile, lambda: engine().delete_profile("x"), ProfileNotFound),
    (Engine.delete_profile, lambda: engine().delete_profile("a", "now"), InvalidTime),
    (Engine.execute_many, lambda: engine().execute_many(None), InvalidCommand),
    (Engine.apply_settings, lambda: engine().apply_settings(TOO_LONG), InvalidSettings),
    (Engine.apply_settings, lambda: engine().apply_settings(TWO, "now"), InvalidTime),
    (Engine.execute, lambda: engine().execute("resolve"), InvalidCommand),
    (Engine.execute, lambda: engine().execute(Resolve({"chat": "9"}), number=1), InvalidCommand),
    (Engine.preview, lambda: engine().preview("resolve"), InvalidCommand),
    (Engine.identifiers, lambda: engine().identifiers("x"), ProfileNotFound),
    (Engine.values, lambda: engine().values("x", "chat"), ProfileNotFound),
    (Engine.values, lambda: engine().values("a", "fax"), UnknownIdentifierType),
    (Engine.history_of, lambda: engine().history_of("x", "chat"), ProfileNotFound),
    (Engine.history_of, lambda: engine().history_of("a", "fax"), UnknownIdentifierType),
    (Engine.lookup, lambda: engine().lookup("fax", "1"), UnknownIdentifierType),
    (Engine.lookup, lambda: engine().lookup("chat", ""), InvalidIdentifier),
    (Engine.canonical_id, lambda: engine().canonical_id("x"), ProfileNotFound),
    (Engine.aliases, lambda: engine().aliases("x"), ProfileNotFound),
    (Engine.created_at, lambda: engine().created_at("x"), ProfileNotFound),
    (Engine.restore, lambda: Engine.restore(b"resolver"), InvalidSnapshot),
    (Engine.restore, lambda: Engine.restore(Engine().snapshot(), normalizers={"trim": str.strip}), InvalidSettings),
    (Engine.fold, lambda: engine().fold([IdentifierAdded(1, 0, ProfileId("a"), "chat", Value("9"))]), InvalidCommand),
    (Settings, lambda: Settings([], []), InvalidSettings),
    (Settings.from_json, lambda: Settings.from_json("{"), InvalidSettings),
    (IdentifierConfig, lambda: IdentifierConfig("x"), InvalidSettings),
    (IdentifierConfig.from_json, lambda: IdentifierConfig.from_json({}), InvalidSettings),
    (normalize, lambda: normalize("email", "x"), InvalidIdentifier),
    (normalize, lambda: normalize("own", "x"), InvalidSettings),
    (split_at_limit, lambda: split_at_limit([], 0, "fifo"), InvalidSettings),
    (survivor, lambda: survivor([]), ValueError),
    (match_profiles, lambda: match_profiles(TableView({}), TWO, {}, match="some"), ValueError),
    (read_history, lambda: read_history("missing.csv"), InvalidHistory),
    (read_history, lambda: read_history("-", tz="Mars"), InvalidTime),
    (records_of, lambda: records_of(5), InvalidHistory),  # type: ignore[arg-type]
    (records_of, lambda: records_of([], at_unit="h"), InvalidTime),
    (parse_map, lambda: parse_map(["x"]), ValueError),
    (simulate.replay, lambda: simulate.replay({}), InvalidHistory),
    (simulate.replay, lambda: simulate.replay([], match="some"), InvalidSettings),
    (simulate.replay, lambda: simulate.replay([], onInvalid="drop"), TypeError),
    (simulate.replay, lambda: simulate.replay([ADA], without=["ref:x"]), ValueError),
    (simulate.Run.steps, lambda: a_run().steps("a"), ValueError),
    (simulate.compare, lambda: simulate.compare(a_run(), simulate.replay([])), InvalidHistory),
    (simulate.explain, lambda: simulate.explain(a_run(), "x"), UnknownRef),
    (simulate.explain, lambda: simulate.explain([], "x"), InvalidHistory),  # type: ignore[arg-type]
    (simulate.health, lambda: simulate.health([]), InvalidHistory),  # type: ignore[arg-type]
    (simulate.order, lambda: simulate.order([], permutations=0), ValueError),
    (simulate.sweep, lambda: simulate.sweep([], {"axes": {}}), InvalidSettings),
    (simulate.sweep, lambda: simulate.sweep([], GRID, {}), ValueError),
    (simulate.sweep, lambda: simulate.sweep(5, GRID), InvalidHistory),  # type: ignore[arg-type]
    (simulate.sweep, lambda: simulate.sweep([], Path("no.json")), FileNotFoundError),
    (simulate.load_run, lambda: simulate.load_run("no"), InvalidHistory),
    (simulate.load_settings, lambda: simulate.load_settings("no.json"), FileNotFoundError),
    (simulate.load_settings, lambda: simulate.load_settings(__file__), InvalidSettings),
    (simulate.read_grid, lambda: simulate.read_grid("no.json"), FileNotFoundError),
    (simulate.read_grid, lambda: simulate.read_grid(__file__), InvalidSettings),
    (simulate.read_truth, lambda: simulate.read_truth(__file__), ValueError),
    (simulate.read_truth, lambda: simulate.read_truth("no.csv"), FileNotFoundError),
    (simulate.Grid, lambda: simulate.Grid(TWO, {}, {"chat.limit": [0]}), InvalidSettings),
    (simulate.Grid.from_json, lambda: simulate.Grid.from_json([]), InvalidSettings),
    (simulate.Grid.from_json, lambda: simulate.Grid.from_json({**GRID, "base": "no.json"}), FileNotFoundError),
    (identity_graph, lambda: identity_graph(a_run(), "x"), LookupError),
    (identity_graph, lambda: identity_graph([]), InvalidHistory),  # type: ignore[arg-type]
    (write_graph, lambda: write_graph(identity_graph(a_run()), "x.gif"), ValueError),
    (write_graph, lambda: write_graph(identity_graph(a_run()), "/no/x.json"), FileNotFoundError),
    (comparison_report, lambda: comparison_report(None, [], []), InvalidHistory),  # type: ignore[arg-type]
    (masked, lambda: masked([], Mask()), InvalidHistory),  # type: ignore[arg-type]
    (Mask, lambda: Mask(b"short"), ValueError),
    (Mask.from_file, lambda: Mask.from_file("no.key"), FileNotFoundError),
    (generate, lambda: next(generate(records=-1, seed=0)), ValueError),
    (write_history, lambda: write_history(Path(__file__) / "x.jsonl", 1, 0), OSError),
    (write_history, lambda: write_history("x.jsonl", -1, 0), ValueError),
]
FRAMED = (simulate.Run, simulate.Comparison, simulate.Sweep, simulate.Explanation, simulate.Health, simulate.Dependence)
CASES += [(kind.to_frame, lambda: a_run().to_frame("numpy"), ValueError) for kind in FRAMED]


def named(error: type[Exception]) -> Iterator[str]:
    """The class, or one that it is a case of."""
    for kind in error.__mro__:
        yield f"``{kind.__name__}``"


@pytest.mark.parametrize(("member", "call", "error"), CASES, ids=lambda each: getattr(each, "__qualname__", str(each)))
def test_an_error_that_is_raised_is_named(member: Any, call: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error or error in (LookupError, OSError)
    assert any(name in member.__doc__ for name in named(error)), member.__doc__


PUBLIC = (
    "resolver",
    "resolver.simulate",
    "resolver.history",
    "resolver.graph",
    "resolver.report",
    "resolver.rules",
    "resolver.reference",
    "resolver.generate",
)


def functions() -> Iterator[tuple[str, Any, str]]:
    """Every public function and method with its own docstring, and that of its class for what makes one."""
    for name in PUBLIC:
        module: Any = importlib.import_module(name)
        for public in module.__all__:
            member = getattr(module, public)
            if inspect.isfunction(member):
                yield f"{name}.{public}", member, member.__doc__ or ""
            if inspect.isclass(member) and member.__module__.startswith("resolver."):
                for key, value in vars(member).items():
                    method = getattr(value, "__func__", value)
                    if inspect.isfunction(method) and (not key.startswith("_") or key == "__init__"):
                        text = member.__doc__ if key == "__init__" else method.__doc__
                        yield f"{name}.{public}.{key}", method, text or ""


def test_what_a_public_function_raises_itself_is_named() -> None:
    seen = 0
    for name, function, text in functions():
        raised = {each for each in function.__code__.co_names if each.endswith("Error") or hasattr(simulate, each)}
        known = vars(importlib.import_module("resolver.errors"))
        raised |= {each for each in function.__code__.co_names if each in known and inspect.isclass(known[each])}
        source = inspect.getsource(function) if raised else ""
        for error in raised:
            if f"raise {error}(" in source:
                seen += 1
                assert f"``{error}``" in text, name
    assert seen > 10
