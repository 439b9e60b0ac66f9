"""Patterns mean what ``re`` means (P1), and take no longer for one text than for another."""

import re
import sys
import warnings
from functools import partial
from importlib import import_module
from itertools import count
from time import process_time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resolver
from resolver import Policies, patterns
from resolver.errors import InvalidSettings
from resolver.patterns import MOST_STATES, PatternError, Patterns
from tests.engine.test_interrupted import struck_at_line

ATOMS = (
    "a", "b", "A", "é", "_", "-", "0", "\\n", "\n", " ", ".", "[ab]", "[^a]", "[a-c0]", "\\d", "\\w", "\\s", "\\W",
    "\\S", "\\D", "[\\w-]", "[^\\d\\n]", "^", "$", "\\A", "\\Z", "\\b", "\\B", "", "[]a]", "\\.", "\u0130", "\u017f",
    "k",
)  # fmt: skip
FLAGS = ("", "(?i)", "(?m)", "(?s)", "(?a)", "(?im)", "(?ims)", "(?ai)")

TEXTS = st.text(st.sampled_from("abAB é_-0\n.sSKk\u0130\u0131\u017f\u0663"), max_size=8)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = st.sampled_from(["(?:{})", "({})", "(?i:{})", "(?-i:{})", "(?s:{})", "(?a:{})", "(?u:{})"])
    repeats = st.sampled_from(["", "*", "+", "?", "*?", "+?", "{2}", "{0,2}", "{1,}", "{,3}?"])
    grouped = st.builds(lambda group, text, times: group.format(text) + times, groups, inner, repeats)
    return st.one_of(grouped, st.builds("{}{}".format, inner, inner), st.builds("{}|{}".format, inner, inner))


PATTERNS = st.builds("{}{}".format, st.sampled_from(FLAGS), st.recursive(st.sampled_from(ATOMS), _grown, max_leaves=8))


def readable(pattern: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(pattern)
        except (re.error, Warning):
            return False
    return True


@given(st.lists(PATTERNS.filter(readable), min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=6))
def test_p1_patterns_are_found_where_re_finds_one_of_them(some: list[str], texts: list[str]) -> None:
    ours = Patterns(some)
    for text in (*texts, *texts):
        assert ours.found_in(text) == any(re.search(pattern, text) for pattern in some), (some, text)


@pytest.mark.parametrize(
    "pattern",
    [
        "[^ab]",
        "\\B",
        "\\Bx\\B",
        "(?m)^x$",
        "(?m)$",
        "\\A\\Z",
        "x$",
        "(?i:X)",
        "(?a)\\b\u00e9",
        "[\\Wx-]",
        "x\\Bx",
        "(?a:(?u:^\\w$))",
        "(?a:^(?u:\\B\u00e9))",
        "(?a:^(?u:\\b)\u00e9)",
        "(?u:^(?a:\\w))",
    ],
)
def test_p1_a_pattern_is_found_where_re_finds_it(pattern: str) -> None:
    ours = Patterns([pattern])
    for text in (
        "",
        "a",
        "x",
        "xx",
        "axb",
        "x\n",
        "\nx",
        "\n",
        "\n\n",
        "X",
        "\u00e9",
        "a\u00e9",
        "\u00e9\u00e9",
        "aa",
        "  ",
        " ",
        "-",
    ):
        assert ours.found_in(text) == bool(re.search(pattern, text)), (pattern, text)


def test_p1_every_character_belongs_to_the_classes_that_re_puts_it_into() -> None:
    for pattern in ("^\\w", "^\\s", "(?i)^[a-z\u017f]", "^.\\bx", "(?a)^.\\bx"):
        ours, theirs = Patterns([pattern]), re.compile(pattern)
        for code in [*range(0x3000), *range(0xFE00, 0x10000), 0x1D7D8, 0x10FFFF]:
            for text in (chr(code), f"{chr(code)}x"):
                assert ours.found_in(text) == bool(theirs.search(text)), (pattern, text)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a*)*(a*)*(a*)*b", "(.*a){20}$", ".*a.*b.*c.*d.*e.*f$"])
def test_p1_no_pattern_takes_long(pattern: str) -> None:
    ours = Patterns([pattern])
    begin = process_time()
    for last in "bcd":
        ours.found_in("a" * 254 + last)
    assert process_time() - begin < 10  # ``re`` would need longer than the universe has been there


