"""What the columns of a file hold, by their names and their values: refs, times, e-mail addresses, phone numbers, keys.

A name alone decides nothing, as ``EMAIL_STATUS`` holds no address; nor do values alone, as many keys read as phone
numbers. Where the two do not agree, the column has a ``doubt`` for the person who asked.

>>> columns = columns_of({"ID": ["1", "2"], "EMAIL_ADDRESS": ["ada@example.com", None]}, rows=2)
>>> [(column.name, str(column.kind), column.id_type) for column in columns]
[('ID', 'ref', None), ('EMAIL_ADDRESS', 'email', 'email')]
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import attrs

from resolver.errors import InvalidIdentifier
from resolver.history.record import LineError
from resolver.history.times import Times
from resolver.names import IdType
from resolver.rules.normalization import Normalizers

LOOKED_AT = 500
"""Values of a column that are normalized or read as times; more would not change the answer."""


class Kind(StrEnum):
    """What a column holds."""

    REF = "ref"
    TIME = "time"
    EMAIL = "email"
    PHONE = "phone"
    KEY = "key"
    NAME = "name"
    BIRTH = "birth date"
    ADDRESS = "address"
    OTHER = "other"


@attrs.frozen
class Column:
    """A column: in how many rows it has a value, how many different ones, and what they are.

    ``id_type`` is the idType that it would serve, ``separator`` stands between several values in a cell,
    ``date_format`` and ``at_unit`` say how its times are read.
    """

    name: str
    kind: Kind
    filled: int
    distinct: int
    example: str = ""
    id_type: IdType | None = None
    separator: str | None = None
    date_format: str | None = None
    at_unit: str = "ms"
    needs_zone: bool = False
    doubt: str | None = None


def columns_of(columns: Mapping[str, Sequence[Any]], rows: int, region: str = "US") -> list[Column]:
    """Return what each column holds, in order; *region* is that of phone numbers without a country code. O(cells)."""
    return [_column(name, cells, rows, region) for name, cells in columns.items()]


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column's name in lower case, without accents, a sharp s as two.

    >>> words_of("emailAddress"), words_of("DRIVERS_LICENSE_NUMBER"), words_of("Prénom")
    (('email', 'address'), ('drivers', 'license', 'number'), ('prenom',))
    """
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name.replace("\u00df", "ss"))
        if not unicodedata.combining(letter)
    )
    return tuple(word.lower() for word in _WORD.findall(plain))


def meanings_of(name: str) -> frozenset[str]:
    """Return the words of a column's name, and those that a German word is put together of.

    >>> sorted(meanings_of("Kundennummer")), sorted(meanings_of("birth_date"))
    (['kunden', 'kundennummer', 'nummer'], ['birth', 'date'])
    """
    words = words_of(name)
    parts = [
        part
        for word in words
        for last in _LAST_PARTS
        if word.endswith(last) and word != last
        for part in (word.removesuffix(last), word.removesuffix(last).removesuffix("s"), last)
    ]
    return frozenset([*words, *parts])


def texts_of(cells: Iterable[Any]) -> list[str]:
    """Return the values of cells, those of lists one by one, without the absent ones."""
    return [text for cell in cells if cell is not None for text in (cell if isinstance(cell, list) else (cell,))]


def share_readable(normalization: str, texts: Sequence[str], region: str = "US") -> float:
    """Return the share of values that a normalization can read, from 0 to 1; 0 where there are none."""
    read = Normalizers(region).named(normalization)
    return _share_of(read, texts[:LOOKED_AT])


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")

_LAST_PARTS = ("nummer", "nr", "telefon", "datum", "adresse")
"""What a German name of a column ends with, as in ``Kundennummer`` and ``Mobiltelefon``."""

_MAIL = {"email", "mail", "emails", "mails", "courriel", "correo"}
PHONE_WORDS = {
    "phone", "phones", "telephone", "tel", "mobile", "cell", "cellphone", "msisdn", "landline", "sms",
    "telefon", "telefonnummer", "handy", "handynummer", "mobil", "rufnummer", "festnetz",
    "portable", "telefono", "movil",
}  # fmt: skip
_WHATSAPP = {"whatsapp", "whats", "wa"}
_NO_VALUE = {
    "type", "kind", "status", "state", "country", "verified", "valid", "count", "flag", "opt", "consent", "city",
    "region", "amount", "category", "gender", "age", "language", "currency", "fax", "extension", "ext", "format",
    "score", "domain",
}  # fmt: skip
"""Words that say of a column that it is about something, and not the thing itself."""

