"""Windows, bounds, and who yields where something does not fit (P2 to P6): input, expected, the contract's sentence."""

from typing import Any

import pytest

from resolver import Caps, Engine, IdentifierConflict, InvalidSettings, Policies, Settings
from resolver.evidence import matches
from resolver.names import Misfit, ProfileId
from resolver.reference import Reference
from tests.tables.stores import config, fuzzy, settings, shared, short_id, told

STORES = [Engine, Reference]
both = pytest.mark.parametrize("kind", STORES)

DAY = 24 * 60 * 60 * 1000


def store(kind: Any, *types: Any, rules: Any = None, **policies: Any) -> Any:
    """Open a store of *types* under policies, whose profiles are called p1, p2, ... after the creating command."""
    return kind(settings(*types, rules=rules), policies=Policies(**policies), new_id=short_id)


def one(id_type: str = "user", limit: int = 1, **fields: Any) -> Any:
    return config(id_type, limit=limit, **fields)


# What a document may say


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"windowDays": {"user": 0}}, "windowDays.user"),
        ({"windowDays": {"user": 3651}}, "windowDays.user"),
        ({"windowDays": {"user": True}}, "windowDays.user"),
        ({"windowDays": {"usr": 1}}, "windowDays.usr"),
        ({"windowDays": {"*": 1}}, "windowDays.*"),
        ({"windowDays": []}, "windowDays"),
        ({"protect": "user"}, "protect"),
        ({"protect": ["usr"]}, "protect[0]"),
        ({"protect": ["user", "user"]}, "protect[1]"),
        ({"protect": ["user", "*"]}, "protect[1]"),
        ({"protect": [5]}, "protect[0]"),
        ({"caps": []}, "caps"),
        ({"caps": {"identifier": 5}}, "caps.identifier"),
        ({"caps": {"identifiers": 0}}, "caps.identifiers"),
        ({"caps": {"identifiers": None}}, "caps.identifiers"),
        ({"caps": {"merges": -1}}, "caps.merges"),
        ({"misfit": "keep"}, "misfit"),
        ({"misfit": 5}, "misfit"),
        ({"misfit": {"user": "keep"}}, "misfit.user"),
        ({"misfit": {"usr": "move"}}, "misfit.usr"),
    ],
)
def test_c1_what_is_not_known_is_refused_with_its_place(document: Any, path: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_json({**settings("user", "mail").to_json(), "options": {"policies": document}})
    assert caught.value.path == f"options.policies.{path}"


@pytest.mark.parametrize(
    "policies", [{"protect": ["user"]}, {"caps": {"merges": 1}}, {"misfit": "share"}, {"misfit": {"user": "move"}}]
)
@pytest.mark.parametrize(
    ("types", "rules", "place"),
    [
        (("user", "mail"), ["user", "user AND mail"], 1),
        (("user", fuzzy("mail", 80)), ["user", "mail"], 1),
        ((shared("user"), "mail"), ["user", "mail"], 0),
    ],
)
def test_c2_a_joining_policy_stands_beside_rules_of_one_unique_and_exact_type(
    policies: Any, types: Any, rules: list[str], place: int
) -> None:
    with pytest.raises(InvalidSettings, match="one idType that is unique and exact") as caught:
        settings(*types, rules=rules).with_policies(Policies(**policies))
    assert caught.value.path == f"matchingRules[{place}]"
    settings(*types, rules=rules).with_policies(Policies(window_days={"user": 3}, misfit="refuse"))  # combine with all
    assert not Policies(misfit={"user": "refuse", "*": "refuse"}).joining


@both
def test_c2_a_joining_policy_stands_beside_all_rules(kind: Any) -> None:
    with pytest.raises(InvalidSettings, match=r"options\.match: 'first' is not allowed"):
        kind(settings("user"), policies=Policies(protect="*"), match="first")
    kept = kind(settings("user"), match="first")
    with pytest.raises(InvalidSettings, match=r"options\.match"):
        kept.apply_settings(settings("user").with_policies(Policies(protect="*")))
    assert kept.settings == settings("user")


def test_policies_are_written_as_they_are_read() -> None:
    document = {
        "windowDays": {"mail": 7},
        "protect": ["user"],
        "caps": {"identifiers": 9, "merges": 0},
        "misfit": {"user": "move", "*": "share"},
    }
    policies = Policies.from_json(document)
    assert policies.to_json() == document
    assert policies == Policies(
        window_days={"mail": 7}, protect=["user"], caps=Caps(identifiers=9, merges=0), misfit=document["misfit"]
    )
    assert Policies(protect="*", misfit="refuseRest").to_json() == {"protect": "*", "misfit": "refuseRest"}
    assert Policies(misfit="refuse", protect=[], caps={}, window_days={}) == Policies()
    assert (policies.misfit_of("user"), policies.misfit_of("mail")) == (Misfit.MOVE, Misfit.SHARE)


# Limits that count the values of some days


@both
def test_p2_a_limit_counts_the_values_of_its_window_and_others_stay_and_match(kind: Any) -> None:
    kept = store(kind, config("mail", limit=2), "user", window_days={"mail": 2})
    kept.resolve({"user": "u", "mail": "a"}, at=0)
    assert told(kept.resolve({"user": "u", "mail": "b"}, at=DAY)) == ["p1 + mail b"]
    # a counts from -1 day on, exclusive: (T - w days, T]
    assert told(kept.resolve({"user": "u", "mail": "c"}, at=2 * DAY)) == ["p1 + mail c"]
    full = told(kept.resolve({"user": "u", "mail": "d"}, at=2 * DAY + 5))
    assert full == ["p1 + mail d", "p1 - mail b (window, fifo)"]  # the first counted value goes, not a
    assert kept.values("p1", "mail") == ("a", "c", "d")
    assert kept.resolve({"mail": "a"}, at=9 * DAY).profile_id == "p1"


@both
def test_p2_under_lifo_the_newcomer_is_refused_as_the_last_counted(kind: Any) -> None:
    kept = store(kind, config("mail", limit=1, limit_policy="lifo"), "user", window_days={"mail": 1})
    kept.resolve({"user": "u", "mail": "a"}, at=0)
    assert told(kept.resolve({"user": "u", "mail": "b"}, at=5)) == ["p1 ! mail b (window)"]
    assert told(kept.resolve({"user": "u", "mail": "b"}, at=DAY)) == ["p1 + mail b"]


@both
def test_p2_a_late_command_looks_back_from_its_own_time(kind: Any) -> None:
    kept = store(kind, config("mail", limit=1), "user", window_days={"mail": 1})
    kept.resolve({"user": "u", "mail": "late"}, at=9 * DAY)
    assert told(kept.resolve({"user": "u", "mail": "early"}, at=3 * DAY)) == ["p1 + mail early"]  # sees no later value
    assert kept.values("p1", "mail") == ("early", "late")


@both
def test_p2_times_of_any_size_are_compared(kind: Any) -> None:
    lowest, highest = -(2**63), 2**63 - 1
    kept = store(kind, config("mail", limit=1), "user", window_days={"mail": 3650})
    kept.resolve({"user": "u", "mail": "a"}, at=lowest)
    assert told(kept.resolve({"user": "u", "mail": "b"}, at=lowest + 1)) == [
        "p1 + mail b",
        "p1 - mail a (window, fifo)",
    ]
    assert told(kept.resolve({"user": "u", "mail": "c"}, at=highest)) == ["p1 + mail c"]
    assert kept.values("p1", "mail") == ("b", "c")


@both
def test_p2_a_merge_trims_what_counts_at_its_time(kind: Any) -> None:
    kept = store(kind, config("mail", limit=1), "user", window_days={"mail": 1})
    kept.resolve({"user": "u", "mail": "a"}, at=0)
    kept.resolve({"user": "v", "mail": "b"}, at=3 * DAY)
    kept.resolve({"user": "w", "mail": "c"}, at=3 * DAY + 1)
    merged = told(kept.resolve({"user": ["u", "v", "w"]}, at=3 * DAY + 2))
    assert merged[1:] == ["p1 - mail b (window, fifo)"]
    assert kept.values("p1", "mail") == ("a", "c")


# P3 and P4: what fits, and who is a misfit


@both
def test_p3_a_full_list_of_a_protected_type_refuses_the_newcomer(kind: Any) -> None:
    kept = store(kind, one(), "mail", protect=["user"])
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    refused = kept.add_identifier("p1", "user", "v", at=2)
    assert (told(refused), refused.status) == (["p1 ! user v (limit)"], "unchanged")


@both
def test_p3_two_profiles_that_do_not_fit_stay_apart(kind: Any) -> None:
    kept = store(kind, one(), "mail", protect=["user"])
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    kept.resolve({"user": "v", "mail": "n"}, at=2)
    assert told(kept.resolve({"mail": ["m", "n"]}, at=3)) == ["p1 ! mail n (limit, p2)"]
    with pytest.raises(IdentifierConflict, match=r"belongs to profile 'p2', and the policies do not let .* \(limit\)"):
        kept.add_identifier("p1", "mail", "n", at=4)


@both
def test_p3_the_reason_is_the_first_bound_broken_in_order_of_priority(kind: Any) -> None:
    kept = store(kind, one("user"), one("card"), "mail", protect="*", caps={"identifiers": 3, "merges": 0})
    kept.resolve({"user": "u", "card": "c", "mail": "m"}, at=1)
    kept.resolve({"card": "d", "mail": "n"}, at=2)
    kept.resolve({"mail": "o"}, at=3)
    assert told(kept.resolve({"user": "u", "card": "d"}, at=4)) == ["p1 ! card d (limit, p2)"]
    assert told(kept.resolve({"user": "u", "mail": "o"}, at=5)) == ["p1 ! mail o (identifiers, p3)"]
    assert told(kept.resolve({"card": "d", "mail": "o"}, at=6)) == ["p2 ! mail o (merges, p3)"]
    assert told(kept.resolve({"user": "u", "mail": "q"}, at=7)) == ["p1 ! mail q (identifiers)"]


@both
def test_p3_what_one_profile_has_alone_is_allowed_and_one_with_nothing_new_fits(kind: Any) -> None:
    kept = kind(settings(one(limit=3), "mail"), new_id=short_id)
    kept.resolve({"user": ["u", "v", "w"], "mail": "m"}, at=1)
    kept.apply_settings(settings(one(limit=1), "mail").with_policies(Policies(protect="*")))
    assert told(kept.resolve({"user": "u", "mail": "n"}, at=3)) == ["p1 + mail n"]  # an excess makes no misfits
    assert told(kept.resolve({"user": "x", "mail": "n"}, at=4))[2:] == ["p4 ! mail n (limit, p1)"]
    kept.resolve({"mail": "lone"}, at=5)
    assert told(kept.resolve({"mail": ["n", "lone"]}, at=6)) == ["p1 < p5 by mail: mail n, mail lone"]
    assert kept.values("p1", "user") == ("u", "v", "w")  # and stays, also through a merge
    kept.remove_identifier("p1", "user", at=7)
    assert kept.values("p1", "user") == ("v", "w")


@both
def test_p4_refuse_rest_demotes_what_ranks_below_a_misfit_and_refuse_does_not(kind: Any) -> None:
    expected = {"refuse": ["p1 ! card d (limit)", "p1 + mail n"]}
    expected["refuseRest"] = ["p1 ! card d (limit)", "p1 ! mail n (demoted)"]
    for misfit, facts in expected.items():
        kept = store(kind, "user", one("card"), "mail", protect="*", misfit=misfit)
        kept.resolve({"user": "u", "card": "c", "mail": "m"}, at=1)
        assert told(kept.resolve({"user": "u", "card": "d", "mail": ["m", "n"]}, at=2)) == facts  # m is held already


@both
def test_p4_nothing_to_hold_is_a_conflict_the_demoted_aside(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", rules=["user"], protect="*", misfit="refuseRest")
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    with pytest.raises(IdentifierConflict, match="the policies let none of them join it"):
        kept.resolve({"mail": "m"}, at=2)


@both
def test_p4_an_ambiguous_value_is_resolved_by_another_that_meets_it(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", "card", protect=["user"], misfit="share")
    kept.resolve({"user": "u", "mail": "m", "card": "1"}, at=1)
    kept.resolve({"user": "v", "mail": "m", "card": "2"}, at=2)
    assert kept.lookup("mail", "m").profile_ids == ("p1", "p2")
    assert kept.resolve({"mail": "m", "card": "2"}, at=3).profile_id == "p2"
    missed = kept.resolve({"mail": "m", "card": "3"}, at=4)  # meets nobody: nobody is without a protected value
    assert told(missed) == ["created p4", "p4 + mail m", "p4 + card 3"]
    assert kept.resolve({"mail": "m"}, at=5).profile_id == "p4"  # the earliest without a value of a protected type
    assert kept.resolve({"mail": "m", "user": "w"}, at=6).profile_id == "p6"  # a protected value: nothing is joined


# P5: who yields


@both
def test_p5_move_takes_the_value_from_its_owner_and_makes_room_as_ever(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", protect=["user"], misfit="move")
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    assert told(kept.resolve({"user": "v", "mail": "m"}, at=2)) == [
        "created p2",
        "p2 + user v",
        "p1 - mail m (moved)",
        "p2 + mail m",
    ]
    moved = ["created p3", "p3 + user w", "p2 - mail m (moved)", "p3 + mail m"]
    assert told(kept.resolve({"mail": "m", "user": "w"}, at=3)) == moved
    added = kept.add_identifier("p1", "user", "x", at=4)
    assert told(added) == ["p1 + user x", "p1 - user u (limit, fifo)"]
    kept.add_identifier("p1", "user", "v", at=5)
    assert kept.identifiers("p2") == {}  # a profile that is left without identifiers stays
    assert "p2" in kept


@both
def test_s1_a_value_that_is_moved_away_is_a_write_so_a_lowered_limit_trims_what_is_left(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", protect=["user"], misfit="move")
    kept.resolve({"user": "u", "mail": ["m", "n", "o"]}, at=1)
    lower = settings(one("user"), one("mail")).with_policies(Policies(protect=["user"], misfit="move"))
    kept.apply_settings(lower)
    assert kept.values("p1", "mail") == ("m", "n", "o")
    assert told(kept.resolve({"user": "v", "mail": "m"}, at=3)) == [
        "created p3",
        "p3 + user v",
        "p1 - mail m (moved)",
        "p1 - mail n (limit, fifo)",
        "p3 + mail m",
    ]


@both
def test_p5_share_inserts_the_value_and_the_others_keep_it(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", protect=["user"], misfit="share")
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    assert told(kept.resolve({"user": "v", "mail": "m"}, at=2)) == ["created p2", "p2 + user v", "p2 + mail m"]
    assert kept.lookup("mail", "m").profile_ids == ("p1", "p2")
    assert told(kept.add_identifier("p1", "user", "v", at=3)) == ["p1 ! user v (limit, p2)"]  # it would not fit


@both
def test_p5_a_value_that_no_rule_finds_yields_by_its_misfit(kind: Any) -> None:
    expected = {
        "refuse": ["p1 ! tag t (conflict, p2)"],
        "move": ["p2 - tag t (moved)", "p1 + tag t"],
        "share": ["p1 + tag t"],
    }
    for misfit, facts in expected.items():
        kept = store(kind, "user", "tag", rules=["user"], caps={"identifiers": 9}, misfit=misfit)
        kept.resolve({"user": "u"}, at=1)
        kept.resolve({"user": "v", "tag": "t"}, at=2)
        assert told(kept.resolve({"user": "u", "tag": "t"}, at=3)) == facts


@both
def test_p5_a_misfit_is_added_where_the_value_before_it_was_refused_and_it_fits_then(kind: Any) -> None:
    kept = store(kind, "user", one("tag"), rules=["user"], protect="*")
    kept.resolve({"user": "u"}, at=1)
    kept.resolve({"user": "v", "tag": "t"}, at=2)
    told_of_both = ["p1 ! tag t (conflict, p2)", "p1 + tag s"]
    assert told(kept.resolve({"user": "u", "tag": ["t", "s"]}, at=3)) == told_of_both
    kept.resolve({"user": "w"}, at=4)
    full = ["p4 + tag q", "p4 ! tag r (limit)"]
    assert told(kept.resolve({"user": "w", "tag": ["q", "r"]}, at=5)) == full


@both
def test_p5_the_owner_that_a_refusal_names_is_the_earliest_of_the_others(kind: Any) -> None:
    kept = store(kind, "user", one("card"), "mail", protect=["card"], misfit={"mail": "share", "card": "share"})
    for user, card, at in (("u", "1", 9), ("v", "2", 3), ("w", "3", 5)):
        kept.resolve({"user": user, "card": card, "mail": "m"}, at=at)
    assert kept.lookup("mail", "m").profile_ids == ("p2", "p3", "p1")
    kept.apply_settings(settings("user", one("card"), "mail").with_policies(Policies(protect=["card"])))
    kept.resolve({"user": "x", "card": "4"}, at=7)
    assert told(kept.resolve({"user": "x", "mail": "m"}, at=8)) == ["p5 ! mail m (limit, p2)"]
    assert told(kept.resolve({"user": "v", "mail": ["n", "m"]}, at=8)) == ["p2 + mail n"]


# What a command gives to a profile


@both
def test_p6_owners_merge_if_all_of_them_fit_else_the_misfit_decides(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", protect=["user"], misfit={"mail": "move"})
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    kept.resolve({"mail": "n"}, at=2)
    assert told(kept.add_identifier("p2", "mail", "m", at=3)) == ["p1 < p2 by collision: mail m"]
    kept.resolve({"user": "v", "mail": "o"}, at=4)
    assert told(kept.add_identifier("p1", "mail", "o", at=5)) == ["p4 - mail o (moved)", "p1 + mail o"]


@both
def test_p6_where_the_new_value_is_refused_and_nothing_merged_the_old_one_stays(kind: Any) -> None:
    kept = store(kind, "user", one("mail"), protect=["mail"], caps={"identifiers": 2}, misfit="share")
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    kept.resolve({"user": ["v", "w"]}, at=2)
    assert told(kept.replace_identifier("p1", "mail", "m", "n", at=3)) == ["p1 - mail m (replaced)", "p1 + mail n"]
    kept.apply_settings(kept.settings.with_policies(Policies(caps={"identifiers": 1}, misfit="share")), at=4)
    refused = kept.replace_identifier("p1", "mail", "n", "o", at=5)  # as many as it has alone, when the old one is gone
    assert told(refused) == ["p1 ! mail o (identifiers)"]
    assert (kept.values("p1", "mail"), refused.status) == (("n",), "unchanged")


@both
def test_without_any_bound_everything_fits(kind: Any) -> None:
    kept, plain = store(kind, "user", "mail", misfit="share"), kind(settings("user", "mail"), new_id=short_id)
    for identifiers in ({"user": "u", "mail": "m"}, {"user": "v"}, {"mail": ["m", "n"], "user": "v"}):
        assert kept.resolve(identifiers) == plain.resolve(identifiers)


# Many, and odd


@both
def test_p3_a_value_of_several_profiles_counts_once_and_at_its_earliest_time(kind: Any) -> None:
    kept = store(kind, "user", one("mail", 2), misfit="share", caps={"merges": 0})
    kept.resolve({"user": "u", "mail": "m"}, at=0)
    kept.resolve({"user": "v", "mail": "n"}, at=DAY)
    kept.add_identifier("p2", "mail", "m", at=2 * DAY)
    assert kept.lookup("mail", "m").profile_ids == ("p1", "p2")
    bound = Policies(protect=["mail"], window_days={"mail": 3}, misfit={"mail": "share"})
    kept.apply_settings(settings("user", one("mail", 2)).with_policies(bound), at=2 * DAY)
    # Together they have m since day 0, n since day 1 and o: at day 3 m does not count any more.
    assert told(kept.resolve({"user": "u", "mail": "o"}, at=2 * DAY + 5)) == ["p1 + mail o"]
    assert told(kept.resolve({"user": ["u", "v"]}, at=2 * DAY + 6)) == ["p1 ! user v (window, p2)"]
    kept.resolve({"user": "w"}, at=2 * DAY + 7)
    merged = told(kept.resolve({"user": ["w", "u", "v"]}, at=3 * DAY))
    assert merged == ["p1 < p2 p7 by user: user w, user u, user v"]
    assert kept.history_of("p1", "mail")[0] == ("m", 0)


@both
def test_p4_a_value_of_many_profiles_and_a_command_of_many_values(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", protect=["user"], misfit="share")
    for number in range(20):
        kept.resolve({"user": f"u{number}", "mail": "m"}, at=number)
    assert kept.resolve({"mail": ["m", "new"]}, at=30).status == "created"
    many = kept.resolve({"mail": ["m", *(f"m{number}" for number in range(30))], "user": "u3"}, at=31)
    assert many.profile_id == "p4"
    assert len(kept.values("p4", "mail")) == 31


@both
def test_p3_types_that_are_no_longer_configured_are_not_bounded(kind: Any) -> None:
    old = [f"old{number}" for number in range(15)]
    kept = kind(settings(*old), new_id=short_id)
    kept.resolve(dict.fromkeys(old, "x"), at=1)
    kept.apply_settings(settings(one("user"), "mail", old[0]).with_policies(Policies(protect="*")), at=2)
    kept.resolve({old[0]: "x", "user": "u", "mail": "m"}, at=3)
    refused = told(kept.resolve({old[0]: "x", "user": "v", "mail": "n"}, at=4))
    assert refused[-2:] == ["p4 + mail n", f"p4 ! {old[0]} x (limit, p1)"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"window_days": 5}, "windowDays"), ({"protect": "user"}, "protect"), ({"misfit": 5}, "misfit")],
)
def test_c1_what_python_gives_is_checked_as_a_document_is(fields: Any, path: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Policies(**fields)
    assert caught.value.path == path


def test_what_matches_under_policies_is_what_fits() -> None:
    kept = store(Engine, one(), "mail", protect=["user"])
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    kept.resolve({"user": "v", "mail": "n"}, at=2)
    assert [(each.rule, each.profile_id) for each in matches(kept, {"mail": ["m", "n"]})] == [("mail", "p1")]
    assert [each.profile_id for each in matches(kept, {"mail": ["m", "n"]}, {ProfileId("p2")})] == ["p2"]


@both
def test_p3_a_value_without_a_rule_that_one_of_the_profiles_holds_is_nothing_new(kind: Any) -> None:
    opened = store(kind, "user", "mail", one("note"), rules=["user", "mail"], protect=["note"], caps={"identifiers": 3})
    opened.resolve({"user": "u", "note": "n"})
    opened.resolve({"mail": "m"})
    outcome = opened.resolve({"user": "u", "mail": "m", "note": "n"})
    assert (outcome.status, opened.values(outcome.profile_id, "note")) == ("merged", ("n",))


@both
def test_p4_a_value_of_several_profiles_joins_them_once_they_fit(kind: Any) -> None:
    policies = {"protect": ["user"], "misfit": {"mail": "share"}}
    opened = store(kind, one("user"), "mail", **policies)
    opened.resolve({"user": "a", "mail": "v"})
    opened.resolve({"user": "b", "mail": "v"})
    assert len(opened) == 2
    opened.apply_settings(settings(one("user", 2), "mail").with_policies(Policies(**policies)))
    assert opened.resolve({"mail": "v"}).status == "merged"
    assert len(opened) == 1


@both
def test_p3_more_types_than_settings_name_at_once_are_counted(kind: Any) -> None:
    before, after = ([f"{name}{place}" for place in range(15)] for name in ("old", "new"))
    opened = store(kind, *before)
    opened.resolve(dict.fromkeys(before, "1"))
    opened.apply_settings(settings(*after).with_policies(Policies(protect="*")))
    opened.resolve({"new0": "1", "new14": "1"})
    opened.resolve({"new1": "1", "new14": "2"})
    outcome = opened.resolve({"new0": "1", "new1": "1"})
    assert (outcome.status, opened.values(outcome.profile_id, "new14")) == ("merged", ("1", "2"))


@both
def test_p4_a_value_of_several_profiles_joins_all_of_them_to_those_that_were_found(kind: Any) -> None:
    kept = store(kind, "user", "tag", "mail", misfit="share", caps={"merges": 0})
    for at, identifiers in enumerate([{"user": "u"}, {"tag": "t"}, {"user": "v", "mail": "m"}, {"user": "w"}]):
        kept.resolve(identifiers, at=at)
    assert told(kept.add_identifier("p4", "mail", "m", at=5)) == ["p4 + mail m"]
    kept.apply_settings(kept.settings.with_policies(Policies(misfit="share", caps={"merges": 9})), at=6)
    merged = told(kept.resolve({"user": "u", "tag": "t", "mail": "m"}, at=7))
    assert merged == ["p1 < p2 p3 p4 by tag: user u, tag t, mail m"]


@both
def test_p3_what_is_to_come_counts_where_further_profiles_join(kind: Any) -> None:
    merged = ["p1 < p2 by card: user u, card c"]
    for bounds, reason in (
        ({"caps": {"identifiers": 4}}, "identifiers"),
        ({"protect": ["mail"]}, "limit"),
    ):
        for new, facts in ((["n"], [f"p1 ! card c ({reason}, p2)"]), ([], merged)):
            kept = store(kind, "user", config("mail", limit=2), "card", **bounds)
            kept.resolve({"user": "u", "mail": "a"}, at=1)
            kept.resolve({"mail": "b", "card": "c"}, at=2)
            given = {"user": "u", "mail": new, "card": "c"} if new else {"user": "u", "card": "c"}
            assert [each for each in told(kept.resolve(given, at=3)) if "mail n" not in each] == facts


@both
def test_p4_the_earliest_by_time_is_taken_and_one_that_does_not_fit_is_left(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", "card", protect=["user"], misfit="share", caps={"identifiers": 2})
    kept.resolve({"user": "u", "mail": "m"}, at=1)
    kept.resolve({"user": "v", "mail": "m"}, at=2)
    kept.resolve({"mail": "m", "card": "3"}, at=5)
    late = kept.resolve({"mail": "m", "card": "4"}, at=0)  # p3 would have three identifiers
    assert told(late) == ["created p4", "p4 + mail m", "p4 + card 4"]
    assert kept.resolve({"mail": "m"}, at=6).profile_id == "p4"


@both
def test_p4_the_first_profile_of_a_store_may_be_the_one_that_is_meant(kind: Any) -> None:
    kept = store(kind, one("user"), "mail", "card", protect=["user"], misfit="share", caps={"identifiers": 2})
    kept.resolve({"mail": "m", "card": "1"}, at=1)
    kept.resolve({"mail": "m", "user": "u"}, at=2)
    assert kept.lookup("mail", "m").profile_ids == ("p1", "p2")
    assert kept.resolve({"mail": "m"}, at=3).profile_id == "p1"


@both
def test_p2_a_candidate_that_is_met_is_asked_whether_it_fits_at_the_time_of_the_command(kind: Any) -> None:
    types = (one("user"), one("mail"), "card", "tag")
    kept = store(kind, *types, protect=["user", "mail"], misfit="share", window_days={"mail": 1})
    kept.resolve({"user": "u", "mail": "a", "card": "k", "tag": "1"}, at=0)
    kept.resolve({"user": "v", "mail": "b", "card": "k", "tag": "2"}, at=1)
    met = kept.resolve({"mail": "n", "card": "k", "tag": "1"}, at=5 * DAY)
    assert told(met) == ["p1 + mail n"]


@both
def test_p3_of_two_bounds_that_what_is_to_come_breaks_the_first_is_the_reason(kind: Any) -> None:
    kept = store(kind, one("mail"), one("tag"), "card", protect=["mail", "tag"], window_days={"tag": 1})
    kept.resolve({"mail": "a", "tag": "1", "card": "k"}, at=1)
    assert told(kept.resolve({"mail": "b", "tag": "2", "card": "k"}, at=2)) == [
        "created p2",
        "p2 + mail b",
        "p2 + tag 2",
        "p2 ! card k (limit, p1)",
    ]


@both
def test_p3_values_to_come_may_fill_a_list_to_its_limit_where_profiles_join(kind: Any) -> None:
    kept = store(kind, "user", config("mail", limit=3), "card", protect=["mail"])
    kept.resolve({"user": "u", "mail": "a"}, at=1)
    kept.resolve({"mail": "b", "card": "c"}, at=2)
    facts = told(kept.resolve({"user": "u", "mail": "n", "card": "c"}, at=3))
    assert facts == ["p1 < p2 by card: user u, card c", "p1 + mail n"]


@both
def test_p4_a_misfit_leaves_the_values_before_it_to_come(kind: Any) -> None:
    kept = store(kind, "user", one("tag"), one("mail"), "card", protect=["tag", "mail"])
    kept.resolve({"user": "u", "mail": "a"}, at=1)
    kept.resolve({"tag": "s", "card": "c"}, at=2)
    facts = told(kept.resolve({"user": "u", "tag": "t", "mail": "n", "card": "c"}, at=3))
    assert facts == ["p1 + tag t", "p1 ! mail n (limit)", "p1 ! card c (limit, p2)"]


@both
def test_p4_a_value_that_makes_room_is_to_come_and_counts_where_profiles_join(kind: Any) -> None:
    kept = store(kind, "user", one("mail"), "card", protect=["mail"], misfit={"mail": "move"})
    kept.resolve({"user": "u", "mail": "a"}, at=1)
    kept.resolve({"card": "c"}, at=2)
    facts = told(kept.resolve({"user": "u", "mail": "n", "card": "c"}, at=3))
    assert facts == ["p1 + mail n", "p1 - mail a (limit, fifo)", "p1 ! card c (limit, p2)"]


@both
def test_p5_a_misfit_fits_where_what_came_before_it_made_room_for_itself(kind: Any) -> None:
    kept = store(kind, one("text"), one("word"), protect="*", misfit={"text": "move"})
    facts = told(kept.resolve({"text": ["f", "d"], "word": "e"}, at=1))
    assert facts == ["created p1", "p1 + text f", "p1 + text d", "p1 - text f (limit, fifo)", "p1 + word e"]
