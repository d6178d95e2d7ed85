"""`evenhand witness` as a customer runs it: what it answers, what it keeps through any end, and that it signs no second history."""

import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from evenhand.ledger.checkpoint import read_checkpoint
from evenhand.ledger.cosignature import cosigned_at
from evenhand.ledger.note import read_note, read_signatures
from evenhand.ledger.witnessing import PATH
from tries import TIMES
from witnesses import submission, witness
from written_log import log_of

LOG = log_of(700)
FORK = log_of(700, word="forged")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with witness(tmp_path_factory.mktemp("witness") / "w1", [LOG.key]) as running:
        yield running


def send(running, old_size, size, log=LOG):
    return running.send(submission(log, old_size, size).write())


def held_size(running):
    """What the witness says it holds, asked as a log asks that does not know."""
    answered = send(running, 1, 1)
    assert answered.status_code in (200, 409)
    return 1 if answered.status_code == 200 else int(answered.text)


# ---------------------------------------------------------------------------------------------------------- answers --
def test_each_request_has_the_status_of_the_specification(tmp_path):
    with witness(tmp_path / "w1", [LOG.key]) as running:
        first = send(running, 0, 300)
        wrong_proof = submission(LOG, 300, 700)
        assert first.status_code == 200
        assert running.send(submission(log_of(3, "evenhand.example/log/other"), 0, 3).write()).status_code == 404
        assert (
            running.send(b"old 300\n\n" + LOG.note_at(301).write().replace(b"\n301\n", b"\n302\n")).status_code == 403
        )
        assert running.send(b"nothing").status_code == 400
        assert running.send(type(wrong_proof)(300, wrong_proof.proof[1:], wrong_proof.note).write()).status_code == 422
        behind = send(running, 200, 700)
        assert (behind.status_code, behind.text) == (409, "300\n")
        assert behind.headers["content-type"] == "text/x.tlog.size"
        assert send(running, 300, 200).status_code == 400
        assert send(running, 300, 300).status_code == 200
        assert send(running, 300, 700).status_code == 200


def test_its_answer_is_a_cosignature_of_its_own_key_at_this_time(tmp_path):
    with witness(tmp_path / "w1", [LOG.key]) as running:
        before = time.time()
        answered = send(running, 0, 5)

    signatures = read_signatures(answered.text)
    assert LOG.note_at(5).with_signatures(signatures).signers([LOG.key, running.key]) == [LOG.key, running.key]
    assert int(before) <= cosigned_at(signatures[0]).timestamp() <= time.time()


def test_other_addresses_and_methods_are_told_where_to_go(running):
    with httpx.Client(base_url=running.url, trust_env=False, timeout=120) as client:
        assert client.get("/").text == f"{running.key}\n"
        assert client.head("/").status_code == 200
        assert client.get("/nothing").status_code == 404
        wrong = client.get(PATH)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


def test_several_requests_go_over_one_connection(tmp_path):
    with (
        witness(tmp_path / "w1", [LOG.key]) as running,
        httpx.Client(base_url=running.url, trust_env=False, timeout=120) as client,
    ):
        for size in range(1, 20):
            assert client.post(PATH, content=submission(LOG, size - 1, size).write()).status_code == 200


