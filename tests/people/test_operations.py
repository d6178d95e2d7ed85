"""Every operation of the contract, tried by every kind of caller: who may is written here, and everybody else is refused.

An operation that is missing from the table fails the first test: say who may call it, and how it is called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from database import Copy
from evenhand.boundary.permission import ROLES, Permission, allowed
from published import OPERATIONS as PUBLISHED
from web import API, Web, web_of
from world import Member, Organization, Project, World, sabotage, world_on

EVERYBODY = frozenset(ROLES)
REVIEWERS = frozenset({"owner", "manager", "reviewer"})
LABELERS = frozenset({"owner", "manager", "annotator", "reviewer"})
READERS = frozenset({"owner", "manager", "reviewer", "auditor", "visitor"})
MANAGERS = frozenset({"owner", "manager"})
OWNER = frozenset({"owner"})
PUBLIC: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scene:
    """What a request may name: a project with a task that its caller may hold, a colleague, a key, a release."""

    project: Project
    task: UUID
    colleague: Member
    key_id: UUID
    release: UUID


@dataclass(frozen=True)
class Operation:
    """Who may call it, and a body that is well formed. is_own: names nothing of an organization, so anybody has their own."""

    roles: frozenset[str]
    body: Callable[[Scene], Any] | None = None
    is_own: bool = False


def said(**body: Any) -> Callable[[Scene], Any]:
    """The same body for every scene."""
    return lambda _: body


ANSWERS = [{"question": "label", "value": "yes"}]
ONTOLOGY = {
    "format": "evenhand.ontology/1",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [{"name": "ok", "kind": "choice", "options": [{"value": "a"}, {"value": "b"}]}],
}

# fmt: off
OPERATIONS: dict[str, Operation] = {
    # nobody needs to be known
    "health": Operation(PUBLIC, is_own=True),
    "ready": Operation(PUBLIC, is_own=True),
    "sign_in": Operation(PUBLIC, said(email="nobody@example.org", password="four words are enough"), is_own=True),
    "list_sign_in_methods": Operation(PUBLIC, is_own=True),
    "get_governance_log": Operation(PUBLIC, is_own=True),
    "get_sign_in_options": Operation(PUBLIC, is_own=True),
    "sign_in_with_passkey": Operation(PUBLIC, said(credential={"rawId": "eA"}), is_own=True),
    "get_enrollment_options": Operation(PUBLIC, said(email="nobody@example.org", password="four words are enough"), is_own=True),
    "enroll_passkey": Operation(PUBLIC, said(email="a@example.org", password="x", name="K", credential={}), is_own=True),
    "ask_password_reset": Operation(PUBLIC, said(email="nobody@example.org"), is_own=True),
    "accept_password_reset": Operation(PUBLIC, said(token="x" * 43, password="four words are enough"), is_own=True),
    "look_up_invitation": Operation(PUBLIC, said(token="x" * 43), is_own=True),
    "accept_invitation": Operation(PUBLIC, said(token="x" * 43, password="four words are enough"), is_own=True),
    "send_upload": Operation(PUBLIC, lambda _: b"no picture", is_own=True),
    # about oneself
    "get_session": Operation(EVERYBODY, is_own=True),
    "watch_holds": Operation(EVERYBODY, is_own=True),
    "sign_out": Operation(EVERYBODY, is_own=True),
    "list_notifications": Operation(EVERYBODY, is_own=True),
    "read_notifications": Operation(EVERYBODY, said(ids=[]), is_own=True),
    "set_preferences": Operation(EVERYBODY, said(theme="dark"), is_own=True),
    "get_organization": Operation(EVERYBODY, is_own=True),
    "list_kinds": Operation(EVERYBODY, is_own=True),
    "check_ontology": Operation(EVERYBODY, said(body=ONTOLOGY), is_own=True),
    "expand_preset": Operation(EVERYBODY, said(preset="text-classification", **{"with": {"labels": ["a", "b"]}}), is_own=True),
    # people
    "list_people": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "invite": Operation(MANAGERS, said(email="somebody@example.org", role="annotator"), is_own=True),
    "change_role": Operation(MANAGERS, said(role="reviewer")),
    "remove_person": Operation(MANAGERS),
    "end_member_sessions": Operation(MANAGERS),
    "erase_disclosures": Operation(MANAGERS),
    "list_keys": Operation(MANAGERS, is_own=True),
    "make_key": Operation(MANAGERS, said(name="Nightly"), is_own=True),
    "remove_key": Operation(MANAGERS),
    "change_organization": Operation(OWNER, said(name="Bank"), is_own=True),
    # keys
    "get_vault": Operation(frozenset({"owner", "auditor", "manager"}), is_own=True),
    "change_key_policy": Operation(OWNER, said(mode="managed"), is_own=True),
    "rotate_keys": Operation(OWNER, is_own=True),
    "revoke_keys": Operation(OWNER, is_own=True),
    "restore_keys": Operation(OWNER, is_own=True),
    "create_shredding": Operation(OWNER, lambda scene: {"scope": "task", "id": str(scene.task)}),
    "list_shreddings": Operation(frozenset({"owner", "auditor", "manager"}), is_own=True),
    "get_shredding": Operation(frozenset({"owner", "auditor", "manager"})),
    # projects
    "list_presets": Operation(READERS, is_own=True),
    "list_projects": Operation(READERS, is_own=True),
    "create_project": Operation(MANAGERS, said(name="New", ontology=ONTOLOGY), is_own=True),
    "get_project": Operation(EVERYBODY),
    "change_project": Operation(MANAGERS, said(priority=200)),
    "trash_project": Operation(MANAGERS),
    "pause_project": Operation(MANAGERS),
    "resume_project": Operation(MANAGERS),
    "archive_project": Operation(MANAGERS),
    "restore_project": Operation(MANAGERS),
    "clone_project": Operation(MANAGERS, said(name="Copy")),
    "get_ontology": Operation(EVERYBODY),
    "change_ontology": Operation(MANAGERS, said(body=ONTOLOGY, confirm="meaning")),
    "list_ontology_versions": Operation(READERS),
    "get_guideline": Operation(EVERYBODY),
    "change_guideline": Operation(MANAGERS, said(markdown="# Read this")),
    "consent": Operation(LABELERS, said(version=0)),
    "add_guideline_picture": Operation(MANAGERS, lambda _: b"no picture"),
    "get_guideline_picture": Operation(EVERYBODY),
    "list_discussions": Operation(EVERYBODY),
    "begin_discussion": Operation(LABELERS, said(text="Why?", version=1)),
    "reply": Operation(LABELERS, said(text="Because.")),
    "resolve_discussion": Operation(LABELERS),
    "reopen_discussion": Operation(LABELERS),
    "list_batches": Operation(READERS),
    "get_progress": Operation(READERS),
    # quality
    "get_quality": Operation(MANAGERS),
    "change_quality": Operation(MANAGERS, said(target=0.85)),
    "list_quality_people": Operation(MANAGERS),
    "get_quality_reviewers": Operation(MANAGERS),
    "list_quality_manner": Operation(MANAGERS),
    "get_quality_person": Operation(MANAGERS),
    "get_quality_question": Operation(MANAGERS),
    "get_quality_ranking": Operation(MANAGERS),
    "get_quality_regions": Operation(MANAGERS),
    "list_audits": Operation(MANAGERS),
    "get_audit_price": Operation(MANAGERS),
    "ask_audit": Operation(MANAGERS, said(share=0.05)),
    "list_hardest_tasks": Operation(MANAGERS),
    "list_own_accuracy": Operation(LABELERS, is_own=True),
    "watch_project": Operation(READERS),
    # tasks
    "preview_import": Operation(MANAGERS, said(ontology=ONTOLOGY, rows=[{"text": "One more."}]), is_own=True),
    "import_tasks": Operation(MANAGERS, lambda _: b'{"inputs": {"text": "One more."}}\n'),
    "list_tasks": Operation(frozenset({"owner", "manager", "reviewer", "visitor"})),
    "count_tasks": Operation(frozenset({"owner", "manager", "reviewer", "visitor"})),
    "get_task": Operation(frozenset({"owner", "manager", "reviewer", "visitor"})),
    "list_looks": Operation(READERS),
    "change_tasks": Operation(MANAGERS, lambda scene: {"ids": [str(scene.task)], "action": "priority", "value": 1}),
    "make_gold": Operation(MANAGERS, lambda scene: {"gold": [{"task_id": str(scene.task), "answers": ANSWERS}]}),
    "list_gold": Operation(MANAGERS),
    "list_gold_people": Operation(MANAGERS),
    "mend_gold": Operation(MANAGERS, said(version=1, explanation="x")),
    "retire_gold": Operation(MANAGERS),
    "plant_flaw": Operation(MANAGERS, said(answers=ANSWERS)),
    "list_flaws": Operation(MANAGERS),
    "remove_flaw": Operation(MANAGERS),
    "list_skills": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "add_skill": Operation(MANAGERS, lambda _: {"name": f"Skill {uuid4()}"}, is_own=True),
    "grant_skill": Operation(MANAGERS, lambda _: {"skill_id": str(uuid4())}),
    "revoke_skill": Operation(MANAGERS, said(reason="not-needed")),
    "list_skills_asked": Operation(EVERYBODY),
    "ask_skills": Operation(MANAGERS, said(skills=[])),
    "get_exam": Operation(MANAGERS),
    "list_sittings": Operation(MANAGERS),
    "set_exam": Operation(MANAGERS, lambda scene: {"skill_id": str(uuid4()), "gold": [str(scene.task)], "tasks": 1}),
    "list_my_exams": Operation(LABELERS, is_own=True),
    "list_my_skills": Operation(LABELERS, is_own=True),
    "list_offers": Operation(EVERYBODY),
    "set_offer": Operation(MANAGERS, said(rate=25, currency="EUR", basis="task")),
    "get_spend": Operation(MANAGERS),
    "list_my_terms": Operation(LABELERS, is_own=True),
    "reject_answer": Operation(
        frozenset({"owner", "manager", "reviewer"}),
        lambda _: {
            "annotation_id": str(uuid4()),
            "reason": "spam",
            "evidence": [{"kind": "answer", "id": str(uuid4())}],
        },
    ),
    "remove_from_project": Operation(
        MANAGERS,
        lambda _: {
            "person_id": str(uuid4()),
            "reason": "spam",
            "evidence": [{"kind": "answer", "id": str(uuid4())}],
        },
    ),
    "list_rulings": Operation(MANAGERS),
    "withdraw_ruling": Operation(MANAGERS),
    "list_possible_evidence": Operation(MANAGERS),
    "list_my_rulings": Operation(LABELERS, is_own=True),
    "file_appeal": Operation(
        LABELERS, lambda _: {"kind": "removal", "subject_id": str(uuid4()), "statement": "It is right."}
    ),
    "list_my_appeals": Operation(LABELERS, is_own=True),
    "list_appeals": Operation(MANAGERS, is_own=True),
    "answer_appeal": Operation(MANAGERS, said(outcome="upheld", reason="evidence-stands")),
    # the queue
    "list_work": Operation(LABELERS, is_own=True),
    "claim": Operation(LABELERS, said(held=[])),
    "submit": Operation(LABELERS, said(ontology_version=1, answers=ANSWERS)),
    "save_draft": Operation(LABELERS, said(answers=ANSWERS, client_clock=1)),
    "skip_task": Operation(LABELERS, said(reason="unclear", next=False)),
    "return_task": Operation(LABELERS, said(next=False)),
    "prolong": Operation(LABELERS),
    "reopen": Operation(LABELERS),
    "report_task": Operation(LABELERS, said(reason="broken", note="x")),
    "list_comments": Operation(LABELERS),
    "comment": Operation(LABELERS, said(text="x")),
    "list_my_answers": Operation(LABELERS),
    "get_my_answer": Operation(LABELERS),
    "list_feedback": Operation(LABELERS, is_own=True),
    "start_check": Operation(LABELERS, said(question="label", value="yes")),
    "list_checks": Operation(LABELERS),
    "get_check": Operation(LABELERS),
    "review_task": Operation(REVIEWERS, said(verdicts=[{"annotation_id": str(uuid4()), "verdict": "accept"}], ontology_version=1)),
    "adjudicate_task": Operation(REVIEWERS, said(action="more", ontology_version=1)),
    "take_back_verdict": Operation(REVIEWERS),
    # the operator let in
    "list_break_glass": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "end_break_glass": Operation(MANAGERS),
    # releases
    "create_release": Operation(MANAGERS, said(note="x")),
    "list_release_formats": Operation(frozenset({"owner", "manager", "auditor"})),
    "list_releases": Operation(frozenset({"owner", "manager", "auditor"})),
    "get_release": Operation(frozenset({"owner", "manager", "auditor"})),
    "get_release_file": Operation(frozenset({"owner", "manager", "auditor"})),
    "get_release_archive": Operation(frozenset({"owner", "manager", "auditor"})),
    # webhooks
    "list_webhooks": Operation(MANAGERS, is_own=True),
    "create_webhook": Operation(MANAGERS, said(url="https://example.org/hook", events=["task.done"]), is_own=True),
    "get_webhook": Operation(MANAGERS),
    "change_webhook": Operation(MANAGERS, said(description="x")),
    "remove_webhook": Operation(MANAGERS),
    "new_webhook_secret": Operation(MANAGERS),
    "list_deliveries": Operation(MANAGERS),
    "resend_delivery": Operation(MANAGERS),
    "test_webhook": Operation(MANAGERS),
    # change of control
    "list_holds": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "countersign_hold": Operation(OWNER, said(digest="sha256:" + "0" * 64)),
    # walls
    "get_register": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "get_walls": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "list_challenges": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "list_open_challenges": Operation(OWNER, is_own=True),
    "decide_challenge": Operation(OWNER, said(state="refused")),
    "file_statements": Operation(OWNER, said(statements=[], source="The paper."), is_own=True),
    "withdraw_statements": Operation(OWNER, said(statement_ids=["x" * 32])),
    "state_nothing_changed": Operation(OWNER, is_own=True),
    "list_silences": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "set_party": Operation(OWNER, said(record_id="somebody-else")),
    "set_wall_policy": Operation(OWNER, said(wall_percent=20), is_own=True),
    "declare_conflict": Operation(OWNER, said(party="a-rival-of-the-bank"), is_own=True),
    "withdraw_conflict": Operation(OWNER, said(party="nobody")),
    "grant_waiver": Operation(OWNER, said(party="a-vendor", reason="Audited."), is_own=True),
    "end_waiver": Operation(OWNER),
    "list_wall_documents": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "get_wall_document": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "list_interests": Operation(EVERYBODY),
    "declare_interest": Operation(EVERYBODY, said(party="a-party", kind="office")),
    "end_interest": Operation(EVERYBODY),
    "move_person": Operation(OWNER, said(vendor_id=str(uuid4()))),
    # files
    "propose_import": Operation(MANAGERS, lambda _: b'{"text": "One."}\n', is_own=True),
    "import_images": Operation(MANAGERS, lambda _: b"no picture"),
    "get_media": Operation(LABELERS | {"visitor"}),
    "begin_upload": Operation(MANAGERS, said(name="a.png")),
    "complete_upload": Operation(MANAGERS),
    "connect_bucket": Operation(MANAGERS, said(name="Streets", url="s3://streets", endpoint="http://localhost:9"), is_own=True),
    "list_buckets": Operation(MANAGERS, is_own=True),
    "remove_bucket": Operation(MANAGERS),
    "start_import": Operation(MANAGERS, lambda _: {"upload": str(uuid4())}),
    "list_imports": Operation(MANAGERS),
    "get_import": Operation(MANAGERS),
    "cancel_import": Operation(MANAGERS),
    # the ledger
    "get_ledger": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "get_receipt": Operation(READERS),
    "list_recorded_looks": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    "get_ledger_root": Operation(frozenset({"owner", "manager", "auditor"}), is_own=True),
    # a browser session alone
    "switch_organization": Operation(PUBLIC, lambda scene: {"organization_id": str(scene.project.organization.id)}),
    "list_sessions": Operation(PUBLIC, is_own=True),
    "end_session": Operation(PUBLIC, is_own=True),
    "end_other_sessions": Operation(PUBLIC, is_own=True),
    "list_asked_break_glass": Operation(PUBLIC, is_own=True),
    "ask_break_glass": Operation(PUBLIC, said(organization_id=str(uuid4()), reason="x"), is_own=True),
    "get_break_glass_options": Operation(PUBLIC, is_own=True),
    "approve_break_glass": Operation(PUBLIC, said(credential={"rawId": "eA"}), is_own=True),
    "end_asked_break_glass": Operation(PUBLIC, is_own=True),
    "get_confirmation_options": Operation(PUBLIC, is_own=True),
    "confirm_session": Operation(PUBLIC, said(password="four words are enough"), is_own=True),
    "change_password": Operation(PUBLIC, said(current="x", password="another four plain words"), is_own=True),
    "list_passkeys": Operation(PUBLIC, is_own=True),
    "get_passkey_options": Operation(PUBLIC, is_own=True),
    "add_passkey": Operation(PUBLIC, said(name="Key", credential={"rawId": "eA"}), is_own=True),
    "remove_passkey": Operation(PUBLIC, is_own=True),
}
# fmt: on
ENDLESS = {"watch_project", "watch_holds"}
SESSION_ONLY = {
    *("switch_organization", "list_sessions", "end_session", "end_other_sessions"),
    *(
        "list_asked_break_glass",
        "ask_break_glass",
        "get_break_glass_options",
        "approve_break_glass",
        "end_asked_break_glass",
    ),
    *("get_confirmation_options", "confirm_session", "change_password"),
    *("list_passkeys", "get_passkey_options", "add_passkey", "remove_passkey"),
}
UNKNOWN = {
    "health",
    "ready",
    "sign_in",
    "list_sign_in_methods",
    "get_governance_log",
    "get_sign_in_options",
    "sign_in_with_passkey",
    "get_enrollment_options",
    "enroll_passkey",
    "ask_password_reset",
    "accept_password_reset",
    "look_up_invitation",
    "accept_invitation",
    "send_upload",  # its address is the credential
}


def contract(web: Web) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Operation id to (method, path, operation), as the application publishes it."""
    document = web.app.openapi()
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


