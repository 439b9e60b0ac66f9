"""A run whose columns are in files tells all that it tells in memory, and its files go with it."""

import errno
import gc
import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pyarrow
import pytest

from resolver import NotEnoughMemory, Settings, memory
from resolver.cli.main import main
from resolver.columns.arrow_files import ArrowFiles
from resolver.columns.numbered import Numbered
from resolver.history import read_history
from resolver.report import comparison_report
from resolver.simulate import Run, compare, explain, health, load_run, replay
from tests.columns.test_loaded import TOLD
from tests.columns.twins import options_of, written
from tests.machines.families import FAMILIES, Family

LINES: list[dict[str, Any]] = [
    {"ref": "a", "at": 1, "identifiers": {"email": "ada@example.com", "phone": "317-555-6789"}},
    {"ref": "b", "at": 2, "identifiers": {"phone": "+13175556789", "chat": "bob"}},
    {"ref": "c", "at": 3, "identifiers": {"email": "eve@example.com", "phone": "n/a"}},
    {"op": "add", "at": 4, "profile": "ref:c", "idType": "chat", "value": "bob"},
    {"op": "nothing"},
    {"at": 5, "identifiers": {"card": "7"}},
]
NO_PHONE = Settings.from_json(
    {"identifierConfigs": [{"idType": "email"}, {"idType": "chat"}], "matchingRules": ["email", "chat"]}
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which temporary ones are made."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def is_on_disk(run: Run) -> bool:
    return run.columns is not None and run.columns.done.numbered.files is not None


# What is told


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_a_run_on_disk_tells_all_that_it_tells_in_memory(family: Family, tmp_path: Path) -> None:
    random = Random(f"on disk {family.__name__}")
    case = family(random)
    history, options = written(random, case, 25), options_of(case)
    other = {**options, "default_region": "GB"}
    runs = [replay(history, case.settings, memory=given, **options) for given in (10**9, 0)]
    others = [replay(history, case.settings, memory=given, **other) for given in (10**9, 0)]
    assert [*map(is_on_disk, (*runs, *others))] == [False, True, False, True]
    for part, told in TOLD.items():
        assert told(runs[1]) == told(runs[0]), part
    runs[1].engine._check()
    comparisons = [compare(one, another) for one, another in zip(runs, others, strict=True)]
    assert comparisons[1].to_json() == comparisons[0].to_json()
    pages = [comparison_report(*each) for each in zip(comparisons, runs, others, strict=True)]
    assert pages[1] == pages[0]
    for run, name in zip(runs, ("memory", "disk"), strict=True):
        run.save(tmp_path / name)
    for file in (tmp_path / "memory").iterdir():
        assert (tmp_path / "disk" / file.name).read_bytes() == file.read_bytes(), file.name


QUESTIONS: dict[str, Callable[[Run], Any]] = {
    "explain": lambda run: explain(run, "a").to_json(),
    "explain two": lambda run: explain(run, "a", "c").to_json(),
    "health": lambda run: health(run).to_json(),
    "without": lambda run: replay(run.history, without=["phone=+13175556789"], memory=0).assignments,
    "compare": lambda run: compare(run, replay(run.history, NO_PHONE)).to_json(),
    "compare the other way": lambda run: compare(replay(run.history, NO_PHONE), run).to_json(),
    "compare with itself": lambda run: compare(run, run).to_json(),
    "deep copy": lambda run: run.engine.fork().snapshot(),
    "frame": lambda run: run.to_frame("pandas").to_dict(),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_from_disk_as_from_memory(question: str) -> None:
    ask = QUESTIONS[question]
    assert ask(replay(LINES, memory=0)) == ask(replay(LINES, memory="1GB"))


def test_another_replay_of_a_history_on_disk_is_what_it_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    expected = [replay(LINES), replay(LINES, NO_PHONE), replay(LINES, default_region="GB")]
    history = read_history(path)
    numbered = Numbered(LINES, keeps_sources=True)
    for source in (history, numbered):
        first = replay(source, memory=0)
        again = [first, replay(source, NO_PHONE, memory=0), replay(source, default_region="GB", memory=0)]
        for run, of_memory in zip(again, expected, strict=True):
            assert list(run.facts) == list(of_memory.facts)
            assert run.assignments == of_memory.assignments
            assert list(run.refs) == list(of_memory.refs)


def test_a_history_on_disk_is_sent_to_another_process_as_one_in_memory() -> None:
    numbered = Numbered(LINES)
    on_disk = replay(numbered, memory=0)
    sent = pickle.loads(pickle.dumps(numbered.alone()))
    assert list(replay(sent).facts) == list(on_disk.facts)
    assert list(replay(sent, memory=0).facts) == list(on_disk.facts)


def test_a_sorted_history_has_its_numbers_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in (*LINES[:4:-1], *LINES[3::-1])))
    runs = [replay(read_history(path, sort=True), memory=given) for given in (None, 0)]
    for part, told in TOLD.items():
        assert told(runs[1]) == told(runs[0]), part
    alone = [run.columns.done.numbered.alone() for run in runs if run.columns is not None]
    assert list(alone[0].numbers) == list(alone[1].numbers) != list(alone[1].lines)


