"""Builders of picture files, good and bad."""

from __future__ import annotations

import io
import struct
import zlib
from importlib.resources import files

import numpy as np
from PIL import Image


def photograph(name: str = "astronaut.png") -> bytes:
    """A real picture that scikit-image ships."""
    return files("skimage.data").joinpath(name).read_bytes()


def file_of(pixels: np.ndarray, format_: str = "PNG", orientation: int | None = None) -> bytes:
    """A picture file with these pixels, shape (height, width[, 3])."""
    out = io.BytesIO()
    exif = Image.Exif()
    if orientation is not None:
        exif[274] = orientation
    Image.fromarray(pixels).save(out, format_, exif=exif)
    return out.getvalue()


def small(width: int = 8, height: int = 6, format_: str = "PNG", seed: int = 0) -> bytes:
    """A small picture of noise."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return file_of(noise, format_)


def bomb(width: int, height: int) -> bytes:
    """A sound PNG of one black bit a pixel: a few kilobytes that decode to width x height pixels."""
    row = b"\0" * (1 + -(-width // 8))
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _part(b"IHDR", header) + _part(b"IDAT", packed) + _part(b"IEND", b"")


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
