"""Does any command's cost grow with the store? Each case is a long run, its last part beside its first.

    python -m benchmarks.bench_scaling [--size N] [--largest N] [--stream NAME ...] [--rounds N] [--out FILE]

``growth`` runs each stream of ``bench_engine`` at 10,000, 100,000 ... events up to ``--largest``, beside the floor at
the same size: what grows there grows for a plain dict too, since memory is slower than the processor's caches.
``to_smallest`` is the ratio to the floor, over that of the smallest size. Every other case executes *size* commands of
one kind; ``last_to_first`` compares the last fifth with the second fifth (the first fifth is the warm-up).
"""

from collections.abc import Callable, Iterable, Sequence
from time import process_time

from benchmarks.bench_engine import execute_with_facts, floor
from benchmarks.events import STREAMS, Event, fresh_copy, settings_of, shaped, stream
from benchmarks.rounds import Row, arguments, best_and_median, interleaved, publish
from resolver import Engine, IdentifierConfig, Resolve, Settings

TYPES, VALUES = 15, 100
PARTS = 5

Case = tuple[Engine, Iterable[Resolve]]


def plain(limit: int = 100, policy: str = "fifo") -> Settings:
    """E-mail and phone, unique, matching alone, taken as they are."""
    names = ("email", "phone")
    configs = [IdentifierConfig(name, normalization="none", limit=limit, limit_policy=policy) for name in names]
    return Settings(configs, list(names))


def late(size: int) -> Case:
    """Every event is earlier than all before it."""
    return Engine(plain()), [Resolve(event, -at) for at, event in enumerate(stream(size, seed=1))]


def _full_profile() -> Engine:
    names = [f"type{number:02d}" for number in range(TYPES)]
    engine = Engine(Settings([IdentifierConfig(name, normalization="none") for name in names], names))
    for number in range(VALUES):
        values = {name: f"{name}-{number}" for name in names}
        engine.execute(Resolve({**values, names[0]: [f"{names[0]}-0", values[names[0]]]}, 0))
    assert len(engine) == 1
    return engine


def full_hit(size: int) -> Case:
    """Find a profile at its limits, 15 types of 100 values, again and again."""
    return _full_profile(), [
        Resolve({f"type{n % TYPES:02d}": f"type{n % TYPES:02d}-{n % VALUES}"}, 1) for n in range(size)
    ]


def full_changed(size: int) -> Case:
    """Add a new value each time to a profile at its limits; it loses its oldest of the type."""
    return _full_profile(), [Resolve({"type00": f"new-{n}", "type01": "type01-0"}, 2 + n) for n in range(size)]


def shared(size: int) -> Case:
    """One value of a non-unique type on all of them; each event makes a profile that shares it."""
    configs = [IdentifierConfig("email", normalization="none"), IdentifierConfig("name", enforce_unique=False)]
    engine = Engine(Settings(configs, ["email", "name"]))
    return engine, [Resolve({"email": f"person{n}@example.com", "name": "Smith"}, n) for n in range(size)]


def shared_in_a_compound(size: int) -> Case:
    """Share a value under a compound rule of its type and another, a phone of each one's own."""
    configs = [IdentifierConfig(name, normalization="none", enforce_unique=False) for name in ("phone", "name")]
    engine = Engine(Settings(configs, ["phone AND name"]))
    return engine, [Resolve({"phone": f"+1317{n:08d}", "name": "Smith"}, n) for n in range(size)]


def chain(size: int) -> Case:
    """Merge one profile after the other, the survivor older each time.

    Under lifo with a limit of two, the two earliest values stay: those of the survivor and of the one before it.
    """
    engine = Engine(plain(limit=2, policy="lifo"))
    for n in range(size + 1):
        engine.execute(Resolve({"email": f"link{n}"}, -n))
    return engine, [Resolve({"email": [f"link{n}", f"link{n + 1}"]}, 1) for n in range(size)]


def star(size: int) -> Case:
    """Merge every profile into one that is older than all."""
    engine = Engine(plain(limit=2))
    engine.execute(Resolve({"email": "hub"}, 0))
    for n in range(size):
        engine.execute(Resolve({"phone": f"spoke{n}"}, 1 + n))
    return engine, [Resolve({"email": "hub", "phone": f"spoke{n}"}, size + 1) for n in range(size)]


