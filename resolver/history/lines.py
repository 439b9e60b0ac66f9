r"""Lines: a text file as physical lines of UTF-8, whatever its encoding and line ends, none longer than a bound.

A line that is longer is a ``CutLine``, which the readers reject: what is held in memory does not grow with it.
"""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from resolver.errors import InvalidHistory
from resolver.history.column_loops import count_ends
from resolver.history.reading import Reading
from resolver.history.record import LineError, Reason, cut
from resolver.history.source import CHUNK, DAMAGE

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ENDS = 2
"""Bytes at most that end a line and do not count."""

_UNREADABLE = "resolver-unreadable"


class CutLine(bytes):
    """The beginning of a line that is too long; ``refusal`` says how long it is."""

    refusal: LineError

    @classmethod
    def of(cls, beginning: bytes, length: int, longest: int, what: str = "line") -> "CutLine":
        """Return what is left of a line of *length* bytes; it is never JSON."""
        line = cls(cut(beginning, length))
        line.refusal = LineError(
            Reason.LINE_TOO_LONG,
            f"the {what} has {length:,} bytes; expected at most {longest:,}, or a larger bound (max_line, --max-line)",
        )
        return line


def lines_of(reading: Reading) -> Iterator[bytes]:
    """Yield the physical lines with their ends, from the first one; a byte order mark is left out.

    Where the first line of a file ends in CR alone, each CR ends a line, and is a LF here. Damage is an
    ``InvalidHistory`` that names the last line that could be read. Memory: the longest line that is allowed.
    """
    number, longest = 0, reading.max_line
    source = reading.file
    try:
        with _opened(reading) as text:
            lines = iter(partial(text.readline, longest + _ENDS), b"")
            for number, line in enumerate(lines, 1):  # noqa: B007 - what is told if no more can be read
                yield line if len(line) <= longest else _bounded(line, text, longest)
        source.length = number
    except DAMAGE as error:
        raise _damage(reading, number, error) from error


def line_blocks_of(reading: Reading) -> Iterator[bytes]:
    """Yield the same lines, several in one block of bytes; one that is too long is a block of its own, a ``CutLine``.

    Needs a bound of lines that is larger than a block. Memory: two blocks, or the longest line that is allowed.
    """
    number, longest = 0, reading.max_line
    source = reading.file
    begun = b""
    """A line that goes with the next block."""
    try:
        with _opened(reading) as text:
            while taken := text.read1(CHUNK):
                block, begun = begun + taken, b""
                end = block.rfind(b"\n") + 1
                if end:
                    number += count_ends(block)
                    yield block[:end]
                if end < len(block):
                    begun = block[end:]
                    begun += text.readline(longest + _ENDS - len(begun))
                    if len(begun) > longest:
                        line, begun = _bounded(begun, text, longest), b""
                        number += 1
                        yield line
        if begun:
            number += 1
            yield begun
        source.length = number
    except DAMAGE as error:
        if begun.endswith(b"\n"):
            number += 1
            yield begun
        raise _damage(reading, number, error) from error


@contextmanager
def _opened(reading: Reading) -> Iterator[io.BufferedReader]:
    """Open a text as UTF-8 whose lines end in LF."""
    with reading.file.opened(gzipped=reading.gzipped) as stream:
        text = _with_line_feeds(text_stream(stream, reading.encoding))
        if text.peek(2).startswith(_UTF16_MARKS):
            cure = "or its name (encoding, --encoding utf-16)"
            raise InvalidHistory(f"{reading.file.name}: line 1: is UTF-16; expected UTF-8, {cure}")
        yield text


def _damage(reading: Reading, number: int, error: Exception) -> InvalidHistory:
    """Return the error of a text of which so many lines could be read."""
    return reading.file.damage(f"after line {number}" if number else "line 1", error)


def text_stream(stream: io.BufferedReader, encoding: str | None) -> io.BufferedReader:
    """Return the bytes of a text in UTF-8, a byte order mark left out."""
    if encoding is not None:
        stream = io.BufferedReader(_Recoded(stream, encoding), CHUNK)
    if stream.peek(len(_UTF8_MARK)).startswith(_UTF8_MARK):
        stream.read(len(_UTF8_MARK))
    return stream


def check_encoding(name: str) -> str | None:
    """Return an encoding by its own name, None for UTF-8; ``InvalidHistory`` if Python knows none of that name."""
    try:
        found = codecs.lookup(name).name
        probe = "x".encode(found)
        codecs.getincrementaldecoder(found)(_UNREADABLE).decode(probe)
    except (LookupError, UnicodeError, ValueError):
        raise InvalidHistory(
            f"encoding: {name!r} is not an encoding of text; expected one such as 'cp1252', 'latin-1' or 'utf-16'"
        ) from None
    return None if found in ("utf-8", "utf-8-sig") else found


def _bounded(line: bytes, stream: io.BufferedReader, longest: int) -> bytes:
    """Return a line if it is not too long without its end; else its beginning, the rest being read and thrown away."""
    if len(line.rstrip(b"\r\n")) <= longest:
        return line
    length, rest = len(line), line
    while not rest.endswith(b"\n") and (more := stream.readline(CHUNK)):
        rest = more
        length += len(rest)
    return CutLine.of(line, length - len(rest) + len(rest.rstrip(b"\r\n")), longest)


def _with_line_feeds(stream: io.BufferedReader) -> io.BufferedReader:
    """Return the bytes of a text of which the lines end in LF, or in CR LF; where CR alone does, it is a LF there."""
    head = stream.peek(CHUNK).rstrip(b"\r\n")
    first = head.find(b"\r")
    lone = head.count(b"\r") - head.count(b"\r\n")
    is_first = first >= 0 and b"\n" not in head[: first + 2]
    return io.BufferedReader(_Translated(stream), CHUNK) if is_first and lone > head.count(b"\n") else stream


class _Translated(io.RawIOBase):
    """Bytes in which each CR is a LF."""

    def __init__(self, stream: io.BufferedReader) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "memoryview[int]", /) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes; return how many."""
        data = self._stream.read1(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(data)] = data
        return len(data)


class _Recoded(io.RawIOBase):
    """Text of another encoding in UTF-8; what is no text there is a byte that is none here."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)(_UNREADABLE)
        self._ready = b""
        self._is_over = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "memoryview[int]", /) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes; return how many."""
        while not self._ready and not self._is_over:
            taken = self._stream.read1(CHUNK)
            self._is_over = not taken
            self._ready = self._decoded(taken).encode("utf-8", _UNREADABLE)
        data, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def _decoded(self, taken: bytes) -> str:
        try:
            return self._decoder.decode(taken, self._is_over)
        except UnicodeError as error:  # a missing byte order mark; anything else is no error here
            name = self._encoding
            raise UnicodeError(f"{error}; {name}-le and {name}-be need none") from error


def _unreadable(error: UnicodeError) -> "tuple[str | bytes, int]":
    """Put 0xff, which is in no UTF-8, in the place of what is no text."""
    if isinstance(error, UnicodeEncodeError):
        return b"\xff", error.end
    assert isinstance(error, UnicodeDecodeError), error
    return "\udcff", error.end


codecs.register_error(_UNREADABLE, _unreadable)
