"""ETags: which version of a resource a client has seen."""

import base64

import msgspec

from resolver.emulator.call import Call
from resolver.emulator.endpoints import Parameter
from resolver.emulator.refusals import Refused

LONGEST = 100

IF_MATCH = Parameter(
    "If-Match",
    {"type": "string", "maxLength": LONGEST},
    "change the resource only if this is its ETag",
    place="header",
)


def etag(name: str, version: int) -> str:
    """Give the ETag of one version, with its quotes.

    >>> etag("an_id", 1)
    '"eyJpZCI6ImFuX2lkIiwidiI6MX0"'
    """
    text = msgspec.json.encode({"id": name, "v": version})
    return f'"{base64.urlsafe_b64encode(text).decode().rstrip("=")}"'


def check_match(call: Call, current: str) -> None:
    """Refuse with status 412 a request whose If-Match names other versions only, with 400 one that is too long."""
    wanted = call.request.headers.get("if-match")
    if wanted is None:
        return
    if len(wanted) > LONGEST:
        raise Refused(400, f"If-Match: it has {len(wanted)} characters; expected at most {LONGEST}")
    names = [name.strip() for name in wanted.split(",")]
    if current not in names and "*" not in names:
        raise Refused(412, f"Precondition Failed: If-Match is {wanted}; the present ETag is {current}")
