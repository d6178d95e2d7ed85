"""Small drawings of recordings, for tables: how loud they are, from the left to the right."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

from evenhand.ontology.sounds import Sound, probe

_HEIGHT = 0.4


def thumbnail(content: bytes, width: int) -> bytes:
    """Its loudest and quietest places as a drawing, WebP, `width` pixels wide, see-through where it is silent. Raises Malformed."""
    sound = probe(content)
    height = max(16, round(width * _HEIGHT))
    loud = _loudness(content, sound, width)
    middle = (height - 1) / 2
    reach = np.maximum(0.5, loud * middle)
    is_drawn = np.abs(np.arange(height)[:, None] - middle) <= reach[None, :]
    # Grey is seen on light and on dark.
    pixels = np.zeros((height, width, 4), dtype=np.uint8)
    pixels[is_drawn] = (128, 134, 140, 255)
    out = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(out, "WEBP", lossless=True)
    return out.getvalue()


def _loudness(content: bytes, sound: Sound, columns: int) -> npt.NDArray[np.float32]:
    """shape (columns,), 0..1: the largest amplitude of any channel in each stretch of time. One stretch lies in memory."""
    block = sound.channels * sound.bits // 8
    edges = [sound.samples * column // columns for column in range(columns + 1)]
    loud = np.zeros(columns, dtype=np.float32)
    for column, (first, last) in enumerate(pairwise(edges)):
        last = max(last, first + 1)
        raw = np.frombuffer(content, np.uint8, (last - first) * block, sound.start + first * block)
        loud[column] = np.abs(np.nan_to_num(_values(raw, sound))).max()
    return np.minimum(loud, 1.0)


def _values(raw: npt.NDArray[np.uint8], sound: Sound) -> npt.NDArray[np.floating]:
    """Samples as numbers, -1..1."""
    if sound.is_float:
        return raw.view("<f4")
    if sound.bits == 8:
        return (raw.astype(np.float32) - 128) / 128
    # The upper two bytes of a sample are as fine as any drawing.
    step = sound.bits // 8
    upper = np.ascontiguousarray(raw.reshape(-1, step)[:, step - 2 :])
    return upper.view("<i2")[:, 0].astype(np.float32) / 2**15
