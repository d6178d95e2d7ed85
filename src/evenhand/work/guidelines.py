"""How a project is to be answered: versions of its guidelines with their pictures, and consent to them.

Pictures that a text names elsewhere are brought in when it is saved, before anything of it is written; from then on the text names
the stored ones, which are opened for whoever reads the guidelines, each under a look of their own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.outbound import Guard, OutboundFailed, OutboundRefused
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ontology.media import PICTURE
from evenhand.people.notifications import notify
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.changing import check_match, locked_project, tell_change
from evenhand.work.fetching import data_of
from evenhand.work.markdown_pictures import Shown as Named
from evenhand.work.markdown_pictures import id_of, mentioned_in, shown_in, source_of, with_sources
from evenhand.work.media import Incoming, Media, Shown
from evenhand.work.shapes.guidelines import Guideline, GuidelineChanged, GuidelinePicture, GuidelineVersion

_queries = Queries.of("evenhand.work")
LENGTH_MAX = 400_000
SUMMARY_LENGTH_MAX = 200
PICTURES_MAX = 200
PICTURE_BYTES_MAX = 10 * 1024 * 1024
# Of one save: they lie in memory until they are sealed, and all are asked before anything is stored.
FETCHED_MAX = 20
_FETCHED_AT_ONCE = 4
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What its author wrote. summary: what changed, in a line. needs_consent: whether everybody reads it before their next task."""

    markdown: str = field(repr=False)
    summary: str = field(default="", repr=False)
    needs_consent: bool = True


