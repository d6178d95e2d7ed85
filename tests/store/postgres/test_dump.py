"""Dumps go out of one server and into another, whatever their major versions."""

import os
import stat
import sys
from pathlib import Path

import asyncpg
import pytest

from conftest import MakeServer, sql
from evenhand.store.postgres import Address, Binaries, dump, find_binaries, restore
from evenhand.store.postgres.errors import DumpFailed

SCHEMA = (
    "create role dump_owner nologin",
    "create schema kept authorization dump_owner",
    "create table kept.item (id uuid primary key, sealed bytea not null, text text, made timestamptz default now())",
    "alter table kept.item owner to dump_owner",
    "alter table kept.item enable row level security",
    "alter table kept.item force row level security",
    "create policy own on kept.item using (text = current_setting('kept.name', true))",
    "create function kept.twice(v int) returns int language sql security definer as 'select 2 * v'",
    # Lines that look like commands of the dump's own head must pass as data.
    "insert into kept.item select gen_random_uuid(), sha256(v::text::bytea),"
    " E'SET transaction_timeout = 0;\\nčeština \\\\ \\\\.\\n\\\\.\\n' || v from generate_series(1, 2000) v",
)
CHECKSUM = "select md5(string_agg(id::text || encode(sealed, 'hex') || text || made, ',' order by id)) from kept.item"


@pytest.fixture
def two_servers(make_server: MakeServer, folder: Path, binaries: Binaries):
    """Makes a full server of one's own major and an empty one of the other."""

    def make(target_major: int) -> tuple[Address, Address]:
        source = make_server(folder / "source").start()
        target = make_server(folder / "target", binaries=find_binaries(major=target_major)).start()
        sql(source, *SCHEMA, "select 1")
        sql(target, "create role dump_owner nologin", "select 1")
        return source, target

    return make


@pytest.mark.parametrize("target_major", [18, 15])
@pytest.mark.parametrize("dumped_by", ["own programs", "newest programs"])
def test_what_is_dumped_is_what_is_restored(
    two_servers, binaries: Binaries, folder: Path, target_major: int, dumped_by: str
):
    source, target = two_servers(target_major)
    dumper = binaries if dumped_by == "own programs" else find_binaries(major=18)
    restorer = find_binaries(major=max(dumper.major, target_major))

    dump(dumper, source.tcp_url, folder / "rows.dump")
    restore(restorer, target.socket_url, folder / "rows.dump")

    assert sql(target, CHECKSUM) == sql(source, CHECKSUM)
    assert sql(target, "select count(*) from kept.item") == 2000
    assert sql(target, "select kept.twice(21)") == 42
    assert sql(target, "select tableowner from pg_tables where schemaname = 'kept'") == "dump_owner"
    assert sql(target, "select relforcerowsecurity from pg_class where oid = 'kept.item'::regclass") is True
    assert sql(target, "select count(*) from pg_policies where schemaname = 'kept'") == 1
    assert stat.S_IMODE((folder / "rows.dump").stat().st_mode) == 0o600


@pytest.mark.parametrize("target_major", [18, 15])
def test_a_restore_that_fails_changes_nothing(two_servers, binaries: Binaries, folder: Path, target_major: int):
    source, target = two_servers(target_major)
    newest = find_binaries(major=max(binaries.major, target_major))
    dump(newest, source.tcp_url, folder / "rows.dump")
    # The last thing restored is the policy, long after the rows; without the role it never gets that far.
    sql(target, "drop role dump_owner", "select 1")

    with pytest.raises(DumpFailed) as caught:
        restore(newest, target.tcp_url, folder / "rows.dump")

    assert "dump_owner" in caught.value.reason
    assert sql(target, "select to_regnamespace('kept')") is None


@pytest.mark.parametrize("target_major", [18, 15])
def test_half_a_dump_changes_nothing(two_servers, binaries: Binaries, folder: Path, target_major: int):
    source, target = two_servers(target_major)
    newest = find_binaries(major=max(binaries.major, target_major))
    whole = folder / "rows.dump"
    dump(newest, source.tcp_url, whole)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])

    with pytest.raises(DumpFailed) as caught:
        restore(newest, target.tcp_url, whole)

    assert caught.value.program == "pg_restore"
    assert sql(target, "select to_regnamespace('kept')") is None


def test_a_dump_that_fails_leaves_no_file(server, binaries: Binaries, folder: Path):
    address = server.start().in_database("no_such_database")

    with pytest.raises(DumpFailed) as caught:
        dump(binaries, address.tcp_url, folder / "rows.dump")

    assert "no_such_database" in caught.value.reason
    assert [path.name for path in folder.iterdir()] == ["data"]


def test_a_dump_by_a_role_that_sees_only_some_rows_is_refused(server, binaries: Binaries, folder: Path):
    address = server.start()
    sql(address, *SCHEMA, "create role half login password 'half' in role dump_owner", "select 1")

    with pytest.raises(DumpFailed) as caught:
        dump(binaries, address.as_user("half", "half").tcp_url, folder / "rows.dump")

    assert "row-level security" in caught.value.reason


async def test_a_dump_sees_the_state_of_an_exported_snapshot(server, binaries: Binaries, folder: Path):
    address = server.start()
    connection = await asyncpg.connect(address.socket_url, ssl=False)
    await connection.execute("create table kept as select 1 as value")
    holder = await asyncpg.connect(address.socket_url, ssl=False)
    await holder.execute("begin isolation level repeatable read")
    snapshot = await holder.fetchval("select pg_export_snapshot()")
    await connection.execute("insert into kept values (2)")

    dump(binaries, address.socket_url, folder / "rows.dump", snapshot=snapshot)
    await holder.execute("commit")
    await connection.execute("drop table kept")
    restore(binaries, address.socket_url, folder / "rows.dump")

    assert [row[0] for row in await connection.fetch("select value from kept")] == [1]
    await holder.close()
    await connection.close()


def test_no_program_gets_a_password_on_its_command_line(server, binaries: Binaries, folder: Path):
    address = server.start()
    recorders = folder / "recorders"
    recorders.mkdir()
    record = folder / "record"
    for program in ("pg_dump", "pg_restore", "psql"):
        script = recorders / program
        script.write_text(
            f"#!{sys.executable}\nimport os, sys\nopen({str(record)!r}, 'a').write(repr(sys.argv) + os.linesep)\n"
            f"os.execv({str(binaries.path(program))!r}, sys.argv)\n"
        )
        script.chmod(0o755)
    recording = Binaries(recorders, binaries.version, "setting")
    sql(address, "create database copy", "select 1")
    in_query = f"postgresql://postgres@127.0.0.1:{address.port}/postgres?password={address.password}"

    dump(recording, address.tcp_url, folder / "rows.dump")
    dump(recording, in_query, folder / "rows.dump")
    restore(recording, address.in_database("copy").socket_url, folder / "rows.dump")

    said = record.read_text()
    assert "pg_dump" in said
    assert "pg_restore" in said
    assert address.password not in said
    assert "PGPASSWORD" not in os.environ
