"""Load on an HTTP server from another process: ``wrk`` where it is installed, else a small client of our own.

Prints one JSON object: requests per second, p50 and p99 in microseconds, answers that were no success.
"""

import argparse
import asyncio
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

_LUA = """
local paths, body, n = {paths}, {body}, {start}
local headers = {{ ["Authorization"] = "Basic YTpi", ["Content-Type"] = "application/json" }}
request = function()
  n = n + 1
  local text = body and string.gsub(body, "#", n) or nil
  return wrk.format({method}, paths[n % #paths + 1], headers, text)
end
done = function(summary, latency, requests)
  io.stderr:write(string.format('{{"rps": %f, "p50": %f, "p99": %f, "errors": %d}}',
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write))
end
"""


def load(url: str, plan: dict[str, Any], connections: int, seconds: int) -> dict[str, float]:
    """Put load on *url* for some seconds; the *plan* has ``method``, ``paths``, ``body`` or None, and ``start``.

    Each ``#`` in the body becomes a number that counts up from ``start``; paths are taken in turn.
    """
    if shutil.which("wrk") is None:
        given = json.dumps({"url": url, "plan": plan, "connections": connections, "seconds": seconds})
        command = [sys.executable, "-m", "benchmarks.http_load"]
        return dict(json.loads(subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        paths = "{" + ", ".join(map(json.dumps, plan["paths"])) + "}"
        body = "nil" if plan["body"] is None else f"[==[{plan['body']}]==]"
        method = json.dumps(plan["method"])
        script.write(_LUA.format(paths=paths, body=body, start=plan["start"], method=method))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name, url]
        return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stderr))


class _Connection(asyncio.Protocol):
    """One connection: the next request when the last one is answered."""

    def __init__(self, requests: Iterator[bytes], times: list[float], bad: list[bytes], until: float) -> None:
        self.requests, self.times, self.bad, self.until = requests, times, bad, until
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next()

    def _next(self) -> None:
        self.sent = time.perf_counter()
        if self.sent > self.until:
            self.transport.close()
            self.done.set_result(None)
            return
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not blank or len(body) < int(length or 0):
            return
        self.received = b""
        self.times.append(time.perf_counter() - self.sent)
        if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")):
            self.bad.append(head)
        self._next()


def _requests(plan: dict[str, Any], host: str) -> Iterator[bytes]:
    for number, path in zip(itertools.count(plan["start"]), itertools.cycle(plan["paths"]), strict=False):
        body = (plan["body"] or "").replace("#", str(number)).encode()
        head = f"{plan['method']} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic YTpi\r\n"
        yield f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def _own(url: str, plan: dict[str, Any], connections: int, seconds: int) -> dict[str, float]:
    where = urlsplit(url)
    requests = _requests(plan, where.netloc)
    times: list[float] = []
    bad: list[bytes] = []
    loop = asyncio.get_running_loop()
    started = time.perf_counter()

    def connection() -> _Connection:
        return _Connection(requests, times, bad, started + seconds)

    assert where.hostname is not None
    assert where.port is not None
    opened = [await loop.create_connection(connection, where.hostname, where.port) for _ in range(connections)]
    await asyncio.gather(*(protocol.done for _, protocol in opened))
    elapsed = time.perf_counter() - started
    times.sort()
    middle, last = times[len(times) // 2] * 1e6, times[len(times) * 99 // 100] * 1e6
    return {"rps": len(times) / elapsed, "p50": middle, "p99": last, "errors": len(bad)}


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.stdout.write(json.dumps(asyncio.run(_own(**json.load(sys.stdin)))))
