"""The grid of a sweep: base settings, and axes with the values to try; every combination is one setting.

>>> grid = Grid.from_json({"axes": {"phone.limit": [1, 3], "options.match": ["all", "first"]}})
>>> [setting.values for setting in grid][1]
{'phone.limit': 1, 'options.match': 'first'}

A grid to begin with is made of the settings in force: what is most often in question about them.

>>> for axis, values in proposed_axes(Settings.defaults()).items():
...     print(axis, len(values))
matchingRules 5
phone.enforceUnique 2
phone.limit 2
policies.blocked 2
"""

import copy
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import attrs
import msgspec

from resolver.columns.numbered import Numbered
from resolver.engine import Engine
from resolver.errors import InvalidSettings
from resolver.history.record import plain
from resolver.json_documents import check_keys
from resolver.names import MatchingAlgo
from resolver.policies import NO_POLICIES, Policies
from resolver.policies import READERS as KEYS
from resolver.settings import AND, MOST_RULES, IdentifierConfig, Settings
from resolver.simulate.settings_documents import OPTIONS as ENGINE_OPTIONS
from resolver.simulate.settings_documents import (
    in_file,
    load_settings,
    options_from_json,
    read_document,
    settings_to_json,
)
from resolver.simulate.suspects import Suspects, suspects
from resolver.suggestions import did_you_mean

MOST_SETTINGS = 10_000
"""A grid of more combinations is refused: it is nearly always a slip."""

_TRIES = 20
"""So many combinations are tried for each that is to be drawn: some may be no valid settings."""

MOST_SUSPECTS = 10_000
"""So many suspects may be blocked by one value of an axis."""

RULES = "matchingRules"
BLOCKED = "policies.blocked"
SUSPECTS = "suspects:"
"""How a value of the axis of blocked values begins that asks for the first suspects of the history."""

POLICIES = {f"policies.{key}": key for key in KEYS}
OPTIONS = {f"options.{key}": option.name for key, option in ENGINE_OPTIONS.items()}
_FIELDS = tuple(field for field in IdentifierConfig("id").to_json() if field != "idType")


