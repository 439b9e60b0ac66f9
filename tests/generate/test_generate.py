"""The generator: the same bytes for the same seed, a world that is as hard as it says, files complete or not there."""

import csv
import gzip
import hashlib
import itertools
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.errors import InvalidIdentifier
from resolver.generate import generate, stream, write_history
from resolver.generate.dice import Dice
from resolver.generate.numbers import Numbers, foreign_landline, foreign_mobile, north_american, written
from resolver.generate.people import COMPANIES, FIRST_NAMES, LAST_NAMES, MAIL_DOMAINS, NOT_A_PHONE, NOT_AN_EMAIL
from resolver.generate.touchpoints import misspelled, restyled
from resolver.history import read_history
from resolver.history.times import Times
from resolver.rules import normalize

RECORDS = 4_000
DIGEST = "a2ff86c251c4850f6f7304d4588f66a53c79a4d1ca230f6864dad27caed93ecc"
"""Of 1,000 records and seed 2026, as every Python from 3.11 on makes them."""
Lines = list[tuple[dict[str, Any], str]]


@pytest.fixture(scope="module")
def lines() -> Lines:
    """A history long enough for everything to happen."""
    return list(generate(RECORDS, 1))


def resolves(lines: Lines) -> Lines:
    """The records alone."""
    return [(line, person) for line, person in lines if line["op"] == "resolve"]


def values(line: dict[str, Any], id_type: str) -> list[str]:
    """The values of one type, as written."""
    value = line["identifiers"].get(id_type, [])
    return [value] if isinstance(value, str) else value


def readable(id_type: str, raw: str) -> str | None:
    """The normalized value, None where there is none."""
    try:
        return normalize(id_type, raw)
    except InvalidIdentifier:
        return None


def test_the_same_seed_gives_the_same_bytes_for_ever(tmp_path: Path) -> None:
    write_history(tmp_path / "h.jsonl", 1_000, 2026)
    data = (tmp_path / "h.jsonl").read_bytes() + (tmp_path / "h.jsonl.truth.csv").read_bytes()
    assert hashlib.sha256(data).hexdigest() == DIGEST


def test_another_seed_gives_another_history() -> None:
    assert list(generate(50, 1)) != list(generate(50, 2))


@pytest.mark.parametrize("records", [0, 1, 2, 500])
def test_there_are_as_many_records_as_asked_for_each_with_a_ref_of_its_own(records: int) -> None:
    refs = [line["ref"] for line, _ in resolves(list(generate(records, 3)))]
    assert len(refs) == len(set(refs)) == records
    assert {ref.split(":")[0] for ref in refs} <= {"crm", "web", "shop", "app"}
    assert sorted(int(ref.split(":")[1]) for ref in refs) == list(range(1, records + 1))


def test_a_negative_number_of_records_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"records: -1 is negative; expected 0 or more"):
        generate(-1, 0)


def test_every_line_can_be_read(lines: Lines, tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line, _ in lines))
    history = read_history(path)
    assert [record.error for record in history] == [None] * len(lines)
    assert history.ignored == ()


def test_every_kind_of_line_comes_and_names_a_ref_that_came_before(lines: Lines) -> None:
    assert set(Counter(line["op"] for line, _ in lines)) == {"resolve", "add", "replace", "remove", "delete"}
    owner: dict[str, str] = {}
    for line, person in lines:
        if line["op"] == "resolve":
            owner[line["ref"]] = person
        else:
            assert "ref" not in line
            assert owner[line["profile"].removeprefix("ref:")] == person
    others = len(lines) - RECORDS
    assert RECORDS // 100 < others < RECORDS // 15


def test_every_type_of_identifier_comes(lines: Lines) -> None:
    found = Counter(id_type for line, _ in resolves(lines) for id_type in line["identifiers"])
    assert set(found) == {"email", "phone", "whatsapp", "chat", "loyalty_id"}
    assert min(found.values()) > RECORDS // 100


def test_people_come_back(lines: Lines) -> None:
    records = Counter(person for _, person in resolves(lines))
    assert 2 < RECORDS / len(records) < 5
    assert max(records.values()) > 10


def test_some_records_are_late_and_most_are_not(lines: Lines) -> None:
    times = [Times().read(line["at"]) or 0 for line, _ in lines]
    late = sum(at < max(times[:place]) for place, at in enumerate(times) if place)
    assert 0.02 < late / len(times) < 0.1


