import gc
import itertools
from pathlib import Path
from typing import Any

import pytest

from resolver import (
    AddIdentifier,
    ApplySettings,
    Engine,
    IdentifierAdded,
    IdentifierRefused,
    InvalidHistory,
    InvalidSettings,
    Policies,
    ProfileCreated,
    Resolve,
    Settings,
)
from resolver.columns.numbered import Numbered
from resolver.facts import encode_fact
from resolver.history import FORMATS
from resolver.reference import Reference
from resolver.simulate import load_run, read_history, replay
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.rejection_reasons import HINTS, Met, Reading, hint_for
from resolver.simulate.replay import Replayed
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings


def write(folder: Path, *lines: str) -> Path:
    path = folder / "history.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


BAD_LINES = [
    ('{"identifiers": ', "broken JSON", "InvalidCommand"),
    ('{"op": "frobnicate"}', "unknown op", "InvalidCommand"),
    ('{"op": "add", "profile": "ref:ada", "idType": "email"}', "missing field", "InvalidCommand"),
    ('{"at": "yesterday", "identifiers": {"email": "x@example.com"}}', "unreadable time", "InvalidTime"),
    ('{"at": "2026-01-01T00:00:00", "identifiers": {"email": "x@example.com"}}', "naive time", "InvalidTime"),
    ('{"op": "delete", "profile": "ref:nobody"}', "unknown profile", "ProfileNotFound"),
    ('{"op": "delete", "profile": "mem_profile_none"}', "unknown profile", "ProfileNotFound"),
    ('{"identifiers": {"email": "nothing"}}', "invalid identifier", "InvalidIdentifier"),
    ('{"identifiers": {"fax": "1"}}', "unknown idType", "UnknownIdentifierType"),
    (
        '{"op": "remove", "profile": "ref:ada", "idType": "whatsapp"}',
        "identifier not found",
        "IdentifierNotFound",
    ),
]


@pytest.mark.parametrize(("bad", "reason", "error"), BAD_LINES)
def test_a_bad_line_is_counted_and_kept_and_never_stops_the_run(
    tmp_path: Path, bad: str, reason: str, error: str
) -> None:
    ada = '{"ref": "ada", "at": 1, "identifiers": {"email": "ada@example.com"}}'
    run = replay(read_history(write(tmp_path, ada, bad, '{"identifiers": {"email": "bob@example.com"}}')))
    assert (run.summary.lines, run.summary.applied, run.summary.rejected) == (3, 2, 1)
    (rejection,) = run.rejected
    assert (rejection.line, rejection.reason, rejection.error, rejection.raw) == (2, reason, error, bad)
    assert rejection.detail
    most = run.summary.most_frequent_rejection
    assert most is not None
    assert (most.reason, most.count) == (reason, 1)
    assert most.cure
    assert list(run.assignments) == ["ada", "line:3"]


def test_a_dropped_identifier_is_reported_and_its_line_counts_as_applied() -> None:
    run = replay([{"identifiers": {"phone": "n/a", "email": "ada@example.com"}}])
    assert (run.summary.applied, run.summary.rejected, run.summary.dropped_identifiers) == (1, 0, 1)
    (rejection,) = run.rejected
    assert (rejection.line, rejection.id_type, rejection.value, rejection.raw) == (1, "phone", "n/a", None)
    assert "phone" in rejection.detail


def test_invalid_identifiers_refuse_the_line_when_told_so() -> None:
    run = replay([{"identifiers": {"phone": "n/a", "email": "ada@example.com"}}], on_invalid="refuse")
    assert (run.summary.applied, run.summary.rejected, run.summary.dropped_identifiers) == (0, 1, 0)


def test_facts_and_rejections_can_be_read_again_and_again() -> None:
    run = replay([ADA, {"op": "nope"}, BOB])
    assert list(run.facts) == list(run.facts)
    assert list(run.rejected) == list(run.rejected)
    assert len(list(run.facts)) == 4


def test_facts_name_the_line_and_folding_them_gives_the_same_store() -> None:
    run = replay([{"op": "nope"}, ADA, BOB])
    assert [fact.command for fact in run.facts] == [2, 2, 2, 3]
    copy = Engine(on_invalid="drop")
    copy.fold(run.facts)
    assert copy.snapshot() == run.engine.snapshot()


def test_a_replay_gives_the_facts_of_the_same_commands_executed_one_by_one() -> None:
    run = replay([ADA, BOB])
    engine = Engine(on_invalid="drop")
    facts = [fact for line in (ADA, BOB) for fact in engine.execute(Resolve(line["identifiers"], line["at"])).facts]
    assert list(run.facts) == facts


