"""Slots: for each key the one profile that holds it, or the several that share it.

Nearly every key has one holder, so a slot is the bare profile id; only a shared one pays for a dict (used as an
ordered set: its order has no meaning and is never shown).
"""

from collections.abc import Iterable
from typing import TypeAlias, TypeVar

from resolver.names import ProfileId

K = TypeVar("K")
Sharers: TypeAlias = dict[ProfileId, None]
Slot: TypeAlias = ProfileId | Sharers


def put(slots: dict[K, Slot], key: K, profile_id: ProfileId) -> bool:
    """Add a holder; O(1). Tells whether the key is new.

    >>> slots: dict[str, Slot] = {}
    >>> put(slots, "k", "a"), put(slots, "k", "b"), sorted(holders(slots.get("k")))
    (True, False, ['a', 'b'])
    """
    slot = slots.get(key)
    if slot is None:
        slots[key] = profile_id
        return True
    if isinstance(slot, dict):
        slot[profile_id] = None
    elif slot != profile_id:
        slots[key] = {slot: None, profile_id: None}
    return False


def take(slots: dict[K, Slot], key: K, profile_id: ProfileId) -> bool:
    """Remove a holder; O(1). Tells whether it was the last, and the key is gone."""
    slot = slots[key]
    if isinstance(slot, dict):
        del slot[profile_id]
        if len(slot) == 1:
            slots[key] = next(iter(slot))
        return False
    del slots[key]
    return True


def move(slots: dict[K, Slot], key: K, *, absorbed: ProfileId, survivor: ProfileId) -> None:
    """Put the survivor of a merge in the place of the absorbed holder; O(1)."""
    slot = slots[key]
    if isinstance(slot, dict):
        slot[survivor] = None
        take(slots, key, absorbed)
    else:
        slots[key] = survivor


def holders(slot: Slot | None) -> Iterable[ProfileId]:
    """Give the profile ids in a slot, in no meaningful order. O(1) until iterated."""
    if slot is None:
        return ()
    return (slot,) if isinstance(slot, str) else slot


def copied(slots: dict[K, Slot]) -> dict[K, Slot]:
    """Give a copy that shares nothing mutable. O(keys); hardly more than a copy of the dict where none is shared."""
    copy = slots.copy()
    if dict in set(map(type, slots.values())):
        for key, slot in slots.items():
            if type(slot) is dict:
                copy[key] = slot.copy()
    return copy
