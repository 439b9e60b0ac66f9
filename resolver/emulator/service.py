"""The service: all stores, their operations, and the one order in which everything was accepted."""

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import attrs
import msgspec

from resolver.emulator.entries import Entry, Kind, MemoryWrite, Operation, StoreRecord, TraitGroupWrite, TraitWrite
from resolver.emulator.faults import RuntimeFaults
from resolver.emulator.http_messages import Request
from resolver.emulator.monitoring import RequestLog
from resolver.emulator.saved_state import SavedState, export, read_state
from resolver.emulator.store import MOST_STORES, Store, StoreDump
from resolver.emulator.time_and_ids import Clock, Ids
from resolver.errors import InvalidSnapshot
from resolver.facts import AnyFact
from resolver.names import Milliseconds

KEPT = 7 * 24 * 3600 * 1000
"""How long an operation can be asked about, in milliseconds."""

DEFAULT_NAME = "default"
"""The display name of the first of the first stores; the others have a number after it."""

_log = logging.getLogger("resolver.emulator")

_MOST_DUE = 20
"""Entries that a read shows within milliseconds, before it answers."""

_MAGIC = b"resolver-service\x01"
_DIGEST = 32


@attrs.frozen
class Options:
    """What a service is told once: its clock, its ids, and what it begins with.

    *stores* are there from the beginning and again after a reset; *seed* fills them and returns the entries; *state* is
    a document that it begins with instead. Stores created later take the settings and engine options of *template*.
    *delay_ms* holds back what reads show; *follow* lets an alias stand for its profile, where the service would
    redirect; *metrics* gives the text of ``/metrics`` for a request. *requests* remembers what was asked, *faults* are
    what it is answered with instead.
    """

    clock: Clock
    ids: Ids
    stores: tuple[StoreRecord, ...] = ()
    template: StoreRecord = attrs.field(factory=lambda: StoreRecord("", "", 0))
    delay_ms: int = 0
    follow: bool = False
    metrics: Callable[[Request], str] = lambda _: ""
    seed: "Callable[[Service, Milliseconds], Sequence[Entry]] | None" = None
    state: bytes | None = None
    requests: RequestLog = attrs.field(factory=RequestLog)
    faults: RuntimeFaults = attrs.field(factory=RuntimeFaults)

    def states(self, document: bytes | None = None) -> list[SavedState]:
        """Return the stores of a document, or of *state*: those of a service, and with a delay also those it shows.

        Raises ``InvalidSnapshot`` for what is no document. O(everything); in any thread.
        """
        document = document or self.state or b""
        return [read_state(document, self.ids.profile) for _ in range(2 if self.delay_ms else 1)]


class _Document(msgspec.Struct, array_like=True):
    sequence: int
    stores: list[StoreDump]
    operations: list[Operation]
    deleted: list[str] = []
    skipped: int = 0


