import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import er_evaluation
import msgspec
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import (
    AddIdentifier,
    Blocked,
    InvalidHistory,
    InvalidSettings,
    Policies,
    ReplaceIdentifier,
    Resolve,
    Settings,
)
from resolver.columns.numbered import Numbered
from resolver.example import path
from resolver.rules.normalization import Normalizers
from resolver.simulate import load_settings, read_history, replay, suspects
from resolver.simulate.sweep import (
    FILE,
    Grid,
    Sweep,
    agreement,
    digest_of,
    read_grid,
    read_truth,
    scatter,
    sweep,
    with_moved,
    workers,
)
from resolver.simulate.sweep.chart import Scale, listed, placed
from resolver.simulate.sweep.result import WITH_TRUTH, figures, front, measures
from resolver.simulate.sweep.workers import Replays
from tests.columns.twins import OneByOne
from tests.simulate.lines import ADA, BOB

SWEEP: Any = sys.modules["resolver.simulate.sweep"]
"""The module, which the function hides."""

AXES = {"axes": {"phone.limit": [1, 2], "options.onInvalid": ["drop", "keep", "refuse"]}}
ODD: list[Any] = [
    ADA,
    BOB,
    {"op": "nope"},
    {"identifiers": {"phone": "n/a", "email": "ADA@example.com"}},
    {"identifiers": {"chat": "\ud800", "phone": "\ud800"}},
    {"op": "replace", "profile": "ref:ada", "idType": "phone", "old": "3175556789", "new": "317 555 6780"},
    {"op": "add", "profile": "ref:bob", "idType": "email", "value": "no address"},
    {"op": "remove", "profile": "ref:bob", "idType": "phone"},
    Resolve([("email", "cy@example.com"), ("phone", "317-555-6780")], 9),
    Resolve("nothing", 10),  # type: ignore[arg-type]
    Resolve({"phone": [5, "317-555-6780"]}, 11),  # type: ignore[arg-type]
    AddIdentifier("ref:ada", "phone", "+1 317 555 6789", 12),
    ReplaceIdentifier("ref:ada", "phone", "+13175556789", "n/a", 13),
]


def example_sweep(**more: Any) -> Sweep:
    return sweep(read_history(path("history.jsonl")), path("grid.json"), path("history.jsonl.truth.csv"), **more)


@pytest.mark.parametrize("history", [ODD, read_history(path("history.jsonl"))], ids=["odd", "example"])
def test_a_replay_of_a_history_in_integers_gives_what_a_plain_one_gives(history: Any, tmp_path: Path) -> None:
    grid = Grid.from_json(AXES) if history is ODD else read_grid(path("grid.json"))
    numbered = Numbered(history, grid.settings.id_types).read_all().alone()
    both = Replays(numbered), Replays(numbered).written(tmp_path)
    for setting in grid:
        plain = replay(history, setting.settings, **setting.options)
        told = [msgspec.structs.replace(each, raw=each.raw and "") for each in plain.rejected]
        for quick in (replays.run(setting) for replays in both):
            assert list(quick.facts) == list(plain.facts)
            assert [msgspec.structs.replace(each, raw=each.raw and "") for each in quick.rejected] == told
            assert quick.assignments == plain.assignments
            assert quick.summary == plain.summary or history is not ODD


def test_what_cannot_be_sent_to_another_process_is_measured_in_one(tmp_path: Path) -> None:
    bad = Resolve({"chat": "x"}, 1, lambda: "x")  # type: ignore[arg-type]
    with pytest.raises(InvalidHistory, match="something in the history cannot be sent to another process: "):
        sweep([bad], {"axes": {"chat.limit": [1, 2]}}, jobs=2)
    assert [row.measures.rejected for row in sweep([bad], {"axes": {"chat.limit": [1, 2]}}, jobs=1).rows] == [1, 1]


