"""Shared: the numbered form of a history that some run still holds, for the next replay of the same history.

So two runs of one history read it once and hold one numbering, as long as its files are what they were.
"""

import weakref
from collections.abc import Collection

from resolver.columns.numbered import Numbered
from resolver.history import History
from resolver.names import IdType

_held: "weakref.WeakKeyDictionary[History, tuple[object, weakref.ref[Numbered]]]" = weakref.WeakKeyDictionary()


def numbered_again(history: History, id_types: Collection[IdType]) -> Numbered | None:
    """Return the numbered form that a run holds, if it serves these idTypes and the files have not changed since."""
    stamp, held = _held.get(history, (None, None))
    numbered = None if held is None else held()
    if numbered is None or stamp is None or stamp != history.stamp or not numbered.serves(id_types):
        return None
    return numbered


def share(history: History, stamp: object, numbered: Numbered) -> None:
    """Let a numbered form be found again, which was read to its end; *stamp* is that of the history before."""
    if stamp is not None and stamp == history.stamp and numbered.sources.keeps:
        _held[history] = stamp, weakref.ref(numbered)
