"""Refs of every kind have a number each, and are told as they were given; also once they were written down."""

import pickle
from array import array

from resolver.columns.refs import Refs
from resolver.history.encoded import ABSENT
from resolver.simulate import replay

NAMES = [
    "crm:1",
    "",
    "\0",
    "naïve",
    "\U0001f600",
    "\ud800",
    "line:",
    "line:007",
    "line:99",
    "a" * 99,
    "crm:1\0",
    "crm:10",
]


def numbered() -> Refs:
    refs = Refs(array("q", range(1, 100)), array("i"))
    for line, name in enumerate(NAMES, 1):
        refs.add_all([name, None], array("q", [line, 50 + line]), array("i", [0, 0]))
    return refs


def test_refs_are_told_as_they_were_given() -> None:
    for refs in (numbered(), pickle.loads(pickle.dumps(numbered()))):
        assert len(refs) == 2 * len(NAMES)
        assert [refs.name(2 * place) for place in range(len(NAMES))] == NAMES
        assert [refs.number(name) for name in NAMES] == [2 * place for place in range(len(NAMES))]
        assert [refs.name(2 * place + 1) for place in range(3)] == ["line:51", "line:52", "line:53"]
        assert [refs.number(f"line:{51 + place}") for place in range(3)] == [1, 3, 5]
        assert [refs.number(name) for name in ("crm:2", "line:1", "line:051", "line:x", "\udc00")] == [-1] * 5


def test_refs_of_a_block_are_those_of_its_rows() -> None:
    refs = numbered()
    before = len(refs)
    refs.add_block(24, array("i", [1, 0, 1, 2]), ["new", "crm:1", "line:51"])
    refs.add_block(28, array("i", [ABSENT, 0]), ["new"])
    assert refs.number("new") == before
    assert len(refs) == before + 2
    assert refs.name(before + 1) == "line:29"


def test_a_replay_has_as_many_refs_as_are_different() -> None:
    run = replay([{"ref": f"r{number % 3000}", "identifiers": {"chat": f"c{number}"}} for number in range(9000)])
    assert [*run.refs] == [f"r{number}" for number in range(3000)]
    assert len(run.assignments) == 3000