def test_the_digest_of_a_history_is_that_of_all_that_a_replay_sees() -> None:
    line = {"ref": "a", "at": 1, "identifiers": {"chat": "x", "email": "a@b.cc"}}
    histories: list[list[Any]] = [
        [],
        [line],
        [line, line],
        [{**line, "ref": "b"}],
        [{**line, "at": 2}],
        [{**line, "identifiers": {"chat": "y", "email": "a@b.cc"}}],
        [{**line, "identifiers": {"email": "a@b.cc", "chat": "x"}}],
        [{**line, "identifiers": {"chat": "\ud800"}}],
        [Resolve({"chat": 1 << 70}, 1)],  # type: ignore[arg-type]
        [Resolve({"chat": 5}, 1)],  # type: ignore[arg-type]
        [Resolve({"chat": "5"}, 1)],
        [{"op": "nope"}],
        [{"op": "nope", "ref": "a"}],
        [{"op": "delete", "profile": "ref:a"}],
        [{"op": "delete", "profile": "ref:b"}],
    ]
    digests = [digest_of(Numbered(history).read_all()) for history in histories]
    assert len(set(digests)) == len(digests)
    assert digests == [digest_of(Numbered(history).read_all()) for history in histories]


def test_refs_of_lines_that_are_no_commands_count_among_the_records() -> None:
    found = sweep([ADA, {"ref": "broken", "op": "nope"}], {"axes": {"chat.limit": [1]}}, truth={"ada": 1, "broken": 2})
    assert (found.refs, found.truth and found.truth.persons) == (2, {"ada": "1", "broken": "2"})


def test_engines_may_share_their_normalizers() -> None:
    run = replay([{"identifiers": {"phone": "020 7946 0018"}}], normalizers=Normalizers("GB"))
    assert run.engine.lookup("phone", "+442079460018").profile_ids


def test_every_row_is_measured_as_a_plain_replay_is() -> None:
    found = example_sweep(jobs=1)
    truth = read_truth(path("history.jsonl.truth.csv"))
    for row in found.rows[::7]:
        plain = replay(read_history(path("history.jsonl")), row.setting.settings, **row.setting.options)
        assert measures(plain, truth) == row.measures


RESOLVES = [record for record in read_history(path("history.jsonl")) if record.op == "resolve"]


def test_every_row_of_a_grid_is_a_replay_command_by_command() -> None:
    axes = {"phone.enforceUnique": [True, False], "phone.limit": [1, 3], "email.matchingAlgo": ["exact", "fuzzy"]}
    grid = {"base": "baseline.json", "axes": {**axes, "options.onInvalid": ["drop", "keep", "refuse"]}}
    tried = Grid.from_json(grid, folder=Path(path("baseline.json")).parent)
    for history in (RESOLVES, read_history(path("history.jsonl"))):
        for row in sweep(history, tried, jobs=1).rows[::5]:
            totals = replay(history, row.setting.settings, engine=OneByOne, **row.setting.options).summary
            told = row.measures.to_json()
            assert {name: told[name] for name in FIGURES} == {name: totals[name] for name in FIGURES}


FIGURES = ("profiles", "merges", "evictions", "refusals", "rejected", "largestProfile", "largestGroup")


def test_other_processes_replay_the_same() -> None:
    grid = {"axes": {"phone.limit": [1, 2, 3]}}
    assert sweep(RESOLVES, grid, jobs=2).to_csv() == sweep(RESOLVES, grid, jobs=1).to_csv()


def test_a_sorted_history_without_refs_is_measured_as_a_plain_replay_is(tmp_path: Path) -> None:
    file = tmp_path / "h.jsonl"
    lines = [{"at": -number, "identifiers": {"chat": str(number % 3)}} for number in range(9)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    history = read_history(file, sort=True)
    (row,) = sweep(history, {"axes": {"chat.limit": [1]}}).rows
    assert row.measures == measures(replay(history, row.setting.settings))


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    alone = example_sweep(jobs=1, progress=lambda *args: told.append(args))
    assert told == [(done, 24) for done in range(25)]
    assert example_sweep(jobs=2).to_csv() == alone.to_csv()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12))
