"""The HTTP emulator: the identifiers part of the public API, in process or as a server.

>>> from resolver.emulator import create_app
>>> create_app(ids="sequential").state.shell.service.sequence
1
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resolver.emulator.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Load the application when it is asked for; without the extra there is a message instead."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from resolver.emulator.app import create_app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "resolver":
            raise
        raise ModuleNotFoundError(
            f"the emulator needs {error.name}; install it with: pip install 'idresolver[emulator]'", name=error.name
        ) from error
    return create_app
