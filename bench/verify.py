"""A log of a million entries by the stand-alone verifier: `python -m bench.verify [ENTRIES]`. Seconds, entries a second, memory."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "log.example/log/bench"
VERIFIER = Path(__file__).parents[1] / "verify" / "evenhand_verify.py"
SECONDS_MAX = 60


def entry(number: int) -> bytes:
    """One look, as a customer's log holds it: about 480 bytes."""
    id_, who = (hashlib.sha256(b"%d" % each).hexdigest() for each in (number, number % 200))
    at = f"2026-03-01T{number // 36_000 % 24:02}:{number // 600 % 60:02}:{number // 10 % 60:02}.{number % 10}00000Z"
    vendor, task = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11", f"019e5b34-6d2e-7c51-9f0a-{number:012x}"
    return (
        f'{{"action":"asset.release","actor":"{who}","actor_organization":"{vendor}","at":"{at}","decision":"allow","epoch":3,'
        f'"id":"{id_[:32]}","log":"{ORIGIN}","object":"{task}","policy":1,"purpose":"label","software":"evenhand 0.2.0","v":1}}'
    ).encode()


def write(folder: Path, count: int) -> Path:
    """Lay the log out as C2SP tlog-tiles describes it, and write its policy; the policy's path."""
    levels: list[list[bytes]] = [[]]
    for start in range(0, count, 256):
        part = [entry(number) for number in range(start, min(start + 256, count))]
        put(folder, "entries", start >> 8, len(part), b"".join(len(each).to_bytes(2, "big") + each for each in part))
        levels[0] += [hashlib.sha256(b"\0" + each).digest() for each in part]
    while levels[-1]:
        hashes, above = levels[-1], []
        for start in range(0, len(hashes), 256):
            tile = hashes[start : start + 256]
            put(folder, str(len(levels) - 1), start >> 8, len(tile), b"".join(tile))
            if len(tile) == 256:
                above.append(over(tile))
        levels.append(above)
    subtrees = []
    for hashes in reversed(levels):
        last = hashes[len(hashes) & ~255 :]
        for width in [1 << n for n in reversed(range(8)) if len(last) >> n & 1]:
            subtrees.append(over(last[:width]))
            last = last[width:]
    root = subtrees.pop() if subtrees else hashlib.sha256(b"").digest()
    for each in reversed(subtrees):
        root = hashlib.sha256(b"\1" + each + root).digest()
    return sign(folder, count, root)


def over(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [hashlib.sha256(b"\1" + hashes[n] + hashes[n + 1]).digest() for n in range(0, len(hashes), 2)]
    return hashes[0]


def put(folder: Path, kind: str, index: int, width: int, content: bytes) -> None:
    """Write one tile."""
    path = f"{index % 1000:03}" if index < 1000 else f"x{index // 1000:03}/{index % 1000:03}"
    target = folder / "tile" / kind / (path + (f".p/{width}" if width < 256 else ""))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def sign(folder: Path, count: int, root: bytes) -> Path:
    """Sign the checkpoint with a key made for this."""
    private = Ed25519PrivateKey.generate()
    key = b"\1" + private.public_key().public_bytes_raw()
    id_ = hashlib.sha256(ORIGIN.encode() + b"\n" + key).digest()[:4]
    text = f"{ORIGIN}\n{count}\n{b64encode(root).decode()}\n"
    line = f"— {ORIGIN} {b64encode(id_ + private.sign(text.encode())).decode()}\n"
    (folder / "checkpoint").write_text(f"{text}\n{line}")
    policy = folder.parent / "policy.tlog"
    policy.write_text(f"log {ORIGIN}+{id_.hex()}+{b64encode(key).decode()}\nquorum none\n")
    return policy


def main() -> int:
    """Print one line; 1 when it was too slow or did not verify."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder, told = Path(name) / "log", Path(name) / "report.json"
        folder.mkdir()
        # In a process of its own: a child's greatest memory counts from that of its parent.
        writing = multiprocessing.get_context("spawn").Process(target=write, args=(folder, count))
        writing.start()
        writing.join()
        command = [
            sys.executable,
            "-I",
            "-S",
            str(VERIFIER),
            "log",
            str(folder),
            "--policy",
            str(folder.parent / "policy.tlog"),
            "--json",
        ]
        start = time.perf_counter()
        with told.open("wb") as out:
            _, _, usage = os.wait4(subprocess.Popen(command, stdout=out).pid, 0)
        seconds = time.perf_counter() - start
        report = json.loads(told.read_text())
    print(
        f"{count:,} entries verified in {seconds:.1f} s ({usage.ru_utime + usage.ru_stime:.1f} s of CPU), "
        f"{count / seconds:,.0f} a second, {usage.ru_maxrss / 1024:.0f} MB; load average {os.getloadavg()[0]:.1f}"
    )
    return 0 if report["verified"] and seconds < SECONDS_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
