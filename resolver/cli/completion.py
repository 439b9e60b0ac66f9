"""``resolver completion``: what a shell needs to complete commands, options, their values and file names.

The scripts are made from the parser itself, so they know what this version knows.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from typing import Any

from resolver.display import quoted

_SHELLS = ("bash", "zsh", "fish")


def add_parser(commands: Any, top: argparse.ArgumentParser) -> None:
    """Add the command to the command line whose parser is *top*."""
    parser = commands.add_parser(
        "completion",
        help="a script with which a shell completes commands and options",
        description="Print a script for a shell. bash: source it, or put it where bash-completion looks. zsh: put it "
        "as _resolver in a folder of $fpath. fish: source it, or put it in ~/.config/fish/completions/resolver.fish.",
    )
    parser.add_argument("shell", choices=_SHELLS, help="the shell that the script is for")
    parser.set_defaults(run=lambda options: _print(options.shell, top))


def script_for(shell: str, top: argparse.ArgumentParser) -> str:
    """Return the script for ``bash``, ``zsh`` or ``fish``."""
    lines = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](_commands_of(top))
    return "\n".join(lines) + "\n"


def _print(shell: str, top: argparse.ArgumentParser) -> int:
    sys.stdout.write(script_for(shell, top))
    return 0


def _commands_of(parser: argparse.ArgumentParser) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """Return the commands of a parser, each with its help and its own parser; none where it has no commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {each.dest: each.help or "" for each in action._choices_actions}
            return {name: (helps.get(name, ""), command) for name, command in action.choices.items()}
    return {}


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """Yield every long option of a command."""
    for action in parser._actions:
        for name in action.option_strings:
            if name.startswith("--"):
                yield name, action


def _help(action: argparse.Action) -> str:
    """Return the help of an option on one line, up to its first clause."""
    text = re.sub(r"\s+", " ", (action.help or "").replace("%%", "%"))
    return re.split(r"[;:(]", text)[0].strip()


def _choices(action: argparse.Action) -> list[str]:
    return [str(choice) for choice in action.choices or ()]


_Commands = dict[str, tuple[str, argparse.ArgumentParser]]


def _bash(commands: _Commands) -> Iterator[str]:
    yield "# Completion of resolver for bash."
    yield "_resolver() {"
    yield "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}"
    yield "    local command=${COMP_WORDS[1]} words="
    yield "    COMPREPLY=()"
    yield "    if ((COMP_CWORD == 1)); then"
    yield f"        words='{' '.join([*commands, '--help', '--version'])}'"
    yield "    else"
    yield '        case "$command $before" in'
    for name, (_, parser) in commands.items():
        for option, action in _options(parser):
            if action.choices:
                yield f"            '{name} {option}') words='{' '.join(_choices(action))}' ;;"
            elif action.nargs != 0:
                yield f"            '{name} {option}') return ;;"
        words = _words(parser)
        if words:
            yield f"            '{name} {name}') words='{' '.join(words)}' ;;"
    yield "        esac"
    yield "        if [[ -z $words && $current == -* ]]; then"
    yield "            case $command in"
    for name, (_, parser) in commands.items():
        yield f"                {name}) words='{' '.join(option for option, _ in _options(parser))}' ;;"
    yield "            esac"
    yield "        fi"
    yield "    fi"
    yield '    [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")'
    yield "}"
    yield "complete -o default -F _resolver resolver"


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """Return the words that may follow a command: those of its own commands, else what its arguments choose from."""
    return [*_commands_of(parser)] or [word for action in parser._actions for word in _positional(action)]


def _positional(action: argparse.Action) -> list[str]:
    return _choices(action) if not action.option_strings and not isinstance(action.choices, dict) else []


def _zsh(commands: _Commands) -> Iterator[str]:
    yield "#compdef resolver"
    yield "_resolver() {"
    yield "    local -a commands"
    yield "    commands=("
    for name, (said, _) in commands.items():
        yield f"        {quoted(f'{name}:{said}')}"
    yield "    )"
    yield "    if ((CURRENT == 2)); then"
    yield "        _describe command commands"
    yield "        return"
    yield "    fi"
    yield "    local command=$words[2]"
    yield "    shift words"
    yield "    ((CURRENT--))"
    yield "    case $command in"
    for name, (_, parser) in commands.items():
        yield f"        {name})"
        yield "            _arguments \\"
        for option, action in _options(parser):
            said = re.sub(r"([\[\]:\\])", r"\\\1", _help(action))
            value = "" if action.nargs == 0 else f":{action.metavar or action.dest}:{_zsh_values(action)}"
            repeated = "*" if isinstance(action, argparse._AppendAction) else ""
            yield f"                {quoted(f'{repeated}{option}[{said}]{value}')} \\"
        words = _words(parser)
        rest = f"*:word:({' '.join(words)})" if words else "*:file:_files"
        yield f"                {quoted(rest)}"
        yield "            ;;"
    yield "    esac"
    yield "}"
    yield 'if [[ $funcstack[1] == _resolver ]]; then _resolver "$@"; else compdef _resolver resolver; fi'


def _zsh_values(action: argparse.Action) -> str:
    return f"({' '.join(_choices(action))})" if action.choices else "_files"


def _fish(commands: _Commands) -> Iterator[str]:
    yield "# Completion of resolver for fish."
    yield "complete -c resolver -n __fish_use_subcommand -f -l help -d 'show help'"
    yield "complete -c resolver -n __fish_use_subcommand -f -l version -d 'show the version'"
    for name, (said, parser) in commands.items():
        yield f"complete -c resolver -n __fish_use_subcommand -f -a {name} -d {_fish_text(said)}"
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        for option, action in _options(parser):
            values = f" -x -a '{' '.join(_choices(action))}'" if action.choices else " -r" if action.nargs != 0 else ""
            yield f"complete -c resolver {seen} -l {option[2:]}{values} -d {_fish_text(_help(action))}"
        words = _words(parser)
        if words:
            yield f"complete -c resolver {seen} -f -a '{' '.join(words)}'"


def _fish_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
