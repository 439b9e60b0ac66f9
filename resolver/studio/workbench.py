"""The workbench: events, and two settings under which they are replayed; every change can be undone.

A ``Scenario`` is frozen. Its runs are made when they are first asked for, by ``replay``, and two sides with the same
settings share one.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from resolver.commands import ApplySettings
from resolver.engine import Engine
from resolver.errors import InvalidSettings
from resolver.history import History, Record
from resolver.report.masking import Mask, masked_explanation
from resolver.settings import Settings
from resolver.simulate import Run, explain, replay
from resolver.simulate.explain.explanation import Moment
from resolver.simulate.explain.timeline import UnknownRef
from resolver.simulate.settings_documents import settings_in_document, settings_to_json
from resolver.studio.events import json_line, pairs_of, parse_events, text_of
from resolver.studio.forms import form_of, known_part
from resolver.studio.steps import FurtherSteps, RunSteps
from resolver.studio.timeline import Timeline
from resolver.studio.view import Json, Side, Viewer

SIDES = ("baseline", "candidate")

MOST_UNDOS = 200
"""Changes that can be undone."""

_MOST_RUNS_KEPT = 2
"""Scenarios before the present one whose runs are kept, so that an undo is quick; none where there are many events."""

MOST_FURTHER = 256
"""Events after those of a run that are executed after it; more of them are replayed with all before."""

MOST_CUT = 20_000
"""Events up to which an explanation looks for the smallest cut."""


class Rules(msgspec.Struct, frozen=True):
    """What one side is replayed under: settings, and the engine's options that were given beside them."""

    settings: Settings
    options: Mapping[str, Any] = {}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Rules":
        """Return the rules that a settings document has. Raises ``InvalidSettings``."""
        settings, options = settings_in_document(document)
        try:
            Engine(settings, **options)
        except InvalidSettings as error:
            raise error.under("options") if error.path == "defaultRegion" else error from None
        return cls(settings, options)

    def to_json(self) -> Json:
        """Return the settings document, with the options where there are any."""
        return settings_to_json(self.settings, self.options)


