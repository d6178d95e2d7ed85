"""The command line: starts the server through bootstrap, and does everything else through the SDK."""

from __future__ import annotations

from evenhand.cli.main import main

__all__ = ["main"]
