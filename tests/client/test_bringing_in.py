"""The SDK brings in pictures: of a folder, of an archive, from a signed upload, from a bucket."""

from __future__ import annotations

import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from media_pictures import photograph, small
from object_store import S3

from evenhand import AsyncClient, Client
from evenhand.client import NoPictures, UnknownFormat, errors
from serving import Installation


@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[Client]:
    with Client(installation.url, installation.key) as client:
        yield client


@pytest.fixture
def project(client: Client) -> str:
    return client.projects.create("Streets", preset="image-boxes")["id"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, one of them in a folder with letters beyond ASCII, and a text."""
    made = tmp_path / "pictures"
    (made / "Straße").mkdir(parents=True)
    (made / "a.png").write_bytes(small(seed=1))
    (made / "rocket.jpg").write_bytes(photograph("rocket.jpg"))
    (made / "Straße" / "Möwe.PNG").write_bytes(small(seed=2))
    (made / "notes.txt").write_text("not a picture")
    return made


def names(client: Client, project: str) -> set[str]:
    return {str(row["external_id"]) for row in client.tasks.list(project)}


def archive_of(folder: Path) -> Path:
    made = folder.parent / "all.zip"
    with zipfile.ZipFile(made, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return made


def test_a_folder_is_imported_with_the_folders_in_it_and_again_adds_what_is_new(
    client: Client, project: str, folder: Path
) -> None:
    told: list[tuple[int, int | None]] = []

    first = client.tasks.import_images(project, folder, progress=lambda sent, size: told.append((sent, size)))
    (folder / "b.png").write_bytes(small(seed=3))
    again = client.tasks.import_images(project, folder)

    assert (first["imported"], first["rejected"]) == (3, 0)
    assert told[-1][0] == told[-1][1]
    assert (again["imported"], again["duplicates"]) == (1, 3)
    assert names(client, project) == {"a.png", "b.png", "rocket.jpg", "Straße/Möwe.PNG"}


def test_a_picture_of_a_folder_is_stored_byte_for_byte(
    client: Client, installation: Installation, project: str, folder: Path
) -> None:
    client.tasks.import_images(project, folder)
    [row] = client.tasks.list(project, external_id="rocket.jpg")

    address = f"{installation.url}/api/v1/projects/{project}/tasks/{row['id']}/media/image"
    shown = httpx.get(address, headers={"authorization": f"Bearer {installation.key}"})

    assert shown.content == (folder / "rocket.jpg").read_bytes()


def test_an_archive_says_which_of_its_files_are_no_pictures(client: Client, project: str, folder: Path) -> None:
    report = client.tasks.import_images(project, archive_of(folder), batch="Packed")

    assert (report["imported"], report["rejected"]) == (3, 1)
    assert report["problems"][0]["message"].startswith("notes.txt: ")


def test_what_holds_no_picture_is_refused_before_anything_is_sent(client: Client, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a picture")

    with pytest.raises(NoPictures, match=r"\.png"):
        client.tasks.import_images(str(uuid.uuid4()), tmp_path)
    with pytest.raises(UnknownFormat, match=r"\.zip"):
        client.tasks.import_images(str(uuid.uuid4()), tmp_path / "notes.txt")


def test_a_file_that_changes_while_its_folder_is_sent_ends_the_import(
    client: Client, project: str, folder: Path
) -> None:
    grown = folder / "rocket.jpg"

    def growing(sent: int, size: int | None) -> None:
        with grown.open("ab") as file:
            file.write(b"x")

    with pytest.raises(OSError, match=r"rocket\.jpg was changed"):
        client.tasks.import_images(project, folder, progress=growing)


def test_a_file_is_sent_to_a_signed_address_that_gets_nothing_else_of_ours(
    client: Client, project: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[httpx.Request] = []
    send = httpx.Client.send

    def watched(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        sent.append(request)
        return send(self, request, **more)

    monkeypatch.setattr(httpx.Client, "send", watched)
    upload = client.uploads.send(project, folder / "rocket.jpg")
    report = client.tasks.import_(project, [{"inputs": {"image": {"upload": upload["id"]}}}])

    [put] = [each for each in sent if each.method == "PUT"]
    assert "authorization" not in put.headers
    assert int(put.headers["content-length"]) == upload["bytes"] == (folder / "rocket.jpg").stat().st_size
    assert upload["media_type"] == "image/jpeg"
    assert report["imported"] == 1


def test_an_uploaded_archive_is_imported_by_the_server_and_watched(client: Client, project: str, folder: Path) -> None:
    upload = client.uploads.send(project, archive_of(folder))
    seen: list[int] = []

    started = client.imports.start(project, upload=upload["id"], batch="Packed")
    done = client.imports.wait(project, started["id"], progress=lambda run: seen.append(run["seen"]))

    assert upload["archive"] == "zip"
    assert (done["state"], done["imported"], done["rejected"]) == ("done", 3, 1)
    assert seen == sorted(seen)
    assert [each["id"] for each in client.imports.list(project, page_size=1)] == [started["id"]]


def test_a_bucket_is_connected_imported_from_and_removed(client: Client, project: str, s3: S3) -> None:
    for number in range(3):
        s3.client.put_object(Bucket="pictures", Key=f"sdk/{number}.png", Body=small(seed=number))

    bucket = client.buckets.connect(
        "Streets", "s3://pictures/sdk", endpoint=s3.url, access_key_id=s3.key, secret_access_key=s3.secret
    )
    run = client.imports.start(project, bucket=bucket["id"])
    done = client.imports.wait(project, run["id"])
    late = client.imports.cancel(project, run["id"])
    connected = client.buckets.list()
    client.buckets.remove(bucket["id"])

    assert bucket in connected
    assert (done["state"], done["total"], done["imported"]) == ("done", 3, 3)
    assert late["state"] == "done"
    assert names(client, project) == {"0.png", "1.png", "2.png"}
    assert bucket not in client.buckets.list()


def test_what_ended_an_import_is_raised_as_the_class_of_its_code(client: Client, project: str, s3: S3) -> None:
    s3.client.put_object(Bucket="pictures", Key="sdk/0.png", Body=small(seed=1))
    with pytest.raises(errors.BucketRefused, match="no such bucket"):
        client.buckets.connect("Gone", "s3://nothing", endpoint=s3.url, access_key_id="k", secret_access_key="s")
    with pytest.raises(errors.OutboundRefused):
        client.buckets.connect("Inside", "s3://pictures", endpoint="http://169.254.169.254")

    bucket = client.buckets.connect("A", "s3://pictures", endpoint=s3.url, access_key_id="k", secret_access_key="s")
    run = client.imports.start(project, bucket=bucket["id"], prefix="nowhere")

    with pytest.raises(errors.Malformed, match="No file lies there"):
        client.imports.wait(project, run["id"])
    client.buckets.remove(bucket["id"])


async def test_the_asynchronous_client_brings_in_the_same(installation: Installation, folder: Path, s3: S3) -> None:
    s3.client.put_object(Bucket="pictures", Key="async/0.png", Body=small(seed=9))

    async with AsyncClient(installation.url, installation.key) as client:
        project = (await client.projects.create("Async streets", preset="image-boxes"))["id"]
        report = await client.tasks.import_images(project, folder)
        upload = await client.uploads.send(project, archive_of(folder))
        packed = await client.imports.start(project, upload=upload["id"])
        packed = await client.imports.wait(project, packed["id"])
        bucket = await client.buckets.connect(
            "B", "s3://pictures/async", endpoint=s3.url, access_key_id=s3.key, secret_access_key=s3.secret
        )
        run = await client.imports.start(project, bucket=bucket["id"])
        run = await client.imports.wait(project, run["id"])
        listed = [each["id"] async for each in client.imports.list(project)]
        await client.buckets.remove(bucket["id"])

    assert report["imported"] == 3
    assert (packed["duplicates"], packed["rejected"]) == (3, 1)
    assert run["imported"] == 1
    assert listed == [run["id"], packed["id"]]
