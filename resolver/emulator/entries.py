"""Entries: what each accepted write did, enough to rebuild a service by folding them in order (I6); who keeps them.

An entry holds outcomes, never requests: facts, trait values, drawn ids and times. So nothing is decided, drawn or
asked of a clock again when it is folded.

>>> from resolver.facts import ProfileCreated
>>> entry = Entry(sequence=1, kind=Kind.IDENTIFIERS, at=5, store="mem_store_0", facts=(ProfileCreated(1, 5, "p"),))
>>> encode_entry(entry)
b'{"sequence":1,"kind":"identifiers","at":5,"store":"mem_store_0","facts":[{"fact":"ProfileCreated","command":1,"at":5,"profileId":"p"}]}'
>>> decode_entry(encode_entry(entry)) == entry
True
"""

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from resolver.facts import AnyFact, decode_fact, encode_fact
from resolver.names import Milliseconds, ProfileId


class Kind(StrEnum):
    """What kind of request an entry answers."""

    IDENTIFIERS = "identifiers"
    PROFILES = "profiles"
    MEMORIES = "memories"
    TRAIT_GROUPS = "trait groups"
    SETTINGS = "settings"
    STORE_CREATED = "store created"
    STORE_CHANGED = "store changed"
    STORE_DELETED = "store deleted"
    SEEDED = "seeded"
    RESET = "reset"
    IMPORTED = "imported"


class TraitWrite(msgspec.Struct, frozen=True, array_like=True):
    """One trait of one profile as it was set; a value of None removed it."""

    profile_id: ProfileId
    group: str
    name: str
    value: Any


class Memory(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One observation or conversation summary, as it was written; times are milliseconds since 1970."""

    id: str
    content: str
    occurred_at: Milliseconds
    created_at: Milliseconds
    updated_at: Milliseconds
    source: str = ""
    conversation_ids: tuple[str, ...] = ()


MemoryKind: TypeAlias = Literal["observation", "summary"]


class MemoryWrite(msgspec.Struct, frozen=True, array_like=True):
    """One observation or summary of one profile as it was set; a memory of None removed it."""

    kind: MemoryKind
    profile_id: ProfileId
    id: str
    memory: Memory | None


class TraitGroup(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A trait group as it was defined; its traits have the shape in which they were sent.

    ``number`` is that of the entry that created it.
    """

    name: str
    created_at: Milliseconds
    number: int
    version: int = 1
    description: str | None = None
    traits: dict[str, dict[str, Any]] = {}


class TraitGroupWrite(msgspec.Struct, frozen=True, array_like=True):
    """One trait group as it was set; a group of None removed it."""

    name: str
    group: TraitGroup | None


class StoreRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a store is beside its profiles.

    The last four are what its engine began with: a settings document, and ``Engine`` options.
    """

    id: str
    display_name: str
    created_at: Milliseconds
    description: str = ""
    version: int = 1
    settings: dict[str, Any] | None = None
    on_invalid: str = "refuse"
    match: str = "all"
    default_region: str = "US"


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """A change of the control plane that can be asked about by its id."""

    id: str
    created_at: Milliseconds
    resource_id: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Everything that one accepted write did.

    ``sequence`` counts the entries of the whole service from 1, without gaps. ``facts`` are those of the store's
    engine, in order; ``traits``, ``memories`` and ``trait_groups`` were written after them, ``at`` this time;
    ``record`` is the store as it was created or changed; ``operation`` can be asked about from now on. ``state`` is
    a document of everything, in the place of all that there was before.
    """

    sequence: int
    kind: Kind
    at: Milliseconds
    store: str = ""
    facts: tuple[AnyFact, ...] = ()
    traits: tuple[TraitWrite, ...] = ()
    memories: tuple[MemoryWrite, ...] = ()
    trait_groups: tuple[TraitGroupWrite, ...] = ()
    record: StoreRecord | None = None
    operation: Operation | None = None
    state: bytes = b""


_NO_STATE = msgspec.Raw()


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An entry whose facts are bytes already."""

    sequence: int
    kind: Kind
    at: Milliseconds
    store: str = ""
    facts: tuple[msgspec.Raw, ...] = ()
    traits: tuple[TraitWrite, ...] = ()
    memories: tuple[MemoryWrite, ...] = ()
    trait_groups: tuple[TraitGroupWrite, ...] = ()
    record: StoreRecord | None = None
    operation: Operation | None = None
    state: msgspec.Raw = _NO_STATE


class CommitFailed(Exception):  # noqa: N818 - the shape of the package's other error names
    """Entries could not be kept; none of them will be found again."""


class Journal(Protocol):
    """Keeps entries, in the order of their sequence, so that a service can be rebuilt from them.

    ``commit`` is called once for each accepted write, in the order in which they were decided, without waiting for
    the one before; it takes its place in the order before it first suspends. When it raises ``CommitFailed``, nothing
    of these entries was kept, and every commit that was called after it fails as well, until ``load`` is called.
    """

    async def commit(self, entries: Sequence[Entry]) -> None:
        """Return when these entries, all or none, and all before them are kept; without any, when those are."""

    def prepare(self, entries: Sequence[Entry]) -> None:
        """Do what a commit of many entries can have done before, in any thread."""

    def load(self) -> tuple[bytes | None, Iterable[Entry]]:
        """Return the newest ``Service.dump`` that was kept, if any, and the entries after it, in order."""

    def wants_dump(self) -> bool:
        """Return whether it is time for ``keep_dump``."""

    async def keep_dump(self, dump: bytes, sequence: int) -> None:
        """Keep a dump that was taken after the entry *sequence*, once that is kept itself."""

    async def close(self) -> None:
        """Keep what is under way, and let go of the file."""


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Wire)


def encode_entry(entry: Entry) -> bytes:
    """Return an entry as one line of JSON, without the line end. O(its size)."""
    return _ENCODER.encode(
        _Wire(
            sequence=entry.sequence,
            kind=entry.kind,
            at=entry.at,
            store=entry.store,
            facts=tuple(msgspec.Raw(encode_fact(fact)) for fact in entry.facts),
            traits=entry.traits,
            memories=entry.memories,
            trait_groups=entry.trait_groups,
            record=entry.record,
            operation=entry.operation,
            state=msgspec.Raw(entry.state) if entry.state else _NO_STATE,
        )
    )


def decode_entry(data: bytes) -> Entry:
    """Read an entry that ``encode_entry`` wrote; ``msgspec.DecodeError`` if it is none. O(its size)."""
    wire = _DECODER.decode(data)
    return Entry(
        sequence=wire.sequence,
        kind=wire.kind,
        at=wire.at,
        store=wire.store,
        facts=tuple(decode_fact(bytes(fact)) for fact in wire.facts),
        traits=wire.traits,
        memories=wire.memories,
        trait_groups=wire.trait_groups,
        record=wire.record,
        operation=wire.operation,
        state=bytes(wire.state),
    )


def encode_json(document: Any) -> bytes:
    """Return JSON of anything; a lone surrogate, which UTF-8 cannot hold, is written as its escape.

    >>> encode_json({"value": chr(0xD800)}).decode() == '{"value":"' + chr(92) + 'ud800"}'
    True
    """
    try:
        return _ENCODER.encode(document)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(document), separators=(",", ":")).encode("ascii")
