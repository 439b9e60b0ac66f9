"""Coupling: what ties the lines of a history together, so that those which nothing ties can be replayed apart.

Lines in different components never read or write the same profile, value or id. So a history may be cut into
components, these packed into parts as one likes, and every part replayed by itself: facts, assignments and totals are
those of one replay. What cannot be cut is refused, by the settings or by a line, before any work is done.

>>> from resolver import IdentifierConfig
>>> from resolver.commands import Resolve
>>> mails = coupling(Settings([IdentifierConfig("email"), IdentifierConfig("city", enforce_unique=False)], ["email"]))
>>> lines = [{"email": "ada", "city": "Rome"}, {"email": "bob", "city": "Rome"}, {"email": [" ada", "cy"]}]
>>> ties = [mails.ties(Resolve(given, line), line) for line, given in enumerate(lines, 1)]
>>> components(ties, mails.combinations)
[1, 2, 1]
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    PrivacyCommand,
    ReplaceIdentifier,
    Resolve,
)
from resolver.errors import InvalidCommand, InvalidIdentifier, NotInParts, safe_repr
from resolver.ids import line_of
from resolver.names import Form, IdType, Match, OnInvalid, Value, ref_in
from resolver.reading import pairs_of
from resolver.rules.blanks import trimmed
from resolver.rules.checks import OwnNormalizer
from resolver.rules.normalization import Normalizers
from resolver.rules.rulebook import Rulebook
from resolver.settings import AND, Settings

__all__ = ["Coupling", "Ties", "components", "coupling"]

Node = str
"""What lines are tied by: an idType and a value, a ref, a line, an id. Two that are taken for one make components
coarser, and never a result wrong."""

Combination = tuple[IdType, ...]
"""IdTypes of a compound rule: components whose lines offer the same value of each of them are one (R7)."""


class Ties(msgspec.Struct, frozen=True):
    """What ties one line to others.

    It is tied to every line that has one of its ``nodes``. To those that it only ``offers`` it is tied where some line
    ``names`` them; a line is tied to all that has what it names. ``values`` are the stored values that it offers of
    types whose values do not tie by themselves: combinations of them may, and a line may name them.
    """

    line: int
    nodes: tuple[Node, ...]
    names: tuple[Node, ...]
    offers: tuple[Node, ...]
    values: tuple[tuple[IdType, Value], ...]


class Coupling:
    """What ties lines together under some settings, as ``coupling`` returns it.

    ``types`` are the idTypes whose values each tie: the unique ones, with or without a rule, as a unique value has one
    owner (A3, I1). ``combinations`` are those of compound rules (R7). Policies add nothing: whom identifiers join (P4),
    what yields (P5) and every bound (P2, P3) are decided among profiles that hold the same unique value, or in one
    profile; a blocked value (P1) ties nothing, as no command stores it. What is
    erased or suppressed is tied to all that give it, stored or not (P12, P13).
    """

    __slots__ = ("_book", "combinations", "types")

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self.types: frozenset[IdType] = frozenset(rules.id_type for rules in book.order if rules.unique)
        self.combinations: tuple[Combination, ...] = tuple(dict.fromkeys(_combinations(book)))

    def ties(self, command: AnyCommand, line: int, ref: str | None = None, *, number: int | None = None) -> Ties:
        """Return what ties a line with this command and ref to others.

        In a history that is sorted, *number* is that of the command: ids are made of it, and not of the line.
        ``NotInParts`` for a command without a time, as its own is that of the command before it, wherever that is
        (section 11), and for one that changes the settings.
        """
        if isinstance(command, ApplySettings):
            raise NotInParts(f"line {line}: it changes the settings, for all later lines; expected one set of settings")
        if command.at is None:
            raise NotInParts(
                f"line {line}: it has no time, so its time is that of the command before it, wherever that is; "
                "expected a time on every line"
            )
        names: tuple[Node, ...] = ()
        given: Iterable[tuple[object, object]] = ()
        if isinstance(command, Resolve):
            if ref is None:
                ref = f"line:{line}"
            if command.new_profile_id is not None:
                names = (_id_node(command.new_profile_id),)
            given = _flat(command.identifiers)
        elif isinstance(command, PrivacyCommand):  # it is about all that give or hold what it names (P12, P13)
            names = tuple(self._nodes_of(_flat(command.identifiers)))
        else:
            named = command.profile_id
            if isinstance(named, str):
                ref_named = ref_in(named)
                names = (_id_node(named) if ref_named is None else ref_node(ref_named),)
            if isinstance(command, AddIdentifier):
                given = ((command.id_type, command.value),)
            elif isinstance(command, ReplaceIdentifier):
                given = ((command.id_type, command.new),)
        given = list(given)
        nodes, values = self._offered(given)
        own = line_node(line if number is None else number)
        offers = (own,) if ref is None else (own, ref_node(ref))
        if len(nodes) + len(values) < len(given):
            offers = (*offers, *self._nodes_of(given))
        return Ties(line, nodes, names, offers, values)

    def _nodes_of(self, given: Iterable[tuple[object, object]]) -> Iterator[Node]:
        """Yield the nodes of values that a command gives, whether or not they are stored: one may be suppressed."""
        for id_type, raw in given:
            rules = self._book.types.get(str(id_type))
            if rules is not None:
                try:
                    yield value_node(rules.id_type, rules.normalize(raw))
                except InvalidIdentifier:
                    if self._book.keeps_unreadable and isinstance(raw, str):
                        yield value_node(rules.id_type, Value(trimmed(raw)))

    def _offered(
        self, given: Iterable[tuple[object, object]]
    ) -> tuple[tuple[Node, ...], tuple[tuple[IdType, Value], ...]]:
        """The nodes and values of what a command stores; of one that is refused whatever the others do, none (I7)."""
        nodes: dict[Node, None] = {}
        values: dict[tuple[IdType, Value], None] = {}
        for id_type, raw in given:
            stored = self._book.stored_form(id_type, raw)
            if stored.form is Form.REFUSED:
                return (), ()
            if stored.value is not None:
                name = IdType(str(id_type))
                if name in self.types:
                    nodes[value_node(name, stored.value)] = None
                else:
                    values[name, stored.value] = None
        return tuple(nodes), tuple(values)


def coupling(
    settings: Settings,
    *,
    on_invalid: OnInvalid | str = OnInvalid.DROP,
    match: Match | str = Match.ALL,
    default_region: str = "US",
    normalizers: Mapping[str, OwnNormalizer] | None = None,
    clock: Callable[..., Any] | None = None,
    new_id: Callable[..., Any] | None = None,
) -> Coupling:
    """Return what ties the lines of a history together under these settings and options, which are those of a replay.

    Values are what the engine stores for them (N1 to N9, P1). Own normalizations must be pure. ``NotInParts``, which
    names the idType, rule or option, for settings under which any two lines may touch: a type that is matched fuzzily
    by a rule of its own (R8), a compound rule of fuzzy types only; and for a *clock* or *new_id*, which would be called
    in another order.

    >>> coupling(Settings.defaults(), new_id=lambda number, at: str(number))
    Traceback (most recent call last):
        ...
    resolver.errors.NotInParts: new_id: a function is called line after line, so lines cannot be cut; expected none
    """
    for name, function in (("clock", clock), ("new_id", new_id)):
        if function is not None:
            raise NotInParts(f"{name}: a function is called line after line, so lines cannot be cut; expected none")
    own = Normalizers(default_region, normalizers)
    return Coupling(Rulebook(settings, own, on_invalid=OnInvalid(on_invalid), match=Match(match)))


def components(ties: Iterable[Ties], combinations: Collection[Combination] = ()) -> list[int]:
    """Return for each line, in their order, the smallest line of its component. Memory and time grow with the ties.

    Under compound rules, a component with many values of every type of a rule has as many combinations as their
    product.
    """
    lines = list(ties)
    named = {node for each in lines for node in each.names}
    groups = _Groups(len(lines))
    for place, each in enumerate(lines):
        for node in (*each.nodes, *each.names):
            groups.join_node(place, node)
        if named:
            for node in (*each.offers, *(value_node(*value) for value in each.values)):
                if node in named:
                    groups.join_node(place, node)
    while _join_combinations(groups, lines, combinations):
        pass
    smallest: dict[int, int] = {}
    for place, each in enumerate(lines):
        top = groups.top(place)
        smallest[top] = min(each.line, smallest.get(top, each.line))
    return [smallest[groups.top(place)] for place in range(len(lines))]


def value_node(id_type: IdType, value: Value) -> Node:
    """Return the node of a stored value."""
    return f"{id_type}\0{value}"


def ref_node(ref: str) -> Node:
    """Return the node of a ref."""
    return f"\0ref\0{ref}"


def line_node(line: int | str) -> Node:
    """Return the node of a line, by its number."""
    return f"\0line\0{line}"


def _id_node(profile_id: object) -> Node:
    """The node of a profile's id: that of the line which it is made of, or the id itself."""
    line = line_of(profile_id) if isinstance(profile_id, str) else -1
    return f"\0id\0{safe_repr(profile_id)}" if line < 0 else line_node(line)


