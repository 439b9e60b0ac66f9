"""Rulings: the settings in force as the kernel reads them, and what changes with them (S1, S2)."""

from collections.abc import Callable, Iterable, Mapping

from resolver.kernel.compounds import all_keys
from resolver.kernel.pair_table import PairTable
from resolver.kernel.rows import TypeNumber
from resolver.kernel.rules import Rules
from resolver.kernel.similarity_index import SimilarityIndex
from resolver.kernel.tables import Tables, held_texts, is_stored, living_profiles
from resolver.kernel.text_table import TextTable
from resolver.names import IdType, Misfit, Value
from resolver.rules.blocking import Blocking
from resolver.rules.change import keeps_normal, keeps_settled
from resolver.rules.checks import Normalization
from resolver.rules.rulebook import Rulebook
from resolver.settings import Settings


class IdTypeTable:
    """One configured idType: its number, the rows of its texts, what normalizes them, and what blocks some (P1)."""

    __slots__ = ("blocking", "id_type", "is_clear", "normalize", "number", "rows")

    def __init__(
        self, id_type: IdType, number: TypeNumber, rows: TextTable, normalize: Normalization, blocking: Blocking | None
    ) -> None:
        self.id_type = id_type
        self.number = number
        self.rows = rows
        self.normalize = normalize
        self.blocking = blocking
        self.is_clear = blocking is None
        """Whether none of the stored texts is blocked, so that one of them, given as it is stored, needs no look."""


def has_blocked(table: IdTypeTable, texts: Iterable[Value]) -> bool:
    """Whether one of some texts of a type is blocked: it was stored under other settings (P1, S1). O(texts)."""
    blocking = table.blocking
    return blocking is not None and any(blocking.has_stored(text) for text in texts)


