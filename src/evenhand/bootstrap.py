"""The one file that knows everyone: reads the environment, makes the services, joins the ports, starts what is asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from evenhand import __version__
from evenhand.boundary import logs
from evenhand.boundary.outbound import Guard
from evenhand.core.settings import Settings, read_settings
from evenhand.delivery.building import Builder
from evenhand.delivery.deletion import ROUND_SECONDS as DELETION_SECONDS
from evenhand.delivery.service import Releases
from evenhand.delivery.shredding import ROUND_SECONDS as SHREDDING_SECONDS
from evenhand.delivery.shredding import Shredding
from evenhand.http.mail import Mail
from evenhand.http.sending import APART_SECONDS as SENDING_APART_SECONDS
from evenhand.http.sending import ROUND_SECONDS as SENDING_SECONDS
from evenhand.http.sending import Sender
from evenhand.http.webhooks import Webhooks
from evenhand.insight.audits import Audits
from evenhand.insight.events import Events
from evenhand.insight.flaws import FlawFigures
from evenhand.insight.gold import PACING_APART_SECONDS, PACING_SECONDS, GoldFigures
from evenhand.insight.labels import Labels
from evenhand.insight.live import Live
from evenhand.insight.opening import AnsweredTasks
from evenhand.insight.quality import QualityBook
from evenhand.insight.ranking import Rankings
from evenhand.insight.regions import RegionFigures
from evenhand.insight.reviewers import PREPARING_APART_SECONDS, PREPARING_SECONDS, ReviewerFigures
from evenhand.insight.routing import APART_SECONDS as ROUTING_APART_SECONDS
from evenhand.insight.routing import ROUND_SECONDS as ROUTING_SECONDS
from evenhand.insight.routing import Routing
from evenhand.insight.service import Insight
from evenhand.insight.services import InsightServices
from evenhand.insight.standing_signals import StandingSignals
from evenhand.insight.sweeping import APART_SECONDS as SWEEPING_APART_SECONDS
from evenhand.insight.sweeping import ROUND_SECONDS as SWEEPING_SECONDS
from evenhand.insight.sweeping import Sweeper, known_codes
from evenhand.ledger.entries import put_software_on_record
from evenhand.ledger.keeping import LogKeeper
from evenhand.ledger.reading import Logs
from evenhand.people.mailing import ROUND_SECONDS as MAIL_SECONDS
from evenhand.people.mailing import Mailing
from evenhand.people.notifications import Notifications
from evenhand.people.service import People, Place
from evenhand.people.single_sign_on import client_of
from evenhand.store import schema
from evenhand.store.blobs import open_blobs
from evenhand.store.clock import Clock, SystemClock, fresh_id
from evenhand.store.database import POLLING_SECONDS, SPARE_SECONDS, Database
from evenhand.vault.configured import KeyServices, read_key_services
from evenhand.vault.holder import Holder, LocalHolder
from evenhand.vault.key_service import Asking, Prove
from evenhand.vault.keyfile import KeyFile, open_key_file, require_divided, require_key_of
from evenhand.vault.policies import KeyPolicies
from evenhand.vault.rewrapping import FOLLOWING_SECONDS, Rewrapping
from evenhand.vault.rewrapping import ROUND_SECONDS as REWRAPPING_SECONDS
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants
from evenhand.walls.register import ROUND_SECONDS as REGISTER_SECONDS
from evenhand.walls.services import WallServices
from evenhand.work.appeals import Appeals
from evenhand.work.browsing import Browsing
from evenhand.work.buckets import Buckets
from evenhand.work.check_making import ROUND_SECONDS as CHECK_SECONDS
from evenhand.work.check_making import CheckMaking
from evenhand.work.check_runs import CheckRuns
from evenhand.work.deciding import ROUND_SECONDS as DECIDING_SECONDS
from evenhand.work.deciding import ByWorkflow, Deciding
from evenhand.work.discussions import Discussions
from evenhand.work.exams import Exams
from evenhand.work.feedback import Feedback
from evenhand.work.fetching import Fetching
from evenhand.work.flaws import PlantedFlaws
from evenhand.work.gold import GoldTasks
from evenhand.work.guidelines import Guidelines
from evenhand.work.holds import HoldBook
from evenhand.work.import_runs import ROUND_SECONDS as IMPORT_SECONDS
from evenhand.work.import_runs import ImportRuns
from evenhand.work.importing import Importing
from evenhand.work.labeling import Labeling
from evenhand.work.looks import LookBook
from evenhand.work.media import ROUND_SECONDS as MEDIA_SECONDS
from evenhand.work.media import Media
from evenhand.work.offers import Offers
from evenhand.work.ontologies import Ontologies
from evenhand.work.opened_sureness import WithMerged
from evenhand.work.own_answers import OwnAnswers
from evenhand.work.pictures import Pictures
from evenhand.work.projects import Projects
from evenhand.work.relay import Relay, Round, Woken, run_rounds
from evenhand.work.remarks import Remarks
from evenhand.work.reviewing import Reviewing
from evenhand.work.rulings import Rulings
from evenhand.work.scanning import scanner_at
from evenhand.work.services import FileServices, WorkServices
from evenhand.work.uploads import Uploads
from evenhand.work.versions import Versions

if TYPE_CHECKING:
    from fastapi import FastAPI

    from evenhand.vault.broker import Broker


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that verbs need, made once a process."""

    database: Database
    keys: KeyFile
    vault: Vault
    key_policies: KeyPolicies
    rewrapping: Rewrapping
    shredding: Shredding
    grants: Grants
    people: People
    notifications: Notifications
    walls: WallServices
    work: WorkServices
    files: FileServices
    ontologies: Ontologies
    insight: InsightServices
    sweeper: Sweeper
    routing: Routing
    releases: Releases
    builder: Builder
    outbound: Guard
    webhooks: Webhooks
    sender: Sender
    logs: Logs
    clock: Clock

    @classmethod
    async def make(
        cls, settings: Settings, clock: Clock | None = None, *, spare_seconds: float = SPARE_SECONDS
    ) -> Services:
        """Connect and join the ports. spare_seconds: see `Database.connect`."""
        assert settings.database_url is not None
        clock = clock or SystemClock()
        keys = open_key_file(settings.key_path, settings.data, may_create=False)
        if settings.broker is not None:
            require_divided(keys, settings.key_path)
        database = await Database.connect(
            settings.database_url, size=settings.pool_size, software=software_digest(), spare_seconds=spare_seconds
        )
        holder = _holder(settings, keys)
        vault = Vault(database, keys, clock, holder)
        policies = KeyPolicies(database, holder, clock)
        grants = Grants(database, clock)
        vault.mint = grants
        ontologies = Ontologies(database, vault, grants)
        versions = Versions(database, vault, grants, ontologies, clock)
        outbound = Guard(settings.outbound_private_networks, hosts=settings.outbound_hosts)
        blobs = open_blobs(settings.blob_url, settings.data)
        media = Media(database, vault, grants, blobs, ontologies, clock, scanner_at(settings.clamd))
        guidelines = Guidelines(database, vault, grants, media, outbound, clock)
        projects = Projects(database, vault, grants, versions, guidelines, clock)
        insight = Insight(database, projects, ontologies, clock)
        live = Live(database, ontologies)
        labels = Labels(database, ontologies, live)
        remarks = Remarks(database, vault, grants, clock)
        labeling = Labeling(database, vault, grants, ontologies, remarks, clock)
        checks = CheckRuns(database, vault, grants, ontologies, labeling, clock)
        rulings = Rulings(database, vault, grants, guidelines, StandingSignals(database), clock)
        work = WorkServices(
            projects=projects,
            versions=versions,
            guidelines=guidelines,
            labeling=labeling,
            checks=checks,
            check_making=CheckMaking(database, vault, grants, ontologies, clock),
            reviewing=Reviewing(database, vault, grants, ontologies, labeling, checks, labels.told, clock),
            feedback=Feedback(database, vault, grants, ontologies),
            own_answers=OwnAnswers(database, vault, grants, ontologies),
            deciding=Deciding(
                database, ByWorkflow(WithMerged(live.how_sure, database, vault, grants, ontologies), vault), clock
            ),
            remarks=remarks,
            discussions=Discussions(database, vault, grants, clock),
            importing=Importing(database, vault, ontologies, projects, Fetching(media, outbound), clock),
            browsing=Browsing(database, vault, grants, ontologies, projects, labels.consensus, clock),
            gold=GoldTasks(database, vault, grants, ontologies, projects, clock),
            flaws=PlantedFlaws(database, vault, grants, ontologies, projects, clock),
            exams=Exams(database, vault, grants, ontologies, clock),
            offers=Offers(database, vault, grants, clock),
            rulings=rulings,
            appeals=Appeals(database, vault, grants, ontologies, rulings, clock),
            holds=HoldBook(database, clock),
            looks=LookBook(database),
        )
        uploads = Uploads(
            database,
            vault,
            grants,
            blobs,
            media,
            projects,
            ontologies,
            clock,
            address=settings.address,
            is_direct=settings.direct_uploads,
        )
        people = People(database, vault, grants, clock, _place(settings, outbound))
        pictures = Pictures(media, work.importing)
        buckets = Buckets(database, vault, grants, outbound, clock)
        runs = ImportRuns(
            database,
            vault,
            grants,
            projects,
            work.importing,
            pictures,
            buckets,
            uploads,
            people.actors.authenticate,
            clock,
        )
        files = FileServices(media, pictures, uploads, buckets, runs)
        gold = GoldFigures(database, vault, grants, ontologies, projects)
        quality = QualityBook(database, projects, ontologies, people.members, clock)
        reviewers = ReviewerFigures(database, ontologies, projects, gold, people.members, clock)
        flaws = FlawFigures(database, vault, grants, ontologies, projects)
        audits = Audits(database, vault, grants, ontologies, projects, labels, clock)
        answered = AnsweredTasks(database, vault, grants)
        rankings = Rankings(answered, ontologies, projects, people.members)
        regions = RegionFigures(answered, ontologies, projects, people.members)
        watching = InsightServices(
            insight, gold, Events(database), projects, quality, reviewers, flaws, audits, rankings, regions
        )
        logs_read = Logs(database, blobs, keys.log_signer, keys.receipt_signer, clock, settings.address)
        releases = Releases(database, vault, grants, logs_read, labels, ontologies, clock)
        builder = Builder(database, vault, grants, ontologies, insight, labels, audits, keys, clock)
        webhooks = Webhooks(database, vault, grants, outbound, clock)
        sender = Sender(database, vault, grants, outbound, clock)
        holder.let_prove(_prover(logs_read))
        return cls(
            database,
            keys,
            vault,
            policies,
            Rewrapping(database, holder, clock),
            Shredding(database, vault, grants, policies, keys, clock, lay_open=settings.direct_uploads),
            grants,
            people,
            Notifications(database, clock),
            WallServices.make(database, vault, grants, clock),
            work,
            files,
            ontologies,
            watching,
            Sweeper(database, ontologies, clock, known_codes),
            Routing(database, ontologies, live, clock),
            releases,
            builder,
            outbound,
            webhooks,
            sender,
            logs_read,
            clock,
        )

    async def close(self) -> None:
        """Give every connection back."""
        await self.vault.close()
        await self.database.close()


