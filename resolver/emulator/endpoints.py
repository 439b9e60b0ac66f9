"""All endpoints in one table, and the OpenAPI document, written from it and the shapes of bodies."""

from collections.abc import Iterable
from typing import Any

import msgspec

from resolver.emulator import admin, control_plane, observations, profiles
from resolver.emulator.http_messages import Response, answer
from resolver.emulator.respond import Call
from resolver.emulator.routing import ALWAYS, PATH_PARAMETERS, Endpoint, Parameter, Router
from resolver.emulator.shapes import PROFILE_ID, Error, Moved
from resolver.versions import __version__


def _openapi(_: Call) -> Response:
    return answer(200, document(ENDPOINTS))


ENDPOINTS: tuple[Endpoint, ...] = (
    *profiles.ENDPOINTS,
    *observations.ENDPOINTS,
    *control_plane.ENDPOINTS,
    *admin.ENDPOINTS,
    Endpoint("OpenApi", "GET", "/openapi.json", _openapi, "This document.", dict, is_open=True),
)

ROUTER = Router(ENDPOINTS)

Json = dict[str, Any]

_ABOUT = {
    301: "The profile was merged into another one, which Location names.",
    308: "The profile was merged into another one, which Location names; send the request there.",
    400: "Something in the request is not allowed; the message names it.",
    401: "There are no credentials, or wrong ones.",
    403: "The credentials are for another store, or the request comes from a web page that is not allowed to send it.",
    404: "There is no such store, profile, identifier or operation.",
    408: "The body did not come in time.",
    409: "The value belongs to another profile, and no rule lets the two merge.",
    412: "If-Match names another version.",
    413: "The body is too large.",
    414: "The path and the query are too long.",
    415: "The body is no JSON, or is encoded in a way that is not known.",
    429: "Too many requests; Retry-After says when to come back.",
    431: "The headers are too large.",
    500: "The emulator failed, or was asked to.",
    503: "What was accepted could not be kept, or the emulator was asked to fail.",
}
_TEXT = {"schema": {"type": "string"}}
_REDIRECT_HEADERS = {"Location": _TEXT, "Canonical-Profile-Id": {"schema": {"type": "string", "pattern": PROFILE_ID}}}


def document(endpoints: Iterable[Endpoint]) -> Json:
    """Return the document. O(endpoints)."""
    table = tuple(endpoints)
    paths: Json = {}
    for endpoint in table:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "resolver: an emulator of the identity resolution parts of a public API",
            "version": __version__,
            "description": "An independent emulator; see docs/emulator.md for what is in and out of scope.",
        },
        "security": [{"basic": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(table)[1],
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        },
    }


def _shapes(table: Iterable[Endpoint]) -> list[Any]:
    shapes = [shape for endpoint in table for shape in (endpoint.takes, endpoint.gives) if shape is not None]
    return list(dict.fromkeys([*shapes, Error, Moved]))


def _schemas(table: Iterable[Endpoint]) -> tuple[dict[Any, Json], Json]:
    shapes = _shapes(table)
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return dict(zip(shapes, schemas, strict=True)), dict(sorted(components.items()))


def _schema(shape: Any) -> Json:
    return msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")[0][0]


def _operation(endpoint: Endpoint) -> Json:
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.about,
        "tags": ["emulator" if endpoint.is_own else "api"],
        "parameters": _path_parameters(endpoint.path) + [_parameter(each) for each in endpoint.parameters],
        "responses": _responses(endpoint),
    }
    if endpoint.is_open:
        operation["security"] = []
    if endpoint.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(endpoint.takes)}},
        }
    return operation


def _path_parameters(path: str) -> list[Json]:
    names = [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": dict(PATH_PARAMETERS[name])} for name in names]


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": False,
        "description": parameter.about,
        "schema": dict(parameter.schema),
    }


def _responses(endpoint: Endpoint) -> Json:
    responses = {str(endpoint.success): _success(endpoint)}
    statuses = (*(() if endpoint.is_open else ALWAYS), *endpoint.statuses, 403, 408, 413, 414, 415, 431)
    for status in sorted(set(statuses)):
        responses[str(status)] = _failure(status)
    return responses


def _success(endpoint: Endpoint) -> Json:
    response: Json = {
        "description": "Accepted." if endpoint.success == 202 else "Done.",
        "content": {endpoint.media_type: {"schema": _schema(endpoint.gives)}},
    }
    headers = {name: {**_TEXT, "description": about} for name, about in endpoint.gives_headers.items()}
    if headers:
        response["headers"] = headers
    return response


def _failure(status: int) -> Json:
    shape = Moved if status in (301, 308) else Error
    response: Json = {"description": _ABOUT[status], "content": {"application/json": {"schema": _schema(shape)}}}
    if status in (301, 308):
        response["headers"] = _REDIRECT_HEADERS
    elif status == 429:
        response["headers"] = {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}}}
    return response
