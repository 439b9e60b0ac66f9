"""Judgement: whether the changes of a comparison are better or worse, against a truth.

A changed group is judged by the pairs of its records that the change takes apart or puts together: a wrong pair that
comes apart is better, a pair of one person that comes apart is worse, and the other way round.

>>> from resolver.simulate import compare, replay
>>> from resolver import Settings
>>> history = [{"ref": name, "identifiers": {"phone": "317-555-6789", "chat": name}} for name in ("ada", "ann")]
>>> shared = [{"idType": "phone", "normalization": "phone", "enforceUnique": False}, {"idType": "chat"}]
>>> candidate = Settings.from_json({"identifierConfigs": shared, "matchingRules": ["chat"]})
>>> runs = replay(history), replay(history, candidate)
>>> found = judge(compare(*runs), *runs, {"ada": "Ada", "ann": "Ann"})
>>> found.split, found.candidate.precision
((Judged(wrong=-1, missed=0),), 1.0)
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from resolver.simulate.compare import Change, Comparison
from resolver.simulate.run import Again, Run
from resolver.simulate.truth import Agreement, Truth, agreement_of, pairs_of, read_truth


class Judged(msgspec.Struct, frozen=True):
    """By how many the wrong pairs and the missed pairs of a changed group grow, under the candidate; less is better."""

    wrong: int
    missed: int

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, or ``even`` where as many pairs are put right as are put wrong, or none is known."""
        change = self.wrong + self.missed
        return "even" if not change else "better" if change < 0 else "worse"

    def to_json(self) -> dict[str, Any]:
        """Return the figures and the verdict."""
        return {"wrong": self.wrong, "missed": self.missed, "verdict": self.verdict}


class Judgement(msgspec.Struct, frozen=True):
    """How both runs of a comparison agree with a truth, and each of its changed groups, in the order that they have."""

    baseline: Agreement
    candidate: Agreement
    joined: tuple[Judged, ...]
    split: tuple[Judged, ...]
    truth: Truth

    @property
    def verdicts(self) -> Counter[str]:
        """How many changed groups have which verdict."""
        return Counter(each.verdict for each in (*self.joined, *self.split))

    def added_to(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return what ``comparison.json`` holds, with the figures of both runs and the judgement of every group."""
        return {
            **document,
            "joined": _with_pairs(document["joined"], self.joined),
            "split": _with_pairs(document["split"], self.split),
            "truth": {
                **self.truth.to_json(),
                "baseline": msgspec.to_builtins(self.baseline),
                "candidate": msgspec.to_builtins(self.candidate),
            },
        }


def _with_pairs(groups: Iterable[dict[str, Any]], judged: tuple[Judged, ...]) -> Iterable[dict[str, Any]]:
    """Return groups with their judgements; those that are made while they are read still are."""

    def read() -> Iterator[dict[str, Any]]:
        return ({**group, "pairs": one.to_json()} for group, one in zip(groups, judged, strict=True))

    return Again(read) if isinstance(groups, Again) else list(read())


def judge(comparison: Comparison, baseline: Run, candidate: Run, truth: Mapping[Any, Any] | str | Path) -> Judgement:
    """Judge a comparison of two runs against a truth: refs and persons, or a file as ``read_truth`` takes it.

    Raises ``ValueError`` where the truth has no ref of the history. O(refs).
    """
    persons = read_truth(truth) if isinstance(truth, str | Path) else truth
    known = Truth.of(persons, baseline.refs)
    return Judgement(
        agreement_of(baseline.assignments, known.persons),
        agreement_of(candidate.assignments, known.persons),
        tuple(_judged(change, known.persons, 1) for change in comparison.joined),
        tuple(_judged(change, known.persons, -1) for change in comparison.split),
        known,
    )


def _judged(change: Change, persons: Mapping[str, str], together: int) -> Judged:
    """Return the judgement of a group whose parts come *together* (1), or apart (-1). O(refs)."""
    parts = [Counter(persons[ref] for ref in part if ref in persons) for part in change.parts]
    whole: Counter[str] = Counter()
    for part in parts:
        whole.update(part)
    of_one_person = pairs_of(whole.values()) - sum(pairs_of(part.values()) for part in parts)
    every = pairs_of([whole.total()]) - pairs_of([part.total() for part in parts])
    return Judged(together * (every - of_one_person), -together * of_one_person)
