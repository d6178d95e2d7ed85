"""Settings for a command: the environment, overridden by what the command line says."""

from __future__ import annotations

import os
from typing import Any

from evenhand.core.settings import Settings, read_settings


def settings_for(**given: Any) -> Settings:
    """The settings of this command. Raises SettingRefused."""
    return read_settings(os.environ, **given)
