"""The benchmarks are no part of the installed package: away from a checkout there is nothing to test."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("benchmarks") else ["test_*.py"]