def _flat(identifiers: Any) -> Iterator[tuple[object, object]]:
    """Yield (idType, raw value); an idType without a value, or what gives no identifiers, as the engine has it."""
    try:
        pairs = pairs_of(identifiers)
    except InvalidCommand:  # which refuses the command
        return
    for id_type, raw in pairs:
        if isinstance(raw, list | tuple) and raw:
            yield from ((id_type, each) for each in raw)
        elif isinstance(raw, list | tuple):
            continue
        else:
            yield id_type, raw


def _combinations(book: Rulebook) -> Iterator[Combination]:
    """Yield the exact types of each compound rule that no unique type of it stands for already."""
    for rules in book.order:
        if rules.threshold is not None and rules.unique and rules.has_own_rule:
            raise NotInParts(
                f"idType {rules.id_type!r} is matched fuzzily by a rule of its own (R8), so any two of its values may "
                "be alike, and nothing that lines share tells them apart; expected matchingAlgo exact, or a compound "
                "rule with an exact type"
            )
    for rule in book.compounds:
        exact = [book.types[id_type] for id_type in rule.types if book.types[id_type].threshold is None]
        if not exact:
            raise NotInParts(
                f"rule {AND.join(rule.types)!r} has fuzzy types only (R8), so any two lines that offer them may match; "
                "expected one type of it with matchingAlgo exact"
            )
        if not any(rules.unique for rules in exact):
            yield tuple(sorted(rules.id_type for rules in exact))