@settings(max_examples=40)
def test_agreement_is_that_of_er_evaluation(pairs: list[tuple[int, int]]) -> None:
    groups = {f"r{number}": group for number, (group, _) in enumerate(pairs)}
    truth = {f"r{number}": person for number, (_, person) in enumerate(pairs)}
    found = agreement(groups, truth)
    one, other = pandas.Series(groups), pandas.Series(truth)
    assert found.precision == pytest.approx(er_evaluation.pairwise_precision(one, other))
    assert found.recall == pytest.approx(er_evaluation.pairwise_recall(one, other))
    assert found.f1 == pytest.approx(er_evaluation.pairwise_f(one, other))
    assert found.bcubed_precision == pytest.approx(er_evaluation.b_cubed_precision(one, other))
    assert found.bcubed_recall == pytest.approx(er_evaluation.b_cubed_recall(one, other))
    assert found.bcubed_f1 == pytest.approx(er_evaluation.b_cubed_f(one, other))
    of_person = {person: {groups[ref] for ref in truth if truth[ref] == person} for person in truth.values()}
    assert found.split_persons == sum(len(held) > 1 for held in of_person.values())
    mixed = {group for group in groups.values() if len({truth[ref] for ref in truth if groups[ref] == group}) > 1}
    assert found.merged_persons == sum(bool(held & mixed) for held in of_person.values())


def test_agreement_over_nothing_is_perfect_and_over_nothing_right_is_zero() -> None:
    assert agreement({}, {}).f1 == 1
    assert agreement({"a": 1, "b": 1, "c": 2, "d": 2}, {"a": 1, "b": 2, "c": 1, "d": 2}).f1 == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=9))
@settings(max_examples=40)
def test_the_front_is_what_no_other_beats(points: list[tuple[float, float]]) -> None:
    beaten = [any(x >= a and y >= b and (x, y) != (a, b) for x, y in points) for a, b in points]
    assert front(points, WITH_TRUTH) == [not each for each in beaten]


def test_a_ref_without_a_profile_counts_as_one_of_its_own() -> None:
    lines = [ADA, {"ref": "bad", "identifiers": {"phone": "n/a"}}, {**ADA, "ref": "eve"}]
    found = measures(replay(lines), {"ada": "x", "bad": "x", "eve": "x"})
    assert found.agreement is not None
    assert (found.agreement.recall, found.agreement.split_persons) == (1 / 3, 1)


def test_full_profiles_have_a_list_at_its_limit() -> None:
    grid = {"axes": {"email.limit": [1, 2, 3]}}
    lines = [
        {"identifiers": {"chat": "1", "email": ["a@example.com", "b@example.com"]}},
        {"identifiers": {"chat": "2"}},
    ]
    assert [row.measures.full_profiles for row in sweep(lines, grid).rows] == [1, 1, 0]


def test_finished_settings_are_not_replayed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = {"axes": {"chat.limit": [1, 2, 3]}}
    history = [{"ref": "a", "identifiers": {"chat": "1"}}]
    first = sweep(history, grid, out=tmp_path / "new")
    state = tmp_path / "new" / FILE
    lines = state.read_text().splitlines()
    state.write_text("\n".join([lines[0], lines[1][:20]]))
    again = sweep(history, grid, out=tmp_path / "new")
    assert (first.replayed, again.replayed) == (3, 2)
    assert again.to_csv() == first.to_csv()
    assert sweep(history, grid, {"a": "x"}, out=tmp_path / "new").replayed == 3
    assert sweep([*history, ADA], grid, out=tmp_path / "new").replayed == 3
    monkeypatch.setattr(Replays, "measured", lambda *_: pytest.fail("replayed"))
    assert sweep(history, grid, out=tmp_path / "new").replayed == 0


