"""The embedded server: how it starts and stops, whose it is, and who gets in."""

import asyncio
import os
import pwd
import signal
import socket
import stat
import threading
import time
from pathlib import Path

import asyncpg
import pytest

from conftest import MakeServer, sql
from evenhand.store.postgres import Binaries, PostgresServer, find_binaries, major_of
from evenhand.store.postgres.errors import (
    AccountUnusable,
    AlreadyRunning,
    FolderUnreachable,
    NotDurable,
    PasswordRefused,
    PortTaken,
    StartFailed,
    WrongMajor,
    WrongOwner,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
SERVER_UID = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()


def modes(*paths: Path) -> list[int]:
    return [stat.S_IMODE(path.lstat().st_mode) for path in paths]


# Start and stop


def test_what_was_committed_is_there_after_a_stop_and_a_start(new_server: PostgresServer, binaries: Binaries):
    began = time.monotonic()
    address = new_server.start()
    print(f"first start of {binaries.version}: {time.monotonic() - began:.2f} s")
    sql(address, "create table kept (value int)", "insert into kept values (7)", "select 1")

    new_server.stop()
    assert not new_server.is_alive()
    began = time.monotonic()
    again = new_server.start()

    print(f"later start: {time.monotonic() - began:.2f} s")
    assert again == address
    assert sql(again, "select value from kept") == 7


def test_it_is_reached_by_socket_and_by_tcp(server: PostgresServer, binaries: Binaries):
    address = server.start()

    for over in ("socket", "tcp"):
        assert sql(address, "select current_setting('server_version_num')::int / 10000", over=over) == binaries.major


def test_it_listens_on_loopback_alone(server: PostgresServer):
    address = server.start()

    assert sql(address, "show listen_addresses") == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", address.port), timeout=2)


def test_starting_twice_is_starting_once(server: PostgresServer):
    address, pid = server.start(), server.pid

    assert server.start() == address
    assert server.pid == pid


def test_stopping_what_does_not_run_is_fine(server: PostgresServer):
    server.stop()
    server.start()
    server.stop()
    server.stop()

    assert server.pid is None


def test_stop_does_not_wait_for_open_transactions(server: PostgresServer):
    address = server.start()

    async def hold_one_open_while_stopping() -> float:
        connection = await asyncpg.connect(address.socket_url, ssl=False)
        await connection.execute("begin; create table undone (value int)")
        began = time.monotonic()
        await asyncio.to_thread(server.stop)
        connection.terminate()
        return time.monotonic() - began

    assert asyncio.run(hold_one_open_while_stopping()) < 30
    assert sql(server.start(), "select to_regclass('undone')") is None


def test_a_server_that_does_not_react_is_made_to_quit_and_loses_nothing(server: PostgresServer):
    address = server.start()
    sql(address, "create table kept as select 7 as value", "select 1")
    os.kill(server.pid, signal.SIGSTOP)
    # A stopped process takes no signal but the last one, which is what `stop` comes to.
    awake = threading.Timer(2.0, os.kill, (server.pid, signal.SIGCONT))
    awake.start()

    server.stop(patience_seconds=0.2)

    awake.join()
    assert not server.is_alive()
    assert sql(server.start(), "select value from kept") == 7


async def test_it_outlives_the_thread_that_asked_for_its_start(server: PostgresServer):
    answers = []
    asking = threading.Thread(target=lambda: answers.append(server.start()))
    asking.start()
    await asyncio.to_thread(asking.join)

    # The kernel would have sent its signal at the end of the thread; leave it time to arrive.
    await asyncio.sleep(0.5)

    assert server.is_alive()
    connection = await asyncpg.connect(answers[0].socket_url, ssl=False)
    assert await connection.fetchval("select 1") == 1
    await connection.close()


async def test_start_and_stop_may_be_awaited_by_to_thread(server: PostgresServer):
    address = await asyncio.to_thread(server.start)
    connection = await asyncpg.connect(address.tcp_url, ssl=False)
    assert await connection.fetchval("select 1") == 1
    await connection.close()

    await asyncio.to_thread(server.stop)

    assert not server.is_alive()


def test_without_a_port_a_free_one_is_taken_and_kept(make_server: MakeServer):
    server = make_server(port=None)

    first = server.start().port
    server.stop()

    assert 1024 < first < 65536
    assert server.start().port == first


def test_a_port_in_use_is_named(make_server: MakeServer, port: int):
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTaken) as caught:
        make_server(port=port).start()

    assert caught.value.port == port