_TIMES = {
    "at", "time", "date", "timestamp", "ts", "created", "updated", "modified", "seen", "datetime", "when", "on", "day",
    "first", "last", "signup", "registered", "login",
    "datum", "zeit", "zeitpunkt", "angelegt", "erstellt", "heure", "cree", "fecha", "hora", "creado",
}  # fmt: skip
_BIRTH = {
    "birth",
    "birthday",
    "birthdate",
    "dob",
    "born",
    "geburtsdatum",
    "geburtstag",
    "geboren",
    "naissance",
    "nacimiento",
}
_KEYS = {
    "ssn", "social", "passport", "license", "licence", "national", "nino", "tax", "vat", "tin", "loyalty", "card",
    "member", "membership", "account", "customer", "user", "userid", "username", "device", "cookie", "anonymous",
    "visitor", "iban", "cpf", "dni", "nif", "chat", "telegram", "handle", "twitter", "login", "crm", "external",
    "contact", "client", "person", "subscriber", "key", "identifier", "soc", "sec", "advertising", "idfa", "gaid",
    "kunde", "kunden", "steuer", "vertrag", "benutzer", "nutzer",
    "kundenkarte", "karte", "konto", "mitglied", "ausweis", "reisepass", "carte", "compte",
    "passeport", "tarjeta", "cuenta", "pasaporte", "cliente",
}  # fmt: skip
REF_NAMES = ("ref", "record_id", "rec_id", "recordid", "row_id", "id", "uuid", "guid", "key", "recid", "pk")
_REF_WORDS = {"id", "ref", "uuid", "guid", "key", "record", "recid", "pk", "no", "number", "nr", "nummer", "numero"}
_LAST_NAME = {"surname", "family", "lastname", "nachname", "familienname", "apellido", "apellidos"}
_FIRST_NAME = {"given", "forename", "firstname", "vorname", "rufname", "prenom"}
_STREET = {"street", "strasse", "str", "rue", "calle", "via", "address", "addr", "adresse", "anschrift", "direccion"}
_POSTAL = {"zip", "zipcode", "postcode", "postalcode", "plz", "postleitzahl"}
_CITY = {"city", "town", "ort", "wohnort", "stadt", "ville", "ciudad", "suburb"}
_NO_STREET = {"ip", "mac", "mail", "email", "url", "web", "state", "country", "type", "status", "number", "id"}
_FILLER = {"number", "no", "num", "nr", "address", "addr", "value", "primary", "main", "home", "work"}

_FORMATS = (
    "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%m/%d/%y", "%d/%m/%y",
    "%d.%m.%y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
)  # fmt: skip
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_ENOUGH, _MOSTLY, _NEARLY_ALL = 0.9, 0.5, 0.99
_FEW = 20
"""Values that rule most formats of dates out."""
_SEPARATORS = ("|", ";", ",", " / ")


def _column(name: str, cells: Sequence[Any], rows: int, region: str) -> Column:
    texts = texts_of(cells)
    filled = sum(cell is not None for cell in cells)
    words = {*meanings_of(name)}
    column = Column(name, Kind.OTHER, filled, len({*texts}), _example(texts))
    if not texts or len(name) > 200:
        return column
    for test in (_as_email, _as_birth, _as_phone, _as_time, _as_name, _as_address, _as_ref, _as_key):
        found = test(column, words, texts, rows, region)
        if found is not None:
            return found
    return column


