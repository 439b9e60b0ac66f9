"""Forms are made from settings, so that they have a field for whatever settings have."""

from typing import Any

import attrs
import pytest

from resolver.json_documents import camel
from resolver.policies import Policies
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate.settings_documents import settings_in_document
from resolver.studio.forms import form_of
from tests.studio.scenarios import SHARED

DEFAULTS = Settings.defaults().to_json()


def nodes(form: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for node in form for each in (node, *nodes(node.get("nodes", [])))]


def at(form: list[dict[str, Any]], *path: str | int) -> dict[str, Any]:
    (found,) = [node for node in nodes(form) if node["path"] == list(path)]
    return found


def test_every_field_of_a_config_has_a_node_with_its_value() -> None:
    form = form_of(DEFAULTS)
    fields = [key for key in IdentifierConfig("email").to_json() if key != "idType"]
    for place, config in enumerate(DEFAULTS["identifierConfigs"]):
        mine = [node["path"] for node in nodes(form) if node["path"][:2] == ["identifierConfigs", place]]
        assert {each[2] for each in mine if len(each) == 3} == {*fields}
        for key in fields:
            assert at(form, "identifierConfigs", place, key)["value"] == config[key]


def test_numbers_have_the_bounds_that_settings_check() -> None:
    form = form_of(DEFAULTS)
    limit = at(form, "identifierConfigs", 0, "limit")
    assert (limit["kind"], limit["min"], limit["max"]) == ("number", 1, 100)
    threshold = at(form, "identifierConfigs", 0, "matchingThreshold")
    assert (threshold["min"], threshold["max"]) == (50, 99)


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("limitPolicy", ["fifo", "lifo"]),
        ("matchingAlgo", ["exact", "fuzzy"]),
        ("normalization", ["phone", "email", "trim", "none"]),
    ],
)
def test_words_are_chosen_among_those_that_there_are(key: str, choices: list[str]) -> None:
    assert at(form_of(DEFAULTS), "identifierConfigs", 0, key)["choices"] == choices


def test_every_choice_and_bound_is_one_that_settings_take() -> None:
    for node in nodes(form_of(DEFAULTS)):
        values = [*node.get("choices", ()), *[node[key] for key in ("min", "max") if key in node]]
        for value in (each for each in values if each != ""):  # an empty choice leaves the key out
            document = Settings.defaults().to_json()
            place: Any = document
            for key in node["path"][:-1]:
                place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
            place[node["path"][-1]] = value
            settings_in_document(document)


def test_options_stand_with_what_a_replay_takes_by_default() -> None:
    form = form_of({**DEFAULTS, "options": {"match": "first"}})
    assert at(form, "options", "onInvalid")["value"] == "drop"
    assert at(form, "options", "match")["value"] == "first"
    assert at(form, "options", "defaultRegion")["value"] == "US"


def test_a_normalization_of_ones_own_stays_a_choice() -> None:
    configs = [attrs.evolve(Settings.defaults().identifier_configs[0], normalization="digits")]
    document = Settings(configs, ["email"]).to_json()
    assert at(form_of(document), "identifierConfigs", 0, "normalization")["choices"][-1] == "digits"


def test_what_differs_from_another_document_says_what_that_has() -> None:
    form = form_of(SHARED.to_json(), DEFAULTS)
    assert [(node["path"], node["was"]) for node in nodes(form) if "was" in node] == [
        (["identifierConfigs", 2, "enforceUnique"], True)
    ]


def test_a_type_that_the_other_document_lacks_is_new() -> None:
    document = Settings.defaults().to_json()
    document["identifierConfigs"].append(IdentifierConfig("loyalty_id").to_json())
    document["matchingRules"].append("loyalty_id")
    form = form_of(document, DEFAULTS)
    assert at(form, "identifierConfigs", 4)["isNew"] is True
    assert at(form, "matchingRules")["was"] == DEFAULTS["matchingRules"]


def test_every_policy_has_a_field_also_where_there_is_none_yet() -> None:
    form = form_of(DEFAULTS)
    names = {
        node["path"][2] for node in nodes(form) if node["path"][:2] == ["options", "policies"] and node["path"][2:]
    }
    assert names == {camel(field.name) for field in attrs.fields(Policies)}
    assert at(form, "options", "policies", "windowDays", "phone")["value"] is None


def test_policies_are_shown_and_what_differs_is_marked() -> None:
    policies = {
        "blocked": [{"idType": "phone", "equals": ["+10000000000"]}, {"matches": "^0"}],
        "protect": ["phone"],
        "caps": {"merges": 3},
        "windowDays": {"email": 30},
        "misfit": {"phone": "refuse"},
    }
    document = {**DEFAULTS, "options": {"policies": policies}}
    settings_in_document(document)
    form = form_of(document, DEFAULTS)
    assert [node["label"] for node in at(form, "options", "policies", "blocked")["nodes"]] == ["+10000000000", "^0"]
    assert at(form, "options", "policies", "blocked", 0, "idType")["value"] == "phone"
    for path, value, was in (
        (("protect",), ["phone"], []),
        (("caps", "merges"), 3, None),
        (("windowDays", "email"), 30, None),
        (("misfit", "phone"), "refuse", ""),
    ):
        node = at(form, "options", "policies", *path)
        assert (node["value"], node["was"]) == (value, was)
    every = form_of({**DEFAULTS, "options": {"policies": {"protect": "*"}}})
    assert at(every, "options", "policies", "protect")["value"] == ["*"]


def test_a_part_that_is_not_known_has_a_form_by_its_kind() -> None:
    more = {"texts": ["x"], "deep": {"phone": 3, "strict": True, "note": None}, "rules": [{"a": 1}]}
    form = form_of({**DEFAULTS, "options": {"more": more}}, {**DEFAULTS, "options": {"more": {"texts": []}}})
    below = [node for node in nodes(form) if node["path"][:2] == ["options", "more"]]
    kinds = {".".join(map(str, node["path"][2:])): node["kind"] for node in below}
    assert kinds == {
        "": "group", "texts": "words", "deep": "group", "deep.phone": "number", "deep.strict": "flag",
        "deep.note": "text", "rules": "group", "rules.0": "group", "rules.0.a": "number",
    }  # fmt: skip
    assert at(form, "options", "more", "texts")["was"] == []
    assert at(form_of({**DEFAULTS, "more": 1}), "more")["kind"] == "number"
