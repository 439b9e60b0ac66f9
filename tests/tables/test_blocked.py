"""Blocked values (P1), and how policies are written (section 13): input, expected, the contract's sentence."""

import json
from typing import Any

import attrs
import pytest

from resolver import (
    AddIdentifier,
    Blocked,
    Engine,
    IdentifierAdded,
    IdentifierBlocked,
    IdentifierConfig,
    IdentifierConflict,
    IdentifierRefused,
    IdentifierRemoved,
    InvalidIdentifier,
    InvalidSettings,
    Policies,
    ProfilesMerged,
    ReplaceIdentifier,
    Resolve,
    Settings,
)
from resolver.evidence import collisions, joins, matches
from resolver.facts import StoredForm, decode_fact, encode_fact
from resolver.names import Form, RefusalReason
from resolver.reference import Reference

TYPES = [IdentifierConfig("mail", normalization="email"), IdentifierConfig("call", normalization="phone")]
SETTINGS = Settings([*TYPES, IdentifierConfig("word")], ["mail", "call", "word"])
STORES = [Engine, Reference]


def policies(*entries: dict[str, Any]) -> Policies:
    return Policies.from_json({"blocked": list(entries)})


def blocked_values(store: Any, identifiers: Any) -> list[tuple[str, object]]:
    facts = store.resolve(identifiers).facts
    return [(fact.id_type, fact.value) for fact in facts if isinstance(fact, IdentifierRefused)]


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize(
    ("entry", "id_type", "raw", "is_blocked"),
    [
        ({"equals": ["null"]}, "word", "null", True),
        ({"equals": ["null"]}, "word", "\t null \n", True),  # the text given, white space at both ends removed
        ({"equals": ["null"]}, "word", "Null", False),  # exactly
        ({"equals": ["null"]}, "word", "nullable", False),
        ({"equals": ["null"]}, "mail", "null", True),  # P1 comes before N8: blocked, not invalid
        ({"idType": "*", "equals": ["null"]}, "call", "null", True),
        ({"idType": "word", "equals": ["null"]}, "mail", "a@b.cc", False),
        ({"idType": "call", "equals": ["+13175550000"]}, "call", "317 555 0000", True),  # its normalized form
        ({"idType": "call", "equals": ["317 555 0000"]}, "call", " 317 555 0000", True),  # the text given
        ({"idType": "call", "equals": ["317 555 0000"]}, "call", "(317) 555-0000", False),
        ({"idType": "mail", "matches": "@b"}, "mail", "A@B.cc", True),  # only the normalized form has it
        ({"idType": "mail", "matches": "A@"}, "mail", "A@B.cc", True),  # only the text given has it
        ({"matches": "ll"}, "word", "null", True),  # found in it, not the whole of it
        ({"matches": "^ll"}, "word", "null", False),
        ({"matches": ""}, "word", "anything", True),
        ({"equals": [""]}, "word", "   ", True),
        ({"equals": ["x" * 300]}, "word", "x" * 300, True),
        ({"idType": "mail", "unlessMatches": "@b[.]cc$"}, "mail", "A@B.CC", False),  # looks at the normalized form
        ({"idType": "mail", "unlessMatches": "^A"}, "mail", "A@B.CC", True),
        ({"idType": "word", "unlessMatches": "^[0-9]+$"}, "word", " 12 ", False),
        ({"idType": "word", "unlessMatches": "^[0-9]+$"}, "word", "1x", True),
    ],
)
def test_p1_an_entry_hits_a_value(
    kind: type[Engine], entry: dict[str, Any], id_type: str, raw: str, is_blocked: bool
) -> None:
    store = kind(SETTINGS, policies=policies(entry))
    if is_blocked:
        with pytest.raises(InvalidIdentifier, match="all 1 given were blocked"):
            store.resolve({id_type: raw})
    else:
        assert blocked_values(store, {id_type: raw}) == []


