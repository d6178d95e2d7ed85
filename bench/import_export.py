"""Tasks in and a release out: `python -m bench.import_export [--rows N] [--labeled N]`.

Import ends when the last row can be claimed: the report comes after the batch was published, and a claim follows it. The rows are
labeled through the API by eight annotators; the release is then asked for, built and signed, and its files downloaded. Memory is
the greatest resident size of any of our Python processes meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from types import TracebackType

import psutil

from bench.claim_submit import annotate, key_of
from bench.installation import Http, Installation, installation, table
from bench.streams import import_rows, read_all

ANNOTATORS = 8


class Peak:
    """The greatest resident size, in MB, of web and worker processes while it is watched."""

    def __init__(self, place: Installation) -> None:
        self._place = place
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.mb = 0.0

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            for process in self._place.processes():
                try:
                    if {"serve", "worker"} & set(process.cmdline()):
                        self.mb = max(self.mb, process.memory_info().rss / 2**20)
                except psutil.Error:
                    continue


async def annotators(place: Installation, owner: Http) -> list[str]:
    """Credentials of so many annotators."""
    keys = []
    for number in range(ANNOTATORS):
        status, invited = await owner.call(
            "POST", "/invitations", {"email": f"a{number}@example.org", "role": "annotator"}
        )
        assert status == 201, invited
        guest = Http(place.url, "none")
        accepted = {"token": invited["link"].split("#")[1], "password": "correct horse battery", "name": f"A {number}"}
        assert (await guest.call("POST", "/invitations/accept", accepted))[0] == 200
        guest.close()
        keys.append(await key_of(place, invited["id"]))
    return keys


async def project_of(owner: Http, name: str) -> str:
    """A new text-classification project."""
    status, made = await owner.call("POST", "/projects", {"name": name, "preset": {"preset": "text-classification"}})
    assert status == 201, made
    return str(made["id"])


async def imported(place: Installation, owner: Http, count: int) -> list[str]:
    """One line: rows in."""
    project = await project_of(owner, "Import")
    cpu, began = place.cpu_seconds(), time.perf_counter()
    with Peak(place) as peak:
        report = await asyncio.to_thread(import_rows, place, project, count)
        status, claim = await owner.call("POST", f"/projects/{project}/claim", {})
        took = time.perf_counter() - began
    after = place.cpu_seconds()
    assert report["imported"] == count and (status, claim["status"]) == (200, "ok"), (report, claim)
    us = {part: (after[part] - cpu[part]) * 1e6 / count for part in ("web", "postgres")}
    return [
        f"import, {count:,} rows",
        f"{count / took:,.0f}",
        f"{us['web']:.1f}",
        f"{us['postgres']:.1f}",
        f"{peak.mb:.0f}",
    ]


async def released(place: Installation, owner: Http, count: int) -> list[list[str]]:
    """Two lines: a release of so many labeled tasks built, and its files read."""
    project = await project_of(owner, "Export")
    await asyncio.to_thread(import_rows, place, project, count)
    keys = await annotators(place, owner)
    people = [Http(place.url, key) for key in keys]
    await asyncio.gather(*(annotate(each, project, time.perf_counter() + 3600, []) for each in people))
    for each in people:
        each.close()
    cpu, began = place.cpu_seconds(), time.perf_counter()
    with Peak(place) as peak:
        status, release = await owner.call("POST", f"/projects/{project}/releases", {"note": "", "include": "done"})
        assert status == 202, release
        while release["state"] == "building":
            await asyncio.sleep(0.05)
            status, release = await owner.call("GET", f"/releases/{release['id']}")
        took = time.perf_counter() - began
    assert release["state"] == "ready", release
    done = release["counts"]["annotations"]
    spent = {part: (place.cpu_seconds()[part] - cpu[part]) * 1e6 / done for part in ("worker", "postgres")}
    lines = [
        [f"release of {done:,} annotations built and signed", f"{done / took:,.0f}", f"{spent['worker']:.1f}",
         f"{spent['postgres']:.1f}", f"{peak.mb:.0f}"]
    ]  # fmt: skip
    for file in ("annotations.jsonl", "labels.jsonl"):
        cpu, began = place.cpu_seconds(), time.perf_counter()
        with Peak(place) as peak:
            size, rows = await asyncio.to_thread(read_all, place, f"/releases/{release['id']}/files/{file}")
            took = time.perf_counter() - began
        spent = {part: (place.cpu_seconds()[part] - cpu[part]) * 1e6 / rows for part in ("web", "postgres")}
        lines.append([f"{file} downloaded, {size / 1e6:.1f} MB", f"{rows / took:,.0f}", f"{spent['web']:.1f}",
                      f"{spent['postgres']:.1f}", f"{peak.mb:.0f}"])  # fmt: skip
    return lines


async def main(arguments: argparse.Namespace) -> None:
    """Both ways, one table."""
    with installation() as place:
        owner = Http(place.url, place.admin_key)
        lines = [await imported(place, owner, arguments.rows), *await released(place, owner, arguments.labeled)]
    head = ["what", "rows/s", "Python CPU µs a row", "PostgreSQL CPU µs a row", "greatest process, MB"]
    table("tasks in, a release out", head, lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--labeled", type=int, default=30_000)
    asyncio.run(main(parser.parse_args()))
