"""The fields of a JSON line, once it is parsed: each checked, and an error that says what would be right.

This is the precise reader, for dicts given from Python and for lines that the fast one could not take.

>>> line = {"op": "add", "profile": "ref:crm:1", "idType": "phone", "value": 3175556789}
>>> read_object(1, line, line, Times(), Notes()).command
AddIdentifier(profile_id='ref:crm:1', id_type='phone', value='3175556789', at=None)
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
)
from resolver.errors import shown
from resolver.history.reading import Notes
from resolver.history.record import LineError, Reason, Record, plain, rejected
from resolver.history.times import Times
from resolver.names import Milliseconds

Line: TypeAlias = Mapping[Any, Any]

KEYS = frozenset(
    {"op", "ref", "at", "identifiers", "newProfile", "profile", "idType", "value", "old", "new", "all", "suppress"}
)
"""Every key that a line may have; the rest is ignored."""


def read_object(number: int, document: object, source: object, times: Times, notes: Notes) -> Record:
    """Return the record of one parsed line; *source* is what ``raw`` shows."""
    op, ref = "", None
    try:
        line = object_of(document, in_json=document is not source)
        op = _op(line)
        ref = _ref(line)
        read = _reader_of(op)
        command = read(line, times.read(plain(line.get("at"))))
    except LineError as refusal:
        return rejected(number, ref, op, refusal, source)
    notes.ignore(key for key in line if key not in KEYS and isinstance(key, str))
    return Record(number, ref, op, command, source=source)


def present(text: str | None) -> str | None:
    """Return a ref, or None for one that is empty or only white space."""
    return None if text is None or not text or text.isspace() else text


def object_of(document: object, *, in_json: bool = True) -> Line:
    """Return a parsed line that is an object; ``LineError`` for any other, which shows it as JSON if it was that."""
    if not isinstance(document, Mapping):
        raise LineError(
            Reason.NOT_AN_OBJECT,
            f'{shown(document, in_json=in_json)} is not an object; expected one such as {{"identifiers": ...}}',
        )
    return document


def _op(line: Line) -> str:
    op = line.get("op")
    if op is None or (op := plain(op)) is None:
        return "resolve"
    if not isinstance(op, str):
        raise _wrong_type("op", op, f"one of {', '.join(_READERS)}")
    return op


def _reader_of(op: str) -> "Callable[[Line, Milliseconds | None], AnyCommand]":
    if op not in _READERS:
        raise LineError(Reason.UNKNOWN_OP, f"op: {shown(op)} is unknown; expected one of {', '.join(_READERS)}")
    return _READERS[op]


def _ref(line: Line) -> str | None:
    return present(_optional_text(line, "ref"))


def _resolve(line: Line, at: Milliseconds | None) -> AnyCommand:
    return Resolve(_identifiers(line), at, _new_profile(line))


def _identifiers(line: Line) -> Any:
    identifiers = _required(line, "identifiers")
    if isinstance(identifiers, Mapping):
        return _from_mapping(identifiers)
    if isinstance(identifiers, list | tuple):
        return _from_pairs(identifiers)
    raise _wrong_type("identifiers", identifiers, "an object of idType -> value or list of values")


def _erase(line: Line, at: Milliseconds | None) -> AnyCommand:
    return Erase(_identifiers(line), at, _flag(line, "suppress"))


def _suppress(line: Line, at: Milliseconds | None) -> AnyCommand:
    return Suppress(_identifiers(line), at)


def _unsuppress(line: Line, at: Milliseconds | None) -> AnyCommand:
    return Unsuppress(_identifiers(line), at)


def _add(line: Line, at: Milliseconds | None) -> AnyCommand:
    return AddIdentifier(_name(line, "profile"), _name(line, "idType"), _value(line, "value"), at)


def _replace(line: Line, at: Milliseconds | None) -> AnyCommand:
    return ReplaceIdentifier(
        _name(line, "profile"), _name(line, "idType"), _value(line, "old"), _value(line, "new"), at
    )


def _remove(line: Line, at: Milliseconds | None) -> AnyCommand:
    every = _flag(line, "all")
    value = None if plain(line.get("value")) is None else _value(line, "value")
    return RemoveIdentifier(_name(line, "profile"), _name(line, "idType"), at, every, value)


def _delete(line: Line, at: Milliseconds | None) -> AnyCommand:
    return DeleteProfile(_name(line, "profile"), at)


_READERS: "dict[str, Callable[[Line, Milliseconds | None], AnyCommand]]" = {
    "resolve": _resolve,
    "add": _add,
    "replace": _replace,
    "remove": _remove,
    "delete": _delete,
    "erase": _erase,
    "suppress": _suppress,
    "unsuppress": _unsuppress,
}


def _from_mapping(identifiers: Line) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for id_type, raw in identifiers.items():
        if not isinstance(id_type, str):
            raise _wrong_type("identifiers", id_type, "a string as idType")
        if type(raw) is str:
            found[str.__str__(id_type)] = raw
            continue
        value = plain(raw)
        if isinstance(value, list | tuple):
            place = f"identifiers.{id_type}"
            found[str.__str__(id_type)] = [text_of_field(place, one) for one in map(plain, value) if one is not None]
        elif value is not None:
            found[str.__str__(id_type)] = text_of_field(
                f"identifiers.{id_type}", value, "a string, or a list of strings"
            )
    return found


def _from_pairs(identifiers: list[Any] | tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for place, pair in enumerate(identifiers):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise _wrong_type(f"identifiers[{place}]", pair, "an [idType, value] pair")
        value = plain(pair[1])
        if value is not None:
            pairs.append((str.__str__(pair[0]), text_of_field(f"identifiers[{place}]", value)))
    return tuple(pairs)


def _new_profile(line: Line) -> str | None:
    return _optional_text(line, "newProfile")


def _name(line: Line, key: str) -> str:
    name = _required(line, key)
    if not isinstance(name, str):
        raise _wrong_type(key, name, "a string")
    return name


def _flag(line: Line, key: str) -> bool:
    flag = plain(line.get(key))
    if flag is not None and not isinstance(flag, bool):
        raise _wrong_type(key, flag, "true or false")
    return bool(flag)


def _value(line: Line, key: str) -> str:
    return text_of_field(key, _required(line, key))


def _required(line: Line, key: str) -> object:
    value = plain(line.get(key))
    if value is None:
        raise LineError(Reason.MISSING_FIELD, f"{key}: it is missing; a line with op {_op(line)!r} needs it")
    return value


def _optional_text(line: Line, key: str) -> str | None:
    value: object = line.get(key)
    if value is None or (value := plain(value)) is None:
        return None
    if isinstance(value, float):
        raise _wrong_type(key, value, "a string")
    return text_of_field(key, value)


def text_of_field(place: str, value: object, expected: str = "a string") -> str:
    """Return a text, or the decimal text of an integer; a float is refused, it may have lost digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(place, value)
    if isinstance(value, float):
        raise LineError(Reason.FLOATING_POINT, f"{place}: {value!r} is a floating-point number; expected {expected}")
    raise _wrong_type(place, value, expected)


def _digits(place: str, value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python converts no integer of more than some thousand digits
        raise _wrong_type(place, value, "at most 255 digits") from None


def _wrong_type(place: str, value: object, expected: str) -> LineError:
    return LineError(Reason.WRONG_TYPE, f"{place}: {shown(value)} has the wrong type; expected {expected}")