def test_a_ref_names_the_profile_of_its_latest_line() -> None:
    run = replay(
        [
            {"ref": "r", "at": 1, "identifiers": {"email": "a@example.com"}},
            {"ref": "r", "at": 2, "identifiers": {"email": "b@example.com"}},
            {"op": "add", "profile": "ref:r", "idType": "phone", "value": "317-555-6789"},
        ]
    )
    assert run.engine.lookup("phone", "317-555-6789").profile_ids == (run.assignments["r"],)
    assert run.engine.lookup("email", "b@example.com").profile_ids == (run.assignments["r"],)
    assert run.summary.refs_in_several_profiles == 1


def test_a_ref_that_came_back_is_in_one_profile_once_its_profiles_merged() -> None:
    lines = [
        {"ref": "r", "identifiers": {"email": "a@example.com"}},
        {"ref": "r", "identifiers": {"email": "b@example.com"}},
        {"ref": "s", "identifiers": {"email": ["a@example.com", "b@example.com"]}},
    ]
    run = replay(lines)
    assert run.summary.refs_in_several_profiles == 0
    assert run.assignments["r"] == run.assignments["s"]


def test_a_line_names_its_profile_by_the_id_that_a_line_gave_it() -> None:
    run = replay(
        [
            {"newProfile": "mine", "identifiers": {"email": "a@example.com"}},
            {"op": "add", "profile": "mine", "idType": "email", "value": "b@example.com"},
        ]
    )
    assert run.engine.identifiers("mine") == {"email": ("a@example.com", "b@example.com")}


def test_only_resolve_lines_get_a_ref_of_their_own() -> None:
    run = replay(
        [
            ADA,
            {"op": "add", "profile": "ref:ada", "idType": "chat", "value": "x"},
            {"identifiers": {"chat": "y"}},
        ]
    )
    assert list(run.assignments) == ["ada", "line:3"]


def test_a_ref_of_a_deleted_profile_is_counted_and_not_assigned() -> None:
    run = replay([ADA, {"op": "delete", "profile": "ref:ada"}])
    assert dict(run.assignments) == {}
    assert run.summary.refs_of_deleted_profiles == 1
    assert run.summary.deleted == 1


def test_sorted_lines_are_replayed_by_time_and_facts_still_name_their_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '{"ref": "late", "at": 9, "identifiers": {"email": "a@example.com", "phone": "317-555-6789"}}',
        '{"op": "nope"}',
        '{"ref": "early", "at": 5, "identifiers": {"email": "a@example.com"}}',
    )
    run = replay(read_history(path, sort=True))
    assert [(type(fact), fact.command) for fact in itertools.islice(run.facts, 1)] == [(ProfileCreated, 3)]
    assert {fact.command for fact in run.facts} == {1, 3}
    assert run.summary.out_of_time_order == 0
    assert replay(read_history(path)).summary.out_of_time_order == 1


def test_facts_of_sorted_lines_that_suppress_people_name_their_line_too(tmp_path: Path) -> None:
    email = '"identifiers": {"email": "a@example.com"}}'
    people = '{"op": "erase", "suppress": true, "at": 5, '
    path = write(
        tmp_path,
        '{"op": "unsuppress", "at": 9, ' + email,
        '{"ref": "a", "at": 1, ' + email,
        people + email,
        '{"op": "suppress", "at": 7, "identifiers": {"email": ["b@example.com", "c@example.com"]}}',
    )
    run = replay(read_history(path, sort=True))
    run.save(tmp_path / "run")
    one_by_one = replay(read_history(path, sort=True), engine=lambda *given, **options: Engine(*given, **options))
    for each in (run, load_run(tmp_path / "run"), one_by_one):
        assert [fact.command for fact in each.facts] == [2, 2, 3, 3, 4, 4, 1]
        assert [fact.command for fact in each.numbered_facts] == [1, 1, 2, 2, 3, 3, 4]
        assert [fact.command for step in each.steps() for fact in step.facts] == [1, 1, 2, 2, 3, 3, 4]


def test_commands_serve_as_a_history_and_settings_may_change_in_it() -> None:
    run = replay(
        [
            Resolve({"email": "a@example.com"}, 1),
            ApplySettings(SHARED_PHONE, 2),
            Resolve({"email": "b@example.com"}, 3, "mine"),
            AddIdentifier("ref:line:1", "phone", "317-555-6789", 4),
            AddIdentifier("mine", "phone", "317-555-6789", 5),
            Resolve({"email": "c@example.com", "phone": "n/a"}, 6),
        ]
    )
    assert run.summary.profiles == 3
    assert run.summary.settings["version"] == 2
    assert run.summary.rejected == 0
    assert SettingsVersion.of(run) == [2]


