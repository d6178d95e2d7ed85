"""Pictures through the real application: sealed on their way in, shown to whoever a look is recorded for, in ranges."""

from __future__ import annotations

import base64
import io
import tarfile
import zipfile
from uuid import UUID, uuid4

import numpy as np
import pytest
from galleries import Gallery, gallery_of
from media_pictures import file_of, photograph, small
from PIL import Image

from evenhand.delivery.deletion import Deletion
from evenhand.ontology.presets import expand
from evenhand.work.media import UNUSED_LASTS
from web import Web

JPEG = "image/jpeg"


def as_data(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def large(seed: int = 0) -> bytes:
    """A picture of noise of some three megabytes: its object has several segments."""
    return file_of(np.random.default_rng(seed).integers(0, 256, (1000, 1000, 3), dtype=np.uint8), "PNG")


# ------------------------------------------------------------------------------------------------------------ way in --
async def test_a_picture_becomes_a_task_that_its_annotator_sees_byte_for_byte(gallery: Gallery) -> None:
    content = photograph("astronaut.png")
    annotator = await gallery.organization.member()

    report = await gallery.sent(content, "space/Straße.png")
    held = await gallery.claim(annotator)
    shown = await gallery.fetch(annotator, held["task_id"])

    assert (report["imported"], report["rejected"]) == (1, 0)
    picture = held["item"]["inputs"]["image"]
    assert picture["url"] == f"/api/v1/projects/{gallery.id}/tasks/{held['task_id']}/media/image"
    assert (picture["media"]["width"], picture["media"]["height"], picture["bytes"]) == (512, 512, len(content))
    assert "digest" not in picture
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.content == content


async def test_the_bytes_go_out_with_no_leave_to_run_frame_or_keep_them(gallery: Gallery) -> None:
    await gallery.sent(small())
    held = await gallery.claim(gallery.owner)

    shown = await gallery.fetch(gallery.owner, held["task_id"])

    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cross-origin-resource-policy"] == "same-origin"
    assert shown.headers["accept-ranges"] == "bytes"


async def test_the_sides_of_a_picture_are_those_that_people_see_whatever_way_up_it_was_held(gallery: Gallery) -> None:
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)

    await gallery.sent(file_of(pixels, "JPEG", orientation=6), "held.jpg")
    media = (await gallery.claim(gallery.owner))["item"]["inputs"]["image"]["media"]

    assert (media["width"], media["height"], media["orientation"]) == (40, 60, 6)
    assert (media["stored_width"], media["stored_height"]) == (60, 40)


async def test_the_same_file_again_adds_nothing(gallery: Gallery) -> None:
    await gallery.sent(small(seed=1), "a.png")

    again = await gallery.sent(small(seed=1), "a.png")

    assert (again["imported"], again["duplicates"]) == (0, 1)
    assert len(await gallery.tasks()) == 1


async def test_a_file_without_a_name_is_known_by_its_digest(gallery: Gallery) -> None:
    first = await gallery.sent(small(seed=1), "")
    again, other = await gallery.sent(small(seed=1), ""), await gallery.sent(small(seed=2), "")

    assert [each["imported"] for each in (first, again, other)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "unsupported-media-type"),
        (b"no picture at all", 422, "import-refused"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", 422, "import-refused"),
        (small()[:60], 422, "import-refused"),
    ],
)
async def test_what_is_no_picture_is_refused_and_nothing_is_stored(
    gallery: Gallery, content: bytes, status: int, code: str
) -> None:
    answer = await gallery.send(content)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["hint"]
    assert await gallery.tasks() == []


async def test_a_project_that_shows_no_pictures_refuses_them(web: Web) -> None:
    texts = await gallery_of(web, expand("text-classification", {"labels": ["a", "b"]}))

    answer = await texts.send(small())

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["code"] == "bad_target"


# ------------------------------------------------------------------------------------------------------- archives --
def packed(files: dict[str, bytes], form: str) -> bytes:
    out = io.BytesIO()
    if form == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


MIXED = {
    **{f"cat/{number}.png": small(seed=number) for number in range(40)},
    "cat/broken.png": small()[:50],
    "../../etc/passwd": small(seed=99),
    "notes.txt": b"Not a picture.",
    ".DS_Store": b"litter",
}


