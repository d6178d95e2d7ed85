"""What a recording is: real ones, every width that is read, and headers that lie; then one all the way to who labels it."""

from __future__ import annotations

import io
import os
import struct
import wave
from pathlib import Path

import pytest
from galleries import gallery_of
from hypothesis import given
from hypothesis import strategies as st
from media_pictures import small
from PIL import Image

from evenhand.core.errors import Malformed
from evenhand.ontology.presets import expand
from evenhand.ontology.sound_drawings import thumbnail
from evenhand.ontology.sounds import probe
from web import Web

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
SENTENCE = SHARED / "data" / "samples" / "audio" / "bobby.wav"


def recording(samples: int = 800, rate: int = 8_000, channels: int = 1, width: int = 2) -> bytes:
    """A recording as Python's own library writes it: silence, and one loud sample in the middle of each channel."""
    frames = bytearray((b"\x80" if width == 1 else bytes(width)) * channels * samples)
    middle = samples // 2 * channels * width
    loud = b"\xff" if width == 1 else b"\xff" * (width - 1) + b"\x7f"
    frames[middle : middle + channels * width] = loud * channels
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, width, rate, samples, "NONE", "not compressed"))
        file.writeframes(bytes(frames))
    return out.getvalue()


def changed(at: int, form: str, value: int, content: bytes | None = None) -> bytes:
    """A recording whose header says something else at one place."""
    made = bytearray(content or recording())
    struct.pack_into(form, made, at, value)
    return bytes(made)


def floats() -> bytes:
    """Four samples as numbers, by the published layout; between form and samples stands a chunk of odd length."""
    form = struct.pack("<HHIIHH", 3, 1, 8_000, 32_000, 4, 32)
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in ((b"fmt ", form), (b"LIST", b"odd"), (b"data", struct.pack("<4f", 0, 0.5, -1, 0)))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def extensible() -> bytes:
    """The newer form of the same, which says its sample's form in an id."""
    old = recording()
    form = struct.pack("<HHIIHH", 0xFFFE, 1, 8_000, 16_000, 2, 16)
    form += struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    return old[:12] + b"fmt " + struct.pack("<I", len(form)) + form + old[36:]


@pytest.mark.skipif(not SENTENCE.exists(), reason="the samples that EVENHAND_SHARED names are not here")
def test_a_real_recording_is_counted_as_the_standard_library_counts_it():
    content = SENTENCE.read_bytes()

    found = probe(content)

    with wave.open(io.BytesIO(content)) as file:
        assert (found.samples, found.rate, found.channels) == (file.getnframes(), file.getframerate(), 1)
    assert found.samples / found.rate == 1.194625


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_width_is_counted_and_drawn_loudest_where_it_is(width: int, channels: int):
    content = recording(channels=channels, width=width)

    found = probe(content)
    with Image.open(io.BytesIO(thumbnail(content, 80))) as drawn:
        heights = [sum(drawn.getpixel((x, y))[3] > 0 for y in range(drawn.height)) for x in range(80)]

    assert (found.samples, found.channels, found.bits) == (800, channels, width * 8)
    assert max(range(80), key=heights.__getitem__) == 40
    assert heights[40] >= drawn.height - 2 and heights[0] <= 2


def test_samples_that_are_numbers_and_the_newer_header_are_read_too():
    assert (probe(floats()).samples, probe(floats()).is_float) == (4, True)
    assert (probe(extensible()).samples, probe(extensible()).bits) == (800, 16)
    assert thumbnail(floats(), 16)