class SettingsVersion:
    @staticmethod
    def of(run: Any) -> list[int]:
        return [fact.settings.version for fact in run.facts if hasattr(fact, "settings")]


def test_columns_that_are_no_idtype_of_the_settings_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("ref,at,email,shoe_size\na,1,a@example.com,43\n", encoding="utf-8")
    run = replay(read_history(path))
    assert run.summary.applied == 1
    assert run.summary.ignored_columns == ("shoe_size",)


def test_progress_is_told_at_the_end_and_now_and_then() -> None:
    told: list[tuple[int, int | None, int | None]] = []
    replay(({"identifiers": {"chat": str(n)}} for n in range(2500)), progress=lambda *args: told.append(args))
    assert [lines for lines, _, _ in told] == [1000, 2000, 2500]


def test_progress_of_a_file_tells_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, '{"identifiers": {"email": "a@example.com"}}')
    told: list[tuple[int, int | None, int | None]] = []
    replay(read_history(path), progress=lambda *args: told.append(args))
    assert told == [(1, path.stat().st_size, path.stat().st_size)]


def test_values_that_utf8_cannot_hold_are_kept_and_reported() -> None:
    strange = "\ud800x"
    run = replay([{"identifiers": {"chat": strange, "phone": strange}}])
    assert run.engine.lookup("chat", strange).profile_ids
    assert [fact.value for fact in run.facts if isinstance(fact, IdentifierAdded | IdentifierRefused)] == [
        strange,
        strange,
    ]
    assert [rejection.value for rejection in run.rejected] == ["\\ud800x"]
    assert all(encode_fact(fact) for fact in run.facts)


def test_a_value_of_any_type_can_be_reported() -> None:
    values: list[Any] = [object(), {"a", "b"}, "317-555-6789"]
    run = replay([Resolve({"phone": values}, 1)])
    refused = [fact.value for fact in run.facts if isinstance(fact, IdentifierRefused)]
    assert refused == ["<object>", "<set>"]


def test_the_summary_reads_by_attribute_and_by_the_files_key() -> None:
    summary = replay([ADA, BOB], settings()).summary
    assert summary["largestProfile"] == summary.largest_profile == summary["largest_profile"] == 3
    assert summary.to_json()["versions"] == summary.versions
    with pytest.raises(KeyError):
        summary["nope"]


def test_options_are_those_of_the_engine_and_are_named_in_the_summary() -> None:
    run = replay([{"identifiers": {"phone": "020 7946 0018"}}], default_region="GB", match="first")
    assert run.summary.options == {"match": "first", "onInvalid": "drop", "defaultRegion": "GB"}
    assert run.engine.lookup("phone", "+442079460018").profile_ids
    with pytest.raises(InvalidSettings):
        replay([], default_region="Atlantis")


