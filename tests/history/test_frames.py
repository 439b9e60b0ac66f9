"""What is a history and what is none, of what Python has: data frames, tables, columns, texts, files."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from resolver import InvalidHistory
from resolver.graph import identity_graph
from resolver.history import records_of
from resolver.report import comparison_report
from resolver.simulate import compare, explain, health, order, read_history, replay, sweep
from tests.simulate.lines import ADA

RECORDS = {"ref": ["ada", "bob"], "email": ["ada@example.com", "ada@example.com"], "given": ["Ada", "Ada"]}
GRID = {"axes": {"phone.limit": [1, 2]}}


def a_pandas_frame() -> Any:
    return pd.DataFrame(RECORDS)


def a_polars_frame() -> Any:
    return pytest.importorskip("polars").DataFrame(RECORDS)


def a_lazy_frame() -> Any:
    return a_polars_frame().lazy()


def a_table() -> Any:
    return pytest.importorskip("pyarrow").table(RECORDS)


def a_batch() -> Any:
    return a_table().to_batches()[0]


def a_reader() -> Any:
    return a_table().to_reader()


class Older:
    """A data frame of a library that gives no stream yet."""

    def __dataframe__(self) -> Any: ...

    def to_parquet(self, name: str) -> None:
        a_pandas_frame().to_parquet(name)


REFUSED: list[Callable[[], Any]] = [a_lazy_frame, Older]
READ: list[Callable[[], Any]] = [a_pandas_frame, a_table, a_batch, a_reader]
HISTORIES: dict[str, Callable[[Any], object]] = {
    "replay": replay,
    "order": order,
    "sweep": lambda given: sweep(given, GRID),
    "read_history": read_history,
    "records_of": records_of,
}
RUNS: dict[str, Callable[[Any], object]] = {
    "health": health,
    "explain": lambda given: explain(given, "ada", "bob"),
    "compare": lambda given: compare(given, replay([ADA])),
    "compare, the other": lambda given: compare(replay([ADA]), given),
    "identity_graph": identity_graph,
    "comparison_report": lambda given: comparison_report(compare(replay([ADA]), replay([ADA])), given, given),
}


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
@pytest.mark.parametrize("use", HISTORIES)
def test_a_frame_that_gives_no_stream_is_refused_and_what_the_sentence_says_reads_it(
    use: str, make: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    frame = make()
    with pytest.raises(InvalidHistory) as caught:
        HISTORIES[use](frame)
    message = str(caught.value)
    assert re.fullmatch(r"a \w+ \w+ is (not read as a history|not a file); expected .+", message)
    monkeypatch.chdir(tmp_path)
    read: Any = None
    for step in message.partition("; expected ")[2].split(", then "):
        read = eval(step, {"frame": frame, "read_history": read_history})
    assert list(replay(read).assignments) == ["ada", "bob"]


@pytest.mark.parametrize("make", [*REFUSED, *READ], ids=lambda make: make.__name__)
@pytest.mark.parametrize("use", RUNS)
def test_a_frame_is_no_run_and_the_sentence_says_what_would_be(use: str, make: Callable[[], Any]) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(
        InvalidHistory, match=r"is not a run; expected (what replay\(frame\) gives|.+, then replay of that)$"
    ):
        RUNS[use](make())


@pytest.mark.parametrize("make", READ, ids=lambda make: make.__name__)
@pytest.mark.parametrize("use", HISTORIES)
def test_a_frame_is_read_wherever_a_history_is(use: str, make: Callable[[], Any]) -> None:
    pytest.importorskip("pyarrow")
    HISTORIES[use](make())


def test_a_column_is_refused_and_its_values_are_taken() -> None:
    columns = [pytest.importorskip("polars").Series([ADA]), pytest.importorskip("pyarrow").chunked_array([[ADA]])]
    for column in columns:
        with pytest.raises(InvalidHistory, match="expected its values as a list, then a list of records"):
            replay(column)
        with pytest.raises(
            InvalidHistory, match=r"is not a run; expected its values as a list, then a list of records, then"
        ):
            health(column)


def test_a_series_of_records_without_the_arrow_interface_is_an_iterable_as_any() -> None:
    if not hasattr(pd.Series, "__arrow_c_stream__"):
        assert list(replay(pd.Series([ADA])).assignments) == ["ada"]


OTHERS: list[tuple[Any, str]] = [
    ({"ref": "r"}, r"a dict is one record, not a history; expected a list of records"),
    (5, r"5 is not a history; expected read_history\('records\.jsonl'\), or a list of records or commands"),
    (None, r"None is not a history; expected"),
    (SimpleNamespace(a=1), r"namespace\(a=1\) is not a history; expected"),
    (io.StringIO("{}"), r"StringIO object at .* is an open file; expected read_history and the file's name"),
    ("records.jsonl", r"'records\.jsonl' is a name, not a history; expected read_history\('records\.jsonl'\)"),
    (Path("h.csv"), r"Path\('h\.csv'\) is a name, not a history; expected read_history"),
]


@pytest.mark.parametrize(("given", "message"), OTHERS, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("use", [name for name in HISTORIES if name != "read_history"])
def test_what_is_no_history_is_said_to_be_none(use: str, given: Any, message: str) -> None:
    with pytest.raises(InvalidHistory, match=message):
        HISTORIES[use](given)


ENTRIES: list[tuple[Any, str]] = [
    (
        ["h.jsonl"],
        r"'h\.jsonl' is a text, not a record; expected read_history and a list of files' names, or json\.loads ",
    ),
    ([b"{}", "{}"], r"b'{}' is a text, not a record; expected "),
    (pd.Series(["h.jsonl"]), r"'h\.jsonl' is a text, not a record; expected "),
    ({"h.jsonl"}, r"'h\.jsonl' is a text, not a record; expected "),
    ([Path("h.csv")], r"Path\('h\.csv'\) is a path, not a record; expected read_history\(\[PosixPath\('h\.csv'\)\]\)"),
    (
        [Path("h.csv"), Path("i.csv")],
        r"is a path, not a record; expected read_history\(\[PosixPath\('h\.csv'\), \.\.\.\]\)",
    ),
    (
        (read_history("/dev/null", format="jsonl"),),
        r"a History is not a record; expected read_history\(\[.+\]\) with the",
    ),
    ([records_of([ADA]), "x"], r"a Records is not a record; expected .+, or one list of the records of all"),
    (
        [pd.DataFrame(RECORDS)],
        r"a pandas DataFrame is not a record; expected read_history\(\[frame\]\)$",
    ),
    ([pd.Series([ADA])], r"a pandas Series is not a record; expected its values as a list, then a list of records"),
]


@pytest.mark.parametrize(("given", "message"), ENTRIES)
@pytest.mark.parametrize("use", [name for name in HISTORIES if name != "read_history"])
def test_entries_that_are_all_no_records_are_refused_and_not_rejected_one_by_one(
    use: str, given: Any, message: str
) -> None:
    with pytest.raises(InvalidHistory, match=message):
        HISTORIES[use](given)


@pytest.mark.parametrize(("given", "message"), ENTRIES)
def test_one_such_entry_beside_a_record_is_a_rejected_line(given: Any, message: str) -> None:
    summary = replay([*given, ADA]).summary
    assert (summary.applied, summary.rejected) == (1, len(given)), message
    assert replay([]).summary.lines == 0


@pytest.mark.parametrize("given", [5, None, [ADA], {"ref": "r"}], ids=lambda each: type(each).__name__)
def test_what_is_no_path_is_said_to_be_none(given: Any) -> None:
    with pytest.raises(InvalidHistory, match=r" is not a path; expected the name of a file, such as 'records\.jsonl'"):
        read_history(given)


def test_a_path_may_be_bytes(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text('{"ref": "r", "identifiers": {"email": "ada@example.com"}}\n')
    assert list(replay(read_history(bytes(path))).assignments) == ["r"]


@pytest.mark.parametrize("given", [5, [ADA], "records.jsonl", read_history("/dev/null", format="jsonl")])
@pytest.mark.parametrize("use", RUNS)
def test_what_is_no_run_is_said_to_be_none(use: str, given: Any) -> None:
    with pytest.raises(InvalidHistory, match=r" is not a run; expected what replay\(\.\.\.\) gives"):
        RUNS[use](given)


def test_a_history_of_records_made_one_by_one_needs_no_list() -> None:
    class Rows:
        def __getitem__(self, place: int) -> Any:
            return [ADA][place]

    assert list(replay(Rows()).assignments) == ["ada"]  # type: ignore[arg-type]
