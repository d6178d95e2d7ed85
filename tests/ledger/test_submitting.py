"""Gathering cosignatures: from real witnesses, and in spite of those that hang, lie, forget or know too much."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from evenhand.boundary.outbound import Guard
from evenhand.ledger.cosignature import cosign, witness_key
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import Note, VerifierKey
from evenhand.ledger.policy import Log, Witness, policy_of
from evenhand.ledger.submitting import ANSWER_BYTES_MAX, Outcome, gather_cosignatures
from evenhand.ledger.tiles import hash_in
from evenhand.ledger.tree import consistency_proof
from evenhand.ledger.witnessing import read_submission
from witnesses import submission, witness
from written_log import WrittenLog, log_of, signer

LOG = log_of(700)
FORK = log_of(700, word="forged")
GUARD = Guard(listed=(ip_network("127.0.0.0/8"),))


async def gather(size, witnesses, threshold=1, held_sizes=None, log=LOG, **given):
    at_size = WrittenLog(log.origin).append(*log.entries[:size])

    async def prove(old_size):
        return consistency_proof(old_size, size, hash_in(at_size.tile, size))

    policy = policy_of([Log(log.key)], witnesses, threshold)
    given = {"seconds": 5.0, "grace_seconds": 0.2, "guard": GUARD, "now": datetime.now(UTC), **given}
    return policy, await gather_cosignatures(
        log.note_at(size), policy, held_sizes=held_sizes or {}, prove=prove, **given
    )


@asynccontextmanager
async def answering(name, answer):
    """A witness of our making: `answer` takes the request and gives what goes back, a status and a body, or bytes as they are."""

    async def accept(reader, writer):
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(each.split(b":")[1]) for each in head.split(b"\r\n") if each.lower().startswith(b"content-length")
            )
            given = await answer(read_submission(await reader.readexactly(length)))
            if isinstance(given, tuple):
                status, body = given
                given = (
                    f"HTTP/1.1 {status} Said\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                    + body
                )
            writer.write(given)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield Witness(name, witness_key(f"{name}.example/witness", signer(name)), address_of(server))
    finally:
        server.close()


def address_of(server):
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def cosigning(name, seconds=None, text=None, key=None):
    async def answer(sent):
        made = cosign(
            text or sent.note.text, f"{name}.example/witness", key or signer(name), seconds or int(time.time())
        )
        return 200, made.line.encode()

    return answer


def always(*answers):
    """Give these answers in turn, the last one for ever."""
    left = list(answers)

    async def answer(_sent):
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two real witnesses, in processes of their own."""
    folder = tmp_path_factory.mktemp("witnesses")
    with (
        witness(folder / "w1", [LOG.key], "w1.example/witness") as first,
        witness(folder / "w2", [LOG.key], "w2.example/witness") as second,
    ):
        yield [Witness("w1", first.key, first.url), Witness("w2", second.key, second.url)]


def outcomes(gathered):
    return {each.witness: each.outcome for each in gathered.asked}


# ----------------------------------------------------------------------------------------------------------- real ones --
async def test_a_growing_log_is_cosigned_by_all_and_the_policy_is_content(two):
    held = {}
    for size in (5, 5, 300, 700):
        policy, gathered = await gather(size, two, threshold=2, held_sizes=held)
        held = {each.witness: each.held_size for each in gathered.asked}

        assert outcomes(gathered) == {"w1": Outcome.COSIGNED, "w2": Outcome.COSIGNED}
        assert gathered.is_quorum
        assert held == {"w1": size, "w2": size}
        assert policy.require(gathered.note).cosigned_by == ("w1", "w2")


