"""A history that does not fit into memory: one error says how much it needs, and nothing is broken."""

import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from resolver import InvalidSettings, NotEnoughMemory, Settings, memory
from resolver.cli.main import main
from resolver.columns.execution import Execution
from resolver.columns.numbered import Numbered
from resolver.history import History, read_history
from resolver.memory import Bound, bounds, bytes_in, give_back, taken
from resolver.reference import Reference
from resolver.simulate import compare, one_by_one, replay, sweep

LINES: list[dict[str, Any]] = [
    {"ref": f"r{number}", "at": number, "identifiers": {"email": f"{number}@example.com"}} for number in range(5000)
]


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes what the system says of itself; it says nothing else."""
    root = tmp_path / "root"
    monkeypatch.setattr(memory, "_ROOT", root)
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "resource", None)

    def write(name: str, text: str) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    return write


@pytest.fixture
def history(tmp_path: Path) -> History:
    path = tmp_path / "history.jsonl"
    path.write_text("".join(json.dumps(line) + " " * 300 + "\n" for line in LINES))
    return read_history(path)


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LOOKS", 1000)


def growing(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the process take so many bytes more each time it is asked, and have 10 MB."""
    sizes: Iterator[int] = iter(range(step, 10**12, step))
    monkeypatch.setattr(memory, "taken", lambda: next(sizes))
    monkeypatch.setattr(memory, "bounds", lambda: [Bound(10_000_000, "a test"), Bound(20_000_000, "nothing")])


# Sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("500m", 5 * 10**8), ("1.5 gib", 3 << 29), (" 2 KB ", 2000), ("1TiB", 1 << 40)],
)
def test_a_size_is_a_number_with_a_unit(text: str, size: int) -> None:
    assert bytes_in(text) == size


@pytest.mark.parametrize("text", ["", "4", "4 bytes", "GB", "-1GB", "0GB", "1e3 MB", "80%"])
def test_any_other_size_is_an_error_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size; expected one such as '4GB'"):
        bytes_in(text)


# Bounds


@pytest.mark.usefixtures("system")
def test_a_system_that_tells_nothing_bounds_nothing() -> None:
    assert (taken(), bounds()) == (0, [])


@pytest.mark.usefixtures("system")
def test_a_variable_bounds_what_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLVER_MEMORY", "2GB")
    assert bounds() == [Bound(2 * 10**9, "RESOLVER_MEMORY")]


def test_a_variable_that_is_no_size_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLVER_MEMORY", "much")
    with pytest.raises(InvalidSettings, match="RESOLVER_MEMORY: 'much' is not allowed; expected a size such as '4GB'"):
        replay(LINES)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_the_limits_of_the_process_bound_what_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    resource: Any = import_module("resource")
    monkeypatch.setattr(resource, "getrlimit", {resource.RLIMIT_AS: (7, 9), resource.RLIMIT_DATA: (-1, -1)}.get)
    assert Bound(7, "the limit of the process, ulimit") in bounds()
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert all("ulimit" not in bound.why for bound in bounds())


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": "1600\n"}, [1500]),
        ("9:cpu:/a\n4:memory:/gone\n", {"memory/memory.limit_in_bytes": "3200\n"}, [3000]),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}, []),
        ("nothing known\n", {}, []),
    ],
)
def test_the_limits_of_a_container_bound_what_is_taken(
    system: Callable[[str, str], None], groups: str, files: dict[str, str], expected: list[int]
) -> None:
    system("proc/self/cgroup", groups)
    for name, text in files.items():
        system(f"sys/fs/cgroup/{name}", text)
    assert bounds() == [Bound(size, "the limit of the container") for size in expected]


def test_what_the_machine_has_left_bounds_what_is_taken(system: Callable[[str, str], None]) -> None:
    system("proc/self/statm", "900 3 1\n")
    system("proc/meminfo", "MemTotal:  1600 kB\nMemAvailable:  500 kB\n")
    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
    assert bounds() == [Bound(2 * page + 400 * 1024, "what this machine has left")]  # the third is of files
    system("proc/meminfo", "MemTotal:  1600 kB\n")
    assert bounds() == []


