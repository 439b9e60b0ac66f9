import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import Settings
from resolver.cli import main
from resolver.commands import ApplySettings, RemoveIdentifier, Resolve
from resolver.example import path
from resolver.report.masking import Mask, masked
from resolver.simulate import health, load_settings, read_history, replay
from resolver.simulate.health import health_of_files, joining_types
from tests.simulate.lines import ADA, BOB, SHARED_PHONE
from tests.simulate.lines import settings as settings_of


def test_an_empty_run_is_healthy() -> None:
    found = health(replay([]))
    assert (found.records, found.deduplication_rate, found.joints, found.bridges) == (0, 0.0, (), ())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=9))
@settings(max_examples=60)
def test_joints_free_what_a_replay_without_them_frees(drawn: list[tuple[int, int, bool]]) -> None:
    lines = [
        {
            "ref": f"r{number}",
            "identifiers": {"email": f"e{email}@example.com"} | ({"phone": f"31755567{phone}0"} if both else {}),
        }
        for number, (email, phone, both) in enumerate(drawn)
    ]
    run = replay(lines)
    found = health(run, most=130)
    assert found.joints is not None
    freed = {(joint.id_type, joint.value): joint.freed for joint in found.joints}
    for profile_id in run.engine.profiles():
        for id_type, values in run.engine.identifiers(profile_id).items():
            for value in values:
                without = replay(lines, without=[f"{id_type}={value}"])
                left = len({run.assignments[ref] for ref in without.assignments})
                assert freed.get((id_type, value), 0) == len(without.engine) - left


def test_a_joint_names_its_pieces_and_evidence() -> None:
    lines = [
        {
            "ref": f"{side}{number}",
            "identifiers": {"chat": side, "phone": "317-555-6789"} if number == 0 else {"chat": side},
        }
        for side in "ab"
        for number in range(3)
    ]
    (bridge,) = health(replay(lines)).bridges or ()
    assert (bridge.value, bridge.sizes, bridge.refs, bridge.evidence, bridge.second) == (
        "+13175556789",
        (3, 3),
        ("a0", "b0"),
        ((1, 2, 3), (4, 5, 6)),
        3,
    )


LEO = [
    {"ref": "leo", "identifiers": {"email": "leo@example.com", "chat": "leo"}},
    {"ref": "mail", "identifiers": {"chat": "leo", "email": "no@mail@example.com"}},
]


@pytest.mark.parametrize(("on_invalid", "freed"), [("drop", 0), ("keep", 1)])
def test_a_line_whose_other_values_were_dropped_is_no_piece(on_invalid: Any, freed: int) -> None:
    run, without = (replay(LEO, on_invalid=on_invalid, without=each) for each in ([], ["chat=leo"]))
    assert len(without.engine) - len(run.engine) == freed
    assert [joint.freed for joint in health(run).joints or ()] == [freed] * freed


def test_a_command_on_a_record_that_would_not_be_there_is_no_piece() -> None:
    named = {"op": "add", "profile": "ref:first", "idType": "whatsapp", "value": "w"}
    lines: list[Any] = [{"ref": "first", "identifiers": {"chat": "leo"}}, LEO[0], named]
    assert len(replay(lines, without=["chat=leo"]).engine) == 1
    assert health(replay(lines)).joints == ()


def test_values_of_a_type_that_is_gone_from_the_settings_still_count_as_presented() -> None:
    lines: list[Any] = [
        Resolve({"email": "leo@example.com", "chat": "leo"}, 0),
        Resolve({"email": "leo@example.com", "phone": "317-555-6789"}, 0),
        Resolve({"email": "leo@example.com"}, 0),
        RemoveIdentifier("mem_profile_00000000000000000000000001", "chat", 0),
        ApplySettings(settings_of(), 0),
    ]
    (joint,) = health(replay(lines)).joints or ()
    assert (joint.value, joint.sizes) == ("leo@example.com", (2, 1))


