import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import resolver.graph
from resolver import IdentifierConfig, Policies, Settings
from resolver.cli import main
from resolver.example import path
from resolver.graph import identity_graph, write_graph
from resolver.simulate import read_history, replay
from tests.simulate.lines import ADA, BOB, settings

LINES: list[Any] = [
    ADA,
    {"ref": "b", "at": 2, "identifiers": {"email": "b@example.com"}},
    BOB,
    {"ref": "odd", "at": 3, "identifiers": {"email": ["b@example.com", "ada@example.com"], "phone": "n/a"}},
    {"op": "remove", "at": 4, "profile": "ref:ada", "idType": "phone"},
    {"ref": "x", "at": 5, "identifiers": {"email": "x\ud800@example.com", "phone": "317 555 0000"}},
    {"ref": "gone\x00", "at": 6, "identifiers": {"phone": "317-555-1111"}},
    {"op": "delete", "profile": "ref:gone\x00"},
]


def kinds(graph: Any) -> list[tuple[str, str, str, str]]:
    return [(one, other, data["kind"], data["rule"]) for one, other, data in graph.edges(data=True)]


def test_edges_tell_what_every_line_did() -> None:
    run = replay(LINES, settings(email={"limit": 1}))
    told = kinds(identity_graph(run))
    assert ("record:ada", "identifier:phone:+13175556789", "added", "") in told
    assert ("record:bob", "identifier:phone:+13175556789", "matched", "phone") in told
    assert ("record:odd", "identifier:phone:n/a", "refused", "") in told
    assert {kind for _, _, kind, _ in told} >= {"evicted", "removed", "holds", "created", "resolved"}
    assert ("profile", "email") in {
        (one.partition(":")[0], rule) for one, _, kind, rule in kinds(identity_graph(replay(LINES))) if kind == "merged"
    }


def test_one_profile_has_only_what_is_its_own() -> None:
    run = replay(LINES)
    for name in ("ref:ada", run.assignments["ada"]):
        graph = identity_graph(run, name)
        records = {data["ref"] for _, data in graph.nodes(data=True) if data["kind"] == "record"}
        assert records == {"ada", "b", "bob", "odd", "line:5"}


UNGROUPED = [
    {"ref": "bad", "identifiers": {"fax": "1"}},
    {"ref": "gone", "identifiers": {"chat": "gone"}},
    {"op": "delete", "profile": "ref:gone"},
]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ref:adda", "the history has no ref 'adda'; did you mean 'ada'"),
        ("ref:bad", r"ref 'bad': line \d+ was rejected \(unknown idType\)"),
        ("ref:gone", "the profile of ref 'gone' was deleted"),
        ("ada", "no profile 'ada'; expected ref: and a record"),
    ],
)
def test_a_profile_that_is_not_there_is_named(name: str, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        identity_graph(replay([*LINES, *UNGROUPED]), name)


def test_files_read_back_as_the_same_graph(tmp_path: Path) -> None:
    for graph in (identity_graph(replay(LINES)), identity_graph(replay(read_history(path("history.jsonl"))))):
        write_graph(graph, tmp_path / "g.graphml")
        write_graph(graph, tmp_path / "g.json")
        readings = [
            nx.read_graphml(tmp_path / "g.graphml", force_multigraph=True),
            nx.node_link_graph(json.loads((tmp_path / "g.json").read_text()), edges="edges"),
        ]
        for read in readings:
            assert sorted(map(str, read.nodes(data=True))) == sorted(map(str, graph.nodes(data=True)))
            assert sorted(map(str, read.edges(data=True))) == sorted(map(str, graph.edges(data=True)))


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"suffix '\.png' names no graph format; expected \.graphml or \.json"):
        write_graph(identity_graph(replay([ADA])), tmp_path / "g.png")


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = str(path("history.jsonl"))
    out = tmp_path / "new" / "g.graphml"
    assert main(["graph", history, "crm:000001", "--out", str(out)]) == 0
    assert "nodes" in capsys.readouterr().out
    assert nx.read_graphml(out).number_of_nodes() > 5
    assert main(["graph", history, "--out", str(tmp_path / "all.json")]) == 0
    assert main(["graph", history, "crm:00001", "--out", str(out)]) == 2
    assert "did you mean 'crm:000001'" in capsys.readouterr().err
    assert main(["graph", history, "--out", str(tmp_path / "g.txt")]) == 2


def test_networkx_is_loaded_only_for_a_graph() -> None:
    folder = Path(resolver.graph.__file__).parent
    for file in folder.glob("*.py"):
        assert "\nimport networkx" not in file.read_text(encoding="utf-8")