@pytest.mark.parametrize(("form", "kind"), [("zip", "application/zip"), ("tar.gz", "application/gzip")])
async def test_an_archive_of_pictures_goes_in_and_what_is_none_is_told_by_name(
    gallery: Gallery, form: str, kind: str
) -> None:
    content = packed(MIXED, form)

    report = await gallery.sent(content, f"all.{form}", kind=kind, batch="Cats")
    again = await gallery.sent(content, f"all.{form}", kind=kind, batch="Cats")

    assert (report["imported"], report["rejected"]) == (40, 3)
    assert [(each["line"], each["code"]) for each in report["problems"]] == [
        (41, "bad_media"),
        (42, "bad_name"),
        (43, "unsupported"),
    ]
    assert report["problems"][0]["message"].startswith("cat/broken.png: ")
    assert (again["imported"], again["duplicates"], again["rejected"]) == (0, 40, 3)
    assert {task["external_id"] for task in await gallery.tasks()} >= {"cat/0.png", "cat/39.png"}


async def test_all_or_none_of_an_archive(gallery: Gallery) -> None:
    refused = await gallery.send(packed(MIXED, "zip"), "all.zip", kind="application/zip", batch="A", atomic=True)
    sound = {name: content for name, content in MIXED.items() if name.startswith("cat/") and "broken" not in name}
    taken = await gallery.sent(packed(sound, "zip"), "all.zip", kind="application/zip", batch="B", atomic=True)

    assert refused.status_code == 422
    assert refused.json()["rejected"] == 3
    assert (taken["imported"], taken["published"]) == (40, True)
    assert len({task["batch"] for task in await gallery.tasks()}) == 1


