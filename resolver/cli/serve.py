"""``resolver serve``: the HTTP emulator."""

import argparse
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from resolver.cli.environment import EnvironmentOptions
from resolver.cli.main import INTERRUPTED
from resolver.cli.reading import file
from resolver.cli.state import read_document
from resolver.errors import ResolverError
from resolver.history import read_history
from resolver.names import Match, OnInvalid
from resolver.simulate import load_settings

_log = logging.getLogger("resolver.emulator")

PORT = 8123
VARIABLES = "RESOLVER_SERVE_"
"""What the names of environment variables begin with that are options."""

PATIENCE = 1.0
"""Seconds that a stop waits for clients to read their answers."""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "serve",
        help="serve the HTTP emulator",
        description="Serve an emulator of the identifiers API on this machine, in memory or with --db in a file. Its "
        "URL is printed when it is ready. Ctrl-C stops it. Each option has an environment variable too: "
        f"{VARIABLES}AUTH for --auth, and so on.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=port, default=PORT, metavar="N", help=f"0 takes a free one (default {PORT})")
    parser.add_argument("--db", type=file, metavar="FILE", help="store all data in this file")
    parser.add_argument("--store", action="append", metavar="ID", help="a store to start with; repeatable")
    parser.add_argument("--settings", type=file, metavar="FILE", help="the settings of new stores")
    parser.add_argument("--seed", metavar="HISTORY", help="a history that the first store starts with")
    parser.add_argument("--state", metavar="FILE", help="begin with an exported state; - is standard input")
    parser.add_argument(
        "--delay",
        type=_count,
        default=0,
        metavar="MS",
        help="delay before a write is visible to reads, in milliseconds",
    )
    parser.add_argument(
        "--redirects",
        choices=("moved", "follow"),
        default="moved",
        help="answer for a profile that was merged away with 301 and 308, or as its canonical profile (default moved)",
    )
    parser.add_argument("--ids", choices=("uuid7", "sequential"), default="uuid7", help="new ids (default uuid7)")
    parser.add_argument(
        "--auth", action="append", default=[], metavar="SID:SECRET[@STORE]", help="credentials to accept; repeatable"
    )
    parser.add_argument(
        "--host-name", action="append", default=[], metavar="NAME", help="a host name that requests may use; repeatable"
    )
    parser.add_argument(
        "--cors", action="append", default=[], metavar="ORIGIN", help="an origin whose pages may call it; repeatable"
    )
    parser.add_argument("--behind-proxy", action="store_true", help="take the scheme of URLs from X-Forwarded-Proto")
    parser.add_argument("--rate-limit", metavar="N/s", help="answer more requests a second with 429")
    parser.add_argument(
        "--fail", action="append", default=[], metavar="STATUS:P", help="answer some requests with 429, 500 or 503"
    )
    parser.add_argument("--fail-seed", type=int, default=0, metavar="S", help="the seed of --fail (default 0)")
    parser.add_argument("--quiet", action="store_true", help="no log on standard error")
    parser.add_argument("--log-values", action="store_true", help="log bodies, which contain identifier values")
    parser.add_argument(
        "--on-invalid", choices=[str(each) for each in OnInvalid], help="of new stores (default refuse)"
    )
    parser.add_argument("--match", choices=[str(each) for each in Match], help="of new stores (default all)")
    parser.add_argument("--region", metavar="RR", help="of new stores (default US)")
    variables = EnvironmentOptions(parser, VARIABLES)
    parser.set_defaults(run=lambda options: run(variables.filled_in(options, os.environ)))


def run(options: argparse.Namespace) -> int:
    """Do ``resolver serve``."""
    try:
        import uvicorn  # noqa: F401

        from resolver.emulator import create_app
    except ModuleNotFoundError as error:
        raise ValueError(f"serve needs {error.name}; install it with: pip install 'idresolver[emulator]'") from error
    with listening_on(options.host, options.port) as listening, _log_lines(is_quiet=options.quiet) as log:
        given = _app_options(options) | {"log": log}
        history = None if options.seed is None else read_history(options.seed)
        if options.db is not None:
            _check(given, None if options.db.exists() else history)
        app = create_app(**given, seed=history, journal=_journal(options.db))
        if not options.auth and not _is_loopback(options.host):
            _log.warning("%s is reachable from elsewhere, and there is no --auth", options.host)
        return _serve(app, listening)


def _serve(app: Any, listening: socket.socket) -> int:
    from resolver.emulator.server import Server

    class Announced(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            gc.collect()
            gc.freeze()  # what is there by now stays: a collection need not go through it again and again
            if self.started:
                host, port = listening.getsockname()[:2]
                _announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    server = Announced(app, patience=PATIENCE)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server minds it until it ends; nothing is left to stop then
    server.run(sockets=[listening])
    if not server.started:
        why = app.state.shell.start_failure or "the log says why"
        raise ResolverError(f"the emulator could not start: {why}")
    return INTERRUPTED


def _announce(url: str) -> None:
    """Print the URL, unless nobody can read it: that is no reason not to serve."""
    if sys.stdout is not None:
        with suppress(OSError):
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()


def _app_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options of ``create_app``, but for the seed and the journal."""
    settings, beside = (None, {}) if options.settings is None else load_settings(options.settings)
    named = {"on_invalid": options.on_invalid, "match": options.match, "default_region": options.region}
    return {
        "stores": options.store,
        "settings": settings,
        **beside,
        **{name: value for name, value in named.items() if value is not None},
        "state": None if options.state is None else read_document(options.state),
        "delay_ms": options.delay,
        "redirects": options.redirects,
        "auth": options.auth,
        "host_names": [options.host, *options.host_name],
        "cors": options.cors,
        "behind_proxy": options.behind_proxy,
        "rate_limit": options.rate_limit,
        "fail": options.fail,
        "fail_seed": options.fail_seed,
        "ids": options.ids,
        "log_values": options.log_values,
    }


def _check(given: dict[str, Any], history: Any) -> None:
    """Raise what would keep the emulator from starting, before there is a database with nothing in it."""
    from resolver.emulator import create_app
    from resolver.emulator.saved_state import replayed

    service = create_app(**given).state.shell.service
    if history is not None:
        replayed(history, service, next(iter(service.stores.values())))


def _journal(path: Path | None) -> Any:
    if path is None:
        return None
    from resolver.emulator.journal import SqliteJournal

    return SqliteJournal.open(path)


def listening_on(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; ``ValueError`` names what is in the way."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        hint = "; choose another with --port, 0 takes a free one" if port else ""
        cause = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise ValueError(f"{host}:{port}: {cause}{hint}") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _log_lines(*, is_quiet: bool) -> Iterator[Any]:
    """Yield the log on standard error, which takes what the server and its libraries say too while the block runs."""
    from resolver.emulator.monitoring import LineWriter, LogHandler, LogSink

    log = LogSink(None if is_quiet or sys.stderr is None else LineWriter(sys.stderr))
    handler = LogHandler(log)
    logging.root.addHandler(handler)
    try:
        yield log
    finally:
        logging.root.removeHandler(handler)


def port(text: str) -> int:
    """Read a port; 0 takes a free one."""
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected a port, 0..65535")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected milliseconds, 0 or more")
    return int(text)