class Ruling:
    """One settings document in force over one store.

    ``numbers`` gives each idType that the store knows its number, ``names`` the other way round; ``types`` has the
    configured ones. A type keeps its number as long as it is configured or a value of it is held.
    """

    __slots__ = (
        "_rulebook_for", "book", "compounds", "names", "normal", "numbers", "rule_texts", "rules", "settled",
        "similarity", "types",
    )  # fmt: skip

    def __init__(
        self,
        tables: Tables,
        settings: Settings,
        rulebook_for: Callable[[Settings], Rulebook],
        numbers: Mapping[IdType, TypeNumber] | None = None,
    ) -> None:
        self._rulebook_for = rulebook_for
        self.book = rulebook_for(settings)
        self.numbers: dict[IdType, TypeNumber] = dict(numbers or {})
        self._prepare(tables)
        self.settled = tables.settled and not self._may_share
        self.normal = tables.normal
        self.compounds = self._pair_tables(tables)
        self.similarity = self._similarity_indexes(tables)

    def _prepare(self, tables: Tables, known: Mapping[IdType, IdTypeTable] | None = None) -> None:
        """Number the idTypes, and make the rulebook's integers; *known* are the types of the same ruling elsewhere."""
        taken = set(self.numbers.values())
        number = TypeNumber(0)
        for rules in self.book.order:
            if rules.id_type not in self.numbers:
                while number in taken:
                    number = TypeNumber(number + 1)
                self.numbers[rules.id_type] = number
                taken.add(number)
        while len(tables.index) <= max(taken):
            tables.index.append(TextTable())
        self.names = [""] * len(tables.index)
        for id_type, number in self.numbers.items():
            self.names[number] = id_type
        self.rules = Rules(self.book, self.numbers)
        self.rule_texts = [rule.text for rule in self.book.rules]
        self.types = {
            rules.id_type: IdTypeTable(
                rules.id_type,
                self.numbers[rules.id_type],
                tables.index[self.numbers[rules.id_type]],
                rules.normalize,
                rules.blocking,
            )
            for rules in self.book.order
        }

        for id_type, table in self.types.items():
            if known is not None:
                table.is_clear = known[id_type].is_clear
            elif table.blocking is not None:
                # Also of texts that nobody holds any more: who gives one that is there finds it, and does not look.
                texts = (tables.text[row] for row in table.rows.all_rows())
                table.is_clear = self.book.types[id_type].stays_clear and not has_blocked(table, texts)
            if not table.is_clear:
                self.rules.note_blocked(table.number, table.blocking)

    def followed_by(self, tables: Tables, settings: Settings) -> "Ruling":
        """The ruling under other settings over the same store; nothing is changed yet.

        O(1), and O(store) where fuzzy types or compound rules ask for indexes that are not there.
        """
        other = Ruling.__new__(Ruling)
        other._rulebook_for = self._rulebook_for
        other.book = self._rulebook_for(settings)
        stored = {id_type for id_type, number in self.numbers.items() if is_stored(tables, number)}
        other.numbers = {
            id_type: number
            for id_type, number in self.numbers.items()
            if tables.index[number] or id_type in other.book.types
        }
        other._prepare(tables)
        other.settled = (
            tables.settled
            and keeps_settled(self.book, other.book, stored)
            and not other._may_share
            and not self._frees(tables, other)
        )
        other.normal = tables.normal and keeps_normal(self.book, other.book, stored)
        other.compounds = other._pair_tables(tables)
        other.similarity = other._similarity_indexes(tables)
        return other

    def _frees(self, tables: Tables, other: "Ruling") -> bool:
        """Whether another ruling lets compound rules match by stored values that are blocked under this one (P1)."""
        if self.book.settings.policies.blocked == other.book.settings.policies.blocked:
            return False
        named = {id_type for rule in other.book.compounds for id_type in rule.types}
        tables_of_rules = (table for name, table in self.types.items() if name in named)
        return any(has_blocked(table, held_texts(tables, table.number)) for table in tables_of_rules)

    @property
    def _may_share(self) -> bool:
        """Whether a unique value may get several owners under these settings (P5, I1)."""
        return any(rules.misfit is Misfit.SHARE for rules in self.book.order)

    def _pair_tables(self, tables: Tables) -> list[PairTable]:
        """The tables that the compound rules need: those that are there, where they serve, else new ones (R7)."""
        there = {(table.one, table.other): table for table in tables.compounds}
        wanted = self.rules.tables
        if list(there) == wanted:
            return tables.compounds
        if there.keys() == set(wanted):
            return [there[pair] for pair in wanted]
        made = [PairTable(one, other) for one, other in wanted]
        for table in made:
            for profile in living_profiles(tables):
                for key in all_keys(tables, table, profile):
                    table.put(key, profile)
        return made

    def _similarity_indexes(self, tables: Tables) -> dict[TypeNumber, SimilarityIndex]:
        """The indexes that the fuzzy types need: those that are there, where they serve, else new ones (R8)."""
        indexes = {}
        for kind, threshold in self.rules.thresholds.items():
            index = tables.similarity.get(kind)
            if index is None or index.threshold != threshold:
                index = SimilarityIndex(threshold)
                for text in held_texts(tables, kind):
                    index.add(text)
            indexes[kind] = index
        return indexes

    def put_in_force(self, tables: Tables) -> None:
        """Let the store's indexes be those that these settings need."""
        tables.compounds = self.compounds
        tables.similarity = self.similarity
        tables.settled = self.settled
        tables.normal = self.normal

    def over(self, tables: Tables, rulebook_for: Callable[[Settings], Rulebook]) -> "Ruling":
        """The same settings in force over a copy of the store, whose indexes are its own."""
        other = Ruling.__new__(Ruling)
        other._rulebook_for = rulebook_for
        other.book = rulebook_for(self.book.settings)
        other.numbers = self.numbers.copy()
        other._prepare(tables, self.types)
        other.settled = tables.settled
        other.normal = tables.normal
        other.compounds = tables.compounds
        other.similarity = tables.similarity
        return other
