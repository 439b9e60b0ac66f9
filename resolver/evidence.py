"""Evidence: which rules join what in a store, and by which values, as the engine's own matching says (M8).

Questions about an engine; nothing is changed.

>>> from resolver import Engine
>>> engine = Engine()
>>> ada = engine.resolve({"email": "ada@example.com"})
>>> [(match.rule, match.shared) for match in matches(engine, {"email": "Ada@Example.com", "chat": "ada"})]
[('email', (Shared(id_type='email', given='ada@example.com', held='ada@example.com'),))]
"""

from collections.abc import Collection
from itertools import product

import msgspec

from resolver.callbacks import executed_a_command
from resolver.commands import Identifiers
from resolver.engine import Engine
from resolver.kernel import codes
from resolver.kernel.choices import blocks, choose_given, text_of
from resolver.kernel.compounds import sharers_of
from resolver.kernel.matching import can_apply, find_by, match
from resolver.kernel.profile_lists import values_of
from resolver.kernel.resolve import free_values_of
from resolver.kernel.rows import ProfileRow, TypeNumber, ValueRow
from resolver.kernel.tables import earliest_first, holders, holds
from resolver.names import COLLISION, IdType, ProfileId, Value
from resolver.profiles import id_of
from resolver.rules.matching import similar

Choices = dict[TypeNumber, list[ValueRow]]
"""For each idType, by its number, values of which one is to be shared."""


class Shared(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Two values of one idType that match: equal, or similar where the type is fuzzy (R7, R8).

    ``given`` is what was given, or what the profile holds that was asked about; ``held`` what the matched one holds.
    """

    id_type: IdType
    given: Value
    held: Value


class RuleMatch(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What one rule finds in one profile: the rule's text, the profile, and every pair of values that they share.

    ``shared`` has at least one pair of each idType that the rule names, in the order of the rule.
    """

    rule: str
    profile_id: ProfileId
    shared: tuple[Shared, ...]


def matches(
    engine: Engine, identifiers: Identifiers, joined: Collection[ProfileId] | None = None
) -> tuple[RuleMatch, ...]:
    """What the rules would find for identifiers now, rule by rule in the order in which they are tried (R2, R6).

    The profiles in it are those that ``resolve`` would update or merge; under policies, by which a value may find a
    profile that it does not fit, only those that are *joined*, where somebody knows them (P4). Raises what ``resolve``
    raises for identifiers; costs what its matching does, and the values of each profile found.
    """
    ruling = engine._settled_ruling()
    t, s, r = engine._tables, engine._scratch, ruling.rules
    last = t.number
    s.stamp += 1
    stamp = s.stamp
    engine._read(identifiers)
    if t.number != last or s.stamp != stamp:
        raise executed_a_command()
    given: Choices = {}
    for place in range(s.n_given):
        value = s.given[place]
        given.setdefault(t.kind[value], []).append(value)
    found: list[RuleMatch] = []
    if r.joins and joined is None:
        joined = [id_of(t, s.found[place]) for place in range(match(t, s, r, t.at))]
    choose_given(t, s, r)
    for rule in range(len(r.types)):
        if can_apply(s, r, rule) and find_by(t, s, r, rule):
            profiles = earliest_first(t, [s.sharing[place] for place in range(s.n_sharing)])
            if r.joins and joined is not None:
                profiles = [profile for profile in profiles if id_of(t, profile) in joined]
            found += [_match(engine, rule, given, profile) for profile in profiles]
            if r.stops_at_first:
                break
    return tuple(found)


def joins(engine: Engine, profile_id: str) -> tuple[RuleMatch, ...]:
    """What each compound rule joins to the values that a profile holds (R7). Raises ``ProfileNotFound``."""
    profile = engine._living(profile_id)
    t, s, r = engine._tables, engine._scratch, engine._ruling.rules
    found: list[RuleMatch] = []
    for rule in r.compounds:
        held = {kind: free_values_of(t, s, r, profile, kind) for kind in r.types[rule]}
        if all(held.values()):
            others = [other for other in earliest_first(t, sharers_of(t, s, r, rule, profile)) if other != profile]
            found += [_match(engine, rule, held, other) for other in others]
    return tuple(found)


def collisions(engine: Engine, profile_id: str, id_type: IdType, value: str) -> tuple[RuleMatch, ...]:
    """What lets a profile merge with the other holders of a unique value that it is given (A3).

    ``collision`` where a rule of that single idType does, else each compound rule that holds with the value, which is
    given as it is stored. Raises ``ProfileNotFound``.
    """
    profile = engine._living(profile_id)
    t, s, r, names = engine._tables, engine._scratch, engine._ruling.rules, engine._ruling.names
    kind = engine._ruling.numbers[id_type]
    row = t.index[kind].find(t.text, value)
    others = [other for other in holders(t, row) if other != profile]
    if r.own_rule[kind]:
        return tuple(
            RuleMatch(COLLISION, id_of(t, other), (Shared(id_type, t.text[row], t.text[row]),)) for other in others
        )
    found: list[RuleMatch] = []
    for rule in r.naming[kind]:
        choices = {each: [row] if each == kind else free_values_of(t, s, r, profile, each) for each in r.types[rule]}
        wanted = {names[each] for each in choices}
        every = (_match(engine, rule, choices, other, exact=kind) for other in others)
        found += [match for match in every if {shared.id_type for shared in match.shared} == wanted]
    return tuple(found)


def _match(
    engine: Engine, rule: int, choices: Choices, profile: ProfileRow, exact: TypeNumber = codes.NO_TYPE
) -> RuleMatch:
    """A rule's match with one profile: all pairs of values that they share; of an *exact* type only equal ones."""
    t, s, ruling = engine._tables, engine._scratch, engine._ruling
    r = ruling.rules
    shared: list[Shared] = []
    for kind in r.types[rule]:
        if kind in r.thresholds and kind != exact:
            ours = [text_of(t, s, value) for value in choices[kind]]
            theirs = [t.text[value] for value in values_of(t, profile, kind)]
            pairs = [
                (one, other)
                for one, other in product(ours, theirs)
                if similar(one, other, r.thresholds[kind]) and (one == other or not blocks(r, kind, other))
            ]
        else:
            pairs = [(t.text[value], t.text[value]) for value in choices[kind] if holds(t, profile, value)]
        shared += [Shared(ruling.names[kind], *pair) for pair in pairs]
    return RuleMatch(ruling.book.rules[rule].text, id_of(t, profile), tuple(shared))
