"""What the page knows of each group: who presented what, who holds it, what became of it."""

from pathlib import Path
from typing import Any

from resolver import ApplySettings, Settings
from resolver.reference import Reference
from resolver.report.groups import Group
from resolver.simulate import compare, load_run, replay
from tests.report.pages import groups_in, runs_of
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings

CARA: dict[str, Any] = {"ref": "cara", "at": 3, "identifiers": {"email": "cara@example.com"}}


def groups(lines: list[Any], baseline: Settings, candidate: Settings, **options: Any) -> list[Group]:
    return groups_in(*runs_of(lines, baseline, candidate, **options))


def fates(group: Group) -> dict[str, Any]:
    return {
        each.value: [None if fate is None else (fate.what, fate.line, fate.reason) for fate in each.fates]
        for each in group.identifiers
    }


def test_an_identifier_in_two_writings_is_one() -> None:
    other = {**BOB, "identifiers": {**BOB["identifiers"], "phone": "+1 (317) 555 6789"}}
    (group,) = groups([ADA, other], settings(), SHARED_PHONE)
    phones = [n for n, each in enumerate(group.identifiers) if each.id_type == "phone"]
    assert [group.identifiers[n].value for n in phones] == ["+13175556789"]
    assert [(record, line, sides) for record, each, line, sides in group.presented if each in phones] == [
        (0, 1, 3),
        (1, 2, 3),
    ]


def test_under_settings_that_change_an_identifier_is_seen_as_it_was_stored_then() -> None:
    plain = settings(email={"normalization": "none"}, phone={"normalization": "none", "enforceUnique": False})
    eve = {"ref": "eve", "at": 4, "identifiers": {"phone": "317-555-6789"}}
    (group,) = groups([ADA, BOB, ApplySettings(plain, 3), eve], settings(), SHARED_PHONE)
    assert {
        (group.refs[record], group.identifiers[place].value, line, sides)
        for record, place, line, sides in group.presented
        if group.identifiers[place].id_type == "phone"
    } == {("ada", "+13175556789", 1, 3), ("bob", "+13175556789", 2, 3)}


def test_what_a_command_adds_to_a_named_record_was_presented_by_that_record() -> None:
    add = {"op": "add", "at": 3, "profile": "ref:bob", "idType": "email", "value": "bobby@example.com"}
    (group,) = groups([ADA, BOB, add], settings(), SHARED_PHONE)
    place = next(n for n, each in enumerate(group.identifiers) if each.value == "bobby@example.com")
    assert [(1, place, 3, 3)] == [each for each in group.presented if each[1] == place]


def test_what_a_command_adds_to_a_profile_named_by_its_id_was_presented_by_no_record(tmp_path: Path) -> None:
    profile = replay([ADA, BOB], settings()).assignments["bob"]
    add = {"op": "add", "at": 3, "profile": profile, "idType": "email", "value": "bobby@example.com"}
    again = {"op": "add", "at": 4, "profile": profile, "idType": "email", "value": "no address"}
    nobody = {"op": "erase", "at": 5, "identifiers": {"email": "nobody@example.com"}}
    lines = [ADA, BOB, add, again, again, nobody]
    runs = [replay(lines, each) for each in (settings(), SHARED_PHONE)]
    for place, run in enumerate(runs):
        run.save(tmp_path / str(place))
    loaded = [load_run(tmp_path / str(place)) for place in range(2)]
    one_by_one = [replay(lines, run.settings, engine=Reference) for run in runs]
    for one, other in (runs, loaded, one_by_one):
        (group,) = groups_in(compare(one, other), one, other)
        assert "bobby@example.com" not in [each.value for each in group.identifiers]


def test_a_value_that_left_is_told_with_its_line_and_reason() -> None:
    lines = [
        ADA,
        BOB,
        {"op": "replace", "at": 3, "profile": "ref:ada", "idType": "email", "old": "ada@example.com", "new": "a@b.com"},
        {"op": "add", "at": 4, "profile": "ref:bob", "idType": "phone", "value": "317-555-6700"},
        {"op": "add", "at": 5, "profile": "ref:bob", "idType": "email", "value": "no address"},
    ]
    (group,) = groups(lines, settings(phone={"limit": 1}), settings(phone={"limit": 1, "enforceUnique": False}))
    told = fates(group)
    assert told["ada@example.com"] == [("removed", 3, "replaced"), ("removed", 3, "replaced")]
    assert told["+13175556789"] == [("evicted", 4, "fifo limit"), None]
    assert told["no address"] == [("refused", 5, "invalid"), ("refused", 5, "invalid")]


def test_an_unreadable_value_that_is_kept_is_seen_as_it_is_stored() -> None:
    lines = [ADA, {**BOB, "identifiers": {"phone": "317-555-6789", "email": "  not an address "}}]
    (group,) = groups(lines, settings(), SHARED_PHONE, on_invalid="keep")
    kept = next(each for each in group.identifiers if "not" in each.value)
    assert (kept.value, kept.holders) == ("not an address", ([0], [1]))


def test_merges_name_the_records_that_created_the_profiles() -> None:
    join = {"ref": "join", "at": 4, "identifiers": {"email": ["ada@example.com", "cara@example.com"]}}
    candidate = settings(["phone"], email={"enforceUnique": False})
    (group,) = groups([ADA, CARA, join], settings(), candidate)
    (merge,) = group.merges[0]
    assert (merge.line, merge.survivor, merge.absorbed, merge.rule) == (3, "ada", ("cara",), "email")
    assert group.merges[1] == []


def test_a_joined_group_comes_after_the_split_ones() -> None:
    lines = [
        ADA,
        BOB,
        {"ref": "x", "at": 3, "identifiers": {"phone": "p"}},
        {"ref": "y", "at": 4, "identifiers": {"phone": "p"}},
    ]
    trim = {"normalization": "trim"}
    low = settings(["email"], phone={**trim, "enforceUnique": False})
    found = groups(
        [*lines, {"ref": "z", "at": 5, "identifiers": {"email": ["ada@example.com", "bob@example.com"]}}],
        low,
        settings(phone=trim),
    )
    assert [group.kind for group in found] == ["joined"]


def test_a_profile_says_how_many_records_it_has_beyond_the_group() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"email": "x@example.com", "phone": "317-555-0001"}},
        {"ref": "b", "at": 2, "identifiers": {"email": "x@example.com", "phone": "317-555-0002"}},
        {"ref": "c", "at": 3, "identifiers": {"phone": "317-555-0002"}},
    ]
    by_email = settings(["email"], phone={"enforceUnique": False})
    by_phone = settings(["phone"], email={"enforceUnique": False})
    split, joined = groups(lines, by_email, by_phone)
    assert (split.kind, list(split.refs), split.others) == ("split", ["a", "b"], ([0], [0, 1]))
    assert (joined.kind, list(joined.refs), joined.others) == ("joined", ["b", "c"], ([1, 0], [0]))


def test_sorted_runs_name_lines_of_the_file(tmp_path: Any) -> None:
    from resolver.simulate import compare, read_history, replay

    file = tmp_path / "h.jsonl"
    file.write_text(
        '{"ref":"bob","at":2,"identifiers":{"email":"bob@example.com","phone":"317-555-6789"}}\n'
        '{"ref":"ada","at":1,"identifiers":{"email":"ada@example.com","phone":"317-555-6789"}}\n'
    )
    history = read_history(file, sort=True)
    runs = replay(history, settings()), replay(history, SHARED_PHONE)
    (group,) = groups_in(compare(*runs), *runs)
    assert {(group.refs[record], line) for record, _, line, _ in group.presented} == {("ada", 2), ("bob", 1)}
