"""N5, last sentence: no text takes long, and what is refused for it is no number that anybody writes."""

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from resolver import Engine, InvalidIdentifier
from resolver.rules import normalize
from resolver.rules.blanks import without_blanks
from resolver.rules.phone_text import is_float, text_for_library
from resolver.simulate import replay
from tests.laws.raw_values import example_numbers, phones
from tests.laws.slow_texts import SLOW, cost, random_text, without_memory

BAR = 5 * 5
"""Milliseconds. No text may take more than 5; a test allows for a machine that is five times as slow."""


def library_answer(text: str, region: str) -> str | None:
    """Return what the library makes of a text without blanks, by the steps of N5 alone."""
    for raw, home in ((text, region), ("+" + text, None)):
        try:
            number = phonenumbers.parse(raw, home)
        except NumberParseException:
            number = None
        if number is not None:
            possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
            if phonenumbers.is_valid_number(number) if home is None else possible:
                return None if number.extension else phonenumbers.format_number(number, PhoneNumberFormat.E164)
        if "+" in text:
            return None
    return None


def stays(value: str | None, region: str) -> bool:
    return value is not None and library_answer(value, region) == value


def answer(raw: str, region: str = "US") -> str | None:
    try:
        return normalize("phone", raw, region=region)
    except InvalidIdentifier:
        return None


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in SLOW for text in SLOW[name]])
def test_n5_no_text_that_a_search_found_takes_long(name: str, text: str) -> None:
    assert len(text) <= 255
    assert cost(without_memory(name), text, rounds=5) < BAR


@pytest.mark.parametrize("name", SLOW)
def test_n5_no_text_of_suspicious_pieces_takes_long(name: str) -> None:
    dice = random.Random(f"slow {name}")
    normalize_anew = without_memory(name)
    for _ in range(300):
        text = random_text(name, dice)
        if cost(normalize_anew, text, rounds=1) >= BAR:
            assert cost(normalize_anew, text, rounds=5) < BAR, text


@pytest.mark.parametrize("text", SLOW["phone"][:10])
def test_n5_a_slow_text_stops_neither_an_engine_nor_a_replay(text: str) -> None:
    engine = Engine(on_invalid="drop")
    assert engine.resolve({"email": "ada@example.com", "phone": text}).facts[0].value == text  # type: ignore[union-attr]
    with pytest.raises(InvalidIdentifier, match="is not a phone number"):
        engine.lookup("phone", text)
    assert replay([{"identifiers": {"phone": text}}]).summary.rejected == 1


@pytest.mark.parametrize("region", ["US", "DE", "BR", "JP"])
def test_n5_nothing_that_the_library_reads_is_refused_for_the_time_it_could_take(region: str) -> None:
    values = phones(random.Random(f"read {region}"))
    for _ in range(3_000):
        text = without_blanks(next(values))
        if not is_float(text):
            expected = library_answer(text, region)
            assert answer(text or "-", region) == (expected if stays(expected, region) else None), text


def test_n5_every_example_number_of_the_library_goes_to_it() -> None:
    texts = [without_blanks(text) for text in example_numbers()]
    assert [text for text in texts if text_for_library(text) != text or is_float(text)] == []


@given(st.text(alphabet="a1A9-.+()x;!\u0663\u00e9", max_size=9))
def test_n5_a_phone_context_may_be_what_the_library_takes(context: str) -> None:
    text = f"tel:317-555-6789;phone-context={context}"
    expected = library_answer(text, "US")
    assert answer(text) == (expected if stays(expected, "US") else None)


@given(st.text(alphabet="1234567890.,+eE -", max_size=18))
def test_n5_what_is_read_though_it_has_a_dot_keeps_all_its_digits(raw: str) -> None:
    value = answer(raw)
    if value is not None and raw.count(".") == 1:
        digits = "".join(filter(str.isdigit, raw))
        assert value[1:].endswith(digits[-8:])
        assert not raw.strip(" ").endswith((".0", ".00"))
