"""A wrong keyword is answered with the right one, or with the function that takes it."""

import inspect
from typing import Any

import pytest

from resolver import Engine
from resolver.columns.numbered import Numbered
from resolver.simulate import order, replay
from resolver.simulate.replay import ENGINE_OPTIONS
from tests.simulate.lines import ADA, BOB

USES: dict[str, Any] = {
    "replay": replay,
    "order": order,
    "replay of a numbered history": lambda history, **options: replay(Numbered(history).read_all(), **options),
}
WRONG = {
    "onInvalid": "; did you mean 'on_invalid'?",
    "defaultRegion": "; did you mean 'default_region'?",
    "region": "; did you mean 'default_region'?",
    "normalizer": "; did you mean 'normalizers'?",
    "tz": ", which is one of reading; expected read_history(path, tz=...), or records_of(records, tz=...) of",
    "at_unit": ", which is one of reading; expected read_history(path, at_unit=...), or records_of(records, at_unit=..",
    "columns": ", which is one of reading; expected read_history(path, columns=...)",
    "atUnit": "; did you mean 'at_unit'?",
    "zzz": "",
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("use", USES)
def test_a_wrong_keyword_is_answered_with_the_right_one(use: str, name: str) -> None:
    for history in ([], [ADA, BOB]):
        with pytest.raises(TypeError) as caught:
            USES[use](history, **{name: "drop"})
        assert f"has no option {name!r}{WRONG[name]}" in str(caught.value)
        assert str(caught.value).startswith(("replay()", "order()"))


def test_the_function_s_own_names_are_meant_too() -> None:
    with pytest.raises(TypeError, match=r"^order\(\) has no option 'permutation'; did you mean 'permutations'\?$"):
        order([], permutation=5)
    with pytest.raises(TypeError, match=r"^replay\(\) has no option 'withuot'; did you mean 'without'\?$"):
        replay([], withuot=["email=ada@example.com"])


def test_the_names_are_those_of_an_engine() -> None:
    parameters = inspect.signature(Engine.__init__).parameters.values()
    names = [each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]
    names.remove("policies")  # part of the settings: a replay puts them there
    assert tuple(names) == ENGINE_OPTIONS
