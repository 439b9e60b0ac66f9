"""What all tests share: Hypothesis draws the same examples everywhere, and a slow machine is no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile("resolver", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("resolver")
