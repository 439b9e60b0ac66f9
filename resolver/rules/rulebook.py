"""The rulebook: settings as the engine reads them, looked up instead of searched.

Everything here follows from the settings and the engine's options; nothing is decided.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from resolver.errors import InvalidIdentifier, shown, unknown_identifier_type
from resolver.facts import StoredForm
from resolver.names import BlockedThen, Form, IdType, LimitPolicy, Match, MatchingAlgo, OnInvalid, Value, plain_text
from resolver.policies import NO_POLICIES, Policies
from resolver.rules.blocking import Blocking
from resolver.rules.checks import Normalization
from resolver.rules.normalization import Normalizers, kept_as_it_is
from resolver.settings import AND, IdentifierConfig, Settings

DAY = 24 * 60 * 60 * 1000


class TypeRules:
    """What the settings say about one idType, with what follows from all of them together."""

    __slots__ = (
        "blocking",
        "calls_back",
        "has_own_rule",
        "id_type",
        "limit",
        "misfit",
        "normalize",
        "place",
        "policy",
        "protected",
        "stays_clear",
        "threshold",
        "unique",
        "window",
    )

    def __init__(
        self,
        config: IdentifierConfig,
        normalizers: Normalizers,
        place: int,
        policies: Policies = NO_POLICIES,
    ) -> None:
        self.id_type: IdType = config.id_type
        self.normalize: Normalization = normalizers.named(config.normalization)
        self.limit: int = config.limit
        self.policy: LimitPolicy = config.limit_policy
        self.unique: bool = config.enforce_unique
        self.threshold: int | None = config.matching_threshold if config.matching_algo is MatchingAlgo.FUZZY else None
        self.place = place
        """Where the type stands when identifiers are attached (R4)."""
        self.has_own_rule = False
        """Whether a rule of this single idType exists (A3)."""
        self.calls_back = config.normalization in normalizers.own
        """Whether its normalization is the user's own function (N9)."""
        self.window = (policies.days_of(self.id_type) or 0) * DAY
        """For how many milliseconds the limit counts values (P2); 0: for ever."""
        self.protected = policies.protects(self.id_type)
        """Whether the limit refuses instead of making room (P3)."""
        self.misfit = policies.misfit_of(self.id_type)
        """What becomes of an identifier that does not fit (P5)."""
        self.stays_clear = not self.calls_back
        """Whether a text that is stored is blocked only if the text was that it was made of: it has no blank ends, or
        had the same."""
        self.blocking = Blocking.of(policies, self.id_type)
        """What says whether a value is blocked (P1); None where none can be."""


class Rule:
    """One matching rule: its text and the idTypes that it names."""

    __slots__ = ("text", "types")

    def __init__(self, text: str, types: tuple[IdType, ...]) -> None:
        self.text = text
        self.types = types


