"""A run that was saved and read back tells all that it told before."""

import json
from array import array
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pyarrow
import pyarrow.parquet
import pytest

from resolver import AddIdentifier, ApplySettings, IdentifierConfig, InvalidHistory, Resolve, Settings
from resolver.columns.numbered import Numbered
from resolver.example import path
from resolver.history import Record
from resolver.reference import Reference
from resolver.report import Mask, comparison_report, masked
from resolver.simulate import Run, compare, explain, health, load_run, read_history, replay
from resolver.simulate.loaded import store_of_tables
from resolver.simulate.saved_format import mark_of
from tests.amounts import amount, measured
from tests.columns.twins import PARTS, OneByOne, options_of, written
from tests.machines.families import FAMILIES, Family

HISTORIES = amount(everyday=1, in_ci=4)
FUNCTIONS = ("new_id", "normalizers")
TOLD: dict[str, Callable[[Run], Any]] = {
    **PARTS,
    "steps": lambda run: list(run.steps()),
    "sorted facts": lambda run: list(run.facts),
    "tables": lambda run: [run.to_arrow(name) for name in ("steps", "facts", "values", "profiles", "rejected")],
    "health": lambda run: health(run).to_json(),
    "held": lambda run: [list(run.held(each)) for each in run.engine.profiles()],
    "refs": lambda run: list(run.refs),
}


def saved_and_loaded(run: Run, folder: Path, **functions: Any) -> Run:
    run.save(folder)
    return load_run(folder, **functions)


def check_loaded(run: Run, folder: Path, **functions: Any) -> Run:
    """Save a run and read it back; both tell the same."""
    loaded = saved_and_loaded(run, folder, **functions)
    for part, told in TOLD.items():
        assert told(loaded) == told(run), part
    loaded.engine._check()
    return loaded


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_a_saved_run_tells_all_that_the_run_told(family: Family, tmp_path: Path) -> None:
    for number in range(HISTORIES):
        with measured(number == 0):
            check_saved_and_loaded(family, number, tmp_path)


def check_saved_and_loaded(family: Family, number: int, folder: Path) -> None:
    """Save and read back a random history of a family, executed in both ways, and compare it with another run."""
    random = Random(f"loaded {family.__name__} {number}")
    case = family(random)
    history, options = written(random, case, random.choice([15, 40, 120])), options_of(case)
    functions = {name: options[name] for name in FUNCTIONS if name in options}
    run = replay(history, case.settings, **options)
    loaded = check_loaded(run, folder / str(number), **functions)
    one_by_one = replay(history, case.settings, engine=OneByOne, **options)
    check_loaded(one_by_one, folder / "other", **functions)
    assert TOLD["tables"](one_by_one) == TOLD["tables"](run)
    other = {**options, "match": "all" if options.get("match") == "first" else "first"}
    if case.settings.policies.joining:  # beside which no rule may be the only one
        other = {**options, "default_region": "GB"}
    check_compared_alike(run, loaded, history, case.settings, other, folder / "candidate", **functions)
    check_same_page(run, one_by_one, history, case.settings, other)


def check_compared_alike(
    run: Run,
    loaded: Run,
    history: Any,
    settings: Settings,
    options: Any,
    folder: Path,
    **functions: Any,
) -> None:
    """Compare a run with another one, both as they are and as they were saved; the same is told, page and all."""
    candidate = replay(history, settings, **options)
    again = saved_and_loaded(candidate, folder, **functions)
    expected, found = compare(run, candidate), compare(loaded, again)
    assert found == expected
    assert comparison_report(found, loaded, again) == comparison_report(expected, run, candidate)
    mask = Mask(b"sixteen bytes or more")
    masked_runs = masked(loaded, mask), masked(again, mask)
    assert compare(*masked_runs) == compare(masked(run, mask), masked(candidate, mask))
    for ref in list(run.assignments)[:3]:
        for other in (None, *list(run.assignments)[-2:]):
            assert explain(loaded, ref, other) == explain(run, ref, other)


