"""The memo has no effect that can be seen, and a bound (N6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import InvalidIdentifier
from resolver.names import Value
from resolver.patterns import LONGEST_TEXT
from resolver.rules import checks
from resolver.rules.checks import Normalization, remembering


def reading(asked: list[object]) -> Normalization:
    """Return a normalization that refuses texts with an x, and notes what it was asked."""

    def read(raw: object) -> Value:
        asked.append(raw)
        if "x" in str(raw):
            raise InvalidIdentifier(f"{raw!r} has an x")
        return Value(str(raw).upper())

    return read


def answer(normalization: Normalization, raw: object) -> str:
    try:
        return normalization(raw)
    except InvalidIdentifier as error:
        return f"refused: {error}"


@given(st.lists(st.text(alphabet="abx", max_size=3), max_size=40))
def test_n6_answers_and_refusals_are_those_of_the_normalization(raws: list[str]) -> None:
    asked: list[object] = []
    remembered, _ = remembering(reading(asked))
    assert [answer(remembered, raw) for raw in raws] == [answer(reading([]), raw) for raw in raws]
    assert len(asked) == len(set(raws))


@pytest.mark.parametrize("bound", [1, 2, 3])
def test_n6_the_memory_of_refusals_is_bounded(bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "REMEMBERED", bound)
    asked: list[object] = []
    remembered, _ = remembering(reading(asked))
    for raw in ["x0", "x1", "x2", "x3", "x0"]:
        assert answer(remembered, raw) == f"refused: {raw!r} has an x"
    assert asked == ["x0", "x1", "x2", "x3", "x0"]


def test_n6_the_refusal_of_a_text_longer_than_any_value_is_not_remembered() -> None:
    asked: list[object] = []
    remembered, _ = remembering(reading(asked))
    for raw in ("x" * LONGEST_TEXT, "x" * (LONGEST_TEXT + 1)):
        assert answer(remembered, raw) == answer(remembered, raw)
    assert [len(str(raw)) for raw in asked] == [LONGEST_TEXT, LONGEST_TEXT + 1, LONGEST_TEXT + 1]


def test_n9_a_refusal_with_a_cause_keeps_it_every_time() -> None:
    def read(raw: object) -> Value:
        try:
            return Value(str(1 // 0))
        except ZeroDivisionError as error:
            raise InvalidIdentifier("no") from error

    remembered, _ = remembering(read)
    for _ in range(2):
        with pytest.raises(InvalidIdentifier) as caught:
            remembered("a")
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_what_is_forgotten_is_read_again_whatever_it_was_read_from() -> None:
    asked: list[object] = []
    remembered, forget = remembering(reading(asked))
    for raw in ("a", "A", "b", "x"):
        answer(remembered, raw)
    forget(Value("A"))
    asked.clear()
    for raw in ("a", "A", "b", "x"):
        answer(remembered, raw)
    assert asked == ["a", "A"]


def test_refusals_are_forgotten_with_a_value_that_was_never_an_answer() -> None:
    asked: list[object] = []
    remembered, forget = remembering(reading(asked))
    for raw in ("x ", "a"):
        answer(remembered, raw)
    forget(Value("x"))
    asked.clear()
    for raw in ("x ", "a"):
        answer(remembered, raw)
    assert asked == ["x "]


@pytest.mark.parametrize("bound", [1, 2, 3])
def test_n6_the_memory_of_answers_and_of_what_they_were_read_from_is_bounded(
    bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "REMEMBERED", bound)
    asked: list[object] = []
    remembered, forget = remembering(reading(asked))
    for raw in ["a", "b", "c", "d", "a"]:
        assert answer(remembered, raw) == raw.upper()
    assert asked == ["a", "b", "c", "d", "a"]
    for value in "ABCD":
        forget(Value(value))
    assert answer(remembered, "a") == "A"
    assert asked[5:] == ["a"]
