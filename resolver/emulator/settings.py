"""Identity resolution settings: read with an ETag, replaced as a whole."""

from resolver.commands import ApplySettings
from resolver.emulator.call import Call
from resolver.emulator.endpoints import CONTROL, Endpoint
from resolver.emulator.entries import Kind
from resolver.emulator.etags import IF_MATCH, check_match, etag
from resolver.emulator.messages import Response, answer
from resolver.emulator.shapes import OperationAccepted, SettingsBody, SettingsCore
from resolver.emulator.store import Store
from resolver.settings import Settings

PATH = f"{CONTROL}/{{storeId}}/IdentityResolutionSettings"


def fetch(call: Call) -> Response:
    """Give the settings in force."""
    store = call.shown_store()
    return answer(200, store.engine.settings.to_json(), ("ETag", _etag(store)))


def update(call: Call) -> Response:
    """Put new settings in force for later requests (S1); invalid ones are refused as a whole."""
    store = call.accepted_store()
    settings = Settings.from_json({key: call.body[key] for key in _KEYS if key in call.body})
    facts = store.decide(ApplySettings(settings, call.at)).facts
    check_match(call, _etag(store))
    operation = call.new_operation(store.record.id)
    entry = call.service.accept(Kind.SETTINGS, call.at, store.record.id, facts=facts, operation=operation)
    return call.operation_accepted("Identity Resolution Settings accepted for processing.", entry)


def _etag(store: Store) -> str:
    return etag(f"{store.record.id}/settings", store.engine.settings.version)


_KEYS = ("identifierConfigs", "matchingRules")

ENDPOINTS = (
    Endpoint(
        "FetchIdentityResolutionSettings", "GET", PATH, fetch, "The settings in force, with an ETag.", SettingsBody,
        gives_headers={"ETag": "the version of the settings, for If-Match"},
    ),
    Endpoint(
        "UpdateIdentityResolutionSettings", "PUT", PATH, update,
        "Replace the settings. They act on later requests only; nothing stored is changed by them.",
        OperationAccepted, 202, takes=SettingsCore, decodes=dict, parameters=(IF_MATCH,), statuses=(412,),
    ),
)  # fmt: skip
