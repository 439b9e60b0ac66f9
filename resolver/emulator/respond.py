"""The emulator as one pure function: from a service and a request to a response."""

from urllib.parse import parse_qsl

from resolver.emulator import admin, control_plane, identifiers, observations, openapi, profiles, trait_groups
from resolver.emulator.call import Call, Moved
from resolver.emulator.http_messages import Refused, Request, Response, answer, decoded, refusal, status_of
from resolver.emulator.routing import Endpoint, Route, Router, as_mapping
from resolver.emulator.service import Service
from resolver.errors import ResolverError

MOST_PARAMETERS = 100


def _openapi(_: Call) -> Response:
    return answer(200, openapi.document(ENDPOINTS))


ENDPOINTS: tuple[Endpoint, ...] = (
    *identifiers.ENDPOINTS,
    *profiles.ENDPOINTS,
    *observations.ENDPOINTS,
    *control_plane.ENDPOINTS,
    *trait_groups.ENDPOINTS,
    *admin.ENDPOINTS,
    Endpoint("OpenApi", "GET", "/openapi.json", _openapi, "This document.", dict, is_open=True),
)

ROUTER = Router(ENDPOINTS)


def respond(service: Service, request: Request, route: Route | None = None) -> Response:
    """Return the response to a request, and with it the entries that must be kept before it is sent.

    Whatever it changes is in the entries, save the clock, the faults and the recorded requests of the admin API. An
    error status has changed nothing. *route* is that of ``ROUTER``, where it was found before.
    """
    try:
        if route is None:
            route = ROUTER.find(request.method, request.path)
        return _answered(service, request, route)
    except Refused as error:
        return refusal(error.status, error.message, *error.headers)


def _answered(service: Service, request: Request, route: Route) -> Response:
    endpoint = route.endpoint
    if route.wrong:
        route.check()
    query = _query(request.query) if request.query else {}
    body = None if endpoint.decodes is None else decoded(request.body, endpoint.decodes)
    call = Call(service, request, endpoint, route.values, query, body)
    try:
        if endpoint.is_in_store:
            call.resolve()
        return endpoint.answer(call)
    except Moved as moved:
        return call.redirect(moved.canonical)
    except ResolverError as error:
        status = status_of(error, endpoint.errors)
        if status == 500:
            raise
        return refusal(status, str(error))


def _query(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Refused(400, f"the query is no UTF-8, or has more than {MOST_PARAMETERS} parameters") from None
    return as_mapping(pairs)
