"""The wheel: built with the interface in it, it installs from hashes alone and demos where there is no Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("src", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")


def checkout(folder: Path, *, with_interface: bool) -> Path:
    """What building a wheel reads, and nothing that could build the interface."""
    into = folder / "checkout"
    into.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__", "_ui"))
        else:
            shutil.copy(source, into / name)
    if with_interface:
        built = into / "src" / "evenhand" / "_ui"
        built.mkdir()
        (built / "index.html").write_text("<!doctype html><title>Evenhand</title>")
    return into


def build(at: Path, **given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    return subprocess.run(command, cwd=at, env={**os.environ, **given}, capture_output=True, text=True)


def test_a_wheel_carries_the_interface_and_everything_the_server_reads(folder: Path):
    at = checkout(folder, with_interface=True)

    done = build(at, EVENHAND_REQUIRE_UI="1")

    assert done.returncode == 0, done.stderr
    [wheel] = (at / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "evenhand/_ui/index.html" in names
    read = {
        str(path.relative_to(at / "src"))
        for path in (at / "src").rglob("*")
        if path.suffix in (".sql", ".json", ".gz", ".typed")
    }
    assert read <= names


def test_a_release_without_the_interface_cannot_be_built_and_says_what_to_run(folder: Path):
    at = checkout(folder, with_interface=False)

    refused = build(at, EVENHAND_REQUIRE_UI="1")
    plain = build(at)

    assert refused.returncode != 0
    assert "make ui" in refused.stderr
    assert plain.returncode == 0, plain.stderr


@pytest.mark.drill
def test_the_wheel_installs_from_hashes_and_demos_on_a_machine_without_node(folder: Path):
    made = subprocess.run(["make", "dist"], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    wheel = max((ROOT / "dist").glob("*.whl"), key=lambda each: each.stat().st_mtime)
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements" / "base.txt"], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    # Nothing of this machine but the interpreter: no Node, no checkout, no PostgreSQL of the path.
    bare = {"PATH": str(venv / "bin"), "HOME": str(folder), "LANG": "C.UTF-8"}

    command = [venv / "bin" / "evenhand", "demo", "--data", folder / "data", "--port", "0", "--json"]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, env=bare, cwd=folder)
    assert demo.stdout is not None
    ready = json.loads(demo.stdout.readline())
    page = httpx.get(ready["url"])
    session = httpx.get(f"{ready['url']}/api/v1/session", headers={"authorization": f"Bearer {ready['admin_key']}"})
    demo.terminate()
    demo.wait(60)
    demo.stdout.close()

    assert "/assets/" in page.text
    assert ready["projects"]
    assert session.json()["role"] == "owner"
