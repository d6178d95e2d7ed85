"""What is sent twice under one Idempotency-Key is done once: every POST that makes something promises it, or says why not."""

from __future__ import annotations

import base64
import threading
import uuid

import httpx
import pytest

from published import OPERATIONS

API = "/api/v1"
PRESET = {"preset": "text-classification", "with": {"labels": ["yes", "no"]}}
# What these make holds a secret that is shown once, so it cannot be shown again; or answers a question that is asked once; or the
# same words again change nothing.
NOT_REPEATABLE = {
    "add_passkey",
    "ask_break_glass",
    "invite",
    "make_key",
    "create_webhook",
    "test_webhook",
    "ask_password_reset",
}


def test_every_post_that_makes_something_takes_a_key() -> None:
    without = {
        name
        for name, (method, _, operation) in OPERATIONS.items()
        if method == "POST"
        and {"201", "202"} & operation["responses"].keys()
        and "Idempotency-Key" not in {each["name"] for each in operation.get("parameters", ())}
    }

    assert without == NOT_REPEATABLE


@pytest.fixture(scope="module")
def project(clients: dict[str, httpx.Client]) -> str:
    owner = clients["owner"]
    made = owner.post(f"{API}/projects", json={"name": "Letters", "preset": PRESET, "opinions": 9}).json()
    rows = "text\n" + "a letter\n" * 5
    owner.post(f"{API}/projects/{made['id']}/tasks", content=rows, headers={"content-type": "text/csv"})
    return f"{API}/projects/{made['id']}"


@pytest.fixture(scope="module")
def task(clients: dict[str, httpx.Client], project: str) -> str:
    claim = clients["annotator"].post(f"{project}/claim", json={"held": []}).json()
    return f"{project}/tasks/{claim['assignment']['task_id']}"


def test_an_upload_begun_twice_is_one(clients: dict[str, httpx.Client], project: str) -> None:
    key = {"idempotency-key": str(uuid.uuid4())}

    first, again = (clients["owner"].post(f"{project}/uploads", json={"name": "a"}, headers=key) for _ in range(2))
    other = clients["owner"].post(f"{project}/uploads", json={"name": "a"})

    assert first.json()["id"] == again.json()["id"] != other.json()["id"]


def test_a_project_sent_twice_is_made_once(clients: dict[str, httpx.Client], project: str) -> None:
    key = {"idempotency-key": str(uuid.uuid4())}
    body = {"name": "Sent twice", "preset": PRESET, "guideline": "# Decide"}

    first, again = (clients["owner"].post(f"{API}/projects", json=body, headers=key) for _ in range(2))
    copy, copied = (clients["owner"].post(f"{project}/clone", json={"name": "Copied"}, headers=key) for _ in range(2))

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["guideline_version"] == 1
    assert copy.json() == copied.json() != first.json()
    names = [each["name"] for each in clients["owner"].get(f"{API}/projects?limit=500").json()["items"]]
    assert (names.count("Sent twice"), names.count("Copied")) == (1, 1)


def test_another_person_with_the_same_key_makes_something_else(clients: dict[str, httpx.Client]) -> None:
    key = {"idempotency-key": "everybody's favorite"}
    body = {"name": "Mine", "preset": PRESET}

    made = {clients[role].post(f"{API}/projects", json=body, headers=key).json()["id"] for role in ("owner", "manager")}

    assert len(made) == 2


