"""Pictures, archives and their names from people who mean harm, and whatever is dropped to be looked at."""

from __future__ import annotations

import base64
import io
import tarfile
import zipfile
from urllib.parse import quote

import httpx
import pytest
from refusals import check_refusal

DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Gallery:
    """A project of pictures of its own."""

    def __init__(self, owner: httpx.Client) -> None:
        made = owner.post("/api/v1/projects", json={"name": "Pictures", "preset": {"preset": "image-boxes"}})
        self._owner, self.project = owner, f"/api/v1/projects/{made.raise_for_status().json()['id']}"

    def send(self, content: bytes, name: str | bytes = "dot.gif", media_type: str = "image/gif") -> httpx.Response:
        headers = {"content-type": media_type, "x-file-name": name}
        return self._owner.post(f"{self.project}/images", content=content, headers=headers)

    def media(self, **headers: str) -> httpx.Response:
        task = self._owner.get(f"{self.project}/tasks").json()["items"][0]["id"]
        return self._owner.get(f"{self.project}/tasks/{task}/media/image", headers=headers)

    @property
    def names(self) -> list[str]:
        return [row["external_id"] for row in self._owner.get(f"{self.project}/tasks").json()["items"]]


@pytest.fixture
def gallery(clients: dict[str, httpx.Client]) -> Gallery:
    return Gallery(clients["owner"])


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(name: str, content: bytes, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.size = kind, link, len(content) if kind == tarfile.REGTYPE else 0
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", "image/gif"),
        (b"MZ\x90\x00", "image/png"),
        (b"<svg onload='alert(1)'/>", "image/svg+xml"),
        (DOT[:20], "image/gif"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "image/png"),
        (b"\xff\xd8\xff" + b"\xff" * 1000, "image/jpeg"),
        (b"PK\x03\x04" + b"\0" * 100, "application/zip"),
        (zipped(), "application/zip"),
        (zipped(**{"../../evil.gif": DOT}), "application/zip"),
        (zipped(**{"/etc/evil.gif": DOT}), "application/zip"),
        (zipped(**{"C:\\evil.gif": DOT}), "application/zip"),
        (zipped(**{"inner.zip": zipped(**{"dot.gif": DOT})}), "application/zip"),
        (zipped(**{"bomb.gif": b"\0" * 50_000_000}), "application/zip"),
        (tarred("../evil.gif", DOT), "application/gzip"),
        (tarred("link.gif", b"", tarfile.SYMTYPE, "/etc/passwd"), "application/gzip"),
        (tarred("hard.gif", b"", tarfile.LNKTYPE, "/etc/passwd"), "application/gzip"),
        (tarred("device.gif", b"", tarfile.CHRTYPE), "application/gzip"),
        (b"\x1f\x8b\x08" + b"\0" * 100, "application/gzip"),
    ],
    ids=range(18),  # an archive made now is another than one made a second ago, and names of tests must agree
)
def test_what_holds_no_picture_is_refused_and_leaves_nothing(gallery: Gallery, content: bytes, media_type: str) -> None:
    check_refusal(gallery.send(content, "file", media_type))

    assert gallery.names == []


@pytest.mark.parametrize("name", ["..%2f..%2fevil.gif", "..\\evil.gif", "%2Fetc%2Fevil.gif", "a%00b.gif", "%ED%A0%80.gif", "%",
                                  "x" * 3000, "%0d%0aSet-Cookie:%20a=b", "", "con", "😀".encode().decode("latin-1")])  # fmt: skip
def test_a_name_is_a_text_or_refused_and_never_a_path(gallery: Gallery, name: str) -> None:
    answer = gallery.send(DOT, name.encode("latin-1"))

    assert "set-cookie" not in answer.headers
    if answer.status_code >= 400:
        check_refusal(answer)
        assert gallery.names == []
    else:
        assert len(gallery.names) == 1
        assert gallery.media().content == DOT


@pytest.mark.parametrize(
    "media_type", ["text/html", "application/xml", "", "image/", "multipart/form-data; boundary=x"]
)
def test_a_picture_is_known_by_its_bytes_whatever_is_said_of_it(gallery: Gallery, media_type: str) -> None:
    answer = gallery.send(DOT, "dot.gif", media_type)

    if answer.status_code >= 400:
        check_refusal(answer)
    else:
        assert gallery.media().headers["content-type"] == "image/gif"
        assert gallery.media().headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-0", "bytes=-1", "bytes=5-2", "bytes=0-0,2-3", "lines=1-2", "bytes=a-b", "bytes=" + "9" * 80, "="],
)
def test_an_odd_range_is_answered_with_bytes_of_the_file_or_refused(gallery: Gallery, wanted: str) -> None:
    gallery.send(DOT).raise_for_status()

    answer = gallery.media(range=wanted)

    if answer.status_code >= 400:
        check_refusal(answer, 416 if wanted.startswith("bytes=9") else None)
    else:
        assert answer.content and answer.content in DOT


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 10_000, b"[" * 200_000, b'{"a":' * 50_000, b"\xff\xfe" * 1000, b"PK\x03\x04", b"PAR1", b"\x1f\x8b", DOT,
     b'"' * 100_001, b"a,b\n" * 60_000, b"\r" * 10_000, b"," * 200_000, zipped(**{"../x.gif": DOT})],
    ids=range(14),
)  # fmt: skip
def test_a_dropped_file_is_guessed_at_or_refused(content: bytes, clients: dict[str, httpx.Client]) -> None:
    for name in ("x", "x.csv", "x.json", "x.jsonl", "x.parquet", "x.zip", "../x.csv", "x.exe", "a%00b"):
        headers = {"content-type": "application/octet-stream", "x-file-name": quote(name, safe="%")}

        answer = clients["owner"].post("/api/v1/imports/propose", content=content[: 256 * 1024], headers=headers)

        if answer.status_code >= 400:
            check_refusal(answer)
        else:
            assert answer.json()["format"]