@pytest.mark.parametrize("kind", STORES)
def test_p1_nothing_left_is_an_invalid_identifier(kind: type[Engine]) -> None:
    store = kind(SETTINGS, policies=Policies(blocked=["segment"]), on_invalid="drop")
    with pytest.raises(InvalidIdentifier, match="all 1 given were blocked"):
        store.resolve({"word": "null"})
    with pytest.raises(InvalidIdentifier, match="all 2 given were unreadable or blocked"):
        store.resolve({"word": "null", "mail": "nobody"})
    with pytest.raises(InvalidIdentifier, match="all 1 given were unreadable and dropped"):
        store.resolve({"mail": "nobody"})


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_value_that_nothing_can_read_lacks_no_pattern(kind: type[Engine]) -> None:
    wanted = policies({"idType": "mail", "unlessMatches": "@"})
    store = kind(SETTINGS, policies=wanted, on_invalid="drop")
    facts = store.resolve({"mail": "nobody", "word": "w"}).facts
    assert [fact.reason for fact in facts if isinstance(fact, IdentifierRefused)] == [RefusalReason.INVALID]


@pytest.mark.parametrize("kind", STORES)
def test_p1_what_is_no_text_is_not_blocked_but_invalid(kind: type[Engine]) -> None:
    store = kind(SETTINGS, policies=policies({"matches": ""}), on_invalid="drop")
    with pytest.raises(InvalidIdentifier, match="all 1 given were unreadable and dropped"):
        store.resolve({"word": [None]})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", STORES)
def test_p1_then_refuse_refuses_the_whole_command_and_one_refuse_decides(kind: type[Engine]) -> None:
    entries = ({"equals": ["null", "x"]}, {"equals": ["null"], "then": "refuse"})
    store = kind(SETTINGS, policies=policies(*entries))
    with pytest.raises(IdentifierBlocked, match="word 'null' is blocked") as caught:
        store.resolve({"mail": "a@b.cc", "word": "null"})
    assert (caught.value.id_type, caught.value.value, len(store)) == ("word", "null", 0)
    assert blocked_values(store, {"mail": "a@b.cc", "word": "x"}) == [("word", "x")]
    with pytest.raises(IdentifierBlocked):
        store.add_identifier(store.profiles()[0], "word", "null")


@pytest.mark.parametrize("kind", STORES)
def test_p1_add_and_the_new_of_replace_obey_it(kind: type[Engine]) -> None:
    store = kind(SETTINGS, policies=Policies(blocked=["posthog"]))
    ada = store.resolve({"word": "ada", "mail": "a@b.cc"}).profile_id
    assert ada is not None
    for command in (AddIdentifier(ada, "word", " NaN"), ReplaceIdentifier(ada, "word", "ada", " NaN")):
        outcome = store.execute(command)
        [fact] = outcome.facts
        assert isinstance(fact, IdentifierRefused)
        assert (fact.profile_id, fact.value, fact.reason, fact.owner) == (ada, " NaN", "blocked", None)
        assert (outcome.status, store.values(ada, "word")) == ("unchanged", ("ada",))
        assert decode_fact(encode_fact(fact)) == fact


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_stored_value_that_becomes_blocked_stays_until_it_is_removed(kind: type[Engine]) -> None:
    store = kind(SETTINGS)
    ada = store.resolve({"word": "null", "mail": "a@b.cc"}).profile_id
    assert ada is not None
    store.apply_settings(attrs.evolve(SETTINGS, policies=Policies(blocked=["segment"])))
    assert store.lookup("word", "null").profile_ids == (ada,)  # look-ups do not obey P1
    other = store.resolve({"word": "null", "mail": "b@b.cc"}).profile_id
    assert other not in (ada, None)  # no command can match by it
    assert store.values(ada, "word") == ("null",)
    swapped = store.replace_identifier(ada, "word", "null", "w")  # nor does ``old``
    assert any(isinstance(fact, IdentifierRemoved) and fact.value == "null" for fact in swapped.facts)
    store.apply_settings(SETTINGS)  # a document without policies has none
    store.add_identifier(ada, "word", "null")
    store.apply_settings(attrs.evolve(SETTINGS, policies=Policies(blocked=["segment"])))
    store.remove_identifier(ada, "word", value="null")  # nor ``value=``
    assert store.values(ada, "word") == ("w",)


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_text_that_is_given_again_is_judged_as_before(kind: type[Engine]) -> None:
    entries = ({"equals": ["(317) 555-0000", "b@b.cc"]}, {"idType": "mail", "unlessMatches": "@"})
    store = kind(SETTINGS, policies=policies(*entries), on_invalid="drop")
    ada = store.resolve({"word": "ada"}).profile_id
    given = {
        "call": ["(317) 555-0000", "317-555-0000", "317 555 0001"], "mail": ["B@b.cc", "A@B.cc", "nobody"],
        "word": ["ada", " ada", " w"],
    }  # fmt: skip
    expected = [("call", "(317) 555-0000"), ("mail", "B@b.cc"), ("mail", "nobody")]
    for status in ("updated", "unchanged", "unchanged"):
        outcome = store.resolve(given)
        refused = [(fact.id_type, fact.value) for fact in outcome.facts if isinstance(fact, IdentifierRefused)]
        assert (outcome.profile_id, outcome.status, refused) == (ada, status, expected)