class Scenario:
    """Events and the rules of both sides; runs and timelines are made once, when they are needed."""

    def __init__(self, records: Sequence[Record], rules: tuple[Rules, Rules], before: "Scenario | None" = None) -> None:
        """Take over from the scenario *before* what is the same."""
        self.records = tuple(records)
        self.rules = rules
        self._runs: list[tuple[Rules, Run]] = []
        self._timelines: list[tuple[Rules, Timeline]] = []
        self._begun: list[tuple[Rules, Timeline, RunSteps]] = []
        """Timelines of the first events, made of runs of them; what comes after a few more can go on from there."""
        self._part: tuple[Any, Run] | None = None
        if before is not None and before.records == self.records[: len(before.records)]:
            self._begun = [each for each in before._begun if each[0] in rules]
            if len(before.records) == len(self.records):
                self._runs = [each for each in before._runs if each[0] in rules]
                self._timelines = [each for each in before._timelines if each[0] in rules]

    @classmethod
    def of_text(cls, text: str, *settings: Settings) -> "Scenario":
        """Return the scenario of typed events under one or two settings; those of a new store if none is given."""
        both = settings or (Settings.defaults(),)
        rules = Rules(both[0]), Rules(both[-1])
        return cls(parse_events(text, id_types=_id_types(rules)), rules)

    @property
    def id_types(self) -> tuple[str, ...]:
        """The idTypes that either side has, those of the baseline first."""
        return _id_types(self.rules)

    def run(self, side: int) -> Run:
        """Return the run of all events on a side."""
        rules = self.rules[side]
        for known, run in self._runs:
            if known == rules:
                return run
        run = replay(self.records, rules.settings, **rules.options)
        self._runs.append((rules, run))
        return run

    def timeline(self, side: int) -> Timeline:
        """Return the timeline of a side. A few events after others are executed after those; else all are replayed."""
        rules = self.rules[side]
        for known, timeline in self._timelines:
            if known == rules:
                return timeline
        continued = self._continued(rules)
        timeline = self._replayed(side) if continued is None else continued
        self._timelines.append((rules, timeline))
        return timeline

    def _continued(self, rules: Rules) -> Timeline | None:
        for known, timeline, steps in self._begun:
            further = self.records[len(steps) :]
            if known == rules and len(further) <= MOST_FURTHER:
                return timeline.continued(FurtherSteps(steps, further))
        return None

    def _replayed(self, side: int) -> Timeline:
        steps = RunSteps(self.run(side), self.records)
        timeline = Timeline(steps)
        rules = self.rules[side]
        self._begun = [each for each in self._begun if each[0] != rules]
        self._begun.append((rules, timeline, steps))
        return timeline

    def viewer(self, mask: Mask | None = None) -> Viewer:
        """Return what shows the scenario; values are masked where a mask is given."""
        sides = [Side(name, self.timeline(place)) for place, name in enumerate(SIDES)]
        return Viewer(sides, self.describe, mask)

    def describe(self, number: int, mask: Mask | None = None) -> Json:
        """Return what an event is: its line, ref, time, operation and identifiers; and as it may be typed again."""
        record = self.records[number - 1]
        at = getattr(record.command, "at", None)
        pairs = pairs_of(record)
        ref, named = record.ref, getattr(record.command, "profile_id", None)
        told: Json = {"line": record.line, "op": record.op or "resolve"}
        if mask is None:
            told["text"] = text_of(record)
        else:
            stored = self._stored_forms(number)
            pairs = [(name, mask.value(name, stored.get((name, value), value))) for name, value in pairs]
            ref = None if ref is None else mask.ref(ref)
            named = None if named is None else f"ref:{mask.ref(named[4:])}" if named.startswith("ref:") else named
        return {
            **told,
            "ref": ref,
            "name": f"line {record.line}" if ref is None else ref,
            "time": Moment(0, None, at).time if isinstance(at, int) else None,
            "pairs": [list(pair) for pair in pairs],
            "named": named,
        }

    def _stored_forms(self, number: int) -> dict[tuple[str, str], str]:
        """Return what the first side stores of the values of an event, so that equal ones are masked alike."""
        engine = self.timeline(0).store_after(len(self.records))
        pairs = pairs_of(self.records[number - 1])
        forms = {pair: engine.stored_form(*pair) for pair in pairs if pair[0] in engine.settings.id_types}
        return {pair: form.value for pair, form in forms.items() if form.value is not None}

    def explain(self, one: int, other: int, number: int, mask: Mask | None = None) -> list[Json]:
        """Return for each side why two events are one profile or two after a step, in words; masked with a mask.

        Where the step is not the last, the events up to it are replayed; so O(events), and what ``explain`` costs.
        """
        return [{"name": name, **self._explained(place, one, other, number, mask)} for place, name in enumerate(SIDES)]

    def _explained(self, side: int, one: int, other: int, number: int, mask: Mask | None = None) -> Json:
        run = self._run_until(side, number)
        names = [self._ref(each) for each in (one, other)]
        steps = self.timeline(side).steps
        for each, name in zip((one, other), names, strict=True):
            result = steps.result(each)
            if result.why_not is not None:
                named = name if mask is None else mask.ref(name)
                refused = result.why_not if mask is None else result.reason
                return {"together": None, "lines": [f"{named} was rejected: {refused}"], "more": []}
        try:
            with_cut = number <= MOST_CUT
            if mask is None:
                explanation = explain(run, names[0], names[1], with_cut=with_cut)
            else:
                explanation = masked_explanation(run, mask, names[0], names[1], with_cut=with_cut)
        except UnknownRef as error:
            return {"together": None, "lines": [str(error)], "more": []}
        groups = str(explanation).split("\n\n")
        first = len(groups) if not explanation.together else 2 + (explanation.cut is not None)
        lines, more = ("\n\n".join(part).split("\n") for part in (groups[:first], groups[first:]))
        return {"together": explanation.together, "lines": lines, "more": more if groups[first:] else []}

    def _ref(self, number: int) -> str:
        record = self.records[number - 1]
        return f"line:{record.line}" if record.ref is None else record.ref

    def _run_until(self, side: int, number: int) -> Run:
        """Return the run of the events up to a step; the last one made is remembered."""
        if number >= len(self.records):
            return self.run(side)
        rules = self.rules[side]
        key = rules, number
        if self._part is None or self._part[0] != key:
            self._part = key, replay(self.records[:number], rules.settings, **rules.options)
        return self._part[1]

    def forget(self) -> None:
        """Forget the runs; they are made anew where they are asked for."""
        self._runs.clear()
        self._timelines.clear()
        self._begun.clear()
        self._part = None

    def lines(self) -> str:
        """Return the events as a history: one line of JSON each."""
        return "".join(f"{json_line(record)}\n" for record in self.records)


def _id_types(rules: Iterable[Rules]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_type for each in rules for id_type in each.settings.id_types))


def events_of(history: History | Iterable[Any]) -> tuple[Record, ...]:
    """Return the records of a history as events of a scenario; those of a sorted one have their position as line.

    Changes of settings are not among them: here both sides have their own.
    """
    is_sorted = isinstance(history, History) and history.is_sorted
    records = [each for each in history if not isinstance(each.command, ApplySettings)]
    if is_sorted:
        records = [msgspec.structs.replace(each, line=place) for place, each in enumerate(records, 1)]
    return tuple(records)


