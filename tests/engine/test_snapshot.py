"""A snapshot is read back exactly, or refused."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from resolver import (
    Engine,
    IdentifierConfig,
    InvalidSettings,
    InvalidSnapshot,
    OtherVersions,
    ProfileExists,
    Resolve,
    Settings,
)
from resolver.snapshot import FORMAT, MAGIC, Document, checksum, decode
from tests.engine.stories import STORIES, backwards, digits, full, plain, surrogates

Story = Callable[[], Engine]
PAYLOAD = len(MAGIC) + 1 + 4


def restored(snapshot: bytes) -> Engine:
    return Engine.restore(snapshot, normalizers={"digits": digits}, new_id=backwards)


def sealed(payload: bytes) -> bytes:
    """Return a snapshot with the right checksum around any payload."""
    head = bytes([FORMAT])
    return MAGIC + head + checksum(head, payload) + payload


def told(engine: Engine) -> dict[str, Any]:
    """Return everything that an engine lets its callers read of its profiles."""
    return {
        name: (
            list(engine.identifiers(name).items()),
            [engine.history_of(name, id_type) for id_type in engine.identifiers(name)],
            engine.created_at(name),
            engine.aliases(name),
        )
        for name in engine.profiles()
    }


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_restored_engine_is_the_engine_that_was_saved(story: Story) -> None:
    engine = story()
    again = Engine.restore(engine.snapshot(), normalizers=engine._normalizers.own)
    assert again.profiles() == engine.profiles()
    assert told(again) == told(engine)
    assert again.settings == engine.settings
    assert again.snapshot() == engine.snapshot()
    again._check()


def test_a_snapshot_is_the_same_on_machines_of_the_other_byte_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the numbers are swapped on the way out and on the way in, as they are there."""
    monkeypatch.setattr("resolver.snapshot._IS_LITTLE_ENDIAN", False)
    engine = full()
    assert decode(engine.snapshot()).created_by[:8] == (1).to_bytes(8, "big")
    assert told(restored(engine.snapshot())) == told(engine)


def test_ids_of_any_length_are_kept() -> None:
    engine = Engine()
    for long in ("i" * 255, "i" * 256, "i" * 100_000):
        engine.resolve({"email": f"{len(long)}@example.com"}, new_profile_id=long)
        assert restored(engine.snapshot()).profiles() == engine.profiles()


def test_a_snapshot_is_as_small_as_what_is_held() -> None:
    """Values and profiles that came and went leave nothing behind but their ids."""
    engine = Engine(Settings([IdentifierConfig("email")], ["email"]))
    for number in range(50):
        engine.resolve({"email": f"secret{number}"})
        engine.remove_identifier(engine.profiles()[-1], "email")
    assert b"secret" not in engine.snapshot()
    restored(engine.snapshot())._check()


def test_a_snapshot_keeps_aliases_and_deleted_ids() -> None:
    again = restored(full().snapshot())
    assert again.profiles() == ("id-92", "id-97")
    assert (again.canonical_id("id-91"), again.canonical_id("id-98")) == ("id-92", "id-97")
    assert "id-94" not in again
    for used in ("id-94", "id-97", "id-98"):
        with pytest.raises(ProfileExists):
            again.resolve({"email": "new@b.cc"}, new_profile_id=used)


def test_a_snapshot_keeps_text_that_utf_8_cannot_hold() -> None:
    again = restored(surrogates().snapshot())
    assert again.identifiers("\ud83d1") == {"na\udc80me": ("lone \ud800",), "chat": ("\U0001f600", "x\udfff")}
    assert again.aliases("\ud83d1") == ("\ud83d2",)
    assert again.lookup("chat", "x\udfff").profile_ids == ("\ud83d1",)


@pytest.mark.parametrize(
    ("rules", "normalization", "settled", "normal"),
    [
        (["email", "phone"], "trim", True, True),
        (["email"], "none", True, False),
        (["email AND phone"], "trim", False, True),
        (["email AND phone"], "none", False, False),
    ],
)
def test_a_snapshot_keeps_what_is_certain_of_all_that_is_stored(
    rules: list[str], normalization: str, settled: bool, normal: bool
) -> None:
    engine = Engine(Settings([IdentifierConfig("email"), IdentifierConfig("phone")], ["email", "phone"]))
    engine.resolve({"email": "a", "phone": "1"})
    configs = [IdentifierConfig("email"), IdentifierConfig("phone", normalization=normalization)]
    engine.apply_settings(Settings(configs, rules))
    tables = restored(engine.snapshot())._tables
    assert (tables.settled, tables.normal) == (settled, normal)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_equal_engines_give_equal_bytes(story: Story) -> None:
    assert story().snapshot() == story().snapshot()
    assert story().fork().snapshot() == story().snapshot()


