"""Evidence: which rules join what in a store, and by which values, as the engine's own matching says (M8).

Questions about an engine; nothing is changed.

>>> from resolver import Engine
>>> engine = Engine()
>>> ada = engine.resolve({"email": "ada@example.com"})
>>> [(match.rule, match.shared) for match in matches(engine, {"email": "Ada@Example.com", "chat": "ada"})]
[('email', (Shared(id_type='email', given='ada@example.com', held='ada@example.com'),))]
"""

from collections.abc import Collection, Iterable

import msgspec

from resolver.commands import Identifiers
from resolver.engine import Engine
from resolver.errors import executed_a_command
from resolver.kernel import codes
from resolver.kernel.compounds import sharers_of
from resolver.kernel.matching import given_by_type, match, match_rule_by_rule, pairs_shared
from resolver.kernel.resolve import arrange, free_values_of
from resolver.kernel.rows import ProfileRow, TypeNumber, ValueRow
from resolver.kernel.scratch import add_given
from resolver.kernel.tables import earliest_first, holders
from resolver.names import COLLISION, IdType, ProfileId, Value
from resolver.profiles import id_of, row_of

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
    engine._settled_ruling()
    t, s = engine._tables, engine._scratch
    last = t.number
    s.stamp += 1
    stamp = s.stamp
    engine._read(identifiers)
    if t.number != last or s.stamp != stamp:
        raise executed_a_command()
    if not engine._ruling.rules.joins:
        return _found(engine)
    if joined is not None:
        return _found(engine, {row_of(t, each) for each in joined})
    size = match(t, s, engine._ruling.rules, t.at)
    return _found(engine, {s.found[place] for place in range(size)})


def matches_of_values(
    engine: Engine, values: Iterable[ValueRow], joined: Collection[ProfileRow]
) -> tuple[RuleMatch, ...]:
    """The same of values that the store knows, by their rows; *joined* are rows of profiles."""
    t, s, r = engine._tables, engine._scratch, engine._ruling.rules
    engine._start()
    for value in dict.fromkeys(values):
        add_given(s, value)
    arrange(t, s, r)
    return _found(engine, joined if r.joins else None)


def _found(engine: Engine, joined: Collection[ProfileRow] | None = None) -> tuple[RuleMatch, ...]:
    """What the rules find for what was given; only the profiles that are *joined*, where these are said."""
    t, s = engine._tables, engine._scratch
    found = match_rule_by_rule(t, s, engine._ruling.rules)
    if not found:
        return ()
    given = given_by_type(t, s)
    return tuple(
        [_match(engine, rule, given, profile) for rule, profile in found if joined is None or profile in joined]
    )


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
    r, names = ruling.rules, ruling.names
    shared = [
        Shared(names[kind], *pair)
        for kind in r.types[rule]
        for pair in pairs_shared(t, s, r, profile, kind, choices[kind], kind == exact)
    ]
    return RuleMatch(ruling.book.rules[rule].text, id_of(t, profile), tuple(shared))
