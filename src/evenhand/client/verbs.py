"""Every verb of the API as a function from arguments to a `Call`: the one place where the SDK knows paths and bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from evenhand.client import nouns
from evenhand.client.call import Call, fresh_key, given
from evenhand.client.content import Content

Items = dict[str, Any]
# An import is answered when its last row is in; other requests within a minute.
IMPORT_SECONDS = 3600.0


def at(*parts: str) -> str:
    """A path below /api/v1, each part quoted: an id may come from anywhere."""
    return "/api/v1/" + "/".join(quote(str(part), safe="") for part in parts)


# ---------------------------------------------------------------------------------------------------------- session --
def session() -> Call[nouns.Session]:
    return Call("GET", at("session"))


def sign_in(email: str, password: str) -> Call[nouns.Session]:
    return Call("POST", at("session"), body={"email": email, "password": password})


def sign_out() -> Call[None]:
    return Call("DELETE", at("session"))


def accept_invitation(token: str, password: str, name: str | None) -> Call[nouns.Session]:
    return Call("POST", at("invitations", "accept"), body=given(token=token, password=password, name=name))


def switch_organization(organization: str) -> Call[nouns.Session]:
    return Call("POST", at("session", "organization"), body={"organization_id": organization})


def get_organization() -> Call[dict[str, Any]]:
    return Call("GET", at("organization"))


def change_organization(name: str, retention_days: int | None) -> Call[dict[str, Any]]:
    return Call("PATCH", at("organization"), body={"name": name, "retention_days": retention_days})


# --------------------------------------------------------------------------------------------------------- projects --
def list_projects(states: Sequence[str] | None, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call(
        "GET", at("projects"), query=given(state=list(states) if states else None, limit=page_size, cursor=cursor)
    )


def create_project(
    name: str,
    ontology: Mapping[str, Any] | None,
    preset: str | None,
    fill: Mapping[str, Any] | None,
    settings: Mapping[str, Any],
) -> Call[nouns.Project]:
    chosen = {"preset": preset, "with": dict(fill or {})} if preset is not None else None
    body = given(name=name, ontology=ontology, preset=chosen, **settings)
    return Call("POST", at("projects"), body=body, idempotency_key=fresh_key())


def get_project(project: str) -> Call[nouns.Project]:
    return Call("GET", at("projects", project))


def change_project(project: str, changes: Mapping[str, Any]) -> Call[nouns.Project]:
    return Call("PATCH", at("projects", project), body=dict(changes))


def trash_project(project: str) -> Call[nouns.Project]:
    return Call("DELETE", at("projects", project))


def set_project_state(project: str, verb: str) -> Call[nouns.Project]:
    return Call("POST", at("projects", project, verb))


def clone_project(project: str, name: str) -> Call[nouns.Project]:
    return Call("POST", at("projects", project, "clone"), body={"name": name}, idempotency_key=fresh_key())


def get_ontology(project: str, version: int | None) -> Call[nouns.OntologyVersion]:
    return Call("GET", at("projects", project, "ontology"), query=given(version=version))


def change_ontology(project: str, body: Mapping[str, Any], confirm: str | None) -> Call[dict[str, Any]]:
    return Call("POST", at("projects", project, "ontology"), body={"body": body, "confirm": confirm})


def get_guideline(project: str, version: int | None) -> Call[nouns.Guideline]:
    return Call("GET", at("projects", project, "guidelines"), query=given(version=version))


def change_guideline(
    project: str, markdown: str, summary: str, consent: nouns.Consent, if_match: int | None
) -> Call[nouns.Guideline]:
    headers = {"if-match": f'"{if_match}"'} if if_match is not None else {}
    body = {"markdown": markdown, "summary": summary, "consent": consent}
    return Call("PUT", at("projects", project, "guidelines"), body=body, headers=headers)


def add_guideline_picture(project: str, content: Content, name: str, key: str | None) -> Call[nouns.GuidelinePicture]:
    path = at("projects", project, "guidelines", "pictures")
    headers = {"x-file-name": quote(name)}
    return Call("POST", path, content=content, headers=headers, idempotency_key=key or fresh_key())


def get_guideline_picture(project: str, picture: str) -> Call[bytes]:
    return Call("GET", at("projects", project, "guidelines", "pictures", picture))


def list_discussions(
    project: str, state: nouns.DiscussionState | None, limit: int | None, cursor: str | None
) -> Call[Items]:
    path = at("projects", project, "guidelines", "discussions")
    return Call("GET", path, query=given(state=state, limit=limit, cursor=cursor))


def begin_discussion(project: str, text: str, version: int, passage: Mapping[str, str]) -> Call[nouns.Discussion]:
    path = at("projects", project, "guidelines", "discussions")
    return Call("POST", path, body={"text": text, "version": version, **passage}, idempotency_key=fresh_key())


def reply(project: str, discussion: str, text: str) -> Call[nouns.Reply]:
    path = at("projects", project, "guidelines", "discussions", discussion, "replies")
    return Call("POST", path, body={"text": text}, idempotency_key=fresh_key())


def set_discussion(project: str, discussion: str, verb: str) -> Call[nouns.DiscussionResolved]:
    return Call("POST", at("projects", project, "discussions", discussion, verb))


def consent(project: str, version: int) -> Call[None]:
    return Call("POST", at("projects", project, "guidelines", "consent"), body={"version": version})


def list_batches(project: str) -> Call[Items]:
    return Call("GET", at("projects", project, "batches"))


def check_ontology(body: Mapping[str, Any]) -> Call[dict[str, Any]]:
    return Call("POST", at("ontology", "check"), body={"body": dict(body)})


def list_presets() -> Call[Items]:
    return Call("GET", at("presets"))


def list_kinds() -> Call[dict[str, Any]]:
    return Call("GET", at("kinds"))


# ------------------------------------------------------------------------------------------------------------ tasks --
def import_tasks(
    project: str,
    content: Content,
    batch: str | None,
    mapping: Mapping[str, str] | None,
    is_atomic: bool,
    key: str | None,
) -> Call[nouns.ImportReport]:
    chosen = json.dumps(dict(mapping)) if mapping else None
    query = given(batch=batch, mapping=chosen, atomic="true" if is_atomic else None)
    return Call(
        "POST",
        at("projects", project, "tasks"),
        query=query,
        content=content,
        idempotency_key=key or fresh_key(),
        timeout_seconds=IMPORT_SECONDS,
    )


def import_image(project: str, content: Content, name: str, batch: str | None, key: str | None) -> Call[dict[str, Any]]:
    # A header is ASCII: other letters of a file's name are percent-encoded.
    headers = {"x-file-name": quote(name)}
    return Call(
        "POST",
        at("projects", project, "images"),
        query=given(batch=batch),
        content=content,
        headers=headers,
        idempotency_key=key or fresh_key(),
        timeout_seconds=IMPORT_SECONDS,
    )


def import_images(
    project: str, content: Content, name: str, batch: str | None, is_atomic: bool, key: str | None
) -> Call[nouns.ImportReport]:
    return Call(
        "POST",
        at("projects", project, "images"),
        query=given(batch=batch, atomic="true" if is_atomic else None),
        content=content,
        headers={"x-file-name": quote(name)},
        idempotency_key=key or fresh_key(),
        timeout_seconds=IMPORT_SECONDS,
    )


def list_tasks(project: str, filters: Mapping[str, Any], page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "tasks"), query=given(**filters, limit=page_size, cursor=cursor))


def get_task(project: str, task: str) -> Call[nouns.Task]:
    return Call("GET", at("projects", project, "tasks", task))


def count_tasks(project: str, filters: Mapping[str, Any]) -> Call[nouns.TaskCount]:
    return Call("GET", at("projects", project, "tasks", "count"), query=given(**filters))


def list_looks(project: str, task: str) -> Call[Items]:
    return Call("GET", at("projects", project, "tasks", task, "looks"))


def change_tasks(project: str, ids: Sequence[str], action: str, value: int | str | None) -> Call[nouns.TasksChanged]:
    return Call(
        "POST", at("projects", project, "tasks", "bulk"), body={"ids": list(ids), "action": action, "value": value}
    )


# ------------------------------------------------------------------------------------------------------------- gold --
def make_gold(project: str, gold: Sequence[Mapping[str, Any]], key: str | None) -> Call[nouns.GoldMade]:
    body = {"gold": [dict(each) for each in gold]}
    return Call("POST", at("projects", project, "gold"), body=body, idempotency_key=key or fresh_key())


def list_gold(project: str, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "gold"), query=given(limit=page_size, cursor=cursor))


def list_gold_people(project: str) -> Call[Items]:
    return Call("GET", at("projects", project, "gold", "people"))


def mend_gold(project: str, task: str, version: int, changes: Mapping[str, Any]) -> Call[dict[str, Any]]:
    return Call("PATCH", at("projects", project, "gold", task), body={"version": version, **changes})


def retire_gold(project: str, task: str) -> Call[None]:
    return Call("DELETE", at("projects", project, "gold", task))


def plant_flaw(
    project: str, task: str, answers: Sequence[Mapping[str, Any]], reason: str | None, key: str | None
) -> Call[None]:
    body = given(answers=[dict(each) for each in answers], reason=reason)
    return Call("POST", at("projects", project, "gold", task, "flaw"), body=body, idempotency_key=key or fresh_key())


def list_flaws(project: str, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "gold", "flaws"), query=given(limit=page_size, cursor=cursor))


def remove_flaw(project: str, task: str) -> Call[None]:
    return Call("DELETE", at("projects", project, "gold", task, "flaw"))


# ------------------------------------------------------------------------------------------------ skills and exams --
def list_skills() -> Call[Items]:
    return Call("GET", at("skills"))


def add_skill(name: str) -> Call[dict[str, Any]]:
    return Call("POST", at("skills"), body={"name": name}, idempotency_key=fresh_key())


def grant_skill(person: str, skill: str, expires_at: str | None) -> Call[None]:
    return Call("PUT", at("people", person, "skills"), body={"skill_id": skill, "expires_at": expires_at})


def revoke_skill(person: str, skill: str, reason: str) -> Call[None]:
    return Call("PUT", at("people", person, "skills", skill, "revocation"), body={"reason": reason})


def list_skills_asked(project: str, stage: nouns.AskingStage) -> Call[Items]:
    return Call("GET", at("projects", project, "skills"), query={"stage": stage})


def ask_skills(project: str, skills: Sequence[str], stage: nouns.AskingStage) -> Call[Items]:
    return Call("PUT", at("projects", project, "skills"), body={"skills": list(skills), "stage": stage})


def get_exam(project: str) -> Call[nouns.Exam]:
    return Call("GET", at("projects", project, "exam"))


def set_exam(project: str, skill: str, gold: Sequence[str], tasks: int, terms: Mapping[str, Any]) -> Call[nouns.Exam]:
    body = {"skill_id": skill, "gold": list(gold), "tasks": tasks, **terms}
    return Call("PUT", at("projects", project, "exam"), body=body)


def list_sittings(project: str, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "exam", "sittings"), query=given(limit=page_size, cursor=cursor))


def list_my_exams() -> Call[Items]:
    return Call("GET", at("work", "exams"))


def list_my_skills() -> Call[Items]:
    return Call("GET", at("work", "skills"))


# --------------------------------------------------------------------------------------------------- offers, appeals --
def list_offers(project: str, stage: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "offers"), query=given(stage=stage))


def set_offer(
    project: str, rate: int, currency: str, basis: str, review_hours: int | None, stage: str
) -> Call[nouns.Offer]:
    body = {"rate": rate, "currency": currency, "basis": basis, "stage": stage, **given(review_hours=review_hours)}
    return Call("PUT", at("projects", project, "offer"), body=body)


def get_spend(project: str) -> Call[nouns.Spend]:
    return Call("GET", at("projects", project, "spend"))


def list_my_terms() -> Call[Items]:
    return Call("GET", at("work", "terms"))


def reject_answer(
    project: str, task: str, annotation: str, reason: str, evidence: Sequence[Mapping[str, Any]], note: str | None
) -> Call[dict[str, Any]]:
    body = given(annotation_id=annotation, reason=reason, evidence=list(evidence), note=note)
    return Call("POST", at("projects", project, "tasks", task, "rejections"), body=body, idempotency_key=fresh_key())


def remove_from_project(
    project: str, person: str, reason: str, evidence: Sequence[Mapping[str, Any]], note: str | None
) -> Call[dict[str, Any]]:
    body = given(person_id=person, reason=reason, evidence=list(evidence), note=note)
    return Call("POST", at("projects", project, "removals"), body=body, idempotency_key=fresh_key())


def list_possible_evidence(project: str, person: str) -> Call[nouns.PossibleEvidence]:
    return Call("GET", at("projects", project, "people", person, "evidence"))


def list_rulings(project: str, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "rulings"), query=given(limit=page_size, cursor=cursor))


def withdraw_ruling(project: str, ruling: str) -> Call[None]:
    return Call("PUT", at("projects", project, "rulings", ruling, "withdrawal"))


def list_my_rulings(page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("work", "rulings"), query=given(limit=page_size, cursor=cursor))


def file_appeal(kind: str, subject: str, statement: str) -> Call[dict[str, Any]]:
    body = {"kind": kind, "subject_id": subject, "statement": statement}
    return Call("POST", at("work", "appeals"), body=body, idempotency_key=fresh_key())


def list_my_appeals() -> Call[Items]:
    return Call("GET", at("work", "appeals"))


def list_appeals(state: str) -> Call[Items]:
    return Call("GET", at("appeals"), query={"state": state})


def answer_appeal(appeal: str, outcome: str, reason: str, note: str | None) -> Call[nouns.Appeal]:
    return Call("PUT", at("appeals", appeal, "answer"), body=given(outcome=outcome, reason=reason, note=note))


# -------------------------------------------------------------------------------------- uploads, buckets, imports --
def begin_upload(project: str, name: str) -> Call[nouns.UploadAddress]:
    return Call("POST", at("projects", project, "uploads"), body={"name": name}, idempotency_key=fresh_key())


def send_upload(address: nouns.UploadAddress, content: Content) -> Call[None]:
    # An object store wants to know the size beforehand.
    headers = {"content-length": str(content.size_bytes)}
    return Call(
        address["method"],
        address["url"],
        content=content,
        headers=headers,
        timeout_seconds=IMPORT_SECONDS,
        is_signed=True,
    )


def complete_upload(project: str, upload: str) -> Call[nouns.Upload]:
    # Sent again it finds all done, so a key of its own would say nothing more.
    path = at("projects", project, "uploads", upload, "complete")
    return Call("POST", path, idempotency_key=fresh_key(), timeout_seconds=IMPORT_SECONDS)


def connect_bucket(name: str, url: str, settings: Mapping[str, Any]) -> Call[nouns.Bucket]:
    return Call(
        "POST", at("buckets"), body={"name": name, "url": url, **given(**settings)}, idempotency_key=fresh_key()
    )


def list_buckets() -> Call[Items]:
    return Call("GET", at("buckets"))


def remove_bucket(bucket: str) -> Call[None]:
    return Call("DELETE", at("buckets", bucket))


def start_import(project: str, source: Mapping[str, Any], batch: str | None, key: str | None) -> Call[nouns.ImportRun]:
    body = {**given(**source), **given(batch=batch)}
    return Call("POST", at("projects", project, "imports"), body=body, idempotency_key=key or fresh_key())


def list_imports(project: str, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "imports"), query=given(limit=page_size, cursor=cursor))


def get_import(project: str, import_id: str) -> Call[nouns.ImportRun]:
    return Call("GET", at("projects", project, "imports", import_id))


def cancel_import(project: str, import_id: str) -> Call[nouns.ImportRun]:
    path = at("projects", project, "imports", import_id, "cancel")
    return Call("POST", path, idempotency_key=fresh_key())


def start_check(
    project: str, task: str, question: str, value: Any, target: str | None, key: str | None
) -> Call[nouns.CheckRun]:
    body = {"question": question, "value": value, **given(target=target)}
    return Call("POST", at("projects", project, "tasks", task, "checks"), body=body, idempotency_key=key or fresh_key())


def list_checks(project: str, task: str, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "tasks", task, "checks"), query=given(limit=page_size, cursor=cursor))


def get_check(project: str, task: str, check_id: str) -> Call[nouns.CheckRun]:
    return Call("GET", at("projects", project, "tasks", task, "checks", check_id))


def requeue_tasks(
    project: str,
    ids: Sequence[str] | None,
    wanted: Mapping[str, Any],
    cursor: str | None,
    stage: nouns.RequeueStage,
    opinions: int,
) -> Call[nouns.TasksChanged]:
    which: dict[str, Any] = {"ids": list(ids)} if ids is not None else {"filter": given(**wanted)}
    body = {**which, **given(cursor=cursor), "action": "requeue", "stage": stage, "opinions": opinions}
    return Call("POST", at("projects", project, "tasks", "bulk"), body=body)


# -------------------------------------------------------------------------------------------------------- the queue --
def list_work() -> Call[Items]:
    return Call("GET", at("work"))


def claim(project: str, held: Sequence[str], stage: nouns.Stage) -> Call[nouns.Claim]:
    return Call("POST", at("projects", project, "claim"), body={"held": list(held), "stage": stage})


def review(
    assignment: nouns.Assignment,
    verdicts: Sequence[nouns.Verdict],
    answers: Sequence[Mapping[str, Any]] | None,
    is_next_wanted: bool,
    held: Sequence[str],
    key: str | None,
    active_ms: int,
) -> Call[nouns.Decided]:
    body = {"verdicts": list(verdicts), **_decided(assignment, answers, is_next_wanted, held, active_ms)}
    path = at("projects", assignment["project_id"], "tasks", assignment["task_id"], "review")
    return Call("POST", path, body=body, idempotency_key=key or fresh_key())


def adjudicate(
    assignment: nouns.Assignment,
    action: nouns.AdjudicationAction,
    answers: Sequence[Mapping[str, Any]] | None,
    reason: nouns.VerdictReason | None,
    note: str | None,
    is_next_wanted: bool,
    held: Sequence[str],
    key: str | None,
    active_ms: int,
) -> Call[nouns.Decided]:
    said = {"action": action, **given(reason=reason, note=note)}
    path = at("projects", assignment["project_id"], "tasks", assignment["task_id"], "adjudication")
    body = {**said, **_decided(assignment, answers, is_next_wanted, held, active_ms)}
    return Call("POST", path, body=body, idempotency_key=key or fresh_key())


def take_back(assignment: nouns.Assignment) -> Call[nouns.TakenBack]:
    path = at("projects", assignment["project_id"], "tasks", assignment["task_id"], "verdict", "undo")
    return Call("POST", path, idempotency_key=fresh_key())


def _decided(
    assignment: nouns.Assignment,
    answers: Sequence[Mapping[str, Any]] | None,
    is_next_wanted: bool,
    held: Sequence[str],
    active_ms: int,
) -> dict[str, Any]:
    return {
        "ontology_version": assignment["ontology_version"],
        "active_ms": active_ms,
        "next": is_next_wanted,
        "held": list(held),
        **({"answers": [{"target": "", **each} for each in answers]} if answers is not None else {}),
    }


def list_feedback(page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("work", "feedback"), query=given(limit=page_size, cursor=cursor))


def submit(
    assignment: nouns.Assignment,
    answers: Sequence[Mapping[str, Any]],
    active_ms: int | None,
    elapsed_ms: int | None,
    manner: Mapping[str, int] | None,
    is_next_wanted: bool,
    held: Sequence[str],
    shown: Mapping[str, bool] | None,
    key: str | None,
) -> Call[nouns.Submitted]:
    timing = given(active_ms=active_ms, elapsed_ms=elapsed_ms)
    body = {
        "ontology_version": assignment["ontology_version"],
        "answers": [{"target": "", **each} for each in answers],
        "next": is_next_wanted,
        "held": list(held),
        **({"timing": timing} if timing else {}),
        **({"manner": dict(manner)} if manner is not None else {}),
        **({"suggestions": [{"id": id_, "shown": is_} for id_, is_ in shown.items()]} if shown else {}),
    }
    path = at("projects", assignment["project_id"], "tasks", assignment["task_id"], "annotations")
    return Call("POST", path, body=body, idempotency_key=key or fresh_key())


def save_draft(assignment: nouns.Assignment, answers: Sequence[Mapping[str, Any]], clock: int) -> Call[dict[str, str]]:
    body = {"answers": [{"target": "", **each} for each in answers], "client_clock": clock}
    return Call("PUT", at("projects", assignment["project_id"], "tasks", assignment["task_id"], "draft"), body=body)


def end_lease(assignment: nouns.Assignment, verb: str, body: Mapping[str, Any]) -> Call[dict[str, Any]]:
    return Call("POST", at("projects", assignment["project_id"], "tasks", assignment["task_id"], verb), body=body)


def list_comments(project: str, task: str) -> Call[Items]:
    return Call("GET", at("projects", project, "tasks", task, "comments"))


def comment(project: str, task: str, text: str, on: str, reply_to: str | None) -> Call[dict[str, Any]]:
    path = at("projects", project, "tasks", task, "comments")
    body = {"text": text, "on": on, **given(reply_to=reply_to)}
    return Call("POST", path, body=body, idempotency_key=fresh_key())


def list_my_answers(project: str, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("projects", project, "my-answers"), query=given(limit=page_size, cursor=cursor))


def get_my_answer(project: str, task: str, annotation: str | None) -> Call[nouns.AnsweredTask]:
    return Call("GET", at("projects", project, "my-answers", task), query=given(annotation=annotation))


# ------------------------------------------------------------------------------------------------- people and keys --
def list_people() -> Call[Items]:
    return Call("GET", at("people"))


def invite(email: str, role: str, name: str | None) -> Call[nouns.Invitation]:
    return Call("POST", at("invitations"), body=given(email=email, role=role, name=name))


def change_role(person: str, role: str) -> Call[None]:
    return Call("PATCH", at("people", person), body={"role": role})


def erase_disclosures(person: str) -> Call[None]:
    return Call("DELETE", at("people", person, "disclosures"))


def end_member_sessions(person: str) -> Call[None]:
    return Call("DELETE", at("people", person, "sessions"))


def remove_person(person: str) -> Call[None]:
    return Call("DELETE", at("people", person))


def list_keys() -> Call[Items]:
    return Call("GET", at("api-keys"))


def make_key(name: str, scopes: Sequence[str] | None, expires_at: str | None) -> Call[nouns.Key]:
    chosen = list(scopes) if scopes is not None else None
    return Call("POST", at("api-keys"), body={"name": name, "scopes": chosen, "expires_at": expires_at})


def remove_key(key: str) -> Call[None]:
    return Call("DELETE", at("api-keys", key))


# ------------------------------------------------------------------------------------------- progress and releases --
def get_progress(project: str) -> Call[nouns.Progress]:
    return Call("GET", at("projects", project, "progress"))


def get_quality(project: str) -> Call[nouns.Quality]:
    return Call("GET", at("projects", project, "quality"))


def change_quality(project: str, target: float | None) -> Call[nouns.Quality]:
    return Call("PATCH", at("projects", project, "quality"), body={"target": target})


def list_audits(project: str) -> Call[Items]:
    return Call("GET", at("projects", project, "quality", "audits"))


def get_audit_price(project: str, share: float, delta: float) -> Call[nouns.AuditPrice]:
    return Call("GET", at("projects", project, "quality", "audit-price"), query=given(share=share, delta=delta))


def ask_audit(project: str, share: float, delta: float) -> Call[nouns.Audit]:
    body = {"share": share, "delta": delta}
    return Call("POST", at("projects", project, "quality", "audits"), body=body, idempotency_key=fresh_key())


def list_quality_people(
    project: str, question: str | None, vendor: str | None, batch: str | None
) -> Call[nouns.PeopleQuality]:
    query = given(question=question, vendor=vendor, batch=batch)
    return Call("GET", at("projects", project, "quality", "people"), query=query)


def get_quality_person(project: str, pseudonym: str, question: str | None) -> Call[nouns.PersonQuality]:
    return Call("GET", at("projects", project, "quality", "people", pseudonym), query=given(question=question))


def list_quality_manner(project: str) -> Call[nouns.PeopleManner]:
    return Call("GET", at("projects", project, "quality", "manner"))


def get_quality_reviewers(project: str) -> Call[nouns.ReviewersQuality]:
    return Call("GET", at("projects", project, "quality", "reviewers"))


def get_quality_ranking(project: str, question: str) -> Call[nouns.RankedTasks]:
    return Call("GET", at("projects", project, "quality", "questions", question, "ranking"))


def get_quality_regions(project: str, question: str) -> Call[nouns.RegionsQuality]:
    return Call("GET", at("projects", project, "quality", "questions", question, "regions"))


def get_quality_question(project: str, name: str) -> Call[nouns.QuestionQuality]:
    return Call("GET", at("projects", project, "quality", "questions", name))


def list_hardest_tasks(project: str, question: str | None, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call(
        "GET",
        at("projects", project, "quality", "tasks"),
        query=given(question=question, limit=page_size, cursor=cursor),
    )


def list_own_accuracy() -> Call[Items]:
    return Call("GET", at("work", "accuracy"))


def create_release(project: str, note: str, include: str, formats: Sequence[str]) -> Call[nouns.Release]:
    body = {"note": note, "include": include, "formats": [*formats]}
    return Call("POST", at("projects", project, "releases"), body=body, idempotency_key=fresh_key())


def list_release_formats(project: str) -> Call[Items]:
    return Call("GET", at("projects", project, "release-formats"))


def list_releases(project: str) -> Call[Items]:
    return Call("GET", at("projects", project, "releases"))


def get_release(release: str) -> Call[nouns.Release]:
    return Call("GET", at("releases", release))


def release_archive(release: str) -> Call[bytes]:
    return Call("GET", at("releases", release, "archive"), timeout_seconds=IMPORT_SECONDS)


# ------------------------------------------------------------------------------------------------ change of control --
def list_holds() -> Call[nouns.Holds]:
    return Call("GET", at("holds"))


def countersign_hold(hold: str, digest: str) -> Call[nouns.Hold]:
    return Call("POST", at("holds", hold, "countersign"), body={"digest": digest}, idempotency_key=fresh_key())


# --------------------------------------------------------------------------------------------------------- webhooks --
def list_webhooks() -> Call[Items]:
    return Call("GET", at("webhooks"))


def create_webhook(url: str, events: Sequence[str], project: str | None, description: str) -> Call[nouns.Webhook]:
    body = {"url": url, "events": list(events), "project_id": project, "description": description}
    return Call("POST", at("webhooks"), body=body)


def get_webhook(webhook: str) -> Call[nouns.Webhook]:
    return Call("GET", at("webhooks", webhook))


def change_webhook(webhook: str, changes: Mapping[str, Any]) -> Call[nouns.Webhook]:
    return Call("PATCH", at("webhooks", webhook), body=dict(changes))


def remove_webhook(webhook: str) -> Call[None]:
    return Call("DELETE", at("webhooks", webhook))


def new_webhook_secret(webhook: str) -> Call[nouns.Webhook]:
    return Call("POST", at("webhooks", webhook, "secret"))


def test_webhook(webhook: str) -> Call[dict[str, str]]:
    return Call("POST", at("webhooks", webhook, "test"))


def list_deliveries(webhook: str, state: str | None, page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("webhooks", webhook, "deliveries"), query=given(state=state, limit=page_size, cursor=cursor))


def resend_delivery(webhook: str, delivery: str) -> Call[None]:
    return Call("POST", at("webhooks", webhook, "deliveries", delivery, "resend"))


# ----------------------------------------------------------------------------------------------------------- ledger --
def get_ledger() -> Call[nouns.Ledger]:
    return Call("GET", at("ledger"))


def get_ledger_root() -> Call[dict[str, Any]]:
    return Call("GET", at("ledger", "root"))


def get_receipt(entry: str) -> Call[bytes]:
    return Call("GET", at("ledger", "entries", entry, "receipt"))


def log_file(path: str) -> Call[bytes]:
    """path: of a file of a log, as C2SP tlog-tiles names it, below the log's own."""
    return Call("GET", quote(path))