def edges(lines: list[Any], document: Settings, **options: Any) -> list[tuple[str, str, str, str]]:
    """Return (ref, identifier, kind, rule) of what the lines of b have to do with identifiers."""
    graph = identity_graph(replay(lines, document, **options))
    return [
        (one.removeprefix("record:"), other.removeprefix("identifier:"), kind, rule)
        for one, other, kind, rule in kinds(graph)
        if one == "record:b" and other.startswith("identifier:")
    ]


SHARED = {"enforceUnique": False}


def test_a_value_matches_by_the_rule_that_used_it_and_by_no_other() -> None:
    lines = [
        {"ref": "a", "identifiers": {"email": "1@example.com", "phone": "317-555-6701"}},
        {"ref": "b", "identifiers": {"email": "1@example.com", "phone": "317-555-6701"}},
    ]
    phone, email = "phone:+13175556701", "email:1@example.com"
    assert edges(lines, settings(phone=SHARED)) == [("b", email, "matched", "email"), ("b", phone, "present", "")]
    assert edges(lines, settings(rules=["email"])) == [("b", email, "matched", "email"), ("b", phone, "present", "")]
    both = settings(rules=["email AND phone"], phone=SHARED)
    assert edges(lines, both) == [
        ("b", email, "matched", "email AND phone"),
        ("b", phone, "matched", "email AND phone"),
    ]
    two = settings(rules=["email", "email AND phone"], phone=SHARED)
    assert edges(lines, two)[:2] == [("b", email, "matched", "email"), ("b", email, "matched", "email AND phone")]


def test_a_kept_value_that_cannot_be_read_matches_as_it_is_stored() -> None:
    lines = [{"ref": ref, "identifiers": {"phone": " n/a"}} for ref in "ab"]
    assert edges(lines, settings(), on_invalid="keep") == [("b", "phone:n/a", "matched", "phone")]


def test_a_similar_value_leads_to_the_one_that_it_matched() -> None:
    fuzzy = Settings.from_json(
        {"identifierConfigs": [{"idType": "name", "matchingAlgo": "fuzzy"}], "matchingRules": ["name"]}
    )
    lines = [{"ref": "a", "identifiers": {"name": "annabel"}}, {"ref": "b", "identifiers": {"name": "annabell"}}]
    assert edges(lines, fuzzy) == [("b", "name:annabell", "added", ""), ("b", "name:annabel", "matched", "name")]


def test_a_collision_matches_by_being_one() -> None:
    lines = [
        {"ref": "a", "identifiers": {"email": "1@example.com"}},
        {"ref": "b", "identifiers": {"phone": "317-555-6701"}},
        {"ref": "b", "op": "add", "profile": "ref:b", "idType": "email", "value": "1@example.com"},
    ]
    assert edges(lines, settings()) == [
        ("b", "phone:+13175556701", "added", ""),
        ("b", "email:1@example.com", "matched", "collision"),
    ]


def test_an_edge_has_a_time_where_its_line_has_one() -> None:
    lines = [ADA, {"ref": "b", "identifiers": {"email": "ada@example.com", "chat": "b"}}]
    for wanted in (None, "ref:b"):
        graph = identity_graph(replay(lines), wanted)
        times = {(data["line"], data["kind"]): data.get("at") for _, _, data in graph.edges(data=True)}
        assert times == {
            (1, "created"): 1,
            (1, "added"): 1,
            (2, "resolved"): None,
            (2, "matched"): None,
            (2, "added"): None,
            (0, "holds"): None,
        }


def test_the_graph_of_one_profile_has_the_value_that_was_moved_away_from_it_and_not_what_was_moved_to_it() -> None:
    policies = Policies(protect=["email"], misfit="move")
    document = Settings(
        [IdentifierConfig("email", limit=1), IdentifierConfig("chat")], ["email", "chat"], policies=policies
    )
    run = replay([{"ref": ref, "identifiers": {"email": f"{ref}@example.com", "chat": "x"}} for ref in "ab"], document)
    chat, whole = "identifier:chat:x", kinds(identity_graph(run))
    assert ("record:b", chat, "removed", "") in whole
    of_a, of_b = (kinds(identity_graph(run, f"ref:{ref}")) for ref in "ab")
    assert [edge for edge in of_a if edge[1] == chat] == [
        ("record:a", chat, "added", ""),
        ("record:b", chat, "removed", ""),
    ]
    assert ("record:b", chat, "removed", "") not in of_b
    assert ("record:b", chat, "added", "") in of_b
    assert set(of_a) | set(of_b) == set(whole)
