"""SQLite's write-ahead log, read to tell damage from a torn end.

SQLite takes the log up to its first bad frame and drops the rest, which is right for a transaction that a power
cut tore: it was never acknowledged. But a bad frame with further transactions behind it had been acknowledged, since
each is on disk before the next begins. SQLite would drop those too, without a word.

Format: https://www.sqlite.org/fileformat2.html#walformat
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HEADER, _FRAME = 32, 24
_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}


class _Frame(NamedTuple):
    number: int
    is_commit: bool
    fits: bool


_FRAMES_UNDER_A_BAD_HEADER = (_Frame(0, False, False), _Frame(1, True, True), _Frame(2, True, True))
"""A header is on disk before the first frame, so it cannot be torn: whatever follows it was acknowledged."""


def first_damaged_frame(log: Path) -> int | None:
    """Return the number, from 1, of the first bad frame that later transactions stand on; None if there is none.

    0 is the log's header. Reads one frame at a time. O(size of the log), which is kept near 1 MB.
    """
    bad: int | None = None
    committed = False
    for frame in _frames(log):
        if bad is None:
            bad = None if frame.fits else frame.number
        elif committed and frame.fits:
            return bad
        committed = committed or (bad is not None and frame.fits and frame.is_commit)
    return None


def _frames(log: Path) -> Iterator[_Frame]:
    """Return the frames of the log, of its present round and of what an older one left behind them.

    A frame fits if its checksum follows from the one that stands in the frame before, so that one bad frame does not
    make all later ones bad. A header that does not fit is followed by nothing that could be read.
    """
    with log.open("rb") as file:
        header = file.read(_HEADER)
        order = _MAGICS.get(int.from_bytes(header[:4], "big"), "")
        before = struct.unpack(">2I", header[24:32]) if len(header) == _HEADER else ()
        if not order or before != _summed(header[:24], (0, 0), order):
            yield from _FRAMES_UNDER_A_BAD_HEADER if file.read(1) else ()
            return
        page_size, salts = int.from_bytes(header[8:12], "big"), header[16:24]
        number = 0
        while len(frame := file.read(_FRAME + page_size)) == _FRAME + page_size:
            number += 1
            stored = struct.unpack(">2I", frame[16:24])
            fits = frame[8:16] == salts and stored == _summed(frame[:8] + frame[_FRAME:], before, order)
            yield _Frame(number, frame[4:8] != bytes(4), fits)
            before = stored


def _summed(data: bytes, start: tuple[int, ...], order: str) -> tuple[int, int]:
    """Return SQLite's running checksum over data."""
    one, two = start
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for word in words:
        one = (one + word + two) & 0xFFFFFFFF
        two = (two + next(words) + one) & 0xFFFFFFFF
    return one, two
