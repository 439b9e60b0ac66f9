"""N1 and N7: whatever text comes in, what is stored is text of 1..255 characters that normalizes to itself."""

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolver import Engine, InvalidIdentifier
from resolver.names import Value
from resolver.rules import normalize
from resolver.rules.normalization import Normalizers
from tests.model.normalization import normalize as normalize_apart

texts = st.text(max_size=300)
words = st.text(alphabet="abzAZ019.-_+@ \u00a0\u0130ß\u03a3é\uff54\u3002", max_size=40)
addresses = st.builds(
    "{}@{}{}{}".format,
    words,
    words,
    st.sampled_from([".", "\u3002", "", " ."]),
    st.sampled_from(
        ["com", "test", "TEST", "\uff54\uff45\uff53\uff54", "local", "localhost", "bücher", "xn--bcher-kva"]
    ),
)
numbers = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "+", "\uff0b", "00", "011", "1-", "tel:+", " "]),
    st.text(alphabet="0123456789\u0663\uff15 -().", max_size=20),
    st.sampled_from(["", "", "", " ext 1", "x9", ";ext=2", "#"]),
)
blanks = st.text(alphabet=" \t\n\u00a0\u2009\u202f\u3000\u200b\u200d\u202a\u00ad\ufeff\ufe00\ufe0f\u0600", max_size=4)
regions = st.sampled_from(["US", "GB", "DE", "IT", "AR", "MX", "BR"])


_INVISIBLE = "\u200b\u200d\u202a\u00ad\ufeff\ufe00\ufe0f\u0600"


def check_law(name: str, raw: str, region: str = "US") -> None:
    try:
        value = normalize_apart(name, raw, region=region)
    except InvalidIdentifier:
        return
    assert type(value) is str
    assert 1 <= len(value) <= 255
    assert normalize(name, value, region=region) == value


@given(st.sampled_from(["phone", "email", "trim", "none"]), texts)
def test_n7_what_is_stored_of_any_text_normalizes_to_itself(name: str, raw: str) -> None:
    check_law(name, raw)


@given(addresses)
@example("İΣ@ΑΣ.test")
def test_n7_what_is_stored_of_an_address_normalizes_to_itself(raw: str) -> None:
    check_law("email", raw)


@given(numbers, regions)
@example("+4400791112345", "GB")
@example("+440791112345", "US")
@example("0011", "AR")
def test_n7_what_is_stored_of_a_number_normalizes_to_itself(raw: str, region: str) -> None:
    check_law("phone", raw, region)


@st.composite
def with_blanks(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """Return a value with white space and invisible characters around it and somewhere inside."""
    value = draw(values)
    place = draw(st.integers(0, len(value)))
    return draw(blanks) + value[:place] + draw(blanks) + value[place:] + draw(blanks)


@given(
    st.one_of(
        st.tuples(st.sampled_from(["trim", "email", "phone"]), with_blanks(texts)),
        st.tuples(st.just("email"), with_blanks(addresses)),
        st.tuples(st.just("phone"), with_blanks(numbers)),
    ),
    regions,
)
@example(("trim", "\u200b \u200ba\ufe0f \ufe0f"), "US")
@example(("email", " \u200b \ufeffa@b.cc\u200b \u200b"), "US")
@example(("phone", "3175556789\u200b.\u200b0"), "US")
@example(("phone", "+\u200b44 07911 123456"), "GB")
def test_n3_to_n5_are_what_the_model_has_and_n7_holds(asked: tuple[str, str], region: str) -> None:
    name, raw = asked
    check_law(name, raw, region)
    try:
        expected: str | None = normalize_apart(name, raw, region=region)
    except InvalidIdentifier:
        expected = None
    try:
        value: str | None = normalize_apart(name, raw, region=region)
    except InvalidIdentifier:
        value = None
    assert value == expected


@given(with_blanks(numbers), regions)
def test_n5_what_nobody_sees_changes_no_number(raw: str, region: str) -> None:
    plain = "".join(character for character in raw if not character.isspace() and character not in _INVISIBLE)
    answers = []
    for text in (raw, plain or " "):
        try:
            answers.append(normalize("phone", text, region=region))
        except InvalidIdentifier:
            answers.append(Value(""))
    assert answers[0] == answers[1]


@given(addresses)
def test_n4_only_case_and_white_space_of_an_address_change(raw: str) -> None:
    try:
        value = normalize("email", raw)
    except InvalidIdentifier:
        return
    assert value == "".join(raw.split()).lower()


@given(numbers, regions)
def test_n5_a_number_is_a_plus_and_at_most_fifteen_or_so_digits(raw: str, region: str) -> None:
    try:
        value = normalize("phone", raw, region=region)
    except InvalidIdentifier:
        return
    assert value[0] == "+"
    assert value[1:].isascii()
    assert value[1:].isdigit()
    assert 4 <= len(value) <= 20


@pytest.mark.parametrize("region", ["US", "GB", "DE"])
def test_n7_holds_for_a_seeded_corpus_of_digits(region: str) -> None:
    random = Random(f"digits {region}")
    for _ in range(1500):
        digits = "".join(random.choices("0123456789", k=random.randint(5, 15)))
        check_law("phone", random.choice(["", "", "+", "00"]) + digits, region)


@given(st.lists(st.one_of(words, addresses, numbers), max_size=20), st.sampled_from(["phone", "email", "trim"]))
def test_n6_an_answer_does_not_depend_on_what_was_asked_before(raws: list[str], name: str) -> None:
    asked_before = Normalizers().named(name)

    def answer(ask: object, raw: str) -> str | None:
        try:
            return str(ask(raw))  # type: ignore[operator]
        except InvalidIdentifier:
            return None

    for raw in [*raws, *raws]:
        assert answer(asked_before, raw) == answer(Normalizers().named(name), raw)


@given(addresses, numbers)
def test_a8_what_is_stored_is_found_by_the_text_that_it_was_made_of(address: str, number: str) -> None:
    engine = Engine(on_invalid="keep")
    try:
        stored = engine.resolve({"email": address, "phone": number}).profile_id
    except InvalidIdentifier:
        return
    assert stored is not None
    for id_type in ("email", "phone"):
        [value] = engine.values(stored, id_type)
        assert engine.lookup(id_type, value).profile_ids == (stored,)