@pytest.mark.parametrize("kind", STORES)
def test_p1_what_would_be_stored_of_a_blocked_value_is_nothing(kind: type[Engine]) -> None:
    store = kind(SETTINGS, policies=policies({"equals": ["a"]}, {"equals": ["b"], "then": "refuse"}))
    assert store.stored_form("word", " a ") == StoredForm(None, Form.DROPPED, "word ' a ' is blocked")
    assert store.stored_form("word", "b") == StoredForm(None, Form.REFUSED, "word 'b' is blocked")
    assert store.stored_form("word", "c").value == "c"


SHARED_TYPES = [
    IdentifierConfig("mail", normalization="email"),
    *(IdentifierConfig(each, enforce_unique=False) for each in ("card", "name", "zip")),
    IdentifierConfig("nick", matching_algo="fuzzy", matching_threshold=80),
]
COMPOUND = Settings(SHARED_TYPES, ["mail", "card AND name"])
BLOCKED_CARD = attrs.evolve(COMPOUND, policies=Policies(blocked=[Blocked(id_type="card", equals=["1"])]))


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_compound_rule_does_not_match_by_a_stored_value_that_became_blocked(kind: type[Engine]) -> None:
    store = kind(COMPOUND)
    ada = store.resolve({"mail": "a@b.cc", "card": "1", "name": "x"}).profile_id
    bob = store.resolve({"mail": "b@b.cc", "card": ["1", "2"]}).profile_id
    eve = store.resolve({"mail": "e@b.cc", "card": "2", "name": "x"}).profile_id
    assert ada is not None
    assert bob is not None
    store.apply_settings(BLOCKED_CARD)
    outcome = store.add_identifier(bob, "name", "x")  # which shares card 1 with ada, card 2 with eve, name x with both
    assert [type(fact) for fact in outcome.facts] == [IdentifierAdded, ProfilesMerged]
    [_, merged] = outcome.facts
    assert isinstance(merged, ProfilesMerged)
    assert (merged.survivor, merged.absorbed) == (bob, (eve,))
    assert merged.identifiers == (("card", "2"), ("name", "x"))
    assert store.values(ada, "card") == ("1",)  # it stays until it is removed


@pytest.mark.parametrize("kind", STORES)
def test_p1_what_is_not_blocked_any_more_matches_again_at_the_next_write(kind: type[Engine]) -> None:
    store = kind(COMPOUND)
    ada = store.resolve({"mail": "a@b.cc", "card": "1", "name": "x"}).profile_id
    bob = store.resolve({"mail": "b@b.cc", "card": "1"}).profile_id
    assert ada is not None
    assert bob is not None
    store.apply_settings(BLOCKED_CARD)
    assert store.add_identifier(bob, "name", "x").status == "updated"
    store.apply_settings(COMPOUND)
    assert len(store) == 2  # a settings change alone starts none of this (R7)
    assert store.add_identifier(bob, "zip", "z").status == "merged"
    assert store.canonical_id(bob) == ada


