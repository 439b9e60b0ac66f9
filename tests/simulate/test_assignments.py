"""Where each ref is at the end of a run: a mapping that is made as far as it is asked for."""

import copy
import pickle
from collections.abc import Iterable

import pytest

from resolver.names import ProfileId
from resolver.simulate import replay
from resolver.simulate.summary import Assignments

HISTORY = [
    {"ref": "a", "identifiers": {"email": "ada@example.com"}},
    {"ref": "b", "identifiers": {"email": "bob@example.com"}},
    {"identifiers": {"email": "ada@example.com"}},
    {"ref": "gone", "identifiers": {"email": "eve@example.com"}},
    {"ref": "refused", "identifiers": {"email": "nobody"}},
    {"op": "delete", "profile": "ref:gone"},
]


def test_assignments_answer_whatever_a_dict_of_them_does() -> None:
    run = replay(HISTORY)
    ids = [run.engine.canonical_id(profile_id) for profile_id in run.engine.profiles()]
    expected = {"a": ids[0], "b": ids[1], "line:3": ids[0]}
    for ends in (replay(HISTORY).assignments, copy.copy(run.assignments), pickle.loads(pickle.dumps(run.assignments))):
        assert ends == expected == ends
        assert ends == run.assignments
        assert ends != {**expected, "a": "other"}
        assert ends != [*expected]
        assert (len(ends), list(ends), list(ends.keys())) == (3, [*expected], [*expected])
        assert list(ends.items()) == list(expected.items())
        assert list(ends.values()) == list(expected.values())
        assert list(reversed(ends.values())) == list(reversed(expected.values()))  # type: ignore[arg-type]
        assert list(reversed(ends)) == list(reversed(expected))  # type: ignore[arg-type]
        assert (ends["b"], ends.get("b"), ends.get("gone"), "b" in ends, "gone" in ends) == (
            ids[1], ids[1], None, True, False
        )  # fmt: skip
        assert ids[0] in ends.values()
        assert "other" not in ends.values()
        assert repr(ends) == repr(expected)
        assert dict(ends) == expected
        assert ends | {"c": "p"} == {**expected, "c": "p"}  # type: ignore[operator]
        assert {"c": "p"} | ends == {"c": "p", **expected}  # type: ignore[operator]
        with pytest.raises(KeyError, match="gone"):
            ends["gone"]
        with pytest.raises(TypeError, match="unhashable"):
            hash(ends)


def test_the_ids_of_assignments_are_there_without_the_texts_of_the_refs() -> None:
    def asked() -> Iterable[str]:
        raise AssertionError

    ends = Assignments([ProfileId(each) for each in "pqp"], asked)
    assert (len(ends), list(ends.values()), len(ends.values()), "q" in ends.values()) == (3, ["p", "q", "p"], 3, True)
    with pytest.raises(AssertionError):
        "a" in ends  # noqa: B015 - it is asked for
