"""The OpenAPI document against the emulator: every check of schemathesis, over requests right and wrong."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from resolver.emulator.app import ENDPOINTS
from tests.amounts import amount, measured
from tests.emulator.client import ALICE, CONTROL, PROFILES, STORE, Client

EXAMPLES = amount(everyday=8, in_ci=25)
HEALTH = list(HealthCheck)

CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 1,
        "auth": {"openapi": {"basic": {"username": ALICE[0], "password": ALICE[1]}}},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "412"]},
            "negative_data_rejection": {
                "expected-statuses": ["400", "401", "403", "404", "405", "408", "412", "413", "414", "431", "5xx"]
            },
        },
    }
)


EMULATOR = Client(auth=[":".join(ALICE)])

schema = schemathesis.openapi.from_asgi("/openapi.json", EMULATOR.app, config=CONFIG)


def begin_anew() -> dict[str, str]:
    """Empty the emulator, create a profile in it, and return the ids that lead there."""
    EMULATOR.ask("DELETE", "/_emulator/clock")
    EMULATOR.ask("POST", "/_emulator/reset")
    ada = EMULATOR.create(email="ada@example.com", firstName="Ada")
    ids = {"storeId": STORE, "profileId": ada, "idType": "email", "traitGroupName": "Account"}
    when = "2025-01-15T10:30:45Z"
    traits = {"loyaltyId": {"dataType": "STRING", "idTypePromotion": "chat"}}
    EMULATOR.ask("POST", f"{CONTROL}/{STORE}/TraitGroups", {"displayName": "Account", "traits": traits})
    for kind, key, parameter, more in (
        ("Observations", "observations", "observationId", {"source": "web"}),
        ("ConversationSummaries", "summaries", "summaryId", {"conversationId": "c"}),
    ):
        path = f"{PROFILES}/{ada}/{kind}"
        EMULATOR.ask("POST", path, {key: [{"content": "likes tea", "occurredAt": when, **more}]})
        ids[parameter] = EMULATOR.ask("GET", path).json()[key][0]["id"]
    return ids


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH)
@pytest.mark.filterwarnings("ignore")
def test_the_emulator_does_what_its_document_says(case: Any) -> None:
    with measured(False):
        ids = begin_anew()
        if case.meta.generation.mode.is_positive and len(str(case.body)) % 3:
            case.path_parameters.update({name: ids[name] for name in case.path_parameters if name in ids})
        case.call_and_validate()


def test_the_document_names_every_endpoint_once_and_its_statuses() -> None:
    document = Client().ask("GET", "/openapi.json", auth=None).json()
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == len(ENDPOINTS)
    identifiers = document["paths"]["/v1/Stores/{storeId}/Profiles/{profileId}/Identifiers"]
    assert set(identifiers["post"]["responses"]) >= {"202", "308", "400", "401", "403", "404", "429", "500", "503"}
    assert "409" not in identifiers["post"]["responses"]
    assert json.dumps(document)
