r"""The format of a saved run: its files, their columns, how texts and rare values are written, and what guards them.

>>> read_text(written_text("\ud800")) == "\ud800", written_text("\ud800"), written_text(r"\ud800")
(True, '\\ud800', '\\\\ud800')
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    Erase,
    PrivacyCommand,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
)
from resolver.errors import InvalidHistory
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.json_documents import decoded
from resolver.names import ProfileId, RefusalReason
from resolver.settings import Settings
from resolver.simulate.steps import Step

Row = tuple[Any, ...]

FORMAT = 1
"""The version of the format; another one is refused."""

TEXT, NUMBER, TEXTS, PAIRS = "text", "number", "texts", "pairs"

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "steps": (
        ("number", NUMBER), ("line", NUMBER), ("ref", TEXT), ("at", NUMBER), ("command", TEXT), ("profile", TEXT),
        ("identifiers", PAIRS), ("given", PAIRS), ("more", TEXT), ("status", TEXT), ("profile_id", TEXT),
    ),
    "facts": (
        ("command", NUMBER), ("at", NUMBER), ("fact", TEXT), ("profile_id", TEXT), ("id_type", TEXT), ("value", TEXT),
        ("other_value", TEXT), ("reason", TEXT), ("policy", TEXT), ("owner", TEXT), ("absorbed", TEXTS),
        ("rule", TEXT), ("joined_by", PAIRS), ("aliases", TEXTS), ("settings", TEXT),
    ),
    "values": (("profile_id", TEXT), ("id_type", TEXT), ("value", TEXT), ("at", NUMBER)),
    "profiles": (("profile_id", TEXT), ("created_at", NUMBER), ("aliases", TEXTS), ("records", TEXTS)),
    "rejected": (
        ("line", NUMBER), ("reason", TEXT), ("error", TEXT), ("detail", TEXT), ("raw", TEXT), ("id_type", TEXT),
        ("value", TEXT), ("other_value", TEXT),
    ),
}  # fmt: skip
"""The columns of every file, and what each holds; any but the first may be missing in a row."""

ABOUT, SUMMARY, STORE = "run.json", "summary.json", "store.snapshot"

FILES = (*(f"{name}.parquet" for name in COLUMNS), SUMMARY, STORE, ABOUT)
"""The files of a saved run."""


class FileMark(msgspec.Struct, frozen=True):
    """By what a file is known to be as it was written."""

    bytes: int
    blake2b: str


class About(msgspec.Struct, frozen=True, rename="camel"):
    """What ``run.json`` says: how the run came to be, and what its other files are.

    ``fingerprint`` is that of the history; ``settings`` are those at the start. ``normalizers``, ``has_clock`` and
    ``has_new_id`` tell which functions of the caller's own the run used. A ``masked`` run has no store.
    """

    format: int
    fingerprint: str
    is_sorted: bool
    is_masked: bool
    settings: dict[str, Any]
    options: dict[str, str]
    normalizers: list[str]
    has_clock: bool
    has_new_id: bool
    files: dict[str, FileMark]


def mark_of(path: Path) -> FileMark:
    """Return the mark of a file. O(bytes)."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
    return FileMark(path.stat().st_size, digest.hexdigest())


def is_saved_run(directory: str | Path) -> bool:
    """Whether a folder is one that holds a run, or did."""
    return Path(directory, ABOUT).is_file()


def about_in(directory: Path) -> About:
    """Return what a saved run says of itself, all its files being as they were written.

    ``InvalidHistory`` for a folder that holds no run, one of another format, one that is masked or damaged. O(bytes).
    """
    path = directory / ABOUT
    if not path.is_file():
        what = (
            "it is a file" if directory.is_file() else f"it has no {ABOUT}" if directory.is_dir() else "it is not there"
        )
        raise InvalidHistory(f"{directory} is not a saved run: {what}; expected a folder of resolver replay --save DIR")
    try:
        document = decoded(path.read_bytes())
        known = document["format"]
        if known != FORMAT:
            raise InvalidHistory(f"{directory}: the run has format {known!r}; this version reads format {FORMAT}")
        about = msgspec.convert(document, About)
        int(about.fingerprint, 16)
    except (msgspec.MsgspecError, TypeError, KeyError, ValueError) as error:
        if isinstance(error, InvalidHistory):
            raise
        raise InvalidHistory(f"{path} is damaged: it is not a description of a run ({error})") from error
    for name in [file for file in FILES if file != ABOUT and not (about.is_masked and file == STORE)]:
        if not (directory / name).is_file():
            raise InvalidHistory(f"{directory}: {name} is missing; expected all files of the saved run")
        if mark_of(directory / name) != about.files.get(name):
            raise InvalidHistory(f"{directory / name} is damaged: it is not as it was written with {ABOUT}")
    if about.is_masked:
        raise InvalidHistory(
            f"{directory}: the run was saved masked, so nothing can be asked of it again; expected one that was saved "
            "as it is, which may be masked afterwards"
        )
    return about


