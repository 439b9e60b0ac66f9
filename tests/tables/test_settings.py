"""Section 2: what settings may say, and what a change of settings does (S1, S2)."""

import enum
import json
import pickle
from typing import Any

import attrs
import pytest

from resolver import (
    Engine,
    IdentifierConfig,
    IdentifierNotFound,
    InvalidSettings,
    LimitPolicy,
    MatchingAlgo,
    ResolverError,
    Settings,
    UnknownIdentifierType,
)
from resolver.names import Value
from tests.tables.stores import config, fuzzy, settings, shared, store, told

FIFTEEN = [f"t{number:02}" for number in range(15)]

VALID_FIELDS: list[tuple[str, str, list[Any]]] = [
    ("idType", "id_type", ["ab", "x" * 30, "Email", "loyalty id", "é日"]),
    ("matchingAlgo", "matching_algo", ["exact", "fuzzy"]),
    ("matchingThreshold", "matching_threshold", [50, 75, 99]),
    ("limit", "limit", [1, 2, 99, 100]),
    ("limitPolicy", "limit_policy", ["fifo", "lifo"]),
    ("enforceUnique", "enforce_unique", [True, False]),
    ("normalization", "normalization", ["phone", "email", "trim", "none", "a name of my own"]),
]
INVALID_FIELDS: list[tuple[str, list[Any], str]] = [
    ("idType", ["", "x", "x" * 31, 5, None, True, ["email"], b"email"], "2..30"),
    ("matchingAlgo", ["", "EXACT", "close", None, 1, ["exact"], True], "'exact' or 'fuzzy'"),
    ("matchingThreshold", [49, 100, 0, -75, 75.0, "75", True, None], "50..99"),
    ("limit", [0, 101, -1, 1.0, "1", True, False, None, [1]], "1..100"),
    ("limitPolicy", ["", "FIFO", "filo", None, 0, True], "'fifo' or 'lifo'"),
    ("enforceUnique", [0, 1, "true", None, "", []], "true or false"),
    ("normalization", ["", None, 1, True, ["trim"]], "'phone', 'email', 'trim', 'none'"),
]


def document(**fields: Any) -> dict[str, Any]:
    """Return a settings document of three types, the last with some fields."""
    configs = [{"idType": "first"}, {"idType": "second"}, {"idType": "third"} | fields]
    return {"identifierConfigs": configs, "matchingRules": ["first"]}


