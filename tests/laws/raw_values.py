"""Raw phone numbers and e-mail addresses: ordinary, damaged and made to mislead, all from one seed.

    python -m tests.laws.raw_values --values 2000000 --seed 1 [--region US]

checks that the quick readers give the libraries' answers, on as many values as asked for.
"""

import argparse
import random
from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from resolver.errors import InvalidIdentifier
from resolver.rules.email import check_syntax, is_ordinary_address
from resolver.rules.phone import normalize_phone
from resolver.rules.quick_phone import quick_reader

_DIGITS = "0123456789"
_FOREIGN = " -.()/+xX#;,~*\u00a0\u200b\u202f\u00ad\ufe0f\t\uff10\u0663\uff0b"
_WORDS = [
    "ext. 5",
    ";ext=12",
    "FLOWERS",
    "tel:",
    ";phone-context=+44",
    "00",
    "011",
    "+",
    "0",
    "15",
    "x7",
    "#",
    ".0",
    "E9",
]
_FORMATS = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
_LOCAL = "abcxyz0189._-+!#$%&'*/=?^`{|}~"
_DOMAIN = "abcxn019-."
_LAST = [
    "com", "test", "local", "invalid", "localhost", "onion", "arpa", "example", "co.uk", "c", "xn--p1ai", "museum",
    "1", "a1", "b-c", "internal", "home", "alt", "\u0440\u0444",
]  # fmt: skip
_STRANGE = '@ .,;:"\\()<>[]\u00e9\u200b\u212a\uff21\n-\u3002\u00df'


def example_numbers() -> list[str]:
    """Return the library's example numbers of every region, calling code and kind, in three formats."""
    numbers = [
        phonenumbers.example_number_for_type(region, kind)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in PhoneNumberType.values()
    ]
    codes = sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    numbers += [phonenumbers.example_number_for_non_geo_entity(code) for code in codes]
    found = [phonenumbers.format_number(number, form) for number in numbers if number for form in _FORMATS]
    return list(dict.fromkeys(found))


def phones(dice: random.Random) -> Iterator[str]:
    """Yield raw phone numbers without end."""
    examples = example_numbers()
    codes = [str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)]
    while True:
        kind = dice.randrange(10)
        if kind < 5:
            text = dice.choice(examples)
            for _ in range(dice.randrange(4)):
                text = _damaged(text, dice) or "1"
            yield text
        elif kind < 7:
            yield "+" + dice.choice(codes) + _some(_DIGITS, dice.randrange(3, 14), dice)
        elif kind < 9:
            yield _some(_DIGITS, dice.randrange(1, 16), dice)
        else:
            yield _some(_DIGITS + " -.()+", dice.randrange(1, 60), dice)


def addresses(dice: random.Random) -> Iterator[str]:
    """Yield raw e-mail addresses without end."""
    while True:
        local = _some(_LOCAL, dice.choice([1, 2, 5, 10, 63, 64, 65]), dice)
        domain = _some(_DOMAIN, dice.choice([1, 2, 5, 10, 62, 63, 64, 120]), dice)
        if dice.random() < 0.6:
            local = local.replace("..", ".").strip(".") or "a"
            domain = domain.replace("..", ".").strip(".-") or "b"
        text = f"{local}@{domain}.{dice.choice(_LAST)}"
        if dice.random() < 0.1:
            place = dice.randrange(len(text))
            text = text[:place] + dice.choice(_STRANGE) + text[place:]
        yield text if dice.random() < 0.8 else text.upper()


def _damaged(text: str, dice: random.Random) -> str:
    place = dice.randrange(len(text))
    before, after = text[:place], text[place:]
    return dice.choice(
        [
            before + dice.choice(_DIGITS) + after[1:],
            before + dice.choice(_DIGITS) + after,
            before + after[1:],
            before + dice.choice(_FOREIGN) + after,
            before + dice.choice(_WORDS) + after,
            text.replace(" ", ""),
            "+" + text,
            text.replace("+", ""),
            text[:1] + dice.choice(_WORDS) + text[1:],
        ]
    )


def _some(letters: str, length: int, dice: random.Random) -> str:
    return "".join(dice.choices(letters, k=length))


def check_phones(count: int, seed: int, region: str) -> int:
    """Compare the quick reader with the library's answer; return how many it answered."""
    read, values = quick_reader(region), phones(random.Random(seed))
    answered = 0
    for _ in range(count):
        raw = next(values)
        quick = read(raw)
        if quick is not None:
            answered += 1
            assert quick == normalize_phone(raw, region), raw
    return answered


def check_addresses(count: int, seed: int) -> int:
    """Compare the quick acceptance with the library's; return how many it accepted."""
    values = addresses(random.Random(seed))
    accepted = 0
    for _ in range(count):
        raw = next(values)
        text = "".join(raw.split()).lower()
        if is_ordinary_address(text):
            accepted += 1
            try:
                check_syntax(text, raw)
            except InvalidIdentifier as error:
                raise AssertionError(raw) from error
    return accepted


def main() -> None:
    """Check as many values as asked for, half of them phones."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--values", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--region", default="US")
    given = options.parse_args()
    half = given.values // 2
    answered, accepted = check_phones(half, given.seed, given.region), check_addresses(half, given.seed)
    print(f"{half} phones, {answered} read quickly; {half} addresses, {accepted} accepted quickly; no difference")  # noqa: T201


if __name__ == "__main__":
    main()