class GridSetting(msgspec.Struct, frozen=True):
    """One combination: its place in the grid from 1, what each axis says, and what that makes of the base."""

    number: int
    values: dict[str, Any]
    settings: Settings
    options: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the combination as a settings file has it."""
        document = settings_to_json(self.settings, self.options)
        del document["version"]
        return document


class Grid:
    """All combinations of the axes' values, the last axis running fastest. Iterate it as often as you like.

    *axes* maps a name to the values to try: ``phone.limit`` (an idType and one of its fields), ``matchingRules``
    (each value a list of rules), ``options.match``, ``options.onInvalid``, ``options.defaultRegion``, and
    ``policies.protect``, ``policies.misfit`` and the other keys of policies; a value ``@FILE`` of one is a JSON file
    that holds it, seen from *folder*. ``suspects:N`` of ``policies.blocked`` stands for what the base blocks, and the
    first N suspects of the history as it reads them, which ``with_suspects`` puts there. *options* are the engine's,
    under Python's names. Raises ``InvalidSettings``, naming axis and value, for a combination that is no valid settings
    document, and ``OSError`` for a file that is not there.

    With a *budget*, so many combinations are drawn at random by *seed*, of a grid of any size; those that are no valid
    settings are passed over then.
    """

    def __init__(
        self,
        settings: Settings,
        options: Mapping[str, Any],
        axes: Mapping[str, Any],
        folder: Path | None = None,
        *,
        budget: int | None = None,
        seed: int = 1,
    ) -> None:
        self.settings = settings
        self.options = {"on_invalid": "drop", **options}
        self.axes = {name: _values(name, values, settings) for name, values in axes.items()}
        self._files = _read_files(self.axes, folder or Path())
        self.suspects = max(map(_suspects_in, self.axes.get(BLOCKED, ())), default=0)
        """How many suspects of the history the values of the axes ask for."""
        self._suspects: Suspects | None = None
        if budget is None:
            self._check_size()
            self._combinations = [self._combined(*each) for each in enumerate(product(*self.axes.values()), 1)]
        else:
            self._combinations = self._drawn(budget, seed)

    def __iter__(self) -> Iterator[GridSetting]:
        return iter(self._combinations)

    def __len__(self) -> int:
        return len(self._combinations)

    @classmethod
    def from_json(
        cls,
        document: object,
        *,
        base: tuple[Settings, Mapping[str, Any]] | None = None,
        options: Mapping[str, Any] | None = None,
        folder: Path | None = None,
        usual: tuple[Settings, Mapping[str, Any]] | None = None,
        budget: int | None = None,
        seed: int = 1,
    ) -> "Grid":
        """Read ``{"base": settings document or path, "axes": {...}}``; paths are seen from *folder*.

        *base* takes the place of the document's, *options* win over the base's; an option that is an axis too is
        an error. *usual* is the base of a document without one, and has the options that nothing else names.
        Raises ``InvalidSettings``, and ``OSError`` for a base file that is not there.
        """
        if not isinstance(document, Mapping):
            raise InvalidSettings("grid", document, "an object with 'axes', and maybe 'base'")
        check_keys(document, ("base", "axes"))
        axes = document.get("axes")
        if not isinstance(axes, Mapping) or not axes:
            raise InvalidSettings("axes", axes, "an object of axis -> list of values, with one axis at least")
        usual_settings, usual_options = usual or (Settings.defaults(), {})
        if base is None:
            named = document.get("base")
            base = (usual_settings, {}) if named is None else _base(named, folder or Path())
        settings, base_options = base
        base_options = {**usual_options, **base_options}
        given = dict(options or {})
        for axis, name in OPTIONS.items():
            if name in given and axis in axes:
                raise InvalidSettings(f"axes.{axis}", axes[axis], f"no axis, as {name}={given[name]!r} was given too")
        return cls(settings, {**base_options, **given}, axes, folder, budget=budget, seed=seed)

    def with_suspects(self, found: Suspects) -> "Grid":
        """Return the same combinations with the suspects that their values ask for."""
        other = copy.copy(self)
        other._suspects = found
        other._combinations = [other._combined(each.number, tuple(each.values.values())) for each in self]
        return other

    def completed(self, history: Iterable[Any] | Numbered) -> "Grid":
        """Return the grid with the suspects of a history, where its values ask for any; this grid where none does."""
        if not self.suspects:
            return self
        return self.with_suspects(suspects(history, self.settings, most=self.suspects, **self.options))

    def _policy(self, axis: str, value: Any) -> Any:
        """What a value of an axis of policies stands for, as a document has it."""
        number = _suspects_in(value) if axis == BLOCKED else 0
        if number:
            found = () if self._suspects is None else self._suspects.blocked(number)
            return [entry.to_json() for entry in (*self.settings.policies.blocked, *found)]
        return self._files.get(value, value) if isinstance(value, str) else value

    def _drawn(self, budget: int, seed: int) -> list[GridSetting]:
        """Draw as many different combinations, in the order of the grid; those that are no settings are passed over."""
        if type(budget) is not int or not 1 <= budget <= MOST_SETTINGS:
            raise InvalidSettings("budget", budget, f"an integer 1..{MOST_SETTINGS}")
        size = math.prod(map(len, self.axes.values()))
        random = Random(f"{seed}")
        places = random.sample(range(size), min(size, _TRIES * budget))
        drawn: dict[int, GridSetting] = {}
        refusal: InvalidSettings | None = None
        for place in places:
            try:
                drawn[place] = self._combined(0, self._values_at(place))
            except InvalidSettings as error:
                refusal = error
            if len(drawn) == budget:
                break
        if not drawn and refusal is not None:
            raise refusal
        return [msgspec.structs.replace(drawn[place], number=number) for number, place in enumerate(sorted(drawn), 1)]

    def _values_at(self, place: int) -> tuple[Any, ...]:
        """The values of a combination by its place in the grid, from 0; the last axis runs fastest."""
        values: list[Any] = []
        for axis in reversed(self.axes.values()):
            place, rest = divmod(place, len(axis))
            values.append(axis[rest])
        return tuple(reversed(values))

    def _check_size(self) -> None:
        size = math.prod(map(len, self.axes.values()))
        if size > MOST_SETTINGS:
            raise InvalidSettings("axes", size, f"at most {MOST_SETTINGS} combinations")

    def _combined(self, number: int, values: tuple[Any, ...]) -> GridSetting:
        chosen = dict(zip(self.axes, values, strict=True))
        options = dict(self.options)
        policies = self.settings.policies.to_json()
        settings = self.settings.with_policies(NO_POLICIES)  # which may not fit before all axes are set
        last = ""
        for axis, value in chosen.items():
            try:
                if axis in POLICIES:
                    policies[POLICIES[axis]] = self._policy(axis, value)
                    last = axis
                else:
                    settings = _changed(settings, options, axis, value)
                    last = last if last in POLICIES else axis
                    Engine(settings, **options)
            except InvalidSettings as error:
                raise InvalidSettings(f"axes.{axis}", value, error.allowed) from None
        try:
            settings = settings.with_policies(Policies.from_json(policies))
            Engine(settings, **options)
        except InvalidSettings as error:
            axis = next((each for each in chosen if f"{each}." in f"options.{error.path}.".replace("[", ".")), last)
            told = f"{error.allowed} ({error.path})" if error.path else error.allowed
            raise InvalidSettings(f"axes.{axis}", chosen[axis], told) from None
        return GridSetting(number, chosen, settings, options)


def read_grid(
    path: str | Path,
    *,
    base: tuple[Settings, Mapping[str, Any]] | None = None,
    options: Mapping[str, Any] | None = None,
    usual: tuple[Settings, Mapping[str, Any]] | None = None,
    budget: int | None = None,
    seed: int = 1,
) -> Grid:
    """Read a grid file; a ``base`` path in it is seen from the file's folder. The rest is as in ``Grid.from_json``.

    Raises ``InvalidSettings`` whose message begins with the path, the line and the column, and ``OSError``.

    >>> from resolver.example import path
    >>> len(read_grid(path("grid.json")))
    24
    """
    place = Path(path)
    text, document = read_document(place)
    try:
        return Grid.from_json(
            document, base=base, options=options, folder=place.parent, usual=usual, budget=budget, seed=seed
        )
    except InvalidSettings as error:
        raise in_file(error, path, text) from None


def _base(document: object, folder: Path) -> tuple[Settings, dict[str, Any]]:
    if isinstance(document, str):
        return load_settings(folder / document)
    if not isinstance(document, Mapping):
        raise InvalidSettings("base", document, "a settings document, or the path of one")
    try:
        return Settings.from_json(document), options_from_json(document.get("options", {}))
    except InvalidSettings as error:
        raise error.under("base") from None


def _values(name: str, values: object, settings: Settings) -> tuple[Any, ...]:
    """Check an axis: its name, and that it has values, each once."""
    _check_name(name, settings)
    values = plain(values)
    if not isinstance(values, list | tuple) or not values:
        raise InvalidSettings(f"axes.{name}", values, "a list of one value or more")
    seen: list[object] = []
    for place, value in enumerate(map(plain, values)):
        # 1 and true are equal in Python, and are not the same in a settings document
        if any(value == other and type(value) is type(other) for other in seen):
            raise InvalidSettings(f"axes.{name}[{place}]", value, "a value that is not in the list already")
        seen.append(value)
    return tuple(seen)


def _read_files(axes: Mapping[str, tuple[Any, ...]], folder: Path) -> dict[str, Any]:
    """Read the files that values of policies name."""
    names = [value for axis in POLICIES for value in axes.get(axis, ()) if isinstance(value, str) and value[:1] == "@"]
    return {name: read_document(folder / name[1:])[1] for name in names}


def _suspects_in(value: object) -> int:
    """How many suspects a value of the axis of blocked values asks for; 0 for a value that is none of this kind."""
    if not isinstance(value, str) or not value.startswith(SUSPECTS):
        return 0
    number = value.removeprefix(SUSPECTS)
    if not (number.isascii() and number.isdecimal()) or not 1 <= int(number) <= MOST_SUSPECTS:
        raise InvalidSettings(f"axes.{BLOCKED}", value, f"{SUSPECTS}N, N from 1 to {MOST_SUSPECTS:,}")
    return int(number)


def _check_name(name: object, settings: Settings) -> None:
    if name == RULES or name in OPTIONS or name in POLICIES:
        return
    names = [RULES, *OPTIONS, *POLICIES, *(f"{id_type}.{field}" for id_type in settings.id_types for field in _FIELDS)]
    if name not in names:
        hint = did_you_mean(str(name), names)
        raise InvalidSettings(
            f"axes.{name}",
            name,
            f"an idType of the base and one of its fields, {RULES}, {', '.join([*OPTIONS, *POLICIES])}{hint}",
        )


def _changed(settings: Settings, options: dict[str, Any], axis: str, value: Any) -> Settings:
    """Return the settings with one axis set; an option is set in place."""
    if axis in OPTIONS:
        options[OPTIONS[axis]] = value
        return settings
    if axis == RULES:
        return Settings.from_json({**settings.to_json(), RULES: value})
    id_type, _, field = axis.rpartition(".")
    configs = tuple(
        IdentifierConfig.from_json({**config.to_json(), field: value}) if config.id_type == id_type else config
        for config in settings.identifier_configs
    )
    return attrs.evolve(settings, identifier_configs=configs)


MOST_COMBINATIONS = 48
"""A grid that nobody wrote has at most so many."""

_FEW = 3
"""Values of a type that one person may well have."""


def proposed_axes(settings: Settings) -> dict[str, list[Any]]:
    """Return axes around some settings, as a grid has them; the first value of each is that of the settings.

    Rules of three types or more ask for one less; each rule is left out once, the last first. A phone that proves a
    person alone may be shared, and the weakest type that does so may be held few at a time. The values that look most
    like placeholders are blocked. Where policies ask for unique types, none is shared.
    """
    axes: dict[str, list[Any]] = {}
    weakest = _weakest(settings)
    if weakest is not None:
        if weakest.normalization == "phone" and not settings.policies.joining:
            axes[f"{weakest.id_type}.enforceUnique"] = [True, False]
        axes[f"{weakest.id_type}.limit"] = list(dict.fromkeys([weakest.limit, min(_FEW, weakest.limit)]))
    axes[BLOCKED] = [[entry.to_json() for entry in settings.policies.blocked], f"{SUSPECTS}10"]
    others = prod(map(len, axes.values()))
    axes = {RULES: _rules(settings)[: MOST_COMBINATIONS // others], **axes}
    return {axis: values for axis, values in axes.items() if len(values) > 1}


def _rules(settings: Settings) -> list[list[str]]:
    """Return lists of rules to try, those of today first, then looser ones and fewer; each once."""
    today = [*settings.matching_rules]
    found = [today]
    for place, rule in enumerate(today):
        types = settings.types_of(rule)
        if len(types) > 2:
            looser = [AND.join(each for each in types if each != left_out) for left_out in types]
            tried = [looser[:1], looser[:2], *([each] for each in looser[1:]), looser]
            found += [[*today[:place], *some, *today[place + 1 :]] for some in tried]
    fewer = [[each for each in today if each != left_out] for left_out in reversed(today)] if len(today) > 1 else []
    found[3:3] = fewer  # among the first, if there is not room for all
    known = set[frozenset[frozenset[str]]]()
    kept = []
    for rules in found:
        key = frozenset(frozenset(settings.types_of(rule)) for rule in rules)
        if key not in known and len(key) == len(rules) <= MOST_RULES:
            known.add(key)
            kept.append(rules)
    return kept


def _weakest(settings: Settings) -> IdentifierConfig | None:
    """Return the type that is most likely to be shared, of those that are unique and equal by a rule of their own."""
    configs = {config.id_type: config for config in settings.identifier_configs}
    alone = [
        configs[rule]
        for rule in settings.matching_rules
        if rule in configs and configs[rule].enforce_unique and configs[rule].matching_algo is MatchingAlgo.EXACT
    ]
    phones = [config for config in alone if config.normalization == "phone"]
    found = phones or alone
    return found[-1] if found else None
