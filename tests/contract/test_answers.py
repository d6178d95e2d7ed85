"""Every operation's real answer fits its published shape, and says nothing that the shape does not declare.

One life of a label, from sign-in to a downloaded release, is driven over HTTP; each test then holds one operation's answer
against the document, strictly.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from object_store import S3

from actors import PASSWORD, join
from authenticator import Authenticator
from evenhand.cli.embedded import running_urls
from evenhand.http.contract import REF
from published import OPERATIONS, operation_of, strict
from serving import Installation

API = "/api/v1"
LABELS = {"preset": "text-classification", "with": {"labels": ["yes", "no"]}}


class Witness:
    """Remembers one answer an operation, the last that was no refusal."""

    def __init__(self) -> None:
        self.answers: dict[str, httpx.Response] = {}

    def __call__(self, response: httpx.Response) -> None:
        request = response.request
        if response.is_success:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                response.read()
            self.answers[operation_of(request.method, request.url.path)] = response


@pytest.fixture(scope="module")
def answers(
    installation: Installation, clients: dict[str, httpx.Client], s3: S3
) -> Iterator[dict[str, httpx.Response]]:
    witness = Witness()
    for client in clients.values():
        client.event_hooks = {"response": [witness]}
    drive(clients["owner"], clients["annotator"], clients["anonymous"], s3)
    offers(clients["owner"], clients["manager"], clients["annotator"])
    holds(clients["owner"], installation)
    break_glass(clients["owner"], installation)
    walls(clients["owner"], clients["annotator"], installation)
    yield witness.answers
    for client in clients.values():
        client.event_hooks = {}


def drive(owner: httpx.Client, annotator: httpx.Client, nobody: httpx.Client, s3: S3) -> None:
    """Every operation once, in an order in which each has something to say."""
    people_and_sessions(owner, nobody)
    project = projects(owner)
    tasks_in(owner, project)
    pictures(owner, s3)
    label(owner, annotator, project)
    judge(owner, annotator)
    check(owner, annotator)
    table(owner, project)
    gold(owner, project)
    deliver(owner, project)
    webhooks(owner)
    ledger(owner, project)

    vault(owner)
    nobody.get("/healthz")
    nobody.get("/readyz")


def vault(owner: httpx.Client) -> None:
    call(owner, "GET", "/vault")
    call(owner, "PUT", "/vault/policy", {"mode": "managed"})
    call(owner, "POST", "/vault/rotate", {})
    call(owner, "POST", "/vault/revoke", {})
    call(owner, "POST", "/vault/restore", {})
    project = call(owner, "POST", "/projects", {"name": "To shred", "preset": LABELS})["id"]
    call(owner, "DELETE", f"/projects/{project}")
    shredding = call(owner, "POST", "/shreddings", {"scope": "project", "id": project})["id"]
    wait_for(lambda: call(owner, "GET", f"/shreddings/{shredding}")["certificate"])
    call(owner, "GET", "/shreddings")


def people_and_sessions(owner: httpx.Client, nobody: httpx.Client) -> None:
    email = f"second-{uuid4().hex[:8]}@example.org"
    call(owner, "POST", "/invitations", {"email": email, "role": "manager"})
    with httpx.Client(base_url=str(owner.base_url), timeout=60, event_hooks=nobody.event_hooks) as second:
        join(owner, second, "manager", email)
        call(second, "GET", "/session")
        call(second, "PATCH", "/session/preferences", {"theme": "dark", "layout": {"data.columns": 3}})
        own = call(second, "GET", "/session")["organizations"][0]["id"]
        session = call(second, "POST", "/session/organization", {"organization_id": own})
        second.headers["x-csrf-token"] = session["csrf"]
        call(second, "DELETE", "/session")
        signed_in = call(second, "POST", "/session", {"email": email, "password": PASSWORD})
        second.headers["x-csrf-token"] = signed_in["csrf"]
        sessions(second, email)
    call(nobody, "POST", "/password-resets", {"email": email})
    with httpx.Client(base_url=str(owner.base_url), timeout=60, event_hooks=nobody.event_hooks) as third:
        link = call(
            owner, "POST", "/invitations", {"email": f"third-{uuid4().hex[:8]}@example.org", "role": "reviewer"}
        )["link"]
        token = link.partition("#")[2]
        call(nobody, "POST", "/invitations/lookup", {"token": token})
        # A link to set a password reaches people by mail alone; one that invites is a link of the same kind.
        call(third, "POST", "/password-resets/accept", {"token": token, "password": PASSWORD})
    person = signed_in["person"]["id"]
    call(owner, "GET", "/people")
    call(owner, "PATCH", f"/people/{person}", {"role": "reviewer"})
    call(owner, "DELETE", f"/people/{person}/sessions")
    call(owner, "DELETE", f"/people/{person}")
    call(owner, "DELETE", f"/people/{person}/disclosures")
    key = call(owner, "POST", "/api-keys", {"name": "Spare", "scopes": ["project.read"]})
    call(owner, "GET", "/api-keys")
    call(owner, "DELETE", f"/api-keys/{key['id']}")
    call(owner, "GET", "/organization")
    call(owner, "PATCH", "/organization", {"name": "My organization", "retention_days": 400})


def passkeys(second: httpx.Client) -> None:
    """One is made, shown to confirm and to sign in, and let go."""
    origin = urlsplit(str(second.base_url))
    device = Authenticator(origin=f"http://localhost:{origin.port}")
    made = device.make(call(second, "POST", "/passkeys/options"))
    kept = call(second, "POST", "/passkeys", {"name": "Key", "credential": made})
    call(second, "GET", "/passkeys")
    call(second, "PUT", "/session/password", {"current": PASSWORD, "password": PASSWORD})
    asked = call(second, "POST", "/session/confirmation-options")
    call(second, "POST", "/session/confirmation", {"credential": device.show(asked)})
    with httpx.Client(base_url=str(second.base_url), timeout=60, event_hooks=second.event_hooks) as other:
        call(other, "GET", "/session/methods")
        asked = call(other, "POST", "/session/passkey-options")
        call(other, "POST", "/session/passkey", {"credential": device.show(asked)})
    call(second, "DELETE", f"/passkeys/{kept['id']}")


def ledger(owner: httpx.Client, project: str) -> None:
    """The log has begun, and the receipt of a look is asked for."""
    task = call(owner, "GET", f"/projects/{project}/tasks")["items"][0]["id"]
    entry = None
    for _ in range(600):  # a sequencer follows within a second, unless the machine is busy
        entry = call(owner, "GET", f"/projects/{project}/tasks/{task}/looks")["items"][0]["entry_id"]
        if entry:
            break
        time.sleep(0.1)
    assert entry, "no entry of the look within a minute"
    owner.get(f"{API}/ledger/entries/{entry}/receipt")
    call(owner, "GET", "/ledger")
    call(owner, "GET", "/ledger/looks?purpose=label")
    call(owner, "GET", "/ledger/governance")
    for _ in range(600):  # the first root follows the first checkpoint within half a minute
        if owner.get(f"{API}/ledger/root").is_success:
            break
        time.sleep(0.1)


def break_glass(owner: httpx.Client, installation: Installation) -> None:
    """Two of the operator's people, whom its own command made, let the first of them in; then each side ends one."""
    command = [sys.executable, "-m", "evenhand", "organization", "create", "The operator", "--kind", "operator"]
    told = ["--owner", f"operator-{uuid4().hex[:8]}@example.org", "--data", str(installation.data), "--json"]
    link = json.loads(subprocess.run([*command, *told], check=True, capture_output=True).stdout)["link"]
    customer = call(owner, "GET", "/organization")["id"]
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(httpx.Client(base_url=installation.url, timeout=60, event_hooks=owner.event_hooks))
            for _ in range(2)
        )
        session = call(
            first, "POST", "/invitations/accept", {"token": link.partition("#")[2], "password": PASSWORD, "name": "One"}
        )
        first.headers["x-csrf-token"] = session["csrf"]
        join(first, second, "manager")
        devices = [passkey_of(each) for each in (first, second)]
        asked = {"organization_id": customer, "reason": "An import fails at row 17."}
        made = [call(first, "POST", "/operator/break-glass", asked)["id"]]
        for client, device in zip((first, second), devices, strict=True):
            options = call(client, "POST", f"/operator/break-glass/{made[0]}/options")
            call(client, "POST", f"/operator/break-glass/{made[0]}/approve", {"credential": device.show(options)})
        call(owner, "GET", "/break-glass")
        call(owner, "POST", f"/break-glass/{made[0]}/end")
        made.append(call(first, "POST", "/operator/break-glass", asked)["id"])
        call(first, "GET", "/operator/break-glass")
        call(first, "POST", f"/operator/break-glass/{made[1]}/end")
        only_by_passkey(first, devices[0])


