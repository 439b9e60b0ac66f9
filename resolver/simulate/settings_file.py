"""Settings files: the API's document, with the engine's options beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resolver.errors import InvalidSettings
from resolver.json_documents import check_keys, place_in
from resolver.names import Match, OnInvalid
from resolver.settings import Settings, json_document
from resolver.suggestions import near

_OPTIONS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "match": ("match", tuple(Match)),
    "onInvalid": ("on_invalid", tuple(OnInvalid)),
    "defaultRegion": ("default_region", None),
}

_POLICIES = "policies"

_ROOT = ("identifierConfigs", "matchingRules", "version", "options")


def load_settings(path: str | Path) -> tuple[Settings, dict[str, Any]]:
    """Read a settings file: the settings, and the options for ``Engine`` or ``replay`` that stand beside them.

    A region may be in lower case, as on the command line. A byte order mark, and UTF-16, which some shells write, are
    read too. Raises ``InvalidSettings`` whose message begins with the path, the line and the column, and ``OSError``.

    >>> from resolver.example import path
    >>> settings, options = load_settings(path("baseline.json"))
    >>> options
    {'on_invalid': 'drop'}
    """
    return settings_in(str(path), Path(path).read_bytes())


def settings_in(name: str, data: bytes) -> tuple[Settings, dict[str, Any]]:
    """Return what ``load_settings`` does, of the bytes of a file; errors have the *name* that it goes by."""
    text, document = _document_in(name, data)
    try:
        return settings_in_document(document)
    except InvalidSettings as error:
        raise in_file(error, name, text) from None


def settings_in_document(document: Mapping[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """Return what a settings document says: the settings, and the engine's options beside them. ``InvalidSettings``."""
    settings = Settings.from_json(document)
    _check_keys(document)
    return settings, options_from_json(document.get("options", {}))


def read_document(path: str | Path) -> tuple[str, Any]:
    """Return the text of a JSON file, and what it holds; ``InvalidSettings`` with line and column if it is none."""
    return _document_in(str(path), Path(path).read_bytes())


def _document_in(name: str, data: bytes) -> tuple[str, Any]:
    try:
        return json_document(data)
    except InvalidSettings as error:
        raise error.of_file(name) from None


def in_file(error: InvalidSettings, path: str | Path, text: str) -> InvalidSettings:
    """Return an error about a document with its file, line and column; *text* is what the file has."""
    return error.of_file(str(path), place_in(text, error.path))


def _check_keys(document: Mapping[str, Any]) -> None:
    """Refuse a key at the root that is nearly one of ours; others are ignored, as the API does."""
    for key in document:
        meant = near(str(key), [each for each in _ROOT if each not in document], least=80)
        if key not in _ROOT and meant:
            expected = f"only the keys {', '.join(_ROOT)}; did you mean {meant[0]!r}?"
            raise InvalidSettings(str(key), document[key], expected)


def settings_to_json(settings: Settings, options: Mapping[str, str]) -> dict[str, Any]:
    """Return settings as a file has them, with the engine's *options* beside; the reverse of reading."""
    document = settings.to_json()
    beside = {**options_to_json(options), **document.pop("options", {})}
    return {**document, "options": beside} if beside else document


def options_to_json(options: Mapping[str, str]) -> dict[str, str]:
    """Return engine options as a settings file has them; the reverse of reading.

    >>> options_to_json({"on_invalid": "drop"})
    {'onInvalid': 'drop'}
    """
    return {key: options[name] for key, (name, _) in _OPTIONS.items() if name in options}


def options_from_json(document: Any) -> dict[str, Any]:
    """Return engine options under Python's names; ``InvalidSettings`` if one is unknown or not right.

    >>> options_from_json({"onInvalid": "drop"})
    {'on_invalid': 'drop'}
    """
    if not isinstance(document, Mapping):
        raise InvalidSettings("options", document, f"an object with {', '.join(_OPTIONS)}, {_POLICIES}")
    check_keys(document, (*_OPTIONS, _POLICIES), "options.")
    options: dict[str, Any] = {}
    for key, value in document.items():
        if key == _POLICIES:
            continue  # part of the settings, which are read with them
        name, allowed = _OPTIONS[key]
        if not isinstance(value, str) or (allowed is not None and value not in allowed):
            expected = "a two-letter region code such as 'US'" if allowed is None else f"one of {', '.join(allowed)}"
            raise InvalidSettings(f"options.{key}", value, expected)
        options[name] = value.upper() if allowed is None else value
    return options
