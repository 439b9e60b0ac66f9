"""Presets: settings documents that stand for what vendors' public documentation says of their identity resolution.

Documented semantics, not a copy of a product: docs/vendors.md says what each does not model. Their idTypes are
examples.

>>> from resolver.settings import Settings
>>> Settings.from_json(preset("snowplow")).policies.to_json()
{'protect': ['user_id'], 'misfit': 'share'}
"""

from typing import Any

from resolver.blocklist import LISTS
from resolver.policies import Policies
from resolver.settings import IdentifierConfig, Settings
from resolver.suggestions import did_you_mean

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
