"""Times as the API writes them."""

from datetime import UTC, datetime, timedelta

from resolver.names import Milliseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written_out(at: Milliseconds) -> str:
    """Give a time in RFC 3339, in UTC; one that no calendar year has is the nearest that does.

    In whole seconds, rounded down: the vendor's Python client reads no other form, and would give a text.

    >>> written_out(1_000), written_out(-(1 << 62))
    ('1970-01-01T00:00:01Z', '0001-01-01T00:00:00Z')
    """
    try:
        moment = _EPOCH + timedelta(milliseconds=at)
    except OverflowError:
        moment = (datetime.max if at > 0 else datetime.min).replace(tzinfo=UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
