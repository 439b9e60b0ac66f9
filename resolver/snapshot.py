"""Snapshots: a whole engine as bytes that are either read back exactly or refused.

Layout: magic, format version, encoding (one byte each after the magic), a 32-byte digest of these two and the
payload, then the payload: one document, in MessagePack. Text that UTF-8 cannot hold (a lone surrogate in a
value) is rare, and such a document is written as ASCII JSON instead.
"""

import hashlib
import json
import warnings
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import msgspec

from resolver.callbacks import OwnIds
from resolver.errors import InvalidSettings, InvalidSnapshot, OtherVersions
from resolver.names import Match, Milliseconds, OnInvalid, ProfileId
from resolver.rules.rulebook import Rulebook
from resolver.settings import Settings
from resolver.state import State
from resolver.structures.record import Record, id_of
from resolver.versions import COMPILED, versions

MAGIC = b"resolver"
FORMAT = 2
_MSGPACK, _JSON = b"M", b"J"
_DIGEST = 32
_HEADER = len(MAGIC) + 2 + _DIGEST


class Document(msgspec.Struct, array_like=True):
    """What a snapshot holds; an array, so that field names cost nothing."""

    versions: dict[str, str]
    settings: dict[str, Any]
    default_region: str
    on_invalid: OnInvalid
    match: Match
    own_normalizers: list[str]
    number: int
    at: Milliseconds
    settled: bool
    profiles: list[Record]
    aliases: list[tuple[ProfileId, list[tuple[Milliseconds, int, ProfileId]]]]
    deleted: list[ProfileId]
    normal: bool


def encode(state: State, *, default_region: str, on_invalid: OnInvalid, match: Match) -> bytes:
    """Give the snapshot of a state and its engine's options. O(values held)."""
    document = Document(
        versions=versions(),
        settings=state.book.settings.to_json(),
        default_region=default_region,
        on_invalid=on_invalid,
        match=match,
        own_normalizers=sorted(state.book.normalizers.own),
        number=state.number,
        at=state.at,
        settled=state.settled,
        profiles=sorted(state.profiles.values()),
        aliases=[(canonical, state.merges.births(canonical)) for canonical in sorted(state.merges.groups())],
        deleted=list(state.deleted),
        normal=state.normal,
    )
    try:
        encoding, payload = _MSGPACK, msgspec.msgpack.encode(document)
    except UnicodeEncodeError:
        builtin = msgspec.to_builtins(document)
        encoding, payload = _JSON, json.dumps(builtin, separators=(",", ":")).encode("ascii")
    head = bytes([FORMAT]) + encoding
    return MAGIC + head + _digest(head, payload) + payload


def decode(snapshot: bytes) -> Document:
    """Give the document in a snapshot; ``InvalidSnapshot`` unless every byte is as it was written."""
    if not isinstance(snapshot, bytes | bytearray | memoryview):
        raise InvalidSnapshot(f"a {type(snapshot).__name__} is no snapshot; expected bytes")
    snapshot = bytes(snapshot)
    if not snapshot.startswith(MAGIC):
        raise InvalidSnapshot("these bytes are no snapshot: they do not begin as one")
    if len(snapshot) < _HEADER:
        raise InvalidSnapshot(f"the snapshot is cut off: {len(snapshot)} bytes do not even hold its header")
    head, payload = snapshot[len(MAGIC) : len(MAGIC) + 2], snapshot[_HEADER:]
    if head[0] != FORMAT:
        raise InvalidSnapshot(f"the snapshot has format {head[0]}; this version reads format {FORMAT}")
    if snapshot[len(MAGIC) + 2 : _HEADER] != _digest(head, payload):
        raise InvalidSnapshot("the snapshot is damaged: its checksum does not fit its contents")
    try:
        if head[1:] == _JSON:
            return msgspec.convert(json.loads(payload), Document)
        return msgspec.msgpack.decode(payload, type=Document)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InvalidSnapshot(f"the snapshot's contents are not those of an engine: {error}") from error


def restored_state(
    document: Document,
    rulebook_for: Callable[[Settings], Rulebook],
    own_normalizers: set[str],
    ids: OwnIds | None,
) -> State:
    """Rebuild the state, indexes included; warn where library versions differ. O(values held)."""
    missing = sorted(set(document.own_normalizers) - own_normalizers)
    if missing:
        raise InvalidSnapshot(f"the snapshot needs normalizers {missing} that were not given")
    try:
        return _rebuilt(document, rulebook_for, ids)
    except (InvalidSettings, LookupError, TypeError) as error:
        raise InvalidSnapshot(f"the snapshot's contents do not fit together: {error}") from error


def _rebuilt(document: Document, rulebook_for: Callable[[Settings], Rulebook], ids: OwnIds | None) -> State:
    state = State(Settings.from_json(document.settings), rulebook_for, ids)
    for place, kind in enumerate((int, int, str)):  # created at, number, id
        if set(map(type, map(itemgetter(place), document.profiles))) - {kind}:
            raise TypeError(f"expected {kind.__name__} in place {place} of every profile")
    state.index_profiles(document.profiles)
    for canonical, births in document.aliases:
        survivor = id_of(state.profiles[canonical])
        for birth in births:
            state.merges.union(survivor, birth)
    state.deleted = dict.fromkeys(document.deleted)
    state.number, state.at, state.settled = document.number, document.at, document.settled
    state.normal = document.normal and document.versions == versions()
    state.numbered = ids is None and state.later_ids_are_free()
    state.index_rules()
    _warn_of_other_versions(document.versions)
    return state


def _warn_of_other_versions(then: dict[str, str]) -> None:
    now = versions()
    other = [f"{name} {then.get(name)} (now {now[name]})" for name in now if then.get(name) != now[name]]
    if other:
        level = 4 if COMPILED else 5  # a compiled Engine.restore has no frame
        warnings.warn(f"the snapshot was made with {', '.join(other)}", OtherVersions, stacklevel=level)


def _digest(head: bytes, payload: bytes) -> bytes:
    return hashlib.blake2b(head + payload, digest_size=_DIGEST).digest()
