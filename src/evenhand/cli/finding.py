"""What `evenhand doctor` says of one check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. verdict: ok, warning or wrong. remedy: empty when nothing is to be done."""

    check: str
    verdict: str
    found: str
    remedy: str = ""