@pytest.mark.parametrize("kind", STORES)
def test_p1_nobody_is_similar_to_a_stored_value_that_became_blocked(kind: type[Engine]) -> None:
    settings = Settings(SHARED_TYPES, ["nick", "mail"])
    store = kind(settings)
    ada = store.resolve({"nick": "jon smith", "mail": "a@b.cc"}).profile_id
    blocked = Policies(blocked=[Blocked(id_type="nick", matches="^jon")])
    store.apply_settings(attrs.evolve(settings, policies=blocked))
    bob = store.resolve({"nick": "john smith", "mail": "b@b.cc"})
    assert bob.status == "created"
    assert store.resolve({"nick": "john smyth"}).profile_id == bob.profile_id != ada  # only what is free is similar
    store.apply_settings(settings)
    assert store.resolve({"nick": "john smith"}).status == "merged"


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_similar_value_that_became_blocked_is_not_shared_under_a_compound_rule(kind: type[Engine]) -> None:
    settings = Settings(SHARED_TYPES, ["mail", "nick AND zip"])
    store = kind(settings)
    store.resolve({"mail": "a@b.cc", "nick": "jon smith", "zip": "1"})
    store.apply_settings(
        attrs.evolve(settings, policies=Policies(blocked=[Blocked(id_type="nick", equals=["jon smith"])]))
    )
    bob = store.resolve({"mail": "b@b.cc", "nick": "john smith", "zip": "1"})
    assert bob.status == "created"
    assert store.resolve({"nick": "john smit", "zip": "1"}).profile_id == bob.profile_id


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_collision_is_not_let_merge_by_a_stored_value_that_became_blocked(kind: type[Engine]) -> None:
    settings = Settings(SHARED_TYPES, ["mail AND card"])
    store = kind(settings)
    ada = store.resolve({"mail": "a@b.cc", "card": "1"}).profile_id
    bob = store.resolve({"mail": "b@b.cc", "card": "1"}).profile_id
    assert ada is not None
    assert bob is not None
    blocked = Policies(blocked=[Blocked(id_type="card", equals=["1"])])
    store.apply_settings(attrs.evolve(settings, policies=blocked))
    with pytest.raises(IdentifierConflict):
        store.add_identifier(bob, "mail", "a@b.cc")
    store.apply_settings(settings)
    assert store.add_identifier(bob, "mail", "a@b.cc").status == "merged"


def test_p1_what_a_match_rests_on_has_no_stored_value_that_became_blocked() -> None:
    rules = ["mail", "card AND name", "nick AND zip"]
    settings = Settings(SHARED_TYPES, rules)
    store = Engine(settings)
    ada = store.resolve({"card": ["1", "2"], "name": "x", "nick": "jon smith", "zip": "1"}).profile_id
    assert ada is not None
    entries = [Blocked(id_type="card", equals=["1"]), Blocked(id_type="nick", equals=["jon smith"])]
    store.apply_settings(attrs.evolve(settings, policies=Policies(blocked=entries)))
    bob = store.resolve({"mail": "b@b.cc", "card": "3", "name": "x", "nick": "john smith", "zip": "1"}).profile_id
    assert bob is not None
    assert bob != ada
    assert joins(store, bob) == matches(store, {"nick": "jon smyth", "zip": "2"}) == ()
    [found] = matches(store, {"nick": "jon smyth", "zip": "1"})
    assert [(each.given, each.held) for each in found.shared] == [("jon smyth", "john smith"), ("1", "1")]
    other = Engine(Settings(SHARED_TYPES, ["mail AND card"]))
    ada, bob = (other.resolve({"mail": f"{each}@b.cc", "card": "1"}).profile_id for each in "ab")
    assert ada is not None
    assert bob is not None
    assert len(collisions(other, bob, "mail", "a@b.cc")) == 1
    other.apply_settings(attrs.evolve(other.settings, policies=Policies(blocked=entries)))
    assert collisions(other, bob, "mail", "a@b.cc") == ()


