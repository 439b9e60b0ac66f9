"""I7: every command is whole or has not been, whatever strikes at any line or allocation of it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import resolver
import resolver.editing
import resolver.executor
import resolver.kernel.profile_lists
import resolver.kernel.resolve
import resolver.kernel.undo
from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Engine,
    Erase,
    IdentifierConfig,
    Policies,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
    Suppress,
    Unsuppress,
)
from resolver.commands import AnyCommand
from resolver.ruling import Ruling
from tests.amounts import amount

ROOT = str(Path(resolver.__file__).parent)
EVERY = amount(everyday=7, in_ci=1)
"""Each so manieth line is struck."""


class StruckError(BaseException):
    """What strikes."""


def crowded() -> Engine:
    """Open a store with shared, similar and limited values, aliases, a compound rule, and rows that are free."""
    settings = Settings(
        [
            IdentifierConfig("mail", limit=3),
            IdentifierConfig("call", enforce_unique=False),
            IdentifierConfig("word", matching_algo="fuzzy", matching_threshold=80, enforce_unique=False),
            IdentifierConfig("card", limit=1, limit_policy="lifo"),
            IdentifierConfig("tax"),
        ],
        ["mail", "call AND word", "card"],
    )
    engine = Engine(settings, on_invalid="drop")
    engine.resolve({"mail": ["a", "b"], "call": "1", "word": "smith"}, at=10)
    engine.resolve({"mail": "c", "call": "1", "card": "x"}, at=20)
    engine.resolve({"mail": ["d", "e"], "call": ["1", "2"], "tax": "7"}, at=30)
    engine.resolve({"mail": "f", "card": "y"}, at=5)
    engine.resolve({"mail": ["f", "d"]}, at=40)
    engine.resolve({"mail": "gone", "word": "gone"}, at=50)
    engine.delete_profile(engine.profiles()[-1])
    engine.suppress({"mail": ["old", "older"]}, at=50)
    engine._check()
    return engine


def name(engine: Engine, mail: str) -> str:
    return engine.lookup("mail", mail).profile_ids[0]


COMMANDS: dict[str, Callable[[Engine], AnyCommand]] = {
    "unchanged": lambda engine: Resolve({"mail": "a"}),
    "created": lambda engine: Resolve({"mail": ["new", "newer"], "call": "9", "word": "jones"}),
    "created with an id": lambda engine: Resolve({"mail": "new"}, new_profile_id="mine"),
    "updated, and evicted": lambda engine: Resolve({"mail": ["a", "new", "newer"]}),
    "updated late": lambda engine: Resolve({"mail": "a", "call": "5"}, at=-3),
    "merged": lambda engine: Resolve({"mail": ["a", "c", "d"]}),
    "merged by what is similar": lambda engine: Resolve({"mail": "c", "word": "smyth"}),
    "collision": lambda engine: AddIdentifier(name(engine, "a"), "card", "x"),
    "conflict": lambda engine: AddIdentifier(name(engine, "a"), "tax", "7"),
    "refused in part": lambda engine: Resolve({"mail": "a", "tax": "7", "card": "z"}),
    "replaced": lambda engine: ReplaceIdentifier(name(engine, "a"), "mail", "a", "new"),
    "replaced by another's": lambda engine: ReplaceIdentifier(name(engine, "a"), "mail", "a", "c"),
    "not replaced": lambda engine: ReplaceIdentifier(name(engine, "c"), "card", "x", "z", -9),
    "removed": lambda engine: RemoveIdentifier(name(engine, "a"), "mail"),
    "all removed": lambda engine: RemoveIdentifier(name(engine, "d"), "call", all=True),
    "deleted": lambda engine: DeleteProfile(name(engine, "d")),
    "erased": lambda engine: Erase({"mail": ["a", "d", "nobody"], "word": "smith"}),
    "erased and suppressed": lambda engine: Erase({"mail": ["c", "old"], "call": "2"}, suppress=True),
    "suppressed": lambda engine: Suppress({"mail": ["c", "old", "new"]}),
    "unsuppressed": lambda engine: Unsuppress({"mail": ["old", "older", "c"]}),
    "gives what is suppressed": lambda engine: Resolve({"mail": ["a", "old"]}),
    "settings": lambda engine: ApplySettings(
        Settings([IdentifierConfig("mail"), IdentifierConfig("call", enforce_unique=False)], ["mail", "call"])
    ),
}


def bounded() -> Engine:
    """Open a store under policies: shared values, full lists, aliases, and a profile that holds nothing."""
    settings = Settings(
        [
            IdentifierConfig("user", limit=1),
            IdentifierConfig("card", limit=2, limit_policy="lifo"),
            IdentifierConfig("mail", limit=3),
            IdentifierConfig("tax"),
            IdentifierConfig("call", enforce_unique=False),
        ],
        ["user", "card", "mail"],
        policies=Policies(
            blocked=["segment"],
            window_days={"mail": 2},
            protect=["user", "card"],
            caps={"identifiers": 6, "merges": 1},
            misfit={"mail": "share", "user": "move", "tax": "move", "card": "refuseRest"},
        ),
    )
    engine = Engine(settings, on_invalid="drop")
    engine.resolve({"user": "ada", "mail": ["a", "b"], "tax": "7"}, at=10)
    engine.resolve({"user": "bob", "mail": ["a", "c"], "card": ["x", "y"]}, at=20)
    engine.resolve({"mail": ["d", "e"], "call": ["1", "2"]}, at=30)
    engine.resolve({"mail": "f", "call": "2"}, at=5)
    engine.resolve({"mail": ["f", "d"]}, at=40)
    engine.resolve({"user": "eve", "mail": "g"}, at=45)
    engine.resolve({"user": ["bob", "eve"]}, at=50)
    engine._check()
    assert engine.lookup("mail", "a").profile_ids == (name(engine, "b"), name(engine, "c"))
    return engine


BOUNDED: dict[str, Callable[[Engine], AnyCommand]] = {
    "unchanged": lambda engine: Resolve({"user": "ada", "mail": "a"}),
    "shared": lambda engine: Resolve({"user": "new", "mail": ["a", "b"], "call": "3"}, 60),
    "moved": lambda engine: Resolve({"user": ["new", "ada"], "tax": "7", "call": "1"}, 60),
    "merged": lambda engine: Resolve({"user": "ada", "mail": "new", "call": "1"}, 60),
    "merged as far as it fits": lambda engine: Resolve({"user": "ada", "card": "z", "mail": ["a", "d", "g"]}, 60),
    "ambiguous": lambda engine: Resolve({"mail": ["a", "new"]}, 60),
    "ambiguous, and met": lambda engine: Resolve({"mail": ["a", "c"]}, 60),
    "refused and demoted": lambda engine: Resolve({"user": "bob", "card": "z", "mail": "new"}, 60),
    "blocked": lambda engine: Resolve({"user": "null", "mail": "b"}, 60),
    "late, beside its window": lambda engine: Resolve({"mail": ["d", "h", "i"]}, -3),
    "evicted in its window": lambda engine: Resolve({"mail": ["d", "h", "i", "j"]}, 60),
    "added by moving": lambda engine: AddIdentifier(name(engine, "d"), "tax", "7", 60),
    "added by sharing": lambda engine: AddIdentifier(name(engine, "d"), "mail", "a", 60),
    "added by merging": lambda engine: AddIdentifier(name(engine, "b"), "mail", "g", 60),
    "not added": lambda engine: AddIdentifier(name(engine, "b"), "card", "x", 60),
    "replaced by moving": lambda engine: ReplaceIdentifier(name(engine, "b"), "user", "ada", "eve", 60),
    "not replaced": lambda engine: ReplaceIdentifier(name(engine, "c"), "mail", "c", "k", 60),
    "removed": lambda engine: RemoveIdentifier(name(engine, "c"), "mail", 60),
    "deleted": lambda engine: DeleteProfile(name(engine, "c"), 60),
    "erased": lambda engine: Erase({"mail": "a", "call": "2"}, 60, suppress=True),
    "settings": lambda engine: ApplySettings(engine.settings.with_policies(Policies(protect="*")), 60),
}

STORES = [
    *(pytest.param(crowded, command, id=each) for each, command in COMMANDS.items()),
    *(pytest.param(bounded, command, id=f"under policies: {each}") for each, command in BOUNDED.items()),
]


@contextlib.contextmanager
def striking(line: int) -> Iterator[Callable[[], bool]]:
    """Raise at the *line*-th line of the package that runs within; what is yielded tells whether there were so many."""
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.startswith(ROOT):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise StruckError
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lambda: left <= 0
    finally:
        sys.settrace(before)


def struck_at_line(act: Callable[[], object], line: int) -> bool:
    """Let an act be struck at the *line*-th line of the package that runs; whether there are so many."""
    with contextlib.suppress(StruckError, ResolverError), striking(line) as has_struck:
        act()
    return has_struck()


def hold_to_be_whole(engine: Engine, before: bytes, after: bytes) -> None:
    """Check that a command has been or has not been, and that the store goes on as if nothing had happened."""
    now = engine.snapshot()
    assert now in (before, after)
    engine._check()
    twin = Engine.restore(now)
    given = {"mail": "another", "call": "1", "word": "smithe"}
    known = {id_type: value for id_type, value in given.items() if id_type in engine.settings.id_types}
    for command in (Resolve(known), Resolve({"mail": ["another", "b"]})):
        assert engine.execute(command) == twin.execute(command)
    assert engine.snapshot() == twin.snapshot()
    engine._check()


@pytest.mark.skipif(resolver.COMPILED, reason="compiled code has no lines; its allocations are tested below")
@pytest.mark.parametrize(("opened", "command"), STORES)
def test_i7_a_command_struck_at_any_line_is_whole_or_has_not_been(
    opened: Callable[[], Engine], command: Callable[[Engine], AnyCommand]
) -> None:
    engine = opened()
    asked = command(engine)
    before, done = engine.snapshot(), engine.fork()
    try:
        done.execute(asked)
    except ResolverError:
        assert done.snapshot() == before
    after = done.snapshot()
    for line in count(1, EVERY):
        fork = engine.fork()
        if not struck_at_line(partial(fork.execute, asked), line):
            break
        hold_to_be_whole(fork, before, after)
    assert line > 10


@pytest.mark.skipif(resolver.COMPILED, reason="compiled code has no lines; its allocations are tested below")
@pytest.mark.parametrize("command", ["created", "merged", "replaced by another's", "erased and suppressed", "settings"])
def test_i7_taking_back_may_be_struck_too(command: str) -> None:
    engine = crowded()
    asked = COMMANDS[command](engine)
    before, done = engine.snapshot(), engine.fork()
    done.execute(asked)
    after = done.snapshot()

    def lines() -> Iterator[int]:
        line = 7
        while struck_at_line(lambda: engine.fork().execute(asked), line):
            yield line
            line += 23

    for first in lines():
        for second in range(1, 60, 5 * EVERY):
            fork = engine.fork()
            seen = 0

            def trace(frame: FrameType, event: str, _: Any, first: int = first, second: int = second) -> Any:
                nonlocal seen
                if not frame.f_code.co_filename.startswith(ROOT):
                    return None
                if event == "line":
                    seen += 1
                    if seen in (first, first + second):
                        raise StruckError
                return trace

            before_it = sys.gettrace()
            sys.settrace(trace)
            try:
                fork.execute(asked)
            except StruckError:
                pass
            finally:
                sys.settrace(before_it)
            hold_to_be_whole(fork, before, after)


@pytest.mark.skipif(resolver.COMPILED, reason="functions that are compiled cannot be replaced")
@pytest.mark.parametrize("struck", ["finish", "release", "log", "enter_value", "take_back", "put_in_force"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_i7_a_failure_inside_is_taken_back_now_or_by_the_next_call(
    command: Callable[[Engine], AnyCommand], struck: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = crowded()
    asked = command(engine)
    before, done = engine.snapshot(), engine.fork()
    with contextlib.suppress(ResolverError):
        done.execute(asked, number=100)

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        undo, lists, resolve = resolver.kernel.undo, resolver.kernel.profile_lists, resolver.kernel.resolve
        for place in (undo, lists, resolve, resolver.executor, resolver.editing, Ruling):
            if hasattr(place, struck):
                patch.setattr(place, struck, fail)
        for _ in range(2):  # the second call finds what the first one left
            with contextlib.suppress(MemoryError, ResolverError):
                engine.execute(asked, number=100)
            with contextlib.suppress(MemoryError, ResolverError):
                engine.preview(asked)
            with contextlib.suppress(MemoryError):
                engine.profiles()
    hold_to_be_whole(engine, before, done.snapshot())


@pytest.mark.skipif(resolver.COMPILED, reason="functions that are compiled cannot be replaced")
def test_i7_settings_that_are_struck_once_are_in_force_when_the_error_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = crowded()
    put_in_force, calls = Ruling.put_in_force, 0

    def fail_once(ruling: Ruling, tables: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise MemoryError
        put_in_force(ruling, tables)

    monkeypatch.setattr(Ruling, "put_in_force", fail_once)
    with pytest.raises(MemoryError):
        engine.execute(COMMANDS["settings"](engine))
    assert engine.settings.id_types == ("mail", "call")
    engine._check()


def test_i7_a_store_that_was_not_struck_has_nothing_to_take_back() -> None:
    engine = crowded()
    before = engine.snapshot()
    engine._recover()
    assert engine.snapshot() == before
    engine._check()


OUT_OF_MEMORY = """
import _testcapi
from resolver import Engine, ResolverError
from tests.engine.test_interrupted import COMMANDS, crowded, hold_to_be_whole