def only_by_passkey(owner: httpx.Client, device: Authenticator) -> None:
    """An owner asks everybody of the organization for a passkey, and somebody who has none makes the first."""
    to = str(owner.base_url)
    with ExitStack() as stack:
        strong, member = (
            stack.enter_context(httpx.Client(base_url=to, timeout=60, event_hooks=owner.event_hooks)) for _ in range(2)
        )
        who = {"email": join(owner, member, "annotator")["person"]["email"], "password": PASSWORD}
        asked = call(strong, "POST", "/session/passkey-options")
        strong.headers["x-csrf-token"] = call(strong, "POST", "/session/passkey", {"credential": device.show(asked)})[
            "csrf"
        ]
        call(strong, "PATCH", "/organization", {"name": "The operator", "requires_passkey": True})
        own = Authenticator(origin=device.origin)
        made = own.make(call(member, "POST", "/session/enrollment-options", who))
        call(member, "POST", "/session/enrollment", {**who, "name": "Phone", "credential": made})


def passkey_of(client: httpx.Client) -> Authenticator:
    """A device that holds a passkey of whoever is signed in."""
    device = Authenticator(origin=f"http://localhost:{urlsplit(str(client.base_url)).port}")
    made = device.make(call(client, "POST", "/passkeys/options"))
    call(client, "POST", "/passkeys", {"name": "Key", "credential": made})
    return device


