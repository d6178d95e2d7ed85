"""The broker: the process that alone holds customers' keys, and unwraps for grants that are on record.

It listens on a Unix socket, knows its callers by their operating-system user, and works in the database as a role that sees
wrapped keys, policies and what a grant says, and nothing else. For each unwrapping it asks the database, not the caller: is the
grant committed, of this organization, for this purpose, young enough, and does it name something that these keys seal.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter

from evenhand.core.errors import PlatformError
from evenhand.ledger.grant import OBJECTS_MAX
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault import wire
from evenhand.vault.holder import LocalHolder, Policy
from evenhand.vault.kept import PolicyNow
from evenhand.vault.key_service import Asking, KeyServiceUnavailable, WrapDoesNotOpen
from evenhand.vault.rows import chunk_of

_queries = Queries.of("evenhand.vault")
# How old a grant may be: the look that it records follows at once, a release's page within minutes.
GRANT_LASTS = timedelta(minutes=10)
_CALLERS_MAX = 256

log = structlog.get_logger(__name__)
UNWRAPPED = Counter("evenhand_broker_keys_unwrapped_total", "Chunk keys that the broker unwrapped.")
REFUSED = Counter("evenhand_broker_refused_total", "Requests that the broker refused.", ["why"])


@dataclass(eq=False)
class BrokerWithoutKey(PlatformError):
    """This key file has no customer key in it: it is the one that servers beside a broker have."""

    key_file: str
    code: ClassVar[str] = "broker-without-key"
    hint: ClassVar[str] = "Point EVENHAND_KEY_FILE of the broker to the file that evenhand keys divide wrote for it."


@dataclass(eq=False)
class NoSuchUser(PlatformError):
    """There is no operating-system user of this name here."""

    name: str
    code: ClassVar[str] = "no-such-user"
    hint: ClassVar[str] = "Name the user that the servers run as in EVENHAND_BROKER_PEERS, by name or number."


def user_ids(names: Sequence[str]) -> set[int]:
    """The users that may ask: this process's own, when none is named. Raises NoSuchUser."""
    found = set()
    for name in names:
        try:
            found.add(int(name) if name.isdigit() else pwd.getpwnam(name).pw_uid)
        except KeyError:
            raise NoSuchUser(name=name) from None
    return found or {os.getuid()}


