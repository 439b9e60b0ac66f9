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
import inspect
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from resolver.columns.arrow_files import ArrowFiles
from resolver.columns.execution import Execution
from resolver.columns.numbered import EVERY, Numbered, TakeOut, numbered_again, share
from resolver.engine import Engine
from resolver.history import History, read_history, records_for, records_of
from resolver.history.opening import ArrowStream
from resolver.kernel.rows import ValueRow
from resolver.memory import Memory, give_back
from resolver.names import OnInvalid, Value
from resolver.policies import Policies
from resolver.ruling import Ruling
from resolver.settings import Settings
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.one_by_one import bytes_of, one_by_one, share_of
from resolver.simulate.rejection_reasons import Reasons
from resolver.simulate.rejections import count_troubles, refusal_of, troubles, written_rejections
from resolver.simulate.run import Run, rarely_collecting
from resolver.simulate.run_log import RunLog, as_written
from resolver.simulate.steps import Identifier, Rejection, as_told, offered
from resolver.simulate.summary import summed_up
from resolver.simulate.without import Absent
from resolver.suggestions import did_you_mean

MOST_BROKEN = 65_536
"""Lines that are no commands, of which so many are held where another replay may follow."""

Progress = Callable[[int, int | None, int | None], None]
"""Called now and then with the lines read, the bytes read, and the bytes there are."""


def replay(
    history: Iterable[Any] | ArrowStream | Numbered,
    settings: Settings | None = None,
    *,
    without: Sequence[str] | Absent = (),
    progress: Progress | None = None,
    policies: Policies | None = None,
    engine: Callable[..., Any] = Engine,
    memory: int | str | None = None,
    **engine_options: Any,
) -> Run:
    """Replay a history; return the run.

    *history* is a ``History`` from ``read_history``; or any iterable of commands or of dicts shaped as a JSON line; or
    a data frame, or whatever else gives a stream of Arrow (``read_history`` reads such too, with options).
    *engine_options* are those of ``Engine``; ``on_invalid`` is ``drop`` unless given. A line that cannot be
    understood or is refused is rejected: counted, kept in ``Run.rejected``, and never the end of the run.

    *policies* are put in the place of those of *settings* (section 13).

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
    grows with the different texts and refs, and by some 75 bytes a command: it and its facts are integers in columns;
    ``NotEnoughMemory`` says how much it would take where there is less. With another *engine*, commands are executed
    one by one, and what they did is written to temporary files.

    *memory* is how many bytes the columns may take once the run is made, as a number or as ``"2GB"``: one part in four
    of what the process may take unless given. Those of a run that take more are put into Arrow files of a temporary
    folder, which is gone with the run; nothing else changes. ``OSError`` where the disk is full, ``ImportError``
    without pyarrow where *memory* was given.
    """
    options = checked_options(replay, engine_options)
    if policies is not None:
        settings = (settings or Settings.defaults()).with_policies(policies)
    with Memory(_name_of(_given(history)), memory) as watched:
        if engine is Engine:
            return _in_columns(history, settings, without, progress, watched, options, engine_options)
        return _one_by_one(history, settings, engine, without, progress, watched, options, engine_options)


def _given(history: Iterable[Any] | ArrowStream | Numbered) -> Iterable[Any] | ArrowStream:
    return history.given if isinstance(history, Numbered) else history


def _name_of(history: object) -> str:
    return history.name if isinstance(history, History) else "the history"


