"""Editing: the commands that name a profile, carried out by the kernel: add, replace, remove, delete (A1 to A7, M7).

Each method returns the profile that its command ends in. What it did waits in the scratch, and can still be taken back.
"""

from typing import NoReturn

from resolver.commands import AddIdentifier, AnyCommand, DeleteProfile, RemoveIdentifier, ReplaceIdentifier
from resolver.erasing import Eraser
from resolver.errors import IdentifierConflict, IdentifierNotFound, InvalidCommand, does_not_fit, safe_repr
from resolver.facts import ProfileDeleted
from resolver.kernel import codes
from resolver.kernel.edit import aliases, delete, remove, replace
from resolver.kernel.profile_lists import outermost
from resolver.kernel.resolve import attach, first_other_holder
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, ValueRow
from resolver.kernel.tables import holds
from resolver.kernel.undo import begin, take_back
from resolver.outcomes import IS_DELETED, WHY, rarer_fact
from resolver.profiles import id_of, ids_of


class Editor(Eraser):
    """Carries out the commands that name a profile, on one store."""

    __slots__ = ()

    def _edit(self, command: AnyCommand, at: Moment, number: CommandNumber) -> ProfileRow:
        """Carry out a command that names a profile, or people; the profile that it ends in, if it is one profile."""
        self._start()
        if type(command) is AddIdentifier:
            return self._add(command, at, number)
        if type(command) is ReplaceIdentifier:
            return self._replace(command, at, number)
        if type(command) is RemoveIdentifier:
            return self._remove(command, at, number)
        if type(command) is DeleteProfile:
            return self._delete(command, at, number)
        return self._erase_or_suppress(command, at, number)

    def _add(self, command: AddIdentifier, at: Moment, number: CommandNumber) -> ProfileRow:
        t, s = self._tables, self._scratch
        profile = self._profile(command.profile_id)
        value = self._read_one(self._type(command.id_type), command.value)
        if value < 0:
            self._other_facts = self._dropped(number, at, id_of(t, profile))
            return profile
        if holds(t, profile, value):
            return profile
        begin(t, s)
        after = attach(t, s, self._ruling.rules, profile, value, at, number)
        if after < 0:
            self._refuse(profile, value)
        return after

    def _replace(self, command: ReplaceIdentifier, at: Moment, number: CommandNumber) -> ProfileRow:
        """A5. A refusal leaves everything as it was, though the old value leaves first."""
        t, s = self._tables, self._scratch
        profile = self._profile(command.profile_id)
        table = self._type(command.id_type)
        new = self._read_one(table, command.new)
        if new < 0:
            self._other_facts = self._dropped(number, at, id_of(t, profile))
            return profile
        old = self._stored(profile, table.number, table.id_type, command.old)
        if old == new:
            return profile
        begin(t, s)
        after = replace(t, s, self._ruling.rules, profile, old, new, at, number)
        if after < 0:
            self._refuse(profile, new)
        last = s.n_facts - 1
        code = s.fact[last]
        if code not in (codes.FULL, codes.REFUSED) or (self._ruling.rules.joins and s.status == codes.IS_MERGED):
            return after
        refused = rarer_fact(t, s, self._ruling, number, at, code, id_of(t, profile), s.what[last])
        take_back(t, s)
        s.status = codes.IS_UNCHANGED
        self._other_facts = (refused,)
        return profile

    def _remove(self, command: RemoveIdentifier, at: Moment, number: CommandNumber) -> ProfileRow:
        t, s = self._tables, self._scratch
        profile = self._profile(command.profile_id)
        id_type, kind = self._known(command.id_type)
        if type(command.all) is not bool:
            raise InvalidCommand(f"all={safe_repr(command.all)} is not right; expected True or False")
        if command.all and command.value is not None:
            raise InvalidCommand("all=True and value= exclude each other; give one of them")
        value = codes.NO_VALUE
        if command.value is not None:
            value = self._stored(profile, kind, id_type, command.value)
        elif kind < 0 or outermost(t, profile, kind, True) < 0:
            raise IdentifierNotFound(f"profile {id_of(t, profile)!r} holds no {id_type!r}")
        begin(t, s)
        remove(t, s, self._ruling.rules, profile, kind, value, command.all, at)
        return profile

    def _delete(self, command: DeleteProfile, at: Moment, number: CommandNumber) -> ProfileRow:
        t, s = self._tables, self._scratch
        profile = self._profile(command.profile_id)
        self._other_facts = (ProfileDeleted(number, at, id_of(t, profile), ids_of(t, aliases(t, profile))),)
        begin(t, s)
        delete(t, s, profile)
        s.status = IS_DELETED
        return profile

    def _refuse(self, profile: ProfileRow, value: ValueRow) -> NoReturn:
        """Raise the error for a value of another profile, which no rule lets merge (A3)."""
        t = self._tables
        id_type, text = self._ruling.names[t.kind[value]], t.text[value]
        owner = id_of(t, first_other_holder(t, profile, value))
        if self._ruling.rules.joins and self._scratch.why[0] != codes.FITS:
            raise does_not_fit(id_type, text, owner, WHY[self._scratch.why[0]])
        raise IdentifierConflict(
            f"{id_type} {text!r} belongs to profile {owner!r}, and no matching rule on {id_type!r} lets the two merge",
            id_type=id_type,
            value=text,
            owner=owner,
        )
