"""Merges: which profile each merged-away id lives on in, in one step (M2, I4)."""

from collections.abc import Iterator

import msgspec

from resolver.names import Milliseconds, ProfileId

Birth = tuple[Milliseconds, int, ProfileId]
"""Who was born when: created at, the number of the creating command, the id."""


class Group(msgspec.Struct, gc=False, eq=False):
    """A living profile's id and every id that was merged into it, with its birth."""

    canonical: ProfileId
    aliases: list[Birth]


class Merges:
    """Aliases in groups. An alias points at its group, and the group knows the living id.

    A union moves the smaller group's aliases into the larger group and renames that, so each alias moves
    O(log n) times in n merges, whichever side survives (M2).

    >>> merges = Merges()
    >>> merges.union(survivor="a", absorbed=(0, 2, "b"))
    >>> merges.union(survivor="0", absorbed=(0, 1, "a"))
    >>> merges.canonical("b"), merges.aliases("0")
    ('0', ('a', 'b'))
    """

    __slots__ = ("_groups", "of_alias")

    def __init__(self) -> None:
        self.of_alias: dict[ProfileId, Group] = {}
        """For every merged-away id, the group that it is in. For reading only."""
        self._groups: dict[ProfileId, Group] = {}

    def __contains__(self, profile_id: ProfileId) -> bool:
        return profile_id in self.of_alias

    def canonical(self, alias: ProfileId) -> ProfileId | None:
        """Give the living id that an alias leads to, None if it is no alias. O(1)."""
        group = self.of_alias.get(alias)
        return None if group is None else group.canonical

    def aliases(self, canonical: ProfileId) -> tuple[ProfileId, ...]:
        """Give all aliases of a living id, earliest first (Q4). O(n log n) in their number."""
        return tuple(profile_id for _, _, profile_id in self.births(canonical))

    def births(self, canonical: ProfileId) -> list[Birth]:
        """Give (created at, number, id) of every alias of a living id, earliest first."""
        group = self._groups.get(canonical)
        return sorted(group.aliases) if group else []

    def groups(self) -> Iterator[ProfileId]:
        """Give every living id that has aliases."""
        return iter(self._groups)

    def union(self, survivor: ProfileId, absorbed: Birth) -> None:
        """Make the absorbed profile, and every alias of it, an alias of the survivor."""
        profile_id = absorbed[2]
        group = self._groups.get(survivor)
        other = self._groups.pop(profile_id, None)
        if group is None and other is None:
            self._groups[survivor] = self.of_alias[profile_id] = Group(survivor, [absorbed])
            return
        if group is None or (other is not None and len(other.aliases) > len(group.aliases)):
            group, other = other or Group(survivor, []), group
            group.canonical = survivor
            self._groups[survivor] = group
        if other is not None:
            group.aliases += other.aliases
            for _, _, alias in other.aliases:
                self.of_alias[alias] = group
        group.aliases.append(absorbed)
        self.of_alias[profile_id] = group

    def forget(self, canonical: ProfileId) -> None:
        """Drop all aliases of a deleted profile (M7)."""
        group = self._groups.pop(canonical, None)
        if group is not None:
            for _, _, alias in group.aliases:
                del self.of_alias[alias]

    def copy(self) -> "Merges":
        """Give an independent copy. O(aliases)."""
        other = Merges()
        for canonical, group in self._groups.items():
            twin = other._groups[canonical] = Group(canonical, group.aliases.copy())
            for _, _, alias in twin.aliases:
                other.of_alias[alias] = twin
        return other

    def _check(self) -> None:
        for canonical, group in self._groups.items():
            assert group.canonical == canonical, (canonical, "names another")
            assert canonical not in self.of_alias, (canonical, "lives and is an alias")
            for _, _, alias in group.aliases:
                assert self.of_alias[alias] is group, (alias, "points elsewhere")
        assert len(self.of_alias) == sum(len(group.aliases) for group in self._groups.values())
