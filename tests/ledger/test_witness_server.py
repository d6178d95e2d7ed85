"""The witness against strangers: whatever they send, however slowly and in whatever numbers, the next honest log is answered."""

import asyncio
import os
import random
import socket
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenhand.ledger import witnessing
from evenhand.ledger.cosignature import cosigned_at
from evenhand.ledger.note import read_signatures
from evenhand.ledger.witness import CLOCK_BACK_SECONDS_MAX, Witness
from evenhand.ledger.witness_server import CONNECTIONS_MAX, WitnessServer
from evenhand.ledger.witness_state import WitnessSigner, WitnessState, WitnessStateRefused, open_state
from evenhand.ledger.witnessing import BODY_BYTES_MAX, PATH
from tries import TIMES
from witnesses import submission
from written_log import log_of

LOG = log_of(300)
FORK = log_of(300, word="forged")
NOON = 1_800_000_000


def witness_in(folder, now=lambda: NOON):
    folder.mkdir(exist_ok=True)
    for each in ("logs", "refused"):
        (folder / each).mkdir(exist_ok=True)
    signer = WitnessSigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(b"k" * 32))
    return Witness(WitnessState(folder, signer), [LOG.key], now)


@asynccontextmanager
async def serving(folder, request_seconds=0.3, idle_seconds=5.0):
    """A witness in this process that is quicker out of patience. Gives its port and the lines it said."""
    said = []
    listening = socket.create_server(("127.0.0.1", 0))
    server = WitnessServer(witness_in(folder), said.append, request_seconds, idle_seconds)
    task = asyncio.create_task(server.serve(listening))
    try:
        yield listening.getsockname()[1], said
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def told(port, sent, seconds=60):
    """What comes back for these bytes until the witness closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(seconds):
            writer.write(sent)
            with suppress(ConnectionError):
                await writer.drain()
                return await reader.read()
            return b""
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def answers_honestly(port, old_size, size):
    """Whether a log that behaves is cosigned. It tries again: on a busy machine a witness of little patience may leave it, too."""
    body = submission(LOG, old_size, size).write()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for _ in range(10):
            with suppress(httpx.HTTPError):
                answered = await client.post(f"http://127.0.0.1:{port}{PATH}", content=body)
                return answered.status_code == 200 or (answered.status_code, answered.text) == (409, f"{size}\n")
    return False


def post(body, *headers, path=PATH):
    head = [f"POST {path} HTTP/1.1", "Host: w", *headers, "", ""]
    return "\r\n".join(head).encode() + body


HOSTILE = {
    "nothing that is HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 400,
    "a request line without end": b"POST /" + b"a" * 100_000,
    "headers without end": b"POST /add-checkpoint HTTP/1.1\r\n" + b"x: y\r\n" * 20_000,
    "no host": b"POST /add-checkpoint HTTP/1.1\r\n\r\n",
    "a length that is none": post(b"", "Content-Length: many"),
    "a negative length": post(b"", "Content-Length: -1"),
    "two lengths": post(b"", "Content-Length: 1", "Content-Length: 2"),
    "a body too long": post(b"x" * (BODY_BYTES_MAX + 1), f"Content-Length: {BODY_BYTES_MAX + 1}"),
    "a body that is said to be endless": post(b"x" * 200_000, "Content-Length: 99999999999999999999"),
    "chunks without end": post(b"10000\r\n" + b"x" * 65536 + b"\r\n" + b"10000\r\n", "Transfer-Encoding: chunked"),
    "chunks that are none": post(b"zz\r\n", "Transfer-Encoding: chunked"),
    "an unknown coding": post(b"", "Transfer-Encoding: br"),
    "a newer protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a tunnel": b"CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n",
    "another protocol": post(b"", "Connection: upgrade, close", "Upgrade: websocket", path="/nothing"),
    "a path beyond ASCII": "GET /\N{SNOWMAN} HTTP/1.1\r\nHost: w\r\n\r\n".encode(),
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_is_no_request_ends_its_connection_and_nothing_else(tmp_path, sent):
    async with serving(tmp_path) as (port, said):
        back = await told(port, sent)

        assert back == b"" or back.split(b" ")[1] in (b"400", b"404", b"413", b"431", b"501")
        assert said == []
        assert await answers_honestly(port, 0, 5)


SLOW = {
    "silent": b"",
    "in the request line": b"POST /add",
    "before the body": post(b"", "Content-Length: 500"),
    "in the body": post(b"old 0\n", "Content-Length: 500"),
    "asking first": post(b"", "Expect: 100-continue", "Content-Length: 9"),
}


@pytest.mark.parametrize("begun", SLOW.values(), ids=SLOW.keys())
async def test_a_slow_client_is_left_after_its_time(tmp_path, begun):
    async with serving(tmp_path, request_seconds=0.1, idle_seconds=0.1) as (port, _):
        back = await told(port, begun)

        assert back in (b"", b"HTTP/1.1 100 \r\n\r\n")
        assert await answers_honestly(port, 0, 5)


async def test_a_client_that_drips_byte_by_byte_does_not_gain_time(tmp_path):
    async with serving(tmp_path, request_seconds=0.3) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):
            async with asyncio.timeout(20):
                while not reader.at_eof():
                    writer.write(b"P")
                    await writer.drain()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(0.05):
                            await reader.read(1)
        writer.close()

        assert await answers_honestly(port, 0, 5)


async def test_more_connections_than_are_held_do_not_keep_an_honest_log_out(tmp_path):
    async with serving(tmp_path, idle_seconds=60) as (port, _):
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS_MAX + 20)]
        try:
            assert await answers_honestly(port, 0, 5)
        finally:
            for _, writer in crowd:
                writer.close()


async def test_requests_in_one_packet_are_answered_one_after_the_other(tmp_path):
    bodies = [submission(LOG, size - 1, size).write() for size in (1, 2, 3)]
    sent = b"".join(post(each, f"Content-Length: {len(each)}") for each in bodies)

    async with serving(tmp_path, request_seconds=10, idle_seconds=0.3) as (port, said):
        back = await told(port, sent)

    assert back.count(b"HTTP/1.1 200") == 3
    assert said == [f"200 {LOG.origin} {size}" for size in (1, 2, 3)]


async def test_two_at_once_never_sign_two_ways_on(tmp_path):
    """The race of the specification: both continue the same tree, one of them only may."""
    ways = [submission(LOG, 10, size).write() for size in range(11, 31)]
    async with (
        serving(tmp_path, request_seconds=10) as (port, _),
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        assert await answers_honestly(port, 0, 10)
        url = f"http://127.0.0.1:{port}{PATH}"
        answers = await asyncio.gather(*(client.post(url, content=each) for each in ways))

    assert sorted(each.status_code for each in answers) == [200] + [409] * 19


async def test_random_bytes_are_survived(tmp_path):
    whole = submission(LOG, 0, 5).write()
    request = post(whole, f"Content-Length: {len(whole)}")
    async with serving(tmp_path, request_seconds=0.05, idle_seconds=0.05) as (port, _):
        for _ in range(20 * TIMES):
            at = int.from_bytes(os.urandom(2), "big") % len(request)
            await told(port, request[:at] + os.urandom(8) + request[at:])
        with_size = [await answers_honestly(port, size, 6) for size in (0, 5)]

    assert any(with_size)


def cosigned_in_spite_of_a_change(folder):
    """Each byte of a request changed, one after the other; the places at which it was cosigned all the same."""
    chance = random.Random(3)
    witness = witness_in(folder)
    assert witness.add_checkpoint(submission(LOG, 0, 100).write()).status == 200
    whole = submission(LOG, 100, 200).write()
    found = []
    for at in range(len(whole)):
        reply = witness.add_checkpoint(whole[:at] + bytes([whole[at] ^ chance.randrange(1, 256)]) + whole[at + 1 :])
        if reply.status not in (400, 403, 404, 409, 422):
            found.append(at)
    return found, witness.add_checkpoint(whole).status


@pytest.mark.check(7)
def test_no_changed_byte_of_a_request_is_cosigned_and_the_right_one_still_is(tmp_path):
    assert cosigned_in_spite_of_a_change(tmp_path) == ([], 200)


@pytest.mark.saboteur(7)
def test_a_witness_that_looks_at_no_signature_cosigns_what_was_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(witnessing, "_require_signature", lambda *_: None)

    assert cosigned_in_spite_of_a_change(tmp_path)[0] != []


# ------------------------------------------------------------------------------------------------------------ clock jumps --
class Clock:
    def __init__(self):
        self.seconds = NOON

    def __call__(self):
        return self.seconds


def time_of(reply):
    return int(cosigned_at(read_signatures(reply.body.decode())[0]).timestamp())


def test_a_clock_set_back_a_little_never_makes_an_earlier_cosignature(tmp_path):
    clock = Clock()
    witness = witness_in(tmp_path, clock)
    first = witness.add_checkpoint(submission(LOG, 0, 5).write())

    clock.seconds -= CLOCK_BACK_SECONDS_MAX
    second = witness.add_checkpoint(submission(LOG, 5, 6).write())

    assert time_of(first) == time_of(second) == NOON


def test_a_clock_set_far_back_stops_the_witness_until_it_is_right_again(tmp_path):
    """A cosignature says that no larger tree was known at its time: one of the past, given now, might be untrue."""
    clock = Clock()
    witness = witness_in(tmp_path, clock)
    witness.add_checkpoint(submission(LOG, 0, 5).write())

    clock.seconds -= CLOCK_BACK_SECONDS_MAX + 1
    refused = witness.add_checkpoint(submission(LOG, 5, 6).write())
    clock.seconds = NOON + 1
    right = witness.add_checkpoint(submission(LOG, 5, 6).write())

    assert (refused.status, right.status) == (503, 200)
    assert "the clock says" in refused.event
    assert b"clock" not in refused.body


def test_a_clock_that_jumps_forward_is_followed(tmp_path):
    clock = Clock()
    witness = witness_in(tmp_path, clock)
    witness.add_checkpoint(submission(LOG, 0, 5).write())

    clock.seconds += 365 * 86400

    assert time_of(witness.add_checkpoint(submission(LOG, 5, 6).write())) == clock.seconds


# ------------------------------------------------------------------------------------------------------------- the state --
def test_whatever_was_answered_is_in_the_folder(tmp_path):
    witness = witness_in(tmp_path)

    for old_size, size in ((0, 5), (5, 5), (5, 9), (9, 300)):
        assert witness.add_checkpoint(submission(LOG, old_size, size).write()).status == 200
        assert witness_in(tmp_path)._state.held(LOG.origin).checkpoint == LOG.checkpoint_at(size)


def test_only_the_logs_own_signatures_are_kept(tmp_path):
    """What others signed on the way is not the witness's to hold, and could fill its disk."""
    witness = witness_in(tmp_path)
    sent = submission(LOG, 0, 5)
    crowded = type(sent)(
        0, (), sent.note.with_signatures(log_of(1, "evenhand.example/log/other").note_at(1).signatures)
    )

    witness.add_checkpoint(crowded.write())

    kept = witness_in(tmp_path)._state.held(LOG.origin).note
    assert [each.name for each in kept.signatures] == [LOG.origin, "witness.example/w1"]