class Guidelines:
    """Every version is kept with its pictures; the newest is what new work is done by."""

    def __init__(
        self, database: Database, vault: Vault, grants: Grants, media: Media, outbound: Guard, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._media = media
        self._outbound = outbound
        self._clock = clock

    # ------------------------------------------------------------------------------------------------------ reading --
    async def get(self, actor: Actor, project_id: UUID, version: int | None = None) -> Guideline:
        """A version of the guidelines; version 0 and no text while there are none."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "project", **facts)
            if row is None:
                raise NotFound(kind="project", id=str(project_id))
            versions = await _queries.rows(connection, "guideline_versions", **facts)
            wanted = row["guideline_version"] if version is None else version
            found = await _queries.row(connection, "guideline_version", **facts, version=wanted)
            consented: int = await _queries.value(connection, "consented_version", **facts, person_id=actor.person_id)
        if found is None:
            if version:
                raise NotFound(kind="guideline version", id=str(version))
            return {"version": 0, "markdown": "", "created_at": None, "versions": [], "consented_version": 0}
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [project_id])
        sealed = [self._sealed(actor, project_id, Kind.GUIDELINE, found["chunk_key_id"], found["sealed"], wanted)]
        sealed += [
            self._sealed(
                actor, project_id, Kind.GUIDELINE_SUMMARY, each["chunk_key_id"], each["sealed_summary"], each["version"]
            )
            for each in versions
        ]
        markdown, *summaries = [content.decode() for content in await self._vault.open(grant, sealed)]
        history: list[GuidelineVersion] = [
            {
                "version": each["version"],
                "summary": summary,
                "consent": "required" if each["needs_consent"] else "not-needed",
                "by": each["pseudonym"],
                "created_at": rfc3339(each["created_at"]),
            }
            for each, summary in zip(versions, summaries, strict=True)
        ]
        return {
            "version": wanted,
            "markdown": markdown,
            "created_at": rfc3339(found["created_at"]),
            "versions": history,
            "consented_version": consented,
        }

    def _sealed(
        self, actor: Actor, project_id: UUID, kind: Kind, chunk_key_id: UUID, sealed: bytes, version: int
    ) -> Sealed:
        return Sealed(actor.organization_id, project_id, project_id, kind, chunk_key_id, sealed, version)

    async def consent(self, actor: Actor, project_id: UUID, version: int) -> None:
        """Say that a version was read. The next claim goes through."""
        async with self._database.tenant(actor.organization_id) as connection:
            touched = await _queries.run(
                connection,
                "consent",
                organization_id=actor.organization_id,
                project_id=project_id,
                person_id=actor.person_id,
                version=version,
            )
        if not touched:
            raise NotFound(kind="project", id=str(project_id))

    # ----------------------------------------------------------------------------------------------------- changing --
    async def change(
        self, actor: Actor, project_id: UUID, wanted: NewVersion, if_match: str | None
    ) -> GuidelineChanged:
        """A new version. Unless it says that nobody has to, everybody consents to it before their next task.

        Raises Malformed with every picture that cannot be brought in, PreconditionFailed when If-Match is stale.
        """
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            # Asked before anything is fetched for it, and once more when it is written.
            check_match(
                "guideline", if_match, (await locked_project(connection, actor, project_id))["guideline_version"]
            )
        wanted = await self.brought_in(actor, project_id, wanted)
        async with self._database.tenant(actor.organization_id) as connection:
            row = await locked_project(connection, actor, project_id)
            check_match("guideline", if_match, row["guideline_version"])
            now = self._clock.now()
            await self.write(connection, actor, project_id, row["guideline_version"] + 1, wanted, now)
            readers = await _queries.rows(connection, "people_of_project", **facts)
            await notify(
                connection,
                actor.organization_id,
                "guideline.changed",
                persons=[each["person_id"] for each in readers],
                but=actor.person_id,
                project_id=project_id,
                now=now,
            )
            await tell_change(connection, actor, project_id, now)
        return {"version": row["guideline_version"] + 1}

    async def write(
        self, connection: Connection, actor: Actor, project_id: UUID, version: int, wanted: NewVersion, now: datetime
    ) -> None:
        """Store what `brought_in` made ready, in the caller's transaction, which holds the project's row."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id, "version": version}
        key = await self._vault.writing_key(connection, actor.organization_id, project_id)
        needs_consent = wanted.needs_consent or version == 1

        def sealed(kind: Kind, text: str) -> bytes:
            return self._vault.seal(key, text.encode(), kind=kind, object_id=project_id, version=version)

        await _queries.run(
            connection,
            "add_guideline_version",
            **facts,
            person_id=actor.person_id,
            chunk_key_id=key.id,
            sealed=sealed(Kind.GUIDELINE, wanted.markdown),
            sealed_summary=sealed(Kind.GUIDELINE_SUMMARY, wanted.summary),
            needs_consent=needs_consent,
            now=now,
        )
        await self._keep_pictures(connection, actor, project_id, version, wanted.markdown)
        for name in ("set_guideline_version", "set_queue_guideline"):
            await _queries.run(connection, name, **facts)
        if not needs_consent:
            await _queries.run(connection, "carry_consent", **facts)
        rule = f"guideline:{version}"
        await put_on_record(connection, actor, Action.CONTENT_WRITE, now=now, object_id=project_id, rule=rule)

    async def _keep_pictures(
        self, connection: Connection, actor: Actor, project_id: UUID, version: int, markdown: str
    ) -> None:
        """Note what a version shows. Raises Malformed for a picture that is not one of these guidelines, or not any more."""
        ids = mentioned_in(markdown)
        if not ids:
            return
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        rows = await _queries.rows(connection, "use_guideline_pictures", **facts, media_ids=ids)
        kept = [row["media_id"] for row in rows]
        if missing := set(ids) - set(kept):
            raise Malformed(
                [_unknown(each) for each in shown_in(markdown) if id_of(each.source) in missing] or [_unknown()]
            )
        await _queries.run(connection, "add_guideline_pictures", **facts, media_ids=kept, version=version)

    # ----------------------------------------------------------------------------------------------------- pictures --
    async def brought_in(self, actor: Actor, project_id: UUID, wanted: NewVersion) -> NewVersion:
        """The version with every picture that it names elsewhere stored here. Raises Malformed with all that cannot be."""
        _check(wanted)
        foreign = [each for each in shown_in(wanted.markdown) if id_of(each.source) is None]
        if len(foreign) > FETCHED_MAX:
            message = f"{len(foreign)} pictures are to be brought in; {FETCHED_MAX} at a time are the most."
            raise Malformed([Problem("/markdown", "limit", message, "Save them in parts, or upload them.")])
        gate = asyncio.Semaphore(_FETCHED_AT_ONCE)
        found = await asyncio.gather(*(self._fetched(each, gate) for each in foreign))
        problems = [each for each in found if isinstance(each, Problem)]
        if problems:
            raise Malformed(problems)
        files = [each for each in found if isinstance(each, Incoming)]
        kept = await self._keep(actor, project_id, files)
        changed = {each.source: source_of(content["blob"]) for each, content in zip(foreign, kept, strict=True)}
        wanted = NewVersion(with_sources(wanted.markdown, changed), wanted.summary, wanted.needs_consent)
        _check(wanted)
        return wanted

    async def _fetched(self, named: Named, gate: asyncio.Semaphore) -> Incoming | Problem:
        """The file that a text names elsewhere, or what is wrong with it."""
        source = named.source
        try:
            if source.lower().startswith("data:"):
                return await self._probed("", data_of(source))
            if not source.lower().startswith(("https://", "http://")):
                remedy = "Upload the picture and name it by the id that it was given, or by an address with https://."
                return _problem(named, "It names no picture.", remedy)
            async with gate:
                answered = await self._outbound.fetch(source, bytes_max=PICTURE_BYTES_MAX, seconds=_SECONDS)
            return await self._probed(source.partition("?")[0].rpartition("/")[2][:255], answered.content)
        except (OutboundRefused, OutboundFailed) as error:
            return _problem(named, str(error), error.hint)
        except Malformed as error:
            first = error.problems[0]
            return _problem(named, first.message, first.remedy)

    async def _probed(self, name: str, content: bytes) -> Incoming:
        if len(content) > PICTURE_BYTES_MAX:
            message = f"This picture has {len(content)} bytes; {PICTURE_BYTES_MAX} are the most in guidelines."
            raise Malformed([Problem("", "too_large", message, "Scale it down.")])
        return await self._media.probed(PICTURE, name, content)

    async def _keep(
        self, actor: Actor, project_id: UUID, files: Sequence[Incoming], picture_id: UUID | None = None
    ) -> list[dict[str, Any]]:
        kept = await self._media.keep(actor.organization_id, project_id, files, [picture_id] if picture_id else None)
        await self._offer(actor, project_id, [UUID(each["blob"]) for each in kept])
        return kept

    async def _offer(self, actor: Actor, project_id: UUID, ids: Sequence[UUID]) -> None:
        """Let the next version show these."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            await _queries.run(connection, "add_guideline_pictures", **facts, media_ids=list(ids), version=0)

    async def add_picture(
        self, actor: Actor, project_id: UUID, name: str, content: bytes, picture_id: UUID | None
    ) -> GuidelinePicture:
        """Store a picture that the next version may show; it is forgotten after a week unless one does.

        picture_id: decided by the request's key; where there is such a picture already, it is answered. Raises Malformed, NotFound.
        """
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            if await _queries.row(connection, "project", **facts) is None:
                raise NotFound(kind="project", id=str(project_id))
        if picture_id is not None:
            known = await self._media.stored(actor.organization_id, project_id, [picture_id])
            if known:
                await self._offer(actor, project_id, [picture_id])
                return _picture(known[picture_id])
        [kept] = await self._keep(actor, project_id, [await self._probed(name, content)], picture_id)
        return _picture(kept)

    async def picture(self, actor: Actor, project_id: UUID, picture_id: UUID) -> Shown:
        """A picture for whoever reads the guidelines: one that a version shows, or any for those who write them.

        The look is on record before anything is opened. Raises NotFound, Walled, OnHold.
        """
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection,
                "guideline_picture",
                organization_id=actor.organization_id,
                project_id=project_id,
                media_id=picture_id,
                drafts=Permission.PROJECT_WRITE in actor.permissions,
            )
        if row is None:
            raise NotFound(kind="picture", id=str(picture_id))
        grant = await self._grants.to_person(actor, Purpose.MEDIA, [picture_id])
        sealed = Sealed(
            actor.organization_id, project_id, picture_id, Kind.MEDIA_FACTS, row["chunk_key_id"], row["sealed"]
        )
        facts = json.loads(await self._vault.open_one(grant, sealed))
        file = await self._media.opened(grant, actor.organization_id, project_id, row)
        return Shown(str(facts["media_type"]), PICTURE, file)

    async def copied(self, actor: Actor, source: UUID, target: UUID) -> NewVersion | None:
        """The guidelines of a project as another begins with them, pictures and all; None where there are none."""
        guideline = await self.get(actor, source)
        if not guideline["version"]:
            return None
        changed = {}
        for picture_id in mentioned_in(guideline["markdown"]):
            shown = await self.picture(actor, source, picture_id)
            [kept] = await self._keep(actor, target, [await self._probed("", await shown.file.whole())])
            changed[source_of(picture_id)] = source_of(kept["blob"])
        markdown = guideline["markdown"]
        for old, new in changed.items():
            markdown = markdown.replace(old, new)
        return NewVersion(markdown)


def _check(wanted: NewVersion) -> None:
    problems = []
    if len(wanted.markdown) > LENGTH_MAX:
        message = f"Guidelines have at most {LENGTH_MAX} characters."
        problems.append(Problem("/markdown", "too_long", message, "Split them, or link from one to another."))
    if len(mentioned_in(wanted.markdown)) > PICTURES_MAX:
        message = f"Guidelines show at most {PICTURES_MAX} pictures."
        problems.append(Problem("/markdown", "limit", message, "Leave some out."))
    if len(wanted.summary.splitlines()) > 1 or len(wanted.summary) > SUMMARY_LENGTH_MAX:
        message = f"A summary is one line of at most {SUMMARY_LENGTH_MAX} characters."
        problems.append(Problem("/summary", "bad_value", message, "Say in a line what changed."))
    if problems:
        raise Malformed(problems)


def _problem(named: Named, message: str, remedy: str) -> Problem:
    source = named.source if len(named.source) <= 80 else f"{named.source[:79]}…"
    return Problem("/markdown", "unreadable_media", f"Line {named.line}, {source}: {message}", remedy)


def _unknown(named: Named | None = None) -> Problem:
    message = "There is no such picture in these guidelines."
    remedy = "Upload it here, and name it by the id that it was given."
    return _problem(named, message, remedy) if named else Problem("/markdown", "unreadable_media", message, remedy)


def _picture(content: dict[str, Any]) -> GuidelinePicture:
    media = content["media"]
    return {
        "id": content["blob"],
        "source": source_of(content["blob"]),
        "media_type": content["media_type"],
        "bytes": content["bytes"],
        "width": media["width"],
        "height": media["height"],
    }