def test_two_supervisors_never_share_a_data_folder(make_server: MakeServer, monkeypatch):
    monkeypatch.setattr("evenhand.store.postgres.server.LOCK_SECONDS_MAX", 0.2)
    first = make_server()
    address = first.start()

    with pytest.raises(AlreadyRunning) as caught:
        make_server().start()

    assert caught.value.pid == os.getpid()
    assert sql(address, "select 1") == 1


def test_an_interrupted_first_start_leaves_nothing_that_looks_like_a_database(new_server: PostgresServer, folder: Path):
    unfinished = folder / "data" / "cluster.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert major_of(folder / "data") is None

    address = new_server.start()

    assert sql(address, "select 1") == 1
    assert not unfinished.exists()


def test_a_failed_start_says_why_and_leaves_nothing_running(make_server: MakeServer):
    server = make_server(settings={"shared_buffers": "nonsense"})

    with pytest.raises(StartFailed) as caught:
        server.start()

    assert "configuration file" in str(caught.value)
    assert not server.is_alive()
    assert sql(make_server().start(), "select 1") == 1


def test_a_data_folder_of_another_major_is_refused_with_the_way_out_and_left_as_it_is(
    make_server: MakeServer, binaries: Binaries, folder: Path
):
    other = 15 if binaries.major == 18 else 18
    first = make_server()
    sql(first.start(), "create table kept as select 7 as value", "select 1")
    first.stop()

    with pytest.raises(WrongMajor) as caught:
        make_server(binaries=find_binaries(major=other)).start()

    assert (caught.value.data_major, caught.value.program_major) == (binaries.major, other)
    assert "backup" in caught.value.hint
    assert "restore" in caught.value.hint
    assert major_of(folder / "data") == binaries.major
    assert sql(first.start(), "select value from kept") == 7


def test_strings_are_ordered_by_code_point_and_letters_beyond_ascii_have_case(server: PostgresServer):
    address = server.start()

    assert sql(address, "select string_agg(v, '' order by v) from unnest('{é,a,Z,b}'::text[]) v") == "Zabé"
    assert sql(address, "select upper('é')") == "É"
    assert sql(address, "show server_encoding") == "UTF8"
    assert sql(address, "show data_checksums") == "on"


# Accounts and permissions


def test_the_server_is_our_child_and_not_root(server: PostgresServer):
    server.start()

    status = Path(f"/proc/{server.pid}/status").read_text()

    assert f"\nPPid:\t{os.getpid()}\n" in status
    assert f"\nUid:\t{SERVER_UID}\t{SERVER_UID}\t{SERVER_UID}\t{SERVER_UID}\n" in status
    assert os.getsid(server.pid) == server.pid, "Ctrl-C in a terminal would stop it before the application"


def test_its_folders_are_closed_and_nothing_above_the_data_folder_is_changed(new_server: PostgresServer, folder: Path):
    bystander = folder / "bystander"
    bystander.mkdir(mode=0o750)
    above = [bystander, folder, *folder.parents]
    before = modes(*above), [path.stat().st_uid for path in above]

    new_server.start()
    new_server.stop()

    data = folder / "data"
    assert (modes(*above), [path.stat().st_uid for path in above]) == before
    assert modes(data / "cluster", data / "socket", data / "superuser.password") == [0o700, 0o700, 0o600]
    assert (data / "cluster").stat().st_uid == (data / "socket").stat().st_uid == SERVER_UID
    assert (data / "superuser.password").stat().st_uid == os.geteuid()
    assert not list(data.glob("*.unfinished"))
    assert not (data / "initdb.password").exists()


def test_the_password_may_be_kept_elsewhere(make_server: MakeServer, folder: Path):
    elsewhere = folder / "password"

    address = make_server(password_file=elsewhere, is_new=True).start()

    assert elsewhere.read_text().strip() == address.password
    assert not (folder / "data" / "superuser.password").exists()


def test_no_password_is_shown_when_an_address_is_printed(server: PostgresServer):
    address = server.start()

    assert address.password not in repr(address)
    assert len(address.password) >= 32


@needs_root
def test_a_data_folder_below_a_closed_one_is_refused_by_name_and_the_closed_one_stays_closed(
    make_server: MakeServer, folder: Path
):
    home = folder / "home"
    home.mkdir(mode=0o700)

    with pytest.raises(FolderUnreachable) as caught:
        make_server(home / "data", is_new=True).start()

    assert caught.value.path == str(home)
    assert caught.value.account == "nobody"
    assert modes(home) == [0o700]


@needs_root
def test_files_of_another_account_are_not_taken_over(server: PostgresServer, folder: Path):
    server.start()
    server.stop()
    cluster = folder / "data" / "cluster"
    os.chown(cluster, 1, 1)

    with pytest.raises(WrongOwner) as caught:
        server.start()

    assert (caught.value.path, caught.value.owner_uid, caught.value.account) == (str(cluster), 1, "nobody")
    assert cluster.stat().st_uid == 1