async def test_an_archive_that_is_broken_in_the_middle_is_refused(gallery: Gallery) -> None:
    content = packed({f"{n}.png": small(seed=n) for n in range(3)}, "zip")

    answer = await gallery.send(content[: len(content) // 2], "all.zip", kind="application/zip")

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["code"] == "unreadable_media"


# ----------------------------------------------------------------------------------------------------------- sealed --
async def test_neither_pixels_nor_names_lie_anywhere_in_the_clear(gallery: Gallery) -> None:
    content = large()
    marker = f"marker-{uuid4()}"
    await gallery.sent(content, f"{marker}/secret.png")

    blobs = gallery.web.world.settings.data / "blobs"
    stored = [file.read_bytes() for file in blobs.rglob("*") if file.is_file()]
    async with gallery.web.world.superuser() as connection:
        rows = await connection.fetch("select * from evenhand.media where project_id = $1", gallery.id)
        tasks = await connection.fetch("select * from evenhand.task where project_id = $1", gallery.id)

    assert max(map(len, stored)) > len(content)
    assert not any(content[start : start + 64] in each for each in stored for start in range(0, len(content), 500_000))
    assert not any(marker.encode() in each for each in stored)
    assert marker not in str([dict(row) for row in [*rows, *tasks]])
    assert marker.encode().hex() not in str([{name: value.hex() if isinstance(value, bytes) else value
                                              for name, value in row.items()} for row in [*rows, *tasks]])  # fmt: skip
    assert not any(marker in str(file) for file in blobs.rglob("*"))


async def test_every_file_has_a_key_of_its_own(gallery: Gallery) -> None:
    await gallery.sent(packed({f"{n}.png": small(seed=n) for n in range(5)}, "zip"), "a.zip", kind="application/zip")

    async with gallery.web.world.superuser() as connection:
        keys = await connection.fetch("select chunk_key_id from evenhand.media where project_id = $1", gallery.id)

    assert len({row["chunk_key_id"] for row in keys}) == 5


async def test_an_object_that_was_changed_is_not_shown(gallery: Gallery) -> None:
    await gallery.sent(large())
    held = await gallery.claim(gallery.owner)
    async with gallery.web.world.superuser() as connection:
        name = await connection.fetchval("select object_name from evenhand.media where project_id = $1", gallery.id)
    file = gallery.web.world.settings.data / "blobs" / name
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)

    answer = await gallery.fetch(gallery.owner, held["task_id"])

    assert (answer.status_code, answer.json()["code"]) == (500, "media-damaged")


# ----------------------------------------------------------------------------------------------------------- looks --
async def test_the_claim_covers_the_picture_and_ranges_of_it_add_no_looks(gallery: Gallery) -> None:
    await gallery.sent(large())
    annotator = await gallery.organization.member()
    task = (await gallery.claim(annotator))["task_id"]
    before = await gallery.looks(task)

    for _ in range(3):
        assert (await gallery.fetch(annotator, task, headers={"range": "bytes=0-99"})).status_code == 206

    assert before == ["label"]
    assert await gallery.looks(task) == before


async def test_a_readers_look_is_recorded_once_and_again_when_time_has_passed(gallery: Gallery) -> None:
    await gallery.sent(small())
    reviewer = await gallery.organization.member("reviewer")
    async with gallery.web.world.superuser() as connection:
        task = str(await connection.fetchval("select task_id from evenhand.task where project_id = $1", gallery.id))

    await gallery.fetch(reviewer, task)
    await gallery.fetch(reviewer, task, width=64)
    first = await gallery.looks(task)
    gallery.web.world.clock.advance(minutes=11)
    await gallery.fetch(reviewer, task)

    assert first == ["media"]
    assert await gallery.looks(task) == ["media", "media"]


async def test_a_page_of_the_table_covers_its_thumbnails(gallery: Gallery) -> None:
    await gallery.sent(packed({f"{n}.png": small(seed=n) for n in range(3)}, "zip"), "a.zip", kind="application/zip")

    tasks = [task["id"] for task in await gallery.tasks()]
    for task in tasks:
        small_copy = await gallery.fetch(gallery.owner, task, width=32)
        assert small_copy.headers["content-type"] == "image/webp"

    assert [await gallery.looks(task) for task in tasks] == [["browse"]] * 3


async def test_whoever_does_not_hold_the_task_sees_nothing(gallery: Gallery) -> None:
    await gallery.sent(small())
    holder, other = await gallery.organization.members(2)
    task = (await gallery.claim(holder))["task_id"]

    refused = await gallery.fetch(other, task)
    gallery.web.world.clock.advance(minutes=11)
    late = await gallery.fetch(holder, task)

    assert (refused.status_code, refused.json()["code"]) == (409, "not-yours")
    assert (late.status_code, late.json()["code"]) == (409, "not-yours")
    assert await gallery.looks(task) == ["label"]


async def test_another_customer_and_another_project_find_nothing(gallery: Gallery) -> None:
    await gallery.sent(small())
    task = (await gallery.claim(gallery.owner))["task_id"]
    elsewhere = await gallery_of(gallery.web)
    beside = await gallery_of(gallery.web, organization=gallery.organization)

    async with gallery.web.script(elsewhere.owner) as client:
        foreign = await client.get(f"/projects/{gallery.id}/tasks/{task}/media/image")

    assert foreign.status_code == 404
    assert (await beside.fetch(gallery.owner, task)).status_code == 404
    assert (await gallery.fetch(gallery.owner, task, "text")).status_code == 404
    assert (await gallery.fetch(gallery.owner, str(uuid4()))).status_code == 404


async def test_a_wall_that_is_raised_meanwhile_closes_the_picture_and_says_so_in_the_record(gallery: Gallery) -> None:
    await gallery.sent(small())
    reviewer, annotator = await gallery.organization.member("reviewer"), await gallery.organization.member()
    task = (await gallery.claim(annotator))["task_id"]
    assert (await gallery.fetch(reviewer, task)).status_code == 200
    rival = await gallery.web.world.organization("Rival")
    async with gallery.web.world.superuser() as connection:
        now = gallery.web.world.clock.now()
        for person in (reviewer, annotator):
            await connection.execute(
                "insert into evenhand.person_interest (person_id, interest_id, party, kind, declared_by, commitment, sealed_in)"
                " values ($1, $1, $2, 'office', 'self', '', $1)",
                person.id,
                str(rival.id),
            )
        await connection.execute(
            "insert into evenhand.conflict (organization_id, party, basis, since) values ($1, $2, 'competitor', $3)",
            gallery.organization.id,
            str(rival.id),
            now,
        )
        await connection.execute("select evenhand.register_bump(null, null, null, $1)", now)

    reading, labeling = await gallery.fetch(reviewer, task), await gallery.fetch(annotator, task)

    assert (reading.status_code, reading.json()["code"]) == (403, "walled")
    assert (labeling.status_code, labeling.json()["code"]) == (409, "not-yours")
    async with gallery.web.world.superuser() as connection:
        denied = await connection.fetch(
            "select rule from evenhand.ledger_inbox where object_id = $1 and decision = 'deny'", UUID(task)
        )
    assert [row["rule"] for row in denied] == ["interest:competitor"]


async def test_what_the_workspace_may_not_show_it_may_not_fetch(web: Web) -> None:
    body = expand("image-boxes", {"labels": ["cat"]})
    body["inputs"].append({"name": "truth", "kind": "image", "required": False})
    body["questions"][0] |= {"blind": ["truth"], "target": {"input": "image"}}
    gallery = await gallery_of(web, body)
    annotator = await gallery.organization.member()
    rows = [{"inputs": {"image": as_data(small()), "truth": as_data(small(seed=5))}}]
    answer = await gallery.rows(rows)
    assert answer.json().get("imported") == 1, answer.text
    held = await gallery.claim(annotator)

    assert "truth" not in held["item"]["inputs"]
    assert (await gallery.fetch(annotator, held["task_id"], "truth")).status_code == 404
    assert (await gallery.fetch(annotator, held["task_id"], "image")).status_code == 200
    assert (await gallery.fetch(gallery.owner, held["task_id"], "truth")).status_code == 200


# ---------------------------------------------------------------------------------------------------------- ranges --
@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-0", "bytes=0-1048575", "bytes=1048000-1049000", "bytes=2000000-", "bytes=-1000", "bytes=1048520-1048519"],
)
async def test_a_range_is_that_part_of_the_file(gallery: Gallery, wanted: str) -> None:
    content = large()
    await gallery.sent(content)
    task = (await gallery.claim(gallery.owner))["task_id"]
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else len(content) - int(last)
    stop = min(int(last) + 1, len(content)) if first and last else len(content)

    answer = await gallery.fetch(gallery.owner, task, headers={"range": wanted})

    if stop <= start:
        assert (answer.status_code, answer.content) == (200, content)
    else:
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(content)}"
        assert answer.content == content[start:stop]


