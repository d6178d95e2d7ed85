"""Reading the logs: files as they were published, entries as their rows make them now, receipts for single entries.

Hash tiles and checkpoints are what was published. Entries are spelled from the rows at the moment of asking, so that whatever
somebody changed in the database shows at once in anybody's verification.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import NotFound
from evenhand.core.times import rfc3339
from evenhand.ledger.bundles import Log, leaves_of
from evenhand.ledger.checkpoint import log_key, open_checkpoint
from evenhand.ledger.entry import GOVERNANCE, EntryWriter, spelled
from evenhand.ledger.lines import Unreadable, write_base64
from evenhand.ledger.model import LogDamaged
from evenhand.ledger.note import SignatureRefused, Signer, VerifierKey, read_note, sign_note
from evenhand.ledger.policy import Log as PolicyLog
from evenhand.ledger.policy import Policy, Witness
from evenhand.ledger.proof import InclusionProof
from evenhand.ledger.publishing import CHECKPOINT, Signers
from evenhand.ledger.shapes import Ledger, LedgerRoot, LogFacts, PublicLog, WitnessFacts
from evenhand.ledger.tiles import Bundle, hash_in, read_path, tiles_for, write_bundle
from evenhand.ledger.tree import ProofRefused, inclusion_nodes, inclusion_proof, leaf_hash, verify_inclusion
from evenhand.ledger.witnesses import read_witnesses, witnessed
from evenhand.store.blobs import BlobMissing, ObjectStore
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.ledger")
PROMISED_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of a log. is_fixed: what stands under its name never changes."""

    content: bytes = field(repr=False)
    is_fixed: bool

    @property
    def etag(self) -> str:
        """Names these bytes."""
        return f'"{sha256(self.content).hexdigest()[:32]}"'