def open_log_keeper(settings: Settings, services: Services) -> LogKeeper:
    """What keeps the logs, as a role of its own in the database."""
    return LogKeeper(
        sequencer_url(settings, services.keys),
        open_blobs(settings.blob_url, settings.data),
        services.keys.log_signer,
        services.outbound,
        services.clock,
        domain=log_domain(settings),
        software=software_digest(),
    )


def sequencer_url(settings: Settings, keys: KeyFile) -> str:
    """Where the sequencer logs in: as it was told, or at the same database with the login that `up` made for it."""
    if settings.database_sequencer_url is not None:
        return settings.database_sequencer_url
    assert settings.database_url is not None
    parts = urlsplit(settings.database_url)
    login = f"{schema.SEQUENCER_LOGIN}:{keys.sequencer_password}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))


def log_domain(settings: Settings) -> str | None:
    """The first part of the origins of new logs: as set, or the public host. None where there is only this machine's."""
    host = urlsplit(settings.address).hostname or "localhost"
    is_public = not (host == "localhost" or host.startswith("127.") or host in ("::1", "0.0.0.0"))  # noqa: S104 -- compared
    return settings.log_domain or (host if is_public else None)


def _place(settings: Settings, outbound: Guard) -> Place:
    provider = client_of(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret_file,
        settings.address,
        settings.oidc_acr,
    )
    idle = timedelta(minutes=settings.session_idle_minutes)
    return Place(settings.address, provider, settings.oidc_name, outbound, idle, settings.breached_passwords)


