"""The collector looks seldom during a replay, and as before after it, whatever happens in it."""

import gc
from collections.abc import Iterator

import pytest

from resolver.simulate import replay
from resolver.simulate.run import SELDOM, rarely_collecting


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("first", [0, 700, SELDOM - 1, SELDOM, SELDOM * 2])
def test_the_threshold_is_as_before_afterwards(first: int) -> None:
    gc.set_threshold(first, 7, 8)
    with rarely_collecting():
        inside = gc.get_threshold()
    assert inside == (first if first == 0 else max(first, SELDOM), 7, 8)
    assert gc.get_threshold() == (first, 7, 8)


def test_the_threshold_is_as_before_after_a_replay_that_an_error_ended() -> None:
    gc.set_threshold(700, 7, 8)
    seen = []

    def failing(*_: object) -> None:
        seen.append(gc.get_threshold()[0])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay([{"identifiers": {"chat": "1"}}], progress=failing)
    assert seen == [SELDOM]
    assert gc.get_threshold() == (700, 7, 8)
