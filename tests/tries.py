"""How often properties are tried: a few times in every run, always the same ones; EVENHAND_TEST_TRIES multiplies and draws anew."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("EVENHAND_TEST_TRIES", "1"))

# No deadline: a machine that does something else beside is no defect of ours. What is drawn in the usual ring depends on nothing
# but the test, so that a run is as green as the last one.
settings.register_profile(
    "evenhand",
    max_examples=30 * TIMES,
    deadline=None,
    derandomize=TIMES == 1,
    suppress_health_check=[HealthCheck.too_slow],
)


def tries(count: int) -> settings:
    """So many examples in the usual ring. To be used as the decorator above `given`."""
    return settings(settings.get_profile("evenhand"), max_examples=count * TIMES)