def _as_email(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    if words & _NO_VALUE:
        return None
    return _as_readable(column, Kind.EMAIL, "email", texts, region, is_named=bool(words & _MAIL))


def _as_phone(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    if words & _NO_VALUE or (not words & (PHONE_WORDS | _WHATSAPP) and time_of(texts, region) is not None):
        return None
    is_named = bool(words & (PHONE_WORDS | _WHATSAPP))
    has_marks = sum(any(mark in text for mark in "+()-. ") for text in texts[:LOOKED_AT])
    if not is_named and (words & _KEYS or has_marks < _MOSTLY * len(texts[:LOOKED_AT])):
        return None  # digits alone are more often a key
    found = _as_readable(column, Kind.PHONE, "phone", texts, region, is_named=is_named)
    return found and attrs.evolve(found, id_type="whatsapp" if words & _WHATSAPP else "phone")


def _as_readable(
    column: Column, kind: Kind, normalization: str, texts: Sequence[str], region: str, *, is_named: bool
) -> Column | None:
    """Return the column as a kind whose values can be read, whole or split; None if too few can."""
    share = share_readable(normalization, texts, region)
    separator = None
    for mark in _SEPARATORS:
        parts = [part for text in texts[:LOOKED_AT] for part in text.split(mark) if part.strip()]
        split = share_readable(normalization, parts, region)
        if len(parts) > len(texts[:LOOKED_AT]) and split > share:
            share, separator = split, mark.strip()
    if share < (0.3 if is_named else _ENOUGH):
        return None
    doubt = None
    if not is_named:
        doubt = f"its values read as {kind} addresses" if kind is Kind.EMAIL else "its values read as phone numbers"
        doubt += ", which its name does not say"
    elif share < _ENOUGH:
        doubt = f"{1 - share:.0%} of its values cannot be read as {kind}"
    return attrs.evolve(column, kind=kind, id_type=normalization, separator=separator, doubt=doubt)


def _as_birth(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    if words & _BIRTH or {"date", "of", "birth"} <= words:
        return attrs.evolve(column, kind=Kind.BIRTH, id_type="birth_date")
    return None


def _as_time(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    if not words & _TIMES:
        return None
    found = time_of(texts, region)
    if found is None:
        return None
    date_format, at_unit, needs_zone, doubt = found
    return attrs.evolve(
        column, kind=Kind.TIME, date_format=date_format, at_unit=at_unit, needs_zone=needs_zone, doubt=doubt
    )


def _as_name(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    if words & (_NO_VALUE | _KEYS | {"org", "organization", "company", "middle", "nick", "file", "id"}):
        return None
    if (
        words & _LAST_NAME
        or {"nom", "famille"} <= words
        or words == {"nom"}
        or {"last", "name"} <= words
        or words == {"last"}
    ):
        return attrs.evolve(column, kind=Kind.NAME, id_type="last_name")
    if words & _FIRST_NAME or words == {"nombre"} or {"first", "name"} <= words or words == {"first"}:
        return attrs.evolve(column, kind=Kind.NAME, id_type="first_name")
    if {"full", "name"} <= words or words == {"name"} or words == {"fullname"}:
        return attrs.evolve(column, kind=Kind.NAME, id_type="full_name")
    return None


def _as_address(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    """Return the column as a street, a postal code or a city, by its name: what people of one address share."""
    if words & _POSTAL or {"postal", "code"} <= words:
        return attrs.evolve(column, kind=Kind.ADDRESS, id_type="postal_code")
    if words & _CITY and not words & _KEYS:
        return attrs.evolve(column, kind=Kind.ADDRESS, id_type="city")
    if words & _STREET and not words & (_NO_STREET | _KEYS):
        return attrs.evolve(column, kind=Kind.ADDRESS, id_type="street")
    return None


def _as_ref(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    """Return the column as a ref where every row has its own value, and the name is that of a key."""
    is_own = column.filled == rows and column.distinct == rows
    if column.name.lower() in REF_NAMES or (is_own and words & _REF_WORDS and not words & _NO_VALUE):
        return attrs.evolve(column, kind=Kind.REF, id_type=key_type(column.name) if words & _KEYS else None)
    return None


def _as_key(column: Column, words: set[str], texts: Sequence[str], rows: int, region: str) -> Column | None:
    if not words & _KEYS or words & _NO_VALUE or {*words} <= {"first", "last", "name"}:
        return None
    if column.distinct * 10 < column.filled and column.distinct < 100:
        return None  # few values for many records: a category
    return attrs.evolve(column, kind=Kind.KEY, id_type=key_type(column.name))


def key_type(name: str) -> IdType:
    """Return an idType of 2 to 30 characters for a key's column.

    >>> key_type("DRIVERS_LICENSE_NUMBER"), key_type("customerId")
    ('drivers_license', 'customer_id')
    """
    words = words_of(name)
    kept = [word for word in words if word not in _FILLER] or list(words)
    return "_".join(kept)[:30].ljust(2, "_")


def time_of(texts: Sequence[str], region: str) -> tuple[str | None, str, bool, str | None] | None:
    """Return how texts are read as times: date format, unit, whether they need a zone, a doubt; None if they are none.

    Where day and month can be told apart by no value, those of *region* are taken: the month stands first in the US.
    """
    looked_at = [text.strip() for text in texts[:LOOKED_AT]]
    zoned, naive = Times(), Times.of(tz="UTC")
    if all(text.lstrip("+-").isdigit() for text in looked_at):
        lengths = {len(text.lstrip("+-")) for text in looked_at}
        return (None, "s" if lengths <= {9, 10} else "ms", False, None) if lengths <= {9, 10, 12, 13} else None
    if _share_of(naive.read, looked_at) >= _NEARLY_ALL:
        return None, "ms", _share_of(zoned.read, looked_at) < _ENOUGH, None
    few = looked_at[:_FEW]
    tried = [Times.of(tz="UTC", date_format=day + hour) for hour in _HOURS for day in _FORMATS]
    tried = [times for times in tried if _share_of(times.read, few) >= _MOSTLY]
    found = [times.date_format or "" for times in tried if _share_of(times.read, looked_at) >= _ENOUGH]
    if not found:
        return None
    is_month_first = region in ("US", "CA", "PH")
    chosen = min(found, key=lambda each: (each.startswith("%m") != is_month_first, found.index(each)))
    both = {each[:2] for each in found} >= {"%m", "%d"}
    share = _share_of(Times.of(tz="UTC", date_format=chosen).read, looked_at)
    doubt = "whether day or month stands first cannot be told from its values" if both else None
    if share < _NEARLY_ALL:
        doubt = f"{1 - share:.0%} of its values are not times of the form {chosen}"
    return chosen, "ms", "%z" not in chosen, doubt


def _share_of(read: Callable[[str], object], texts: Sequence[str]) -> float:
    count = 0
    for text in texts:
        try:
            read(text)
        except (LineError, InvalidIdentifier):
            continue
        count += 1
    return count / len(texts) if texts else 0.0


def _example(texts: Sequence[str]) -> str:
    """Return the first value, cut to what fits on a line."""
    return (texts[0] if len(texts[0]) <= 40 else texts[0][:39] + "…") if texts else ""