def document_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as indented JSON; a lone surrogate is written as its escape."""
    try:
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(document, indent=2).encode("ascii") + b"\n"


def schema_of(arrow: Any, name: str) -> Any:
    """Return the schema of a file."""
    text = arrow.string()
    pair = arrow.struct([("id_type", text), ("value", text)])
    types = {NUMBER: arrow.int64(), TEXT: text, TEXTS: arrow.list_(text), PAIRS: arrow.list_(pair)}
    return arrow.schema([(column, types[kind]) for column, kind in COLUMNS[name]])


# Texts

_ESCAPE = re.compile(r"\\\\|\\u(d[89a-f][0-9a-f]{2})")


def written_text(value: object) -> str | None:
    """Return a value as a text that UTF-8 holds, or None.

    A lone surrogate is its escape; where a text has one, or what looks like one, its backslashes are doubled.
    """
    if value is None:
        return None
    text = str(value)
    if "\\ud" in text or not (text.isascii() or _is_utf8(text)):
        return text.replace("\\", "\\\\").encode("utf-8", "backslashreplace").decode()
    return text


def written_texts(values: Sequence[object]) -> list[str | None]:
    r"""Return several values as such texts: all at once where none has anything that is written otherwise.

    >>> written_texts(["a", None, "b"]), written_texts([r"\ud800", 7])
    (['a', None, 'b'], ['\\\\ud800', '7'])
    """
    if {*map(type, values)} <= {str, type(None)}:
        texts: list[Any] = list(values)
        every = "".join(filter(None, texts))
        if every.isascii() and "\\" not in every:
            return texts
    return list(map(written_text, values))


def read_text(text: str) -> str:
    """Return the text that was written so."""
    return _ESCAPE.sub(_unescaped, text) if "\\ud" in text else text


def text_or_none(text: str | None) -> str | None:
    """Return the text that was written so; None where there is none."""
    return None if text is None else read_text(text)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unescaped(found: "re.Match[str]") -> str:
    return "\\" if found[1] is None else chr(int(found[1], 16))


def written_value(value: object) -> tuple[str | None, str | None]:
    """Return a value that may be no text as the columns ``value`` and ``other_value``: one of them is None.

    >>> written_value("n/a"), written_value(5), written_value(None)
    (('n/a', None), (None, '5'), (None, 'null'))
    """
    return (written_text(value), None) if isinstance(value, str) else (None, json.dumps(value, default=repr))


def read_value(value: str | None, other: str | None) -> Any:
    """Return the value that was written so; None where neither was."""
    if value is not None:
        return read_text(value)
    return None if other is None else json.loads(other)


# Commands


_ABOUT_PEOPLE: dict[str, type[Erase] | type[Suppress] | type[Unsuppress]] = {
    "erase": Erase,
    "suppress": Suppress,
    "unsuppress": Unsuppress,
}


def more_of(command: AnyCommand) -> dict[str, Any] | None:
    """Return what a step's command needs beside its profile and what it offers; None for nothing."""
    if isinstance(command, Resolve):
        return None if command.new_profile_id is None else {"newProfile": command.new_profile_id}
    if isinstance(command, ReplaceIdentifier):
        return {"old": command.old}
    if isinstance(command, RemoveIdentifier):
        return {"idType": command.id_type, "all": command.all, "value": command.value}
    if isinstance(command, PrivacyCommand):
        names = [list(pair) for pair in command.identifiers]
        return {"names": names} | ({"suppress": command.suppress} if isinstance(command, Erase) else {})
    return {"settings": command.settings.to_json()} if isinstance(command, ApplySettings) else None


OF_COMMANDS = ("command", "at", "profile", "given", "more")
"""The columns of ``steps`` that say what a command was."""