class Broker:
    """Answers on a socket."""

    def __init__(self, database: Database, holder: LocalHolder, clock: Clock, peers: Collection[int]) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock
        self._peers = frozenset(peers)
        self._server: asyncio.Server | None = None
        self._calling: set[asyncio.StreamWriter] = set()

    async def start(self, path: Path) -> None:
        """Listen. A socket that was left behind is replaced; the new one may be opened by its group."""
        self._server = await asyncio.start_unix_server(self._serve, sock=_listening(path))

    async def stop(self) -> None:
        """Stop listening and end every call."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._calling):
                writer.close()
            await self._server.wait_closed()
        await self._holder.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        uid = _user_behind(writer.get_extra_info("socket"))
        if uid not in self._peers or len(self._calling) >= _CALLERS_MAX:
            REFUSED.labels("peer").inc()
            log.warning("broker.peer_refused", uid=uid)
            writer.close()
            return
        self._calling.add(writer)
        try:
            while (content := await wire.read_frame(reader)) is not None:
                answer = await self._answered(content)
                writer.write(wire.frame(wire.encode(answer)))
                await writer.drain()
        except (ConnectionError, ValueError) as error:
            log.warning("broker.call_ended", cause=type(error).__name__)
        finally:
            self._calling.discard(writer)
            writer.close()

    async def _answered(self, content: bytes) -> wire.Answer:
        try:
            return await self._answer(wire.decode_request(content))
        except msgspec.MsgspecError:
            refused = wire.Refused("malformed")
        except WrapDoesNotOpen:
            refused = wire.Refused("does-not-open")
        except KeyServiceUnavailable as error:
            refused = wire.Refused("key-service-unavailable", error.service, error.reason)
        except PlatformError as error:
            log.error("broker.failed", code=error.code)
            refused = wire.Refused("key-service-unavailable", "the broker", "unreachable")
        except Exception as error:
            log.error("broker.crashed", exc_info=error)
            refused = wire.Refused("key-service-unavailable", "the broker", "garbage")
        REFUSED.labels(refused.what).inc()
        return refused

    async def _answer(self, asked: wire.Request) -> wire.Answer:
        match asked:
            case wire.Unwrap():
                return await self._unwrap(asked)
            case wire.NewMonth():
                policy = await self._policy(asked.organization_id)
                month = await self._holder.new_month(
                    policy, asked.organization_id, asked.id, asked.project_id, asked.month
                )
                return wire.Wrapped(months=[wire.Month.of(month)])
            case wire.NewChunks():
                policy = await self._policy(asked.month.organization_id)
                made = await self._holder.new_chunks(policy, asked.month.key(), asked.ids[:OBJECTS_MAX])
                return wire.Wrapped(
                    chunks=[wire.Chunk.of(chunk) for _, chunk in made], secrets=[secret for secret, _ in made]
                )
            case wire.RewrapMonth():
                policy = await self._policy(asked.month.organization_id)
                asking = Asking(str(asked.month.organization_id), asked.ceremony, asked.evidence)
                rewrapped = await self._holder.rewrap_month_for(asking, policy, asked.month.key())
                return wire.Wrapped(months=[wire.Month.of(rewrapped)])
            case wire.RewrapChunk():
                policy = await self._policy(asked.chunk.month.organization_id)
                asking = Asking(str(asked.chunk.month.organization_id), asked.ceremony, asked.evidence)
                chunk = await self._holder.rewrap_chunk_for(asking, policy, asked.chunk.key())
                return wire.Wrapped(chunks=[wire.Chunk.of(chunk)])
            case wire.ListChoices():
                found = await self._holder.choices(asked.organization_id)
                return wire.Choices([(each.name, each.kind, each.reference) for each in found])
            case wire.Check():
                if asked.mode not in ("managed", "bring", "hold"):
                    raise KeyServiceUnavailable(service=asked.mode, reason="unknown")
                policy = Policy(asked.mode, asked.service)  # type: ignore[arg-type]  # judged above
                return wire.Choices([("", "", await self._holder.check(asked.organization_id, policy))])

    # ------------------------------------------------------------------------------------------------------ unwrapping --
    async def _unwrap(self, asked: wire.Unwrap) -> wire.Answer:
        """In this order: the grant, what it covers, the organization's policy, the keys; then the count, then the answer."""
        place = _place(asked.grant_id)
        ids = list(dict.fromkeys(asked.chunk_key_ids))
        if place is None or not ids or len(ids) > OBJECTS_MAX:
            return self._ungranted("malformed", asked)
        facts = await self._facts(*place)
        if facts is None or facts["organization_id"] != asked.organization_id or facts["purpose"] != asked.purpose:
            return self._ungranted("no such grant", asked)
        if not -GRANT_LASTS <= self._clock.now() - facts["at"] <= GRANT_LASTS:
            return self._ungranted("too old", asked)
        policy = await self._policy(asked.organization_id)
        async with self._database.tenant(asked.organization_id) as connection:
            covered = await _queries.rows(
                connection,
                "granted_chunk_keys",
                xid=place[0],
                id=place[1],
                organization_id=asked.organization_id,
                chunk_key_ids=ids,
            )
            rows = await _queries.rows(
                connection, "chunk_keys", organization_id=asked.organization_id, chunk_key_ids=ids
            )
        by_id = {
            row["chunk_key_id"]: chunk_of(row)
            for row in rows
            if row["chunk_wrapped"] is not None and row["wrapped"] is not None
        }
        if {row["chunk_key_id"] for row in covered} != set(ids) or by_id.keys() != set(ids):
            return self._ungranted("not what it names", asked)
        secrets = await self._holder.unwrap_for(
            Asking(str(asked.organization_id), asked.grant_id, asked.evidence), [by_id[each] for each in ids]
        )
        if policy.mode != "managed":
            async with self._database.statement() as connection:
                await _queries.value(
                    connection,
                    "key_unwrapped",
                    organization_id=asked.organization_id,
                    chunk_key_ids=ids,
                    purpose=asked.purpose,
                    now=self._clock.now(),
                )
        UNWRAPPED.inc(len(ids))
        answers = dict(zip(ids, secrets, strict=True))
        return wire.Secrets([answers[each] for each in asked.chunk_key_ids])

    def _ungranted(self, why: str, asked: wire.Unwrap) -> wire.Refused:
        REFUSED.labels("ungranted").inc()
        log.warning("broker.ungranted", why=why, organization_id=str(asked.organization_id), purpose=asked.purpose[:40])
        return wire.Refused("ungranted", reason=why)

    async def _facts(self, xid: int, id_: int) -> Any:
        async with self._database.statement() as connection:
            row = await _queries.row(connection, "grant_facts", xid=xid, id=id_)
        return row if row is not None and row["organization_id"] is not None else None

    async def _policy(self, organization_id: UUID) -> Policy:
        async with self._database.tenant(organization_id) as connection:
            now = PolicyNow.of(await _queries.row(connection, "key_policy", organization_id=organization_id))
        if now.revoked_at is not None:
            raise KeyServiceUnavailable(service=now.policy.service or "the key", reason="revoked")
        return now.policy


def _listening(path: Path) -> socket.socket:
    """A socket at a path, for this user and its group from the first moment on."""
    if path.is_socket():
        path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        made.bind(str(path))
    except OSError:
        made.close()
        raise
    finally:
        os.umask(before)
    return made


def _place(grant_id: str) -> tuple[int, int] | None:
    """Transaction and number of an entry in `xid.id`."""
    xid, _, id_ = grant_id.partition(".")
    both = (xid, id_)
    if not all(each.isascii() and each.isdigit() and len(each) <= 19 for each in both):
        return None
    if max(int(each) for each in both) >= 2**63:
        return None
    return int(xid), int(id_)


def _user_behind(connected: socket.socket) -> int:
    """The user id of the process at the other end, as the kernel says it (SO_PEERCRED)."""
    _, uid, _ = struct.unpack("3i", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return int(uid)
