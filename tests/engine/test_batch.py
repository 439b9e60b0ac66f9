"""``execute_many``: what a loop over ``execute`` does, in one call; outcomes are made when they are looked at."""

import contextlib
import copy
import gc
import pickle
import signal
from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import Any

import pytest

import resolver
from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Engine,
    IdentifierConfig,
    IdentifierConflict,
    InvalidCommand,
    InvalidTime,
    Outcome,
    Outcomes,
    ProfileNotFound,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.commands import AnyCommand
from resolver.ids import numbered_id
from resolver.kernel import codes
from resolver.reference import Reference
from tests.engine.test_interrupted import COMMANDS, EVERY, StruckError, crowded, striking
from tests.machines.author import Author
from tests.machines.families import FAMILIES, Family
from tests.tables.stores import config, settings, shared, store

Store = Engine | Reference
STORES: tuple[Callable[..., Any], ...] = (Engine, Reference)


def ada(number: int = 0) -> Resolve:
    return Resolve({"chat": f"ada {number}"})


def one_by_one(engine: Any, commands: Any) -> tuple[list[Outcome], BaseException | None]:
    """Execute commands in a loop, up to the first that is refused; the outcomes and the error."""
    outcomes: list[Outcome] = []
    try:
        for command in commands:
            outcome = engine.execute(command)
            outcomes.append(outcome)
    except Exception as error:
        return outcomes, error
    return outcomes, None


def in_one_call(engine: Any, commands: Any) -> tuple[list[Outcome], BaseException | None]:
    try:
        return list(engine.execute_many(commands)), None
    except Exception as error:
        found: Any = error
        return list(found.outcomes), error


def hold_to_the_loop(engine: Engine, commands: list[Any]) -> None:
    loop, batch = engine.fork(), engine.fork()
    right, right_error = one_by_one(loop, commands)
    outcomes, error = in_one_call(batch, commands)
    assert outcomes == right
    assert (type(error), str(error)) == (type(right_error), str(right_error))
    assert batch.snapshot() == loop.snapshot()
    batch._check()


# What it does


@pytest.mark.parametrize("make", STORES)
def test_a_batch_of_none_is_executed_and_has_no_outcomes(make: Callable[..., Store]) -> None:
    engine = make()
    outcomes = engine.execute_many([])
    assert (len(outcomes), list(outcomes), len(engine)) == (0, [], 0)


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize("after", COMMANDS)
def test_two_commands_of_any_kinds_do_what_they_do_one_by_one(kind: str, after: str) -> None:
    engine = crowded()
    done = engine.fork()
    first = COMMANDS[kind](engine)
    with contextlib.suppress(ResolverError):
        done.execute(first)
    with contextlib.suppress(Exception):  # the first took away what the second was to name
        hold_to_the_loop(engine, [first, COMMANDS[after](done)])
        return
    hold_to_the_loop(engine, [first])


@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
def test_identifiers_that_cannot_be_read_are_told_as_in_the_loop(on_invalid: str) -> None:
    engine = Engine(on_invalid=on_invalid)
    one = numbered_id(1)
    engine.resolve({"email": "ada@example.com"})
    for command in (
        Resolve({"email": "ada@example.com", "phone": "n/a"}),
        Resolve({"email": "new@example.com", "phone": "n/a"}),
        AddIdentifier(one, "phone", "n/a"),
        ReplaceIdentifier(one, "email", "ada@example.com", "n/a"),
    ):
        hold_to_the_loop(engine, [ada(), command, ada(1)])


def test_a_replacement_that_the_limit_refuses_is_told_as_in_the_loop() -> None:
    engine = Engine(Settings([IdentifierConfig("card", limit=1, limit_policy="lifo")], ["card"]))
    engine.resolve({"card": ["x", "y"]}, at=10)
    hold_to_the_loop(engine, [ReplaceIdentifier(numbered_id(1), "card", "x", "z", -9), Resolve({"card": "x"})])
    engine = Engine(Settings([IdentifierConfig("card", limit=2)], ["card"]))
    engine.resolve({"card": ["x", "y"]}, at=10)
    hold_to_the_loop(engine, [ReplaceIdentifier(numbered_id(1), "card", "x", "z", -9), Resolve({"card": "x"})])


# A refusal


