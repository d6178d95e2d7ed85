"""The command line brings in pictures: folders and archives at once, buckets and large archives by the server itself."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from media_pictures import small
from object_store import S3

from evenhand import Client
from serving import Installation

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(installation: Installation, tmp_path: Path) -> dict[str, str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("EVENHAND_", "XDG_"))}
    own = {"EVENHAND_URL": installation.url, "EVENHAND_API_KEY": installation.key, "HOME": str(tmp_path)}
    return {**clean, **own, "COLUMNS": "200"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "evenhand", *arguments]
        return subprocess.run(command, env=environment, input=typed, capture_output=True, text=True)

    return run


@pytest.fixture
def project(installation: Installation) -> str:
    with Client(installation.url, installation.key) as client:
        return client.projects.create("Streets", preset="image-boxes")["id"]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two pictures and a text."""
    made = tmp_path / "all.zip"
    with zipfile.ZipFile(made, "w") as packed:
        for number in range(2):
            packed.writestr(f"street/{number}.png", small(seed=number))
        packed.writestr("notes.txt", "not a picture")
    return made


def test_a_folder_is_imported_and_an_archive_tells_what_is_no_picture(
    run: Run, project: str, archive: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_bytes(small(seed=7))

    of_folder = run("task", "import", str(folder), "--project", project)
    of_archive = run("task", "import", str(archive), "--project", project, "--batch", "Packed")

    assert (of_folder.returncode, of_folder.stdout) == (0, "1 imported, 0 known already, 0 refused.\n")
    assert of_archive.returncode == 1
    told, summary = of_archive.stdout.splitlines()
    assert told.startswith("file 3 ")
    assert "notes.txt" in told
    assert summary == "2 imported, 0 known already, 1 refused."


def test_a_folder_without_pictures_and_a_mapping_of_pictures_are_refused(
    run: Run, project: str, tmp_path: Path, archive: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    without = run("task", "import", str(empty), "--project", project)
    mapped = run("task", "import", str(archive), "--project", project, "--map", "text=comment")

    assert without.returncode == 1
    assert "There is no picture or recording in" in without.stderr
    assert mapped.returncode == 2
    assert "pictures have no columns" in mapped.stderr


def test_an_archive_is_sent_and_imported_by_the_server_while_a_program_waits(
    run: Run, project: str, archive: Path
) -> None:
    done = run("import", "start", "--project", project, "--archive", str(archive), "--watch", "--json")
    listed = run("import", "list", "--project", project, "--json")

    assert done.returncode == 1, "a file of it was refused"
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert (report["state"], report["imported"], report["rejected"]) == ("done", 2, 1)
    assert json.loads(listed.stdout)["id"] == report["id"]


def test_a_bucket_is_connected_with_a_secret_from_standard_input_imported_from_and_removed(
    run: Run, project: str, s3: S3
) -> None:
    for number in range(3):
        s3.client.put_object(Bucket="pictures", Key=f"cli/{number}.png", Body=small(seed=number))

    connected = run(
        "bucket", "connect", "Streets", "s3://pictures/cli", "--endpoint", s3.url, "--access-key-id", s3.key,
        typed=f"{s3.secret}\n",
    )  # fmt: skip
    bucket = connected.stdout.strip()
    started = run("import", "start", "--project", project, "--bucket", "Streets")
    watched = run("import", "watch", started.stdout.strip(), "--project", project)
    cancelled = run("import", "cancel", started.stdout.strip(), "--project", project)
    listed = run("bucket", "list")
    removed = run("bucket", "remove", bucket)

    assert connected.returncode == 0, connected.stderr
    assert (watched.returncode, watched.stdout) == (0, "Done: 3 imported, 0 known already, 0 refused.\n")
    assert watched.stderr == "", "nobody watches, so there is no bar"
    assert cancelled.stdout.startswith("Done: "), "one that has ended stays as it ended"
    assert "s3://pictures/cli" in listed.stdout
    assert s3.secret not in listed.stdout + connected.stdout
    assert removed.returncode == 0
    assert "s3://pictures/cli" not in run("bucket", "list").stdout


def read_to_the_end(terminal: int) -> str:
    """What a program drew on a terminal, read as it draws: a terminal that nobody reads fills up and holds the program."""
    drawn = b""
    with open(terminal, "rb", buffering=0) as file, contextlib.suppress(OSError):  # a terminal ends with EIO
        while block := file.read(4096):
            drawn += block
    return drawn.decode()


def test_a_bar_is_drawn_where_somebody_watches(
    run: Run, environment: dict[str, str], project: str, archive: Path
) -> None:
    started = run("import", "start", "--project", project, "--archive", str(archive))
    command = [sys.executable, "-m", "evenhand", "import", "watch", started.stdout.strip(), "--project", project]
    ours, theirs = pty.openpty()

    with subprocess.Popen(command, env={**environment, "TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs) as done:
        os.close(theirs)
        drawn = read_to_the_end(ours)
        assert done.stdout is not None
        said = done.stdout.read().decode()

    assert said.splitlines()[-1] == "Done: 2 imported, 0 known already, 1 refused."
    assert "pictures" in drawn
    assert "3/" in drawn


def test_an_import_names_one_source_and_a_bucket_that_is_there(run: Run, project: str) -> None:
    none = run("import", "start", "--project", project)
    unknown = run("import", "start", "--project", project, "--bucket", "Nowhere")

    assert none.returncode == 2
    assert "--bucket or an --archive" in none.stderr
    assert unknown.returncode == 1
    assert "No bucket has the name 'Nowhere'" in unknown.stderr


def test_rows_bring_the_pictures_of_a_folder_that_their_messages_name(
    run: Run, installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "cat.png").write_bytes(small())
    asked = {"role": "user", "content": [{"type": "image", "file": "cat.png"}]}
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"chat": {"prompt": [asked], "responses": ["A cat.", "A dog."]}}) + "\n")
    with Client(installation.url, installation.key) as client:
        talks = client.projects.create("Talks of cats", preset="chat-preference")["id"]

    with_them = run("task", "import", str(rows), "--project", talks, "--files", str(tmp_path / "pictures"), "--json")
    without = run("task", "import", str(rows), "--project", talks)
    for_none = run("task", "import", str(tmp_path / "pictures"), "--project", talks, "--files", str(tmp_path))

    assert (with_them.returncode, json.loads(with_them.stdout)["imported"]) == (0, 1), with_them.stderr
    assert without.returncode == 1
    assert "/inputs/chat/prompt/0/content/0" in without.stdout + without.stderr
    assert for_none.returncode == 2