def test_a_line_that_names_a_record_holds_to_its_line() -> None:
    lines: list[Any] = [
        ADA,
        {"op": "add", "profile": "ref:ada", "idType": "chat", "value": "x"},
        {"ref": "new", "identifiers": {"chat": "x", "email": "new@example.com"}},
        {"op": "remove", "profile": "ref:ada", "idType": "phone"},
        {"ref": "gone", "identifiers": {"email": "gone@example.com"}},
        {"op": "delete", "profile": "ref:gone"},
        {"identifiers": {"email": "ada@example.com", "phone": "212-555-0100"}},
    ]
    found = health(replay(lines))
    assert [(joint.value, joint.sizes) for joint in found.joints or ()] == [("ada@example.com", (4, 1)), ("x", (3, 1))]


def test_the_types_that_can_join_are_those_of_rules_that_can_match() -> None:
    assert joining_types(Settings.defaults()) == {"email", "whatsapp", "phone", "chat"}
    assert joining_types(SHARED_PHONE) == {"email"}
    both = settings_of(phone={"enforceUnique": False}, email={"enforceUnique": False})
    assert joining_types(both) == {"email", "phone"}
    assert joining_types(settings_of(rules=["email AND phone"])) == {"email", "phone"}


def test_what_merged_is_counted_by_type_and_value() -> None:
    lines = [ADA, {"ref": "b", "identifiers": {"email": "b@example.com"}}]
    lines += [{"ref": f"c{n}", "identifiers": {"email": ["ada@example.com", "b@example.com"]}} for n in range(2)]
    found = health(replay(lines))
    assert [(each.id_type, each.merges, each.absorbed) for each in found.collapses if each.merges] == [("email", 1, 1)]
    assert [(each.value, each.lines) for each in found.merging_values] == [
        ("ada@example.com", (3,)),
        ("b@example.com", (3,)),
    ]
    assert found.merging_value_count == 2


def test_only_the_first_lines_of_a_merging_value_are_kept() -> None:
    lines: list[Any] = []
    for number in range(5):
        lines.append({"ref": f"p{number}", "identifiers": {"phone": f"317555678{number}"}})
        lines.append({"op": "add", "profile": f"ref:p{number}", "idType": "email", "value": "all@example.com"})
        lines.append({"ref": f"q{number}", "identifiers": {"email": "all@example.com"}})
    (value,) = health(replay(lines)).merging_values
    assert (value.merges, value.lines) == (4, (5, 8, 11))


def test_the_files_of_a_replay_tell_all_but_the_joints(tmp_path: Path) -> None:
    baseline, options = load_settings(path("baseline.json"))
    arguments = ["replay", str(path("history.jsonl")), "--settings", str(path("baseline.json"))]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    told = health_of_files(tmp_path).to_json()
    found = health(replay(read_history(path("history.jsonl")), baseline, **options)).to_json()
    assert (told["joints"], told["bridges"]) == (None, None)
    for key in ("joints", "bridges", "jointCount", "bridgeCount", "sharedValues", "sharedValueCount", "lookedForAll"):
        del told[key], found[key]
    assert [told.pop(key) for key in ("jointsReplayed", "replayLines")] == [False, 0]
    assert [found.pop(key) for key in ("jointsReplayed", "replayLines")] == [True, 200_000]
    assert all(not each.pop("values") for each in told["largest"])
    assert all(each.pop("values") for each in found["largest"])
    assert told == found


def test_a_directory_that_is_no_replay_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no profiles\.jsonl, facts\.jsonl, summary\.json"):
        health_of_files(tmp_path)
    main(["replay", str(path("history.jsonl")), "--out", str(tmp_path)])
    (tmp_path / "facts.jsonl").write_text('{"fact": "Nothing"}\n')
    with pytest.raises(ValueError, match=r"facts\.jsonl: line 1: "):
        health_of_files(tmp_path)
    (tmp_path / "profiles.jsonl").write_text("{\n")
    with pytest.raises(ValueError, match=r"profiles\.jsonl: line 1: "):
        health_of_files(tmp_path)


