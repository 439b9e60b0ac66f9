"""What all tests share: Hypothesis draws the same examples everywhere, and a slow machine is no failure."""

import gc

from hypothesis import HealthCheck, settings

settings.register_profile("resolver", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("resolver")


def pytest_collection_finish() -> None:
    """Take modules and collected tests, which all stay, out of what the garbage collector looks through again."""
    gc.collect()
    gc.freeze()
