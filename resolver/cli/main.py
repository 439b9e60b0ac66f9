"""The entry point: from arguments to an exit status.

Status 0: done; 1: nothing was read, or more lines were rejected than ``--max-rejected`` allows; 2: wrong usage, or a
file that cannot be read or written; 130: stopped by Ctrl-C, while the libraries load too; 143: stopped by SIGTERM. So
nothing is imported above that takes time.
"""

from collections.abc import Sequence

INTERRUPTED, TERMINATED = 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return its exit status.

    >>> main(["settings", "no-such-file.json"])
    2
    """
    try:
        from resolver.interrupts import first_interrupt_only

        with first_interrupt_only(is_last=arguments is None):
            try:
                from resolver.cli.run import run

                return run(arguments)
            except KeyboardInterrupt as stop:  # here, so that what it held is cleared away before another is heard
                return _status(stop)
    except KeyboardInterrupt as stop:
        return _status(stop)


def _status(stop: KeyboardInterrupt) -> int:
    """Return the status after Ctrl-C, which has no class of its own, or after SIGTERM, which has one."""
    return INTERRUPTED if type(stop) is KeyboardInterrupt else TERMINATED