def sessions(second: httpx.Client, email: str) -> None:
    """The same person on another device, whose sessions are then ended."""
    credentials = {"email": email, "password": PASSWORD}
    for _ in range(2):
        with httpx.Client(base_url=str(second.base_url), timeout=60) as other:
            call(other, "POST", "/session", credentials)
    passkeys(second)
    others = [each["id"] for each in call(second, "GET", "/sessions")["items"] if not each["is_current"]]
    call(second, "DELETE", f"/sessions/{others[0]}")
    call(second, "DELETE", "/sessions")


def projects(owner: httpx.Client) -> str:
    call(owner, "GET", "/presets")
    call(owner, "GET", "/kinds")
    body = call(owner, "POST", "/ontology/expand", LABELS)["body"]
    call(owner, "POST", "/ontology/check", {"body": {**body, "inputs": [], "surprise": True}})
    project: str = call(owner, "POST", "/projects", {"name": "Letters", "ontology": body, "opinions": 2})["id"]
    at = f"/projects/{project}"
    call(owner, "PATCH", at, {"due_at": "2030-01-02T10:00:00Z"})
    for verb in ("pause", "resume", "archive", "restore"):
        call(owner, "POST", f"{at}/{verb}")
    copy = call(owner, "POST", f"{at}/clone", {"name": "A copy"})["id"]
    call(owner, "DELETE", f"/projects/{copy}")
    call(owner, "GET", "/projects?state=active&state=trashed")
    call(owner, "PUT", f"{at}/guidelines", {"markdown": "# Decide"})
    call(owner, "GET", f"{at}/guidelines")
    dot = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
    sent = owner.post(f"{API}{at}/guidelines/pictures", content=dot, headers={"content-type": "image/gif"}).json()
    assert owner.get(f"{API}{at}/guidelines/pictures/{sent['id']}").content == dot
    asked = call(owner, "POST", f"{at}/guidelines/discussions", {"text": "Why?", "version": 1, "heading": "Decide"})
    call(owner, "POST", f"{at}/guidelines/discussions/{asked['id']}/replies", {"text": "Because."})
    call(owner, "POST", f"{at}/discussions/{asked['id']}/resolve")
    call(owner, "POST", f"{at}/discussions/{asked['id']}/reopen")
    call(owner, "GET", f"{at}/guidelines/discussions?state=open")
    call(owner, "GET", f"{at}/tasks/count?guideline_before=1&state=asked")
    body["questions"][0]["settings"]["options"].append({"value": "unsure"})
    call(owner, "POST", f"{at}/ontology", {"body": body, "confirm": "meaning"})
    call(owner, "GET", f"{at}/ontology")
    call(owner, "GET", f"{at}/ontology/versions")
    call(owner, "GET", at)
    return project


def tasks_in(owner: httpx.Client, project: str) -> None:
    rows = [
        {"inputs": {"text": f"Letter {number}"}, "external_id": f"x{number}", "tags": ["post"]} for number in range(8)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in [*rows, {"inputs": {}}])
    headers = {"content-type": "application/x-ndjson", "idempotency-key": "first"}
    answer = owner.post(f"{API}/projects/{project}/tasks?batch=First", content=lines, headers=headers)
    assert answer.json()["imported"] == 8 and answer.json()["problems"], answer.text
    call(owner, "GET", f"/projects/{project}/batches")
    head = b"text,mood\nWhere is my parcel?,angry\n"
    owner.post(f"{API}/imports/propose", content=head, headers={"content-type": "text/csv", "x-file-name": "mail.csv"})
    ontology = call(owner, "GET", f"/projects/{project}/ontology")["body"]
    call(owner, "POST", "/imports/preview", {"ontology": ontology, "rows": [{"text": "Where is my parcel?"}, {}]})


