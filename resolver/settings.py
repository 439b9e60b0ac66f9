"""Settings: which identifiers a store knows, how each behaves, and which rules match (section 2).

Settings are frozen and checked when they are made; change a copy with ``attrs.evolve``. The JSON shape is the
API's, camelCase:

>>> settings = Settings.from_json('{"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}')
>>> settings.identifier_configs[0].limit
100
>>> settings.to_json()["matchingRules"]
['email']
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from resolver.errors import InvalidSettings
from resolver.json_documents import JsonError, camel, check_keys, document_of, text_of
from resolver.names import IdType, LimitPolicy, Match, MatchingAlgo, is_list, is_mapping, listed, plain_text, word_of
from resolver.policies import NO_POLICIES, Policies
from resolver.policies import PATH as POLICIES
from resolver.suggestions import did_you_mean, near

AND = " AND "
"""What stands between the idTypes of a compound rule (R7)."""

MOST_CONFIGS = 15
MOST_RULES = 15


@attrs.frozen
class Whole:
    """A validator for an integer in a range; a boolean is no integer."""

    lowest: int
    highest: int | None = None

    def __call__(self, _: object, attribute: "attrs.Attribute[int]", value: object) -> None:
        """Raise ``InvalidSettings`` for what is none."""
        if type(value) is not int or value < self.lowest or (self.highest is not None and value > self.highest):
            bounds = f">= {self.lowest}" if self.highest is None else f"{self.lowest}..{self.highest}"
            raise InvalidSettings(camel(attribute.name), value, f"an integer {bounds}")


def _plain(value: str) -> str:
    """Return a plain string for any kind of string (a ``StrEnum`` member, say); anything else as it is."""
    text = plain_text(value)
    return value if text is None else text


def _check_id_type(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
    if type(value) is not str or not 2 <= len(value) <= 30:
        raise InvalidSettings(camel(attribute.name), value, "a string of 2..30 characters")


def _check_flag(_: object, attribute: "attrs.Attribute[bool]", value: object) -> None:
    if type(value) is not bool:
        raise InvalidSettings(camel(attribute.name), value, "true or false")


def _check_name(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
    if type(value) is not str or not value:
        raise InvalidSettings(camel(attribute.name), value, "'phone', 'email', 'trim', 'none' or a name of your own")


def _matching_algo(value: MatchingAlgo | str) -> MatchingAlgo:
    word = word_of(MatchingAlgo, value)
    if word is None:
        raise InvalidSettings("matchingAlgo", value, "'exact' or 'fuzzy'")
    return word


def _limit_policy(value: LimitPolicy | str) -> LimitPolicy:
    word = word_of(LimitPolicy, value)
    if word is None:
        raise InvalidSettings("limitPolicy", value, "'fifo' or 'lifo'")
    return word


@attrs.frozen
class IdentifierConfig:
    """How identifiers of one type are normalized, compared, counted and owned [T].

    Raises ``InvalidSettings``, naming the field as the API spells it, when anything is out of bounds.

    >>> IdentifierConfig("phone", normalization="phone", limit=3).limit_policy == "fifo"
    True
    >>> IdentifierConfig("phone", limit=0)
    Traceback (most recent call last):
        ...
    resolver.errors.InvalidSettings: limit: 0 is not allowed; expected an integer 1..100
    """

    id_type: IdType = attrs.field(validator=_check_id_type, converter=_plain)
    matching_algo: MatchingAlgo = attrs.field(default=MatchingAlgo.EXACT, kw_only=True, converter=_matching_algo)
    matching_threshold: int = attrs.field(default=75, kw_only=True, validator=Whole(50, 99))
    limit: int = attrs.field(default=100, kw_only=True, validator=Whole(1, 100))
    limit_policy: LimitPolicy = attrs.field(default=LimitPolicy.FIFO, kw_only=True, converter=_limit_policy)
    enforce_unique: bool = attrs.field(default=True, kw_only=True, validator=_check_flag)
    normalization: str = attrs.field(default="trim", kw_only=True, validator=_check_name, converter=_plain)

    @classmethod
    def from_json(cls, document: object) -> "IdentifierConfig":
        """Read one config in the API's shape; an unknown key is an error. Raises ``InvalidSettings``."""
        if not is_mapping(document):
            raise InvalidSettings("", document, "an object with at least 'idType'")
        check_keys(document, _CONFIG_FIELDS)
        if "idType" not in document:
            raise InvalidSettings("idType", None, "a string of 2..30 characters", is_missing=True)
        return cls(**{_CONFIG_FIELDS[key]: value for key, value in document.items()})

    def to_json(self) -> dict[str, Any]:
        """Return the config in the API's shape, every field written out."""
        return {key: _plain(getattr(self, name)) for key, name in _CONFIG_FIELDS.items()}


