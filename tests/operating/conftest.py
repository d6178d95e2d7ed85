"""What the tests of operating share: folders that any account may enter, and installations of their own."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from operating_world import Commands, commands, folder, own

__all__ = ["Commands", "commands", "folder", "own"]
