"""Sharing: which values of a column different people have, as rows that differ in names and birth date show.

>>> rows = [("1990-01-01", "Ada", "Ash"), ("1985-05-05", "Bob", "Birch")] * 10
>>> Sharing.of(["317-555-0100"] * 20, rows).most
(('317-555-0100', 20),)
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, islice
from typing import Any

import attrs
from rapidfuzz import fuzz

from resolver.names import IdType
from resolver.project.columns import Column, share_readable, texts_of
from resolver.project.sample import Sample
from resolver.settings import Settings

_SHARED = 0.3
"""Share of a type's repeated values that come with different people, from which on it proves nothing alone."""

_ENOUGH = 10
"""Repeated values from which on their share says something, and rows from which on a single value is looked at."""
_SUSPECTS = 3
"""Values of an idType at most that are named as shared."""
_COMPARED, _ALIKE = 20, 60
"""People of one value who are compared, and the likeness of texts from 0 to 100 below which they differ."""
_PERSON = ("birth_date", "first_name", "last_name")


@attrs.frozen
class Suspect:
    """A single value that many rows of different people have: it would make one profile of them all."""

    column: str
    id_type: IdType
    value: str
    rows: int


def is_readable(suspect: Suspect, settings: Settings, region: str) -> bool:
    """Whether a value can be read as its type: what cannot be is dropped, and joins nobody."""
    configs = {config.id_type: config.normalization for config in settings.identifier_configs}
    return suspect.id_type in configs and share_readable(configs[suspect.id_type], [suspect.value], region) > 0


@attrs.frozen
class Sharing:
    """How far the values of a column are shared by people who differ in two of birth date, first and last name."""

    is_usual: bool
    most: tuple[tuple[str, int], ...]
    """Single values that many rows of different people have, with the number of rows, largest first."""

    @classmethod
    def of(cls, cells: Sequence[Any], known: Sequence[tuple[str, ...]]) -> "Sharing":
        """Return it for the cells of a column, given what each row says of its person. O(cells)."""
        people: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
        rows: Counter[str] = Counter()
        for person, cell in zip(known, cells, strict=True):
            for text in texts_of([cell]):
                rows[text] += 1
                people[text][person] = None
        repeated = [text for text, count in rows.items() if count > 1]
        different = {text for text in repeated if _differ(people[text])}
        is_usual = len(repeated) >= _ENOUGH and len(different) > _SHARED * len(repeated)
        most = [(text, count) for text, count in rows.most_common(_SUSPECTS) if count >= _ENOUGH and text in different]
        return cls(is_usual, tuple(most))


def people_of(sample: Sample, by_type: Mapping[IdType, Column]) -> list[tuple[str, ...]]:
    """Return what each row says of its person: birth date, first and last name, empty where it says nothing."""
    nothing: list[None] = [None] * sample.rows
    told = [sample.columns[by_type[each].name] if each in by_type else nothing for each in _PERSON]
    return [tuple("".join(texts_of([cell])).casefold().strip() for cell in row) for row in zip(*told, strict=True)]


def _differ(people: Iterable[tuple[str, ...]]) -> bool:
    """Whether two of them are surely not one person: of birth date, first and last name two are not even alike."""
    some = list(islice(people, _COMPARED))
    return any(
        sum(bool(left and right) and fuzz.ratio(left, right) < _ALIKE for left, right in zip(one, other, strict=True))
        > 1
        for one, other in combinations(some, 2)
    )