def test_articulation_points_are_those_of_networkx() -> None:
    baseline, options = load_settings(path("baseline.json"))
    run = replay(read_history(path("history.jsonl")), baseline, **options)
    found = health(run, most=10_000)
    graph: nx.Graph[Any] = nx.Graph()
    for step in run.steps():
        for id_type, raw in step.given:
            try:
                graph.add_edge(step.line, (id_type, run.engine.lookup(id_type, raw).normalized_value))
            except ValueError:
                continue
    points = {node for node in nx.articulation_points(graph) if isinstance(node, tuple)}
    assert {(joint.id_type, joint.value) for joint in found.joints or ()} <= points
    assert json.dumps(found.to_json())


def test_a_value_that_joins_nothing_is_no_joint() -> None:
    assert health(replay([ADA, BOB], SHARED_PHONE)).joints == ()


def test_bob_and_ada_share_a_phone() -> None:
    assert [(each.value, each.freed) for each in health(replay([ADA, BOB])).joints or ()] == [("+13175556789", 1)]


ADDRESS = "12 Main Street"
HOUSE = [
    {"ref": f"r{number}", "identifiers": {"address": ADDRESS, "name": f"name {min(number, 18)}", "mail": f"m{number}"}}
    for number in range(21)
]


def of_house(*rules: str, **unique: bool) -> Settings:
    configs = [{"idType": each, "enforceUnique": unique.get(each, True)} for each in ("mail", "address", "name")]
    return Settings.from_json({"identifierConfigs": configs, "matchingRules": list(rules)})


def test_a_value_that_holds_most_records_together_is_found_though_it_never_merged_two_profiles() -> None:
    found = health(replay(HOUSE, of_house("mail", "address")))
    assert found.merging_values == ()
    (shared,) = found.shared_values or ()
    assert (shared.value, shared.records, shared.profiles) == (ADDRESS, 21, 1)
    assert shared.others == {"mail": 21, "name": 19}
    assert shared.refs == ("r0", "r1", "r2", "r3", "r4")
    (top,) = found.largest[0].values
    assert (top.id_type, top.value, top.records) == ("address", ADDRESS, 21)
    assert found.looked_for_all


def test_a_shared_value_that_is_not_unique_is_counted_over_all_profiles_and_values_that_join_nothing_are_not() -> None:
    found = health(replay(HOUSE, of_house("mail", "address AND name", address=False, name=False)), most=1)
    (shared,) = found.shared_values or ()
    assert (shared.value, shared.records, shared.profiles) == (ADDRESS, 21, 19)
    assert found.shared_value_count == 2
    assert health(replay(HOUSE, of_house("mail"))).shared_values == ()


def test_a_placeholder_that_is_kept_is_found_however_it_is_written() -> None:
    lines = [
        {"ref": f"r{number}", "identifiers": {"email": text}} for number, text in enumerate((" n/a", "n/a", "n/a "))
    ]
    (shared,) = health(replay(lines, on_invalid="keep")).shared_values or ()
    assert (shared.value, shared.records) == ("n/a", 3)


def test_the_values_of_a_fuzzy_type_are_no_joints_as_others_may_be_similar() -> None:
    fuzzy = Settings.from_json(
        {
            "identifierConfigs": [{"idType": "name", "matchingAlgo": "fuzzy"}, {"idType": "mail"}],
            "matchingRules": ["name", "mail"],
        }
    )
    lines = [
        {"ref": "a", "identifiers": {"name": "annabel", "mail": "1"}},
        {"ref": "b", "identifiers": {"name": "annabel", "mail": "2"}},
        {"ref": "c", "identifiers": {"name": "annabell", "mail": "1"}},
        {"ref": "d", "identifiers": {"name": "annabell", "mail": "2"}},
    ]
    found = health(replay(lines, fuzzy))
    assert (found.joints, found.looked_for_all) == ((), True)


