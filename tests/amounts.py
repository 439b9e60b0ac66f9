"""How much is tried: all of it where ``CI`` is set, as in ``.ci/run``, and a part of it every day.

What is tried every day is always a part of what is tried there, so a test proves the same, on fewer cases.
"""

import os

IS_CI = bool(os.environ.get("CI"))
"""Whether everything is tried."""


def amount(everyday: int, in_ci: int) -> int:
    """Return how much is tried here."""
    return in_ci if IS_CI else everyday
