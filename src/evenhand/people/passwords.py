"""Passwords: made slow to guess, and guessed a few times only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import timedelta

import argon2

from evenhand.core.errors import Malformed, Problem, TooManyRequests
from evenhand.people import model
from evenhand.people.breached import Breached
from evenhand.people.weakness import is_easily_guessed
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.service import Vault

_queries = Queries.of("evenhand.people")

FAILURES_MAX = 10
FAILURE_WINDOW = timedelta(minutes=15)


class Passwords:
    """What checks passwords, and counts who tries."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, breached: Breached | None = None) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._breached = breached
        self._hasher = argon2.PasswordHasher()
        # Verified when an address is unknown, so that its answer takes as long as a wrong password's.
        self._decoy = self._hasher.hash(os.urandom(16).hex())

    async def check(self, email_hash: bytes, password_hash: str | None, password: str, network: str) -> None:
        """Raises WrongPassword, and TooManyRequests before it even looks when there were too many attempts."""
        network_hash = self._vault.lookup(None, "network", network)
        await self.attempt([email_hash, network_hash])
        # Slow by design: off the loop, so that nobody's claim waits for somebody's sign-in.
        if not await asyncio.to_thread(self._verify, password_hash, password):
            raise model.WrongPassword()
        await self.succeeded(network_hash, email_hash)

    async def succeeded(self, network_hash: bytes, email_hash: bytes | None = None) -> None:
        """Take an attempt back that succeeded: its address starts afresh, its network gets this one back."""
        async with self._database.statement() as connection:
            await _queries.run(connection, "sign_in_succeeded", address=email_hash, network=network_hash)

    async def attempt(self, buckets: list[bytes]) -> None:
        """Count an attempt before it is made: those made at once cannot all pass. Raises TooManyRequests."""
        async with self._database.statement() as connection:
            count = await _queries.value(
                connection, "sign_in_attempted", buckets=buckets, now=self._clock.now(), window=FAILURE_WINDOW
            )
        if count > FAILURES_MAX:
            raise TooManyRequests(retry_after_seconds=int(FAILURE_WINDOW.total_seconds()))

    async def require_good(self, password: str, about: Iterable[str] = (), pointer: str = "/password") -> None:
        """Raise Malformed for a new password that is too short, too long, easily guessed or stolen. about: known of the person."""
        model.check_password(password, pointer)
        # Off the loop: an odd one takes a good part of a second.
        if await asyncio.to_thread(is_easily_guessed, password, about):
            message = "This password is among the first that are tried."
            raise Malformed(
                [Problem(pointer, "common_password", message, "Take a few words that do not belong together.")]
            )
        if self._breached is not None and await asyncio.to_thread(self._breached.holds, password):
            message = "This password is in a list of stolen ones."
            raise Malformed([Problem(pointer, "breached_password", message, "Take one that you use nowhere else.")])

    async def hash(self, password: str) -> str:
        """What is kept of a password. Slow by design: off the loop."""
        return await asyncio.to_thread(self._hasher.hash, password)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._decoy, password)
        except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
            return False
        return password_hash is not None