@pytest.mark.parametrize("make", STORES)
def test_the_first_command_that_is_refused_ends_the_batch(make: Callable[..., Store]) -> None:
    engine = make()
    with pytest.raises(ProfileNotFound, match="no profile 'nobody'") as refused:
        engine.execute_many([ada(0), ada(1), DeleteProfile("nobody"), ada(2)])
    outcomes = refused.value.outcomes
    assert outcomes is not None
    assert [str(outcome.status) for outcome in outcomes] == ["created", "created"]
    assert engine.profiles() == tuple(outcome.profile_id for outcome in outcomes)
    assert refused.value.__notes__ == [
        "execute_many was stopped at index 2; the commands before it were executed, and no other"
    ]
    assert engine.execute_many([ada(3)])[0].profile_id == numbered_id(3)  # a refused command takes no number


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize("odd", [None, "resolve", 5, {"chat": "ada"}, Resolve])
def test_what_is_no_command_ends_the_batch_where_it_stands(make: Callable[..., Store], odd: Any) -> None:
    engine = make()
    with pytest.raises(InvalidCommand, match="is not a command") as refused:
        engine.execute_many([ada(), odd])
    assert refused.value.outcomes is not None
    assert len(refused.value.outcomes) == len(engine) == 1


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize("odd", [None, 5, ada(), Engine])
def test_what_is_no_iterable_is_refused_before_anything_is_executed(make: Callable[..., Store], odd: Any) -> None:
    with pytest.raises(InvalidCommand, match="is not a batch of commands; expected an iterable of them"):
        make().execute_many(odd)


def test_an_error_of_execute_has_no_outcomes() -> None:
    with pytest.raises(ProfileNotFound) as refused:
        Engine().execute(DeleteProfile("nobody"))
    assert refused.value.outcomes is None


def test_an_error_of_a_batch_can_be_pickled_with_its_outcomes() -> None:
    engine = store("mail", "tax", rules=["mail"])
    commands = [Resolve({"mail": "a", "tax": "7"}), Resolve({"mail": "b"}), AddIdentifier("p2", "tax", "7")]
    with pytest.raises(IdentifierConflict) as refused:
        engine.execute_many(commands)
    other = pickle.loads(pickle.dumps(refused.value))
    assert list(other.outcomes) == list(refused.value.outcomes or ())
    assert other.owner == "p1"


# Laziness


def test_an_outcome_says_what_was_true_then_whatever_the_engine_does_after() -> None:
    engine = crowded()
    loop = engine.fork()
    commands = [
        Resolve({"mail": ["new", "newer"], "call": "9"}),
        Resolve({"mail": ["a", "more"]}),
        Resolve({"mail": ["a", "c"]}),
        Resolve({"mail": "a", "tax": "7"}),
    ]
    outcomes = engine.execute_many(commands)
    right = [loop.execute(command) for command in commands]
    assert list(outcomes) == right
    for profile_id in engine.profiles():
        engine.delete_profile(profile_id)
    engine.apply_settings(
        Settings([IdentifierConfig("other"), IdentifierConfig("mail", limit_policy="lifo")], ["other"])
    )
    engine.execute_many([Resolve({"other": f"value {number}"}) for number in range(100)])
    assert list(outcomes) == right
    engine._check()


def test_settings_in_the_middle_leave_the_names_of_before_to_those_before() -> None:
    engine = store("aa", config("bb", limit=1))
    loop = engine.fork()
    commands: list[AnyCommand] = [
        Resolve({"aa": "1", "bb": "2"}),
        Resolve({"aa": "1", "bb": "3"}),
        DeleteProfile("p1"),
        ApplySettings(settings("cc", config("dd", limit=1, limit_policy="lifo"))),
        Resolve({"cc": "1", "dd": "2"}),
        Resolve({"cc": "1", "dd": "3"}),
    ]
    outcomes = engine.execute_many(commands)
    assert list(outcomes) == [loop.execute(command) for command in commands]
    assert engine.snapshot() == loop.snapshot()


def test_what_nobody_holds_any_more_is_forgotten_though_its_outcome_is_kept() -> None:
    engine = Engine()
    outcomes = engine.execute_many([Resolve({"chat": "a secret"}), DeleteProfile(numbered_id(1))])
    assert b"a secret" not in engine.snapshot()
    assert outcomes[0].facts[1].value == "a secret"  # type: ignore[union-attr]


