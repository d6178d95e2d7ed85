"""Backup, restore, upgrade: everything comes back and works, with the key that was kept elsewhere and with no other."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
from operating_world import Own, evenhand, wait_until
from PIL import Image
from test_up import ROLES, administer, url_of

from evenhand import Client
from evenhand.cli import backups
from evenhand.core.settings import Settings
from evenhand.store import schema
from evenhand.store.backup import Backup, make_backup, restore_backup
from evenhand.store.blobs import ObjectStore, random_name
from evenhand.store.postgres import PostgresServer, find_binaries
from evenhand.vault.keyfile import make_key_file

MARKER = "quite-a-rare-word"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass
class Made:
    """A backup of an installation with something of everything in it."""

    folder: Path
    key_file: Path
    admin_key: str
    project: str
    task: str
    release: str
    facts: dict[str, object]


def fill(url: str, key: str) -> tuple[str, str, str]:
    """A project with two tasks, an answer, a comment and a release."""
    with Client(url, key) as client:
        project = client.projects.create(f"{MARKER} reviews", preset="text-classification")["id"]
        client.tasks.import_(project, [{"text": f"{MARKER} warm", "external_id": MARKER}, {"text": "cold"}])
        dealt = client.work.claim(project)["assignment"]
        client.work.comment(project, dealt["task_id"], f"{MARKER} comment")
        client.work.submit(dealt, [{"question": "label", "value": "positive"}])
        client.people.invite(f"{MARKER}@example.org", "annotator", name=MARKER)
        release = client.releases.create(project, note=MARKER)
        client.releases.wait(release["id"])
        pets = client.projects.create("Pets", preset="image-classification")["id"]
        picture = _picture(Path(tempfile.mkdtemp()))
        client.tasks.import_image(pets, picture)
        talks = client.projects.create("Talks", preset="chat-preference")["id"]
        asked = [{"type": "image", "upload": client.uploads.send(talks, picture)["id"]}]
        talk = {"prompt": [{"role": "user", "content": asked}], "responses": ["A cat.", "A dog."]}
        client.tasks.import_(talks, [{"inputs": {"chat": talk}}])
        return project, dealt["task_id"], release["id"]


def _picture(folder: Path) -> Path:
    """A small photograph-like file, the same every time."""
    path = folder / f"{MARKER}.png"
    Image.frombytes("RGB", (64, 64), hashlib.shake_256(b"pets").digest(3 * 64 * 64)).save(path)
    return path


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    """Made once, while the installation it is of was running."""
    folder = _folder()
    own = Own(folder)
    running = own.up(folder / "data")
    assert running.key
    project, task, release = fill(running.url, running.key)
    assert wait_until(lambda: _counted(running.url, running.key, project))
    done = evenhand("backup", folder / "backup", "--data", folder / "data", "--json")
    running.stop()
    assert done.returncode == 0, done.stderr
    key = (folder / "data.key").rename(folder / "kept.key")
    yield Made(folder / "backup", key, running.key, project, task, release, json.loads(done.stdout))
    shutil.rmtree(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    folder.chmod(0o755)
    return folder


def _counted(url: str, key: str | None, project: str) -> bool:
    with Client(url, key) as client:
        return client.projects.get(project)["counts"]["answers"] == 1


def assert_all_is_back(url: str, made: Made, into: Path) -> None:
    """Whoever had the key before can read, work, release, and verify."""
    with Client(url, made.admin_key) as client:
        project = client.projects.get(made.project)
        task = client.tasks.get(made.project, made.task)
        looks = client.tasks.looks(made.project, made.task)
        comments = client.work.comments(made.project, made.task)
        found = list(client.tasks.list(made.project, external_id=MARKER))
        client.releases.download(made.release, into)
        next_ = client.work.claim(made.project)["assignment"]
        client.work.submit(next_, [{"question": "label", "value": "negative"}])
        counted = wait_until(lambda: client.projects.get(made.project)["counts"]["answers"] == 2)
        again = client.releases.wait(client.releases.create(made.project)["id"])
        [pets] = [each["id"] for each in client.projects.list() if each["name"] == "Pets"]
        [pet] = client.tasks.list(pets)
        [talks] = [each["id"] for each in client.projects.list() if each["name"] == "Talks"]
        talk = client.tasks.get(talks, next(iter(client.tasks.list(talks)))["id"])
    [message] = talk["item"]["inputs"]["chat"]["threads"][0]["turns"][0]["messages"]
    at = f"{url}/api/v1/projects/{pets}/tasks/{pet['id']}/media/image"
    for address in (at, f"{url}{message['content'][0]['url']}"):
        picture = httpx.get(address, headers={"authorization": f"Bearer {made.admin_key}"})
        pixels = Image.open(io.BytesIO(picture.content)).tobytes()
        assert pixels == hashlib.shake_256(b"pets").digest(3 * 64 * 64)
    assert project["name"] == f"{MARKER} reviews"
    assert task["annotations"][0]["answers"][0]["value"] == "positive"
    assert {each["purpose"] for each in looks} >= {"label", "browse"}
    assert comments[0]["text"] == f"{MARKER} comment"
    assert len(found) == 1
    assert next_["item"]
    assert counted, "the relay must go on counting"
    assert again["number"] == 2
    assert evenhand("verify", into).returncode == 0


def test_a_backup_says_what_is_in_it_and_holds_no_key_and_no_content(made: Made):
    facts = made.facts
    keys = json.loads(made.key_file.read_bytes())

    assert facts["counts"]["tasks"] == 4
    assert facts["counts"]["annotations"] == 1
    assert facts["counts"]["releases"] == 1
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "blobs",
        "database.dump",
        "files.jsonl",
        "manifest.json",
    ]
    for path in made.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert MARKER.encode() not in content
            assert not any(keys[name].encode() in content for name in ("customer_key", "lookup_key", "signing_seed"))
    assert made.folder.stat().st_mode & 0o077 == 0


@pytest.mark.check(6)
async def test_what_is_restored_into_an_empty_folder_works_with_the_key_that_was_kept(
    own: Own, folder: Path, made: Made
):
    shutil.copy(made.key_file, folder / "data.key")

    restored = evenhand("restore", made.folder, "--data", folder / "data", "--json")
    running = own.up(folder / "data")
    stopped = evenhand("doctor", "--data", folder / "data", "--json")
    assert_all_is_back(running.url, made, folder / "release")
    await assert_the_log_says_where_it_was_restored(folder / "data", made)
    reconciled = evenhand("ledger", "reconcile", "--data", folder / "data")
    checked = evenhand("doctor", "--data", folder / "data", "--json")

    assert "logs have stopped" in stopped.stdout, "what is signed from an old state would be a fork"
    assert reconciled.returncode == 0, reconciled.stderr
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["counts"] == made.facts["counts"]
    assert running.key is None, "it is not a first start"
    assert checked.returncode == 0, checked.stdout


@pytest.mark.drill
async def test_it_moves_to_another_major_on_somebody_elses_server(own: Own, folder: Path, made: Made):
    server = PostgresServer(folder / "theirs", find_binaries(major=18))
    superuser = server.start().tcp_url
    await administer(superuser, *ROLES)
    urls = {"DATABASE_URL": url_of(superuser, "labels_app"), "DATABASE_OWNER_URL": url_of(superuser, "labels_owner")}
    given = ("--data", str(folder / "data"), "--key-file", str(made.key_file))

    restored = evenhand("restore", made.folder, *given, **urls)
    again = evenhand("restore", made.folder, *given, **urls)
    running = own.up(folder / "data", "--key-file", str(made.key_file), **urls)
    assert_all_is_back(running.url, made, folder / "release")
    back = evenhand("backup", folder / "backup", "--data", folder / "data", **urls)
    running.stop()
    server.stop()

    assert restored.returncode == 0, restored.stderr
    assert "Restore into an empty database" in again.stderr
    assert back.returncode == 0, back.stderr


async def assert_the_log_says_where_it_was_restored(data: Path, made: Made) -> None:
    """One entry a log, with all restored entries before it and all later ones after it."""
    entries = await asyncpg.connect(_superuser_of(data))
    told = await entries.fetch("select id, quantity from evenhand.ledger_inbox where action = 18 order by id")
    before = await entries.fetchval("select count(*) from evenhand.ledger_inbox where id < $1", told[0]["id"])
    after = await entries.fetchval("select count(*) from evenhand.ledger_inbox where id > $1", told[0]["id"])
    await entries.close()
    assert len(told) == 1
    assert told[0]["quantity"] == before == made.facts["counts"]["ledger_entries"]
    assert after > 0


def _superuser_of(data: Path) -> str:
    port = (data / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()[3]
    password = (data / "postgres" / "superuser.password").read_text().strip()
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/evenhand"


@pytest.mark.parametrize("which", ["wrong", "missing", "inside"])
def test_without_the_right_key_nothing_is_restored(folder: Path, made: Made, which: str):
    key = folder / "data.key"
    if which == "wrong":
        key.write_bytes(make_key_file().as_json())
    if which == "inside":
        key = folder / "data" / "in.key"

    done = evenhand("restore", made.folder, "--data", folder / "data", "--key-file", key)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert {
        "wrong": "is not the key file of this database",
        "missing": "restore it from escrow",
        "inside": "Move the key file out",
    }[which] in done.stderr
    assert not (folder / "data").exists()


@pytest.mark.parametrize(
    "what", ["one flipped bit", "a missing file", "a changed list", "no manifest", "a newer release"]
)
def test_a_backup_that_is_not_whole_is_refused_and_named(folder: Path, made: Made, what: str):
    copy = shutil.copytree(made.folder, folder / "copy")
    if what == "one flipped bit":
        content = bytearray((copy / "database.dump").read_bytes())
        content[len(content) // 2] ^= 1
        (copy / "database.dump").write_bytes(content)
    elif what == "a missing file":
        (copy / "database.dump").unlink()
    elif what == "a changed list":
        (copy / "files.jsonl").write_bytes(b"")
    elif what == "no manifest":
        (copy / "manifest.json").unlink()
    else:
        facts = json.loads((copy / "manifest.json").read_text())
        (copy / "manifest.json").write_text(json.dumps({**facts, "software": "99.0.0"}))

    restored = evenhand("restore", copy, "--data", folder / "data", "--key-file", made.key_file)

    assert restored.returncode == 1
    assert restored.stderr.count("\n") == 1, restored.stderr
    assert "Nothing was restored." in restored.stderr
    assert not (folder / "data").exists()


def test_a_backup_is_checked_without_restoring_it(folder: Path, made: Made):
    copy = shutil.copytree(made.folder, folder / "copy")
    whole = evenhand("restore", copy, "--check", "--json")
    (copy / "database.dump").write_bytes(b"something else")

    changed = evenhand("restore", copy, "--check")

    assert json.loads(whole.stdout)["whole"] is True
    assert changed.returncode == 1
    assert "database.dump is not as it was made" in changed.stderr


def test_a_folder_with_something_in_it_and_a_backup_in_the_way_are_refused(folder: Path, made: Made):
    (folder / "data").mkdir()
    (folder / "data" / "notes.txt").write_text("mine")

    restored = evenhand("restore", made.folder, "--data", folder / "data", "--key-file", made.key_file)
    nothing = evenhand("backup", folder / "other", "--data", folder / "no-such-data")

    assert "not empty" in restored.stderr
    assert (folder / "data" / "notes.txt").read_text() == "mine"
    assert "there is no installation in it" in nothing.stderr
    assert not (folder / "no-such-data").exists()
    assert not (folder / "other").exists()


def test_a_restore_that_was_killed_is_not_taken_for_an_installation(own: Own, folder: Path):
    (folder / "data").mkdir()
    (folder / "data" / "restore.unfinished").touch()

    running = own.begin(folder / "data")

    assert running.process.wait(60) == 1
    assert "Remove the folder and restore the backup again." in running.said()


def test_a_stopped_installation_can_be_backed_up_too_and_is_left_stopped(own: Own, folder: Path):
    running = own.up(folder / "data")
    busy = evenhand("upgrade", "--data", folder / "data")
    running.stop()

    done = evenhand("backup", folder / "backup", "--data", folder / "data")
    in_the_way = evenhand("backup", folder / "backup", "--data", folder / "data")
    upgraded = evenhand("upgrade", "--data", folder / "data", "--json")

    assert "Stop it first" in busy.stderr
    assert done.returncode == 0, done.stderr
    assert "a backup never writes over another" in in_the_way.stderr
    assert json.loads(upgraded.stdout)["steps"] == []
    assert not (folder / "data" / "postgres" / "cluster" / "postmaster.pid").exists()
    assert sorted(each.name for each in folder.iterdir()) == ["backup", "data", "data.key", "log-0"]


# ------------------------------------------------------------------------------------------------------------ upgrade --
STEP = schema.Migration(1, "give-projects-a-color", "alter table project add column color text")


@pytest.fixture
def a_later_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """This software, had it a step that older databases have not taken."""
    monkeypatch.setattr(schema, "migrations", lambda: [STEP])
    monkeypatch.setattr(schema, "__version__", "0.2.0")


async def _installed(url: str, software: str = "0.1.0") -> None:
    statement = (
        "insert into evenhand.installation (installation_id, created_at, software, key_reference)"
        f" values (gen_random_uuid(), now(), '{software}', 'local:none')"
    )
    await administer(url, statement)


async def test_an_upgrade_backs_up_first_and_then_takes_each_step_once(own_world_urls, folder: Path, request):
    app, owner = own_world_urls
    await _installed(owner)
    request.getfixturevalue("a_later_release")
    settings = Settings(data=folder / "data", database_url=app, database_owner_url=owner)

    with pytest.raises(schema.DatabaseOutdated):
        await schema.prepare(owner)
    first = await backups._upgrade(settings, None, lambda *_: None)
    second = await backups._upgrade(settings, None, lambda *_: None)

    assert first["steps"] == ["applied 0001 give-projects-a-color"]
    kept = Path(first["backup"])
    assert kept.name.startswith("data.backup-")
    assert json.loads((kept / "manifest.json").read_text())["migrations"] == []
    assert second == {"backup": None, "steps": [], "software": backups.__version__}
    await schema.prepare(owner)


async def test_what_a_newer_release_wrote_is_refused(own_world_urls, folder: Path):
    app, owner = own_world_urls
    settings = Settings(data=folder / "data", database_url=app, database_owner_url=owner)

    await _installed(owner, "99.1.0")
    with pytest.raises(schema.SoftwareOutdated, match=r"99\.1\.0"):
        await backups._upgrade(settings, None, lambda *_: None)
    await administer(
        owner,
        "update evenhand.installation set software = '0.1.0'",
        "insert into evenhand.migration (number, name, sha256) values (7, 'later', '')",
    )
    with pytest.raises(schema.DatabaseTooNew):
        await backups._upgrade(settings, None, lambda *_: None)
    with pytest.raises(schema.DatabaseTooNew):
        await schema.prepare(owner)

    assert list(folder.iterdir()) == []


async def test_a_step_that_reads_differently_than_when_it_was_taken_is_refused(own_world_urls, a_later_release):
    _, owner = own_world_urls
    await administer(owner, "insert into evenhand.migration (number, name, sha256) values (1, 'other', 'x')")

    with pytest.raises(schema.MigrationChanged):
        await schema.prepare(owner)


@pytest.fixture
def own_world_urls(copy) -> tuple[str, str]:
    """The app's and the owner's URL of a database of the test's own, on each major."""
    return copy.app_url, copy.owner_url


