"""Judgement against a truth: which pairs of records a run has wrong, and which changes of a comparison are better.

A changed group is judged by the pairs of its records that the change takes apart or puts together: a wrong pair that
comes apart is better, a pair of one person that comes apart is worse, and the other way round.

>>> from resolver import Settings
>>> from resolver.simulate import compare, replay
>>> history = [{"ref": name, "identifiers": {"phone": "317-555-6789", "chat": name}} for name in ("ada", "ann")]
>>> shared = [{"idType": "phone", "normalization": "phone", "enforceUnique": False}, {"idType": "chat"}]
>>> candidate = Settings.from_json({"identifierConfigs": shared, "matchingRules": ["chat"]})
>>> runs, truth = (replay(history), replay(history, candidate)), {"ada": "Ada", "ann": "Ann"}
>>> found = judge(compare(*runs), *runs, truth)
>>> found.split, found.candidate.precision
((Judged(wrong=-1, missed=0),), 1.0)

Of one run, a pair is *wrong* if two people are in one profile: it comes from the first command that brought the two
people together, and from what that command matched on. A pair is *missed* if one person is in two profiles: what the
two have in common, of what was ever presented for that person, might have joined them. Pairs are counted, never listed.

>>> [(each.rule, each.identifiers, each.pairs) for each in pair_errors(runs[0], truth).wrong]
[('phone', (('phone', '+13175556789'),), 1)]
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec

from resolver.display import counted
from resolver.facts import ProfilesMerged
from resolver.names import IdType, ProfileId
from resolver.settings import AND
from resolver.simulate.compare import Change, Comparison
from resolver.simulate.run import Again, Run, check_run
from resolver.simulate.steps import Identifier, Step, Wanted
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


Key = tuple[str, tuple[Identifier, ...]]
"""What brought people together: a rule, and the identifiers that it matched on."""

Node = tuple[ProfileId, str]
"""A person in the profile where their records ended."""

NAMED = "named"
"""In the place of a rule: the command named the profile that its record came into."""

_MOST_PROFILES = 50
"""Profiles of one person that are compared with one another; of more, the rest has nothing in common told."""


class WrongPairs(msgspec.Struct, frozen=True, rename="camel"):
    """Pairs of records of different people who were brought into one profile by the same match.

    ``rule`` and ``identifiers`` are what matched, as stored; ``named`` where the command named the profile. ``lines``
    counts the commands, ``example`` is one of the pairs.
    """

    rule: str
    identifiers: tuple[Identifier, ...]
    pairs: int
    lines: int
    example: tuple[str, str]


class MissedPairs(msgspec.Struct, frozen=True, rename="camel"):
    """Pairs of records of one person in different profiles, by the idTypes of which both profiles were shown a value.

    ``persons`` counts the people, ``example`` is one of the pairs and ``identifiers`` what that pair's profiles share.
    """

    id_types: tuple[IdType, ...]
    identifiers: tuple[Identifier, ...]
    pairs: int
    persons: int
    example: tuple[str, str]


class PairErrors(msgspec.Struct, frozen=True):
    """What is wrong in a run: ``wrong`` and ``missed`` pairs by what they come from, most pairs first.

    ``agreement`` has the figures, ``truth`` what was compared.
    """

    agreement: Agreement
    wrong: tuple[WrongPairs, ...]
    missed: tuple[MissedPairs, ...]
    truth: Truth

    @property
    def wrong_pairs(self) -> int:
        """The number of pairs of different people in one profile."""
        return sum(each.pairs for each in self.wrong)

    @property
    def missed_pairs(self) -> int:
        """The number of pairs of one person in different profiles."""
        return sum(each.pairs for each in self.missed)

    def to_json(self) -> dict[str, Any]:
        """Return everything, ready for any JSON writer."""
        return {
            "agreement": msgspec.to_builtins(self.agreement),
            "wrong": msgspec.to_builtins(self.wrong),
            "missed": msgspec.to_builtins(self.missed),
            "truth": self.truth.to_json(),
        }

    def __repr__(self) -> str:
        wrong, missed = counted(self.wrong_pairs, "wrong pair"), counted(self.missed_pairs, "missed pair")
        return f"<PairErrors: {wrong} and {missed} of {counted(self.agreement.compared, 'record')}>"


def pair_errors(run: Run, truth: Mapping[Any, Any] | str | Path) -> PairErrors:
    """Return the pairs of records that a run has wrong, and what they come from.

    *truth* maps refs to persons, or is a file as ``read_truth`` takes it. Raises ``ValueError`` where it has no ref of
    the history, ``InvalidHistory`` for what is no run. A few passes over the run.
    """
    check_run(run)
    persons = read_truth(truth) if isinstance(truth, str | Path) else truth
    known = Truth.of(persons, run.refs)
    wrong = _Wrong(run, known.persons)
    wrong.read()
    return PairErrors(agreement_of(run.assignments, known.persons), wrong.found(), _missed(run, known.persons), known)


errors = pair_errors
"""The same, as the command line calls it."""


class _Meeting(msgspec.Struct, frozen=True):
    """A command that first brought two sets of people together: how many pairs of records that makes, and one."""

    number: int
    pairs: int
    example: tuple[str, str]


class _Question(msgspec.Struct, frozen=True):
    """A meeting of which the match is to be asked: the one with the profile *found*, or any; *otherwise* is known."""

    meeting: _Meeting
    found: ProfileId | None
    otherwise: Key


class _Wrong:
    """The wrong pairs of a run: which command first brought which people together.

    Each profile has the people of its records. A record of a person who is there already, and a merge of profiles that
    have a person in common, bring nobody together for the first time: so a pair comes from the command that joined the
    two people, and not from a right one that added one more record. People are united pair by pair, as Kruskal's
    algorithm unites nodes; a union makes as many pairs as the product of the records on both sides.
    """

    def __init__(self, run: Run, persons: Mapping[str, str]) -> None:
        self._run = run
        self._persons = persons
        self._ends = {ref: run.assignments[ref] for ref in persons if ref in run.assignments}
        self._weights = Counter((end, persons[ref]) for ref, end in self._ends.items())
        self._parents: dict[Node, Node] = {}
        self._people: dict[ProfileId, dict[str, str]] = {}
        """For each profile so far, its people, each with the first of its records."""
        self._questions: list[_Question] = []
        self._pairs: Counter[Key] = Counter()
        self._lines: defaultdict[Key, set[int]] = defaultdict(set)
        self._examples: dict[Key, tuple[str, str]] = {}

    def read(self) -> None:
        """Read the run; afterwards everything is counted. O(n log n), and two passes for what matched."""
        seen: set[str] = set()
        for step in self._run.select(Wanted(is_applied=True)):
            for fact in step.facts:
                if isinstance(fact, ProfilesMerged):
                    self._merge(fact, step)
            ref, profile = step.ref, step.profile_id
            if ref is None or profile is None or ref in seen or ref not in self._ends:
                continue
            if self._ends[ref] == self._end_of(profile):  # else the ref comes back, and ends elsewhere
                seen.add(ref)
                meeting = self._join(self._people.setdefault(profile, {}), {self._persons[ref]: ref}, step.number)
                if meeting is not None:
                    self._questions.append(_Question(meeting, None, (NAMED, ())))
        self._explain()

    def found(self) -> tuple[WrongPairs, ...]:
        """Return what was counted, most pairs first, then by rule and identifiers."""
        keys = sorted(self._pairs, key=lambda key: (-self._pairs[key], key))
        return tuple(WrongPairs(*key, self._pairs[key], len(self._lines[key]), self._examples[key]) for key in keys)

    def _end_of(self, profile: ProfileId) -> ProfileId | None:
        engine = self._run.engine
        return engine.canonical_id(profile) if profile in engine else None

    def _merge(self, fact: ProfilesMerged, step: Step) -> None:
        """Join the people of merged profiles: for the match that found the one without the person of the record.

        Where that is none of them or both, it is for the rule that the fact names.
        """
        whole = self._people.setdefault(fact.survivor, {})
        person = self._persons.get(step.ref or "")
        for absorbed in fact.absorbed:
            part = self._people.pop(absorbed, {})
            stranger = None if (person in whole) == (person in part) else absorbed if person in whole else fact.survivor
            meeting = self._join(whole, part, fact.command)
            if meeting is not None:
                self._questions.append(_Question(meeting, stranger, _key(fact.rule, fact.identifiers)))

    def _join(self, whole: dict[str, str], part: dict[str, str], number: int) -> _Meeting | None:
        """Add the people of *part* to those of *whole*; return their meeting if it is the first. O(people of part)."""
        meeting = None
        if whole and part and not any(person in whole for person in part):
            one, other = next(iter(whole.items())), next(iter(part.items()))
            end = self._ends[one[1]]
            left, right = self._root((end, one[0])), self._root((end, other[0]))
            if left != right:
                meeting = _Meeting(number, self._weights[left] * self._weights[right], (one[1], other[1]))
                small, large = sorted((left, right), key=self._weights.__getitem__)
                self._parents[small] = large
                self._weights[large] += self._weights[small]
        for person, ref in part.items():
            whole.setdefault(person, ref)
        return meeting

    def _root(self, node: Node) -> Node:
        while (parent := self._parents.get(node)) is not None:
            node = parent
        return node

    def _explain(self) -> None:
        """Count the meetings, each for what its command matched on."""
        matched = self._run.matches_at({each.meeting.number for each in self._questions})
        for each in self._questions:
            found = matched.get(each.meeting.number, ())
            if each.found is not None:
                found = tuple(match for match in found if match.profile_id == each.found)
            elif each.otherwise[0] != NAMED:
                found = ()
            key = each.otherwise
            if found:
                key = _key(found[0].rule, dict.fromkeys((pair.id_type, pair.held) for pair in found[0].shared))
            self._count(key, each.meeting)

    def _count(self, key: Key, meeting: _Meeting) -> None:
        self._pairs[key] += meeting.pairs
        self._lines[key].add(meeting.number)
        self._examples.setdefault(key, meeting.example)


def _key(rule: str, identifiers: Iterable[Identifier]) -> Key:
    """Return a rule with the identifiers that are of its types; a fact names what other rules found too (M8)."""
    pairs = tuple(identifiers)
    types = rule.split(AND)
    return rule, tuple(pair for pair in pairs if pair[0] in types) or pairs


def _missed(run: Run, persons: Mapping[str, str]) -> tuple[MissedPairs, ...]:
    """Return the missed pairs by the idTypes that the profiles of a person have in common, most pairs first."""
    parts: dict[str, dict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
    for ref, person in persons.items():
        parts[person][run.assignments.get(ref, ("alone", ref))].append(ref)
    split = {person: [*groups.values()] for person, groups in parts.items() if len(groups) > 1}
    wanted = {ref for groups in split.values() for refs in groups for ref in refs}
    shown: dict[str, dict[Identifier, None]] = defaultdict(dict)
    for is_applied in (True, False):
        for step in run.select(Wanted(refs=wanted, is_applied=is_applied)):
            shown[str(step.ref)].update(dict.fromkeys(step.identifiers))
    pairs: Counter[tuple[IdType, ...]] = Counter()
    people: dict[tuple[IdType, ...], set[str]] = defaultdict(set)
    examples: dict[tuple[IdType, ...], tuple[tuple[str, str], tuple[Identifier, ...]]] = {}
    for person, groups in split.items():
        values = [dict.fromkeys(pair for ref in refs for pair in shown[ref]) for refs in groups]
        for one, other in combinations(range(len(groups)), 2):
            is_near = one < _MOST_PROFILES and other < _MOST_PROFILES
            common = tuple(pair for pair in values[one] if pair in values[other]) if is_near else ()
            key = tuple(dict.fromkeys(id_type for id_type, _ in common))
            pairs[key] += len(groups[one]) * len(groups[other])
            people[key].add(person)
            examples.setdefault(key, ((groups[one][0], groups[other][0]), common))
    keys = sorted(pairs, key=lambda key: (-pairs[key], key))
    return tuple(MissedPairs(key, examples[key][1], pairs[key], len(people[key]), examples[key][0]) for key in keys)
