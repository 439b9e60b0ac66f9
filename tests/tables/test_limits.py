"""Section 7: what leaves when a list is longer than its limit (L1, L2)."""

from typing import Any

import pytest

from resolver import Engine, IdentifierEvicted, InvalidSettings, LimitPolicy
from resolver.names import ProfileId, Value
from resolver.rules import split_at_limit
from tests.tables.stores import config, settings, shared, store, told


@pytest.mark.parametrize(
    ("values", "limit", "policy", "kept", "evicted"),
    [
        ("", 1, "fifo", "", ""),
        ("", 1, "lifo", "", ""),
        ("a", 1, "fifo", "a", ""),
        ("a", 1, "lifo", "a", ""),
        ("ab", 1, "fifo", "b", "a"),
        ("ab", 1, "lifo", "a", "b"),
        ("abc", 2, "fifo", "bc", "a"),
        ("abc", 2, "lifo", "ab", "c"),
        ("abcde", 2, "fifo", "de", "abc"),
        ("abcde", 2, "lifo", "ab", "cde"),
        ("abc", 3, "fifo", "abc", ""),
        ("abc", 3, "lifo", "abc", ""),
        ("abc", 100, "fifo", "abc", ""),
        ("abc", 100, "lifo", "abc", ""),
        ("aaa", 1, "fifo", "a", "aa"),
    ],
)
def test_l1_fifo_removes_the_first_and_lifo_the_last(
    values: str, limit: int, policy: str, kept: str, evicted: str
) -> None:
    assert split_at_limit(values, limit, policy) == (kept, evicted)
    assert split_at_limit(list(values), limit, LimitPolicy(policy)) == (list(kept), list(evicted))


@pytest.mark.parametrize("policy", ["", "FIFO", "newest", None])
def test_l1_there_is_no_third_policy(policy: Any) -> None:
    with pytest.raises(InvalidSettings, match=r"limitPolicy: .* is not allowed; expected 'fifo' or 'lifo'"):
        split_at_limit(["a"], 1, policy)


@pytest.mark.parametrize("limit", [0, -1, True, 1.0, "1", None])
def test_l1_a_limit_is_a_whole_number_from_1(limit: Any) -> None:
    with pytest.raises(InvalidSettings, match=r"limit: .* is not allowed; expected an integer >= 1"):
        split_at_limit(["a"], limit, "fifo")


def full(policy: str, limit: int = 2) -> Engine:
    """Return a store where p1 holds a and b, added at 10 and 20, and no more fit."""
    engine = store(config("email", limit=limit, limit_policy=policy), "phone")
    engine.resolve({"phone": "1"}, at=0)
    engine.add_identifier("p1", "email", "a", at=10)
    engine.add_identifier("p1", "email", "b", at=20)
    return engine


@pytest.mark.parametrize(
    ("policy", "at", "facts", "left"),
    [
        ("fifo", 30, ["p1 + email c", "p1 - email a (limit, fifo)"], ("b", "c")),
        ("fifo", 20, ["p1 + email c", "p1 - email a (limit, fifo)"], ("b", "c")),
        ("fifo", 15, ["p1 + email c", "p1 - email a (limit, fifo)"], ("c", "b")),
        ("fifo", 10, ["p1 + email c", "p1 - email a (limit, fifo)"], ("c", "b")),
        ("fifo", 9, ["p1 ! email c (limit)"], ("a", "b")),
        ("lifo", 30, ["p1 ! email c (limit)"], ("a", "b")),
        ("lifo", 20, ["p1 ! email c (limit)"], ("a", "b")),
        ("lifo", 15, ["p1 + email c", "p1 - email b (limit, lifo)"], ("a", "c")),
        ("lifo", 10, ["p1 + email c", "p1 - email b (limit, lifo)"], ("a", "c")),
        ("lifo", 9, ["p1 + email c", "p1 - email b (limit, lifo)"], ("c", "a")),
    ],
)
@pytest.mark.parametrize("how", ["add", "resolve"])
def test_l1_a_newcomer_to_a_full_list(policy: str, at: int, facts: list[str], left: tuple[str, ...], how: str) -> None:
    engine = full(policy)
    if how == "add":
        outcome = engine.add_identifier("p1", "email", "c", at=at)
    else:
        outcome = engine.resolve({"phone": "1", "email": "c"}, at=at)
    assert told(outcome) == facts
    assert outcome.status == ("unchanged" if len(facts) == 1 else "updated")
    assert engine.values("p1", "email") == left


