"""Exact, explained identity resolution: which identifiers are one person, why, and what other rules would do.

An :class:`Engine` is one store in memory. It takes commands, decides by its :class:`Settings`, and answers with
an :class:`Outcome` that lists every fact.

>>> from resolver import Engine
>>> engine = Engine()
>>> engine.resolve({"email": "Ada@Example.com"}).facts[1].value
'ada@example.com'
"""

from resolver.commands import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.engine import Engine, Lookup
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidHistory,
    InvalidIdentifier,
    InvalidSettings,
    InvalidSnapshot,
    InvalidTime,
    OtherVersions,
    ProfileExists,
    ProfileNotFound,
    ResolverError,
    UnknownIdentifierType,
)
from resolver.facts import (
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    Outcome,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import LimitPolicy, Match, MatchingAlgo, OnInvalid, Status
from resolver.settings import IdentifierConfig, Settings
from resolver.versions import __version__

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
