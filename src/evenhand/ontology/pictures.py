"""Looking into picture files: what they are, how large, which way up; and small copies for tables. By Pillow, bytes in.

A file is decoded once, wholly, before it is believed: a header says nothing about what follows it. The number of pixels is
checked before, so that a small file cannot ask for more memory than a picture of the largest size needs.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.orientation import ORIENTATIONS, upright_size

PROBE = "evenhand-probe/1"
PIXELS_MAX = 40_000_000
SIDE_MAX = 60_000
MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
}
_FORMATS = [name for name in MEDIA_TYPES if name != "MPO"]
_ORIENTATION_TAG = 274
# Ours is stricter and raises before anything is decoded; Pillow's would warn, and warnings are for nobody here.
Image.MAX_IMAGE_PIXELS = None
# What Pillow's decoders raise on broken files, as its own fuzzers list them.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, OverflowError)


@dataclass(frozen=True, slots=True)
class Probed:
    """What a picture file is. Sizes in pixels; orientation as EXIF counts, 1..8."""

    media_type: str
    stored_width: int
    stored_height: int
    orientation: int
    pages: int

    def as_json(self) -> dict[str, int | str]:
        """The `media` facts of an item's input: frozen at import, because coordinates depend on them."""
        width, height = upright_size(self.orientation, self.stored_width, self.stored_height)
        return {
            "width": width,
            "height": height,
            "stored_width": self.stored_width,
            "stored_height": self.stored_height,
            "orientation": self.orientation,
            "pages": self.pages,
            "probe": PROBE,
        }


def probe(content: bytes) -> Probed:
    """What this picture file is, after decoding all of its first page. Raises Malformed, which says what is wrong."""
    if _looks_like_svg(content):
        raise _refused("unsupported", "SVG can hold scripts and loads.", "Send it rendered, as PNG.")
    image = _opened(content)
    with image:
        width, height = image.size
        if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
            message = f"This picture has {width} x {height} pixels; {PIXELS_MAX} are the most."
            raise _refused("too_large", message, "Scale it down, or cut it into parts of one group.")
        kind = MEDIA_TYPES[image.format or ""]
        try:
            orientation = image.getexif().get(_ORIENTATION_TAG, 1)
            pages = int(getattr(image, "n_frames", 1))
            # A JPEG is decoded at an eighth of its size: every byte is read all the same.
            image.draft(None, (max(1, width // 8), max(1, height // 8)))
            image.load()
        except (*_BROKEN, MemoryError) as error:
            raise _broken(error) from None
    return Probed(kind, width, height, orientation if orientation in ORIENTATIONS else 1, pages)


def thumbnail(content: bytes, width: int) -> bytes:
    """A small upright copy as WebP, at most `width` pixels wide and as many high. Raises Malformed."""
    with _opened(content) as image:
        try:
            image.draft("RGB", (width, width))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((width, width))
            has_alpha = "A" in upright.getbands() or "transparency" in upright.info
            if upright.mode.startswith(("I", "F")):
                # Sixteen bits and more are shown with their own darkest and brightest as black and white.
                upright = ImageOps.autocontrast(_to_eight_bits(upright))
            out = io.BytesIO()
            upright.convert("RGBA" if has_alpha else "RGB").save(out, "WEBP", quality=80, method=2)
            return out.getvalue()
        except (*_BROKEN, MemoryError) as error:
            raise _broken(error) from None


def as_png(content: bytes) -> bytes:
    """The first page as PNG, upright, every pixel where it was. Raises Malformed."""
    with _opened(content) as image:
        try:
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith(("I", "F")):
                upright = ImageOps.autocontrast(_to_eight_bits(upright))
            out = io.BytesIO()
            upright.convert("RGBA" if "A" in upright.getbands() else "RGB").save(out, "PNG", compress_level=3)
            return out.getvalue()
        except (*_BROKEN, MemoryError) as error:
            raise _broken(error) from None


def _to_eight_bits(image: Image.Image) -> Image.Image:
    low, high = image.convert("F").getextrema()
    scale = 255.0 / (float(high) - float(low) or 1.0)  # type: ignore[arg-type]
    return image.convert("F").point(lambda value: value * scale - float(low) * scale).convert("L")  # type: ignore[arg-type]


def _opened(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        message = "This is no picture that can be read."
        raise _refused("unsupported", message, "Send JPEG, PNG, WebP, GIF, TIFF or BMP.") from None
    except (*_BROKEN, MemoryError) as error:
        raise _broken(error) from None


def _looks_like_svg(content: bytes) -> bool:
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<?xml", b"<svg", b"<!doctype svg")) and b"<svg" in content[:65536].lower()


def _broken(error: BaseException) -> Malformed:
    reason = str(error).rstrip(".")[:120] or type(error).__name__
    return _refused("bad_media", f"This picture is damaged: {reason}.", "Save it again, or leave it out.")


def _refused(code: str, message: str, remedy: str) -> Malformed:
    return Malformed([Problem("", code, message, remedy)])
