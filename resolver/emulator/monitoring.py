"""What an operator watches: the log, one JSON object a line, and metrics in the text format of Prometheus."""

import json
import logging
import os
import select
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, TextIO

from resolver.emulator.service import Service

Log = Callable[[dict[str, Any]], None]
"""Takes one line of the log."""


class LogSink:
    """Hands lines to *log*. One that it raises an error for is dropped and counted.

    The first line that it takes again is preceded by one that says how many are missing.

    >>> kept, is_full = [], True
    >>> def log(line):
    ...     if is_full:
    ...         raise OSError("No space left on device")
    ...     kept.append(line)
    >>> lines = LogSink(log)
    >>> lines({"at": 1})
    >>> is_full = False
    >>> lines({"at": 2})
    >>> kept, lines.dropped
    ([{'at': 2, 'level': 'warning', 'message': 'log lines that could not be written: 1'}, {'at': 2}], 1)
    """

    def __init__(self, log: Log | None) -> None:
        self._log = log
        self._missing = 0
        self.dropped = 0

    @property
    def is_on(self) -> bool:
        """Whether anybody takes the lines."""
        return self._log is not None

    def __call__(self, line: dict[str, Any]) -> None:
        """Hand on one line, if it can be."""
        if self._log is None:
            return
        try:
            if self._missing:
                message = f"log lines that could not be written: {self._missing}"
                self._log({"at": line.get("at"), "level": "warning", "message": message})
                self._missing = 0
            self._log(line)
        except Exception:  # a request that was answered stays answered, whatever becomes of its line
            self._missing += 1
            self.dropped += 1


class LineWriter:
    """Writes lines of JSON to a stream, such as standard error.

    It never waits. Raises ``OSError`` for a line that the stream does not take now: whoever reads the other end of a
    pipe may be gone, or have stopped reading.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            self._descriptor: int | None = stream.fileno()
        except (OSError, ValueError):
            self._descriptor = None
        self._is_cut = False

    def __call__(self, line: dict[str, Any]) -> None:
        """Write one line."""
        text = json.dumps(line) + "\n"
        if self._descriptor is None:
            self._stream.write(text)
        else:
            self._write(self._descriptor, text.encode("ascii"))

    def _write(self, descriptor: int, data: bytes) -> None:
        if self._is_cut:  # the line before ended in the middle
            data = b"\n" + data
        start = 0
        while start < len(data):
            if not _takes_more(descriptor):
                self._is_cut = self._is_cut or start > 0
                raise BlockingIOError("nobody reads the log")
            try:
                start += os.write(descriptor, data[start : start + select.PIPE_BUF])
            except OSError:
                self._is_cut = self._is_cut or start > 0
                raise
        self._is_cut = False


def _takes_more(descriptor: int) -> bool:
    """Return whether ``PIPE_BUF`` bytes can be written without waiting, or an error is certain."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


class LogHandler(logging.Handler):
    """Hands what the server and its libraries say to the log, in its form."""

    def __init__(self, log: LogSink) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one record."""
        line = {"at": int(record.created * 1000), "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = logging.Formatter().formatException(record.exc_info)
        self._log(line)


class Metrics:
    """Counts requests, by endpoint and status."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._closed: Counter[str] = Counter()

    def add(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[endpoint, status] += 1
        self._seconds[endpoint] += seconds

    def add_closed(self, why: str) -> None:
        """Count one connection that was closed because nothing came."""
        self._closed[why] += 1

    def text(self, service: Service, sees: Callable[[str], bool] = lambda _: True, *, dropped: int = 0) -> str:
        """Return all counters, with the stores that *sees* is true of. O(endpoints and stores).

        *dropped* is how many log lines could not be written.

        >>> from resolver.emulator.service import Options
        >>> from resolver.emulator.time_and_ids import Clock, SequentialIds
        >>> metrics = Metrics()
        >>> metrics.add("CreateProfile", 202, 0.5)
        >>> lines = metrics.text(Service(Options(Clock(int), SequentialIds()))).splitlines()
        >>> lines[2]
        'resolver_requests_total{endpoint="CreateProfile",status="202"} 1'
        """
        lines = _head("resolver_requests_total", "counter", "Requests answered.")
        for (endpoint, status), number in sorted(self._requests.items()):
            lines.append(f'resolver_requests_total{{endpoint="{endpoint}",status="{status}"}} {number}')
        lines += _head("resolver_request_seconds_total", "counter", "Seconds spent on requests, waits included.")
        for endpoint, seconds in sorted(self._seconds.items()):
            lines.append(f'resolver_request_seconds_total{{endpoint="{endpoint}"}} {seconds:.6f}')
        lines += _head("resolver_connections_closed_total", "counter", "Connections closed because nothing came.")
        for why, number in sorted(self._closed.items()):
            lines.append(f'resolver_connections_closed_total{{why="{why}"}} {number}')
        lines += _head("resolver_log_lines_dropped_total", "counter", "Log lines that could not be written.")
        lines.append(f"resolver_log_lines_dropped_total {dropped}")
        lines += _head("resolver_entries_total", "counter", "Writes accepted.")
        lines.append(f"resolver_entries_total {service.sequence}")
        lines += _head("resolver_profiles", "gauge", "Canonical profiles.")
        for name, store in sorted(service.stores.items()):
            if sees(name):
                lines.append(f'resolver_profiles{{store="{name}"}} {len(store.engine)}')
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