def pictures(owner: httpx.Client, s3: S3) -> None:
    made = call(owner, "POST", "/projects", {"name": "Plans", "preset": {"preset": "image-boxes", "with": {}}})["id"]
    dot = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
    headers = {"content-type": "image/gif", "x-file-name": "dot.gif"}
    owner.post(f"{API}/projects/{made}/images", content=dot, headers=headers)
    upload = call(owner, "POST", f"/projects/{made}/uploads", {"name": "dot.gif"})
    assert owner.put(upload["url"], content=dot).status_code == 204
    call(owner, "POST", f"/projects/{made}/uploads/{upload['id']}/complete")
    task = call(owner, "GET", f"/projects/{made}/tasks")["items"][0]["id"]
    assert owner.get(f"{API}/projects/{made}/tasks/{task}/media/image").content == dot
    s3.client.put_object(Bucket="pictures", Key="plans/a.gif", Body=dot)
    keys = {"access_key_id": s3.key, "secret_access_key": s3.secret}
    bucket = call(
        owner, "POST", "/buckets", {"name": "Plans", "url": "s3://pictures/plans", "endpoint": s3.url, **keys}
    )
    call(owner, "GET", "/buckets")
    at = f"/projects/{made}/imports"
    run = call(owner, "POST", at, {"bucket": bucket["id"], "batch": "Plans"})
    while call(owner, "GET", f"{at}/{run['id']}")["state"] in ("waiting", "running"):
        time.sleep(0.1)
    assert call(owner, "POST", f"{at}/{run['id']}/cancel")["imported"] == 1
    call(owner, "GET", at)
    call(owner, "DELETE", f"/buckets/{bucket['id']}")


def judge(owner: httpx.Client, annotator: httpx.Client) -> None:
    """A task is sent back and then goes to an adjudicator, who decides it."""
    workflow = {"review_rate": 1, "adjudicate_below": 0.99, "feedback": "shown"}
    made = call(owner, "POST", "/projects", {"name": "Judged", "preset": LABELS})["id"]
    at = f"/projects/{made}"
    call(owner, "PATCH", at, {"workflow": {"review_rate": 1}})
    owner.post(f"{API}{at}/tasks", content="text\na letter\n", headers={"content-type": "text/csv"})

    def answered() -> None:
        held = call(annotator, "POST", f"{at}/claim", {"held": []})["assignment"]
        said = {"ontology_version": 1, "answers": [{"question": "label", "value": "yes"}]}
        call(annotator, "POST", f"{at}/tasks/{held['task_id']}/annotations", said)

    def claimed(stage: str) -> dict[str, Any]:
        dealt: list[dict[str, Any]] = []

        def is_dealt() -> bool:
            dealt.append(call(owner, "POST", f"{at}/claim", {"stage": stage, "held": []}))
            return bool(dealt[-1]["status"] == "ok")

        wait_for(is_dealt)
        return dict(dealt[-1]["assignment"])

    answered()
    held = claimed("review")
    verdict = {
        "annotation_id": held["answers"][0]["annotation_id"],
        "verdict": "send-back",
        "reason": "slip",
        "note": "Look.",
    }
    said = f"{at}/tasks/{held['task_id']}/review"
    call(owner, "POST", said, {"verdicts": [verdict], "ontology_version": 1})
    call(owner, "POST", f"{at}/tasks/{held['task_id']}/verdict/undo")
    call(owner, "POST", said, {"verdicts": [verdict], "ontology_version": 1})
    call(owner, "PATCH", at, {"workflow": workflow})
    answered()
    held = claimed("review")
    verdict = {"annotation_id": held["answers"][0]["annotation_id"], "verdict": "accept"}
    judged = {"verdicts": [verdict], "ontology_version": 1, "active_ms": 4200}
    call(owner, "POST", f"{at}/tasks/{held['task_id']}/review", judged)
    owner.post(f"{API}{at}/tasks", content="text\nanother letter\n", headers={"content-type": "text/csv"})
    answered()
    held = claimed("adjudicate")
    said = {"action": "decide", "ontology_version": 1, "answers": [{"question": "label", "value": "no"}], "next": True}
    call(owner, "POST", f"{at}/tasks/{held['task_id']}/adjudication", said)
    call(annotator, "GET", "/work/feedback")
    call(annotator, "GET", f"{at}/my-answers/{held['task_id']}")
    again = {"ids": [held["task_id"]], "action": "requeue", "stage": "label", "opinions": 1}
    assert call(owner, "POST", f"{at}/tasks/bulk", again)["changed"] == 1


