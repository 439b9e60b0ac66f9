"""What all tests share: Hypothesis draws the same examples everywhere, and a slow machine is no failure."""

import gc

from hypothesis import HealthCheck, settings

settings.register_profile("resolver", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("resolver")


def pytest_collection_finish() -> None:
    """Take modules and collected tests, which all stay, out of what the garbage collector looks through again."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name what is no text by its argument: gzip has the time inside, and every process must call a test the same."""
    return argname if isinstance(val, bytes) and not val.isascii() else None
