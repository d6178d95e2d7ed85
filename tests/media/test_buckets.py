"""Connected buckets, against an S3: what opens them stays sealed, what is in them comes in once, however often it is begun."""

from __future__ import annotations

import asyncio
import io
import zipfile
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from galleries import Gallery, gallery_of
from media_pictures import photograph, small
from object_store import S3

from evenhand.store import buckets
from evenhand.work import buckets as connecting
from evenhand.work import import_runs
from evenhand.work.import_runs import FRUITLESS_MAX, SILENCE, ImportRuns

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(autouse=True)
def reaching_loopback(gallery: Gallery) -> Any:
    """An operator who listed the network of this bucket."""
    files = gallery.web.app.state.files
    guard = files.buckets._outbound
    guard._listed = LOOPBACK
    yield
    guard._listed = ()


@pytest.fixture
def full(s3: S3) -> tuple[str, dict[str, bytes]]:
    """A folder of the bucket with forty pictures, one that is broken, and a text."""
    folder = f"f{uuid4().hex}"
    files = {f"street/{number:02}.png": small(seed=number) for number in range(40)}
    files |= {"street/broken.png": b"\x89PNG no", "street/readme.txt": b"x", "sea/Möwe.jpg": photograph("rocket.jpg")}
    for name, content in files.items():
        s3.client.put_object(Bucket="pictures", Key=f"{folder}/{name}", Body=content)
    return folder, files


async def call(gallery: Gallery, method: str, path: str, **more: Any) -> httpx.Response:
    async with gallery.web.script(gallery.owner) as client:
        return await client.request(method, path, **more)


async def connected(gallery: Gallery, s3: S3, folder: str, **changes: Any) -> httpx.Response:
    body = {
        "name": "Streets", "url": f"s3://pictures/{folder}", "endpoint": s3.url, "access_key_id": s3.key,
        "secret_access_key": s3.secret, **changes,
    }  # fmt: skip
    return await call(gallery, "POST", "/buckets", json=body)