def check_same_page(run: Run, one_by_one: Run, history: Any, settings: Settings, options: Any) -> None:
    """Compare a run with another one, both in columns and command by command; the pages are the same."""
    in_columns = run, replay(history, settings, **options)
    in_steps = one_by_one, replay(history, settings, engine=OneByOne, **options)
    first, second = (comparison_report(compare(*runs), *runs) for runs in (in_columns, in_steps))
    assert first == second


def test_a_sorted_run_is_read_back_with_lines_and_numbers(tmp_path: Path) -> None:
    run = replay(read_history(path("history.jsonl"), sort=True))
    loaded = check_loaded(run, tmp_path)
    again = replay(loaded.history)
    assert list(again.numbered_facts) == list(run.numbered_facts)
    assert again.summary.rejected == run.summary.rejected


LINES: list[Any] = [
    {"ref": "a", "at": 5, "identifiers": {"email": "Ada@Example.com", "phone": "n/a"}},
    "no object",
    {"ref": "b", "at": "yesterday", "identifiers": {"chat": "x"}},
    {"ref": "c", "identifiers": {"fax": "1"}},
    {"op": "add", "profile": "ref:a", "idType": "chat", "value": "x"},
    {"identifiers": {"chat": "x", "email": "b@b.cc"}, "newProfile": "mine"},
    {"ref": "line:7", "identifiers": {"email": "c@b.cc"}},
    {"identifiers": {"email": "d@b.cc"}},
    "no object either",
]


def test_the_history_of_a_loaded_run_is_replayed_as_the_first_one(tmp_path: Path) -> None:
    run = replay(LINES)
    loaded = check_loaded(run, tmp_path)
    again = replay(loaded.history)
    assert [list(map(str, each.facts)) for each in (again, loaded)] == [list(map(str, run.facts))] * 2
    assert [(each.line, each.reason, each.detail) for each in again.rejected] == [
        (each.line, each.reason, each.detail) for each in run.rejected
    ]
    assert again.summary.lines == run.summary.lines
    assert list(again.refs) == list(run.refs)


def test_what_utf8_cannot_hold_is_read_back_as_it_was(tmp_path: Path) -> None:
    texts = ["\ud800", r"\ud800", "a\\b\udfff", r"C:\udir", "x\\\\y", "é\ud83d", "é"]
    lines: list[Any] = [{"ref": text, "identifiers": {"chat": text, "email": text}} for text in texts]
    check_loaded(replay(lines, without=["chat=\ud800"]), tmp_path)
    run = check_loaded(replay([*lines, "\ud800", {"\ud800": 5, "identifiers": {}}]), tmp_path)
    assert list(run.assignments) == texts
    assert [values["chat"] for values in map(run.engine.identifiers, run.engine.profiles())] == [(t,) for t in texts]


def test_what_is_no_text_is_read_back_as_it_was_reported(tmp_path: Path) -> None:
    odd: Any = [5, True, None, 1.5, {"a"}, "n/a"]
    run = replay([Resolve({"phone": odd, "chat": "x"}), Resolve({"phone": odd})])
    loaded = check_loaded(run, tmp_path)
    values = [getattr(fact, "value", None) for fact in loaded.facts]
    assert [type(value) for value in values[:6]] == [int, bool, type(None), float, str, str]


def test_commands_of_which_nothing_is_text_are_read_back(tmp_path: Path) -> None:
    odd: Any = 5
    commands = [AddIdentifier("ref:line:1", odd, "x"), AddIdentifier("ref:line:1", "chat", odd), Resolve({odd: "x"})]
    check_loaded(replay([Resolve({"chat": "x"}), *commands]), tmp_path)


def test_idtypes_that_come_and_go_are_read_back(tmp_path: Path) -> None:
    first, second = (Settings([IdentifierConfig(each)], [each]) for each in ("aa", "bb"))
    history = [Resolve({"aa": "1"}), ApplySettings(second), Resolve({"bb": "1"}), ApplySettings(first)]
    check_loaded(replay([*history, Resolve({"aa": "1"}), Resolve({"aa": "2"})], first), tmp_path)


