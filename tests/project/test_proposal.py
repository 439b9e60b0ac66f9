"""What is proposed for whole files, and that a replay takes it as it is."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from resolver.errors import InvalidHistory
from resolver.example import path
from resolver.history import read_history
from resolver.project import Proposal, proposal_for, read_project, sample_of, toml_of
from resolver.simulate import read_truth, replay

PEOPLE = [
    {"RECORD_ID": f"r{number}", "EMAIL_ADDRESS": f"p{number // 2}@example.com", "PHONE": f"317-555-{1000 + number}"}
    for number in range(20)
]


def write(file: Path, rows: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8") -> str:
    with file.open("w", newline="", encoding=encoding) as opened:
        rows_of = csv.DictWriter(opened, list(rows[0]), delimiter=delimiter)
        rows_of.writeheader()
        rows_of.writerows(rows)
    return str(file)


def proposed(*files: str, region: str | None = None) -> Proposal:
    return proposal_for([sample_of(file) for file in files], region=region)


def replayed(proposal: Proposal) -> Any:
    history = read_history(
        list(proposal.history),
        columns=proposal.map,
        tz=proposal.tz,
        date_format=proposal.date_format,
        at_unit=proposal.at_unit,
        delimiter=proposal.delimiter,
        encoding=proposal.encoding,
        sort=proposal.sort,
    )
    return replay(history, proposal.settings, default_region=proposal.region or "US")


def test_a_customer_list_is_read_without_a_word(tmp_path: Path) -> None:
    proposal = proposed(write(tmp_path / "people.csv", PEOPLE))
    assert proposal.map == {"ref": ("RECORD_ID",), "email": ("EMAIL_ADDRESS",), "phone": ("PHONE",)}
    assert proposal.settings.matching_rules == ("email", "phone")
    assert (proposal.region, proposal.tz) == ("US", None)
    assert replayed(proposal).summary.profiles == 10


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    proposal = proposed(write(tmp_path / "people.csv", PEOPLE, delimiter))
    assert proposal.delimiter == delimiter
    assert replayed(proposal).summary.applied == 20


def test_text_of_spreadsheets_is_read(tmp_path: Path) -> None:
    rows = [{**row, "NOTE": "Zo\u00eb"} for row in PEOPLE]
    proposal = proposed(write(tmp_path / "people.csv", rows, encoding="cp1252"))
    assert proposal.encoding == "cp1252"
    assert replayed(proposal).summary.applied == 20


def test_flat_json_arrays_and_compressed_files_are_read(tmp_path: Path) -> None:
    flat = tmp_path / "people.jsonl.gz"
    flat.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in PEOPLE).encode()))
    array = tmp_path / "people.json"
    array.write_text(json.dumps(PEOPLE))
    for file in (flat, array):
        assert replayed(proposed(str(file))).summary.profiles == 10


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {name: [row[name] for row in PEOPLE] for name in PEOPLE[0]}
    table = arrow.table({**columns, "score": [0.5] * 20, "created": arrow.array([10**15] * 20, arrow.timestamp("us"))})
    parquet.write_table(table, tmp_path / "people.parquet")
    proposal = proposed(str(tmp_path / "people.parquet"))
    assert proposal.map["at"] == ("created",)
    assert proposal.tz == "UTC"
    assert replayed(proposal).summary.profiles == 10


def test_a_history_in_its_own_form_needs_no_columns() -> None:
    proposal = proposed(str(path("history.jsonl")))
    assert proposal.map == {}
    assert {*proposal.settings.id_types} == {"email", "phone", "whatsapp", "chat", "loyalty_id"}
    assert replayed(proposal).summary.applied > 400


def test_a_second_file_with_refs_and_persons_is_the_truth(tmp_path: Path) -> None:
    people = write(tmp_path / "people.csv", PEOPLE)
    truth = write(
        tmp_path / "truth.csv",
        [{"CLUSTER_ID": number // 2, "SOURCE": "crm", "RECORD_ID": f"r{number}"} for number in range(20)],
    )
    found = proposed(people, truth).truth
    assert found is not None
    assert (found.file, found.ref, found.person) == (truth, ("RECORD_ID",), "CLUSTER_ID")


def test_a_second_file_of_the_same_columns_goes_on_with_the_history(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.csv", PEOPLE[:10]), write(tmp_path / "b.csv", PEOPLE[10:])
    assert proposed(first, second).history == (first, second)


def test_a_second_file_of_other_columns_is_refused_by_name(tmp_path: Path) -> None:
    first = write(tmp_path / "a.csv", PEOPLE)
    other = write(tmp_path / "b.csv", [{"name": "Ada", "colour": "red"}])
    with pytest.raises(InvalidHistory, match=r"b\.csv: lacks the column 'RECORD_ID' of .*a\.csv and is not a truth"):
        proposed(first, other)


def test_a_value_of_many_people_is_named_and_a_type_of_many_people_proves_nothing_alone(tmp_path: Path) -> None:
    names = ["Ada Ng", "Bob Orr", "Cy Quill", "Dee Unwin", "Eve Zuse"]
    rows: list[dict[str, Any]] = []
    for number in range(60):
        first, last = names[number % 5].split()
        rows.append(
            {
                "id": number,
                "first_name": first,
                "last_name": last,
                "email": "info@example.com" if number < 12 else f"m{number}@example.com",
                "phone": f"317-555-{1000 + number // 4}",
            }
        )
    proposal = proposed(write(tmp_path / "people.csv", rows))
    assert [(each.id_type, each.value, each.rows) for each in proposal.suspects] == [("email", "info@example.com", 12)]
    assert proposal.settings.matching_rules == ("email", "phone AND last_name")
    unique = {config.id_type: config.enforce_unique for config in proposal.settings.identifier_configs}
    assert unique == {"email": True, "phone": False, "last_name": False}


@pytest.mark.parametrize(
    ("numbers", "region"),
    [
        (["317-555-6789", "(312) 555-0142"], "US"),
        (["020 7031 3000", "07400 123456", "0121 234 5678"], "GB"),
        (["0151 23456789", "030 901820", "0171 2345678"], "DE"),
        (["06 12 34 56 78", "01 42 68 53 00", "07 81 23 45 67"], "FR"),
        (["+44 20 7946 0018"], None),
    ],
)
def test_the_region_is_the_one_whose_numbers_they_are(tmp_path: Path, numbers: list[str], region: str | None) -> None:
    rows = [{"id": place, "phone": number} for place, number in enumerate(numbers * 4)]
    assert proposed(write(tmp_path / "people.csv", rows)).region == region


def test_the_region_is_found_in_all_columns_of_phone_numbers_by_their_german_names_too(tmp_path: Path) -> None:
    mobile = [f"0{(160, 162, 163, 170)[place % 4]} {1000000 + place}" for place in range(100)]
    rows = [
        {"Kundennummer": f"K{place}", "Mobiltelefon": number, "Festnetz": f"0221 {470000 + place}"}
        for place, number in enumerate(mobile)
    ]
    proposal = proposed(write(tmp_path / "kunden.csv", rows))
    assert proposal.region == "DE"
    assert proposal.map == {"ref": ("Kundennummer",), "phone": ("Mobiltelefon", "Festnetz")}


def test_a_truth_with_german_names_is_one(tmp_path: Path) -> None:
    people = [{"Kundennummer": f"K{place}", "E-Mail": f"p{place}@example.com"} for place in range(20)]
    known = [{"Kundennummer": f"K{place}", "Person": str(place // 2)} for place in range(20)]
    history, truth = write(tmp_path / "kunden.csv", people), write(tmp_path / "wahrheit.csv", known)
    found = proposed(history, truth).truth
    assert found is not None
    assert (found.ref, found.person) == (("Kundennummer",), "Person")


def test_a_region_that_is_given_is_taken(tmp_path: Path) -> None:
    assert proposed(write(tmp_path / "people.csv", PEOPLE), region="CA").region == "CA"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": 1, "colour": "red"}], "no column looks like an identifier"),
        ([], "has no rows to look at"),
    ],
)
def test_a_file_of_which_nothing_can_be_proposed_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], said: str
) -> None:
    file = write(tmp_path / "people.csv", rows or [{"id": ""}])
    if not rows:
        Path(file).write_text("id,email\n")
    with pytest.raises(InvalidHistory, match=said):
        proposed(file)


def test_times_of_mixed_forms_are_left_out_and_said(tmp_path: Path) -> None:
    dates = ["13/01/2026"] * 18 + ["2026-01-02", "soon"]
    rows = [{**row, "DATE": date} for row, date in zip(PEOPLE, dates, strict=True)]
    proposal = proposed(write(tmp_path / "people.csv", rows))
    assert "at" not in proposal.map
    assert any("DATE is not read as the time of a record" in doubt for doubt in proposal.doubts)
    assert replayed(proposal).summary.rejected == 0


@pytest.mark.parametrize("name", ['with "quotes"', "tab\there", "naïve ☃", "del\x7f", "back\\slash", "new\nline"])
def test_a_project_file_says_what_was_proposed_whatever_the_columns_are_called(tmp_path: Path, name: str) -> None:
    rows = [{name: row["RECORD_ID"], "EMAIL": row["EMAIL_ADDRESS"]} for row in PEOPLE]
    proposal = proposed(write(tmp_path / "people.csv", rows))
    target = tmp_path / "resolver.toml"
    target.write_text(toml_of(proposal, target), encoding="utf-8")
    project = read_project(target)
    assert project.map == proposal.map
    assert project.settings == (proposal.settings, {})
    assert [Path(file).resolve() for file in project.history] == [(tmp_path / "people.csv").resolve()]


def test_no_value_of_the_history_stands_in_a_project_file(tmp_path: Path) -> None:
    text = toml_of(proposed(write(tmp_path / "people.csv", PEOPLE)), tmp_path / "resolver.toml")
    assert not any(value in text for row in PEOPLE for value in row.values() if "@" in value or "-" in value)


def test_a_value_that_no_type_can_read_is_no_suspect(tmp_path: Path) -> None:
    rows = [
        {
            "id": place,
            "email": "info@example.com" if place % 3 else f"p{place}@example.com",
            "phone": "0000 0000000" if place % 2 else f"0160 {1000000 + 7919 * place}",
            "first_name": f"{chr(97 + place % 26) * 5}",
            "last_name": f"{chr(122 - place % 26) * 6}",
            "birth_date": f"19{10 + place}-01-{1 + place % 28:02d}",
        }
        for place in range(60)
    ]
    proposal = proposed(write(tmp_path / "people.csv", rows), region="DE")
    assert [each.value for each in proposal.suspects] == ["info@example.com"]


def dated(days: list[int]) -> list[dict[str, Any]]:
    return [{**row, "CREATED": f"2026-01-{day:02d}T00:00:00Z"} for row, day in zip(PEOPLE, days, strict=True)]


def test_rows_in_another_order_than_that_of_time_are_sorted_and_it_is_said(tmp_path: Path) -> None:
    proposal = proposed(write(tmp_path / "people.csv", dated([*range(20, 0, -1)])))
    assert (proposal.late, proposal.sort) == (19, True)
    (doubt,) = [each for each in proposal.doubts if each.startswith("CREATED")]
    assert doubt == (
        "CREATED: 19 of 20 rows have a time before that of an earlier row; so all are replayed in the order of time"
    )
    target = tmp_path / "resolver.toml"
    target.write_text(toml_of(proposal, target), encoding="utf-8")
    assert read_project(target).options["sort"] is True
    assert replayed(proposal).is_sorted


def test_a_few_late_rows_stay_where_they_are_and_it_is_said(tmp_path: Path) -> None:
    proposal = proposed(write(tmp_path / "people.csv", dated([*range(1, 20), 1])))
    assert (proposal.late, proposal.sort) == (1, False)
    assert (
        "CREATED: 1 of 20 rows has a time before that of an earlier row; they are taken where they stand; --sort "
        in ("\n".join(proposal.doubts))
    )
    in_order = proposed(write(tmp_path / "people.csv", dated([*range(1, 21)])))
    assert (in_order.late, in_order.sort) == (0, False)
    assert "sort = " not in toml_of(in_order, tmp_path / "resolver.toml")


def test_a_second_file_that_is_earlier_than_the_first_one_is_in_another_order_too(tmp_path: Path) -> None:
    rows = dated([*range(1, 21)])
    later, earlier = write(tmp_path / "later.csv", rows[10:]), write(tmp_path / "earlier.csv", rows[:10])
    assert (proposed(later, earlier).late, proposed(earlier, later).late) == (10, 0)


def test_a_time_that_cannot_be_read_is_in_no_order(tmp_path: Path) -> None:
    rows = dated([*range(1, 21)])
    more = [{**row, "RECORD_ID": f"s{place}"} for place, row in enumerate(rows * 10)]
    more[7]["CREATED"] = "soon"
    assert proposed(write(tmp_path / "people.csv", more)).late > 0


def test_a_truth_in_the_encoding_of_spreadsheets_is_read_with_it(tmp_path: Path) -> None:
    people = [{"Kundennummer": f"K{place}", "E-Mail": f"p{place}@example.com"} for place in range(20)]
    known = [{"Kundennummer": f"K{place}", "Person": f"M\u00fcller {place // 2}"} for place in range(20)]
    history = write(tmp_path / "kunden.csv", people)
    proposal = proposed(history, write(tmp_path / "wahrheit.csv", known, ";", encoding="cp1252"))
    assert proposal.truth is not None
    assert (proposal.truth.person, proposal.truth.encoding) == ("Person", "cp1252")
    target = tmp_path / "resolver.toml"
    target.write_text(toml_of(proposal, target), encoding="utf-8")
    project = read_project(target)
    assert (project.truth_map, project.truth_encoding) == ({"ref": ("Kundennummer",), "person": ("Person",)}, "cp1252")
    assert read_truth(project.truth or "", project.truth_map, project.truth_encoding)["K3"] == "M\u00fcller 1"


ADDRESSES = [
    {"Kundennr": f"K{n}", "Vorname": f"{'ABCDE'[n % 5]}nna", "Nachname": f"Meier{n % 7}", "E-Mail": f"p{n}@example.com",
     "Stra\u00dfe": f"Hauptstr. {n % 11}", "PLZ": f"5{n % 11:04d}", "Ort": "K\u00f6ln"}
    for n in range(40)
]  # fmt: skip


def test_an_address_proves_a_person_only_with_names_and_where_somebody_asks_for_it(tmp_path: Path) -> None:
    proposal = proposed(write(tmp_path / "kunden.csv", ADDRESSES))
    assert [column.name for column in proposal.address] == ["Stra\u00dfe", "PLZ"]
    assert not {"street", "postal_code", "city"} & {*proposal.map}
    assert "Stra\u00dfe and PLZ: people share an address" in "\n".join(proposal.doubts)
    more = proposal.with_address()
    assert more.settings.matching_rules == ("email", "first_name AND last_name AND street AND postal_code")
    assert more.map["street"] == ("Stra\u00dfe",)
    assert [each.id_type for each in more.settings.identifier_configs if not each.enforce_unique] == [
        "first_name", "last_name", "street", "postal_code"]  # fmt: skip
    assert more.address == ()
    assert "--with-address" not in "\n".join(more.doubts)
    assert replayed(more).summary.rejected == 0


def test_the_city_is_taken_where_there_is_no_postal_code_and_nothing_where_there_are_no_names(tmp_path: Path) -> None:
    rows = [{name: value for name, value in row.items() if name != "PLZ"} for row in ADDRESSES]
    assert [each.id_type for each in proposed(write(tmp_path / "a.csv", rows)).address] == ["street", "city"]
    rows = [{name: value for name, value in row.items() if "name" not in name} for row in ADDRESSES]
    assert proposed(write(tmp_path / "b.csv", rows)).address == ()
    rows = [{"ADDR_FULL": "" if n else "x", **row} for n, row in enumerate(ADDRESSES)]
    assert [each.name for each in proposed(write(tmp_path / "d.csv", rows)).address] == ["Stra\u00dfe", "PLZ"]
    rows = [{"Name": f"{row['Vorname']} {row['Nachname']}", **row} for row in ADDRESSES]
    rows = [{name: value for name, value in row.items() if name not in ("Vorname", "Nachname")} for row in rows]
    rules = proposed(write(tmp_path / "c.csv", rows)).with_address().settings.matching_rules
    assert rules[-1] == "full_name AND street AND postal_code"
