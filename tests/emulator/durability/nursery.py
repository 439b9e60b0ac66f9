"""Servers that start fast: one process that has everything loaded, and forks a ``resolver`` command for each line.

A line is a JSON list of arguments; the answers are the child's process id, whatever the child prints, and a line when
it has ended.
"""

import json
import os
import sys

from resolver.cli import main
from resolver.emulator import create_app as load_application
from resolver.emulator.journal import SqliteJournal

SNAPSHOT_EVERY = 40


def wants_dump(journal: SqliteJournal) -> bool:
    """Ask for a snapshot often, so that kills meet them."""
    return journal._sequence - journal._snapped >= SNAPSHOT_EVERY


def run() -> None:
    """Serve until standard input ends."""
    load_application()
    setattr(SqliteJournal, "wants_dump", wants_dump)  # noqa: B010 - a method is replaced on purpose
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            status = main(json.loads(line))
            sys.stdout.flush()
            os._exit(status)
        print(f"pid {child}", flush=True)  # noqa: T201 - the answer
        _, status = os.waitpid(child, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    run()
