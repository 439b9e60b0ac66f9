"""The spool: what a replay writes down as it goes, in temporary files that can be read again and again.

Nothing of it is held in memory. The files live as long as the spool, and an iterator over one of them keeps it.
"""

import json
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    ProfileCreated,
    ProfilesMerged,
    decode_fact,
    encode_facts,
)
from resolver.interrupts import interrupts_held, remove_folder
from resolver.names import IdType, Milliseconds, ProfileId, Status


class Rejection(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A line that was rejected, or an identifier that was dropped from a line that was applied.

    ``reason`` is short and always the same words for the same cause; ``error`` is the error's class, ``detail``
    its message. A rejected line has ``raw``, the line as it was; a dropped identifier ``id_type`` and ``value``.
    """

    line: int
    reason: str
    error: str
    detail: str
    raw: str | None = None
    id_type: IdType | None = None
    value: Any = None


class Applied(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One applied command: its number, its record's ref, what it asked for, and what became of it.

    ``op`` is the operation as a JSON line names it, or ``settings``; ``at`` the time that the command has, None
    for "now". ``named`` is the profile as the line names it (``ref:...`` or an id), None for resolve.
    ``presented`` is what it offered to be stored, as the reader gave it, and ``given`` the same as pairs.
    ``more`` holds the rest that the command needs to be executed again; ``place`` is where its facts begin in
    their file. ``status`` is None only among the entries
    of commands that were understood and that the engine refused.
    """

    number: int
    line: int
    ref: str | None
    status: Status | None
    profile_id: ProfileId | None
    op: str = "resolve"
    at: Milliseconds | None = None
    named: str | None = None
    presented: Any = ()
    more: dict[str, Any] | None = None
    place: int = 0

    @property
    def given(self) -> list[tuple[IdType, Any]]:
        """The (idType, raw value) pairs presented: of resolve all, of add and replace the new one, else none.

        A value that is no string, which no normalization reads, is None.
        """
        pairs = self.presented.items() if isinstance(self.presented, dict) else self.presented
        return [(id_type, one) for id_type, raw in pairs for one in (raw if isinstance(raw, list) else (raw,))]


class Spool:
    """Four growing files: facts, rejections, and an entry per command, applied or refused by the engine.

    ``place`` is the length of the file of facts.
    """

    def __init__(self) -> None:
        with interrupts_held():
            self.path = Path(tempfile.mkdtemp(prefix="resolver-run-"))
            weakref.finalize(self, remove_folder, self.path)
        self._files: dict[str, BinaryIO] = {}
        self.place = 0

    def _write(self, name: str, line: bytes) -> int:
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = (self.path / name).open("wb", buffering=1 << 16)
        return file.write(line)

    def applied(self, entry: Applied, facts: tuple[AnyFact, ...]) -> None:
        """Write down an applied command and its facts."""
        self._write("applied", self._entry(entry))
        if facts:
            self.place += self._write("facts", encode_facts(facts))

    def refused(self, entry: Applied) -> None:
        """Write down a command that was understood and that the engine refused."""
        self._write("refused", self._entry(entry))

    def rejected(self, rejection: Rejection) -> None:
        """Write down a rejected line or a dropped identifier."""
        self._write("rejected", _line(rejection))

    def close(self) -> None:
        """Stop writing; reading goes on."""
        for file in self._files.values():
            file.close()

    def read_facts(self) -> Iterator[AnyFact]:
        """Return the facts in the order of execution."""
        return map(decode_fact, self._lines("facts"))

    def read_facts_of(self, entries: Iterable[Applied]) -> Iterator[tuple[Applied, list[AnyFact]]]:
        """Yield some applied entries, each with its facts, without reading those of others. O(facts given)."""
        if "facts" not in self._files:
            yield from ((entry, []) for entry in entries)
            return
        with (self.path / "facts").open("rb") as file:
            for entry in entries:
                file.seek(entry.place)
                number, facts = next(groupby(map(decode_fact, file), _command), (None, iter(())))
                yield entry, list(facts) if number == entry.number else []

    def read_losses(self) -> Iterator[AnyFact]:
        """Return the facts that a value left or was left out, and the deletions. One pass; the others are skipped."""
        return (decode_fact(line) for line in self._lines("facts") if not line.startswith(_NO_LOSS))

    def read_rejected(self) -> Iterator[Rejection]:
        """Return the rejections in the order of the history."""
        return map(_REJECTION.decode, self._lines("rejected"))

    def read_applied(self) -> Iterator[Applied]:
        """Return the applied commands in the order of execution."""
        return map(_decoded, self._lines("applied"))

    def read_refused(self) -> Iterator[Applied]:
        """Return the commands that the engine refused, in the order of the history."""
        return map(_decoded, self._lines("refused"))

    def _lines(self, name: str) -> Iterator[bytes]:
        # A method, so that the running generator holds the spool: without it, the files would go while they are read.
        if name in self._files:
            with (self.path / name).open("rb") as file:
                yield from file

    def _entry(self, entry: Applied) -> bytes:
        try:
            return _ENCODER.encode(entry) + b"\n"
        except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold, is written as its JSON escape
            return json.dumps(msgspec.to_builtins(entry), separators=(",", ":")).encode() + b"\n"


def as_written(rejection: Rejection) -> Rejection:
    """A rejection as it is read back once it was written down: a lone surrogate as its escape."""
    return _REJECTION.decode(_line(rejection))


def _line(entry: Rejection) -> bytes:
    try:
        return _ENCODER.encode(entry) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold, is shown as an escape
        return _ENCODER.encode(_writable(msgspec.to_builtins(entry, enc_hook=repr))) + b"\n"


_ENCODER = msgspec.json.Encoder(enc_hook=repr)
_DECODER = msgspec.json.Decoder(Applied)
_REJECTION = msgspec.json.Decoder(Rejection)

_NO_LOSS = tuple(f'{{"fact":"{kind.__name__}"'.encode() for kind in (IdentifierAdded, ProfileCreated, ProfilesMerged))
"""How the line of a fact begins that takes nothing away."""


def _command(fact: AnyFact) -> int:
    return fact.command


def _decoded(line: bytes) -> Applied:
    try:
        return _DECODER.decode(line)
    except msgspec.DecodeError:  # a lone surrogate's escape
        return msgspec.convert(json.loads(line), Applied)


def _writable(value: Any) -> Any:
    """Return builtins with every lone surrogate written as a visible escape."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_writable(key): _writable(each) for key, each in value.items()}
    return value
