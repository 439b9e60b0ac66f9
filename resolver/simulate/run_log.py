"""The log of a run: what a replay writes down as it goes, in temporary files that can be read again and again.

Nothing of it is held in memory. The files live as long as the log, and an iterator over one of them keeps it. A run
that was executed command by command on some store is read from its log.
"""

import pickle
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from resolver.columns.arrow_files import not_written
from resolver.evidence import RuleMatch
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.interrupts import interrupts_held, remove_folder
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.settings import Settings
from resolver.simulate import matched
from resolver.simulate.steps import Rejection, Step, Wanted, is_plain
from resolver.simulate.summary import sizes_in


class RunLog:
    """Two growing files: rejections, and the steps of a run that is executed command by command."""

    def __init__(self) -> None:
        self._files: dict[str, BinaryIO] = {}

    def rejected(self, rejection: Rejection) -> None:
        """Write down a rejected line or a dropped identifier."""
        self._write("rejected", _line(rejection))

    def step(self, step: Step) -> None:
        """Write down what a command asked for and what became of it."""
        self._write("steps", pickle.dumps(step, pickle.HIGHEST_PROTOCOL))

    def close(self) -> None:
        """Stop writing; reading goes on."""
        for name, file in self._files.items():
            try:
                file.close()
            except OSError as error:
                raise self._not_written(name, error) from error

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

    @cached_property
    def path(self) -> Path:
        """The folder of the files, which is made when the first of them is: most runs reject nothing."""
        with interrupts_held():
            path = Path(tempfile.mkdtemp(prefix="resolver-run-"))
            weakref.finalize(self, remove_folder, path)
        return path

    def _write(self, name: str, data: bytes) -> None:
        try:
            self._file(name).write(data)
        except OSError as error:
            raise self._not_written(name, error) from error

    def _not_written(self, name: str, error: OSError) -> OSError:
        return not_written(error, self.path / name, "what a run did")

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


class Recorded:
    """The log of a run, with its store and where its refs ended; *make_engine* made the store."""

    is_masked = False

    def __init__(
        self,
        log: RunLog,
        store: Any,
        settings: Settings,
        options: Mapping[str, Any],
        make_engine: Callable[..., Any],
        assignments: Mapping[str, ProfileId],
        elsewhere: Mapping[str, tuple[ProfileId, ...]],
    ) -> None:
        self.log = log
        self.engine = store
        self.settings = settings
        self.options = options
        self.make_engine = make_engine
        self._assignments = assignments
        self._elsewhere = elsewhere

    def refs(self) -> Collection[str]:
        """The refs of all commands that could be understood, each once. One pass over the log."""
        return {step.ref: None for step in self.log.read_steps() if step.ref is not None}.keys()

    def assignments(self) -> Mapping[str, ProfileId]:
        """Where each ref is at the end."""
        return self._assignments

    def record_counts(self) -> Collection[int]:
        """How many refs each profile has that has any."""
        return Counter(self._assignments.values()).values()

    def identifier_counts(self) -> Collection[int]:
        """How many identifiers each profile holds at the end."""
        return sizes_in(self.engine)

    def elsewhere(self) -> Mapping[str, tuple[ProfileId, ...]]:
        """Where the lines of a ref ended, where that was several profiles or one that is gone; the latest last."""
        return self._elsewhere

    def births(self) -> Mapping[ProfileId, int]:
        """For every id of a profile, the number of the command that created it. One pass over the log."""
        return {fact.profile_id: fact.command for fact in self.read_facts() if isinstance(fact, ProfileCreated)}

    def read_steps(self, wanted: Wanted) -> Iterator[Step]:
        """The steps that are wanted, in the order of execution. One pass over the log."""
        return filter(wanted.has, self.log.read_steps())

    def plain_times(self) -> set[bool]:
        """Whether the applied plain resolves have a time: True where some do, False where some do not."""
        return {
            step.at is not None for step in self.log.read_steps() if step.outcome is not None and is_plain(step.command)
        }

    def read_facts(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the numbers of their commands."""
        return (fact for step in self.log.read_steps() for fact in step.facts)

    def read_facts_with_lines(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the lines of their commands."""
        for step in self.log.read_steps():
            for fact in step.facts:
                named: AnyFact = msgspec.structs.replace(fact, command=step.line)
                yield named

    def read_facts_about(self, ids: Iterable[ProfileId]) -> Iterator[AnyFact]:
        """The facts that changed some profiles, or what became one with them, or the settings, in their order."""
        every = matched.group_ids(self.engine, self.read_losses(), ids)
        return (fact for fact in self.read_facts() if matched.is_about(fact, every))

    def read_losses(self) -> Iterator[AnyFact]:
        """The facts that values left or were left out, the deletions and the settings."""
        others = IdentifierAdded | ProfileCreated | ProfilesMerged | IdentifierSuppressed | IdentifierUnsuppressed
        return (fact for fact in self.read_facts() if not isinstance(fact, others))

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""
        return self.log.read_rejected()

    def held(self, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
        """What a profile holds at the end."""
        return matched.held(self.engine, profile_id)

    def matches_at(self, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """What each of some resolve commands found."""
        return matched.matches_at(self, numbers)
