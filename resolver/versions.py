"""The versions that results depend on: this package, and the libraries that decide what a value means (I6)."""

import unicodedata
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import find_spec

import email_validator
import phonenumbers
import rapidfuzz

__version__ = "0.1.0"


def _is_compiled(module: ModuleSpec | None) -> bool:
    return module is not None and isinstance(module.loader, ExtensionFileLoader)


COMPILED = _is_compiled(find_spec("resolver.kernel.resolve"))
"""Whether the hot modules are compiled or plain Python. Every result is the same, to the byte."""


def versions() -> dict[str, str]:
    """Return every version that a snapshot and a run's summary name.

    >>> sorted(versions())
    ['email-validator', 'phonenumbers', 'rapidfuzz', 'resolver', 'unicode']
    """
    return {
        "resolver": __version__,
        "phonenumbers": phonenumbers.__version__,
        "email-validator": email_validator.__version__,
        "rapidfuzz": rapidfuzz.__version__,
        "unicode": unicodedata.unidata_version,
    }
