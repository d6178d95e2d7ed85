"""Logs say what failed and where, and never with which values."""

from __future__ import annotations

import json
import subprocess
import sys

MARKER = "MARKER-8d1f"
# Each crashes in its own way, with the marker in its message and in a variable.
CRASHES = {
    "logged": "log.error('request.crashed', exc_info=error)",
    "failed": "log.exception('request.failed')",
    "library": "logging.getLogger('uvicorn.error').error('Exception in ASGI application %s', secret, exc_info=error)",
    "forgotten": "asyncio.run(forgotten())",
    "uncaught": "raise",
}
PROGRAM = """
import asyncio, gc, logging, structlog
from evenhand.boundary import logs
logs.configure('info')
log = structlog.get_logger('test')

async def fails():
    raise RuntimeError('{marker}')

async def forgotten():
    asyncio.create_task(fails())
    await asyncio.sleep(0)
    gc.collect()

def reads(secret):
    try:
        int(secret)
    except ValueError as cause:
        raise KeyError(secret) from cause

secret = '{marker}'
try:
    reads(secret)
except KeyError as error:
    {crash}
"""


def said(crash: str) -> str:
    program = PROGRAM.format(marker=MARKER, crash=crash)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_no_way_to_crash_writes_a_value_into_the_log() -> None:
    for name, crash in CRASHES.items():
        lines = said(crash).splitlines()

        assert lines, name
        assert not [line for line in lines if MARKER in line], name


def test_what_failed_and_where_is_told_as_json() -> None:
    [line] = said(CRASHES["logged"]).splitlines()

    told = json.loads(line)
    assert told["event"] == "request.crashed"
    assert [each["type"] for each in told["exception"]] == ["builtins.KeyError", "builtins.ValueError"]
    assert told["exception"][0]["at"][-1].endswith(" reads")


def test_a_driver_s_error_keeps_its_state_and_loses_its_words() -> None:
    program = (
        "import asyncpg, structlog\nfrom evenhand.boundary import logs\nlogs.configure('info')\n"
        f"error = asyncpg.UniqueViolationError('Key (x)=({MARKER}) already exists.')\n"
        "error.sqlstate = '23505'\nstructlog.get_logger().error('request.failed', exc_info=error)"
    )

    text = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr

    assert json.loads(text)["exception"][0]["sqlstate"] == "23505"
    assert MARKER not in text


def test_the_marker_would_be_found_where_values_are_logged() -> None:
    assert MARKER in said("log.error('request.failed', cause=repr(error))")
