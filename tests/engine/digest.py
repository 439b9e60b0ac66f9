"""The digest of a fixed, seeded history: every fact of some two thousand commands, under one hash.

``python -m tests.engine.digest`` prints it. It is the same under every ``PYTHONHASHSEED``. ``--facts`` leaves the
snapshot at the end out, to compare versions whose snapshots have another format.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random

from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Engine,
    IdentifierConfig,
    ProfileCreated,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.commands import AnyCommand
from resolver.facts import encode_fact

COMMANDS = 2000
TYPES = ("email", "phone", "name", "zip", "card")


def settings(random: Random) -> Settings:
    """Draw settings in which every kind of rule is there."""
    configs = [
        IdentifierConfig("email", normalization="email", limit=random.choice([2, 5])),
        IdentifierConfig("phone", normalization="phone", enforce_unique=False, limit=4),
        IdentifierConfig("name", matching_algo="fuzzy", matching_threshold=80, enforce_unique=False),
        IdentifierConfig("zip", enforce_unique=False, limit_policy=random.choice(["fifo", "lifo"]), limit=3),
        IdentifierConfig("card", limit=random.choice([1, 2]), limit_policy="lifo"),
    ]
    return Settings(configs, random.choice([["email", "phone", "zip", "card"], ["email", "name AND zip", "phone"]]))


def identifier(random: Random) -> tuple[str, str]:
    """Draw an identifier that others will share."""
    id_type = random.choice(TYPES)
    number = int(random.triangular(0, 400, 0))
    value = {
        "email": f"User{number}@example.test",
        "phone": f"(317) 555-{number:04}",
        "name": random.choice(["smith", "smyth", "smithe", "jones", "jonas", "johns"]) + "aeiou"[number % 5],
        "zip": f"{number % 60:05}",
        "card": f"c{number}" if number % 50 else "",
    }[id_type]
    return id_type, value


def history(random: Random) -> Iterator[AnyCommand]:
    """Draw commands over profiles that may be there, merged away, or deleted."""
    profiles = [f"p{number}" for number in range(1, COMMANDS)]
    for number in range(COMMANDS):
        at = random.randrange(10_000)
        profile = random.choice(profiles[: number + 1])
        kind = random.choices(["resolve", "add", "replace", "remove", "delete", "settings"], [60, 20, 8, 8, 3, 1])[0]
        match kind:
            case "resolve":
                yield Resolve([identifier(random) for _ in range(random.choice([1, 2, 2, 3]))], at)
            case "add":
                yield AddIdentifier(profile, *identifier(random), at)
            case "replace":
                id_type, new = identifier(random)
                yield ReplaceIdentifier(profile, id_type, identifier(random)[1], new, at)
            case "remove":
                yield RemoveIdentifier(profile, random.choice(TYPES), at, random.random() < 0.2)
            case "delete":
                yield DeleteProfile(profile, at)
            case _:
                yield ApplySettings(settings(random), at)


def run(seed: int, *, facts_only: bool = False) -> tuple[str, Counter[str]]:
    """Run one history; return the digest of its facts and its snapshot, and how often each fact and error came."""
    random = Random(seed)
    engine = Engine(settings(random), on_invalid="drop", new_id=lambda number, at: f"p{number}")
    digest, counts = hashlib.sha256(), Counter[str]()
    for command in history(random):
        try:
            facts = engine.execute(command).facts
        except ResolverError as error:
            counts[type(error).__name__] += 1
            digest.update(f"{type(error).__name__}: {error}\n".encode())
            continue
        for fact in facts:
            counts[type(fact).__name__] += 1
            digest.update(encode_fact(fact) + b"\n")
    if not facts_only:
        digest.update(engine.snapshot())
    counts["profiles"] = len(engine)
    assert counts[ProfileCreated.__name__] > 100
    return digest.hexdigest(), counts


if __name__ == "__main__":
    sys.stdout.write(f"{run(seed=1, facts_only='--facts' in sys.argv)[0]}\n")