def test_bytes_like_objects_are_read_too() -> None:
    snapshot = plain().snapshot()
    for other in (bytearray(snapshot), memoryview(snapshot)):
        assert Engine.restore(other).snapshot() == snapshot  # type: ignore[arg-type]


# Going on


GOING_ON: tuple[Resolve, ...] = (
    Resolve({"email": "b@b.cc", "name": "smithe"}),
    Resolve({"phone": "+447911123456", "name": "smith"}),
    Resolve({"phone": "+447911123456", "name": "jonas"}),
    Resolve({"email": "x@b.cc", "card": "9"}, at=1),
    Resolve({"email": ["x@b.cc", "d@b.cc"]}),
    Resolve([("email", "y@b.cc"), ("card", "1234")]),
)


@pytest.mark.parametrize("cut", range(len(GOING_ON)))
def test_going_on_after_a_restore_gives_the_same_facts(cut: int) -> None:
    straight, stopped = full(), full()
    for place, command in enumerate(GOING_ON):
        if place == cut:
            stopped = restored(stopped.snapshot())
        assert stopped.execute(command) == straight.execute(command)
    assert stopped.snapshot() == straight.snapshot()
    stopped._check()


def test_the_options_come_back_with_a_snapshot() -> None:
    again = restored(full().snapshot())
    again.resolve({"email": "new@b.cc", "phone": ["07911 123457", " n/a "]})
    name = again.lookup("email", "new@b.cc").profile_ids[0]
    assert again.values(name, "phone") == ("+447911123457", "n/a")  # the region, and keep
    outcome = again.resolve({"email": "new@b.cc", "card": "1234"})
    assert outcome.facts[0].rule == "collision"  # type: ignore[union-attr]  # match="first"


def test_clock_and_new_id_are_given_anew() -> None:
    again = Engine.restore(plain().snapshot(), clock=lambda: 77, new_id=lambda number, at: f"{number} at {at}")
    assert again.resolve({"email": "new@b.cc"}).profile_id == "4 at 77"


# Bytes that are no snapshot


@pytest.fixture(scope="module")
def small() -> bytes:
    return Engine(Settings.from_json('{"identifierConfigs": [{"idType": "id"}], "matchingRules": ["id"]}')).snapshot()


def test_every_change_of_a_single_byte_is_noticed(small: bytes) -> None:
    damaged = bytearray(small)
    for place, right in enumerate(small):
        for change in range(1, 256):
            damaged[place] = right ^ change
            with pytest.raises(InvalidSnapshot):
                decode(bytes(damaged))
        damaged[place] = right
    assert decode(bytes(damaged)) == decode(small)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_flipped_bit_anywhere_is_noticed(story: Story) -> None:
    snapshot = story().snapshot()
    damaged = bytearray(snapshot)
    for place in range(len(snapshot)):
        damaged[place] ^= 1 << place % 8
        with pytest.raises(InvalidSnapshot):
            restored(bytes(damaged))
        damaged[place] = snapshot[place]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_every_truncation_is_noticed(story: Story) -> None:
    snapshot = story().snapshot()
    for length in range(len(snapshot)):
        with pytest.raises(InvalidSnapshot):
            restored(snapshot[:length])


@pytest.mark.parametrize("more", [b"\0", b"\n", b" ", b"resolver", b"M"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_appended_bytes_are_noticed(story: Story, more: bytes) -> None:
    with pytest.raises(InvalidSnapshot, match="damaged"):
        restored(story().snapshot() + more)


@pytest.mark.parametrize(
    "foreign",
    [b"", b"resolve", b"PK\x03\x04", b"{}", b"\0" * 1000, b"RESOLVER" + b"\0" * 100, b" resolver", b"\x80\x04."],
)
def test_foreign_bytes_are_refused(foreign: bytes) -> None:
    with pytest.raises(InvalidSnapshot):
        Engine.restore(foreign)


def test_another_format_is_named(small: bytes) -> None:
    other = bytearray(small)
    other[len(MAGIC)] = FORMAT + 1
    with pytest.raises(InvalidSnapshot, match=f"has format {FORMAT + 1}; this version reads format {FORMAT}"):
        Engine.restore(bytes(other))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"\xc0",
        b"\x90",
        b"[]",
        b"{}",
        b"null",
        b"\x91" * 100_000,
        msgspec.msgpack.encode(["x"] * 22),
    ],
    ids=range(9),
)
def test_a_right_checksum_around_something_else_does_not_help(payload: bytes) -> None:
    with pytest.raises(InvalidSnapshot, match="not those of an engine"):
        Engine.restore(sealed(payload))


