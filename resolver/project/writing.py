r"""A proposal as the text of ``resolver.toml``, with a comment at everything that a person may want to change.

No value of the history stands in it: such files are shared.

>>> print(quoted('tab\there, "quotes"'))
"tab\there, \"quotes\""
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from resolver.project.proposal import Proposal
from resolver.project.sharing import Suspect
from resolver.settings import IdentifierConfig

_WIDTH = 100


def toml_of(proposal: Proposal, path: Path, *, out: str = "results") -> str:
    """Return the text of a project file at *path*: the files are named as seen from there."""
    return "\n".join(_lines(proposal, path.parent, out)) + "\n"


def quoted(text: str) -> str:
    """Return a text as TOML has it: a basic string, whose escapes are those of JSON and one more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _lines(proposal: Proposal, folder: Path, out: str) -> Iterator[str]:
    yield "# What every resolver command takes where its command line says nothing: change what is not right,"
    yield "# and leave out what is not needed. docs/project.md tells of every key."
    yield ""
    yield f"history = {_one_or_list([seen_from(folder, file) for file in proposal.history])}"
    yield f"out = {quoted(out)}  # results of replay, compare, sweep and health, each in a folder of its own"
    if proposal.truth is not None:
        truth = proposal.truth
        columns = f"ref = {_one_or_list(truth.ref)}, person = {quoted(truth.person)}"
        columns += "" if truth.encoding is None else f", encoding = {quoted(truth.encoding)}"
        yield f"truth = {{ file = {quoted(seen_from(folder, truth.file))}, {columns} }}  # who is behind each record"
    else:
        yield '# truth = "truth.csv"  # who is behind each record, as far as it is known: columns ref and person'
    yield ""
    yield f"region = {quoted(proposal.region or 'US')}  # of phone numbers without a country code"
    if proposal.tz is not None:
        yield f"tz = {quoted(proposal.tz)}  # of times without a zone"
    if proposal.date_format is not None:
        yield f"date-format = {quoted(proposal.date_format)}  # as strptime has it"
    if proposal.at_unit != "ms":
        yield f"at-unit = {quoted(proposal.at_unit)}  # of times that are numbers"
    if proposal.sort:
        yield "sort = true  # by time: the rows are in another order"
    if proposal.delimiter is not None:
        yield f"delimiter = {quoted(proposal.delimiter)}"
    if proposal.encoding is not None:
        yield f"encoding = {quoted(proposal.encoding)}"
    yield 'on-invalid = "drop"  # what cannot be read: "drop" it, "keep" it, or "refuse" its line'
    doubts = [*proposal.doubts, *map(_without_value, proposal.suspects)]
    if doubts:
        yield ""
        yield "# What could not be told for sure:"
        for doubt in doubts:
            yield from _comment(f"- {doubt}")
    if proposal.map:
        yield ""
        yield "# Which columns are read, by what they are: the ref of a record, its time, and identifiers by idType."
        yield "[map]"
        for name, named in proposal.map.items():
            yield f"{_key(name)} = {_one_or_list(named)}"
    yield ""
    yield "# What identifiers are, and which of them prove that two records are one person. Any command takes other"
    yield "# settings with --settings FILE; resolver settings prints these as such a file."
    yield "[settings]"
    rules = ",\n".join(f"    {quoted(rule)}" for rule in proposal.settings.matching_rules)
    yield f"matchingRules = [  # in the order of their strength\n{rules},\n]"
    for config in proposal.settings.identifier_configs:
        yield ""
        yield from _config(config)


def _config(config: IdentifierConfig) -> Iterator[str]:
    yield "[[settings.identifierConfigs]]"
    yield f"idType = {quoted(config.id_type)}"
    yield f"normalization = {quoted(config.normalization)}"
    yield f"limit = {config.limit}  # values of it that a profile keeps, 1 to 100"
    unique = (
        "one profile at most has a value of it" if config.enforce_unique else "many profiles may have the same value"
    )
    yield f"enforceUnique = {str(config.enforce_unique).lower()}  # {unique}"


def seen_from(folder: Path, file: str) -> str:
    """Return the name of a file as seen from a folder; an absolute one stays."""
    if Path(file).is_absolute():
        return file
    return Path(os.path.relpath(file, folder)).as_posix()


def _one_or_list(texts: Sequence[str]) -> str:
    return quoted(texts[0]) if len(texts) == 1 else f"[{', '.join(map(quoted, texts))}]"


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else quoted(name)


def _without_value(suspect: Suspect) -> str:
    """Return a sentence about a shared value, without the value: a project file may go to other people."""
    return f"{suspect.column}: one value stands in {suspect.rows:,} rows of different people, and would join them all"


def _comment(text: str) -> Iterator[str]:
    line = "#"
    for word in text.split():
        if len(line) + len(word) >= _WIDTH:
            yield line
            line = "#  "
        line += f" {word}"
    yield line