def test_where_the_system_takes_nothing_back_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", partial(_raise, OSError()))
    give_back(memory.LOOKS)


def test_what_arrow_keeps_is_given_back_where_arrow_was_used(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = [pyarrow.default_memory_pool()]
    monkeypatch.setattr(pyarrow, "default_memory_pool", pools.pop)
    give_back(memory.LOOKS)
    assert pools == []
    monkeypatch.delitem(sys.modules, "pyarrow")
    give_back(memory.LOOKS)
    assert "pyarrow" not in sys.modules


def test_after_few_lines_nothing_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", partial(_raise, AssertionError()))
    replay(LINES)
    with pytest.raises(AssertionError):
        replay(LINES * 4)


# The error


@pytest.mark.usefixtures("looking_often")
def test_a_history_that_does_not_fit_is_stopped_with_how_much_it_would_take(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing(monkeypatch, 5_000_000)
    with pytest.raises(NotEnoughMemory) as caught:
        replay(history)
    error = caught.value
    text = str(error)
    assert re.match(
        rf"{re.escape(history.name)} does not fit into memory: after \d,\d+ lines \(\d\d%\) it takes ", text
    )
    assert "it takes 20.0 MB, and would take about " in text
    assert "there may be 10.0 MB (a test); what helps: more memory; " in text
    assert error.allowed == 10_000_000
    assert error.needed > 20_000_000


@pytest.mark.usefixtures("looking_often")
def test_a_history_of_unknown_length_is_stopped_with_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    growing(monkeypatch, 5_000_000)
    with pytest.raises(NotEnoughMemory, match=r"the history does not fit .* after 2,000 lines it takes 20.0 MB; there"):
        replay(iter(LINES))


@pytest.mark.parametrize("progress", [None, lambda *_: None])
def test_another_engine_is_stopped_too(progress: Callable[..., None] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LOOKS", 50)
    monkeypatch.setattr(one_by_one, "EVERY", 50)
    growing(monkeypatch, 4_000_000)
    with pytest.raises(NotEnoughMemory, match="after 100 lines"):
        replay(LINES, engine=Reference, progress=progress)


@pytest.mark.usefixtures("looking_often")
def test_a_further_replay_of_a_history_is_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    numbered = Numbered(LINES * 20).read_all()
    growing(monkeypatch, 6_000_000)
    with pytest.raises(NotEnoughMemory, match=r"after 65,536 lines \(66%\) it takes 18.0 MB, and would"):
        replay(numbered)


@pytest.mark.usefixtures("system", "looking_often")
def test_a_replay_that_nothing_bounds_goes_on() -> None:
    assert replay(LINES).summary.applied == len(LINES)


def test_a_short_history_is_never_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    growing(monkeypatch, 50_000_000)
    assert replay(LINES).summary.applied == len(LINES)


# Memory that runs out


def failing(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: BaseException, after: int) -> list[Any]:
    """Let a method raise an error once, after some calls; return weak references to what it was called with."""
    method, seen = getattr(owner, name), []

    def call(self: Any, *given: Any, **options: Any) -> Any:
        seen.append(weakref.ref(self))
        if len(seen) == after:
            raise error
        return method(self, *given, **options)

    monkeypatch.setattr(owner, name, call)
    return seen


def test_memory_that_runs_out_in_a_replay_is_told_and_let_go_of(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, folder = replay(list(LINES)).assignments, tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    seen = failing(monkeypatch, Execution, "go_on", MemoryError(), after=3)
    with pytest.raises(NotEnoughMemory, match=r"after \d,\d+ lines \(.*%\) it takes .*; what helps: ") as caught:
        replay(history)
    gc.collect()
    assert seen[0]() is None, "the error holds what the replay held"
    assert caught.value.__traceback__ is not None
    assert not [*folder.iterdir()]
    assert replay(history).assignments == expected


def test_memory_that_runs_out_at_the_beginning_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, Execution, "go_on", MemoryError(), after=1)
    with pytest.raises(NotEnoughMemory, match="the history does not fit into memory: so far it takes "):
        replay(LINES)


@pytest.mark.usefixtures("system")
def test_memory_that_runs_out_where_the_system_tells_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, Execution, "go_on", MemoryError(), after=3)
    with pytest.raises(NotEnoughMemory, match="the history does not fit into memory; what helps: "):
        replay(LINES)


def test_memory_that_runs_out_in_another_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, Reference, "execute", MemoryError(), after=7)
    with pytest.raises(NotEnoughMemory):
        replay(LINES, engine=Reference)


def test_memory_that_runs_out_in_a_comparison_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = replay(LINES), replay(LINES, Settings.defaults())
    module: Any = import_module("resolver.simulate.compare")
    with monkeypatch.context() as patched:
        patched.setattr(module, "find_causes", partial(_raise, MemoryError()))
        with pytest.raises(NotEnoughMemory, match="the comparison of 5,000 lines does not fit into memory"):
            compare(one, other)
    assert len(compare(one, other).joined) == 0


def _raise(error: BaseException, *given: Any) -> None:
    raise error


def test_memory_that_runs_out_in_arrow_is_no_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"email": ["a@b.cc"]}), path)
    monkeypatch.setattr(
        "resolver.history.arrow_sources._parquet_uuids", partial(_raise, pyarrow.ArrowMemoryError("malloc of size 64"))
    )
    with pytest.raises(NotEnoughMemory, match=r"history.parquet does not fit into memory"):
        replay(read_history(path))


