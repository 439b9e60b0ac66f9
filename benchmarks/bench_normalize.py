"""Normalization against the libraries it agrees with, and the pipeline from raw values against one from normal ones.

    python -m benchmarks.bench_normalize [--values N] [--rounds N] [--out FILE]

Distinct phones of all countries: ours (the quick reader, the library behind it) beside the library's ``parse``,
``is_possible_number_with_reason`` and ``format_number``. Distinct ordinary e-mail addresses: ours beside
``validate_email``. Neither side profits from a memory: every value is new. Then the engine on the same events with
raw values (as people write them) and with their normal forms. Prints one JSON row a case.
"""

import argparse
import gc
import json
import random
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import email_validator
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from benchmarks.bench_engine import environment
from benchmarks.events import Event, stream
from resolver import Engine, IdentifierConfig, Resolve, Settings
from resolver.rules.email import normalize_email
from resolver.rules.phone import phone_reader

SEED = 1


def phones(count: int) -> list[str]:
    """Give distinct possible numbers of all regions in E.164, the last digits drawn."""
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
    """Give the seconds that a function takes over all values."""
    start = perf_counter()
    for value in values:
        function(value)
    return perf_counter() - start


PIPELINE = Settings(
    [IdentifierConfig("email", normalization="email"), IdentifierConfig("phone", normalization="phone")],
    ["email", "phone"],
)


def as_people_write(event: Event, dice: random.Random) -> Event:
    """Give an event with its values as they are typed."""
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
    """Give the seconds that an engine takes over all events, facts read."""
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
    """Run every pair in turn, a warm-up first; give a row per pair."""
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
        "phones of all countries": (lambda: each(read, numbers), lambda: each(by_library, numbers)),
        "ordinary e-mail addresses": (lambda: each(normalize_email, addresses), lambda: each(by_validator, addresses)),
        "events, raw beside normal": (lambda: replayed(raw), lambda: replayed(normal)),
    }
    rows = []
    for case, (ours, theirs) in pairs.items():
        times: tuple[list[float], list[float]] = [], []
        for number in range(rounds + 1):
            for function, taken in zip((ours, theirs), times, strict=True):
                gc.collect()
                gc.disable()
                seconds = function()
                gc.enable()
                if number:
                    taken.append(seconds)
        best, other = min(times[0]), min(times[1])
        rows.append(
            {
                "case": case,
                "values": count,
                "seed": SEED,
                "rounds": rounds,
                "best_us": round(best / count * 1e6, 3),
                "other_best_us": round(other / count * 1e6, 3),
                "best_ratio": round(other / best if case != "events, raw beside normal" else best / other, 2),
                "median_ratio": round(_medians(times, raised=case == "events, raw beside normal"), 2),
            }
        )
    return rows


def _medians(times: tuple[list[float], list[float]], *, raised: bool) -> float:
    ours, theirs = map(statistics.median, times)
    return ours / theirs if raised else theirs / ours


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--values", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--out", type=Path, help="write the rows and the environment there")
    given = options.parse_args()
    rows = measure(given.values, given.rounds)
    for row in rows:
        print(json.dumps(row))
    if given.out is not None:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps({"environment": environment(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
