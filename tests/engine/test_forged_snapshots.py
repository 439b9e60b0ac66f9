"""Snapshots that somebody wrote: sealed as they should be, and no engine's. Each is refused, and says why."""

from array import array
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from resolver import Engine, IdentifierConfig, InvalidSnapshot, Settings
from resolver.ids import numbered_id
from resolver.snapshot import Texts, decode
from tests.engine.stories import full
from tests.engine.test_snapshot import restored, sealed


def forged(engine: Engine, **parts: Any) -> bytes:
    """Return a sealed snapshot of which some parts are not those that the engine wrote."""
    document = decode(engine.snapshot())
    for name, change in parts.items():
        setattr(document, name, change(getattr(document, name)))
    return sealed(msgspec.msgpack.encode(document))


def numbers(code: str, change: Callable[["array[int]"], object]) -> Callable[[bytes], bytes]:
    """Change a column of integers in place."""

    def apply(content: bytes) -> bytes:
        column = array(code, content)
        change(column)
        return column.tobytes()

    return apply


def put(place: int, number: int) -> Callable[["array[int]"], None]:
    return lambda column: column.__setitem__(place, number)


def texts(*words: str) -> Callable[[Texts], Texts]:
    return lambda _: Texts("".join(words).encode("utf-8", "surrogatepass"), b"B" + bytes(map(len, words)))


FORGED: dict[str, dict[str, Any]] = {
    "a number below 0": {"number": lambda number: -1},
    "a number of more than 64 bits": {"number": lambda number: 1 << 63},
    "a time of more than 64 bits": {"at": lambda at: 1 << 63},
    "a number before that of a profile": {"number": lambda number: 3},
    "a number just before that of a value": {"number": lambda number: 9},
    "a profile created by command 0": {"created_by": numbers("q", put(0, 0))},
    "profiles out of order": {"created_by": numbers("q", put(1, 1))},
    "a profile created by the next command": {"created_by": numbers("q", put(4, 11))},
    "a profile less than was created": {"created_at": lambda content: content[8:]},
    "half a number": {"created_at": lambda content: content[:-1]},
    "an alias of nobody": {"survivor": numbers("i", put(0, 99))},
    "an alias of the row after the last": {"survivor": numbers("i", put(0, 5))},
    "an alias of a negative row": {"survivor": numbers("i", put(0, -2))},
    "an alias of an alias": {"survivor": numbers("i", lambda rows: (put(2, 1)(rows), put(1, 0)(rows)))},
    "an alias that is older": {"survivor": numbers("i", lambda rows: (put(0, 0)(rows), put(1, 0)(rows)))},
    "a list of negative length": {"sizes": numbers("i", put(0, -1))},
    "a list too long": {"sizes": numbers("i", put(0, 99))},
    "a value that is none": {"held": numbers("i", put(0, 99))},
    "a value after the last": {"held": numbers("i", put(8, 9))},
    "a value below 0": {"held": numbers("i", put(0, -1))},
    "values out of order": {"held": numbers("i", put(0, 1))},
    "a value twice on a profile": {"held": numbers("i", put(1, 0))},
    "a hold less": {"added_at": lambda content: content[8:]},
    "times out of order": {"added_at": numbers("q", put(0, 99))},
    "a value added by command 0": {"added_by": numbers("q", put(0, 0))},
    "a value added by a command to come": {"added_by": numbers("q", put(0, 99))},
    "a value added by the next command": {"added_by": numbers("q", put(8, 11))},
    "a value of an idType that is none": {"kind_of_value": numbers("i", put(0, 9))},
    "a value of the idType after the last": {"kind_of_value": numbers("i", put(0, 4))},
    "a value of an idType below 0": {"kind_of_value": numbers("i", put(0, -1))},
    "a value less": {"kind_of_value": lambda content: content[4:]},
    "a value that nobody holds": {
        "values": lambda old: Texts(old.together + b"more", old.lengths + b"\4"),
        "kind_of_value": lambda content: content + content[:4],
    },
    "a text twice": {"values": lambda old: Texts(b"a" * len(old.lengths[1:]), b"B" + b"\1" * len(old.lengths[1:]))},
    "texts cut": {"values": lambda old: Texts(old.together[:-1], old.lengths)},
    "an empty text": {
        "values": lambda old: Texts(old.together, old.lengths + b"\0"),
        "kind_of_value": lambda content: content + content[:4],
    },
    "lengths of no kind": {"values": lambda old: Texts(old.together, b"X" + old.lengths[1:])},
    "lengths that are missing": {"values": lambda old: Texts(old.together, b"")},
    "text that is no UTF-8": {"values": lambda old: Texts(b"\xff" * len(old.together), old.lengths)},
    "idTypes out of order": {"id_types": texts("phone", "email", "name", "card")},
    "an idType too short": {"id_types": texts("c", "email", "name", "phone")},
    "an idType without a value": {"id_types": texts("card", "email", "name", "phone", "zip")},
    "an id twice": {"own_ids": texts("id-98", "id-97", "id-98", "id-92", "id-91")},
    "an empty id": {"own_ids": texts("id-98", "", "id-94", "id-92", "id-91")},
    "an id less": {"own_ids": texts("id-98")},
    "an id of a row that is none": {"own_id_rows": numbers("i", put(4, 99))},
    "ids out of order": {"own_id_rows": numbers("i", put(0, 3))},
    "an id that another profile has by its number": {
        "own_id_rows": lambda content: content[:4],
        "own_ids": texts(numbered_id(2)),
    },
    "an id that follows from the number": {
        "own_id_rows": lambda content: content[:4],
        "own_ids": texts(numbered_id(1)),
    },
    "settings that are no JSON": {"settings": lambda content: b"{"},
    "settings nested deeply": {"settings": lambda content: b"[" * 100_000},
    "settings that are none": {"settings": lambda content: b"{}"},
    "settings with a rule of nothing": {
        "settings": lambda content: b'{"identifierConfigs": [{"idType": "id"}], "matchingRules": ["fax"]}'
    },
    "settings out of bounds": {
        "settings": lambda content: b'{"identifierConfigs": [{"idType": "id", "limit": 0}], "matchingRules": ["id"]}'
    },
    "a normalizer that is no text": {"own_normalizers": lambda old: Texts(b"\xff", b"B\1")},
}


