"""The embedded PostgreSQL: one server on one data folder, started and stopped as a direct child of this process.

It never runs as root, never lets anybody in without a password, writes nothing of a row's content to its log, and never
outlives its supervisor for long. `cluster` says where its files lie, `settings` how it is configured.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, TypeVar

import asyncpg

from evenhand.store.postgres import processes
from evenhand.store.postgres.account import Account, resolve_account
from evenhand.store.postgres.address import Address
from evenhand.store.postgres.binaries import Binaries, copy_binaries
from evenhand.store.postgres.cluster import (
    SUPERUSER,
    Layout,
    make_cluster,
    prepare_folders,
    require_major,
    reset_password,
)
from evenhand.store.postgres.errors import AlreadyRunning, NotDurable, PasswordRefused, PortTaken, StartFailed
from evenhand.store.postgres.settings import DURABILITY, HBA, configuration

READY_SECONDS_MAX = 600.0
STALE_SECONDS_MAX = 30.0
LOCK_SECONDS_MAX = 5.0
LOG_BYTES_MAX = 8 * 1024 * 1024

Progress = Callable[[float, str], None]
"""Told every second or so while a start takes long: seconds so far, and what PostgreSQL says it is doing."""

T = TypeVar("T")


class PostgresServer:
    """One embedded server. `start`, `stop` and the questions may be called from any thread, also by `asyncio.to_thread`.

    data: the data folder, made when missing; its parents are left as they are.
    run_as: the account for PostgreSQL; None takes `nobody` when this process is root, else this process's own.
    port: on 127.0.0.1; None takes a free one, which stays the same until this object goes.
    password_file: where the superuser's password is kept (0600); None keeps it in the data folder.
    settings: PostgreSQL settings beyond ours.
    """

    def __init__(
        self,
        data: Path,
        binaries: Binaries,
        run_as: str | None = None,
        port: int | None = None,
        *,
        password_file: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        data = data.absolute()
        self.layout = Layout(data, password_file or data / "superuser.password")
        self._binaries = binaries
        self._run_as = run_as
        self._wanted_port = port
        self._port = port
        self._settings = dict(settings or {})
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._keeper: ThreadPoolExecutor | None = None
        self._is_stopping = False

    @property
    def pid(self) -> int | None:
        """The pid of the running postmaster, a direct child of this process; None when it does not run."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def is_alive(self) -> bool:
        """Whether the postmaster runs. Asking also reaps one that died."""
        return self.pid is not None

    def start(self, progress: Progress | None = None) -> Address:
        """Make the database if there is none, start the server, and return once it answers.

        Recovery after a crash may take minutes and is waited for, up to ten. A server that a killed supervisor left
        behind is stopped first. Already running, it only answers with the address. Blocks; raises the errors of `errors`.
        """
        if self._keeper is None:
            # PostgreSQL dies with the *thread* that forked it (see `_die_with_parent`), so the thread is ours and stays.
            self._keeper = ThreadPoolExecutor(1, thread_name_prefix="postgres-keeper")
        self._is_stopping = False
        return self._keeper.submit(self._start, progress or _say_nothing).result()

    def stop(self, patience_seconds: float = 60.0) -> None:
        """Stop the server and wait until it is gone.

        Running transactions are rolled back and connections closed. After `patience_seconds` it is made to quit at
        once, which loses nothing either but leaves recovery to the next start. Not running is fine.
        """
        self._is_stopping = True
        if self._keeper is not None:
            self._keeper.submit(self._stop, patience_seconds).result()
            self._keeper.shutdown()
            self._keeper = None

    def command(self) -> list[str]:
        """The command line of the postmaster."""
        return [
            str(self._binaries.path("postgres")),
            *("-D", str(self.layout.cluster)),
            *("-c", f"config_file={self.layout.conf / 'postgresql.conf'}"),
        ]

    # Everything below runs on the keeper's thread.

    def _start(self, progress: Progress) -> Address:
        if self.is_alive():
            return self._address()
        account = resolve_account(self._run_as)
        self._take_lock()
        try:
            prepare_folders(self.layout, account)
            require_major(self.layout, self._binaries)
            self._binaries = _reachable(self._binaries, account, self.layout.data)
            if not self.layout.cluster.exists():
                progress(0.0, "making the database")
                make_cluster(self.layout, account, self._binaries)
            self._clear_the_way()
            return self._launch_until_ready(account, progress)
        except BaseException:
            self._stop(10.0)
            raise

    def _launch_until_ready(self, account: Account, progress: Progress) -> Address:
        """Launch, and launch again for 30 s while the only obstacle is a lock file or a port taken meanwhile."""
        give_up_at = time.monotonic() + STALE_SECONDS_MAX
        while True:
            self._write_configuration()
            if not self.layout.password.exists():
                reset_password(self.layout, account, self._binaries, self.layout.conf / "postgresql.conf")
            log_start = self._spawn(account)
            try:
                asyncio.run(self._wait_until_ready(progress, log_start))
                return self._address()
            except StartFailed as failure:
                passing = "lock file" in failure.reason or (
                    self._wanted_port is None and "TCP/IP socket" in failure.reason
                )
                if not passing or self._is_stopping or time.monotonic() > give_up_at:
                    raise
            if self._wanted_port is None:
                self._port = None
            time.sleep(0.5)
            self._clear_the_way()

    def _take_lock(self) -> None:
        """Hold the data folder against other supervisors; the system drops the lock when this process dies."""
        if self._lock is not None:
            return
        self.layout.data.mkdir(parents=True, exist_ok=True)
        lock = self.layout.lock.open("a+")
        give_up_at = time.monotonic() + LOCK_SECONDS_MAX
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up_at:
                    lock.seek(0)
                    holder = lock.read().strip()
                    lock.close()
                    raise AlreadyRunning(str(self.layout.data), int(holder) if holder.isdigit() else None) from None
                time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _clear_the_way(self) -> None:
        """End what a dead supervisor left running, then remove the lock files of processes that are gone.

        PostgreSQL takes any process with the number in its lock files for a living server: a zombie that nobody reaps
        (a container whose first process does not), or a stranger who was given the number. We hold the supervisor's lock
        and see that nothing works in the folder, so the files are stale. Its own check of shared memory stays in place.
        """
        if not processes.end_all(self.layout.cluster, patience_seconds=STALE_SECONDS_MAX):
            raise AlreadyRunning(str(self.layout.cluster), processes.postmaster_pid(self.layout.cluster))
        pid = processes.postmaster_pid(self.layout.cluster)
        if sys.platform != "linux" and pid is not None and processes.is_alive(pid):
            return  # Only Linux shows every process of the folder; elsewhere PostgreSQL judges, and start is retried.
        (self.layout.cluster / "postmaster.pid").unlink(missing_ok=True)
        for stale in self.layout.sockets.glob(".s.PGSQL.*"):
            stale.unlink(missing_ok=True)

    def _write_configuration(self) -> None:
        self._port = self._port or _free_port()
        if not _is_free(self._port):
            raise PortTaken(self._port)
        hba = self.layout.conf / "pg_hba.conf"
        conf = configuration(hba=hba, sockets=self.layout.sockets, port=self._port, extra=self._settings)
        for path, text in ((hba, HBA), (self.layout.conf / "postgresql.conf", conf)):
            path.write_text(text)
            path.chmod(0o644)

    def _spawn(self, account: Account) -> int:
        """Start the postmaster; returns how long its log was before."""
        if self.layout.log.exists() and self.layout.log.stat().st_size > LOG_BYTES_MAX:
            self.layout.log.replace(self.layout.log.with_suffix(".log.1"))
        with self.layout.log.open("ab") as log:
            self.layout.log.chmod(0o600)
            log_start = log.tell()
            self._child = subprocess.Popen(  # noqa: S603 -- no shell, our own words
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # Ctrl-C in a terminal goes to the whole group: the server must outlive the application's last words.
                start_new_session=True,
                preexec_fn=_die_with_parent if _PRCTL else None,
                **account.popen_arguments(),
            )
        return log_start

    async def _wait_until_ready(self, progress: Progress, log_start: int) -> None:
        """Knock until a connection opens, then see that the server keeps what it commits."""
        began = last_told = time.monotonic()
        while True:
            waited = time.monotonic() - began
            saying = "starting"
            if not self.is_alive():
                raise StartFailed(self._last_words(log_start), str(self.layout.log))
            try:
                connection = await self._connect()
            except asyncpg.InvalidPasswordError:
                raise PasswordRefused(str(self.layout.password)) from None
            except asyncpg.CannotConnectNowError as busy:
                saying = str(busy)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pass  # The socket is not there yet, or was there a moment too early.
            else:
                await self._require_durability(connection)
                return
            if self._is_stopping or waited > READY_SECONDS_MAX:
                raise StartFailed(f"stopped waiting after {waited:.0f} s: {saying}", str(self.layout.log))
            if time.monotonic() - last_told >= 1.0:
                last_told = time.monotonic()
                progress(waited, saying)
            await asyncio.sleep(0.02 if waited < 5 else 0.25)

    async def _connect(self) -> asyncpg.Connection[Any]:
        address = self._address()
        return await asyncpg.connect(
            host=str(address.sockets),
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database,
            timeout=5,
            ssl=False,
        )

    async def _require_durability(self, connection: asyncpg.Connection[Any]) -> None:
        try:
            for setting, wanted in DURABILITY.items():
                value = await connection.fetchval("select current_setting($1)", setting)
                if value != wanted:
                    raise NotDurable(setting, value)
        finally:
            await connection.close()

    def _stop(self, patience_seconds: float) -> None:
        child, self._child = self._child, None
        if child is not None:
            for word, seconds in ((signal.SIGINT, patience_seconds), (signal.SIGQUIT, 10.0), (signal.SIGKILL, None)):
                child.send_signal(word)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(seconds)
                    break
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if not str(self.layout.sockets).startswith(str(self.layout.data)):
            with contextlib.suppress(OSError):
                self.layout.sockets.rmdir()

    def _address(self) -> Address:
        assert self._port is not None
        password = self.layout.password.read_text().strip()
        return Address(sockets=self.layout.sockets, port=self._port, user=SUPERUSER, password=password)

    def _last_words(self, log_start: int) -> str:
        with self.layout.log.open("rb") as log:
            log.seek(log_start)
            lines = log.read(64 * 1024).decode(errors="replace").strip().splitlines()
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines
        return " ".join(telling[-2:]) or "it ended without a word"


def _reachable(binaries: Binaries, account: Account, data: Path) -> Binaries:
    if account.can_run([binaries.path("postgres"), "-V"]):
        return binaries
    return copy_binaries(binaries, data)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As PostgreSQL does: a connection of a server that just stopped must not keep the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _say_nothing(_seconds: float, _saying: str) -> None:
    return None


_PR_SET_PDEATHSIG = 1
# Looked up before any fork: between fork and exec nothing may be loaded.
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """In the new child: let the kernel ask for a fast stop when our parent is gone, even by kill -9.

    Two traps. The signal comes when the *thread* that forked ends, hence the keeper's thread. And a change of account
    clears it: subprocess runs this after the change. Where it is missing (not Linux), the next start ends the orphan.
    """
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