def test_outcomes_are_a_sequence() -> None:
    outcomes = Engine().execute_many([ada(number) for number in range(1000)])
    right = tuple(outcomes)
    assert isinstance(outcomes, Outcomes)
    assert (len(outcomes), len(right)) == (1000, 1000)
    assert outcomes[0] == right[0]
    assert outcomes[-1] == right[999]
    assert outcomes[990:] == right[990:]
    assert outcomes[::-300] == right[::-300]
    assert list(reversed(outcomes)) == list(reversed(right))
    assert right[7] in outcomes
    assert outcomes.index(right[7]) == 7
    assert repr(outcomes) == "<Outcomes: 1,000>"
    for place in (1000, -1001):
        with pytest.raises(IndexError):
            outcomes[place]
    with pytest.raises(TypeError):
        outcomes["0"]  # type: ignore[call-overload]
    travelled: list[Any] = [pickle.loads(pickle.dumps(outcomes)), copy.copy(outcomes), copy.deepcopy(outcomes)]
    assert travelled == [right] * 3


def test_outcomes_outlive_their_engine() -> None:
    outcomes = Engine(new_id=lambda number, at: f"own {number}").execute_many([ada(0), ada(1)])
    gc.collect()
    assert [outcome.profile_id for outcome in outcomes] == ["own 1", "own 2"]


# Iterables


@pytest.mark.parametrize("make", STORES)
def test_an_iterator_may_use_the_engine_between_two_commands(make: Callable[..., Store]) -> None:
    def commands(engine: Any) -> Iterator[AnyCommand]:
        yield ada(0)
        engine.execute(ada(1))
        engine.preview(ada(9))
        assert len(engine) == 2
        yield ada(2)
        assert [str(outcome.status) for outcome in engine.execute_many([ada(3), ada(0)])] == ["created", "unchanged"]
        engine.apply_settings(engine.settings)
        engine.fork().execute(ada(8))
        yield ada(4)

    loop, batch = make(), make()
    right = [loop.execute(command) for command in commands(loop)]
    assert list(batch.execute_many(commands(batch))) == right
    assert batch.profiles() == loop.profiles()


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, InvalidTime])
def test_an_iterator_that_raises_ends_the_batch_between_two_commands(
    make: Callable[..., Store], error: type[BaseException]
) -> None:
    def commands() -> Iterator[AnyCommand]:
        yield ada(0)
        yield ada(1)
        raise error

    engine = make()
    with pytest.raises(error) as stopped:
        engine.execute_many(commands())
    raised: Any = stopped.value
    assert [outcome.profile_id for outcome in raised.outcomes] == list(engine.profiles())
    assert len(engine) == 2


def test_a_command_that_an_iterator_left_unfinished_is_ended_before_the_next_one() -> None:
    def commands() -> Iterator[AnyCommand]:
        yield ada(0)
        engine._scratch.phase = codes.RELEASING  # as where Ctrl-C struck at the end of a command of the iterator's own
        yield ada(1)

    engine = Engine()
    assert len(engine.execute_many(commands())) == 2
    engine._check()


def test_a_batch_of_any_length_has_all_outcomes_whether_its_length_is_known_or_not() -> None:
    commands = [Resolve({"chat": f"{number}", "email": f"{number}@example.com"}) for number in range(700)]
    right, _ = one_by_one(Engine(), commands)
    for batch in (commands, tuple(commands), iter(commands)):
        assert list(Engine().execute_many(batch)) == right


def test_an_error_that_takes_no_note_comes_as_it_is() -> None:
    class FullError(Exception):
        def add_note(self, note: str) -> None:
            raise MemoryError

    def commands() -> Iterator[AnyCommand]:
        yield ada(0)
        raise FullError

    engine = Engine()
    with pytest.raises(FullError):
        engine.execute_many(commands())
    assert len(engine) == 1


@pytest.mark.parametrize("make", STORES)
def test_commands_may_be_without_end_where_one_is_refused(make: Callable[..., Store]) -> None:
    engine = make()
    with pytest.raises(InvalidTime) as refused:
        engine.execute_many(ada(number) if number < 9 else Resolve({"chat": "x"}, 2**70) for number in count())
    assert refused.value.outcomes is not None
    assert len(refused.value.outcomes) == 9


@pytest.mark.parametrize("act", ["execute", "execute_many", "preview"])
def test_a_callback_that_executes_commands_is_refused_in_a_batch_too(act: str) -> None:
    def own(text: str) -> str:
        if text == "outer":
            getattr(engine, act)([Resolve({"word": "inner"})] if act == "execute_many" else Resolve({"word": "inner"}))
        return text

    engine = Engine(Settings([IdentifierConfig("word", normalization="own")], ["word"]), normalizers={"own": own})
    with pytest.raises(InvalidCommand, match="callback") as refused:
        engine.execute_many([Resolve({"word": "first"}), Resolve({"word": "outer"}), Resolve({"word": "last"})])
    assert refused.value.outcomes is not None
    assert len(refused.value.outcomes) == 1
    assert not engine.lookup("word", "last").profile_ids
    engine._check()


