"""A duel: one engine and one model take the same commands and are compared after each of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from resolver import Engine
from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.errors import InvalidIdentifier, ResolverError
from resolver.facts import AnyFact, IdentifierAdded, Outcome, ProfileCreated, encode_fact
from resolver.settings import Settings
from tests.machines import invariants
from tests.machines.invariants import Holdings, Pair
from tests.model import SlowStore

NewId = Callable[[int, int], str]
T = TypeVar("T")

UNKNOWN_TYPE = "zz"
UNKNOWN_PROFILE = "nobody"

Step = tuple[int | None, AnyCommand] | str
"""A command with the number given to it, or ``fork``, or ``restore``."""

Reading = dict[tuple[object, ...], object]
"""All that a store lets its callers read, flat: question -> answer, or the name of the error."""


class Disagreement(AssertionError):  # noqa: N818 - the house names errors without a suffix
    """The engine and the model differ, or an invariant is broken; the message is ready to reproduce it."""


@dataclass(frozen=True)
class Case:
    """What a history starts from, and what its commands are made of."""

    name: str
    settings: Settings
    raws: Mapping[str, tuple[object, ...]]  # per idType: the raw values in play
    later: tuple[Settings, ...] = ()  # what the settings may become
    on_invalid: str = "refuse"
    match: str = "all"
    default_region: str = "US"
    new_id: NewId | None = None
    crowd: int = 5  # with more profiles than that, histories rather add to them than create others
    joining: tuple[str, ...] = ()  # idTypes that a resolve names alone now and then, to join profiles that hold them
    changes: int = 6  # how many commands in a hundred are changes of settings, where there are later ones

    def engine(self) -> Engine:
        return Engine(
            self.settings,
            new_id=self.new_id,
            default_region=self.default_region,
            on_invalid=self.on_invalid,
            match=self.match,
        )

    def model(self) -> SlowStore:
        return SlowStore(
            self.settings,
            new_id=self.new_id,
            default_region=self.default_region,
            on_invalid=self.on_invalid,
            match=self.match,
        )


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
    """Runs steps on both sides; raises ``Disagreement`` at the first difference."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.engine = case.engine()
        self.model = case.model()
        self.steps: list[Step] = []
        self.seen = Seen()
        self.counts: Counter[str] = Counter()  # kinds of facts, statuses, and names of errors
        self.compared = 0
        self._facts: list[bytes] = []
        self._held: Holdings = {}
        self._snapshot = self.engine.snapshot()
        self._left: list[tuple[Engine, bytes, Reading]] = []

    @property
    def ids(self) -> list[str]:
        """Every id that a profile was ever given: canonical, merged away, or deleted."""
        return list(self.seen.born)

    def run(self, command: AnyCommand, number: int | None = None) -> Outcome | None:
        """Execute a command on both sides and compare everything; None if both refuse it."""
        self.steps.append((number, command))
        return self._reported(lambda: self._run(command, number))

    def take(self, step: Step) -> None:
        """Take any step."""
        if isinstance(step, str):
            {"fork": self.fork, "restore": self.restore}[step]()
        else:
            self.run(step[1], step[0])

    def fork(self) -> None:
        """Go on with a fork, or with its original, in turn; the other is left behind and must never move."""
        self.steps.append("fork")
        self._reported(self._fork)

    def restore(self) -> None:
        """Go on with an engine restored from a snapshot."""
        self.steps.append("restore")
        self._reported(self._restore)

    def finish(self) -> None:
        """Check that what forks left behind did not move, and that a second run gives the same facts (I6)."""
        self._reported(self._finish)

    def _reported(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except Exception as error:
            raise Disagreement(f"{_told(error)}\n\n{script(self.case, self.steps)}") from error

    def _run(self, command: AnyCommand, number: int | None) -> Outcome | None:
        preview = _outcome_of(self.engine.preview, command)
        _same("the snapshot after a preview", self.engine.snapshot(), self._snapshot)
        _same_outcome("the preview", preview, _outcome_of(self.model.preview, command))
        by_name = number is None and len(self.steps) % 2 == 0
        ours = (
            _outcome_of(self._execute_by_name, command)
            if by_name
            else _outcome_of(self.engine.execute, command, number=number)
        )
        model = _outcome_of(self.model.execute, command, number=number)
        _same_outcome("the outcome", ours, model)
        if number is None:
            _same_outcome("the preview (engine) and the execution (model)", preview, model)
        before, self._snapshot = self._snapshot, self.engine.snapshot()
        self.compared += 1
        if isinstance(ours, Outcome):
            self.seen.note(ours.facts)
            self._facts += map(encode_fact, ours.facts)
            self.counts[ours.status.value] += 1
            self.counts.update(type(fact).__name__ for fact in ours.facts)
        else:
            self.counts[ours.partition(":")[0]] += 1
            _same("the snapshot after a refused command (I7)", self._snapshot, before)
        self._compare()
        self._check_invariants(settings_changed=isinstance(command, ApplySettings) and isinstance(ours, Outcome))
        return ours if isinstance(ours, Outcome) else None

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
            case ApplySettings(settings, at):
                return engine.apply_settings(settings, at)

    def _compare(self) -> None:
        ours, model = self._read(self.engine), self._read(self.model)
        if ours != model:
            for question in ours.keys() | model.keys():
                if question not in model or question not in ours:
                    _same(f"asking {question}", question in ours, question in model)
            for question, answer in ours.items():
                _same(f"reading {question}", answer, model[question])

    def _read(self, store: Engine | SlowStore) -> Reading:
        return read(store, self.ids, self.case.raws, self.seen.ever)

    def _check_invariants(self, *, settings_changed: bool) -> None:
        engine, seen = self.engine, self.seen
        engine._check()
        held = invariants.holdings(engine)
        shared = {pair for pair, profiles in invariants.owners(held).items() if len(profiles) > 1}
        if settings_changed:
            seen.settings_changed = True
            seen.tolerated = shared
        seen.tolerated &= shared
        invariants.i1_a_unique_identifier_has_one_owner(held, engine.settings, seen.tolerated)
        invariants.i2_lists_are_sorted_sets_within_the_limit(held, self._held, engine.settings)
        invariants.i3_the_index_holds_what_profiles_hold(engine, held, seen.ever)
        invariants.i4_aliases_lead_to_a_live_profile_or_nowhere(engine, seen.born)
        invariants.i5_the_canonical_id_is_the_earliest(engine, seen.born)
        if not seen.settings_changed:
            invariants.i8_no_two_profiles_satisfy_a_compound_rule(held, engine.settings)
        self._held = held

    def _fork(self) -> None:
        fork = self.engine.fork()
        _same("the snapshot of a fork", fork.snapshot(), self._snapshot)
        left, self.engine = (self.engine, fork) if len(self._left) % 2 == 0 else (fork, self.engine)
        self._left.append((left, left.snapshot(), self._read(left)))
        self._compare()

    def _restore(self) -> None:
        self.engine = Engine.restore(self.engine.snapshot(), new_id=self.case.new_id)
        self.engine._check()
        _same("the snapshot of a restored engine", self.engine.snapshot(), self._snapshot)
        self._compare()

    def _finish(self) -> None:
        for engine, snapshot, reading in self._left:
            _same("the snapshot of an engine left behind", engine.snapshot(), snapshot)
            engine._check()
            again = read(engine, [str(q[1]) for q in reading if q[0] == "canonical"], self.case.raws, ())
            _same("an engine left behind", again, {q: reading[q] for q in again})
        again_facts: list[bytes] = []
        engine = self.case.engine()
        for step in self.steps:
            if not isinstance(step, str):
                number, command = step
                outcome = _outcome_of(engine.execute, command, number=number)
                again_facts += map(encode_fact, outcome.facts if isinstance(outcome, Outcome) else ())
        _same("the facts of a second run (I6)", again_facts, self._facts)


def read(
    store: Engine | SlowStore,
    ids: Iterable[str],
    raws: Mapping[str, Iterable[object]],
    stored: Iterable[Pair],
) -> Reading:
    """Ask a store everything: about these ids, raw values and once stored identifiers."""
    profiles = tuple(store.profiles())
    answers: Reading = {
        ("settings",): store.settings,
        ("profiles",): profiles,
        ("number of profiles",): len(store),
    }
    for name in [*ids, UNKNOWN_PROFILE]:
        answers["canonical", name] = _answer(store.canonical_id, name)
        answers["contains", name] = name in store
        if name not in profiles:
            answers["identifiers", name] = _answer(store.identifiers, name)
    types = [*raws, UNKNOWN_TYPE]
    for name in profiles:
        answers["identifiers", name] = list(store.identifiers(name).items())
        answers["aliases", name] = tuple(store.aliases(name))
        answers["created at", name] = store.created_at(name)
        for id_type in types:
            answers["values", name, id_type] = _answer(store.values, name, id_type)
            answers["history", name, id_type] = _answer(store.history_of, name, id_type)
    asked = [(id_type, raw) for id_type in raws for raw in raws[id_type]]
    for id_type, text in dict.fromkeys([*asked, *stored, (UNKNOWN_TYPE, "1")]):
        answers["lookup", id_type, repr(text)] = _answer(store.lookup, id_type, text)
    return answers


def script(case: Case, steps: Iterable[Step]) -> str:
    """Write a history down as a program."""
    lines = [
        f"# {case.name}",
        "from resolver import Engine, Settings",
        "from resolver.commands import *",
        f"engine = Engine(Settings.from_json({case.settings.to_json()}),",
        f"    on_invalid={str(case.on_invalid)!r}, match={str(case.match)!r},",
        f"    default_region={case.default_region!r}, new_id={getattr(case.new_id, '__name__', None)})",
    ]
    forks = 0
    for step in steps:
        match step:
            case "fork":
                lines.append("left = engine.fork()" if forks % 2 else "left, engine = engine, engine.fork()")
                forks += 1
            case "restore":
                lines.append("engine = Engine.restore(engine.snapshot())")
            case number, command:
                shown = repr(command)
                if isinstance(command, ApplySettings):
                    shown = f"ApplySettings(Settings.from_json({command.settings.to_json()}), {command.at!r})"
                lines.append(f"engine.execute({shown}, number={number})")
    return "\n".join(lines)


def _outcome_of(act: Callable[..., Outcome], command: AnyCommand, **options: int | None) -> Outcome | str:
    """Return the outcome, or the error that refused the command."""
    try:
        return act(command, **options)
    except ResolverError as error:
        return _error(error)


def _error(error: ResolverError) -> str:
    """Return an error as both sides have it: the model's normalization has words of its own."""
    name = type(error).__name__
    return name if isinstance(error, InvalidIdentifier) else f"{name}: {error}"


def _answer(ask: Callable[..., object], *about: object) -> object:
    try:
        return ask(*about)
    except ResolverError as error:
        return _error(error)


def _same_outcome(what: str, ours: Outcome | str, model: Outcome | str) -> None:
    if isinstance(ours, Outcome) and isinstance(model, Outcome):
        for place, (mine, its) in enumerate(zip(ours.facts, model.facts, strict=False)):
            _same(f"{what}, fact {place}", mine, its)
        _same(f"{what}, the facts", ours.facts, model.facts)
        _same(f"{what}, the status", ours.status, model.status)
    _same(what, ours, model)


def _same(what: str, ours: object, model: object) -> None:
    assert ours == model, f"{what} differs\n    engine: {ours!r}\n    model:  {model!r}"


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, AssertionError) and str(error) else f"raised {error!r}"