async def test_the_restored_schema_is_the_one_that_was_backed_up_rights_and_policies_included(
    cluster, copy, folder: Path
):
    await _installed(copy.owner_url)
    target = await cluster.empty()
    binaries = find_binaries(major=cluster.major)

    await make_backup(
        folder / "backup", copy.owner_url, binaries, ObjectStore.local(folder / "a"), now=NOW, tell=lambda *_: None
    )
    await restore_backup(
        Backup.open(folder / "backup"),
        target.owner_url,
        binaries,
        ObjectStore.local(folder / "b"),
        app_role="evenhand_runtime",
        now=NOW,
        tell=lambda *_: None,
    )

    assert schema_of(target, binaries) == schema_of(copy, binaries)


def schema_of(copy, binaries) -> list[str]:
    """Everything but rows, as pg_dump tells it; its random marks and versions left out."""
    done = subprocess.run(
        [binaries.path("pg_dump"), "--schema-only", f"--dbname={copy.superuser_url}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(
        line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))
    )


async def test_objects_of_the_store_come_along_whole(copy, cluster, folder: Path):
    await _installed(copy.owner_url)
    binaries = find_binaries(major=cluster.major)
    source, target = ObjectStore.local(folder / "a"), ObjectStore.local(folder / "b")
    contents = {random_name(): os.urandom(size) for size in (1, 70_000, 6 << 20)}
    for name, content in contents.items():
        await source.put(name, _stream(content))

    made = await make_backup(folder / "backup", copy.owner_url, binaries, source, now=NOW, tell=lambda *_: None)
    target_database = await cluster.empty()
    await restore_backup(
        made, target_database.owner_url, binaries, target, app_role=None, now=NOW, tell=lambda *_: None
    )

    assert {name: await target.get(name, 0, len(content)) for name, content in contents.items()} == contents
    assert made.check(lambda *_: None) == 4


async def _stream(content: bytes):
    yield content
