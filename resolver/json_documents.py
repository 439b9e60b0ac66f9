r"""JSON documents that people write: read whatever editor saved them, and every fault by its line and column.

>>> text = '{"identifierConfigs": [\n  {"idType": "email", "limit": 0}\n]}'
>>> place_in(text, "identifierConfigs[0].limit")
'line 2, column 23'
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from resolver.errors import InvalidSettings
from resolver.suggestions import did_you_mean

_INDEX = re.compile(r"\[([0-9]+)\]\.?")
_MALFORMED = re.compile(r"JSON is malformed: (.*) \(byte ([0-9]+)\)")
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class JsonError(ValueError):
    """A text is no JSON; the message names line, column and cause, ``line`` is that line."""

    def __init__(self, place: str, cause: str, line: str) -> None:
        super().__init__(f"{place}: {cause}")
        self.line = line


def camel(name: str) -> str:
    """Return the key that a document has for one of our names.

    >>> camel("enforce_unique")
    'enforceUnique'
    """
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def text_of(data: bytes | str) -> str:
    """Return the text of a document, a byte order mark left out; it may be UTF-8, UTF-16 or UTF-32, as JSON may be.

    Raises ``JsonError`` for bytes that are none of these.
    """
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        known = data[: error.start].decode(encoding, "replace")
        shown = data.decode(encoding, "backslashreplace")
        raise JsonError(_place(known, len(known)), "a byte here is not UTF-8", _line(shown, len(known))) from None


def document_of(text: str) -> Any:
    """Return what a text of JSON holds; ``JsonError`` if it is none."""
    try:
        return msgspec.json.decode(text)
    except UnicodeEncodeError as error:
        cause, place = "a lone surrogate", error.start
    except RecursionError:
        cause, place = "it is nested too deeply", 0
    except msgspec.DecodeError as error:
        cause, place = _fault(str(error), text)
    raise JsonError(_place(text, place), cause, _line(text, place))


def plain(value: Any) -> Any:
    r"""Return a value of ours as JSON has it: objects, lists, texts and numbers; a lone surrogate stays one.

    >>> plain(("x\ud800", {"a": ()})) == ["x\ud800", {"a": []}]
    True
    """
    try:
        return msgspec.json.decode(msgspec.json.encode(value, enc_hook=repr))
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold
        return json.loads(json.dumps(msgspec.to_builtins(value, enc_hook=repr)))


def decoded(line: bytes) -> Any:
    """Return what a line of JSON of ours holds, where a lone surrogate is written as its escape.

    Raises ``msgspec.DecodeError`` for what is no JSON.
    """
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        try:
            return json.loads(line)
        except ValueError:
            pass
        raise


def _fault(message: str, text: str) -> tuple[str, int]:
    """Return the cause and the place of what the decoder found; a text without an end has it there."""
    found = _MALFORMED.fullmatch(message)
    if found is not None:
        return found[1], len(text.encode()[: int(found[2])].decode("utf-8", "ignore"))
    return ("it does not end", len(text)) if "truncated" in message else (message, 0)


def place_in(text: str, path: str) -> str:
    """Return the line and column of what a *path* such as ``identifierConfigs[2].limit`` names, from 1.

    The text must be JSON. That is where its key begins, or the entry of its list; of what is missing, the innermost
    thing around it that is there. O(text).
    """
    key = where = _after_space(text, 0)
    while path and (step := _step(text, where, path)) is not None:
        key, where, path = step
    return _place(text, key)


def _step(text: str, where: int, path: str) -> tuple[int, int, str] | None:
    """Return the places of the next key of a path and of its value, and the rest of the path."""
    if text[where : where + 1] == "{":
        members = [each for each in _members(text, where) if _rest(each[0], path) is not None]
        if not members:
            return None
        longest = max(len(name) for name, _, _ in members)
        name, key, value = [each for each in members if len(each[0]) == longest][-1]  # the last of a name counts
        return key, value, _rest(name, path) or ""
    found = _INDEX.match(path)
    if text[where : where + 1] == "[" and found is not None:
        entries = list(_entries(text, where))
        if int(found[1]) < len(entries):
            return entries[int(found[1])], entries[int(found[1])], path[found.end() :]
    return None


def _rest(name: str, path: str) -> str | None:
    """Return what follows a key in a path that begins with it; None for another path."""
    rest = path.removeprefix(name)
    if not name or not path.startswith(name) or (rest and rest[0] not in ".["):
        return None
    return rest.removeprefix(".")


def _members(text: str, where: int) -> "list[tuple[str, int, int]]":
    """Return the keys of an object that is known to be one, with their places and those of their values."""
    members = []
    key = _after_space(text, where + 1)
    while text[key] == '"':
        name, end = _DECODER.raw_decode(text, key)
        value = _after_space(text, _after_space(text, end) + 1)
        members.append((name, key, value))
        key = _after_comma(text, value)
    return members


def _entries(text: str, where: int) -> "list[int]":
    """Return the places of the entries of a list that is known to be one."""
    entries = []
    entry = _after_space(text, where + 1)
    while text[entry] != "]":
        entries.append(entry)
        entry = _after_comma(text, entry)
    return entries


def _after_comma(text: str, value: int) -> int:
    """Return the place of what follows a value in an object or a list: the next key or entry, or the bracket."""
    end = _after_space(text, _DECODER.raw_decode(text, value)[1])
    return _after_space(text, end + 1) if text[end] == "," else end


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return place if found is None else found.end()


def _place(text: str, place: int) -> str:
    return f"line {text.count(chr(10), 0, place) + 1}, column {place - text.rfind(chr(10), 0, place)}"


def _line(text: str, place: int) -> str:
    """Return the line that a place is in."""
    end = text.find("\n", place)
    return text[text.rfind("\n", 0, place) + 1 : len(text) if end < 0 else end].strip()


def check_keys(document: Mapping[Any, Any], keys: Iterable[str], path: str = "") -> None:
    """Raise ``InvalidSettings`` for a key of an object that is none of *keys*; *path* is how its place begins.

    >>> check_keys({"sise": 3}, ["at", "size"], "caps.")
    Traceback (most recent call last):
        ...
    resolver.errors.InvalidSettings: caps.sise: 3 is not allowed; expected only the keys at, size; did you mean 'size'?
    """
    known = tuple(keys)
    for key in document:
        if key not in known:
            allowed = f"only the keys {', '.join(known)}{did_you_mean(str(key), known)}"
            raise InvalidSettings(f"{path}{key}", document[key], allowed)
