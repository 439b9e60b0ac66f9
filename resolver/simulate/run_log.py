"""The log of a run: what a replay writes down as it goes, in temporary files that can be read again and again.

Nothing of it is held in memory. The files live as long as the log, and an iterator over one of them keeps it.
"""

import pickle
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from resolver.interrupts import interrupts_held, remove_folder
from resolver.simulate.steps import Rejection, Step


class RunLog:
    """Two growing files: rejections, and the steps of a run that is executed command by command."""

    def __init__(self) -> None:
        with interrupts_held():
            self.path = Path(tempfile.mkdtemp(prefix="resolver-run-"))
            weakref.finalize(self, remove_folder, self.path)
        self._files: dict[str, BinaryIO] = {}

    def rejected(self, rejection: Rejection) -> None:
        """Write down a rejected line or a dropped identifier."""
        self._file("rejected").write(_line(rejection))

    def step(self, step: Step) -> None:
        """Write down what a command asked for and what became of it."""
        pickle.dump(step, self._file("steps"), pickle.HIGHEST_PROTOCOL)

    def close(self) -> None:
        """Stop writing; reading goes on."""
        for file in self._files.values():
            file.close()

    def read_rejected(self) -> Iterator[Rejection]:
        """Return the rejections in the order of the history."""
        # Methods that yield, so that the iterator holds the log: without it, the files would go while they are read.
        if "rejected" in self._files:
            with (self.path / "rejected").open("rb") as file:
                yield from map(_REJECTION.decode, file)

    def read_steps(self) -> Iterator[Step]:
        """Return the steps in the order of execution."""
        if "steps" in self._files:
            with (self.path / "steps").open("rb") as file:
                while file.peek(1):
                    yield pickle.load(file)  # what was written by this process

    def _file(self, name: str) -> BinaryIO:
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = (self.path / name).open("wb", buffering=1 << 16)
        return file


def as_written(rejection: Rejection) -> Rejection:
    """A rejection as it is read back once it was written down: a lone surrogate as its escape."""
    return _REJECTION.decode(_line(rejection))


def _line(entry: Rejection) -> bytes:
    try:
        return _ENCODER.encode(entry) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold, is shown as an escape
        return _ENCODER.encode(_writable(msgspec.to_builtins(entry, enc_hook=repr))) + b"\n"


_ENCODER = msgspec.json.Encoder(enc_hook=repr)
_REJECTION = msgspec.json.Decoder(Rejection)


def _writable(value: Any) -> Any:
    """Return builtins with every lone surrogate written as a visible escape."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_writable(key): _writable(each) for key, each in value.items()}
    return value
