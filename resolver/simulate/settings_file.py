"""Settings files: the API's document, with the engine's options beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from resolver.errors import InvalidSettings
from resolver.names import Match, OnInvalid
from resolver.settings import Settings

_OPTIONS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "match": ("match", tuple(Match)),
    "onInvalid": ("on_invalid", tuple(OnInvalid)),
    "defaultRegion": ("default_region", None),
}


def load_settings(path: str | Path) -> tuple[Settings, dict[str, Any]]:
    """Read a settings file: the settings, and the options for ``Engine`` or ``replay`` that stand beside them.

    A region may be in lower case, as on the command line. Raises ``InvalidSettings`` whose message begins with the
    path, and ``OSError``.

    >>> from resolver.example import path
    >>> settings, options = load_settings(path("baseline.json"))
    >>> options
    {'on_invalid': 'drop'}
    """
    text = Path(path).read_bytes()
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidSettings(str(path), text.decode("utf-8", "replace"), f"a JSON document ({error})") from None
    try:
        settings = Settings.from_json(document)
        return settings, options_from_json(document.get("options", {}))
    except InvalidSettings as error:
        raise error.of_file(str(path)) from None


def options_to_json(options: Mapping[str, str]) -> dict[str, str]:
    """Give engine options as a settings file has them; the reverse of reading.

    >>> options_to_json({"on_invalid": "drop"})
    {'onInvalid': 'drop'}
    """
    return {key: options[name] for key, (name, _) in _OPTIONS.items() if name in options}


def options_from_json(document: Any) -> dict[str, Any]:
    """Give engine options under Python's names; ``InvalidSettings`` if one is unknown or not right.

    >>> options_from_json({"onInvalid": "drop"})
    {'on_invalid': 'drop'}
    """
    if not isinstance(document, Mapping):
        raise InvalidSettings("options", document, f"an object with {', '.join(_OPTIONS)}")
    options: dict[str, Any] = {}
    for key, value in document.items():
        if key not in _OPTIONS:
            raise InvalidSettings(f"options.{key}", value, f"only the keys {', '.join(_OPTIONS)}")
        name, allowed = _OPTIONS[key]
        if not isinstance(value, str) or (allowed is not None and value not in allowed):
            expected = "a two-letter region code such as 'US'" if allowed is None else f"one of {', '.join(allowed)}"
            raise InvalidSettings(f"options.{key}", value, expected)
        options[name] = value.upper() if allowed is None else value
    return options
