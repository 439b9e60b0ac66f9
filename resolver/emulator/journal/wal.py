"""SQLite's write-ahead log, read to tell a log that is whole from one that is damaged, torn or of another database.

SQLite takes the log up to its first bad frame and drops the rest, which is right for a transaction that a power
cut tore: it was never acknowledged. But a bad frame with further transactions behind it had been acknowledged, since
each is on disk before the next begins. SQLite would drop those too, without a word. Nor does it ask whose log it is.

Format: https://www.sqlite.org/fileformat2.html#walformat
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HEADER, _FRAME = 32, 24
_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}


class Log(NamedTuple):
    """What a log holds. Frames count from 1; 0 is the log's header.

    *transactions* are whole, one behind the other from the start. *foreign* is the last frame of the first of them
    that does not carry the origin asked for. *damaged* is the first bad frame that later transactions stand on.
    *is_torn* says that a piece of one more transaction comes behind them. *is_begun_anew* says that the log has a
    new header and no transaction under it yet: SQLite writes one when everything before is in the database file.
    """

    transactions: int = 0
    foreign: int | None = None
    damaged: int | None = None
    is_torn: bool = False
    is_begun_anew: bool = False


class _Frame(NamedTuple):
    """A frame; it *follows* if its checksum does from the one before, and *is_salted* as this round of the log is.

    *is_older* says that it was left behind by the round just before, whose first salt is smaller by one.
    """

    number: int
    page: bytes
    is_commit: bool
    follows: bool
    is_salted: bool
    is_older: bool = False

    @property
    def fits(self) -> bool:
        """Whether SQLite would take it, if it takes those before."""
        return self.follows and self.is_salted


_FRAMES_UNDER_A_BAD_HEADER = (
    _Frame(0, b"", is_commit=False, follows=False, is_salted=True),
    _Frame(1, b"", is_commit=True, follows=True, is_salted=True),
    _Frame(2, b"", is_commit=True, follows=True, is_salted=True),
)
"""A header is on disk before the first frame, so it cannot be torn: whatever follows it was acknowledged."""


def read_log(path: Path, origin: bytes) -> Log:
    """Return what the log of a database holds; *origin* is what each of its transactions carries.

    A log that is not there holds nothing. Reads one frame at a time. O(size of the log), which is kept near 1 MB.
    """
    transactions, foreign, bad = 0, None, None
    carries = is_torn = is_behind = has_older = False
    for frame in _frames(path):
        has_older = has_older or frame.is_older
        if bad is None and frame.fits:
            carries = carries or origin in frame.page
            is_torn = not frame.is_commit
            if frame.is_commit:
                transactions += 1
                foreign = frame.number if foreign is None and not carries else foreign
                carries = False
            continue
        is_torn = is_torn or frame.is_salted or (bad is None and frame.follows)
        bad = frame.number if bad is None else bad
        if is_behind and frame.fits:
            return Log(transactions, foreign, damaged=bad)
        is_behind = is_behind or (frame.fits and frame.is_commit)
    return Log(transactions, foreign, None, is_torn, is_begun_anew=not transactions and has_older)


def _frames(path: Path) -> Iterator[_Frame]:
    """Yield the frames of the log, of its present round and of what an older one left behind them.

    A frame fits if its checksum follows from the one that stands in the frame before, so that one bad frame does not
    make all later ones bad. A header that does not fit is followed by nothing that could be read.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        header = file.read(_HEADER)
        order = _MAGICS.get(int.from_bytes(header[:4], "big"), "")
        before = struct.unpack(">2I", header[24:32]) if len(header) == _HEADER else ()
        if not order or before != _summed(header[:24], (0, 0), order):
            yield from _FRAMES_UNDER_A_BAD_HEADER if file.read(1) else ()
            return
        page_size, salts = int.from_bytes(header[8:12], "big"), header[16:24]
        older = ((int.from_bytes(salts[:4], "big") - 1) % (1 << 32)).to_bytes(4, "big")
        number = 0
        while frame := file.read(_FRAME + page_size):
            number += 1
            if len(frame) < _FRAME + page_size:  # frames are written as a whole: this one was torn or cut
                yield _Frame(number, b"", is_commit=False, follows=False, is_salted=True)
                return
            stored, page = struct.unpack(">2I", frame[16:24]), frame[_FRAME:]
            follows = stored == _summed(frame[:8] + page, before, order)
            is_salted, is_older = frame[8:16] == salts, frame[8:12] == older
            yield _Frame(number, page, frame[4:8] != bytes(4), follows, is_salted, is_older)
            before = stored


def _summed(data: bytes, start: tuple[int, ...], order: str) -> tuple[int, int]:
    """Return SQLite's running checksum over data."""
    one, two = start
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for word in words:
        one = (one + word + two) & 0xFFFFFFFF
        two = (two + next(words) + one) & 0xFFFFFFFF
    return one, two
