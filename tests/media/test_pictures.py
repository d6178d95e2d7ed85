"""What a picture file is: real files, damaged ones, bombs, and every EXIF orientation."""

from __future__ import annotations

import io

import numpy as np
import pytest
from media_pictures import bomb, file_of, photograph, small
from PIL import Image, ImageOps
from skimage import data

from evenhand.core.errors import Malformed
from evenhand.ontology.inputs.image import kind
from evenhand.ontology.orientation import to_stored, to_upright, upright_size
from evenhand.ontology.pictures import PIXELS_MAX, probe, thumbnail


def refusal(content: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        probe(content)
    return caught.value.problems[0].code


@pytest.mark.parametrize(
    ("name", "media_type", "width", "height"),
    [
        ("astronaut.png", "image/png", 512, 512),
        ("coffee.png", "image/png", 600, 400),
        ("rocket.jpg", "image/jpeg", 640, 427),
        ("page.png", "image/png", 384, 191),
    ],
)
def test_real_photographs_are_probed_as_they_are(name, media_type, width, height):
    found = probe(photograph(name))

    assert (found.media_type, found.stored_width, found.stored_height) == (media_type, width, height)
    assert (found.orientation, found.pages) == (1, 1)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_every_format_that_is_taken_is_recognised_by_its_content(format_):
    assert probe(small(format_=format_)).media_type == f"image/{format_.lower()}"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_size_follows_the_exif_orientation(orientation):
    pixels = data.coffee()[:40, :60]

    found = probe(file_of(pixels, "JPEG", orientation)).as_json()

    assert (found["stored_width"], found["stored_height"], found["orientation"]) == (60, 40, orientation)
    assert (found["width"], found["height"]) == ((60, 40) if orientation < 5 else (40, 60))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_pixel_of_a_5_by_3_picture_lands_on_its_upright_pixel_and_returns(orientation):
    stored = np.arange(15, dtype=np.uint8).reshape(3, 5) * 10
    with Image.open(io.BytesIO(file_of(stored, "PNG", orientation))) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))

    assert upright.shape[::-1] == upright_size(orientation, 5, 3)
    for y in range(3):
        for x in range(5):
            at = to_upright(x, y, orientation, 5, 3)
            assert upright[at[1], at[0]] == stored[y, x]
            assert to_stored(*at, orientation, 5, 3) == (x, y)


def test_an_orientation_outside_1_to_8_counts_as_upright():
    assert probe(file_of(data.coffee()[:4, :6], "JPEG", 9)).orientation == 1


@pytest.mark.parametrize("name", ["rocket.jpg", "coffee.png"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_was_cut_off_is_refused(name, share):
    whole = photograph(name)

    assert refusal(whole[: int(len(whole) * share)]) == "bad_media"


def test_a_file_with_a_changed_byte_in_its_data_is_refused():
    whole = bytearray(photograph("coffee.png"))
    whole[len(whole) // 2] ^= 0xFF

    assert refusal(bytes(whole)) == "bad_media"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?>\n<svg/>",
        b"GIF89a",
        b"\xff\xd8\xff",
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(content):
    assert refusal(content) in ("unsupported", "bad_media")


def test_a_bomb_of_40_megapixels_is_refused_before_it_is_decoded():
    content = bomb(8000, 5001)

    assert len(content) < 20_000
    assert PIXELS_MAX < 8000 * 5001
    assert refusal(content) == "too_large"


def test_a_picture_of_the_largest_size_is_taken():
    assert probe(bomb(8000, 5000)).stored_width == 8000


def test_a_header_that_claims_two_thousand_million_pixels_is_refused():
    assert refusal(bomb(46_000, 1)[:16] + (46_000).to_bytes(4, "big") + (46_000).to_bytes(4, "big")) in (
        "bad_media",
        "unsupported",
        "too_large",
    )


def test_a_thumbnail_is_upright_and_small():
    with Image.open(io.BytesIO(thumbnail(file_of(data.coffee(), "JPEG", 6), 320))) as image:
        assert image.format == "WEBP"
        assert image.size == (213, 320)


def test_a_thumbnail_of_sixteen_bits_shows_its_range():
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (64, 1))

    with Image.open(io.BytesIO(thumbnail(file_of(ramp, "PNG"), 64))) as image:
        grey = np.asarray(image.convert("L"))

    assert grey[:, 0].mean() < 10
    assert grey[:, -1].mean() > 245


def test_the_image_kind_accepts_its_examples_and_names_what_is_wrong_with_others():
    examples = list(kind.examples())

    assert [kind.check(None, each) for each in examples] == [[], []]
    assert kind.parts("photo", None, examples[0])[0].size == (3024, 4032)
    assert "digest" not in kind.visible(None, examples[0])
    assert kind.check(None, "x.png")[0].code == "bad_value"
    assert kind.check(None, {**examples[0], "url": "https://example.org"})[0].pointer == "/url"
    assert kind.check(None, {**examples[0], "media_type": "image/svg+xml"})[0].pointer == "/media_type"
    sides = {**examples[0]["media"], "width": 4032}
    assert kind.check(None, {**examples[0], "media": sides})[0].pointer == "/media/width"
