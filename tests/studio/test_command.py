"""``resolver studio`` as it is typed: a link that works, a file that is written, errors in one line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from resolver.cli import main
from resolver.example import path

HISTORY, BASELINE, CANDIDATE = (str(path(name)) for name in ("history.jsonl", "baseline.json", "candidate.json"))


def test_the_link_that_it_prints_opens_the_page_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    settings = tmp_path / "today.json"
    settings.write_text(Path(BASELINE).read_text())
    words = ["studio", HISTORY, "--settings", str(settings), "--candidate", CANDIDATE, "--port", "0", "--no-open"]
    with subprocess.Popen(
        [sys.executable, "-m", "resolver", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        assert link.startswith("http://127.0.0.1:")
        with httpx.Client(follow_redirects=True) as client:
            page = client.get(link)
            assert 'data-mode="studio"' in page.text
            token = page.text.partition('name="studio-token" content="')[2].partition('"')[0]
            base = link.partition("/?")[0]
            state = client.get(f"{base}/api/state", headers={"X-Studio-Token": token}).json()
            assert (state["title"], state["view"]["changed"]) == (HISTORY, 25)
            assert state["sides"][0]["file"] == str(settings)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")


def test_the_file_is_written_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, history = tmp_path / "studio.html", tmp_path / "h.jsonl"
    history.write_text("".join(Path(HISTORY).read_text().splitlines(keepends=True)[:60]))
    words = [
        "studio",
        str(history),
        "--settings",
        BASELINE,
        "--candidate",
        CANDIDATE,
        "--export",
        str(target),
        "--mask",
    ]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{target}: 60 events; it opens from disk\n"
    assert 'data-mode="export"' in target.read_text(encoding="utf-8")


def test_a_project_file_names_history_and_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "h.jsonl").write_text('{"identifiers": {"email": "ada@example.com"}}\n')
    (tmp_path / "s.json").write_text(json.dumps(json.loads(Path(BASELINE).read_text())))
    (tmp_path / "resolver.toml").write_text('history = "h.jsonl"\nsettings = "s.json"\n')
    monkeypatch.chdir(tmp_path)
    assert main(["studio", "--export", "studio.html"]) == 0
    assert "1 events" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such.jsonl"], "no-such.jsonl"),
        (["--settings", "no-such.json"], "no-such.json"),
        (["--port", "x"], "expected a port"),
        (["--export", "."], "directory"),
        ([HISTORY, "--candidate", HISTORY], "expected a JSON document"),
        ([HISTORY, "--map", "emial=x"], "did you mean"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["studio", *words]) == 2
    err = capsys.readouterr().err
    assert said.lower() in err.lower()
    assert err.count("\n") == 1


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["studio", "--port", str(port), "--no-open"]) == 2
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['starlette'] = None; from resolver.cli import main; sys.exit(main(['studio']))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ}, cwd=tmp_path
    )
    assert done.returncode == 2
    assert "pip install 'idresolver[emulator]'" in done.stderr