@pytest.fixture(scope="module")
async def bank(shared_world: World) -> tuple[Organization, dict[str, Member]]:
    """A customer with one member of each role."""
    made = await shared_world.organization("The Bank's Own Name")
    return made, {"owner": made.owner, **{role: await member_as(made, role) for role in ROLES if role != "owner"}}


async def member_as(organization: Organization, role: str) -> Member:
    """Somebody in that role. Visitors come by break-glass alone and hold no key; this one's stands for the session they have."""
    if role != "visitor":
        return await organization.member(role)
    visitor = await organization.member("reviewer")
    async with organization.world.superuser() as connection:
        await connection.execute(
            "update membership set role = 'visitor', until = $2 where person_id = $1",
            visitor.id,
            organization.world.clock.now() + timedelta(hours=1),
        )
    return visitor


@pytest.fixture
async def scene(world: World, bank: tuple[Organization, dict[str, Member]]) -> Scene:
    """A project of the bank's, new for every operation, with a task for everybody."""
    organization, _ = bank
    await world.services.key_policies.restore(organization.owner.actor)  # an operation of the table takes them back
    project = await organization.project(name="A Name Nobody Else May See", opinions=9)
    [task] = await project.add(1)
    colleague = await organization.member("annotator")
    people, releases = world.services.people, world.services.releases
    until = world.clock.now() + timedelta(days=1)
    key_id, _, _ = await people.keys.make(organization.id, colleague.id, "Theirs", None, until)
    release = await releases.create(organization.owner.actor, project.id, "A note", "all")
    return Scene(project, task, colleague, key_id, UUID(release["id"]))


