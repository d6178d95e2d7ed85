"""Settings for a command: the environment and the files it names, overridden by what the command line says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenhand.core.settings import PREFIX, SettingRefused, Settings, read_settings

# Each of these may lie in a file, named by the setting's name and _FILE: where a vault's agent or systemd's credentials put it.
SECRETS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SEQUENCER_URL", "SMTP_URL", "METRICS_TOKEN")


def settings_for(**given: Any) -> Settings:
    """The settings of this command. Raises SettingRefused."""
    return read_settings(from_files(os.environ), **given)


def from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with every secret that lies in a file in its place. Raises SettingRefused."""
    read = dict(environment)
    for name in SECRETS:
        setting = f"{PREFIX}{name}_FILE"
        path = read.pop(setting, None)
        if path is None:
            continue
        if f"{PREFIX}{name}" in read or name in read:
            raise SettingRefused(setting=setting, reason="it is in a file and in the environment: keep one of both")
        read[f"{PREFIX}{name}"] = _secret_in(Path(path), setting)
    return read


def _secret_in(path: Path, setting: str) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (getattr(error, "strerror", None) or "it is no text").lower()
        raise SettingRefused(setting=setting, reason=reason) from None
    if not secret:
        raise SettingRefused(setting=setting, reason="it is empty")
    return secret
