"""A duel: engines and the model take the same commands, and are compared after each of them.

There are six engines. The one that is asked lives on. A fork of it and one restored from its snapshot, both made for
the command, execute it too. One only folds the facts, and one takes the commands several at a time (``batches``). Where
the engine is compiled, one that is not lives on beside it, and every other restored one is Python too.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from resolver import COMPILED, Engine
from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
)
from resolver.errors import ResolverError
from resolver.facts import AnyFact, IdentifierAdded, Outcome, ProfileCreated, encode_fact
from resolver.names import Misfit
from tests.machines import invariants
from tests.machines.batches import Batches
from tests.machines.case import Case, Step, script
from tests.machines.invariants import Holdings, Pair
from tests.machines.plain import plain_engine
from tests.machines.questions import Questions, Reading, part, questions, read, worded

T = TypeVar("T")

COMPARED: Counter[str] = Counter()
"""How many commands were compared in this process."""


class Disagreement(AssertionError):  # noqa: N818 - the house names errors without a suffix
    """The engine and the model differ, or an invariant is broken; the message is ready to reproduce it."""


@dataclass
class Seen:
    """What the facts of a history told so far."""

    born: dict[str, tuple[int, int]] = field(default_factory=dict)  # every id -> (created at, command)
    ever: dict[Pair, None] = field(default_factory=dict)  # every identifier that was stored
    tolerated: set[Pair] = field(default_factory=set)  # on several profiles since a settings change (I1)
    settings_changed: bool = False

    def note(self, facts: Iterable[AnyFact]) -> None:
        for fact in facts:
            if isinstance(fact, ProfileCreated):
                self.born[fact.profile_id] = (fact.at, fact.command)
            elif isinstance(fact, IdentifierAdded):
                self.ever[fact.id_type, fact.value] = None


class Duel:
    """Runs steps on all sides; raises ``Disagreement`` at the first difference.

    *thorough*: ask everything after each command, instead of a part of it in turn.
    """

    def __init__(self, case: Case, *, thorough: bool = False) -> None:
        self.case = case
        self.thorough = thorough
        self.engine = case.engine()
        self.model = case.model()
        self.uncompiled = case.engine(plain_engine()) if COMPILED else None
        self.folded = case.engine()
        self.batches = Batches(case)
        self.steps: list[Step] = []
        self.seen = Seen()
        self.counts: Counter[str] = Counter()  # kinds of facts, statuses, and names of errors
        self.compared = 0
        self._raws = [(id_type, raw) for id_type, raws in case.raws.items() for raw in raws]
        self._facts: list[bytes] = []
        self._held: Holdings = {}
        self._snapshot = self.engine.snapshot()
        self._left: list[tuple[Engine, bytes, Questions, Reading]] = []

    @property
    def ids(self) -> list[str]:
        """Every id that a profile was ever given: canonical, merged away, or deleted."""
        return list(self.seen.born)

    def run(self, command: AnyCommand, number: int | None = None) -> Outcome | None:
        """Execute a command on all sides and compare everything; None if all refuse it."""
        self.steps.append((number, command))
        return self._reported(lambda: self._run(command, number))

    def take(self, step: Step) -> None:
        """Take any step."""
        if isinstance(step, str):
            {"fork": self.fork, "restore": self.restore, "fold": self.fold}[step]()
        else:
            self.run(step[1], step[0])

    def fork(self) -> None:
        """Go on with a fork, or with its original, in turn; the other is left behind and must never move."""
        self.steps.append("fork")
        self._reported(self._fork)

    def restore(self) -> None:
        """Go on with engines restored from their snapshots."""
        self.steps.append("restore")
        self._reported(self._restore)

    def fold(self) -> None:
        """Go on with the engine that only folded facts; the other one folds from now on."""
        self.steps.append("fold")
        self._reported(self._fold)

    def finish(self) -> None:
        """Ask everything, check that what forks left behind did not move, and that a second run is the same (I6)."""
        self._reported(self._finish)

    def _reported(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except Exception as error:
            raise Disagreement(f"{_told(error)}\n\n{script(self.case, self.steps)}") from error

    def _run(self, command: AnyCommand, number: int | None) -> Outcome | None:
        before, turn = self._snapshot, len(self.steps)
        next_number = self.model.last_number + 1
        self.case.begin(next_number)
        preview = _outcome_of(self.engine.preview, command)
        same("the snapshot after a preview", self.engine.snapshot(), before)
        _same_outcome("the preview", preview, _outcome_of(self.model.preview, command))
        self.case.begin(next_number if number is None else number)
        others = self._others(turn)
        model = _outcome_of(self.model.execute, command, number=number)
        if turn % 2:
            ours = _outcome_of(self.engine.execute, command, number=number)
            self._snapshot = self.engine.snapshot()
        outcomes = {name: _outcome_of(other.execute, command, number=number) for name, other in others.items()}
        if not turn % 2:
            same("the snapshot after a fork executed a command", self.engine.snapshot(), before)
            by_name = number is None
            ours = (
                _outcome_of(self._execute_by_name, command)
                if by_name
                else _outcome_of(self.engine.execute, command, number=number)
            )
            self._snapshot = self.engine.snapshot()
        _same_outcome("the outcome", ours, model)
        if number is None:
            _same_outcome("the preview (engine) and the execution (model)", preview, model)
        for name, other in others.items():
            _same_outcome(f"the outcome of {name}", outcomes[name], model)
            same(f"the snapshot of {name}", other.snapshot(), self._snapshot)
        same("the snapshot after all others executed it", self.engine.snapshot(), self._snapshot)
        self.compared += 1
        COMPARED["commands"] += 1
        if isinstance(ours, Outcome):
            self.seen.note(ours.facts)
            self._facts += map(encode_fact, ours.facts)
            self.counts[ours.status.value] += 1
            self.counts.update(type(fact).__name__ for fact in ours.facts)
            self.folded.fold(ours.facts)
        else:
            self.counts[ours.partition(":")[0]] += 1
            same("the snapshot after a refused command (I7)", self._snapshot, before)
        self._same_folded()
        if number is None or number >= next_number:
            under = next_number if number is None else number
            self.batches.take(command, under, ours, self.engine._tables.number, self._snapshot)
        self._compare(turn)
        self._check_invariants(turn, settings_changed=isinstance(command, ApplySettings) and isinstance(ours, Outcome))
        return ours if isinstance(ours, Outcome) else None

    def _others(self, turn: int) -> dict[str, Engine]:
        """The engines that execute a command beside the one that is asked."""
        kind = plain_engine() if turn % 2 else Engine
        others = {
            "a fork": self.engine.fork(),
            "a restored engine": kind.restore(self._snapshot, **self.case.functions),
        }
        if self.uncompiled is not None:
            others["the uncompiled engine"] = self.uncompiled
        return others

    def _execute_by_name(self, command: AnyCommand) -> Outcome:
        """Call the method that stands for the command."""
        engine = self.engine
        match command:
            case Resolve(identifiers, at, own_id):
                return engine.resolve(identifiers, at, new_profile_id=own_id)
            case AddIdentifier(profile_id, id_type, value, at):
                return engine.add_identifier(profile_id, id_type, value, at)
            case ReplaceIdentifier(profile_id, id_type, old, new, at):
                return engine.replace_identifier(profile_id, id_type, old, new, at)
            case RemoveIdentifier(profile_id, id_type, at, False, None):
                return engine.remove_identifier(profile_id, id_type, at)
            case RemoveIdentifier(profile_id, id_type, at, everything, named):
                return engine.remove_identifier(profile_id, id_type, at, all=everything, value=named)
            case DeleteProfile(profile_id, at):
                return engine.delete_profile(profile_id, at)
            case Erase(identifiers, at, suppress):
                return engine.erase(identifiers, at, suppress=suppress)
            case Suppress(identifiers, at):
                return engine.suppress(identifiers, at)
            case Unsuppress(identifiers, at):
                return engine.unsuppress(identifiers, at)
            case ApplySettings(settings, at):
                return engine.apply_settings(settings, at)

    def _same_folded(self) -> None:
        """Facts alone made the same state (I6); a command without facts leaves no trace of its number and time."""
        folded, tables = self.folded._tables, self.engine._tables
        folded.number, folded.at = tables.number, tables.at
        same("the snapshot of an engine that folded the facts (I6)", self.folded.snapshot(), self._snapshot)

    def _questions(self) -> Questions:
        return questions(self.ids, self._raws, self.case.raws, self.seen.ever)

    def _compare(self, turn: int | None = None) -> None:
        """Ask both sides: a part of all questions in each *turn*, or everything."""
        about = self._questions()
        if turn is not None and not self.thorough:
            about = about.part(turn)
        ours, model = read(self.engine, about), read(self.model, about)
        if ours != model:
            for question in ours.keys() | model.keys():
                if question not in model or question not in ours:
                    same(f"asking {question}", question in ours, question in model)
            for question, found in ours.items():
                same(f"reading {question}", found, model[question])

    def _check_invariants(self, turn: int, *, settings_changed: bool) -> None:
        engine, seen = self.engine, self.seen
        engine._check()
        held = invariants.holdings(engine)
        shared = {pair for pair, profiles in invariants.owners(held).items() if len(profiles) > 1}
        if settings_changed:
            seen.settings_changed = True
            seen.tolerated = shared
        seen.tolerated &= shared
        seen.tolerated |= {pair for pair in shared if engine.settings.policies.misfit_of(pair[0]) is Misfit.SHARE}
        ever, born = (seen.ever, self.ids) if self.thorough else (part(seen.ever, turn), part(self.ids, turn))
        invariants.i1_a_unique_identifier_has_one_owner(held, engine.settings, seen.tolerated)
        invariants.i2_lists_are_sorted_sets_within_the_limit(held, self._held, engine.settings)
        invariants.i3_the_index_holds_what_profiles_hold(engine, held, ever)
        invariants.i4_aliases_lead_to_a_live_profile_or_nowhere(engine, born)
        invariants.i5_the_canonical_id_is_the_earliest(engine, seen.born)
        if not seen.settings_changed:
            invariants.i8_no_two_profiles_satisfy_a_compound_rule(held, engine.settings)
        self._held = held

    def _fork(self) -> None:
        fork = self.engine.fork()
        same("the snapshot of a fork", fork.snapshot(), self._snapshot)
        left, self.engine = (self.engine, fork) if len(self._left) % 2 == 0 else (fork, self.engine)
        about = self._questions()
        self._left.append((left, left.snapshot(), about, read(left, about)))
        self._compare()

    def _restore(self) -> None:
        self.engine = Engine.restore(self.engine.snapshot(), **self.case.functions)
        self.engine._check()
        same("the snapshot of a restored engine", self.engine.snapshot(), self._snapshot)
        if self.uncompiled is not None:
            self.uncompiled = plain_engine().restore(self._snapshot, **self.case.functions)
            self.uncompiled._check()
        self._compare()

    def _fold(self) -> None:
        self.engine, self.folded = self.folded, self.engine
        self.engine._check()
        self._compare()

    def _finish(self) -> None:
        self._compare()
        for engine, snapshot, about, reading in self._left:
            same("the snapshot of an engine left behind", engine.snapshot(), snapshot)
            engine._check()
            same("an engine left behind", read(engine, about), reading)
        for name, other in {"folded": self.folded, "uncompiled": self.uncompiled}.items():
            if other is not None:
                other._check()
                same(f"the {name} engine at the end", other.snapshot(), self._snapshot)
        self.batches.execute(self.engine._tables.number, self._snapshot)
        self.batches.finish()
        again_facts: list[bytes] = []
        again = self.case.engine()
        for step in self.steps:
            if not isinstance(step, str):
                number, command = step
                self.case.begin(again._tables.number + 1 if number is None else number)
                outcome = _outcome_of(again.execute, command, number=number)
                again_facts += map(encode_fact, outcome.facts if isinstance(outcome, Outcome) else ())
        same("the facts of a second run (I6)", again_facts, self._facts)


def _outcome_of(act: Callable[..., Outcome], command: AnyCommand, **options: int | None) -> Outcome | str:
    """The outcome, or the error that refused the command."""
    try:
        return act(command, **options)
    except ResolverError as error:
        return worded(error)


def _same_outcome(what: str, ours: Outcome | str, model: Outcome | str) -> None:
    if isinstance(ours, Outcome) and isinstance(model, Outcome):
        for place, (mine, its) in enumerate(zip(ours.facts, model.facts, strict=False)):
            same(f"{what}, fact {place}", mine, its)
        same(f"{what}, the facts", ours.facts, model.facts)
        same(f"{what}, the status", ours.status, model.status)
    same(what, ours, model)


def same(what: str, ours: object, model: object) -> None:
    """Compare what is read of both sides."""
    assert ours == model, f"{what} differs\n    engine: {ours!r}\n    model:  {model!r}"


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, AssertionError) and str(error) else f"raised {error!r}"
