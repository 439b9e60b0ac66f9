"""A masked explanation says what the explanation says, without a value or a ref in it."""

import json
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.example import path
from resolver.report.masking import Mask, masked_explanation
from resolver.settings import Settings
from resolver.simulate import explain, load_settings, read_history, replay
from resolver.simulate.explain import UnknownRef
from tests.studio.scenarios import SHARED, with_phone

MASK = Mask(b"sixteen bytes or more", refs=True)
LINES = [
    {"ref": "rosa", "identifiers": {"email": "ada@example.com", "phone": "317-555-0100"}},
    {"ref": "karl", "identifiers": {"phone": "(317) 555-0100"}},
    {"ref": "karl", "identifiers": {"email": "bob@example.com", "phone": "zzz"}},
    {"ref": "lena", "identifiers": {"email": ["ada@example.com", "bob@example.com"]}},
    {"ref": "lena", "identifiers": {"phone": ["317-555-0111", "317-555-0122"]}},
    {"ref": "otto", "identifiers": {"phone": "317-555-0122", "email": "zzz"}},
    {"op": "add", "profile": "ref:karl", "idType": "email", "value": "eve@example.com"},
    {"op": "replace", "profile": "ref:rosa", "idType": "phone", "old": "317-555-0100", "new": "317-555-0133"},
    {"op": "remove", "profile": "ref:lena", "idType": "phone", "all": True},
    {"op": "delete", "profile": "ref:karl"},
    {"op": "erase", "identifiers": {"email": "bob@example.com"}, "suppress": True},
]
SECRETS = ("@", "555", "zzz", "rosa", "karl", "lena", "otto")


@given(st.lists(st.sampled_from(LINES), min_size=2, max_size=9), st.sampled_from([SHARED, with_phone(limit=1)]))
def test_no_value_and_no_ref_is_in_it_and_nothing_else_is_changed(lines: list[object], settings: Settings) -> None:
    run = replay(lines, settings)
    refs = [*dict.fromkeys([*run.assignments, *run.elsewhere])]
    for a, b in [*combinations(refs, 2), *((ref, ref) for ref in refs[:1])]:
        told, masked = explain(run, a, b), masked_explanation(run, MASK, a, b)
        text = f"{masked.text(most=99)} {json.dumps(masked.to_json())}"
        assert [secret for secret in SECRETS if secret in text] == []
        assert (masked.together, masked.first.profile_id) == (told.together, told.first.profile_id)
        assert len(masked.chain) == len(told.chain)
        assert [link.kind for link in masked.chain] == [link.kind for link in told.chain]
        assert len(masked.common) == len(told.common)
        assert len(masked.first.fates) == len(told.first.fates)
        if told.cut is not None and masked.cut is not None:
            assert masked.cut.identifiers == MASK.pairs(told.cut.identifiers)
            assert bool(masked.cut.why) == bool(told.cut.why)


def test_refs_stay_where_only_values_are_masked_and_equal_values_are_masked_alike() -> None:
    settings, options = load_settings(path("baseline.json"))
    run = replay(read_history(path("history.jsonl")), settings, **options)
    mask = Mask(b"sixteen bytes or more")
    told, masked = explain(run, "web:000008", "crm:000029"), masked_explanation(run, mask, "web:000008", "crm:000029")
    assert masked.refs == told.refs
    assert [link.first for link in masked.chain] == [link.first for link in told.chain]
    assert [link.identifiers for link in masked.chain] == [mask.pairs(link.identifiers) for link in told.chain]
    fates = {mask.pairs([fate.identifier])[0] for fate in told.first.fates}
    assert {fate.identifier for fate in masked.first.fates} == fates
    assert msgspec.structs.replace(told.first, fates=(), merges=()) == msgspec.structs.replace(
        masked.first, fates=(), merges=()
    )


def test_a_ref_that_was_rejected_is_told_without_what_its_line_held() -> None:
    run = replay([{"ref": "rosa", "identifiers": {"email": "zzz"}}, {"ref": "karl", "identifiers": {"chat": "1"}}])
    with pytest.raises(UnknownRef, match="was rejected") as caught:
        masked_explanation(run, MASK, "karl", "rosa")
    assert [secret for secret in SECRETS if secret in str(caught.value)] == []
