"""Texts of at most 255 characters that the libraries are slow with, and a search for more of them.

    python -m tests.laws.slow_texts phone --seconds 60 --seed 1 [--region US]

climbs from random texts, made of what the libraries' patterns look for, to ever slower ones, and prints the slowest.
"""

import argparse
import random
import time
from collections.abc import Callable
from contextlib import suppress

from resolver.errors import InvalidIdentifier
from resolver.rules.normalization import Normalizers

LONGEST = 255

PIECES: dict[str, list[str]] = {
    "phone": [
        "1", "0", "317", "011", "00", "15", "+", "+1", "-", "-" * 9, ".", ".-", "*", "/", "/x", "\\x", "(", ")",
        "[", "]", "~", "\uff5e", "x", "X", "x-", "ext", "ext.", "extn", "extensio\u0301n", "int", "anexo", "#",
        "\uff03", "1#", "-1#", ",", ",,", ";", ";ext=", ";isub=", "tel:", ";phone-context=", "aa.", "a-", "A", "e",
        "1x", "1-", "1,", ":", "=", "!", "@", "_", "\u00e9", "\uff11", "\u0663", "\u0301", " ", "\u00a0", "\u202f",
        "\u200b", "\u00ad", "\n",
    ],
    "email": [
        "a", "1", ".", "..", "a.", "-", "--", "a-", "a--", "_", "!", "@", "@@", '"', '\\"', "\\", "<", ">", "<a@b>",
        "[", "]", "[127.0.0.1]", "[ipv6:", "::", "1:", ":", "xn--", "xn--zckzah", "test", ".test", "localhost",
        "\u00e9", "\u0301", "e\u0301\u0301", "\u0130", "\u00df", "\u03a3", "\u1fb7", "\u03b1\u0345\u0301", "\u0338",
        "\ufdfa", "\ufb00", "\uff58", "\uff0e", "\u3002", "\uff61", "\u0660", "\u06f0", "\u4e00", "\uac01",
        "\u1100", "\u1161", "\u11a8", "\u3300", "\u05d0", "\u0640", "\u0915\u094d\u200d", "\u200c", "\u200b",
        "\ufe0f", "\u202e", "\u00b7", "\U0001f600", "\U0001d400", "\U000e0041", " ", "\u00a0",
    ],
    "trim": ["a", " ", "\u00a0", "\u200b", "\ufeff", "\ufe0f", "\ud800", "\n"],
    "none": ["a", " ", "\u200b", "\ud800"],
}  # fmt: skip
"""For each normalization, what its patterns and tables tell apart."""

_ENDLESS = "tel:1;phone-context="

SLOW: dict[str, list[str]] = {
    "phone": [
        # A library on its own takes more than a second for these, for some of them years
        _ENDLESS + "aa." * 60 + "aa!",
        _ENDLESS + "a" * 100 + "." + "a" * 100 + ".1",
        _ENDLESS + "a1" * 110 + "!",
        "tel:" + "1" * 20 + ";phone-context=" + "a." * 100 + "1",
        # 10 to 500 milliseconds
        "1" * 100 + " " * 143 + "a@b.com",
        "1" * 100 + "," * 143 + "a@b.com",
        "1" * 100 + "\u00a0," * 71 + "a@b.com",
        "1" * 100 + "-" * 148 + ":a",
        "1" * 40 + "-" * 200 + ":a",
        "1" * 40 + "x" + "-" * 200 + ":a",
        # The slowest that go to the library
        "1" * 40 + "-" * 37 + ":aa",
        "1" * 27 + "-" * 50 + ":aa",
        "1" * 40 + "," * 37 + ":aa",
        "3170---\n999999999999999" + "-" * 40 + "1#-1#;;" + "-" * 40,
        "-" * 200 + "111" + "-" * 40 + "1",
        "+" * 200 + "1" * 40 + ":a",
        _ENDLESS + "+" + "(" * 20 + "1" * 30,
    ],
    "email": [
        "\u1fb7" * 255,
        "\u0130" * 14 + "\U0001f600" + "\ufb00" * 3 + "\u1fb7" * 237,
        "a" + "\u0301" * 254,
        '"' + "\\" * 250 + '"@b',
        "a@" + "." * 253,
        "a@" + "\u06f0" * 120,
        "a@" + "\u1fb7" * 60 + ".cc",
        "a@xn--" + "a" * 240,
        "a@" + "xn--a." * 41 + "cc",
        "a@[ipv6:" + "1:" * 120 + "]",
        "a." * 127 + "@",
        "\u03a3" * 255,
    ],
    "trim": [" \u200b" * 127, "\u200b" * 127 + "a" + "\ufe0f" * 127, "a" + " \u200b" * 126 + "\ud800"],
    "none": ["a" * 255],
}
"""The worst that a search found, with and without the checks in front of the libraries."""


def cost(normalize: Callable[[object], object], text: str, rounds: int = 2) -> float:
    """Return the processor time that a normalization takes, in milliseconds: the least of some rounds."""
    least = float("inf")
    for _ in range(rounds):
        begin = time.process_time_ns()
        with suppress(InvalidIdentifier):
            normalize(text)
        least = min(least, time.process_time_ns() - begin)
    return least / 1e6


def without_memory(name: str, region: str = "US") -> Callable[[object], object]:
    """Return a normalization that remembers no answers: one that is new for every text."""
    return lambda text: Normalizers(region).named(name)(text)


def random_text(name: str, dice: random.Random) -> str:
    """Return a text of pieces, many of them repeated."""
    pieces, text = PIECES[name], ""
    while len(text) < LONGEST and (not text or dice.random() < 0.95):
        text += dice.choice(pieces) * dice.choice([1, 1, 2, 5, 20, 40])
    return text[:LONGEST]


def changed(name: str, text: str, dice: random.Random) -> str:
    """Return a text with one part added, left out, repeated or moved."""
    start = dice.randrange(len(text) + 1)
    end = min(len(text), start + dice.randrange(30))
    piece = dice.choice(PIECES[name]) * dice.choice([1, 1, 1, 3, 10, 30])
    place = dice.randrange(len(text) + 1)
    results = [
        text[:start] + piece + text[start:],
        text[:start] + piece + text[end:],
        text[:start] + text[end:],
        text[:start] + text[start:end] * 2 + text[end:],
        text[:place] + text[start:end] + text[place:],
        text + piece,
        piece + text,
    ]
    return dice.choice(results)[:LONGEST] or piece[:LONGEST]


def slowest(name: str, dice: random.Random, seconds: float, region: str = "US") -> tuple[float, str]:
    """Climb from random texts to slower ones; return the slowest found, with its milliseconds."""
    normalize = without_memory(name, region)
    end, best = time.monotonic() + seconds, (0.0, "")
    while time.monotonic() < end:
        found = sorted((cost(normalize, text), text) for text in (random_text(name, dice) for _ in range(60)))[-8:]
        failures = 0
        while failures < 400 and time.monotonic() < end:
            text = changed(name, dice.choice(found)[1], dice)
            if cost(normalize, text) > found[0][0] and cost(normalize, text) > found[0][0]:
                found = sorted([(cost(normalize, text), text), *found[1:]])
                failures = 0
            else:
                failures += 1
        best = max(best, (cost(normalize, found[-1][1], 5), found[-1][1]))
    return best


def main() -> None:
    """Search as long as asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("normalization", choices=PIECES)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--region", default="US")
    given = options.parse_args()
    milliseconds, text = slowest(given.normalization, random.Random(given.seed), given.seconds, given.region)
    print(f"{milliseconds:.3f} ms: {text!a}")  # noqa: T201


if __name__ == "__main__":
    main()