def check(owner: httpx.Client, annotator: httpx.Client) -> None:
    """A check of a verifiable task, to its end: done where there is a sandbox, else failed."""
    settings = {"wrong_solutions": 1, "flake_rate": 0.5}
    ontology = {
        "format": "evenhand-ontology/1",
        "name": "checked",
        "language": "en",
        "inputs": [{"name": "topic", "kind": "text"}],
        "questions": [{"name": "task", "kind": "verifiable_task", "text": "Write a task", "settings": settings}],
    }
    made = call(owner, "POST", "/projects", {"name": "Checked", "ontology": ontology})["id"]
    at = f"/projects/{made}"
    owner.post(f"{API}{at}/tasks", content="topic\nDoubling\n", headers={"content-type": "text/csv"})
    held = call(annotator, "POST", f"{at}/claim", {"held": []})["assignment"]
    files = [
        {"path": "a.txt", "role": "start", "text": ""},
        {"path": "a.txt", "role": "solution", "text": "7\n"},
        {"path": "b.txt", "role": "hidden", "text": "7\n"},
    ]
    wrong = [{"path": "a.txt", "text": "8\n"}]
    value = {
        "format": "open-task/0.1",
        "id": "seven",
        "version": "1",
        "statement": [{"type": "text", "text": "Write 7."}],
        "files": files,
        "checker": {"command": ["cmp", "a.txt", "b.txt"], "runs": 2},
        "mutations": [{"id": "eight", "kind": "wrong_solution", "reward": 0, "files": wrong}],
    }
    checks = f"{at}/tasks/{held['task_id']}/checks"
    asked = call(annotator, "POST", checks, {"question": "task", "value": value})
    call(annotator, "GET", checks)
    wait_for(lambda: call(annotator, "GET", f"{checks}/{asked['id']}")["state"] in ("done", "failed"))


def label(owner: httpx.Client, annotator: httpx.Client, project: str) -> None:
    at = f"/projects/{project}"
    call(annotator, "GET", "/work")
    call(annotator, "POST", f"{at}/guidelines/consent", {"version": 1})
    held = call(annotator, "POST", f"{at}/claim", {"held": []})["assignment"]
    task = f"{at}/tasks/{held['task_id']}"
    answered = [{"question": "label", "value": "yes"}]
    call(annotator, "PUT", f"{task}/draft", {"answers": answered, "client_clock": 1})
    call(annotator, "POST", f"{task}/prolong")
    call(annotator, "POST", f"{task}/comments", {"text": "Irony?", "on": "text"})
    call(annotator, "POST", f"{task}/reports", {"reason": "unclear-guideline", "note": "Which one?"})
    call(annotator, "GET", f"{task}/comments")
    # The report is a notification of the project's managers.
    wait_for(lambda: call(owner, "GET", "/notifications")["items"])
    call(owner, "POST", "/notifications/read", {"ids": [call(owner, "GET", "/notifications")["items"][0]["id"]]})
    timing = {"active_ms": 1200, "elapsed_ms": 1500.5}
    said = {
        "ontology_version": held["ontology_version"],
        "answers": answered,
        "timing": timing,
        "manner": {"pastes": 1, "pasted": 40, "typed": 12, "departures": 0, "away_ms": 0, "edits": 3},
        "next": True,
        "held": [],
    }
    following = call(annotator, "POST", f"{task}/annotations", said)["next"]["assignment"]
    skipped = f"{at}/tasks/{following['task_id']}/skip"
    skip = {"reason": "unclear", "note": "Half of it is missing.", "next": True}
    following = call(annotator, "POST", skipped, skip)["next"]["assignment"]
    call(annotator, "POST", f"{at}/tasks/{following['task_id']}/return", {"next": False})
    call(annotator, "POST", f"{task}/reopen")
    call(annotator, "POST", f"{task}/annotations", {**said, "next": False})
    call(annotator, "GET", f"{at}/my-answers")
    call(annotator, "GET", f"{at}/my-answers/{held['task_id']}")
    call(owner, "POST", f"{at}/guidelines/consent", {"version": 1})
    for _ in range(3):
        claim = call(owner, "POST", f"{at}/claim", {"held": []})["assignment"]
        more = {**said, "next": False, "answers": [{"question": "label", "value": "no"}]}
        call(owner, "POST", f"{at}/tasks/{claim['task_id']}/annotations", more)


def table(owner: httpx.Client, project: str) -> None:
    at = f"/projects/{project}"
    wait_for(lambda: any(row["opinions"]["got"] == 2 for row in call(owner, "GET", f"{at}/tasks")["items"]))
    rows = call(owner, "GET", f"{at}/tasks?limit=5")["items"]
    whole = next(row["id"] for row in rows if row["opinions"]["got"] == 2)
    call(owner, "GET", f"{at}/tasks/{whole}")
    call(owner, "GET", f"{at}/tasks/{whole}/looks")
    call(owner, "POST", f"{at}/tasks/bulk", {"ids": [rows[-1]["id"]], "action": "priority", "value": 200})


