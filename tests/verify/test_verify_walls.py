"""An audit package by the stand-alone verifier: who was let in is decided again, from public statements and own terms."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from asking import audit_report
from made_audit import CUSTOMER, VENDOR, Audit, entity, holds, person, share
from made_log import written

ROOT = Path(__file__).parents[2]
CYCLE = [holds("R", "A", 60), holds("A", "B", 50), holds("B", "A", 30), holds("B", "X", 80)]


def ownership(verifier, *statements, day="2026-03-01", by="operator"):
    return verifier.Ownership([(by, each) for each in statements], day)


def test_a_whole_package_verifies(verifier, tmp_path):
    audit = Audit().file(*CYCLE, parties={VENDOR: "X"}).rule("Q")
    for _ in range(300):
        audit.let_in()

    report = audit_report(verifier, audit.write(tmp_path / "audit"))

    assert (report.exit_code, report.problems) == (0, [])
    assert [each["log"] for each in report.logs] == ["log.example/log/governance", "log.example/log/7f3a"]
    assert report.logs[1]["actions"] == {"asset.release": 300, "policy.change": 1}


def test_the_first_entry_that_the_walls_forbid_is_named(verifier, tmp_path):
    audit = Audit().file(*CYCLE, parties={VENDOR: "X"}).rule("Q", wall_percent=25)
    audit.let_in()
    audit.rule("R", wall_percent=25)
    first = audit.let_in()
    audit.let_in()

    report = audit_report(verifier, audit.write(tmp_path / "audit"))

    assert [(each.code, each.where["index"]) for each in report.problems] == [
        ("wall-violated", first),
        ("wall-violated", first + 1),
    ]
    assert "tied to R by 50.0 % at epoch 4 (wall: 25 %)" in report.problems[0].message


def test_the_exact_solution_decides_where_chains_alone_would_not(verifier):
    graph = ownership(verifier, *CYCLE)

    assert round(100 * verifier._multiplied(graph.links, "R")["X"], 1) == 28.2
    # The strictest test wins: every link of the chain is 50 % or more.
    assert graph.holdings("R")["X"] == 0.5


@pytest.mark.saboteur(8)
def test_a_verifier_that_counts_simple_chains_alone_passes_what_the_cycle_forbids(verifier, tmp_path, monkeypatch):
    audit = Audit().file(*CYCLE, parties={VENDOR: "X"}).rule("R", wall_percent=25)
    audit.let_in()
    folder = audit.write(tmp_path / "audit")

    def chains(links, a, seen=frozenset(), weight=1.0):
        found = {}
        for v, share_ in links.get(a, {}).items():
            if v not in seen | {a}:
                found[v] = found.get(v, 0.0) + weight * share_
                for u, more in chains(links, v, seen | {a}, weight * share_).items():
                    found[u] = found.get(u, 0.0) + more
        return found

    assert round(100 * chains(ownership(verifier, *CYCLE).links, "R")["X"], 1) == 24.0
    monkeypatch.setattr(verifier.Ownership, "holdings", lambda self, a: verifier._multiplied(self.links, a))
    assert [each.code for each in audit_report(verifier, folder).problems] == ["wall-violated"]

    monkeypatch.setattr(verifier, "_multiplied", chains)
    assert audit_report(verifier, folder).exit_code == 0


UNKNOWN = {"type": "unknownInterest", "directOrIndirect": "direct"}
SEAT = {"type": "appointmentOfBoard", "directOrIndirect": "direct"}
OFFICE = {"type": "seniorManagingOfficial", "directOrIndirect": "direct"}
AT_MOST = {"type": "shareholding", "directOrIndirect": "direct", "share": {"minimum": 5, "maximum": 12}}


@pytest.mark.check(8)
@pytest.mark.parametrize(
    ("statements", "percent"),
    [
        ([holds("R", "X", 49)], 49),
        ([holds("R", "X", share(49, "shareholding"), share(0, "votingRights"))], 49),
        ([holds("R", "X", UNKNOWN)], 100),
        ([holds("R", "X", SEAT)], 100),
        ([holds("R", "X", AT_MOST)], 12),
        ([holds("R", "X", share(3), share(4))], 7),
        ([holds("R", "X", share(3), share(9, "votingRights"))], 9),
        ([holds("R", "X", share(30, endDate="2026-02-28"))], 0),
        ([holds("R", "X", share(30, endDate="2026-03-02"))], 30),
        ([holds("R", "X", share(30, startDate="2027-01-01"))], 30),
        ([holds("X", "R", 20)], 20),
        # Two small paths add up; rolling sees 6, multiplication 12.
        ([holds("R", "A", 100), holds("R", "B", 100), holds("A", "X", 6), holds("B", "X", 6)], 12),
        # Rolling: every link is 30, multiplication says 9.
        ([holds("R", "A", 30), holds("A", "X", 30)], 30),
        # Dominance: what A and B, both held by more than half, hold together.
        ([holds("R", "A", 51), holds("R", "B", 51), holds("A", "X", 20), holds("B", "X", 20)], 40),
        # A declared indirect figure is no chain beside its parts; what it says beyond them counts.
        ([holds("R", "A", 100), holds("A", "X", 40), holds("R", "X", share(40, direct="indirect"))], 40),
        ([holds("R", "A", 100), holds("A", "X", 40), holds("R", "X", share(60, direct="indirect"), record="more")], 60),
        # A chief executive of X who sits on R's board is a common holder, a person: whatever it is.
        ([person("chief"), holds("chief", "X", OFFICE), holds("chief", "R", SEAT)], 100),
        ([person("who"), holds("who", "X", 8), holds("who", "R", 12)], 8),
        # A fund with 8 and 12 ties nobody; one with 8 and 25 does.
        ([entity("fund"), holds("fund", "X", 8), holds("fund", "R", 12)], 0),
        ([entity("fund"), holds("fund", "X", 8), holds("fund", "R", 25)], 8),
        # A joint venture: X holds 30 of it, R 40.
        ([holds("X", "joint", 30), holds("R", "joint", 40)], 40),
        # A nominee who holds for R.
        (
            [
                entity("trust", "arrangement"),
                holds("R", "trust", {"type": "nominator", "directOrIndirect": "direct"}),
                holds("man", "trust", {"type": "nominee", "directOrIndirect": "direct"}),
                holds("man", "X", 15),
            ],
            15,
        ),
        # One identifier, one party.
        (
            [
                entity("R", identifiers=[{"scheme": "XI-LEI", "id": "1"}]),
                entity("R2", identifiers=[{"scheme": "XI-LEI", "id": "1"}]),
                holds("R2", "X", 11),
            ],
            11,
        ),
    ],
    ids=range(23),
)
def test_the_fixed_cases_give_what_the_reference_says(verifier, statements, percent):
    graph = ownership(verifier, *statements)

    assert round(100 * graph.tie(graph.party("X"), graph.party("R")), 6) == percent
    assert round(100 * graph.tie(graph.party("R"), graph.party("X")), 6) == percent


def test_ties_are_not_chained(verifier):
    graph = ownership(verifier, holds("Q", "X", 12), holds("Q", "S", 12), holds("S", "R", 12))

    assert graph.tie("X", "Q") == graph.tie("S", "R") == 0.12
    assert graph.tie("X", "S") == graph.tie("X", "R") == 0


@pytest.mark.check(10)
def test_full_circles_end_and_nobody_holds_more_than_all(verifier):
    ring = [holds(f"n{n}", f"n{(n + 1) % 400}", 100) for n in range(400)]
    graph = ownership(verifier, *ring, holds("R", "n0", 1), holds("n7", "X", UNKNOWN), holds("n8", "X", 90))

    assert set(graph.holdings("R").values()) == {1.0}
    assert graph.holdings("X") == {}


def test_the_solution_is_the_limit_of_all_chains_and_cycles(verifier):
    noise = random.Random(7)
    for _ in range(60):
        names = [f"p{n}" for n in range(noise.randrange(2, 9))]
        links = {
            u: {v: noise.choice([0.05, 0.2, 0.5, 0.9, 1.0]) for v in noise.sample(names, 2) if v != u} for u in names
        }

        solved = verifier._multiplied(links, "p0")

        slowly = dict.fromkeys(solved, 0.0)
        for _ in range(20_000):
            step = {
                v: min(
                    1.0, sum(held.get(v, 0) * (1.0 if u == "p0" else slowly.get(u, 0.0)) for u, held in links.items())
                )
                for v in slowly
            }
            if step == slowly:
                break
            slowly = step
        assert solved == pytest.approx(slowly, abs=1e-6)


def test_a_statement_counts_from_its_epoch_until_it_is_withdrawn_closed_or_replaced(verifier, tmp_path):
    bought, seat = holds("R", "X", 49), holds("R", "X", SEAT, record="seat")
    audit = Audit().rule("R")
    audit.file(parties={VENDOR: "X"})
    audit.let_in()
    audit.file(bought)
    bad = [audit.let_in()]
    audit.file(seat, withdrawn=[bought["statementId"]])
    bad.append(audit.let_in())
    audit.file({**seat, "recordStatus": "closed", "statementId": "later"})
    audit.let_in()
    audit.file(bought)
    bad.append(audit.let_in())
    audit.file(holds("R", "X", 4))
    audit.let_in()
    audit.file(holds("R", "X", 20), by="another")
    bad.append(audit.let_in())

    report = audit_report(verifier, audit.write(tmp_path / "audit"))

    assert [each.where["index"] for each in report.problems if each.code == "wall-violated"] == bad


FROM, TO = "2026-02-01T00:00:00.000000Z", "2026-04-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("terms", "is_right"),
    [
        ({}, False),
        ({"waivers": [{"party": "X", "rival": "R", "reason": "", "since": FROM, "until": TO}]}, True),
        ({"waivers": [{"party": "X", "rival": None, "reason": "", "since": FROM, "until": None}]}, True),
        ({"waivers": [{"party": "X", "rival": "Q", "reason": "", "since": FROM, "until": TO}]}, False),
        ({"waivers": [{"party": "X", "rival": "R", "reason": "", "since": "2026-01-01", "until": FROM}]}, False),
        ({"waivers": [{"party": "X", "rival": "R", "reason": "", "since": TO, "until": None}]}, False),
        ({"countersigned": [{"party": "X", "rival": "R", "high": 49.0, "at": FROM}]}, True),
        ({"countersigned": [{"party": "X", "rival": "R", "high": 48.0, "at": FROM}]}, False),
        ({"wall_percent": 50}, True),
        ({"wall_percent": 49}, False),
        ({"on_change": "notify"}, True),
        ({"until": FROM}, True),
        ({"since": TO}, True),
    ],
    ids=range(13),
)
def test_the_customers_own_terms_decide(verifier, tmp_path, terms, is_right):
    audit = Audit().file(holds("R", "X", 49), parties={VENDOR: "X"}).rule("R", **terms)
    audit.let_in()

    report = audit_report(verifier, audit.write(tmp_path / "audit"))

    assert [each.code for each in report.problems] == ([] if is_right else ["wall-violated"])


def test_a_vendor_without_a_record_is_the_party_of_its_own_id_and_the_customers_own_people_are_not_judged(
    verifier, tmp_path
):
    audit = Audit().rule(VENDOR, CUSTOMER)
    audit.let_in(CUSTOMER)
    audit.let_in(decision="deny", rule="vendor")
    bad = audit.let_in(VENDOR)

    report = audit_report(verifier, audit.write(tmp_path / "audit"))

    assert [(each.code, each.where["index"]) for each in report.problems] == [("wall-violated", bad)]


def test_wall_documents_are_those_that_the_log_recorded_all_of_them_and_no_others(verifier, tmp_path):
    audit = Audit().rule("R").rule("Q").rule("S")
    folder = audit.write(tmp_path / "audit")
    (folder / "walls" / "00000002.json").unlink()
    written(folder / "walls" / "00000003.json", audit.documents[2].replace(b'"S"', b'"T"'))

    report = audit_report(verifier, folder)

    assert {(each.file, each.code) for each in report.problems} == {
        ("walls/00000003.json", "document-unrecorded"),
        ("walls", "document-missing"),
    }


def test_a_document_that_the_log_does_not_know_yet_decides_nothing(verifier, tmp_path):
    audit = Audit().file(holds("R", "X", 49), parties={VENDOR: "X"}).rule("R")
    bad = audit.let_in()
    folder = audit.write(tmp_path / "audit")
    terms = json.loads(audit.documents[0]) | {"conflicts": [], "version": 2, "at": "2026-03-09T00:00:00.000000Z"}
    written(folder / "walls" / "00000002.json", json.dumps(terms))

    report = audit_report(verifier, folder)

    assert [(each.code, each.where["index"]) for each in report.problems] == [("wall-violated", bad)]
    assert [each.removeprefix(f"{folder}/") for each in report.notes] == [
        "walls/00000002.json is newer than the log: nothing was decided by it here."
    ]


def test_a_receipt_of_another_history_is_told_in_the_package(verifier, tmp_path):
    audit = Audit().rule("R")
    audit.let_in()
    folder = audit.write(tmp_path / "audit")
    other = Audit().rule("Q")
    other.let_in()
    written(folder / "receipts" / "1.tlog-proof", other.logs()[0].proof(1, extra=False))

    report = audit_report(verifier, folder)

    assert [(each.file, each.code, each.where["index"]) for each in report.problems] == [
        ("receipts/1.tlog-proof", "history-changed", 1)
    ]


HOSTILE = [
    {"statements": [1, None, [], {"recordId": []}, {"recordDetails": 7, "recordType": "relationship"}]},
    {"statements": [{"recordType": "entity", "recordDetails": {"identifiers": [1, {"scheme": [], "id": {}}]}}]},
    {"statements": [holds("R", "X", share(10**400)), holds("R", "X", share(-5), record="b")]},
    {"statements": [{**holds("R", "X", 1), "statementId": ["x"]}], "withdrawn": [["x"], None]},
    {"statements": 7, "withdrawn": "x", "parties": [1]},
    {"parties": {VENDOR: ["x"], "y": None}},
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_statements_bring_nothing_down(verifier, tmp_path, body):
    audit = Audit().file().rule("R")
    changed = json.loads(audit.public[0])
    changed["body"] |= body
    audit.public[0] = json.dumps(changed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    audit.let_in()

    assert audit_report(verifier, audit.write(tmp_path / "audit")).exit_code in (0, 1)


def test_the_command_checks_a_package_and_says_where_the_policy_came_from(tmp_path):
    audit = Audit().file(holds("R", "X", 49), parties={VENDOR: "X"}).rule("R")
    index = audit.let_in()
    folder = audit.write(tmp_path / "audit")

    def run(*arguments):
        command = [
            sys.executable,
            "-I",
            "-S",
            str(ROOT / "verify" / "evenhand_verify.py"),
            "audit",
            *map(str, arguments),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    done, told = run(folder), json.loads(run(folder, "--policy", folder / "policy.tlog", "--json").stdout)

    assert (done.returncode, done.stderr) == (1, "")
    assert f"Entry {index} let in a person of {VENDOR}, tied to R by 49.0 %" in done.stdout
    assert "The policy came with the files." in done.stdout
    assert (told["first_bad_index"], told["notes"]) == (index, [])
