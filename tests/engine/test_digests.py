"""The digests of suppressed identifiers in a snapshot: in their order, each once."""

import pytest

from resolver import ApplySettings, Engine, Settings
from resolver.facts import ProfileCreated, encode_fact, encode_facts
from resolver.snapshot import digests_of


@pytest.mark.parametrize("content", [bytes(64), b"\1" * 32 + bytes(32), bytes(31)])
def test_digests_that_are_out_of_order_twice_or_cut_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="out of order, or are none"):
        digests_of(content)


def test_facts_with_a_text_that_is_no_unicode_are_written_one_by_one() -> None:
    fact = ProfileCreated(1, 0, "\ud800")  # type: ignore[arg-type]
    assert encode_facts([fact]) == encode_fact(fact) + b"\n"


def test_facts_with_settings_are_written_one_by_one() -> None:
    facts = Engine().execute(ApplySettings(Settings.defaults())).facts
    assert encode_facts(facts) == b"".join(encode_fact(fact) + b"\n" for fact in facts) != b""