def _tuple_of_configs(value: Iterable[IdentifierConfig]) -> tuple[IdentifierConfig, ...]:
    configs = listed(value)
    if configs is None:
        raise InvalidSettings("identifierConfigs", value, "a list of 1..15 identifier configs")
    return tuple(configs)


def _tuple_of_rules(value: Iterable[str]) -> tuple[str, ...]:
    rules = listed(value)
    if rules is None:
        raise InvalidSettings("matchingRules", value, "a list of 1..15 rules")
    return tuple(_plain(rule) for rule in rules)


@attrs.frozen
class Settings:
    """Everything that decides how a store resolves: the configs, the rules in priority order, a version, policies.

    *policies* are what the vendor's document has no words for (section 13): a document has them under
    ``options.policies``. Raises ``InvalidSettings``, naming the place as the API spells it, when anything is out of
    bounds.
    """

    identifier_configs: tuple[IdentifierConfig, ...] = attrs.field(converter=_tuple_of_configs)
    matching_rules: tuple[str, ...] = attrs.field(converter=_tuple_of_rules)
    version: int = attrs.field(default=1, validator=[Whole(1), Whole(1, (1 << 62) - 1)])
    policies: Policies = attrs.field(default=NO_POLICIES, kw_only=True)

    @identifier_configs.validator
    def _check_configs(self, _: object, configs: tuple[Any, ...]) -> None:
        if not 1 <= len(configs) <= MOST_CONFIGS:
            raise InvalidSettings("identifierConfigs", len(configs), f"1..{MOST_CONFIGS} configs")
        seen: set[IdType] = set()
        for place, config in enumerate(configs):
            if not issubclass(type(config), IdentifierConfig):
                raise InvalidSettings(f"identifierConfigs[{place}]", config, "an identifier config")
            if config.id_type in seen:
                raise InvalidSettings(
                    f"identifierConfigs[{place}].idType", config.id_type, "an idType that no config before it has"
                )
            seen.add(config.id_type)

    @matching_rules.validator
    def _check_rules(self, _: object, rules: tuple[object, ...]) -> None:
        if not 1 <= len(rules) <= MOST_RULES:
            raise InvalidSettings("matchingRules", len(rules), f"1..{MOST_RULES} rules")
        seen: set[frozenset[IdType]] = set()
        for place, rule in enumerate(rules):
            path = f"matchingRules[{place}]"
            if type(rule) is not str:
                raise InvalidSettings(path, rule, "an idType, or idTypes joined by ' AND '")
            types = self.types_of(rule)
            unknown = [name for name in types if name not in self.id_types]
            if unknown:
                allowed = f"idTypes that have a config ({', '.join(self.id_types)}){self._meant(rule, unknown)}"
                raise InvalidSettings(path, rule, allowed)
            if len(set(types)) < len(types):
                raise InvalidSettings(path, rule, "each idType once in a rule")
            if frozenset(types) in seen:
                raise InvalidSettings(path, rule, "a rule that is not in the list already")
            seen.add(frozenset(types))

    @policies.validator
    def _check_policies(self, _: object, policies: object) -> None:
        if not isinstance(policies, Policies):
            raise InvalidSettings(POLICIES, policies, "a Policies object; Policies.from_json reads a document")
        try:
            policies.check(self.id_types)
        except InvalidSettings as error:
            raise error.under(POLICIES) from None
        if policies.joining:
            configs = {config.id_type: config for config in self.identifier_configs}
            for place, rule in enumerate(self.matching_rules):
                if not _is_simple([configs[id_type] for id_type in self.types_of(rule)]):
                    raise InvalidSettings(f"matchingRules[{place}]", rule, _SIMPLE)

    def _meant(self, rule: str, unknown: Sequence[str]) -> str:
        """Return what a rule may have been meant to say: AND in capitals, or an idType with a slip in it."""
        words = [AND.strip() if word.casefold() == "and" else word for word in rule.split()]
        meant = " ".join(words)
        if all(id_type in self.id_types for id_type in meant.split(AND)):
            return f"; did you mean {meant!r}? AND is in capitals, with a space on each side"
        return did_you_mean(unknown[0], self.id_types)

    @property
    def id_types(self) -> tuple[IdType, ...]:
        """The configured idTypes, in config order."""
        return tuple(config.id_type for config in self.identifier_configs)

    def types_of(self, rule: str) -> tuple[IdType, ...]:
        """Return the idTypes that a rule names: one, or several for a compound rule (R7).

        >>> Settings.defaults().types_of("email")
        ('email',)
        """
        return (rule,) if rule in self.id_types else tuple(rule.split(AND))

    @classmethod
    def defaults(cls) -> "Settings":
        """Return the settings of a new store (section 2).

        >>> Settings.defaults().matching_rules
        ('email', 'whatsapp', 'phone', 'chat')
        """
        return cls(
            [
                IdentifierConfig("email", normalization="email"),
                IdentifierConfig("whatsapp", normalization="trim"),
                IdentifierConfig("phone", normalization="phone"),
                IdentifierConfig("chat", normalization="trim"),
            ],
            ["email", "whatsapp", "phone", "chat"],
        )

    @classmethod
    def from_json(cls, text_or_dict: str | bytes | Mapping[str, Any]) -> "Settings":
        """Read settings in the API's shape; unknown keys of the root are ignored, as the API does.

        Raises ``InvalidSettings``, naming the place, the value and what is allowed.

        >>> Settings.from_json({"identifierConfigs": [{"idType": "id", "limit": 0}], "matchingRules": ["id"]})
        Traceback (most recent call last):
            ...
        resolver.errors.InvalidSettings: identifierConfigs[0].limit: 0 is not allowed; expected an integer 1..100
        """
        document = _decoded(text_or_dict)
        if document is text_or_dict:
            return cls._from_mapping(document)
        try:
            return cls._from_mapping(document)
        except InvalidSettings as error:
            raise error.as_json() from None

    @classmethod
    def _from_mapping(cls, document: Mapping[str, Any]) -> "Settings":
        for key in ("identifierConfigs", "matchingRules"):
            if not is_list(document.get(key)):
                is_missing = key not in document
                allowed = f"a list of 1..15 entries{_instead(key, document) if is_missing else ''}"
                raise InvalidSettings(key, document.get(key), allowed, is_missing=is_missing)
        number = len(document["identifierConfigs"])
        if number > MOST_CONFIGS:  # not one is read then
            raise InvalidSettings("identifierConfigs", number, f"1..{MOST_CONFIGS} configs")
        configs = []
        for place, config in enumerate(document["identifierConfigs"]):
            try:
                configs.append(IdentifierConfig.from_json(config))
            except InvalidSettings as error:
                raise error.under(f"identifierConfigs[{place}]") from None
        return cls(
            configs,
            document["matchingRules"],
            version=document.get("version", 1),
            policies=_policies_beside(document.get("options")),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the settings in the API's shape, as a dict ready for any JSON writer; policies stand beside them."""
        beside = {"options": {"policies": self.policies.to_json()}} if self.policies else {}
        return {
            "identifierConfigs": [config.to_json() for config in self.identifier_configs],
            "matchingRules": list(self.matching_rules),
            "version": self.version,
            **beside,
        }

    def check_match(self, match: Match) -> None:
        """Check that joining policies stand beside all rules, not the first that matches (C2). ``InvalidSettings``."""
        if self.policies.joining and match is Match.FIRST:
            raise InvalidSettings("options.match", str(match), f"'all', as {POLICIES} protect, cap, move or share")

    def with_policies(self, policies: Policies | None) -> "Settings":
        """Return these settings with other policies, or as they are where *policies* is None."""
        return self if policies is None else attrs.evolve(self, policies=policies)


_SIMPLE = f"one idType that is unique and exact, as {POLICIES} protect, cap, move or share"


def _is_simple(configs: Sequence[IdentifierConfig]) -> bool:
    """Whether a rule of some types may stand beside policies of joining (C2)."""
    [first, *more] = configs
    return not more and first.enforce_unique and first.matching_algo is MatchingAlgo.EXACT


def _policies_beside(options: object) -> Policies:
    """Return the policies among the options of a document; all else there is for others to read."""
    if not is_mapping(options) or "policies" not in options:
        return NO_POLICIES
    try:
        return Policies.from_json(options["policies"])
    except InvalidSettings as error:
        raise error.under(POLICIES) from None


def _instead(key: str, document: Mapping[str, Any]) -> str:
    """Return the end of a message about a key that is missing: the one that stands there for it, with a slip."""
    others = [str(other) for other in document if other not in ("identifierConfigs", "matchingRules", "version")]
    found = near(key, others, least=80)
    return f"; {found[0]!r} is no such key" if found else ""


def json_document(data: str | bytes) -> tuple[str, Any]:
    """Return a JSON text without its byte order mark, and what it holds; ``InvalidSettings`` for any other."""
    try:
        text = text_of(data)
        return text, document_of(text)
    except JsonError as error:
        raise InvalidSettings("", error.line, f"a JSON document ({error})") from error


def _decoded(text_or_dict: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    document: object = text_or_dict
    if isinstance(text_or_dict, str | bytes):
        _, document = json_document(text_or_dict)
    if not is_mapping(document):
        raise InvalidSettings("", document, "an object with 'identifierConfigs' and 'matchingRules'")
    return document


_CONFIG_FIELDS = {camel(field.name): field.name for field in attrs.fields(IdentifierConfig)}
