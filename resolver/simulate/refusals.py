"""Refusals in words: why the policies or the rules left a value out, by the settings that were in force."""

from bisect import bisect_right

from resolver.facts import IdentifierRefused, SettingsApplied
from resolver.names import Misfit, RefusalReason
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate.source import Source
from resolver.simulate.words import counted


class SettingsInForce:
    """The settings of a run that were in force for each of its commands.

    One pass over the facts.
    """

    def __init__(self, run: Source) -> None:
        changes = [fact for fact in run.read_facts_about(()) if isinstance(fact, SettingsApplied)]
        self._since = [fact.command for fact in changes]
        self._settings = [run.settings, *(fact.settings for fact in changes)]

    def at(self, number: int) -> Settings:
        """The settings in force for the command with this number."""
        return self._settings[bisect_right(self._since, number - 1)]


def why_refused(fact: IdentifierRefused, settings: Settings, owner: str | None = None) -> str:
    """Return why a value that could be read was refused; *owner* is what its owner is called, where it has one.

    >>> from resolver.policies import Policies
    >>> phones = Settings([IdentifierConfig("phone", limit=3)], ["phone"], policies=Policies(protect=["phone"]))
    >>> why_refused(IdentifierRefused(7, 0, "p1", "phone", "1", RefusalReason.LIMIT), phones)
    'phone is protected at 3'
    """
    text = _why(fact, settings, owner is not None)
    return (
        text if owner is None or fact.reason is RefusalReason.CONFLICT else f"{text}; the profile of {owner} holds it"
    )


def _why(fact: IdentifierRefused, settings: Settings, is_held: bool) -> str:
    policies, id_type = settings.policies, fact.id_type
    reason = fact.reason
    if reason is RefusalReason.BLOCKED:
        return "the policies block it"
    if reason is RefusalReason.DEMOTED:
        return f"a value of a higher rank did not fit ({Misfit.REFUSE_REST})"
    if reason is RefusalReason.IDENTIFIERS:
        return f"a profile may hold {policies.caps.identifiers:,} identifiers"
    if reason is RefusalReason.MERGES:
        return f"a profile may have {policies.caps.merges:,} merges"
    if reason is RefusalReason.CONFLICT:
        return f"no rule lets {id_type} alone merge profiles"
    if is_held:  # the limit may be that of another type, of which the two profiles together have too many values
        return f"together they have too many: {', '.join(_protections(settings))}"
    if policies.protects(id_type):
        return _protection(settings, _config(settings, id_type))
    config, days = _config(settings, id_type), policies.days_of(id_type)
    return f"the list was full: limit {config.limit}{_in_days(days)}, {config.limit_policy}"


def _protections(settings: Settings) -> list[str]:
    protects = settings.policies.protects
    return [_protection(settings, each) for each in settings.identifier_configs if protects(each.id_type)]


def _protection(settings: Settings, config: IdentifierConfig) -> str:
    return f"{config.id_type} is protected at {config.limit}{_in_days(settings.policies.days_of(config.id_type))}"


def _in_days(days: int | None) -> str:
    return "" if days is None else f" in {counted(days, 'day')}"


def _config(settings: Settings, id_type: str) -> IdentifierConfig:
    return next(each for each in settings.identifier_configs if each.id_type == id_type)
