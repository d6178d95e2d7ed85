"""What all tests of insight share: between two fits a project rests as long as the clock is moved on for, whatever the fit cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evenhand.insight import sweeping


@pytest.fixture(scope="session", autouse=True)
def fits_whose_cost_does_not_matter() -> Iterator[None]:
    """A first fit compiles, and takes seconds where much else runs: no test can wait twenty times as long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeping, "RESTS", 0)
        yield
