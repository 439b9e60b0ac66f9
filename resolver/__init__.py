"""Exact, explained identity resolution: which identifiers are one person, why, and what other rules would do.

An :class:`Engine` is one store in memory. It takes commands, decides by its :class:`Settings`, and answers with
an :class:`Outcome` that lists every fact.

>>> from resolver import Engine
>>> engine = Engine()
>>> engine.resolve({"email": "Ada@Example.com"}).facts[1].value
'ada@example.com'

The names are loaded when one of them is first used, not before: so the command line can be stopped while they load.
"""

# ruff: noqa: F403 - the star is for types; at run time every name comes through __getattr__

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resolver.public import *
    from resolver.public import __all__ as __all__
else:

    def __getattr__(name: str) -> object:
        """Return a public name (PEP 562); what is none is a module of the package, or nothing."""
        # A module that the public names need may ask for another one first: to look for that among the public names
        # would begin a circle of imports.
        if find_spec(f"{__name__}.{name}") is None:
            public = import_module("resolver.public")
            if hasattr(public, name):
                return getattr(public, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *import_module("resolver.public").__all__})