async def started(gallery: Gallery, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    headers = {"idempotency-key": key} if key else {}
    answer = await call(gallery, "POST", f"/projects/{gallery.id}/imports", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def run_of(gallery: Gallery, id_: str) -> dict[str, Any]:
    return (await call(gallery, "GET", f"/projects/{gallery.id}/imports/{id_}")).json()


def worker(gallery: Gallery) -> ImportRuns:
    return gallery.web.app.state.files.runs


async def test_the_pictures_of_a_bucket_come_in_sealed_and_what_is_none_is_told(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    folder, files = full
    bucket = (await connected(gallery, s3, folder)).json()

    run = await started(gallery, {"bucket": bucket["id"], "batch": "Streets"})
    while await worker(gallery).work():
        pass
    done = await run_of(gallery, run["id"])
    tasks = {task["external_id"]: task for task in await gallery.tasks()}

    assert run["state"] == "waiting"
    assert (done["state"], done["total"], done["seen"]) == ("done", 42, 42)
    assert (done["imported"], done["rejected"], done["duplicates"]) == (41, 1, 0)
    assert done["problems"][0]["message"].startswith("street/broken.png: ")
    assert done["error"] is None
    assert set(tasks) >= {"sea/Möwe.jpg", "street/00.png"}
    shown = await gallery.fetch(gallery.owner, tasks["sea/Möwe.jpg"]["id"])
    assert shown.content == files["sea/Möwe.jpg"]


async def test_a_folder_of_a_bucket_and_the_same_again(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    folder, _ = full
    bucket = (await connected(gallery, s3, folder)).json()["id"]

    first = await started(gallery, {"bucket": bucket, "prefix": "/sea/"})
    await worker(gallery).work()
    again = await started(gallery, {"bucket": bucket, "prefix": "sea"})
    await worker(gallery).work()

    assert (await run_of(gallery, first["id"]))["imported"] == 1
    done = await run_of(gallery, again["id"])
    assert (done["imported"], done["duplicates"], done["total"]) == (0, 1, 1)


async def test_under_one_key_an_import_is_begun_once(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]

    first, again = [await started(gallery, {"bucket": bucket}, key="monday") for _ in range(2)]

    assert first["id"] == again["id"]
    assert len((await call(gallery, "GET", f"/projects/{gallery.id}/imports")).json()["items"]) == 1
    await call(gallery, "POST", f"/projects/{gallery.id}/imports/{first['id']}/cancel")


async def test_an_import_whose_worker_died_is_gone_on_with_and_counts_as_one(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    run = await started(gallery, {"bucket": bucket})
    runs, beat, beats = worker(gallery), ImportRuns._beat, 0

    async def dying(self: ImportRuns, of: Any) -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            raise asyncio.CancelledError
        await beat(self, of)

    monkeypatch.setattr(ImportRuns, "_beat", dying)
    with pytest.raises(asyncio.CancelledError):
        await runs.work()
    monkeypatch.setattr(ImportRuns, "_beat", beat)
    half, half_in = await run_of(gallery, run["id"]), len(await gallery.tasks())
    assert not await runs.work()
    gallery.web.world.clock.advance(minutes=SILENCE.total_seconds() / 60 + 0.1)
    while await runs.work():
        pass
    done = await run_of(gallery, run["id"])

    assert half["state"] == "running"
    assert 0 < half_in < 41
    assert (done["state"], done["imported"], done["duplicates"], done["rejected"]) == ("done", 41, 0, 1)
    assert len(await gallery.tasks()) == 41


async def test_an_import_that_no_worker_survives_is_given_up_with_what_is_in(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    run = await started(gallery, {"bucket": bucket})
    runs, beat, beats, lost = worker(gallery), ImportRuns._beat, 0, 0

    async def deadly(self: ImportRuns, of: Any) -> None:
        """Every attempt sees the list of files, and dies of its first group."""
        nonlocal beats
        beats += 1
        if beats == 2:
            raise asyncio.CancelledError
        await beat(self, of)

    monkeypatch.setattr(ImportRuns, "_beat", deadly)
    while (await run_of(gallery, run["id"]))["state"] != "failed":
        beats = 0
        try:
            await runs.work()
        except asyncio.CancelledError:
            lost += 1
        gallery.web.world.clock.advance(minutes=SILENCE.total_seconds() / 60 + 0.1)
    given_up = await run_of(gallery, run["id"])

    # The first brought something in, and the second found that it had.
    assert lost == 2 + FRUITLESS_MAX
    assert (given_up["error"]["code"], given_up["imported"]) == ("import-given-up", len(await gallery.tasks()))
    assert 0 < given_up["imported"] < 41
    assert not await runs.work()


async def test_a_worker_that_was_taken_for_dead_and_comes_back_stops_where_it_is(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    run = await started(gallery, {"bucket": bucket})
    runs, read, reads = worker(gallery), import_runs._read, 0

    async def overslept(*given: Any) -> Any:
        """The first read lasts until another worker has made the whole import."""
        nonlocal reads
        reads += 1
        if reads == 1:
            gallery.web.world.clock.advance(minutes=SILENCE.total_seconds() / 60 + 0.1)
            assert await runs.work()
        return await read(*given)

    monkeypatch.setattr(import_runs, "_read", overslept)
    assert await runs.work()
    done = await run_of(gallery, run["id"])

    assert (done["state"], done["imported"], done["duplicates"], done["rejected"]) == ("done", 41, 0, 1)
    assert len(await gallery.tasks()) == 41


async def test_a_folder_without_pictures_ends_with_the_reason(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    run = await started(gallery, {"bucket": bucket, "prefix": "land"})

    await worker(gallery).work()
    done = await run_of(gallery, run["id"])

    assert (done["state"], done["error"]["code"]) == ("failed", "malformed")
    assert "No file lies there" in done["error"]["detail"]


async def test_imports_are_listed_newest_first_and_page_by_page(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    made = []
    for folder in ("sea", "street", "land"):
        made.append((await started(gallery, {"bucket": bucket, "prefix": folder}))["id"])
        gallery.web.world.clock.advance(minutes=1)

    at = f"/projects/{gallery.id}/imports"
    first = (await call(gallery, "GET", at, params={"limit": 2})).json()
    rest = (await call(gallery, "GET", at, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    for each in made:
        await call(gallery, "POST", f"{at}/{each}/cancel")


async def test_an_import_ends_where_it_is_cancelled(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    run = await started(gallery, {"bucket": bucket})
    read = import_runs._read

    async def cancelling(*given: Any) -> Any:
        await call(gallery, "POST", f"/projects/{gallery.id}/imports/{run['id']}/cancel")
        return await read(*given)

    monkeypatch.setattr(import_runs, "_read", cancelling)
    await worker(gallery).work()
    done = await run_of(gallery, run["id"])

    assert done["state"] == "cancelled"
    assert len(await gallery.tasks()) <= 32
    assert not await worker(gallery).work()


async def test_an_import_ends_with_the_key_that_asked_for_it(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    run = await started(gallery, {"bucket": bucket})
    async with gallery.web.world.superuser() as connection:
        await connection.execute("delete from evenhand.credential where token_sha256 = $1", gallery.owner.token)
    await worker(gallery).work()
    again = await gallery.web.world.with_key(gallery.organization.id, gallery.owner.id, gallery.owner.email)

    async with gallery.web.script(again) as client:
        done = (await client.get(f"/projects/{gallery.id}/imports/{run['id']}")).json()

    assert (done["state"], done["error"]["code"]) == ("failed", "not-signed-in")
    assert done["imported"] == 0


async def test_what_opens_a_bucket_is_sealed_and_never_shown(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    secret = f"secret-{uuid4().hex}"
    made = await connected(gallery, s3, full[0], secret_access_key=secret, name="marker-name")
    listed = await call(gallery, "GET", "/buckets")

    assert secret not in made.text + listed.text
    assert listed.json()["items"] == [made.json()]
    async with gallery.web.world.superuser() as connection:
        row = await connection.fetchrow("select * from evenhand.bucket where bucket_id = $1", UUID(made.json()["id"]))
    assert not any(word in bytes(row["sealed"]) for word in (secret.encode(), b"marker-name", b"pictures"))


async def test_a_bucket_connected_twice_under_one_key_is_one(gallery: Gallery, s3: S3) -> None:
    body = {"name": "A", "url": "s3://pictures", "endpoint": s3.url, "access_key_id": "k", "secret_access_key": "s"}

    answers = [await call(gallery, "POST", "/buckets", json=body, headers={"idempotency-key": "one"}) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert (await call(gallery, "GET", "/buckets")).json()["items"] == [answers[0].json()]


async def test_a_customer_connects_twenty_buckets_and_no_more(
    gallery: Gallery, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "BUCKETS_MAX", 1)

    first, second = [await connected(gallery, s3, folder) for folder in ("a", "b")]

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (413, "limit-reached")
    assert "Remove one" in second.json()["hint"]


async def test_connecting_and_removing_a_bucket_are_on_record(gallery: Gallery, s3: S3) -> None:
    bucket = (await connected(gallery, s3, "a")).json()["id"]
    await call(gallery, "DELETE", f"/buckets/{bucket}")

    async with gallery.web.world.superuser() as connection:
        entries = await connection.fetch(
            "select rule from evenhand.ledger_inbox where subject_id = $1 order by xid, id", UUID(bucket)
        )
    assert [each["rule"] for each in entries] == ["bucket:connected", "bucket:removed"]


async def test_a_bucket_that_does_not_open_is_not_remembered(gallery: Gallery, s3: S3) -> None:
    missing = await connected(gallery, s3, "x", url="s3://no-such-bucket")
    silent = await connected(gallery, s3, "x", endpoint="http://127.0.0.1:65533")

    assert (missing.status_code, missing.json()["code"]) == (400, "bucket-refused")
    assert "no such bucket" in missing.json()["detail"]
    assert silent.status_code == 400
    assert (await call(gallery, "GET", "/buckets")).json()["items"] == []


async def test_a_bucket_on_the_inside_is_refused_unless_the_operator_listed_its_network(
    gallery: Gallery, s3: S3
) -> None:
    gallery.web.app.state.files.buckets._outbound._listed = ()

    for endpoint in (s3.url, "http://localhost:9000", "http://169.254.169.254", "http://[::1]:9000"):
        answer = await connected(gallery, s3, "x", endpoint=endpoint)
        assert (answer.status_code, answer.json()["code"]) == (400, "outbound-refused"), endpoint


async def test_a_bucket_that_lists_what_may_not_be_read_is_refused_when_it_is_connected(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    answer = await connected(gallery, s3, full[0], access_key_id=None, secret_access_key=None)

    assert (answer.status_code, answer.json()["code"]) == (400, "bucket-refused")
    assert "the key may not do this" in answer.json()["detail"]


async def test_the_operators_own_credentials_open_no_bucket_of_a_customer(
    gallery: Gallery, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = f"f{uuid4().hex}"
    s3.client.put_object(Bucket="pictures", Key=f"{folder}/a.png", Body=small(seed=1), ACL="public-read")
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "operators"),
        ("AWS_SECRET_ACCESS_KEY", "own"),
        ("AWS_SESSION_TOKEN", "t"),
    ):
        monkeypatch.setenv(name, value)
    seen: list[dict[str, str]] = []
    made = buckets.S3Store

    def watched(*given: Any, **more: Any) -> Any:
        store = made(*given, **more)
        seen.append(dict(store.config))
        return store

    monkeypatch.setattr(buckets, "S3Store", watched)
    answer = await connected(gallery, s3, folder, access_key_id=None, secret_access_key=None)

    assert answer.status_code == 201, answer.text
    assert "operators" not in str(seen) and "session_token" not in str(seen)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"url": "https://pictures"}, "/url"),
        ({"url": "s3://"}, "/url"),
        ({"url": "s3://UPPER/x"}, "/url"),
        ({"url": "s3://a?b=c"}, "/url"),
        ({"region": "eu central"}, "/region"),
        ({"secret_access_key": None}, "/secret_access_key"),
        ({"access_key_id": None}, "/access_key_id"),
        ({"endpoint": "ftp://x"}, "/endpoint"),
        ({"endpoint": "https://user:pass@host"}, "/endpoint"),
        ({"name": ""}, "/name"),
        ({"color": "red"}, "/color"),
    ],
)
async def test_what_is_no_bucket_is_refused_with_its_place(
    gallery: Gallery, s3: S3, changes: dict[str, Any], pointer: str
) -> None:
    answer = await connected(gallery, s3, "x", **changes)

    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["problems"]]


async def test_a_bucket_of_another_customer_is_not_found(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    elsewhere = await gallery_of(gallery.web)

    answer = await call(elsewhere, "POST", f"/projects/{elsewhere.id}/imports", json={"bucket": bucket})
    removed = await call(elsewhere, "DELETE", f"/buckets/{bucket}")

    assert (answer.status_code, removed.status_code) == (404, 404)


async def test_a_removed_bucket_is_gone_with_what_opened_it(
    gallery: Gallery, s3: S3, full: tuple[str, dict[str, bytes]]
) -> None:
    bucket = (await connected(gallery, s3, full[0])).json()["id"]
    run = await started(gallery, {"bucket": bucket})

    assert (await call(gallery, "DELETE", f"/buckets/{bucket}")).status_code == 204
    await worker(gallery).work()

    assert (await run_of(gallery, run["id"]))["error"]["code"] == "not-found"
    assert (await call(gallery, "GET", "/buckets")).json()["items"] == []


async def test_an_uploaded_archive_is_imported_by_the_worker(gallery: Gallery) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(70):
            archive.writestr(f"{number}.png", small(seed=number))
        archive.writestr("notes.txt", "x")
    upload = (await call(gallery, "POST", f"/projects/{gallery.id}/uploads", json={"name": "all.zip"})).json()
    early = await call(gallery, "POST", f"/projects/{gallery.id}/imports", json={"upload": upload["id"]})
    async with gallery.web.script() as nobody:
        await nobody.put(upload["url"].partition("/api/v1")[2], content=out.getvalue())

    run = await started(gallery, {"upload": upload["id"], "batch": "All"})
    while await worker(gallery).work():
        pass
    done = await run_of(gallery, run["id"])

    assert early.status_code == 409
    assert (done["state"], done["imported"], done["rejected"], done["seen"]) == ("done", 70, 1, 71)


@pytest.mark.parametrize(
    "body",
    [{}, {"bucket": str(uuid4()), "upload": str(uuid4())}, {"bucket": "x"}, {"upload": str(uuid4()), "batch": ""}],
)
async def test_an_import_names_one_source(gallery: Gallery, body: dict[str, Any]) -> None:
    answer = await call(gallery, "POST", f"/projects/{gallery.id}/imports", json=body)

    assert answer.status_code == 422
