"""Presets: settings documents for what vendors document, each a valid one that names its sources."""

import json
from pathlib import Path

import pytest

from resolver import Engine, IdentifierRefused, Settings
from resolver.cli import main
from resolver.simulate import load_settings
from resolver.simulate.settings_documents import PRESETS, preset


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_settings_document_that_names_its_sources(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["settings", "--preset", name]) == 0
    printed = capsys.readouterr().out
    document = json.loads(printed)
    assert "not a copy of a product" in document["comment"]
    assert "Sources: " in document["comment"]
    file = tmp_path / "preset.json"
    file.write_text(printed, encoding="utf-8")
    settings, options = load_settings(file)
    assert options == {}
    assert settings == Settings.from_json(preset(name))
    Engine(settings)


def test_presets_are_those_of_the_contract() -> None:
    policies = {name: Settings.from_json(preset(name)).policies.to_json() for name in PRESETS}
    assert policies["twilio"] == {}
    assert (policies["segment"]["protect"], policies["segment"]["misfit"]) == ("*", "refuseRest")
    assert policies["segment"]["caps"] == {"identifiers": 1000, "merges": 100}
    assert "misfit" not in policies["segment-2025"]
    assert policies["segment-2025"]["caps"] == {"identifiers": 1000, "merges": 500}
    assert policies["snowplow"] == {"protect": ["user_id"], "misfit": "share"}
    assert policies["adobe-flat"] == {
        "blocked": [{"equals": ["null", "anonymous", "invalid", ""]}],
        "protect": ["CRMID"],
        "caps": {"identifiers": 50},
        "misfit": "move",
    }
    assert policies["mixpanel"] == {"protect": ["user_id"]}
    assert policies["mixpanel-original"] == {"caps": {"identifiers": 500}}
    assert {*policies} >= {"posthog", "rudderstack", "hightouch"}


def test_a_preset_resolves_as_its_vendor_documents() -> None:
    engine = Engine(Settings.from_json(preset("segment")))
    engine.resolve({"user_id": "abc123", "email": "jane@example1.com"})
    facts = engine.resolve({"user_id": "abc456", "email": "jane@example1.com"}).facts
    assert [str(fact.reason) for fact in facts if isinstance(fact, IdentifierRefused)] == ["limit"]


def test_an_unknown_preset_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="did you mean 'segment'"):
        preset("segmant")
    assert main(["settings", "--preset", "segmant"]) == 2
    assert "segment-2025" in capsys.readouterr().err


def test_a_preset_and_a_file_exclude_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(preset("twilio")), encoding="utf-8")
    assert main(["settings", str(file), "--preset", "twilio"]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_a_preset_is_printed_where_a_project_names_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("today.json").write_text(json.dumps(preset("twilio")), encoding="utf-8")
    Path("resolver.toml").write_text('settings = "today.json"\n', encoding="utf-8")
    assert main(["settings", "--preset", "mixpanel"]) == 0
    assert json.loads(capsys.readouterr().out) == preset("mixpanel")
    assert main(["settings", "today.json", "--preset", "mixpanel"]) == 2