def _join_combinations(groups: "_Groups", lines: Sequence[Ties], combinations: Collection[Combination]) -> bool:
    """Join the components that offer a combination between them; whether any were joined."""
    offered: dict[int, dict[IdType, dict[Value, None]]] = {}
    for place, each in enumerate(lines):
        for id_type, value in each.values:
            offered.setdefault(groups.top(place), {}).setdefault(id_type, {})[value] = None
    before = groups.joined
    for types in combinations:
        first: dict[tuple[Value, ...], int] = {}
        for top, by_type in offered.items():
            if all(id_type in by_type for id_type in types):
                for combination in product(*(by_type[id_type] for id_type in types)):
                    groups.join(first.setdefault(combination, top), top)
    return groups.joined > before


class _Groups:
    """Which places belong together: a forest, in which the way to the top is shortened as it is gone."""

    def __init__(self, size: int) -> None:
        self._up = list(range(size))
        self._first: dict[Node, int] = {}
        self.joined = 0

    def top(self, place: int) -> int:
        up = self._up
        while up[place] != place:
            up[place] = up[up[place]]
            place = up[place]
        return place

    def join(self, one: int, other: int) -> None:
        one, other = self.top(one), self.top(other)
        if one != other:
            self._up[max(one, other)] = min(one, other)
            self.joined += 1

    def join_node(self, place: int, node: Node) -> None:
        self.join(self._first.setdefault(node, place), place)