def gold(owner: httpx.Client, project: str) -> None:
    at = f"/projects/{project}/gold"
    unseen = [row["id"] for row in call(owner, "GET", f"/projects/{project}/tasks?state=open")["items"]]
    known = {"task_id": unseen[-1], "kind": "taught", "answers": [{"question": "label", "value": "no"}]}
    call(owner, "POST", at, {"gold": [known]})
    call(owner, "GET", at)
    call(owner, "GET", f"{at}/people")
    call(owner, "POST", f"{at}/{unseen[-1]}/flaw", {"answers": [{"question": "label", "value": "yes"}]})
    call(owner, "GET", f"{at}/flaws")
    call(owner, "DELETE", f"{at}/{unseen[-1]}/flaw")
    call(owner, "PATCH", f"{at}/{unseen[-1]}", {"version": 1, "explanation": "It says no."})
    skill = call(owner, "POST", "/skills", {"name": f"Reads letters {uuid4().hex[:8]}"})["id"]
    call(owner, "PUT", f"/projects/{project}/exam", {"skill_id": skill, "gold": [unseen[-1]], "tasks": 1})
    call(owner, "GET", f"/projects/{project}/exam")
    sat = call(owner, "POST", f"/projects/{project}/claim", {"stage": "exam", "held": []})["assignment"]
    said = {"ontology_version": sat["ontology_version"], "answers": [{"question": "label", "value": "yes"}]}
    call(owner, "POST", f"/projects/{project}/tasks/{sat['task_id']}/annotations", said)
    call(owner, "GET", f"/projects/{project}/exam/sittings")
    call(owner, "GET", "/work/exams")
    me = call(owner, "GET", "/session")["person"]["id"]
    call(owner, "PUT", f"/people/{me}/skills", {"skill_id": skill})
    call(owner, "GET", "/work/skills")
    call(owner, "GET", "/skills")
    call(owner, "PUT", f"/projects/{project}/skills", {"skills": [skill]})
    call(owner, "GET", f"/projects/{project}/skills")
    call(owner, "PUT", f"/projects/{project}/skills", {"skills": []})
    call(owner, "PUT", f"/people/{me}/skills/{skill}/revocation", {"reason": "not-needed"})
    call(owner, "DELETE", f"{at}/{unseen[-1]}")


def offers(owner: httpx.Client, manager: httpx.Client, annotator: httpx.Client) -> None:
    """An offer, answers under it, one rejected and their author removed; both appealed, and one taken back."""
    project = call(owner, "POST", "/projects", {"name": "Offered", "preset": LABELS})["id"]
    at = f"/projects/{project}"
    call(owner, "PUT", f"{at}/offer", {"rate": 25, "currency": "EUR", "basis": "task"})
    call(owner, "PUT", f"{at}/offer", {"rate": 90, "currency": "EUR", "basis": "task", "stage": "audit"})
    call(owner, "GET", f"{at}/offers")
    call(owner, "GET", f"{at}/offers?stage=audit")
    rows = "text\n" + "a letter\n" * 3
    owner.post(f"{API}{at}/tasks", content=rows, headers={"content-type": "text/csv"}).raise_for_status()
    dealt = call(annotator, "POST", f"{at}/claim", {"held": []})["assignment"]
    task = f"{at}/tasks/{dealt['task_id']}"
    said = {"ontology_version": dealt["ontology_version"], "answers": [{"question": "label", "value": "yes"}]}
    answer = call(annotator, "POST", f"{task}/annotations", said)["annotation_id"]
    call(owner, "GET", f"{at}/spend")
    call(annotator, "GET", "/work/terms")
    ground = {"reason": "spam", "evidence": [{"kind": "answer", "id": answer}], "note": "It says nothing."}
    rejected = call(manager, "POST", f"{task}/rejections", {"annotation_id": answer, **ground})["id"]
    whom = call(annotator, "GET", "/session")["person"]["id"]
    call(manager, "GET", f"{at}/people/{whom}/evidence")
    removed = call(manager, "POST", f"{at}/removals", {"person_id": whom, **ground})["id"]
    call(owner, "GET", f"{at}/rulings")
    call(annotator, "GET", "/work/rulings")
    against = {"kind": "rejection", "subject_id": rejected, "statement": "It says yes."}
    filed = call(annotator, "POST", "/work/appeals", against)["id"]
    call(annotator, "GET", "/work/appeals")
    call(owner, "GET", "/appeals")
    call(
        owner,
        "PUT",
        f"/appeals/{filed}/answer",
        {"outcome": "overturned", "reason": "answer-right", "note": "So it does."},
    )
    call(owner, "GET", "/appeals?state=answered")
    call(owner, "PUT", f"{at}/rulings/{removed}/withdrawal")