class Rulebook:
    """All rules of one engine under one settings document.

    ``rules`` are in the order in which they are tried: the document's, then the implicit compound ones (R7).
    ``order`` has the types as they are attached and listed (R4, Q2).

    >>> book = Rulebook(Settings.defaults())
    >>> [rule.text for rule in book.rules]
    ['email', 'whatsapp', 'phone', 'chat']
    """

    __slots__ = (
        "_blocking",
        "compounds",
        "drops_unreadable",
        "keeps_unreadable",
        "least_limit",
        "normalizers",
        "order",
        "plain",
        "rules",
        "settings",
        "stops_at_first",
        "types",
    )

    def __init__(
        self,
        settings: Settings,
        normalizers: Normalizers | None = None,
        *,
        on_invalid: OnInvalid = OnInvalid.REFUSE,
        match: Match = Match.ALL,
    ) -> None:
        normalizers = normalizers or Normalizers()
        normalizers.check(settings)
        settings.check_match(match)
        self.settings = settings
        self.normalizers = normalizers
        self.keeps_unreadable = on_invalid is OnInvalid.KEEP
        self.drops_unreadable = on_invalid is OnInvalid.DROP
        self.stops_at_first = match is Match.FIRST

        configs = {config.id_type: config for config in settings.identifier_configs}
        named = [Rule(text, settings.types_of(text)) for text in settings.matching_rules]
        in_rules = [id_type for rule in named for id_type in rule.types]
        places = {id_type: place for place, id_type in enumerate(dict.fromkeys([*in_rules, *configs]))}
        self.types: dict[IdType, TypeRules] = {
            id_type: TypeRules(configs[id_type], normalizers, place, settings.policies)
            for id_type, place in places.items()
        }
        self.order: tuple[TypeRules, ...] = tuple(self.types.values())
        self._blocking = [rules.blocking for rules in self.order if rules.blocking is not None]
        self.least_limit: int = min(rules.limit for rules in self.order)

        for rule in named:
            if len(rule.types) == 1:
                self.types[rule.types[0]].has_own_rule = True
        self.rules: tuple[Rule, ...] = (*named, *self._implicit(named))
        self.compounds: tuple[Rule, ...] = tuple(rule for rule in self.rules if len(rule.types) > 1)
        compound_types = {id_type for rule in self.compounds for id_type in rule.types}
        self.plain: dict[IdType, TypeRules] = {
            rules.id_type: rules
            for rules in self.order
            if rules.unique and rules.threshold is None and rules.has_own_rule and rules.id_type not in compound_types
        }
        """The types whose values match exactly by being equal and owned: unique, exact, with a rule of their own, in
        no compound rule."""

    def _implicit(self, named: list[Rule]) -> Iterator[Rule]:
        """Pair the non-unique types that have a rule of their own (R7)."""
        explicit = {frozenset(rule.types) for rule in named}
        shared = [rule.types[0] for rule in named if len(rule.types) == 1 and not self.types[rule.types[0]].unique]
        for pair in combinations(shared, 2):
            if frozenset(pair) not in explicit:
                yield Rule(AND.join(pair), pair)

    def stored_form(self, id_type: object, raw: object) -> StoredForm:
        """What a command under these rules would store of a raw value, or why it would store nothing (N1 to N9).

        Raises nothing: an idType that is not configured is a form too, as a command that names one is refused (A7).

        >>> Rulebook(Settings.defaults(), on_invalid=OnInvalid.KEEP).stored_form("phone", " n/a ").value
        'n/a'
        """
        name = plain_text(id_type)
        rules = None if name is None else self.types.get(name)
        if rules is None:
            return StoredForm(None, Form.REFUSED, str(unknown_identifier_type(id_type, self.types)))
        unreadable: InvalidIdentifier | None = None
        try:
            text: Value | None = rules.normalize(raw)
        except InvalidIdentifier as error:
            unreadable = error.with_traceback(None)  # which has the frames, and so all that they hold
            text = self.kept(raw)
        then = None if rules.blocking is None else rules.blocking.judged(raw, text)
        if then is not None:
            form = Form.DROPPED if then is BlockedThen.DROP else Form.REFUSED
            return StoredForm(None, form, f"{rules.id_type} {shown(raw)} is blocked")
        if unreadable is None:
            return StoredForm(text, Form.NORMALIZED)
        try:
            text = self.instead(raw, unreadable)
        except InvalidIdentifier as error:
            return StoredForm(None, Form.REFUSED, str(error))
        return StoredForm(text, Form.DROPPED if text is None else Form.KEPT, str(unreadable))

    def kept(self, raw: object) -> Value | None:
        """What ``keep`` stores of a value that cannot be normalized, its form then (P1); None if nothing (N8)."""
        if not self.keeps_unreadable:
            return None
        try:
            return kept_as_it_is(raw)
        except InvalidIdentifier:
            return None

    def instead(self, raw: object, unreadable: InvalidIdentifier) -> Value | None:
        """What is stored instead of a value that cannot be normalized: its trimmed text, or nothing (N8).

        Raises *unreadable*, the error of its normalization, where the whole command is refused; under ``keep``,
        ``InvalidIdentifier`` for what breaks N1 even then.
        """
        if self.keeps_unreadable:
            return kept_as_it_is(raw)
        if self.drops_unreadable:
            return None
        raise unreadable

    def forget(self, values: list[Value]) -> None:
        """Forget all texts that were read as one of these values, which are taken out of the list. O(values)."""
        for blocking in self._blocking:
            blocking.forget(values)
        self.normalizers.forget(values)

    def listed(self, id_types: list[IdType]) -> list[IdType]:
        """Put idTypes in the order in which they are read: rules, configs, then the rest by name (Q2)."""
        if len(id_types) < 2:
            return id_types
        known = [rules.id_type for rules in self.order if rules.id_type in id_types]
        return known + sorted(id_type for id_type in id_types if id_type not in self.types)


Given = Mapping[IdType, Sequence[str]]
"""A command's normalized identifiers, by type, in the order in which they are attached."""
