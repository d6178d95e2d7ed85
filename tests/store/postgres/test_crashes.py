"""Deaths: of the postmaster, of a backend's whole server, of the process that supervises it. Nothing committed is lost."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import MakeServer, sql
from evenhand.store.postgres import Address, Binaries, Died, PostgresServer, Restarted, RestartFailed, processes, watch
from evenhand.store.postgres.account import resolve_account

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells of a parent's death on Linux alone")

# A supervisor that says where its server is, writes numbered rows for as long as it lives, and says each once committed.
SUPERVISOR = """
import asyncio, json, sys
from pathlib import Path
import asyncpg
from evenhand.store.postgres import PostgresServer, find_binaries

server = PostgresServer(Path(sys.argv[1]), find_binaries(major=int(sys.argv[2])), port=int(sys.argv[3]))
address = server.start()

async def write():
    connection = await asyncpg.connect(address.socket_url, ssl=False)
    await connection.execute("create table if not exists kept (value int primary key)")
    value = await connection.fetchval("select coalesce(max(value), 0) from kept")
    print(json.dumps({"postmaster": server.pid}), flush=True)
    while True:
        value += 1
        await connection.execute("insert into kept values ($1)", value)
        print(json.dumps({"committed": value}), flush=True)

asyncio.run(write())
"""


def wait_until(is_so, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(is_so())


# The postmaster dies


def kill_and_start_again(server: PostgresServer, times: int) -> None:
    address = server.start()
    sql(address, "create table kept (value int)", "select 1")
    for value in range(1, times + 1):
        sql(address, f"insert into kept values ({value})", "select 1")
        pid = server.pid
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not server.is_alive())
        assert not Path(f"/proc/{pid}").exists(), "a zombie is left, and PostgreSQL would take it for a server"

        assert server.start() == address

        assert sql(address, "select array_agg(value order by value) from kept") == list(range(1, value + 1))


def test_killing_the_postmaster_loses_nothing(server: PostgresServer):
    kill_and_start_again(server, times=3)


@pytest.mark.drill
def test_killing_the_postmaster_twenty_times_loses_nothing(server: PostgresServer):
    kill_and_start_again(server, times=20)


def test_a_long_recovery_is_waited_for_and_told(server: PostgresServer):
    address = server.start()
    sql(address, "create table kept as select generate_series(1, 300000) as value", "select 1")
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not server.is_alive())
    told: list[tuple[float, str]] = []
    delay = threading.Thread(target=hold_recovery_back, args=(server.layout.cluster, 2.5))
    delay.start()

    server.start(lambda seconds, saying: told.append((seconds, saying)))

    delay.join()
    assert sql(address, "select count(*) from kept") == 300_000
    assert told
    assert told[-1][0] > 1.5
    assert "starting up" in told[-1][1] or "not yet accepting" in told[-1][1]


def hold_recovery_back(cluster: Path, seconds: float) -> None:
    """Stop the process that replays the log as soon as it is there, and let it go on later."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for pid in processes.workers_in(cluster):
            if b"startup" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGSTOP)
                time.sleep(seconds)
                os.kill(pid, signal.SIGCONT)
                return
    raise AssertionError("no recovery was seen")


# The supervisor dies


@pytest.fixture
def supervisors(folder: Path, binaries: Binaries, port: int) -> Iterator["Supervisors"]:
    made = Supervisors(folder / "data", binaries, port)
    yield made
    made.end()