def _prover(read: Logs) -> Prove:
    """The way from a grant to its entry and proof, for key services that want to see the record."""

    async def prove(asking: Asking) -> tuple[bytes, bytes] | None:
        if asking.grant_id is None:
            return None
        xid, _, id_ = asking.grant_id.partition(".")
        return await read.evidence(UUID(asking.organization_id), int(xid), int(id_))

    return prove


def _holder(settings: Settings, keys: KeyFile) -> Holder:
    """Whoever uses customers' keys: this process, or the broker where there is one."""
    if settings.broker is not None:
        from evenhand.vault.brokered import BrokeredHolder

        return BrokeredHolder(Path(settings.broker.removeprefix("unix:")))
    return local_holder(settings, keys)


def local_holder(settings: Settings, keys: KeyFile) -> LocalHolder:
    """The holder of the process that has the keys."""
    if settings.key_services is None:
        return LocalHolder(KeyServices(keys.service, former=keys.former_services))
    return LocalHolder(read_key_services(settings.key_services, keys.service, keys.former_services))


@asynccontextmanager
async def open_broker(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Broker]:
    """The broker of an installation, not listening yet. Raises KeyFileMissing, BrokerWithoutKey, KeyServicesRefused."""
    from evenhand.vault.broker import Broker, BrokerWithoutKey, user_ids

    assert settings.database_url is not None
    logs.configure(settings.log_level)
    keys = open_key_file(settings.key_path, settings.data, may_create=False)
    if keys.service is None:
        raise BrokerWithoutKey(key_file=str(settings.key_path))
    peers = user_ids(settings.broker_peers)
    database = await Database.connect(settings.database_url, size=settings.pool_size, software=software_digest())
    try:
        yield Broker(database, local_holder(settings, keys), clock or SystemClock(), peers)
    finally:
        await database.close()


