"""Bodies: from bytes to a shape, or one message that names the field and what is allowed."""

import re
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec

from resolver.emulator.refusals import Refused
from resolver.emulator.shapes import StoreCore, StorePatch

_PLACE = re.compile(r"(.*) - at (`key` in )?`\$\.?(.*)`\Z", re.DOTALL)
_ANY_KEY = "[...]"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_NAME = re.compile(r"[a-zA-Z0-9-]+")


def decoded(body: bytes, shape: Any) -> Any:
    """Give a body in its shape; ``Refused`` with status 400 where it is another. O(its length).

    >>> from resolver.emulator.shapes import Identifier
    >>> decoded(b'{"idType": "email", "value": 5}', Identifier)
    Traceback (most recent call last):
        ...
    resolver.emulator.refusals.Refused: value: expected `str`, got `int`
    """
    if not body:
        raise Refused(400, "the body is empty; expected a JSON object")
    try:
        document = _decoder(shape).decode(body)
    except msgspec.ValidationError as error:
        raise Refused(400, _described(str(error), shape, body)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, f"the body is no JSON: {error}") from None
    except RecursionError:
        raise Refused(400, "the body is nested too deep") from None
    if isinstance(document, StoreCore | StorePatch):
        _check_name(document.display_name)
    return document


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _described(fault: str, shape: Any, body: bytes) -> str:
    """Put the place before the fault, as in all other messages."""
    found = _PLACE.match(fault)
    place, fault = (found[3], found[1]) if found else ("", fault)
    if _ANY_KEY in place:
        with suppress(LookupError, TypeError, AttributeError):  # a key that itself reads like a place leads nowhere
            place = _named(place, fault, shape, msgspec.json.decode(body))
    if fault.startswith("Object contains unknown field"):
        fault = f"{fault}{_allowed(place, shape)}"
    fault = fault[0].lower() + fault[1:]
    if found and found[2]:
        fault = f"a key in it: {fault}"
    return f"{place}: {fault}" if place else f"the body: {fault}"


def _named(place: str, fault: str, shape: Any, document: Any) -> str:
    """Put the key in the place of each ``[...]``: the first key that gives the same fault when it is alone."""
    while _ANY_KEY in place:
        before = place.partition(_ANY_KEY)[0]
        whole = _at(document, before)
        for key in list(whole):
            kept = {other: whole.pop(other) for other in list(whole) if other != key}
            if _gives(fault, shape, document):
                break
            whole.clear()
            whole.update(kept)
        if "[" in key or "." in key:  # it reads like a place itself, and could not be followed
            break
        place = place.replace(_ANY_KEY, f".{key}", 1)
    return place


def _at(document: Any, place: str) -> Any:
    """Give what stands at a place in a document."""
    for name, index in _STEP.findall(place):
        document = document[int(index)] if index else document[name]
    return document


def _gives(fault: str, shape: Any, document: Any) -> bool:
    try:
        msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        return str(error).startswith(fault)
    return False


def _allowed(place: str, shape: Any) -> str:
    fields = getattr(shape, "__struct_encode_fields__", ())
    return f" (allowed: {', '.join(fields)})" if fields and not place else ""


def _check_name(name: object) -> None:
    if isinstance(name, str) and not _NAME.fullmatch(name):
        raise Refused(400, f"displayName: {name!r} is not allowed; expected letters, digits and hyphens")
