r"""``resolver.toml``: what every command takes from a project where its command line says nothing.

>>> project = project_in("resolver.toml", 'history = "people.csv"\nregion = "gb"\n[map]\nref = "ID"\n')
>>> project.history, project.options, project.map
(('people.csv',), {'region': 'gb'}, {'ref': ('ID',)})
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from resolver.errors import InvalidSettings, ResolverError, shown
from resolver.settings import Settings
from resolver.simulate.settings_documents import settings_in_document
from resolver.suggestions import did_you_mean

PROJECT_FILE = "resolver.toml"

_TEXTS = (
    "format", "query", "separator", "delimiter", "encoding", "tz", "at-unit", "date-format", "on-invalid", "match",
    "region",
)  # fmt: skip
_NUMBERS = ("max-line", "max-rejected")
_FLAGS = ("sort",)
_FILES = ("grid", "candidate")
_TRUTH_KEYS = ("file", "ref", "person", "encoding")
_KEYS = ("history", *_TEXTS, *_NUMBERS, *_FLAGS, "map", "settings", "truth", *_FILES, "out")


class ProjectError(ResolverError, ValueError):
    """A project file cannot be read, or says what is not right."""


@attrs.frozen
class Project:
    """What a project file says.

    ``options`` has values of reading options by their names on the command line, ``settings`` a path, or the settings
    and engine options that stand in the file itself. Paths are those that the process can open: they are written
    relative to the file.
    """

    path: Path
    history: tuple[str, ...] = ()
    options: Mapping[str, Any] = attrs.field(factory=dict)
    map: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    settings: "Path | tuple[Settings, dict[str, Any]] | None" = None
    truth: Path | None = None
    truth_map: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    truth_encoding: str | None = None
    grid: Path | None = None
    candidate: Path | None = None
    out: Path | None = None


def read_project(path: str | os.PathLike[str]) -> Project:
    """Return what a project file says; ``ProjectError`` with file, place and what is right, or ``OSError``."""
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path}: is not text in UTF-8 ({error.reason} at byte {error.start})") from None
    return project_in(str(path), text)


def project_in(name: str, text: str) -> Project:
    """Return what the text of a project file says; *name* is what errors call it, and where its paths begin."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProjectError(f"{name}: is not TOML: {error}") from None
    return _Reader(name, text, document).project()


class _Reader:
    """The keys of one document, each checked by its name and type."""

    def __init__(self, name: str, text: str, document: Mapping[str, Any]) -> None:
        self._name = name
        self._text = text
        self._document = document
        self._folder = Path(name).parent

    def project(self) -> Project:
        """Return the whole."""
        for key in self._document:
            if key not in _KEYS:
                raise self._wrong(key, f"is not a key; expected one of {', '.join(_KEYS)}{did_you_mean(key, _KEYS)}")
        options: dict[str, Any] = {key: self._text_of(key) for key in _TEXTS if key in self._document}
        options |= {key: self._of(key, int, "a whole number") for key in _NUMBERS if key in self._document}
        options |= {key: self._of(key, bool, "true or false") for key in _FLAGS if key in self._document}
        truth, truth_map, truth_encoding = self._truth()
        return Project(
            Path(self._name),
            history=self._history(),
            options=options,
            map=self._map("map", self._document.get("map", {})),
            settings=self._settings(),
            truth=truth,
            truth_map=truth_map,
            truth_encoding=truth_encoding,
            grid=self._file("grid"),
            candidate=self._file("candidate"),
            out=self._file("out"),
        )

    def _history(self) -> tuple[str, ...]:
        return tuple(str(self._folder / each) for each in self._texts("history", self._document.get("history", [])))

    def _wrong(self, key: str, said: str) -> ProjectError:
        """Return the error for a key, with the line on which it stands."""
        found = re.search(rf'^\s*(?:\[+\s*)?"?{re.escape(key.split(".")[-1])}"?\s*(?:[=.\]])', self._text, re.MULTILINE)
        line = "" if found is None else f" line {self._text.count(chr(10), 0, found.start() + 1) + 1}:"
        return ProjectError(f"{self._name}:{line} {key!r} {said}")

    def _of(self, key: str, kind: type, expected: str) -> Any:
        value = self._document[key]
        if type(value) is not kind:
            raise self._wrong(key, f"is {shown(value)}; expected {expected}")
        return value

    def _text_of(self, key: str) -> str:
        text: str = self._of(key, str, "a text in quotes")
        return text

    def _texts(self, key: str, value: object) -> tuple[str, ...]:
        texts = (value,) if isinstance(value, str) else value
        if not isinstance(texts, list | tuple) or not all(isinstance(each, str) and each for each in texts):
            raise self._wrong(key, f"is {shown(value)}; expected a text, or a list of texts")
        return tuple(texts)

    def _map(self, key: str, value: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            raise self._wrong(key, f"is {shown(value)}; expected a table of names and their columns")
        return {name: self._texts(f"{key}.{name}", columns) for name, columns in value.items()}

    def _file(self, key: str) -> Path | None:
        return self._folder / self._text_of(key) if key in self._document else None

    def _truth(self) -> tuple[Path | None, dict[str, tuple[str, ...]], str | None]:
        """Return the file of the truth, the columns of it that are read, and its encoding."""
        value = self._document.get("truth")
        if not isinstance(value, dict):
            return self._file("truth"), {}, None
        columns = self._map("truth", {name: each for name, each in value.items() if name not in ("file", "encoding")})
        for name in columns:
            if name not in _TRUTH_KEYS:
                meant = did_you_mean(name, _TRUTH_KEYS)
                raise self._wrong(f"truth.{name}", f"is not a key; expected {', '.join(_TRUTH_KEYS)}{meant}")
        if not isinstance(value.get("file"), str):
            raise self._wrong("truth", 'has no file; expected file = "truth.csv"')
        encoding = value.get("encoding")
        if encoding is not None and not isinstance(encoding, str):
            raise self._wrong("truth.encoding", f"is {shown(encoding)}; expected a text in quotes, such as 'cp1252'")
        return self._folder / value["file"], columns, encoding

    def _settings(self) -> "Path | tuple[Settings, dict[str, Any]] | None":
        value = self._document.get("settings")
        if not isinstance(value, dict):
            return self._file("settings")
        try:
            return settings_in_document(value)
        except InvalidSettings as error:
            raise ProjectError(f"{self._name}: {error.under('settings')}") from None
