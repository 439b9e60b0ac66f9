"""What the command line says of itself: help, examples, and what somebody may have meant."""

import json
import shlex

import pytest

from resolver.cli import main
from resolver.cli.arguments import examples_of
from resolver.cli.parser import parser
from resolver.display import quoted
from resolver.emulator import create_app
from resolver.example import path

HISTORY, BASELINE, CANDIDATE = (str(path(name)) for name in ("history.jsonl", "baseline.json", "candidate.json"))

COMMANDS = [
    "init", "replay", "compare", "explain", "generate", "settings", "sweep", "errors", "order", "health", "suspects",
    "graph", "serve", "state", "studio", "completion",
]  # fmt: skip


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: resolver")
    assert all(f"\n    {command}" in out for command in COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS, "state export", "state import"])
def test_every_help_ends_with_two_examples_that_parse(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert out.endswith(examples_of(command) + "\n")
    examples = [line.strip().removeprefix("resolver ") for line in examples_of(command).splitlines()[1:]]
    assert len(examples) == 2
    for example in examples:
        words = shlex.split(example.partition(" >")[0].partition(" |")[0])
        assert example.startswith(command)
        parser().parse_args(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replya"], "invalid choice: 'replya'"),
        (["replya"], "; did you mean 'replay'?"),
        ([HISTORY], f"; a file is read by a command: resolver replay {quoted(HISTORY)} (see"),
        (
            ["replay", "h.jsonl", "--settngs", "x"],
            "--settngs x; did you mean '--settings'? (see resolver replay --help)",
        ),
        (["replay", "h.jsonl", "--regoin=US"], "; did you mean '--region'?"),
        (["replay", "h.jsonl", "--zzzzzz"], "unrecognized arguments: --zzzzzz (see"),
    ],
)
def test_what_may_have_been_meant_is_said(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_the_examples_of_serve_are_options_that_it_takes() -> None:
    for line in examples_of("serve").splitlines()[1:]:
        options = parser().parse_args(shlex.split(line)[1:])
        create_app(stores=options.store, auth=options.auth)  # an error for what is none


def test_replay_and_compare_print_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", HISTORY, "--settings", BASELINE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == 419
    assert main(["compare", HISTORY, "--baseline", BASELINE, "--candidate", CANDIDATE, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["split"]) == 25
