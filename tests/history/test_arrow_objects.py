"""Arrow objects: how their columns are read, what is kept of a stream, and what is said of what cannot be read."""

import gc
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from resolver.commands import Resolve
from resolver.errors import InvalidHistory
from resolver.history import history, read_history, records_of
from resolver.simulate import compare, replay
from tests.history.files import commands, plain, written
from tests.simulate.lines import SHARED_PHONE, settings

pa = pytest.importorskip("pyarrow")

TABLE = pa.table({"ref": ["a", "b"], "at": [1, 2], "email": ["a@example.com", None], "phone": [["1", "2"], []]})


class Stream:
    """A stream of some library: once, or as often as it is asked for."""

    def __init__(self, table: Any) -> None:
        self._reader = table.to_reader()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._reader.__arrow_c_stream__(requested_schema)


class Broken:
    """A frame whose library fails."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        raise RuntimeError("the warehouse is closed")


def test_a_row_is_a_resolve_and_rows_are_numbered_from_1() -> None:
    records = list(read_history(TABLE))
    assert [record.line for record in records] == [1, 2]
    assert plain(records) == [("a", 1, {"email": ["a@example.com"], "phone": ["1", "2"]}), ("b", 2, {})]


def test_columns_separator_and_times_are_those_of_files(tmp_path: Path) -> None:
    table = pa.table({"Id": [7], "Day": ["02.01.2026"], "Hour": ["12:00"], "Mail": ["a@b.cc|b@b.cc"], "chat": [" "]})
    options: dict[str, Any] = {
        "columns": {"ref": "Id", "at": ["Day", "Hour"], "email": "Mail[|]"},
        "date_format": "%d.%m.%Y %H:%M",
        "tz": "Europe/Berlin",
        "id_types": ["email", "chat"],
    }
    text = "Id,Day,Hour,Mail,chat\n7,02.01.2026,12:00,a@b.cc|b@b.cc, \n"
    histories = [read_history(table, **options), read_history(written(tmp_path, "h.csv", text), **options)]
    (first, second) = (plain(history) for history in histories)
    assert first == second == [("7", 1_767_351_600_000, {"email": ["a@b.cc", "b@b.cc"]})]
    assert [history.split_cells for history in histories] == [1, 1]


def test_several_frames_and_files_are_one_history(tmp_path: Path) -> None:
    path = written(tmp_path, "h.jsonl", '{"ref": "c", "identifiers": {"email": "a@example.com"}}\n')
    history = read_history([TABLE, path, pd.DataFrame({"ref": ["d"], "email": ["a@example.com"]})])
    assert [(record.line, record.ref) for record in history] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert history.spans == (("pyarrow Table", 1, 2), (str(path), 3, 3), ("pandas DataFrame", 4, 4))


def test_large_batches_are_read_some_thousand_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "COLUMN_ROWS", 8192)
    table = pa.table({"email": pa.array([f"{number % 7}@example.com" for number in range(20_000)])})
    assert [*map(len, read_history(table).columns())] == [8192, 8192, 3616]
    dictionary = pa.table({"email": table["email"].dictionary_encode()})
    assert commands(read_history(dictionary)) == commands(read_history(table))


def test_each_dictionary_of_a_stream_is_its_own() -> None:
    batches = [
        pa.record_batch({"email": pa.array(["x", "y"]).dictionary_encode()}),
        pa.record_batch({"email": pa.array(["y", None, "z"]).dictionary_encode()}),
        pa.record_batch({"email": pa.array(["z", "x"]).dictionary_encode()}),
    ]
    expected = [Resolve({"email": each}) if each else Resolve({}) for each in ("x", "y", "y", None, "z", "z", "x")]
    table = pa.Table.from_batches(batches)
    assert commands(read_history(table)) == expected
    assert commands(read_history(pa.RecordBatchReader.from_batches(table.schema, batches))) == expected


def test_a_stream_is_kept_by_its_history_until_that_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    history = read_history(Stream(TABLE))
    assert (history.size, list(tmp_path.iterdir())) == (None, [])
    before, after = replay(history, settings()), replay(history, SHARED_PHONE)
    assert not compare(before, after).joined
    (kept,) = tmp_path.glob("resolver-history-*")
    assert history.size == history.position == kept.stat().st_size
    del history, before, after
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_what_knows_its_length_is_kept_in_memory_as_it_was_at_the_first_reading() -> None:
    frame = pd.DataFrame({"email": ["a@example.com"]})
    history = read_history(frame)
    first = commands(history)
    frame["email"] = ["b@example.com"]
    assert commands(history) == first == [Resolve({"email": "a@example.com"})]
    assert history.size == history.position
    assert commands(read_history(frame)) == [Resolve({"email": "b@example.com"})]


def test_a_stream_that_was_read_already_is_an_error_and_no_empty_history() -> None:
    for stream in (TABLE.to_reader(), Stream(TABLE)):
        run = replay(stream)
        assert replay(run.history).summary.lines == 2
        with pytest.raises(InvalidHistory, match=r"it is a stream and was read already; expected one history = r"):
            replay(stream)


def test_a_stream_that_nothing_can_remember_is_read_all_the_same() -> None:
    class Slotted(Stream):
        __hash__ = None  # type: ignore[assignment]

    assert replay(Slotted(TABLE)).summary.lines == 2


def test_an_error_of_a_library_is_told() -> None:
    with pytest.raises(InvalidHistory, match=r"Broken: cannot be read as Arrow: the warehouse is closed"):
        replay(Broken())
    mixed = pd.DataFrame({"email": ["x", 1.5]})
    with pytest.raises(InvalidHistory, match=r"pandas DataFrame: cannot be read as Arrow: .+ column email with type "):
        replay(mixed)


def test_an_error_in_the_middle_of_a_stream_is_told() -> None:
    def batches() -> Any:
        yield TABLE.to_batches()[0]
        raise OSError("the line is cut")

    reader = pa.RecordBatchReader.from_batches(TABLE.schema, batches())
    with pytest.raises(InvalidHistory, match=r"RecordBatchReader: .+ the line is cut"):
        list(read_history(reader))


FLOATS = pd.DataFrame({"ref": ["a", "b"], "phone": [3175556789, None]})
REFUSED = [
    (FLOATS, {}, r"pandas DataFrame: column 'phone' holds floating-point numbers \(double\), which lose digits; expec"),
    (FLOATS, {}, r"; expected text, integers or lists of them, as astype\('Int64'\) makes of a column with gaps$"),
    (pa.table({"phone": [1.5]}), {}, r"which lose digits; expected text, integers or lists of them$"),
    (pa.table({"email": [True]}), {}, r"pyarrow Table: column 'email' is of type bool; expected text, integers or lis"),
    (TABLE, {"columns": {"email": "Mail"}}, r"column 'Mail' does not exist; the columns are \['ref', 'at', 'email', '"),
    (pa.table([["x"], ["y"]], names=["email", "email"]), {}, r"column 'email' occurs 2 times; expected once"),
    (TABLE, {"format": "csv"}, r"pyarrow Table: format: 'csv' applies to files only; expected none"),
    (TABLE, {"query": "SELECT 1"}, r"pyarrow Table: query: 'SELECT 1' applies to files only; expected none"),
    (TABLE, {"encoding": "cp1252"}, r"encoding: there is none in arrow; expected a file of text"),
    (TABLE, {"delimiter": ";"}, r"delimiter: there is none in arrow; expected a CSV file"),
    (TABLE, {"separator": ""}, r"separator: it is empty"),
]


@pytest.mark.parametrize(("table", "options", "message"), REFUSED, ids=lambda each: str(each)[:30])
def test_what_cannot_be_read_is_refused_by_name(table: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidHistory, match=message):
        replay(read_history(table, **options))


UNKNOWN = [
    ({"id": [1], "E-Mail": ["x"]}, r"'E-Mail'\]; expected for example columns={'email': 'E-Mail'} \(--m"),
    ({"id": [1], "Contact": ["x"]}, r"\(email, phone\); .+; expected for example columns={'email': 'id'} \(--map e"),
    ({"ref": [1], "at": [1]}, r"no column is an idType \(email, phone\); .+; expected a column of that name"),
    ({"Private, E-Mail": [1]}, r"\(--map 'email=\"Private, E-Mail\"'\)$"),
]


@pytest.mark.parametrize(("table", "message"), UNKNOWN, ids=lambda each: str(each)[:30])
def test_a_frame_without_a_known_column_is_an_error_that_shows_its_columns(table: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidHistory, match=message):
        replay(pd.DataFrame(table), settings())


def test_a_column_of_other_settings_is_no_error() -> None:
    table = pa.table({"chat": ["x"]})
    history = read_history(table, known_types=["chat"])
    assert replay(history, settings()).summary.rejected_by_reason == {"no identifier": 1}
    history = read_history(pa.table({"C": ["x"]}), columns={"chat": "C"}, known_types=["chat"])
    assert replay(history, settings()).summary.rejected == 1


def test_without_pyarrow_one_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    history = read_history(TABLE)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidHistory, match=r"Table: Arrow needs pyarrow, which is not installed; pip install '"):
        list(history)


def test_records_of_has_options_for_frames_too() -> None:
    table = pa.table({"at": ["2026-01-02 12:00"], "email": ["x"]})
    assert commands(records_of(table, tz="UTC")) == [Resolve({"email": "x"}, 1_767_355_200_000)]
