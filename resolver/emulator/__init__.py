"""The HTTP emulator: the identifiers part of the public API, in process or as a server.

>>> from resolver.emulator import create_app
>>> create_app(ids="sequential").state.shell.service.sequence
1
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resolver.emulator.app import create_app
    from resolver.emulator.server import running_emulator

__all__ = ["create_app", "running_emulator"]

_PLACES = {"create_app": "app", "running_emulator": "server"}


def __getattr__(name: str) -> Any:
    """Load what is asked for; without the extra there is a message instead."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_PLACES[name]}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "resolver":
            raise
        raise ModuleNotFoundError(
            f"the emulator needs {error.name}; install it with: pip install 'idresolver[emulator]'", name=error.name
        ) from error
    return getattr(module, name)
