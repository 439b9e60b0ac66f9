"""What a column is taken for: by its name and its values together, and never by one of them alone."""

from collections.abc import Sequence

import pytest

from resolver.project.columns import Column, Kind, columns_of, key_type, time_of

MAIL = ["ada@example.com", "bob@example.com", "cy@example.com"]
PHONES = ["(317) 555-6789", "+44 20 7946 0018", "312.555.0142"]
KEYS = ["A-1001", "A-1002", "A-1003"]


def column(name: str, texts: Sequence[object], rows: int | None = None) -> Column:
    (found,) = columns_of({name: list(texts)}, rows or len(texts))
    return found


@pytest.mark.parametrize(
    ("name", "texts", "kind", "id_type"),
    [
        ("EMAIL_ADDRESS", MAIL, Kind.EMAIL, "email"),
        ("emailAddress", MAIL, Kind.EMAIL, "email"),
        ("contact", MAIL, Kind.EMAIL, "email"),
        ("EMAIL_STATUS", ["active", "bounced", "active"], Kind.OTHER, None),
        ("email", ["none", "none", "unknown"], Kind.OTHER, None),
        ("Mobile", PHONES, Kind.PHONE, "phone"),
        ("PHONE_NUMBER", ["3175556789", "3125550142", "2125550199"], Kind.PHONE, "phone"),
        ("WhatsApp", ["+13175556789", "+13125550142", "+12125550199"], Kind.PHONE, "whatsapp"),
        ("PHONE_TYPE", ["HOME", "MOBILE", "HOME"], Kind.OTHER, None),
        ("reachable", PHONES, Kind.PHONE, "phone"),
        ("amount", ["3175556789", "3125550142", "2125550199"], Kind.OTHER, None),
        ("SSN_NUMBER", ["294-66-9999", "294-66-9999", "317-55-5678"], Kind.KEY, "ssn"),
        ("DRIVERS_LICENSE_NUMBER", ["112233", "112233", "445566"], Kind.KEY, "drivers_license"),
        ("DRIVERS_LICENSE_STATE", ["NV", "NV", "CA"], Kind.OTHER, None),
        ("loyaltyId", ["L1", "L1", "L2"], Kind.KEY, "loyalty_id"),
        ("RECORD_ID", KEYS, Kind.REF, None),
        ("id", ["1", "1", "2"], Kind.REF, None),
        ("order_no", KEYS, Kind.REF, None),
        ("PRIMARY_NAME_LAST", ["Smith", "Smith", "Ng"], Kind.NAME, "last_name"),
        ("given_name", ["Ada", "Bob", "Cy"], Kind.NAME, "first_name"),
        ("fullName", ["Ada Ng", "Bob Ng", "Cy Ng"], Kind.NAME, "full_name"),
        ("DATE_OF_BIRTH", ["12/11/1978", "1978-11-12", "x"], Kind.BIRTH, "birth_date"),
        ("created_at", ["2026-01-02T03:04:05Z"] * 3, Kind.TIME, None),
        ("notes", ["called twice", "", "wants a refund"], Kind.OTHER, None),
    ],
)
def test_a_column_is_taken_for(name: str, texts: list[str], kind: Kind, id_type: str | None) -> None:
    found = column(name, texts)
    assert (found.kind, found.id_type) == (kind, id_type)


