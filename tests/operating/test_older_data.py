"""The data folder of every release so far opens with this one, and all that was in it is there and works."""

from __future__ import annotations

import base64
import importlib.util
import json
import lzma
import os
import pwd
import tarfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from operating_world import Own, evenhand, wait_until

from evenhand import Client, __version__

FIXTURES = Path(__file__).parents[1] / "fixtures"
RELEASES = sorted(path.stem.removeprefix("data-folder-") for path in FIXTURES.glob("data-folder-*.json"))


def facts_of(release: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((FIXTURES / f"data-folder-{release}.json").read_text())
    return facts


def unpacked(release: str, folder: Path) -> Path:
    """The data folder of a release, its database handed to the account that PostgreSQL runs under here."""
    with lzma.open(FIXTURES / f"data-folder-{release}.tar.xz") as packed, tarfile.open(fileobj=packed) as tar:
        tar.extractall(folder, filter="tar")
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        cluster = folder / "data" / "postgres" / "cluster"
        for path in (cluster, *cluster.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    (folder / "data.key").write_bytes(base64.b64decode(facts_of(release)["key_file"]))
    (folder / "data.key").chmod(0o600)
    return folder / "data"


def test_this_releases_own_folder_is_kept_and_of_todays_schema():
    spec = importlib.util.spec_from_file_location("make_data_folder", FIXTURES / "make_data_folder.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)

    assert __version__ in RELEASES, "run: python tests/fixtures/make_data_folder.py"
    is_current = facts_of(__version__)["schema"] == maker.schema_digest()
    assert is_current, (
        f"The schema has changed since the data folder of {__version__} was kept. Before that release is out, make it anew: "
        "python tests/fixtures/make_data_folder.py. Afterwards write a migration, and raise the version."
    )


@pytest.mark.parametrize("release", RELEASES)
def test_the_folder_of_a_release_opens_and_everything_in_it_works(release: str, own: Own, folder: Path):
    facts, data = facts_of(release), unpacked(release, folder)

    upgraded = evenhand("upgrade", "--data", data, "--json")
    assert upgraded.returncode == 0, upgraded.stderr
    running = own.up(data)

    with Client(running.url, facts["admin_key"]) as client:
        project = client.projects.get(facts["project"])
        task = client.tasks.get(facts["project"], facts["task"])
        found = list(client.tasks.list(facts["project"], external_id="letter-0", tag="post"))
        comments = client.work.comments(facts["project"], facts["task"])
        resumed = client.work.claim(facts["project"])["assignment"]
        client.work.submit(resumed, [{"question": "label", "value": "negative"}])
        assert wait_until(lambda: client.projects.get(facts["project"])["counts"]["answers"] == 2)
        client.releases.download(facts["release_id"], folder / "release")
        again = client.releases.wait(client.releases.create(facts["project"], include="all")["id"])
        webhooks = client.webhooks.list()
        people = client.people.list()
        restored = client.projects.restore(facts["trashed"])
        [pet] = client.tasks.list(facts["pets"])
    picture = httpx.get(
        f"{running.url}/api/v1/projects/{facts['pets']}/tasks/{pet['id']}/media/image",
        headers={"authorization": f"Bearer {facts['admin_key']}"},
    )
    assert running.key is None
    assert project["name"] == "Letters"
    assert project["counts"]["tasks"] == 5
    assert task["annotations"][0]["answers"][0]["value"] == "positive"
    assert len(found) == 1
    assert [each["text"] for each in comments] == ["Irony?"]
    assert resumed["task_id"] == facts["held"]
    assert resumed["draft"] is not None
    assert again["number"] == 2
    assert [each["id"] for each in webhooks] == [facts["webhook"]]
    assert len(people) == 2
    assert restored["state"] == "active"
    assert picture.status_code == 200
    assert evenhand("verify", folder / "release").returncode == 0
    assert evenhand("doctor", "--data", data).returncode == 0
