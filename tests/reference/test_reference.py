"""The reference by hand: the published example, and one small case for each rule that is easy to misread."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resolver.commands import ApplySettings, Resolve
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    InvalidTime,
    ProfileExists,
    ProfileNotFound,
    ResolverError,
    UnknownIdentifierType,
)
from resolver.facts import (
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    Lookup,
    Outcome,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import LimitPolicy, ProfileId, RefusalReason, RemovalReason, Value
from resolver.reference import Reference
from resolver.settings import IdentifierConfig, Settings

Config = IdentifierConfig


def settings(rules: list[str], **configs: dict[str, Any]) -> Settings:
    """Make settings whose types are not normalized unless they say so."""
    return Settings([Config(name, **({"normalization": "none"} | fields)) for name, fields in configs.items()], rules)


def kinds(outcome: Outcome) -> list[str]:
    return [type(fact).__name__ for fact in outcome.facts]


def new_profile(store: Reference, identifiers: Any, at: int | None = None) -> ProfileId:
    outcome = store.resolve(identifiers, at)
    assert outcome.status == "created"
    assert outcome.profile_id is not None
    return outcome.profile_id


def test_the_published_example() -> None:
    store = Reference(
        Settings(
            identifier_configs=[
                Config("email", normalization="email"),
                Config("phone", normalization="phone", limit=3, limit_policy="fifo"),
            ],
            matching_rules=["email", "phone"],
        )
    )
    a = store.resolve({"email": "Ada@Example.com"}, at=1_000)
    b = store.resolve({"phone": "(317) 555-6789"}, at=2_000)
    assert a.profile_id is not None
    assert b.profile_id is not None
    c = store.add_identifier(b.profile_id, "email", "ada@example.com", at=3_000)
    assert (c.status, c.profile_id) == ("merged", a.profile_id)
    assert store.identifiers(b.profile_id) == {"email": ("ada@example.com",), "phone": ("+13175556789",)}
    assert c.facts == (
        ProfilesMerged(3, 3_000, a.profile_id, (b.profile_id,), "collision", (("email", Value("ada@example.com")),)),
    )
    assert store.lookup("email", " ADA@example.com") == Lookup(Value("ada@example.com"), (a.profile_id,))
    assert store.aliases(a.profile_id) == (b.profile_id,)
    assert store.canonical_id(b.profile_id) == a.profile_id
    assert store.created_at(b.profile_id) == 1_000
    assert store.profiles() == (a.profile_id,)
    assert len(store) == 1
    assert b.profile_id in store


def test_identifiers_attach_in_rule_order_then_config_order() -> None:
    store = Reference(settings(["cc", "bb"], aa={}, bb={}, cc={}))
    outcome = store.resolve([("aa", "1"), ("bb", "1"), ("cc", "2"), ("cc", "1"), ("cc", "2")])
    added = [(f.id_type, f.value) for f in outcome.facts if isinstance(f, IdentifierAdded)]
    assert added == [("cc", "2"), ("cc", "1"), ("bb", "1"), ("aa", "1")]  # R4
    assert list(store.identifiers(str(outcome.profile_id))) == ["cc", "bb", "aa"]  # Q2


def test_a_merge_by_rule_names_what_joined() -> None:
    store = Reference(settings(["aa", "bb"], aa={}, bb={}))
    late = new_profile(store, {"aa": "1"}, at=9)
    early = new_profile(store, {"bb": "2"}, at=5)
    outcome = store.resolve({"bb": "2", "aa": ["1", "3"]}, at=4)
    assert outcome.facts == (
        ProfilesMerged(3, 4, early, (late,), "bb", (("aa", Value("1")), ("bb", Value("2")))),  # M1, M8
        IdentifierAdded(3, 4, early, "aa", Value("3")),
    )
    assert store.values(late, "aa") == ("3", "1")  # A4: by time
    assert store.history_of(late, "aa") == (("3", 4), ("1", 9))


def test_the_first_rule_that_matches_may_stop_the_search() -> None:
    store = Reference(settings(["aa", "bb"], aa={}, bb={}), match="first")
    one, two = new_profile(store, {"aa": "1"}), new_profile(store, {"bb": "2"})
    [merged] = store.resolve({"aa": "1", "bb": "2"}).facts
    assert merged == ProfilesMerged(3, 0, one, (two,), "collision", (("bb", Value("2")),))  # R6


def test_fifo_evicts_the_oldest_and_refuses_an_older_newcomer() -> None:
    store = Reference(settings(["aa"], aa={"limit": 1}))
    one = new_profile(store, {"aa": "1"}, at=5)
    assert store.add_identifier(one, "aa", "2", at=4).facts == (
        IdentifierRefused(2, 4, one, "aa", "2", RefusalReason.LIMIT),
    )
    assert kinds(store.add_identifier(one, "aa", "3", at=5)) == ["IdentifierAdded", "IdentifierEvicted"]
    assert store.values(one, "aa") == ("3",)
    assert store.lookup("aa", "1") == Lookup(Value("1"), ())  # I3


def test_lifo_evicts_the_most_recent_and_refuses_a_newer_newcomer() -> None:
    store = Reference(settings(["aa"], aa={"limit": 1, "limit_policy": "lifo"}))
    one = new_profile(store, {"aa": "1"}, at=5)
    assert store.add_identifier(one, "aa", "2", at=5).status == "unchanged"
    assert kinds(store.add_identifier(one, "aa", "3", at=4)) == ["IdentifierAdded", "IdentifierEvicted"]
    assert store.values(one, "aa") == ("3",)


def test_a_value_evicted_by_the_merge_is_added_again() -> None:
    store = Reference(settings(["aa", "bb"], aa={"limit": 1}, bb={}))
    one = new_profile(store, {"aa": "1"}, at=1)
    two = new_profile(store, {"aa": "2", "bb": "2"}, at=2)
    outcome = store.resolve({"aa": "1", "bb": "2"}, at=3)
    assert outcome.facts == (
        ProfilesMerged(3, 3, one, (two,), "bb", (("aa", Value("1")), ("bb", Value("2")))),
        IdentifierEvicted(3, 3, one, "aa", Value("1"), LimitPolicy.FIFO),
        IdentifierAdded(3, 3, one, "aa", Value("1")),
        IdentifierEvicted(3, 3, one, "aa", Value("2"), LimitPolicy.FIFO),
    )


def test_a_non_unique_value_merges_only_together_with_another() -> None:
    store = Reference(settings(["aa", "bb"], aa={"enforce_unique": False}, bb={"enforce_unique": False}, cc={}))
    one = new_profile(store, {"aa": "1", "cc": "1"})
    two = new_profile(store, {"aa": "1", "cc": "2"})
    assert store.add_identifier(one, "bb", "1").status == "updated"
    outcome = store.add_identifier(two, "bb", "1")
    assert outcome.facts == (
        IdentifierAdded(4, 0, two, "bb", Value("1")),
        ProfilesMerged(4, 0, one, (two,), "aa AND bb", (("aa", Value("1")), ("bb", Value("1")))),  # R7
    )


def test_a_collision_that_no_rule_allows_is_refused() -> None:
    store = Reference(settings(["aa"], aa={}, bb={}))
    one, two = new_profile(store, {"aa": "1", "bb": "1"}), new_profile(store, {"aa": "2"})
    with pytest.raises(IdentifierConflict) as refused:
        store.add_identifier(two, "bb", "1")
    assert refused.value.owner == one
    outcome = store.resolve({"aa": "2", "bb": "1"})
    assert outcome.facts == (IdentifierRefused(3, 0, two, "bb", "1", RefusalReason.CONFLICT, one),)
    with pytest.raises(IdentifierConflict):
        store.resolve({"bb": "1"}, new_profile_id=one)  # R5


def test_a_collision_merges_where_a_compound_rule_would_hold() -> None:
    store = Reference(settings(["aa AND bb", "cc"], aa={}, bb={"enforce_unique": False}, cc={}))
    one = new_profile(store, {"aa": "1", "bb": "1"})
    two = new_profile(store, {"cc": "2", "bb": "1"})
    assert store.add_identifier(two, "aa", "1").facts == (
        ProfilesMerged(3, 0, one, (two,), "collision", (("aa", Value("1")), ("bb", Value("1")))),
    )


def test_a_similar_value_merges_in_resolve_and_is_added_by_add() -> None:
    store = Reference(settings(["aa"], aa={"matching_algo": "fuzzy", "matching_threshold": 75}))
    one = new_profile(store, {"aa": "abcd"})
    assert store.resolve({"aa": "abce"}).profile_id == one  # R8: ratio 75
    two = new_profile(store, {"aa": "xyzw"})
    assert store.add_identifier(two, "aa", "abcf").status == "updated"
    assert store.lookup("aa", "abcc") == Lookup(Value("abcc"), ())


def test_replace_follows_a5() -> None:
    store = Reference(settings(["aa"], aa={"limit": 2, "normalization": "trim"}))
    one = new_profile(store, {"aa": ["1", "2"]}, at=5)
    assert store.replace_identifier(one, "aa", "1", " 1 ").status == "unchanged"
    with pytest.raises(IdentifierNotFound):
        store.replace_identifier(one, "aa", "3", "4")
    assert kinds(store.replace_identifier(one, "aa", " 1", "3", at=1)) == [
        "IdentifierRemoved",
        "IdentifierAdded",
    ]
    assert store.values(one, "aa") == ("3", "2")
    assert store.replace_identifier(one, "aa", "3", "2").facts == (
        IdentifierRemoved(4, 1, one, "aa", Value("3"), RemovalReason.REPLACED),
    )
    two = new_profile(store, {"aa": "9"}, at=6)
    assert store.replace_identifier(two, "aa", "9", "2").facts == (
        IdentifierRemoved(6, 6, two, "aa", Value("9"), RemovalReason.REPLACED),
        ProfilesMerged(6, 6, one, (two,), "collision", (("aa", Value("2")),)),
    )


def test_a_replacement_that_the_limit_refuses_changes_nothing() -> None:
    wide, narrow = (settings(["aa"], aa={"limit": n, "limit_policy": "lifo"}) for n in (2, 1))
    store = Reference(wide)
    one = new_profile(store, {"aa": ["1", "2"]})
    store.apply_settings(narrow)
    assert store.replace_identifier(one, "aa", "1", "3").facts == (
        IdentifierRefused(3, 0, one, "aa", "3", RefusalReason.LIMIT),
    )
    assert store.values(one, "aa") == ("1", "2")


def test_remove_follows_the_policy_the_name_or_all() -> None:
    store = Reference(settings(["aa", "bb"], aa={}, bb={"limit_policy": "lifo"}))
    one = new_profile(store, {"aa": ["1", "2", "3", "4"], "bb": ["1", "2"]})
    store.remove_identifier(one, "aa")
    store.remove_identifier(one, "bb")
    store.remove_identifier(one, "aa", value="3")
    assert store.identifiers(one) == {"aa": ("2", "4"), "bb": ("1",)}
    with pytest.raises(InvalidCommand):
        store.remove_identifier(one, "aa", all=True, value="2")
    assert len(store.remove_identifier(one, "aa", all=True).facts) == 2
    with pytest.raises(IdentifierNotFound):
        store.remove_identifier(one, "aa")
    with pytest.raises(UnknownIdentifierType):
        store.remove_identifier(one, "zz")


def test_a_removed_type_can_be_read_looked_up_and_removed() -> None:
    store = Reference(settings(["aa"], aa={}, bb={"limit_policy": "lifo"}))
    one = new_profile(store, {"aa": "1", "bb": ["1", "2"]})
    applied = store.apply_settings(settings(["aa"], aa={}))
    assert applied.facts == (SettingsApplied(2, 0, store.settings),)
    assert store.settings.version == 2
    assert store.identifiers(one) == {"aa": ("1",), "bb": ("1", "2")}
    assert store.lookup("bb", "2") == Lookup(Value("2"), (one,))
    with pytest.raises(UnknownIdentifierType):
        store.add_identifier(one, "bb", "3")
    store.remove_identifier(one, "bb")
    assert store.values(one, "bb") == ("2",)  # S2: as under fifo


def test_on_invalid_refuses_drops_or_keeps() -> None:
    phone = settings(["aa", "bb"], aa={"normalization": "phone"}, bb={})
    refusing, dropping, keeping = (Reference(phone, on_invalid=way) for way in ("refuse", "drop", "keep"))
    given = {"aa": " x ", "bb": "1"}
    with pytest.raises(InvalidIdentifier):
        refusing.resolve(given)
    outcome = dropping.resolve(given)
    assert outcome.facts[0] == IdentifierRefused(1, 0, None, "aa", " x ", RefusalReason.INVALID)
    assert kinds(outcome) == ["IdentifierRefused", "ProfileCreated", "IdentifierAdded"]
    with pytest.raises(InvalidIdentifier):
        dropping.resolve({"aa": "x"})
    assert dropping.add_identifier(str(outcome.profile_id), "aa", "x").status == "unchanged"
    one = new_profile(keeping, given)
    assert keeping.lookup("aa", "x") == Lookup(Value("x"), (one,))
    with pytest.raises(InvalidIdentifier):
        keeping.lookup("aa", " x ")
    with pytest.raises(IdentifierNotFound):
        keeping.remove_identifier(one, "aa", value=" x ")


def test_a_deleted_profile_is_gone_with_its_aliases() -> None:
    store = Reference(settings(["aa"], aa={}))
    one, two = new_profile(store, {"aa": "1"}), new_profile(store, {"aa": "2"})
    store.add_identifier(two, "aa", "1")
    assert store.delete_profile(two).facts == (ProfileDeleted(4, 0, one, (two,)),)
    for gone in (one, two):
        with pytest.raises(ProfileNotFound):
            store.canonical_id(gone)
        with pytest.raises(ProfileExists):
            store.resolve({"aa": "1"}, new_profile_id=gone)
    assert len(store) == 0


def test_ids_come_from_command_numbers_and_skip_used_ones() -> None:
    store = Reference(settings(["aa"], aa={}))
    second = "mem_profile_" + "0" * 25 + "2"
    assert store.resolve({"aa": "1"}, new_profile_id=second).facts[0] == ProfileCreated(1, 0, ProfileId(second))
    assert new_profile(store, {"aa": "2"}) == "mem_profile_0000000000000g000000000002"
    assert store.execute(Resolve({"aa": "3"}), number=33).profile_id == "mem_profile_" + "0" * 24 + "11"
    with pytest.raises(InvalidCommand):
        store.execute(Resolve({"aa": "4"}), number=33)


def test_time_defaults_to_the_last_applied_command() -> None:
    store = Reference(settings(["aa"], aa={}))
    berlin = datetime.fromisoformat("1970-01-01T01:00:00.001999+01:00")
    one = new_profile(store, {"aa": "1"})
    assert store.created_at(one) == 0
    store.add_identifier(one, "aa", "2", berlin)
    store.add_identifier(one, "aa", "3")
    store.add_identifier(one, "aa", "4", datetime.fromtimestamp(0, UTC) - timedelta(microseconds=1))
    assert store.history_of(one, "aa") == (("4", -1), ("1", 0), ("2", 1), ("3", 1))


@pytest.mark.parametrize("at", [True, 1.0, "0", 2**63, datetime(2026, 1, 1)])
def test_no_other_time_will_do(at: Any) -> None:
    with pytest.raises(InvalidTime):
        Reference().resolve({"email": "a@b.c"}, at=at)


@pytest.mark.parametrize(
    "command",
    [
        lambda store: store.resolve({}),
        lambda store: store.resolve({"zz": "1"}),
        lambda store: store.add_identifier("nobody", "email", "a@b.c"),
        lambda store: store.execute(ApplySettings(settings(["aa"], aa={"normalization": "own"}))),
    ],
)
def test_a_refused_command_changes_nothing(command: Callable[[Reference], Outcome]) -> None:
    store = Reference()
    with pytest.raises(ResolverError):
        command(store)
    assert store.execute(Resolve({"email": "a@b.c"})).facts[0].command == 1


def test_settings_with_an_unknown_normalization_are_refused_at_the_door() -> None:
    with pytest.raises(InvalidSettings):
        Reference(settings(["aa"], aa={"normalization": "own"}))