def test_a_value_that_ties_by_being_similar_is_a_joint_though_one_record_alone_has_it() -> None:
    fuzzy = Settings.from_json(
        {
            "identifierConfigs": [{"idType": "name", "matchingAlgo": "fuzzy"}, {"idType": "mail"}],
            "matchingRules": ["name", "mail"],
        }
    )
    lines = [
        {"ref": "a", "identifiers": {"name": "annabel", "mail": "1"}},
        {"ref": "b", "identifiers": {"name": "annabell", "mail": "2"}},
        {"ref": "c", "identifiers": {"mail": "2"}},
    ]
    found = health(replay(lines, fuzzy))
    assert [(each.value, each.sizes) for each in found.joints or ()] == [
        ("annabel", (2, 1)),
        ("annabell", (2, 1)),
    ]


def test_each_value_of_a_pair_that_joins_two_groups_is_a_bridge() -> None:
    lines = [
        {"ref": f"{side}{number}", "identifiers": {"mail": side} | (PAIR if number == 0 else {})}
        for side in "ab"
        for number in range(2)
    ]
    found = health(replay(lines, of_house("mail", "address AND name", address=False, name=False)))
    assert [(each.value, each.sizes) for each in found.bridges or ()] == [(ADDRESS, (2, 2)), ("ann", (2, 2))]
    assert [each.value for each in found.joints or ()] == [ADDRESS, "ann"]
    assert (found.joints_replayed, found.looked_for_all, found.unsearched) == (True, True, ())


def test_a_pair_is_no_joint_where_a_value_of_their_own_joins_the_records_too() -> None:
    lines = [{"ref": ref, "identifiers": {"mail": "m", **PAIR}} for ref in "abc"]
    assert health(replay(lines, of_house("mail", "address AND name", address=False, name=False))).joints == ()


def test_without_a_value_others_may_be_evicted_no_more_and_a_joint_is_counted_with_that() -> None:
    configs = [{"idType": "mail", "limit": 1}, {"idType": "address"}, {"idType": "name"}]
    settings = Settings.from_json({"identifierConfigs": configs, "matchingRules": ["mail", "address AND name"]})
    lines = [
        {"ref": "a", "identifiers": {"mail": "1", **PAIR}},
        {"ref": "b", "identifiers": {"mail": "2", **PAIR}},
        {"ref": "c", "identifiers": {"mail": "1"}},
        {"ref": "d", "identifiers": {"mail": "2"}},
    ]
    run = replay(lines, settings)
    assert len(run.engine) == 2
    found = health(run)
    assert found.looked_for_all
    for joint in found.joints or ():
        without = replay(lines, settings, without=[f"{joint.id_type}={joint.value}"])
        assert len({without.assignments[ref] for ref in "abd" if ref in without.assignments}) == joint.freed + 1


def test_a_record_that_would_be_erased_without_a_value_is_no_piece() -> None:
    configs = [{"idType": "mail", "limit": 1}, {"idType": "address"}, {"idType": "name"}]
    settings = Settings.from_json({"identifierConfigs": configs, "matchingRules": ["mail", "address AND name"]})
    lines = [
        {"ref": "a", "identifiers": {"mail": "1", **PAIR}},
        {"ref": "b", "identifiers": {"mail": "2", **PAIR}},
        {"op": "erase", "identifiers": {"mail": "1"}},
    ]
    run = replay(lines, settings)
    assert run.assignments["a"] == run.assignments["b"]
    assert list(replay(lines, settings, without=["name=ann"]).assignments) == ["b"]
    assert health(run).joints == ()


PAIR = {"address": ADDRESS, "name": "ann"}


