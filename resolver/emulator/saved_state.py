"""Whole states: documents that a service is exported to and imported from, and the seed that it begins with.

A document is JSON that people can read and compare: the facts of each store, one a line, from which its profiles are
rebuilt (I6), and what the emulator keeps beside them. It holds no operations, and no clock.
"""

import gc
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from resolver.emulator.entries import Entry, Kind, encode_json
from resolver.emulator.http_messages import BYTE_ORDER_MARK
from resolver.emulator.routing import is_store_id
from resolver.emulator.store import MOST_STORES, NewId, Store, StoreDump
from resolver.errors import InvalidSnapshot, ResolverError
from resolver.facts import AnyFact, decode_fact
from resolver.names import Milliseconds, OnInvalid
from resolver.simulate import Run, replay

if TYPE_CHECKING:
    from resolver.emulator.service import Service

VERSION = 1
"""The version of documents that are written, the only one that is read."""

_LARGE = 1024 * 1024
"""Bytes of a document from which on a look through all that it holds would stop the threads for 10 ms."""

_ENTRY = 1000
"""Facts in one entry, about."""

_log = logging.getLogger("resolver.emulator")


_REBUILT = ("engine", "births", "facts")
"""What a document has no field for, since the facts have it, and the facts, which stand last."""

_StoreState: Any = msgspec.defstruct(
    "StoreState",
    [
        *((each.name, each.type) for each in msgspec.structs.fields(StoreDump) if each.name in ("record", "traits")),
        ("facts", list[msgspec.Raw]),
        *(
            (each.name, each.type, each.default_factory() if each.default is msgspec.NODEFAULT else each.default)
            for each in msgspec.structs.fields(StoreDump)
            if not each.required and each.name not in _REBUILT
        ),
    ],
    rename="camel",
    forbid_unknown_fields=True,
)
"""A store in a document: the fields of its dump, but for what is rebuilt."""