def test_an_unreadable_history_ends_the_run_and_leaves_no_files(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl.gz"
    path.write_bytes(b"\x1f\x8b no gzip")
    with pytest.raises(InvalidHistory):
        replay(read_history(path))


def test_a_runs_files_last_as_long_as_the_run() -> None:
    run = replay([ADA, {"op": "nope"}])
    assert isinstance(run.source, ColumnSource)
    assert isinstance(run.source.rest, Replayed)
    assert run.source.rest.log is not None
    folder = run.source.rest.log.path
    facts = run.facts
    assert folder.is_dir()
    assert repr(run) == "<Run: 1 of 2 lines applied, 1 profiles>"
    del run, facts
    gc.collect()
    assert not folder.exists()


def test_the_name_of_a_file_is_no_history() -> None:
    with pytest.raises(InvalidHistory, match=r"expected read_history\('h\.jsonl'\)"):
        replay("h.jsonl")


def test_settings_default_to_those_of_a_new_store() -> None:
    assert replay([]).summary.settings == Settings.defaults().to_json()


def test_a_line_without_identifiers_has_a_reason_and_a_hint_of_its_own() -> None:
    most = replay([{"identifiers": {}}]).summary.most_frequent_rejection
    assert most is not None
    assert (most.reason, most.cure) == ("no identifier", "identifiers needs a value of a configured idType")


def test_a_hint_fits_the_format_and_what_was_given(tmp_path: Path) -> None:
    table = tmp_path / "h.csv"
    table.write_text("ref,at,name\n1,soon,x\n")
    history = read_history(table, at_unit="s", sort=True, columns={"email": "name"})
    assert history.options == {"at_unit", "sort", "columns"}
    most = replay(history, default_region="GB").summary.most_frequent_rejection
    assert most is not None
    assert "--map at=COLUMN" in most.cure
    assert "--at-unit" not in most.cure


@pytest.mark.parametrize("on_invalid", ["drop", "refuse"])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"phone": "PHONE"},
            "export column 'PHONE' as text, where phone numbers were written as floats (3175556789.0)",
        ),
        ({"phone": ["PHONE[|]", "MOBILE"]}, "export columns 'PHONE', 'MOBILE' as text"),
        ({"phone": "MOBILE"}, "--region RR reads national phone numbers of another region"),
    ],
)
def test_the_hint_for_numbers_written_as_floats_names_their_column(
    tmp_path: Path, on_invalid: str, suffix: str, numbered: bool, columns: dict[str, Any], expected: str
) -> None:
    table = {"PHONE": ["3175556789", "3175556789.0", "3.175556789E9"], "MOBILE": ["", "", "020 7946 0000"]}
    table["email"] = ["a@b.cc", "c@d.cc", ""]
    path = tmp_path / f"h.{suffix}"
    if suffix == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table(table), path)
    else:
        mark = "\t" if suffix == "tsv" else ","
        path.write_text("\n".join(map(mark.join, [tuple(table), *zip(*table.values(), strict=True)])), encoding="utf-8")
    history: Any = read_history(path, columns=columns)
    if numbered:
        history = Numbered(history, Settings.defaults().id_types).read_all()
    most = replay(history, on_invalid=on_invalid).summary.most_frequent_rejection
    assert most is not None
    assert most.reason == "invalid identifier"
    assert most.cure.startswith(expected)


def test_in_json_lines_the_hint_for_floats_names_the_id_type() -> None:
    lines = [{"identifiers": {"email": "a@b.cc", "phone": "3175556789.0", "chat": "1.0"}}]
    most = replay(lines).summary.most_frequent_rejection
    assert most is not None
    assert most.cure.startswith("export 'phone' as text, where phone numbers were written as floats (3175556789.0); ")


@pytest.mark.parametrize("reason", HINTS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_reason_has_a_hint_and_lines_are_mapped_only_if_flat(reason: str, format: str) -> None:
    every = frozenset({"at_unit", "sort", "columns", "default_region"})
    for options in (frozenset[str](), every):
        hint = hint_for(reason, Reading(format, options, met=frozenset(Met)))
        assert hint
        assert format != "jsonl" or reason == "missing field" or "--map" not in hint


def test_a_ref_of_a_deleted_profile_is_named_in_the_rejection() -> None:
    run = replay([ADA, {"op": "delete", "profile": "ref:ada"}, {"op": "delete", "profile": "ref:ada"}])
    (rejection,) = run.rejected
    assert rejection.detail == "the profile of ref 'ada' was deleted before this line"


@pytest.mark.parametrize("engine", [Engine, Reference])
def test_policies_can_be_given_beside_the_settings(engine: Any) -> None:
    lines = [{"ref": str(number), "identifiers": {"email": "info@example.com"}} for number in range(2)]
    policies = Policies.from_json({"blocked": [{"equals": ["info@example.com"]}]})
    assert replay(lines, engine=engine).summary.applied == 2
    refused = replay(lines, policies=policies, engine=engine)
    assert refused.summary.applied == 0
    assert refused.summary == replay(lines, Settings.defaults().with_policies(policies), engine=engine).summary


@pytest.mark.parametrize("engine", [Engine, Reference])
def test_what_a_line_found_before_and_after_new_settings_is_told_of_every_engine(engine: Any) -> None:
    run = replay([ADA, ApplySettings(settings(["phone"])), ADA, BOB], settings(["email"]), engine=engine)
    assert {number: [str(each.rule) for each in found] for number, found in run.matches_at([1, 3, 4]).items()}


def test_a_folder_for_rejections_is_made_with_the_first_of_them(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run = replay([{"identifiers": {"email": "ada@example.com"}}])
    assert (list(tmp_path.iterdir()), list(run.rejected)) == ([], [])
    run = replay([{"identifiers": {"email": "ada@example.com"}}, {"identifiers": {}}])
    assert len(list(tmp_path.iterdir())) == len(list(run.rejected)) == 1
    del run
    gc.collect()
    assert list(tmp_path.iterdir()) == []
