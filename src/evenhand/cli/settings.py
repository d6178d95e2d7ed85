"""Settings for a command: the environment, overridden by what the command line says."""

from __future__ import annotations

import os
from typing import Any

from evenhand.core.settings import Settings


def settings_for(**given: Any) -> Settings:
    """The settings of this command. Imports bootstrap only when called, so that `--help` stays quick."""
    from evenhand.bootstrap import read_settings

    return read_settings(os.environ, **given)
