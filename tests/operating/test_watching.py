"""What an operator watches: health, metrics of all processes, logs that join a refusal to its request and hold no content."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from operating_world import Own, wait_until

from evenhand import Client
from evenhand.client.errors import EvenhandError
from evenhand.http.pace import Pace

MARKERS = [f"marker-{what}-93c1" for what in ("text", "name", "mail", "note", "key", "label", "url", "tag", "file")]
TOKEN = "a-token-of-the-metrics"


def figures(text: str) -> dict[str, float]:
    """Every line of an exposition, by name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.fixture
def watched(own: Own, folder: Path):
    running = own.up(
        folder / "data", EVENHAND_WEB_PROCESSES="2", EVENHAND_METRICS_TOKEN=TOKEN, EVENHAND_LOG_LEVEL="debug"
    )
    with Client(running.url, running.key) as client:
        yield running, client


def test_metrics_are_of_all_processes_and_logs_join_requests_without_content(watched):
    running, client = watched
    text, name, mail, note, key, label, url, tag, file = MARKERS
    project = client.projects.create(name, preset="text-classification", guideline=note)["id"]
    client.work.consent(project, 1)
    row = {"text": text, "external_id": key, "tags": [tag]}
    client.tasks.import_(project, [row, {"text": "second"}, {"nonsense": label}], batch=file)
    dealt = client.work.claim(project)["assignment"]
    refused = []
    for bad in (
        lambda: client.work.submit(dealt, [{"question": "label", "value": label}]),
        lambda: client.people.invite(mail, "annotator"),
        lambda: client.projects.get(name),
        lambda: list(client.tasks.list(project, external_id=key, tag=tag, state=note)),
    ):
        with pytest.raises(EvenhandError) as caught:
            bad()
        refused.append(caught.value.request_id)
    httpx.get(f"{running.url}/api/v1/{url}?q={url}", headers={"authorization": f"Bearer {key}"})
    httpx.post(f"{running.url}/api/v1/session", json={"email": f"{mail}@example.org", "password": note})
    client.work.submit(dealt, [{"question": "label", "value": "positive"}])
    assert wait_until(lambda: client.projects.get(project)["counts"]["answers"] == 1)
    for _ in range(20):
        assert httpx.get(f"{running.url}/healthz").json()["status"] == "ok"
    assert httpx.get(f"{running.url}/readyz").json() == {"status": "ready"}

    asked = [figures(httpx.get(f"{running.url}/metrics").text) for _ in range(6)]
    lines = [json.loads(line) for line in running.said().splitlines()]

    for found in asked:
        assert found['evenhand_requests_total{method="GET",route="/healthz",status="200"}'] >= 20
        assert found["evenhand_outbox_events_total"] >= 2, "the worker's counters are among them"
        assert found["evenhand_tasks_unfinished"] == 1
        assert found["evenhand_outbox_events"] == 0
        assert found["evenhand_oldest_writer_seconds"] < 5
        assert found["evenhand_ledger_waiting_seconds"] < 30
        assert found["evenhand_ledger_unpublished_seconds"] < 60
        assert found["evenhand_ledger_logs_stopped"] == 0
        assert found["evenhand_database_bytes"] > 1_000_000
    by_request = {line.get("request_id"): line for line in lines}
    assert by_request.keys() >= set(refused)
    who = client.session()
    for request_id in refused:
        line = by_request[request_id]
        assert (line["organization_id"], line["person_id"]) == (who["organization"]["id"], who["person"]["id"])
        assert line["credential_id"]
    [stranger] = [line for line in lines if line.get("status") == 401 and line["route"].endswith("/session")]
    assert not {"organization_id", "person_id", "credential_id"} & stranger.keys()
    assert all("event" in line for line in lines)
    said = running.said() + httpx.get(f"{running.url}/metrics").text
    assert [marker for marker in MARKERS if marker in said] == []


def test_metrics_are_for_this_machine_or_whoever_has_the_token(watched):
    running, _ = watched

    here = httpx.get(f"{running.url}/metrics")
    through_a_proxy = httpx.get(f"{running.url}/metrics", headers={"x-forwarded-for": "203.0.113.9"})
    by_header = httpx.get(f"{running.url}/metrics", headers={"forwarded": "for=127.0.0.1"})
    with_token = httpx.get(
        f"{running.url}/metrics", headers={"x-forwarded-for": "203.0.113.9", "authorization": f"Bearer {TOKEN}"}
    )
    with_wrong = httpx.get(
        f"{running.url}/metrics", headers={"x-forwarded-for": "203.0.113.9", "authorization": "Bearer no"}
    )

    assert [each.status_code for each in (here, through_a_proxy, by_header, with_token, with_wrong)] == [
        200, 403, 403, 200, 403,
    ]  # fmt: skip
    assert through_a_proxy.json()["code"] == "metrics-closed"
    assert TOKEN not in running.said()


def test_a_database_that_is_away_makes_it_unready_and_not_unhealthy(own: Own, folder: Path):
    import os
    import signal

    running = own.up(folder / "data")
    postmaster = int((folder / "data" / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGSTOP)
    os.kill(postmaster, signal.SIGKILL)

    assert httpx.get(f"{running.url}/healthz").status_code == 200
    unready = httpx.get(f"{running.url}/readyz", timeout=60)
    again = wait_until(lambda: httpx.get(f"{running.url}/readyz", timeout=60).status_code == 200, 60)

    assert unready.status_code in (200, 503)  # it may be back already: it takes a second
    assert again


def test_who_sends_too_much_is_told_how_long_to_wait_and_others_are_not(own: Own, folder: Path):
    running = own.up(folder / "data", EVENHAND_REQUESTS_PER_MINUTE="5")
    address = f"{running.url}/api/v1/organization"
    mine = {"authorization": f"Bearer {running.key}"}

    answers = [httpx.get(address, headers=mine) for _ in range(6)]
    other = httpx.get(address, headers={"authorization": "Bearer other"})

    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"minute";q=5;w=60'
    assert re.fullmatch(r'"minute";r=4;t=(60|59)', answers[0].headers["ratelimit"])
    assert 0 < int(answers[5].headers["retry-after"]) <= 60
    assert answers[5].json()["code"] == "too-many-requests"
    assert other.status_code == 401
    assert httpx.get(f"{running.url}/healthz").status_code == 200


def test_a_new_minute_begins_afresh():
    pace = Pace(2)
    scope = {"headers": [(b"authorization", b"Bearer x")], "client": ("10.0.0.1", 1)}

    waits = [pace.count(scope, at)[0] for at in (100.0, 101.0, 102.0, 161.0)]

    assert waits == [0, 0, 58, 0]
