"""Endpoints: what one of them is; the table of all of them is the routing, the 405s and the OpenAPI document."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from resolver.emulator.messages import Response

if TYPE_CHECKING:
    from resolver.emulator.call import Call

STORES = "/v1/Stores/{storeId}"
PROFILES = f"{STORES}/Profiles"
PROFILE = f"{PROFILES}/{{profileId}}"
IDENTIFIERS = f"{PROFILE}/Identifiers"
CONTROL = "/v1/ControlPlane/Stores"
OWN = "/_emulator"

ALWAYS = (400, 401, 403, 404, 429, 500, 503)
"""The statuses that every guarded endpoint may answer, beside its own."""


@attrs.frozen
class Parameter:
    """A query parameter or header: its name, its JSON schema, and what it does."""

    name: str
    schema: Mapping[str, Any]
    about: str
    place: str = "query"


@attrs.frozen
class Endpoint:
    """One method of one path.

    *answer* gives the response to a call; *takes* and *gives* are the shapes of the bodies, *success* and *statuses*
    what may come back; *errors* are statuses of engine errors that differ from the usual ones. *is_open* needs no
    credentials, and no limit or fault applies to it.
    """

    name: str
    method: str
    path: str
    answer: "Callable[[Call], Response]"
    about: str
    gives: Any
    success: int = 200
    takes: Any = None
    decodes: Any = None
    parameters: tuple[Parameter, ...] = ()
    statuses: tuple[int, ...] = ()
    errors: Mapping[type[Exception], int] = attrs.field(factory=dict)
    gives_headers: Mapping[str, str] = attrs.field(factory=dict)
    media_type: str = "application/json"
    is_open: bool = False
    is_own: bool = attrs.field(init=False)
    """Whether the public API has no such endpoint."""

    @is_own.default
    def _is_own(self) -> bool:
        return not self.path.startswith("/v1/")
