"""A history replayed once more under other settings: what is as it was before, and where it cannot be tried."""

from pathlib import Path

from resolver import IdentifierConfig, Policies, Settings
from resolver.report.put_back import Before, replayable, still_moved
from resolver.simulate import compare, load_run, read_history, replay
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings


def test_a_split_group_is_back_under_the_settings_that_join_it_and_a_joined_one_under_those_that_part_it() -> None:
    together, apart = replay([ADA, BOB], settings()), replay([ADA, BOB], SHARED_PHONE)
    (split,) = compare(together, apart).split
    assert still_moved(apart, [Before.of("split", split)], (settings(), {})) == [0]
    assert still_moved(apart, [Before.of("split", split)], (SHARED_PHONE, {})) == [1]
    (joined,) = compare(apart, together).joined
    assert still_moved(together, [Before.of("joined", joined)], (SHARED_PHONE, {})) == [0]
    assert still_moved(together, [Before.of("joined", joined)], (settings(), {})) == [1]


def test_a_record_that_is_in_no_profile_any_more_is_alone() -> None:
    run = replay([ADA, BOB], settings())
    assert still_moved(run, [Before((("ada", "nobody"),))], (settings(), {})) == [1]
    assert still_moved(run, [Before((("ada",), ("nobody",)))], (settings(), {})) == [0]


def test_refs_may_be_called_otherwise_in_the_groups() -> None:
    run = replay([ADA, BOB], settings())
    assert still_moved(run, [Before((("ADA", "BOB"),))], (settings(), {}), shown=str.upper) == [0]


def test_options_beside_which_the_settings_are_none_cannot_be_tried() -> None:
    run = replay([ADA, BOB], settings().with_policies(Policies(protect=["phone"])))
    assert still_moved(run, [], (run.settings, {"match": "first"})) is None


def test_settings_that_read_other_columns_of_a_table_cannot_be_tried(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("ref,email,phone\na,a@example.com,317-555-6789\n")
    columns = (["email"], ["email", "phone"])
    email, both = (Settings([IdentifierConfig(each) for each in types], ["email"]) for types in columns)
    run = replay(read_history(tmp_path / "h.csv"), email)
    assert still_moved(run, [], (email, {})) == []
    assert still_moved(run, [], (both, {})) is None


def test_a_saved_run_and_one_that_asked_for_times_cannot_be_replayed(tmp_path: Path) -> None:
    run = replay([ADA, BOB], settings())
    run.save(tmp_path)
    assert replayable(run) is not None
    assert replayable(load_run(tmp_path)) is None
    assert still_moved(load_run(tmp_path), [], (settings(), {})) is None
    assert replayable(replay([ADA, BOB], settings(), clock=lambda: 5)) is None