# ------------------------------------------------------------------------------------------------------------- keys --
def key_state() -> Call[dict[str, Any]]:
    return Call("GET", at("vault"))


def choose_keys(mode: str, service: str | None) -> Call[dict[str, Any]]:
    return Call("PUT", at("vault", "policy"), body={"mode": mode, "service": service})


def act_on_keys(what: str) -> Call[dict[str, Any]]:
    return Call("POST", at("vault", what))


def shred(scope: str, id_: str, key: str | None) -> Call[dict[str, Any]]:
    return Call("POST", at("shreddings"), body={"scope": scope, "id": id_}, idempotency_key=key or fresh_key())


def get_shredding(shredding: str) -> Call[dict[str, Any]]:
    return Call("GET", at("shreddings", shredding))


def list_shreddings() -> Call[dict[str, Any]]:
    return Call("GET", at("shreddings"))


# ------------------------------------------------------------------------------------------------------------ walls --
def get_walls() -> Call[dict[str, Any]]:
    return Call("GET", at("walls"))


def get_register() -> Call[dict[str, Any]]:
    return Call("GET", at("walls", "register"))


def file_statements(
    statements: Sequence[Mapping[str, Any]], party: str | None, source: str | None
) -> Call[dict[str, Any]]:
    body = given(statements=list(statements), party=party, source=source)
    return Call("POST", at("walls", "statements"), body=body, idempotency_key=fresh_key())


