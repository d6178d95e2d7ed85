"""Uploads to signed addresses: on the local disk, on S3, and straight into S3 where the operator allows it."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from galleries import Gallery
from media_pictures import bomb, photograph, small
from object_store import S3

from evenhand.core.errors import Conflict, PlatformError
from evenhand.store.blobs import ObjectStore
from evenhand.work.media import Media
from evenhand.work.uploads import LASTS, Uploads
from web import Web


async def call(gallery: Gallery, method: str, path: str, who: Any = None, **more: Any) -> httpx.Response:
    async with gallery.web.script(who or gallery.owner) as client:
        return await client.request(method, path, **more)


async def begun(gallery: Gallery, name: str = "a.png") -> dict[str, Any]:
    answer = await call(gallery, "POST", f"/projects/{gallery.id}/uploads", json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def put(gallery: Gallery, address: str, content: bytes) -> httpx.Response:
    """Send a file as somebody who knows nothing but the address."""
    async with gallery.web.script() as nobody:
        return await nobody.put(address.partition("/api/v1")[2], content=content)


async def complete(gallery: Gallery, upload: dict[str, Any]) -> httpx.Response:
    return await call(gallery, "POST", f"/projects/{gallery.id}/uploads/{upload['id']}/complete")


async def test_a_file_that_was_uploaded_and_completed_is_shown_by_a_row(gallery: Gallery) -> None:
    upload = await begun(gallery, "street/1.png")
    content = photograph("astronaut.png")

    sent = await put(gallery, upload["url"], content)
    completed = await complete(gallery, upload)
    report = await gallery.rows([{"inputs": {"image": {"upload": upload["id"]}}, "external_id": "street/1.png"}])
    held = await gallery.claim(gallery.owner)

    assert sent.status_code == 204
    assert completed.json() == {
        "id": upload["id"], "name": "street/1.png", "bytes": len(content), "media_type": "image/png",
        "media": held["item"]["inputs"]["image"]["media"],
    }  # fmt: skip
    assert report.json()["imported"] == 1, report.text
    assert (await gallery.fetch(gallery.owner, held["task_id"])).content == content


async def test_each_step_may_be_repeated_and_a_whole_file_is_not_replaced(gallery: Gallery) -> None:
    upload = await begun(gallery)
    assert (await complete(gallery, upload)).status_code == 409
    await put(gallery, upload["url"], small(seed=1))

    again = await put(gallery, upload["url"], small(seed=2))
    first, second = await complete(gallery, upload), await complete(gallery, upload)
    late = await put(gallery, upload["url"], small(seed=3))

    assert (again.status_code, late.status_code) == (409, 409)
    assert first.json() == second.json()
    assert first.json()["bytes"] == len(small(seed=1))


async def test_an_upload_begun_again_under_its_key_ends_when_it_did(gallery: Gallery) -> None:
    at, key = f"/projects/{gallery.id}/uploads", {"idempotency-key": "monday"}
    first = (await call(gallery, "POST", at, json={"name": "a.png"}, headers=key)).json()
    gallery.web.world.clock.advance(minutes=60)

    again = (await call(gallery, "POST", at, json={"name": "a.png"}, headers=key)).json()

    assert again == first
    assert (await put(gallery, again["url"], small(seed=1))).status_code == 204


async def test_a_file_that_is_no_picture_is_refused_and_may_be_sent_anew(gallery: Gallery) -> None:
    upload = await begun(gallery)
    await put(gallery, upload["url"], b"no picture")

    refused = await complete(gallery, upload)
    await put(gallery, upload["url"], small())
    taken = await complete(gallery, upload)

    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "unsupported")
    assert taken.status_code == 200
    assert (await call(gallery, "POST", f"/projects/{gallery.id}/tasks", json=[])).status_code == 422


async def test_a_bomb_is_refused_before_it_is_decoded(gallery: Gallery) -> None:
    upload = await begun(gallery)
    await put(gallery, upload["url"], bomb(30_000, 30_000))

    assert (await complete(gallery, upload)).json()["problems"][0]["code"] == "too_large"


async def test_an_archive_is_recognized(gallery: Gallery) -> None:
    upload = await begun(gallery, "all.zip")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("1.png", small())
    await put(gallery, upload["url"], out.getvalue())

    assert (await complete(gallery, upload)).json() == {
        "id": upload["id"], "name": "all.zip", "bytes": len(out.getvalue()), "archive": "zip"
    }  # fmt: skip


def forged(address: str) -> list[str]:
    head, _, token = address.rpartition("/")
    content = bytearray(base64.urlsafe_b64decode(token + "=="))
    changed = []
    for place in (0, 20, 40, 55, 71):
        other = bytearray(content)
        other[place] ^= 1
        changed.append(base64.urlsafe_b64encode(other).decode().rstrip("="))
    return [f"{head}/{each}" for each in [*changed, token[:-4], token + "AAAA", "x", "=" * 8, "ä"]]


async def test_an_address_that_was_not_signed_here_is_refused(gallery: Gallery) -> None:
    upload = await begun(gallery)

    for address in forged(upload["url"]):
        answer = await put(gallery, address, small())
        assert (answer.status_code, answer.json()["code"]) == (403, "upload-refused"), address


async def test_an_address_is_good_for_a_day(gallery: Gallery) -> None:
    upload = await begun(gallery)
    gallery.web.world.clock.advance(minutes=LASTS.total_seconds() / 60 + 1)

    assert (await put(gallery, upload["url"], small())).status_code == 403


async def test_an_upload_of_another_project_or_customer_is_not_found_and_not_shown(gallery: Gallery, web: Web) -> None:
    from galleries import gallery_of

    beside = await gallery_of(web, organization=gallery.organization)
    upload = await begun(gallery)
    await put(gallery, upload["url"], small())
    await complete(gallery, upload)

    assert (await complete(beside, upload)).status_code == 404
    answer = await beside.rows([{"inputs": {"image": {"upload": upload["id"]}}}])
    assert answer.json()["problems"][0]["pointer"] == "/inputs/image"
    annotator = await gallery.organization.member()
    refused = await call(gallery, "POST", f"/projects/{gallery.id}/uploads", annotator, json={"name": "a"})
    assert refused.status_code == 403


async def test_what_was_sent_lies_sealed_at_once(gallery: Gallery) -> None:
    content = b"MARKER" * 100_000 + str(uuid4()).encode()
    upload = await begun(gallery, "marker-name.png")
    await put(gallery, upload["url"], content)

    files = [file.read_bytes() for file in (gallery.web.world.settings.data / "blobs").rglob("*") if file.is_file()]

    assert not any(b"MARKERMARKER" in each for each in files)


# --------------------------------------------------------------------------------------------------------------- S3 --
PLACE = f"evenhand-{uuid4()}"


def held(s3: S3) -> dict[str, bytes]:
    """What lies in the bucket at our place: other tests keep theirs elsewhere in it."""
    return {name: s3.content(name) for name in s3.names() if name.startswith(PLACE)}


@pytest_asyncio.fixture
async def on_s3(gallery: Gallery, s3: S3) -> AsyncIterator[tuple[Gallery, ObjectStore]]:
    yield gallery, s3.store(PLACE)


def uploads_on(gallery: Gallery, store: ObjectStore, *, is_direct: bool) -> Uploads:
    services = gallery.web.world.services
    media = Media(services.database, services.vault, services.grants, store, services.ontologies, services.clock)
    given = (services.database, services.vault, services.grants, store, media, services.work.projects)
    options = {"address": "https://evenhand.example", "is_direct": is_direct}
    return Uploads(*given, services.ontologies, services.clock, **options)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


async def test_on_s3_a_file_is_sealed_by_our_own_address(on_s3: tuple[Gallery, ObjectStore], s3: S3) -> None:
    gallery, store = on_s3
    uploads = uploads_on(gallery, store, is_direct=False)
    content = photograph("astronaut.png")

    begun = await uploads.begin(gallery.owner.actor, gallery.id, "a.png")
    await uploads.receive(begun["url"].rpartition("/")[2], pieces(content))
    done = await uploads.complete(gallery.owner.actor, gallery.id, UUID(begun["id"]))
    file = await uploads.open(gallery.organization.id, gallery.id, UUID(begun["id"]))

    assert begun["url"].startswith("https://evenhand.example/api/v1/uploads/")
    assert done["media_type"] == "image/png"
    assert await file.whole() == content
    assert b"".join([each async for each in file.read(1000, 2000)]) == content[1000:2000]
    assert not any(content[:64] in each for each in held(s3).values())


async def test_straight_into_s3_a_file_is_in_the_clear_until_it_is_completed_and_then_gone(
    on_s3: tuple[Gallery, ObjectStore], s3: S3
) -> None:
    gallery, store = on_s3
    uploads = uploads_on(gallery, store, is_direct=True)
    content = photograph("astronaut.png")
    begun = await uploads.begin(gallery.owner.actor, gallery.id, "a.png")

    with pytest.raises(Conflict, match="nothing was sent"):
        await uploads.complete(gallery.owner.actor, gallery.id, UUID(begun["id"]))
    async with httpx.AsyncClient() as nobody:
        assert (await nobody.put(begun["url"], content=content)).status_code == 200
    before = [name for name, each in held(s3).items() if each == content]
    done = await uploads.complete(gallery.owner.actor, gallery.id, UUID(begun["id"]))
    file = await uploads.open(gallery.organization.id, gallery.id, UUID(begun["id"]))

    assert begun["url"].startswith(s3.url)
    assert len(before) == 1 and "/incoming/" in before[0]
    assert done["bytes"] == len(content)
    assert await file.whole() == content
    assert not any(content[:64] in each for each in held(s3).values())


async def test_a_file_that_broke_off_on_its_way_is_sent_again(gallery: Gallery, s3: S3) -> None:
    async def breaking(content: bytes) -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        raise ConnectionResetError

    for store in (s3.store(f"broken-{uuid4()}"), ObjectStore.local(gallery.web.world.settings.data / f"b{uuid4()}")):
        uploads = uploads_on(gallery, store, is_direct=False)
        begun = await uploads.begin(gallery.owner.actor, gallery.id, "a.png")
        token, content = begun["url"].rpartition("/")[2], photograph("astronaut.png")

        with pytest.raises((ConnectionResetError, PlatformError)):
            await uploads.receive(token, breaking(content))
        await uploads.receive(token, pieces(content))

        done = await uploads.complete(gallery.owner.actor, gallery.id, UUID(begun["id"]))
        assert done["bytes"] == len(content)