def test_profiles_for_which_there_were_too_few_lines_to_replay_are_said_and_more_lines_search_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [{"ref": f"p{number}", "identifiers": {"name": "ann", "address": "here"}} for number in range(9)]
    (tmp_path / "h.jsonl").write_text("".join(json.dumps(line) + "\n" for line in [*HOUSE, *pairs]))
    document = of_house("mail", "address AND name", address=False, name=False).to_json()
    (tmp_path / "s.json").write_text(json.dumps(document))
    arguments = ["health", str(tmp_path / "h.jsonl"), "--settings", str(tmp_path / "s.json"), "--show", "2"]
    assert main([*arguments, "--replay-lines", "130", "--out", str(tmp_path / "out")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    bound = "At most about 130 lines are replayed. For 1 profile, the largest that of r18 with 3 records, these were "
    assert f"{bound}not enough: there, limits, compound rules (what several values join)" in said
    assert "A larger --replay-lines searches more profiles." in said
    assert bound in (tmp_path / "out" / "health.html").read_text()
    found = json.loads((tmp_path / "out" / "health.json").read_text())
    assert (found["lookedForAll"], found["unsearchedCount"], found["unsearched"][0]["refs"][0]) == (False, 1, "r18")
    assert found["replayLines"] == 130
    assert main(arguments) == 0
    assert "not enough" not in capsys.readouterr().out


def test_a_masked_run_is_not_searched() -> None:
    lines = [{"ref": ref, "identifiers": PAIR} for ref in "ab"]
    run = replay(lines, of_house("address AND name", address=False, name=False))
    found = health(masked(run, Mask(b"key" * 8)))
    assert (found.joints, found.unsearched_count, found.replay_lines) == ((), 1, 0)
    assert found.how_joints_were_found.startswith(
        "Without replays: in 1 profile, the largest that of a with 2 records,"
    )


def test_the_joints_of_a_masked_run_under_single_rules_are_those_of_what_its_lines_have_in_common() -> None:
    run = replay([{"ref": ref, "identifiers": {"phone": "317-555-6789", "chat": ref}} for ref in "ab"])
    found = health(masked(run, Mask(b"key" * 8)))
    assert [joint.sizes for joint in found.joints or ()] == [(1, 1)]
    assert (found.joints_replayed, found.looked_for_all) == (False, True)
    assert found.how_joints_were_found.startswith("By connected components, without limits;")


@pytest.mark.parametrize(
    ("lines", "replayed"),
    [
        ([], False),
        ([{"op": "remove", "profile": "ref:b", "idType": "chat"}], True),
        ([{"ref": "z", "newProfile": "own", "identifiers": {"chat": "z"}}], True),
        ([ApplySettings(Settings.defaults())], True),
    ],
)
def test_profiles_are_replayed_only_where_something_may_be_lost_or_refused(lines: list[Any], replayed: bool) -> None:
    both = [{"ref": ref, "identifiers": {"phone": "317-555-6789", "chat": ref}} for ref in "ab"]
    found = health(replay([*both, {"ref": "c", "at": 5, "identifiers": {"chat": "a"}}, *lines]))
    assert found.joints_replayed == replayed
    assert [(joint.value, joint.freed) for joint in found.joints or ()] == [("+13175556789", 1)]


def test_what_joins_several_profiles_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "h.jsonl").write_text("".join(json.dumps(line) + "\n" for line in HOUSE))
    document = of_house("mail", "address AND name", address=False, name=False).to_json()
    (tmp_path / "s.json").write_text(json.dumps(document))
    assert main(["health", str(tmp_path / "h.jsonl"), "--settings", str(tmp_path / "s.json")]) == 0
    said = capsys.readouterr().out
    assert "  address '12 Main Street' on 21 records in 19 profiles: r0, r1, r2, r3, r4 and 16 more\n" in said
    assert "    different values of these records: 21 of mail, 19 of name\n" in said
    assert "    address '12 Main Street' on 3 of them\n" in said
    assert "  By replays of a profile's lines without the value; these figures are exact.\n" in said
    assert "  address '12 Main Street' frees 2 profiles; pieces of 1, 1, 1 lines\n" in said
