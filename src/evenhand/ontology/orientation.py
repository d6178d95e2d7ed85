"""EXIF orientation (CIPA DC-008, tag 274): how the pixels of a stored picture land on the upright one, and back.

Regions are drawn on the upright picture (what a person sees); some formats want the stored one. Pixels are counted from 0.
"""

from __future__ import annotations

ORIENTATIONS = range(1, 9)


def upright_size(orientation: int, stored_width: int, stored_height: int) -> tuple[int, int]:
    """(width, height) of the upright picture: 5..8 swap the sides."""
    return (stored_height, stored_width) if orientation >= 5 else (stored_width, stored_height)


def to_upright(x: int, y: int, orientation: int, stored_width: int, stored_height: int) -> tuple[int, int]:
    """Where the stored pixel (x, y) lies on the upright picture. orientation: 1..8; raises ValueError for another."""
    right, bottom = stored_width - 1 - x, stored_height - 1 - y
    match orientation:
        case 1:
            return x, y
        case 2:
            return right, y
        case 3:
            return right, bottom
        case 4:
            return x, bottom
        case 5:
            return y, x
        case 6:
            return bottom, x
        case 7:
            return bottom, right
        case 8:
            return y, right
    raise ValueError(f"an EXIF orientation lies in 1..8, not {orientation}")


def to_stored(x: int, y: int, orientation: int, stored_width: int, stored_height: int) -> tuple[int, int]:
    """Where the upright pixel (x, y) lies on the stored picture: the inverse of to_upright.

    Mirrors and half turns undo themselves; the quarter turns 6 and 8 undo each other, seen from the upright sides.
    """
    width, height = upright_size(orientation, stored_width, stored_height)
    return to_upright(x, y, {6: 8, 8: 6}.get(orientation, orientation), width, height)
