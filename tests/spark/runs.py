"""Histories as lines, and what a run on Spark must say: what one process says, to the byte."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from resolver import IdentifierConfig, NotInParts, Settings
from resolver.coupling import coupling
from resolver.simulate import Run, read_history
from resolver.simulate import replay as replay_here
from resolver.simulate.saved_format import FILES
from resolver.spark import SparkRun, replay
from tests.laws.cut_histories import any_case as any_family
from tests.laws.cut_histories import any_line, any_records
from tests.machines.case import Case
from tests.machines.families import NATIVE, TYPES

Fields = dict[str, Any]
NOTHING: Mapping[str, Any] = {}
SHARED: Fields = {"enforce_unique": False}
FUZZY: Fields = {"matching_algo": "fuzzy"}


def settings(rules: Sequence[str], **fields: Fields) -> Settings:
    configs = [IdentifierConfig(each, **{"normalization": NATIVE[each], **fields.get(each, {})}) for each in TYPES]
    return Settings(configs, rules)


UNIQUE = settings(["mail", "word", "call", "text"])
LIMITS = settings(["mail", "call"], mail={"limit": 1, "limit_policy": "lifo"}, call={"limit": 2}, word=SHARED)
COMPOUND = settings(["mail", "text", "call AND word"], word=SHARED, call={**SHARED, "limit": 3}, text=SHARED)
INSIDE = settings(["mail", "call AND word"], word={**SHARED, **FUZZY}, call=SHARED, text=SHARED)


def spread_values(size: int) -> dict[str, tuple[object, ...]]:
    """Return raw values of which every one is met a few times, in several spellings."""
    return {
        "mail": (
            *[f"a{place}@b.cc" for place in range(size)],
            *[f"A{place}@b.cc " for place in range(size // 2)],
            "no",
        ),
        "call": (*[f"317555{place:04}" for place in range(size)], "(317) 555-0001", "12345", "x\ud800"),
        "word": tuple(f"w{place}" for place in range(size)),
        "text": tuple(f"t{place}" for place in range(size)),
    }


def any_case(size: int) -> Case:
    """Return a case of many values of which each is met a few times."""
    return Case("spread", UNIQUE, spread_values(size))


def as_json(documents: Iterable[Any]) -> list[bytes]:
    return [json.dumps(each).encode() for each in documents]


def frame_of(spark: Any, raws: Sequence[bytes], parts: int = 2, seed: int | None = None) -> Any:
    """Return lines as a frame, shuffled, in so many pieces of which some are empty."""
    rows = [(line, bytearray(raw)) for line, raw in enumerate(raws, 1)]
    if seed is not None:
        Random(seed).shuffle(rows)
    return spark.createDataFrame(rows, "line long, raw binary").repartition(parts)


def one_process(folder: Path, raws: Sequence[bytes], chosen: Settings, *, sort: Any = False, **options: Any) -> Run:
    path = folder / "history.jsonl"
    folder.mkdir(exist_ok=True)
    path.write_bytes(b"".join(raw + b"\n" for raw in raws))
    return replay_here(read_history(path, sort=sort), chosen, **options)


def check_equal(run: SparkRun, expected: Run, folder: Path) -> None:
    """Check that the run says what one process says, and that both are the same bytes as saved runs."""
    one, other = run.summary.to_json(), expected.summary.to_json()
    differ = {name: (one[name], other[name]) for name in one if one[name] != other[name]}
    assert not differ, differ
    ends = run.assignments.orderBy("first_line").collect()
    assert [(row["ref"], row["profile_id"]) for row in ends] == [*expected.assignments.items()]
    run.save(folder / "spark")
    expected.save(folder / "one")
    for name in FILES:
        if name.endswith(".parquet"):
            assert read_table(folder / "spark" / name).equals(read_table(folder / "one" / name)), name
    for name in ("summary.json", "store.snapshot"):
        assert (folder / "spark" / name).read_bytes() == (folder / "one" / name).read_bytes(), name


def read_table(path: Path) -> Any:
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path)


def any_lines(seed: int, lines: int, chosen: Settings = UNIQUE) -> list[bytes]:
    """Return lines of every command, of which few touch, with broken ones, late ones and names in every way."""
    random, size = Random(seed), max(4, lines // 5)
    case, spread = any_case(size), spread_values(size)
    documents = [any_line(random, case, chosen, spread, line, lines) for line in range(1, lines + 1)]
    for document in documents[lines // 2 : lines // 2 + 9]:
        document["extra"] = 1
    return as_json(documents)


def any_history(seed: int, number: int, step: int) -> tuple[Random, list[bytes], Settings, dict[str, Any]]:
    """Return lines of a random family that can be cut, settings and options: of *number*, or *step* families on."""
    while True:
        random = Random(seed + number)
        case, chosen, given = any_family(random, number)
        options = {name: option for name, option in given.items() if option is not None}
        try:
            coupling(chosen, **options)
        except NotInParts:
            number += step
            continue
        records = [each for each in any_records(random, case, chosen, 60) if isinstance(each.source, dict)]
        return random, as_json(record.source for record in records), chosen, options


def frame_of_some(spark: Any, raws: list[bytes], start: int, end: int, random: Random) -> Any:
    """Return some of the lines as a frame, shuffled, with the numbers that they have among all."""
    rows = [(line, bytearray(raw)) for line, raw in enumerate(raws, 1) if start < line <= end]
    random.shuffle(rows)
    return spark.createDataFrame(rows or [(0, bytearray())], "line long, raw binary").where("line > 0")


def check_growth(
    spark: Any,
    raws: list[bytes],
    chosen: Settings,
    cuts: list[int],
    random: Random,
    folder: Path,
    reading: Mapping[str, Any] = NOTHING,
    **options: Any,
) -> SparkRun:
    """Replay up to the first cut and go on from cut to cut: at the end the run is that of one process."""
    run: SparkRun | None = None
    for place, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(raws)], strict=True)):
        how = {"finish_edges": random.choice([0, 30, 10_000]), "parts": random.choice([1, 2, 3]), **reading, **options}
        frame = frame_of_some(spark, raws, start, end, random)
        run = replay(frame, chosen, since=run, work=str(folder / f"work-{place}"), **how)
    assert run is not None
    check_equal(run, one_process(folder, raws, chosen, sort=reading.get("sort", False), **options), folder)
    return run


def any_absent(raws: list[bytes], random: Random) -> list[str]:
    """Return a ref and two values that a history has, as they are written, each of several lines."""
    documents = [json.loads(raw) for raw in raws]
    refs = Counter(each["ref"] for each in documents if "ref" in each)
    ref = random.choice([ref for ref, count in refs.items() if count > 1])
    given = [each.get("identifiers") for each in documents if each.get("ref") != ref and each.get("op") is None]
    pairs = Counter(
        f"{name}={value}"
        for identifiers in given
        if isinstance(identifiers, dict)
        for name, value in identifiers.items()
        if isinstance(value, str) and value.isascii() and name != "fax"
    )
    return [f"ref:{ref}", *random.sample([pair for pair, count in pairs.items() if count > 2], 2)]