def round_robin(size: int) -> Case:
    """All profiles first, then each is met in turn: always the one that the caches forgot longest ago."""
    engine = Engine(plain())
    people = max(1, size // 4)
    for n in range(people):
        engine.execute(Resolve({"email": f"person{n}@example.com"}, n))
    return engine, [Resolve({"email": f"person{n % people}@example.com"}, n) for n in range(size)]


CASES: dict[str, tuple[Callable[[int], Case], int]] = {
    "late events": (late, 1),
    "a full profile, hit": (full_hit, 1),
    "a full profile, changed": (full_changed, 20),
    "one value on all profiles": (shared, 1),
    "one value on all profiles, in a compound rule": (shared_in_a_compound, 1),
    "a chain of merges, the survivor older each time": (chain, 1),
    "a star of merges": (star, 1),
    "round robin": (round_robin, 1),
}
"""How each is made, and by how much its size is smaller, where a command is dear for its own reason."""


def parts(make: Callable[[int], Case], size: int) -> list[float]:
    """Return the seconds that each fifth of the commands takes, facts read."""
    engine, made = make(size)
    commands = list(made)
    step = max(1, len(commands) // PARTS)
    seconds = []
    for place in range(0, step * PARTS, step):
        part = commands[place : place + step]
        start = process_time()
        for command in part:
            for _ in engine.execute(command).facts:
                pass
        seconds.append(process_time() - start)
    return seconds


def growth(largest: int, rounds: int, streams: Sequence[str] = tuple(STREAMS)) -> list[Row]:
    """Return a row per stream and size: the engine beside the floor, and how that ratio grew."""
    rows = []
    for name in streams:
        settings = settings_of(STREAMS[name])
        smallest = 0.0
        size = 10_000
        while size <= largest:
            events, times = shaped(size, 1, STREAMS[name])

            def ours(events: list[Event] = events, times: list[int] = times, settings: Settings = settings) -> float:
                return execute_with_facts(fresh_copy(events), times, settings)[0]

            def least(events: list[Event] = events, times: list[int] = times, settings: Settings = settings) -> float:
                return floor(fresh_copy(events), times, settings)[0]

            seconds = interleaved({"engine": ours, "floor": least}, rounds)
            engine, below = (best_and_median(seconds[side], 1e6 / size) for side in ("engine", "floor"))
            smallest = smallest or engine["best"] / below["best"]
            row: Row = {"case": f"growth, {name}", "commands": size, "rounds": rounds, "best_us": engine["best"]}
            row |= {"median_us": engine["median"], "floor_best_us": below["best"]}
            row |= {"best_ratio": round(engine["best"] / below["best"], 2)}
            row |= {"median_ratio": round(engine["median"] / below["median"], 2)}
            rows.append({**row, "to_smallest": round(engine["best"] / below["best"] / smallest, 2)})
            size *= 10
    return rows


def steadiness(size: int, rounds: int) -> list[Row]:
    """Return a row per case at a tenth of the size and at all of it."""
    rows = []
    sizes = {
        (case, n): make for case, (make, less) in CASES.items() for n in (max(PARTS, size // less // 10), size // less)
    }
    taken: dict[tuple[str, int], list[list[float]]] = {key: [] for key in sizes}

    def timed(key: tuple[str, int]) -> Callable[[], float]:
        def run() -> float:
            taken[key].append(parts(sizes[key], key[1]))
            return sum(taken[key][-1])

        return run

    interleaved({f"{case} {n}": timed((case, n)) for case, n in sizes}, rounds)
    for (case, n), all_rounds in taken.items():
        each = n // PARTS
        fifths = [min(found[place] for found in all_rounds[1:]) / each * 1e6 for place in range(PARTS)]
        row: Row = {"case": case, "commands": n, "rounds": rounds, "fifths_us": [round(us, 2) for us in fifths]}
        rows.append({**row, "last_to_first": round(fifths[-1] / fifths[1], 2)})
    return rows


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    options.add_argument(
        "--size", type=int, default=100_000, help="commands of each case, 1,000 at least (default: 100,000)"
    )
    options.add_argument("--largest", type=int, default=1_000_000, help="of growth (default: 1,000,000)")
    options.add_argument("--stream", action="append", choices=STREAMS, help="of growth (default: all)")
    given = options.parse_args()
    if given.size < 1000:
        options.error(f"--size {given.size} is too small; expected 1000 or more")
    rows = growth(given.largest, given.rounds, given.stream or tuple(STREAMS))
    publish([*rows, *steadiness(given.size, given.rounds)], given.out)


if __name__ == "__main__":
    main()
