"""JSON bodies: from bytes to a shape, or one message that names the field and what is allowed."""

import re
from contextlib import suppress
from functools import cache
from itertools import islice
from typing import Any

import msgspec

from resolver.emulator.refusals import Refused

_PLACE = re.compile(r"(.*) - at (`key` in )?`\$\.?(.*)`\Z", re.DOTALL)
_ANY_KEY = "[...]"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""A byte order mark, which RFC 8259 lets a reader of JSON ignore."""

_FORM = re.compile(rb"[\w.%+*\[\]-]{1,256}=")
FORM_ENCODED = (
    "the body is form-encoded, as the asynchronous HTTP client of the Python package twilio sends it whatever its "
    "content type says; expected JSON"
)
"""The vendor's synchronous client sends JSON; docs/clients.md has a cure for the other."""

MOST_VALUES = 100_000
"""Values of a body in all, as many as are parsed without holding others up."""

_TEXT_OR_COMMA = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|,', re.DOTALL)


def decoded(body: bytes, shape: Any) -> Any:
    """Return a body in its shape; ``Refused`` with status 400 where it is another. O(its length).

    >>> from resolver.emulator.shapes import Identifier
    >>> decoded(b'{"idType": "email", "value": 5}', Identifier)
    Traceback (most recent call last):
        ...
    resolver.emulator.refusals.Refused: value: expected `str`, got `int`
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    if not body:
        raise Refused(400, "the body is empty; expected a JSON object")
    if body.count(b",") >= MOST_VALUES:
        _check_values(body)
    try:
        document = _decoder(shape).decode(body)
    except msgspec.ValidationError as error:
        raise Refused(400, _described(str(error), shape, body)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if _FORM.match(body):
            raise Refused(400, FORM_ENCODED) from None
        raise Refused(400, f"the body is no JSON: {error}") from None
    except RecursionError:
        raise Refused(400, "the body is nested too deep") from None
    return document


def _check_values(body: bytes) -> None:
    """Refuse a body with more values than one may have, before any of them is built. O(its length)."""
    commas = (found for found in _TEXT_OR_COMMA.finditer(body) if found[0] == b",")
    if next(islice(commas, MOST_VALUES, None), None) is not None:
        raise Refused(400, f"the body has more than {MOST_VALUES} values; expected fewer, send it in parts")


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _described(error: str, shape: Any, body: bytes) -> str:
    """Put the place before the fault, as in all other messages."""
    found = _PLACE.match(error)
    place, fault = (found[3], found[1]) if found else ("", error)
    if _ANY_KEY in place:
        with suppress(
            LookupError, TypeError, AttributeError, RecursionError
        ):  # a key that stands twice may lead elsewhere
            place = _named(place, error, shape, msgspec.json.decode(body))
    if fault.startswith("Object contains unknown field"):
        fault = f"{fault}{_allowed(place, shape)}"
    fault = fault[0].lower() + fault[1:]
    if found and found[2]:
        fault = f"a key in it: {fault}"
    return f"{place}: {fault}" if place else f"the body: {fault}"


def _named(place: str, error: str, shape: Any, document: Any) -> str:
    """Put a key in the place of each ``[...]``: the one without which the document would not be refused like this.

    O(length of the document * log of its keys).
    """
    first, *rest = place.split(_ANY_KEY)
    node, shown = _at(document, first), first
    for part in rest:
        key = _culprit(node, error, shape, document)
        node, shown = _at(node[key], part), f"{shown}.{key}{part}"
    return shown


def _culprit(node: dict[str, Any], error: str, shape: Any, document: Any) -> str:
    """Return a key of an object in the document that is refused alone, and leave only that key there."""
    keys = list(node)
    while len(keys) > 1:
        half = keys[: len(keys) // 2]
        rest = {key: node.pop(key) for key in keys[len(half) :]}
        if _refusal(document, shape) == error:
            keys = half
        else:
            node.clear()
            node.update(rest)
            keys = list(rest)
    return keys[0]


def _at(node: Any, place: str) -> Any:
    """Return what stands at a place of fields and indexes."""
    for name, index in _STEP.findall(place):
        node = node[int(index)] if index else node[name]
    return node


def _refusal(document: Any, shape: Any) -> str:
    try:
        msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _allowed(place: str, shape: Any) -> str:
    fields = getattr(shape, "__struct_encode_fields__", ())
    return f" (allowed: {', '.join(fields)})" if fields and not place else ""