def command_of(row: Mapping[str, Any]) -> AnyCommand:
    """Return the command of a row of ``steps``, which has these columns."""
    op, at = row["command"], row["at"]
    given: list[tuple[Any, Any]] = [
        (text_or_none(each["id_type"]), text_or_none(each["value"])) for each in row["given"]
    ]
    profile_id: Any = text_or_none(row["profile"])
    more = json.loads(row["more"] or "{}")
    if op == "resolve":
        return Resolve(tuple(given), at, more.get("newProfile"))
    if op == "settings":
        return ApplySettings(Settings.from_json(more["settings"]), at)
    if op in _ABOUT_PEOPLE:
        names = tuple((id_type, value) for id_type, value in more["names"])
        return Erase(names, at, more["suppress"]) if op == "erase" else _ABOUT_PEOPLE[op](names, at)
    if op == "remove":
        return RemoveIdentifier(profile_id, more["idType"], at, more["all"], more["value"])
    if op == "delete":
        return DeleteProfile(profile_id, at)
    ((id_type, value),) = given
    if op == "add":
        return AddIdentifier(profile_id, id_type, value, at)
    return ReplaceIdentifier(profile_id, id_type, more["old"], value, at)


# Rows


def row_of_step(step: Step) -> Row:
    """Return a step as a row of its file."""
    more = more_of(step.command)
    return (
        step.number, step.line, written_text(step.ref), step.at, step.op, written_text(step.named),
        _pairs(step.identifiers), _pairs(step.given), None if more is None else json.dumps(more),
        written_text(step.status), written_text(step.profile_id),
    )  # fmt: skip


def row_of_fact(fact: AnyFact) -> Row:
    """Return a fact as a row of its file."""
    return fact.command, fact.at, type(fact).__name__, *_details(fact)


def _details(fact: AnyFact) -> Row:
    if isinstance(fact, ProfilesMerged):
        absorbed, joined = list(map(written_text, fact.absorbed)), _pairs(fact.identifiers)
        return written_text(fact.survivor), *(None,) * 6, absorbed, written_text(fact.rule), joined, None, None
    if isinstance(fact, SettingsApplied):
        return *(None,) * 11, json.dumps(fact.settings.to_json())
    if isinstance(fact, IdentifierSuppressed | IdentifierUnsuppressed):
        return None, written_text(fact.id_type), fact.digest, *(None,) * 9
    profile_id = written_text(fact.profile_id)
    if isinstance(fact, ProfileCreated):
        return profile_id, *(None,) * 11
    if isinstance(fact, ProfileDeleted):
        return profile_id, *(None,) * 9, list(map(written_text, fact.aliases)), None
    value, other, policy, owner = written_text(fact.value), None, None, None
    if isinstance(fact, IdentifierRefused):
        (value, other), owner = written_value(fact.value), written_text(fact.owner)
    elif isinstance(fact, IdentifierEvicted):
        policy = written_text(fact.policy)
    reason = None if isinstance(fact, IdentifierAdded) else written_text(fact.reason)
    return profile_id, written_text(fact.id_type), value, other, reason, policy, owner, *(None,) * 5


def _pairs(pairs: Iterable[tuple[Any, Any]]) -> list[dict[str, str | None]]:
    return [{"id_type": written_text(id_type), "value": written_text(value)} for id_type, value in pairs]


SUPPRESSIONS: dict[str, type[IdentifierSuppressed] | type[IdentifierUnsuppressed]] = {
    "IdentifierSuppressed": IdentifierSuppressed,
    "IdentifierUnsuppressed": IdentifierUnsuppressed,
}
"""The facts that say what is suppressed."""

OF_RARE = (
    *("command", "at", "fact", "profile_id", "id_type", "value", "other_value", "reason", "owner", "aliases"),
    "settings",
)
"""The columns of ``facts`` that say what they do."""


def fact_of(row: dict[str, Any]) -> AnyFact:
    """Return the fact of a row of ``facts`` that says more than a profile and a value."""
    number, at, kind = row["command"], row["at"], row["fact"]
    profile_id: Any = text_or_none(row["profile_id"])
    if kind == "ProfileDeleted":
        return ProfileDeleted(number, at, profile_id, tuple(ProfileId(read_text(each)) for each in row["aliases"]))
    if kind == "SettingsApplied":
        return SettingsApplied(number, at, Settings.from_json(json.loads(row["settings"])))
    if kind in SUPPRESSIONS:
        return SUPPRESSIONS[kind](number, at, read_text(row["id_type"]), read_text(row["value"]))
    reason = RefusalReason(row["reason"])
    owner: Any = text_or_none(row["owner"])
    value = read_value(row["value"], row["other_value"])
    return IdentifierRefused(number, at, profile_id, read_text(row["id_type"]), value, reason, owner)
