"""The spool: what was written is read back from anywhere, and never lies on disk as it is."""

from __future__ import annotations

import io
import os
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.vault.spool import MEMORY_BYTES, Spool
from evenhand.vault.stream import MediaDamaged

MARKER = b"MARKER-IN-THE-CLEAR"


def spooled(content: bytes, memory_bytes: int, piece: int = 300_000) -> Spool:
    spool = Spool(memory_bytes)
    for at in range(0, len(content), piece):
        spool.write(content[at : at + piece])
    return spool


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3_000_000), st.integers(0, 2**32))
def test_a_large_one_reads_as_a_file_would(size: int, seed: int) -> None:
    drawn = random.Random(seed)
    content = drawn.randbytes(size)
    with spooled(content, 1000) as spool:
        reader, file = spool.reader(), io.BytesIO(content)

        assert reader.read() == content
        for _ in range(20):
            offset, count = drawn.randint(0, size + 10), drawn.randint(0, 200_000)
            assert reader.seek(offset) == file.seek(offset)
            assert reader.read(count) == file.read(count)
        assert reader.seek(-min(size, 7), os.SEEK_END) == file.seek(-min(size, 7), os.SEEK_END)
        assert reader.read() == file.read()


def test_a_small_one_never_leaves_memory() -> None:
    spool = spooled(b"x" * MEMORY_BYTES, MEMORY_BYTES)

    assert spool._file is None
    assert spool.reader().read() == b"x" * MEMORY_BYTES


def test_an_archive_can_be_read_from_it() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(50):
            archive.writestr(f"{number}.bin", random.Random(number).randbytes(50_000))

    with spooled(out.getvalue(), 1000) as spool, zipfile.ZipFile(spool.reader()) as archive:
        assert archive.read("49.bin") == random.Random(49).randbytes(50_000)
        assert archive.testzip() is None


def test_what_lies_on_disk_is_sealed_and_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = spooled(MARKER * 200_000, 1000)
    spool.reader()

    assert list(tmp_path.iterdir()) == []
    assert spool._file is not None
    spool._file.seek(0)
    assert MARKER not in spool._file.read()
    spool.close()


def test_a_changed_byte_is_noticed() -> None:
    spool = spooled(MARKER * 200_000, 1000)
    reader = spool.reader()
    assert spool._file is not None
    spool._file.seek(2_000_000)
    spool._file.write(b"!")

    with pytest.raises(MediaDamaged):
        reader.read()
    spool.close()
