"""The benchmarks are no part of the installed package: away from a checkout there is nothing to test."""

import gc
from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("benchmarks") else ["test_*.py"]


@pytest.fixture(autouse=True, scope="module")
def _what_is_there_stays() -> None:
    """Keep the collections before each round of a benchmark from looking through what other tests left."""
    gc.collect()
    gc.freeze()
