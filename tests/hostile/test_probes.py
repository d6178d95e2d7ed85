"""The 41 probes: none is a crash, each refusal names place and remedy, and what is accepted is stored as the text it is."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import httpx
import pytest
from probes import Probe, probes
from refusals import Target, check_refusal

NAMES = [probe.name for probe in probes(Target("", "", "", ""))]


def send(client: httpx.Client, probe: Probe) -> httpx.Response:
    """As it is: an HTTP library would tidy dots and slashes out of an address."""
    at = urlsplit(str(client.base_url))
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
    headers = {name: client.headers[name] for name in ("authorization", "x-csrf-token") if name in client.headers}
    if client.cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    try:
        connection.request(probe.method, probe.path, body=probe.body, headers={**headers, **probe.headers})
        answer = connection.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    finally:
        connection.close()


def test_there_are_as_many_as_the_peer_was_measured_with() -> None:
    assert len(set(NAMES)) == len(NAMES) == 41


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_is_answered_as_it_deserves(name: str, target: Target, clients: dict[str, httpx.Client]) -> None:
    probe = next(each for each in probes(target) if each.name == name)

    answer = send(clients[probe.role], probe)

    if probe.status < 400:
        assert answer.status_code == probe.status, answer.text
    else:
        check_refusal(answer, probe.status)


def test_an_odd_title_and_odd_batch_names_are_kept_as_the_texts_they_are(
    target: Target, clients: dict[str, httpx.Client]
) -> None:
    for probe in probes(target):
        if probe.status in (200, 201) and probe.name != "import: 1 MB string":
            send(clients[probe.role], probe)

    owner = clients["owner"]
    projects = {each["name"] for each in owner.get("/api/v1/projects").json()["items"]}
    batches = {each["name"] for each in owner.get(f"{target.project}/batches").json()["items"]}

    assert "x'); DROP TABLE task;--" in projects
    assert {"../../../../evil.csv", "..%2f..%2fevil.csv"} <= batches


def test_of_one_bad_row_and_one_good_one_the_good_one_goes_in(target: Target, clients: dict[str, httpx.Client]) -> None:
    probe = next(each for each in probes(target) if each.name == "import: one bad row of two")

    report = send(clients["owner"], probe).json()

    assert (report["imported"], report["rejected"]) == (1, 1)
    assert report["problems"][0]["line"] == 2
