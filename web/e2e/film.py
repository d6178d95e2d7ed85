"""Makes one animated WebP of the frames of a film: python film.py FRAMES FILM.webp. Frames that are alike stand longer instead."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image, ImageChops

# A reader needs no more than so long for a picture in which nothing moves.
STANDS_MS_MAX = 2_500


def main(folder: Path, film: Path) -> None:
    """Read `frames.json` and the pictures beside it, and write the film."""
    pictures: list[Image.Image] = []
    lasting: list[int] = []
    for each in json.loads((folder / "frames.json").read_text()):
        picture = Image.open(folder / each["file"]).convert("RGB").resize((960, 540), Image.Resampling.LANCZOS)
        if pictures and ImageChops.difference(pictures[-1], picture).getbbox() is None:
            lasting[-1] += each["ms"]
            continue
        pictures.append(picture)
        lasting.append(each["ms"])
    times = [min(each, STANDS_MS_MAX) for each in lasting]
    times[-1] = STANDS_MS_MAX * 2
    pictures[0].save(film, save_all=True, append_images=pictures[1:], duration=times, loop=0, quality=62, method=6)
    print(f"{film}: {len(pictures)} pictures, {sum(times) / 1000:.0f} s, {film.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
