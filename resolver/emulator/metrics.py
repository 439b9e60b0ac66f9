"""Metrics: what was asked and answered, in the text format of Prometheus."""

from collections import Counter, defaultdict
from collections.abc import Callable

from resolver.emulator.service import Service


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

        >>> from resolver.emulator.clock import Clock
        >>> from resolver.emulator.ids import SequentialIds
        >>> from resolver.emulator.service import Options
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