def _one_by_one(
    history: Iterable[Any] | ArrowStream | Numbered,
    settings: Settings | None,
    engine: Callable[..., Any],
    without: Sequence[str] | Absent,
    progress: Progress | None,
    memory: Memory,
    options: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Run:
    """Replay command by command, on a store of any kind."""
    store, absent = engine(settings, **options), _absent(without, options)
    read = records_of(_given(history))
    records = records_for(read, store.settings.id_types)
    done = one_by_one(records, store, engine, absent, progress, memory, options, given)
    done.history = read
    if absent is not None:
        absent.check(done.source)
    return done


def _absent(without: Sequence[str] | Absent, options: Mapping[str, Any]) -> Absent | None:
    if isinstance(without, Absent):
        return without
    return Absent(without, options.get("default_region", "US"), options.get("normalizers")) if without else None


@rarely_collecting()
def _in_columns(
    history: Iterable[Any] | ArrowStream | Numbered,
    settings: Settings | None,
    without: Sequence[str] | Absent,
    progress: Progress | None,
    memory: Memory,
    options: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Run:
    """Replay block by block: number the commands, execute them, and tell what was rejected."""
    store = Engine(settings, **options)
    first_settings = store.settings
    absent = _absent(without, options)
    if isinstance(history, Numbered) and (absent is not None or not history.serves(first_settings.id_types)):
        if history.sources.keeps and not isinstance(history.given, History):
            again = Numbered(history.given, first_settings.id_types, keeps_sources=True, order=history.order)
            again.moments, history = history.moments, again
        else:
            history = history.given
    shared = history if isinstance(history, History) and absent is None else None
    numbered, stamp = _numbered(history, first_settings, shared)
    done, reasons = Execution(store, numbered), Reasons()
    log: RunLog | None = None
    if numbered.is_complete:
        memory.share = lambda: len(done) / len(numbered)
        for end in numbered.ends():
            done.go_on(end)
            memory.look(end)
        count_troubles(done, reasons)
    else:
        take_out = None if absent is None else lambda command, ref: absent.taken_out_of(command, ref, store.settings)
        log = _read_and_execute(done, reasons, take_out, progress, memory, is_shared=shared is not None)
        if shared is not None:
            share(shared, stamp, numbered)
    done.finish(ArrowFiles() if memory.is_too_large(done.size) else None)
    if progress is not None:
        progress(numbered.read, *bytes_of(numbered.records))
    kept = ColumnSource(done, Replayed(done, log), first_settings, options)
    run = Run(
        kept,
        summed_up(
            done,
            kept.ends,
            reasons,
            given,
            without=() if absent is None else absent.texts,
            left_out_identifiers=0 if absent is None else absent.identifiers,
        ),
        history=numbered.given,
        is_sorted=numbered.is_sorted,
        fingerprint=numbered.fingerprint,
    )
    if absent is not None:
        absent.check(kept)
    give_back(numbered.read)
    return run


def _numbered(
    history: Iterable[Any] | ArrowStream | Numbered, settings: Settings, shared: History | None
) -> tuple[Numbered, object]:
    """Return the history in columns, which may be those of a run before; and what says whether it has changed."""
    if isinstance(history, Numbered):
        return history, None
    if shared is None:
        return Numbered(history, settings.id_types), None
    stamp = shared.stamp
    again = numbered_again(shared, settings.id_types)
    return again or Numbered(shared, settings.id_types, keeps_sources=stamp is not None), stamp


def _read_and_execute(
    done: Execution,
    reasons: Reasons,
    take_out: TakeOut | None,
    progress: Progress | None,
    memory: Memory,
    *,
    is_shared: bool,
) -> RunLog | None:
    """Read a history to its end; the log of what was rejected, where the history does not keep it.

    One that is *shared* keeps it, unless so many lines are broken that they would not fit the memory.
    """
    numbered = done.numbered
    memory.share = lambda: share_of(numbered.records)
    told = start = place = 0
    with contextlib.ExitStack() as opened:
        log: RunLog | None = None
        for _ in numbered.blocks(take_out):
            done.go_on()
            memory.look(numbered.read)
            if is_shared and len(numbered.rejected) > MOST_BROKEN:
                numbered.sources.keeps = False
            if log is None and not numbered.sources.keeps:
                log = opened.enter_context(contextlib.closing(RunLog()))
            if log is not None:
                for trouble in troubles(done, start, len(done), place):
                    trouble.count(reasons)
                    log.rejected(trouble.rejection())
                start, place = len(done), numbered.forget_rejected()
            if progress is not None and numbered.read // EVERY > told:
                told = numbered.read // EVERY
                progress(numbered.read, *bytes_of(numbered.records))
    if log is None:
        count_troubles(done, reasons)
    return log


ENGINE_OPTIONS = ("clock", "new_id", "default_region", "on_invalid", "match", "normalizers")
"""The keyword arguments of ``Engine``, without policies, which are part of the settings."""


def checked_options(function: Callable[..., object], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for an engine: those given to *function*, and ``on_invalid`` as ``drop`` if it is not given.

    Raises ``TypeError`` for a name that is none, with the one that was meant, or the function that takes it.

    >>> replay([], onInvalid="keep")
    Traceback (most recent call last):
        ...
    TypeError: replay() has no option 'onInvalid'; did you mean 'on_invalid'?
    """
    for name in given:
        if name not in ENGINE_OPTIONS:
            raise TypeError(f"{function.__name__}() has no option {name!r}{_hint(function, name)}")
    return {"on_invalid": str(OnInvalid.DROP), **given}


def _hint(function: Callable[..., object], name: str) -> str:
    reading = inspect.signature(read_history).parameters
    if name in reading:
        of_list = f", or {records_of.__name__}(records, {name}=...) of resolver.history"
        also = of_list if name in inspect.signature(records_of).parameters else ""
        return f", which is one of reading; expected read_history(path, {name}=...){also}"
    parameters = inspect.signature(function).parameters.values()
    own = [each.name for each in parameters if each.kind is not inspect.Parameter.VAR_KEYWORD]
    known = (*own, *ENGINE_OPTIONS, *reading)
    snake_case = re.sub(r"(?<=[a-z])[A-Z]", r"_\g<0>", name).lower()
    whole = [
        each for each in ENGINE_OPTIONS if snake_case in each.split("_")
    ]  # a word of an option rather than a like one
    meant = snake_case if snake_case in known else whole[0] if len(whole) == 1 else None
    return did_you_mean(name, known) if meant is None else f"; did you mean {meant!r}?"


# What a replay has beside its columns

_REMEMBERED = 1 << 16
"""How many texts are remembered with what they were stored as under settings that are no more in force."""


class Replayed:
    """What a replay has beside its columns.

    Rejections were written to the *log* while the history was read, unless the history keeps what they show.
    """

    def __init__(self, done: Execution, log: RunLog | None) -> None:
        self.log = log
        self.store = done.store
        self.view = done.view
        self._done = done
        self._former = lru_cache(_REMEMBERED)(partial(_stored_under, done.numbered))  # no method: a run is no circle

    def stored(self, event: int) -> tuple[Identifier, ...]:
        """What a command offers to be stored, as it is stored under the settings in force then, each once."""
        done, n = self._done, self._done.numbered
        ruling = done.facts.ruling_at(done.first[event])
        command = n.others.get(event)
        if command is not None:
            forms = (
                (id_type, ruling.book.stored_form(id_type, raw).value) for id_type, raw in offered(as_told(command))
            )
            return tuple(dict.fromkeys((id_type, value) for id_type, value in forms if value is not None))
        if done.facts.is_latest(ruling):
            found = done.stored(event)
        else:
            texts, idents = n.texts, n.idents[n.offsets[event] : n.offsets[event + 1]]
            stored = [(texts.id_types[texts.type_of[text]], self._former(ruling, text)) for text in idents]
            found = [(id_type, value) for id_type, value in stored if value is not None]
        return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))

    def rows(self, event: int) -> Sequence[ValueRow] | None:
        """The rows of the values that a plain resolve offers, under the settings at the end; None of any other one."""
        return None if event in self._done.numbered.others else self._done.stored_rows(event)

    def offers(self) -> tuple["array[int]", "array[int]", "array[int]"]:
        """Columns of what plain resolves offer: where each begins, numbers of texts, and the row that each became."""
        return self._done.offers()

    def refusal(self, event: int) -> str:
        """Why a command was refused, as its rejection says it. O(1)."""
        return as_written(Rejection(0, "", "", str(refusal_of(self._done, event)))).detail

    def error(self, event: int) -> str:
        """The class of what refused a command. O(1)."""
        return type(refusal_of(self._done, event)).__name__

    def rejection(self, event: int) -> Rejection | None:
        """The rejection of a command that was refused; None if it was written down. O(1)."""
        if self.log is not None:
            return None
        own = troubles(self._done, event, event + 1, len(self._done.numbered.rejected))
        return next(as_written(each.rejection()) for each in own if each.error is not None)

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""
        if self.log is not None:
            return self.log.read_rejected()
        return written_rejections(self._done)


def _stored_under(numbered: Numbered, ruling: Ruling, text: int) -> Value | None:
    """Return what a raw text was stored as under settings that are no more in force."""
    return ruling.book.stored_form(*numbered.texts.given(text)).value
