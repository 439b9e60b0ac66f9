"""CSV: columns and their mapping, cells, and rows that are not as they should be."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.commands import Resolve
from resolver.errors import InvalidCommand, InvalidHistory, InvalidTime
from resolver.history import History, parse_map, read_history
from resolver.history.delimited import read_rows
from resolver.history.tables import map_text
from resolver.simulate import replay
from tests.history.files import commands, one, read, written

PEOPLE = "ref,at,email,phone,AGE\ncrm:1,2026-01-02T03:04:05Z,ada@example.com,317-555-6789|317-555-6700,36\n"


def history_of(folder: Path, text: str, name: str = "h.csv", **options: Any) -> History:
    """The history of a CSV file."""
    return read_history(written(folder, name, text), **options)


def test_a_row_is_a_resolve(tmp_path: Path) -> None:
    history = history_of(tmp_path, PEOPLE, id_types={"email", "phone"}, separator="|")
    (record,) = history
    values = {"email": "ada@example.com", "phone": ["317-555-6789", "317-555-6700"]}
    assert record.command == Resolve(values, 1_767_323_045_000)
    assert (record.line, record.ref, record.op, record.error) == (2, "crm:1", "resolve", None)
    assert record.raw == PEOPLE.splitlines()[1]
    assert history.ignored == ("AGE",)


def test_without_the_names_of_identifier_types_every_other_column_is_one(tmp_path: Path) -> None:
    history = history_of(tmp_path, "ref,email,,AGE\n1,a@example.com,x,36\n")
    assert commands(history) == [Resolve({"email": "a@example.com", "AGE": "36"})]
    assert history.ignored == ()


CELLS = [
    ("a", "a", "a value as it is"),
    (" a ", " a ", "white space is left to the normalization"),
    ("", None, "an empty cell is absent"),
    (" \t", None, "so is one of white space"),
    ("auth0|1", "auth0|1", "one value, whatever is in it"),
    ("|", "|", "even a bar alone"),
    ("3175556789", "3175556789", "digits are text"),
    ('"a,b"', "a,b", "a quoted delimiter"),
    ('"a""b"', 'a"b', "a doubled quote"),
    ('"a\nb"', "a\nb", "a line end inside a cell"),
    ('a"b', 'a"b', "a quote inside an unquoted cell"),
    ("a\0b", "a\0b", "a NUL"),
]


@pytest.mark.parametrize(("cell", "value", "sentence"), CELLS)
def test_a_cell(tmp_path: Path, cell: str, value: object, sentence: str) -> None:
    expected = {} if value is None else {"a": value}
    assert commands(history_of(tmp_path, f"a,b\n{cell},\n")) == [Resolve(expected)], sentence  # type: ignore[arg-type]


SPLIT = [
    ("a|b", "|", ["a", "b"], "several values"),
    ("a||b", "|", ["a", "b"], "an empty one among them is absent"),
    ("a|", "|", "a", "one value is no list"),
    ("|", "|", None, "no value at all"),
    (" | ", "|", None, "no value at all but white space"),
    ("a|b", ";", "a|b", "another separator"),
    ("a;b", ";", ["a", "b"], "a semicolon"),
    ("a - b", " - ", ["a", "b"], "several characters"),
    ("12", "2", "1", "digits are text here"),
    ('"a,b"', ",", ["a", "b"], "the delimiter itself, quoted"),
]


@pytest.mark.parametrize(("cell", "separator", "value", "sentence"), SPLIT)
def test_a_cell_is_split_where_a_separator_was_given(
    tmp_path: Path, cell: str, separator: str, value: Any, sentence: str
) -> None:
    expected = Resolve({} if value is None else {"a": value})
    assert commands(history_of(tmp_path, f"a,b\n{cell},\n", separator=separator)) == [expected], sentence
    mapped = {"a": f"a[{separator}]"}
    assert commands(history_of(tmp_path, f"a,b\n{cell},\n", columns=mapped)) == [expected], sentence


def test_cells_that_are_not_split_make_no_one_person_of_two(tmp_path: Path) -> None:
    text = "ref,chat\n1,auth0|1\n2,auth0|2\n"
    run = replay(history_of(tmp_path, text))
    assert (run.summary.profiles, run.summary.split_cells) == (2, 0)
    run = replay(history_of(tmp_path, text, separator="|"))
    assert (run.summary.profiles, run.summary.split_cells) == (1, 2)


def test_the_map_splits_the_cells_of_one_column_and_the_option_those_of_every_other(tmp_path: Path) -> None:
    text = "ref,HOME,MOBILE,a\nr|s,1;2|3,4;5|6,7|8\n"
    columns = {"phone": ["HOME[;]", "MOBILE"]}
    (record,) = history_of(tmp_path, text, columns=columns, separator="|")
    assert record.command == Resolve({"phone": ["1", "2|3", "4;5", "6"], "a": ["7", "8"]})
    assert record.ref == "r|s"
    (alone,) = history_of(tmp_path, text, columns=columns)
    assert alone.command == Resolve({"phone": ["1", "2|3", "4;5|6"], "a": "7|8"})
    twice = {"phone": "HOME[;]", "chat": "HOME[|]"}
    (record,) = history_of(tmp_path, text, columns=twice, id_types=["phone", "chat"])
    assert record.command == Resolve({"phone": ["1", "2|3"], "chat": ["1;2", "3"]})


def test_split_cells_are_counted_anew_in_every_iteration(tmp_path: Path) -> None:
    history = history_of(tmp_path, "a,b\nx|y,x|y\nx,|y\n", separator="|")
    for _ in range(2):
        list(history)
        assert history.split_cells == 2


def test_a_column_of_which_the_name_ends_in_brackets_is_itself(tmp_path: Path) -> None:
    (record,) = history_of(tmp_path, "a[|],a\nx|y,z\n", columns={"b": "a[|]"})
    assert record.command == Resolve({"b": "x|y", "a": "z"})


def test_what_cannot_be_split_is_said(tmp_path: Path) -> None:
    history = history_of(tmp_path, "ID,a\nx|y,z\n", columns={"ref": "ID[|]"})
    with pytest.raises(InvalidHistory, match="columns: 'ref' is not split, as it has one value a row; expected 'ID'"):
        list(history)
    with pytest.raises(InvalidHistory, match=r"column 'PHONE\[\|\]' does not exist; the columns are \['ID', 'a'\]"):
        list(history_of(tmp_path, "ID,a\nx|y,z\n", columns={"b": "PHONE[|]"}))
    with pytest.raises(InvalidHistory, match="separator: it is empty; expected the text between two values"):
        history_of(tmp_path, "ID,a\nx|y,z\n", separator="")


def test_a_row_that_is_too_short_lacks_its_last_cells(tmp_path: Path) -> None:
    assert commands(history_of(tmp_path, "a,b,ref,at\nx\ny,,\n")) == [Resolve({"a": "x"}), Resolve({"a": "y"})]


def test_a_row_that_is_too_long_is_rejected_with_both_counts(tmp_path: Path) -> None:
    bad, good = history_of(tmp_path, "a,b\n1,2,3\n4,5\n")
    assert (bad.reason, bad.raw, bad.line, bad.op) == ("too many cells", "1,2,3", 2, "resolve")
    assert isinstance(bad.error, InvalidCommand)
    assert str(bad.error) == "the row has 3 cells; expected at most 2, as many as the header"
    assert good.command == Resolve({"a": "4", "b": "5"})


def test_blank_lines_are_no_lines_but_count(tmp_path: Path) -> None:
    records = list(history_of(tmp_path, "\n\na,b\n\n1,2\r\n   \n3,4\n\n"))
    assert [(record.line, record.raw) for record in records] == [(5, "1,2"), (7, "3,4")]


def test_a_row_of_empty_cells_is_a_line(tmp_path: Path) -> None:
    assert commands(history_of(tmp_path, "a,b\n,\n")) == [Resolve({})]
    assert commands(history_of(tmp_path, "a\tb\n\t\n", "h.tsv")) == [Resolve({})]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert commands(history_of(tmp_path, "\ufeffa,b\n1,2\n")) == [Resolve({"a": "1", "b": "2"})]


def test_names_in_the_header_may_have_white_space_around_them(tmp_path: Path) -> None:
    (record,) = history_of(tmp_path, "ref, a \nr,1\n")
    assert (record.ref, record.command) == ("r", Resolve({"a": "1"}))


@pytest.mark.parametrize("delimiter", [";", "|", "\t", " ", ":", "\xa7", "\U0001f600"])
def test_another_delimiter_is_read_where_it_is_given(tmp_path: Path, delimiter: str) -> None:
    text = "a,b\n1,x\n2,{}\n".replace(",", delimiter).replace("{}", f'"y{delimiter}z"')
    expected = [Resolve({"a": "1", "b": "x"}), Resolve({"a": "2", "b": f"y{delimiter}z"})]
    assert commands(history_of(tmp_path, text, delimiter=delimiter)) == expected
    assert commands(history_of(tmp_path, text, "h.tsv", delimiter=delimiter)) == expected


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n", "\r", "tab"])
def test_what_cannot_delimit_is_named_at_once(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(InvalidHistory, match=r"delimiter: .* is not right; expected one character, for example ';'"):
        history_of(tmp_path, PEOPLE, delimiter=delimiter)


def test_a_delimiter_of_what_has_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidHistory, match="delimiter: there is none in jsonl; expected a CSV file"):
        history_of(tmp_path, "{}", "h.jsonl", delimiter=";")


def test_an_encoding_of_what_is_no_text_is_refused(tmp_path: Path) -> None:
    text, table = tmp_path / "h.csv", tmp_path / "h.parquet"
    for path in (text, table):
        path.touch()
    with pytest.raises(InvalidHistory, match="encoding: there is none in parquet; expected a file of text"):
        read_history(table, encoding="cp1252")
    assert read_history([text, table], encoding="cp1252").options == {"encoding"}


@pytest.mark.parametrize(
    ("header", "name", "expected"),
    [
        ("a;b;c,d", "h.csv", "expected columns separated by commas, or the delimiter that is used"),
        ("a;b;c", "h.csv", "(delimiter, --delimiter ';')"),
        ("a\tb", "h.csv", "(delimiter, --delimiter tab)"),
        (
            "a,b",
            "h.tsv",
            "expected columns separated by tabs, or the delimiter that is used (delimiter, --delimiter ',')",
        ),
    ],
)
def test_a_header_of_one_column_with_another_delimiter_names_it(
    tmp_path: Path, header: str, name: str, expected: str
) -> None:
    header = header if name == "h.tsv" else header.replace(",", "|")
    with pytest.raises(InvalidHistory) as caught:
        list(history_of(tmp_path, f"{header}\n1\n", name))
    assert expected in str(caught.value)
    assert "line 1: the header is one column, " in str(caught.value)
    if name == "h.csv":
        assert list(history_of(tmp_path, f"{header}\nx\n", name, delimiter=","))[0].command is not None  # noqa: RUF015


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;", "sep=;\r"])
def test_the_first_line_may_name_the_delimiter_and_counts_as_a_line(tmp_path: Path, first: str) -> None:
    records = list(history_of(tmp_path, f"{first}\na;b\n1;x,y\n"))
    assert [(record.line, record.command) for record in records] == [(3, Resolve({"a": "1", "b": "x,y"}))]


def test_a_delimiter_that_is_given_wins_over_the_first_line(tmp_path: Path) -> None:
    (record,) = history_of(tmp_path, "sep=;\na,b\n1,x;y\n", delimiter=",")
    assert record.command == Resolve({"a": "1", "b": "x;y"})
    (record,) = history_of(tmp_path, "sep=\t\na\tb\n1\tx\n")
    assert record.command == Resolve({"a": "1", "b": "x"})
    (record,) = history_of(tmp_path, "sep=\xa7\na\xa7b\n1\xa7x\n")
    assert record.command == Resolve({"a": "1", "b": "x"})
    assert list(history_of(tmp_path, "sep=;\na;b\n")) == []


def test_a_delimiter_at_the_end_of_rows_adds_no_cell(tmp_path: Path) -> None:
    expected = [Resolve({"a": "1", "b": "x"}), Resolve({"a": "2"})]
    for text in ("a,b,\n1,x,\n2,,\n", "a,b\n1,x,\n2,,\n", "a,b,,\n1,x\n2\n", "a,b\n1,x,, ,\n2,,,,\n"):
        assert commands(history_of(tmp_path, text)) == expected, text
    bad, good = history_of(tmp_path, "a,b\n1,x,,y\n2\n")
    assert (bad.reason, good.command) == ("too many cells", expected[1])


def test_tabs_separate_the_cells_of_a_tsv_file(tmp_path: Path) -> None:
    assert commands(history_of(tmp_path, "a\tb\n1,2\t3\n", "h.tsv")) == [Resolve({"a": "1,2", "b": "3"})]


def test_a_time_is_rejected_with_its_reason_and_keeps_the_ref(tmp_path: Path) -> None:
    naive, broken, seconds = history_of(tmp_path, "ref,at,a\n1,2026-01-02,x\n2,soon,x\n3,1767323045,x\n", at_unit="s")
    assert (naive.reason, naive.ref, naive.command) == ("naive time", "1", None)
    assert (broken.reason, broken.ref) == ("unreadable time", "2")
    assert isinstance(broken.error, InvalidTime)
    assert seconds.command == Resolve({"a": "x"}, 1_767_323_045_000)


def test_bytes_that_are_no_utf8_reject_their_row_only(tmp_path: Path) -> None:
    data = b'a,b\n1,\xff\n"\xe9\n",2\n3,4\n\xff"\n"\xff,5\n'
    latin, two_lines, good, quote, unclosed = read(written(tmp_path, "h.csv", data))
    assert (latin.reason, latin.raw, latin.line) == ("not UTF-8", "1,\\xff", 2)
    assert str(latin.error) == "byte 0xff at place 2 is not UTF-8; expected UTF-8"
    assert (two_lines.reason, two_lines.raw, two_lines.line) == ("not UTF-8", '"\\xe9\n",2', 3)
    assert (good.command, good.line) == (Resolve({"a": "3", "b": "4"}), 5)
    assert (quote.reason, unclosed.reason) == ("not UTF-8", "not UTF-8")


UNCLOSED = [
    ('1,"ada\n2,bob\n', [2], [3], "at the end of the file"),
    ('1,"ada\n2,"bob"\n3,c\n', [2], [3, 4], "before a quoted cell"),
    ('1,"ada\n2,""\n3,"c"\n', [2], [3, 4], "before an empty quoted cell"),
    ('1,"a"b\n2,c\n', [2], [3], "text after a closing quote"),
    ('1,"ada\n' + "2,bob\n" * 40_000, [2], list(range(3, 40_003)), "long before the end of a long file"),
    ('1,"a\n\n2,b\n', [2], [4], "before a blank line"),
    ('0,a\n1,"\n"2,"x\n3,b\n', [3, 4], [2, 5], "twice"),
]


@pytest.mark.parametrize(("rows", "bad", "good", "sentence"), UNCLOSED)
def test_a_broken_quote_costs_one_line(
    tmp_path: Path, rows: str, bad: list[int], good: list[int], sentence: str
) -> None:
    records = list(history_of(tmp_path, "a,b\n" + rows))
    assert [record.line for record in records if record.error is not None] == bad, sentence
    assert [record.line for record in records if record.error is None] == good, sentence
    assert {record.reason for record in records if record.error is not None} == {"broken CSV"}


def test_a_broken_quote_is_explained(tmp_path: Path) -> None:
    record = one(tmp_path, 'a,b\n1,"ada\n', "h.csv")
    assert isinstance(record.error, InvalidCommand)
    assert str(record.error) == (
        "the row cannot be read (unexpected end of data); expected each quote inside a quoted cell doubled"
    )
    assert record.raw == '1,"ada'


def test_a_cell_may_be_longer_than_the_csv_module_allows_and_its_limit_stays(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    text = "x" * (limit + 1)
    records = list(history_of(tmp_path, f'a,b\n1,{text}\n2,"{text}"\n3,"{text}\n4,y\n'))
    assert commands(records[:2]) == [Resolve({"a": "1", "b": text}), Resolve({"a": "2", "b": text})]
    assert (records[2].reason, records[2].line) == ("broken CSV", 4)
    assert records[3].command == Resolve({"a": "4", "b": "y"})
    assert csv.field_size_limit() == limit


MAPPED = [
    (["phone=HOME,MOBILE"], {"phone": ["1", "2"], "email": "3", "ID": "4", "SRC": "5"}, None, "columns are joined"),
    (["phone=MOBILE"], {"phone": "2", "HOME": "1", "email": "3", "ID": "4", "SRC": "5"}, None, "renamed"),
    (["ref=ID", "phone=HOME"], {"phone": "1", "MOBILE": "2", "email": "3", "SRC": "5"}, "4", "a ref by another name"),
    (["ref=SRC,ID"], {"HOME": "1", "MOBILE": "2", "email": "3"}, "5:4", "a ref of two columns"),
    (
        ["phone=MOBILE", "whatsapp=MOBILE"],
        {"phone": "2", "whatsapp": "2", "HOME": "1", "email": "3", "ID": "4", "SRC": "5"},
        None,
        "one column under two names",
    ),
    (["email=HOME"], {"email": "1", "MOBILE": "2", "ID": "4", "SRC": "5"}, None, "a mapped name is no column's own"),
]


@pytest.mark.parametrize(("mapping", "identifiers", "ref", "sentence"), MAPPED)
def test_columns_are_renamed_and_joined(
    tmp_path: Path, mapping: list[str], identifiers: dict[str, object], ref: str | None, sentence: str
) -> None:
    (record,) = history_of(tmp_path, "HOME,MOBILE,email,ID,SRC\n1,2,3,4,5\n", columns=parse_map(mapping))
    assert (record.command, record.ref) == (Resolve(identifiers), ref), sentence  # type: ignore[arg-type]


def test_a_ref_of_two_columns_needs_both(tmp_path: Path) -> None:
    records = history_of(tmp_path, "S,I,a\nx,1,v\n,2,v\ny,,v\n", columns={"ref": ["S", "I"]})
    assert [record.ref for record in records] == ["x:1", None, None]


def test_a_date_and_an_hour_are_one_time(tmp_path: Path) -> None:
    text = "D,T,a\n2026-01-02,12:00:00,v\n2026-01-02,,v\n,,v\n"
    records = history_of(tmp_path, text, columns={"at": ["D", "T"]}, tz="UTC")
    times = [command.at for command in commands(records) if command is not None]
    assert times == [1_767_355_200_000, 1_767_312_000_000, None]


def test_a_single_column_may_be_given_as_a_text(tmp_path: Path) -> None:
    assert commands(history_of(tmp_path, "HOME,x\n1,2\n", columns={"phone": "HOME"}, id_types=["phone"])) == [
        Resolve({"phone": "1"})
    ]


def test_what_a_mapping_leaves_over_is_listed_once(tmp_path: Path) -> None:
    text = "ref,ID,email,work,n,n\n1,2,a,b,,\n3,4,c,d,,\n"
    history = history_of(tmp_path, text, columns=parse_map(["ref=ID", "email=work"]), id_types={"email"})
    assert commands(history) == [Resolve({"email": "b"}), Resolve({"email": "d"})]
    assert history.ignored == ("ref", "email", "n")


def test_the_same_file_for_other_types_reads_other_columns(tmp_path: Path) -> None:
    columns = {"phone": ["HOME"], "name": ["LAST"]}
    history = history_of(tmp_path, "ref,HOME,LAST,email\n1,2,3,4\n", columns=columns, known_types=["name"])
    fewer, more = history.for_types(["phone", "email"]), history.for_types(["phone", "name"])
    assert commands(fewer) == [Resolve({"phone": "2", "email": "4"})]
    assert commands(more) == [Resolve({"phone": "2", "name": "3"})]
    assert (fewer.ignored, more.ignored) == (("LAST",), ("email",))
    assert fewer.for_types(["name"]) is fewer


HEADERS = [
    ("", {}, "h.csv: line 1: there is no header; expected the names of the columns"),
    ("\n \n", {}, "h.csv: line 1: there is no header; expected the names of the columns"),
    ('a,"b\n', {}, "h.csv: line 1: the header cannot be read: the row cannot be read (unexpected end of data)"),
    ("a\rb\nc\n", {}, "the header cannot be read: the row cannot be read (new-line character seen in unquoted field"),
    ("a;b;c\n1;2;3\n", {}, "line 1: the header is one column, 'a;b;c'; expected columns separated by commas"),
    ("a\tb\n", {}, "the header is one column, 'a\\tb'"),
    ("a,a\n", {}, "h.csv: column 'a' occurs 2 times; expected once"),
    ("ref,ref,a\n", {}, "h.csv: column 'ref' occurs 2 times; expected once"),
    ("a,b\n", {"columns": {"c": ["d"]}}, "h.csv: column 'd' does not exist; the columns are ['a', 'b']"),
    ("a,b\n", {"columns": {"ref": ["D"]}}, "h.csv: column 'D' does not exist; the columns are ['a', 'b']"),
]


@pytest.mark.parametrize(("text", "options", "message"), HEADERS)
def test_a_header_that_cannot_be_used_ends_the_reading(
    tmp_path: Path, text: str, options: dict[str, Any], message: str
) -> None:
    history = history_of(tmp_path, text, **options)
    with pytest.raises(InvalidHistory) as caught:
        list(history)
    assert message in str(caught.value)


def test_a_mapping_to_a_type_that_the_given_ones_do_not_name_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidHistory, match=r"columns: 'phon' is not an identifier type; expected one of ref, at, phone"
    ):
        history_of(tmp_path, "a,b\n", columns={"phon": ["a"]}, id_types=["phone"])


def test_a_header_alone_is_a_history_without_lines(tmp_path: Path) -> None:
    assert list(history_of(tmp_path, "a,b\n")) == []


MAPS = [
    ([], {}),
    (["phone=HOME,MOBILE"], {"phone": ("HOME", "MOBILE")}),
    ([" phone = HOME , MOBILE "], {"phone": ("HOME", "MOBILE")}),
    (["phone=HOME", "ref=ID", "phone=MOBILE"], {"phone": ("HOME", "MOBILE"), "ref": ("ID",)}),
    (["a=b=c"], {"a": ("b=c",)}),
    (["phone=HOME[|], MOBILE[,]"], {"phone": ("HOME[|]", "MOBILE[,]")}),
    (['phone="HOME, old" , MOBILE'], {"phone": ("HOME, old", "MOBILE")}),
    (['phone="the ""old"" one"[;],B'], {"phone": ('the "old" one[;]', "B")}),
    (["phone=[x],y[],a b"], {"phone": ("[x]", "y[]", "a b")}),
]


@pytest.mark.parametrize(("texts", "columns"), MAPS)
def test_a_mapping_is_read_from_text(texts: list[str], columns: dict[str, tuple[str, ...]]) -> None:
    assert parse_map(texts) == columns


@pytest.mark.parametrize("text", ["phone", "phone=", "=HOME", "phone=HOME,", "phone=,", "", 'a="b', 'a="b"c', 'a=""'])
def test_a_text_that_maps_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_map([text])
    assert str(caught.value) == f"map: {text!r} names no columns; expected NAME=COLUMN[,COLUMN]"


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), min_size=1))
def test_law_what_is_said_of_a_map_is_read_back(columns: list[str]) -> None:
    assert parse_map([map_text("phone", columns)]) == {"phone": tuple(columns)}


def physical_lines(data: bytes) -> list[bytes]:
    """The lines with their ends, as a file gives them."""
    return io.BytesIO(data).readlines()


CELL = st.text(max_size=6).filter(lambda text: "\r" not in text)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4)))
def test_law_what_the_csv_module_writes_is_read_back_with_its_lines(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    found = list(read_rows(iter(physical_lines(out.getvalue().encode())), ","))
    assert [row.cells for row in found] == rows
    number = 1
    for row in found:
        assert row.line == number
        number += len(physical_lines(row.source))


@given(st.text(alphabet='x",\n \xe9', max_size=60), st.booleans())
def test_law_every_line_of_any_file_is_blank_or_in_one_row(text: str, latin: bool) -> None:
    lines = physical_lines(text.encode("latin-1" if latin else "utf-8"))
    seen: list[int] = []
    for row in read_rows(iter(lines), ","):
        numbers = range(row.line, row.line + len(physical_lines(row.source)))
        assert b"".join(lines[number - 1] for number in numbers) == row.source
        assert (row.cells is None) != (row.error is None)
        seen += numbers
    assert seen == sorted(set(seen))
    assert all(lines[number - 1].isspace() for number in set(range(1, len(lines) + 1)) - set(seen))


def test_a_replay_refuses_a_mapped_name_that_no_settings_have_and_names_the_nearest(tmp_path: Path) -> None:
    history = history_of(tmp_path, "ref,HOME\n1,2\n", columns={"phoen": "HOME"})
    with pytest.raises(InvalidHistory, match=r"columns: 'phoen' is not an .* ref, at, phone; did you mean 'phone'\?"):
        history.for_types(["phone"])
    told = history_of(tmp_path, "ref,HOME\n1,2\n", columns={"fax": "HOME"}, known_types=["fax"])
    assert list(told.for_types(["phone"]))[0].command == Resolve({})  # noqa: RUF015


@pytest.mark.parametrize(
    ("header", "near"),
    [
        ("ref,Email", ("email=Email",)),
        ("ref,E-mail", ("email=E-mail",)),
        ("Ref,e_mail,Phone", ("ref=Ref", "email=e_mail", "phone=Phone")),
        ("ref,emial", ("email=emial",)),
        ("ref,email,E-mail", ()),
        ("ref,name,street", ()),
        ("re,att", ()),
    ],
)
def test_an_ignored_column_near_an_id_type_that_no_column_serves_is_suggested(
    tmp_path: Path, header: str, near: tuple[str, ...]
) -> None:
    history = history_of(tmp_path, f"{header}\n1\n").for_types(["email", "phone"])
    list(history)
    assert sorted(history.near) == sorted(near)
