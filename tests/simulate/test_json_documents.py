"""JSON documents: where in a text the thing is that a path names."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.json_documents import JsonError, document_of, place_in, text_of

TEXT = """{
  "a.b": [1, [2, {"c": 3}]],
  "a": {"b": "\\"[{,", "": 0}, "twice": 1,
  "twice": {"x": 2}
}"""

PLACES = [
    ("", "line 1, column 1"),
    ("a.b", "line 2, column 3"),
    ("a.b[0]", "line 2, column 11"),
    ("a.b[1]", "line 2, column 14"),
    ("a.b[1][1].c", "line 2, column 19"),
    ("a.b[7]", "line 2, column 3"),
    ("a", "line 3, column 3"),
    ("a.x", "line 3, column 3"),
    ("twice.x", "line 4, column 13"),
    ("twice[0]", "line 4, column 3"),
    ("nothing.of[3]", "line 1, column 1"),
    ("aa", "line 1, column 1"),
]


@pytest.mark.parametrize(("path", "place"), PLACES)
def test_a_path_is_found(path: str, place: str) -> None:
    assert place_in(TEXT, path) == place


KEYS = st.text(alphabet='xy "\\\n\u20ac:,', min_size=1, max_size=3)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=9,
)


def paths(document: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every path in a document, with the key or the entry that stands there."""
    found: list[tuple[str, Any]] = []
    if isinstance(document, dict):
        for key, value in document.items():
            here = f"{path}.{key}" if path else key
            found += [(here, key), *paths(value, here)]
    elif isinstance(document, list):
        for place, value in enumerate(document):
            here = f"{path}[{place}]"
            found += [(here, value), *paths(value, here)]
    return found


@given(DOCUMENTS, st.sampled_from([None, 0, 2]), st.booleans())
def test_law_at_the_place_of_a_path_its_key_or_entry_begins(document: Any, indent: int | None, ascii: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii)
    for path, thing in paths(document):
        line, column = (int(part.split()[1]) for part in place_in(text, path).split(","))
        rest = "\n".join(text.split("\n")[line - 1 :])[column - 1 :]
        assert json.JSONDecoder().raw_decode(rest)[0] == thing, path


@given(st.binary(max_size=40) | st.text(max_size=40) | DOCUMENTS.map(json.dumps))
def test_law_anything_is_a_document_or_a_clear_refusal(data: bytes | str) -> None:
    message = "line 1, column 1: none"
    try:
        document_of(text_of(data))
    except JsonError as error:
        message = str(error)
    assert re.match(r"line [0-9]+, column [0-9]+: .", message)


def test_what_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(JsonError, match=r"line 1, column 1: "):
        document_of("[" * 200_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\ud800", "line 2, column 1: a lone surrogate"),
        ("[1e999]", "line 1, column 1: Number out of range"),
        ("", "line 1, column 1: it does not end"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(JsonError) as caught:
        document_of(text)
    assert str(caught.value).startswith(message)


def test_a_place_in_what_is_no_list_or_object_is_its_own() -> None:
    assert place_in("  5", "a[3].b") == "line 1, column 3"