def test_ctrl_c_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    history = tmp_path / "h.jsonl"
    line = '{{"ref": "r{0}", "identifiers": {{"chat": "{0}"}}}}\n'
    history.write_text("".join(line.format(number) for number in range(4000)))
    grid = tmp_path / "grid.json"
    grid.write_text(json.dumps({"axes": {"chat.limit": list(range(1, 61))}}))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "resolver", "sweep", str(history), "--grid", str(grid), "--out", str(out)]
    process = subprocess.Popen([*command, "--jobs", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not (out / FILE).exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(rb"resolver: [0-9]+ of 60 settings finished; the same command goes on\n", err)
    finished = len((out / FILE).read_text().splitlines())
    assert 1 <= finished < 60
    assert not (out / "sweep.csv").exists()
    assert sweep(read_history(history), grid, out=out).replayed == 60 - finished


def test_a_worker_answers_settings_until_the_other_side_closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    (one,) = Grid.from_json({"axes": {"chat.limit": [1]}})
    replays = Replays(Numbered([ADA]).read_all().alone()).written(tmp_path)
    ours, theirs = Pipe()
    ours.send(one)
    ours.send("no setting")
    thread = threading.Thread(target=workers.serve, args=(theirs, replays, str(tmp_path)))
    thread.start()
    assert ours.recv() == replays.measured(one)
    assert isinstance(ours.recv(), AttributeError)
    ours.close()
    thread.join()


def test_an_error_in_a_process_is_the_callers(tmp_path: Path) -> None:
    replays = Replays(Numbered([ADA]).read_all().alone()).written(tmp_path)
    with pytest.raises(AttributeError):
        list(workers.in_processes(replays, ["no setting"], 1, tmp_path))  # type: ignore[list-item]


def test_a_process_that_ends_without_an_answer_is_named() -> None:
    (setting,) = Grid.from_json({"axes": {"chat.limit": [1]}})
    ours, theirs = Pipe()
    theirs.close()
    with pytest.raises(RuntimeError, match="setting 1 ended"):
        workers._answer(ours, setting)


def test_where_signals_cannot_be_held_processes_start_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask")
    with workers._deaf_to_interrupts():
        pass


BAD_GRIDS: list[tuple[Any, str]] = [
    ([], "grid: "),
    ({"axis": {}}, "axis: "),
    ({"axes": {}}, "axes: "),
    ({"axes": {"phone.limit": []}}, r"axes\.phone\.limit: "),
    ({"axes": {"phone.limit": [1, 1]}}, r"axes\.phone\.limit\[1\]: 1 is not allowed"),
    ({"axes": {"phone.limit": [0]}}, r"axes\.phone\.limit: 0 is not allowed; expected an integer 1\.\.100"),
    ({"axes": {"phone.limt": [1]}}, r"did you mean 'phone\.limit'"),
    ({"axes": {"matchingRules": [["fax"]]}}, r"axes\.matchingRules: \['fax'\]"),
    ({"axes": {"options.match": ["some"]}}, r"axes\.options\.match: 'some'"),
    ({"base": 5, "axes": {"phone.limit": [1]}}, "base: 5"),
    ({"base": {"identifierConfigs": []}, "axes": {"phone.limit": [1]}}, r"base\.matchingRules|base\.identifierConfigs"),
    ({"axes": {f"{name}.limit": list(range(1, 31)) for name in ("phone", "email", "chat")}}, "27000 is not allowed"),
]


@pytest.mark.parametrize(("document", "message"), BAD_GRIDS)
def test_a_bad_grid_is_refused_with_its_place(document: Any, message: str) -> None:
    with pytest.raises(InvalidSettings, match=message):
        Grid.from_json(document)


def test_true_and_one_are_two_values_of_an_axis() -> None:
    with pytest.raises(InvalidSettings, match="1 is not allowed; expected true or false"):
        Grid.from_json({"axes": {"phone.enforceUnique": [True, 1]}})


def test_an_option_that_is_an_axis_too_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="was given too"):
        Grid.from_json({"axes": {"options.match": ["all"]}}, options={"match": "all"})


def test_grid_files_name_themselves_in_errors(tmp_path: Path) -> None:
    file = tmp_path / "grid.json"
    file.write_text("{")
    with pytest.raises(InvalidSettings, match=r"grid\.json: .*a JSON document"):
        read_grid(file)
    file.write_text('{"axes": {"phone.limit": [true]}}')
    with pytest.raises(InvalidSettings, match=r"grid\.json: line 1, column 11: axes\.phone\.limit: true is"):
        read_grid(file)


def test_a_grid_may_have_a_byte_order_mark_and_a_wrong_base_names_its_own_file(tmp_path: Path) -> None:
    file, base = tmp_path / "grid.json", tmp_path / "base.json"
    file.write_bytes(b"\xef\xbb\xbf" + b'{"axes": {"phone.limit": [1, 2]}}')
    assert len(read_grid(file)) == 2
    file.write_text('{"base": "base.json", "axes": {"phone.limit": [1, 2]}}')
    base.write_text('{"identifierConfigs": [],\n "matchingRules": []}')
    with pytest.raises(InvalidSettings) as caught:
        read_grid(file)
    assert str(caught.value).startswith(f"{base}: line 1, column 2: identifierConfigs: 0 is not allowed")
    file.write_text('{"axis": {"phone.limit": [1, 2]}}')
    with pytest.raises(InvalidSettings, match='expected only the keys base, axes; did you mean "axes"'):
        read_grid(file)


def test_a_base_may_stand_in_the_grid_or_beside_it(tmp_path: Path) -> None:
    base = {"identifierConfigs": [{"idType": "id"}], "matchingRules": ["id"], "options": {"match": "first"}}
    grid = Grid.from_json({"base": base, "axes": {"id.limit": [1]}}, options={"on_invalid": "keep"})
    assert grid.options == {"on_invalid": "keep", "match": "first"}
    given = Grid.from_json({"base": 5, "axes": {"id.limit": [1]}}, base=(grid.settings, {}))
    assert next(iter(given)).settings == next(iter(grid)).settings


def test_a_truth_in_part_says_how_much_was_compared(tmp_path: Path) -> None:
    file = tmp_path / "truth.csv"
    file.write_text("ref,person\nada,1\n\nbobb,1\nx1,2\nx2,2\nx3,2\n")
    truth = sweep([ADA, BOB], {"axes": {"chat.limit": [1]}}, file).truth
    assert truth is not None
    assert truth.unknown == ("bobb", "x1", "x2", "x3")
    assert truth.notes() == [
        "compared with the truth: 1 of 2 records; it has no more",
        "the truth has 4 records that the history does not have: 'bobb' (did you mean 'bob'?), 'x1', 'x2' and 1 more",
    ]
    one = sweep([ADA], {"axes": {"chat.limit": [1]}}, {"ada": "1", "adda": "2"}).truth
    assert one is not None
    assert one.notes() == ["the truth has 1 record that the history does not have: 'adda'"], "it knows ada already"


TRUTHS: list[str | bytes] = [
    "ref,person\nada,1\n",
    "\ufeffref,person\nada,1\n",
    "sep=;\nref;person\nada;1\n",
    "ref,person,\nada,1,\n\n",
    "ref,person\rada,1\r",
    " ref , person\r\nada,1\r\n",
    gzip.compress(b"ref,person\nada,1\n"),
]


@pytest.mark.parametrize("text", [*TRUTHS, "ref;person\nada;1\n", "ref\tperson\nada\t1\n", "ref|person\nada|1\n"])
def test_a_truth_is_read_as_any_table_is(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "truth.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert read_truth(tmp_path / "truth.csv") == {"ada": "1"}


BAD_TRUTHS = [
    ("", "line 1: the header is None; expected ref,person"),
    ("ref,person\nada,1,2\n", "line 2: "),
    ("ref,person\nada,\n", "line 2: "),
    ('ref,person\n"a"b,1\n', "line 2: cannot be read as CSV in UTF-8"),
    ("ref:person\n", "line 1: the header"),
    ("ref,person\na\n", "line 2: "),
    ("ref,person\nada,1\nada,2\n", "line 3: ref 'ada' is '2' here and '1' before"),
    ('ref,person\n"ada,1\n', "cannot be read as CSV"),
    ("ref,person\n", "it is empty"),
    ("ref,person\nzz,1\n", "knows no record of this history"),
]


@pytest.mark.parametrize(("text", "message"), BAD_TRUTHS)
def test_a_bad_truth_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "truth.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        sweep([ADA], {"axes": {"chat.limit": [1]}}, tmp_path / "truth.csv")


@pytest.mark.parametrize("jobs", [0, True, "2"])
def test_jobs_are_a_whole_number(jobs: Any) -> None:
    with pytest.raises(ValueError, match="jobs: "):
        sweep([ADA], {"axes": {"chat.limit": [1]}}, jobs=jobs)


def test_large_work_takes_all_cores_and_never_more_than_settings() -> None:
    assert SWEEP._jobs(None, 10, 10) == 1
    assert SWEEP._jobs(None, 10**6, 10) == min(os.cpu_count() or 1, 10)
    assert SWEEP._jobs(8, 10**6, 3) == 3
    assert SWEEP._jobs(8, 10, 0) == 1


def test_the_table_is_there_as_json_csv_frame_and_picture() -> None:
    found = example_sweep()
    assert found.to_json()["truth"] == {"compared": 400, "untold": 0, "unknown": []}
    assert sweep([ADA], {"axes": {"chat.limit": [1]}}).to_json()["truth"] is None
    frame = found.to_frame("pandas")
    assert list(frame["setting"]) == list(range(1, 25))
    assert frame["matching_rules"][0].startswith("email, ")
    assert found.to_csv().splitlines()[0].split(",")[:3] == ["setting", "phone.enforceUnique", "phone.limit"]
    picture = scatter(found)
    assert picture.count('class="best"') == len(found.front)
    assert picture.count('class="other"') == 24 - len(found.front)
    assert picture.count('class="number"') == len({figures(row.measures, found.objectives) for row in found.front})


def test_labels_stand_over_no_mark_no_line_and_no_other_label() -> None:
    within = (0, 0, 100, 100)
    crowd = [(50.0, 50.0, "1"), (64.0, 50.0, "2"), (50.0, 64.0, "3"), (64.0, 64.0, "4")]
    assert {text for text, _, _ in placed(crowd, [], within, letter=7)} == {"1", "2", "3", "4"}
    assert placed([(50, 50, "1")], [(20, 50), (100, 50)], within, letter=7) == [("1", 46.5, 38)]
    assert placed([(50, 50, "too long for it")], [], within, letter=7) == []
    assert placed([(50, 50, ""), (20, 20, "7")], [(50, 50), (50, 50)], within, letter=7) == [("7", 30, 23.5)]


def test_numbers_are_listed_in_short() -> None:
    assert listed([1, 3, 5, 7, 9, 11, 13, 14]) == "1, 3, 5, 7, 9, 11 and 2 more"


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=5))
@settings(max_examples=40)
def test_a_scale_holds_its_figures(figures: list[float]) -> None:
    scale = Scale.around(figures)
    assert len(scale.ticks) >= 2
    assert all(-1e-6 <= scale.share(figure) <= 1 + 1e-6 for figure in figures)


