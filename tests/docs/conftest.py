"""The server these tests speak to: one of their own, because they find projects and people by names that others use too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bucket_beside import installation, s3

__all__ = ["installation", "s3"]
