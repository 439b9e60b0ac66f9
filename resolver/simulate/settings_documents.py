"""Settings documents: files that have the engine's options beside the settings, and presets that ship.

A preset stands for what a vendor's public documentation says of its identity resolution. Documented semantics, not a
copy of a product: docs/vendors.md says what each does not model. Their idTypes are examples.

>>> Settings.from_json(preset("snowplow")).policies.to_json()
{'protect': ['user_id'], 'misfit': 'share'}
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from resolver.blocklist import LISTS
from resolver.errors import InvalidSettings
from resolver.json_documents import check_keys, place_in
from resolver.names import Match, OnInvalid
from resolver.policies import Policies
from resolver.settings import IdentifierConfig, Settings, json_document
from resolver.suggestions import did_you_mean, near


class EngineOption(NamedTuple):
    """An option that stands beside settings: as the engine names it, what it may be, and what it is unless given.

    A region may be any text of two letters that is one.
    """

    name: str
    allowed: tuple[str, ...] | None
    usual: str


OPTIONS = {
    "match": EngineOption("match", tuple(Match), Match.ALL),
    "onInvalid": EngineOption("on_invalid", tuple(OnInvalid), OnInvalid.DROP),
    "defaultRegion": EngineOption("default_region", None, "US"),
}
"""The options that a settings file may have, by its names for them."""

_POLICIES = "policies"

_ROOT = ("identifierConfigs", "matchingRules", "version", "options")


def load_settings(path: str | Path) -> tuple[Settings, dict[str, Any]]:
    """Read a settings file: the settings, and the options for ``Engine`` or ``replay`` that stand beside them.

    A region may be in lower case, as on the command line. A byte order mark, and UTF-16, which some shells write, are
    read too. Raises ``InvalidSettings`` whose message begins with the path, the line and the column, and ``OSError``.

    >>> from resolver.example import path
    >>> settings, options = load_settings(path("baseline.json"))
    >>> options
    {'on_invalid': 'drop'}
    """
    return settings_in(str(path), Path(path).read_bytes())


def settings_in(name: str, data: bytes) -> tuple[Settings, dict[str, Any]]:
    """Return what ``load_settings`` does, of the bytes of a file; errors have the *name* that it goes by."""
    text, document = _document_in(name, data)
    try:
        return settings_in_document(document)
    except InvalidSettings as error:
        raise in_file(error, name, text) from None


def settings_in_document(document: Mapping[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """Return what a settings document says: the settings, and the engine's options beside them. ``InvalidSettings``."""
    settings = Settings.from_json(document)
    _check_keys(document)
    return settings, options_from_json(document.get("options", {}))


def read_document(path: str | Path) -> tuple[str, Any]:
    """Return the text of a JSON file, and what it holds; ``InvalidSettings`` with line and column if it is none."""
    return _document_in(str(path), Path(path).read_bytes())


def _document_in(name: str, data: bytes) -> tuple[str, Any]:
    try:
        return json_document(data)
    except InvalidSettings as error:
        raise error.of_file(name) from None


def in_file(error: InvalidSettings, path: str | Path, text: str) -> InvalidSettings:
    """Return an error about a document with its file, line and column; *text* is what the file has."""
    return error.of_file(str(path), place_in(text, error.path))


def _check_keys(document: Mapping[str, Any]) -> None:
    """Refuse a key at the root that is nearly one of ours; others are ignored, as the API does."""
    for key in document:
        meant = near(str(key), [each for each in _ROOT if each not in document], least=80)
        if key not in _ROOT and meant:
            expected = f"only the keys {', '.join(_ROOT)}; did you mean {meant[0]!r}?"
            raise InvalidSettings(str(key), document[key], expected)


def settings_to_json(settings: Settings, options: Mapping[str, str]) -> dict[str, Any]:
    """Return settings as a file has them, with the engine's *options* beside; the reverse of reading."""
    document = settings.to_json()
    beside = {**options_to_json(options), **document.pop("options", {})}
    return {**document, "options": beside} if beside else document


def options_to_json(options: Mapping[str, str]) -> dict[str, str]:
    """Return engine options as a settings file has them; the reverse of reading.

    >>> options_to_json({"on_invalid": "drop"})
    {'onInvalid': 'drop'}
    """
    return {key: options[name] for key, (name, _, _) in OPTIONS.items() if name in options}


def options_in_force(options: Mapping[str, Any]) -> dict[str, str]:
    """Return all options of an engine as a settings file has them, those that were not given too."""
    return {key: str(options.get(name, usual)) for key, (name, _, usual) in OPTIONS.items()}