POSTHOG_AS_WRITTEN = ["[object Object]", "NaN", "None", "none", "null", "0", "undefined"]
POSTHOG_IN_ANY_CASE = [
    *("anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true"),
    "false",
]


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("text", [*POSTHOG_AS_WRITTEN, *POSTHOG_IN_ANY_CASE])
def test_the_list_of_posthog_has_what_its_documentation_lists_plain_and_in_quotes(text: str, quote: str) -> None:
    engine = Engine(SETTINGS, policies=Policies(blocked=["posthog"]))
    assert engine.stored_form("word", f" {quote}{text}{quote} ").form is Form.DROPPED
    for other in (f"{quote}{text.upper()}{quote}", f"{quote}{text.swapcase()}{quote}"):
        expected = text in POSTHOG_IN_ANY_CASE or other.strip("'\"") in POSTHOG_AS_WRITTEN
        assert (engine.stored_form("word", other).form is Form.DROPPED) is expected


@pytest.mark.parametrize("raw", ["", " ", "\t  \n"])
def test_the_list_of_posthog_has_blank_texts_of_any_length(raw: str) -> None:
    engine = Engine(SETTINGS, policies=Policies(blocked=["posthog"]))
    assert engine.resolve({"word": raw, "mail": "a@b.cc"}).status == "created"


@pytest.mark.parametrize(
    "raw",
    ["nan", "NULL", "00", "anonymous1", "my id", "'id", "id'", "'id\"", "\u0131d", "gue\u017ft", "[object object]"],
)
def test_the_list_of_posthog_has_nothing_that_is_only_like_it(raw: str) -> None:
    engine = Engine(SETTINGS, policies=Policies(blocked=["posthog"]))
    assert engine.stored_form("word", raw).value == raw


# Documents


@pytest.mark.parametrize(
    ("document", "path", "allowed"),
    [
        ([], "", "an object with keys of blocked"),
        ({"blok": []}, "blok", "only the keys"),
        ({"blocked": "segment"}, "blocked", "a list of entries"),
        ({"blocked": ["sgment"]}, "blocked[0]", "the name of a list: segment, posthog"),
        ({"blocked": [{}]}, "blocked[0]", "one of equals, matches, unlessMatches"),
        ({"blocked": [{"equals": ["a"], "matches": "a"}]}, "blocked[0]", "one of equals, matches, unlessMatches"),
        ({"blocked": [{"equal": ["a"]}]}, "blocked[0].equal", "did you mean 'equals'?"),
        ({"blocked": [{"equals": "a"}]}, "blocked[0].equals", "a list of texts"),
        ({"blocked": [{"equals": None}]}, "blocked[0].equals", "a list of texts"),
        ({"blocked": [{"equals": ["a", 5]}]}, "blocked[0].equals[1]", "a text"),
        ({"blocked": [{"matches": "("}]}, "blocked[0].matches", "a regular expression; this is none"),
        ({"blocked": [{"matches": None}]}, "blocked[0].matches", "a regular expression"),
        ({"blocked": [{"matches": 5}]}, "blocked[0].matches", "a regular expression"),
        ({"blocked": [{"unlessMatches": r"(a)\1"}]}, "blocked[0].unlessMatches", "without a back reference"),
        ({"blocked": [{"equals": ["a"], "then": "ask"}]}, "blocked[0].then", "'drop' or 'refuse'"),
        ({"blocked": [{"equals": ["a"], "idType": 5}]}, "blocked[0].idType", "'*' for every type"),
        ({"blocked": [{"equals": ["a"]}, {"equals": ["a"], "idType": "wrd"}]}, "blocked[1].idType", "'word'?"),
    ],
)
def test_c1_what_is_not_known_is_refused_with_its_place(document: Any, path: str, allowed: str) -> None:
    whole = {**SETTINGS.to_json(), "options": {"policies": document}}
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_json(json.dumps(whole))
    assert caught.value.path == ".".join(filter(None, ["options.policies", path]))
    assert allowed in caught.value.allowed