class Supervisors:
    """One Python process after the other, each of which supervises the same data folder until it is killed."""

    def __init__(self, data: Path, binaries: Binaries, port: int) -> None:
        self._command = [sys.executable, "-c", SUPERVISOR, str(data), str(binaries.major), str(port)]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> int:
        """Start the next one; the pid of its postmaster."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return json.loads(self._process.stdout.readline())["postmaster"]

    def kill(self) -> int:
        """Let it commit a few rows, then kill -9 it; the last row it had reported as committed."""
        lines = [self._process.stdout.readline() for _ in range(3)]
        self._process.kill()
        lines += self._process.stdout.read().splitlines()
        self._process.wait()
        self._process.stdout.close()
        return max(json.loads(line)["committed"] for line in lines if line.rstrip().endswith("}"))

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()


def kill_supervisors(supervisors: Supervisors, make_server: MakeServer, times: int) -> None:
    committed = 0
    for _ in range(times):
        supervisors.start()
        committed = supervisors.kill()

    address = make_server(is_new=True).start()

    count, highest = sql(address, "select array[count(*), max(value)] from kept")
    assert count == highest, "a row in the middle is missing"
    assert committed <= highest <= committed + 1, "only the row on its way may be there unreported"


def test_killing_the_supervisor_loses_nothing_and_a_new_one_starts(supervisors: Supervisors, make_server: MakeServer):
    kill_supervisors(supervisors, make_server, times=2)


@pytest.mark.drill
def test_killing_the_supervisor_twenty_times_loses_nothing(supervisors: Supervisors, make_server: MakeServer):
    kill_supervisors(supervisors, make_server, times=20)


@on_linux
def test_the_server_stops_by_itself_when_its_supervisor_is_killed(supervisors: Supervisors):
    postmaster = supervisors.start()

    supervisors.kill()

    assert wait_until(lambda: not processes.is_alive(postmaster))


def test_a_server_left_running_by_somebody_gone_is_stopped_and_replaced(server: PostgresServer):
    address = server.start()
    sql(address, "create table kept as select 7 as value", "select 1")
    server.stop()
    with left_running(server, address) as orphan:
        again = server.start()

        assert orphan.wait(timeout=60) == 0, "it was asked to stop, not killed"
        assert server.pid != orphan.pid
        assert sql(again, "select value from kept") == 7


def test_backends_whose_postmaster_was_killed_are_ended_before_the_next_start(server: PostgresServer):
    address = server.start()
    sql(address, "create table kept as select 7 as value", "select 1")
    server.stop()
    with left_running(server, address) as orphan:
        workers = [pid for pid in processes.workers_in(server.layout.cluster) if pid != orphan.pid]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)  # They would notice that the postmaster is gone.
        orphan.kill()
        orphan.wait()
        waking = threading.Timer(1.0, lambda: [os.kill(pid, signal.SIGCONT) for pid in workers])
        waking.start()

        again = server.start()

        waking.join()
        assert not any(processes.is_alive(pid) for pid in workers)
        assert sql(again, "select value from kept") == 7


class left_running:
    """A server on the same data folder that nobody supervises."""

    def __init__(self, server: PostgresServer, address: Address) -> None:
        self._server = server
        self._address = address

    def __enter__(self) -> subprocess.Popen[bytes]:
        account = resolve_account(None)
        self._orphan = subprocess.Popen(
            self._server.command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **account.popen_arguments(),
        )
        assert wait_until(self._answers)
        return self._orphan

    def __exit__(self, *_error: object) -> None:
        if self._orphan.poll() is None:
            self._orphan.kill()
            self._orphan.wait()

    def _answers(self) -> bool:
        try:
            return sql(self._address, "select true")
        except Exception:
            return False


# Stale lock files


def test_the_lock_files_of_a_zombie_do_not_keep_the_server_from_starting(server: PostgresServer):
    address = server.start()
    sql(address, "create table kept as select 7 as value", "select 1")
    server.stop()
    zombie = subprocess.Popen(["true"], user=server.layout.cluster.stat().st_uid)
    assert wait_until(lambda: not processes.is_alive(zombie.pid))
    write_lock_files(server, address, zombie.pid)

    again = server.start()

    assert Path(f"/proc/{zombie.pid}").exists(), "the zombie was reaped, so this tested nothing"
    assert sql(again, "select value from kept") == 7
    zombie.wait()


def test_a_stranger_with_the_number_of_a_dead_server_is_left_alone(server: PostgresServer):
    address = server.start()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"], user=server.layout.cluster.stat().st_uid)
    write_lock_files(server, address, stranger.pid)

    try:
        assert sql(server.start(), "select 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def write_lock_files(server: PostgresServer, address: Address, pid: int) -> None:
    """The lock files of data folder and socket as a server with this pid would have left them."""
    cluster = server.layout.cluster
    lines = [str(pid), str(cluster), "1700000000", str(address.port), str(address.sockets), "127.0.0.1", ""]
    for path in (cluster / "postmaster.pid", address.sockets / f".s.PGSQL.{address.port}.lock"):
        path.write_text("\n".join(lines))
        os.chown(path, cluster.stat().st_uid, cluster.stat().st_gid)
        path.chmod(0o600)


# Watching


async def test_a_watched_server_comes_back_at_the_same_address_and_somebody_is_told(server: PostgresServer):
    address = await asyncio.to_thread(server.start)
    await asyncio.to_thread(sql, address, "create table kept as select 7 as value", "select 1")
    events = asyncio.Queue()
    watching = asyncio.create_task(watch(server, events.put_nowait))

    for _ in range(2):
        os.kill(server.pid, signal.SIGKILL)

        assert isinstance(await asyncio.wait_for(events.get(), 60), Died)
        back = await asyncio.wait_for(events.get(), 60)
        assert isinstance(back, Restarted)
        assert back.address == address
        assert await asyncio.to_thread(sql, address, "select value from kept") == 7

    watching.cancel()


async def test_a_server_that_does_not_come_back_is_tried_again(server: PostgresServer):
    address = await asyncio.to_thread(server.start)
    version = server.layout.cluster / "PG_VERSION"
    true_version = version.read_text()
    events = asyncio.Queue()
    watching = asyncio.create_task(watch(server, events.put_nowait))

    version.write_text("14\n")
    os.kill(server.pid, signal.SIGKILL)
    assert isinstance(await asyncio.wait_for(events.get(), 60), Died)
    failed = await asyncio.wait_for(events.get(), 60)
    version.write_text(true_version)

    assert isinstance(failed, RestartFailed)
    assert failed.error.code == "postgres-wrong-major"
    back = await asyncio.wait_for(events.get(), 60)
    assert isinstance(back, Restarted)
    assert await asyncio.to_thread(sql, address, "select 1") == 1
    watching.cancel()