class Short:
    """A stream of Arrow for which there is no memory."""

    def __init__(self, at: str) -> None:
        self.at = at

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        if self.at == "opening":
            raise MemoryError
        schema = pyarrow.schema([("email", pyarrow.string())])
        reader: Any = pyarrow.RecordBatchReader.from_batches(schema, self._batches(schema))
        return reader.__arrow_c_stream__()

    def _batches(self, schema: Any) -> Iterator[Any]:
        yield pyarrow.record_batch([pyarrow.array(["a@b.cc"])], schema)
        raise MemoryError


@pytest.mark.parametrize("at", ["opening", "reading"])
def test_memory_that_runs_out_in_a_stream_is_no_damaged_stream(at: str) -> None:
    with pytest.raises(NotEnoughMemory):
        replay(read_history(Short(at)))


def test_memory_that_runs_out_in_a_normalization_refuses_no_value() -> None:
    settings = Settings.from_json(
        {"identifierConfigs": [{"idType": "email", "normalization": "own"}], "matchingRules": ["email"]}
    )
    with pytest.raises(NotEnoughMemory):
        replay(LINES, settings, normalizers={"own": partial(_raise, MemoryError())})


def test_a_sweep_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, Execution, "go_on", MemoryError(), after=1)
    with pytest.raises(NotEnoughMemory):
        sweep(LINES, {"axes": {"matchingRules": [["email"]]}})


# The command line


def test_a_command_says_it_in_one_line(
    history: History, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "LOOKS", 1000)
    monkeypatch.setenv("RESOLVER_MEMORY", "1MB")
    assert main(["replay", history.name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"resolver: {history.name} does not fit into memory: after ")
    assert "there may be 1.0 MB (RESOLVER_MEMORY); what helps: " in said.err
    assert said.err.count("\n") == 1


def test_memory_that_runs_out_anywhere_else_is_said_in_one_line(
    history: History, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("resolver.cli.show.run", partial(_raise, MemoryError()))
    assert main(["replay", history.name]) == 2
    assert capsys.readouterr().err.startswith("resolver: what was asked for does not fit into memory: so far it takes ")


LIMITED = """
import resource, sys
from resolver.cli.main import main
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 60_000_000, used + 60_000_000))
sys.exit(main(["replay", sys.argv[1]]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is no such limit")
def test_a_process_that_may_take_little_says_so_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    with path.open("w") as file:
        for number in range(150_000):
            file.write(f'{{"ref": "{number:040}", "identifiers": {{"chat": "{number:0200}"}}}}\n')
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"resolver: {path} does not fit into memory: after "), done.stderr
    assert "(the limit of the process, ulimit)" in done.stderr
