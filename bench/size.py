"""What the base installation takes: `python -m bench.size`. Installs the hashed requirements and the wheel into a new environment.

Counts the packages that pip lists, pip and setuptools left out as they come with the environment, and the bytes on the disk.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.installation import table

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Install, count, print."""
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
        place = Path(folder) / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        python = str(place / "bin" / "python")
        before = _bytes(place)
        quiet = ["install", "--quiet", "--disable-pip-version-check"]
        began = time.perf_counter()
        subprocess.run(
            [python, "-m", "pip", *quiet, "--require-hashes", "-r", str(ROOT / "requirements" / "base.txt")],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        [wheel] = Path(folder).glob("*.whl")
        subprocess.run([python, "-m", "pip", *quiet, "--no-deps", str(wheel)], check=True)
        took = time.perf_counter() - began
        listed = json.loads(
            subprocess.run(
                [python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"],
                check=True, capture_output=True, text=True,
            ).stdout
        )  # fmt: skip
        packages = [each["name"] for each in listed if each["name"] not in ("pip", "setuptools", "wheel")]
        site = next((place / "lib").glob("python*")) / "site-packages"
        largest = sorted(((_bytes(each), each.name) for each in site.iterdir() if each.is_dir()), reverse=True)[:6]
        lines = [
            ["packages", str(len(packages))],
            ["on the disk, MB", f"{(_bytes(place) - before) / 1e6:.0f}"],
            ["installed in, s", f"{took:.0f}"],
            *[[f"  {name}, MB", f"{size / 1e6:.0f}"] for size, name in largest],
        ]
        table("the base installation", ["what", "figure"], lines)


def _bytes(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file() and not each.is_symlink())


if __name__ == "__main__":
    main()