def refusal(wrong: object) -> InvalidSettings:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_json(wrong)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    ("key", "name", "value"), [(key, name, value) for key, name, values in VALID_FIELDS for value in values]
)
def test_section_2_a_field_takes_every_value_within_its_bounds(key: str, name: str, value: Any) -> None:
    read = Settings.from_json(document(**{key: value})).identifier_configs[2]
    assert getattr(read, name) == value
    assert read == IdentifierConfig(**({"id_type": "third"} | {name: value}))


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [(key, value, allowed) for key, values, allowed in INVALID_FIELDS for value in values],
)
def test_section_2_an_error_names_the_path_the_value_and_what_is_allowed(key: str, value: Any, allowed: str) -> None:
    error = refusal(document(**{key: value}))
    assert error.path == f"identifierConfigs[2].{key}"
    assert error.value == value
    assert allowed in error.allowed
    assert str(error) == f"{error.path}: {value!r} is not allowed; expected {error.allowed}"


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("matching_algo", "close", "matchingAlgo"),
        ("matching_threshold", 49, "matchingThreshold"),
        ("limit", 101, "limit"),
        ("limit_policy", "newest", "limitPolicy"),
        ("enforce_unique", 1, "enforceUnique"),
        ("normalization", "", "normalization"),
    ],
)
def test_section_2_a_config_made_in_python_is_checked_alike(name: str, value: Any, path: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        IdentifierConfig("email", **{name: value})
    assert caught.value.path == path


def test_section_2_only_the_id_type_is_required_and_the_rest_has_defaults() -> None:
    read = Settings.from_json('{"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}')
    assert read.identifier_configs == (IdentifierConfig("email"),)
    assert read.identifier_configs[0].matching_algo is MatchingAlgo.EXACT
    assert read.identifier_configs[0].matching_threshold == 75
    assert read.identifier_configs[0].limit == 100
    assert read.identifier_configs[0].limit_policy is LimitPolicy.FIFO
    assert read.identifier_configs[0].enforce_unique is True
    assert read.identifier_configs[0].normalization == "trim"
    assert read.version == 1


def test_section_2_a_config_without_an_id_type_is_refused() -> None:
    error = refusal({"identifierConfigs": [{"limit": 3}], "matchingRules": ["email"]})
    assert (error.path, "2..30" in error.allowed) == ("identifierConfigs[0].idType", True)


@pytest.mark.parametrize("key", ["colour", "id_type", "idtype", "limit_policy", "", "version"])
def test_section_2_an_unknown_key_of_a_config_is_refused(key: str) -> None:
    error = refusal(document(**{key: "blue"}))
    assert (error.path, error.value) == (f"identifierConfigs[2].{key}".rstrip("."), "blue")
    assert "matchingThreshold" in error.allowed


def test_section_12_an_unknown_key_of_the_root_is_ignored() -> None:
    assert Settings.from_json(document() | {"colour": "blue"}) == Settings.from_json(document())


@pytest.mark.parametrize("wrong", [None, 5, "email", ["idType"], True])
def test_section_2_a_config_that_is_no_object_is_refused(wrong: Any) -> None:
    error = refusal({"identifierConfigs": [{"idType": "email"}, wrong], "matchingRules": ["email"]})
    assert (error.path, error.value) == ("identifierConfigs[1]", wrong)


@pytest.mark.parametrize("key", ["identifierConfigs", "matchingRules"])
@pytest.mark.parametrize("wrong", [None, "email", 5, {"email": 1}, True])
def test_section_2_configs_and_rules_are_lists(key: str, wrong: Any) -> None:
    error = refusal(document() | {key: wrong})
    assert (error.path, error.value, "list" in error.allowed) == (key, wrong, True)


@pytest.mark.parametrize("key", ["identifierConfigs", "matchingRules"])
def test_section_2_configs_and_rules_are_required(key: str) -> None:
    lacking = document()
    del lacking[key]
    assert refusal(lacking).path == key


@pytest.mark.parametrize(
    "wrong", ["", "{", "[]", "null", "5", '"x"', b"\xff", "\ud800", 5, None, [], ["identifierConfigs"]]
)
def test_section_2_a_document_is_a_json_object(wrong: Any) -> None:
    error = refusal(wrong)
    assert error.path == ""
    assert str(error).startswith("settings: ")


@pytest.mark.parametrize("count", [1, 2, 14, 15])
def test_section_2_there_may_be_1_to_15_configs_and_rules(count: int) -> None:
    names = FIFTEEN[:count]
    assert settings(*names).matching_rules == tuple(names)


@pytest.mark.parametrize("count", [0, 16, 100])
def test_section_2_no_other_number_of_configs_is_allowed(count: int) -> None:
    configs = [{"idType": f"t{number:02}"} for number in range(count)]
    error = refusal({"identifierConfigs": configs, "matchingRules": ["t00"]})
    assert (error.path, error.value, "1..15" in error.allowed) == ("identifierConfigs", count, True)


@pytest.mark.parametrize("rules", [[], [*FIFTEEN, "t00 AND t01"]])
def test_section_2_no_other_number_of_rules_is_allowed(rules: list[str]) -> None:
    error = refusal({"identifierConfigs": [{"idType": name} for name in FIFTEEN], "matchingRules": rules})
    assert (error.path, error.value, "1..15" in error.allowed) == ("matchingRules", len(rules), True)


def test_section_2_id_types_are_unique() -> None:
    error = refusal({"identifierConfigs": [{"idType": "email"}, {"idType": "email"}], "matchingRules": ["email"]})
    assert (error.path, error.value) == ("identifierConfigs[1].idType", "email")


def test_section_1_id_types_are_case_sensitive() -> None:
    assert settings("email", "Email").id_types == ("email", "Email")


@pytest.mark.parametrize(
    ("rules", "place", "reason"),
    [
        (["email", "fax"], 1, "email, phone, chat"),
        (["EMAIL"], 0, "email, phone, chat"),
        ([""], 0, "email, phone, chat"),
        (["email AND fax"], 0, "email, phone, chat"),
        (["email AND "], 0, "email, phone, chat"),
        (["email and phone"], 0, "email, phone, chat"),
        (["email  AND phone"], 0, "email, phone, chat"),
        (["email", "email"], 1, "already"),
        (["email AND phone", "email AND phone"], 1, "already"),
        (["email AND phone", "phone AND email"], 1, "already"),
        (["chat AND email AND phone", "email AND phone", "phone AND chat AND email"], 2, "already"),
        (["email AND email"], 0, "once"),
        (["phone AND email AND phone"], 0, "once"),
        (["email", 5], 1, "' AND '"),
        ([None], 0, "' AND '"),
        ([["email"]], 0, "' AND '"),
    ],
)
def test_section_2_a_rule_that_makes_no_sense_is_refused(rules: list[Any], place: int, reason: str) -> None:
    configs = [{"idType": name} for name in ("email", "phone", "chat")]
    error = refusal({"identifierConfigs": configs, "matchingRules": rules})
    assert error.path == f"matchingRules[{place}]"
    assert error.value == rules[place]
    assert reason in error.allowed


def test_r7_a_compound_rule_names_two_or_more_types() -> None:
    chosen = settings("email", "phone", "chat", rules=["email", "email AND phone", "email AND phone AND chat"])
    assert [chosen.types_of(rule) for rule in chosen.matching_rules] == [
        ("email",),
        ("email", "phone"),
        ("email", "phone", "chat"),
    ]


def test_r7_a_rule_that_is_an_id_type_is_that_type_whatever_it_looks_like() -> None:
    chosen = settings("one", "two", "one AND two", rules=["one AND two"])
    assert chosen.types_of("one AND two") == ("one AND two",)


def test_r7_a_single_rule_on_a_type_that_is_not_unique_is_valid() -> None:
    assert settings(shared("last name")).matching_rules == ("last name",)


@pytest.mark.parametrize("version", [1, 2, 10**6])
def test_section_2_a_version_is_an_integer_from_1(version: int) -> None:
    assert Settings.from_json(document() | {"version": version}).version == version


@pytest.mark.parametrize("version", [0, -1, True, False, 1.0, "1", None])
def test_section_2_any_other_version_is_refused(version: Any) -> None:
    error = refusal(document() | {"version": version})
    assert (error.path, error.value, ">= 1" in error.allowed) == ("version", version, True)


def test_section_2_a_document_without_a_version_has_version_1() -> None:
    assert Settings.from_json(document()).version == 1


@pytest.mark.parametrize(
    ("configs", "rules", "path"),
    [
        ("email", ["email"], "identifierConfigs"),
        (b"email", ["email"], "identifierConfigs"),
        ({"email": 1}, ["email"], "identifierConfigs"),
        (5, ["email"], "identifierConfigs"),
        (["email"], ["email"], "identifierConfigs[0]"),
        ([config("email")], "email", "matchingRules"),
        ([config("email")], {"email": 1}, "matchingRules"),
        ([config("email")], None, "matchingRules"),
    ],
)
def test_section_2_settings_made_in_python_are_checked_alike(configs: Any, rules: Any, path: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings(configs, rules)
    assert caught.value.path == path


def test_section_2_configs_and_rules_may_come_from_any_iterable() -> None:
    chosen = Settings((config(name) for name in ("email", "phone")), iter(["email"]))
    assert (chosen.id_types, chosen.matching_rules) == (("email", "phone"), ("email",))


def test_section_2_a_new_store_has_these_settings() -> None:
    defaults = {"matchingAlgo": "exact", "matchingThreshold": 75, "limit": 100, "limitPolicy": "fifo"}
    assert Engine().settings.to_json() == {
        "identifierConfigs": [
            {"idType": id_type, **defaults, "enforceUnique": True, "normalization": normalization}
            for id_type, normalization in [
                ("email", "email"),
                ("whatsapp", "trim"),
                ("phone", "phone"),
                ("chat", "trim"),
            ]
        ],
        "matchingRules": ["email", "whatsapp", "phone", "chat"],
        "version": 1,
    }
    assert Engine().settings == Settings.defaults()


@pytest.mark.parametrize(
    "chosen",
    [
        Settings.defaults(),
        settings(fuzzy("email", 50, limit=1, limit_policy="lifo"), shared("last name"), rules=["email"]),
        settings("email", "phone", rules=["phone AND email", "phone"]),
        attrs.evolve(settings("email"), version=7),
    ],
)
def test_section_2_json_gives_back_the_same_settings(chosen: Settings) -> None:
    assert Settings.from_json(chosen.to_json()) == chosen
    assert Settings.from_json(json.dumps(chosen.to_json())) == chosen
    assert Settings.from_json(json.dumps(chosen.to_json()).encode()) == chosen


def test_section_2_json_has_the_plain_words_of_the_api() -> None:
    written = settings(fuzzy("email", 50)).to_json()["identifierConfigs"][0]
    assert {type(value) for value in written.values()} == {str, int, bool}


class Kind(str, enum.Enum):  # noqa: UP042  the older kind, whose str() is another text
    """A caller's own names for its types."""

    EMAIL = "email"


def test_section_2_json_has_the_value_of_a_kind_of_string() -> None:
    chosen = Settings([IdentifierConfig(Kind.EMAIL)], [Kind.EMAIL])
    assert chosen.to_json()["identifierConfigs"][0]["idType"] == "email"
    assert Settings.from_json(chosen.to_json()) == settings(config("email", normalization="trim"))


def test_section_2_settings_are_frozen() -> None:
    chosen = Settings.defaults()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        chosen.version = 2  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        chosen.identifier_configs[0].limit = 2  # type: ignore[misc]


def test_section_2_a_change_of_a_copy_is_checked_too() -> None:
    with pytest.raises(InvalidSettings, match=r"matchingRules\[0\]: 'fax'"):
        attrs.evolve(Settings.defaults(), matching_rules=["fax"])


def test_section_2_a_long_value_is_shown_in_part() -> None:
    message = str(refusal(document(limit="x" * 1000)))
    assert len(message) < 200
    assert "xxx..." in message


# Where the engine gets its settings


def test_n9_a_normalization_that_nobody_knows_is_refused_where_the_engine_gets_its_settings() -> None:
    chosen = settings("email", config("phone", normalization="digits"))
    with pytest.raises(InvalidSettings) as caught:
        Engine(chosen)
    assert (caught.value.path, caught.value.value) == ("identifierConfigs[1].normalization", "digits")
    assert "phone, email, trim, none" in caught.value.allowed


def test_n9_a_normalization_of_the_users_own_is_accepted() -> None:
    engine = Engine(settings(config("phone", normalization="digits")), normalizers={"digits": str.strip})
    assert engine.settings.identifier_configs[0].normalization == "digits"


@pytest.mark.parametrize(
    "option",
    [
        {"on_invalid": "ignore"},
        {"on_invalid": None},
        {"match": "some"},
        {"match": []},
        {"default_region": "us"},
        {"default_region": "USA"},
        {"default_region": ""},
        {"normalizers": {"phone": str.strip}},
        {"normalizers": {5: str.strip}},
    ],
)
def test_section_2_an_option_that_does_not_exist_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(InvalidSettings):
        Engine(**option)


@pytest.mark.parametrize("wrong", [{"identifierConfigs": []}, "email", 5])
def test_section_2_an_engine_takes_settings_and_nothing_like_them(wrong: Any) -> None:
    with pytest.raises(InvalidSettings):
        Engine(wrong)
    with pytest.raises(InvalidSettings):
        Engine().apply_settings(wrong)


def test_section_2_apply_settings_counts_the_version_on_whatever_the_document_says() -> None:
    engine = Engine(attrs.evolve(settings("email"), version=41))
    assert engine.settings.version == 41
    outcome = engine.apply_settings(attrs.evolve(settings("phone"), version=7))
    assert engine.settings == attrs.evolve(settings("phone"), version=42)
    assert (outcome.status, outcome.profile_id, told(outcome)) == ("settings", None, ["settings 42"])


def test_section_2_refused_settings_leave_the_old_ones() -> None:
    engine = store("email")
    before = engine.snapshot()
    with pytest.raises(InvalidSettings, match=r"identifierConfigs\[0\].normalization"):
        engine.apply_settings(settings(config("email", normalization="digits")))
    assert engine.snapshot() == before


# S1


def test_s1_new_settings_change_nothing_that_is_stored() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": [" A", "b ", "c"]}, at=1)
    engine.resolve({"phone": "1"}, at=2)
    held = engine.identifiers("p1")
    outcome = engine.apply_settings(settings(config("email", limit=1, normalization="trim"), shared("phone")))
    assert told(outcome) == ["settings 2"]
    assert engine.identifiers("p1") == held == {"email": (" A", "b ", "c")}
    assert engine.profiles() == ("p1", "p2")


def test_s1_new_settings_alone_merge_no_one() -> None:
    engine = store(shared("email"), "phone", rules=["phone"])
    engine.resolve({"email": "same", "phone": "1"})
    engine.resolve({"email": "same", "phone": "2"})
    engine.apply_settings(settings("email", "phone"))
    assert engine.lookup("email", "same").profile_ids == ("p1", "p2")


def lowered(policy: str) -> Engine:
    """Return a store where p1 holds five e-mails, a to e, and the limit has become 3."""
    engine = store("email", "phone")
    for at, value in enumerate("abcde"):
        engine.resolve({"phone": "1", "email": value}, at=10 + at)
    engine.apply_settings(settings(config("email", limit=3, limit_policy=policy), "phone"))
    assert engine.values("p1", "email") == ("a", "b", "c", "d", "e")
    return engine


def test_s1_a_lowered_limit_trims_at_the_next_insertion() -> None:
    engine = lowered("fifo")
    outcome = engine.add_identifier("p1", "email", "f", at=20)
    assert told(outcome) == [
        "p1 + email f",
        "p1 - email a (limit, fifo)",
        "p1 - email b (limit, fifo)",
        "p1 - email c (limit, fifo)",
    ]
    assert engine.values("p1", "email") == ("d", "e", "f")


def test_s1_a_lowered_limit_trims_the_most_recent_first_under_lifo() -> None:
    engine = lowered("lifo")
    outcome = engine.add_identifier("p1", "email", "f", at=5)
    assert told(outcome) == [
        "p1 + email f",
        "p1 - email e (limit, lifo)",
        "p1 - email d (limit, lifo)",
        "p1 - email c (limit, lifo)",
    ]
    assert engine.values("p1", "email") == ("f", "a", "b")


@pytest.mark.parametrize(
    ("policy", "left", "also"),
    [("fifo", ("c", "d", "e"), "b"), ("lifo", ("a", "b", "c"), "d")],
)
def test_s1_a_lowered_limit_trims_at_the_next_removal(policy: str, left: tuple[str, ...], also: str) -> None:
    engine = lowered(policy)
    first = "a" if policy == "fifo" else "e"
    outcome = engine.remove_identifier("p1", "email")
    assert told(outcome) == [f"p1 - email {first} (removed)", f"p1 - email {also} (limit, {policy})"]
    assert engine.values("p1", "email") == left


def test_s1_a_lowered_limit_trims_when_a_replacement_only_removes() -> None:
    engine = lowered("fifo")
    outcome = engine.replace_identifier("p1", "email", "e", "a")
    assert told(outcome) == ["p1 - email e (replaced)", "p1 - email a (limit, fifo)"]
    assert engine.values("p1", "email") == ("b", "c", "d")


def test_s1_a_merge_writes_every_configured_list_of_the_survivor() -> None:
    engine = lowered("fifo")
    engine.resolve({"phone": "2"})
    outcome = engine.resolve({"phone": ["1", "2"]})
    assert told(outcome) == [
        "p1 < p7 by phone: phone 1, phone 2",
        "p1 - email a (limit, fifo)",
        "p1 - email b (limit, fifo)",
    ]


def test_s1_a_value_that_is_unchanged_is_no_write() -> None:
    engine = lowered("fifo")
    assert engine.add_identifier("p1", "email", "e").facts == ()
    assert engine.resolve({"email": "a"}).facts == ()
    assert engine.replace_identifier("p1", "email", "a", "a").facts == ()
    assert engine.values("p1", "email") == ("a", "b", "c", "d", "e")


def test_s1_a_value_that_is_refused_is_no_write() -> None:
    engine = lowered("lifo")
    assert told(engine.add_identifier("p1", "email", "f", at=99)) == ["p1 ! email f (limit)"]
    assert engine.values("p1", "email") == ("a", "b", "c", "d", "e")


def test_s1_a_write_to_another_type_leaves_the_list_alone() -> None:
    engine = lowered("fifo")
    engine.add_identifier("p1", "phone", "2")
    assert engine.values("p1", "email") == ("a", "b", "c", "d", "e")


def test_s1_a_new_normalization_reads_later_values_only() -> None:
    engine = store("email")
    engine.resolve({"email": "ADA@b.cc"})
    engine.apply_settings(settings(config("email", normalization="email")))
    engine.resolve({"email": "ADA@b.cc"})
    assert engine.identifiers("p1") == {"email": ("ADA@b.cc",)}
    assert engine.identifiers("p3") == {"email": ("ada@b.cc",)}


# S2


def without_fax() -> Engine:
    """Return a store where p1 holds faxes that are no longer configured."""
    engine = store(config("fax", limit_policy="lifo", normalization="trim"), "email")
    engine.resolve({"email": "a", "fax": "1"}, at=1)
    engine.resolve({"email": "a", "fax": "2"}, at=2)
    engine.resolve({"email": "b"}, at=3)
    engine.apply_settings(settings("email"))
    return engine


def test_s2_values_of_a_removed_type_can_be_read_and_looked_up() -> None:
    engine = without_fax()
    assert engine.identifiers("p1") == {"email": ("a",), "fax": ("1", "2")}
    assert engine.values("p1", "fax") == ("1", "2")
    assert engine.history_of("p1", "fax") == (("1", 1), ("2", 2))
    assert engine.values("p3", "fax") == ()
    assert engine.lookup("fax", "1").profile_ids == ("p1",)
    assert engine.lookup("fax", " 1") == type(engine.lookup("fax", "1"))(Value(" 1"), ())


def test_s2_values_of_a_removed_type_are_removed_as_under_fifo() -> None:
    engine = without_fax()
    assert told(engine.remove_identifier("p1", "fax")) == ["p1 - fax 1 (removed)"]
    assert told(engine.remove_identifier("p1", "fax", value="2")) == ["p1 - fax 2 (removed)"]
    with pytest.raises(UnknownIdentifierType, match="'fax'"):
        engine.remove_identifier("p1", "fax")


def test_s2_all_values_of_a_removed_type_can_be_removed() -> None:
    engine = without_fax()
    assert told(engine.remove_identifier("p1", "fax", all=True)) == [
        "p1 - fax 1 (removed)",
        "p1 - fax 2 (removed)",
    ]


def test_s2_a_profile_that_holds_none_of_a_removed_type_has_nothing_to_remove() -> None:
    engine = without_fax()
    for options in ({}, {"all": True}, {"value": "1"}):
        with pytest.raises(IdentifierNotFound):
            engine.remove_identifier("p3", "fax", **options)


@pytest.mark.parametrize(
    "command",
    [
        lambda engine: engine.add_identifier("p3", "fax", "1"),
        lambda engine: engine.add_identifier("p1", "fax", "1"),
        lambda engine: engine.replace_identifier("p1", "fax", "1", "3"),
        lambda engine: engine.resolve({"email": "b", "fax": "1"}),
    ],
)
def test_s2_values_of_a_removed_type_are_neither_added_nor_replaced_nor_matched(command: Any) -> None:
    engine = without_fax()
    before = engine.snapshot()
    with pytest.raises(UnknownIdentifierType, match=r"'fax' is not configured \(configured: email\)"):
        command(engine)
    assert engine.snapshot() == before


def test_s2_values_of_a_removed_type_go_with_a_merge() -> None:
    engine = without_fax()
    engine.resolve({"email": ["a", "b"]})
    assert engine.identifiers("p1") == {"email": ("a", "b"), "fax": ("1", "2")}


def test_s2_a_type_that_comes_back_matches_again() -> None:
    engine = without_fax()
    engine.apply_settings(settings("email", "fax"))
    assert engine.resolve({"fax": "2"}).profile_id == "p1"


@pytest.mark.parametrize("ask", ["values", "history_of"])
def test_a7_reading_a_type_that_no_one_knows_is_refused(ask: str) -> None:
    engine = store("email")
    engine.resolve({"email": "a"})
    for unknown in ("fax", "Email", "", 5):
        with pytest.raises(ResolverError) as caught:
            getattr(engine, ask)("p1", unknown)
        assert type(caught.value) is UnknownIdentifierType


def test_a_text_is_spelled_as_json_in_errors_and_a_dict_as_python() -> None:
    document = '{"identifierConfigs": [{"idType": "email", "enforceUnique": null}], "matchingRules": ["email"]}'
    with pytest.raises(InvalidSettings, match="enforceUnique: null is not allowed"):
        Settings.from_json(document)
    with pytest.raises(InvalidSettings, match="enforceUnique: None is not allowed"):
        Settings.from_json(json.loads(document))


def test_a_missing_key_is_said_to_be_missing() -> None:
    with pytest.raises(InvalidSettings, match="matchingRules: it is missing; expected a list") as caught:
        Settings.from_json({"identifierConfigs": [{"idType": "email"}]})
    assert caught.value.value is None
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_value_that_cannot_be_shown_is_named_by_its_type() -> None:
    with pytest.raises(InvalidSettings, match="limit: a very long int is not allowed"):
        IdentifierConfig("email", limit=10**5000)
    assert "a very long dict" in str(InvalidSettings("x", {(1,): 2}, "text").as_json())
