"""Hostile folders by the stand-alone verifier: changed bytes, links, pipes, huge files, rubbish. Told, never a traceback."""

import os
import random

import pytest
from asking import log_report
from made_audit import VENDOR, Audit, holds
from made_log import MadeLog, bundle, entry, tile_path, written


def check(verifier, folder, log):
    return log_report(verifier, folder, written(folder.parent / "policy.tlog", log.policy()))


@pytest.fixture
def log():
    return MadeLog.of(4)


@pytest.mark.check(7)
@pytest.mark.parametrize("each", [pytest.param(1, marks=pytest.mark.drill), 7])
def test_each_byte_of_each_small_file_of_a_log_matters_and_none_brings_it_down(verifier, tmp_path, log, each):
    folder, noise = log.write(tmp_path / "log"), random.Random(3)
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "checkpoint"):
        content = path.read_bytes()
        for at in range(len(content) % each, len(content), each):
            path.write_bytes(content[:at] + bytes([content[at] ^ noise.randrange(1, 256)]) + content[at + 1 :])
            assert check(verifier, folder, log).exit_code == 1, (path, at)
        for size in (0, 1, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:size])
            assert check(verifier, folder, log).exit_code == 1, (path, size)
        path.write_bytes(content)
    assert check(verifier, folder, log).exit_code == 0


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000.p/4", "tile/entries/000.p/4"])
@pytest.mark.parametrize("what", ["link", "link to nothing", "pipe", "folder", "gone", "huge", "rubbish", "zeros"])
def test_what_is_no_file_of_a_log_is_named_and_not_followed(verifier, tmp_path, log, name, what):
    folder = log.write(tmp_path / "log")
    path, content = folder / name, (folder / name).read_bytes()
    path.unlink()
    if what == "link":
        path.symlink_to(written(tmp_path / "elsewhere", content))
    elif what == "link to nothing":
        path.symlink_to(tmp_path / "nothing")
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "huge":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    elif what != "gone":
        path.write_bytes(random.Random(1).randbytes(300) if what == "rubbish" else bytes(70_000))

    report = check(verifier, folder, log)

    assert report.exit_code == (3 if name == "checkpoint" else 1)
    assert report.problems[0].file == name


def test_tiles_of_another_width_are_not_taken_for_those_of_this_tree(verifier, tmp_path, log):
    folder = log.write(tmp_path / "log")
    for kind in ("0", "entries"):
        (folder / f"tile/{kind}/000.p/4").rename(folder / f"tile/{kind}/000.p/5")

    report = check(verifier, folder, log)

    assert {(each.file, each.code) for each in report.problems} >= {
        ("tile/0/000.p/4", "missing"),
        ("tile/entries/000.p/4", "missing"),
    }


UNFIT = {
    "no JSON": b"hello",
    "no object": b"[]",
    "spaces": entry(3).replace(b":", b": ", 1),
    "keys out of order": b'{"v":1,"id":"00","at":"","action":"","log":""}',
    "a key twice": entry(3)[:-1] + b',"v":1}',
    "NaN": entry(3).replace(b'"epoch":1', b'"epoch":NaN'),
    "a float": entry(3).replace(b'"epoch":1', b'"epoch":1.0'),
    "another log": entry(3).replace(b"7f3a", b"7f3b"),
    "another version": entry(3).replace(b'"v":1', b'"v":2'),
    "an unknown key": entry(3, zzz=1),
    "an id too short": entry(3, id="ab"),
    "a body in a customer's log": entry(3, body={}),
    "no time": entry(3, at="yesterday"),
    "501 objects": entry(3, objects=["019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"] * 501),
    "deep": b'{"body":' * 5_000,
    "a lone surrogate": entry(3).replace(b'"label"', b'"\\ud800"'),
    "no UTF-8": entry(3).replace(b"label", b"\xff\xfe"),
}


@pytest.mark.parametrize("content", UNFIT.values(), ids=UNFIT)
def test_an_entry_that_was_signed_and_is_unfit_is_named(verifier, tmp_path, content):
    log = MadeLog.of(6)
    log.entries[3] = content

    report = check(verifier, log.write(tmp_path / "log"), log)

    assert [(each.code, each.where["index"]) for each in report.problems] == [("entry-unfit", 3)]


@pytest.mark.parametrize("number", [0.00001, 1e-7, 1.5e300, 1e16, 1e21, 123456789.125, 0.1, 100])
def test_numbers_are_as_ecmascript_writes_them(verifier, tmp_path, number):
    audit = Audit().file(holds("R", "X", 1), parties={VENDOR: "X"})
    spelled = {1e-05: "0.00001", 1e-07: "1e-7", 1e16: "10000000000000000"}.get(number, f"{number!r}")
    audit.public[0] = audit.public[0].replace(b'"exact":1', f'"exact":{spelled}'.encode())
    own, public = audit.logs()

    report = check(verifier, public.write(tmp_path / "governance"), public)

    assert (report.problems, own.origin) == ([], "log.example/log/7f3a")


def test_a_longer_bundle_and_a_tile_of_another_tree_are_told_by_what_they_are(verifier, tmp_path, log):
    folder = log.write(tmp_path / "log")
    written(folder / tile_path("entries", 0, 4), bundle([*log.entries, entry(9)]))
    written(folder / tile_path(0, 0, 4), MadeLog([entry(n) for n in range(10, 14)]).tiles()[tile_path(0, 0, 4)])

    report = check(verifier, folder, log)

    assert {(each.code, each.where.get("index")) for each in report.problems} == {
        ("bundle-long", 4),
        ("tile-changed", 0),
    }
