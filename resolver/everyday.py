"""The everyday ``resolve``: decided and carried out in one pass.

Nearly every event names one known profile, or none, or two that are now proved to be one, under rules where a
value matches only by being equal and owned, and with every limit far away. Such a command needs no draft, and no
second look at its facts to carry them out: its identifiers are seen once, and what follows is written at once.
Everything is read before the first write, and nothing can fail after it (I7). A text that is stored needs no
normalizing (N7). Whatever is not as simple as that is left to deciding in full and to ``State.apply``; a preview
is always made there, so that the two ways are held against each other wherever a preview is compared with what
then happened.
"""

from resolver.commands import Resolve
from resolver.decide.in_full import Draw
from resolver.errors import InvalidIdentifier
from resolver.facts import AnyFact, IdentifierAdded, Outcome, ProfileCreated, ProfilesMerged
from resolver.names import IdType, Milliseconds, ProfileId, Status, Value
from resolver.rules.rulebook import TypeRules
from resolver.rules.survival import birth
from resolver.state.store import State
from resolver.structures.held import WIDTH, count_of, inserted
from resolver.structures.profile import Profile

# Bound once: reading a member of an enumeration costs as much as creating two facts.
_CREATED, _UPDATED, _MERGED, _UNCHANGED = Status.CREATED, Status.UPDATED, Status.MERGED, Status.UNCHANGED

Newcomer = tuple[TypeRules, Value]
"""A value that nobody holds, with the rules of its type; one of a type."""


def resolve_everyday(state: State, command: Resolve, number: int, at: Milliseconds, draw: Draw) -> Outcome | None:
    """Execute a ``Resolve`` if it is an everyday one; None, and nothing has changed, if it is not."""
    identifiers = command.identifiers
    if type(identifiers) is not dict:
        return None
    finders = state.finders
    owner: ProfileId | None = None
    several = False
    new: tuple[Newcomer, ...] = ()
    try:
        for id_type, raw in identifiers.items():
            found = finders[id_type](raw)
            if found is None:
                rules = state.book.plain[id_type]
                value = rules.normalize(raw)
                if value is raw or (found := finders[id_type](value)) is None:
                    new += ((rules, value),)
                    continue
            if owner is None:
                owner = found
            elif owner != found:
                several = True
    except (KeyError, InvalidIdentifier, TypeError):  # no plain type, unreadable, or a list of values
        return None
    facts: tuple[AnyFact, ...] = ()
    if owner is None:
        if not new or command.new_profile_id is not None:
            return None
        status = _CREATED
        owner = draw(number, at)
        profile = state.profiles[owner] = Profile(owner, at, number)
        if state.mine is not None:
            state.mine.add(owner)
        facts = (ProfileCreated(number, at, owner),)
    elif several:
        merge = _merge(state, identifiers, number, at, len(new))
        if merge is None:
            return None
        status = _MERGED
        owner = merge.survivor
        facts = (merge,)
        state.apply(facts)
        profile = state.profiles[owner]
    elif not new:
        return Outcome(_UNCHANGED, owner)
    else:
        profile = state.profiles[owner]
        if len(profile.held) // WIDTH + len(new) > state.book.least_limit and not _has_room(profile, new):
            return None
        status = _UPDATED
        if state.mine is not None:
            profile = state.writable(owner)
    if len(new) > 1:
        new = tuple(sorted(new, key=_place))
    held = profile.held
    is_late = bool(held) and held[-3] > at
    for rules, value in new:
        id_type = rules.id_type
        facts += (IdentifierAdded(number, at, owner, id_type, value),)
        if is_late:
            held = inserted(held, id_type, at, number, value)
        else:
            held += (id_type, at, number, value)
        state.index[id_type][value] = owner
    profile.held = held
    return Outcome(status, owner, facts)


def _place(newcomer: Newcomer) -> int:
    """Give where the type stands in the order of attaching (R4)."""
    return newcomer[0].place


def _has_room(profile: Profile, new: tuple[Newcomer, ...]) -> bool:
    """Tell whether new values, one of a type, stay within their limits (L1)."""
    return all(count_of(profile.held, rules.id_type) < rules.limit for rules, _ in new)


def _merge(
    state: State, identifiers: dict[IdType, str], number: int, at: Milliseconds, more: int
) -> ProfilesMerged | None:
    """Give the merge of all owners of the identifiers, found by the rules of their types (R3, M1, M8).

    None where a limit comes near, with *more* values to be added, where the first rule decides (R6), or where a
    compound rule may join further profiles (R7).
    """
    book = state.book
    if book.stops_at_first or book.compounds:
        return None
    owned: list[tuple[int, IdType, Value, ProfileId]] = []
    for id_type, raw in identifiers.items():
        rules = book.plain[id_type]
        value = str.__str__(raw) if state.normal and raw in state.index[id_type] else rules.normalize(raw)
        owner = state.finders[id_type](value)
        if owner is not None:
            owned.append((rules.place, rules.id_type, value, owner))
    owned.sort()
    profiles: dict[ProfileId, Profile] = {}
    for _, id_type, _, owner in owned:
        if owner not in profiles:
            profile = profiles[owner] = state.profiles[owner]
            more += len(profile.held) // WIDTH
            if len(profiles) == 2:
                decisive = id_type
    if more > book.least_limit:
        return None
    survivor, *absorbed = [profile.id for profile in sorted(profiles.values(), key=birth)]
    pairs = [(id_type, value) for _, id_type, value, _ in owned]
    return ProfilesMerged(number, at, survivor, tuple(absorbed), decisive, tuple(pairs))
