"""Normalization against the libraries it agrees with, and the pipeline from raw values against one from normal ones.

    python -m benchmarks.bench_normalize [--values N] [--rounds N] [--out FILE]

Distinct phones of all countries: ours (the quick reader, the library behind it) beside the library's ``parse``,
``is_possible_number_with_reason`` and ``format_number``. Distinct ordinary e-mail addresses: ours beside
``validate_email``. Neither side profits from a memory: every value is new. Then the engine on the same events with
raw values (as people write them) and with their normal forms. Prints one JSON row a case.
"""

import random
from collections.abc import Callable
from time import perf_counter
from typing import Any

import email_validator
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from benchmarks.events import Event, stream
from benchmarks.rounds import arguments, best_and_median, interleaved, publish
from resolver import Engine, IdentifierConfig, Resolve, Settings
from resolver.rules.email import normalize_email
from resolver.rules.phone import phone_reader

SEED = 1


def phones(count: int) -> list[str]:
    """Return distinct possible numbers of all regions in E.164, the last digits drawn."""
    dice = random.Random(SEED)
    examples = [
        phonenumbers.format_number(number, PhoneNumberFormat.E164)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        if (number := phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE))
    ]
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        text = dice.choice(examples)[:-4] + f"{dice.randrange(10_000):04}"
        if by_library(text) == text:
            numbers[text] = None
    return list(numbers)


def by_library(raw: str) -> str | None:
    """Read a number as the library alone does."""
    try:
        number = phonenumbers.parse(raw, "US")
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if possible else None


def by_validator(raw: str) -> str:
    """Check an address as the package alone does."""
    return email_validator.validate_email(raw, check_deliverability=False).normalized


def each(function: Callable[[str], Any], values: list[str]) -> float:
    """Return the seconds that a function takes over all values."""
    start = perf_counter()
    for value in values:
        function(value)
    return perf_counter() - start


PIPELINE = Settings(
    [IdentifierConfig("email", normalization="email"), IdentifierConfig("phone", normalization="phone")],
    ["email", "phone"],
)


def as_people_write(event: Event, dice: random.Random) -> Event:
    """Return an event with its values as they are typed."""
    raw = {}
    for id_type, value in event.items():
        if id_type == "email":
            raw[id_type] = dice.choice([value.capitalize(), f" {value}", value.upper(), value])
        else:
            digits = value[2:]
            forms = [
                f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
                f"1-{digits[:3]}-{digits[3:6]}-{digits[6:]}",
                digits,
                value,
            ]
            raw[id_type] = dice.choice(forms)
    return raw


def replayed(events: list[Event]) -> float:
    """Return the seconds that an engine takes over all events, facts read."""
    engine = Engine(PIPELINE)
    commands = [
        Resolve({kind: value[:1] + value[1:] for kind, value in event.items()}, at) for at, event in enumerate(events)
    ]
    start = perf_counter()
    for command in commands:
        for _ in engine.execute(command).facts:
            pass
    return perf_counter() - start


def measure(count: int, rounds: int) -> list[dict[str, Any]]:
    """Run every pair in turn, a warm-up first; return a row per pair."""
    numbers = phones(count)
    addresses = [f"{['ada.bob', 'carl'][n % 2]}.{n}@mail{n % 500}.example.com" for n in range(count)]
    assert list(map(phone_reader("US"), numbers)) == numbers
    normal = [
        {
            kind: f"+1317{int(value[5:]) % 8_000_000 + 2_000_000}" if kind == "phone" else value
            for kind, value in event.items()
        }
        for event in stream(count, SEED)
    ]
    dice = random.Random(SEED)
    raw = [as_people_write(event, dice) for event in normal]
    read = phone_reader("US")
    pairs: dict[str, tuple[Callable[[], float], Callable[[], float]]] = {
        "phones of all countries, library / ours": (lambda: each(read, numbers), lambda: each(by_library, numbers)),
        "ordinary e-mail addresses, library / ours": (
            lambda: each(normalize_email, addresses),
            lambda: each(by_validator, addresses),
        ),
        "events, raw / normal": (lambda: replayed(normal), lambda: replayed(raw)),
    }
    rows = []
    for case, (ours, beside) in pairs.items():
        taken = interleaved({"ours": ours, "beside": beside}, rounds)
        one, other = (best_and_median(taken[name], 1e6 / count) for name in ("ours", "beside"))
        rows.append(
            {
                "case": case,
                "values": count,
                "seed": SEED,
                "rounds": rounds,
                "best_us": one["best"],
                "median_us": one["median"],
                "beside_best_us": other["best"],
                "beside_median_us": other["median"],
                "best_ratio": round(other["best"] / one["best"], 3),
                "median_ratio": round(other["median"] / one["median"], 3),
            }
        )
    return rows


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    options.add_argument("--values", type=int, default=50_000)
    given = options.parse_args()
    publish(measure(given.values, given.rounds), given.out)


if __name__ == "__main__":
    main()