def test_a_run_of_nothing_is_on_disk_too() -> None:
    assert TOLD["summary"](replay([], memory=0)) == TOLD["summary"](replay([]))


def test_a_run_that_was_saved_is_read_back_to_disk(tmp_path: Path, folder: Path) -> None:
    run = replay(LINES)
    run.save(tmp_path / "run")
    in_memory, on_disk = (load_run(tmp_path / "run", memory=given) for given in ("1GB", 0))
    assert [*map(is_on_disk, (in_memory, on_disk))] == [False, True]
    for part, told in TOLD.items():
        assert told(on_disk) == told(in_memory) == told(run), part
    candidate = replay(LINES, NO_PHONE)
    candidate.save(tmp_path / "candidate")
    other = load_run(tmp_path / "candidate", memory=0)
    assert compare(on_disk, other).to_json() == compare(run, candidate).to_json()
    assert explain(on_disk, "a", "c") == explain(run, "a", "c")
    del in_memory, on_disk, other
    gc.collect()
    assert not [*folder.glob("resolver-columns-*")]


def test_a_saved_run_that_does_not_fit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replay(LINES).save(tmp_path)

    def struck(*given: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("resolver.simulate.loaded_columns.enter_values", struck)
    with pytest.raises(NotEnoughMemory, match=f"{tmp_path} does not fit into memory: so far it takes"):
        load_run(tmp_path)


# The files


def test_the_files_are_tables_of_arrow(folder: Path) -> None:
    run = replay(LINES, memory=0)
    tables = {path.stem: pyarrow.ipc.open_file(str(path)).read_all() for path in folder.rglob("*.arrow")}
    assert tables["steps"].column_names == ["times", "status", "subject"]
    assert tables["commands"].column("lines").to_pylist() == [1, 2, 3, 4, 6]
    assert tables["facts"].num_rows == len(list(run.facts)) + 1  # and why one was refused


def test_the_files_go_with_the_run(folder: Path) -> None:
    run = replay(LINES, memory=0)
    assert len([*folder.glob("resolver-columns-*")]) == 2
    facts = iter(run.facts)
    next(facts)
    del run
    gc.collect()
    assert len([*facts]) > 2
    del facts
    gc.collect()
    assert not [*folder.glob("resolver-columns-*")]


def test_a_run_is_let_go_of_without_the_collector(folder: Path) -> None:
    gc.collect()
    gc.disable()
    try:
        replay(LINES, memory=0)
        assert not [*folder.iterdir()]
    finally:
        gc.enable()


def test_two_runs_of_a_history_have_its_columns_once(folder: Path) -> None:
    numbered = Numbered(LINES, keeps_sources=True)
    runs = [replay(numbered, memory=0) for _ in range(3)]
    assert len([*folder.glob("resolver-columns-*")]) == 4
    del runs
    gc.collect()
    assert len([*folder.glob("resolver-columns-*")]) == 1  # which the history holds


@pytest.mark.parametrize("error", [KeyboardInterrupt, partial(OSError, errno.ENOSPC, "No space left on device")])
def test_nothing_is_left_where_putting_them_away_is_struck(
    error: Callable[[], BaseException], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, write = [5], ArrowFiles._write

    def struck(files: ArrowFiles, path: Path, *given: Any) -> None:
        left[0] -= 1
        if not left[0]:
            path.write_bytes(b"ARROW1")
            raise error()
        write(files, path, *given)

    with monkeypatch.context() as patched:
        patched.setattr(ArrowFiles, "_write", struck)
        with pytest.raises((KeyboardInterrupt, OSError)) as caught:
            replay(LINES, memory=0)
    if isinstance(caught.value, OSError):
        assert caught.value.errno == errno.ENOSPC
        assert "the columns of a run cannot be written to disk: No space left on device; expected room" in str(caught)
        assert str(folder) in str(caught.value.filename)
    del caught
    gc.collect()
    assert not [*folder.iterdir()]
    assert replay(LINES, memory=0).assignments == replay(LINES).assignments


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no disk that is always full")
@pytest.mark.parametrize("lines", [[{"op": "nothing"}], [{"op": "nothing", "more": "x" * 100_000}] * 3])
def test_a_full_disk_is_named_where_the_log_of_a_run_is_written(
    lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *given, **named: opened(FULL if path.name == "rejected" else path, *given, **named)
    )
    with pytest.raises(OSError, match="what a run did cannot be written to disk: No space left on device; expected"):
        replay(lines)


@pytest.mark.skipif(not FULL.exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_named_where_lines_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text((json.dumps(LINES[0]) + "\n") * 20_000)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda prefix: FULL.open("r+b", buffering=1 << 16))
    with pytest.raises(OSError, match="the lines of the history cannot be written to disk: No space left on device"):
        replay(Numbered(read_history(path), keeps_sources=True))


@pytest.mark.skipif(not FULL.exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_named_where_a_saved_run_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replay(LINES).save(tmp_path)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda prefix: FULL.open("r+b", buffering=1 << 16))
    with pytest.raises(OSError, match=f"a copy of {tmp_path}/store.snapshot cannot be written to disk: No space left"):
        load_run(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError):
        replay(LINES[:1], memory=0)


ENDED = """
import os, sys
from resolver.simulate import replay
run = replay([{"ref": "a", "identifiers": {"chat": "ada"}}], memory=0)
print(os.listdir(sys.argv[1]), flush=True)
if sys.argv[2] == "raise":
    raise RuntimeError
if sys.argv[2] == "interrupt":
    raise KeyboardInterrupt
"""


@pytest.mark.parametrize("how", ["end", "raise", "interrupt"])
def test_nothing_is_left_when_the_process_ends(how: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDED, str(tmp_path), how],
        env={"TMPDIR": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.count("resolver-columns-") == 2, done.stderr
    assert not [*tmp_path.iterdir()]


# The bound


def test_columns_within_the_bound_stay_in_memory() -> None:
    size = replay(LINES).columns.done.size  # type: ignore[union-attr]
    assert is_on_disk(replay(LINES, memory=size - 1))
    assert not is_on_disk(replay(LINES, memory=size))
    assert not is_on_disk(replay(LINES))


def test_without_a_bound_columns_stay_in_a_fourth_of_what_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    size = replay(LINES).columns.done.size  # type: ignore[union-attr]
    monkeypatch.setattr(memory, "_SMALL", 10)
    for least, on_disk in ((4 * size - 1, True), (4 * size, False)):
        monkeypatch.setattr(memory, "bounds", lambda least=least: [memory.Bound(least, "a test")])
        assert is_on_disk(replay(LINES)) is on_disk
    monkeypatch.setattr(memory, "bounds", list)
    assert not is_on_disk(replay(LINES))


@pytest.mark.parametrize("given", [-1, True, 1.5, "2", "much"])
def test_a_bound_that_is_no_size_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="expected one such as"):
        replay(LINES, memory=given)


def test_without_pyarrow_columns_stay_in_memory_and_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(memory, "_has_arrow", lambda: False)
    monkeypatch.setattr(memory, "_SMALL", 10)
    monkeypatch.setattr(memory, "bounds", lambda: [memory.Bound(100, "a test")])
    assert not is_on_disk(replay(LINES))
    with pytest.raises(ImportError, match=r"pip install 'idresolver\[parquet\]'"):
        replay(LINES, memory=0)
    with pytest.raises(NotEnoughMemory, match=r"docs/scale.md\); pyarrow, with which .* 'idresolver\[parquet\]'\)$"):
        raise memory.Memory("a history").error()


# The command line


def test_a_command_puts_the_columns_of_its_runs_on_disk(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    history, settings = tmp_path / "history.jsonl", tmp_path / "settings.json"
    history.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    settings.write_text(json.dumps(Settings.defaults().to_json()))
    made: list[str] = []
    put = ArrowFiles.put

    def noted(files: ArrowFiles, name: str, *given: Any, **options: Any) -> Any:
        made.append(name)
        return put(files, name, *given, **options)

    monkeypatch.setattr(ArrowFiles, "put", noted)
    for name in ("one", "other"):
        assert main(["replay", str(history), "--save", str(tmp_path / name)]) == 0
    capsys.readouterr()
    commands = [
        ["replay", str(history)],
        ["compare", str(tmp_path / "one"), str(tmp_path / "other")],
        ["explain", str(history), "a", "b"],
        ["compare", str(history), "--baseline", str(settings), "--candidate", str(settings)],
    ]
    for words in commands:
        said = []
        for bound in ("1GB", "0"):
            assert main([*words, "--memory", bound]) == 0
            said.append(capsys.readouterr())
            assert bool(made) is (bound == "0")
        assert said[0] == said[1]
        gc.collect()
        assert not [*folder.glob("resolver-columns-*")]
        made.clear()


def test_a_bound_on_the_command_line_is_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "history.jsonl", "--memory", "much"]) == 2
    assert "--memory: 'much' is not a size; expected one such as '4GB' or '500MB'" in capsys.readouterr().err
