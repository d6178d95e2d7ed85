"""The nouns of the client: projects, tasks, the queue, people, keys, releases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from evenhand.client import nouns, verbs
from evenhand.client.content import Content, ProgressCallback, Source, image_type, pictures
from evenhand.client.errors import Malformed, ServerFailed
from evenhand.client.files import unpack
from evenhand.client.local_files import ContentWithFiles

if TYPE_CHECKING:
    from evenhand.client.sync import Client

# Methods called `list` hide the builtin in the annotations of the classes that have them.
List = list


class Projects:
    """Projects: what is asked, of whom, and how it goes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(
        self, *, states: Sequence[nouns.State] | None = None, page_size: int | None = None
    ) -> Iterator[nouns.Project]:
        """Projects, newest first; active and paused ones unless states are named."""
        return self._client.pages(lambda cursor: verbs.list_projects(states, page_size, cursor))

    def create(
        self,
        name: str,
        *,
        ontology: Mapping[str, Any] | None = None,
        preset: str | None = None,
        fill: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> nouns.Project:
        """A new project from an ontology or from a preset. fill: what goes into the preset's holes.

        settings: opinions, lease_seconds, priority, submit_on_pick, open_to, due_at, suggestions_hidden,
        counts_manner, guideline.
        """
        return self._client.send(verbs.create_project(name, ontology, preset, fill, settings))

    def get(self, project: str) -> nouns.Project:
        """One project with its counts."""
        return self._client.send(verbs.get_project(project))

    def change(self, project: str, **changes: Any) -> nouns.Project:
        """Change the name or settings; what is not named stays."""
        return self._client.send(verbs.change_project(project, changes))

    def pause(self, project: str) -> nouns.Project:
        """Pause: every open hold comes back at once, drafts stay."""
        return self._client.send(verbs.set_project_state(project, "pause"))

    def resume(self, project: str) -> nouns.Project:
        """Let work go on."""
        return self._client.send(verbs.set_project_state(project, "resume"))

    def archive(self, project: str) -> nouns.Project:
        """Put a finished project away; it can still be read and released."""
        return self._client.send(verbs.set_project_state(project, "archive"))

    def trash(self, project: str) -> nouns.Project:
        """Put a project into the trash; it can be restored for 30 days."""
        return self._client.send(verbs.trash_project(project))

    def restore(self, project: str) -> nouns.Project:
        """Bring a project back from the archive or the trash."""
        return self._client.send(verbs.set_project_state(project, "restore"))

    def clone(self, project: str, name: str) -> nouns.Project:
        """A new project with the same ontology, guidelines and settings, and no tasks."""
        return self._client.send(verbs.clone_project(project, name))

    def ontology(self, project: str, version: int | None = None) -> nouns.OntologyVersion:
        """The ontology, the present version by default."""
        return self._client.send(verbs.get_ontology(project, version))

    def change_ontology(self, project: str, body: Mapping[str, Any], *, confirm: str | None = None) -> dict[str, Any]:
        """A new version of the ontology. Raises CompatibilityUnconfirmed when `confirm` is missing or too weak."""
        return self._client.send(verbs.change_ontology(project, body, confirm))

    def guideline(self, project: str, version: int | None = None) -> nouns.Guideline:
        """The guidelines, the present version by default."""
        return self._client.send(verbs.get_guideline(project, version))

    def change_guideline(
        self,
        project: str,
        markdown: str,
        *,
        summary: str = "",
        consent: nouns.Consent = "required",
        if_match: int | None = None,
    ) -> nouns.Guideline:
        """A new version of the guidelines. Raises PreconditionFailed when `if_match` is not the present version.

        summary: what changed, in a line. consent: `not-needed` for a change that nobody has to read, a typo.
        """
        return self._client.send(verbs.change_guideline(project, markdown, summary, consent, if_match))

    def batches(self, project: str) -> List[nouns.Batch]:
        """The batches of a project, oldest first."""
        return _items(self._client.send(verbs.list_batches(project)))


class Tasks:
    """Tasks as their managers see them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def import_(
        self,
        project: str,
        source: Source,
        *,
        batch: str | None = None,
        mapping: Mapping[str, str] | None = None,
        atomic: bool = False,
        media_type: str | None = None,
        files: str | Path | None = None,
        progress: ProgressCallback | None = None,
        idempotency_key: str | None = None,
    ) -> nouns.ImportReport:
        """Import tasks from a file (by its suffix: .jsonl .json .csv .parquet) or from rows, which are streamed.

        mapping: input name -> column. atomic: all rows or none. progress: called with (bytes sent, bytes in all or None).
        files: a folder of pictures that rows (.jsonl, or rows themselves) name as {"file": "street.png"}, also in messages; they
        are uploaded first.
        """
        content = Content(source, media_type, progress)
        if files is not None:
            content = self._with_files(project, source, Path(files), progress)
        return self._client.send(verbs.import_tasks(project, content, batch, mapping, atomic, idempotency_key))

    def _with_files(self, project: str, source: Source, folder: Path, progress: ProgressCallback | None) -> Content:
        content = ContentWithFiles(source, folder, progress)
        for file in content.files():
            # What is no picture stays unnamed: its row is refused with the others that are bad.
            with suppress(Malformed):
                content.uploaded(file, self._client.uploads.send(project, file)["id"])
        return content

    def import_image(
        self,
        project: str,
        path: str | Path,
        *,
        batch: str | None = None,
        progress: ProgressCallback | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Import one picture as a task of a project that has an image input."""
        file = Path(path)
        content = Content(file, image_type(file), progress)
        return self._client.send(verbs.import_image(project, content, file.name, batch, idempotency_key))

    def import_images(
        self,
        project: str,
        source: str | Path,
        *,
        batch: str | None = None,
        atomic: bool = False,
        progress: ProgressCallback | None = None,
        idempotency_key: str | None = None,
    ) -> nouns.ImportReport:
        """Import the pictures of a folder or an archive (.zip .tar .tar.gz), or one; each becomes a task named after its path.

        Sent again it adds what is new. atomic: all or none. progress: as in `import_`. Raises NoPictures, UnknownFormat.
        """
        content = pictures(source, progress)
        call = verbs.import_images(project, content, Path(source).name, batch, atomic, idempotency_key)
        return self._client.send(call)

    def list(self, project: str, *, page_size: int | None = None, **filters: Any) -> Iterator[nouns.TaskRow]:
        """Tasks with previews and consensus. filters: state, batch, tag, external_id, id, person,
        guideline_before, and of labels probability_below, probability_from, label_question, label, label_source; sort:
        `added`, `probability` (the least sure first) or `-probability`.
        """
        return self._client.pages(lambda cursor: verbs.list_tasks(project, filters, page_size, cursor))

    def count(self, project: str, **filters: Any) -> nouns.TaskCount:
        """How many tasks the same filters find, up to 100,000. Nothing is opened, so no look is recorded."""
        return self._client.send(verbs.count_tasks(project, filters))

    def get(self, project: str, task: str) -> nouns.Task:
        """One task whole, with every standing answer. The look is on record."""
        return self._client.send(verbs.get_task(project, task))

    def looks(self, project: str, task: str) -> List[nouns.Look]:
        """Who looked at this task, when and why."""
        return _items(self._client.send(verbs.list_looks(project, task)))

    def change(
        self, project: str, ids: Sequence[str], action: str, value: int | str | None = None
    ) -> nouns.TasksChanged:
        """One action (priority, trash, restore, assign, unassign) on at most 500 tasks; how many changed, and which.

        Undoing goes to those alone: of the tasks assigned, those that the person did not have before.
        """
        return self._client.send(verbs.change_tasks(project, ids, action, value))

    def requeue(
        self,
        project: str,
        ids: Sequence[str] | None = None,
        *,
        stage: nouns.RequeueStage = "label",
        opinions: int = 1,
        state: str | None = None,
        batch: str | None = None,
        tag: str | None = None,
        person: str | None = None,
        guideline_before: int | None = None,
        probability_below: float | None = None,
        probability_from: float | None = None,
        label_question: str | None = None,
        label: str | None = None,
        label_source: nouns.LabelMadeBy | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> List[str]:
        """Queue tasks again that were labeled to the end, by ids or by a filter: for more opinions, review or adjudication.

        Returns which changed. progress: told how many did so far.
        """
        wanted: dict[str, Any] = {"state": state, "batch": batch, "tag": tag, "person": person}
        wanted |= {"guideline_before": guideline_before, "probability_below": probability_below}
        wanted |= {"probability_from": probability_from, "label_question": label_question}
        wanted |= {"label": label, "label_source": label_source}
        parts = [ids[start : start + 500] for start in range(0, len(ids), 500)] if ids is not None else [None]
        changed: List[str] = []
        for part in parts:
            cursor: str | None = None
            while True:
                call = verbs.requeue_tasks(project, part, wanted, cursor, stage, opinions)
                said = self._client.send(call)
                changed += said["ids"]
                if progress is not None:
                    progress(len(changed))
                cursor = said.get("next_cursor")
                if cursor is None:
                    break
        return changed


class Work:
    """The queue, as an annotator works it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> List[dict[str, Any]]:
        """The projects you may label in."""
        return _items(self._client.send(verbs.list_work()))

    def claim(self, project: str, *, held: Sequence[str] = (), stage: nouns.Stage = "label") -> nouns.Claim:
        """The next task. held: the tasks you know you hold; a hold you do not name is dealt again. stage: what to do with it."""
        return self._client.send(verbs.claim(project, held, stage))

    def review(
        self,
        assignment: nouns.Assignment,
        verdicts: Sequence[nouns.Verdict],
        *,
        answers: Sequence[Mapping[str, Any]] | None = None,
        next: bool = False,
        held: Sequence[str] = (),
        idempotency_key: str | None = None,
        active_ms: int = 0,
    ) -> nouns.Decided:
        """Accept, fix or send back: a verdict for each of the assignment's answers. answers: exactly when one is fixed.

        active_ms: what it took, which an offer by the hour pays.
        """
        return self._client.send(verbs.review(assignment, verdicts, answers, next, held, idempotency_key, active_ms))

    def adjudicate(
        self,
        assignment: nouns.Assignment,
        action: nouns.AdjudicationAction,
        answers: Sequence[Mapping[str, Any]] | None = None,
        *,
        reason: nouns.VerdictReason | None = None,
        note: str | None = None,
        next: bool = False,
        held: Sequence[str] = (),
        idempotency_key: str | None = None,
        active_ms: int = 0,
    ) -> nouns.Decided:
        """Decide between the answers to a task, with those that stand; send it back; or ask for one more opinion.

        active_ms: what it took, which an offer by the hour pays.
        """
        call = verbs.adjudicate(assignment, action, answers, reason, note, next, held, idempotency_key, active_ms)
        return self._client.send(call)

    def take_back(self, assignment: nouns.Assignment) -> nouns.TakenBack:
        """Take back what you said of a task in the last 30 seconds, while nothing followed from it: it is yours to judge again."""
        return self._client.send(verbs.take_back(assignment))

    def feedback(self, *, page_size: int | None = None) -> Iterator[nouns.Feedback]:
        """What was decided on your own answers and why, newest first."""
        return self._client.pages(lambda cursor: verbs.list_feedback(page_size, cursor))

    def submit(
        self,
        assignment: nouns.Assignment,
        answers: Sequence[Mapping[str, Any]],
        *,
        active_ms: int | None = None,
        elapsed_ms: int | None = None,
        manner: Mapping[str, int] | None = None,
        next: bool = False,
        held: Sequence[str] = (),
        shown: Mapping[str, bool] | None = None,
        idempotency_key: str | None = None,
    ) -> nouns.Submitted:
        """Answer a task, and take the next one with it if wanted. Repeated safely: the key makes it count once.

        manner: how it was made, all of pastes, pasted, typed, departures, away_ms, edits; kept where the project counts it.
        shown: of the assignment's suggestions, by id, whether they were seen; kept with the answer.
        """
        call = verbs.submit(assignment, answers, active_ms, elapsed_ms, manner, next, held, shown, idempotency_key)
        return self._client.send(call)

    def skip(
        self, assignment: nouns.Assignment, reason: nouns.SkipReason, *, note: str | None = None, next: bool = False
    ) -> nouns.Claim | None:
        """Skip a task: it is never dealt to you again. The next claim when it was asked for."""
        body = {"reason": reason, "note": note, "next": next}
        return cast(nouns.Claim | None, self._client.send(verbs.end_lease(assignment, "skip", body))["next"])

    def return_(self, assignment: nouns.Assignment, *, next: bool = False) -> nouns.Claim | None:
        """Give a task back unanswered, for others."""
        return cast(
            nouns.Claim | None, self._client.send(verbs.end_lease(assignment, "return", {"next": next}))["next"]
        )

    def draft(self, assignment: nouns.Assignment, answers: Sequence[Mapping[str, Any]], *, clock: int) -> str:
        """Keep unfinished answers on the server; when they were kept. clock: grows with every change."""
        return self._client.send(verbs.save_draft(assignment, answers, clock))["saved_at"]

    def prolong(self, assignment: nouns.Assignment) -> str:
        """Keep the hold for another full lease; when it ends then."""
        return cast(str, self._client.send(verbs.end_lease(assignment, "prolong", {}))["lease_until"])

    def reopen(self, project: str, task: str) -> nouns.Assignment:
        """Open your own answer again; submitting makes a new version."""
        mine: nouns.Assignment = {"project_id": project, "task_id": task}
        return cast(nouns.Assignment, self._client.send(verbs.end_lease(mine, "reopen", {})))

    def report(self, assignment: nouns.Assignment, reason: str, note: str = "") -> dict[str, Any]:
        """Report a problem with a task to the project's managers."""
        return self._client.send(verbs.end_lease(assignment, "reports", {"reason": reason, "note": note}))

    def my_answers(self, project: str, *, page_size: int | None = None) -> Iterator[dict[str, Any]]:
        """Your own answers, newest first."""
        return self._client.pages(lambda cursor: verbs.list_my_answers(project, page_size, cursor))

    def my_answer(self, project: str, task: str, *, annotation: str | None = None) -> nouns.AnsweredTask:
        """A task as you answered it, with what was decided on it where the project shows that. annotation: an earlier version."""
        return self._client.send(verbs.get_my_answer(project, task, annotation))

    def comments(self, project: str, task: str) -> List[dict[str, Any]]:
        """What was said about a task you work on, oldest first."""
        return _items(self._client.send(verbs.list_comments(project, task)))

    def comment(
        self, project: str, task: str, text: str, *, on: str = "", reply_to: str | None = None
    ) -> dict[str, Any]:
        """Say something about a task, or about the part of it that `on` addresses, or in the discussion that `reply_to` began."""
        return self._client.send(verbs.comment(project, task, text, on, reply_to))

    def consent(self, project: str, version: int) -> None:
        """Say that a version of the guidelines was read."""
        self._client.send(verbs.consent(project, version))


class People:
    """The members of the organization."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> List[nouns.Person]:
        """Everybody, by pseudonym; your own organization's people by name too."""
        return _items(self._client.send(verbs.list_people()))

    def invite(self, email: str, role: nouns.Role, *, name: str | None = None) -> nouns.Invitation:
        """Invite somebody; the link in the answer is shown once."""
        return self._client.send(verbs.invite(email, role, name))

    def change_role(self, person: str, role: nouns.Role) -> None:
        """Give a member another role."""
        self._client.send(verbs.change_role(person, role))

    def remove(self, person: str) -> None:
        """End a membership: sessions, keys and holds go with it."""
        self._client.send(verbs.remove_person(person))

    def end_sessions(self, person: str) -> None:
        """End every session of a member here; whoever it is signs in again. Keys stay."""
        self._client.send(verbs.end_member_sessions(person))

    def erase_disclosures(self, person: str) -> None:
        """Forget who stood behind the ledger's entries of somebody who has left; the log still verifies."""
        self._client.send(verbs.erase_disclosures(person))


class Keys:
    """API keys."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> List[nouns.Key]:
        """The keys of this organization, without their secrets."""
        return _items(self._client.send(verbs.list_keys()))

    def create(self, name: str, *, scopes: Sequence[str] | None = None, expires_at: str | None = None) -> nouns.Key:
        """A new key of your own; `secret` in the answer is shown once."""
        return self._client.send(verbs.make_key(name, scopes, expires_at))

    def remove(self, key: str) -> None:
        """Revoke a key: refused from the next request on."""
        self._client.send(verbs.remove_key(key))


class Releases:
    """Releases: numbered, signed deliveries."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(
        self, project: str, *, note: str = "", include: str = "done", formats: Sequence[str] = ()
    ) -> nouns.Release:
        """Freeze what stands now as the next release, also in `formats` (`coco`); it is written in the background, see `wait`."""
        return self._client.send(verbs.create_release(project, note, include, formats))

    def formats(self, project: str) -> List[nouns.ReleaseFormat]:
        """The formats that `create` takes, and which of them fit a project."""
        return _items(self._client.send(verbs.list_release_formats(project)))

    def list(self, project: str) -> List[nouns.Release]:
        """The releases of a project, newest first."""
        return _items(self._client.send(verbs.list_releases(project)))

    def get(self, release: str) -> nouns.Release:
        """One release: its state, counts, agreement and files."""
        return self._client.send(verbs.get_release(release))

    def wait(self, release: str, *, timeout_seconds: float = 600.0) -> nouns.Release:
        """The release once it is ready. Raises ServerFailed when building failed, TimeoutError when it takes longer."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            found = self.get(release)
            if found["state"] == "ready":
                return found
            if found["state"] == "failed":
                raise ServerFailed({"code": "platform-error", "detail": f"The release failed: {found.get('problem')}"})
            if time.monotonic() > deadline:
                raise TimeoutError(f"Release {release} is still {found['state']}.")
            time.sleep(0.2)

    def download(self, release: str, folder: str | Path, *, progress: ProgressCallback | None = None) -> List[Path]:
        """Every file of a ready release into a folder; their paths. progress: called with (bytes received, None).

        Raises DamagedFile when a file's digest is not the one the release names.
        """
        found, into = self.get(release), Path(folder)
        into.mkdir(parents=True, exist_ok=True)
        archive, got = into / ".release.zip.partial", 0
        try:
            with archive.open("wb") as file:
                for block in self._client.stream(verbs.release_archive(release)):
                    file.write(block)
                    got += len(block)
                    if progress is not None:
                        progress(got, None)
            return unpack(archive, found, into)
        finally:
            archive.unlink(missing_ok=True)


class Holds:
    """Changes of control: what stands still because of them, and the owner's word that work goes on."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def state(self) -> nouns.Holds:
        """Whether work is on hold, what stands still, and every hold there was, newest first."""
        return self._client.send(verbs.list_holds())

    def countersign(self, hold: str, digest: str) -> nouns.Hold:
        """Let work go on, having read the chain whose digest this is."""
        return self._client.send(verbs.countersign_hold(hold, digest))


class Webhooks:
    """Addresses that are told of events, and what was sent to them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> List[nouns.Webhook]:
        """The webhooks of this organization, without their secrets."""
        return _items(self._client.send(verbs.list_webhooks()))

    def create(
        self, url: str, events: Sequence[str], *, project: str | None = None, description: str = ""
    ) -> nouns.Webhook:
        """Register an address, of one project or of all; `secret` in the answer is shown once."""
        return self._client.send(verbs.create_webhook(url, events, project, description))

    def get(self, webhook: str) -> nouns.Webhook:
        """One webhook."""
        return self._client.send(verbs.get_webhook(webhook))

    def change(self, webhook: str, **changes: Any) -> nouns.Webhook:
        """Change url, events, description or state (active, paused); what is not named stays."""
        return self._client.send(verbs.change_webhook(webhook, changes))

    def remove(self, webhook: str) -> None:
        """Remove it, with what is on its way and its log."""
        self._client.send(verbs.remove_webhook(webhook))

    def new_secret(self, webhook: str) -> nouns.Webhook:
        """Replace the secret; for a day deliveries are signed with both."""
        return self._client.send(verbs.new_webhook_secret(webhook))

    def test(self, webhook: str) -> str:
        """Send an event that says nothing; the id of its delivery."""
        return self._client.send(verbs.test_webhook(webhook))["delivery_id"]

    def deliveries(
        self, webhook: str, *, state: str | None = None, page_size: int | None = None
    ) -> Iterator[nouns.Delivery]:
        """What was sent and what waits, newest first. state: waiting, delivered or failed."""
        return self._client.pages(lambda cursor: verbs.list_deliveries(webhook, state, page_size, cursor))

    def resend(self, webhook: str, delivery: str) -> None:
        """Send a delivery again, under its old id."""
        self._client.send(verbs.resend_delivery(webhook, delivery))


def _items(answer: dict[str, Any]) -> list[Any]:
    items: list[Any] = answer["items"]
    return items