class _Document(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    resolver_state: int
    number: int
    deleted: list[str]
    stores: list[_StoreState]


@attrs.frozen(eq=False)
class SavedState:
    """What a document holds: its stores, rebuilt; those that had been deleted; the last number that an id came from."""

    document: bytes
    number: int
    deleted: frozenset[str]
    stores: dict[str, Store]


def export(number: int, deleted: Iterable[str], stores: Iterable[Store]) -> Callable[[], bytes]:
    """Return what makes a document of the stores as they are now, whenever it is called and in any thread.

    The same state gives the same bytes. O(facts), with a small constant, and at the call O(everything).
    """
    gone = sorted(deleted)
    pictures = [store.picture(has_engine=False) for store in stores]

    def document() -> bytes:
        head = f'{{"resolverState":{VERSION},"number":{number},"deleted":'.encode() + encode_json(gone)
        return b"".join((head, b',"stores":[', b",".join(_written(picture()) for picture in pictures), b"\n]}\n"))

    return document


def _written(dump: StoreDump) -> bytes:
    """Return a store as it stands in a document: one entry of a list on a line."""
    parts = []
    for each in msgspec.structs.fields(StoreDump):
        if each.name in _REBUILT:
            continue
        value = getattr(dump, each.name)
        written = _lines(map(encode_json, value)) if isinstance(value, list) else encode_json(value)
        parts.append(b'\n"%s":%s' % (_key(each.name).encode(), written))
    parts.append(b'\n"facts":' + _lines(dump.facts))
    return b"\n{" + b",".join(parts) + b"}"


def _key(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _lines(entries: Iterable[bytes]) -> bytes:
    lines = b",\n".join(entries)
    return b"[\n%s]" % lines if lines else b"[]"


def read_state(document: bytes, new_id: NewId | None = None) -> SavedState:
    """Return what a document holds; ``InvalidSnapshot`` says what is wrong with it. O(everything)."""
    stores = {}
    with _no_collections(is_large=len(document) > _LARGE):
        read = _read(document)
        for place, state in enumerate(read.stores):
            try:
                stores[state.record.id] = _rebuilt(state, new_id)
            except (ResolverError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
                raise InvalidSnapshot(f"stores[{place}]: it cannot be rebuilt: {error!r}") from error
    return SavedState(document, read.number, frozenset(read.deleted), stores)


@contextmanager
def _no_collections(*, is_large: bool) -> Iterator[None]:
    """Collect no garbage meanwhile: nothing of what is built is any, and to look through it stops all threads.

    What *is_large* is not looked through later either. It is freed as ever once nobody refers to it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_large:
            gc.freeze()
        if was_enabled:
            gc.enable()


def store_ids_of(document: bytes) -> tuple[str, ...]:
    """Return the ids of the stores in a document; ``InvalidSnapshot`` for what is none. O(its length)."""
    return tuple(store.record.id for store in _read(document).stores)


def _read(document: bytes) -> _Document:
    try:
        read = msgspec.json.decode(document.removeprefix(BYTE_ORDER_MARK), type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidSnapshot(f"this is no state of an emulator: {error}") from None
    if read.resolver_state != VERSION:
        raise InvalidSnapshot(f"resolverState: {read.resolver_state} is not known; expected {VERSION}")
    _check_records([store.record for store in read.stores])
    return read


def _check_records(records: Sequence[Any]) -> None:
    if len(records) > MOST_STORES:
        raise InvalidSnapshot(f"stores: {len(records)} are too many; expected at most {MOST_STORES}")
    for name, values in (
        ("id", [record.id for record in records]),
        ("displayName", [record.display_name for record in records]),
    ):
        for place, value in enumerate(values):
            if value in values[:place]:
                raise InvalidSnapshot(f"stores[{place}].record.{name}: {value!r} occurs twice; expected one of its own")
            if name == "id" and not is_store_id(value):
                raise InvalidSnapshot(f"stores[{place}].record.id: {value!r} is not allowed; expected a store id")


def _rebuilt(state: Any, new_id: NewId | None) -> Store:
    """Return a store with the profiles that its facts make, and with all that stands beside them."""
    fresh = Store(state.record, new_id)
    facts = [bytes(fact) for fact in state.facts]
    for start in range(0, len(facts), _ENTRY):
        at = state.record.created_at
        piece = tuple(map(decode_fact, facts[start : start + _ENTRY]))
        fresh.fold(Entry(sequence=0, kind=Kind.SEEDED, at=at, store=state.record.id, facts=piece))
        time.sleep(0)  # an event loop in another thread has its turn
    rebuilt = fresh.dump()
    beside = {name: getattr(state, name) for name in state.__struct_fields__ if name not in ("record", "facts")}
    return Store.load(msgspec.structs.replace(rebuilt, **beside), new_id)


class Seed:
    """Fills the first store of a service with a history, unless that store has data already.

    Unreadable identifiers are dropped and rejected lines left out, as in a replay; the log says how many. The facts of
    the replay are remembered, so that a reset leads to the same ids again and does not read the history twice.
    """

    def __init__(self, history: Iterable[Any]) -> None:
        self._history = history
        self._facts: Sequence[list[AnyFact]] = ()
        self._replayed_under: tuple[Any, ...] | None = None

    def __call__(self, service: "Service", at: Milliseconds) -> Sequence[Entry]:
        """Seed the first store, and return the entries. O(facts), and the first time O(history)."""
        store_id = service.options.stores[0].id
        if store_id in service.deleted:
            _log.warning("store %s was deleted; it was not seeded", store_id)
            return ()
        store = service.stores[store_id]
        if store.fact_log.facts:
            _log.warning("store %s has data already; it was not seeded", store_id)
            return ()
        record = store.record
        under = (store.engine.settings, record.on_invalid, record.match, record.default_region)
        if self._replayed_under != under:
            run = replayed(self._history, service, store)
            self._facts, self._replayed_under = list(_pieces(run.facts)), under
            if run.summary.rejected:
                _log.warning("seed: %s", _rejected(run))
        return [service.accept(Kind.SEEDED, at, store_id, facts=facts) for facts in self._facts]


def _rejected(run: Run) -> str:
    """Return how many lines were rejected and why most of them, without a value of theirs."""
    worst = run.summary.most_frequent_rejection
    assert worst is not None
    return (
        f"{run.summary.rejected} of {run.summary.lines} lines were rejected; most frequent reason: {worst.reason}, "
        f"first in line {worst.line}; resolver replay shows more"
    )


def replayed(history: Iterable[Any], service: "Service", store: Store) -> Run:
    """Replay a history as a store would have it; ``InvalidHistory`` if it cannot be read. The store stays as it is."""
    record = store.record
    return replay(
        history,
        store.engine.settings,
        new_id=service.options.ids.profile,
        on_invalid=OnInvalid.DROP if record.on_invalid == OnInvalid.REFUSE else record.on_invalid,
        match=record.match,
        default_region=record.default_region,
    )


def _pieces(facts: Iterable[AnyFact]) -> Iterator[list[AnyFact]]:
    """Return facts in pieces that do not part the facts of one command."""
    piece: list[AnyFact] = []
    for _, told in groupby(facts, lambda fact: fact.command):
        piece.extend(told)
        if len(piece) >= _ENTRY:
            yield piece
            piece = []
    if piece:
        yield piece