def test_p1_what_is_remembered_of_texts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_KEPT_STEPS", 7)
    ours, theirs = Patterns(["ab+c$"]), re.compile("ab+c$")
    for text in ("abbc", "abbcc", "xabc", "aaabc\n", "zzz", "abc") * 3:
        assert ours.found_in(text) == bool(theirs.search(text))
        assert ours._kept <= 7


def test_p1_what_is_remembered_is_bounded_where_places_are_of_many_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_KEPT_STATES", 500)
    some = [f"[ab]*a[ab]{{{times}}}c" for times in range(40, 44)]  # every text of a and b leads to places of its own
    ours, theirs = Patterns(some), re.compile("|".join(some))
    for number in range(40):
        text = "".join("ab"[number * place % 7 % 2] for place in range(60)) + "c" * (number % 2)
        assert ours.found_in(text) == bool(theirs.search(text))
        assert sum(len(waiting) for waiting, _ in ours._numbers) <= 700


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("(a)\\1", "without a back reference"),
        ("(a)?(?(1)b|c)", "without a back reference"),
        ("(?=a)b", "without look-ahead or look-behind"),
        ("(?!a)b", "without look-ahead or look-behind"),
        ("(?<=a)b", "without look-ahead or look-behind"),
        ("(?<!a)b", "without look-ahead or look-behind"),
        ("(?!)", "without look-ahead or look-behind"),
        ("(?>a+)b", "without an atomic group"),
        ("a++b", "without a possessive repeat"),
        ("(", "this is none: missing )"),
        ("(a{100}){100}", f"at most {MOST_STATES:,} states"),
        ("(?:" * 5000 + ")" * 5000, "less deep"),
    ],
)
def test_p1_what_cannot_be_searched_for_in_bounded_time_is_refused(pattern: str, fault: str) -> None:
    with pytest.raises(PatternError, match=re.escape(fault)):
        Patterns([pattern])


def test_p1_more_repeats_than_a_text_has_characters_need_no_more_states() -> None:
    assert Patterns(["^a{0,100000}$"]).found_in("a" * 255)
    assert not Patterns(["^.{2,}$"]).found_in("a")


def test_the_parser_of_this_python_makes_the_trees_that_are_relied_upon() -> None:
    parser = import_module("re._parser")
    tree = parser.parse(patterns._TRIED)
    assert repr(tree) == patterns._TREE
    assert tree.state.flags == re.UNICODE
    operators = {name for name in dir(import_module("re._constants")) if name.isupper()}
    assert {*patterns._UNSUPPORTED, *patterns._CATEGORIES, "LITERAL", "NOT_LITERAL", "ANY", "IN"} <= operators


@pytest.mark.parametrize("change", ["gone", "no parse", "another tree", "other flags"])
def test_no_pattern_is_read_where_the_parser_of_re_is_another_one(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = import_module("re._parser")
    another = {
        "gone": None,
        "no parse": SimpleNamespace(),
        "another tree": SimpleNamespace(parse=lambda pattern: usual.parse("a")),
        "other flags": SimpleNamespace(parse=lambda pattern: usual.parse(pattern, re.ASCII)),
    }[change]
    monkeypatch.setitem(sys.modules, "re._parser", another)
    patterns._parser.cache_clear()
    with pytest.raises(InvalidSettings, match=r"blocked.*under Python 3.11 to 3.14: the parser of this version is"):
        Policies.from_json({"blocked": [{"idType": "phone", "matches": "^0+$"}]})
    with pytest.raises(PatternError, match=r"'equals' can$"):
        Patterns(["a"])
    monkeypatch.undo()
    assert Patterns(["a"]).found_in("ba")


@pytest.mark.skipif(resolver.COMPILED, reason="compiled code has no lines")
@pytest.mark.parametrize("kept", [3, 20_000])
def test_a_search_that_is_struck_at_any_line_leaves_patterns_that_find_what_they_found(
    monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(patterns, "_KEPT_STEPS", kept)
    texts = ["null", "x-null-é", "anna-\u0130nul", "0-0-0", "nul", "zzznullzzz", "é\n", "a0b1c2d3", "é", "nulnulnull"]
    wanted = [*map(Patterns(["^[0-]*$", "null", "\\bé$"]).found_in, texts)]
    for line in count(1, 7):
        struck = Patterns(["^[0-]*$", "null", "\\bé$"])
        if not struck_at_line(partial(list, map(struck.found_in, texts)), line):
            break
        assert [*map(struck.found_in, texts)] == wanted
        assert [*map(struck.found_in, reversed(texts))] == wanted[::-1]
    assert line > 100