def test_policies_are_read_and_written_alike() -> None:
    document = {
        "blocked": [
            {"idType": "word", "equals": ["a", ""]},
            {"matches": "x", "then": "refuse"},
            {"unlessMatches": "y"},
        ]
    }
    assert Policies.from_json(document).to_json() == document
    assert Policies.from_json(json.dumps(document)) == Policies.from_json(document)
    assert Policies.from_json({"blocked": ["segment"]}) == Policies(blocked=["segment"])
    assert Policies.from_json({}) == Policies()
    assert not Policies()
    settings = attrs.evolve(SETTINGS, policies=Policies.from_json(document))
    assert Settings.from_json(settings.to_json()) == settings
    assert settings.to_json()["options"] == {"policies": document}
    assert "options" not in SETTINGS.to_json()
    with pytest.raises(InvalidSettings, match="a JSON document"):
        Policies.from_json("{")
    with pytest.raises(InvalidSettings, match="a list of entries"):
        Policies(blocked="segment")
    with pytest.raises(InvalidSettings, match=r"blocked\[1\]"):
        Policies(blocked=[Blocked(equals=["a"]), 5])  # type: ignore[list-item]
    with pytest.raises(InvalidSettings, match=r"options\.policies: 5 is not allowed; expected a Policies object"):
        attrs.evolve(SETTINGS, policies=5)  # type: ignore[arg-type]


def test_policies_of_the_settings_and_those_beside_them() -> None:
    within = attrs.evolve(SETTINGS, policies=Policies(blocked=["segment"]))
    assert Engine(within).settings == Engine(SETTINGS, policies=Policies(blocked=["segment"])).settings == within
    assert Engine(within, policies=Policies()).settings == SETTINGS
    restored = Engine.restore(Engine(within).snapshot())
    with pytest.raises(InvalidIdentifier):
        restored.execute(Resolve({"word": "null"}))


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize(
    ("entry", "raw"),
    [
        ({"unlessMatches": "@"}, "no address"),
        ({"equals": ["null"]}, "\u200bnull"),  # what is kept has no invisible characters at its ends
        ({"matches": "^null"}, "\ufe0fnull"),
    ],
)
def test_p1_what_keep_would_store_is_looked_at_as_a_normalized_form(kind: Any, entry: dict[str, Any], raw: str) -> None:
    wanted = policies({"idType": "mail", **entry})
    keeping = kind(SETTINGS, policies=wanted, on_invalid="keep")
    assert blocked_values(keeping, {"mail": raw, "word": "w"}) == [("mail", raw)]
    assert keeping.stored_form("mail", raw) == StoredForm(None, Form.DROPPED, f"mail {raw!r} is blocked")
    assert blocked_values(kind(SETTINGS, on_invalid="keep"), {"mail": raw, "word": "w"}) == []
    facts = kind(SETTINGS, policies=wanted, on_invalid="drop").resolve({"mail": raw, "word": "w"}).facts
    assert [fact.reason for fact in facts if isinstance(fact, IdentifierRefused)] == [RefusalReason.INVALID]
    assert keeping.stored_form("mail", " ").form == Form.REFUSED  # which nothing can keep: it has no form at all


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_kept_value_that_is_not_blocked_when_it_is_given_matches_once_it_is_stored(kind: Any) -> None:
    shared = [
        IdentifierConfig("name", enforce_unique=False),
        IdentifierConfig("mail", normalization="email", enforce_unique=False),
    ]
    entry = {"idType": "mail", "unlessMatches": "@|none"}
    kept = kind(Settings(shared, ["name AND mail"]), policies=policies(entry), on_invalid="keep")
    first = kept.resolve({"name": "n", "mail": "none at all"}).profile_id
    second = kept.resolve({"name": "n"}).profile_id
    assert second != first
    assert kept.add_identifier(second, "mail", " none at all").profile_id == first
    assert len(kept) == 1


@pytest.mark.parametrize("kind", STORES)
def test_p1_a_stored_value_with_blank_ends_is_looked_at_without_them_as_when_it_is_given(kind: Any) -> None:
    shared = [IdentifierConfig(name, normalization="none", enforce_unique=False) for name in ("name", "word")]
    settings = Settings(shared, ["name AND word"])
    store = kind(settings)
    for other in ("x", "y"):
        store.resolve({"name": other, "word": " null "})
    store.apply_settings(settings.with_policies(policies({"equals": ["null"]})))
    with pytest.raises(InvalidIdentifier, match="blocked"):
        store.resolve({"word": " null "})
    one, two = store.profiles()
    store.add_identifier(two, "name", "x")
    assert store.profiles() == (one, two)  # they share both, and one of the two is blocked