def deliver(owner: httpx.Client, project: str) -> None:
    at = f"/projects/{project}"
    call(owner, "GET", f"{at}/progress")
    wait_for(lambda: call(owner, "GET", f"{at}/quality")["state"] == "fitted")
    call(owner, "PATCH", f"{at}/quality", {"target": 0.85})
    people = call(owner, "GET", f"{at}/quality/people")["items"]
    call(owner, "GET", f"{at}/quality/people/{people[0]['pseudonym']}")
    call(owner, "GET", f"{at}/quality/questions/label")
    call(owner, "GET", f"{at}/quality/tasks")
    call(owner, "GET", f"{at}/quality/reviewers")
    call(owner, "GET", f"{at}/quality/manner")
    call(owner, "GET", f"{at}/quality/questions/label/ranking")
    call(owner, "GET", f"{at}/quality/questions/label/regions")
    call(owner, "GET", f"{at}/quality/audit-price?share=0.05")
    call(owner, "POST", f"{at}/quality/audits", {"share": 0.05})
    call(owner, "GET", f"{at}/quality/audits")
    call(owner, "GET", "/work/accuracy")
    with owner.stream("GET", f"{API}{at}/events") as stream:
        assert next(stream.iter_lines()).startswith("id: ")
    release = call(owner, "POST", f"{at}/releases", {"note": "First", "include": "all"})["id"]
    wait_for(lambda: call(owner, "GET", f"/releases/{release}")["state"] == "ready")
    call(owner, "GET", f"{at}/releases")
    call(owner, "GET", f"{at}/release-formats")
    owner.get(f"{API}/releases/{release}/files/labels.jsonl").raise_for_status()
    owner.get(f"{API}/releases/{release}/archive").raise_for_status()


def webhooks(owner: httpx.Client) -> None:
    # Paused before anything is on its way: the address is a public one, and nothing may leave this machine.
    made = call(owner, "POST", "/webhooks", {"url": "https://93.184.215.14/hook", "events": ["release.ready"]})
    at = f"/webhooks/{made['id']}"
    call(owner, "PATCH", at, {"state": "paused"})
    delivery = call(owner, "POST", f"{at}/test")["delivery_id"]
    call(owner, "GET", f"{at}/deliveries")
    call(owner, "POST", f"{at}/deliveries/{delivery}/resend")
    call(owner, "POST", f"{at}/secret")
    call(owner, "GET", at)
    call(owner, "GET", "/webhooks")
    call(owner, "DELETE", at)


def holds(owner: httpx.Client, installation: Installation) -> None:
    asyncio.run(put_on_hold(installation, owner.get(f"{API}/organization").json()["id"]))
    with owner.stream("GET", f"{API}/holds/events") as stream:
        assert next(stream.iter_lines()) == "event: hold"
    [hold] = call(owner, "GET", "/holds")["items"]
    call(owner, "POST", f"/holds/{hold['id']}/countersign", {"digest": hold["digest"]})


