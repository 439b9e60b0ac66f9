"""Look-up: who holds a value."""

from resolver.emulator.call import Call
from resolver.emulator.endpoints import PROFILES, Endpoint
from resolver.emulator.messages import Response, answer
from resolver.emulator.refusals import Refused
from resolver.emulator.shapes import Found, Identifier
from resolver.errors import InvalidIdentifier

MOST = 100
"""How many ids an answer has at most."""


def create(call: Call) -> Response:
    """Give the normalized value and the canonical ids that hold it (Q3)."""
    try:
        found = call.shown_store().engine.lookup(call.body.id_type, call.body.value)
    except InvalidIdentifier as error:
        raise Refused(400, f"value: {error}") from None
    return answer(200, Found(found.normalized_value, list(found.profile_ids[:MOST])))


ENDPOINTS = (
    Endpoint(
        "CreateLookup", "POST", f"{PROFILES}/Lookup", create,
        "The normalized value, and the canonical ids of the profiles that hold it, earliest first; none is no error.",
        Found, takes=Identifier, decodes=Identifier,
    ),
)  # fmt: skip