async def call(
    script: httpx.AsyncClient, web: Web, name: str, scene: Scene, *, is_let_in: bool = False
) -> httpx.Response | None:
    """The operation's answer; None when it goes on answering (an event stream), to which those who are let in listen a moment."""
    method, path, document = contract(web)[name]
    values = {
        "project_id": scene.project.id,
        "task_id": scene.task,
        "person_id": scene.colleague.id,
        "key_id": scene.key_id,
        "session_id": uuid4(),
        "release_id": scene.release,
        "token": "x" * 43,
        "name": "labels.jsonl",
        "webhook_id": uuid4(),
        "delivery_id": uuid4(),
        "upload_id": uuid4(),
        "picture_id": uuid4(),
        "discussion_id": uuid4(),
        "bucket_id": uuid4(),
        "import_id": uuid4(),
        "check_id": uuid4(),
        "shredding_id": uuid4(),
        "passkey_id": uuid4(),
        "break_glass_id": uuid4(),
        "hold_id": uuid4(),
        "skill_id": uuid4(),
        "ruling_id": uuid4(),
        "appeal_id": uuid4(),
        "entry_id": uuid4().hex,
        "challenge_id": uuid4(),
        "waiver_id": uuid4(),
        "interest_id": uuid4(),
        "organization_id": uuid4(),
        "version": 1,
        "pseudonym": scene.project.owner.actor.pseudonym,
        "question": "label",
    }
    for each in document.get("parameters", ()):
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", str(values[each["name"]]))
    body = OPERATIONS[name].body
    content = body(scene) if body else None
    if isinstance(content, bytes):
        kind = next(iter(document["requestBody"]["content"]))
        more: dict[str, Any] = {"content": content, "headers": {"content-type": kind}}
    else:
        more = {"json": content} if content is not None else {}
    if method == "POST":
        more["headers"] = {**more.get("headers", {}), "idempotency-key": str(uuid4())}
    asking = script.request(
        method, path.removeprefix(API) if path.startswith(API) else f"http://evenhand.test{path}", **more
    )
    try:
        return await asyncio.wait_for(asking, 0.3 if name in ENDLESS and is_let_in else 60)
    except TimeoutError:
        assert name in ENDLESS
        return None


