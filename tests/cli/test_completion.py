"""What shells complete, tried in each shell that is here, and that the scripts know every command and option."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.cli.completion import script_for
from resolver.cli.parser import parser


def script(name: str) -> str:
    return script_for(name, parser())


def shell(name: str) -> str:
    """Return the path of a shell; the test is skipped where there is none, and fails where everything must run."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
    return found


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_script_knows_every_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", name]) == 0
    out = capsys.readouterr().out
    assert out == script(name)
    for command in ("init", "replay", "compare", "explain", "sweep", "state"):
        assert command in out


def test_a_shell_that_is_not_known_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "'tcsh'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["re"], ["replay"]),
        (["replay", "--match", ""], ["all", "first"]),
        (["sweep", "--tr"], ["--truth", "--truth-map", "--truth-encoding"]),
        (["state", ""], ["export", "import"]),
        (["completion", "f"], ["fish"]),
        (["replay", "hist"], []),
        (["replay", "--settings", ""], []),
    ],
)
def test_bash_completes(words: list[str], found: list[str], tmp_path: Path) -> None:
    bash = shell("bash")
    (tmp_path / "script").write_text(script("bash"))
    given = " ".join(f"'{word}'" for word in ("resolver", *words))
    asked = f"COMP_WORDS=({given}); COMP_CWORD={len(words)}; _resolver; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        [bash, "-c", f"source ./script; {asked}"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == found


@pytest.mark.parametrize(("line", "found"), [("resolver rep", "replay"), ("resolver replay --match ", "first")])
def test_fish_completes(line: str, found: str, tmp_path: Path) -> None:
    fish = shell("fish")
    (tmp_path / "script").write_text(script("fish"))
    asked = f"source ./script; complete -C'{line}'"
    done = subprocess.run([fish, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found in [each.split("\t")[0] for each in done.stdout.splitlines()]


def test_zsh_completes(tmp_path: Path) -> None:
    zsh = shell("zsh")
    (tmp_path / "script").write_text(f"autoload -U compinit; compinit -u -d {tmp_path}/dump\n{script('zsh')}")
    process, terminal = pty.fork()
    if process == 0:
        os.execv(zsh, ["zsh", "-f", "-i"])
    seen = ""
    try:
        os.write(terminal, f"source {tmp_path}/script && echo re''ady\n".encode())
        seen = _until(terminal, "ready")
        os.write(terminal, b"resolver repl\t --sett\t")
        seen = _until(terminal, "--settings")
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    assert "replay" in seen
    assert "--settings" in seen


def _until(terminal: int, wanted: str) -> str:
    seen, deadline = "", time.monotonic() + 30
    while wanted not in seen and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")
    return seen
