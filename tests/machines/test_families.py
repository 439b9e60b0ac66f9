"""What the families of the machines can draw: every key of the policies, and every word of each."""

from collections.abc import Iterator
from random import Random
from typing import Any

from resolver import Erase, Suppress, Unsuppress
from resolver.blocklist import _BLOCKED_KEYS, LISTS
from resolver.commands import AnyCommand, ApplySettings
from resolver.names import BlockedThen, Misfit
from resolver.policies import READERS, Policies
from resolver.simulate import PRESETS
from tests.machines.author import Author
from tests.machines.case import Case
from tests.machines.families import TYPES, Family, any_policies, people_erased, vendors_preset

DRAWN = 400


def cases(family: Family) -> list[Case]:
    return [family(Random(f"drawn {number}")) for number in range(DRAWN)]


def policies_of(case: Case) -> list[Policies]:
    """Return those of the settings that a history begins with, and of those that they may become."""
    return [settings.policies for settings in (case.settings, *case.later)]


def said(policies: Policies) -> Iterator[str]:
    """Yield the keys of a document, and what is said under each of them."""
    document = policies.to_json()
    for key, value in document.items():
        yield key
        yield from (f"{key}: {each}" for each in words(key, value))
    for name, entries in LISTS.items():
        if set(entries) <= set(policies.blocked):
            yield f"blocked: {name}"


def words(key: str, value: Any) -> Iterator[str]:
    if key == "blocked":
        for entry in value:
            yield from entry
            yield entry.get("then", "drop")
            yield "every type" if "idType" not in entry else "one type"
    elif key == "protect":
        yield "every type" if value == "*" else "some types"
    elif key == "misfit":
        yield value if isinstance(value, str) else "by type"
        yield from () if isinstance(value, str) else [*value.values(), *(["every other"] if "*" in value else [])]
    else:
        yield from value


EVERYTHING = {
    *READERS,
    *(f"blocked: {word}" for word in (*_BLOCKED_KEYS, *BlockedThen, *LISTS, "every type", "one type")),
    *(f"windowDays: {id_type}" for id_type in TYPES),
    *("protect: every type", "protect: some types"),
    *("caps: identifiers", "caps: merges"),
    *(f"misfit: {word}" for word in (*Misfit, "by type", "every other")),
}


def test_any_policies_draw_every_key_and_every_word_of_it() -> None:
    drawn = {each for case in cases(any_policies) for policies in policies_of(case) for each in said(policies)}
    assert EVERYTHING - drawn == set()


def test_any_policies_change_midway_from_any_mix_to_any_other() -> None:
    documents = [[frozenset(each.to_json()) for each in policies_of(case)] for case in cases(any_policies)]
    keys = [(before, after) for before, *later in documents for after in later]
    assert any(len(one) == len(READERS) for one, _ in keys)  # all at once
    for key in READERS:
        assert any(key in one and key not in other for one, other in keys), (key, "never ends")
        assert any(key not in one and key in other for one, other in keys), (key, "never begins")
    assert any(one and not other for one, other in keys)


def test_any_policies_draw_every_preset() -> None:
    presets = {vendors_preset(Random(f"drawn {number}")).policies for number in range(DRAWN)}
    assert len(presets) >= len(PRESETS) - 1  # two may say the same of our four types
    drawn = {policies for case in cases(any_policies) for policies in policies_of(case)}
    assert len(drawn & presets) >= len(PRESETS) - 1


def test_people_are_erased_and_suppressed_and_let_in_again_under_any_policies() -> None:
    commands: dict[type[AnyCommand], int] = {}
    told: set[str] = set()
    for number in range(60):
        random = Random(f"people {number}")
        case = people_erased(random)
        told |= {each for policies in policies_of(case) for each in said(policies)}
        author, store = Author(random, case), case.model()
        for _ in range(40):
            command = author.command(store, ())
            commands[type(command)] = commands.get(type(command), 0) + 1
            if isinstance(command, Erase):
                told.add(f"erase, suppress: {command.suppress}")
    assert {Erase, Suppress, Unsuppress, ApplySettings} <= set(commands)
    assert told >= {*READERS, "erase, suppress: True", "erase, suppress: False"}