async def test_a_witness_that_is_ahead_behind_or_elsewhere_is_told_apart(tmp_path):
    with witness(tmp_path / "w1", [LOG.key], "w1.example/witness") as running:
        one = [Witness("w1", running.key, running.url)]
        running.send(submission(LOG, 0, 5).write())

        _, behind = await gather(300, one)
        _, ahead = await gather(200, one, held_sizes={"w1": 300})
        _, forked = await gather(300, one, held_sizes={"w1": 300}, log=FORK)
        _, other_past = await gather(301, one, held_sizes={"w1": 300}, log=FORK)
        _, unknown = await gather(5, one, log=log_of(5, "evenhand.example/log/other"))

    assert [each.asked[0].outcome for each in (behind, ahead, forked, other_past, unknown)] == [
        Outcome.COSIGNED,
        Outcome.AHEAD,
        Outcome.FORKED,
        Outcome.REFUSED,
        Outcome.REFUSED,
    ]
    assert [each.asked[0].is_alarm for each in (behind, ahead, forked)] == [False, True, True]
    assert ahead.asked[0].held_size == 300
    assert "404" in unknown.asked[0].reason


async def test_a_witness_that_lost_its_state_is_caught_up_and_its_loss_is_told(tmp_path):
    with witness(tmp_path / "w1", [LOG.key], "w1.example/witness") as running:
        _, gathered = await gather(300, [Witness("w1", running.key, running.url)], held_sizes={"w1": 200})

    assert gathered.asked[0].outcome is Outcome.COSIGNED
    assert "it held 200" in gathered.asked[0].reason


async def test_a_witness_that_hangs_is_left_behind_once_the_quorum_is_met(tmp_path):
    never = asyncio.Event()

    async def hang(_sent):
        await never.wait()
        return b""

    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(answering(name, cosigning(name))) for name in ("a", "b")]
        crowd.append(await stack.enter_async_context(answering("c", hang)))
        policy, gathered = await gather(5, crowd, threshold=2, seconds=600, grace_seconds=0.05)
        never.set()

    assert gathered.is_quorum
    assert outcomes(gathered) == {"a": Outcome.COSIGNED, "b": Outcome.COSIGNED, "c": Outcome.SILENT}
    assert policy.require(gathered.note).cosigned_by == ("a", "b")


# ------------------------------------------------------------------------------------------------------------- the others --
FORGED = cosign(LOG.note_at(5).text, "w.example/witness", signer("somebody else"), int(time.time()))
WRONG_KEY = type(FORGED)(FORGED.name, witness_key("w.example/witness", signer("w")).id, FORGED.content)