def options_from_json(document: Any) -> dict[str, Any]:
    """Return engine options under Python's names; ``InvalidSettings`` if one is unknown or not right.

    >>> options_from_json({"onInvalid": "drop"})
    {'on_invalid': 'drop'}
    """
    if not isinstance(document, Mapping):
        raise InvalidSettings("options", document, f"an object with {', '.join(OPTIONS)}, {_POLICIES}")
    check_keys(document, (*OPTIONS, _POLICIES), "options.")
    options: dict[str, Any] = {}
    for key, value in document.items():
        if key == _POLICIES:
            continue  # part of the settings, which are read with them
        name, allowed, _ = OPTIONS[key]
        if not isinstance(value, str) or (allowed is not None and value not in allowed):
            expected = "a two-letter region code such as 'US'" if allowed is None else f"one of {', '.join(allowed)}"
            raise InvalidSettings(f"options.{key}", value, expected)
        options[name] = value.upper() if allowed is None else value
    return options


_SEGMENT = (
    "segmentio/segment-docs at 747b35d (2025-11-07): src/unify/identity-resolution/identity-resolution-onboarding.md, "
    "src/engage/faqs.md, src/unify/insights.md"
)
_SNOWPLOW = "snowplow/documentation at bf5ea42 (2026-08-20): docs/identities/concepts"
_ADOBE = (
    "AdobeDocs/experience-platform.en at 027b04f (the page has no date): "
    "help/identity-service/identity-graph-linking-rules/example-configurations.md"
)
_MIXPANEL = "mixpanel/docs at ba22906 (2026-08-21): docs/tracking-methods/id-management"
_POSTHOG = (
    "PostHog/posthog.com, contents/docs/data/identify.mdx (pull request 6056, 2023-06-01); "
    "PostHog/posthog, pull request 17325 (2023-09-05) and issue 5527"
)
_RUDDERSTACK = "rudderstack.com/docs: profiles/additional-concepts/packages/id-types (the page has no date)"
_HIGHTOUCH = "hightouch.com/docs: identity-resolution/identifier-rules (the page has no date)"


def _settings(limits: dict[str, int], **policies: Any) -> Settings:
    """Settings of idTypes with these limits, in order of priority; an idType called email is read as one."""
    configs = [
        IdentifierConfig(id_type, limit=limit, normalization="email" if id_type == "email" else "trim")
        for id_type, limit in limits.items()
    ]
    return Settings(configs, list(limits), policies=Policies(**policies))


_SEGMENT_TYPES = {"user_id": 1, "email": 5, "android.id": 5, "anonymous_id": 5, "ga_client_id": 5, "ios.id": 5}

_PRESETS: dict[str, tuple[str, Settings]] = {
    "twilio": ("Twilio Memory API v1, the defaults of a new store", Settings.defaults()),
    "segment": (
        _SEGMENT,
        _settings(
            _SEGMENT_TYPES,
            blocked=LISTS["segment"],
            protect="*",
            caps={"identifiers": 1000, "merges": 100},
            misfit="refuseRest",
        ),
    ),
    "segment-2025": (
        f"{_SEGMENT}; the changelog of October 2025",
        _settings(
            _SEGMENT_TYPES,
            blocked=LISTS["segment"],
            protect="*",
            caps={"identifiers": 1000, "merges": 500},
            misfit="refuse",
        ),
    ),
    "snowplow": (
        _SNOWPLOW,
        _settings({"user_id": 1, "domain_userid": 100, "apple_idfv": 100}, protect=["user_id"], misfit="share"),
    ),
    "adobe-flat": (
        _ADOBE,
        _settings(
            {"CRMID": 1, "Phone": 100, "ECID": 100},
            blocked=[{"equals": ["null", "anonymous", "invalid", ""]}],
            protect=["CRMID"],
            caps={"identifiers": 50},
            misfit="move",
        ),
    ),
    "mixpanel": (_MIXPANEL, _settings({"user_id": 1, "device_id": 100}, protect=["user_id"])),
    "mixpanel-original": (_MIXPANEL, _settings({"distinct_id": 100}, caps={"identifiers": 500})),
    "posthog": (
        _POSTHOG,
        _settings({"user_id": 1, "anon_id": 100}, blocked=LISTS["posthog"], protect=["user_id"]),
    ),
    "rudderstack": (
        _RUDDERSTACK,
        _settings(
            {"user_id": 100, "anonymous_id": 100, "email": 100},
            blocked=[
                {"idType": "anonymous_id", "equals": ["", "unknown", "NaN"]},
                {"idType": "email", "unlessMatches": "[A-Za-z0-9+_.-]+@(.+)"},
            ],
        ),
    ),
    "hightouch": (
        _HIGHTOUCH,
        _settings({"customer_id": 1, "email": 2, "device": 100}, protect=["customer_id", "email"]),
    ),
}

PRESETS = tuple(_PRESETS)
"""The names of all presets."""


def preset(name: str) -> dict[str, Any]:
    """Return the settings document of a preset, with its sources in a ``comment``, which reading ignores.

    ``ValueError`` for a name that is none.
    """
    if name not in _PRESETS:
        raise ValueError(f"{name!r} is not a preset; expected one of {', '.join(PRESETS)}{did_you_mean(name, PRESETS)}")
    sources, settings = _PRESETS[name]
    about = f"Documented semantics, not a copy of a product; the idTypes are examples. Sources: {sources}."
    return {"comment": about, **settings.to_json()}
