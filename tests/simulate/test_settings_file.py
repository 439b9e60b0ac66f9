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


def test_a_region_may_be_in_lower_case(tmp_path: Path) -> None:
    path = write(tmp_path, {**DOCUMENT, "options": {"defaultRegion": "gb"}})
    assert load_settings(path)[1] == {"default_region": "GB"}


def test_a_file_that_is_no_settings_document_is_quoted_in_part(tmp_path: Path) -> None:
    path = write(tmp_path, '{"op": "resolve"}\n' * 500)
    with pytest.raises(InvalidSettings) as caught:
        load_settings(path)
    assert len(str(caught.value)) < len(str(path)) + 250