def withdraw_statements(ids: Sequence[str]) -> Call[dict[str, Any]]:
    return Call("POST", at("walls", "statements", "withdraw"), body={"statement_ids": list(ids)})


def nothing_changed() -> Call[dict[str, Any]]:
    return Call("POST", at("walls", "quarter"), idempotency_key=fresh_key())


def list_silences() -> Call[Items]:
    return Call("GET", at("walls", "silences"))


def list_challenges(is_open: bool) -> Call[Items]:
    return Call("GET", at("walls", "challenges", "open") if is_open else at("walls", "challenges"))


def decide_challenge(challenge: str, state: str, note: str | None) -> Call[dict[str, Any]]:
    return Call("POST", at("walls", "challenges", challenge, "decide"), body=given(state=state, note=note))


def set_party(organization: str, record: str | None) -> Call[dict[str, Any]]:
    return Call("PUT", at("walls", "parties", organization), body={"record_id": record})


def set_wall_policy(policy: Mapping[str, Any]) -> Call[dict[str, Any]]:
    return Call("PUT", at("walls", "policy"), body=dict(policy))


def declare_conflict(party: str, basis: str) -> Call[dict[str, Any]]:
    return Call("PUT", at("walls", "conflicts"), body={"party": party, "basis": basis})


def withdraw_conflict(party: str) -> Call[dict[str, Any]]:
    return Call("POST", at("walls", "conflicts", "withdraw"), body={"party": party})