def test_a_release_sent_twice_is_cut_once_also_at_the_same_moment(
    clients: dict[str, httpx.Client], project: str
) -> None:
    key = {"idempotency-key": str(uuid.uuid4())}
    numbers: list[int] = []

    def cut() -> None:
        with httpx.Client(base_url=clients["owner"].base_url, headers=clients["owner"].headers, timeout=60) as client:
            answer = client.post(f"{project}/releases", json={"note": "One"}, headers=key)
            numbers.append(answer.raise_for_status().json()["number"])

    at_once = [threading.Thread(target=cut) for _ in range(6)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()

    assert numbers == [1] * 6
    assert len(clients["owner"].get(f"{project}/releases").json()["items"]) == 1


def test_a_remark_sent_twice_is_said_once(clients: dict[str, httpx.Client], task: str) -> None:
    annotator, key = clients["annotator"], {"idempotency-key": str(uuid.uuid4())}

    comments = [annotator.post(f"{task}/comments", json={"text": "Irony?"}, headers=key) for _ in range(2)]
    reports = [annotator.post(f"{task}/reports", json={"reason": "broken"}, headers=key) for _ in range(2)]

    assert {each.status_code for each in (*comments, *reports)} == {201}
    assert comments[0].json()["id"] == comments[1].json()["id"] != reports[0].json()["id"] == reports[1].json()["id"]
    assert [each["kind"] for each in annotator.get(f"{task}/comments").json()["items"]] == ["comment", "report"]


def test_without_a_key_every_request_is_its_own(clients: dict[str, httpx.Client], task: str) -> None:
    ids = {clients["annotator"].post(f"{task}/comments", json={"text": "Again"}).json()["id"] for _ in range(2)}

    assert len(ids) == 2


def test_a_picture_and_a_question_of_the_guidelines_sent_twice_are_one(clients: dict[str, httpx.Client]) -> None:
    owner, key = clients["owner"], {"idempotency-key": str(uuid.uuid4())}
    made = owner.post(f"{API}/projects", json={"name": "Guided", "preset": PRESET, "guideline": "# Decide"}).json()
    at = f"{API}/projects/{made['id']}/guidelines"
    dot = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

    pictures = [owner.post(f"{at}/pictures", content=dot, headers=key).json()["id"] for _ in range(2)]
    asked = [owner.post(f"{at}/discussions", json={"text": "?", "version": 1}, headers=key).json() for _ in range(2)]
    replies = [
        owner.post(f"{at}/discussions/{asked[0]['id']}/replies", json={"text": "!"}, headers=key).json()["id"]
        for _ in range(2)
    ]

    assert len(set(pictures)) == len({each["id"] for each in asked}) == len(set(replies)) == 1
    [shown] = owner.get(f"{at}/discussions").json()["items"]
    assert (shown["text"], [each["text"] for each in shown["replies"]]) == ("?", ["!"])


def test_an_audit_asked_for_twice_is_drawn_once(clients: dict[str, httpx.Client]) -> None:
    owner, key = clients["owner"], {"idempotency-key": str(uuid.uuid4())}
    at = f"{API}/projects/{owner.post(f'{API}/projects', json={'name': 'Audited', 'preset': PRESET, 'opinions': 1}).json()['id']}"
    owner.post(f"{at}/tasks", content="text\na letter\n", headers={"content-type": "text/csv"})
    dealt = owner.post(f"{at}/claim", json={"held": []}).json()["assignment"]
    said = {"ontology_version": dealt["ontology_version"], "answers": [{"question": "label", "value": "yes"}]}
    owner.post(f"{at}/tasks/{dealt['task_id']}/annotations", json=said)

    first, again = (owner.post(f"{at}/quality/audits", json={"share": 0.05}, headers=key) for _ in range(2))

    assert first.status_code == again.status_code == 201, first.text
    assert first.json() == again.json()
    assert len(owner.get(f"{at}/quality/audits").json()["items"]) == 1


def test_a_rejection_a_removal_and_an_appeal_sent_twice_are_one(clients: dict[str, httpx.Client]) -> None:
    owner, annotator = clients["owner"], clients["annotator"]
    at = f"{API}/projects/{owner.post(f'{API}/projects', json={'name': 'Judged', 'preset': PRESET}).json()['id']}"
    owner.post(f"{at}/tasks", content="text\na letter\n", headers={"content-type": "text/csv"})
    dealt = annotator.post(f"{at}/claim", json={"held": []}).json()["assignment"]
    task = f"{at}/tasks/{dealt['task_id']}"
    said = {"ontology_version": dealt["ontology_version"], "answers": [{"question": "label", "value": "yes"}]}
    answer = annotator.post(f"{task}/annotations", json=said).json()["annotation_id"]
    ground = {"reason": "spam", "evidence": [{"kind": "answer", "id": answer}]}
    whom = annotator.get(f"{API}/session").json()["person"]["id"]

    def twice(client: httpx.Client, path: str, body: dict) -> str:
        key = {"idempotency-key": str(uuid.uuid4())}
        first, again = (client.post(path, json=body, headers=key) for _ in range(2))
        assert first.status_code == again.status_code == 201, again.text
        assert first.json() == again.json()
        return str(first.json()["id"])

    rejected = twice(owner, f"{task}/rejections", {"annotation_id": answer, **ground})
    twice(owner, f"{at}/removals", {"person_id": whom, **ground})
    against = {"kind": "rejection", "subject_id": rejected, "statement": "It says yes."}
    twice(annotator, f"{API}/work/appeals", against)

    assert len(owner.get(f"{at}/rulings").json()["items"]) == 2
