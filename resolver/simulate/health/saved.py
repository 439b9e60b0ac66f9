"""The check of what ``resolver replay --out DIR`` wrote: all but the joints, whose evidence is not in the files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from resolver.atomic_files import directory_locked
from resolver.facts import AnyFact, decode_fact
from resolver.json_documents import decoded
from resolver.simulate.health.check import MOST, put_together
from resolver.simulate.health.merging import Merging
from resolver.simulate.health.report import Health
from resolver.simulate.health.sizes import Held, Sizes
from resolver.simulate.summary import Summary

NEEDED = ("profiles.jsonl", "facts.jsonl", "summary.json")


def health_of_files(directory: str | Path, *, most: int = MOST) -> Health:
    """Check the files of a replay; ``joints`` and ``bridges`` are None, they need the history.

    A replay that has new files for the directory waits until these are read. ``ValueError`` naming the file and line
    that cannot be read, ``OSError``. O(facts + profiles).
    """
    place = Path(directory)
    missing = [name for name in NEEDED if not (place / name).exists()]
    if missing:
        raise ValueError(f"{place}: has no {', '.join(missing)}; expected the directory of resolver replay --out")
    with directory_locked(place, shared=True):
        (summary,) = _read(place / "summary.json", whole=True)
        configs = summary["settings"]["identifierConfigs"]
        uniqueness = {config["idType"]: config["enforceUnique"] for config in configs}
        return put_together(Sizes(_held(place)), Merging(_facts(place)), uniqueness, None, most)


def summary_of_files(directory: str | Path) -> Summary | None:
    """Return the summary of a replay's files; None for that of another version, which says other things."""
    try:
        return msgspec.convert(decoded((Path(directory) / "summary.json").read_bytes()), Summary)
    except msgspec.DecodeError:
        return None


def _held(place: Path) -> Iterator[Held]:
    for profile in _read(place / "profiles.jsonl"):
        values = {id_type: len(values) for id_type, values in profile["identifiers"].items()}
        yield Held(profile["profile_id"], profile["refs"], values)


def _facts(place: Path) -> Iterator[AnyFact]:
    path = place / "facts.jsonl"
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield decode_fact(line)
        except (msgspec.MsgspecError, ValueError) as error:
            raise ValueError(f"{path}: line {number}: {error}; expected a fact") from error


def _read(path: Path, *, whole: bool = False) -> Iterator[Any]:
    text = path.read_bytes()
    for number, line in enumerate([text] if whole else text.splitlines(), 1):
        try:
            yield decoded(line)
        except msgspec.DecodeError as error:
            raise ValueError(f"{path}: line {number}: {error}; expected JSON") from error