class Workbench:
    """A scenario that changes by what a person does, with everything before it to go back to.

    >>> bench = Workbench(Scenario.of_text(""))
    >>> bench.add("email=ada@example.com"), len(bench.scenario.records)
    (1, 1)
    >>> bench.undo(), len(bench.scenario.records)
    ('1 event added', 0)
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._undos: list[tuple[str, Scenario]] = []
        self._redos: list[tuple[str, Scenario]] = []

    @property
    def undoes(self) -> str | None:
        """What an undo takes back, in words; None where there is nothing."""
        return self._undos[-1][0] if self._undos else None

    @property
    def redoes(self) -> str | None:
        """What a redo does again, in words; None where there is nothing."""
        return self._redos[-1][0] if self._redos else None

    def add(self, text: str) -> int:
        """Add the events of a text at the end; return how many. Raises ``EventErrors``; then nothing is added."""
        records = self.scenario.records
        first = records[-1].line + 1 if records else 1
        new = parse_events(text, first=first, id_types=self.scenario.id_types)
        if new:
            self._put(_events(len(new), "added"), (*records, *new))
        return len(new)

    def replace(self, number: int, text: str) -> None:
        """Put the event of a line of text in the place of a step's. Raises ``EventErrors``, ``IndexError``."""
        records = self.scenario.records
        self._check(number)
        new = parse_events(text, first=records[number - 1].line, id_types=self.scenario.id_types)[:1]
        self._put(f"line {records[number - 1].line} changed", (*records[: number - 1], *new, *records[number:]))

    def remove(self, number: int) -> None:
        """Remove a step's event; the others keep their lines. Raises ``IndexError``."""
        records = self.scenario.records
        self._check(number)
        self._put(f"line {records[number - 1].line} removed", (*records[: number - 1], *records[number:]))

    def clear(self) -> None:
        """Remove all events."""
        if self.scenario.records:
            self._put(_events(len(self.scenario.records), "removed"), ())

    def change(self, side: int, document: Mapping[str, Any], what: str = "settings") -> None:
        """Put a settings document in force on a side. Raises ``InvalidSettings``; then nothing is changed."""
        rules = Rules.of_document(document)
        if rules == self.scenario.rules[side]:
            return
        both = (rules, self.scenario.rules[1]) if side == 0 else (self.scenario.rules[0], rules)
        self._put(f"{what} of the {SIDES[side]}", self.scenario.records, both)

    def undo(self) -> str | None:
        """Take the last change back; return what it was."""
        return self._go(self._undos, self._redos)

    def redo(self) -> str | None:
        """Do again what was taken back last; return what it was."""
        return self._go(self._redos, self._undos)

    def _go(self, source: list[tuple[str, Scenario]], target: list[tuple[str, Scenario]]) -> str | None:
        if not source:
            return None
        what, scenario = source.pop()
        target.append((what, self.scenario))
        self.scenario = scenario
        return what

    def _put(self, what: str, records: tuple[Record, ...], rules: tuple[Rules, Rules] | None = None) -> None:
        """Make a change, and remember what was before; scenarios that are far back keep no runs."""
        before = self.scenario
        self.scenario = Scenario(records, rules or before.rules, before)
        self._undos.append((what, before))
        self._redos.clear()
        del self._undos[:-MOST_UNDOS]
        kept = _MOST_RUNS_KEPT if len(records) <= MOST_CUT else 0
        for _, each in self._undos[: len(self._undos) - kept]:
            each.forget()

    def _check(self, number: int) -> None:
        if not 1 <= number <= len(self.scenario.records):
            raise IndexError(f"step {number}: expected 1..{len(self.scenario.records)}")


def state_of(
    bench: Workbench, title: str, files: Sequence[Path | None] = (None, None), *, only_known: bool = False
) -> Json:
    """Return what the page shows beside a view: the sides' documents and forms, and what can be undone.

    *files* are those that the settings of the sides can be saved to. *only_known* leaves out of documents what may have
    values in it.
    """
    documents = [rules.to_json() for rules in bench.scenario.rules]
    if only_known:
        documents = [known_part(document) for document in documents]
    sides = [
        {
            "name": name,
            "document": document,
            "form": form_of(document, other),
            "file": None if path is None else str(path),
        }
        for name, document, other, path in zip(SIDES, documents, (None, documents[0]), files, strict=True)
    ]
    return {"title": title, "undoes": bench.undoes, "redoes": bench.redoes, "sides": sides}


def _events(number: int, what: str) -> str:
    return f"{number:,} event{'' if number == 1 else 's'} {what}"