# Policies


SHARED = [
    {"ref": f"r{number}", "identifiers": {"email": f"e{number}@example.com", "phone": "317-000-0000"}}
    for number in range(6)
]


def test_policies_are_axes_and_a_value_may_stand_in_a_file_beside_the_grid(tmp_path: Path) -> None:
    (tmp_path / "blocked.json").write_text('[{"idType": "phone", "equals": ["+13170000000"]}]')
    axes = {"policies.blocked": [[], "@blocked.json"], "policies.protect": [[], ["email"]], "email.limit": [100, 2]}
    (tmp_path / "grid.json").write_text(json.dumps({"axes": axes}))
    grid = read_grid(tmp_path / "grid.json")
    found = sweep(SHARED, grid)
    profiles = {tuple(map(str, row.values.values())): row.measures.profiles for row in found.rows}
    assert profiles["[]", "[]", "100"] == profiles["[]", "[]", "2"] == 1
    assert profiles["[]", "['email']", "2"] == 5
    assert {number for values, number in profiles.items() if values[0] == "@blocked.json"} == {6}
    for row in found.rows:
        run = replay(SHARED, row.setting.settings, **row.setting.options)
        assert run.summary.profiles == row.measures.profiles
        assert Settings.from_json(row.setting.to_json()) == row.setting.settings
    assert "@blocked.json" in found.to_csv()


