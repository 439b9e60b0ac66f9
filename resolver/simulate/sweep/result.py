"""The result of a sweep: the figures of each setting, in the order of the grid, and which settings no other beats.

A setting beats another if it is at least as good in both objectives and better in one; those that no other beats are
the Pareto front.

>>> from resolver.simulate.replay import replay
>>> run = replay([{"ref": "a", "identifiers": {"chat": "1"}}, {"ref": "b", "identifiers": {"chat": "1"}}])
>>> measured = measures(run, {"a": "ada", "b": "ada"})
>>> measured.profiles, measured.largest_group, measured.agreement.recall
(1, 2, 1.0)
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from resolver.display import counted
from resolver.simulate import notebook
from resolver.simulate.notebook import frame, snake_case
from resolver.simulate.order import Moved
from resolver.simulate.run import Run
from resolver.simulate.summary import LABELS, Summary, full_profiles
from resolver.simulate.sweep.grid import GridSetting
from resolver.simulate.truth import Agreement, Truth, agreement_of
from resolver.suggestions import did_you_mean


class Measures(msgspec.Struct, frozen=True, rename="camel"):
    """What became of the history under one setting.

    ``largest_profile`` counts identifiers, ``largest_group`` records. ``full_profiles`` have, for some idType, as
    many values as its limit allows: the next one evicts a value or is refused. ``rejected`` counts lines.
    ``agreement`` is there where a truth is.
    """

    profiles: int
    merges: int
    evictions: int
    refusals: int
    rejected: int
    largest_profile: int
    largest_group: int
    full_profiles: int
    agreement: Agreement | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all figures in one flat object."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        found = document.pop("agreement")
        return {**document, **(found or {})}


def measures(run: Run, truth: Mapping[str, str] | None = None) -> Measures:
    """Measure a run in columns. O(refs + values held).

    *truth* gives the person of refs that the history has. A ref that ended in no profile, as its line was rejected or
    its profile deleted, counts as a profile of its own: all settings are compared over the same records.
    """
    assert run.columns is not None
    done = run.columns.done
    found = None if truth is None else agreement_of(run.assignments, truth)
    return measures_of(run.summary, full_profiles(done.tables, done.ruling.rules), found)


def measures_of(totals: Summary, full: int, agreement: Agreement | None) -> Measures:
    """Return the figures of a replay with these totals, in which so many profiles are full."""
    return Measures(
        profiles=totals.profiles,
        merges=totals.merges,
        evictions=totals.evictions,
        refusals=totals.refusals,
        rejected=totals.rejected,
        largest_profile=totals.largest_profile,
        largest_group=totals.largest_group,
        full_profiles=full,
        agreement=agreement,
    )


class Objective(msgspec.Struct, frozen=True):
    """A measure, by its name in the table, of which the ``most`` or the ``least`` is wanted.

    >>> Objective("precision", "most").better(0.9, 0.8)
    True
    """

    measure: str
    wanted: str

    @property
    def words(self) -> str:
        """The objective as people say it.

        >>> Objective("largestGroup", "least").words, Objective("recall", "most").words
        ('fewest records in the largest profile', 'highest recall')
        """
        degree = "highest" if self.wanted == "most" else "fewest"
        return f"{degree} {LABELS.get(self.measure, self.measure)}"

    def better(self, one: float, other: float) -> bool:
        """Return whether one figure is better than another."""
        return one > other if self.wanted == "most" else one < other


WITH_TRUTH = (Objective("precision", "most"), Objective("recall", "most"))
"""Against a truth: as few wrong pairs as possible, as few missed ones as possible."""

WITHOUT_TRUTH = (Objective("profiles", "least"), Objective("largestGroup", "least"))
"""Without one: everything unified, and yet no profile that collects everybody. A guide, not a proof."""

Objectives = tuple[Objective, Objective]


def figures(measured: Measures, objectives: Objectives) -> tuple[float, float]:
    """Return what a setting reached for both objectives."""
    told = measured.to_json()
    return told[objectives[0].measure], told[objectives[1].measure]


def front(points: Sequence[tuple[float, float]], objectives: Objectives) -> list[bool]:
    """Return for each point whether none beats it. Equal points beat nobody. O(n log n).

    >>> front([(1.0, 0.5), (0.9, 0.9), (0.9, 0.5), (0.9, 0.9)], WITH_TRUTH)
    [True, True, False, True]
    """
    signs = [1 if objective.wanted == "most" else -1 for objective in objectives]
    scores = [(signs[0] * one, signs[1] * other) for one, other in points]
    on_front: set[tuple[float, float]] = set()
    best = float("-inf")
    for score in sorted(set(scores), reverse=True):  # from the best in the first: the second must rise
        if score[1] > best:
            best = score[1]
            on_front.add(score)
    return [score in on_front for score in scores]


FRONT = "onFront"
SAME = "sameAs"


class Row(msgspec.Struct, frozen=True):
    """One setting of the grid, what became of the history under it, and whether no other setting beats it."""

    setting: GridSetting
    measures: Measures
    on_front: bool

    @property
    def number(self) -> int:
        """The setting's place in the grid, from 1."""
        return self.setting.number

    @property
    def values(self) -> dict[str, Any]:
        """What each axis says in this setting."""
        return self.setting.values

    def flat(self) -> dict[str, Any]:
        """Return the row as one flat object: number, axes, figures, front."""
        return {"setting": self.number, **self.values, **self.measures.to_json(), FRONT: self.on_front}