def refusal(answer: httpx.Response | None) -> str:
    """`not-signed-in`, `not-allowed`, … or "" when the caller was let through, whatever became of it then."""
    if answer is None or answer.status_code not in (401, 403):
        return ""
    return str(answer.json()["code"])


def test_the_table_names_every_operation_of_the_contract(web: Web) -> None:
    assert contract(web).keys() - OPERATIONS.keys() == set(), "say who may call it"


KNOWN = [name for name in OPERATIONS if name in PUBLISHED.keys() - UNKNOWN]


@pytest.mark.check(20)
@pytest.mark.parametrize("name", KNOWN)
async def test_the_roles_of_the_table_may_and_nobody_else(
    web: Web, bank: tuple[Organization, dict[str, Member]], scene: Scene, name: str
) -> None:
    _, members = bank
    # Those who may not come first, so that none of them finds the work done already.
    for role in sorted(ROLES, key=lambda role: role in OPERATIONS[name].roles):
        async with web.script(members[role]) as script:
            answer = await call(script, web, name, scene, is_let_in=role in OPERATIONS[name].roles)

        if role in OPERATIONS[name].roles:
            assert refusal(answer) == "", (role, answer.text if answer else "")
        else:
            assert refusal(answer) in ("not-allowed", "needs-session", "not-operator"), (
                role,
                answer.status_code if answer else "stream",
            )
        assert answer is None or answer.status_code < 500, answer.text


