"""Streams of events for benchmarks: shares of creations and merges, values already normal, seeded.

``stream`` is the plain one; ``STREAMS`` names a family of them, each with the settings that it is made for, so that no
engine is tuned to one.
"""

import random
from dataclasses import dataclass

from resolver import IdentifierConfig, Settings

Event = dict[str, str]

CREATIONS, MERGES, SECOND = 0.35, 0.05, 0.4


def stream(size: int, seed: int) -> list[Event]:
    """Return *size* events with 1.4 identifiers each: 35 % create a profile, 5 % merge two, the rest come back.

    An event is a dict idType -> value over ``email`` and ``phone``. Who comes back is drawn from everybody, so the
    index is hit at random.
    """
    dice = random.Random(seed)
    people: list[dict[str, list[str]]] = []
    events: list[Event] = []
    fresh = 0

    def new_value(id_type: str) -> str:
        nonlocal fresh
        fresh += 1
        return f"person{fresh:08d}@example.com" if id_type == "email" else f"+1317{fresh:08d}"

    def other(id_type: str) -> str:
        return "phone" if id_type == "email" else "email"

    while len(events) < size:
        draw = dice.random()
        event: Event = {}
        if draw < CREATIONS or len(people) < 10:
            id_types = ["email", "phone"] if dice.random() < SECOND else [dice.choice(["email", "phone"])]
            event = {id_type: new_value(id_type) for id_type in id_types}
            people.append({id_type: [value] for id_type, value in event.items()})
        elif draw < CREATIONS + MERGES:
            one, two = dice.sample(range(len(people)), 2)
            while not (people[one].get("email") and people[two].get("phone")):
                one, two = dice.sample(range(len(people)), 2)
            event = {"email": dice.choice(people[one]["email"]), "phone": dice.choice(people[two]["phone"])}
            for id_type, values in people[two].items():
                people[one].setdefault(id_type, []).extend(values)
            people[two] = people[-1]
            people.pop()
        else:
            person = dice.choice(people)
            id_type = dice.choice(list(person))
            event = {id_type: dice.choice(person[id_type])}
            if dice.random() < SECOND * 0.9:
                second = other(id_type)
                known = person.get(second)
                if known and dice.random() < 0.5:
                    event[second] = dice.choice(known)
                else:
                    event[second] = new_value(second)
                    person.setdefault(second, []).append(event[second])
        events.append(event)
    return events


def fresh_copy(events: list[Event]) -> list[Event]:
    """Return the same events with strings that were never hashed, so that no round profits from the one before."""
    return [{id_type: "".join([value[:1], value[1:]]) for id_type, value in event.items()} for event in events]


@dataclass(frozen=True)
class Shape:
    """What a stream is made of. Shares are of all events; what is left are people who come back."""

    types: int = 2
    """How many idTypes there are; an event names each with ``per_event``."""
    per_event: float = 0.4
    """How likely an event names one more type than the first."""
    creations: float = 0.35
    merges: float = 0.05
    fresh: float = 0.15
    """How likely somebody who comes back brings a value that is new."""
    regulars: float = 0.0
    """How likely who comes back is one of the hundred who come most."""
    late: float = 0.0
    """How likely an event is earlier than the one before it."""
    limit: int = 100
    non_unique: bool = False
    """The last type is shared by many, of a thousand values, and proves nothing."""
    compound: bool = False
    """It proves identity together with the type before it, which is shared too."""


STREAMS: dict[str, Shape] = {
    "returning": Shape(),
    "regulars": Shape(types=3, per_event=0.5, creations=0.15, merges=0.04, regulars=0.6),
    "newcomers": Shape(creations=0.8, merges=0.02),
    "repeats": Shape(creations=0.02, merges=0.0, fresh=0.0, regulars=0.5),
    "merging": Shape(types=3, creations=0.45, merges=0.3),
    "wide": Shape(types=6, per_event=0.7, creations=0.3),
    "late": Shape(types=3, late=0.3),
    "limits near": Shape(types=3, fresh=0.5, regulars=0.4, limit=3),
    "non-unique": Shape(types=3, per_event=0.6, non_unique=True),
    "compound": Shape(types=4, per_event=0.6, non_unique=True, compound=True),
}
"""Ten streams; ``returning`` has the shares of ``stream``."""

EXACT = ("returning", "regulars", "newcomers", "repeats", "merging", "wide", "late")
"""Those in which every type is unique and no limit is near."""


def settings_of(shape: Shape) -> Settings:
    """The settings that a stream is made for."""
    names = type_names(shape)
    shared = names[-2:] if shape.compound else names[-1:] if shape.non_unique else []
    configs = [
        IdentifierConfig(name, normalization="none", limit=shape.limit, enforce_unique=name not in shared)
        for name in names
    ]
    rules = [name for name in names if name not in shared]
    return Settings(configs, [*rules, " AND ".join(shared)] if shape.compound else rules)


def type_names(shape: Shape) -> list[str]:
    """The idTypes of a stream, in the order of its rules."""
    return [f"type{number}" for number in range(shape.types)]


def shaped(size: int, seed: int, shape: Shape) -> tuple[list[Event], list[int]]:
    """*size* events of a shape, and their times."""
    dice = random.Random(seed)
    names = type_names(shape)
    shared = names[-2:] if shape.compound else names[-1:] if shape.non_unique else []
    people: list[dict[str, list[str]]] = []
    events: list[Event] = []
    fresh = 0

    def new_value(name: str) -> str:
        nonlocal fresh
        if name in shared:
            return f"{name}-shared-{dice.randrange(1000):04d}"
        fresh += 1
        return f"{name}-{fresh:09d}"

    def some(known: list[str]) -> list[str]:
        return [known[0], *[name for name in known[1:] if dice.random() < shape.per_event]]

    while len(events) < size:
        draw = dice.random()
        if draw < shape.creations or len(people) < 10:
            order = dice.sample(names, len(names))
            chosen = some([name for name in order if name not in shared] + [name for name in order if name in shared])
            event = {name: new_value(name) for name in chosen}
            people.append({name: [value] for name, value in event.items()})
        elif draw < shape.creations + shape.merges:
            one, two = dice.sample(range(len(people)), 2)
            pairs = [(a, b) for a in people[one] for b in people[two] if a != b and {a, b}.isdisjoint(shared)]
            if not pairs:
                continue
            a, b = dice.choice(pairs)
            event = {a: dice.choice(people[one][a]), b: dice.choice(people[two][b])}
            for name, values in people[two].items():
                people[one].setdefault(name, []).extend(values)
            people[two] = people[-1]
            people.pop()
        else:
            is_regular = dice.random() < shape.regulars
            person = people[dice.randrange(min(100, len(people)))] if is_regular else dice.choice(people)
            known = [name for name in person if name not in shared]
            event = {name: dice.choice(person[name]) for name in some(dice.sample(known, len(known)))}
            if dice.random() < shape.fresh:
                name = dice.choice(names)
                value = new_value(name)
                person.setdefault(name, []).append(value)
                if name not in event:
                    event[name] = value
        events.append(event)
    times = [at if dice.random() >= shape.late else max(0, at - dice.randrange(1, 1000)) for at in range(size)]
    return events, times