def walls(owner: httpx.Client, annotator: httpx.Client, installation: Installation) -> None:
    own = call(owner, "GET", "/organization")["id"]
    mark = uuid4().hex
    call(owner, "PUT", "/walls/policy", {"wall_percent": 20})
    call(owner, "PUT", "/walls/conflicts", {"party": f"rival-{mark}"})
    call(owner, "POST", "/walls/conflicts/withdraw", {"party": f"rival-{mark}"})
    waiver = call(owner, "POST", "/walls/waivers", {"party": f"vendor-{mark}", "reason": "Audited."})
    call(owner, "GET", "/walls")
    call(owner, "DELETE", f"/walls/waivers/{waiver['id']}")
    [newest, *_] = call(owner, "GET", "/walls/documents")["items"]
    call(owner, "GET", f"/walls/documents/{newest['version']}")
    person = call(annotator, "GET", "/session")["person"]["id"]
    interest = call(annotator, "POST", f"/walls/people/{person}/interests", {"party": f"x-{mark}", "kind": "office"})
    call(annotator, "GET", f"/walls/people/{person}/interests")
    call(annotator, "DELETE", f"/walls/people/{person}/interests/{interest['id']}")
    claim = {
        "statementId": f"statement-{mark}",
        "declarationSubject": f"vendor-{mark}",
        "statementDate": "2026-03-01",
        "recordId": f"vendor-{mark}",
        "recordType": "entity",
        "recordDetails": {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": "Vendor"},
    }
    filed = call(owner, "POST", "/walls/statements", {"statements": [claim], "source": "The paper."})
    call(owner, "GET", "/walls/challenges")
    asyncio.run(become(installation, own, "operator"))
    call(owner, "PUT", f"/walls/parties/{own}", {"record_id": f"lab-{mark}"})
    call(owner, "GET", "/walls/challenges/open")
    call(owner, "POST", f"/walls/challenges/{filed['challenge_id']}/decide", {"state": "confirmed"})
    call(owner, "GET", "/walls/register")
    asyncio.run(fall_silent(installation, own))
    call(owner, "GET", "/walls/silences")
    call(owner, "POST", "/walls/quarter")
    call(owner, "POST", "/walls/statements/withdraw", {"statement_ids": [claim["statementId"]]})
    call(owner, "POST", f"/walls/people/{person}/move", {"vendor_id": own})
    asyncio.run(become(installation, own, "customer"))


async def become(installation: Installation, organization: str, kind: str) -> None:
    """Another kind of organization, as an operator's database has it."""
    urls = running_urls(installation.data)
    assert urls is not None
    owner = await asyncpg.connect(urls[1])
    try:
        async with owner.transaction():
            await owner.execute("set local role evenhand_people")
            await owner.execute(
                "update evenhand.organization set kind = $2 where organization_id = $1", UUID(organization), kind
            )
    finally:
        await owner.close()


async def fall_silent(installation: Installation, organization: str) -> None:
    """A silence, as the worker's round finds it."""
    urls = running_urls(installation.data)
    assert urls is not None
    owner = await asyncpg.connect(urls[1])
    try:
        async with owner.transaction():
            await owner.execute("set local role evenhand_wall")
            await owner.execute(
                "insert into evenhand.silence (organization_id, since, due_at, told_at)"
                " values ($1, now() - interval '100 days', now() - interval '1 day', now())",
                UUID(organization),
            )
    finally:
        await owner.close()


async def put_on_hold(installation: Installation, organization: str) -> None:
    """A hold, as a filing opens it."""
    urls = running_urls(installation.data)
    assert urls is not None
    owner = await asyncpg.connect(urls[1])
    try:
        async with owner.transaction():
            await owner.execute("set local role evenhand_wall")
            await owner.execute("select pg_advisory_xact_lock(7001)")
            await owner.execute(
                "insert into evenhand.wall_hold (organization_id, hold_id, change_id, epoch, opened_at, chain)"
                " values ($1, $2, $3, 2, now(), '[]')",
                UUID(organization),
                uuid4(),
                uuid4(),
            )
    finally:
        await owner.close()


def call(client: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    answer = client.request(method, API + path, json=body)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json() if answer.content else None


def wait_for(is_so: Any) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_as_published(name: str, answers: dict[str, httpx.Response]) -> None:
    assert name in answers, "drive() does not use this operation yet"
    answer = answers[name]

    published = OPERATIONS[name][2]["responses"].get(str(answer.status_code))

    assert published is not None, f"answers {answer.status_code}, which is not published"
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    assert (answer.status_code == 204) == ("content" not in published)
    assert answer.status_code == 204 or media_type in published["content"]
    assert "x-request-id" in answer.headers
    for header in published.get("headers", {}):
        assert header in answer.headers
    if media_type == "application/json" and answer.status_code != 204:
        shape = published["content"]["application/json"]["schema"]["$ref"].removeprefix(REF)
        assert [f"{error.instance_path}: {error}" for error in strict(shape).iter_errors(answer.json())] == []


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("anonymous", "GET", "/projects", 401),
        ("annotator", "GET", "/people", 403),
        ("owner", "GET", "/projects/019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11", 404),
        ("owner", "POST", "/projects", 422),
        ("owner", "PUT", "/projects", 405),
    ],
)
def test_a_refusal_is_a_problem_document_as_published(
    clients: dict[str, httpx.Client], role: str, method: str, path: str, status: int
) -> None:
    answer = clients[role].request(method, API + path, json={"name": 7} if method == "POST" else None)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert [str(error) for error in strict("ProblemDocument").iter_errors(answer.json())] == []
    assert answer.json()["hint"]


def test_an_answer_that_does_not_fit_is_found(answers: dict[str, httpx.Response]) -> None:
    """The saboteur: a validator that lets everything pass would make every test above green."""
    project = answers["get_project"].json()

    assert list(strict("Project").iter_errors({**project, "surprise": 1}))
    assert list(strict("Project").iter_errors({**project, "counts": {**project["counts"], "done": "3"}}))
    assert list(strict("Project").iter_errors({**project, "id": "not an id"}))
