"""The image and the compose file of docs/container, as far as they can be tried without a container engine."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from resolver.cli.parser import parser
from resolver.emulator.server import running_emulator

TOP = Path(__file__).parents[2]
CONTAINER = TOP / "docs" / "container"
LINES = (CONTAINER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text(encoding="utf-8"))


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in LINES if line.startswith(f"{name} ")]


def words(name: str) -> list[str]:
    """Return the words of an instruction in the form that runs without a shell."""
    (given,) = instructions(name)
    found: list[str] = json.loads(given[given.index("[") :])
    return found


def test_what_is_copied_is_there_and_is_all_that_a_build_needs() -> None:
    copied = [source for line in instructions("COPY") if "--from" not in line for source in line.split()[:-1]]
    assert [source for source in copied if not (TOP / source).exists()] == []
    project = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    for needed in ("README.md", "LICENSE", ".build", "resolver"):
        assert needed in project
        assert needed in copied


def test_the_commands_are_those_of_the_command_line() -> None:
    entry, emulator = words("ENTRYPOINT"), COMPOSE["services"]["emulator"]
    assert entry[0] == "resolver"
    assert [line.split(" AS ")[0] for line in instructions("FROM")] == 2 * ["python:3.13-slim"]
    alone = parser().parse_args(entry[1:])
    options = parser().parse_args([*entry[1:], *emulator["command"]])
    assert (alone.host, alone.port, alone.db) == ("0.0.0.0", int(instructions("EXPOSE")[0]), None)
    assert (options.host, options.port) == (alone.host, alone.port)
    assert (options.db, options.host_name) == (Path("store.db"), ["emulator"])
    assert emulator["ports"] == [f"127.0.0.1:{alone.port}:{alone.port}"]
    assert (emulator["volumes"], instructions("WORKDIR")[-1]) == (["emulator-data:/data"], instructions("VOLUME")[0])


def test_the_compose_file_names_what_there_is() -> None:
    services = COMPOSE["services"]
    build = services["emulator"]["build"]
    context = (CONTAINER / build["context"]).resolve()
    assert context == TOP
    assert context / build["dockerfile"] == CONTAINER / "Dockerfile"
    assert services["program"]["image"] == services["emulator"]["image"] == "resolver-emulator"
    assert services["program"]["depends_on"] == {"emulator": {"condition": "service_healthy"}}
    assert set(COMPOSE["volumes"]) == {"emulator-data"}


def test_the_checks_of_health_are_met_by_an_emulator_that_runs_and_by_no_other() -> None:
    program = [*COMPOSE["services"]["program"]["entrypoint"], *COMPOSE["services"]["program"]["command"]]
    with running_emulator() as url:
        for check in (words("HEALTHCHECK"), program):
            changed = [re.sub(r"http://[\w.]+:8123", url, word) for word in check]
            assert changed != check
            assert changed[0] == "python"
            assert subprocess.run([sys.executable, *changed[1:]], check=False, timeout=60).returncode == 0
    assert subprocess.run([sys.executable, *changed[1:]], capture_output=True, check=False, timeout=60).returncode == 1
