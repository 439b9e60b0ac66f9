"""One history replayed in columns and command by command, compared in all that a run tells."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec

from resolver import Engine, ProfileCreated, ResolverError, Settings
from resolver.columns.numbered import Numbered
from resolver.commands import AnyCommand, Resolve
from resolver.facts import encode_fact
from resolver.history import Record
from resolver.simulate import Run, replay
from resolver.simulate.steps import Wanted
from tests.machines.author import Author
from tests.machines.case import Case


class OneByOne(Engine):
    """An engine that a replay does not know, so it executes one command after another."""


PARTS: dict[str, Callable[[Run], Any]] = {
    "facts": lambda run: list(map(encode_fact, run.facts)),
    "numbered facts": lambda run: list(run.numbered_facts),
    "summary": lambda run: run.summary,
    "assignments": lambda run: list(run.assignments.items()),
    "elsewhere": lambda run: list(run.elsewhere.items()),
    "rejected": lambda run: list(run.rejected),
    "steps": lambda run: list(run.steps()),
    "applied": lambda run: list(run.select(Wanted(is_applied=True))),
    "refused": lambda run: list(run.select(Wanted(is_applied=False))),
    "refused for what the store is": lambda run: list(run.select(Wanted(errors={"ProfileNotFound", "InvalidTime"}))),
    "more than resolves": lambda run: list(run.select(Wanted(is_plain=False))),
    "resolves": lambda run: list(run.select(Wanted(is_plain=True, is_applied=True))),
    "every third number": lambda run: list(run.select(Wanted(numbers=range(1, 10_000, 3)))),
    "of some profiles": lambda run: list(run.select(Wanted(ids=run.engine.profiles()[::2], and_touching=True))),
    "refs": lambda run: list(run.refs),
    "times": lambda run: run.source.plain_times(),
    "births": lambda run: dict(run.source.births()),
    "losses": lambda run: list(run.losses),
    "what matched": lambda run: run.matches_at({step.number for step in run.steps()}),
    "engine": lambda run: run.engine.snapshot(),
    "settings": lambda run: run.settings,
    "options": lambda run: run.options,
    "is sorted": lambda run: run.is_sorted,
    "fingerprint": lambda run: run.fingerprint,
    "html": lambda run: run._repr_html_(),
}


def check_alike(history: Any, settings: Settings | None = None, **options: Any) -> Run:
    """Replay in columns, and again once it is numbered; both are as command by command. The first run."""
    expected = replay(history, settings, engine=OneByOne, **options)
    run = replay(history, settings, **options)
    numbered = Numbered(history, (settings or Settings.defaults()).id_types, keeps_sources=True).read_all()
    again = [replay(numbered, settings, **options) for _ in range(2)] if not stateful(options) else []
    for part, told in PARTS.items():
        for each in (run, *again):
            assert told(each) == told(expected), part
    run.engine._check()
    return run


def stateful(options: dict[str, Any]) -> bool:
    """Whether an option gives other answers when it is asked again."""
    return options.get("clock") is not None


def options_of(case: Case) -> dict[str, Any]:
    """The options of a replay that a case asks for."""
    return {name: option for name, option in case.options.items() if option is not None and name != "clock"}


def written(random: Random, case: Case, length: int) -> Sequence[Record]:
    """Make up records with commands of every kind; they name profiles by ids and by refs, which come back."""
    store, author = case.model(), Author(random, case)
    ids: list[str] = []
    refs: dict[str, str] = {}
    records: list[Record] = []
    for line in range(1, length + 1):
        command = author.command(store, ids)
        ref = random.choice(
            [None, None, f"r{random.randint(1, length)}", f"r{random.randint(1, 3)}", f"line:{line // 2}"]
        )
        try:
            outcome = store.execute(command, number=line)
        except ResolverError:
            pass
        else:
            ids += [fact.profile_id for fact in outcome.facts if isinstance(fact, ProfileCreated)]
            if outcome.profile_id is not None and (ref or type(command) is Resolve):
                refs[ref or f"line:{line}"] = outcome.profile_id
        records.append(Record(line, ref, "", _by_ref(random, command, refs), source=command))
    return records


def _by_ref(random: Random, command: AnyCommand, refs: dict[str, str]) -> AnyCommand:
    if type(command) is Resolve or not hasattr(command, "profile_id") or random.random() < 0.5:
        return command
    named: AnyCommand = msgspec.structs.replace(command, profile_id=f"ref:{random.choice([*refs, 'line:2', 'nobody'])}")
    return named