@pytest.mark.parametrize("policy", ["fifo", "lifo"])
def test_l1_a_newcomer_that_would_leave_at_once_but_not_first_is_refused_too(policy: str) -> None:
    engine = store(config("email", limit=3, limit_policy=policy))
    for value, at in (("a", 10), ("b", 20), ("c", 30)):
        engine.resolve({"email": ["a", value]}, at=at)
    engine.apply_settings(settings(config("email", limit=1, limit_policy=policy)))
    assert told(engine.add_identifier("p1", "email", "d", at=15)) == ["p1 ! email d (limit)"]
    assert engine.values("p1", "email") == ("a", "b", "c")


def test_l1_a_merge_is_trimmed_that_leaves_one_value_too_many_in_all() -> None:
    engine = store(config("email", limit=1))
    engine.resolve({"email": "a"}, at=1)
    engine.resolve({"email": "b"}, at=2)
    assert told(engine.resolve({"email": ["b", "a"]}, at=3)) == [
        "p1 < p2 by email: email b, email a",
        "p1 - email a (limit, fifo)",
        "p1 + email a",
        "p1 - email b (limit, fifo)",
    ]
    assert engine.values("p1", "email") == ("a",)


def test_l1_a_list_that_is_not_full_takes_everyone() -> None:
    for policy in ("fifo", "lifo"):
        assert told(full(policy, limit=3).add_identifier("p1", "email", "c", at=30)) == ["p1 + email c"]


def test_l1_a_limit_is_per_profile_and_type() -> None:
    engine = store(config("email", limit=1), config("phone", limit=1))
    engine.resolve({"email": "a", "phone": "1"})
    assert told(engine.resolve({"email": "b"})) == ["created p2", "p2 + email b"]
    assert told(engine.resolve({"email": "a", "phone": "2"})) == ["p1 + phone 2", "p1 - phone 1 (limit, fifo)"]


def test_l1_a_limit_holds_within_one_command() -> None:
    engine = store(config("email", limit=2))
    assert told(engine.resolve({"email": ["a", "b", "c"]})) == [
        "created p1",
        "p1 + email a",
        "p1 + email b",
        "p1 + email c",
        "p1 - email a (limit, fifo)",
    ]
    engine = store(config("email", limit=2, limit_policy="lifo"))
    assert told(engine.resolve({"email": ["a", "b", "c"]})) == [
        "created p1",
        "p1 + email a",
        "p1 + email b",
        "p1 ! email c (limit)",
    ]


def test_l1_a_limit_counts_one_type_among_many_values() -> None:
    engine = store(config("email", limit=2), config("phone", limit=100))
    engine.resolve({"phone": [str(number) for number in range(20)], "email": "a"})
    assert told(engine.resolve({"phone": "1", "email": "b"})) == ["p1 + email b"]
    assert told(engine.resolve({"phone": "1", "email": "c"})) == [
        "p1 + email c",
        "p1 - email a (limit, fifo)",
    ]


def test_l2_an_eviction_is_a_fact_with_the_policy() -> None:
    fact = full("fifo").add_identifier("p1", "email", "c", at=30).facts[1]
    assert fact == IdentifierEvicted(
        command=4, at=30, profile_id=ProfileId("p1"), id_type="email", value=Value("a"), policy=LimitPolicy.FIFO
    )
    assert isinstance(fact, IdentifierEvicted)
    assert (fact.reason, fact.policy) == ("limit", "fifo")


def test_l2_an_evicted_value_is_free() -> None:
    engine = full("fifo")
    engine.add_identifier("p1", "email", "c", at=30)
    assert engine.lookup("email", "a").profile_ids == ()
    assert told(engine.resolve({"email": "a"}))[0] == "created p5"


def test_l2_an_evicted_value_joins_no_one_any_more() -> None:
    engine = store(shared("phone", limit=1), shared("last"))
    engine.resolve({"phone": "1", "last": "x"}, at=1)
    engine.add_identifier("p1", "phone", "2", at=2)
    assert engine.resolve({"phone": "1", "last": "x"}, at=3).profile_id == "p3"


@pytest.mark.parametrize(
    ("policy", "evicted", "left"),
    [("fifo", "ac", ("d", "b")), ("lifo", "bd", ("a", "c"))],
)
def test_l1_a_merged_list_is_trimmed(policy: str, evicted: str, left: tuple[str, ...]) -> None:
    engine = store(config("email", limit=2, limit_policy=policy), "phone")
    engine.resolve({"email": "a", "phone": "1"}, at=1)
    engine.add_identifier("p1", "email", "b", at=4)
    engine.resolve({"email": "c", "phone": "2"}, at=2)
    engine.add_identifier("p3", "email", "d", at=3)
    assert told(engine.resolve({"phone": ["1", "2"]}, at=9)) == [
        "p1 < p3 by phone: phone 1, phone 2",
        *[f"p1 - email {value} (limit, {policy})" for value in evicted],
    ]
    assert engine.values("p1", "email") == left