# ---------------------------------------------------------------------------------------------------------- key, start --
def test_the_key_is_private_and_the_same_after_every_start(tmp_path):
    state = tmp_path / "w1"
    with witness(state, [LOG.key]) as first:
        pass
    with witness(state, [LOG.key]) as second:
        pass

    assert first.key == second.key
    assert first.key.name == "witness.example/w1"
    assert stat.S_IMODE((state / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def run(*arguments, cwd):
    command = [sys.executable, "-m", "evenhand", "witness", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def test_it_prints_its_vkey_without_serving(tmp_path):
    first = run("--state", "w1", "--name", "witness.example/w1", "--vkey", cwd=tmp_path)
    second = run("--state", "w1", "--vkey", cwd=tmp_path)

    assert first.stdout == second.stdout
    assert first.stdout.startswith("witness.example/w1+")


@pytest.mark.parametrize(
    ("prepare", "arguments", "said"),
    [
        (lambda state: None, (), "--name"),
        (lambda state: None, ("--name", "two words"), "no name of a key"),
        (lambda state: None, ("--name", "w", "--log", "nonsense"), "verifier key"),
        (lambda state: None, ("--name", "w", "--logs", "missing"), "missing"),
        (lambda state: (state / "key").write_text("nonsense\n"), (), "no key of a witness"),
        (lambda state: (state / "key").touch(), (), "no key of a witness"),
        (lambda state: (state / "logs" / "some.checkpoint").touch(), ("--name", "w"), "it is missing"),
    ],
    ids=["unnamed", "bad name", "bad vkey", "no list", "bad key", "empty key", "key lost"],
)
def test_what_hinders_a_start_is_said_in_one_line(tmp_path, prepare, arguments, said):
    state = tmp_path / "w1"
    (state / "logs").mkdir(parents=True)
    prepare(state)
    if (state / "key").exists():
        (state / "key").chmod(0o600)

    refused = run("--state", state, *arguments, "--vkey", cwd=tmp_path)

    assert refused.returncode == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_key_that_others_may_read_or_of_another_name_is_refused(tmp_path):
    run("--state", "w1", "--name", "witness.example/w1", "--vkey", cwd=tmp_path)

    assert "not of other" in run("--state", "w1", "--name", "other", "--vkey", cwd=tmp_path).stderr
    (tmp_path / "w1" / "key").chmod(0o644)
    assert "chmod 600" in run("--state", "w1", "--vkey", cwd=tmp_path).stderr


def test_two_processes_do_not_share_a_state(running):
    refused = run("--state", running.state, "--log", LOG.key, cwd=running.state.parent)

    assert refused.returncode == 1
    assert "another witness is running" in refused.stderr


def test_a_list_of_logs_is_read_from_a_file(tmp_path):
    (tmp_path / "logs").write_text(f"# ours\n\n{LOG.key}\n  {log_of(1, 'evenhand.example/log/governance').key}  \n")
    command = [sys.executable, "-m", "evenhand", "witness", "--state", "w1", "--name", "w", "--port", "0"]
    with subprocess.Popen([*command, "--logs", "logs"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            vkey, ready = process.stdout.readline(), process.stdout.readline()
            process.send_signal(signal.SIGINT)
            process.wait(20)
        finally:
            process.kill()

    assert vkey.startswith("w+")
    assert "following 2 logs" in ready
    assert process.returncode == 0


@pytest.mark.parametrize("place", [0.02, 0.15, 0.95], ids=["origin", "root", "cosignature"])
def test_a_damaged_checkpoint_hinders_the_start_and_is_never_taken_for_a_new_log(tmp_path, place):
    state = tmp_path / "w1"
    with witness(state, [LOG.key]) as running:
        send(running, 0, 300)
    (kept,) = (state / "logs").iterdir()
    content = bytearray(kept.read_bytes())
    content[int(len(content) * place)] ^= 1
    kept.write_bytes(content)

    refused = run("--state", state, "--log", LOG.key, cwd=tmp_path)

    assert refused.returncode == 1
    assert "damaged" in refused.stderr


# ------------------------------------------------------------------------------------------------------- crash safety --
def grow_until_killed(running, start, killed_after):
    """Send one checkpoint after the other, kill the witness on the way; the largest size that it answered 200 for."""
    largest = start
    killer = threading.Timer(killed_after, running.kill)
    killer.start()
    try:
        for size in range(start + 1, start + 400):
            if send(running, size - 1, size).status_code != 200:
                break
            largest = size
    except httpx.HTTPError:
        pass
    finally:
        killer.cancel()
        killer.join()
        running.kill()
    return largest


def forgets_something(state, rounds, seed, sabotage=""):
    """Whether a witness that is killed again and again ever holds less than what it gave its cosignature for."""
    chance, size = random.Random(seed), 0
    for _ in range(rounds):
        with witness(state, [LOG.key], sabotage=sabotage) as running:
            if size:
                # Below what it cosigned it must not go; above it may be by the one that was not answered any more.
                found = held_size(running)
                if not size <= found <= size + 1:
                    return True
                size = found
            size = grow_until_killed(running, size, chance.uniform(0.05, 0.25))
            if size > 500:
                return False
    return False


def test_what_it_answered_for_is_held_after_any_kill(tmp_path):
    assert not forgets_something(tmp_path / "w1", rounds=4, seed=1)


@pytest.mark.drill
def test_what_it_answered_for_is_held_after_fifty_kills(tmp_path):
    for number in range(5 * TIMES):
        assert not forgets_something(tmp_path / f"w{number}", rounds=10, seed=number)


LATE = """
import atexit
from evenhand.ledger import witness_state as kept
written, late = kept.WitnessState.hold, {}
def hold(self, note):
    origin = kept.read_checkpoint(note.text).origin
    late[origin] = note
def held(self, origin):
    note = late.get(origin)
    if note is None:
        return found(self, origin)
    return kept.Held(kept.read_checkpoint(note.text), note, 1)
found = kept.WitnessState.held
kept.WitnessState.hold, kept.WitnessState.held = hold, held
"""


def test_the_kills_see_a_witness_that_answers_before_it_keeps(tmp_path):
    assert forgets_something(tmp_path / "w1", rounds=4, seed=1, sabotage=LATE)


def test_a_full_disk_gives_no_cosignature_and_loses_nothing(tmp_path):
    state = tmp_path / "w1"
    with witness(state, [LOG.key]) as running:
        assert send(running, 0, 300).status_code == 200

    def no_file_grows():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    # The file that its own words go to is full as well.
    with witness(state, [LOG.key], before=no_file_grows) as running:
        refused = send(running, 300, 700)
        assert (refused.status_code, refused.text) == (503, "This witness cannot sign at the moment.\n")
    with witness(state, [LOG.key]) as running:
        assert held_size(running) == 300
        assert send(running, 300, 700).status_code == 200


def test_a_checkpoint_that_vanishes_under_a_running_witness_does_not_make_the_log_a_new_one(tmp_path):
    with witness(tmp_path / "w1", [LOG.key]) as running:
        assert send(running, 0, 300).status_code == 200
        (kept,) = (running.state / "logs").iterdir()
        kept.unlink()

        assert send(running, 0, 200, FORK).status_code == 503


def test_it_stops_when_asked_to_also_with_clients_on_the_line(tmp_path):
    with witness(tmp_path / "w1", [LOG.key]) as running, httpx.Client(base_url=running.url, trust_env=False) as client:
        client.get("/")
        running.process.send_signal(signal.SIGTERM)

        assert running.process.wait(20) == 0


# --------------------------------------------------------------------------------------------- two histories, two witnesses --
def fork(first, second):
    """Serve one history to 300 entries, then another one; what each witness answers and keeps."""
    for each in (first, second):
        assert send(each, 0, 300).status_code == 200
    answers = {}
    for each in (first, second):
        other_tree, other_past = send(each, 300, 300, FORK), send(each, 300, 700, FORK)
        answers[each.key.name] = (other_tree.status_code, other_past.status_code)
    return answers


@pytest.mark.check(5)
def test_two_witnesses_refuse_a_second_history_and_keep_its_text(tmp_path):
    """Check 5 of the auditor's: a fork is refused by each witness alone, and what it was sent convicts the log."""
    with (
        witness(tmp_path / "w1", [LOG.key], "witness.example/w1") as first,
        witness(tmp_path / "w2", [LOG.key], "witness.example/w2") as second,
    ):
        answers = fork(first, second)
        still = [send(each, 300, 700).status_code for each in (first, second)]

    assert answers == {"witness.example/w1": (409, 422), "witness.example/w2": (409, 422)}
    assert still == [200, 200]
    for each in (first, second):
        kept = [file.read_text() for file in (each.state / "refused").iterdir()]
        assert len(kept) == 2
        assert any("two trees of 300 entries" in text for text in kept)
        assert all(are_two_histories(text) for text in kept)
        assert "kept as evidence" in each.said


def are_two_histories(evidence):
    """Whether both notes in the evidence are signed by the log and cannot go together."""
    held, sent = evidence.split("It sent:\n\n")
    first = read_note(held.split("had cosigned:\n\n")[1].removesuffix("\n").encode())
    second = read_note(sent.partition("\n\n")[2].encode())
    assert first.signers([LOG.key]) == second.signers([LOG.key]) == [LOG.key]
    one, other = read_checkpoint(first.text), read_checkpoint(second.text)
    return (one.size, one.root) != (other.size, other.root) and other.root == FORK.checkpoint_at(other.size).root


GULLIBLE = """
from evenhand.ledger import witness
witness.require_continuation = lambda submission, keys, held: submission.checkpoint
"""


@pytest.mark.saboteur(5)
def test_the_fork_drill_sees_witnesses_that_check_nothing(tmp_path):
    with (
        witness(tmp_path / "w1", [LOG.key], "witness.example/w1", sabotage=GULLIBLE) as first,
        witness(tmp_path / "w2", [LOG.key], "witness.example/w2", sabotage=GULLIBLE) as second,
    ):
        assert fork(first, second) == {"witness.example/w1": (200, 200), "witness.example/w2": (200, 200)}


def test_a_log_that_goes_back_is_refused_after_a_restart_too(tmp_path):
    with witness(tmp_path / "w1", [LOG.key]) as running:
        assert send(running, 0, 700).status_code == 200
    with witness(tmp_path / "w1", [LOG.key]) as running:
        assert send(running, 0, 300).status_code == 409
        assert send(running, 700, 300).status_code == 400
        assert held_size(running) == 700


def test_the_witness_carries_no_web_framework_and_no_database():
    program = (
        "import sys\nfrom evenhand.cli import witness\n"
        "print(sorted({'fastapi', 'starlette', 'uvicorn', 'asyncpg', 'httpx', 'pydantic', 'numpy', 'structlog',"
        " 'evenhand.store', 'evenhand.boundary'} & sys.modules.keys()))"
    )

    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout

    assert said.strip() in ("[]", "['pydantic']")


def test_it_is_small(running):
    """The whole process, with interpreter and cryptography."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    resident_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    assert resident_kib < 80 * 1024