class Sweep(msgspec.Struct, frozen=True):
    """What a sweep found.

    ``axes`` has the values that were tried, ``rows`` a row per combination, ``objectives`` the two measures by
    which the front is drawn, ``truth`` what was known of the records, None without a truth. ``replayed`` counts the
    settings that this sweep replayed; the others were finished before. ``moved`` says of settings on the front, by
    their numbers, how many records end in other groups in another order, where that was measured.
    """

    lines: int
    refs: int
    axes: dict[str, tuple[Any, ...]]
    rows: tuple[Row, ...]
    objectives: tuple[Objective, Objective]
    truth: Truth | None
    replayed: int
    moved: dict[int, Moved] = {}

    @property
    def front(self) -> tuple[Row, ...]:
        """The rows that no other beats, in the order of the grid."""
        return tuple(row for row in self.rows if row.on_front)

    @property
    def same(self) -> dict[int, int]:
        """For settings on the front whose objectives are those of an earlier one: its number, by theirs."""
        first: dict[tuple[float, float], int] = {}
        found = {row.number: first.setdefault(figures(row.measures, self.objectives), row.number) for row in self.front}
        return {number: earlier for number, earlier in found.items() if number != earlier}

    @property
    def leading(self) -> tuple[Row, ...]:
        """The rows on the front, those left out that have the same two figures as an earlier one."""
        same = self.same
        return tuple(row for row in self.front if row.number not in same)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``sweep.json``."""
        same = self.same
        return {
            "lines": self.lines,
            "refs": self.refs,
            "axes": {name: list(values) for name, values in self.axes.items()},
            "objectives": [msgspec.to_builtins(objective) for objective in self.objectives],
            "truth": None if self.truth is None else self.truth.to_json(),
            "rows": [
                {
                    "setting": row.number,
                    "values": row.values,
                    "measures": row.measures.to_json(),
                    FRONT: row.on_front,
                    SAME: same.get(row.number),
                    **({"moved": msgspec.to_builtins(self.moved[row.number])} if row.number in self.moved else {}),
                    "settings": row.setting.to_json(),
                }
                for row in self.rows
            ],
        }

    def ranked(self, measure: str) -> tuple[Row, ...]:
        """Return the rows by a measure, the best first: most of a share, such as ``f1``, and fewest of all else.

        Equal ones come in the order of the grid. Raises ``ValueError`` for a measure that the rows do not have.
        """
        known = self.rows[0].measures.to_json()
        if measure not in known:
            needed = "" if self.truth is not None else "; precision, recall, f1 and their like need a truth"
            expected = f"{', '.join(known)}{did_you_mean(measure, known)}{needed}"
            raise ValueError(f"{measure!r} is not a measure of this sweep; expected one of {expected}")
        sign = -1 if isinstance(known[measure], float) else 1
        return tuple(sorted(self.rows, key=lambda row: sign * row.measures.to_json()[measure]))

    def to_csv(self) -> str:
        """Return the contents of ``sweep.csv``: a row per setting; lists and truth values as in JSON.

        The last column is empty but for settings that are on the front and equal to an earlier one, which it names.
        """
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        flat = self._flat(self.rows, "")
        rows.writerow(flat[0])
        rows.writerows([cell(value) for value in row.values()] for row in flat)
        return text.getvalue()

    def to_frame(self, library: str | None = None) -> Any:
        """Return the table as a data frame of ``pandas`` or ``polars``; None takes the one that is installed.

        The columns are those of ``sweep.csv``, their names in snake_case; ``same_as`` is missing where that is empty.
        Lists, such as matching rules, are text. Raises ``ImportError`` where the library is not there, ``ValueError``
        for another one.
        """
        flat = self._flat(self.rows, None)
        columns = {snake_case(name): [_plain(row[name]) for row in flat] for name in flat[0]}
        return frame(columns, library)

    def _flat(self, rows: Iterable[Row], no_other: str | None) -> list[dict[str, Any]]:
        same = self.same
        return [{**row.flat(), SAME: same.get(row.number, no_other)} for row in rows]

    def __repr__(self) -> str:
        found = f"{counted(len(self.rows), 'setting')}, {len(self.front):,} on the front"
        return f"<Sweep: {found}, of {counted(self.lines, 'line')} and {counted(self.refs, 'record')}>"

    def _repr_html_(self) -> str:
        rows = [
            {name: value if isinstance(value, float) else cell(value) for name, value in row.items()}
            for row in self._flat(self.front, "")
        ]
        return notebook.sweep_html(self, self._repr_svg_(), rows)

    def _repr_svg_(self) -> str:
        # Imported late: the drawing stands on this file.
        from resolver.simulate.sweep.chart import scatter

        return scatter(self)


def cell(value: object) -> str:
    """Return a value of an axis or a figure as a cell of text.

    >>> cell(True), cell(["email", "phone"]), cell(3), cell([{"equals": ["x"]}]), cell([])
    ('true', 'email, phone', '3', '{"equals":["x"]}', 'none')
    """
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value)) if value else "none"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _plain(value: object) -> object:
    return cell(value) if isinstance(value, list | tuple) else value
