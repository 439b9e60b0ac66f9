"""Scenarios that the tests of the studio share."""

from typing import Any

import attrs

from resolver.example import path
from resolver.history import read_history
from resolver.settings import Settings
from resolver.simulate import load_settings
from resolver.studio.workbench import Rules, Scenario, Workbench, events_of

THREE = """\
ref=web:1, email=ada@example.com, phone=317-555-0100
ref=call:2, phone=(317) 555-0100
ref=shop:3, phone=317.555.0100, email=bob@example.com
"""
"""Three events that a phone number makes one profile of, where it is unique."""


def with_phone(**changes: Any) -> Settings:
    """Return the settings of a new store, with changes to the type phone."""
    return _with("phone", changes)


def with_email(**changes: Any) -> Settings:
    """Return the settings of a new store, with changes to the type email."""
    return _with("email", changes)


def _with(id_type: str, changes: dict[str, Any]) -> Settings:
    settings = Settings.defaults()
    configs = [
        attrs.evolve(config, **changes) if config.id_type == id_type else config
        for config in settings.identifier_configs
    ]
    return attrs.evolve(settings, identifier_configs=configs)


SHARED = with_phone(enforce_unique=False)


def typed(text: str = THREE, candidate: Settings = SHARED) -> Scenario:
    """Return the scenario of a text under the settings of a new store and a candidate."""
    return Scenario.of_text(text, Settings.defaults(), candidate)


def example(most: int | None = None) -> Scenario:
    """Return the bundled example under both of its settings; of its events the first, at *most* so many."""
    loaded = [load_settings(path(name)) for name in ("baseline.json", "candidate.json")]
    rules = [Rules(settings, options) for settings, options in loaded]
    return Scenario(events_of(read_history(path("history.jsonl")))[:most], (rules[0], rules[1]))


def bench(text: str = THREE) -> Workbench:
    """Return a workbench on a text."""
    return Workbench(typed(text))
