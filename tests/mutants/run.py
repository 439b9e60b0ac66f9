"""Running mutants: each in a process of its own, forked when all tests are collected, until the first test fails.

So a mutant costs no import and no collection. Its function's code is put in the place of the original's, wherever the
function is known. A test that does not call the function is left out; those that killed the last mutants of it come
first, then those of the module, then the fast ones.
"""

import hashlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.mutations import Mutant

SURVIVED, KILLED, TIMED_OUT = "survived", "killed", "timed out"
MEMORY = 3 << 30
SLOWER = 6
"""So many times as long as usual, and two seconds, may a test take before the mutant counts as endless."""

Place = tuple[str, str]
"""A file of the package and a function in it."""


class Mutants:
    """A plugin of pytest that runs the collected tests on mutants instead of running them once."""

    def __init__(
        self, mutants: Sequence[Mutant], results: Path, jobs: int, commands: int, slowest: float, most: float
    ) -> None:
        self.mutants = mutants
        self.results = results
        self.jobs = jobs
        self.commands = commands
        self.slowest = slowest
        self.most = most
        self.chosen: list[int] = []
        self.usual = results.with_suffix(".usual.json")
        """A file that says how long every test takes, and what it calls."""
        self.items: list[pytest.Item] = []
        self.seconds: list[float] = []
        self.calls: list[set[Place]] = []
        self.killers: dict[str, list[int]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let random histories be short."""
        machine: Any = sys.modules.get("tests.machines.test_random_histories")
        if machine is not None:
            machine.PER_FAMILY.update(dict.fromkeys(machine.PER_FAMILY, self.commands))
        items[:] = [item for item in items if "test_a_hundred_thousand" not in item.nodeid]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all mutants."""
        self.items = list(session.items)
        usual = self._known_usual() or in_a_child(self._usual)
        if not isinstance(usual, dict) or usual["failed"]:
            raise pytest.UsageError(f"without a mutant these tests must pass: {usual and usual['failed']}")
        self.usual.write_text(json.dumps(usual), encoding="utf-8")
        self.seconds = usual["seconds"]
        self.calls = [{(f"resolver/{file}", function) for file, function in calls} for calls in usual["calls"]]
        self.chosen = [place for place, seconds in enumerate(self.seconds) if seconds <= self.slowest]
        chosen = sum(self.seconds[place] for place in self.chosen)
        say(f"{len(self.chosen)} of {len(self.items)} tests, {chosen:.1f} of {sum(self.seconds):.1f} s of CPU")
        running: dict[int, tuple[Mutant, int, float]] = {}
        waiting = list(reversed(self.mutants))
        done = 0
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop()
                pid, pipe = forked(partial(self._mutated, mutant))
                running[pid] = (mutant, pipe, time.monotonic())
            pid, _ = os.wait()
            mutant, pipe, began = running.pop(pid)
            done += 1
            self._note(mutant, read_all(pipe), time.monotonic() - began)
            if done % 50 == 0:
                say(f"{done} of {len(self.mutants)}")
        return True

    def _known_usual(self) -> Any:
        """What an earlier run found out of the same tests on the same sources."""
        usual = json.loads(self.usual.read_text(encoding="utf-8")) if self.usual.exists() else {}
        return usual if usual.get("of") == self._fingerprint() else None

    def _fingerprint(self) -> str:
        sources = [path.read_bytes() for path in sorted(Path("resolver").rglob("*.py"))]
        names = [item.nodeid.encode() for item in self.items]
        return hashlib.sha256(b"".join([*sources, *names, str(self.commands).encode()])).hexdigest()

    def _usual(self) -> dict[str, Any]:
        """How long every test takes, and which functions it calls."""
        seconds, calls, failed = [], [], []
        for item in self.items:
            seen: set[CodeType] = set()

            def note(frame: FrameType, event: str, argument: object, seen: set[CodeType] = seen) -> None:
                if event == "call":
                    seen.add(frame.f_code)

            began = time.process_time()
            sys.setprofile(note)
            passed = self._passes(item)
            sys.setprofile(None)
            seconds.append(time.process_time() - began)
            if not passed:
                failed.append(item.nodeid)
            names = [(code.co_filename, code.co_qualname.partition(".<locals>")[0]) for code in seen]
            calls.append(sorted({(path.partition("/resolver/")[2], name) for path, name in names}))
        return {"of": self._fingerprint(), "seconds": seconds, "calls": calls, "failed": failed}

    def _mutated(self, mutant: Mutant) -> dict[str, Any]:
        """Run the tests on a mutant up to the first that fails."""
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        apply(mutant)
        spent = 0.0
        for place in self._order(mutant):
            spent += self.seconds[place]
            if spent > self.most:
                break
            item = self.items[place]
            signal.signal(signal.SIGPROF, lambda *_, p=place: os._exit(100))
            signal.setitimer(signal.ITIMER_PROF, 2 + SLOWER * self.seconds[place])
            tell(place)
            if not self._passes(item):
                return {"killer": place}
        return {"killer": None}

    def _order(self, mutant: Mutant) -> list[int]:
        """The tests that call the function, the likeliest to fail first."""
        called = {place for place in self.chosen if (mutant.file, mutant.function) in self.calls[place]}
        if not mutant.function or not called:
            called = set(self.chosen)
        killers = [*self.killers.get(f"{mutant.file} {mutant.function}", ()), *self.killers.get(mutant.file, ())]
        fastest = sorted(called, key=lambda place: self.seconds[place])
        return [place for place in dict.fromkeys([*killers, *fastest]) if place in called]

    def _passes(self, item: pytest.Item) -> bool:
        reports = runtestprotocol(item, nextitem=None, log=False)
        return not any(report.failed for report in reports)

    def _note(self, mutant: Mutant, told: list[Any], seconds: float) -> None:
        """Write down what became of a mutant, and remember who killed it."""
        end = told[-1] if told else None
        if isinstance(end, dict):
            place = end["killer"]
            result = SURVIVED if place is None else KILLED
        else:
            place, result = end, TIMED_OUT
        if place is not None:
            for name in (f"{mutant.file} {mutant.function}", mutant.file):
                killers = self.killers.setdefault(name, [])
                if place in killers:
                    killers.remove(place)
                killers.insert(0, place)
        row = {
            "key": mutant.key, "file": mutant.file, "function": mutant.function, "line": mutant.line,
            "before": mutant.before, "after": mutant.after, "result": result, "seconds": round(seconds, 2),
            "killer": None if place is None else self.items[place].nodeid,
        }  # fmt: skip
        with self.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def apply(mutant: Mutant) -> None:
    """Change the module that is imported, in this process."""
    name = mutant.file.removesuffix(".py").replace("/", ".")
    module = import_module(name)
    code = mutant.code()
    if mutant.function:
        function_at(module, mutant.function).__code__ = code_at(code, mutant.function)
        return
    scratch = dict(module.__dict__)
    exec(code, scratch)
    for constant, value in scratch.items():
        before = module.__dict__.get(constant)
        if isinstance(value, type | FunctionType | dict | ModuleType) or constant.startswith("__") or value == before:
            continue
        for other in [each for name, each in sys.modules.items() if name.partition(".")[0] == "resolver"]:
            if other.__dict__.get(constant, other) is before:
                setattr(other, constant, value)


def function_at(module: ModuleType, name: str) -> FunctionType:
    """The function or method of that name."""
    found: Any = module
    for part in name.split("."):
        found = found.__dict__[part]
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    found = getattr(found, "__wrapped__", found)
    assert isinstance(found, FunctionType), (name, found)
    return found


def code_at(code: CodeType, name: str) -> CodeType:
    """The code of that function in the code of its module."""
    for part in name.split("."):
        [code] = [each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == part]
    return code


PIPE = 3
"""Where a child tells its parent what it does."""


def forked(act: Callable[[], object]) -> tuple[int, int]:
    """A child that does something and tells what it returns; its pid, and the pipe to read that from."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        global PIPE
        PIPE = writer
        try:
            tell(act())
        finally:
            os._exit(0)
    os.close(writer)
    return pid, reader


def in_a_child(act: Callable[[], object]) -> Any:
    """What something returns that is done in a child."""
    pid, pipe = forked(act)
    told = read_all(pipe)
    os.waitpid(pid, 0)
    return told[-1] if told else None


def tell(what: object) -> None:
    """Send the parent something, as a line."""
    os.write(PIPE, json.dumps(what).encode() + b"\n")


def read_all(pipe: int) -> list[Any]:
    """All that a child told."""
    with open(pipe, encoding="utf-8") as file:
        lines = file.read().splitlines()
    told = []
    for line in lines:
        try:
            told.append(json.loads(line))
        except ValueError:
            continue
    return told


def say(text: str) -> None:
    """Report progress, past what pytest keeps of the output."""
    sys.__stderr__.write(f"{text}\n")  # type: ignore[union-attr]
    sys.__stderr__.flush()  # type: ignore[union-attr]


def known(results: Path) -> dict[str, dict[str, Any]]:
    """What is known of mutants by earlier runs, by their keys; the last word counts."""
    lines: Iterable[str] = results.read_text(encoding="utf-8").splitlines() if results.exists() else ()
    return {row["key"]: row for row in map(json.loads, lines)}
