"""The two files of a synthetic history: its lines, and who the people behind the records are."""

import gzip
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec

from resolver.atomic_files import atomic_files
from resolver.generate.stream import Line, generate

TRUTH_SUFFIX = ".truth.csv"
"""What the name of the truth adds to the name of the history."""

_Sink: TypeAlias = BinaryIO | gzip.GzipFile


def write_history(path: str | os.PathLike[str], records: int, seed: int) -> None:
    """Write a synthetic history as JSON Lines, and its truth (``ref,person``) beside it.

    A *path* that ends in ``.gz`` is compressed, without the time of day: the same *records* and *seed* give
    the same bytes. Both files appear when both are complete, and missing parents with them; until then, and after
    an error, what stood there stays. Raises ``OSError``, and ``ValueError`` for a negative number of records.
    """
    history = Path(path)
    lines = generate(records, seed)
    with atomic_files(history.parent) as place, ExitStack() as opened:
        history_out: _Sink = opened.enter_context((place / history.name).open("wb"))
        truth_out = opened.enter_context((place / f"{history.name}{TRUTH_SUFFIX}").open("wb"))
        if history.suffix == ".gz":
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=history_out, mtime=0, compresslevel=6)
            history_out = opened.enter_context(packed)
        _write(lines, history_out, truth_out)


def _write(lines: Iterator[tuple[Line, str]], history: _Sink, truth: BinaryIO) -> None:
    encode = msgspec.json.Encoder().encode
    truth.write(b"ref,person\n")
    for line, person in lines:
        history.write(encode(line) + b"\n")
        if "ref" in line:
            truth.write(f"{line['ref']},{person}\n".encode())
