"""Section 11: times, numbers and ids."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest

from resolver import AddIdentifier, DeleteProfile, Engine, InvalidCommand, InvalidTime, ProfileExists, Resolve
from resolver.commands import AnyCommand, milliseconds
from resolver.facts import AnyFact, decode_fact, encode_fact
from resolver.ids import id_of_number, number_of, numbered_id
from tests.tables.stores import store

PROFILE_ID = re.compile(r"mem_profile_[0-7][0-9a-z]{25}")
INDIA = timezone(timedelta(hours=5, minutes=30))


class Nowhere(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (0, 0),
        (1_767_322_800_000, 1_767_322_800_000),
        (-1, -1),
        (2**62, 2**62),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1000),
        (datetime(1970, 1, 1, 5, 30, tzinfo=INDIA), 0),
        (datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC), 1_767_323_045_006),
        (datetime(1970, 1, 1, 0, 0, 0, 1_999, tzinfo=UTC), 1),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(1, 1, 1, tzinfo=UTC), -62_135_596_800_000),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), 253_402_300_799_999),
    ],
)
def test_section_11_a_time_is_an_aware_datetime_or_integer_milliseconds(at: Any, expected: int) -> None:
    assert milliseconds(at) == expected
    outcome = store("email").resolve({"email": "a"}, at=at)
    assert {fact.at for fact in outcome.facts} == {expected}


@pytest.mark.parametrize(
    "at",
    [
        True,
        False,
        1.0,
        float("nan"),
        "0",
        "2026-01-02T03:04:05Z",
        b"0",
        [],
        date(2026, 1, 2),
        timedelta(1),
        datetime(2026, 1, 2),
        datetime(2026, 1, 2, tzinfo=Nowhere()),
        2**63,
        -(2**63) - 1,
        10**30,
    ],
)
def test_section_11_anything_else_is_an_invalid_time(at: Any) -> None:
    engine = store("email")
    engine.resolve({"email": "a"}, at=7)
    before = engine.snapshot()
    with pytest.raises(InvalidTime, match=r"expected (an aware datetime|milliseconds)"):
        engine.resolve({"email": "b"}, at=at)
    with pytest.raises(InvalidTime):
        engine.preview(Resolve({"email": "b"}, at))
    assert engine.snapshot() == before


def test_section_11_a_time_left_out_is_0_at_the_start_then_that_of_the_last_applied_command() -> None:
    engine = store("email")
    assert engine.resolve({"email": "a"}).facts[0].at == 0
    engine.resolve({"email": "b"}, at=9)
    assert engine.resolve({"email": "c"}).facts[0].at == 9
    engine.resolve({"email": "a"}, at=4)  # applied, and late, and without a fact
    assert engine.resolve({"email": "d"}).facts[0].at == 4


def test_section_11_a_refused_command_does_not_move_the_time() -> None:
    engine = store("email")
    engine.resolve({"email": "a"}, at=5)
    with pytest.raises(InvalidCommand):
        engine.remove_identifier("p1", "email", at=9, all=True, value="a")
    assert engine.resolve({"email": "b"}).facts[0].at == 5


def test_section_11_the_time_of_the_last_command_is_part_of_a_snapshot() -> None:
    engine = store("email")
    engine.resolve({"email": "a"}, at=5)
    assert Engine.restore(engine.snapshot()).resolve({"email": "b"}).facts[0].at == 5


def test_section_11_an_injected_clock_goes_before_the_time_of_the_last_command() -> None:
    times = iter([100, 50, 70])
    engine = store("email", clock=lambda: next(times))
    assert engine.resolve({"email": "a"}).facts[0].at == 100
    assert engine.resolve({"email": "b"}, at=7).facts[0].at == 7
    assert engine.resolve({"email": "c"}).facts[0].at == 50
    assert engine.add_identifier("p1", "email", "d").facts[0].at == 70


@pytest.mark.parametrize("now", [1.5, None, "0", datetime(2026, 1, 2)])
def test_section_11_a_clock_that_gives_no_time_is_found_out(now: Any) -> None:
    with pytest.raises(InvalidTime):
        store("email", clock=lambda: now).resolve({"email": "a"})


def test_section_11_commands_are_applied_as_they_arrive_and_only_lists_follow_the_time() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "new", "phone": "1"}, at=100)
    late = engine.resolve({"email": "old", "phone": "1"}, at=1)
    assert late.profile_id == "p1"
    assert engine.values("p1", "email") == ("old", "new")
    assert engine.created_at("p1") == 100


# Numbers


def test_section_11_applied_commands_are_numbered_from_1() -> None:
    engine = store("email")
    numbers = [engine.resolve({"email": value}).facts[0].command for value in "abc"]
    assert numbers == [1, 2, 3]


def test_section_11_a_command_without_facts_takes_a_number_and_a_refused_one_takes_none() -> None:
    engine = store("email")
    engine.resolve({"email": "a"})
    engine.resolve({"email": "a"})
    with pytest.raises(InvalidTime):
        engine.resolve({"email": "b"}, at=1.5)  # type: ignore[arg-type]
    assert engine.resolve({"email": "b"}).facts[0].command == 3


def test_section_11_a_replay_gives_each_command_its_line() -> None:
    engine = store("email")
    for line in (3, 4, 10, 2**40):
        fact = engine.execute(Resolve({"email": str(line)}), number=line).facts[0]
        assert fact.command == line
    assert engine.resolve({"email": "x"}).facts[0].command == 2**40 + 1


@pytest.mark.parametrize("number", [5, 4, 0, -1, True, 6.0, "6"])
def test_section_11_a_number_is_an_integer_larger_than_all_before_it(number: Any) -> None:
    engine = store("email")
    engine.execute(Resolve({"email": "a"}), number=5)
    before = engine.snapshot()
    with pytest.raises(InvalidCommand, match="larger than 5"):
        engine.execute(Resolve({"email": "b"}), number=number)
    assert engine.snapshot() == before


@pytest.mark.parametrize("number", [2**63, 2**64, 2**200])
def test_section_11_a_number_that_facts_and_snapshots_cannot_hold_is_refused(number: int) -> None:
    engine = store("email")
    with pytest.raises(InvalidCommand):
        engine.execute(Resolve({"email": "a"}), number=number)
    assert len(engine) == 0


def test_section_11_the_largest_number_is_kept_like_any_other() -> None:
    engine = store("email")
    fact = engine.execute(Resolve({"email": "a"}), number=2**63 - 1).facts[0]
    assert decode_fact(encode_fact(fact)) == fact
    assert Engine.restore(engine.snapshot()).snapshot() == engine.snapshot()


def test_section_11_arrival_order_is_the_order_of_numbers_then_the_order_within_the_command() -> None:
    engine = store("phone", "email")
    engine.execute(Resolve({"phone": "1", "email": ["b", "a"]}, at=5), number=10)
    engine.execute(Resolve({"phone": "1", "email": ["d", "c"]}, at=5), number=20)
    assert engine.values("p10", "email") == ("b", "a", "d", "c")


# Ids


@pytest.mark.parametrize(
    ("number", "end"),
    [(1, "1"), (9, "9"), (10, "a"), (18, "j"), (31, "z"), (32, "10"), (1023, "zz"), (1024, "100")],
)
def test_section_11_an_id_is_the_number_of_the_creating_command_in_crockfords_base_32(number: int, end: str) -> None:
    assert numbered_id(number) == "mem_profile_" + end.rjust(26, "0")


@pytest.mark.parametrize("number", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 2**40, 2**63 - 1])
@pytest.mark.parametrize("tries", [0, 1, 2, 1000])
def test_section_11_an_id_has_the_form_of_the_api(number: int, tries: int) -> None:
    assert PROFILE_ID.fullmatch(numbered_id(number, tries))


def test_section_11_ids_of_different_numbers_and_tries_differ() -> None:
    numbers = [*range(3000), *range(2**20 - 50, 2**20 + 50), 2**40, 2**63 - 1]
    ids = {numbered_id(number, tries) for number in numbers for tries in range(3)}
    assert len(ids) == 3 * len(numbers)


def test_the_beginnings_of_ids_are_remembered_for_so_many_numbers_only() -> None:
    for number in (1, 1023, 1024, (1 << 26) - 1, 1 << 26, 1 << 62):
        assert id_of_number(number) == numbered_id(number)
        assert number_of(id_of_number(number)) == number
    assert id_of_number(1 << 26) == "mem_profile_" + "200000".rjust(26, "0")


@pytest.mark.parametrize("text", ["", "mine", "mem_profile_", "mem_profile_1", "mem_profile_" + "+1".rjust(26, "0")])
def test_a_text_that_is_no_id_of_a_number_has_none(text: str) -> None:
    assert number_of(text) == -1


def test_section_11_ids_of_ascending_numbers_ascend() -> None:
    numbers = [1, 2, 31, 32, 1023, 1024, 2**20 - 1, 2**20, 2**30]
    assert sorted(map(numbered_id, numbers)) == [numbered_id(number) for number in numbers]


def test_section_11_a_history_replayed_in_parts_gives_the_same_ids() -> None:
    whole, second_half = Engine(), Engine()
    for line, email in enumerate(("a@b.cc", "b@b.cc", "c@b.cc"), start=1):
        whole.execute(Resolve({"email": email}), number=line)
    second_half.execute(Resolve({"email": "c@b.cc"}), number=3)
    assert whole.lookup("email", "c@b.cc") == second_half.lookup("email", "c@b.cc")


def test_section_11_an_id_that_is_in_use_is_skipped() -> None:
    engine = Engine()
    engine.resolve({"email": "a@b.cc"}, new_profile_id=numbered_id(2))
    second = engine.resolve({"email": "b@b.cc"}).profile_id
    assert second == numbered_id(2, 1)
    engine.delete_profile(numbered_id(2))
    third = engine.resolve({"email": "c@b.cc"}, new_profile_id=numbered_id(5)).profile_id
    fourth = engine.resolve({"email": "d@b.cc"}).profile_id
    assert (third, fourth) == (numbered_id(5), numbered_id(5, 1))


WAYS_TO_COPY: list[Callable[[Engine, list[AnyFact]], Engine]] = [
    lambda engine, facts: engine,
    lambda engine, facts: engine.fork(),
    lambda engine, facts: Engine.restore(engine.snapshot()),
    lambda engine, facts: _folded(facts),
]


def _folded(facts: list[AnyFact]) -> Engine:
    engine = Engine()
    engine.fold(facts)
    return engine


@pytest.mark.parametrize("copied", WAYS_TO_COPY, ids=["as it is", "forked", "restored", "folded"])
@pytest.mark.parametrize("fate", ["lives", "is merged away", "is deleted"])
def test_section_11_an_id_of_a_later_number_is_skipped_whatever_became_of_it(
    copied: Callable[[Engine, list[AnyFact]], Engine], fate: str
) -> None:
    """The taken id is that of command 4; the commands before it get theirs without a look."""
    engine = Engine()
    given = Resolve({"email": "b@b.cc"}, 2, numbered_id(4))
    last: dict[str, AnyCommand] = {
        "lives": Resolve({"email": "a@b.cc"}, 3),
        "is merged away": AddIdentifier(numbered_id(4), "email", "a@b.cc", 3),
        "is deleted": DeleteProfile(numbered_id(4), 3),
    }
    commands = [Resolve({"email": "a@b.cc"}, 1), given, last[fate]]
    engine = copied(engine, [fact for command in commands for fact in engine.execute(command).facts])
    fourth = engine.execute(Resolve({"email": "d@b.cc"}, 4), number=4).profile_id
    fifth = engine.resolve({"email": "e@b.cc", "phone": "317-555-6789"}, 5).profile_id
    assert (fourth, fifth) == (numbered_id(4, 1), numbered_id(5))
    engine._check()


def test_api_an_injected_factory_gets_number_and_time_once_per_creating_command() -> None:
    calls: list[tuple[int, int]] = []

    def draw(number: int, at: int) -> str:
        calls.append((number, at))
        return f"{number} at {at}"

    engine = store("email", new_id=draw)
    assert engine.resolve({"email": "a"}, at=5).profile_id == "1 at 5"
    engine.resolve({"email": "a"}, at=6)
    assert engine.resolve({"email": "b"}, at=7).profile_id == "3 at 7"
    assert calls == [(1, 5), (3, 7)]


@pytest.mark.parametrize("new", [None, "", 5, b"id"])
def test_api_an_injected_factory_gives_text(new: Any) -> None:
    engine = store("email", new_id=lambda number, at: new)
    with pytest.raises(InvalidCommand, match="new_id gave"):
        engine.resolve({"email": "a"})
    assert len(engine) == 0


def test_api_an_injected_factory_gives_an_id_that_was_never_used() -> None:
    engine = store("email", new_id=lambda number, at: "same")
    engine.resolve({"email": "a"})
    with pytest.raises(ProfileExists, match="'same'"):
        engine.resolve({"email": "b"})
    assert len(engine) == 1


def test_api_new_profile_id_is_used_if_a_profile_is_created() -> None:
    engine = store("email")
    outcome = engine.resolve({"email": "a"}, new_profile_id="mine")
    assert (outcome.status, outcome.profile_id) == ("created", "mine")
    assert engine.resolve({"email": "b"}).profile_id == "p2"


def used(engine: Engine) -> None:
    engine.resolve({"email": "a"}, new_profile_id="living")
    engine.resolve({"email": "b"}, new_profile_id="alias")
    engine.resolve({"email": ["a", "b"]})
    engine.resolve({"email": "c"}, new_profile_id="deleted")
    engine.delete_profile("deleted")


@pytest.mark.parametrize("name", ["living", "alias", "deleted"])
def test_api_new_profile_id_that_was_ever_used_is_refused(name: str) -> None:
    engine = store("email")
    used(engine)
    before = engine.snapshot()
    with pytest.raises(ProfileExists, match=repr(name)):
        engine.resolve({"email": "x"}, new_profile_id=name)
    assert engine.snapshot() == before


@pytest.mark.parametrize("name", ["living", "alias", "deleted", "unheard of", ""])
def test_api_new_profile_id_is_ignored_if_no_profile_is_created(name: str) -> None:
    engine = store("email")
    used(engine)
    outcome = engine.resolve({"email": ["a", "x"]}, new_profile_id=name)
    assert (outcome.status, outcome.profile_id) == ("updated", "living")


@pytest.mark.parametrize("name", ["", 5, b"id", ["id"]])
def test_api_new_profile_id_is_text(name: Any) -> None:
    with pytest.raises(InvalidCommand, match="non-empty string"):
        store("email").resolve({"email": "a"}, new_profile_id=name)


@pytest.mark.parametrize("command", [None, "resolve", {"op": "resolve"}, Resolve, 5])
def test_api_only_the_six_commands_are_executed(command: Any) -> None:
    engine = store("email")
    act: Callable[[Any], Any]
    for act in (engine.execute, engine.preview):
        with pytest.raises(InvalidCommand, match="not a command"):
            act(command)


@pytest.mark.parametrize(("odd", "shown"), [(5, "5"), ("", "''"), (["a"], "['a']")])
def test_api_new_profile_id_that_is_no_text_is_named(odd: Any, shown: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        Engine().resolve({"email": "a@b.cc"}, new_profile_id=odd)
    assert str(caught.value) == f"new_profile_id {shown} is not an id; expected a non-empty string"
