"""N6: what is read quickly is read as the library reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.rules import normalize
from resolver.rules.email import _ORDINARY, is_ordinary_address, reads_as_address
from resolver.rules.phone import normalize_phone
from resolver.rules.quick_phone import quick_reader
from tests.laws.raw_values import check_addresses, check_phones, example_numbers


@pytest.mark.parametrize(
    ("region", "count"), [("US", 20_000), ("GB", 4_000), ("IT", 4_000), ("AR", 4_000), ("GG", 2_000)]
)
def test_n6_a_phone_read_quickly_is_what_the_library_gives(region: str, count: int) -> None:
    assert check_phones(count, 1, region) > count // 8


def test_n6_an_address_accepted_quickly_is_one_to_the_library() -> None:
    assert check_addresses(10_000, 1) > 1_000


def test_n6_every_international_example_number_is_read_quickly_and_right() -> None:
    read = quick_reader("US")
    international = [text for text in example_numbers() if text.startswith("+") and " " not in text and "-" not in text]
    slow = [text for text in international if read(text) is None]
    assert len(international) > 1_000
    assert len(slow) < len(international) // 20, slow
    assert [text for text in international if text not in slow and read(text) != normalize_phone(text)] == []


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+13175556789", "+13175556789"),
        ("(317) 555-6789", "+13175556789"),
        ("317.555.6789", "+13175556789"),
        ("317.5556789", "+13175556789"),
        ("3175556789.", "+13175556789"),
        ("+1.3175556789", "+13175556789"),
        ("13175556789", "+13175556789"),
        ("1-317-555-6789", "+13175556789"),
        ("+39 06 698 12345", "+390669812345"),  # an Italian number keeps its zero
        ("+80012345678", "+80012345678"),  # a code without a region
    ],
)
def test_n5_an_ordinary_phone_is_read_quickly(raw: str, expected: str) -> None:
    assert quick_reader("US")(raw) == expected == normalize("phone", raw)


@pytest.mark.parametrize(
    "raw",
    [
        "",  # nothing
        "447911123456",  # a guess, which must be valid
        "011 44 7911 123456",  # dialled as abroad
        "1317555678",  # ten digits that begin as a calling code
        "+44 07911 123456",  # a national prefix to take off
        "+54 11 15 1234-5678",  # rewritten by the library
        "317-555-6789 ext. 12",  # an extension
        "+1 317 555 678",  # too short
        "+0 317 555 6789",  # no calling code
        "+999 317 555 6789",  # nobody's calling code
        "-3175556789",  # begins with a separator
        "317 555 6789" + " " * 30,  # longer than any number is written
        "\u0663\u0661\u0667 555 6789",  # digits of another script
        "3175556789\u200b",  # an invisible character
        "317\u202f555\u202f6789",  # white space that is no plain space
        "317555678.90",  # a float, which is no number
        "(317 555 678 .0)",  # the same with marks around it
        "+1317555678.90",
        "317555678.90.",  # and with further dots around it
        "(.317555678.90 .)",
    ],
)
def test_n6_whatever_is_not_ordinary_is_left_to_the_library(raw: str) -> None:
    assert quick_reader("US")(raw) is None


def test_n6_a_region_beside_the_main_one_of_its_code_leaves_national_numbers_to_the_library() -> None:
    read = quick_reader("GG")
    assert read("7781123456") is None
    assert read("+447781123456") == "+447781123456"


LOCALS = st.one_of(
    st.sampled_from(["a", "a" * 64, "a" * 65, "a.b+c", "a..b", ".a", "a.", ""]), st.text("a0.-_A{", max_size=6)
)
LABELS = st.one_of(
    st.sampled_from(
        ["com", "a-", "-a", "ab--c", "abc--d", "ab-", "a--b", "c0m", "b" * 40, "c" * 63, "c" * 64, "", "x"]
    ),
    st.text("a0-_\u00e9", max_size=5),
)
DOMAINS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)


@given(st.one_of(st.builds("{}@{}".format, LOCALS, DOMAINS), st.text("a1-.@_Z\n", max_size=14)))
def test_n6_letter_by_letter_an_address_is_ordinary_where_the_pattern_says_so(text: str) -> None:
    assert reads_as_address(text) == (_ORDINARY(text) is not None)


@pytest.mark.parametrize("text", ["ada@ab--c.com", "ada@xn--80a.com", "ada@-a.com", "ada@a-.com", "ada@example.c0m"])
def test_n6_letter_by_letter_an_odd_domain_is_left_to_the_library(text: str) -> None:
    assert (reads_as_address(text), _ORDINARY(text)) == (False, None)


@pytest.mark.parametrize("text", ["ada@example.com", "a.b+c@sub.example.co.uk", "x@machine.test", "1@2.org"])
def test_n4_an_ordinary_address_is_accepted_quickly(text: str) -> None:
    assert is_ordinary_address(text)
    assert normalize("email", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "ada@localhost", "ada@example", "ada@exa_mple.com", "ada@-a.com", "ada@a-.com", "ada@xn--p1ai.com",
        "a..b@c.com", ".a@b.com", "a.@b.com", '"a b"@c.com', "a@b.c0m", "a@[127.0.0.1]", f"{'a' * 65}@b.com",
        f"a@{'b' * 64}.com", f"a@{'b.' * 120}com", "\u00e9@b.com", "Ada@b.com", "a@b.com\n", "a@b.c",
    ],
)  # fmt: skip
def test_n6_an_address_that_is_not_ordinary_is_left_to_the_library(text: str) -> None:
    assert not is_ordinary_address(text)
