"""A stream of events for benchmarks: a fixed share of creations and merges, values already normal, seeded."""

import random

Event = dict[str, str]

CREATIONS, MERGES, SECOND = 0.35, 0.05, 0.4


def stream(size: int, seed: int) -> list[Event]:
    """Give *size* events with 1.4 identifiers each: 35 % create a profile, 5 % merge two, the rest come back.

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
    """Give the same events with strings that were never hashed, so that no round profits from the one before."""
    return [{id_type: "".join([value[:1], value[1:]]) for id_type, value in event.items()} for event in events]