BAD = {
    "a forged signature": (always((200, WRONG_KEY.line.encode())), Outcome.LIED),
    "somebody else's signature": (always((200, FORGED.line.encode())), Outcome.LIED),
    "a signature on another tree": (cosigning("w", text=LOG.note_at(6).text), Outcome.LIED),
    "a signature from the future": (cosigning("w", seconds=4_000_000_000), Outcome.LIED),
    "a signature of the past": (cosigning("w", seconds=1_700_000_000), Outcome.LIED),
    "a signature of another log": (cosigning("w", text=log_of(5, "evenhand.example/log/other").note_at(5).text), Outcome.LIED),
    "a signature beyond the calendar": (cosigning("w", seconds=2**62), Outcome.LIED),
    "nothing": (always((200, b"")), Outcome.LIED),
    "no text": (always((200, b"\xff\xfe\n")), Outcome.LIED),
    "a page": (always((200, b"<html></html>\n")), Outcome.LIED),
    "too much": (always((200, b"x" * (ANSWER_BYTES_MAX + 1))), Outcome.LIED),
    "no size": (always((409, b"many\n")), Outcome.LIED),
    "a negative size": (always((409, b"-1\n")), Outcome.LIED),
    "another size each time": (always((409, b"1\n"), (409, b"2\n"), (409, b"3\n"), (409, b"4\n")), Outcome.LIED),
    "a size beyond every log": (always((409, b"9" * 30)), Outcome.LIED),
    "a size that is not yet": (always((409, b"6\n")), Outcome.AHEAD),
    "the same size again": (always((409, b"3\n"), (409, b"3\n")), Outcome.FORKED),
    "a refusal": (always((403, b"No.\n")), Outcome.REFUSED),
    "an error": (always((500, b"")), Outcome.REFUSED),
    "another address": (always(b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n"), Outcome.REFUSED),
    "a broken answer": (always(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf"), Outcome.SILENT),
    "no HTTP": (always(b"hello\r\n"), Outcome.SILENT),
    "a closed line": (always(b""), Outcome.SILENT),
    "a packed answer": (always(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx"), Outcome.SILENT),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "outcome"), BAD.values(), ids=BAD.keys())
async def test_a_bad_witness_is_recorded_and_keeps_nobody_from_answering(answer, outcome):
    async with answering("w", answer) as bad, answering("good", cosigning("good")) as good:
        policy, gathered = await gather(5, [bad, good], threshold=2)

    assert outcomes(gathered) == {"w": outcome, "good": Outcome.COSIGNED}
    assert gathered.asked[0].reason
    assert not gathered.is_quorum
    assert gathered.note.signers(each.key for each in policy.witnesses) == [good.key]


async def test_a_witness_that_sends_a_gigabyte_is_left_after_what_an_answer_may_have():
    sent = 0

    async def flood(reader, writer):
        nonlocal sent
        with suppress(ConnectionError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
            while sent < 10**9:
                writer.write(b"\xe2\x80\x94 " * 16_384)
                sent += 65_536
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    async with server, answering("good", cosigning("good")) as good:
        bad = Witness("w", witness_key("w.example/witness", signer("w")), address_of(server))
        _, gathered = await gather(5, [bad, good], threshold=2)

    assert outcomes(gathered) == {"w": Outcome.LIED, "good": Outcome.COSIGNED}
    assert sent < 50_000_000  # what the buffers of two sockets take, and far from all


async def test_a_witness_without_address_or_in_a_closed_network_is_silent():
    nowhere = Witness("nowhere", witness_key("nowhere.example/witness", signer("nowhere")))
    async with answering("w", cosigning("w")) as closed:
        _, gathered = await gather(5, [nowhere, closed], guard=Guard())

    assert outcomes(gathered) == {"nowhere": Outcome.SILENT, "w": Outcome.SILENT}
    assert "private" in gathered.asked[1].reason


async def test_a_slow_witness_is_silent_after_its_time():
    async def slow(_sent):
        await asyncio.sleep(5)
        return b""

    async with answering("w", slow) as witness_:
        _, gathered = await gather(5, [witness_], seconds=0.1)

    assert outcomes(gathered) == {"w": Outcome.SILENT}
    assert "longer than" in gathered.asked[0].reason


async def test_without_witnesses_the_checkpoint_stays_as_it_is():
    policy, gathered = await gather(5, [], threshold=0)

    assert gathered.note == LOG.note_at(5)
    assert gathered.is_quorum
    assert policy.require(gathered.note).cosigned_by == ()


async def test_trouble_of_the_logs_own_is_not_blamed_on_a_witness():
    async def no_proof(_old_size):
        raise RuntimeError("the tiles are gone")

    async with answering("w", cosigning("w")) as witness_:
        policy = policy_of([Log(LOG.key)], [witness_], 1)
        given = {"held_sizes": {}, "guard": GUARD, "now": datetime.now(UTC)}
        with pytest.raises(RuntimeError):
            await gather_cosignatures(LOG.note_at(5), policy, prove=no_proof, **given)
        with pytest.raises(Unreadable):
            await gather_cosignatures(Note("no checkpoint\n", ()), policy, prove=no_proof, **given)


async def test_the_lies_see_a_log_that_takes_cosignatures_unverified(monkeypatch):
    monkeypatch.setattr(VerifierKey, "verify", lambda *_: None)

    with pytest.raises(AssertionError):
        await test_a_bad_witness_is_recorded_and_keeps_nobody_from_answering(*BAD["a forged signature"])