@pytest.mark.parametrize("name", KNOWN)
async def test_nobody_gets_in_without_a_credential_or_with_a_wrong_one(
    web: Web, bank: tuple[Organization, dict[str, Member]], scene: Scene, name: str
) -> None:
    owner = bank[1]["owner"]
    strangers = [
        None,
        Member(owner.actor, owner.email, "evh_" + "x" * 43),
        Member(owner.actor, owner.email, owner.key[:-1]),
    ]
    before = await rows_of(web.world, scene.project.organization)

    for stranger in strangers:
        async with web.script(stranger) as script:
            answer = await call(script, web, name, scene)

        assert refusal(answer) == "not-signed-in"
        assert answer is not None
        assert answer.headers["www-authenticate"] == "Bearer"
    assert await rows_of(web.world, scene.project.organization) == before


@pytest.mark.check(20)
@pytest.mark.parametrize("name", [name for name in KNOWN if not OPERATIONS[name].is_own and name not in SESSION_ONLY])
async def test_another_customers_owner_finds_nothing_here_and_changes_nothing(
    world: World, web: Web, scene: Scene, name: str
) -> None:
    rival = await world.organization("Rival")
    before = await rows_of(world, scene.project.organization)

    async with web.script(rival.owner) as script:
        answer = await call(script, web, name, scene)

    assert answer is not None, "a stream of another customer's"
    assert 400 <= answer.status_code < 500, answer.text
    assert not any(word in answer.text for word in ("A Name Nobody Else", "Letter 0", "A note", "Theirs")), answer.text
    assert await rows_of(world, scene.project.organization) == before


