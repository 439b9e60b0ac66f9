"""One run of the command line: parse, do, and say in one line what went wrong."""

import os
import sys
from collections.abc import Sequence

from resolver.cli.parser import parser
from resolver.cli.project import completed, project_named_in, say_project
from resolver.display import displayed
from resolver.errors import ResolverError
from resolver.memory import Memory

DONE, WRONG = 0, 2


def run(arguments: Sequence[str] | None) -> int:
    """Run the command that the arguments name; return its exit status."""
    _prepare_output()
    try:
        status = _parsed_and_done(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (ResolverError, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename or 'file'}: {error.strerror or error}")
    except MemoryError:
        return _fail(str(Memory("what was asked for").error()))
    return status


def _parsed_and_done(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = completed(parser(project_named_in(words)).parse_args(words))
    except SystemExit as stop:  # argparse has said what it had to say
        return stop.code if isinstance(stop.code, int) else WRONG
    options.words = words
    say_project(options)
    status: int = options.run(options)
    return status


def _prepare_output() -> None:
    """Let what the output cannot hold be written as an escape, and a closed output swallow what it is given."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - it lives on
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _fail(cause: str) -> int:
    line = " ".join(cause.split())
    sys.stderr.write(f"resolver: {displayed(line)}\n")
    return WRONG