class Service:
    """Everything that was accepted, changed only by folding entries.

    What reads may show is ``shown()``: the service itself, or with a delay a second one that folds the same
    entries later, in order.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.sequence = 0
        self.stores: dict[str, Store] = {}
        self.operations: dict[str, Operation] = {}
        self.deleted: set[str] = set()
        """Stores that were deleted since the last reset: no restart brings them back."""
        self._skipped = 0
        self._imported: SavedState | None = None
        self._shown: Service | None = None
        self._hidden: deque[tuple[Milliseconds, Entry]] = deque()
        if options.delay_ms:
            self._shown = Service(attrs.evolve(options, delay_ms=0))

    # Changing

    def begin(self, at: Milliseconds, states: Sequence[SavedState] | None = None) -> list[Entry]:
        """Create the first stores that there have not been yet, and seed the first; return the entries.

        A service that has had no store yet begins with the state that it was told instead: *states*, if they were
        made before.

        They are shown at once. Raises ``ValueError`` if there would be more stores than an account may have; then
        nothing is created.
        """
        entries: list[Entry] = []
        if self.options.state is not None:
            if self.stores or self.deleted:
                _log.warning("there is data already; the state was not imported")
            else:
                entries = [self._take_over(states or self.options.states(), at)]
        missing = [record for record in self.options.stores if not self._has_had(record.id)]
        if len(self.stores) + len(missing) > MOST_STORES:
            named = f"{len(missing)} more {'is' if len(missing) == 1 else 'are'} named"
            raise ValueError(f"stores: there are {len(self.stores)}, and {named}; expected at most {MOST_STORES}")
        entries += [self._begun(record, at) for record in missing]
        if self.options.seed is not None:
            entries += self.options.seed(self, at)
        self.catch_up()
        return entries

    def _has_had(self, store_id: str) -> bool:
        return store_id in self.stores or store_id in self.deleted

    def _begun(self, record: StoreRecord, at: Milliseconds) -> Entry:
        """Create a first store, under the next default name if another store has its name."""
        taken = {store.record.display_name for store in self.stores.values()}
        names = (record.display_name, *(f"{DEFAULT_NAME}-{number}" for number in range(2, MOST_STORES + 2)))
        name = next(name for name in names if name not in taken)
        record = msgspec.structs.replace(record, display_name=name, created_at=at)
        return self.accept(Kind.STORE_CREATED, at, record.id, record=record)

    def reset(self, at: Milliseconds, states: Sequence[SavedState] | None = None) -> list[Entry]:
        """Forget everything and begin anew; return the entries. It is shown at once."""
        return [self.accept(Kind.RESET, at), *self.begin(at, states)]

    def import_state(self, states: Sequence[SavedState], at: Milliseconds) -> list[Entry]:
        """Put a saved state in the place of everything, and return the entries. It is shown at once. O(1).

        *states* is what ``Options.states`` made of a document. First stores that are not in it are as deleted: no
        restart brings them back.
        """
        entry = self._take_over(states, at)
        missing = [record.id for record in self.options.stores if not self._has_had(record.id)]
        return [entry, *(self.accept(Kind.STORE_DELETED, at, store_id) for store_id in missing)]

    def _take_over(self, states: Sequence[SavedState], at: Milliseconds) -> Entry:
        self.catch_up()
        self._imported = states[0]
        if self._shown is not None:
            self._shown._imported = states[1]
        entry = self.accept(Kind.IMPORTED, at, state=states[0].document)
        self.catch_up()
        return entry

    @property
    def next_number(self) -> int:
        """The number that the next new id is made from, greater than those of all there is; a state brings its own."""
        return self.sequence + self._skipped + 1

    def export(self) -> Callable[[], bytes]:
        """Return what makes a document of everything for ``import_state``, whenever it is called and in any thread."""
        return export(self.next_number - 1, self.deleted, self.stores.values())

    def accept(
        self,
        kind: Kind,
        at: Milliseconds,
        store: str = "",
        *,
        facts: Sequence[AnyFact] = (),
        traits: Sequence[TraitWrite] = (),
        memories: Sequence[MemoryWrite] = (),
        trait_groups: Sequence[TraitGroupWrite] = (),
        record: StoreRecord | None = None,
        operation: Operation | None = None,
        state: bytes = b"",
    ) -> Entry:
        """Make an entry of what was decided, fold it, and return it."""
        entry = Entry(
            sequence=self.sequence + 1,
            kind=kind,
            at=at,
            store=store,
            facts=tuple(facts),
            traits=tuple(traits),
            memories=tuple(memories),
            trait_groups=tuple(trait_groups),
            record=record,
            operation=operation,
            state=state,
        )
        self.fold(entry)
        return entry

    def fold(self, entry: Entry) -> None:
        """Make an entry true; it must be the next one. O(what it changed)."""
        if entry.sequence != self.sequence + 1:
            raise InvalidSnapshot(f"entry {entry.sequence} does not follow entry {self.sequence}")
        if entry.operation is not None:
            self._enter(entry.operation)
        match entry.kind:
            case Kind.RESET:
                self.stores.clear()
                self.operations.clear()
                self.deleted.clear()
            case Kind.STORE_CREATED:
                assert entry.record is not None
                self.deleted.discard(entry.store)
                self.stores[entry.store] = Store(entry.record, self.options.ids.profile)
            case Kind.STORE_CHANGED:
                assert entry.record is not None
                self.stores[entry.store].record = entry.record
            case Kind.STORE_DELETED:
                self.stores.pop(entry.store, None)
                self.deleted.add(entry.store)
            case Kind.IMPORTED:
                self._import(entry)
            case _:
                self.stores[entry.store].fold(entry)
        self.sequence = entry.sequence
        if self._shown is not None:
            self._hidden.append((self.options.clock.passed() + self.options.delay_ms, entry))

    def _import(self, entry: Entry) -> None:
        state, self._imported = self._imported, None
        if state is None or state.document is not entry.state:
            state = read_state(entry.state, self.options.ids.profile)
        self.stores, self.deleted = state.stores, set(state.deleted)
        self.operations.clear()
        self._skipped = state.number - entry.sequence

    def _enter(self, operation: Operation) -> None:
        """Enter an operation, and drop those that are too old to be asked about."""
        expired = operation.created_at - KEPT
        for other in [other for other in self.operations.values() if other.created_at < expired]:
            del self.operations[other.id]
        self.operations[operation.id] = operation

    # Reading

    def shown(self) -> "Service":
        """Return what reads show now: every entry whose delay has passed since it was accepted.

        A clock that was ahead and is released, or that steps back, holds nothing back for longer than that.
        """
        if self._shown is None:
            return self
        passed = self.options.clock.passed()
        while self._hidden and self._hidden[0][0] <= passed:
            self._shown.fold(self._hidden.popleft()[1])
        return self._shown

    @property
    def is_behind(self) -> bool:
        """Whether so many entries are due to be shown that the next read takes long."""
        return len(self._hidden) > _MOST_DUE and self._hidden[_MOST_DUE][0] <= self.options.clock.passed()

    def catch_up(self) -> None:
        """Show everything that was accepted."""
        while self._shown is not None and self._hidden:
            self._shown.fold(self._hidden.popleft()[1])

    # Whole services

    def dump(self) -> bytes:
        """Return everything that was accepted, for ``load``. O(everything)."""
        return self.picture()()

    def picture(self) -> Callable[[], bytes]:
        """Return what makes a dump of the service as it is now, whenever it is called and in any thread.

        That costs little now, and O(everything) at the call.
        """
        sequence, operations = self.sequence, list(self.operations.values())
        deleted, skipped = sorted(self.deleted), self._skipped
        stores = [store.picture() for store in self.stores.values()]
        return lambda: _encoded(_Document(sequence, [dump() for dump in stores], operations, deleted, skipped))

    @classmethod
    def load(cls, dump: bytes, options: Options) -> "Service":
        """Return a service, everything shown; ``InvalidSnapshot`` unless every byte is as it was written."""
        service = cls._loaded(dump, options)
        if options.delay_ms:
            service._shown = cls._loaded(dump, attrs.evolve(options, delay_ms=0))
        return service

    @classmethod
    def _loaded(cls, dump: bytes, options: Options) -> "Service":
        if not dump.startswith(_MAGIC):
            raise InvalidSnapshot("these bytes are no dump of a service: they do not begin as one")
        head = len(_MAGIC) + _DIGEST
        payload = dump[head:]
        if dump[len(_MAGIC) : head] != hashlib.blake2b(payload, digest_size=_DIGEST).digest():
            raise InvalidSnapshot("the dump is damaged: its checksum does not fit its contents")
        document = msgspec.msgpack.decode(payload, type=_Document)
        service = cls(options)
        service.sequence = document.sequence
        service.stores = {store.record.id: Store.load(store, options.ids.profile) for store in document.stores}
        service.operations = {operation.id: operation for operation in document.operations}
        service.deleted, service._skipped = set(document.deleted), document.skipped
        return service


def _encoded(document: _Document) -> bytes:
    payload = msgspec.msgpack.encode(document)
    return b"".join((_MAGIC, hashlib.blake2b(payload, digest_size=_DIGEST).digest(), payload))


def rebuilt(dump: bytes | None, entries: Iterable[Entry], options: Options) -> Service:
    """Return the service that a dump and the entries after it make, everything shown. O(what they hold)."""
    service = Service(options) if dump is None else Service.load(dump, options)
    for entry in entries:
        service.fold(entry)
    service.catch_up()
    return service
