"""The entry point: from arguments to an exit status.

Status 0: done; 1: nothing was read, or more lines were rejected than ``--max-rejected`` allows; 2: wrong usage, or a
file that cannot be read or written; 130: stopped by Ctrl-C, while the libraries load too. So nothing is imported above
that takes time.
"""

from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; give its exit status.

    >>> main(["settings", "no-such-file.json"])
    2
    """
    try:
        from resolver.interrupts import first_interrupt_only

        with first_interrupt_only(is_last=arguments is None):
            try:
                from resolver.cli.run import run

                return run(arguments)
            except KeyboardInterrupt:  # here, so that what it held is cleared away before another is heard
                return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
