"""Engine options: the keyword arguments that a replay hands on to ``Engine``, by the names that it knows.

>>> from resolver.simulate.replay import replay
>>> replay([], onInvalid="keep")
Traceback (most recent call last):
    ...
TypeError: replay() has no option 'onInvalid'; did you mean 'on_invalid'?
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from resolver.history import read_history, records_of
from resolver.names import OnInvalid
from resolver.suggestions import did_you_mean

NAMES = ("clock", "new_id", "default_region", "on_invalid", "match", "normalizers")
"""The keyword arguments of ``Engine``, without policies, which are part of the settings."""


def checked_options(function: Callable[..., object], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for an engine: those given to *function*, and ``on_invalid`` as ``drop`` if it is not given.

    Raises ``TypeError`` for a name that is none, with the one that was meant, or the function that takes it.
    """
    for name in given:
        if name not in NAMES:
            raise TypeError(f"{function.__name__}() has no option {name!r}{_hint(function, name)}")
    return {"on_invalid": str(OnInvalid.DROP), **given}


def _hint(function: Callable[..., object], name: str) -> str:
    reading = inspect.signature(read_history).parameters
    if name in reading:
        of_list = f", or {records_of.__name__}(records, {name}=...) of resolver.history"
        also = of_list if name in inspect.signature(records_of).parameters else ""
        return f", which is one of reading; expected read_history(path, {name}=...){also}"
    parameters = inspect.signature(function).parameters.values()
    own = [each.name for each in parameters if each.kind is not inspect.Parameter.VAR_KEYWORD]
    known = (*own, *NAMES, *reading)
    snake_case = re.sub(r"(?<=[a-z])[A-Z]", r"_\g<0>", name).lower()
    whole = [each for each in NAMES if snake_case in each.split("_")]  # a word of an option rather than a like one
    meant = snake_case if snake_case in known else whole[0] if len(whole) == 1 else None
    return did_you_mean(name, known) if meant is None else f"; did you mean {meant!r}?"
