"""The build hook: a wheel or sdist carries the user interface, built where it is missing and npm is there.

EVENHAND_REQUIRE_UI=1 makes a build without the interface fail, which is what a release wants. An editable install needs none: the
server then says how to build it. An sdist holds the built files, so that nobody needs Node to install from it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class InterfaceHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts `src/evenhand/_ui` into what is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the interface unless it is there, or the install is editable."""
        if version == "editable":
            return
        root = Path(self.root)
        built = root / "src" / "evenhand" / "_ui" / "index.html"
        if not built.is_file() and (root / "web" / "package.json").is_file() and shutil.which("npm"):
            for command in (["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
                subprocess.run(command, cwd=root / "web", check=True)  # noqa: S603 -- our own words
        if not built.is_file() and os.environ.get("EVENHAND_REQUIRE_UI") == "1":
            raise RuntimeError(
                "The user interface is not built: run `make ui`, with Node 20 or newer, then build again."
            )
