"""Parquet: a column of any type that Arrow has is read, row by row, or refused by the name of its type."""

import re
from random import Random
from typing import Any

import pyarrow
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.errors import InvalidHistory
from resolver.history import Record, read_history

pa: Any = pyarrow

PRIMITIVES = [
    pa.null(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(),
    pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"),
    pa.time64("us"), pa.time64("ns"), pa.timestamp("s"), pa.timestamp("ms", "UTC"), pa.timestamp("us", "Europe/Berlin"),
    pa.timestamp("ns", "+05:00"), pa.duration("ms"), pa.string(), pa.large_string(), pa.string_view(), pa.binary(),
    pa.large_binary(), pa.binary_view(), pa.binary(2), pa.binary(16), pa.decimal128(20, 0), pa.decimal128(20, 2),
    pa.decimal256(60, 0), pa.decimal32(5, 0), pa.decimal64(12, 0), pa.uuid(), pa.json_(), pa.bool8(),
]  # fmt: skip


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Types that hold other types."""
    return st.one_of(
        inner.map(pa.list_),
        inner.map(pa.large_list),
        inner.map(lambda kind: pa.list_(kind, 2)),
        inner.map(lambda kind: pa.struct([("x", kind)])),
        inner.map(lambda kind: pa.map_(pa.string(), kind)),
    )


ANY_TYPE = st.recursive(st.sampled_from(PRIMITIVES), nested, max_leaves=3)


@st.composite
def random_columns(draw: st.DrawFn) -> Any:
    """A column of any type: random bytes in the place of its values, some of them null."""
    kind = draw(ANY_TYPE)
    length = draw(st.integers(0, 4))
    return of_random_bytes(kind, length, draw(st.randoms(use_true_random=False)))


def of_random_bytes(kind: Any, length: int, random: Random) -> Any:
    """A column whose buffers are random where any bytes are allowed."""
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, of_random_bytes(kind.storage_type, length, random))
    if pa.types.is_struct(kind):
        return pa.StructArray.from_arrays([of_random_bytes(kind.field(0).type, length, random)], names=["x"])
    if pa.types.is_map(kind):
        keys, items = pa.array(["k"] * length), of_random_bytes(kind.item_type, length, random)
        return pa.MapArray.from_arrays(pa.array(range(length + 1), pa.int32()), keys, items)
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(of_random_bytes(kind.value_type, 2 * length, random), 2)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        array, width = (pa.ListArray, pa.int32()) if pa.types.is_list(kind) else (pa.LargeListArray, pa.int64())
        return array.from_arrays(pa.array(range(length + 1), width), of_random_bytes(kind.value_type, length, random))
    if pa.types.is_null(kind):
        return pa.nulls(length)
    texts = [random.choice([None, b"", b"x", random.randbytes(20)]) for _ in range(length)]
    if kind in (pa.string_view(), pa.binary_view()):
        return pa.array(texts, pa.binary_view()).view(kind)
    if kind in (pa.string(), pa.binary(), pa.large_string(), pa.large_binary()):
        return pa.array(texts, pa.large_binary() if "large" in str(kind) else pa.binary()).cast(kind, safe=False)
    bits = random.randbytes(64 * 8)
    if pa.types.is_decimal(kind):
        bits = bytes(64 * 8)
    return pa.Array.from_buffers(kind, length, [pa.py_buffer(random.randbytes(8)), pa.py_buffer(bits)])


@settings(deadline=None, max_examples=300)
@given(column=random_columns(), name=st.sampled_from(["at", "ref", "id"]), separator=st.sampled_from([None, "|"]))
def test_law_any_column_is_read_row_by_row_or_refused_by_its_type(
    tmp_path_factory: pytest.TempPathFactory, column: Any, name: str, separator: str | None
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.parquet"
    try:
        pq.write_table(pa.table({"c": column}), path)
    except (pa.ArrowException, OSError):  # a time that Parquet cannot write, say
        return
    history = read_history(path, columns={name: "c"}, tz="UTC", separator=separator, id_types=["id"])
    records: list[Record] = []
    refusal = ""
    try:
        records = list(history)
    except InvalidHistory as error:
        refusal = str(error)
    if refusal:
        assert re.search(r"column 'c' (is of type|holds floating-point numbers)", refusal)
        return
    assert len(records) == len(column)
    for record in records:
        record.raw.encode()
        assert (record.command is None) != (record.error is None)
        assert record.reason in (None, "not UTF-8", "unreadable time")
