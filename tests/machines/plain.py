"""The engine as Python beside the compiled one, in one process: the same sources, loaded a second time.

Words, errors, settings, commands and facts are shared, so that what one of them says can be compared with what the
other one says.
"""

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

import resolver
from resolver import Engine

SHARED = ("commands", "errors", "facts", "names", "settings")
"""The modules of the package that both have in common."""


@cache
def plain_engine() -> type[Engine]:
    """The class ``Engine`` as Python: the usual one where nothing is compiled."""
    if not resolver.COMPILED:
        return Engine
    usual = {name: module for name, module in sys.modules.items() if _is_loaded_twice(name)}
    held = dict(vars(resolver))
    finder = SourcesOnly()
    _forget(usual)
    sys.meta_path.insert(0, finder)
    try:
        engine: type[Engine] = import_module("resolver.engine").Engine
    finally:
        sys.meta_path.remove(finder)
        _forget([name for name in sys.modules if _is_loaded_twice(name)])
        sys.modules.update(usual)
        vars(resolver).update(held)  # of the packages, it alone is not loaded twice, and holds what is below it by name
    assert engine is not Engine
    return engine


class SourcesOnly(MetaPathFinder):
    """Finds the sources of the package where a library stands beside them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The source of a module that is loaded twice; None for any other."""
        if path is None or not _is_loaded_twice(fullname):
            return None
        places = (FileFinder(place, (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(fullname) for place in path)
        return next(filter(None, places), None)


def _is_loaded_twice(name: str) -> bool:
    package, _, rest = name.partition(".")
    return package == "resolver" and rest != "" and rest.partition(".")[0] not in SHARED


def _forget(names: Iterable[str]) -> None:
    for name in names:
        del sys.modules[name]
