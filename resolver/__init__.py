"""Exact, explained identity resolution: which identifiers are one person, why, and what other rules would do.

An :class:`Engine` is one store in memory. It takes commands, decides by its :class:`Settings`, and answers with
an :class:`Outcome` that lists every fact.

>>> from resolver import Engine
>>> engine = Engine()
>>> engine.resolve({"email": "Ada@Example.com"}).facts[1].value
'ada@example.com'

The names are loaded when one of them is first used, not before: so the command line can be stopped while they load.
"""

# ruff: noqa: F403, F405 - types come from the star, names from __all__

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resolver.public import *
else:

    def __getattr__(name: str) -> object:
        """Load every public name at the first use of one (PEP 562)."""
        if name in __all__:
            public = import_module("resolver.public")
            globals().update({each: getattr(public, each) for each in __all__})
        if name not in globals():
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "AddIdentifier",
    "ApplySettings",
    "DeleteProfile",
    "Engine",
    "IdentifierAdded",
    "IdentifierConfig",
    "IdentifierConflict",
    "IdentifierEvicted",
    "IdentifierNotFound",
    "IdentifierRefused",
    "IdentifierRemoved",
    "InvalidCommand",
    "InvalidHistory",
    "InvalidIdentifier",
    "InvalidSettings",
    "InvalidSnapshot",
    "InvalidTime",
    "LimitPolicy",
    "Lookup",
    "Match",
    "MatchingAlgo",
    "OnInvalid",
    "OtherVersions",
    "Outcome",
    "ProfileCreated",
    "ProfileDeleted",
    "ProfileExists",
    "ProfileNotFound",
    "ProfilesMerged",
    "RemoveIdentifier",
    "ReplaceIdentifier",
    "Resolve",
    "ResolverError",
    "Settings",
    "SettingsApplied",
    "Status",
    "UnknownIdentifierType",
    "__version__",
]