def grant_waiver(
    party: str | None, person: str | None, rival: str | None, reason: str, until: str | None
) -> Call[dict[str, Any]]:
    body = given(party=party, person_id=person, rival=rival, reason=reason, until=until)
    return Call("POST", at("walls", "waivers"), body=body, idempotency_key=fresh_key())


def end_waiver(waiver: str) -> Call[None]:
    return Call("DELETE", at("walls", "waivers", waiver))


def list_wall_documents(page_size: int | None, cursor: str | None) -> Call[Items]:
    return Call("GET", at("walls", "documents"), query=given(limit=page_size, cursor=cursor))


def get_wall_document(version: int) -> Call[dict[str, Any]]:
    return Call("GET", at("walls", "documents", str(version)))


def wall_document_file(version: int) -> Call[bytes]:
    """The same, byte for byte as its digest was recorded."""
    return Call("GET", at("walls", "documents", str(version)))


def list_interests(person: str) -> Call[Items]:
    return Call("GET", at("walls", "people", person, "interests"))


def declare_interest(person: str, party: str, kind: str, facts: Mapping[str, Any]) -> Call[dict[str, Any]]:
    body = given(party=party, kind=kind, **facts)
    return Call("POST", at("walls", "people", person, "interests"), body=body, idempotency_key=fresh_key())


def end_interest(person: str, interest: str) -> Call[None]:
    return Call("DELETE", at("walls", "people", person, "interests", interest))


def move_person(person: str, vendor: str) -> Call[None]:
    return Call("POST", at("walls", "people", person, "move"), body={"vendor_id": vendor})
