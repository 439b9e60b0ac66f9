"""Small stores to begin a table with, and short words for what a command did."""

from collections.abc import Sequence
from typing import Any

from resolver import (
    Engine,
    IdentifierAdded,
    IdentifierConfig,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    Outcome,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    Settings,
    SettingsApplied,
)
from resolver.facts import AnyFact


def config(id_type: str, **fields: Any) -> IdentifierConfig:
    """Make a config that stores values as they are given, unless *fields* say otherwise."""
    return IdentifierConfig(id_type, **({"normalization": "none"} | fields))


def shared(id_type: str, **fields: Any) -> IdentifierConfig:
    """Make a config of a type that is not unique."""
    return config(id_type, enforce_unique=False, **fields)


def fuzzy(id_type: str, threshold: int, **fields: Any) -> IdentifierConfig:
    """Make a config of a type whose values match by similarity."""
    return config(id_type, matching_algo="fuzzy", matching_threshold=threshold, **fields)


def settings(*types: str | IdentifierConfig, rules: Sequence[str] | None = None) -> Settings:
    """Make settings of some types; each has a rule of its own unless *rules* says otherwise."""
    configs = [config(each) if isinstance(each, str) else each for each in types]
    return Settings(configs, rules if rules is not None else [each.id_type for each in configs])


def store(*types: str | IdentifierConfig, rules: Sequence[str] | None = None, **options: Any) -> Engine:
    """Open a store whose profiles are called p1, p2, ... after the number of the creating command."""
    return Engine(settings(*types, rules=rules), **({"new_id": short_id} | options))


def short_id(number: int, at: int) -> str:
    return f"p{number}"


def told(outcome: Outcome) -> list[str]:
    """Describe the facts of an outcome in a few words each."""
    return [_told(fact) for fact in outcome.facts]


def _told(fact: AnyFact) -> str:
    match fact:
        case ProfileCreated():
            return f"created {fact.profile_id}"
        case IdentifierAdded():
            return f"{fact.profile_id} + {fact.id_type} {fact.value}"
        case IdentifierRemoved():
            return f"{fact.profile_id} - {fact.id_type} {fact.value} ({fact.reason})"
        case IdentifierEvicted():
            return f"{fact.profile_id} - {fact.id_type} {fact.value} ({fact.reason}, {fact.policy})"
        case IdentifierRefused():
            owner = f", {fact.owner}" if fact.owner else ""
            return f"{fact.profile_id} ! {fact.id_type} {fact.value} ({fact.reason}{owner})"
        case ProfilesMerged():
            pairs = ", ".join(f"{id_type} {value}" for id_type, value in fact.identifiers)
            return f"{fact.survivor} < {' '.join(fact.absorbed)} by {fact.rule}: {pairs}"
        case ProfileDeleted():
            return f"deleted {' '.join([fact.profile_id, *fact.aliases])}"
        case IdentifierSuppressed() | IdentifierUnsuppressed():
            return (
                f"{'' if isinstance(fact, IdentifierSuppressed) else 'un'}suppressed {fact.id_type} {fact.digest[:4]}"
            )
        case SettingsApplied():
            return f"settings {fact.settings.version}"
