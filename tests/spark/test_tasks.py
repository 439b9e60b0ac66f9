"""What workers do, without an engine: lines in, ties and the rows of all tables out."""

import json
import pickle
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import msgspec
import pytest

from resolver import NotInParts, Settings
from resolver.coupling import Ties, components, line_node, ref_node, value_node
from resolver.history import Record
from resolver.simulate import Run, replay
from resolver.simulate.rejection_reasons import Reasons
from resolver.simulate.saved_format import COLUMNS, written_text
from resolver.simulate.summary import Summary, full_profiles
from resolver.spark.given_lines import GivenLines
from resolver.spark.graph import finished, local_components
from resolver.spark.keys import key_of, keys_of, keys_of_bytes, keys_of_lines
from resolver.spark.reading import How
from resolver.spark.tables import ENDS, MOVED, NAMES, ORDER, SHARED, STORE, TASK
from resolver.spark.task import PartReplay
from resolver.spark.ties import NAMES as TIED
from resolver.spark.ties import NO_NUMBER, TieReader
from resolver.spark.totals import ADDED
from tests.laws.cut_histories import any_case, any_records, ties_of
from tests.laws.what_if import chances
from tests.spark.runs import COMPOUND, UNIQUE, as_json

pa = pytest.importorskip("pyarrow")
np = pytest.importorskip("numpy")


def batches(rows: Sequence[tuple[Any, ...]], names: Sequence[str], kinds: Sequence[Any]) -> Iterator[Any]:
    """Yield rows in batches of seven, after an empty one."""
    for start in (0, *range(0, len(rows), 7)):
        part = rows[start : start + (7 if rows else 0)] if start or rows else []
        columns = zip(*part, strict=True) if part else ((),) * len(names)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, list(names))


def read(lines: Sequence[tuple[int, bytes]], how: How) -> list[Record]:
    """The records of lines."""
    numbers, raws = zip(*lines, strict=True)
    return [*GivenLines(how, [(pa.array(numbers, pa.int64()), pa.array(raws, pa.binary()))])]


def tied(how: How, lines: Sequence[tuple[Any, bytes]]) -> list[dict[str, Any]]:
    given = batches(lines, ["line", "raw"], [pa.int64(), pa.binary()])
    return [row for batch in TieReader(how)(iter([*given][1:])) for row in batch.to_pylist()]


def tasked(how: How, lines: Sequence[tuple[Any, ...]], since: int = 0) -> list[Any]:
    names = ["line", "part", "raw", "giant", "place", "state", "ref", "profile_id"]
    kinds = [pa.int64(), pa.int32(), pa.binary(), pa.int64(), pa.int32(), pa.binary(), pa.string(), pa.string()]
    size = len(lines[0]) if lines else 3
    given = [*batches(lines, names[:size], kinds[:size])]
    return list(PartReplay(how, range(len(how.settings)), since=since)(iter(given[1:])))