@pytest.mark.parametrize(
    ("name", "text", "kind", "id_type"),
    [
        ("Vorname", "Ada", Kind.NAME, "first_name"),
        ("Nachname", "Lovelace", Kind.NAME, "last_name"),
        ("Geburtsdatum", "10.12.1815", Kind.BIRTH, "birth_date"),
        ("Telefonnummer", "+49 30 901820", Kind.PHONE, "phone"),
        ("Kundenkarte", "17", Kind.KEY, "kundenkarte"),
        ("Angelegt", "14.12.2023 23:12", Kind.TIME, None),
        ("Prénom", "Ada", Kind.NAME, "first_name"),
        ("Nom", "Lovelace", Kind.NAME, "last_name"),
        ("Date de naissance", "10/12/1815", Kind.BIRTH, "birth_date"),
        ("Courriel", "ada@example.com", Kind.EMAIL, "email"),
        ("Nombre", "Ada", Kind.NAME, "first_name"),
        ("Apellidos", "Lovelace", Kind.NAME, "last_name"),
        ("Teléfono", "+34 912 345 678", Kind.PHONE, "phone"),
        ("Mobiltelefon", "+49 151 23456789", Kind.PHONE, "phone"),
        ("Mobilnummer", "+49 151 23456789", Kind.PHONE, "phone"),
        ("Straße", "Hauptstr. 1", Kind.ADDRESS, "street"),
        ("ADDR_LINE1", "1 Main St", Kind.ADDRESS, "street"),
        ("PLZ", "50667", Kind.ADDRESS, "postal_code"),
        ("ADDR_POSTAL_CODE", "89132", Kind.ADDRESS, "postal_code"),
        ("Zip", "89132", Kind.ADDRESS, "postal_code"),
        ("Wohnort", "Köln", Kind.ADDRESS, "city"),
        ("ADDR_CITY", "Las Vegas", Kind.ADDRESS, "city"),
        ("ADDR_STATE", "NV", Kind.OTHER, None),
        ("street_number", "17", Kind.OTHER, None),
        ("IP_ADDRESS", "192.0.2.1", Kind.OTHER, None),
        ("Festnetz", "+49 30 901820", Kind.PHONE, "phone"),
        ("Faxnummer", "+49 30 901820", Kind.OTHER, None),
        ("E-Mail-Adresse", "ada@example.com", Kind.EMAIL, "email"),
        ("Emailadresse", "ada@example.com", Kind.EMAIL, "email"),
        ("Steuernummer", "12/345/67890", Kind.KEY, "steuernummer"),
        ("Erstellungsdatum", "14.12.2023 23:12", Kind.TIME, None),
    ],
)
def test_names_of_columns_may_be_german_french_or_spanish(
    name: str, text: str, kind: Kind, id_type: str | None
) -> None:
    (column,) = columns_of({name: [text, None]}, rows=2)
    assert (column.kind, column.id_type, column.doubt) == (kind, id_type, None)


@pytest.mark.parametrize("name", ["Kundennummer", "KundenNr", "Kunden-Nr.", "Datensatznummer", "Belegnr"])
def test_a_number_of_its_own_for_every_row_is_a_ref_in_german_too(name: str) -> None:
    assert column(name, KEYS).kind is Kind.REF


def test_a_column_without_values_is_nothing() -> None:
    assert column("email", [None, None]).kind is Kind.OTHER


def test_names_and_values_that_do_not_agree_are_a_doubt() -> None:
    assert "which its name does not say" in str(column("contact", MAIL).doubt)
    assert "33% of its values cannot be read" in str(column("email", [*MAIL[:2], "none"]).doubt)
    assert column("email", MAIL).doubt is None


@pytest.mark.parametrize("mark", ["|", ";", ","])
def test_several_values_in_a_cell_show_what_separates_them(mark: str) -> None:
    assert column("emails", [f"a@example.com{mark}b@example.com", "c@example.com"]).separator == mark
    assert column("emails", MAIL).separator is None


def test_lists_are_looked_at_one_by_one() -> None:
    found = column("email", [["a@example.com", "b@example.com"], None])
    assert (found.kind, found.filled, found.distinct) == (Kind.EMAIL, 1, 2)


@pytest.mark.parametrize(
    ("texts", "date_format", "at_unit", "needs_zone"),
    [
        (["2026-01-02T03:04:05Z"], None, "ms", False),
        (["2026-01-02 03:04"], None, "ms", True),
        (["1767323045"], None, "s", False),
        (["1767323045000"], None, "ms", False),
        (["13/01/2026", "02/03/2026"], "%d/%m/%Y", "ms", True),
        (["01/13/2026 14:05", "02/03/2026 09:00"], "%m/%d/%Y %H:%M", "ms", True),
        (["24.12.2026"], "%d.%m.%Y", "ms", True),
        (["3 Jan 2026"], "%d %b %Y", "ms", True),
    ],
)
def test_times_are_read(texts: list[str], date_format: str | None, at_unit: str, needs_zone: bool) -> None:
    found = time_of(texts, "US")
    assert found is not None
    assert found[:3] == (date_format, at_unit, needs_zone)


def test_day_and_month_that_cannot_be_told_apart_are_a_doubt_and_go_by_region() -> None:
    american, british = time_of(["01/02/2026"], "US"), time_of(["01/02/2026"], "GB")
    assert american is not None
    assert british is not None
    assert (american[0], british[0]) == ("%m/%d/%Y", "%d/%m/%Y")
    assert "cannot be told" in str(american[3])


@pytest.mark.parametrize("texts", [["red", "blue"], ["12", "13"], ["2026-13-45"]])
def test_what_is_no_time(texts: list[str]) -> None:
    assert time_of(texts, "US") is None


@pytest.mark.parametrize("name", ["x", "A" * 60, "N°", "_"])
def test_an_id_type_has_the_length_that_settings_allow(name: str) -> None:
    assert 2 <= len(key_type(name)) <= 30
