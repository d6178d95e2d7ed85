"""The server that the pages' commands speak to."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from serving import installation

__all__ = ["installation"]
