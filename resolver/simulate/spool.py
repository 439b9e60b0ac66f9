"""The spool: what a replay writes down as it goes, in temporary files that can be read again and again.

Nothing of it is held in memory. The files live as long as the spool's owner.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from resolver.facts import AnyFact, decode_fact, encode_fact
from resolver.names import IdType, ProfileId, Status


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
    """One applied command: its number, its record's ref, and what became of it."""

    number: int
    line: int
    ref: str | None
    status: Status
    profile_id: ProfileId | None


class Spool:
    """Three growing files: facts, rejections, and one short entry per applied command."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="resolver-run-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        self._facts = self._open("facts")
        self._rejected = self._open("rejected")
        self._applied = self._open("applied")
        self._encode = msgspec.json.Encoder(enc_hook=repr).encode

    def _open(self, name: str) -> BinaryIO:
        return (self.path / name).open("wb", buffering=1 << 16)

    def applied(self, entry: Applied, facts: tuple[AnyFact, ...]) -> None:
        """Write down an applied command and its facts."""
        self._applied.write(self._line(entry))
        for fact in facts:
            self._facts.write(encode_fact(fact))
            self._facts.write(b"\n")

    def rejected(self, rejection: Rejection) -> None:
        """Write down a rejected line or a dropped identifier."""
        self._rejected.write(self._line(rejection))

    def close(self) -> None:
        """Stop writing; reading goes on."""
        for file in (self._facts, self._rejected, self._applied):
            file.close()

    def read_facts(self) -> Iterator[AnyFact]:
        """Give the facts in the order of execution."""
        return map(decode_fact, _lines(self.path / "facts"))

    def read_rejected(self) -> Iterator[Rejection]:
        """Give the rejections in the order of the history."""
        return map(msgspec.json.Decoder(Rejection).decode, _lines(self.path / "rejected"))

    def read_applied(self) -> Iterator[Applied]:
        """Give the applied commands in the order of execution."""
        return map(msgspec.json.Decoder(Applied).decode, _lines(self.path / "applied"))

    def _line(self, entry: msgspec.Struct) -> bytes:
        try:
            return self._encode(entry) + b"\n"
        except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold, is shown as an escape
            return self._encode(_writable(msgspec.to_builtins(entry, enc_hook=repr))) + b"\n"


def _writable(value: Any) -> Any:
    """Give builtins with every lone surrogate written as a visible escape."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_writable(each) for each in value]
    if isinstance(value, dict):
        return {_writable(key): _writable(each) for key, each in value.items()}
    return value


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file
