"""A client that talks to an emulator in this process, without a socket."""

import asyncio
import json
from typing import Any

import httpx
from starlette.applications import Starlette

from resolver.emulator import create_app
from resolver.emulator.routing import Endpoint

STORE = "mem_store_" + 26 * "0"
PROFILES = f"/v1/Stores/{STORE}/Profiles"
CONTROL = "/v1/ControlPlane/Stores"
SETTINGS = f"{CONTROL}/{STORE}/IdentityResolutionSettings"
ALICE = ("key", "secret")


NOBODY = "mem_profile_0000000000000000000000000z"


def path_to(endpoint: Endpoint, **values: str) -> str:
    """Return a path to an endpoint, with well-formed values of things that do not exist where none are given."""
    somebody = {
        "storeId": STORE,
        "profileId": NOBODY,
        "observationId": NOBODY.replace("profile", "observation"),
        "summaryId": NOBODY.replace("profile", "summary"),
        "traitGroupName": "Account",
        "idType": "email",
        "operationId": "none",
    }
    return endpoint.path.format_map(somebody | values)


def person(number: int) -> dict[str, object]:
    """Return the body of a request that creates a profile of its own for each number."""
    return {"traits": {"Contact": {"email": f"p{number}@example.com"}}}


class Client:
    """Asks an emulator made with the options of ``create_app``; time stands at ``now`` until a test moves it."""

    def __init__(self, **options: Any) -> None:
        self.now = 1_000
        self.app: Starlette = create_app(**{"ids": "sequential", "clock": lambda: self.now, **options})

    def ask(self, method: str, path: str, body: Any = None, *, auth: Any = ALICE, **options: Any) -> httpx.Response:
        """Return the response to one request; a body that is no bytes is sent as JSON."""
        if body is not None:
            options["content"] = body if isinstance(body, bytes) else json.dumps(body).encode()

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator.local:81") as client:
                return await client.request(method, path, auth=auth, **options)

        return asyncio.run(asked())

    def create(self, **identifiers: Any) -> str:
        """Create or find a profile by its identifiers; return its id."""
        response = self.ask("POST", PROFILES, {"traits": {"Contact": identifiers}})
        assert response.status_code == 202, response.text
        found: str = response.json()["id"]
        return found

    def identifiers(self, profile_id: str) -> dict[str, list[str]]:
        """Return the identifiers of a profile by idType."""
        response = self.ask("GET", f"{PROFILES}/{profile_id}/Identifiers")
        assert response.status_code == 200, response.text
        return {each["idType"]: each["values"] for each in response.json()["identifiers"]}

    def merged(self) -> tuple[str, str]:
        """Return the canonical id and the alias of two profiles that were merged."""
        ada, call = self.create(email="ada@example.com"), self.create(phone="317-555-6789")
        self.ask("POST", f"{PROFILES}/{call}/Identifiers", {"idType": "email", "value": "ada@example.com"})
        return ada, call
