"""The truth about a history: which person is behind each record, as far as somebody knows, and what agrees with it.

How well profiles agree with persons follows from one table, how many records each profile has of each person:
O(records), never pair by pair.

>>> truth = Truth.of({"a": "ada", "b": "ada", "x": "xi"}, refs=["a", "b", "c"])
>>> truth.persons, truth.unknown, truth.untold
({'a': 'ada', 'b': 'ada'}, ('x',), 1)
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import Any

import msgspec

from resolver.display import counted
from resolver.errors import shown
from resolver.history.delimited import delimiter_in, header_and_rows
from resolver.history.inputs import is_frame, named
from resolver.history.lines import check_encoding
from resolver.history.reading import Reading
from resolver.history.record import Reason, plain
from resolver.history.source import FileSource
from resolver.suggestions import did_you_mean, near

HEADER = ["ref", "person"]
SHOWN = 3
"""How many of the unknown refs are named in words."""


class Truth(msgspec.Struct, frozen=True):
    """What is known of a history's records: ``persons`` by ref.

    ``unknown`` are refs that the history does not have, ``untold`` counts those of the history that the truth
    leaves out. Neither is compared.
    """

    persons: dict[str, str]
    unknown: tuple[str, ...]
    untold: int
    hints: dict[str, list[str]]

    @classmethod
    def of(cls, told: Mapping[Any, Any], refs: Collection[str]) -> "Truth":
        """Match a truth with the refs of a history. O(refs).

        A ref may be an integer, as it may in a record; a missing person (None, NaN, NA) is not told. ``ValueError`` if
        truth and history have no ref in common, or *told* is no mapping of refs to persons.
        """
        persons = _as_texts(told)
        known = {ref: person for ref, person in persons.items() if ref in refs}
        unknown = tuple(ref for ref in persons if ref not in refs)
        untold = [ref for ref in refs if ref not in persons] if unknown else []
        hints = {ref: near(ref, untold) for ref in unknown[:SHOWN]}
        if not known:
            named = ", ".join(map(repr, unknown[:SHOWN])) or "it is empty"
            raise ValueError(f"the truth knows no record of this history ({named}); expected its refs")
        return cls(known, unknown, len(refs) - len(known), hints)

    def notes(self) -> list[str]:
        """Say in words what could not be compared."""
        notes = []
        if self.untold:
            total = len(self.persons) + self.untold
            notes.append(f"compared with the truth: {len(self.persons):,} of {total:,} records; it has no more")
        if self.unknown:
            named = [
                repr(ref) + (f" (did you mean {' or '.join(map(repr, nearby))}?)" if nearby else "")
                for ref, nearby in self.hints.items()
            ]
            more = f" and {len(self.unknown) - len(named):,} more" if len(self.unknown) > len(named) else ""
            records = counted(len(self.unknown), "record")
            notes.append(f"the truth has {records} that the history does not have: {', '.join(named)}{more}")
        return notes

    def to_json(self) -> dict[str, Any]:
        """Return what was compared, and what was not."""
        return {"compared": len(self.persons), "untold": self.untold, "unknown": list(self.unknown)}


def _as_texts(told: Any) -> dict[str, str]:
    """Return refs and persons as texts, without what is missing."""
    if not isinstance(told, Mapping) and not (hasattr(told, "items") and getattr(told, "ndim", 0) == 1):
        given = named(told) if is_frame(told) else shown(told)
        raise ValueError(
            f"{given} is not a truth; expected a mapping of refs to persons, such as dict(zip(frame['ref'], "
            "frame['person'])), or the path of a file"
        )
    persons: dict[str, str] = {}
    for key, person in told.items():
        ref, known = plain(key), plain(person)
        if ref is None or known is None:
            continue
        if not isinstance(ref, str | int) or isinstance(ref, bool):
            raise ValueError(  # noqa: TRY004  the same error as for any other wrong truth
                f"the truth's ref {shown(ref)} has the wrong type; expected a text or an integer"
            )
        if persons.setdefault(str(ref), str(known)) != str(known):
            raise ValueError(
                f"the truth's ref {str(ref)!r} is {str(known)!r} and {persons[str(ref)]!r}; expected one person"
            )
    return persons


def read_truth(
    path: str | Path, columns: Mapping[str, Sequence[str]] | None = None, encoding: str | None = None
) -> dict[str, str]:
    """Read a truth file: CSV with the columns ``ref`` and ``person``, of whatever kind a history of CSV may be.

    Where its header shows that cells are separated by semicolons, tabs or bars, they are.
    *columns* names the columns that have them otherwise; a ref of several is joined with ``:``, as in a history, and
    further columns are left out then. A row whose ref is empty is not about a record. *encoding* is that of the text,
    UTF-8 unless given. Raises ``ValueError`` naming file, line and cause, and ``OSError``.

    >>> from resolver.example import path
    >>> read_truth(path("history.jsonl.truth.csv"))["crm:000001"]
    'p000001'
    """
    encoding = None if encoding is None else check_encoding(encoding)
    Path(path).open("rb").close()  # what is not there is an OSError, as for every other file
    header, rows = header_and_rows(Reading(FileSource(path), encoding=encoding))
    delimiter = None if header is None else delimiter_in(header, encoding=encoding)
    if delimiter is not None:
        header, rows = header_and_rows(Reading(FileSource(path), delimiter=delimiter, encoding=encoding))
    line = 1 if header is None else header.line
    names = None if header is None or header.cells is None else [cell.strip() for cell in header.cells if cell.strip()]
    places = _places(f"{path}: line {line}", names, columns)
    persons: dict[str, str] = {}
    for line, cells, error, _ in rows:
        if cells is None:
            told = f"{path}: line {line}: cannot be read as CSV in {encoding or 'UTF-8'}: {error and error.message}"
            is_foreign = encoding is None and error is not None and error.reason is Reason.NOT_UTF8
            raise ValueError(f"{told} (--truth-encoding cp1252, say)" if is_foreign else told)
        if columns:
            cells += [""] * (len(names or ()) - len(cells))
            ref, person = (":".join(cells[each].strip() for each in places[name]) for name in HEADER)
            if not all(cells[each].strip() for each in places["ref"]):
                continue
        elif len(cells) < len(HEADER) or not all(cells[:2]) or any(cells[2:]):
            raise ValueError(f"{path}: line {line}: {cells!r} is not right; expected a ref and a person")
        else:
            ref, person = cells[:2]
        if persons.setdefault(ref, person) != person:
            raise ValueError(
                f"{path}: line {line}: ref {ref!r} is {person!r} here and {persons[ref]!r} before; expected one person"
            )
    return persons


def _places(
    place: str, names: list[str] | None, columns: Mapping[str, Sequence[str]] | None
) -> dict[str, tuple[int, ...]]:
    """Return where ref and person stand in a row; ``ValueError`` if a column is not there."""
    if not columns:
        if names != HEADER:
            raise ValueError(
                f"{place}: the header is {names!r}; expected {','.join(HEADER)}, or the columns that have them "
                "(--truth-map person=COLUMN)"
            )
        return {}
    for name in columns:
        if name not in HEADER:
            raise ValueError(f"truth: {name!r} is mapped; expected {' or '.join(HEADER)}{did_you_mean(name, HEADER)}")
    found = {}
    for name in HEADER:
        wanted = columns.get(name, (name,))
        missing = [column for column in wanted if column not in (names or ())]
        if missing:
            raise ValueError(f"{place}: column {missing[0]!r} does not exist; the columns are {shown(names, 500)}")
        found[name] = tuple((names or []).index(column) for column in wanted)
    return found


class Agreement(msgspec.Struct, frozen=True, rename="camel"):
    """How profiles agree with persons, over the ``compared`` records that the truth knows.

    ``precision`` is the share of the pairs of records in one profile that are one person, ``recall`` the share of
    the pairs of one person that are in one profile, ``f1`` their harmonic mean; with no such pair nothing is
    wrong: 1. ``bcubed_*`` are the same as seen by a record, on average over the records of each person, and then over
    persons, so that all persons count alike. ``split_persons`` are in several profiles,
    ``merged_persons`` share a profile with somebody else.
    """

    compared: int
    persons: int
    precision: float
    recall: float
    f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    split_persons: int
    merged_persons: int


def agreement(groups: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Agreement:
    """Compare a grouping with the truth, over the refs of *truth*, all of which *groups* must have.

    >>> found = agreement({"a": 1, "b": 1, "c": 1}, {"a": "ada", "b": "ada", "c": "cy"})
    >>> round(found.precision, 3), found.recall, found.merged_persons
    (0.333, 1.0, 2)
    """
    cells = Counter((groups[ref], person) for ref, person in truth.items())
    of_group: Counter[Hashable] = Counter()
    of_person: Counter[Hashable] = Counter()
    persons_in: Counter[Hashable] = Counter()
    groups_of: Counter[Hashable] = Counter()
    for (group, person), count in cells.items():
        of_group[group] += count
        of_person[person] += count
        persons_in[group] += 1
        groups_of[person] += 1
    together = pairs_of(cells.values())
    precision = _share(together, pairs_of(of_group.values()))
    recall = _share(together, pairs_of(of_person.values()))
    persons = len(of_person)
    seen_precision = _share(
        fsum(count * count / of_group[group] / of_person[person] for (group, person), count in cells.items()), persons
    )
    seen_recall = _share(fsum(count * count / of_person[person] ** 2 for (_, person), count in cells.items()), persons)
    merged = {person for group, person in cells if persons_in[group] > 1}
    return Agreement(
        compared=len(truth),
        persons=persons,
        precision=precision,
        recall=recall,
        f1=_harmonic_mean(precision, recall),
        bcubed_precision=seen_precision,
        bcubed_recall=seen_recall,
        bcubed_f1=_harmonic_mean(seen_precision, seen_recall),
        split_persons=sum(count > 1 for count in groups_of.values()),
        merged_persons=len(merged),
    )


def agreement_of(assignments: Mapping[str, Hashable], persons: Mapping[str, str]) -> Agreement:
    """Return how well the profiles of refs agree with their persons.

    A ref that is in no profile, as its line was rejected or its profile deleted, counts as a profile of its own: so all
    settings are compared over the same records. O(refs).
    """
    return agreement({ref: assignments.get(ref, ("alone", ref)) for ref in persons}, persons)


def pairs_of(sizes: Iterable[int]) -> int:
    """Return the number of pairs within groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in sizes)


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 1.0


def _harmonic_mean(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