def test_the_first_suspects_are_values_of_the_axis_of_blocked_values(tmp_path: Path) -> None:
    history = read_history(path("history.jsonl"))
    today, options = load_settings(path("baseline.json"))
    base = today.with_policies(Policies(blocked=[{"equals": ["nobody"]}]))
    axes = {"policies.blocked": [[], "suspects:3", "suspects:10"], "phone.limit": [100, 2]}
    for truth in (None, path("history.jsonl.truth.csv")):
        found = sweep(history, Grid(base, options, axes), truth, out=tmp_path)
        assert [row.values["policies.blocked"] for row in found.rows[::2]] == axes["policies.blocked"]
        listed = suspects(history, base, **options)
        for row in found.rows:
            number = {"suspects:3": 3, "suspects:10": 10}.get(str(row.values["policies.blocked"]))
            expected = () if number is None else (*base.policies.blocked, *listed.blocked(number))
            assert row.setting.settings.policies.blocked == expected
            assert (
                row.measures.profiles == replay(history, row.setting.settings, **row.setting.options).summary.profiles
            )
            assert Settings.from_json(row.setting.to_json()) == row.setting.settings
        assert sweep(history, Grid(base, options, axes), truth, out=tmp_path).replayed == 0
    assert "suspects:10" in found.to_csv()


