"""The commands of a page: ``console`` blocks, as somebody types them one after the other, and what they print."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r'^```(?:console|\w+ title="(?P<file>[^"]+)")\n(?P<text>.*?)^```$', flags=re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A command with what the page says that it prints; or a file to save, as the page shows it."""

    command: str
    printed: list[str]
    file: str | None = None


def steps(page: str) -> Iterator[Step]:
    """Yield what a reader of the page does, in order."""
    for block in _BLOCK.finditer(page):
        if block["file"]:
            yield Step(block["text"], [], block["file"])
            continue
        for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, *printed = part.splitlines()
            yield Step(command, printed)


def run(command: str, place: Path, path: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in a shell, in *place*, with programs from *path*."""
    variables = {"PATH": f"{path}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        ["bash", "-c", command], cwd=place, env=variables, capture_output=True, text=True, timeout=120, check=False
    )


def difference(expected: list[str], printed: str) -> str | None:
    """Return the first line that a page shows and a command did not print there; None where all is as shown.

    A line ``...`` stands for any lines, and ``...`` at the end of a line for its rest.

    >>> difference(["a", "...", "d ..."], "a\\nb\\nc\\nd e\\n")
    >>> difference(["a", "c"], "a\\nb\\nc\\n")
    'c'
    """
    lines = [line.rstrip() for line in printed.splitlines()]
    place, is_anywhere = 0, False
    for line in expected:
        if line == "...":
            is_anywhere = True
            continue
        rest = lines[place:] if is_anywhere else lines[place : place + 1]
        found = next((number for number, each in enumerate(rest) if _is_shown(line.rstrip(), each)), None)
        if found is None:
            return line
        place, is_anywhere = place + found + 1, False
    return None if is_anywhere or place == len(lines) else f"(nothing more, but it printed {lines[place]!r})"


def _is_shown(shown: str, printed: str) -> bool:
    return printed.startswith(shown[:-3].rstrip()) if shown.endswith(" ...") else shown == printed
