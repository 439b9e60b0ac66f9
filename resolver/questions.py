"""Questions: what a store holds, knows and would make of a value; nothing changes by asking (section 10)."""

from resolver.executor import Executor
from resolver.facts import Lookup, StoredForm
from resolver.kernel import codes
from resolver.kernel.edit import aliases
from resolver.kernel.rows import NO_TEXT, Moment, ProfileRow, TypeNumber
from resolver.kernel.tables import holders, living_profiles, root
from resolver.names import IdType, Milliseconds, ProfileId, Value, plain_text
from resolver.profiles import id_of, ids_of, row_of
from resolver.ruling import Ruling
from resolver.settings import Settings


class Questions(Executor):
    """Answers questions about one store."""

    __slots__ = ()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settled_ruling().book.settings

    def identifiers(self, profile_id: str) -> dict[IdType, tuple[Value, ...]]:
        """All values of a profile: types in rule order, values oldest first (Q1, Q2). O(values).

        Raises ``ProfileNotFound``.
        """
        names = self._settled_ruling().names
        values: dict[IdType, list[Value]] = {}
        for kind, text, _ in self._list(profile_id):
            values.setdefault(names[kind], []).append(text)
        return {id_type: tuple(values[id_type]) for id_type in self._ruling.book.listed(list(values))}

    def values(self, profile_id: str, id_type: IdType) -> tuple[Value, ...]:
        """The values of one idType, oldest first; empty if there are none (Q1). O(values of the profile).

        Raises ``ProfileNotFound``, ``UnknownIdentifierType``.
        """
        return tuple(value for value, _ in self.history_of(profile_id, id_type))

    def history_of(self, profile_id: str, id_type: IdType) -> tuple[tuple[Value, Milliseconds], ...]:
        """(value, time added) of one idType, oldest first. O(values of the profile).

        Raises ``ProfileNotFound``, ``UnknownIdentifierType``.
        """
        listed = self._list(profile_id)
        _, wanted = self._known(id_type)
        return tuple((text, at) for kind, text, at in listed if kind == wanted)

    def lookup(self, id_type: IdType, value: str) -> Lookup:
        """The normalized value and the canonical ids that hold exactly it, earliest first (Q3, A8).

        No holder is an empty answer. Raises ``UnknownIdentifierType``, ``InvalidIdentifier``. O(1), and
        O(n log n) in the holders of a non-unique value.

        >>> from resolver import Engine
        >>> Engine().lookup("phone", "1-317-555-6789")
        Lookup(normalized_value='+13175556789', profile_ids=())
        """
        self._settled_ruling()
        name, kind = self._known(id_type)
        t = self._tables
        given = plain_text(value)
        text = NO_TEXT if given is None else Value(given)
        row = t.index[kind].find(t.text, text)
        if row < 0:
            table = self._ruling.types.get(name)
            text = (self._ruling.book.normalizers.named("none") if table is None else table.normalize)(value)
            row = t.index[kind].find(t.text, text)
        return Lookup(text, () if row < 0 else ids_of(t, holders(t, row)))

    def stored_form(self, id_type: IdType, raw: object) -> StoredForm:
        """What a command would store of a raw value under the settings in force, or why it would store nothing.

        The one answer to this question (N1 to N9): nothing is looked up and nothing changes. No value and no idType
        raises; a type that is not configured is refused (A7). What is suppressed (P13) is no matter of the settings.

        >>> from resolver import Engine
        >>> Engine().stored_form("phone", "1-317-555-6789").value
        '+13175556789'
        >>> unreadable = Engine(on_invalid="drop").stored_form("chat", "")
        >>> unreadable.value, str(unreadable.form), unreadable.why
        (None, 'dropped', "'' has 0 characters; expected 1..255")
        """
        return self._settled_ruling().book.stored_form(id_type, raw)

    def canonical_id(self, profile_id: str) -> ProfileId:
        """The id that a profile answers to now. Raises ``ProfileNotFound``. O(log n) in the profiles."""
        return id_of(self._tables, self._living(profile_id))

    def aliases(self, profile_id: str) -> tuple[ProfileId, ...]:
        """The ids that were merged into a profile, earliest first (Q4). O(n log n) in their number.

        Raises ``ProfileNotFound``.
        """
        return ids_of(self._tables, aliases(self._tables, self._living(profile_id)))

    def created_at(self, profile_id: str) -> Milliseconds:
        """When a profile was created; for an alias, when its survivor was (M4). Raises ``ProfileNotFound``."""
        return self._tables.created_at[self._living(profile_id)]

    def profiles(self) -> tuple[ProfileId, ...]:
        """The canonical ids, earliest first (Q4). O(n log n) at worst, O(n) where times ascend."""
        self._settled_ruling()
        t = self._tables
        return ids_of(t, living_profiles(t))

    def __len__(self) -> int:
        self._settled_ruling()
        return self._tables.living

    def __bool__(self) -> bool:
        return True

    def __contains__(self, profile_id: object) -> bool:
        self._settled_ruling()
        name = plain_text(profile_id)
        row = codes.NOBODY if name is None else row_of(self._tables, name)
        return row >= 0 and root(self._tables, row) >= 0

    def _settled_ruling(self) -> Ruling:
        """The settings in force, after a command that was interrupted is ended (I7)."""
        if self._scratch.phase != codes.IDLE:
            self._recover()
        return self._ruling

    def _living(self, profile_id: str) -> ProfileRow:
        self._settled_ruling()
        return self._profile(profile_id)

    def _list(self, profile_id: str) -> list[tuple[TypeNumber, Value, Moment]]:
        """(number of the idType, value, time added) for all that a profile holds, oldest first."""
        t = self._tables
        listed = []
        hold = t.head[self._living(profile_id)]
        while hold >= 0:
            value = t.held[hold]
            listed.append((t.kind[value], t.text[value], t.added_at[hold]))
            hold = t.next_hold[hold]
        return listed

    def _sizes(self) -> list[int]:
        """How many values each profile holds, in no order that means anything; for totals. O(profiles)."""
        t = self._tables
        return [t.size[profile] for profile in living_profiles(t)]
