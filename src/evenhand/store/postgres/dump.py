"""Logical dumps: one database into one file, and back into a server of the same or another major version.

Passwords travel in the environment of the program, which only its own account may read, never on its command line.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from evenhand.store.postgres.binaries import Binaries
from evenhand.store.postgres.errors import DumpFailed

# Before this major `transaction_timeout` is unknown, and the programs from it on set it in each dump.
_FIRST_WITH_TRANSACTION_TIMEOUT = 17

_COLUMN_VERSION = re.compile(rb"^ALTER TABLE ONLY .+ ALTER COLUMN .+ SET \(pg_attver=\d+\);$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Login:
    url: str
    environment: dict[str, str]


def dump(
    binaries: Binaries,
    url: str,
    into: Path,
    *,
    snapshot: str | None = None,
    schema: str | None = None,
    role: str | None = None,
) -> None:
    """Write the database at `url` to the file `into` (pg_dump's custom format, mode 0600); roles are not part of it.

    The role must see every row: a superuser, or one with BYPASSRLS, else row-level security makes pg_dump refuse.
    The programs must not be of an older major than the server; those that run the server are the best choice.
    schema: only what is in it. role: one that the login takes to read; it must be let see every row by the tables' policies.
    snapshot: one exported by `pg_export_snapshot()`, to see the same state as another transaction.
    Raises DumpFailed; `into` then is not there.
    """
    unfinished = into.with_name(into.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        # Sealed rows do not compress, what surrounds them does: the cheapest level takes nearly all there is to gain.
        options = ["--format=custom", "--compress=1", f"--file={unfinished}", "--no-password"]
        if snapshot is not None:
            options.append(f"--snapshot={snapshot}")
        if schema is not None:
            options.append(f"--schema={schema}")
        if role is not None:
            options += [f"--role={role}", "--enable-row-security"]
        _run(binaries, "pg_dump", options, _login(url))
        unfinished.replace(into)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(binaries: Binaries, url: str, source: Path, *, schema: str | None = None) -> None:
    """Read the file `source`, made by `dump`, into the empty database at `url`: all of it, or on an error nothing.

    The roles that own things in it must exist. The server may be of another major version than the one dumped, older
    ones included as long as nothing in the database is newer than the server.
    schema: only what is in it; the schema itself exists already, and everything will belong to the login.
    Raises DumpFailed.
    """
    login = _login(url)
    chosen = [f"--schema={schema}", "--no-owner"] if schema is not None else []
    if _needs_script(binaries, login, source):
        _restore_by_script(binaries, login, source, chosen)
        return
    options = ["--exit-on-error", "--single-transaction", "--no-password", *chosen, str(source)]
    _run(binaries, "pg_restore", options, login)


def _needs_script(binaries: Binaries, login: _Login, source: Path) -> bool:
    """Whether the dump says something that the server may not understand, so that it must be read with `_mended`."""
    if not binaries.path("psql").exists():
        return False
    if binaries.major >= _FIRST_WITH_TRANSACTION_TIMEOUT:
        said = _run(binaries, "psql", ["--no-psqlrc", "--no-password", "-At", "-c", "show server_version_num"], login)
        if int(said) // 10_000 < _FIRST_WITH_TRANSACTION_TIMEOUT:
            return True
    definitions = subprocess.run(  # noqa: S603 -- no shell, our own words
        [binaries.path("pg_restore"), "--schema-only", "--file=-", source], capture_output=True
    )
    return _COLUMN_VERSION.search(definitions.stdout) is not None


def _restore_by_script(binaries: Binaries, login: _Login, source: Path, chosen: list[str]) -> None:
    """Turn the dump into SQL, leave out what the server does not know, and feed psql."""
    with tempfile.TemporaryFile() as reader_said, tempfile.TemporaryFile() as writer_said:
        reader = subprocess.Popen(  # noqa: S603 -- no shell, our own words
            [binaries.path("pg_restore"), "--file=-", *chosen, source], stdout=subprocess.PIPE, stderr=reader_said
        )
        writer = subprocess.Popen(  # noqa: S603 -- no shell, our own words
            [
                *(binaries.path("psql"), "--no-psqlrc", "--no-password", "--quiet"),
                *("--set=ON_ERROR_STOP=1", "--single-transaction", f"--dbname={login.url}"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=writer_said,
            env=login.environment,
        )
        is_whole = _copy_script(reader, writer)
        if not is_whole:
            raise DumpFailed("pg_restore", _reason(reader_said))
        if writer.wait() != 0:
            raise DumpFailed("psql", _reason(writer_said))


def _copy_script(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes]) -> bool:
    """Copy all that `reader` says to `writer`; False when `reader` failed, in which case `writer` never sees an end.

    At the end of its input psql commits, so it is killed before half a dump could look like a whole one.
    """
    assert reader.stdout is not None
    assert writer.stdin is not None
    with reader.stdout:
        try:
            for line in _mended(reader.stdout):
                writer.stdin.write(line)
            writer.stdin.flush()
            is_whole = reader.wait() == 0
        except BrokenPipeError:
            is_whole = True  # psql gave up first, and says why.
            reader.kill()
            reader.wait()
    if not is_whole:
        writer.kill()
        writer.wait()
    with contextlib.suppress(BrokenPipeError):
        writer.stdin.close()
    return is_whole


def _mended(script: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a dump as SQL, without the two things another version does not know. Rows are never looked at.

    One is a setting at the top. The other is a mark that PostgreSQL 15.20 puts on each column: its own pg_dump leaves it
    out, that of 18.6 does not, and no 18.6 server accepts it.
    """
    is_among_rows = False
    for line in script:
        if is_among_rows:
            is_among_rows = line.rstrip() != b"\\."
        elif line.startswith(b"COPY ") and line.rstrip().endswith(b" FROM stdin;"):
            is_among_rows = True
        elif line.startswith(b"SET transaction_timeout = ") or _COLUMN_VERSION.match(line):
            continue
        yield line


def _run(binaries: Binaries, program: str, options: list[str], login: _Login) -> str:
    done = subprocess.run(  # noqa: S603 -- no shell, our own words
        [binaries.path(program), *options, f"--dbname={login.url}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=login.environment,
    )
    if done.returncode != 0:
        raise DumpFailed(program, _first_error(done.stderr))
    return done.stdout.strip()


def _login(url: str) -> _Login:
    """The URL without its password, and an environment that holds it. Other PG… variables are not handed on."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    password = options.pop("password", None) or unquote(parts.password or "")
    _, _, place = parts.netloc.rpartition("@")
    user = f"{quote(unquote(parts.username), safe='')}@" if parts.username else ""
    without = urlunsplit((parts.scheme, user + place, parts.path, urlencode(options, quote_via=quote), ""))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if password:
        environment["PGPASSWORD"] = password
    # A role of the application may have limits that a long copy would run into.
    environment["PGOPTIONS"] = "-c statement_timeout=0 -c lock_timeout=60s -c idle_in_transaction_session_timeout=0"
    return _Login(without, environment)


def _reason(said: IO[bytes]) -> str:
    said.seek(0)
    return _first_error(said.read(64 * 1024).decode(errors="replace"))


def _first_error(said: str) -> str:
    """The first line that names an error. What follows it may quote rows, so it is left out."""
    lines = said.strip().splitlines()
    return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "it said nothing")
