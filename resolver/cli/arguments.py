"""The parser of a command line: errors in one line, options anywhere, near names, examples below the help."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from resolver.display import displayed, quoted
from resolver.suggestions import near

_UNRECOGNIZED = "unrecognized arguments: "
_UNKNOWN_COMMAND = re.compile(r"argument COMMAND: invalid choice: '(.*)' \(choose from")

_NEAR = 70
"""How like a command a word must be to be taken for one, from 0 to 100."""

_EXAMPLES = {
    "": ("init customers.csv", "compare history.jsonl --baseline today.json --candidate tomorrow.json"),
    "init": ("init customers.csv", "init customers.csv truth.csv --yes"),
    "replay": (
        "replay history.jsonl --settings settings.json --out results",
        "replay customers.csv --map ref=ID --map email=E_MAIL --without email=info@example.com",
    ),
    "compare": (
        "compare history.jsonl --baseline today.json --candidate tomorrow.json --out results",
        "compare history.jsonl --baseline today.json --candidate tomorrow.json --mask --json",
    ),
    "explain": (
        "explain history.jsonl crm:7 web:12 --settings settings.json",
        "explain history.jsonl crm:7 --json",
    ),
    "generate": (
        "generate --records 10000 --out history.jsonl",
        "generate --records 500 --seed 7 --out history.jsonl.gz",
    ),
    "settings": ("settings > settings.json", "settings settings.json"),
    "sweep": (
        "sweep history.jsonl --settings today.json --truth truth.csv --best f1 --write-settings best.json",
        "sweep history.jsonl --grid grid.json --settings today.json --out results --jobs 2",
    ),
    "errors": (
        "errors history.jsonl --truth truth.csv --settings settings.json",
        "errors customers.csv --truth truth.csv --truth-map ref=ID --truth-map person=CLUSTER --json",
    ),
    "order": ("order history.jsonl --settings settings.json", "order history.jsonl --seed 7 --json"),
    "health": ("health history.jsonl --settings settings.json", "health results --show 3"),
    "suspects": (
        "suspects history.jsonl --settings settings.json",
        "suspects history.jsonl --top 5 --write-settings blocked.json",
    ),
    "graph": (
        "graph history.jsonl crm:7 --out profile.graphml",
        "graph history.jsonl --settings settings.json --out all.json",
    ),
    "spark": (
        "spark replay history.jsonl --work work --master 'local[*]'",
        "spark compare history.parquet --baseline today.json --candidate tomorrow.json --work work",
    ),
    "spark replay": (
        "spark replay history.jsonl --settings settings.json --work work --master 'local[*]' --save results",
        "spark replay customers.parquet --order-by at,ref --map email=E_MAIL --work work --remote sc://host:15002",
        "spark replay later.jsonl --settings settings.json --since work --work work-2 --master 'local[*]'",
    ),
    "spark compare": (
        "spark compare history.parquet --baseline today.json --candidate tomorrow.json --work work --out results",
        "spark compare history.jsonl --baseline today.json --candidate tomorrow.json --work work --part-memory 4g",
    ),
    "spark sweep": (
        "spark sweep history.jsonl --grid grid.json --truth truth.csv --work work --out results",
        "spark sweep history.jsonl --grid grid.json --work work --json",
    ),
    "serve": (
        "serve --port 8080 --db memory.sqlite",
        "serve --settings settings.json --seed customers.csv --auth user:secret",
    ),
    "state": ("state export --db memory.sqlite --out state.json", "state import state.json --db memory.sqlite"),
    "state export": ("state export --db memory.sqlite", "state export --db memory.sqlite --out state.json"),
    "state import": (
        "state import state.json --db memory.sqlite",
        "state import state.json --db memory.sqlite --replace",
    ),
    "studio": (
        "studio",
        "studio history.jsonl --settings today.json --candidate tomorrow.json",
    ),
    "completion": ("completion bash > ~/.local/share/bash-completion/completions/resolver", "completion fish | source"),
}


def add_examples(command: argparse.ArgumentParser, name: str = "") -> None:
    """Let the help of a command end with examples of it; without a name, that of the whole command line."""
    command.epilog = examples_of(name)
    command.formatter_class = HelpFormatter


def examples_of(command: str) -> str:
    """Return the examples that stand below the help of a command."""
    return "\n".join(("examples:", *(f"  resolver {example}" for example in _EXAMPLES[command])))


def print_help(parser: argparse.ArgumentParser) -> int:
    """Print the help of the whole command line, which is what it does without a command; return status 0."""
    parser.print_help()
    return 0


class HelpFormatter(argparse.HelpFormatter):
    """The usual help, with examples in lines of their own."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("examples:") else super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, like every other error, and what may have been meant."""

    _is_within = False

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: {displayed(message)}{self._meant(message)} (see {self.prog} --help)\n")

    def _meant(self, message: str) -> str:
        """Return what may have been meant: a command of this name, nearly, or an option."""
        found = _UNKNOWN_COMMAND.search(message)
        if found is not None and self._subparsers is not None:
            if Path(found[1]).is_file():
                return f"; a file is read by a command: resolver replay {quoted(found[1])}"
            commands = (action.choices for action in self._subparsers._group_actions)
            return _did_you_mean(found[1], [str(name) for choices in commands for name in choices or ()])
        words = message.removeprefix(_UNRECOGNIZED).split() if message.startswith(_UNRECOGNIZED) else []
        options = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
        unknown = next((word.partition("=")[0] for word in words if word.startswith("--")), "")
        return _did_you_mean(unknown, options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse what a command takes; what it does not take is an error here, which names the command."""
        found, rest = self._parsed(args, namespace)
        if rest and not self._is_within:
            self.error(f"{_UNRECOGNIZED}{' '.join(rest)}")
        return found, rest

    def _parsed(self, args: Any, namespace: Any) -> Any:
        """Parse, with options anywhere: ``HISTORY --settings FILE REF`` is ``HISTORY REF --settings FILE``.

        What stands behind ``--`` is no option. As argparse forgets that between its two passes, such a word is away
        while it parses.
        """
        several = (argparse.OPTIONAL, argparse.ONE_OR_MORE, argparse.ZERO_OR_MORE)
        if self._is_within or not any(not each.option_strings and each.nargs in several for each in self._actions):
            return super().parse_known_args(args, namespace)
        words = sys.argv[1:] if args is None else list(args)
        end = words.index("--") if "--" in words else len(words)
        away = {f"\0{number}": word for number, word in enumerate(words[end + 1 :])}  # no argument has a NUL
        self._is_within = True  # what follows comes back here
        try:
            found, rest = self.parse_known_intermixed_args([*words[:end], *away], namespace)
        finally:
            self._is_within = False
        for name, value in vars(found).items():
            if isinstance(value, list):
                setattr(found, name, [away.get(word, word) for word in value])
            elif str(value) in away:
                setattr(found, name, type(value)(away[str(value)]))
        return found, [away.get(word, word) for word in rest]


def _did_you_mean(word: str, known: list[str]) -> str:
    names = near(word, known, least=_NEAR)
    return f"; did you mean {names[0]!r}?" if names else ""
