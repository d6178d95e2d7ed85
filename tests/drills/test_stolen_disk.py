"""A stolen disk: a thousand markers in every field that a person can fill, and none of them anywhere on it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from installed import Installed, installed

from database import MAJORS, Cluster
from evenhand.store.postgres import PostgresServer, find_binaries
from evenhand.vault import sealing
from world import world_on

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from media_pictures import small
from object_store import S3, s3_server

API = "/api/v1"
MARKERS = 1_000
TASKS = 160


class Markers:
    """Words that occur nowhere else, each used once."""

    def __init__(self) -> None:
        self.start = f"zq{uuid4().hex[:8]}"
        self._numbers = itertools.count()
        self.planted: list[str] = []

    def __call__(self, field: str) -> str:
        """A new one, for a field."""
        self.planted.append(f"{self.start}{next(self._numbers):04d}x{field}")
        return self.planted[-1]


def spellings(word: str) -> list[bytes]:
    """How a word may lie on a disk: as it is, in capitals, in UTF-16, in hexadecimal, in base64 at each of its three offsets.

    In base64 only whole groups of it: what stands before and after is unknown.
    """
    plain = word.encode()
    shifted = [
        base64.b64encode(bytes(shift) + plain)[4 * bool(shift) : (shift + len(plain)) // 3 * 4] for shift in range(3)
    ]
    return [plain, plain.upper(), word.encode("utf-16-le"), plain.hex().encode(), *shifted]


def found(folders: Iterable[Path], mark: Markers) -> list[str]:
    """The markers in any file of the folders, in any spelling, with the file.

    Each file is searched for what all markers begin with, and where that is, for every marker.
    """
    hits = []
    for file in sorted(file for folder in folders for file in folder.rglob("*")):
        if file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        if any(spelling in content for spelling in spellings(mark.start)):
            named = [each for each in mark.planted if any(spelling in content for spelling in spellings(each))]
            hits += [f"{each} in {file}" for each in named or [mark.start]]
    return hits


async def fill(server: Installed, mark: Markers) -> None:
    """A day of people who type something of their own wherever they can."""
    async with httpx.AsyncClient(
        base_url=server.url + API, headers={"authorization": f"Bearer {server.key}"}, timeout=60
    ) as owner:

        async def ok(method: str, path: str, **more: Any) -> Any:
            answer = await owner.request(method, path, **more)
            assert answer.status_code < 400, (path, answer.text)
            return answer.json() if answer.content else None

        await ok("PATCH", "/organization", json={"name": mark("organization")})
        await ok("POST", "/api-keys", json={"name": mark("key")})
        await ok("PATCH", "/session/preferences", json={"theme": "dark"})
        people = []
        for _ in range(3):
            email, name = f"{mark('email')}@{mark('host')}.example.org", mark("person")
            invited = await ok(
                "POST", "/invitations", json={"email": email, "role": "annotator", "name": mark("invited")}
            )
            token = invited["link"].partition("#")[2]
            client = httpx.AsyncClient(base_url=server.url + API, timeout=60)
            joined = await client.post(
                "/invitations/accept", json={"token": token, "password": mark("password"), "name": name}
            )
            client.headers["x-csrf-token"] = joined.json()["csrf"]
            people.append(client)
            wrong = {"email": f"{mark('unknown')}@example.org", "password": mark("guess")}
            await owner.post("/session", json=wrong)
        ontology = {
            "format": "evenhand-ontology/1", "name": "letters", "language": "en", "text": mark("text"), "help": mark("help"),
            "inputs": [{"name": "text", "kind": "text", "text": mark("title"), "help": mark("help")}],
            "questions": [
                {
                    "name": "label", "kind": "choice", "text": mark("question"), "help": mark("help"),
                    "settings": {
                        "options": [{"value": "yes", "text": mark("option")}, {"value": mark("value"), "text": "No"}]
                    },
                },
                {"name": "why", "kind": "text", "text": mark("why")},
            ],
        }  # fmt: skip
        body = {"name": mark("project"), "ontology": ontology, "guideline": mark("guideline"), "opinions": 2}
        # Which preset it began with is not sealed: a text there is refused, and nothing of it is kept.
        marked = {**body, "ontology": {**ontology, "preset": mark("preset")}}
        assert (await owner.post("/projects", json=marked)).status_code == 422
        project = (await ok("POST", "/projects", json=body))["id"]
        await ok("PATCH", f"/projects/{project}", json={"name": mark("renamed")})
        await ok("PUT", f"/projects/{project}/guidelines", json={"markdown": f"# {mark('guideline2')}"})
        rows = [
            {
                "inputs": {"text": f"A letter about {mark('item')}."}, "external_id": mark("external"),
                "tags": [mark("tag")],
                "suggestions": [{"source": mark("source"), "answers": [{"question": "why", "value": mark("suggestion")}]}],
            }
            for _ in range(TASKS)
        ]  # fmt: skip
        report = await ok(
            "POST", f"/projects/{project}/tasks?batch={mark('batch')}",
            content="\n".join(map(json.dumps, rows)), headers={"content-type": "application/x-ndjson"},
        )  # fmt: skip
        assert report["imported"] == TASKS, report
        bad = {"inputs": {"text": 7, mark("column"): mark("bad")}}
        await owner.post(
            f"/projects/{project}/tasks", content=json.dumps(bad), headers={"content-type": "application/x-ndjson"}
        )
        await owner.get(f"/projects/{project}/tasks", params={"external_id": mark("search"), "tag": mark("search")})
        for client in people:
            await client.post(f"/projects/{project}/guidelines/consent", json={"version": 2})
            for _ in range(6):
                claim = await client.post(f"/projects/{project}/claim", json={"held": []})
                assignment = claim.json()["assignment"]
                at = f"/projects/{project}/tasks/{assignment['task_id']}"
                draft = {"answers": [{"question": "why", "value": mark("draft")}], "client_clock": 1}
                assert (await client.put(f"{at}/draft", json=draft)).status_code == 200
                assert (await client.post(f"{at}/comments", json={"text": mark("comment")})).status_code == 201
                answer = {
                    "ontology_version": assignment["ontology_version"],
                    "answers": [{"question": "label", "value": "yes"}, {"question": "why", "value": mark("answer")}],
                }
                done = await client.post(f"{at}/annotations", json=answer)
                assert done.status_code == 201, done.text
            claim = await client.post(f"/projects/{project}/claim", json={"held": []})
            at = f"/projects/{project}/tasks/{claim.json()['assignment']['task_id']}"
            await client.post(f"{at}/reports", json={"reason": "broken", "note": mark("report")})
            await client.post(f"{at}/skip", json={"reason": "other", "note": mark("skip")})
            wrong = {"ontology_version": 1, "answers": [{"question": "label", "value": mark("refused")}]}
            await client.post(f"{at}/annotations", json=wrong)
        release = await ok("POST", f"/projects/{project}/releases", json={"note": mark("note"), "include": "all"})
        for _ in range(600):
            if (await ok("GET", f"/releases/{release['id']}"))["state"] == "ready":
                break
            await asyncio.sleep(0.1)
        await ok("POST", f"/projects/{project}/clone", json={"name": mark("clone")})
        # What keys leave behind: a rotation, a refused choice, and something that is shredded.
        await ok("POST", "/vault/rotate")
        refused = await owner.put("/vault/policy", json={"mode": "bring", "service": mark("service")})
        assert refused.status_code == 400, refused.text
        doomed = (await ok("POST", "/projects", json={**body, "name": mark("doomed")}))["id"]
        await ok("POST", f"/projects/{doomed}/tasks", content=json.dumps({"inputs": {"text": mark("shredded")}}),
                 headers={"content-type": "application/x-ndjson"})  # fmt: skip
        await ok("DELETE", f"/projects/{doomed}")
        shredding = (await ok("POST", "/shreddings", json={"scope": "project", "id": doomed}))["id"]
        for _ in range(600):
            if (await ok("GET", f"/shreddings/{shredding}"))["finished_at"]:
                break
            await asyncio.sleep(0.1)
        assert (await ok("GET", f"/shreddings/{shredding}"))["method"] == "key-destruction"
        await ok("GET", f"/projects/{project}/progress")
        while len(mark.planted) < MARKERS:
            await ok("POST", "/api-keys", json={"name": mark("key")})
        for client in people:
            await client.aclose()


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def connect(server: Installed, s3: S3, mark: Markers) -> None:
    """A manager who joins it to what lies elsewhere: a bucket with pictures, and a program that is to be told of events."""
    async with httpx.AsyncClient(
        base_url=server.url + API, headers={"authorization": f"Bearer {server.key}"}, timeout=60
    ) as owner:

        async def ok(method: str, path: str, **more: Any) -> Any:
            answer = await owner.request(method, path, **more)
            assert answer.status_code < 400, (path, answer.text)
            return answer.json()

        # Nobody listens there: that it failed is written down, and not where.
        hook = {
            "url": f"http://127.0.0.1:{closed_port()}/{mark('hook')}?token={mark('token')}",
            "description": mark("description"),
        }
        webhook = await ok("POST", "/webhooks", json={**hook, "events": ["task.done", "release.ready"]})
        await owner.post(f"/webhooks/{webhook['id']}/test")
        folder, prefix, name = mark("folder"), mark("prefix"), mark("picture")
        s3.client.put_object(Bucket="pictures", Key=f"{folder}/{prefix}/{name}.png", Body=small())
        s3.client.put_object(Bucket="pictures", Key=f"{folder}/{prefix}/{mark('broken')}.png", Body=b"\x89PNG no")
        bucket = {
            "name": mark("bucket"), "url": f"s3://pictures/{folder}", "endpoint": s3.url,
            "access_key_id": mark("accesskey"), "secret_access_key": mark("secretkey"),
        }  # fmt: skip
        bucket_id = (await ok("POST", "/buckets", json=bucket))["id"]
        await owner.post("/buckets", json={**bucket, "url": f"s3://pictures/{mark('nobucket')}", "endpoint": "nowhere"})
        made = await ok(
            "POST", "/projects", json={"name": mark("project"), "preset": {"preset": "image-classification"}}
        )
        at = f"/projects/{made['id']}/imports"
        for wanted in (prefix, mark("missing")):
            run = await ok("POST", at, json={"bucket": bucket_id, "prefix": wanted, "batch": mark("batch")})
            for _ in range(600):
                run = await ok("GET", f"{at}/{run['id']}")
                if run["state"] in ("done", "failed"):
                    break
                await asyncio.sleep(0.1)
            assert (run["state"], run["imported"]) == (("done", 1) if wanted == prefix else ("failed", 0)), run


@pytest.mark.check(12)
async def test_a_thousand_markers_leave_no_trace_in_data_log_or_backup() -> None:
    mark = Markers()
    with s3_server() as s3, installed(EVENHAND_OUTBOUND_PRIVATE_NETWORKS="127.0.0.0/8") as server:
        await connect(server, s3, mark)
        await fill(server, mark)
        connection = await server.superuser()
        await connection.execute("checkpoint")
        await connection.close()
        backup = server.folder / "backup"
        environment = {name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")}
        done = subprocess.run(
            [sys.executable, "-m", "evenhand", "backup", str(backup), "--data", str(server.data)],
            capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        seen = sum(len(file.read_bytes()) for file in server.folder.rglob("*") if file.is_file())

        hits = found([server.folder], mark)

        print(f"\n{len(mark.planted)} markers in {len({each.rpartition('x')[2] for each in mark.planted})} kinds of fields;"
              f" {seen / 1e6:.0f} MB searched, backup and log included: {len(hits)} found")  # fmt: skip
        assert len(mark.planted) >= MARKERS
        assert hits == []

        # The same search finds what was written plainly, in a table, the log and a file.
        connection = await server.superuser()
        plain = Markers()
        await connection.execute(f"create table evenhand.leak as select '{plain('table')}'::text as word")
        await connection.execute("checkpoint")
        await connection.close()
        with (server.folder / "log").open("a") as log:
            log.write(plain("log"))
        (server.data / "note").write_bytes(base64.b64encode(b"ab" + plain("file").encode() + b"cdef"))
        assert {hit.split(" in ")[0] for hit in found([server.folder], plain)} == set(plain.planted)


async def left_on_disk(folder: Path, mark: Markers) -> list[str]:
    """Tasks are imported and answered in a world of its own; the markers in the folder of its database."""
    server = PostgresServer(folder / "postgres", find_binaries(major=MAJORS[0]))
    address = server.start()
    try:
        async with world_on(await Cluster(server, address, MAJORS[0]).clone()) as world:
            bank = await world.organization(mark("organization"))
            project = await bank.project(labels=[mark("label"), "no"], name=mark("project"))
            await project.add_rows([{"inputs": {"text": f"A letter to {mark('task')}."}} for _ in range(20)])
            async with world.superuser() as connection:
                await connection.execute("checkpoint")
    finally:
        server.stop(patience_seconds=20)
    return found([folder], mark)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL, which runs under another account when the suite runs as root, may enter."""
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.check(12)
async def test_what_was_typed_leaves_no_trace_in_the_folder_of_the_database(folder: Path) -> None:
    assert await left_on_disk(folder, Markers()) == []


class Clear:
    """A cipher that leaves everything as it is, at the length that the other one has."""

    def __init__(self, key: bytes) -> None: ...

    def encrypt(self, _nonce: bytes, content: bytes, _bound_to: bytes) -> bytes:
        return content + bytes(sealing.TAG_BYTES)

    def decrypt(self, _nonce: bytes, sealed: bytes, _bound_to: bytes) -> bytes:
        return sealed[: -sealing.TAG_BYTES]


@pytest.mark.saboteur(12)
async def test_without_sealing_the_same_search_finds_what_was_typed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "CIPHERS", {sealing.SEALS_WITH: Clear})
    mark = Markers()

    hits = await left_on_disk(folder, mark)

    assert {hit.split(" in ")[0] for hit in hits} == set(mark.planted)
