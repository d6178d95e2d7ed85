"""A log by the stand-alone verifier: whatever is changed is found, and the first entry that is not what was logged is named."""

import json
import os
import random
from dataclasses import dataclass, replace

import pytest
from asking import log_report
from made_log import ORIGIN, MadeLog, bundle, canonical, entry, hash_of, tile_path, written

SIZES = [1, 2, 255, 256, 257, 300, 777]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """size -> a log of that many entries, and its folder; who changes a file puts it back."""
    logs = {size: MadeLog.of(size) for size in SIZES}
    return {size: (log, log.write(tmp_path_factory.mktemp(f"log{size}"))) for size, log in logs.items()}


def check(verifier, folder, log, **more):
    return log_report(verifier, folder, written(folder.parent / f"{folder.name}.policy", log.policy()), **more)


def codes(report):
    return {each.code for each in report.problems}


@pytest.mark.parametrize("size", [0, *SIZES])
def test_an_untouched_log_verifies(verifier, tmp_path, size):
    log = MadeLog.of(size)

    report = check(verifier, log.write(tmp_path / "log"), log)

    assert (report.exit_code, report.problems) == (0, [])
    [said] = report.logs
    assert (said["log"], said["size"], said["root"]) == (ORIGIN, size, hash_of(log.entries).hex())
    assert list(said["cosigned"].values()) == ["2026-09-21T14:13:20+00:00"] * 2


# ------------------------------------------------------------------------------------------------------ who tampers with it --


@dataclass
class Change:
    """What a forger did. files: path -> content; first: the first entry that is not what was signed; code: what is said of it."""

    files: dict
    first: int
    code: str


def edited(content, noise):
    return content.replace(b'"purpose":"label"', b'"purpose":"%s"' % noise.choice([b"browse", b"check", b"look"]))


