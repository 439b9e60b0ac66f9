"""Parts: the components of a history, packed into parts of like size, each of which one task replays."""

import json
from collections.abc import Mapping, Sequence
from math import ceil
from shlex import quote
from typing import Any

import attrs

from resolver.errors import ComponentTooLarge, InvalidHistory, InvalidSettings, NotInParts, shown
from resolver.names import REF
from resolver.settings import Settings
from resolver.simulate.replay import checked_options
from resolver.simulate.without import check_found
from resolver.spark.homes import HOMES, Rounds, homes_of
from resolver.spark.lines import as_rows, chosen_columns
from resolver.spark.order import TIMES, TimeReader, in_time_order
from resolver.spark.packages import functions
from resolver.spark.reading import ERROR, How, id_types_of
from resolver.spark.run import Cut, SparkRun
from resolver.spark.since import check_are_later, grown, run_before, stores_left
from resolver.spark.ties import NO_NUMBER, TieReader, tied_schema, values_of_nodes
from resolver.spark.work import Work, key_of_all
from resolver.versions import versions

TASK = 0.25e9
"""Bytes of memory that a task needs before it has a line."""

LINE = 500
"""Bytes of memory that it needs for each line: 400 were measured."""

SMALL = 20_000
"""Lines for which a further part is not worth its task."""

GIANT = 50_000
"""Lines from which on a component leaves its store behind, so that further lines need not replay it."""

STATE = 100
"""Bytes of a store that take as much memory as a line."""

PACKED = f"{HOMES}, part int, giant long"