def merged_rows(batches: Sequence[Any]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def merged(batches: Sequence[Any], setting: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, as several tasks returned them, put into their order."""
    return in_order(merged_rows(batches), setting)


def in_order(rows: Sequence[dict[str, Any]], setting: int) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row["setting"] == setting:
            own = {column: row[shared] for column, shared in SHARED[row["out"]].items()}
            found[row["out"]].append(([row[name] for name in ORDER], own))
    return {name: [row for _, row in sorted(found[name], key=lambda each: each[0])] for name in NAMES}


def test_tasks_return_the_tables_of_one_replay_for_random_histories_of_every_family() -> None:
    equal = 0
    for number, random in enumerate(chances(80)):
        try:
            check_tasks(random, number)
            equal += 1
        except NotInParts:
            continue
    assert equal > 50


def check_tasks(random: Random, number: int) -> None:
    case, chosen, options = any_case(random, number)
    options = {name: option for name, option in options.items() if option is not None}
    records = [record for record in any_records(random, case, chosen, 40) if isinstance(record.source, dict)]
    raws = as_json(record.source for record in records)
    how = How([chosen], options, None, "ms")
    lines = [*enumerate(raws, 1)]
    again = [*read(lines, how)]
    ties, combinations = ties_of(again, chosen, options)
    home = dict(zip([each.line for each in ties], components(ties, combinations), strict=True))
    parts = {component: random.randrange(3) for component in sorted({*home.values()})}
    sent = [(line, parts.get(home.get(line, 0), 0), raw) for line, raw in lines]
    random.shuffle(sent)
    rows = [row for part in range(3) for row in tasked(how, [each for each in sent if each[1] == part])]
    found, run = merged(rows, 0), replay(again, chosen, **options)
    for name in COLUMNS:
        expected = run.to_arrow(name).to_pylist()
        if name == "profiles":  # whose records may be those of lines in several parts
            found[name] = [{**row, "records": None} for row in found[name]]
            expected = [{**row, "records": None} for row in expected]
        assert found[name] == expected, (name, number)


def test_tasks_that_go_on_from_a_run_return_what_came_to_it_for_random_histories_of_every_family() -> None:
    equal = 0
    for number, random in enumerate(chances(80)):
        try:
            check_growth(random, number)
            equal += 1
        except NotInParts:
            continue
    assert equal > 50


def check_growth(random: Random, number: int) -> None:
    """What a run has of old lines stays, but for where profiles are; giants go on from the stores that they left."""
    case, chosen, options = any_case(random, number)
    options = {name: option for name, option in options.items() if option is not None}
    records = [record for record in any_records(random, case, chosen, 40) if isinstance(record.source, dict)]
    raws = as_json(record.source for record in records)
    how = How([chosen], options)
    again = [*read([*enumerate(raws, 1)], how)]
    chance = random.choice([0.0, 0.5, 1.0])  # of being a giant
    rows: list[dict[str, Any]] = []
    start = 0
    for end in (*sorted(random.sample(range(1, len(raws)), 2)), len(raws)):
        homes = home_of_each(again[:end], chosen, options)
        touched = {homes[line] for line in range(start + 1, end + 1)}
        mine = {line for line, home in homes.items() if home in touched}
        giants = {home for home in sorted(touched) if random.random() < chance}
        stores = [row for row in rows if row["out"] == STORE and row["first"] in mine]
        before = home_of_each(again[:start], chosen, options)
        known = {before[row["first"]] for row in stores}
        sent: list[tuple[Any, ...]] = [
            (line, 0, raws[line - 1], homes[line] if homes[line] in giants else None, None, None, None, None)
            for line in mine
            if line > start or before[line] not in known
        ]
        sent += [
            (row["first"], 0, None, homes[row["first"]], row["second"], row[SHARED[STORE]["state"]], None, None)
            for row in stores
        ]
        sent += [(line, 0, None, None, None, None, ref, each) for ref, (line, each) in latest_of(rows).items()]
        random.shuffle(sent)
        new = merged_rows(tasked(how, sent, since=start))
        rows = [*rows_before(rows, new, mine), *(row for row in new if row["out"] != MOVED)]
        start = end
    found, run = in_order(rows, 0), replay(again, chosen, **options)
    for name in COLUMNS:
        expected = run.to_arrow(name).to_pylist()
        if name == "profiles":
            found[name] = [{**row, "records": None} for row in found[name]]
            expected = [{**row, "records": None} for row in expected]
        assert found[name] == expected, (name, number)
    ends = {row["ref"]: row["profile_id"] for row in sorted(found[ENDS], key=lambda row: int(row["last_line"]))}
    expected_ends = {written_text(ref): written_text(each) for ref, each in run.assignments.items()}
    assert {ref: each for ref, each in ends.items() if each is not None} == expected_ends
    told = [json.loads(row["totals"]) for row in found[TASK]]
    wanted = msgspec.to_builtins(run.summary)
    for field in msgspec.structs.fields(Summary):
        if field.name in ADDED:
            assert sum(each[field.encode_name] for each in told) == wanted[field.encode_name], (field.name, number)
    reasons = Reasons.of_parts([pickle.loads(b64decode(row["reasons"])) for row in found[TASK]])
    assert dict(sorted(reasons.counts.items())) == run.summary.rejected_by_reason
    assert sum(row["full_profiles"] for row in found[TASK]) == full_profiles_of(run)


def full_profiles_of(run: Run) -> int:
    """Return how many profiles of a run have a full list."""
    kept: Any = run.columns
    return full_profiles(kept.done.tables, kept.done.ruling.rules)


def home_of_each(records: Sequence[Record], chosen: Settings, options: dict[str, Any]) -> dict[int, int]:
    """Return the component of each line; one that is no command is alone."""
    ties, combinations = ties_of(records, chosen, options)
    homes = dict(zip([each.line for each in ties], components(ties, combinations), strict=True))
    return {record.line: homes.get(record.line, record.line) for record in records}


def latest_of(rows: Sequence[dict[str, Any]]) -> dict[str, tuple[int, str | None]]:
    """Return the last applied line of each ref, and its profile; None if that is gone."""
    found = in_order(rows, 0)
    steps = {row["ref"]: row for row in found["steps"] if row["ref"] is not None and row["profile_id"] is not None}
    ends = {row["ref"]: row["profile_id"] for row in sorted(found[ENDS], key=lambda row: int(row["last_line"]))}
    return {ref: (row["line"], row["profile_id"] and ends[ref] and row["profile_id"]) for ref, row in steps.items()}


def rows_before(
    rows: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]], touched: set[int]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a run as they are after further lines."""
    was, now, end = SHARED[MOVED]["profile_id"], SHARED[MOVED]["now"], SHARED[ENDS]["profile_id"]
    moved = {row[was]: row[now] for row in new if row["out"] == MOVED}
    for row in rows:
        if row["out"] not in ("profiles", "values", STORE) or line_of_row(row) not in touched:
            yield {**row, end: moved.get(row[end], row[end])} if row["out"] == ENDS else row


def line_of_row(row: dict[str, Any]) -> int:
    """A line of the component that a row is about."""
    return int(row["second"] if row["out"] in ("profiles", "values") else row["first"])


def test_settings_share_the_reading_of_the_lines() -> None:
    raws = as_json({"at": at, "identifiers": {"mail": f"a{at % 3}@b.cc", "call": "3175550001"}} for at in range(9))
    how = How([UNIQUE, COMPOUND], {"on_invalid": "drop"}, None, "ms")
    rows = tasked(how, [(line, 0, raw) for line, raw in enumerate(raws, 1)])
    for setting, chosen in enumerate(how.settings):
        run = replay(read([*enumerate(raws, 1)], how), chosen)
        assert merged(rows, setting)["facts"] == run.to_arrow("facts").to_pylist()


def test_a_task_without_lines_returns_nothing() -> None:
    assert tasked(How([UNIQUE], {}, None, "ms"), []) == []


def test_ties_are_those_of_each_line_by_itself_for_random_histories_of_every_family() -> None:
    told = 0
    for number, random in enumerate(chances(60)):
        case, chosen, options = any_case(random, number)
        options = {name: option for name, option in options.items() if option is not None}
        records = [record for record in any_records(random, case, chosen, 30) if isinstance(record.source, dict)]
        raws = as_json(record.source for record in records)
        how = How([chosen], options, links_refs=bool(random.randrange(2)))
        try:
            couplings = how.couplings()
        except NotInParts:
            continue
        rows = {row["line"]: row for row in tied(how, [*enumerate(raws, 1)])}
        for record in read([*enumerate(raws, 1)], how):
            row, refusal = rows.pop(record.line), None
            ties = Ties(record.line, (), (), (line_node(record.line),), ())
            try:
                for each in couplings.ties(record)[0]:
                    ties = each
            except NotInParts as error:
                refusal = str(error)
            assert row["refusal"] == refusal
            if refusal is not None:
                continue
            names = {*ties.names}
            if how.links_refs and record.ref is not None:
                names.add(ref_node(record.ref))
            values = [value_node(*value) for value in ties.values]
            in_rules = {value for value in ties.values if value[0] in couplings.numbers}
            nodes = {*map(key_of, ties.nodes)}
            assert {*row["nodes"]} in (nodes, set()), number  # none of a line that is refused whatever the others do
            own = {key_of(ref_node(f"line:{record.line}"))}  # which the line offers, so that whoever names it is tied
            assert {*row["names"]} - own == {*map(key_of, names)} - own, number
            needed = {*map(key_of, (*ties.offers[:2], *values))} | nodes
            assert needed <= {*row["offers"], *row["nodes"]} <= needed | {*map(key_of, ties.offers)}, number
            found = {*zip(row["types"], row["texts"], strict=True)}
            assert found in ({(couplings.numbers[each[0]], key_of(value_node(*each))) for each in in_rules}, set())
            told += {*row["nodes"]} == nodes
        assert not rows
    assert told > 500


def test_the_reader_of_ties_returns_a_row_for_every_line_but_blank_ones() -> None:
    lines: list[tuple[Any, bytes]] = [
        (3, b'{"at":1,"identifiers":{"mail":"a@b.cc"},"extra":1}'),
        (5, b" \n"),
        (9, b"{broken"),
        (11, b'{"at":4,"ref":"r","op":"add","profile":"ref:x","idType":"mail","value":"A@b.cc"}'),
    ]
    first, broken, added = tied(How([UNIQUE], {}, None, "ms"), lines)
    assert [first["line"], broken["line"], added["line"]] == [3, 9, 11]
    assert first["nodes"] == added["nodes"]
    assert first["ignored"] == ["extra"]
    assert broken["nodes"] == []
    assert broken["offers"] == [key_of("\0line\0" + "9")]
    assert [*first] == TIED


@pytest.mark.parametrize("seed", range(6))
def test_the_first_line_with_a_key_that_nothing_reads_is_told_in_whatever_order_lines_come(seed: int) -> None:
    random, first = Random(seed), dict[str, tuple[int, int]]()
    lines: list[tuple[Any, bytes]] = []
    for line in range(1, 60):
        keys = random.sample(["note", "k\u00e4y", 'a"b', "also"], random.choice([0, 0, 0, 1, 2]))
        lines.append(
            (line, json.dumps({"at": 1, "identifiers": {"mail": "note@b.cc"}, **dict.fromkeys(keys, 1)}).encode())
        )
        for place, key in enumerate(keys):
            first.setdefault(key, (line, place))
    lines.insert(30, (99, b"  "))
    random.shuffle(lines)
    lines.insert(0, (0, b'{"at": true, "note": 1, "also": 1}'))  # which is no command
    told: dict[str, tuple[int, int]] = {}
    for row in tied(How([UNIQUE], {}, None, "ms"), [(line + 1, raw) for line, raw in lines]):
        for place, key in enumerate(row["ignored"] or ()):
            told[key] = min((row["line"] - 1, place), told.get(key, (99, 0)))
    assert sorted(told, key=told.__getitem__) == sorted(first, key=first.__getitem__)
    assert {key: line for key, (line, _) in told.items()} == {key: line for key, (line, _) in first.items()}


def test_lines_that_cannot_be_cut_or_have_no_number_are_told_to_the_driver() -> None:
    lines: list[tuple[Any, bytes]] = [(1, b'{"identifiers":{"mail":"a@b.cc"}}'), (None, b"{}"), (0, b"{}")]
    refusals = {row["refusal"] for row in tied(How([UNIQUE], {}, None, "ms"), lines)}
    assert {text[:15] for text in refusals if text.startswith(NO_NUMBER)} == {"!line None is n", "!line 0 is not "}
    assert any(text.startswith("line 1: it has no time") for text in refusals)


def test_a_line_longer_than_a_line_may_be_is_rejected() -> None:
    how = How([UNIQUE], {}, None, "ms")
    [record] = read([(7, b'{"at":1,"identifiers":{"mail":"' + b"x" * (1 << 24) + b'"}}')], how)
    assert (record.command, record.reason) == (None, "line too long")


def test_a_node_has_the_same_key_however_many_others_are_looked_at_with_it() -> None:
    texts = ["", "a", "ab", "ba", "\ud800", "x" * 300, "x" * 301, "mail\0a@b.cc"]
    keys = keys_of(texts).tolist()
    assert keys == [key_of(text) for text in texts]
    assert len({*keys}) == len(texts)
    assert keys_of([]).tolist() == []
    for some in (["a", "", "bc"], ["a", "y" * 400]):
        written = b"".join(text.encode() + b"\xff" for text in some)
        ends = np.cumsum([0, *[len(text) + 1 for text in some]])
        assert keys_of_bytes("p", written, ends, 1).tolist() == [key_of("p" + text) for text in some]
    assert keys_of_lines("p", np.array([7, 1 << 62])).tolist() == [key_of("p7"), key_of(f"p{1 << 62}")]


@pytest.mark.parametrize("seed", range(20))
def test_components_of_a_task_are_those_of_a_search(seed: int) -> None:
    random = Random(seed)
    edges = [(random.randrange(40), random.randrange(40)) for _ in range(random.choice([1, 10, 30, 60]))]
    nodes, labels = local_components(*(np.array(side) for side in zip(*edges, strict=True)))
    expected = {node: node for edge in edges for node in edge}
    for _ in expected:
        for one, other in edges:
            expected[one] = expected[other] = min(expected[one], expected[other])
    assert dict(zip(nodes.tolist(), labels.tolist(), strict=True)) == expected


def test_no_edges_have_no_labels() -> None:
    assert list(finished(iter([]))) == []
