"""What fits on a profile: the bounds of the policies, and which of them is broken first (P2, P3)."""

from collections.abc import Sequence

from resolver.names import IdType, Milliseconds, RefusalReason, Value
from resolver.reference.state import Held, Profile, State

DAY = 24 * 60 * 60 * 1000

Pair = tuple[IdType, Value]


def fit(
    view: State,
    profiles: Sequence[Profile],
    coming: Sequence[Pair],
    at: Milliseconds,
    left_out: IdType | None = None,
) -> RefusalReason | None:
    """None if these profiles, as one, and the identifiers that come to them keep all bounds at a time (P3).

    Else the reason why not: that of the first bound broken. A bound is kept by what it allows, and by as much as one of
    the profiles has alone. The limit of the type *left_out* does not count.
    """
    policies = view.settings.policies
    new = [(t, value) for t, value in coming if all(value not in profile.values(t) for profile in profiles)]
    for id_type in view.type_order():
        if policies.protects(id_type) and id_type != left_out:
            together = counted(view, id_type, united(profiles, id_type), at)
            alone = [len(counted(view, id_type, profile.held.get(id_type, []), at)) for profile in profiles]
            number = len(together) + sum(t == id_type for t, _ in new)
            if number > max([view.config(id_type).limit, *alone]):
                return limit_reason(view, id_type)
    held = {t: united(profiles, t) for profile in profiles for t in profile.held}
    sizes = [sum(map(len, profile.held.values())) for profile in profiles]
    if policies.caps.identifiers is not None:
        number = sum(map(len, held.values())) + len(new)
        if number > max([policies.caps.identifiers, *sizes]):
            return RefusalReason.IDENTIFIERS
    if policies.caps.merges is not None:
        aliases = [len(view.aliases(profile)) for profile in profiles]
        number = sum(aliases) + len(profiles[1:])
        if number > max([policies.caps.merges, *aliases]):
            return RefusalReason.MERGES
    return None


def united(profiles: Sequence[Profile], id_type: IdType) -> list[Held]:
    """The values that profiles hold of a type, in order; one on several of them at its earliest time (M3)."""
    together = sorted(held for profile in profiles for held in profile.held.get(id_type, []))
    first = {held.value: held for held in reversed(together)}
    return [held for held in together if first[held.value] is held]


def counted(view: State, id_type: IdType, values: Sequence[Held], at: Milliseconds) -> list[Held]:
    """Those of some values of a type that its limit counts at a time: all, or those in its window (P2)."""
    days = view.settings.policies.days_of(id_type)
    if days is None:
        return list(values)
    return [held for held in values if at - days * DAY < held.at <= at]


def limit_reason(view: State, id_type: IdType) -> RefusalReason:
    """Why a value is refused that is too much for its type's limit: ``window`` where the limit has one (P3)."""
    return RefusalReason.LIMIT if view.settings.policies.days_of(id_type) is None else RefusalReason.WINDOW
