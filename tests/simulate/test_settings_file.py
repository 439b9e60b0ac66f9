import json
from pathlib import Path
from typing import Any

import pytest

from resolver import InvalidSettings, Settings
from resolver.simulate import load_settings, options_to_json

DOCUMENT: dict[str, Any] = Settings.defaults().to_json()


def write(folder: Path, document: Any) -> Path:
    path = folder / "settings.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def test_a_settings_file_gives_settings_and_the_options_beside_them(tmp_path: Path) -> None:
    options = {"match": "first", "onInvalid": "keep", "defaultRegion": "GB"}
    settings, given = load_settings(write(tmp_path, {**DOCUMENT, "options": options}))
    assert settings == Settings.defaults()
    assert given == {"match": "first", "on_invalid": "keep", "default_region": "GB"}
    assert options_to_json(given) == options
    assert load_settings(write(tmp_path, DOCUMENT))[1] == {}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "expected a JSON document"),
        ({**DOCUMENT, "matchingRules": ["fax"]}, 'matchingRules[0]: "fax"'),
        ({**DOCUMENT, "options": []}, "options: []"),
        (
            {**DOCUMENT, "options": {"mode": "x"}},
            'options.mode: "x" is not allowed; expected only the keys match',
        ),
        (
            {**DOCUMENT, "options": {"match": "some"}},
            'options.match: "some" is not allowed; expected one of all, first',
        ),
        (
            {**DOCUMENT, "options": {"defaultRegion": 1}},
            "options.defaultRegion: 1 is not allowed; expected a two-letter",
        ),
        ([], "settings: [] is not allowed"),
        ({}, "identifierConfigs: it is missing; expected a list of 1..15 entries"),
        ({**DOCUMENT, "matchingRules": None}, "matchingRules: null is not allowed; expected a list"),
        ({**DOCUMENT, "identifierConfigs": [{}]}, "identifierConfigs[0].idType: it is missing; expected a string"),
        (
            {**DOCUMENT, "identifierConfigs": [{"idType": "email", "enforceUnique": None}]},
            "identifierConfigs[0].enforceUnique: null is not allowed; expected true or false",
        ),
        (
            {**DOCUMENT, "identifierConfigs": [{"idType": "email", "limit": True}]},
            "identifierConfigs[0].limit: true is not allowed; expected an integer 1..100",
        ),
        (
            {**DOCUMENT, "identifierConfigs": [{"idType": "email", "limitPolicy": "newest"}]},
            'identifierConfigs[0].limitPolicy: "newest" is not allowed; expected "fifo" or "lifo"',
        ),
        ({**DOCUMENT, "options": {"match": None}}, "options.match: null is not allowed"),
    ],
)
def test_a_wrong_settings_file_names_the_file_the_place_and_what_would_be_right(
    tmp_path: Path, document: Any, message: str
) -> None:
    path = write(tmp_path, document)
    with pytest.raises(InvalidSettings) as caught:
        load_settings(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_file_may_have_a_byte_order_mark_or_be_utf16(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(json.dumps({**DOCUMENT, "options": {"match": "first"}}).encode(encoding))
    assert load_settings(path) == (Settings.defaults(), {"match": "first"})
    assert Settings.from_json(path.read_bytes()) == Settings.defaults()
    assert Settings.from_json("\ufeff" + json.dumps(DOCUMENT)) == Settings.defaults()


PLACED = """{
  "identifierConfigs": [
    {"idType": "email", "normalization": "email"},
    {"idType": "phone", "limit": 5}
  ],
  "matchingRules": ["email", "phone"]
}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"limit": 5', '"limit": 0', "line 4, column 25: identifierConfigs[1].limit: 0 is not allowed"),
        ('"limit": 5', '"limitt": 5', "line 4, column 25: identifierConfigs[1].limitt: 5 is not allowed"),
        ('"idType": "phone", ', "", "line 4, column 5: identifierConfigs[1].idType: it is missing"),
        ('"phone"]', '"fax"]', 'line 6, column 30: matchingRules[1]: "fax" is not allowed'),
        ('"matchingRules"', '"matchingRule"', "line 1, column 1: matchingRules: it is missing"),
        ('"matchingRules"', '"options": {"match": 1}, "matchingRules"', "line 6, column 15: options.match: 1 is not"),
        ('"matchingRules"', '"option": {}, "matchingRules"', "line 6, column 3: option: {} is not allowed"),
    ],
)
def test_an_error_begins_with_line_and_column(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path, PLACED.replace(old, new))
    with pytest.raises(InvalidSettings) as caught:
        load_settings(path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"email"},', '"email"},,', "line 3, column 51: "),
        (": 5}", ": 5,}", "line 4, column 36: trailing comma in object"),
        ("  ],", "  ]", "line 6, column 3: expected ',' or '}'"),
        ('"limit"', "limit", "line 4, column 25: object keys must be strings"),
        ('"limit"', "'limit'", "line 4, column 25: object keys must be strings"),
        (" 5", " NaN", "line 4, column 34: invalid character"),
        ("\n}\n", "", "line 6, column 38: it does not end"),
        ("phone", "\u20ac\u20ac\u20ac\n", "line 4, column 20: invalid character"),
        ("5", "5 // mine", "line 4, column 36: "),
    ],
)
def test_what_is_no_json_is_placed(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = write(tmp_path, PLACED.replace(old, new))
    with pytest.raises(InvalidSettings) as caught:
        load_settings(path)
    assert f"expected a JSON document ({place}".replace("'", '"') in str(caught.value)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"identifierConfigs": [{"idType": "email", "limitt": 5}]}, 'did you mean "limit"?'),
        ({"identifierConfigs": [{"idType": "email", "enforce_unique": True}]}, 'did you mean "enforceUnique"?'),
        ({"options": {"onInvald": "drop"}}, 'did you mean "onInvalid"?'),
        ({"option": {}}, 'did you mean "options"?'),
        ({"matchingRules": ["email and phone"]}, 'did you mean "email AND phone"? AND is in capitals, with a space on'),
        ({"matchingRules": ["email  And phone  "]}, 'did you mean "email AND phone"? AND is in capitals'),
        ({"matchingRules": ["email AND  phone"]}, 'did you mean "email AND phone"? AND is in capitals'),
        ({"matchingRules": ["emial AND phone"]}, 'did you mean "email"?'),
    ],
)
def test_an_error_says_what_may_have_been_meant(tmp_path: Path, change: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load_settings(write(tmp_path, {**DOCUMENT, **change}))
    assert hint in str(caught.value)


def test_a_missing_key_of_the_root_names_the_one_that_stands_for_it(tmp_path: Path) -> None:
    document = {("matchingRule" if key == "matchingRules" else key): value for key, value in DOCUMENT.items()}
    with pytest.raises(InvalidSettings, match=r'matchingRules: it is missing; .*; "matchingRule" is'):
        load_settings(write(tmp_path, document))


@pytest.mark.parametrize("rule", ["fax", "a and b", " ", "and", "x" * 100, "email" + " " * 100_000 + "phone"])
def test_nothing_is_suggested_where_nothing_is_near(rule: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_json({**DOCUMENT, "matchingRules": [rule]})
    assert "AND is in capitals" not in str(caught.value)


def test_other_keys_at_the_root_are_ignored(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, {**DOCUMENT, "comment": "mine", "x": 1}))[0] == Settings.defaults()


def test_bytes_that_are_no_utf8_are_named_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b'{\n "a": "\xff"}')
    with pytest.raises(InvalidSettings, match=r"a JSON document \(line 2, column 8: a byte here is not UTF-8\)"):
        load_settings(path)


def test_a_region_may_be_in_lower_case(tmp_path: Path) -> None:
    path = write(tmp_path, {**DOCUMENT, "options": {"defaultRegion": "gb"}})
    assert load_settings(path)[1] == {"default_region": "GB"}


def test_a_file_that_is_no_settings_document_is_quoted_in_part(tmp_path: Path) -> None:
    path = write(tmp_path, '{"op": "resolve"}\n' * 500)
    with pytest.raises(InvalidSettings) as caught:
        load_settings(path)
    assert len(str(caught.value)) < len(str(path)) + 250
