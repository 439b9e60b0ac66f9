"""Replay: one history under one set of settings, from an empty store.

>>> history = [
...     {"ref": "web:1", "at": 1, "identifiers": {"email": "ada@example.com"}},
...     {"ref": "call:2", "at": 2, "identifiers": {"phone": "317-555-6789"}},
...     {"op": "add", "at": 3, "profile": "ref:call:2", "idType": "email", "value": "ADA@example.com"},
... ]
>>> run = replay(history)
>>> run.assignments["web:1"] == run.assignments["call:2"], run.summary.merges
(True, 1)
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from resolver.commands import AnyCommand, Command, Resolve
from resolver.engine import Engine
from resolver.errors import InvalidIdentifier, ProfileNotFound, ResolverError
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    Outcome,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.history import History, Record, Records, records_for, records_of
from resolver.history.opening import ArrowStream
from resolver.names import Match, Milliseconds, OnInvalid, ProfileId, RefusalReason, Status
from resolver.settings import Settings
from resolver.simulate.collector import rarely_collecting
from resolver.simulate.engine_options import checked_options
from resolver.simulate.entries import entry_of
from resolver.simulate.fingerprint import Fingerprint
from resolver.simulate.hints import Reading
from resolver.simulate.original import original
from resolver.simulate.prepared import values_of
from resolver.simulate.run import Run
from resolver.simulate.spool import Rejection, Spool
from resolver.simulate.summary import REASONS, Reasons, Summary, reason_of
from resolver.simulate.without import Absent
from resolver.versions import versions

if TYPE_CHECKING:
    from resolver.bulk import Interned

REF = "ref:"
EVERY = 1000

Progress = Callable[[int, int | None, int | None], None]
"""Called now and then with the lines read, the bytes read, and the bytes there are."""


def replay(
    history: "Iterable[Any] | ArrowStream | Interned",
    settings: Settings | None = None,
    *,
    without: Sequence[str] = (),
    progress: Progress | None = None,
    engine: Callable[..., Any] = Engine,
    **engine_options: Any,
) -> Run:
    """Replay a history and give the run.

    *history* is a ``History`` from ``read_history``; or any iterable of commands or of dicts shaped as a JSON line; or
    a data frame, or whatever else gives a stream of Arrow (``read_history`` reads such too, with options).
    An ``Interned`` one (``resolver.bulk``) is replayed in bulk where that covers the settings. *engine_options* are
    those of ``Engine``; ``on_invalid`` is ``drop`` unless given. A line that cannot be understood or is
    refused is rejected: counted, kept in ``Run.rejected``, and never the end of the run.

    *without* supposes that some things never were: ``email=info@example.com`` a value, in any form of it;
    ``ref:crm:17`` the lines of a ref, and the commands that name it. Lines keep their numbers. ``ValueError`` for
    a value or ref that the history does not have, with those that are like it.

    *engine* makes the store: ``engine(settings, **engine_options)`` gives one with the commands and questions of
    ``Engine``, which is ``Run.engine``. ``Reference`` is one; to replace a rule of it, give a ``functools.partial``.

    >>> from functools import partial
    >>> from resolver.reference import Reference
    >>> latest = partial(Reference, survivor=lambda profiles: profiles[-1])
    >>> history = [{"identifiers": {"email": "a@example.com"}}, {"identifiers": {"phone": "317-555-6789"}}]
    >>> history.append({"identifiers": {"email": "a@example.com", "phone": "317-555-6789"}})
    >>> [replay(history, engine=each).assignments["line:1"][-1] for each in (Engine, Reference, latest)]
    ['1', '1', '2']

    Raises ``InvalidHistory`` if the history cannot be read as a whole, ``InvalidSettings`` for settings and the values
    of options, ``TypeError`` for an option that there is none of, naming the one or the function that was meant. Memory
    grows with the state and the assignments only, but for an ``Interned`` history, which is in memory.
    """
    options = checked_options(replay, engine_options)
    # An Interned one's, known by its class: what that is stands beside simulate, and uses it.
    in_bulk = getattr(type(history), "in_bulk", None)
    if in_bulk is not None and not without and engine is Engine:
        done: Run | None = in_bulk(history, settings, engine_options)
        if done is not None:
            if progress is not None:
                progress(done.summary.lines, *_bytes(done.history))
            return done
    given = records_of(original(history))
    store = engine(settings, **options)
    first_settings = store.settings
    absent = Absent(without, options.get("default_region", "US"), options.get("normalizers")) if without else None
    records = records_for(given, first_settings.id_types)
    sorted_by_time = isinstance(records, History) and records.is_sorted
    fingerprint = Fingerprint(records)
    with rarely_collecting(), contextlib.closing(_Replayer(store, absent)) as replayer:
        for position, record in enumerate(records, 1):
            fingerprint.take(record)
            replayer.take(record, position if sorted_by_time else record.line)
            if progress is not None and position % EVERY == 0:
                progress(position, *_bytes(records))
        if progress is not None:
            progress(replayer.totals["lines"], *_bytes(records))
    assignments = replayer.assignments()
    run = Run(
        store,
        assignments,
        replayer.summary(assignments, engine_options, records),
        replayer.spool,
        history=given,
        settings=first_settings,
        options=options,
        elsewhere=replayer.elsewhere(assignments),
        is_sorted=sorted_by_time,
        fingerprint=fingerprint.value,
        make_engine=engine,
    )
    if absent is not None:
        absent.check(run)
    return run


class _Replayer:
    """Feeds records to an engine and keeps the books."""

    def __init__(self, engine: Engine, absent: Absent | None = None) -> None:
        self.engine = engine
        self.absent = absent
        self.spool = Spool()
        self.totals: Counter[str] = Counter()
        self.reasons = Reasons()
        self.refusals: Counter[str] = Counter({str(reason): 0 for reason in RefusalReason})
        self.profile_of: dict[str, ProfileId] = {}
        self.former: dict[str, dict[ProfileId, None]] = {}
        self.latest: Milliseconds | None = None

    def close(self) -> None:
        """Close the files; what was written stays."""
        self.spool.close()

    def take(self, record: Record, number: int) -> None:
        """Execute one record, or reject it."""
        self.totals["lines"] += 1
        command = record.command
        if command is None:
            assert record.error is not None
            self._reject(record, record.error, record.reason or reason_of(record.error))
            return
        if self.absent is not None:
            command = self.absent.taken_out_of(command, _ref_of(record), self.engine.settings)
            if command is None:
                self.totals["left out"] += 1
                return
        self._watch_time(command)
        try:
            outcome = self.engine.execute(self._naming_ids(command), number=number)
        except ResolverError as error:
            empty = isinstance(command, Resolve) and not command.identifiers
            self._reject(record, error, "no identifier" if empty else reason_of(error))
            self.spool.refused(entry_of(record, command, number, _ref_of(record), None))
            return
        self._apply(record, command, number, outcome)

    def _naming_ids(self, command: AnyCommand) -> AnyCommand:
        """Put the id of its profile in the place of a ``ref:`` name."""
        if type(command) is Resolve:
            return command
        named = getattr(command, "profile_id", None)
        if not isinstance(named, str) or not named.startswith(REF):
            return command
        ref = named[len(REF) :]
        profile_id = self.profile_of.get(ref)
        if profile_id is None:
            raise ProfileNotFound(f"no applied record before this line has the ref {ref!r}")
        if profile_id not in self.engine:
            raise ProfileNotFound(f"the profile of ref {ref!r} was deleted before this line")
        renamed: AnyCommand = msgspec.structs.replace(command, profile_id=profile_id)
        return renamed

    def _watch_time(self, command: Command) -> None:
        at = getattr(command, "at", None)
        if isinstance(at, int):
            if self.latest is not None and at < self.latest:
                self.totals["late"] += 1
            else:
                self.latest = at

    def _apply(self, record: Record, command: AnyCommand, number: int, outcome: Outcome) -> None:
        self.totals["applied"] += 1
        self.totals[outcome.status] += 1
        ref = _ref_of(record)
        if ref is not None and outcome.profile_id is not None:
            self._assign(ref, outcome.profile_id)
        self.spool.applied(entry_of(record, command, number, ref, outcome, self.spool.place), outcome.facts)
        for fact in outcome.facts:
            if type(fact) is not IdentifierAdded and type(fact) is not ProfileCreated:
                self._count(fact, record)

    def _assign(self, ref: str, profile_id: ProfileId) -> None:
        before = self.profile_of.get(ref)
        if before is not None and before != profile_id:
            self.former.setdefault(ref, {})[before] = None
        self.profile_of[ref] = profile_id

    def _count(self, fact: AnyFact, record: Record) -> None:
        if isinstance(fact, ProfilesMerged):
            self.totals["merges"] += 1
            self.totals["absorbed"] += len(fact.absorbed)
        elif isinstance(fact, IdentifierEvicted):
            self.totals["evictions"] += 1
        elif isinstance(fact, IdentifierRefused):
            self.refusals[fact.reason] += 1
            if fact.reason is RefusalReason.INVALID:
                self._drop(fact, record)

    def _drop(self, fact: IdentifierRefused, record: Record) -> None:
        reason = REASONS[InvalidIdentifier]
        self.reasons.drop(record.line, fact.id_type, fact.value)
        configs = self.engine.settings.identifier_configs
        normalization = next(config.normalization for config in configs if config.id_type == fact.id_type)
        self.spool.rejected(
            Rejection(
                record.line,
                reason,
                InvalidIdentifier.__name__,
                f"normalization {normalization!r} cannot read it",
                id_type=fact.id_type,
                value=fact.value,
            )
        )

    def _reject(self, record: Record, error: ResolverError, reason: str) -> None:
        self.totals["rejected"] += 1
        self.reasons.reject(record.line, str(reason), error, values_of(record.command))
        self.spool.rejected(Rejection(record.line, str(reason), type(error).__name__, str(error), raw=record.raw))

    def assignments(self) -> dict[str, ProfileId]:
        """Give where each ref is at the end."""
        engine = self.engine
        named = dict.fromkeys(self.profile_of.values())
        living = {profile_id: engine.canonical_id(profile_id) for profile_id in named if profile_id in engine}
        return {ref: living[profile_id] for ref, profile_id in self.profile_of.items() if profile_id in living}

    def elsewhere(self, assignments: Collection[str]) -> dict[str, tuple[ProfileId, ...]]:
        """Give where the lines of a ref ended, where that was several profiles or one that is gone; the latest last."""
        gone = (ref for ref in self.profile_of if ref not in assignments)
        return {ref: (*self.former.get(ref, ()), self.profile_of[ref]) for ref in dict.fromkeys([*self.former, *gone])}

    def summary(
        self, assignments: Mapping[str, ProfileId], engine_options: dict[str, Any], records: History | Records
    ) -> Summary:
        """Sum up."""
        engine = self.engine
        groups = Counter(assignments.values())
        sizes = _sizes_of(engine)
        totals = self.totals
        return Summary(
            lines=totals["lines"],
            applied=totals["applied"],
            rejected=totals["rejected"],
            left_out=totals["left out"],
            left_out_identifiers=0 if self.absent is None else self.absent.identifiers,
            without=() if self.absent is None else self.absent.texts,
            dropped_identifiers=self.refusals[RefusalReason.INVALID],
            profiles=len(engine),
            created=totals[Status.CREATED],
            updated=totals[Status.UPDATED],
            unchanged=totals[Status.UNCHANGED],
            deleted=totals[Status.DELETED],
            merges=totals["merges"],
            absorbed=totals["absorbed"],
            evictions=totals["evictions"],
            refusals=self.refusals.total(),
            refusals_by_reason=dict(self.refusals),
            identifiers=sum(sizes),
            largest_profile=max(sizes, default=0),
            refs=len(assignments),
            largest_group=max(groups.values(), default=0),
            refs_in_several_profiles=sum(map(self._is_in_several, self.former)),
            refs_of_deleted_profiles=len(self.profile_of) - len(assignments),
            out_of_time_order=totals["late"],
            rejected_by_reason=dict(sorted(self.reasons.counts.items())),
            most_frequent_rejection=self.reasons.most_frequent(Reading.of(records, engine_options, engine.settings)),
            ignored_columns=tuple(records.ignored),
            settings=engine.settings.to_json(),
            options={name: str(engine_options.get(option, default)) for name, option, default in _OPTIONS},
            versions=versions(),
            suggested_map=records.near if isinstance(records, History) else (),
            split_cells=records.split_cells if isinstance(records, History) else 0,
            files=records.spans if isinstance(records, History) else (),
        )

    def _is_in_several(self, ref: str) -> bool:
        ids = [*self.former[ref], self.profile_of[ref]]
        return len({self.engine.canonical_id(profile_id) for profile_id in ids if profile_id in self.engine}) > 1


def _sizes_of(store: Any) -> list[int]:
    """How many values each profile holds; an engine counts, any other store is asked."""
    if isinstance(store, Engine):
        return store._sizes()
    return [sum(map(len, store.identifiers(profile_id).values())) for profile_id in store.profiles()]


def _ref_of(record: Record) -> str | None:
    """Give the ref of a record; a resolve without one is named by its line."""
    if record.ref is None and type(record.command) is Resolve:
        return f"line:{record.line}"
    return record.ref


_OPTIONS = (
    ("match", "match", Match.ALL),
    ("onInvalid", "on_invalid", OnInvalid.DROP),
    ("defaultRegion", "default_region", "US"),
)


def _bytes(records: Any) -> tuple[int | None, int | None]:
    return (records.position, records.size) if isinstance(records, History) else (None, None)