def test_the_run_of_a_store_of_another_kind_is_read_back_as_one_of_an_engine(tmp_path: Path) -> None:
    run = replay(LINES, engine=Reference)
    loaded = saved_and_loaded(run, tmp_path)
    assert list(loaded.facts) == list(run.facts)
    profiles = run.engine.profiles()
    assert loaded.engine.profiles() == profiles
    assert list(map(loaded.engine.identifiers, profiles)) == list(map(run.engine.identifiers, profiles))


def test_an_empty_run_is_read_back(tmp_path: Path) -> None:
    assert check_loaded(replay([]), tmp_path).summary.lines == 0
    assert check_loaded(replay([{"ref": 5}]), tmp_path).summary.rejected == 1


def test_a_loaded_run_does_not_need_its_folder(tmp_path: Path) -> None:
    run = replay(LINES)
    loaded = saved_and_loaded(run, tmp_path / "run")
    for file in (tmp_path / "run").iterdir():
        file.unlink()
    assert list(loaded.rejected) == list(run.rejected)
    assert loaded.engine.snapshot() == run.engine.snapshot()


# What is no run, or none any more


def changed(folder: Path, **about: Any) -> None:
    """Change what a run says of itself."""
    known = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**known, **about}))


def check_refused(folder: Path, message: str, **functions: Any) -> None:
    with pytest.raises(InvalidHistory, match=message):
        load_run(folder, **functions)


def test_what_is_no_saved_run_is_an_error_that_says_what_would_be(tmp_path: Path) -> None:
    expected = "expected a folder of resolver replay --save DIR"
    check_refused(tmp_path, f"{tmp_path} is not a saved run: it has no run.json; {expected}")
    check_refused(tmp_path / "none", f"none is not a saved run: it is not there; {expected}")
    (tmp_path / "file").write_text("x")
    check_refused(tmp_path / "file", "file is not a saved run: it is a file")
    (tmp_path / "run.json").write_text("[]")
    check_refused(tmp_path, "run.json is damaged: it is not a description of a run")
    (tmp_path / "run.json").write_text("{")
    check_refused(tmp_path, "run.json is damaged: it is not a description of a run")


def test_another_format_and_contradictions_are_refused(tmp_path: Path) -> None:
    replay(LINES).save(tmp_path)
    changed(tmp_path, format=2)
    check_refused(tmp_path, "the run has format 2; this version reads format 1")
    replay(LINES).save(tmp_path)
    changed(tmp_path, fingerprint="none")
    check_refused(tmp_path, "run.json is damaged")
    replay(LINES).save(tmp_path)
    changed(tmp_path, options={"match": "some"})
    check_refused(tmp_path, "is damaged: its files do not fit together")


@pytest.mark.parametrize(
    "name", ["steps.parquet", "facts.parquet", "values.parquet", "rejected.parquet", "summary.json", "store.snapshot"]
)
def test_a_file_that_is_missing_or_damaged_is_named(tmp_path: Path, name: str) -> None:
    replay(LINES).save(tmp_path)
    file = tmp_path / name
    data = bytearray(file.read_bytes())
    for place in {0, len(data) // 2, len(data) - 1}:
        data[place] ^= 1
        file.write_bytes(data)
        check_refused(tmp_path, f"{name} is damaged: it is not as it was written")
        data[place] ^= 1
    file.write_bytes(data[:-1])
    check_refused(tmp_path, f"{name} is damaged")
    file.unlink()
    check_refused(tmp_path, f"{name} is missing; expected all files of the saved run")


def test_files_of_two_runs_do_not_fit_together(tmp_path: Path) -> None:
    replay(LINES).save(tmp_path / "one")
    replay(LINES[:3]).save(tmp_path / "other")
    (tmp_path / "other" / "steps.parquet").replace(tmp_path / "one" / "steps.parquet")
    check_refused(tmp_path / "one", "steps.parquet is damaged")
    files = [json.loads((tmp_path / each / "run.json").read_text())["files"] for each in ("one", "other")]
    changed(tmp_path / "one", files={**files[0], "steps.parquet": files[1]["steps.parquet"]})
    check_refused(tmp_path / "one", "one is damaged: its files do not fit together .a fact of command 5, which is none")


@pytest.mark.parametrize(
    ("column", "kind", "entry", "message"),
    [
        ("profile_id", "IdentifierAdded", "nobody", "a profile was never created"),
        ("value", "IdentifierAdded", None, "a value has no text"),
        ("rule", "ProfilesMerged", "fax", "'fax' is not in list"),
        ("reason", "IdentifierAdded", "why not", "IdentifierAdded"),
    ],
)
def test_facts_that_no_run_has_do_not_fit_together(
    tmp_path: Path, column: str, kind: str, entry: str | None, message: str
) -> None:
    joined: list[Any] = [*LINES, {"ref": "j", "at": 9, "identifiers": {"email": "ada@example.com", "chat": "x"}}]
    joined[4] = {"ref": "d", "at": 8, "identifiers": {"chat": "x"}}
    replay(joined).save(tmp_path)
    path = tmp_path / "facts.parquet"
    table = pyarrow.parquet.read_table(path)
    rows = [{**row, column: entry} if row["fact"] == kind else row for row in table.to_pylist()]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), path)
    files = json.loads((tmp_path / "run.json").read_text())["files"]
    changed(tmp_path, files=files | {path.name: msgspec.to_builtins(mark_of(path))})
    check_refused(tmp_path, f"is damaged: its files do not fit together .*{message}")


