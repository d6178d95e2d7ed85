"""An installation whose files lie in S3: a backup holds them, sealed, and they come back, into another bucket or onto the disk."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from operating_world import Commands, Own

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from media_pictures import photograph
from object_store import S3, s3_server

from evenhand import Client

# Servers of one process share what they hold, so the bucket is this test's alone.
BUCKET = "an-operators-own"


@pytest.fixture
def s3() -> Iterator[S3]:
    with s3_server() as started:
        started.client.create_bucket(Bucket=BUCKET)
        yield started


def settings(s3: S3, prefix: str) -> dict[str, str]:
    """What an operator sets: the bucket, and the store's own variables."""
    return {
        "EVENHAND_BLOB_URL": f"s3://{BUCKET}/{prefix}",
        "AWS_ENDPOINT_URL": s3.url,
        "AWS_ACCESS_KEY_ID": s3.key,
        "AWS_SECRET_ACCESS_KEY": s3.secret,
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }


def shown(url: str, key: str, project: str) -> bytes:
    """The project's one picture, as the server gives it out."""
    with Client(url, key) as client:
        [task] = client.tasks.list(project)
    at = f"{url}/api/v1/projects/{project}/tasks/{task['id']}/media/image"
    return httpx.get(at, headers={"authorization": f"Bearer {key}"}).raise_for_status().content


def is_of_a_log(path: Path) -> bool:
    """What is published of a log goes on growing while a backup is made."""
    return "ledger" in path.parts


def test_files_in_a_bucket_are_in_the_backup_and_come_back(s3: S3, own: Own, commands: Commands, folder: Path) -> None:
    picture, clear = photograph("coffee.png"), b"sent straight into the store, and never completed"
    data, backup = folder / "data", folder / "backup"
    running = own.up(data, **settings(s3, "first"))
    assert running.key
    (folder / "coffee.png").write_bytes(picture)
    with Client(running.url, running.key) as client:
        project = client.projects.create("Pets", preset="image-classification")["id"]
        client.tasks.import_image(project, folder / "coffee.png")
    s3.client.put_object(Bucket=BUCKET, Key="first/incoming/ab/cd", Body=clear)

    done = commands("backup", backup, "--data", data, "--json", **settings(s3, "first"))
    running.stop()

    assert done.returncode == 0, done.stderr
    held = [json.loads(line)["name"] for line in (backup / "files.jsonl").read_text().splitlines()]
    files = [path.read_bytes() for path in (backup / "blobs").rglob("*") if path.is_file() and not is_of_a_log(path)]
    sealed = [
        name for name in s3.names(BUCKET) if not name.startswith("first/incoming/") and not is_of_a_log(Path(name))
    ]
    assert sorted(name for name in held if name != "database.dump" and not is_of_a_log(Path(name))) == [
        name.replace("first/", "blobs/", 1) for name in sealed
    ]
    assert len(files) == 1
    assert not any(picture[100:200] in each or clear in each for each in files)

    # The bucket and the machine are lost; what is left is the backup and the key.
    for name in s3.names(BUCKET):
        s3.client.delete_object(Bucket=BUCKET, Key=name)
    shutil.rmtree(data)
    back = settings(s3, "second")
    restored = commands("restore", backup, "--data", data, "--json", **back)
    assert restored.returncode == 0, restored.stderr
    assert [name for name in s3.names(BUCKET) if not is_of_a_log(Path(name))] == [
        name.replace("first/", "second/", 1) for name in sealed
    ]
    again = own.up(data, **back)
    assert shown(again.url, running.key, project) == picture
    assert "logs have stopped" in commands("doctor", "--data", data, **back).stdout
    assert commands("ledger", "reconcile", "--data", data, **back).returncode == 0
    assert commands("doctor", "--data", data, **back).returncode == 0
    again.stop()

    # And without a bucket, onto the disk of another machine.
    elsewhere = folder / "elsewhere" / "data"
    elsewhere.parent.mkdir(mode=0o755)
    shutil.copy(folder / "data.key", folder / "elsewhere" / "data.key")
    assert commands("restore", backup, "--data", elsewhere).returncode == 0
    third = own.up(elsewhere)
    assert shown(third.url, running.key, project) == picture
