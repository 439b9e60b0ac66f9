"""Section 3: what is stored for a raw value, and what is refused (N1 to N9)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import email_validator
import phonenumbers
import pytest

from resolver import Engine, IdentifierConfig, IdentifierNotFound, InvalidIdentifier, InvalidSettings, Settings
from resolver.rules import normalize
from resolver.rules.checks import REMEMBERED
from resolver.rules.normalization import Normalizers
from tests.tables.stores import config, settings, short_id, store, told

BUILT_IN = ("phone", "email", "trim", "none")

TRIM = [
    ("a", "a"),
    (" a ", "a"),
    ("\t\r\n a b \x0b\x0c", "a b"),
    ("\u00a0\u2003\u3000a\u2028\u0085", "a"),
    # Invisible characters, in any order with white space
    ("\u200ba\ufeff", "a"),
    ("\ufeffa", "a"),
    (" \u200b \ufeff\ta\u200d\u00a0\ufe0f\n", "a"),
    ("\u202a\u00ada b\u202c", "a b"),
    ("a\u200bb", "a\u200bb"),  # between others it stays
    ("\u0600a\U000e0041", "a"),
    ("\u2764\ufe0f", "\u2764"),
    ("\ufe00\ufe10", "\ufe10"),  # no variation selector any more
    ("\u034fa", "\u034fa"),  # not of the category Cf
    ("  A  B  ", "A  B"),
    ("É", "É"),
    ("e\u0301", "e\u0301"),
    ("\ud800 ", "\ud800"),
    ("x" * 255, "x" * 255),
]

EMAIL = [
    # Lower case; white space out, wherever it is
    ("ada@example.com", "ada@example.com"),
    ("Ada@Example.COM", "ada@example.com"),
    (" ada@example.com\n", "ada@example.com"),
    ("a d a @ example . com", "ada@example.com"),
    ("ada\t@\r\nexample.com", "ada@example.com"),
    ("ada\u00a0@example\u3000.com\u2009", "ada@example.com"),
    # Invisible characters at both ends, when white space is gone
    ("\u200bada@example.com\ufeff", "ada@example.com"),
    (" \u200b \u202aAda@example.com\u202c \ufe0f", "ada@example.com"),
    ("a\u00a0\u202fda@example.com", "ada@example.com"),
    # No further canonical form: dots and plus signs stay
    ("A.d.a@gmail.com", "a.d.a@gmail.com"),
    ("ada+news@gmail.com", "ada+news@gmail.com"),
    ("a_d-a@example.com", "a_d-a@example.com"),
    ("o'brien!#$%&*/=?^`{|}~@example.com", "o'brien!#$%&*/=?^`{|}~@example.com"),
    # No IDNA or Unicode rewriting
    ("Ada@BÜCHER.de", "ada@bücher.de"),
    ("ada@XN--bcher-kva.de", "ada@xn--bcher-kva.de"),
    ("ada@faß.de", "ada@faß.de"),
    ("Äda@example.com", "äda@example.com"),
    ("e\u0301va@example.com", "e\u0301va@example.com"),
    ("ΑΔΑΣ@example.gr", "αδας@example.gr"),
    ("ada@例え.jp", "ada@例え.jp"),
    ("ada@\uff22.cc", "ada@\uff42.cc"),
    ("ada@例え\u3002jp", "ada@例え\u3002jp"),
    # Syntax, not delivery
    ("ada@intranet", "ada@intranet"),
    ("a@b.c", "a@b.c"),
    ("ada@no-such-domain.zz", "ada@no-such-domain.zz"),
    ("ada@example.example", "ada@example.example"),
    # Special-use domains, alone and under other labels
    ("ada@localhost", "ada@localhost"),
    ("ada@LocalHost", "ada@localhost"),
    ("ada@test", "ada@test"),
    ("ada@machine.test", "ada@machine.test"),
    ("ada@a.b.c.TEST", "ada@a.b.c.test"),
    ("ada@printer.local", "ada@printer.local"),
    ("ada@nobody.invalid", "ada@nobody.invalid"),
    ("ada@hidden.onion", "ada@hidden.onion"),
    ("ada@in-addr.arpa", "ada@in-addr.arpa"),
    ("ada@test.com", "ada@test.com"),
    ("ada@local.invalid.org", "ada@local.invalid.org"),
    ("ada@bücher.test", "ada@bücher.test"),
    ("ada@contest", "ada@contest"),
    # The same in full-width letters and dots, which mail reads as the plain ones
    ("ada@machine.\uff34\uff25\uff33\uff34", "ada@machine.\uff54\uff45\uff53\uff54"),
    ("ada@\uff4c\uff4f\uff43\uff41\uff4c", "ada@\uff4c\uff4f\uff43\uff41\uff4c"),
    ("ada@machine\uff0etest", "ada@machine\uff0etest"),
    ("ada@machine\u3002local", "ada@machine\u3002local"),
    ("ada@machine\uff61invalid", "ada@machine\uff61invalid"),
]

NO_EMAIL = [
    "ada",
    "@",
    "ada@",
    "@example.com",
    "ada@@example.com",
    "ada@b@example.com",
    "ada@example..com",
    "ada@.example.com",
    "ada@.test",
    "ada@machine..test",
    "ada@example.com.",
    "ada@test.",
    ".ada@example.com",
    "ada.@example.com",
    "a..da@example.com",
    "ada@-example.com",
    "ada@example-.com",
    "ada@-x.test",
    "ada@exam_ple.com",
    "ada@xn--test",
    "ada@[127.0.0.1]",
    '"ada lovelace"@example.com',
    "Ada Lovelace <ada@example.com>",
    "ada,bob@example.com",
    "ada@example.com;bob@example.com",
    "mailto:ada@example.com",
    "ada\u200b@example.com",
    "ada@\u200bexample.com",
    "ada@" + "x" * 64 + ".com",
    "ada@" + "x" * 64 + ".test",
    "ada@" + "\u212b" * 64 + ".test",
    "ada@\u00ad.\ufffftest",
    "ada@x.\u2260\u0338test",
    "\ud800@example.com",
    "n/a",
    "none@",
    "+13175556789",
]

PHONE = [
    # Ten digits are a US number, however they are written
    ("3175556789", "+13175556789"),
    ("317-555-6789", "+13175556789"),
    ("317.555.6789", "+13175556789"),
    ("317 555 6789", "+13175556789"),
    ("(317) 555-6789", "+13175556789"),
    ("(317)555-6789", "+13175556789"),
    ("  317 555 6789\n", "+13175556789"),
    ("1-317-555-6789", "+13175556789"),
    ("1 (317) 555-6789", "+13175556789"),
    ("13175556789", "+13175556789"),
    # An international number
    ("+13175556789", "+13175556789"),
    ("+1 317 555 6789", "+13175556789"),
    ("+1 (317) 555-6789", "+13175556789"),
    ("+447911123456", "+447911123456"),
    ("+44 7911 123456", "+447911123456"),
    ("+44 (0) 7911 123456", "+447911123456"),
    ("+39 06 1234 5678", "+390612345678"),  # an Italian zero is part of the number
    ("011 44 7911 123456", "+447911123456"),  # as dialled from the default region
    # Digits that make no US number, tried as an international one
    ("447911123456", "+447911123456"),
    ("44 7911 123456", "+447911123456"),
    ("491701234567", "+491701234567"),
    ("33612345678", "+33612345678"),
    ("390612345678", "+390612345678"),
    # A number that merely looks fictional
    ("+15551234567", "+15551234567"),
    ("5551234567", "+15551234567"),
    ("(555) 555-5555", "+15555555555"),
    ("0000000000", "+10000000000"),
    # Letters on a telephone's keys, and digits of other scripts
    ("1-800-FLOWERS", "+18003569377"),
    ("800-GO-FEDEX", "+18004633339"),
    ("\u0663\u0661\u0667\u0665\u0665\u0665\u0666\u0667\u0668\u0669", "+13175556789"),
    ("\uff13\uff11\uff17\uff15\uff15\uff15\uff16\uff17\uff18\uff19", "+13175556789"),
    ("\u09e9\u09e7\u09ed-\u09eb\u09eb\u09eb-\u09ec\u09ed\u09ee\u09ef", "+13175556789"),
    ("\uff0b13175556789", "+13175556789"),
    ("\uff0b\uff11\uff13\uff11\uff17\uff15\uff15\uff15\uff16\uff17\uff18\uff19", "+13175556789"),
    ("317\u2010555\u20116789", "+13175556789"),
    ("317\u00a0555\u00a06789", "+13175556789"),
    ("317\u202f555\u20096789", "+13175556789"),
    # Invisible characters and white space, wherever they stand
    ("\u202a+1 (317) 555-6789\u202c", "+13175556789"),
    ("\ufeff3175556789\u200b", "+13175556789"),
    ("3\u200b1\u200c7\u200d5\u20605\ufeff5\u00ad6\ufe0f7\ufe008\u200e9", "+13175556789"),
    ("+\u200b44\u202f7911\u200b123456", "+447911123456"),
    ("4\u200b47911123456", "+447911123456"),
    ("3 1 7 5\t5\n5\u20286\u00857 8\x1f9", "+13175556789"),
    # One dot or several, as people part a number
    ("317.5556789", "+13175556789"),
    ("317555.6789", "+13175556789"),
    ("1.317.555.6789", "+13175556789"),
    ("1.3175556789", "+13175556789"),
    ("+1.3175556789", "+13175556789"),
    ("+44.7911123456", "+447911123456"),
    ("317.555-6789", "+13175556789"),
    ("3.175.556.789", "+13175556789"),
    ("3175556789.", "+13175556789"),  # the end of a sentence
    ("Tel. 317.555.6789.", "+13175556789"),
    ("\uff13\uff11\uff17\uff0e\uff15\uff15\uff15\uff16\uff17\uff18\uff19", "+13175556789"),
    # URIs
    ("tel:+13175556789", "+13175556789"),
    ("tel:+1-317-555-6789", "+13175556789"),
    ("tel:317-555-6789;phone-context=+1", "+13175556789"),
    ("tel:317-555-6789;phone-context=example.com", "+13175556789"),
    ("tel:317-555-6789;phone-context=a-b.example1.com.;x=1", "+13175556789"),
    ("tel:555-6789;phone-context=+1-317", "+13175556789"),
    ("317-555-6789;phone-context=" + "long." * 40 + "example", "+13175556789"),
    ("tel:+13175556789;isub=12345", "+13175556789"),
    # Words before a number, however many
    (
        "the number of the office is, as far as we know, since they moved to the new building: 317-555-6789",
        "+13175556789",
    ),
]

NO_PHONE = [
    # Too short or too long to be possible, and no valid number with a plus
    "5556789",
    "555-6789",
    "1234567",
    "12345",
    "911",
    "1",
    "+1317555678",
    "+131755567890",
    "+1-317-555-6789-0",
    "12345678901234567890",
    # No such country code
    "+999123456789",
    "+0123456789",
    "00447911123456",
    # No number
    "hello",
    "+",
    "++13175556789 call",
    "n/a",
    "ada@example.com",
    "(317) 555-6789 or (317) 555-0000",
    "\ud800",
    "-",
    # What a phone context may not be
    "tel:317-555-6789;phone-context=",
    "tel:317-555-6789;phone-context=-a.com",
    "tel:317-555-6789;phone-context=a..com",
    "tel:317-555-6789;phone-context=a.1com",
    "tel:317-555-6789;phone-context=+",
    "tel:317-555-6789;phone-context=+1!",
    # More than can be one number
    "1" * 41,
    "3175556789" + "-" * 80 + "1",
    # With a plus there is no second guess
    "+44791112345678",
    "447911123456+",
    "00+447911123456",
    "44 +7911123456",
]

FLOATS = [
    "3175556789.0",
    "3175556789.00",
    "3175556789.000000",
    "+13175556789.0",
    "++13175556789.0",
    "447911123456.0",
    "3175556789,0",
    "3175556789,00",
    "3175556789.5",
    "3175556789.125",
    "5556789.0",
    "3.175556789E9",
    "3.175556789e9",
    "3.175556789E+09",
    "3.17556E+09",
    "3,17556E+09",
    "4.47911123456E11",
    "447911123456e0",
    "44791112345600E-2",
    "3175556789.E0",
    "3E9",
    "+3.17E9",
    "-3175556789.0",
    " 3175556789.0 ",
    "3 175 556 789.0",
    "3175556789\u200b.\u202f0",
    "$3175556789.00",
    "(3175556789.0)",
    "'3175556789.0",
    "tel:3175556789.0",
    "3175556789.0;phone-context=example.com",
    # A word or two letters behind it: the library reads on, or leaves them out
    "3175556789.0f",
    "3175556789.0L",
    "3175556789.0 US",
    "3175556789.5e",
    "3175556789.0.",
    "(.3175556789.0)",
    "3175556789.0 (home)",
    "555678.0 US",
    "3.175556789E+09 US",
    "\uff13\uff11\uff17\uff15\uff15\uff15\uff16\uff17\uff18\uff19.\uff10",
    "\uff13\uff11\uff17\uff15\uff15\uff15\uff16\uff17\uff18\uff19\uff0e\uff10",
    "\uff13.\uff11\uff17\uff15\uff25\uff19",
    "\u0663\u0661\u0667\u0665\u0665\u0665\u0666\u0667\u0668\u0669.\u0660",
]

EXTENSIONS = [
    "317-555-6789 ext. 12",
    "317-555-6789 ext 12",
    "317-555-6789ext12",
    "317-555-6789 Ext. 12",
    "317-555-6789 extension 12",
    "317-555-6789 x12",
    "317-555-6789x12",
    "317-555-6789 X 12",
    "317-555-6789 #12",
    "317-555-6789,12",
    "3175556789;ext=12",
    "+1 317 555 6789 ext. 12",
    "+44 7911 123456 x1",
    "447911123456 ext. 1",
    "tel:+1-317-555-6789;ext=12",
    "317-555-6789 \uff58 12",
]


@pytest.mark.parametrize(("raw", "expected"), TRIM)
def test_n3_trim_removes_white_space_at_both_ends(raw: str, expected: str) -> None:
    assert normalize("trim", raw) == expected


@pytest.mark.parametrize("raw", [" a ", "\n", "A", "\u3000", "x" * 255, "\ud800", "\0"])
def test_n2_none_changes_nothing(raw: str) -> None:
    assert normalize("none", raw) == raw


@pytest.mark.parametrize(("raw", "expected"), EMAIL)
def test_n4_an_address_is_lower_cased_and_without_white_space(raw: str, expected: str) -> None:
    assert normalize("email", raw) == expected


@pytest.mark.parametrize("raw", NO_EMAIL)
def test_n4_what_mail_cannot_read_is_refused(raw: str) -> None:
    with pytest.raises(InvalidIdentifier):
        normalize("email", raw)


@pytest.mark.parametrize("name", email_validator.SPECIAL_USE_DOMAIN_NAMES)
def test_n4_every_special_use_domain_is_accepted(name: str) -> None:
    for domain in (name, f"sub.{name}", f"a.b.{name}"):
        with pytest.raises(email_validator.EmailNotValidError):
            email_validator.validate_email(f"ada@{domain}", check_deliverability=False, globally_deliverable=False)
        assert normalize("email", f"Ada@{domain.upper()}") == f"ada@{domain}"


def test_n4_the_packages_globals_are_as_they_were() -> None:
    before = list(email_validator.SPECIAL_USE_DOMAIN_NAMES)
    normalize("email", "ada@machine.test")
    assert before == email_validator.SPECIAL_USE_DOMAIN_NAMES
    assert "test" in before
    with pytest.raises(email_validator.EmailNotValidError):
        email_validator.validate_email("ada@machine.test", check_deliverability=False)


@pytest.mark.parametrize(("raw", "expected"), PHONE)
def test_n5_a_number_becomes_e164(raw: str, expected: str) -> None:
    assert normalize("phone", raw) == expected


@pytest.mark.parametrize("raw", NO_PHONE)
def test_n5_what_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(InvalidIdentifier):
        normalize("phone", raw)


@pytest.mark.parametrize("raw", EXTENSIONS)
def test_n5_a_number_with_an_extension_is_refused(raw: str) -> None:
    with pytest.raises(InvalidIdentifier, match="has an extension"):
        normalize("phone", raw)


@pytest.mark.parametrize("raw", FLOATS)
def test_n5_a_number_written_as_a_float_is_refused(raw: str) -> None:
    with pytest.raises(InvalidIdentifier, match="written as a float"):
        normalize("phone", raw)


@pytest.mark.parametrize("region", ["GB", "DE", "NL"])
@pytest.mark.parametrize("raw", FLOATS)
def test_n5_a_float_is_refused_in_every_region(region: str, raw: str) -> None:
    with pytest.raises(InvalidIdentifier):
        normalize("phone", raw, region=region)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("0170.1234567", "+491701234567"), ("030.901820", "+4930901820"), ("+49.30901820", "+4930901820")],
)
def test_n5_one_dot_may_part_the_area_code(raw: str, expected: str) -> None:
    assert normalize("phone", raw, region="DE") == expected


def test_n5_the_same_person_is_not_another_one_with_a_float() -> None:
    engine = Engine(settings(config("phone", normalization="phone"), "email"), on_invalid="drop", new_id=short_id)
    engine.resolve({"phone": "3175556789", "email": "a"})
    assert told(engine.resolve({"phone": "3175556789.0", "email": "a"})) == ["None ! phone 3175556789.0 (invalid)"]


def test_n3_and_n5_what_nobody_sees_tells_no_two_people_apart() -> None:
    engine = Engine(
        settings(config("chat", normalization="trim"), config("phone", normalization="phone")), new_id=short_id
    )
    engine.resolve({"chat": "ada", "phone": "317-555-6789"})
    assert engine.resolve({"chat": "\ufeffada\u200b"}).facts == ()
    assert engine.resolve({"phone": "\u202a(317)\u202f555\u20116789\u202c"}).facts == ()
    assert engine.lookup("chat", "\u200b ada \ufe0f").normalized_value == "ada"


@pytest.mark.parametrize("raw", ["\u200b", " \ufeff \u00ad", "\ufe0f"])
def test_n1_a_value_of_invisible_characters_alone_is_none(raw: str) -> None:
    with pytest.raises(InvalidIdentifier, match="0 characters after normalization 'trim'"):
        normalize("trim", raw)
    for name in ("phone", "email"):
        with pytest.raises(InvalidIdentifier):
            normalize(name, raw)


def test_n8_what_is_kept_is_trimmed_of_what_nobody_sees() -> None:
    engine = Engine(settings(config("phone", normalization="phone")), on_invalid="keep", new_id=short_id)
    assert told(engine.resolve({"phone": "\u200b n/a \ufeff"})) == ["created p1", "p1 + phone n/a"]
    assert told(engine.resolve({"phone": "3175556789.0"})) == ["created p2", "p2 + phone 3175556789.0"]


def test_n4_an_address_of_more_bytes_than_mail_allows_is_refused() -> None:
    local, domain = "a" * 64, "@" + ".".join(["b" * 61] * 3) + ".com"
    assert len(normalize("email", local + domain)) == 254
    with pytest.raises(InvalidIdentifier, match="it has 255 bytes in UTF-8, 254 at most"):
        normalize("email", "a" + local + domain)
    with pytest.raises(InvalidIdentifier, match="bytes in UTF-8"):
        normalize("email", "\u1fb7" * 85 + "@b.cc")


def test_n5_a_result_that_would_not_stay_is_refused() -> None:
    with pytest.raises(InvalidIdentifier, match="would change again"):
        normalize("phone", "+4400791112345")
    assert normalize("phone", "+440791112345") == normalize("phone", "+44791112345") == "+44791112345"


def test_n5_a_guess_needs_the_stronger_check() -> None:
    possible_only = "999" + "1234567"
    assert normalize("phone", possible_only) == f"+1{possible_only}"  # possible in the region: kept
    for digits in ("4729900", "4335664", "8286000", "3520285", "9855843", "3112834", "2701406", "9880084"):
        guess = phonenumbers.parse(f"+{digits}", None)
        assert phonenumbers.is_possible_number(guess)
        assert not phonenumbers.is_valid_number(guess)
        assert normalize("phone", f"+{digits}") == f"+{digits}"
        with pytest.raises(InvalidIdentifier):
            normalize("phone", digits)


@pytest.mark.parametrize(
    ("region", "raw", "expected"),
    [
        ("GB", "07911 123456", "+447911123456"),
        ("GB", "+13175556789", "+13175556789"),
        ("GB", "13175556789", "+13175556789"),
        ("GB", "00 1 317 555 6789", "+13175556789"),
        ("DE", "0170 1234567", "+491701234567"),
        ("IT", "06 1234 5678", "+390612345678"),
        ("US", "7911123456", "+17911123456"),
        ("GB", "7911123456", "+447911123456"),
    ],
)
def test_n5_a_number_without_country_code_is_one_of_the_default_region(region: str, raw: str, expected: str) -> None:
    assert normalize("phone", raw, region=region) == expected
    engine = Engine(settings(config("phone", normalization="phone")), default_region=region)
    assert engine.lookup("phone", raw).normalized_value == expected


@pytest.mark.parametrize("region", ["us", "USA", "", "ZZ", "001"])
def test_n5_a_region_that_does_not_exist_is_refused(region: str) -> None:
    with pytest.raises(InvalidSettings, match="region"):
        normalize("phone", "3175556789", region=region)


# N1


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("raw", [None, 5, 3175556789, 1.5, True, b"ada@example.com", ["a"], {"a": 1}, ()])
def test_n1_a_value_is_a_string(name: str, raw: Any) -> None:
    with pytest.raises(InvalidIdentifier, match="not a string"):
        normalize(name, raw)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("raw", ["", "x" * 256, "1" * 256, " " * 256, "a@" + "b" * 254])
def test_n1_a_raw_value_has_1_to_255_characters(name: str, raw: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"expected 1\.\.255"):
        normalize(name, raw)


@pytest.mark.parametrize("raw", [" x" + " " * 254, " " * 246 + "3175556789"])
def test_n1_a_raw_value_is_measured_before_it_is_trimmed(raw: str) -> None:
    for name in BUILT_IN:
        with pytest.raises(InvalidIdentifier):
            normalize(name, raw)


@pytest.mark.parametrize("raw", [" ", "\n\t", "\u3000"])
def test_n1_a_normalized_value_has_at_least_one_character(raw: str) -> None:
    with pytest.raises(InvalidIdentifier, match="0 characters after normalization 'trim'"):
        normalize("trim", raw)


def test_n1_a_normalized_value_has_at_most_255_characters() -> None:
    padded = Normalizers("US", {"padded": lambda text: text.rjust(int(text[-3:]), "0")}).named("padded")
    assert padded("255") == "0" * 252 + "255"
    with pytest.raises(InvalidIdentifier, match="256 characters after normalization 'padded'"):
        padded("256")


def test_n1_a_letter_may_be_two_when_it_is_lower_cased() -> None:
    local = "\u0130" * 60
    assert normalize("email", f"{local}@b.cc") == f"{local.lower()}@b.cc"
    assert len(local.lower()) == 120


class Text(str):
    """A kind of string."""

    __slots__ = ()


@pytest.mark.parametrize("name", BUILT_IN)
def test_n1_a_kind_of_string_is_stored_as_a_plain_one(name: str) -> None:
    raw = {"phone": "+13175556789", "email": "ada@example.com"}.get(name, "ada")
    value = normalize(name, Text(raw))
    assert (value, type(value)) == (raw, str)


@pytest.mark.parametrize("name", ["digits", "", "PHONE", "Email"])
def test_n9_a_normalization_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(InvalidSettings, match="phone, email, trim, none"):
        normalize(name, "a")


def test_n6_an_answer_is_the_same_when_it_is_remembered() -> None:
    calls: list[str] = []

    def upper(text: str) -> str:
        calls.append(text)
        return text.upper()

    named = Normalizers("US", {"upper": upper}).named("upper")
    assert [named("a"), named("a"), named("A")] == ["A", "A", "A"]
    assert calls == ["a", "A", "A", "A"]  # each once, and once more to see that it stays


def test_n6_the_memory_of_answers_is_bounded() -> None:
    asked: Counter[str] = Counter()

    def same(text: str) -> str:
        asked[text] += 1
        return text

    named = Normalizers("US", {"same": same}).named("same")
    for number in range(REMEMBERED + 5):
        assert named(str(number)) == str(number)
    before = asked["0"]
    assert named("0") == "0"
    assert asked["0"] > before, "the first answer must have been forgotten"


# N7


@pytest.mark.parametrize(
    ("name", "raw"),
    [("trim", raw) for raw, _ in TRIM] + [("email", raw) for raw, _ in EMAIL] + [("phone", raw) for raw, _ in PHONE],
)
def test_n7_a_stored_value_normalizes_to_itself(name: str, raw: str) -> None:
    value = normalize(name, raw)
    assert normalize(name, value) == value


# N8

BAD = ["x", "not a number", None, 5, "", " ", "1" * 256]


@pytest.fixture
def phones() -> Settings:
    return settings(config("phone", normalization="phone"), "email")


@pytest.mark.parametrize("raw", BAD)
def test_n8_refuse_refuses_the_whole_command(phones: Settings, raw: Any) -> None:
    engine = Engine(phones, on_invalid="refuse", new_id=short_id)
    engine.resolve({"email": "a", "phone": "+13175556789"})
    before = engine.snapshot()
    commands: tuple[Callable[[], object], ...] = (
        lambda: engine.resolve({"email": "b", "phone": raw}),
        lambda: engine.resolve({"email": "a", "phone": ["+13175550000", raw]}),
        lambda: engine.add_identifier("p1", "phone", raw),
        lambda: engine.replace_identifier("p1", "phone", "+13175556789", raw),
    )
    for command in commands:
        with pytest.raises(InvalidIdentifier):
            command()
    assert engine.snapshot() == before


def test_n8_refuse_is_the_default() -> None:
    with pytest.raises(InvalidIdentifier):
        Engine().resolve({"email": "nobody"})


@pytest.mark.parametrize("raw", BAD)
def test_n8_drop_leaves_the_identifier_out_and_goes_on(phones: Settings, raw: Any) -> None:
    engine = Engine(phones, on_invalid="drop", new_id=short_id)
    outcome = engine.resolve({"phone": raw, "email": "a"})
    assert told(outcome) == [f"None ! phone {raw} (invalid)", "created p1", "p1 + email a"]
    assert outcome.status == "created"
    again = engine.resolve({"email": "a", "phone": [raw, "+13175556789", raw]})
    assert told(again) == [f"None ! phone {raw} (invalid)"] * 2 + ["p1 + phone +13175556789"]
    assert again.status == "updated"


def test_n8_drop_gives_a_fact_with_the_raw_value(phones: Settings) -> None:
    engine = Engine(phones, on_invalid="drop")
    fact = engine.resolve({"phone": " n/a ", "email": "a"}).facts[0]
    assert (fact.value, fact.reason, fact.profile_id, fact.owner) == (" n/a ", "invalid", None, None)  # type: ignore[union-attr]


def test_n8_a_resolve_that_only_dropped_is_unchanged(phones: Settings) -> None:
    engine = Engine(phones, on_invalid="drop", new_id=short_id)
    engine.resolve({"email": "a"})
    outcome = engine.resolve({"email": "a", "phone": "n/a"})
    assert (outcome.status, outcome.profile_id) == ("unchanged", "p1")
    assert told(outcome) == ["None ! phone n/a (invalid)"]


@pytest.mark.parametrize("raw", BAD)
def test_n8_drop_makes_add_and_replace_unchanged_and_removes_nothing(phones: Settings, raw: Any) -> None:
    engine = Engine(phones, on_invalid="drop", new_id=short_id)
    engine.resolve({"phone": "+13175556789"})
    for outcome in (
        engine.add_identifier("p1", "phone", raw),
        engine.replace_identifier("p1", "phone", "+13175556789", raw),
    ):
        assert (outcome.status, outcome.profile_id) == ("unchanged", "p1")
        assert told(outcome) == [f"p1 ! phone {raw} (invalid)"]
    assert engine.identifiers("p1") == {"phone": ("+13175556789",)}


def test_n8_drop_leaving_nothing_is_an_error(phones: Settings) -> None:
    engine = Engine(phones, on_invalid="drop")
    with pytest.raises(InvalidIdentifier, match="all 2 given"):
        engine.resolve({"phone": ["n/a", "none"]})
    assert len(engine) == 0


def test_n8_keep_stores_the_trimmed_text(phones: Settings) -> None:
    engine = Engine(phones, on_invalid="keep", new_id=short_id)
    assert told(engine.resolve({"phone": "  n/a "})) == ["created p1", "p1 + phone n/a"]
    assert engine.resolve({"phone": "n/a"}).profile_id == "p1"
    assert told(engine.add_identifier("p1", "phone", " x1 ")) == ["p1 + phone x1"]
    assert told(engine.replace_identifier("p1", "phone", "x1", "317 555 6789")) == [
        "p1 - phone x1 (replaced)",
        "p1 + phone +13175556789",
    ]
    assert told(engine.replace_identifier("p1", "phone", "+13175556789", " ? ")) == [
        "p1 - phone +13175556789 (replaced)",
        "p1 + phone ?",
    ]


@pytest.mark.parametrize("raw", [None, 5, "", "  ", "x" * 256, " " + "x" * 255, b"x"])
def test_n8_keep_still_refuses_what_breaks_n1(phones: Settings, raw: Any) -> None:
    engine = Engine(phones, on_invalid="keep", new_id=short_id)
    engine.resolve({"phone": "n/a"})
    before = engine.snapshot()
    commands: tuple[Callable[[], object], ...] = (
        lambda: engine.resolve({"phone": raw, "email": "a"}),
        lambda: engine.add_identifier("p1", "phone", raw),
        lambda: engine.replace_identifier("p1", "phone", "n/a", raw),
    )
    for command in commands:
        with pytest.raises(InvalidIdentifier):
            command()
    assert engine.snapshot() == before


@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
@pytest.mark.parametrize("raw", BAD)
def test_n8_is_about_values_to_be_stored(phones: Settings, on_invalid: str, raw: Any) -> None:
    engine = Engine(phones, on_invalid=on_invalid, new_id=short_id)
    engine.resolve({"phone": "+13175556789"})
    with pytest.raises(IdentifierNotFound):
        engine.replace_identifier("p1", "phone", raw, "+13175550000")
    if raw is not None:
        with pytest.raises(IdentifierNotFound):
            engine.remove_identifier("p1", "phone", value=raw)
    with pytest.raises(InvalidIdentifier):
        engine.lookup("phone", raw)


# N9


def digits(text: str) -> str:
    found = "".join(filter(str.isdigit, text))
    if not found:
        raise ValueError("no digit in it")
    return found


def test_n9_a_normalization_of_the_users_own_is_used_like_the_others() -> None:
    engine = store(config("card", normalization="digits"), normalizers={"digits": digits})
    assert told(engine.resolve({"card": "No. 12-34"})) == ["created p1", "p1 + card 1234"]
    assert engine.resolve({"card": "1 2 3 4"}).facts == ()
    assert engine.lookup("card", "12/34").profile_ids == ("p1",)
    assert told(engine.replace_identifier("p1", "card", "#1234", "#5")) == [
        "p1 - card 1234 (replaced)",
        "p1 + card 5",
    ]


def test_n9_a_value_error_of_the_users_function_is_a_refusal() -> None:
    engine = store(config("card", normalization="digits"), normalizers={"digits": digits})
    with pytest.raises(InvalidIdentifier, match="'none' is refused by normalization 'digits': no digit in it"):
        engine.resolve({"card": "none"})


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda text: text + "!", "would change again"),
        (lambda text: text[::-1], "would change again"),
        (lambda text: None, "expected a string"),
        (lambda text: text.encode(), "expected a string"),
        (lambda text: "", "0 characters after"),
        (lambda text: "x" * 300, "300 characters after"),
    ],
)
def test_n7_holds_for_the_users_own_normalizations_too(function: Any, message: str) -> None:
    engine = store(config("card", normalization="own"), normalizers={"own": function})
    with pytest.raises(InvalidIdentifier, match=message):
        engine.resolve({"card": "ab"})


def test_n9_a_kind_of_string_from_the_users_function_is_stored_as_a_plain_one() -> None:
    engine = store(config("card", normalization="own"), normalizers={"own": Text})
    engine.resolve({"card": "ab"})
    assert type(engine.values("p1", "card")[0]) is str


def test_section_2_the_four_names_are_the_normalizations_that_exist() -> None:
    for name in BUILT_IN:
        assert IdentifierConfig("email", normalization=name).normalization == name
        assert store(config("email", normalization=name)).settings.identifier_configs[0].normalization == name


@pytest.mark.parametrize("raw", ["a@te\u00adst", "a@x.te\u200bst", "a@x.te\u2060st", "a@exa\u00admple.com"])
def test_n4_a_format_character_is_refused_in_a_special_use_label_as_in_any_other(raw: str) -> None:
    with pytest.raises(InvalidIdentifier):
        normalize("email", raw)


def test_n4_a_character_that_a_domain_ignores_hides_no_special_use_label() -> None:
    assert normalize("email", "a@te\ufe0fst") == "a@te\ufe0fst"
