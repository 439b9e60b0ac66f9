"""The file that opens from disk: what it has, and what a mask leaves out of it."""

import base64
import gzip
import json
import re
from typing import Any

import pytest

from resolver.report.masking import Mask
from resolver.settings import Settings
from resolver.studio import export as module
from resolver.studio.export import export
from resolver.studio.forms import known_part
from resolver.studio.workbench import Rules, Scenario, Workbench
from tests.studio.scenarios import THREE, example, typed


def data_of(page: str) -> list[Any]:
    found = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', page)
    assert found is not None
    data: list[Any] = json.loads(gzip.decompress(base64.b64decode(found[1])))
    return data


def test_a_file_has_every_step_and_why_pairs_are_together() -> None:
    shared, *views = data_of(export(Workbench(typed()), "typed"))
    assert [view["step"] for view in views] == [0, 1, 2, 3]
    assert [event["step"] for event in shared["events"]] == [1, 2, 3]
    assert {"1 2", "1 3"} <= shared["whys"].keys()
    viewer = typed().viewer()
    for view in views:
        assert [shared["rows"][place] for place in view["rows"]] == viewer.view(view["step"])["rows"]


def test_the_same_events_give_the_same_file() -> None:
    assert export(Workbench(typed()), "typed") == export(Workbench(typed()), "typed")


def test_a_mask_leaves_no_value_in_the_file() -> None:
    page = export(Workbench(typed()), "typed", mask=Mask(b"sixteen bytes or more", refs=True))
    told = json.dumps(data_of(page))
    assert not [secret for secret in ("ada@", "bob@", "555", "web:1", "shop:3") if secret in told]
    whys = data_of(page)[0]["whys"]
    assert [side["together"] for side in whys["1 2"]] == [True, False]
    assert "phone #" in " ".join(whys["1 2"][0]["lines"])


def test_a_masked_file_has_the_settings_without_what_may_have_values_in_it() -> None:
    document = {**Settings.defaults().to_json(), "options": {"match": "first"}}
    scenario = Scenario(typed().records, (Rules.of_document(document), Rules.of_document(document)))
    side = data_of(export(Workbench(scenario), "", mask=Mask(b"sixteen bytes or more")))[0]["sides"][0]
    assert side["document"] == document
    assert known_part({**document, "more": 1, "options": {"match": "first", "blocked": ["Ada"]}}) == document


def test_of_a_long_history_a_file_has_the_steps_up_to_the_present_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 20)
    bench = Workbench(example(120))
    for around, expected in ((None, range(101, 121)), (100, range(81, 101)), (3, range(1, 21))):
        shared, *views = data_of(export(bench, "", around=around))
        assert [view["step"] for view in views] == list(expected)
        assert bool(shared["whys"]) == (around is None)


def test_explanations_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WHYS", 1)
    assert len(data_of(export(Workbench(typed()), ""))[0]["whys"]) == 1
    assert THREE.count("\n") == 3
