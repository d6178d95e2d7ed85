"""What a fit learned, as one file of numpy's without objects: what `quality_fit.learned` holds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from evenhand.quality.mixture import Confusions, Mixture, ProfileMember
from evenhand.quality.number_crowd import NumberCrowd, NumberMember
from evenhand.quality.stopping import Crowd

# Columns that increase are written as their steps, which are small numbers.
_INCREASING = {"annotator_numbers", "cells", "task_numbers", "seen", "_cells"}


def packed(crowd: Crowd | NumberCrowd) -> bytes:
    """A crowd's arrays, compressed (`numpy.savez_compressed`)."""
    written = io.BytesIO()
    root = "numbers" if isinstance(crowd, NumberCrowd) else "crowd"
    np.savez_compressed(written, allow_pickle=False, **dict(_flat(crowd, root)))
    return written.getvalue()


def unpacked(written: bytes) -> Crowd | NumberCrowd:
    """What `packed` wrote."""
    with np.load(io.BytesIO(written), allow_pickle=False) as arrays:
        every = {name: arrays[name] for name in arrays.files}
    if "numbers.members" in every:
        members = tuple(
            NumberMember(**_read(every, f"numbers.members.{place}", NumberMember))
            for place in range(int(every["numbers.members"]))
        )
        return NumberCrowd(**{**_read(every, "numbers", NumberCrowd), "members": members})
    profiles = tuple(
        ProfileMember(**_read(every, f"crowd.mixture.profiles.{place}", ProfileMember))
        for place in range(int(every["crowd.mixture.profiles"]))
    )
    confusions = Confusions(**_read(every, "crowd.mixture.confusions", Confusions))
    mixture = Mixture(**_read(every, "crowd.mixture", Mixture), confusions=confusions, profiles=profiles)
    return Crowd(**_read(every, "crowd", Crowd), mixture=mixture)


def _flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every array inside, by the way to it; of a tuple its length, under its own name."""
    if is_dataclass(value):
        for each in fields(value):
            yield from _flat(getattr(value, each.name), f"{name}.{each.name}")
    elif isinstance(value, tuple):
        yield name, np.int64(len(value))
        for place, each in enumerate(value):
            yield from _flat(each, f"{name}.{place}")
    else:
        yield name, np.diff(value, prepend=0) if name.rpartition(".")[2] in _INCREASING else np.asarray(value)


def _read(every: dict[str, Any], of: str, kind: type[Any]) -> dict[str, Any]:
    """The plain fields of a dataclass. What is no array was written as one without axes."""
    found = {}
    for each in fields(kind):
        if (array := every.get(f"{of}.{each.name}")) is None or each.name == "profiles":
            continue
        if each.name in _INCREASING:
            array = np.cumsum(array)
        found[each.name] = array.item() if array.ndim == 0 else array
    return found