@pytest.mark.parametrize("account", ["root", "no-such-account-here"])
def test_root_and_unknown_accounts_are_refused(make_server: MakeServer, account):
    with pytest.raises(AccountUnusable) as caught:
        make_server(run_as=account).start()

    assert caught.value.account == account


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_goes_with_the_server(make_server: MakeServer, folder: Path):
    server = make_server(folder / ("long-" * 18) / "data")

    address = server.start()

    assert sql(address, "select 1") == 1
    assert address.sockets.parent == Path("/tmp")
    assert modes(address.sockets) == [0o700]
    server.stop()
    assert not address.sockets.exists()


def test_a_short_socket_folder_that_somebody_else_prepared_is_refused(make_server: MakeServer, folder: Path):
    server = make_server(folder / ("long-" * 18) / "data")
    trap = server.layout.sockets
    trap.symlink_to(folder)

    try:
        with pytest.raises(WrongOwner):
            server.start()
    finally:
        trap.unlink()


# Who gets in


@pytest.mark.parametrize("over", ["socket", "tcp"])
@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_gets_in_without_the_password(server: PostgresServer, over, password):
    address = server.start()

    with pytest.raises(asyncpg.InvalidPasswordError):
        sql(address.as_user("postgres", password), "select 1", over=over)


def test_every_rule_of_access_asks_for_a_scram_password(server: PostgresServer):
    address = server.start()

    rules = "select string_agg(distinct auth_method, ' ') from pg_hba_file_rules"
    assert sql(address, rules) == "scram-sha-256"
    assert sql(address, "select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'postgres'") is True


def test_a_lost_password_file_is_made_anew(server: PostgresServer, folder: Path):
    before = server.start()
    sql(before, "create table kept as select 7 as value", "select 1")
    server.stop()
    (folder / "data" / "superuser.password").unlink()

    after = server.start()

    assert after.password != before.password
    assert sql(after, "select value from kept") == 7
    with pytest.raises(asyncpg.InvalidPasswordError):
        sql(before, "select 1")


def test_a_wrong_password_file_is_named(server: PostgresServer, folder: Path):
    server.start()
    server.stop()
    (folder / "data" / "superuser.password").write_text("wrong\n")

    with pytest.raises(PasswordRefused) as caught:
        server.start()

    assert caught.value.path == str(folder / "data" / "superuser.password")
    assert not server.is_alive()


# Settings


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_it_does_not_run_when_it_could_lose_committed_rows(make_server: MakeServer, setting):
    server = make_server(settings={setting: "off"})

    with pytest.raises(NotDurable) as caught:
        server.start()

    assert (caught.value.setting, caught.value.value) == (setting, "off")
    assert not server.is_alive()


def test_nothing_of_a_statement_or_a_row_gets_into_the_log(server: PostgresServer, folder: Path):
    address = server.start()
    marker = "Xyzzy-marker-4711"
    sql(address, "create table held (value text unique)", f"insert into held values ('{marker}')", "select 1")
    mistakes = [
        f"select syntax error '{marker}'",
        f"select '{marker}'::int",
        f"insert into held values ('{marker}')",
        f"do $$ begin raise exception '{marker}'; end $$",
        f"do $$ begin raise warning '{marker}'; end $$",
        f"do $$ begin raise log using message = 'a level nobody should use', detail = '{marker}'; end $$",
        f"select pg_terminate_backend(pg_backend_pid()), '{marker}'",
    ]

    for mistake in mistakes:
        try:
            sql(address, mistake)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError):
            continue
    kill_a_backend_that_says(address, marker)
    until_it_answers(address)
    server.stop()

    log = (folder / "data" / "postgres.log").read_text()
    assert "was terminated by signal 9" in log, "the log is kept"
    assert marker not in log
    assert modes(folder / "data" / "postgres.log") == [0o600]


def until_it_answers(address):
    """A server that recovers from a crash is stopped only when it is done."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            assert sql(address, "select 1") == 1
            return
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            time.sleep(0.05)
    raise AssertionError("it does not come back")


def kill_a_backend_that_says(address, marker):
    """PostgreSQL tells what a crashed backend was running; have one crash in the middle of a statement."""

    async def run() -> None:
        connection = await asyncpg.connect(address.socket_url, ssl=False)
        pid = connection.get_server_pid()
        asleep = asyncio.create_task(connection.execute(f"select pg_sleep(60), '{marker}'"))
        await asyncio.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
            await asleep
        connection.terminate()

    asyncio.run(run())
