"""Archives, honest ones and those made to do harm: every entry is read or refused by itself, and nothing is believed."""

from __future__ import annotations

import gzip
import io
import random
import stat
import struct
import tarfile
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.errors import Malformed
from evenhand.work import archives
from evenhand.work.archives import entries_of, form_of, safe_name
from tries import tries

KIB = 1024
MOST = 200 * KIB
FILES = {"cat/1.jpg": b"one", "cat/Straße.jpg": b"two", "dog/北京.png": random.Random(1).randbytes(150_000)}


def zipped(files=FILES, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **{"compression": zipfile.ZIP_DEFLATED, **more}) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files=FILES, mode="w:gz", change=None):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if change:
                change(member)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def read(content, most=MOST):
    form = form_of(content[:512])
    assert form is not None
    return list(entries_of(io.BytesIO(content), form, most))


def told(entries):
    return {each.name: each.problem.code if each.problem else "" for each in entries}


@pytest.mark.parametrize("content", [zipped(), tarred(), tarred(mode="w"), tarred(mode="w:gz")])
def test_files_come_in_their_order_with_their_names(content):
    entries = read(content)

    assert {each.name: each.content for each in entries} == FILES
    assert [each.number for each in entries] == [1, 2, 3]


def test_folders_and_what_file_managers_leave_behind_are_passed_over():
    files = {"a/": b"", "a/.DS_Store": b"x", "__MACOSX/a/._1.jpg": b"x", "Thumbs.db": b"x", "a/1.jpg": b"x"}

    assert told(read(zipped(files))) == {"a/1.jpg": ""}


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "a/../../b.jpg", "/etc/passwd", "C:\\Windows\\a.jpg", "..\\a.jpg", "\\\\server\\a.jpg", "a/\n.jpg",
        "x" * 600, "", ".", "./", "a/..", "a\x7f.jpg",
    ],
)  # fmt: skip
def test_a_name_that_leads_out_of_its_folder_or_is_no_name_is_refused(name):
    assert safe_name(name)[1] is not None


@pytest.mark.parametrize(
    ("name", "kept"),
    [("a/b.jpg", "a/b.jpg"), ("./a//b.jpg", "a/b.jpg"), ("a\\b.jpg", "a/b.jpg"), ("..a/b..jpg", "..a/b..jpg")],
)
def test_a_plain_name_has_one_spelling(name, kept):
    assert safe_name(name) == (kept, None)


def test_entries_with_such_names_are_told_and_the_others_go_on():
    files = {"../../etc/passwd": b"x", "1.jpg": b"y", "/abs.jpg": b"z"}

    for content in (zipped(files), tarred(files), tarred(files, "w")):
        assert told(read(content)) == {"../../etc/passwd": "bad_name", "1.jpg": "", "/abs.jpg": "bad_name"}


def test_an_entry_beyond_the_limit_is_refused_however_small_it_claims_to_be():
    content = bytearray(
        zipped({"large.jpg": random.Random(2).randbytes(300_000), "1.jpg": b"y"}, compression=zipfile.ZIP_STORED)
    )
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(b"PK\x01\x02"))
    content[at + 24 : at + 28] = struct.pack("<I", 10)  # the size it claims to have

    found = told(read(bytes(content)))

    assert found["large.jpg"] in ("too_large", "unreadable_media")
    assert found["1.jpg"] == ""
    assert told(read(tarred({"large.jpg": b"x" * 300_000, "1.jpg": b"y"}))) == {"large.jpg": "too_large", "1.jpg": ""}


@pytest.mark.parametrize("make", [zipped, tarred])
def test_a_bomb_is_stopped_and_its_memory_stays_small(make, monkeypatch):
    monkeypatch.setattr(archives, "_RATIO_FREE_BYTES", 1024 * KIB)
    content = make({f"{number}.jpg": bytes(64 * 1024 * KIB) for number in range(4)})
    assert len(content) < 600 * KIB

    tracemalloc.start()
    with pytest.raises(Malformed, match="times its size"):
        read(content, most=256 * 1024 * KIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 300 * 1024 * KIB


def test_entries_that_lie_on_top_of_each_other_are_found_before_anything_is_unpacked():
    content = bytearray(zipped({f"{number}.jpg": random.Random(number).randbytes(50_000) for number in range(4)}))
    # Every entry of the directory is made to point at the first one's bytes.
    at = content.find(b"PK\x01\x02")
    offset = content[at + 42 : at + 46]
    while at >= 0:
        content[at + 42 : at + 46] = offset
        content[at + 20 : at + 24] = struct.pack("<I", 100_000)
        at = content.find(b"PK\x01\x02", at + 1)

    with pytest.raises(Malformed, match="on top of each other"):
        read(bytes(content))


def test_a_header_of_a_gigabyte_is_refused_before_it_is_read():
    header = tarfile.TarInfo("PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 1024**3
    content = gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(4 * 1024 * KIB))

    tracemalloc.start()
    with pytest.raises(Malformed):
        read(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 16 * 1024 * KIB


def test_more_entries_than_anybody_has_are_refused(monkeypatch):
    monkeypatch.setattr(archives, "ENTRIES_MAX", 5)

    for make in (zipped, tarred):
        with pytest.raises(Malformed, match="more than 5 entries"):
            read(make({f"{number}.jpg": b"x" for number in range(6)}))


@pytest.mark.parametrize("type_", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(type_):
    def change(member):
        if member.name == "1.jpg":
            member.type, member.linkname, member.size = type_, "/etc/passwd", 0

    assert told(read(tarred({"1.jpg": b"", "2.jpg": b"y"}, change=change))) == {
        "1.jpg": "unreadable_media",
        "2.jpg": "",
    }


def test_a_link_in_a_zip_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("1.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    assert told(read(out.getvalue())) == {"1.jpg": "unreadable_media"}


def test_an_entry_with_a_password_is_told():
    content = bytearray(zipped({"1.jpg": b"y"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = content.find(mark) + (6 if mark == b"PK\x03\x04" else 8)
        content[at] |= 1

    assert told(read(bytes(content))) == {"1.jpg": "unreadable_media"}


def test_a_changed_byte_spoils_its_entry_alone():
    content = bytearray(zipped(compression=zipfile.ZIP_STORED))
    content[content.find(b"two")] ^= 1

    assert told(read(bytes(content))) == {"cat/1.jpg": "", "cat/Straße.jpg": "unreadable_media", "dog/北京.png": ""}


def test_an_archive_that_was_cut_off_gives_what_comes_before_the_cut():
    content = tarred({f"{number}.jpg": random.Random(number).randbytes(50_000) for number in range(5)})
    found = []

    with pytest.raises(Malformed, match="damaged"):
        for each in entries_of(io.BytesIO(content[: len(content) // 2]), "tar.gz", MOST):
            found.append(each.name)

    assert found == ["0.jpg", "1.jpg"]


@tries(100)
@given(st.sampled_from([zipped(), tarred(), tarred(mode="w")]), st.data())
def test_whatever_byte_is_changed_entries_are_read_refused_or_the_archive_is(content, data):
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    form = form_of(bytes(changed[:512]))
    if form is None:
        return

    try:
        for each in entries_of(io.BytesIO(bytes(changed)), form, MOST):
            assert len(each.content) <= MOST
            assert each.problem is not None or safe_name(each.name) == (each.name, None)
    except Malformed as error:
        assert error.problems[0].remedy