async def test_a_range_beyond_the_end_is_told_and_other_units_are_passed_over(gallery: Gallery) -> None:
    content = small()
    await gallery.sent(content)
    task = (await gallery.claim(gallery.owner))["task_id"]

    beyond = await gallery.fetch(gallery.owner, task, headers={"range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.json()["size"]) == (416, len(content))
    for odd in ("lines=1-2", "bytes=0-1,3-4", "bytes=-", "bytes=a-b", "bytes", "bytes=99999999999999999999-"):
        assert (await gallery.fetch(gallery.owner, task, headers={"range": odd})).status_code == 200


async def test_a_tiff_is_shown_as_png_and_pixel_for_pixel(gallery: Gallery) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    await gallery.sent(file_of(pixels, "TIFF"), "scan.tiff")
    held = await gallery.claim(gallery.owner)

    shown = await gallery.fetch(gallery.owner, held["task_id"])

    assert held["item"]["inputs"]["image"]["media_type"] == "image/tiff"
    assert shown.headers["content-type"] == "image/png"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(shown.content))), pixels)


# ------------------------------------------------------------------------------------------------------ forgetting --
async def objects(gallery: Gallery) -> int:
    async with gallery.web.world.superuser() as connection:
        names = await connection.fetch("select object_name from evenhand.media where project_id = $1", gallery.id)
    blobs = gallery.web.world.settings.data / "blobs"
    return sum((blobs / row["object_name"]).exists() for row in names)


async def test_a_file_that_no_task_shows_is_forgotten_and_one_that_a_task_shows_stays(gallery: Gallery) -> None:
    media = gallery.web.world.services.files.media
    await gallery.sent(small(seed=1), "a.png")
    organization_id = gallery.organization.id
    kind = gallery.web.world.services
    ontology = await kind.work.importing.ontology_of(gallery.owner.actor, gallery.id)
    lone = await media.probed(ontology.media["image"].file_kind, "lone.png", small(seed=2))
    await media.keep(organization_id, gallery.id, [lone])
    assert await objects(gallery) == 2

    gallery.web.world.clock.advance(minutes=UNUSED_LASTS.total_seconds() / 60 + 1)
    while await media.drop_unused():
        pass

    assert await objects(gallery) == 1
    assert (await gallery.fetch(gallery.owner, (await gallery.tasks())[0]["id"])).status_code == 200


async def test_with_its_last_task_goes_a_file(gallery: Gallery) -> None:
    media = gallery.web.world.services.files.media
    await gallery.sent(small(seed=1), "a.png")
    async with gallery.web.world.superuser() as connection:
        await connection.execute("delete from evenhand.task where project_id = $1", gallery.id)
        used = await connection.fetchval("select is_used from evenhand.media where project_id = $1", gallery.id)

    gallery.web.world.clock.advance(minutes=UNUSED_LASTS.total_seconds() / 60 + 1)
    await media.drop_unused()

    assert used is False
    async with gallery.web.world.superuser() as connection:
        assert await connection.fetchval("select count(*) from evenhand.media where project_id = $1", gallery.id) == 0


async def test_with_its_project_goes_every_file_at_the_next_tidying(gallery: Gallery) -> None:
    services, world = gallery.web.world.services, gallery.web.world
    await gallery.sent(small(seed=1), "a.png")
    await services.work.projects.set_state(gallery.owner.actor, gallery.id, "trashed")
    world.clock.advance(minutes=31 * 24 * 60)

    await Deletion(services.database, world.clock).delete_due()
    world.clock.advance(minutes=1)
    await services.files.media.drop_unused()

    async with world.superuser() as connection:
        assert await connection.fetchval("select count(*) from evenhand.media where project_id = $1", gallery.id) == 0
        assert await connection.fetchval("select count(*) from evenhand.project where project_id = $1", gallery.id) == 0
