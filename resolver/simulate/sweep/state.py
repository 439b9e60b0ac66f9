"""The state of a sweep: the figures of every finished setting, so that none is replayed twice.

A line a setting, appended as soon as it is there. What a line is about is a digest of everything that decides its
figures; so a file may be used again when the grid grows, and is of no use when history, truth or versions changed.
"""

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from resolver.columns.numbered import Numbered
from resolver.columns.texts import NoText
from resolver.simulate.sweep.grid import GridSetting
from resolver.simulate.sweep.measures import Measures
from resolver.versions import versions

FILE = "sweep.state.jsonl"
FORMAT = 1


class Finished(msgspec.Struct, frozen=True):
    """One line of the file."""

    key: str
    measures: Measures


def keys_of(settings: list[GridSetting], history: str, truth: dict[str, str] | None) -> list[str]:
    """Return for each setting the digest of all that decides its figures; *history* is the history's own. O(truth)."""
    known = blake2b(repr(sorted(truth.items()) if truth is not None else None).encode("utf-8", "backslashreplace"))
    shared = [FORMAT, history, known.hexdigest(), versions()]
    return [_digest([*shared, setting.to_json()]) for setting in settings]


def digest_of(history: Numbered) -> str:
    """Return the digest of all that replays see of a history. O(history)."""
    digest = blake2b(digest_size=16)
    texts, refs = history.texts, history.refs
    for column in (
        history.numbers, history.lines, history.ats, history.op, history.offsets, history.idents, history.ref_of,
        texts.type_of,
    ):  # fmt: skip
        digest.update(len(column).to_bytes(8, "little"))
        digest.update(column)
    raws = [["", each.raw] if type(each) is NoText else each for each in texts.texts]
    broken = [(place, each.line, each.ref, each.op, str(each.error)) for place, each in history.rejected]
    for part in (
        texts.id_types,
        raws,
        [refs.name(number) for number in range(len(refs))],
        [*history.others.items()],
        broken,
    ):
        digest.update(_written(part))
    return digest.hexdigest()


class State:
    """The state file in a directory, which must exist; None keeps nothing. Only one sweep may use it at a time."""

    def __init__(self, directory: Path | None) -> None:
        self._path = None if directory is None else directory / FILE

    def finished(self) -> dict[str, Measures]:
        """Return the figures that are there, by key. A line that an interruption cut short is passed over."""
        if self._path is None or not self._path.exists():
            return {}
        found: dict[str, Measures] = {}
        for line in self._path.read_bytes().splitlines():
            try:
                finished = msgspec.json.decode(line, type=Finished)
            except msgspec.DecodeError:
                continue
            found[finished.key] = finished.measures
        return found

    def append(self, key: str, measured: Measures) -> None:
        """Write down a finished setting: one write of one whole line, led by a line end if the last was cut."""
        if self._path is None:
            return
        with self._path.open("ab+", buffering=0) as file:
            cut = b""
            if file.tell():
                file.seek(-1, 2)
                cut = b"" if file.read(1) == b"\n" else b"\n"
            file.write(cut + msgspec.json.encode(Finished(key, measured)) + b"\n")


def _written(part: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(part, enc_hook=repr)
    except (UnicodeEncodeError, OverflowError):  # a lone surrogate, an integer of more than 64 bits
        return repr(part).encode("utf-8", "backslashreplace")


def _digest(document: Any) -> str:
    try:
        text = msgspec.json.encode(document, order="sorted")
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold
        text = json.dumps(document, sort_keys=True).encode("ascii")
    return blake2b(text, digest_size=16).hexdigest()
