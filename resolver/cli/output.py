"""Output: what ``--out`` leaves behind, and values in what is shown and written as keyed hashes."""

import argparse
import csv
import json
import sys
import webbrowser
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from resolver.atomic_files import atomic_files
from resolver.display import displayed
from resolver.facts import encode_fact
from resolver.report import Mask
from resolver.simulate import Run
from resolver.simulate.run import Again

RUN_FILES = ("assignments.csv", "profiles.jsonl", "facts.jsonl", "rejected.jsonl", "summary.json")
REPORT = "report.html"
COMPARISON_FILES = ("comparison.json", REPORT)


def add_open_option(command: argparse.ArgumentParser) -> None:
    """Add ``--open`` to a command that writes a report."""
    command.add_argument("--open", action="store_true", help="open the report in a browser; needs --out")


def add_masking_options(command: argparse.ArgumentParser) -> None:
    """Add the options that mask what a command shows and writes."""
    masking = command.add_argument_group("masking")
    masking.add_argument(
        "--mask", action="store_true", help="show and write identifier values as keyed hashes, equal ones alike"
    )
    masking.add_argument("--mask-refs", action="store_true", help="mask refs too; implies --mask")
    masking.add_argument(
        "--mask-key",
        metavar="FILE",
        help="a file with the key, 16 bytes or more, so that hashes are the same every time (default: a random key); "
        "implies --mask",
    )


def mask_of(options: argparse.Namespace) -> Mask | None:
    """Return the mask that the options ask for, None where they ask for none. Raises ``OSError``, ``ValueError``."""
    if options.mask_key is not None:
        return Mask.from_file(options.mask_key, refs=options.mask_refs)
    return Mask(refs=options.mask_refs) if options.mask or options.mask_refs else None


def check_open(options: argparse.Namespace) -> None:
    """Raise ``ValueError`` where ``--open`` has no report to open."""
    if options.open and options.out is None:
        raise ValueError("--open: there is no report without --out; expected --out DIR")


def open_report(options: argparse.Namespace, report: str = REPORT) -> None:
    """Open the report in a browser, where that was asked for; say so if there is none."""
    page = options.out / report
    if options.open and not webbrowser.open(page.absolute().as_uri()):
        sys.stderr.write(f"resolver: no browser could be opened; the report is {displayed(str(page))}\n")


def write_run(run: Run, directory: Path) -> None:
    """Write the files of ``resolver replay``."""
    with atomic_files(directory) as place:
        with (place / "assignments.csv").open("w", encoding="utf-8", newline="", errors="backslashreplace") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["ref", "profile_id"])
            rows.writerows(run.assignments.items())
        _write_lines(place / "profiles.jsonl", _profiles(run))
        with (place / "facts.jsonl").open("wb") as facts:
            facts.writelines(encode_fact(fact) + b"\n" for fact in run.facts)
        _write_lines(place / "rejected.jsonl", _rejected(run))
        write_document(place / "summary.json", run.summary.to_json())


def write_comparison(document: dict[str, Any], report: Callable[[], Iterable[str]], directory: Path) -> None:
    """Write the files of ``resolver compare``; the *report* is made, in pieces, when the document has been read."""
    with atomic_files(directory) as place:
        write_document(place / "comparison.json", document)
        with (place / REPORT).open("w", encoding="utf-8", newline="") as file:
            file.writelines(report())


def _rejected(run: Run) -> Iterator[dict[str, Any]]:
    """Yield what was rejected; where there are several files, with the one that the line is in and its number there."""
    for each in run.rejected:
        document = msgspec.to_builtins(each)
        for name, first, last in run.summary.files:
            if first <= each.line <= last:
                document |= {"file": name, "fileLine": each.line - first + 1}
        yield document


def _profiles(run: Run) -> Iterator[dict[str, Any]]:
    refs: dict[str, list[str]] = {}
    for ref, profile_id in run.assignments.items():
        refs.setdefault(profile_id, []).append(ref)
    engine = run.engine
    for profile_id in engine.profiles():
        yield {
            "profile_id": profile_id,
            "created_at": engine.created_at(profile_id),
            "identifiers": {id_type: list(values) for id_type, values in engine.identifiers(profile_id).items()},
            "aliases": list(engine.aliases(profile_id)),
            "refs": refs.get(profile_id, []),
        }


def _write_lines(path: Path, documents: Iterable[dict[str, Any]]) -> None:
    with path.open("wb") as file:
        for document in documents:
            file.write(_json(document) + b"\n")


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Write a JSON document. Of a list that is an ``Again`` each entry is made, written and forgotten."""
    for encode in (_formatted, _escaped):
        with suppress(UnicodeEncodeError), path.open("wb") as file:
            file.writelines(_indented(document, encode))
            return


def print_document(document: dict[str, Any]) -> None:
    """Print a JSON document, in ASCII. Of a list that is an ``Again`` each entry is made, printed and forgotten."""
    for piece in _indented(document, _escaped):
        sys.stdout.write(piece.decode("ascii"))


def _indented(document: dict[str, Any], encode: Callable[[Any], bytes]) -> Iterator[bytes]:
    """Yield a JSON document piece by piece, each level further in by two blanks."""
    before = b"{"
    for name, value in document.items():
        yield before + b"\n  " + encode(name) + b": "
        before = b","
        if isinstance(value, Again):
            yield from _listed(value, encode)
        else:
            yield encode(value).replace(b"\n", b"\n  ")
    yield b"\n}\n"


def _listed(entries: Again[Any], encode: Callable[[Any], bytes]) -> Iterator[bytes]:
    before = b"["
    for each in entries:
        yield before + b"\n    " + encode(each).replace(b"\n", b"\n    ")
        before = b","
    yield b"[]" if before == b"[" else b"\n  ]"


def _formatted(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=repr), indent=2)


def _escaped(value: Any) -> bytes:
    """Return JSON in ASCII, in which a lone surrogate, which UTF-8 cannot hold, is written as its escape."""
    return json.dumps(msgspec.to_builtins(value, enc_hook=repr), indent=2).encode("ascii")


def _json(document: Any) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold, is written as its JSON escape
        return json.dumps(document, separators=(",", ":")).encode("ascii")