def struck(engine, asked, place):
    _testcapi.set_nomemory(place, place + 1)
    try:
        engine.execute(asked)
    except (MemoryError, ResolverError, SystemError):  # the interpreter may lose the error itself
        pass
    finally:
        _testcapi.remove_mem_hooks()

times = 0
for kind, command in COMMANDS.items():
    engine = crowded()
    asked = command(engine)
    before, done = engine.snapshot(), engine.fork()
    try:
        done.execute(asked)
    except ResolverError:
        pass
    after = done.snapshot()
    for place in range(1, 2000):
        fork = engine.fork()
        struck(fork, asked, place)
        now = fork.snapshot()
        assert now in (before, after), (kind, place)
        fork._check()
        if now == after and after != before or place > 600:
            break
        if place % 7 == 0:
            hold_to_be_whole(fork, before, after)
        times += 1
print(times)
"""


def test_i7_a_command_without_memory_at_any_allocation_is_whole_or_has_not_been() -> None:
    pytest.importorskip("_testcapi")
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


@pytest.mark.skipif(os.name == "nt", reason="there are no timers of this kind on Windows")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it may strike somebody's gc callback
def test_i7_ctrl_c_at_any_time_leaves_a_store_that_is_whole() -> None:
    """Real signals, at times that nobody chose: creations and merges go on while they strike."""
    engine = Engine(Settings([IdentifierConfig("mail", limit=3), IdentifierConfig("call", limit=3)], ["mail", "call"]))
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    number, struck = 0, 0
    try:
        attempt = 0
        while attempt < 300:  # a signal may be lost: what strikes while an object is freed, the interpreter drops
            try:
                while attempt < 300:
                    attempt += 1
                    signal.setitimer(signal.ITIMER_REAL, 0.0002 + 0.00003 * (attempt % 20))
                    for _ in range(200):
                        number += 1
                        engine.resolve({"mail": f"m{number}", "call": f"c{number}"})
                        engine.resolve({"mail": f"m{number}", "call": f"c{number - 1}"})
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                struck += 1
        engine._check()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert struck > 30
    assert Engine.restore(engine.snapshot()).snapshot() == engine.snapshot()