def test_contents_sealed_again_are_read_as_they_were(small: bytes) -> None:
    assert Engine.restore(sealed(msgspec.msgpack.encode(decode(small)))).snapshot() == small


@pytest.mark.parametrize("before", [1, 2])
def test_a_format_of_before_is_refused_by_name(small: bytes, before: int) -> None:
    old = MAGIC + bytes([before]) + small[len(MAGIC) + 1 :]
    with pytest.raises(InvalidSnapshot, match=f"has format {before}; this version reads format {FORMAT}"):
        Engine.restore(old)


# What a snapshot needs and names


@pytest.mark.parametrize("given", [None, {}, {"other": digits}])
def test_a_missing_normalizer_is_named(given: dict[str, Any] | None) -> None:
    with pytest.raises(InvalidSnapshot, match=re.escape("['digits']")):
        Engine.restore(full().snapshot(), normalizers=given)


def test_a_normalizer_that_no_setting_names_is_needed_all_the_same() -> None:
    snapshot = Engine(normalizers={"digits": digits}).snapshot()
    with pytest.raises(InvalidSnapshot, match=re.escape("['digits']")):
        Engine.restore(snapshot)
    assert restored(snapshot).snapshot() == snapshot


def test_the_document_names_the_versions_that_results_depend_on() -> None:
    assert set(decode(plain().snapshot()).versions) == {
        "resolver",
        "phonenumbers",
        "email-validator",
        "rapidfuzz",
        "unicode",
    }


@pytest.mark.parametrize("library", ["resolver", "phonenumbers", "email-validator", "rapidfuzz", "unicode"])
def test_another_version_is_restored_with_a_warning(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = decode(plain().snapshot()).versions
    with monkeypatch.context() as patch:
        patch.setattr("resolver.snapshot.versions", lambda: now | {library: "0.0.1"})
        snapshot = plain().snapshot()
    expected = f"{library} 0.0.1 (now {now[library]})"
    with pytest.warns(OtherVersions, match=re.escape(expected)) as caught:
        again = Engine.restore(snapshot)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert told(again) == told(plain())


def test_a_version_that_is_not_named_counts_as_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("resolver.snapshot.versions", dict)
        snapshot = plain().snapshot()
    with pytest.warns(OtherVersions, match="rapidfuzz None"):
        Engine.restore(snapshot)


def test_the_same_versions_give_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    Engine.restore(plain().snapshot())
    assert not recwarn.list


def test_a_document_is_an_array_of_these_fields() -> None:
    assert isinstance(msgspec.msgpack.decode(plain().snapshot()[PAYLOAD:]), list)
    assert Document.__struct_fields__[:3] == ("versions", "settings", "default_region")


@pytest.mark.parametrize("foreign", ["abc", None, 5])
def test_what_is_no_bytes_is_no_snapshot(foreign: Any) -> None:
    with pytest.raises(InvalidSnapshot, match="expected bytes"):
        Engine.restore(foreign)


def test_a_region_that_is_not_known_here_is_an_invalid_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Engine(default_region="GB").snapshot()
    monkeypatch.setattr("phonenumbers.SUPPORTED_REGIONS", {"US"})
    with pytest.raises(InvalidSnapshot, match="'GB'"):
        Engine.restore(snapshot)
    with pytest.raises(InvalidSettings, match="normalizers"):
        Engine.restore(Engine().snapshot(), normalizers={"email": str})


def test_lengths_of_texts_take_a_byte_each_up_to_the_longest_value() -> None:
    engine = Engine()
    engine.resolve({"chat": ["a" * 255, "b"]}, new_profile_id="c" * 256)
    document = decode(engine.snapshot())
    assert document.values.lengths == b"B" + bytes([255, 1])
    assert document.own_ids.lengths[:1] == b"I"
    assert restored(engine.snapshot()).identifiers("c" * 256) == {"chat": ("a" * 255, "b")}
