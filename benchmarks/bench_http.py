"""The emulator under load, beside a handler of the same framework that does nearly nothing.

    python -m benchmarks.bench_http [--seconds S] [--rounds N] [--out FILE]

Targets take turns in every round: ``handler`` (reads and parses the same body for POST and Lookup, answers nothing
for GET), ``memory`` and ``db`` (the emulator without and with ``--db``). Prints one JSON row per case: the medians
and the best of the rounds, the ratios to the handler of the same rounds, and how many answers were no success. The
database is where ``--folder`` says, on a real disk; an fsync there is timed in the same rounds.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.http_load import load
from benchmarks.rounds import arguments, publish
from resolver.testing import STORE_ID

PROFILES = f"/v1/Stores/{STORE_ID}/Profiles"
CONNECTIONS = (1, 10, 100)


async def parsed(request: Request) -> Response:
    """Read and parse the body, and do nothing with it."""
    await request.json()
    return JSONResponse({"message": "Identifier accepted for processing."}, status_code=202)


async def empty(_: Request) -> Response:
    """Answer nothing."""
    return Response()


def handler() -> None:
    """Serve the handler that everything is compared with, as ``resolver serve`` is served."""
    routes = [Route("/{path:path}", empty, methods=["GET"]), Route("/{path:path}", parsed, methods=["POST"])]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_config=None, access_log=False, lifespan="off")
    config.load()
    listening = config.bind_socket()
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def server(*command: str) -> Iterator[str]:
    """Yield the URL of a server in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+\d", process.stdout.readline())
            assert found is not None, command
            yield found[0]
        finally:
            process.terminate()


def people(url: str, number_of_them: int) -> list[str]:
    """Create the profiles that the load is about; return their ids."""
    with httpx.Client(base_url=url, auth=("a", "b")) as http:
        return [
            http.post(PROFILES, json={"traits": {"Contact": {"email": f"p{number}@example.com"}}})
            .raise_for_status()
            .json()["id"]
            for number in range(number_of_them)
        ]


def plans(ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return what is asked, by name: a new address for a profile, its identifiers, and who has an address."""
    paths = [f"{PROFILES}/{each}/Identifiers" for each in ids]
    return {
        "POST": {"method": "POST", "paths": paths, "body": '{"idType": "email", "value": "a#@example.org"}'},
        "GET": {"method": "GET", "paths": paths, "body": None},
        "Lookup": {
            "method": "POST",
            "paths": [f"{PROFILES}/Lookup"],
            "body": '{"idType": "email", "value": "p#@example.com"}',
        },
    }


def fsync_microseconds(folder: Path) -> float:
    """Return the median time of an fsync after a write of one page."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(200):
            file.write(bytes(4096))
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def measured(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the rows, one case after the other."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(dir=given.folder)))
        serve = ("resolver", "serve", "--port", "0", "--quiet", *given.serve)
        urls = {
            "handler": running.enter_context(server("benchmarks.bench_http", "--handler")),
            "memory": running.enter_context(server(*serve)),
            "db": running.enter_context(server(*serve, "--db", str(folder / "store.db"))),
        }
        asked = {
            target: plans(people(url, given.people) if target != "handler" else ["p"]) for target, url in urls.items()
        }
        start = 0
        for case in given.cases:
            for connections in given.connections:
                rounds: dict[str, list[dict[str, float]]] = {target: [] for target in urls}
                fsyncs = []
                for _ in range(given.rounds):
                    fsyncs.append(fsync_microseconds(folder))
                    for target, url in urls.items():
                        start += 100_000
                        plan = {**asked[target][case], "start": 0 if case == "Lookup" else start}
                        rounds[target].append(load(url, plan, connections, given.seconds))
                for row in _rows(case, connections, rounds):
                    yield {**row, "fsync": round(statistics.median(fsyncs)), "best_fsync": round(min(fsyncs))}


def _rows(case: str, connections: int, rounds: dict[str, list[dict[str, float]]]) -> Iterator[dict[str, Any]]:
    for target, results in rounds.items():
        beside = rounds["handler"]
        pairs = zip(results, beside, strict=True)
        yield {
            "case": case,
            "connections": connections,
            "target": target,
            **{name: round(statistics.median(each[name] for each in results)) for name in ("rps", "p50", "p99")},
            "best_rps": round(max(each["rps"] for each in results)),
            "best_p50": round(min(each["p50"] for each in results)),
            "best_to_handler": round(max(each["rps"] for each in results) / max(each["rps"] for each in beside), 2),
            "median_to_handler": round(statistics.median(each["rps"] / other["rps"] for each, other in pairs), 2),
            "errors": sum(each["errors"] for each in results),
        }


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=1, help="seconds of load a measurement (default 1)")
    parser.add_argument(
        "--people",
        type=int,
        default=20_000,
        help="profiles; enough that their lists stay short, however many addresses a run adds (default 20000)",
    )
    parser.add_argument("--cases", nargs="+", choices=("POST", "GET", "Lookup"), default=("GET", "Lookup", "POST"))
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    parser.add_argument("--folder", type=Path, help="where the database is (default: the system's temporary folder)")
    parser.add_argument("--serve", nargs=argparse.REMAINDER, default=[], help="further options of resolver serve")
    parser.add_argument("--handler", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main() -> None:
    """Measure, print, and write where asked."""
    given = options()
    if given.handler:
        handler()
    else:
        publish(list(measured(given)), given.out, cpus=os.cpu_count())


if __name__ == "__main__":
    main()
