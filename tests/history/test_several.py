"""Several files are one history, in their order."""

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resolver import IdentifierConfig, Settings
from resolver.commands import DeleteProfile, Resolve
from resolver.errors import InvalidHistory
from resolver.history import History, read_history
from resolver.simulate import replay
from tests.columns.twins import check_alike
from tests.history.files import commands, written

SETTINGS = Settings([IdentifierConfig("name"), IdentifierConfig("aa")], ["name", "aa"])


def files(folder: Path) -> list[Path]:
    """A file of every format: five lines of a table, two of JSON, an array of two, three rows of Parquet."""
    pq.write_table(pa.table({"ref": ["p", "q", "r"], "aa": ["x", "y", "z"]}), folder / "d.parquet")
    return [
        written(folder, "a.csv", "ref,aa,AGE\n1,x,36\n\n2,y,37\n\n"),
        written(folder, "b.jsonl", '{"identifiers": {"aa": "x"}}\n{"op": "delete", "profile": "ref:1"}\n'),
        written(folder, "c.json.gz", '[{"ref": "c", "identifiers": {"aa": "z"}},\n\n{"identifiers": {"aa": "w"}}]'),
        folder / "d.parquet",
        written(folder, "e.tsv", "ref\taa\n5\tq\n"),
    ]


def test_lines_are_numbered_through_all_files(tmp_path: Path) -> None:
    paths = files(tmp_path)
    history = read_history(paths)
    records = list(history)
    assert [record.line for record in records] == [2, 4, 6, 7, 8, 9, 10, 11, 12, 14]
    assert commands(records)[:3] == [
        Resolve({"aa": "x", "AGE": "36"}),
        Resolve({"aa": "y", "AGE": "37"}),
        Resolve({"aa": "x"}),
    ]
    assert commands(records)[3] == DeleteProfile("ref:1")
    spans = [(1, 5), (6, 7), (8, 9), (10, 12), (13, 14)]
    assert history.spans == tuple((str(path), *span) for path, span in zip(paths, spans, strict=True))
    assert history.files == tuple(map(str, paths))
    assert history.name == ", ".join(map(str, paths))
    assert history.format == "csv"
    assert history.position == history.size == sum(path.stat().st_size for path in paths)


def test_a_run_of_several_files_is_that_of_one(tmp_path: Path) -> None:
    a, _, c, d, e = files(tmp_path)
    run = check_alike(read_history([a, c, d, e]), SETTINGS)
    assert list(run.assignments) == ["1", "2", "c", "line:7", "p", "q", "r", "5"]
    assert run.assignments["1"] == run.assignments["p"]
    assert run.summary.ignored_columns == ("AGE",)
    assert replay(read_history(files(tmp_path)), SETTINGS).summary.lines == 10
    assert [first for _, first, _ in run.summary.files] == [1, 6, 8, 11]


def test_several_files_are_sorted_as_one(tmp_path: Path) -> None:
    one = written(tmp_path, "1.csv", "at,aa\n5,x\n1,y\n")
    other = written(tmp_path, "2.csv", "at,aa\n3,z\n1,w\n")
    history = read_history([one, other], sort=True)
    assert [record.line for record in history] == [3, 6, 5, 2]
    assert history.is_sorted
    check_alike(history, SETTINGS)


def test_options_are_for_all_files(tmp_path: Path) -> None:
    one = written(tmp_path, "1.csv", "ID;A\n1;x|y\n")
    other = written(tmp_path, "2.txt", "B;ID;A\nq;2;z|w\n")
    columns = {"ref": "ID", "aa": "A[|]"}
    history = read_history((one, other), format="csv", delimiter=";", columns=columns, id_types=["aa"])
    assert [record.ref for record in history] == ["1", "2"]
    assert (history.split_cells, history.ignored) == (2, ("B",))
    mixed = read_history([one, written(tmp_path, "3.jsonl", '{"ID": 3, "A": "v"}')], delimiter=";", columns=columns)
    assert [record.ref for record in mixed.for_types(["aa"])] == ["1", "3"]


def test_an_error_names_its_file_and_the_line_there(tmp_path: Path) -> None:
    one = written(tmp_path, "1.csv", "ref,aa\n1,x\n")
    wrong = written(tmp_path, "2.csv", '\n"a\n')
    with pytest.raises(InvalidHistory, match=r"/2\.csv: line 2: the header cannot be read: "):
        list(read_history([one, wrong]))
    damaged = tmp_path / "3.csv.gz"
    damaged.write_bytes(gzip.compress(b"ref,aa\n1,x\n")[:-6])
    with pytest.raises(InvalidHistory, match=r"/3\.csv\.gz: line 1: cannot be read: Compressed file"):
        list(read_history([one, damaged]))
    with pytest.raises(InvalidHistory, match=r"/4\.csv: cannot be read: No such file"):
        read_history([one, tmp_path / "4.csv"])


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "no file was given; expected one or more"),
        (["-", "-"], "standard input is given twice, which can be read once; expected one '-'"),
        ([5], "5 is not a path; expected the name of a file"),
        (["x.csv", None], "None is not a path; expected the name of a file"),
    ],
)
def test_what_is_no_list_of_files_is_refused(paths: list[Any], message: str) -> None:
    with pytest.raises(InvalidHistory) as caught:
        read_history(paths)
    assert str(caught.value).startswith(message)


def test_a_single_file_in_a_list_is_that_file(tmp_path: Path) -> None:
    path = written(tmp_path, "1.csv", "ref,aa\n1,x\n")
    assert list(read_history([path])) == list(read_history(path))
    assert read_history([path]).spans == replay(read_history(path), SETTINGS).summary.files == ()
    assert isinstance(read_history(bytes(path)), History)