def test_a_disk_that_fails_gives_no_cosignature(tmp_path, monkeypatch):
    witness = witness_in(tmp_path)
    witness.add_checkpoint(submission(LOG, 0, 5).write())

    def fails(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    assert witness.add_checkpoint(submission(LOG, 5, 9).write()).status == 503
    monkeypatch.undo()

    assert witness.add_checkpoint(submission(LOG, 5, 9).write()).status == 200


def refused_in(folder):
    return sorted(each.name.split("-")[0] for each in (folder / "refused").iterdir())


def test_the_same_two_checkpoints_are_kept_once_whatever_proof_comes_with_them(tmp_path):
    witness = witness_in(tmp_path)
    witness.add_checkpoint(submission(LOG, 0, 100).write())
    forged = submission(FORK, 100, 101)

    for number in range(5):
        proof = (bytes([number]) * 32, *forged.proof)
        assert witness.add_checkpoint(type(forged)(100, proof, forged.note).write()).status == 422

    assert refused_in(tmp_path) == ["unproven"]


def test_a_stranger_with_wrong_proofs_crowds_out_no_evidence_of_a_fork(tmp_path, monkeypatch):
    """Whoever has a public checkpoint can send it with a wrong proof. Two trees of one size nobody has but the log."""
    monkeypatch.setattr("evenhand.ledger.witness_state.EVIDENCE_MAX", 2)
    witness = witness_in(tmp_path)
    witness.add_checkpoint(submission(LOG, 0, 100).write())
    for size in (101, 102, 103):
        given = submission(LOG, 100, size)
        assert witness.add_checkpoint(type(given)(100, given.proof[1:], given.note).write()).status == 422

    assert witness.add_checkpoint(submission(FORK, 100, 100).write()).status == 409

    assert refused_in(tmp_path) == ["fork", "unproven", "unproven"]


def test_a_suspicion_is_dropped_once_the_right_proof_comes(tmp_path):
    witness = witness_in(tmp_path)
    witness.add_checkpoint(submission(LOG, 0, 100).write())
    given = submission(LOG, 100, 101)
    witness.add_checkpoint(type(given)(100, given.proof[1:], given.note).write())
    assert refused_in(tmp_path) == ["unproven"]

    assert witness.add_checkpoint(given.write()).status == 200

    assert refused_in(tmp_path) == []


def test_another_keys_state_is_refused(tmp_path):
    witness_in(tmp_path).add_checkpoint(submission(LOG, 0, 5).write())
    other = WitnessState(tmp_path, WitnessSigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(b"o" * 32)))

    with pytest.raises(WitnessStateRefused):
        other.held(LOG.origin)


def test_the_key_is_in_no_text_of_the_signer(tmp_path):
    with open_state(tmp_path / "w1", "witness.example/w1", []) as state:
        kept = (tmp_path / "w1" / "key").read_text()
        assert kept.startswith("PRIVATE+KEY+witness.example/w1+")
        assert kept.split("+", 4)[-1].strip() not in repr(state.signer)
