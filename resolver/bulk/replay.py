"""Bulk replay: a history of ``resolve`` commands under one set of settings, the kernel in one loop over integers.

>>> history = [
...     {"ref": "web:1", "at": 1, "identifiers": {"email": "ada@example.com"}},
...     {"ref": "call:2", "at": 2, "identifiers": {"email": "ADA@example.com", "phone": "317-555-6789"}},
... ]
>>> run = bulk_replay(history)
>>> run.assignments["web:1"] == run.assignments["call:2"], [type(fact).__name__ for fact in run.facts]
(True, ['ProfileCreated', 'IdentifierAdded', 'IdentifierAdded'])
"""

from collections.abc import Iterable
from typing import Any

from resolver.bulk.columns import replayed
from resolver.bulk.interned import Interned, NotInBulk
from resolver.bulk.run import BulkRun
from resolver.bulk.values import Values
from resolver.engine import Engine
from resolver.history import History
from resolver.names import Match, OnInvalid
from resolver.rules.normalization import Normalizers
from resolver.rules.rulebook import Rulebook
from resolver.settings import Settings
from resolver.simulate.engine_options import checked_options


def can_bulk(settings: Settings | None, history: Iterable[Any] | Interned, **engine_options: Any) -> bool:
    """Tell whether ``bulk_replay`` takes these settings and this history.

    Not covered are a clock or ids of your own; in the history, all but ``resolve`` without an id for a new profile,
    and what no file can hold. Reads the history up to the first such line, so an iterator is spent; an ``Interned``
    one is known to do. Raises ``InvalidSettings``, ``InvalidHistory``, and ``TypeError`` as ``replay`` does.

    >>> can_bulk(None, [{"identifiers": {"email": "a@b.cc"}}]), can_bulk(None, [{"op": "delete", "profile": "p"}])
    (True, False)
    """
    try:
        book = _book(settings, engine_options)
        if isinstance(history, Interned):
            _check_columns(history, book)
        else:
            Interned(history, book.settings.id_types)
    except NotInBulk:
        return False
    return True


def bulk_replay(history: Iterable[Any] | Interned, settings: Settings | None = None, **engine_options: Any) -> BulkRun:
    """Replay a history in bulk: the facts, groups and totals that ``replay`` gives, over integers.

    *history* is what ``replay`` takes, or an ``Interned`` one, which many settings share: then each costs one loop,
    and a normalization of the different texts where no settings before it had the same. *engine_options* are those of
    ``Engine``; ``on_invalid`` is ``drop`` unless given. Raises ``NotInBulk`` for what ``can_bulk`` refuses,
    ``InvalidSettings``, ``InvalidHistory`` and ``TypeError`` as ``replay`` does. O(identifiers), beyond what merges
    and matching by similarity cost; all is held in memory.
    """
    book = _book(settings, engine_options)
    interned = history if isinstance(history, Interned) else Interned(history, book.settings.id_types)
    _check_columns(interned, book)
    values = _values(interned, book)
    return BulkRun(interned, book, replayed(interned, values, book), engine_options)


def _book(settings: Settings | None, options: dict[str, Any]) -> Rulebook:
    options = checked_options(bulk_replay, options)
    first = Engine(settings, **options)  # checks them, and words what is wrong with them
    own = options.get("normalizers")
    if not isinstance(own, Normalizers):
        own = Normalizers(options.get("default_region", "US"), own)
    on_invalid, match = OnInvalid(options["on_invalid"]), Match(options.get("match", Match.ALL))
    book = Rulebook(first.settings, own, on_invalid=on_invalid, match=match)
    if options.get("clock") is not None or options.get("new_id") is not None:
        raise NotInBulk("these settings are not done in bulk; expected neither a clock nor new_id")
    return book


def _check_columns(interned: Interned, book: Rulebook) -> None:
    """Refuse a table of which columns were interned that a replay under these settings would leave out."""
    if isinstance(interned.records, History) and interned.records.takes_any_column:
        interned.records.for_types(book.settings.id_types)  # checks what is mapped
        others = [id_type for id_type in interned.id_types if id_type not in book.types]
        if others:
            raise NotInBulk(
                f"the columns {', '.join(others)} were interned, which are no idTypes of these settings; "
                "expected Interned(history, settings.id_types)"
            )


def _values(interned: Interned, book: Rulebook) -> Values:
    """Normalize the texts, or give what was made of them before under the same normalizations."""
    normalize = {id_type: book.types[id_type] for id_type in interned.id_types if id_type in book.types}
    names = {config.id_type: config.normalization for config in book.settings.identifier_configs}
    used = tuple((id_type, names[id_type]) for id_type in normalize)
    own = book.normalizers.own
    key = (book.normalizers.region, tuple((name, id(own[name])) for name in own), used, book.keeps_unreadable)
    known: tuple[Values, dict[str, Any]] | None = interned.known.get(key)
    if known is None or any(known[1][name] is not own[name] for name in own):  # an id may come again after pickling
        functions = {id_type: rules.normalize for id_type, rules in normalize.items()}
        known = interned.known[key] = (Values(interned, functions, keeps_unreadable=book.keeps_unreadable), own)
    return known[0]