def software_digest() -> str:
    """Which software writes entries: the version and the digest of its own Python and SQL files."""
    seen = hashlib.sha256()
    root = Path(__file__).parent
    for file in sorted((*root.rglob("*.py"), *root.rglob("*.sql"))):
        seen.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return f"evenhand {__version__} sha256:{seen.hexdigest()[:32]}"


def make_web_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """The web application with its services; uvicorn's factory in every web process."""
    from evenhand.delivery.routes import router as delivery_routes
    from evenhand.http.app import make_app
    from evenhand.http.routes import router as http_routes
    from evenhand.insight.quality_routes import router as quality_routes
    from evenhand.insight.routes import router as insight_routes
    from evenhand.ledger.routes import files as log_files
    from evenhand.ledger.routes import router as ledger_routes
    from evenhand.people.break_glass_routes import router as break_glass_routes
    from evenhand.people.passkey_routes import router as passkey_routes
    from evenhand.people.routes import router as people_routes
    from evenhand.people.single_sign_on_routes import router as single_sign_on_routes
    from evenhand.vault.routes import router as vault_routes
    from evenhand.walls.routes import router as wall_routes
    from evenhand.work.appeal_routes import router as appeal_routes
    from evenhand.work.check_routes import router as check_routes
    from evenhand.work.gold_routes import router as gold_routes
    from evenhand.work.guideline_routes import router as guideline_routes
    from evenhand.work.hold_routes import router as hold_routes
    from evenhand.work.look_routes import router as look_routes
    from evenhand.work.media_routes import router as media_routes
    from evenhand.work.offer_routes import router as offer_routes
    from evenhand.work.queue_routes import express as express_routes
    from evenhand.work.queue_routes import router as queue_routes
    from evenhand.work.routes import router as work_routes
    from evenhand.work.skill_routes import router as skill_routes
    from evenhand.work.stage_routes import router as stage_routes

    settings = settings or read_settings(os.environ)
    logs.configure(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await Services.make(settings, clock)
        app.state.database = services.database
        app.state.people = services.people
        app.state.key_policies = services.key_policies
        app.state.shredding = services.shredding
        app.state.notifications = services.notifications
        app.state.authenticate = services.people.actors.authenticate
        app.state.walls = services.walls
        app.state.work = services.work
        app.state.files = services.files
        app.state.insight = services.insight
        app.state.releases = services.releases
        app.state.webhooks = services.webhooks
        app.state.logs = services.logs
        app.state.clock = services.clock
        app.state.metrics_token = settings.metrics_token
        # Set by the supervisor, for the library that reads it when it is imported.
        app.state.metrics_folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        app.state.end_streams = services.insight.events.end
        app.state.mail = Mail(settings.smtp_url, settings.mail_from)
        app.state.services = services
        await put_software_on_record(services.database, services.clock.now())
        await services.insight.events.start()
        try:
            yield
        finally:
            await services.insight.events.stop()
            await services.close()

    return make_app(
        [
            express_routes,
            vault_routes,
            people_routes,
            passkey_routes,
            break_glass_routes,
            single_sign_on_routes,
            wall_routes,
            work_routes,
            queue_routes,
            guideline_routes,
            stage_routes,
            check_routes,
            media_routes,
            gold_routes,
            skill_routes,
            offer_routes,
            appeal_routes,
            hold_routes,
            look_routes,
            insight_routes,
            quality_routes,
            delivery_routes,
            ledger_routes,
            log_files,
            http_routes,
        ],
        lifespan,
        public_url=settings.address,
        requests_per_minute=settings.requests_per_minute,
    )


async def work_on(settings: Settings, clock: Clock | None = None) -> None:
    """The worker: relay and sweepers, until cancelled."""
    logs.configure(settings.log_level)
    services = await Services.make(settings, clock, spare_seconds=POLLING_SECONDS)
    try:
        await put_software_on_record(services.database, services.clock.now())
        mail = Mail(settings.smtp_url, settings.mail_from)
        mailing = Mailing(services.database, services.people.members, mail, settings.address, services.clock)
        rounds: list[Round] = [
            (0.5, services.builder.build_waiting),
            (600.0, services.sender.forget),
            (DELETION_SECONDS, services.shredding.delete_due),
            (600.0, services.notifications.forget),
            (5.0, services.people.break_glass.close_over),
            (MEDIA_SECONDS, services.files.media.drop_unused),
            (IMPORT_SECONDS, services.files.runs.work),
            (CHECK_SECONDS, services.work.check_making.work),
            (REWRAPPING_SECONDS, services.rewrapping.rewrap_due),
            (FOLLOWING_SECONDS, services.rewrapping.follow_key_file),
            (SHREDDING_SECONDS, services.shredding.shred_due),
            (REGISTER_SECONDS, services.walls.register.watch),
            (MAIL_SECONDS, mailing.send_waiting),
        ]
        woken = [
            Woken("undecided", services.work.deciding.decide_waiting, DECIDING_SECONDS),
            Woken("events", services.sender.send_waiting, SENDING_SECONDS, SENDING_APART_SECONDS),
            Woken("events", services.insight.gold.pace, PACING_SECONDS, PACING_APART_SECONDS),
            Woken("events", services.insight.reviewers.prepare, PREPARING_SECONDS, PREPARING_APART_SECONDS),
            Woken("events", services.sweeper.sweep, SWEEPING_SECONDS, SWEEPING_APART_SECONDS),
            Woken("events", services.routing.route, ROUTING_SECONDS, ROUTING_APART_SECONDS),
        ]
        keeper = open_log_keeper(settings, services)
        if not settings.separate_sequencer:
            rounds += keeper.rounds
        try:
            await Relay(services.database, services.clock, rounds, [services.sender.announce], woken).run()
        finally:
            await keeper.close()
    finally:
        await services.close()


async def sequence_on(settings: Settings, clock: Clock | None = None) -> None:
    """The sequencer in a process of its own, until cancelled."""
    logs.configure(settings.log_level)
    services = await Services.make(settings, clock, spare_seconds=POLLING_SECONDS)
    keeper = open_log_keeper(settings, services)
    try:
        await run_rounds(keeper.rounds)
    finally:
        await keeper.close()
        await services.close()


# ------------------------------------------------------------------------------------------------------- first start --
@dataclass(frozen=True, slots=True)
class FirstStart:
    """What is shown once, on the very first start, and never again."""

    admin_key: str
    email: str
    password: str


async def first_start(settings: Settings) -> FirstStart | None:
    """Make the installation, its first organization and owner. None when that happened before.

    Raises WrongKeyFile when the key file is another installation's.
    """
    services = await Services.make(settings)
    try:
        async with services.database.statement() as connection:
            reference = await schema.key_reference(connection)
        if reference is not None:
            require_key_of(services.keys, reference, settings.key_path)
            return None
        return await _found(services, settings)
    finally:
        await services.close()


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of an installation that is there, for a command of its operator.

    Raises KeyFileMissing, WrongKeyFile when the key file is another installation's, DatabaseEmpty.
    """
    services = await Services.make(settings)
    try:
        async with services.database.statement() as connection:
            reference = await schema.key_reference(connection)
        if reference is None:
            raise schema.DatabaseEmpty(address=schema.place_of(settings.database_url or ""))
        require_key_of(services.keys, reference, settings.key_path)
        yield services
    finally:
        await services.close()


async def _found(services: Services, settings: Settings) -> FirstStart:
    now = services.clock.now()
    organization_id = await services.people.members.add_organization("My organization")
    email, password = "owner@localhost", os.urandom(9).hex()
    person_id = await services.people.members.add_member(organization_id, email, "Owner", "owner", password=password)
    _, _, secret = await services.people.keys.make(
        organization_id, person_id, "First key", None, now + timedelta(days=366)
    )
    import asyncpg

    owner = await asyncpg.connect(settings.database_owner_url)
    try:
        await owner.execute(
            "insert into evenhand.installation (installation_id, created_at, software, key_reference)"
            " values ($1, $2, $3, $4)",
            fresh_id(now),
            now,
            __version__,
            services.keys.reference,
        )
    finally:
        await owner.close()
    return FirstStart(secret, email, password)
