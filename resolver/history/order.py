"""Order by time: the records of a history from the earliest to the latest, ties as they stood.

>>> from resolver.commands import DeleteProfile
>>> late, early = (Record(line, None, "delete", DeleteProfile("p", at)) for line, at in [(1, 9), (2, 5)])
>>> [record.line for record in in_time_order([late, early])]
[2, 1]
"""

import pickle
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from resolver.history.record import Record
from resolver.names import Milliseconds


def in_time_order(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records ordered by time, stably.

    One without a time, or rejected, takes the time of the one before it, so it stays behind that; at the
    start it takes 0. Time O(n log n). The records wait in a temporary file; what is held in memory is an
    index of their times and places, about 60 bytes a record.
    """
    with tempfile.TemporaryFile(prefix="resolver-sorted-") as spool:
        times, places = _written(records, spool)
        for number in sorted(range(len(times)), key=times.__getitem__):
            spool.seek(places[number])
            record: Record = pickle.load(spool)
            yield record


def _written(records: Iterable[Record], spool: BinaryIO) -> "tuple[array[int], array[int]]":
    times, places = array("q"), array("Q")
    now, place = 0, 0
    for record in records:
        now = _time(record, now)
        times.append(now)
        places.append(place)
        place += spool.write(pickle.dumps(record, pickle.HIGHEST_PROTOCOL))
    return times, places


def _time(record: Record, before: Milliseconds) -> Milliseconds:
    at = None if record.command is None else record.command.at
    return at if isinstance(at, int) else before