class Logs:
    """The logs of this installation, each to those who may read it. signers: the keys of logs; receipts: those of promises."""

    def __init__(
        self, database: Database, blobs: ObjectStore, signers: Signers, receipts: Signers, clock: Clock, address: str
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._signers = signers
        self._receipts = receipts
        self._clock = clock
        self._address = address

    # -------------------------------------------------------------------------------------------------------- files --
    async def file(self, organization_id: UUID, opaque: str, path: str) -> LogFile:
        """A published file of a log of this organization. Raises NotFound, the same for a log of others and for none."""
        log, signed = await self._named(organization_id, opaque)
        try:
            if path == CHECKPOINT:
                return LogFile(await self._blobs.whole(f"{log.folder}/{CHECKPOINT}"), is_fixed=False)
            at = read_path(path)
            tile = at.tile if isinstance(at, Bundle) else at
            if (tile.start + tile.width) << (8 * tile.level) > signed:
                raise _no_file(path)
            if not isinstance(at, Bundle):
                return LogFile(await self._blobs.whole(f"{log.folder}/{path}"), is_fixed=True)
        except (Unreadable, BlobMissing):
            raise _no_file(path) from None
        async with self._database.tenant(organization_id) as connection:
            leaves = await leaves_of(connection, log, tile.start, tile.start + tile.width)
        return LogFile(write_bundle(leaf.entry for leaf in leaves if leaf.entry is not None), is_fixed=False)

    async def public_file(self, opaque: str, path: str) -> LogFile:
        """A published file of the governance log. Raises NotFound."""
        return await self.file(GOVERNANCE, opaque, path)

    async def _named(self, organization_id: UUID, opaque: str) -> tuple[Log, int]:
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "log_named", organization_id=organization_id, opaque=opaque)
        if row is None:
            raise NotFound(kind="log", id=opaque)
        return Log.of(row), row["signed_size"]

    # -------------------------------------------------------------------------------------------------------- facts --
    async def facts(self, actor: Actor) -> Ledger:
        """The organization's log and the governance log: keys, heads, states, and the policy to check them with."""
        own, public = await self._facts_of(actor.organization_id), await self._facts_of(GOVERNANCE)
        logs = [each for each in (own, public) if each is not None]
        keys = [PolicyLog(log_key(each["origin"], self._signers(each["origin"])), each["url"]) for each in logs]
        receipts = receipt_key(own["origin"], self._receipts(own["origin"])) if own else None
        # A policy names a key once: where promises are signed with the log's own key, it is there already.
        if receipts is not None and receipts.public_key not in {each.key.public_key for each in keys}:
            keys.append(PolicyLog(receipts))
        async with self._database.statement() as connection:
            witnesses = await read_witnesses(connection)
        policy = Policy(tuple(keys), witnesses.witnesses, witnesses.groups, witnesses.quorum).write().decode()
        return {"log": own, "governance": public, "policy": policy, "receipt_vkey": str(receipts) if receipts else None}

    async def public_facts(self) -> PublicLog:
        """The governance log, for whoever asks."""
        return {"governance": await self._facts_of(GOVERNANCE)}

    async def _facts_of(self, organization_id: UUID) -> LogFacts | None:
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "log_now", organization_id=organization_id)
            if row is None:
                return None
            known, policy = await witnessed(connection, Log.of(row)), await read_witnesses(connection)
            signed = await _queries.row(
                connection, "newest_checkpoint", organization_id=organization_id, generation=row["generation"]
            )
        return {
            "origin": row["origin"],
            "vkey": str(log_key(row["origin"], self._signers(row["origin"]))),
            "url": f"{self._address}/log/{row['opaque']}",
            "state": row["state"],
            "reason": row["reason"],
            "size": row["size"],
            "published": row["published_size"],
            "checkpoint": signed["note"] if signed else None,
            "checkpoint_at": rfc3339(signed["made_at"]) if signed else None,
            "witnesses": [_witness_facts(each, known.get(each.name)) for each in policy.witnesses],
        }

    async def root(self, actor: Actor) -> LedgerRoot:
        """Where the organization's checkpoint stands in the newest root over all customers'. Raises NotFound before the first."""
        organization_id = actor.organization_id
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "root_of_tenant", organization_id=organization_id)
        if row is None:
            raise NotFound(kind="root", id="of this organization yet")
        return {
            "number": row["number"],
            "at": rfc3339(row["at"]),
            "root": row["root"].hex(),
            "size": row["size"],
            "index": row["index"],
            "salt": row["salt"].hex(),
            "proof": [each.hex() for each in row["proof"]],
            "checkpoint": read_note(row["note"].encode()).text,
        }

    # ----------------------------------------------------------------------------------------------------- receipts --
    async def receipt(self, actor: Actor, entry_id: str) -> bytes:
        """The proof that an entry of one's own log stands in its published tree, around it; before that, the signed promise.

        Raises NotFound for an entry of others, and for none.
        """
        organization_id = actor.organization_id
        try:
            id_ = bytes.fromhex(entry_id)
        except ValueError:
            raise NotFound(kind="entry", id=entry_id) from None
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "leaf_of_entry", organization_id=organization_id, entry_id=id_)
            if row is not None and row["index"] >= row["published_size"]:
                return self._promise(row["origin"], id_, row["hash"])
            if row is None:
                return await self._promise_for_waiting(connection, organization_id, id_)
            leaves = await leaves_of(connection, Log.of(row), row["index"], row["index"] + 1)
        return await self._proof(row, leaves[0].entry if leaves else None)

    async def evidence(self, organization_id: UUID, xid: int, id_: int) -> tuple[bytes, bytes] | None:
        """The entry at a place of the inbox, and the proof that it stands in the published tree; None while it does not."""
        async with self._database.tenant(organization_id) as connection:
            log = await _queries.row(connection, "log_now", organization_id=organization_id)
            if log is None:
                return None
            entry_id = EntryWriter(log["origin"], log["salt"]).id_of(xid, id_)
            row = await _queries.row(connection, "leaf_of_entry", organization_id=organization_id, entry_id=entry_id)
            if row is None or row["index"] >= row["published_size"]:
                return None
            leaves = await leaves_of(connection, Log.of(row), row["index"], row["index"] + 1)
        entry = leaves[0].entry if leaves else None
        return None if entry is None else (entry, await self._proof(row))

    async def _promise_for_waiting(self, connection: Any, organization_id: UUID, id_: bytes) -> bytes:
        log = await _queries.row(connection, "log_now", organization_id=organization_id)
        row = log and await _queries.row(
            connection,
            "row_waiting",
            organization_id=organization_id,
            generation=log["generation"],
            salt=log["salt"],
            entry_id=id_,
        )
        if log is None or row is None:
            raise NotFound(kind="entry", id=id_.hex())
        entry = EntryWriter(log["origin"], log["salt"]).entry(tuple(row))[1]
        return self._promise(log["origin"], id_, leaf_hash(entry))

    def _promise(self, origin: str, id_: bytes, hashed: bytes) -> bytes:
        signer = self._receipts(origin)
        text = promise_text(origin, id_, hashed, self._clock.now())
        return sign_note(text, receipt_key(origin, signer).name, signer).write()

    async def _proof(self, row: Any, entry: bytes | None = None) -> bytes:
        """The proof from the published files, which this installation believes no more than others do. Raises LogDamaged.

        entry: what the proof carries (tlog-proof's `extra`), so that it says by itself what it proves.
        """
        log, index = Log.of(row), row["index"]
        try:
            content = await self._blobs.whole(f"{log.folder}/{CHECKPOINT}")
            checkpoint, note = open_checkpoint(content, log_key(log.origin, self._signers(log.origin)))
            size = checkpoint.size
            tiles = {
                tile: await self._blobs.whole(f"{log.folder}/{tile.path}")
                for tile in tiles_for(inclusion_nodes(index, size), size)
            }
            hashes = inclusion_proof(index, size, hash_in(tiles.__getitem__, size))
            verify_inclusion(index, size, row["hash"], hashes, checkpoint.root)
        except (BlobMissing, Unreadable, SignatureRefused, ProofRefused) as error:
            raise LogDamaged(log.origin) from error
        return InclusionProof(index, tuple(hashes), note, entry).write()


def _witness_facts(witness: Witness, row: Any) -> WitnessFacts:
    return {
        "name": witness.name,
        "vkey": str(witness.key),
        "outcome": row["outcome"] if row else None,
        "reason": row["reason"] if row else "it was not asked yet",
        "asked_at": rfc3339(row["asked_at"]) if row else None,
        "cosigned_size": row["cosigned_size"] if row else None,
        "cosigned_at": rfc3339(row["cosigned_at"]) if row and row["cosigned_at"] else None,
    }


def promise_text(origin: str, entry_id: bytes, hashed: bytes, now: datetime) -> str:
    """What a promise says, a line each: which log, what this is, which entry, the hash of its leaf, since when, until when."""
    lines = (
        f"{origin}/receipts",
        "evenhand receipt v1",
        entry_id.hex(),
        write_base64(hashed),
        spelled(now),
        f"in the tree within {PROMISED_SECONDS} seconds",
    )
    return "".join(f"{each}\n" for each in lines)


def receipt_key(origin: str, signer: Signer) -> VerifierKey:
    """The key that promises of a log verify with. It is named after the log and is not the log's own."""
    return VerifierKey(f"{origin}/receipts", signer.public_key)


def _no_file(path: str) -> NotFound:
    return NotFound(kind="file of this log", id=path[:200])
