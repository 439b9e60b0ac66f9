"""Refusals: every error response, in the one shape that all of them have."""

from collections.abc import Mapping

from resolver.emulator.messages import Response, answer
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    ProfileExists,
    ProfileNotFound,
    ResolverError,
    UnknownIdentifierType,
)

CODES = {401: 20003, 404: 20404, 409: 20409, 412: 20412, 429: 20429, 500: 20500, 503: 20503}
"""The ``code`` of each status; all others are their own."""

STATUSES: Mapping[type[Exception], int] = {
    InvalidIdentifier: 400,
    InvalidSettings: 400,
    InvalidCommand: 400,
    UnknownIdentifierType: 400,
    IdentifierConflict: 400,
    ProfileExists: 409,
    IdentifierNotFound: 404,
    ProfileNotFound: 404,
}
"""The status of each error of the engine; an endpoint may say otherwise. Subclasses are as their nearest base."""

MORE_INFO = "https://www.twilio.com/docs/api/errors/"
_LONGEST = 1024


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """A request is answered with an error status."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def refusal(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Return an error response.

    >>> refusal(404, "Not Found").body
    b'{"code":20404,"message":"Not Found","more_info":"https://www.twilio.com/docs/api/errors/20404","status":404}'
    """
    code = CODES.get(status, status)
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 3] + "..."
    document = {"code": code, "message": message, "more_info": f"{MORE_INFO}{code}", "status": status}
    return answer(status, document, *headers)


def status_of(error: ResolverError, exceptions: Mapping[type[Exception], int]) -> int:
    """Return the status of an error of the engine, the endpoint's *exceptions* first; 500 if no table has it.

    >>> status_of(ProfileNotFound("p"), {}), status_of(ProfileNotFound("p"), {ProfileNotFound: 410})
    (404, 410)
    """
    for kind in type(error).__mro__:
        status = exceptions.get(kind) or STATUSES.get(kind)
        if status is not None:
            return status
    return 500
