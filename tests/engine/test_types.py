"""What mypy refuses: a row, a number, a time, an id or a text where one of another kind belongs."""

import re
from pathlib import Path

import pytest

MIXED_UP = """
from resolver import Engine, IdentifierAdded, Resolve
from resolver.kernel import codes
from resolver.kernel.profile_lists import count, link
from resolver.kernel.rows import CommandNumber, HoldRow, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.scratch import Scratch, add_found, add_given
from resolver.kernel.tables import Tables, holds, new_profile, root
from resolver.profiles import give_id, id_of


def right(
    t: Tables, s: Scratch, value: ValueRow, profile: ProfileRow, hold: HoldRow, at: Moment, number: CommandNumber
) -> None:
    owner: ProfileRow = t.owner[value]
    kind: TypeNumber = t.kind[t.held[t.head[owner]]]
    t.parent[profile] = codes.NOBODY
    add_found(s, t.owner[s.given[0]])
    link(t, s, new_profile(t, at, number), value, t.added_at[hold], t.added_by[hold])
    count(t, root(t, profile), kind)


def wrong(
    t: Tables, s: Scratch, value: ValueRow, profile: ProfileRow, hold: HoldRow, at: Moment, number: CommandNumber
) -> None:
    t.owner[profile]  # refused
    t.kind[t.head[profile]]  # refused
    t.held[value]  # refused
    t.index[value]  # refused
    t.text[hold]  # refused
    t.owner[0]  # refused
    t.owner[value] = value  # refused
    t.owner[value] = codes.NO_HOLD  # refused
    t.head[profile] = codes.NOBODY  # refused
    t.own_ids[value]  # refused
    add_found(s, s.given[0])  # refused
    add_given(s, s.found[0])  # refused
    new_profile(t, number, at)  # refused
    link(t, s, value, profile, at, number)  # refused
    count(t, profile, value)  # refused
    count(t, profile, 0)  # refused
    root(t, len(t.text))  # refused
    holds(t, value, profile)  # refused
    t.text[value] = "Ada@Example.com"  # refused
    t.own_ids[profile] = "mine"  # refused
    give_id(t, profile, t.text[value])  # refused
    IdentifierAdded(number, at, t.text[value], "email", id_of(t, profile))  # refused


def users_give_plain_texts_and_numbers(engine: Engine) -> str:
    outcome = engine.execute(Resolve({"email": "ada@example.com"}, 5, "my-own-id"))
    assert outcome.profile_id is not None
    engine.add_identifier("my-own-id", "chat", "ada", 6)
    first: str = engine.identifiers(outcome.profile_id)["email"][0]
    return first + engine.lookup("email", first).profile_ids[0] + engine.canonical_id("my-own-id")


def their_functions_too() -> Engine:
    return Engine(clock=lambda: 5, new_id=lambda number, at: f"p{number}", normalizers={"upper": str.upper})
"""


def test_mypy_refuses_every_row_number_id_and_text_that_is_mixed_up_and_nothing_else(tmp_path: Path) -> None:
    mypy = pytest.importorskip("mypy.api")
    file = tmp_path / "mixed_up.py"
    file.write_text(MIXED_UP, encoding="utf-8")
    told, failed, _ = mypy.run(
        ["--strict", "--cache-dir", str(tmp_path / "cache"), "--follow-imports=silent", str(file)]
    )
    assert not failed, failed
    refused = {int(number) for number in re.findall(r"mixed_up\.py:(\d+): error", told)}
    expected = {number for number, line in enumerate(MIXED_UP.splitlines(), 1) if line.endswith("# refused")}
    assert refused == expected, told
