"""One by one: the commands of a history executed on any store, and what became of each written down."""

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec

from resolver.columns.numbered import EVERY, ref_of
from resolver.columns.sources import Fingerprint
from resolver.commands import AnyCommand, Command, Resolve, values_of
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
from resolver.history import History, Record, Records
from resolver.memory import Memory
from resolver.names import Milliseconds, ProfileId, RefusalReason, Status, ref_in
from resolver.simulate.rejection_reasons import REASONS, Reading, Reasons, reason_of
from resolver.simulate.run import Run, rarely_collecting
from resolver.simulate.run_log import Recorded, RunLog
from resolver.simulate.settings_documents import options_in_force
from resolver.simulate.steps import Identifier, Rejection, Step, as_told, offered
from resolver.simulate.summary import Summary, by_reason, sizes_in
from resolver.simulate.without import Absent
from resolver.versions import versions


def one_by_one(
    records: History | Records,
    store: Any,
    make_store: Callable[..., Any],
    absent: Absent | None,
    progress: Callable[[int, int | None, int | None], None] | None,
    memory: Memory,
    options: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Run:
    """Replay records on a *store* that has the commands and questions of an engine; *make_store* makes such."""
    first_settings = store.settings
    sorted_by_time = isinstance(records, History) and records.is_sorted
    fingerprint = Fingerprint(records)
    memory.share = lambda: share_of(records)
    with rarely_collecting(), contextlib.closing(_Replayer(store, absent)) as replayer:
        for position, record in enumerate(records, 1):
            fingerprint.take(record)
            replayer.take(record, position if sorted_by_time else record.line)
            if position % EVERY == 0:
                memory.look(position)
                if progress is not None:
                    progress(position, *bytes_of(records))
        if progress is not None:
            progress(replayer.totals["lines"], *bytes_of(records))
    assignments = replayer.assignments()
    return Run(
        Recorded(
            replayer.log, store, first_settings, options, make_store, assignments, replayer.elsewhere(assignments)
        ),
        replayer.summary(assignments, given, records),
        history=records,
        is_sorted=sorted_by_time,
        fingerprint=fingerprint.value,
    )


class Further(msgspec.Struct, frozen=True):
    """What became of commands that came after a run: the store then, their steps, and what was rejected of them."""

    engine: Engine
    steps: tuple[Step, ...]
    rejections: tuple[Rejection, ...]


def go_on(run: Run, records: Iterable[Record]) -> Further:
    """Execute commands after the last one of a run, which stays as it is. O(store, for a fork; commands).

    The number of a command is its line, which must be after those of the run. A name ``ref:`` finds the records of the
    run too.
    """
    with rarely_collecting(), contextlib.closing(_Replayer(run.engine.fork(), before=run)) as replayer:
        for record in records:
            replayer.take(record, record.line)
    log = replayer.log
    return Further(replayer.engine, tuple(log.read_steps()), tuple(log.read_rejected()))


class _Replayer:
    """Feeds records to an engine and keeps the books; *before* is the run after which the records come."""

    def __init__(self, engine: Engine, absent: Absent | None = None, before: Run | None = None) -> None:
        self.engine = engine
        self.absent = absent
        self.before = before
        self.log = RunLog()
        self.totals: Counter[str] = Counter()
        self.reasons = Reasons()
        self.refusals: Counter[str] = Counter({str(reason): 0 for reason in RefusalReason})
        self.profile_of: dict[str, ProfileId] = {}
        self.former: dict[str, dict[ProfileId, None]] = {}
        self.latest: Milliseconds | None = None

    def close(self) -> None:
        """Close the files; what was written stays."""
        self.log.close()

    def take(self, record: Record, number: int) -> None:
        """Execute one record, or reject it."""
        self.totals["lines"] += 1
        command = record.command
        if command is None:
            assert record.error is not None
            self._reject(record, record.error, record.reason or reason_of(record.error))
            return
        if self.absent is not None:
            command = self.absent.taken_out_of(command, ref_of(record), self.engine.settings)
            if command is None:
                self.totals["left out"] += 1
                return
        self._watch_time(command)
        told = as_told(command)
        offers = self._stored(told)
        try:
            outcome = self.engine.execute(self._naming_ids(command), number=number)
        except ResolverError as error:
            empty = isinstance(error, InvalidIdentifier) and not any(True for _ in values_of(command))
            rejection = self._reject(record, error, "no identifier" if empty else reason_of(error))
            self.log.step(Step(number, record.line, ref_of(record), told.at, told, offers, None, rejection))  # type: ignore[arg-type]
            return
        self.log.step(Step(number, record.line, ref_of(record), told.at, told, offers, outcome))  # type: ignore[arg-type]
        self._apply(record, outcome)

    def _stored(self, command: AnyCommand) -> tuple[Identifier, ...]:
        """What a command offers to be stored, as it is stored under the settings in force, each once."""
        forms = ((id_type, self.engine.stored_form(id_type, raw).value) for id_type, raw in offered(command))
        return tuple(dict.fromkeys((id_type, value) for id_type, value in forms if value is not None))

    def _naming_ids(self, command: AnyCommand) -> AnyCommand:
        """Put the id of its profile in the place of a ``ref:`` name."""
        if type(command) is Resolve:
            return command
        ref = ref_in(getattr(command, "profile_id", None))
        if ref is None:
            return command
        profile_id = self.profile_of.get(ref) or self._profile_before(ref)
        if profile_id is None:
            raise ProfileNotFound(f"no applied record before this line has the ref {ref!r}")
        if profile_id not in self.engine:
            raise ProfileNotFound(f"the profile of ref {ref!r} was deleted before this line")
        renamed: AnyCommand = msgspec.structs.replace(command, profile_id=profile_id)
        return renamed

    def _profile_before(self, ref: str) -> ProfileId | None:
        """Return the profile of a ref at the end of the run before, which may be deleted; None where it has none."""
        if self.before is None:
            return None
        return self.before.assignments.get(ref) or next(reversed(self.before.elsewhere.get(ref, ())), None)

    def _watch_time(self, command: Command) -> None:
        at = getattr(command, "at", None)
        if isinstance(at, int):
            if self.latest is not None and at < self.latest:
                self.totals["late"] += 1
            else:
                self.latest = at

    def _apply(self, record: Record, outcome: Outcome) -> None:
        self.totals["applied"] += 1
        self.totals[outcome.status] += 1
        ref = ref_of(record)
        if ref is not None and outcome.profile_id is not None:
            self._assign(ref, outcome.profile_id)
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
        self.log.rejected(
            Rejection(
                record.line,
                reason,
                InvalidIdentifier.__name__,
                f"normalization {normalization!r} cannot read it",
                id_type=fact.id_type,
                value=fact.value,
            )
        )

    def _reject(self, record: Record, error: ResolverError, reason: str) -> Rejection:
        self.totals["rejected"] += 1
        self.reasons.reject(record.line, str(reason), error, values_of(record.command))
        rejection = Rejection(record.line, str(reason), type(error).__name__, str(error), raw=record.raw)
        self.log.rejected(rejection)
        return rejection

    def assignments(self) -> dict[str, ProfileId]:
        """Return where each ref is at the end."""
        engine = self.engine
        named = dict.fromkeys(self.profile_of.values())
        living = {profile_id: engine.canonical_id(profile_id) for profile_id in named if profile_id in engine}
        return {ref: living[profile_id] for ref, profile_id in self.profile_of.items() if profile_id in living}

    def elsewhere(self, assignments: Collection[str]) -> dict[str, tuple[ProfileId, ...]]:
        """Return where the lines of a ref ended, if those are several profiles or one that is gone; the latest last."""
        gone = (ref for ref in self.profile_of if ref not in assignments)
        return {ref: (*self.former.get(ref, ()), self.profile_of[ref]) for ref in dict.fromkeys([*self.former, *gone])}

    def summary(
        self, assignments: Mapping[str, ProfileId], engine_options: Mapping[str, Any], records: History | Records
    ) -> Summary:
        """Return the totals of the run."""
        engine = self.engine
        groups = Counter(assignments.values())
        sizes = sizes_in(engine)
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
            refusals_by_reason=by_reason(self.refusals),
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
            options=options_in_force(engine_options),
            versions=versions(),
            suggested_map=records.near if isinstance(records, History) else (),
            split_cells=records.split_cells if isinstance(records, History) else 0,
            files=records.spans if isinstance(records, History) else (),
        )

    def _is_in_several(self, ref: str) -> bool:
        ids = [*self.former[ref], self.profile_of[ref]]
        return len({self.engine.canonical_id(profile_id) for profile_id in ids if profile_id in self.engine}) > 1


def bytes_of(records: Any) -> tuple[int | None, int | None]:
    """The bytes of a history that were read, and that there are, where it is one of files."""
    return (records.position, records.size) if isinstance(records, History) else (None, None)


def share_of(records: Any) -> float | None:
    """How much of a history was read, from 0 to 1; None where that is not known."""
    read, size = bytes_of(records)
    return read / size if read and size else None