LIES = {
    "more samples than there are": changed(40, "<I", 1_602),
    "samples until the end of all files": changed(40, "<I", 0xFFFFFFFF),
    "half a sample": changed(40, "<I", 1_599),
    "cut off": recording()[:-2],
    "no samples at all": recording()[:36],
    "nothing but the beginning": recording()[:12],
    "an empty recording": changed(40, "<I", 0),
    "samples wider than they are said to be": changed(32, "<H", 4),
    "no channel": changed(22, "<H", 0),
    "more channels than anybody hears": changed(22, "<H", 33),
    "no rate": changed(24, "<I", 0),
    "a rate that nothing plays": changed(24, "<I", 4_000_000_000),
    "compressed": changed(20, "<H", 0x55),
    "samples before their form": recording()[:12] + recording()[36:],
    "a picture": small(),
    "nothing": b"",
    "64 bits": b"RF64" + recording()[4:],
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_header_that_lies_and_what_cannot_be_read_are_refused_with_a_remedy(content: bytes):
    with pytest.raises(Malformed) as refused:
        probe(content)

    (problem,) = refused.value.problems
    assert problem.code in ("bad_media", "unsupported") and problem.message and problem.remedy


@given(st.binary(max_size=60), st.integers(0, 60))
def test_whatever_stands_in_a_header_is_read_or_refused(noise: bytes, at: int):
    content = recording()[:at] + noise + recording()[at + len(noise) :]
    try:
        found = probe(content)
    except Malformed:
        return
    assert 0 < found.samples * found.channels * found.bits // 8 <= len(content) - found.start


async def test_a_recording_goes_in_is_held_by_its_counts_and_is_heard_by_whoever_labels_it(web: Web) -> None:
    recordings = await gallery_of(web, expand("audio-events", {"labels": ["speech"]}))
    content = recording(samples=8_000)

    report = await recordings.sent(content, "call.wav", kind="audio/wav")
    lie = await recordings.send(changed(40, "<I", 1_602), "lie.wav", "audio/wav")
    picture = await recordings.send(small(), "a.png")
    held = await recordings.claim(recordings.owner)
    heard = await recordings.fetch(recordings.owner, held["task_id"], "audio", {"range": "bytes=44-99"})
    drawn = await recordings.fetch(recordings.owner, held["task_id"], "audio", width=64)

    assert (report["imported"], lie.status_code, picture.status_code) == (1, 422, 422), lie.text
    assert "claims 801 samples and 800 are there" in lie.text
    shown = held["item"]["inputs"]["audio"]
    assert (shown["media"]["samples"], shown["media"]["sample_rate"], shown["name"]) == (8_000, 8_000, "call.wav")
    assert "digest" not in shown
    assert (heard.status_code, heard.content) == (206, content[44:100])
    assert heard.headers["content-type"] == "audio/wav"
    assert drawn.headers["content-type"] == "image/webp"


async def test_an_upload_is_looked_into_as_what_it_begins_like_where_a_task_shows_both(web: Web) -> None:
    body = {
        "format": "evenhand-ontology/1", "name": "both", "language": "en",
        "inputs": [{"name": "photo", "kind": "image"}, {"name": "audio", "kind": "audio"}],
        "questions": [{"name": "events", "kind": "time_segment", "text": "What is heard?"}],
    }  # fmt: skip
    both = await gallery_of(web, body)
    sent = {}
    async with web.script(both.owner) as client:
        for name, content in (("photo", small()), ("audio", recording())):
            upload = (await client.post(f"/projects/{both.id}/uploads", json={"name": name})).json()
            await client.put(upload["url"].partition("/api/v1")[2], content=content)
            sent[name] = (await client.post(f"/projects/{both.id}/uploads/{upload['id']}/complete")).json()

    inputs = {name: {"upload": done["id"]} for name, done in sent.items()}
    swapped = {"photo": inputs["audio"], "audio": inputs["photo"]}
    right = await both.rows([{"inputs": inputs}])
    wrong = await both.rows([{"inputs": swapped}])

    assert [sent[name]["media_type"] for name in ("photo", "audio")] == ["image/png", "audio/wav"]
    assert right.json()["imported"] == 1, right.text
    assert {each["pointer"] for each in wrong.json()["problems"]} >= {"/inputs/audio/media_type"}, wrong.text