def rows(log, entries):
    """The bundles that a server would render from rows that stand thus now; as many as were signed."""
    files = {}
    for start in range(0, len(log.entries), 256):
        width = min(256, len(log.entries) - start)
        files[tile_path("entries", start // 256, width)] = bundle(entries[start : start + width])
    return files


def edit(log, noise):
    at = noise.randrange(len(log.entries))
    return Change(
        rows(log, [*log.entries[:at], edited(log.entries[at], noise), *log.entries[at + 1 :]]), at, "entry-changed"
    )


def drop(log, noise):
    at = noise.randrange(len(log.entries))
    code = "entry-changed" if at < len(log.entries) - 1 else "bundle-cut"
    return Change(rows(log, [*log.entries[:at], *log.entries[at + 1 :]]), at, code)


def swap(log, noise):
    if len(log.entries) < 2:
        return edit(log, noise)
    at, other = sorted(noise.sample(range(len(log.entries)), 2))
    entries = list(log.entries)
    entries[at], entries[other] = entries[other], entries[at]
    return Change(rows(log, entries), at, "entry-changed")


def insert(log, noise):
    at = noise.randrange(len(log.entries))
    return Change(rows(log, [*log.entries[:at], entry(10**6 + at), *log.entries[at:]]), at, "entry-changed")


def insert_in_the_bundle(log, noise):
    at = noise.randrange(len(log.entries))
    start = at // 256 * 256
    part = log.entries[start : start + 256]
    path = tile_path("entries", start // 256, len(part))
    longer = [*part[: at - start], entry(10**6 + at), *part[at - start :]]
    return Change({path: bundle(longer)}, at, "entry-changed")


def append(log, noise):
    start = (len(log.entries) - 1) // 256 * 256
    part = log.entries[start:]
    longer = bundle([*part, entry(10**6)])
    return Change({tile_path("entries", start // 256, len(part)): longer}, len(log.entries), "bundle-long")


def duplicate(log, noise):
    at = noise.randrange(len(log.entries))
    if at == len(log.entries) - 1:
        return append(log, noise)
    return Change(rows(log, [*log.entries[: at + 1], *log.entries[at:]]), at + 1, "entry-changed")


def flip_in_a_bundle(log, noise):
    at = noise.randrange(len(log.entries))
    start = at // 256 * 256
    part = [bytearray(len(each).to_bytes(2, "big") + each) for each in log.entries[start : start + 256]]
    part[at - start][noise.randrange(len(part[at - start]))] ^= 1 << noise.randrange(8)
    return Change({tile_path("entries", start // 256, len(part)): b"".join(part)}, at, "")


def flip_in_a_tile(log, noise):
    at = noise.randrange(len(log.entries))
    tiles = log.tiles()
    path = tile_path(0, at // 256, min(256, len(log.entries) - at // 256 * 256))
    content = bytearray(tiles[path])
    content[at % 256 * 32 + noise.randrange(32)] ^= 1 << noise.randrange(8)
    return Change({path: bytes(content)}, at, "tile-changed")


def flip_in_an_upper_tile(log, noise):
    count = len(log.entries) // 256
    if not count:
        return flip_in_a_tile(log, noise)
    at = noise.randrange(count)
    path = tile_path(1, 0, count)
    content = bytearray(log.tiles()[path])
    content[at * 32 + noise.randrange(32)] ^= 1 << noise.randrange(8)
    return Change({path: bytes(content)}, at * 256, "tile-changed")


def edit_and_mend_its_tile(log, noise):
    """Entry and tile agree; the tile above knows better, though not which of the 256 it is."""
    count = len(log.entries) // 256 * 256
    if not count:
        return edit(log, noise)
    at = noise.randrange(count)
    forged = replace(log, entries=[*log.entries[:at], edited(log.entries[at], noise), *log.entries[at + 1 :]])
    tiles = forged.tiles()
    paths = [tile_path(kind, at // 256, 256) for kind in ("entries", 0)]
    return Change({path: tiles[path] for path in paths}, at // 256 * 256, "entry-changed")


def sign_anew(log, noise):
    """With the real key, every tile made again: only who kept something can tell."""
    at = noise.randrange(len(log.entries))
    forged = replace(log, entries=[*log.entries[:at], edited(log.entries[at], noise), *log.entries[at + 1 :]])
    return Change({**forged.tiles(), "checkpoint": forged.checkpoint()}, at, "history-changed")


def sign_anew_without(log, noise):
    at = noise.randrange(len(log.entries))
    forged = replace(log, entries=[*log.entries[:at], *log.entries[at + 1 :], entry(10**6)])
    return Change({**forged.tiles(), "checkpoint": forged.checkpoint()}, at, "history-changed")


def sign_fewer(log, noise):
    forged = replace(log, entries=log.entries[: noise.randrange(len(log.entries))])
    return Change({**forged.tiles(), "checkpoint": forged.checkpoint()}, len(forged.entries), "history-changed")


FORGERS = [
    edit, drop, swap, insert, insert_in_the_bundle, append, duplicate, flip_in_a_bundle, flip_in_a_tile,
    flip_in_an_upper_tile, edit_and_mend_its_tile, sign_anew, sign_anew_without, sign_fewer,
]  # fmt: skip


def tampered(verifier, made, kept, seed, count):
    """Tamper so many times, and see each time that the first bad index is named, by the file that lies."""
    noise = random.Random(seed)
    print(f"{count:,} forged logs, seed {seed}")
    for number in range(count):
        log, folder = made[noise.choice(SIZES)]
        forger = noise.choice(FORGERS)
        change = forger(log, noise)
        before = {path: (folder / path).read_bytes() for path in change.files if (folder / path).exists()}
        for path, content in change.files.items():
            written_in(folder, path, content)
        try:
            report = check(verifier, folder, log, since=kept[len(log.entries)])
        finally:
            for path in change.files:
                (folder / path).unlink()
            for path, content in before.items():
                (folder / path).write_bytes(content)
        told = (number, forger.__name__, len(log.entries), report.problems[:3])
        assert report.exit_code == 1, told
        assert report.as_json()["first_bad_index"] == change.first, told
        assert not change.code or change.code in codes(report), told


def written_in(folder, path, content):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)


@pytest.fixture(scope="module")
def kept(verifier, made, tmp_path_factory):
    """size -> the checkpoint that the customer kept."""
    folder = tmp_path_factory.mktemp("kept")
    for size, (log, where) in made.items():
        assert check(verifier, where, log, save=folder / f"{size}").exit_code == 0
    return {size: folder / f"{size}" for size in made}


@pytest.mark.check(4)
def test_each_of_300_forgeries_is_found_and_the_first_bad_index_is_named(verifier, made, kept):
    tampered(verifier, made, kept, 20260301, 300)


@pytest.mark.check(4)
@pytest.mark.drill
def test_each_of_10_000_forgeries_is_found_and_the_first_bad_index_is_named(verifier, made, kept):
    tampered(verifier, made, kept, int.from_bytes(os.urandom(4), "big"), 10_000)


# --------------------------------------------------------------------------------------------------- guards and saboteurs --


@pytest.mark.check(4)
def test_a_fork_that_was_signed_and_cosigned_is_seen_against_what_was_kept(verifier, made, kept, tmp_path):
    log, _ = made[300]
    forged = replace(log, entries=[*log.entries[:7], entry(999), *log.entries[8:]])
    folder = forged.write(tmp_path / "fork")

    assert check(verifier, folder, forged).exit_code == 0
    report = check(verifier, folder, forged, since=kept[300])
    assert (codes(report), report.as_json()["first_bad_index"]) == ({"history-changed"}, 7)

    # With the checkpoint alone, as any other tool would keep it, it is still seen, if not where.
    report = check(verifier, folder, forged, since=written(tmp_path / "kept", log.checkpoint()))
    assert (codes(report), report.problems[0].message[:17]) == ({"history-changed"}, "From entry 0 on, ")


@pytest.mark.saboteur(4)
def test_a_verifier_without_the_comparison_with_what_was_kept_passes_the_fork(
    verifier, made, kept, tmp_path, monkeypatch
):
    log, _ = made[300]
    forged = replace(log, entries=[*log.entries[:7], entry(999), *log.entries[8:]])
    folder = forged.write(tmp_path / "fork")
    monkeypatch.setattr(verifier.Log, "check_history", lambda *_: None)

    assert check(verifier, folder, forged, since=kept[300]).exit_code == 0


@pytest.mark.saboteur(4)
@pytest.mark.parametrize(
    ("guard", "broken", "forgery"),
    [
        ("ed25519_verifies", lambda *_: True, "key"),
        ("Policy.is_quorum", lambda *_: True, "quorum"),
        ("Log.settle", lambda *_: None, "entry"),
        ("Log.check_ids", lambda _: None, "twice"),
        ("Log.check_age", lambda *_: None, "age"),
    ],
    ids=["signature", "quorum", "root", "ids", "age"],
)
def test_a_verifier_without_a_guard_passes_what_the_guard_refuses(
    verifier, tmp_path, monkeypatch, guard, broken, forgery
):
    log, more = MadeLog.of(5), {"max_age": 60} if forgery == "age" else {}
    policy = log.policy()
    if forgery == "entry":
        log.entries[3] = entry(77)
    if forgery == "twice":
        log.entries[3] = canonical({**json.loads(log.entries[3]), "id": "00" * 16})
        log.entries[4] = canonical({**json.loads(log.entries[4]), "id": "00" * 16})
    folder = log.write(tmp_path / "log")
    if forgery == "entry":
        (folder / "checkpoint").write_bytes(MadeLog.of(5).checkpoint())
    if forgery == "quorum":
        log.witnesses = log.witnesses[:1]
        (folder / "checkpoint").write_bytes(log.checkpoint())
    if forgery == "key":
        forged = log.checkpoint().decode().splitlines(keepends=True)
        forged[4] = forged[4].replace(forged[4][-20:-4], "A" * 16)
        (folder / "checkpoint").write_text("".join(forged))

    def run():
        return log_report(verifier, folder, written(tmp_path / "policy.tlog", policy), **more).exit_code

    assert run() in (1, 3)
    owner, _, name = guard.rpartition(".")
    monkeypatch.setattr(getattr(verifier, owner) if owner else verifier, name, broken)
    assert run() == 0
