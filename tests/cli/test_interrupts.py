"""Ctrl-C or SIGTERM, once and many times: nothing stays behind, and nothing is said twice."""

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.example import path as example
from resolver.interrupts import Terminated, first_interrupt_only, interrupts_held, remove_folder, temporary_folder

HISTORY, BASELINE, CANDIDATE = (str(example(name)) for name in ("history.jsonl", "baseline.json", "candidate.json"))

SLOW = """
import shutil, sys, time
removed = shutil.rmtree
def slowly(*arguments, **options):
    time.sleep(0.4)
    removed(*arguments, **options)
shutil.rmtree = slowly
def watch(event, arguments):
    if event == "open" and ".resolver-" in str(arguments[0]) and "w" in str(arguments[1]):
        print("writing", flush=True)
        time.sleep(30)
sys.addaudithook(watch)
from resolver.cli import main
sys.exit(main())
"""
"""The command line, on a machine where folders are removed slowly, and which stops before it writes a first file."""


def start(arguments: list[str], tmp_path: Path) -> "subprocess.Popen[bytes]":
    (tmp_path / "tmp").mkdir()
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        start_new_session=True,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", HISTORY, "--out", "out"],
        ["compare", HISTORY, "--baseline", BASELINE, "--candidate", CANDIDATE, "--out", "out"],
        ["sweep", HISTORY, "--grid", "grid.json", "--out", "out"],
        ["graph", HISTORY, "--out", "out/graph.json"],
        ["generate", "--records", "20", "--out", "out/h.jsonl"],
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.slow
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_or_sigterm_many_times_leaves_no_temporary_folder(
    arguments: list[str], sent: signal.Signals, status: int, tmp_path: Path
) -> None:
    (tmp_path / "grid.json").write_text('{"axes": {"email.limit": [1, 2]}}')
    named = [str(tmp_path / each) if each.startswith(("out", "grid")) else each for each in arguments]
    process = start(["-c", SLOW, *named], tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    for _ in range(5):
        os.killpg(process.pid, sent)
        time.sleep(0.05)
    _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert err == b""
    assert list((tmp_path / "tmp").iterdir()) == []
    left = [path.name for path in tmp_path.rglob("*") if path.name not in ("tmp", "grid.json")]
    assert left == (["out", "sweep.state.jsonl"] if arguments[0] == "sweep" else [])


WATCHED = """
import multiprocessing, sys
from resolver.simulate import read_history, sweep

def look(done, total):
    for child in multiprocessing.active_children():
        with open(f"/proc/{child.pid}/status") as status:
            blocked = next(line.split()[1] for line in status if line.startswith("SigBlk"))
        print(int(blocked, 16) >> 1 & 1)

if __name__ == "__main__":
    sweep(read_history(sys.argv[1]), {"axes": {"email.limit": [1, 2, 3, 4]}}, jobs=2, progress=look)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the signals that a process blocks are in /proc")
def test_no_process_of_a_sweep_hears_ctrl_c(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(WATCHED)
    done = subprocess.run([sys.executable, str(script), HISTORY], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"1"}


def test_ctrl_c_waits_until_the_block_is_done() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts_held():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        done.append("moved")
    assert done == ["moved"]
    with interrupts_held():
        pass


def test_sigterm_waits_until_the_block_is_done_and_means_what_it_meant() -> None:
    done: list[str] = []
    with pytest.raises(Terminated), first_interrupt_only():  # noqa: PT012
        with interrupts_held():
            signal.raise_signal(signal.SIGTERM)
            done.append("moved")
        done.append("heard too late")
    assert done == ["moved"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_sigterm_is_heard_where_ctrl_c_is_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(Terminated), first_interrupt_only():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_a_sigterm_that_is_lost_is_raised_again() -> None:
    class Owner:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Terminated), first_interrupt_only():  # noqa: PT012
        Owner()
        time.sleep(10)


def test_a_folder_that_goes_with_its_object_goes_whole_and_ctrl_c_is_heard_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Owner:
        pass

    folder = tmp_path / "folder"
    folder.mkdir()
    owner = Owner()
    weakref.finalize(owner, remove_folder, folder)

    def remove(path: Path, **_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        path.rmdir()

    monkeypatch.setattr("shutil.rmtree", remove)
    gone = []
    with pytest.raises(KeyboardInterrupt), first_interrupt_only():  # noqa: PT012
        del owner
        gone.append(not folder.exists())
        time.sleep(10)
    assert gone == [True]


def test_another_error_that_is_lost_is_reported_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    class Owner:
        def __del__(self) -> None:
            raise ValueError("lost")

    reported: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", lambda lost: reported.append(lost.exc_value))
    with first_interrupt_only():
        Owner()
    assert [str(each) for each in reported] == ["lost"]


def test_a_second_ctrl_c_is_not_heard_and_a_late_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    with first_interrupt_only():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        heard.append("went on")
        monkeypatch.setattr("resolver.interrupts.CLEARING", -1.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert heard == ["went on"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_at_the_end_of_a_process_no_ctrl_c_is_heard_after_the_first() -> None:
    with first_interrupt_only(is_last=True):
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    try:
        with pytest.raises(KeyboardInterrupt), first_interrupt_only(is_last=True):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_where_ctrl_c_means_something_else_nothing_changes() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with first_interrupt_only():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert heard == [signal.SIGINT, signal.SIGINT]


def test_outside_the_main_thread_nothing_is_held() -> None:
    done: list[bool] = []

    def work() -> None:
        with first_interrupt_only(), interrupts_held(), temporary_folder("resolver-test-") as folder:
            done.append(folder.is_dir())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_a_folder_that_cannot_be_made_is_an_error_and_nothing_to_remove(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), temporary_folder("x-", tmp_path / "nowhere"):
        pass


def test_ctrl_c_before_anything_is_loaded_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("resolver.interrupts.first_interrupt_only", lambda **_: interrupt())
    assert main(["settings"]) == 130
