"""R8: the index finds exactly what a scan of all ratios finds."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from resolver.kernel.similarity_index import SimilarityIndex
from resolver.names import Value
from resolver.rules.matching import similar

thresholds = st.integers(50, 99)
small = st.one_of(
    st.text(alphabet="ab", min_size=1, max_size=12),
    st.text(alphabet="abc", min_size=1, max_size=8),
    st.text(alphabet="a\0\x01", min_size=1, max_size=8),
    st.builds(
        "{}{}@{}".format,
        st.sampled_from(["ada", "adam", "a.da", "bob", "bobby"]),
        st.text(alphabet="019", max_size=3),
        st.sampled_from(["example.com", "exampel.com", "mail.test"]),
    ),
)


def scan(values: Iterable[str], query: str, threshold: int) -> list[str]:
    return sorted(value for value in values if fuzz.ratio(query, value) >= threshold)


def filled(values: Iterable[str], threshold: int) -> SimilarityIndex:
    index = SimilarityIndex(threshold)
    for value in values:
        index.add(Value(value))
    return index


@given(st.sets(small, max_size=25), small, thresholds)
def test_r8_no_value_that_reaches_the_threshold_is_missed(values: set[str], query: str, threshold: int) -> None:
    index = filled(sorted(values), threshold)
    index._check(values)
    for each in [query, *sorted(values)[:5]]:
        assert sorted(index.similar(each)) == scan(values, each, threshold)


@given(st.lists(st.tuples(st.booleans(), small), max_size=40), small, thresholds)
def test_r8_the_index_follows_additions_and_removals(steps: list[tuple[bool, str]], query: str, threshold: int) -> None:
    index, values = SimilarityIndex(threshold), dict[str, None]()
    for adds, value in steps:
        if adds and value not in values:
            index.add(Value(value))
            values[value] = None
        elif value in values:
            index.discard(Value(value))
            del values[value]
        assert (value in index) is (value in values)
    index._check(set(values))
    assert sorted(index.similar(query)) == scan(values, query, threshold)
    for value in list(values):
        index.discard(Value(value))
    index._check(set())
    assert index.similar(query) == []
    assert index._by_length == {}  # not even their q-grams are left


@given(st.sets(small, max_size=10), small, thresholds)
def test_r8_a_copy_is_independent(values: set[str], more: str, threshold: int) -> None:
    index = filled(sorted(values), threshold)
    copy = index.copy()
    if more in values:
        copy.discard(Value(more))
    else:
        copy.add(Value(more))
    index._check(values)
    copy._check(values ^ {more})


@given(small, small, thresholds)
def test_r8_similar_is_the_ratio(one: str, other: str, threshold: int) -> None:
    assert similar(one, other, threshold) is (fuzz.ratio(one, other) >= threshold)
    assert similar(one, one, threshold)


@given(st.text(alphabet="ab", min_size=1, max_size=12), st.integers(1, 9), st.integers(0, 9))
def test_r8_the_ratio_is_that_of_the_longest_common_subsequence(text: str, more: int, less: int) -> None:
    other = text[less:] + "z" * more
    common = len(text[less:])
    assert fuzz.ratio(text, other) == pytest.approx(200 * common / (len(text) + len(other)))


def interleaved(common: int, gram: int) -> tuple[str, str]:
    """Return two texts that share *common* characters in order, and not one q-gram of that length.

    One gets an extra character where the other does not, in turn, so often that no window stays whole.
    """
    letters = [chr(0x4E00 + place) for place in range(common)]
    step = 2 * (gram - 1)
    one = [("x" if place % step == 0 else "") + letter for place, letter in enumerate(letters)]
    other = [("y" if place % step == gram - 1 else "") + letter for place, letter in enumerate(letters)]
    return "".join(one), "".join(other) + "y"


@pytest.mark.parametrize("gram", [2, 3, 4])
@pytest.mark.parametrize("common", [1, 2, 5, 20, 60, 100, 160])
def test_r8_values_that_share_no_q_gram_are_found_all_the_same(common: int, gram: int) -> None:
    one, other = interleaved(common, gram)
    for threshold in range(50, 100):
        index = filled([one, other], threshold)
        assert sorted(index.similar(one)) == scan([one, other], one, threshold)
        assert sorted(index.similar(other)) == scan([one, other], other, threshold)


def mistyped(random: Random, text: str) -> str:
    """Change, drop, double or swap a few letters."""
    letters = list(text)
    for _ in range(random.choice([0, 1, 1, 2, 3, 5])):
        place = random.randrange(len(letters))
        change = random.randrange(4)
        if change == 0:
            letters[place] = random.choice("abcdefghij.")
        elif change == 1 and len(letters) > 1:
            del letters[place]
        elif change == 2:
            letters.insert(place, letters[place])
        else:
            letters.append(letters.pop(place))
    return "".join(letters)


@pytest.mark.parametrize("threshold", [50, 55, 60, 66, 67, 70, 75, 79, 80, 81, 85, 90, 95, 99])
def test_r8_the_index_agrees_with_a_scan_of_a_seeded_corpus(threshold: int) -> None:
    random = Random("likeness")
    first, last = ["ada", "bob", "carla", "dieter", "eve"], ["abel", "bach", "cadiz", "dijkstra", "fig", "hj"]
    people = [f"{a}.{b}{n}" for a in first for b in last for n in ("", "1", "42")]
    people += ["a", "b", "aa", "x" * 60, "ab" * 60, "ba" * 60, "a" * 255, "a" * 254 + "b"]
    values = {mistyped(random, random.choice(people)) for _ in range(1200)}
    index = filled(sorted(values), threshold)
    for _ in range(40):
        query = mistyped(random, random.choice(people))
        assert sorted(index.similar(query)) == scan(values, query, threshold)


def test_r8_a_text_that_is_not_there_or_only_in_part_can_be_discarded() -> None:
    index = filled(["smith", "smyth"], 80)
    for absent in ("jones", "longer than any", "smiths"):
        index.discard(Value(absent))
    [gram, *_] = sorted(set(index._grams("smith")) - set(index._grams("smyth")))
    del index._by_length[5][gram]
    index.discard(Value("smith"))
    assert index.similar("smith") == ["smyth"]
    index._check({"smyth"})