SAID = {
    "a number before that of a profile": "profile 2 was created by command 5, after 2, of 3",
    "a number just before that of a value": "a value was added by command 10 of 9",
    "a profile created by command 0": "profile 0 was created by command 0, after 0, of 10",
    "profiles out of order": "profile 1 was created by command 1, after 1, of 10",
    "a profile created by the next command": "profile 4 was created by command 11, after 7, of 10",
    "a profile less than was created": "columns of profiles have different lengths",
    "an alias of nobody": "profile 0 leads to 99, which is none",
    "an alias of the row after the last": "profile 0 leads to 5, which is none",
    "an alias of a negative row": "profile 0 leads to -2, which is none",
    "an alias of an alias": "profile 0 is an alias of 1, which does not live",
    "an alias that is older": "profile 1 is older than 0, which survived it",
    "a list of negative length": "the profiles' sizes do not fit their number and that of their values",
    "a list too long": "the profiles' sizes do not fit their number and that of their values",
    "a value that is none": "profile 1 holds value 99 out of order or twice",
    "a value after the last": "profile 3 holds value 9 out of order or twice",
    "a value below 0": "profile 1 holds value -1 out of order or twice",
    "values out of order": "profile 1 holds value 1 out of order or twice",
    "a value twice on a profile": "profile 1 holds value 0 out of order or twice",
    "a hold less": "columns of values have different lengths",
    "times out of order": "a profile's values are out of order",
    "a value added by command 0": "a value was added by command 0 of 10",
    "a value added by a command to come": "a value was added by command 99 of 10",
    "a value added by the next command": "a value was added by command 11 of 10",
    "a value of an idType that is none": "value 0 is of idType 9, which is none",
    "a value of the idType after the last": "value 0 is of idType 4, which is none",
    "a value of an idType below 0": "value 0 is of idType -1, which is none",
    "a value less": "columns of values have different lengths",
    "a value that nobody holds": "nobody holds a value that is there",
    "a text twice": "a value is there twice",
    "an empty text": "a value is empty",
}
"""What the error says of contents that contradict each other."""


