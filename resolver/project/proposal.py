"""A proposal: how a history would be read, and the settings to begin with, from what its columns hold.

Every choice that the values leave open is a ``doubt``, one sentence for the person who asked.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest

import attrs
import phonenumbers

from resolver.display import and_listed, counted
from resolver.errors import InvalidHistory, InvalidIdentifier
from resolver.history.record import LineError
from resolver.history.times import Times
from resolver.names import IdType
from resolver.project.columns import (
    PHONE_WORDS,
    REF_NAMES,
    Column,
    Kind,
    columns_of,
    meanings_of,
    texts_of,
    words_of,
)
from resolver.project.sample import Sample
from resolver.project.sharing import Sharing, Suspect, is_readable, people_of
from resolver.rules.normalization import Normalizers
from resolver.settings import AND, MOST_CONFIGS, MOST_RULES, IdentifierConfig, Settings

DEFAULT_REGION = "US"

_TRIED = 80
"""Phone numbers that are tried with every region."""
_CLEARLY, _TIED = 0.25, 0.05
"""How much larger the share of valid numbers must be under another region than the default, and than any other."""
_FREQUENT = ("GB", "DE", "FR", "IN", "BR", "MX", "ES", "IT", "JP", "AU", "NL", "PL", "TR", "CN")
"""Regions of which the first is taken where numbers fit several equally well."""
_NORTH_AMERICAN = re.compile(r"\s*(?:1[-. ]?)?\(?[2-9][0-9]{2}\)?[-. /]*[2-9][0-9]{2}[-. ]*[0-9]{4}\s*")
"""Numbers as North America writes them; examples with 555 are such, although they are not valid."""
_NAMED = 12
_MUCH_LATE = 0.1
"""Share of rows with a time before that of an earlier one from which on the order of the rows is not that of time."""
_COMPOUNDS = (("first_name", "last_name", "birth_date"), ("full_name", "birth_date"))
_WITH_ADDRESS = "--with-address"
_NAMES = (("first_name", "last_name"), ("full_name",))
_NORMALIZATIONS = {Kind.EMAIL: "email", Kind.PHONE: "phone"}
_SOURCES = {"source", "system", "origin", "dataset"}
_STRENGTH = {Kind.KEY: 0, Kind.EMAIL: 1, Kind.PHONE: 2}
_TIME_NAMES = ("at", "timestamp", "ts", "time", "created", "datetime", "date", "seen", "updated", "modified")
_PERSONS = ("person", "cluster", "entity", "truth", "label", "gold", "master", "golden", "group")


@attrs.frozen
class TruthColumns:
    """A file that says who is behind each record, and the columns that say so."""

    file: str
    ref: tuple[str, ...]
    person: str
    encoding: str | None = None


@attrs.frozen
class Proposal:
    """What ``resolver init`` proposes; ``columns`` is what it saw, ``doubts`` what it could not tell.

    ``address`` are columns that prove a person only together with names, so that nothing reads them until somebody
    asks for it. ``late`` is how many of the rows that were looked at have a time before that of an earlier row,
    ``sort`` whether they are replayed in the order of their times.
    """

    history: tuple[str, ...]
    map: Mapping[str, tuple[str, ...]]
    settings: Settings
    columns: tuple[Column, ...]
    region: str | None = None
    tz: str | None = None
    at_unit: str = "ms"
    date_format: str | None = None
    address: tuple[Column, ...] = ()
    late: int = 0
    sort: bool = False
    delimiter: str | None = None
    encoding: str | None = None
    truth: TruthColumns | None = None
    doubts: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()

    def with_types(self, id_types: Collection[IdType]) -> "Proposal":
        """Return the proposal with these idTypes and the rules that need no other; ``ValueError`` if none is left."""
        configs = [each for each in self.settings.identifier_configs if each.id_type in id_types]
        rules = [rule for rule in self.settings.matching_rules if {*self.settings.types_of(rule)} <= {*id_types}]
        if not rules:
            raise ValueError("no rule is left that could prove a person; expected one identifier at least")
        return attrs.evolve(self, settings=Settings(configs, rules))

    def with_address(self) -> "Proposal":
        """Return the proposal with a rule by which the same names at the same address are one person."""
        used = [*_names_in(self.columns), *self.address]
        id_types = {column.id_type or "": column.name for column in used}
        missing = [id_type for id_type in id_types if id_type not in self.settings.id_types]
        configs = [IdentifierConfig(each, normalization="trim", enforce_unique=False) for each in missing]
        settings = Settings(
            [*self.settings.identifier_configs, *configs], [*self.settings.matching_rules, AND.join(id_types)]
        )
        mapped = {id_type: (name,) for id_type, name in id_types.items() if id_type in missing}
        doubts = tuple(doubt for doubt in self.doubts if _WITH_ADDRESS not in doubt)
        return attrs.evolve(self, settings=settings, map={**self.map, **mapped}, doubts=doubts, address=())


def proposal_for(samples: Sequence[Sample], *, region: str | None = None) -> Proposal:
    """Return what is proposed for the files of a history, of which one may be the truth about it.

    ``InvalidHistory`` if the files do not have the same columns, or none that could be an identifier.
    """
    first, *others = samples
    truth = next((found for each in others if (found := truth_in(each, first)) is not None), None)
    history = [first, *(each for each in others if truth is None or each.file != truth.file)]
    _check_alike(history)
    region, doubt = (region, None) if region else region_of(first)
    columns = columns_of(first.columns, first.rows, region or DEFAULT_REGION)
    if first.is_own_form:
        columns = [_own(column) for column in columns]
    doubts = [doubt] if doubt else []
    ref, time = _ref_in(columns, doubts), _time_in(columns, doubts)
    late, sort = (0, False) if time is None else _order_of(history, time, doubts)
    taken = {*ref, *([] if time is None else [time.name])}
    serving = [
        column
        for column in columns
        if column.id_type and column.kind not in (Kind.REF, Kind.ADDRESS) and column.name not in taken
    ]
    serving.sort(key=lambda column: _STRENGTH.get(column.kind, len(_STRENGTH)))
    if not any(column.kind in _STRENGTH for column in serving):
        seen = ", ".join(column.name for column in columns[:_NAMED])
        raise InvalidHistory(
            f"{first.file}: no column looks like an identifier, such as an e-mail address, a phone number or a key; "
            f"expected one among {seen}"
        )
    suspects: list[Suspect] = []
    settings = _settings_for(serving, first, doubts, suspects)
    suspects = [each for each in suspects if is_readable(each, settings, region or DEFAULT_REGION)]
    serving = [column for column in serving if column.id_type in settings.id_types]
    doubts += [f"{column.name}: {column.doubt}" for column in serving if column.doubt]
    address = _address_in(columns, settings)
    if address:
        named = and_listed([column.name for column in address])
        doubts.append(
            f"{named}: people share an address; with names it may prove a person, and --with-address reads it"
        )
    return Proposal(
        history=tuple(each.file for each in history),
        map={} if first.is_own_form else _map_of(ref, time, serving),
        settings=settings,
        columns=tuple(columns),
        region=region,
        tz="UTC" if time is not None and time.needs_zone else None,
        at_unit="ms" if time is None else time.at_unit,
        date_format=None if time is None else time.date_format,
        address=address,
        late=late,
        sort=sort,
        delimiter=first.delimiter,
        encoding=first.encoding,
        truth=truth,
        doubts=tuple(doubts),
        suspects=tuple(suspects),
    )


def region_of(sample: Sample) -> tuple[str | None, str | None]:
    """Return the region of phone numbers that have no country code, and a doubt about it; None where it is not needed.

    It is the one under which most of them are valid numbers; the default unless another is clearly better.
    """
    found = columns_of(sample.columns, sample.rows)
    named = [column for column in found if column.kind is Kind.PHONE or meanings_of(column.name) & PHONE_WORDS]
    in_turn = zip_longest(*(texts_of(sample.columns[column.name]) for column in named), fillvalue="")
    texts = dict.fromkeys(text for row in in_turn for text in row)
    national = [text for text in texts if "+" not in text and any(map(str.isdigit, text))][:_TRIED]
    if not national:
        return None, None
    shares = {region: _valid_share(national, region) for region in sorted(phonenumbers.SUPPORTED_REGIONS)}
    best = max(shares.values())
    if sum(_NORTH_AMERICAN.fullmatch(text) is not None for text in national) / len(national) >= best - _CLEARLY:
        return DEFAULT_REGION, None
    tied = [region for region, share in shares.items() if share >= best - _TIED]
    main = [region for region in tied if phonenumbers.region_code_for_country_code(_code(region)) == region] or tied
    chosen = max(main, key=lambda region: (shares[region], -_place(region, _FREQUENT)))
    doubt = None
    if len(main) > 1:
        doubt = f"phone numbers without a country code fit several regions ({', '.join(main[:6])}); {chosen} is taken"
    return chosen, doubt


def truth_in(sample: Sample, history: Sample) -> TruthColumns | None:
    """Return the columns of a truth about *history*, None if the file is none.

    A truth has a column with refs of the history, one with persons, and no identifiers.
    """
    if sample.is_own_form or len(sample.columns) > 8:
        return None
    persons = [name for name in sample.columns if {*words_of(name)} & {*_PERSONS}]
    refs = [column.name for column in columns_of(history.columns, history.rows) if column.kind is Kind.REF]
    known = {text for name in refs for text in texts_of(history.columns[name])}
    best, hits = None, 0
    for name, cells in sample.columns.items():
        met = sum(text in known for text in texts_of(cells))
        if name not in persons[:1] and met > hits:
            best, hits = name, met
    if best is None or hits * 10 < sample.rows:
        return None
    others = [name for name in persons if name != best] or [name for name in sample.columns if name != best]
    named = [name for name in others if "id" in words_of(name)] or others
    return TruthColumns(sample.file, (best,), named[0], sample.encoding) if named else None


def _check_alike(history: Sequence[Sample]) -> None:
    first, *others = history
    for other in others:
        missing = [name for name in first.columns if name not in other.columns]
        if not first.is_own_form and (missing or other.format != first.format):
            said = f"lacks the column {missing[0]!r}" if missing else f"is {other.format}"
            raise InvalidHistory(
                f"{other.file}: {said} of {first.file} and is not a truth about it; expected files of the same "
                "columns, or a truth with a ref and a person"
            )


def _own(column: Column) -> Column:
    """Return a column of a history in its own form: its ref and time, or the idType that it says it is."""
    if column.name in ("ref", "at"):
        return attrs.evolve(column, kind=Kind.REF if column.name == "ref" else Kind.TIME, id_type=None, doubt=None)
    kind = column.kind if column.kind in (Kind.EMAIL, Kind.PHONE, Kind.NAME, Kind.BIRTH) else Kind.KEY
    return attrs.evolve(column, kind=kind, id_type=column.name)


def _valid_share(texts: Sequence[str], region: str) -> float:
    """Return the share of texts that are valid numbers of a region; what is read is always a normalized number."""
    read = Normalizers(region).named("phone")
    count = 0
    for text in texts:
        try:
            count += phonenumbers.is_valid_number_for_region(phonenumbers.parse(read(text)), region)
        except InvalidIdentifier:
            continue
    return count / len(texts)


def _code(region: str) -> int:
    return phonenumbers.country_code_for_region(region)


def _ref_in(columns: Sequence[Column], doubts: list[str]) -> tuple[str, ...]:
    """Return the columns of the ref: one whose values are all different, with the source if they are not."""
    found = [column for column in columns if column.kind is Kind.REF]
    if not found:
        doubts.append("no column looks like a ref; records are called line:1, line:2 and so on")
        return ()
    ref = min(found, key=lambda column: (_place(column.name.lower(), REF_NAMES), column.distinct < column.filled))
    if ref.distinct == ref.filled:
        return (ref.name,)
    source = next((each for each in columns if {*words_of(each.name)} & _SOURCES and each.distinct > 1), None)
    if source is not None:
        return (source.name, ref.name)
    doubts.append(f"{ref.name}: some values stand in several rows; rows of one ref count as one record")
    return (ref.name,)


def _time_in(columns: Sequence[Column], doubts: list[str]) -> Column | None:
    """Return the column of the time at which a record came."""
    found = [column for column in columns if column.kind is Kind.TIME]
    if not found:
        doubts.append("no column has the time of a record; the order of the rows counts")
        return None
    usable = [column for column in found if column.doubt is None or "are not times" not in column.doubt]
    if not usable:
        doubts.append(f"{found[0].name} is not read as the time of a record: {found[0].doubt}")
        return None
    found = usable
    time = min(found, key=lambda column: min(_place(word, _TIME_NAMES) for word in words_of(column.name)))
    if len(found) > 1:
        others = ", ".join(column.name for column in found if column is not time)
        doubts.append(f"{time.name} is taken as the time of a record, not {others}")
    if time.doubt:
        doubts.append(f"{time.name}: {time.doubt}")
    if time.needs_zone:
        doubts.append(f"{time.name}: the times have no zone; UTC is taken")
    return time


def _names_in(columns: Sequence[Column]) -> list[Column]:
    """Return the columns of first and last name, or that of the whole name; none where there are neither."""
    first = {column.id_type: column for column in reversed(columns) if column.kind is Kind.NAME}
    found = [[first[each] for each in types if each in first] for types in _NAMES]
    return next((each for each, types in zip(found, _NAMES, strict=True) if len(each) == len(types)), [])


def _address_in(columns: Sequence[Column], settings: Settings) -> tuple[Column, ...]:
    """Return street and postal code, or the city for a postal code, where there are names and room in the settings.

    Of several columns of a kind it is the one that is filled most often.
    """
    names = _names_in(columns)
    by_filled = sorted(columns, key=lambda column: column.filled)
    parts = {column.id_type: column for column in by_filled if column.kind is Kind.ADDRESS}
    place = parts.get("postal_code", parts.get("city"))
    found = tuple(each for each in (parts.get("street"), place) if each is not None)
    has_room = len(settings.id_types) + len(names) + len(found) <= MOST_CONFIGS
    return found if names and has_room and len(settings.matching_rules) < MOST_RULES else ()


def _order_of(history: Sequence[Sample], time: Column, doubts: list[str]) -> tuple[int, bool]:
    """Return how many rows have a time before that of an earlier one, and whether to replay them in order of time.

    A few rows that come late are what happens in a stream, and the rules have a word on them; many are another order.
    """
    times = Times.of(tz="UTC", at_unit=time.at_unit, date_format=time.date_format)
    late, rows, latest = 0, 0, None
    for text in texts_of(cell for sample in history for cell in sample.columns[time.name]):
        try:
            at = times.read(text)
        except LineError:
            continue
        rows += 1
        if at is not None and (latest is None or at >= latest):
            latest = at
        else:
            late += 1
    sort = late > _MUCH_LATE * rows
    if late:
        said = (
            f"{late:,} of {counted(rows, 'row')} {'has' if late == 1 else 'have'} a time before that of an earlier row"
        )
        done = (
            "so all are replayed in the order of time" if sort else "they are taken where they stand; --sort does not"
        )
        doubts.append(f"{time.name}: {said}; {done}")
    return late, sort


def _place(name: str, names: Sequence[str]) -> int:
    return names.index(name) if name in names else len(names)


def _map_of(ref: Sequence[str], time: Column | None, serving: Iterable[Column]) -> dict[str, tuple[str, ...]]:
    mapped: dict[str, tuple[str, ...]] = {"ref": tuple(ref)} if ref else {}
    if time is not None:
        mapped["at"] = (time.name,)
    for column in serving:
        split = f"[{column.separator}]" if column.separator else ""
        mapped[column.id_type or ""] = (*mapped.get(column.id_type or "", ()), f"{column.name}{split}")
    return mapped


def _settings_for(serving: Sequence[Column], sample: Sample, doubts: list[str], suspects: list[Suspect]) -> Settings:
    """Return a config for each idType, and the rules: those that prove a person alone, then names with a birth date."""
    by_type: dict[IdType, Column] = {}
    for column in serving:
        by_type.setdefault(column.id_type or "", column)
    people = people_of(sample, by_type)
    strong = [id_type for id_type, column in by_type.items() if column.kind in _STRENGTH]
    found = {id_type: Sharing.of(sample.columns[by_type[id_type].name], people) for id_type in strong}
    shared = [id_type for id_type in strong if found[id_type].is_usual]
    alone = [id_type for id_type in strong if id_type not in shared]
    together = [[*each] for each in _COMPOUNDS if all(id_type in by_type for id_type in each)]
    names = [id_type for id_type in ("last_name", "full_name") if id_type in by_type][:1]
    together += [[id_type, *names] for id_type in shared if names]
    rules = [*alone, *(AND.join(types) for types in together)][:MOST_RULES]
    used = {*alone, *shared, *(id_type for types in together for id_type in types)}
    for id_type in shared:
        proof = f"with {names[0]} it does" if names else "so no rule has it"
        doubts.append(f"{by_type[id_type].name}: different people share its values; alone it proves nothing, {proof}")
    for id_type in alone:
        for text, count in found[id_type].most:
            suspects.append(Suspect(by_type[id_type].name, id_type, text, count))
    if not rules:
        raise InvalidHistory(
            f"{sample.file}: different people share the values of {', '.join(shared)}; expected one more identifier"
        )
    kept = [id_type for id_type in by_type if id_type in used]
    if len(kept) > MOST_CONFIGS:
        doubts.append(f"settings have at most {MOST_CONFIGS} idTypes; left out: {', '.join(kept[MOST_CONFIGS:])}")
        kept = kept[:MOST_CONFIGS]
        rules = [rule for rule in rules if {*rule.split(AND)} <= {*kept}]
    configs = [
        IdentifierConfig(
            id_type,
            normalization=_NORMALIZATIONS.get(by_type[id_type].kind, "trim"),
            enforce_unique=id_type in alone,
        )
        for id_type in kept
    ]
    return Settings(configs, rules)
