"""The entry point: from arguments to an exit status, with one line for whatever went wrong.

Status 0: done; 1: more lines were rejected than ``--max-rejected`` allows; 2: wrong usage, or a file that cannot
be read or written; 130: stopped by Ctrl-C.
"""

import os
import sys
from collections.abc import Sequence

from resolver.cli.parser import parser
from resolver.errors import ResolverError

DONE, TOO_MANY_REJECTED, WRONG, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; give its exit status.

    >>> main(["settings", "no-such-file.json"])
    2
    """
    try:
        options = parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has said what it had to say
        return stop.code if isinstance(stop.code, int) else WRONG
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (ResolverError, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename or 'file'}: {error.strerror or error}")
    return status


def _fail(cause: str) -> int:
    line = " ".join(cause.split())
    sys.stderr.write(f"resolver: {line}\n")
    return WRONG