@pytest.mark.saboteur(20)
async def test_where_the_credential_does_not_say_the_tenant_the_vault_alone_keeps_it_shut(
    newest_copy: Copy,
) -> None:
    async with world_on(newest_copy) as world, web_of(world) as web:
        bank, rival = await world.organization("Bank"), await world.organization("Rival")
        project = await bank.project()
        await sabotage(newest_copy, "actor_of", "select c.organization_id,", f"select '{bank.id}'::uuid,")
        world.clock.advance(seconds=6)  # who somebody is may be remembered for five

        async with web.script(rival.owner) as script:
            answer = await script.get(f"/projects/{project.id}")

    # A failure of ours, which no refusal may be: the row was found, and there is no record under which it would open.
    assert answer.status_code == 500


@pytest.mark.parametrize("name", [name for name in KNOWN if OPERATIONS[name].roles not in (EVERYBODY, PUBLIC)])
async def test_a_key_is_let_through_by_the_scope_the_contract_names_and_by_no_other(
    world: World, web: Web, bank: tuple[Organization, dict[str, Member]], scene: Scene, name: str
) -> None:
    organization, members = bank
    owner = members["owner"]
    needed = contract(web)[name][2]["x-permissions"]
    others = [each.value for each in Permission if each.value not in needed]

    for scopes, is_allowed in ((others, False), ([], False), (needed[:1], True)):
        key = await world.with_key(organization.id, owner.id, owner.email, scopes)
        async with web.script(key) as script:
            answer = await call(script, web, name, scene, is_let_in=is_allowed)

        assert (refusal(answer) == "") == is_allowed, (scopes, answer.text if answer else "")


def test_what_a_role_may_is_what_its_permissions_say_and_an_unknown_role_may_nothing(web: Web) -> None:
    for name in KNOWN:
        needed = contract(web)[name][2].get("x-permissions")
        if needed is not None:
            assert OPERATIONS[name].roles == {role for role, may in ROLES.items() if may & set(needed)}, name
    assert allowed("superintendent", None) == frozenset()


async def rows_of(world: World, organization: Organization) -> dict[str, Any]:
    """A digest of everything an organization has, by table; looks at it are told apart from changes to it."""
    async with world.superuser() as connection:
        tables = await connection.fetch(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'"
            " where c.relnamespace = 'evenhand'::regnamespace and c.relkind = 'r' and c.relname <> 'ledger_inbox'"
        )
        query = "select md5(string_agg(t::text, ',' order by t::text)) from evenhand.{} t where organization_id = $1"
        return {
            row["relname"]: await connection.fetchval(query.format(row["relname"]), organization.id) for row in tables
        }
