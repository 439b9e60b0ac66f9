"""Snapshots: a whole engine as bytes that are either read back exactly or refused.

Layout: magic, format version, a checksum of the version and the payload, then the payload: one document in MessagePack.
It holds the kernel's columns in canonical form, so equal engines give equal bytes.

The checksum is CRC-32, for it is to notice damage: every change of up to 32 bits in a row, and any other but for one in
four billion. It is no seal against somebody who changes bytes on purpose, which no digest without a key is; contents
that contradict themselves are refused whatever it says. It takes a fifth of the time of a cryptographic digest.
"""

import json
import warnings
import zlib
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, cast

import msgspec

from resolver.errors import InvalidSnapshot, OtherVersions
from resolver.ids import number_of, numbered_id
from resolver.kernel import codes
from resolver.kernel.canonical import Columns, canonical, cut, rebuild, write_ends, write_lengths, zeros
from resolver.kernel.compounds import sharers_of
from resolver.kernel.rows import Column, CommandNumber, Moment, ProfileRow, TypeNumber
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import Tables, living_profiles
from resolver.names import IdType, Match, Milliseconds, OnInvalid, ProfileId, Value
from resolver.profiles import row_created_by
from resolver.rules.rulebook import Rulebook
from resolver.ruling import Ruling
from resolver.settings import Settings
from resolver.versions import COMPILED, versions

MAGIC = b"resolver"
FORMAT = 3
_CHECKSUM = 4
_DIGEST = 32
_HEADER = len(MAGIC) + 1 + _CHECKSUM
_NUMBERS = 1 << 63
_LONGEST_ID_TYPE = 30
_IS_LITTLE_ENDIAN = array("H", [1]).tobytes() == b"\x01\x00"


