"""Commands that are printed: they run as they are when they are pasted into a shell."""

import argparse
from collections.abc import Iterable

from resolver.cli.reading import files_of, reading_options_of, typed_option
from resolver.display import can_be_typed, quoted

STANDARD_INPUT = "-"


def command(name: str, options: argparse.Namespace, *refs: str, without: tuple[str, str] | None = None) -> str | None:
    """Return the command that reads HISTORY as *options* say, with *refs*, or *without* an (idType, value).

    None where it cannot be typed: HISTORY came from standard input and is gone, or a word holds what no command
    line can hold.
    """
    first, *others = files_of(options)
    if STANDARD_INPUT in (first, *others):
        return None
    named = [] if options.settings is None else typed_option("--settings", str(options.settings))
    if without is not None:
        id_type, value = without
        if "=" in id_type or id_type.startswith("ref:"):
            return None
        named += typed_option("--without", f"{id_type}={value}")
    words = [first, *others, *refs, *named]
    if not all(map(can_be_typed, words)):
        return None
    reading = reading_options_of(options)
    if any(word.startswith("-") for word in (first, *refs)):
        return f"resolver {name}{_joined(named)}{reading} --{_joined([first, *refs])}"
    if without is not None:
        return f"resolver {name} {quoted(first)}{reading}{_joined(named)}"
    return f"resolver {name} {quoted(first)}{_joined(named)}{reading}{_joined(refs)}"


def _joined(words: Iterable[str]) -> str:
    return "".join(f" {quoted(word)}" for word in words)
