"""Lines that nothing ties can be replayed apart: facts, steps, assignments, rejections and totals stay the same."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec
import pytest

from resolver import IdentifierConfig, NotInParts, Settings
from resolver.commands import AddIdentifier, ApplySettings, PrivacyCommand, RemoveIdentifier, Resolve
from resolver.coupling import Combination, Ties, components, coupling
from resolver.history import Record, records_of
from resolver.ids import numbered_id
from resolver.policies import READERS
from resolver.simulate import replay
from tests.laws.cut_histories import KINDS, any_case, any_records, difference, in_parts, ties_of, whole
from tests.laws.what_if import chances

SHORT = 400


def test_parts_of_random_histories_give_what_one_replay_gives() -> None:
    told: Counter[str] = Counter()
    for number, random in enumerate(chances(SHORT)):
        try:
            found = difference(random, number)
        except NotInParts:
            told["refused"] += 1
            continue
        assert found is None, found
        told["equal"] += 1
    assert told["equal"] * SHORT >= 300 * sum(told.values()), told


def test_the_random_histories_erase_and_suppress_people_under_every_key_of_the_policies() -> None:
    told: Counter[str] = Counter()
    for number in range(SHORT):
        random = Random(number)
        case, settings, _ = any_case(random, number)
        for record in any_records(random, case, settings, 40):
            if isinstance(record.command, PrivacyCommand):
                kind = f"{type(record.command).__name__}, {getattr(record.command, 'suppress', None)}"
                told.update([kind, *(f"{kind} beside {key}" for key in settings.policies.to_json())])
    for kind in ("Erase, False", "Erase, True", "Suppress, None", "Unsuppress, None"):
        assert {f"{kind} beside {key}" for key in READERS} <= set(told), told


# What is left out of the ties must be missed.


def _without_nodes(ties: Sequence[Ties]) -> list[Ties]:
    return [msgspec.structs.replace(each, nodes=()) for each in ties]


def _without_names(kind: str) -> Callable[[Sequence[Ties]], list[Ties]]:
    def changed(ties: Sequence[Ties]) -> list[Ties]:
        return [
            msgspec.structs.replace(each, names=tuple(node for node in each.names if not node.startswith(kind)))
            for each in ties
        ]

    return changed


def _as_it_is(ties: Sequence[Ties]) -> Sequence[Ties]:
    return ties


MUTANTS: dict[str, tuple[Callable[[Sequence[Ties]], Sequence[Ties]], bool]] = {
    "values": (_without_nodes, True),
    "refs": (_without_names("\0ref"), True),
    "lines": (_without_names("\0line"), True),
    "ids": (_without_names("\0id"), True),
    "combinations": (_as_it_is, False),
}


@pytest.mark.parametrize("kind", MUTANTS)
def test_every_kind_of_tie_is_needed(kind: str) -> None:
    changed, combined = MUTANTS[kind]

    def cut(ties: Sequence[Ties], combinations: Sequence[Combination]) -> list[int]:
        return components(changed(ties), combinations if combined else ())

    def differs(number: int) -> bool:
        try:
            return difference(Random(number), number, cut) is not None
        except NotInParts:
            return False

    assert any(map(differs, range(400)))


SHARED: dict[str, Any] = {"enforce_unique": False}
PAIR = Settings([IdentifierConfig("name", **SHARED), IdentifierConfig("city", **SHARED)], ["name", "city"])


def given(line: int, **identifiers: Any) -> Resolve:
    return Resolve(identifiers, line)


def cut(settings: Settings, commands: Sequence[Any], **options: Any) -> list[int]:
    found = coupling(settings, **options)
    ties = [found.ties(command, line) for line, command in enumerate(commands, 1)]
    return components(ties, found.combinations)


def test_combinations_tie_what_is_offered_together() -> None:
    assert cut(PAIR, [given(1, name="ada", city="rome"), given(2, name="ada", city="rome"), given(3, name="ada")]) == [
        1, 1, 3,
    ]  # fmt: skip


def test_what_combinations_tied_offers_further_combinations() -> None:
    both = [given(1, name="ada", city=["rome", "oslo"]), given(2, name=["ada", "bob"], city="rome")]
    assert cut(PAIR, [both[0], given(2, name="bob", city="oslo")]) == [1, 2]
    assert cut(PAIR, [both[1], given(2, name="bob", city="oslo")]) == [1, 2]
    assert cut(PAIR, [*both, given(3, name="bob", city="oslo")]) == [1, 1, 1]


def test_values_of_types_that_tie_nothing_are_no_ties() -> None:
    assert cut(PAIR, [given(1, name="ada"), given(2, name="ada"), given(3, city="ada")]) == [1, 2, 3]


def test_a_unique_type_in_a_compound_rule_stands_for_the_rule() -> None:
    settings = Settings([IdentifierConfig("email"), IdentifierConfig("city", **SHARED)], ["email AND city"])
    assert coupling(settings).combinations == ()
    assert coupling(settings).types == {"email"}


def test_a_fuzzy_type_does_not_stand_for_its_compound_rule() -> None:
    configs = [IdentifierConfig("name", matching_algo="fuzzy"), IdentifierConfig("city", **SHARED)]
    assert coupling(Settings(configs, ["name AND city"])).combinations == (("city",),)


def test_an_id_of_a_further_try_belongs_to_the_line_that_it_is_made_of() -> None:
    """Line 3 finds the id that it is made of in use, so its profile gets another one, which line 4 names."""
    settings = Settings.defaults()
    lines = [
        {"at": 1, "identifiers": {"email": "a@example.com"}, "newProfile": numbered_id(3)},
        {"at": 2, "identifiers": {"email": "b@example.com"}},
        {"at": 3, "identifiers": {"email": "c@example.com"}},
        {"op": "add", "at": 4, "profile": numbered_id(3, 1), "idType": "chat", "value": "here"},
    ]
    records = list(records_of(lines))
    ties, combinations = ties_of(records, settings, {})
    assert components(ties, combinations) == [1, 2, 1, 1]

    def replayed(part: Sequence[Record]) -> Any:
        return replay(part, settings)

    expected = whole(replayed(records))
    for seed in range(40):
        assert in_parts(Random(seed), records, ties, components(ties, combinations), replayed) == expected
    untied = [msgspec.structs.replace(each, names=()) for each in ties]
    assert any(in_parts(Random(seed), records, untied, components(untied), replayed) != expected for seed in range(40))


def test_a_line_that_is_refused_whatever_the_others_do_ties_nothing() -> None:
    settings = Settings.defaults()
    lines = [given(1, email="a@example.com"), given(2, email="a@example.com", fax="1"), given(3)]
    assert cut(settings, lines) == [1, 2, 3]
    odd = [given(1, email="a@example.com"), given(2, email="a@example.com", phone="n/a")]
    assert cut(settings, odd, on_invalid="refuse") == [1, 2]
    assert cut(settings, odd, on_invalid="drop") == [1, 1]
    assert cut(settings, [given(1, phone="n/a"), given(2, phone=" n/a")], on_invalid="keep") == [1, 1]


def test_what_only_names_a_value_of_its_profile_is_not_tied_to_others_that_hold_it() -> None:
    lines = [given(1, email="a@example.com"), RemoveIdentifier(numbered_id(7), "email", 2, False, "a@example.com")]
    assert cut(Settings.defaults(), lines) == [1, 2]


def test_what_gives_no_identifiers_ties_nothing() -> None:
    odd: Any = "email"
    assert cut(Settings.defaults(), [given(1, email="e"), Resolve(odd, 2), given(3, email=[])]) == [1, 2, 3]
    assert cut(Settings.defaults(), [given(1, email=7), given(2, email=[7, None]), given(3, email=("e", "f"))]) == [
        1, 2, 3,
    ]  # fmt: skip


def test_an_id_that_is_no_text_is_a_tie_of_its_own() -> None:
    odd: Any = 5
    lines = [AddIdentifier(odd, "email", "a@example.com", 1), Resolve({"email": "b@example.com"}, 2, odd)]
    assert cut(Settings.defaults(), lines) == [1, 2]


FUZZY: dict[str, Any] = {"matching_algo": "fuzzy"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings([IdentifierConfig("name", **FUZZY)], ["name"]), "idType 'name'"),
        (
            Settings(
                [IdentifierConfig("name", **FUZZY, **SHARED), IdentifierConfig("city", **FUZZY)], ["name AND city"]
            ),
            "rule 'name AND city'",
        ),
        (
            Settings([IdentifierConfig(each, **FUZZY, **SHARED) for each in ("name", "city")], ["name", "city"]),
            "rule 'name AND city'",
        ),
    ],
)
def test_settings_under_which_any_lines_may_touch_are_refused_by_name(settings: Settings, named: str) -> None:
    with pytest.raises(NotInParts, match=f"^{named}.*; expected "):
        coupling(settings)


@pytest.mark.parametrize("option", ["clock", "new_id"])
def test_functions_that_are_called_line_after_line_are_refused(option: str) -> None:
    any_coupling: Any = coupling
    with pytest.raises(NotInParts, match=f"^{option}: .*; expected none"):
        any_coupling(Settings.defaults(), **{option: lambda *_: 0})


def test_a_line_without_a_time_is_refused_by_its_number() -> None:
    with pytest.raises(NotInParts, match=r"^line 7: it has no time.*; expected a time on every line"):
        coupling(Settings.defaults()).ties(Resolve({"email": "a@example.com"}), 7)


def test_a_line_that_changes_the_settings_is_refused_by_its_number() -> None:
    with pytest.raises(NotInParts, match=r"^line 7: it changes the settings"):
        coupling(Settings.defaults()).ties(ApplySettings(Settings.defaults(), 1), 7)


def test_every_family_of_the_machines_is_drawn() -> None:
    assert len(KINDS) >= 20