def test_a_clock_and_own_ids_are_asked_once_a_command() -> None:
    times, ids = iter(range(10, 99)), iter(f"own {number}" for number in range(99))
    outcomes = Engine(clock=times.__next__, new_id=lambda number, at: next(ids)).execute_many([ada(0), ada(0), ada(1)])
    assert [(outcome.profile_id, [fact.at for fact in outcome.facts]) for outcome in outcomes] == [
        ("own 0", [10, 10]),
        ("own 0", []),
        ("own 1", [12, 12]),
    ]


def test_previews_and_forks_know_nothing_of_batches() -> None:
    engine = Engine(settings(shared("aa"), "bb"))
    engine.execute_many([Resolve({"aa": "1", "bb": "2"})])
    before, fork = engine.snapshot(), engine.fork()
    preview = engine.preview(Resolve({"aa": "1", "bb": "3"}))
    assert engine.snapshot() == before
    assert fork.execute_many([Resolve({"aa": "1", "bb": "3"})])[0] == preview
    assert engine.snapshot() == before


# What strikes


@pytest.mark.skipif(resolver.COMPILED, reason="compiled code has no lines")
@pytest.mark.parametrize("middle", ["created", "merged", "updated, and evicted", "unchanged", "deleted", "settings"])
def test_i7_a_batch_struck_at_any_line_has_the_outcomes_of_what_was_executed(
    middle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolver.batch._A_FEW", 1)  # so that its columns have to grow
    engine = crowded()
    commands = [Resolve({"mail": "before", "word": "before"}), COMMANDS[middle](engine), Resolve({"mail": "after"})]
    states, right = [engine.snapshot()], []
    loop = engine.fork()
    for command in commands:
        right.append(loop.execute(command))
        states.append(loop.snapshot())
    for line in count(1, EVERY):
        fork = engine.fork()
        error = struck(fork, commands, line)
        if error is None:
            break
        outcomes: Any = getattr(error, "outcomes", None)
        if outcomes is None:  # before the batch began, after it ended, or while the error was told
            assert fork.snapshot() in states
        else:
            assert list(outcomes) == right[: len(outcomes)]
            assert fork.snapshot() == states[len(outcomes)]
        fork._check()
    assert line > 200


def struck(engine: Engine, commands: list[AnyCommand], line: int) -> BaseException | None:
    """Raise at the *line*-th line of the package that runs in a batch; the error, None if there are not so many."""
    try:
        with striking(line):
            engine.execute_many(iter(commands))
    except StruckError as error:
        return error
    return None


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers of this kind on Windows")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it may strike somebody's gc callback
def test_i7_ctrl_c_ends_a_batch_of_any_length_between_two_commands() -> None:
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    hits = 0
    try:
        for attempt in range(40):
            engine = Engine()
            commands = [ada(number) for number in range(20_000)]
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.0001 * attempt)
                engine.execute_many(commands)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt as error:
                hits += 1
                outcomes: Any = getattr(error, "outcomes", None)
                if outcomes is not None:
                    assert len(outcomes) == len(engine)
            engine._check()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert hits > 10


# The law


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_any_commands_in_batches_of_any_size_do_what_they_do_one_by_one(family: Family) -> None:
    for seed in range(4):
        random = Random(f"{family.__name__} {seed}")
        case = family(random)
        author, model, loop = Author(random, case), case.model(), case.engine()
        batch = loop.fork()
        ids: list[str] = []
        for _ in range(12):
            commands: list[AnyCommand] = []
            for _ in range(random.randrange(12)):
                commands.append(author.command(model, ids))
                with contextlib.suppress(ResolverError):
                    ids.append(str(model.execute(commands[-1]).profile_id))
            waiting = commands
            while True:  # goes on behind every command that is refused
                right, right_error = one_by_one(loop, waiting)
                outcomes, error = in_one_call(batch, waiting)
                assert outcomes == right
                assert (type(error), str(error)) == (type(right_error), str(right_error))
                assert batch.snapshot() == loop.snapshot()
                if error is None:
                    break
                waiting = waiting[len(outcomes) + 1 :]
            batch._check()