def test_own_normalizations_must_be_given_again(tmp_path: Path) -> None:
    settings = Settings([IdentifierConfig("email", normalization="lower")], ["email"])
    run = replay([Resolve({"email": "X"})], settings, normalizers={"lower": str.lower})
    run.save(tmp_path)
    check_refused(tmp_path, r"the run used own normalizations \(lower\); expected load_run")
    check_loaded(run, tmp_path, normalizers={"lower": str.lower})


def test_a_masked_run_is_for_reading_only(tmp_path: Path) -> None:
    masked(replay(LINES), Mask(b"sixteen bytes or more")).save(tmp_path)
    assert not (tmp_path / "store.snapshot").exists()
    check_refused(tmp_path, "the run was saved masked, so nothing can be asked of it again")


def test_records_keep_what_they_were_rejected_with(tmp_path: Path) -> None:
    loaded = saved_and_loaded(replay(LINES), tmp_path)
    records: list[Record] = list(loaded.history)
    assert [record.line for record in records] == list(range(1, 10))
    assert [record.reason for record in records if record.error is not None] == [
        "not an object",
        "unreadable time",
        "not an object",
    ]


def test_idtypes_without_a_value_are_not_among_what_was_given(tmp_path: Path) -> None:
    lines: list[Any] = [Resolve({"email": [], "chat": "x"}), Resolve({"chat": "x"}), Resolve({"email": []})]
    run = check_loaded(replay(lines), tmp_path)
    tables = [each.to_arrow("steps") for each in (run, replay(lines, engine=OneByOne))]
    assert tables[0] == tables[1]
    assert [len(given) for given in tables[0].column("given").to_pylist()] == [1, 1, 0]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_steps_and_facts_alone_make_the_store_at_the_end(family: Family, tmp_path: Path) -> None:
    """The position too, which is that of a command without facts now and then, or without a time."""
    random = Random(f"store {family.__name__}")
    case = family(random)
    options = {name: option for name, option in options_of(case).items() if name != "clock"}

    def given(line: int) -> int | None:
        return line // 2 if random.random() < 0.7 else None

    history = [
        msgspec.structs.replace(record, command=msgspec.structs.replace(record.command, at=given(record.line)))
        for record in written(random, case, 60)
        if record.command is not None and not isinstance(record.command, ApplySettings)
    ]
    assert len(history) > 40
    numbered = Numbered(history, keeps_sources=True, order=lambda lines: array("q", [3 * line for line in lines]))
    for lines in (history, [], numbered.read_all()):
        run = replay(lines, case.settings, **options)
        run.save(tmp_path / "run")
        store = store_of_tables(tmp_path / "run", case.settings, options, is_sorted=run.is_sorted)
        store._check()
        assert store.snapshot() == run.engine.snapshot()