@pytest.mark.parametrize("name", FORGED)
def test_contents_that_are_no_engines_are_refused_though_the_digest_fits(name: str) -> None:
    engine = full()
    restored(forged(engine, number=lambda number: number))
    with pytest.raises(InvalidSnapshot) as caught:
        restored(forged(engine, **FORGED[name]))
    if name in SAID:
        assert str(caught.value) == f"the snapshot's contents do not fit together: {SAID[name]}"


def test_a_value_twice_on_a_profile_is_refused_where_nothing_else_is_wrong() -> None:
    engine = Engine()
    engine.resolve({"chat": ["a", "b"]})
    parts = {"held": lambda content: bytes(8), "kind_of_value": lambda content: bytes(4), "values": texts("a")}
    with pytest.raises(InvalidSnapshot, match="profile 0 holds value 0 out of order or twice"):
        Engine.restore(forged(engine, **parts))


def test_a_list_of_negative_length_is_refused_where_the_sum_is_right() -> None:
    engine = Engine()
    engine.resolve({"chat": "a"})
    engine.remove_identifier(str(engine.resolve({"chat": "b"}).profile_id), "chat")
    with pytest.raises(InvalidSnapshot, match="the profiles' sizes do not fit"):
        Engine.restore(forged(engine, sizes=numbers("i", lambda sizes: (put(0, 2)(sizes), put(1, -1)(sizes)))))


def test_values_of_one_time_in_the_order_of_other_commands_are_refused() -> None:
    engine = Engine()
    engine.resolve({"chat": "a"}, at=5)
    engine.resolve({"chat": ["a", "b"]}, at=5)
    with pytest.raises(InvalidSnapshot, match="a profile's values are out of order"):
        Engine.restore(forged(engine, added_by=numbers("q", lambda column: column.reverse())))
    Engine.restore(forged(engine, added_by=numbers("q", put(1, 1))))._check()


def test_a_unique_value_on_two_profiles_of_a_settled_store_is_refused() -> None:
    engine = Engine(Settings([IdentifierConfig("zip", enforce_unique=False), IdentifierConfig("card")], ["card"]))
    engine.resolve({"zip": "z", "card": "1"})
    engine.resolve({"zip": "z", "card": "2"})
    unique = b'{"identifierConfigs": [{"idType": "zip"}, {"idType": "card"}], "matchingRules": ["card"]}'
    with pytest.raises(InvalidSnapshot, match="has several owners"):
        Engine.restore(forged(engine, settings=lambda content: unique))
    Engine.restore(forged(engine, settings=lambda content: unique, settled=lambda settled: False))._check()


def test_profiles_of_a_settled_store_that_satisfy_a_compound_rule_are_refused() -> None:
    types = [IdentifierConfig(name, enforce_unique=False) for name in ("zip", "name")]
    engine = Engine(Settings([*types, IdentifierConfig("card")], ["card", "zip"]))
    for card in ("1", "2"):
        engine.resolve({"zip": "z", "name": "n", "card": card})
    engine.apply_settings(Settings([*types, IdentifierConfig("card")], ["card", "zip AND name"]))
    Engine.restore(engine.snapshot())._check()
    with pytest.raises(InvalidSnapshot, match="satisfies a compound rule"):
        Engine.restore(forged(engine, settled=lambda settled: True))
