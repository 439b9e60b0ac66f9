"""The OpenAPI document against the emulator: every check of schemathesis, over requests right and wrong."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from tests.emulator.client import ALICE, STORE, Client

EXAMPLES = 25
HEALTH = list(HealthCheck)

CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 1,
        "auth": {"openapi": {"basic": {"username": ALICE[0], "password": ALICE[1]}}},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "412"]},
        },
    }
)


EMULATOR = Client(auth=[":".join(ALICE)])

schema = schemathesis.openapi.from_asgi("/openapi.json", EMULATOR.app, config=CONFIG)


def begin_anew() -> dict[str, str]:
    """Empty the emulator, create a profile in it, and give the ids that lead there."""
    EMULATOR.ask("DELETE", "/_emulator/clock")
    EMULATOR.ask("POST", "/_emulator/reset")
    return {"storeId": STORE, "profileId": EMULATOR.create(email="ada@example.com"), "idType": "email"}


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH)
@pytest.mark.filterwarnings("ignore")
def test_the_emulator_does_what_its_document_says(case: Any) -> None:
    ids = begin_anew()
    if case.meta.generation.mode.is_positive and len(str(case.body)) % 3:
        case.path_parameters.update({name: ids[name] for name in case.path_parameters if name in ids})
    case.call_and_validate()


def test_the_document_names_every_endpoint_once_and_its_statuses() -> None:
    document = Client().ask("GET", "/openapi.json", auth=None).json()
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == 36
    identifiers = document["paths"]["/v1/Stores/{storeId}/Profiles/{profileId}/Identifiers"]
    assert set(identifiers["post"]["responses"]) >= {"202", "308", "400", "401", "403", "404", "429", "500", "503"}
    assert "409" not in identifiers["post"]["responses"]
    assert json.dumps(document)
