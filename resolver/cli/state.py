"""``resolver state``: what a database of the emulator holds as one document, and a document as a database."""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from resolver.cli.arguments import add_examples
from resolver.cli.reading import file
from resolver.display import counted
from resolver.errors import InvalidSnapshot

DONE = 0


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "state",
        help="export what a database of the emulator holds, or import it",
        description="Export everything that a database of `resolver serve --db` holds as one JSON document, or make a "
        "database of such a document. A running emulator does the same under /_emulator/state.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    exporting = actions.add_parser("export", help="write what a database holds", description="Write what it holds.")
    exporting.add_argument("--db", type=file, required=True, metavar="FILE", help="the database; no server may have it")
    exporting.add_argument(
        "--out", type=file, metavar="FILE", help="a new file for the document (default, or -: print it)"
    )
    exporting.set_defaults(run=run_export)
    add_examples(exporting, "state export")
    importing = actions.add_parser(
        "import", help="make a database from a document", description="Replace everything in a database by a document."
    )
    importing.add_argument("document", metavar="STATE", help="an exported document; - is standard input")
    importing.add_argument("--db", type=file, required=True, metavar="FILE", help="the database to write")
    importing.add_argument("--replace", action="store_true", help="allow an existing database to be overwritten")
    importing.set_defaults(run=run_import)
    add_examples(importing, "state import")


def run_export(options: argparse.Namespace) -> int:
    """Do ``resolver state export``."""
    from resolver.emulator.journal import SqliteJournal
    from resolver.emulator.service import rebuilt

    if not options.db.exists():
        raise ValueError(f"{options.db}: there is no such database")
    out = None if options.out == Path("-") else options.out
    if out is not None and out.exists():
        raise ValueError(f"{out}: there is such a file; expected the name of a new one")
    service_options = _service_options()

    async def exported() -> bytes:
        journal = SqliteJournal.open(options.db)
        try:
            return rebuilt(*journal.load(), service_options).export()()
        finally:
            await journal.close()

    document = asyncio.run(exported())
    if out is None:
        sys.stdout.write(document.decode("utf-8"))
    else:
        _write_new(out, document)
    return DONE


def _write_new(path: Path, document: bytes) -> None:
    """Write a file that only its owner reads, as a database is; nothing is left of one that cannot be written."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        try:
            file.write(document)
            file.flush()
        except OSError:
            path.unlink()
            raise


def run_import(options: argparse.Namespace) -> int:
    """Do ``resolver state import``."""
    from resolver.emulator.journal import SqliteJournal
    from resolver.emulator.service import rebuilt

    service_options = _service_options()
    states = service_options.states(read_document(options.document))
    if options.db.exists() and not options.replace:
        raise ValueError(f"{options.db}: there is a database; with --replace it loses what it holds")

    async def imported() -> None:
        journal = SqliteJournal.open(options.db)
        try:
            service = rebuilt(*journal.load(), service_options)
            await journal.commit(service.import_state(states, time.time_ns() // 1_000_000))
        finally:
            await journal.close()

    asyncio.run(imported())
    stores = states[0].stores
    profiles = counted(sum(len(store.engine) for store in stores.values()), "profile")
    sys.stdout.write(f"{options.db}: {counted(len(stores), 'store')} with {profiles}\n")
    return DONE


def read_document(name: str) -> bytes:
    """Return the bytes of a document; ``-`` is standard input. ``InvalidSnapshot`` names a file that is none."""
    from resolver.emulator.saved_state import store_ids_of

    document = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        store_ids_of(document)
    except InvalidSnapshot as error:
        raise InvalidSnapshot(f"{'standard input' if name == '-' else name}: {error}") from None
    return document


def _service_options() -> Any:
    from resolver.emulator.service import Options
    from resolver.emulator.time_and_ids import Clock, SequentialIds

    return Options(Clock(lambda: time.time_ns() // 1_000_000), SequentialIds())
