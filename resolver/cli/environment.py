"""Options from environment variables: for secrets, which a process list would show, and for containers."""

import argparse
from collections.abc import Mapping
from typing import Any

_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class EnvironmentOptions:
    """The options of a parser, each also by a variable: *prefix* and its name in capitals, as in ``PREFIX_FAIL_SEED``.

    What stands on the command line counts before the variable of the same option. A repeatable option has its values
    separated by blanks, a flag is ``1`` or ``0``; an empty variable is none.

    >>> parser = argparse.ArgumentParser()
    >>> _ = parser.add_argument("--port", type=int, default=0)
    >>> _ = parser.add_argument("--store", action="append", default=[])
    >>> variables = EnvironmentOptions(parser, "SERVE_")
    >>> variables.filled_in(parser.parse_args(["--port", "0"]), {"SERVE_STORE": "a b", "SERVE_PORT": "80"})
    Namespace(port=0, store=['a', 'b'])
    """

    def __init__(self, parser: argparse.ArgumentParser, prefix: str) -> None:
        self._prefix = prefix
        self._actions = {
            f"{prefix}{action.dest.upper()}": action for action in parser._actions if action.dest != "help"
        }
        for action in self._actions.values():  # a default is known from the same value given by being another object
            if isinstance(action.default, str):
                action.default = _DefaultText(action.default)
            elif isinstance(action.default, int) and action.nargs != 0:
                action.default = _DefaultNumber(action.default)

    def filled_in(self, options: argparse.Namespace, environment: Mapping[str, str]) -> argparse.Namespace:
        """Return *options* with what was not given; ``ValueError`` for a variable that is wrong, or of no option."""
        for name in environment:
            if name.startswith(self._prefix) and name not in self._actions:
                raise ValueError(f"{name}: there is no such option; expected one of {', '.join(self._actions)}")
        for name, action in self._actions.items():
            if environment.get(name) and getattr(options, action.dest) is action.default:
                setattr(options, action.dest, _value(name, action, environment[name]))
        return options


class _DefaultText(str):
    __slots__ = ()


class _DefaultNumber(int):
    pass


def _value(name: str, action: argparse.Action, text: str) -> Any:
    if action.nargs == 0:
        if text.lower() not in _FLAGS:
            raise ValueError(f"{name}: {text!r} is not allowed; expected 1 or 0")
        return _FLAGS[text.lower()]
    if isinstance(action, argparse._AppendAction):
        return [_converted(name, action, each) for each in text.split()]
    return _converted(name, action, text)


def _converted(name: str, action: argparse.Action, text: str) -> Any:
    if action.choices is not None and text not in action.choices:
        raise ValueError(f"{name}: {text!r} is not allowed; expected {' or '.join(map(str, action.choices))}")
    if not callable(action.type):
        return text
    try:
        return action.type(text)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{name}: {error}") from None
    except ValueError:
        raise ValueError(f"{name}: {text!r} is not allowed; expected an integer") from None