def test_a_budget_may_draw_suspects_and_a_history_without_any_blocks_none() -> None:
    axes = {"policies.blocked": ["suspects:2", "suspects:1"], "phone.limit": [1, 2, 3]}
    found = sweep(iter(SHARED), Grid.from_json({"axes": axes}, budget=4, seed=3))
    for row in found.rows:
        [entry] = row.setting.settings.policies.blocked[:1]
        assert entry == Blocked(id_type="phone", equals=["+13170000000"])
    [row, *_] = sweep([{"op": "settings", "settings": {}}], Grid.from_json({"axes": axes})).rows
    assert row.setting.settings.policies.blocked == ()


@pytest.mark.parametrize("value", ["suspects:", "suspects:0", "suspects:ten", "suspects:10001", "suspects:\u0662"])
def test_a_number_of_suspects_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InvalidSettings, match=r"axes\.policies\.blocked: .*suspects:N, N from 1 to 10,000"):
        Grid.from_json({"axes": {"policies.blocked": [value]}})
    with pytest.raises(InvalidSettings, match=r"axes\.policies\.protect"):
        Grid.from_json({"axes": {"policies.protect": ["suspects:1"]}})


def test_what_one_axis_forbids_another_may_allow() -> None:
    base = Settings.defaults().with_policies(Policies(protect="*"))
    axes = {"phone.enforceUnique": [False], "policies.protect": [[]]}
    [setting] = Grid(base, {}, axes)
    assert not setting.settings.policies


