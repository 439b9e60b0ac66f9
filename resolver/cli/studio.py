"""``resolver studio``: a local page on which events are typed or stepped through, and settings changed."""

import argparse
import signal
import socket
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

from resolver.atomic_files import atomic_files, check_targets
from resolver.cli import show
from resolver.cli.main import INTERRUPTED
from resolver.cli.output import add_masking_options, mask_of
from resolver.cli.reading import (
    HISTORY_HELP,
    Loaded,
    add_reading_options,
    engine_options_from,
    file,
    files_of,
    history_from,
    settings_from,
)
from resolver.cli.serve import listening_on, port
from resolver.display import counted, displayed
from resolver.errors import ResolverError
from resolver.history import Record
from resolver.studio import Scenario, Workbench
from resolver.studio.export import export
from resolver.studio.workbench import Rules, events_of

PORT = 8124
_HOST = "127.0.0.1"
_NO_HISTORY = "events typed here"


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "studio",
        help="a page to type events or step through a history, change settings, and see both sides",
        description="Serve a page on this machine, for one browser: type events or step through HISTORY, change "
        "settings by form, and see profiles, identifiers, facts and merges under the baseline and the candidate. "
        "Its link is printed when it is ready, and works once. Ctrl-C stops it.",
    )
    parser.add_argument("history", nargs="?", metavar="HISTORY", help=f"{HISTORY_HELP} (default: an empty page)")
    parser.add_argument("--settings", type=file, metavar="FILE", help="the settings of the baseline")
    parser.add_argument(
        "--candidate", type=file, metavar="FILE", help="the settings of the candidate (default: the same)"
    )
    parser.add_argument(
        "--port", type=port, default=PORT, metavar="N", help=f"where to listen; 0 takes a free one (default {PORT})"
    )
    parser.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        help="open the page in a browser (default: on a terminal)",
    )
    parser.add_argument(
        "--export", type=file, metavar="FILE", help="write the page with every step as one file instead, and stop"
    )
    add_masking_options(parser)
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver studio``."""
    mask = mask_of(options)
    baseline = settings_from(options.settings)
    candidate = baseline if options.candidate is None else settings_from(options.candidate)
    loaded = (baseline, candidate)
    if options.export is not None:
        check_targets(options.export.absolute().parent, (options.export.name,))
    events: tuple[Record, ...] = ()
    if options.history is not None:
        events = events_of(history_from(options, *loaded))
    rules = tuple(_rules(each, options) for each in loaded)
    bench = Workbench(Scenario(events, (rules[0], rules[1])))
    title = _NO_HISTORY if options.history is None else ", ".join(files_of(options))
    if options.export is not None:
        _write(options.export, export(bench, title, mask=mask))
        show.line(f"{options.export}: {counted(len(events), 'event')}; it opens from disk")
        return 0
    files = tuple(each if isinstance(each, Path) else None for each in (options.settings, options.candidate))
    bench.scenario.viewer()  # replayed before anybody waits for a page
    return _serve(options, bench, title, (files[0], files[1]), mask)


def _rules(loaded: Loaded, options: argparse.Namespace) -> Rules:
    settings, beside = loaded
    return Rules(settings, {**beside, **engine_options_from(options)})


def _write(target: Path, page: str) -> None:
    with atomic_files(target.absolute().parent) as place:
        (place / target.name).write_text(page, encoding="utf-8", errors="backslashreplace")


def _serve(
    options: argparse.Namespace, bench: Workbench, title: str, files: tuple[Path | None, Path | None], mask: Any
) -> int:
    try:
        import uvicorn

        from resolver.studio.server import create_studio
    except ModuleNotFoundError as error:
        raise ValueError(f"studio needs {error.name}; install it with: pip install 'idresolver[emulator]'") from error

    app = create_studio(bench, title=title, files=files, mask=mask)

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                _announce(f"http://{_HOST}:{listening.getsockname()[1]}/?token={app.state.token}", options.open)

    with listening_on(_HOST, options.port) as listening:
        config = uvicorn.Config(
            app,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        server = Announced(config)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server minds it until it ends
        server.run(sockets=[listening])
        if not server.started:
            raise ResolverError("the studio could not start")
    return INTERRUPTED


def _announce(url: str, wanted: bool | None) -> None:
    """Print the link, and open it where that is wanted; on a terminal it is, unless told otherwise."""
    with suppress(OSError):
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
    opens = sys.stdout.isatty() if wanted is None else wanted
    if opens and not webbrowser.open(url):
        sys.stderr.write(f"resolver: no browser could be opened; the page is {displayed(url)}\n")