UNITS = {"k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
EXPECTED = "expected a number of its own, from 1 on, for every line"
NAMED = 5
"""Values of a component that an error names."""


@attrs.frozen(eq=False)
class Parts(Cut):
    """A history that was cut and packed for some settings, as ``components`` returns it.

    ``lines`` is a frame of the lines (of sorted ones, of their places) with the ``component`` and the ``part`` of each,
    and ``giant``, the component if it is one that leaves its store; ``components`` is how many components there are,
    ``largest`` the number of lines of the largest.
    """

    components: int
    largest: int
    count: int
    loads: tuple[int, ...]
    salts: tuple[int, ...]
    whole: Cut
    """The history that a run of these parts is of: they, or all lines where these are what new lines touch."""
    before: SparkRun | None
    """The run that these parts go on from."""


def components(
    lines: Any,
    settings: Settings | Sequence[Settings],
    *,
    work: str,
    columns: Mapping[str, str] | None = None,
    tz: str | None = None,
    at_unit: str = "ms",
    part_memory: str = "1g",
    parts: int | None = None,
    max_part_lines: int | None = None,
    finish_edges: int = 5_000_000,
    most_combinations: int = 10_000,
    link_refs: bool = False,
    without: Sequence[str] = (),
    since: SparkRun | str | None = None,
    sort: bool = False,
    default_times: str = ERROR,
    **engine_options: Any,
) -> Parts:
    """Return a history cut into components and packed into parts, once for one or several settings.

    *lines* is what ``read_lines`` or ``number_lines`` returned, or any frame with a column ``line`` (from 1, each
    once), and either ``raw``, lines of JSON, or columns named after the fields of a line and after idTypes;
    *columns* maps other names. *work* is a folder that the driver and all workers can write. A part has as many lines
    as a task with *part_memory* can replay, unless *parts* says how many there are. With *link_refs*, all lines of a
    ref are in one part, as ``compare`` needs it. *engine_options* are those of ``replay``.

    With *sort*, lines are taken in the order of their times, as ``read_history(sort=True)`` has them. A line without a
    time is refused by name (``NotInParts``), unless *default_times* is ``previous``: then its time is that of the
    applied command before it, as in one process.

    *without* supposes that some values or the lines of some refs never were, as ``replay`` of one process does.

    With *since*, a run of the same settings and options or the folder of its work, *lines* are those that came after
    its own; the parts are then the components that new lines touch, and a replay of them is the run of all lines.

    A stage that ended before, in the same folder, for the same lines, settings, options and libraries, is not done
    again (with own normalizations it is).

    Raises ``NotInParts`` for settings or lines that cannot be cut, ``ComponentTooLarge`` for a component of more than
    *max_part_lines* (what *part_memory* has room for unless given), ``InvalidHistory`` for lines without a number of
    their own, or that are not after those of *since*. The driver gets counts and the components that are large, never
    lines.
    """
    every = (settings,) if isinstance(settings, Settings) else tuple(settings)
    if not every:
        raise InvalidSettings("settings", settings, "one Settings at least")
    checked, room = checked_options(components, engine_options), lines_in_memory(part_memory)
    asked = How(every, checked, tz, at_unit, without=without, default_times=default_times)
    asked.couplings()  # what cannot be cut is refused before anything is read
    asked.check_can_be_sent()
    place = Work(lines.sparkSession, work)
    chosen = chosen_columns(lines, id_types_of(every), columns or {})
    given, names = as_rows(chosen, id_types_of(every), lines, columns or {})
    raw = dict(given.dtypes)["raw"]
    how = How(
        every, checked, tz, at_unit, links_refs=link_refs, without=without, columns=names, raw=raw,
        header=[name for name in lines.columns if name != "line"], mapped=columns,
        default_times=default_times, sort=sort,
    )  # fmt: skip
    before = None if since is None else run_before(since, how, place)
    key = _key(how, chosen, before)
    name = "tied" if before is None else "new-tied"

    def read() -> dict[str, int]:
        nonlocal given
        if sort:
            given = sorted_lines(given, how, place)
        total, last = _checked(place.stored(given.mapInArrow(TieReader(how), tied_schema(how)), name), before, how)
        return {"total": total, "last": last}

    told, tied = place.stage(name, key, read), place.table(name, tied_schema(how))
    rounds = Rounds(place, finish_edges, most_combinations)
    if before is None:
        homes = place.stage(
            "homes", key and key_of_all(key, most_combinations), lambda: {"table": homes_of(tied, how, rounds)}
        )
        whole = Cut(
            place.table(homes["table"], HOMES), told["total"], told["last"], how, place, tied, key, homes["table"]
        )
        mine, total = whole.lines, whole.total
    else:
        whole, mine, total = grown(tied, told, before, key, rounds)
    allowed = room if max_part_lines is None else max_part_lines
    count = parts or max(1, ceil(total / room), min(_tasks(place.spark), ceil(total / SMALL)))

    def pack() -> dict[str, Any]:
        f = functions()
        sizes = place.stored(_sizes(mine, before), "sizes")
        measures = f.count("*").alias("n"), f.max("lines").alias("largest"), f.sum("lines").alias("lines")
        found = sizes.agg(*measures, f.max("all").alias("all")).collect()[0]
        largest, load = found["largest"] or 0, found["lines"] or 0
        if largest > allowed:
            raise _too_large(whole.tied, mine, sizes, load, allowed, how)
        sent = mine if before is None else mine.where("is_sent")
        names_refs = any(text.startswith(REF) for text in without)  # later lines are left out by what theirs named
        giants = sizes.where(f.col("all") >= GIANT).select("component", f.col("component").alias("giant"))
        has_giants = not names_refs and (found["all"] or 0) >= GIANT
        _, loads, salts = _packed(sent, sizes, giants if has_giants else None, load, count, place)
        return {"components": found["n"], "largest": largest, "loads": loads, "salts": salts}

    packed = place.stage("packed", key and key_of_all(key, most_combinations, count, allowed, GIANT), pack)
    return Parts(
        lines=place.table("packed", PACKED), total=total, last=whole.last, how=how, work=place,
        tied=whole.tied, key=key, table=whole.table, components=packed["components"], largest=packed["largest"],
        count=count, loads=tuple(packed["loads"]), salts=tuple(packed["salts"]), whole=whole, before=before,
    )  # fmt: skip


def _key(how: How, chosen: Any, before: SparkRun | None) -> str | None:
    """Return the key of all that stages depend on: the lines, settings, options and libraries; None if it has none."""
    told = how.to_json()
    if told is None or (before is not None and before.cut.key is None):
        return None
    f = functions()
    hashed = chosen.select(f.xxhash64(*chosen.columns).alias("hash"))
    checks = f.count("*"), f.bit_xor("hash"), f.sum(f.shiftrightunsigned("hash", 40))
    row = hashed.agg(*[check.alias(f"check_{place}") for place, check in enumerate(checks)]).collect()[0]
    earlier = "" if before is None else before.cut.key
    return key_of_all(json.dumps(told, sort_keys=True), sorted(versions().items()), chosen.columns, *row, earlier)


def lines_in_memory(text: str) -> int:
    """Return how many lines a task with that much memory can replay.

    >>> lines_in_memory("1g"), lines_in_memory("300m")
    (1500000, 100000)
    """
    number, unit = text[:-1], text[-1:].lower()
    size = float(number) * UNITS[unit] if unit in UNITS and number.replace(".", "", 1).isdecimal() else 0
    if size <= TASK + LINE:
        raise InvalidSettings("part_memory", text, "a size of 300m at least, such as '1g'")
    return int((size - TASK) / LINE)


def _checked(tied: Any, before: SparkRun | None, how: How) -> tuple[int, int]:
    """Return the number of lines and the last; raise the error of those that have no number or cannot be cut."""
    f = functions()
    refused = tied.where("refusal is not null")
    first = refused.agg(f.count("*").alias("n"), f.min(f.struct("line", "refusal")).alias("first")).collect()[0]
    if first["n"]:
        text = first["first"]["refusal"]
        if text.startswith(NO_NUMBER):
            raise InvalidHistory(f"{text[1:]}; {EXPECTED}")
        raise NotInParts(text if first["n"] == 1 else f"{text} ({first['n'] - 1:,} more lines are refused)")
    _check_once(tied)
    if how.without:
        _check_found(tied, before, how)
    bounds = tied.agg(f.count("*").alias("n"), f.min("line").alias("least"), f.max("line").alias("most")).collect()[0]
    if before is not None:
        check_are_later(bounds["least"], before)
    return bounds["n"], bounds["most"] or 0


def _check_once(lines: Any) -> None:
    """Check that no number stands twice."""
    twice = lines.groupBy("line").agg(functions().count("*").alias("n")).where("n > 1").limit(1).collect()
    if twice:
        raise InvalidHistory(f"line {twice[0]['line']} stands {twice[0]['n']} times; {EXPECTED}")


def sorted_lines(given: Any, how: How, place: Work) -> Any:
    """Return lines with their places in the order of their times: ``line, raw, physical``, of which *line* is that."""
    wrong = given.where("line is null or line < 1").select("line").limit(1).collect()
    if wrong:
        raise InvalidHistory(f"line {wrong[0]['line']} is not a number from 1 on; {EXPECTED}")
    read = place.stored(given.mapInArrow(TimeReader(how), TIMES), "moments")
    _check_once(read)
    places = place.stored(in_time_order(read), "sorted")
    own = functions().col("place").alias("line")
    return given.join(places, "line").select(own, "raw", given["line"].alias("physical"))


def _check_found(tied: Any, before: SparkRun | None, how: How) -> None:
    """Check that the lines, or those before them, have all that is supposed never to have been."""
    f = functions()
    found = {row["each"] for row in tied.select(f.explode("found").alias("each")).distinct().collect()}
    if before is not None:
        rows = before.cut.tied.select(f.explode("found").alias("each")).distinct().collect()
        found |= {f"0 {row['each'].partition(' ')[2]}" for row in rows if row["each"].startswith(f"{before.number} ")}
    for number, settings in enumerate(how.settings):
        mine = {text.partition(" ")[2] for text in found if text.startswith(f"{number} ")}
        check_found(how.without, mine, settings.id_types)


# Packing


def _tasks(spark: Any) -> int:
    """How many tasks the engine makes of a shuffle, unless told otherwise."""
    try:
        return int(spark.conf.get("spark.sql.shuffle.partitions", "2"))
    except Exception:  # an engine without that setting
        return 2


def _sizes(lines: Any, before: SparkRun | None) -> Any:
    """Return how many lines each component has, ``all``, and how many of them a task handles, ``lines``.

    A store that it left is as many lines as take the same memory.
    """
    f = functions()
    if before is None:
        return lines.groupBy("component").agg(f.count("*").alias("lines")).withColumn("all", f.col("lines"))
    counted = lines.select("component", f.col("is_sent").cast("long").alias("lines"), f.lit(1).alias("all"))
    states = stores_left(before).join(lines.select("line", "component"), "line")
    weight = f.floor(f.length("state") / STATE).alias("lines")
    every = counted.union(states.select("component", weight, f.lit(0).alias("all")))
    return every.groupBy("component").agg(f.sum("lines").alias("lines"), f.sum("all").alias("all"))


def _packed(
    homes: Any, sizes: Any, giants: Any | None, total: int, count: int, place: Work
) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """Return the lines with component and part, how many lines a part is expected to have, and a number for each part.

    Large components are placed one by one; all others where there is room, by their hash.
    """
    f = functions()
    large = max(1_000, total // count // 16)
    big = [(row["component"], row["lines"]) for row in sizes.where(f.col("lines") >= large).collect()]
    placed, slots, loads = packing(big, total - sum(size for _, size in big), count, 64 * count)
    spark = place.spark
    by_hand = spark.createDataFrame([*placed.items()] or [(0, -1)], "component long, hand int").where("hand >= 0")
    by_slot = spark.createDataFrame([*enumerate(slots)], "slot int, part int")
    slot = f.pmod("component", f.lit(64 * count)).cast("int").alias("slot")
    marked = homes.select("line", "component", slot).join(f.broadcast(by_hand), "component", "left")
    packed = marked.join(f.broadcast(by_slot), "slot")
    packed = packed.select("line", "component", f.coalesce("hand", "part").alias("part"))
    if giants is None:
        packed = packed.withColumn("giant", f.lit(None).cast("bigint"))
    else:
        packed = packed.join(f.broadcast(giants), "component", "left").select("line", "component", "part", "giant")
    return place.stored(packed, "packed"), tuple(loads), _salts(spark, count)


def packing(
    big: Sequence[tuple[int, int]], rest: int, count: int, slots: int
) -> tuple[dict[int, int], list[int], list[int]]:
    """Place large components, the largest first, each in the emptiest part, and the slots of all others where room is.

    Returns the part of each large component, the part of each slot, and the lines that every part gets.

    >>> packing([(7, 50), (8, 30)], 40, 2, 4)
    ({7: 0, 8: 1}, [0, 1, 1, 1], [60, 60])
    """
    loads = [0] * count
    placed = {}
    for component, size in sorted(big, key=lambda each: (-each[1], each[0])):
        part = min(range(count), key=loads.__getitem__)
        placed[component] = part
        loads[part] += size
    level = max((sum(loads) + rest) / count, 1)
    room = [max(0.0, level - load) for load in loads]
    every = sum(room) or 1.0
    homes, part, reached = [], 0, room[0]
    for slot in range(slots):
        while reached < (slot + 0.5) * every / slots and part < count - 1:
            part += 1
            reached += room[part]
        homes.append(part)
    return placed, homes, [round(load + rest * space / every) for load, space in zip(loads, room, strict=True)]


def _salts(spark: Any, count: int) -> tuple[int, ...]:
    """Return a number for each part that the engine's hash sends to a task of its own; the part where none is known."""
    f = functions()
    numbers = spark.range(0, count * 40 + 400).select(f.col("id").cast("int").alias("salt"))
    task = f.pmod(f.hash("salt"), f.lit(count)).alias("task")
    found = {row["task"]: row["salt"] for row in numbers.groupBy(task).agg(f.min("salt").alias("salt")).collect()}
    return tuple(found[task] for task in range(count)) if len(found) == count else tuple(range(count))


def _too_large(tied: Any, homes: Any, sizes: Any, total: int, allowed: int, how: How) -> ComponentTooLarge:
    f = functions()
    worst = sizes.orderBy(f.desc("lines"), "component").limit(1).collect()[0]
    mine = homes.where(f.col("component") == f.lit(worst["component"])).select("line")
    inside = tied.join(mine, "line")
    counted = inside.select("line", f.explode("nodes").alias("node")).groupBy("node")
    top = counted.agg(f.count("*").alias("n"), f.min("line").alias("line")).orderBy(f.desc("n"), "node").limit(NAMED)
    rows = top.collect()
    samples = tied.where(f.col("line").isin([row["line"] for row in rows])).select("line", "raw").collect()
    ordered = sorted((row["line"], row["raw"]) for row in samples)
    texts = values_of_nodes({row["node"] for row in rows}, ordered, how)
    glue = [(*texts[row["node"]], row["n"]) for row in rows if row["node"] in texts]
    lines = worst["lines"]
    held = ", ".join(f"{id_type} {shown(value)} ({n:,} lines)" for id_type, value, n in glue)
    entry = json.dumps({"idType": glue[0][0], "equals": [glue[0][1]]}) if glue else ""
    named = f"{glue[0][0]}={glue[0][1]}" if glue else ""
    cure = ""
    if glue:
        words = f"without=[{named!r}] (--without {quote(named)})"
        cure = f"{words}, the policy 'blocked' with {entry}, a type that is not unique, or "
    memory = (TASK + LINE * lines) / 1e9
    return ComponentTooLarge(
        f"one component has {lines:,} of {total:,} lines ({100 * lines / total:.1f} %), more than {allowed:,}, which a "
        f"task may have{'; it is held together by ' + held if held else ''}; expected {cure}max_part_lines={lines} "
        f"(--max-part-lines {lines}) and {memory:.1f} GB for that task",
        lines=lines, total=total, glue=glue,
    )  # fmt: skip