BAD_POLICIES: list[tuple[dict[str, Any], str]] = [
    ({"policies.protect": [["fax"]]}, r"axes\.policies\.protect: \['fax'\] is not allowed"),
    ({"policies.misfit": ["shove"]}, r"axes\.policies\.misfit: 'shove'"),
    ({"policies.blocked": [[{"matches": "("}]]}, r"axes\.policies\.blocked: "),
    ({"policies.caps": [{"identifiers": 0}], "phone.limit": [1]}, r"axes\.policies\.caps: "),
    ({"policies.protect": ["*"], "phone.enforceUnique": [False]}, r"axes\.policies\.protect: '\*'"),
    ({"policies.protekt": [[]]}, r"did you mean 'policies\.protect'"),
]


@pytest.mark.parametrize(("axes", "message"), BAD_POLICIES)
def test_a_policy_that_is_none_is_refused_with_its_axis(axes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSettings, match=message):
        Grid.from_json({"axes": axes})


def test_an_axis_that_does_not_fit_the_policies_of_the_base_is_named() -> None:
    base = Settings.defaults().with_policies(Policies(protect="*"))
    with pytest.raises(InvalidSettings, match=r"axes\.phone\.enforceUnique: False"):
        Grid(base, {}, {"phone.enforceUnique": [False]})


def test_a_file_of_policies_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Grid.from_json({"axes": {"policies.blocked": ["@nowhere.json"]}}, folder=tmp_path)


# A budget

WIDE = {f"{name}.limit": list(range(1, 31)) for name in ("phone", "email", "chat")} | {
    "policies.protect": [[], ["phone"], ["email"], "*"],
    "phone.enforceUnique": [True, False],
}


def test_a_budget_draws_different_combinations_of_a_grid_of_any_size_the_same_for_the_same_seed() -> None:
    drawn = Grid.from_json({"axes": WIDE}, budget=25, seed=7)
    again = Grid.from_json({"axes": WIDE}, budget=25, seed=7)
    other = Grid.from_json({"axes": WIDE}, budget=25, seed=8)
    assert [each.values for each in drawn] == [each.values for each in again] != [each.values for each in other]
    assert [each.number for each in drawn] == list(range(1, 26))
    assert len({msgspec.json.encode(each.values) for each in drawn}) == 25
    for each in drawn:  # protection and a type that is not unique exclude each other, and are passed over
        assert each.values["policies.protect"] == [] or each.values["phone.enforceUnique"] is True
    found = sweep(SHARED, drawn, {"r0": "ada", "r1": "bob"})
    assert [row.number for row in found.rows] == list(range(1, 26))
    assert found.front


def test_a_budget_takes_all_of_a_small_grid_in_its_order() -> None:
    axes = {"phone.limit": [1, 2], "email.limit": [3, 4, 5]}
    everything = [each.values for each in Grid.from_json({"axes": axes})]
    assert [each.values for each in Grid.from_json({"axes": axes}, budget=100)] == everything


def test_a_budget_of_which_nothing_is_valid_or_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"axes\.policies\.protect"):
        Grid.from_json({"axes": {"policies.protect": ["*"], "phone.enforceUnique": [False]}}, budget=3)
    for budget in (0, 10_001, True):
        with pytest.raises(InvalidSettings, match="budget: "):
            Grid.from_json({"axes": {"phone.limit": [1]}}, budget=budget)


def test_how_much_hangs_on_order_is_measured_setting_by_setting_with_progress() -> None:
    lines = [
        {"identifiers": {"email": f"{number % 3}@example.com", "phone": f"+1317555678{number % 4}"}}
        for number in range(9)
    ]
    found, seen = sweep(lines, {"axes": {"matchingRules": [["email"], ["email", "phone"]]}}), list[tuple[int, int]]()
    measured = with_moved(lines, found, permutations=2, progress=lambda done, of: seen.append((done, of)))
    assert set(measured.moved) == {row.number for row in found.leading}
    assert seen == [(done, len(found.leading)) for done in range(1, len(found.leading) + 1)]
