"""Metrics: what was asked and answered, in the text format of Prometheus."""

from collections import Counter, defaultdict

from resolver.emulator.service import Service


class Metrics:
    """Counts requests, by endpoint and status."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[endpoint, status] += 1
        self._seconds[endpoint] += seconds

    def text(self, service: Service) -> str:
        """Return all counters. O(endpoints and stores).

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
        lines += _head("resolver_entries_total", "counter", "Writes accepted.")
        lines.append(f"resolver_entries_total {service.sequence}")
        lines += _head("resolver_profiles", "gauge", "Canonical profiles.")
        for name, store in sorted(service.stores.items()):
            lines.append(f'resolver_profiles{{store="{name}"}} {len(store.engine)}')
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