class Texts(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A list of texts: all of them in one piece of UTF-8, and the number of characters of each.

    A lone surrogate, which UTF-8 cannot hold, is written as if it were an ordinary character.
    """

    together: bytes
    lengths: bytes


class Document(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a snapshot holds; an array, so that field names cost nothing. Columns are little-endian integers."""

    versions: dict[str, str]
    settings: bytes
    default_region: str
    on_invalid: OnInvalid
    match: Match
    own_normalizers: Texts
    number: int
    at: Milliseconds
    settled: bool
    normal: bool
    id_types: Texts
    created_at: bytes
    created_by: bytes
    survivor: bytes
    own_id_rows: bytes
    own_ids: Texts
    sizes: bytes
    held: bytes
    added_at: bytes
    added_by: bytes
    kind_of_value: bytes
    values: Texts
    suppressed: bytes = b""
    """The digests of suppressed identifiers, 32 bytes each, ascending (P13)."""


def encode(tables: Tables, ruling: Ruling, *, default_region: str, on_invalid: OnInvalid, match: Match) -> bytes:
    """The snapshot of a store and its engine's options. O(values held)."""
    return as_bytes(_document(tables, ruling, default_region, on_invalid, match))


def _document(tables: Tables, ruling: Ruling, default_region: str, on_invalid: OnInvalid, match: Match) -> Document:
    id_types = sorted(id_type for id_type, kind in ruling.numbers.items() if tables.index[kind])
    numbers = array("i", [0]) * max(1, len(tables.index))
    for number, id_type in enumerate(id_types):
        numbers[ruling.numbers[id_type]] = number
    columns = canonical(tables, numbers)
    return Document(
        versions=versions(),
        settings=json.dumps(ruling.book.settings.to_json(), ensure_ascii=False).encode("utf-8", "surrogatepass"),
        default_region=default_region,
        on_invalid=on_invalid,
        match=match,
        own_normalizers=joined(sorted(ruling.book.normalizers.own)),
        number=tables.number,
        at=tables.at,
        settled=tables.settled,
        normal=tables.normal,
        id_types=joined(id_types),
        created_at=bytes_of(columns.created_at),
        created_by=bytes_of(columns.created_by),
        survivor=bytes_of(columns.survivor),
        own_id_rows=bytes_of(array("i", sorted(tables.own_ids))),
        own_ids=joined([tables.own_ids[row] for row in sorted(tables.own_ids)]),
        sizes=bytes_of(columns.sizes),
        held=bytes_of(columns.held),
        added_at=bytes_of(columns.added_at),
        added_by=bytes_of(columns.added_by),
        kind_of_value=bytes_of(columns.kind_of_value),
        values=joined(columns.texts),
        suppressed=bytes.fromhex("".join(sorted(tables.suppressed))),
    )


def as_bytes(document: Document) -> bytes:
    """The snapshot that has this document."""
    head, payload = bytes([FORMAT]), _packed(document)
    return b"".join([MAGIC, head, checksum(head, *payload), *payload])


def _packed(content: object) -> list[bytes | memoryview]:
    """A document in MessagePack, in pieces; a column is a piece as it is, so that it is copied once, by who joins them.

    >>> b"".join(_packed(Texts(b"ada", b"B3"))) == msgspec.msgpack.encode(Texts(b"ada", b"B3"))
    True
    """
    if isinstance(content, Document | Texts):
        parts = [getattr(content, name) for name in content.__struct_fields__]
        packed = [part for each in parts for part in _packed(each)]
        return [bytes([0x90 + len(parts)]) if len(parts) < 16 else b"\xdc" + len(parts).to_bytes(2, "big"), *packed]
    if isinstance(content, bytes | memoryview):
        size = len(content)
        if size < 1 << 8:
            return [bytes([0xC4, size]), content]
        return [b"\xc5" + size.to_bytes(2, "big") if size < 1 << 16 else b"\xc6" + size.to_bytes(4, "big"), content]
    return [msgspec.msgpack.encode(content)]


def decode(snapshot: bytes) -> Document:
    """The document in a snapshot; ``InvalidSnapshot`` unless every byte is as it was written."""
    if not isinstance(snapshot, bytes | bytearray | memoryview):
        raise InvalidSnapshot(f"a {type(snapshot).__name__} is not a snapshot; expected bytes")
    snapshot = bytes(snapshot)
    if not snapshot.startswith(MAGIC):
        raise InvalidSnapshot("these bytes are no snapshot: they do not begin as one")
    if len(snapshot) < _HEADER:
        raise InvalidSnapshot(f"the snapshot is cut off: {len(snapshot)} bytes do not even hold its header")
    head, payload = snapshot[len(MAGIC) : len(MAGIC) + 1], memoryview(snapshot)[_HEADER:]
    if head[0] != FORMAT:
        raise InvalidSnapshot(f"the snapshot has format {head[0]}; this version reads format {FORMAT}")
    if snapshot[len(MAGIC) + 1 : _HEADER] != checksum(head, payload):
        raise InvalidSnapshot("the snapshot is damaged: its checksum does not fit its contents")
    try:
        return msgspec.msgpack.decode(payload, type=Document)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidSnapshot(f"the snapshot's contents are not those of an engine: {error}") from error


def restored(
    document: Document, rulebook_for: Callable[[Settings], Rulebook], own_normalizers: set[str]
) -> tuple[Tables, Ruling]:
    """The store in a document, indexes included, and its settings; warns where library versions differ.

    ``InvalidSnapshot`` where contents contradict themselves. O(values held).
    """
    try:
        missing = sorted(set(apart(document.own_normalizers)) - own_normalizers)
        if missing:
            raise InvalidSnapshot(f"the snapshot needs normalizers {missing} that were not given")
        tables, ruling = _rebuilt(document, rulebook_for)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        if isinstance(error, InvalidSnapshot):
            raise
        raise InvalidSnapshot(f"the snapshot's contents do not fit together: {error}") from error
    _warn_of_other_versions(document.versions)
    return tables, ruling


def _rebuilt(document: Document, rulebook_for: Callable[[Settings], Rulebook]) -> tuple[Tables, Ruling]:
    if not 0 <= document.number < _NUMBERS or not -_NUMBERS <= document.at < _NUMBERS:
        raise ValueError(f"command {document.number} at {document.at} is out of range")
    settings = Settings.from_json(json.loads(document.settings.decode("utf-8", "surrogatepass")))
    id_types = _checked_id_types(apart(document.id_types))
    columns = Columns(
        created_at=column_of("q", document.created_at),
        created_by=column_of("q", document.created_by),
        survivor=column_of("i", document.survivor),
        sizes=column_of("i", document.sizes),
        held=column_of("i", document.held),
        added_at=column_of("q", document.added_at),
        added_by=column_of("q", document.added_by),
        kind_of_value=column_of("i", document.kind_of_value),
        texts=cast("list[Value]", apart(document.values)),
    )
    tables = rebuild(columns, len(id_types), CommandNumber(document.number))
    if not all(tables.index):
        raise ValueError("an idType has no value")
    _give_own_ids(tables, column_of("i", document.own_id_rows), apart(document.own_ids))
    tables.number, tables.at = CommandNumber(document.number), Moment(document.at)
    tables.suppressed = set(digests_of(document.suppressed))
    tables.settled = document.settled
    tables.normal = document.normal and document.versions == versions()
    ruling = Ruling(
        tables, settings, rulebook_for, {id_type: TypeNumber(kind) for kind, id_type in enumerate(id_types)}
    )
    ruling.put_in_force(tables)
    if tables.settled:
        _check_settled(tables, ruling)
    return tables, ruling


def _checked_id_types(id_types: list[IdType]) -> list[IdType]:
    if sorted(set(id_types)) != id_types or not all(2 <= len(each) <= _LONGEST_ID_TYPE for each in id_types):
        raise ValueError(f"idTypes {id_types} are out of order, or are none")
    return id_types


def _give_own_ids(tables: Tables, rows: "array[int]", own_ids: list[str]) -> None:
    """Enter the ids that are not those of the profiles' numbers; each is used once."""
    if len(rows) != len(own_ids) or any(one >= other for one, other in pairwise(rows)):
        raise ValueError("the ids do not fit their profiles")
    for row, own_id in zip(map(ProfileRow, rows), map(ProfileId, own_ids), strict=True):
        if not 0 <= row < tables.n_profiles or not own_id or own_id == numbered_id(tables.created_by[row]):
            raise ValueError(f"{own_id!r} is not an id of profile {row}")
        tables.own_ids[row] = own_id
        tables.rows_of_ids[own_id] = row
    for each in own_ids:
        number = number_of(each)
        other = row_created_by(tables, number) if number >= 0 else codes.NOBODY
        if other >= 0 and other not in tables.own_ids:
            raise ValueError(f"the id {each!r} is used twice")
    if len(tables.rows_of_ids) != len(own_ids):
        raise ValueError("an id is used twice")


def digests_of(content: bytes) -> list[str]:
    """The digests of suppressed identifiers, which stand in their order, each once."""
    digests = [content[start : start + _DIGEST].hex() for start in range(0, len(content), _DIGEST)]
    if len(content) % _DIGEST or any(one >= other for one, other in pairwise(digests)):
        raise ValueError("the suppressed identifiers are out of order, or are none")
    return digests


def _check_settled(tables: Tables, ruling: Ruling) -> None:
    """Check what a settled store is certain of (I1, I8)."""
    rules = ruling.rules
    for value in tables.sharers:
        if rules.unique[tables.kind[value]]:
            raise ValueError(f"{tables.text[value]!r} has several owners, and is said to have one")
    scratch = Scratch()
    for number in rules.compounds:
        for profile in living_profiles(tables):
            if sharers_of(tables, scratch, rules, number, profile) not in ([], [profile]):
                raise ValueError(f"profile {profile} satisfies a compound rule with another, and is said not to")


def _warn_of_other_versions(then: dict[str, str]) -> None:
    now = versions()
    other = [f"{name} {then.get(name)} (now {now[name]})" for name in now if then.get(name) != now[name]]
    if other:
        level = 3 if COMPILED else 4  # a compiled Engine.restore has no frame
        warnings.warn(f"the snapshot was made with {', '.join(other)}", OtherVersions, stacklevel=level)


# Columns and texts as bytes


def bytes_of(column: Column[Any, Any]) -> bytes:
    """A column as bytes: a view of it, if it has them in the right order."""
    content = memoryview(cast("array[int]", column))
    if not _IS_LITTLE_ENDIAN:
        swapped = array(content.format, content.tolist())
        swapped.byteswap()
        content = memoryview(swapped)
    return cast("bytes", content.cast("B"))


def column_of(code: str, content: bytes) -> "array[int]":
    """A column of integers, from its bytes."""
    column = array(code)
    column.frombytes(content)
    if not _IS_LITTLE_ENDIAN:
        column.byteswap()
    return column


def joined(texts: Sequence[str]) -> Texts:
    """Texts as a snapshot has them."""
    code, lengths = b"B", zeros("B", len(texts))
    if not write_lengths(texts, lengths):
        code, lengths = b"I", array("I", map(len, texts))
    together = "".join(texts).encode("utf-8", "surrogatepass")
    return Texts(together, b"".join([code, bytes_of(lengths)]))


def apart(texts: Texts) -> list[str]:
    """The texts that were joined; ``ValueError`` for what is none."""
    together = texts.together.decode("utf-8", "surrogatepass")
    code = texts.lengths[:1].decode("ascii")
    if code not in ("B", "I"):
        raise ValueError(f"{code!r} is not a kind of lengths")
    lengths = column_of(code, texts.lengths[1:])
    ends = zeros("q", len(lengths))
    if code == "B":
        write_ends(lengths, ends)
    else:
        ends = array("q", accumulate(lengths))
    if (ends[-1] if ends else 0) != len(together):
        raise ValueError("texts and their lengths do not fit")
    return cut(together, ends)


def checksum(*pieces: bytes | memoryview) -> bytes:
    """What stands before a payload, so that damage is noticed: of the format and the payload, in pieces."""
    found = 0
    for piece in pieces:
        found = zlib.crc32(piece, found)
    return found.to_bytes(_CHECKSUM, "little")
