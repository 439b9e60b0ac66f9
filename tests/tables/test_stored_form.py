"""What a store makes of a raw value: one answer for every question (N1 to N9, A7)."""

from collections.abc import Callable
from typing import Any

import pytest

from resolver import Engine, IdentifierConfig, Resolve, ResolverError, Settings, StoredForm
from resolver.names import Form, Value
from resolver.reference import Reference

Store = Engine | Reference
STORES: tuple[Callable[..., Store], ...] = (Engine, Reference)


def digits(text: str) -> str:
    if "?" in text:
        raise RuntimeError("no digits")
    return "".join(filter(str.isdigit, text)) or text


SETTINGS = Settings(
    [
        IdentifierConfig("email", normalization="email"),
        IdentifierConfig("phone", normalization="phone"),
        IdentifierConfig("chat", normalization="trim"),
        IdentifierConfig("raw", normalization="none"),
        IdentifierConfig("card", normalization="digits"),
    ],
    ["email"],
)

READABLE = [
    ("email", " Ada@Example.COM", "ada@example.com"),
    ("phone", "(317) 555-6789", "+13175556789"),
    ("phone", "447911123456", "+447911123456"),
    ("chat", " x\u200b ", "x"),
    ("raw", " x ", " x "),
    ("card", "No. 12-34", "1234"),
]

UNREADABLE = [
    ("email", " n/a ", "n/a", "is not an e-mail address"),
    ("phone", "n/a", "n/a", "'n/a'"),
    ("card", "12?", "12?", "is refused by normalization 'digits': no digits"),
]

BREAKS_N1 = [
    ("email", 5, "5 is not a string of 1..255 characters"),
    ("phone", None, "None is not a string of 1..255 characters"),
    ("raw", "", "'' has 0 characters; expected 1..255"),
    ("chat", " \u200b", "has 0 characters after normalization 'trim'; expected 1..255"),
    ("raw", "x" * 256, "has 256 characters; expected 1..255"),
]


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
@pytest.mark.parametrize(("id_type", "raw", "value"), READABLE)
def test_n2_to_n9_a_readable_value_is_stored_normalized(
    make: Callable[..., Store], on_invalid: str, id_type: str, raw: str, value: str
) -> None:
    store = make(SETTINGS, normalizers={"digits": digits}, on_invalid=on_invalid)
    assert store.stored_form(id_type, raw) == StoredForm(Value(value), Form.NORMALIZED, None)


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize(("id_type", "raw", "kept", "why"), UNREADABLE)
def test_n8_an_unreadable_value_is_refused_dropped_or_kept(
    make: Callable[..., Store], id_type: str, raw: str, kept: str, why: str
) -> None:
    for on_invalid, value, form in (("refuse", None, "refused"), ("drop", None, "dropped"), ("keep", kept, "kept")):
        answer = make(SETTINGS, normalizers={"digits": digits}, on_invalid=on_invalid).stored_form(id_type, raw)
        assert (answer.value, answer.form) == (value, form)
        assert answer.why is not None
        assert why in answer.why


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize(("id_type", "raw", "why"), BREAKS_N1)
def test_n8_what_breaks_n1_is_refused_even_where_values_are_kept(
    make: Callable[..., Store], id_type: str, raw: Any, why: str
) -> None:
    for on_invalid, form in (("refuse", "refused"), ("drop", "dropped"), ("keep", "refused")):
        answer = make(SETTINGS, normalizers={"digits": digits}, on_invalid=on_invalid).stored_form(id_type, raw)
        assert (answer.value, answer.form) == (None, form)
        assert answer.why is not None
        assert why in answer.why


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize("id_type", ["fax", "Email", "", 5, None, []])
def test_a7_a_type_that_is_not_configured_is_refused_and_raises_nothing(
    make: Callable[..., Store], id_type: Any
) -> None:
    for on_invalid in ("refuse", "drop", "keep"):
        answer = make(on_invalid=on_invalid).stored_form(id_type, "x")
        assert (answer.value, answer.form) == (None, "refused")
        assert answer.why == f"idType {id_type!r} is not configured (configured: email, whatsapp, phone, chat)"


@pytest.mark.parametrize("make", STORES)
def test_s1_the_answer_follows_a_settings_change_whatever_is_stored(make: Callable[..., Store]) -> None:
    store = make(Settings([IdentifierConfig("chat", normalization="none"), IdentifierConfig("fax")], ["chat"]))
    store.resolve({"chat": " x ", "fax": "1"})
    assert store.stored_form("chat", " x ").value == " x "
    store.apply_settings(Settings([IdentifierConfig("chat")], ["chat"]))
    assert store.stored_form("chat", " x ").value == "x"  # though a look-up finds the stored text first (A8)
    assert store.lookup("chat", " x ").normalized_value == " x "
    assert store.stored_form("fax", "1").form == "refused"  # though a profile still holds it (S2)


@pytest.mark.parametrize("make", STORES)
def test_strings_of_other_classes_are_read_as_their_text(make: Callable[..., Store]) -> None:
    class Odd(str):
        def __str__(self) -> str:
            return "odd"

    assert make().stored_form(Odd("chat"), Odd(" x ")) == StoredForm(Value("x"), Form.NORMALIZED)


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
def test_the_answer_is_what_a_command_does(make: Callable[..., Store], on_invalid: str) -> None:
    rows: list[tuple[str, Any]] = [
        *((id_type, raw) for id_type, raw, _ in READABLE),
        *((id_type, raw) for id_type, raw, *_ in UNREADABLE),
        *((id_type, raw) for id_type, raw, _ in BREAKS_N1),
        ("fax", "1"),
    ]
    for id_type, raw in rows:
        store = make(SETTINGS, normalizers={"digits": digits}, on_invalid=on_invalid)
        answer = store.stored_form(id_type, raw)
        command = Resolve([("email", "ada@example.com"), (id_type, raw)])
        if answer.form == "refused":
            with pytest.raises(ResolverError) as refused:
                store.execute(command)
            assert str(refused.value) == answer.why
            continue
        ada = store.execute(command).profile_id
        assert ada is not None
        others = [value for value in store.values(ada, id_type) if value != "ada@example.com"]
        assert others == ([] if answer.value in (None, "ada@example.com") else [answer.value])


@pytest.mark.parametrize("make", STORES)
def test_asking_changes_nothing(make: Callable[..., Store]) -> None:
    store = make()
    store.stored_form("email", "ada@example.com")
    assert not store.lookup("email", "ada@example.com").profile_ids
    assert len(store) == 0
