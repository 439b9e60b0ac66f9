"""Prepared: a history read once and normalized once, for many replays of it.

The records wait in a temporary file, and beside them a table of what every normalization makes of every value.
A replay of a prepared history executes the same commands, with the same raw values; only the question what a value
becomes is answered from the table. So its result is that of a plain replay, whatever the settings and options.
"""

import pickle
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    PrivacyCommand,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.errors import InvalidHistory, InvalidIdentifier
from resolver.history import History, Record, Records, records_for
from resolver.history.opening import ArrowStream
from resolver.names import IdType, Value
from resolver.rules.checks import Normalization, OwnNormalizer
from resolver.rules.normalization import Normalizers

Wanted = Mapping[IdType, Collection[str]]
"""For every idType, the names of the normalizations that some settings give it."""

_CHEAP = ("trim", "none")
_CHUNK = 1000


class Unreadable(msgspec.Struct, frozen=True, array_like=True):
    """What the table says of a value that a normalization refuses: the message of its error."""

    message: str


Answers = dict[str, dict[str, Value | Unreadable]]
"""For every normalization, what it makes of each raw value."""


class Prepared:
    """A history on disk, in *folder*: its records in chunks, ready to be replayed in any process.

    Iterating gives the records. ``digest`` names the history: two that differ in what a replay sees have two.
    """

    def __init__(self, folder: Path, records: int, digest: str) -> None:
        self.folder = folder
        self.records = records
        self.digest = digest

    def __iter__(self) -> Iterator[Record]:
        with (self.folder / "records").open("rb") as file:
            for _ in range(0, self.records, _CHUNK):
                yield from pickle.load(file)

    def refs(self) -> dict[str, None]:
        """Return all refs, in the order in which they came first; a resolve line without one is ``line:N``."""
        return {record.ref: None for record in self if record.ref is not None}

    def answers(self, region: str) -> Answers:
        """Read the table for phone numbers of a region. O(different values)."""
        return msgspec.msgpack.decode((self.folder / f"answers.{region}").read_bytes(), type=Answers)


def prepare(
    history: Iterable[Any] | ArrowStream,
    folder: Path,
    wanted: Wanted,
    *,
    regions: Collection[str] = ("US",),
    normalizers: Mapping[str, OwnNormalizer] | None = None,
) -> Prepared:
    """Read a history once and normalize its values once; *folder* must exist and gets the files.

    A history sorted by time gets its positions as line numbers, which a replay of it uses as well. Memory grows
    with the different values.
    """
    read = records_for(history, tuple(wanted))
    known = {region: Normalizers(region, normalizers) for region in regions}
    answers: dict[str, Answers] = {region: {} for region in regions}
    digest = blake2b(digest_size=16)
    count = 0
    with (folder / "records").open("wb") as file:
        chunk: list[Record] = []
        for record in _named(read):
            count += 1
            digest.update(_fingerprint(record))
            for region in regions:
                _answer(record.command, wanted, known[region], answers[region])
            chunk.append(record)
            if len(chunk) == _CHUNK:
                _write(chunk, file)
                chunk = []
        _write(chunk, file)
    for region in regions:
        (folder / f"answers.{region}").write_bytes(msgspec.msgpack.encode(_encodable(answers[region])))
    return Prepared(folder, count, digest.hexdigest())


def _write(chunk: list[Record], file: BinaryIO) -> None:
    try:
        pickle.dump(chunk, file, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        place = f"lines {chunk[0].line} to {chunk[-1].line}"
        raise InvalidHistory(f"{place}: something in them cannot be written down: {error}") from error


class PreparedNormalizers(Normalizers):
    """Normalizations that look into a table first; what is not there is normalized as ever."""

    __slots__ = ("_answers",)

    def __init__(self, region: str, own: Mapping[str, OwnNormalizer] | None, answers: Answers) -> None:
        super().__init__(region, own)
        self._answers = answers

    def named(self, name: str) -> Normalization:
        """Return the normalization of that name; ``InvalidSettings`` if there is none."""
        plain = super().named(name)
        table = self._answers.get(name)
        return plain if table is None else _looked_up(table, plain)


def _looked_up(table: Mapping[str, Value | Unreadable], plain: Normalization) -> Normalization:
    def normalize(raw: object) -> Value:
        answer = table.get(raw) if type(raw) is str else None
        if isinstance(answer, str):
            return answer
        if answer is None:
            return plain(raw)
        raise InvalidIdentifier(answer.message)

    return normalize


def _named(records: "History | Records") -> Iterator[Record]:
    """Yield the records, each resolve with a ref; those of a sorted history with their position as line."""
    is_sorted = isinstance(records, History) and records.is_sorted
    for position, record in enumerate(records, 1):
        changes: dict[str, Any] = {}
        if record.ref is None and type(record.command) is Resolve:
            changes["ref"] = f"line:{record.line}"
        if is_sorted:
            changes["line"] = position
        yield msgspec.structs.replace(record, **changes) if changes else record


def _fingerprint(record: Record) -> bytes:
    """Return bytes that two records share only if a replay cannot tell them apart."""
    told = (record.line, record.ref, record.op, record.command, record.reason and str(record.error))
    try:
        return msgspec.msgpack.encode(told, enc_hook=repr)
    except UnicodeEncodeError:  # a lone surrogate
        return repr(told).encode("utf-8", "backslashreplace")


def _answer(command: AnyCommand | None, wanted: Wanted, known: Normalizers, answers: Answers) -> None:
    for id_type, raw in values_of(command):
        for name in wanted.get(id_type, ()):
            if name in _CHEAP or type(raw) is not str:
                continue
            table = answers.setdefault(name, {})
            if raw not in table:
                try:
                    table[raw] = known.named(name)(raw)
                except InvalidIdentifier as error:
                    table[raw] = Unreadable(str(error))


def values_of(command: AnyCommand | None) -> Iterator[tuple[Any, Any]]:
    """Yield the (idType, raw value) pairs that a command names, whatever it does with them.

    >>> list(values_of(ReplaceIdentifier("p", "chat", "old", "new")))
    [('chat', 'new'), ('chat', 'old')]
    """
    if isinstance(command, Resolve | PrivacyCommand):
        for id_type, raw in _pairs(command.identifiers):
            for one in raw if isinstance(raw, list | tuple) else (raw,):
                yield id_type, one
    elif isinstance(command, AddIdentifier | RemoveIdentifier):
        yield command.id_type, command.value
    elif isinstance(command, ReplaceIdentifier):
        yield command.id_type, command.new
        yield command.id_type, command.old


def _pairs(identifiers: object) -> list[tuple[Any, Any]]:
    """Return pairs, and nothing for what the engine refuses anyway; an iterator is left as it is."""
    if isinstance(identifiers, Mapping):
        return list(identifiers.items())
    if isinstance(identifiers, list | tuple):
        return [(pair[0], pair[1]) for pair in identifiers if isinstance(pair, list | tuple) and len(pair) == 2]
    return []


def _encodable(answers: Answers) -> Answers:
    """Leave out values that UTF-8 cannot hold; a replay normalizes them as ever."""
    return {
        name: {raw: answer for raw, answer in table.items() if _is_utf8(raw) and _is_utf8(answer)}
        for name, table in answers.items()
    }


def _is_utf8(text: str | Unreadable) -> bool:
    try:
        (text if isinstance(text, str) else text.message).encode()
    except UnicodeEncodeError:
        return False
    return True