def owners(lines: Lines, id_type: str) -> dict[str, dict[str, list[int]]]:
    """For each value that can be read, the people who left it, each with the places of their lines."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (line, person) in enumerate(lines):
        for raw in values(line, id_type) if line["op"] == "resolve" else ():
            value = readable(id_type, raw)
            if value is not None:
                found[value][person].append(place)
    return found


def test_phones_are_shared_and_change_hands(lines: Lines) -> None:
    phones = owners(lines, "phone")
    shared = [people for people in phones.values() if len(people) > 1]
    assert len(shared) > 100
    assert max(map(len, shared)) >= 3
    in_turn = [sorted(people.values()) for people in shared if len(people) == 2]
    handed_on = [1 for first, second in in_turn if first[-1] < second[0]]
    assert len(handed_on) > 20


def test_one_phone_is_written_in_many_ways(lines: Lines) -> None:
    ways: dict[str, set[str]] = defaultdict(set)
    for line, _ in resolves(lines):
        for raw in values(line, "phone"):
            ways[readable("phone", raw) or ""].add(raw)
    assert sum(len(raws) >= 3 for number, raws in ways.items() if number) > 100
    assert {number[:3] for number in ways if number} >= {"+12", "+44", "+33", "+61"}


def test_mailboxes_are_shared_at_work_and_nowhere_else(lines: Lines) -> None:
    shared = {email for email, people in owners(lines, "email").items() if len(people) > 1}
    firms = {email for email in shared if email.split("@")[1].removesuffix(".example.com") in COMPANIES}
    assert len(firms) > 3
    assert len(shared - firms) < 10, "only by a slip of the keyboard"


def test_a_few_values_mean_nothing(lines: Lines) -> None:
    for id_type in ("email", "phone"):
        raws = [raw for line, _ in resolves(lines) for raw in values(line, id_type)]
        unreadable = sum(readable(id_type, raw) is None for raw in raws)
        assert 0.005 < unreadable / len(raws) < 0.05


def test_every_domain_is_one_for_examples_and_every_phone_one_for_fiction(lines: Lines) -> None:
    for email in owners(lines, "email"):
        assert email.split("@")[1].split(".")[-2] == "example"
    for phone in owners(lines, "phone"):
        assert phone.startswith(("+447700900", "+442079460", "+3363998", "+3319900", "+6125550")) or (
            phone.startswith("+1") and phone[5:9] == "5550" and phone[9] == "1"
        )


@pytest.mark.parametrize("text", [*NOT_A_PHONE])
def test_what_is_no_phone_normalizes_as_none(text: str) -> None:
    assert readable("phone", text) is None


@pytest.mark.parametrize("text", [*NOT_AN_EMAIL])
def test_what_is_no_email_normalizes_as_none(text: str) -> None:
    assert readable("email", text) is None


def test_words_are_plain_and_come_once() -> None:
    for words in (FIRST_NAMES, LAST_NAMES, COMPANIES, MAIL_DOMAINS):
        assert len(set(words)) == len(words)
        assert all(word == word.lower() and word.isascii() for word in words)


@given(st.integers(0, 20_000_000), st.integers(0, 1 << 32))
def test_law_a_number_normalizes_to_itself_however_it_is_written(turn: int, seed: int) -> None:
    dice = Dice(seed)
    for number in (north_american(turn), foreign_mobile(turn), foreign_landline(turn)):
        assert normalize("phone", number) == number
        assert normalize("phone", written(number, dice)) == number


def test_numbers_come_once_before_they_come_again() -> None:
    turns = range(30_000)
    assert len({north_american(turn) for turn in turns}) == len(turns)
    given_out = [number(turn) for turn in range(10_000) for number in (foreign_mobile, foreign_landline)]
    assert len(set(given_out)) == len(given_out)


def test_a_number_that_was_given_up_stays_with_nobody_for_months() -> None:
    day = 86_400_000
    numbers = Numbers(Dice(1))
    numbers.give_up("+12005550199", 0)
    assert "+12005550199" not in {numbers.mobile(59 * day) for _ in range(100)}
    assert "+12005550199" in {numbers.mobile(60 * day) for _ in range(100)}


EMAILS = st.tuples(st.sampled_from(FIRST_NAMES), st.sampled_from([".", ""]), st.sampled_from(LAST_NAMES))


@settings(deadline=None)
@given(EMAILS.map("".join), st.integers(0, 1 << 32))
def test_law_a_slip_gives_another_valid_address_and_a_style_the_same(name: str, seed: int) -> None:
    email, dice = f"{name}@example.com", Dice(seed)
    assert normalize("email", restyled(email, dice)) == email
    assert readable("email", misspelled(email, dice)) is not None
    has_twins = any(first == second for first, second in itertools.pairwise(name))
    assert has_twins or misspelled(email, dice) != email


def test_the_truth_names_the_person_of_every_ref(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    write_history(path, 300, 5)
    with (tmp_path / "h.jsonl.truth.csv").open(newline="") as file:
        truth = {row["ref"]: row["person"] for row in csv.DictReader(file)}
    assert truth == {line["ref"]: person for line, person in resolves(list(generate(300, 5)))}
    assert len(truth) == 300
    assert [json.loads(text) for text in path.read_text().splitlines()] == [line for line, _ in generate(300, 5)]


def test_a_compressed_history_has_the_same_lines_and_always_the_same_bytes(tmp_path: Path) -> None:
    plain, packed, again = tmp_path / "h.jsonl", tmp_path / "h.jsonl.gz", tmp_path / "again.jsonl.gz"
    for path in (plain, packed, again):
        write_history(path, 100, 5)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert packed.read_bytes() == again.read_bytes()
    assert (tmp_path / "h.jsonl.gz.truth.csv").read_bytes() == (tmp_path / "h.jsonl.truth.csv").read_bytes()


def test_an_error_leaves_what_stood_there_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text("before")

    def interrupted(records: int, seed: int) -> Any:
        yield from list(generate(records, seed))[:10]
        raise KeyboardInterrupt

    monkeypatch.setattr(stream, "generate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_history(path, 100, 5)
    assert [file.name for file in tmp_path.iterdir()] == ["h.jsonl"]
    assert path.read_text() == "before"


def test_a_folder_that_does_not_exist_is_made(tmp_path: Path) -> None:
    write_history(tmp_path / "missing" / "h.jsonl", 1, 1)
    assert len(list((tmp_path / "missing").iterdir())) == 2


def test_a_refused_number_of_records_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="records: -5"):
        write_history(tmp_path / "h.jsonl", -5, 1)
    assert list(tmp_path.iterdir()) == []
