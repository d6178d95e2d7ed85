"""`evenhand walls` against a real server: terms, statements from a file, what is shown as text."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

from test_commands import Run, run

__all__ = ["run"]


def test_terms_are_declared_shown_and_withdrawn(run: Run) -> None:
    rival = f"rival-{uuid.uuid4().hex[:8]}"

    declared = run("walls", "conflict", rival, "--basis", "litigation")
    policy = run("walls", "policy", "--wall-percent", "25")
    waived = json.loads(run("walls", "waive", "Audited.", "--party", f"v-{rival}", "--rival", rival, "--json").stdout)
    shown = run("walls", "show")
    ended = run("walls", "end-waiver", waived["id"])
    withdrawn = run("walls", "conflict", rival, "--withdraw")

    assert [each.returncode for each in (declared, policy, shown, ended, withdrawn)] == [0] * 5, withdrawn.stderr
    assert f"In conflict with {rival} (litigation)." in shown.stdout
    assert "walled from 25 %" in shown.stdout
    assert f"Waived: v-{rival}, Audited. (evenhand walls end-waiver {waived['id']})" in shown.stdout
    assert f"In conflict with {rival} until " in withdrawn.stdout


def test_statements_are_filed_from_a_file_and_a_bad_one_is_named_in_a_line(run: Run, tmp_path: Path) -> None:
    record = f"vendor-{uuid.uuid4().hex[:8]}"
    statement = {
        "statementId": str(uuid.uuid4()),
        "declarationSubject": record,
        "statementDate": "2026-03-01",
        "recordId": record,
        "recordType": "entity",
        "recordDetails": {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": "Vendor"},
        "source": {"type": ["selfDeclaration"]},
    }
    good, bad, none = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "none.json"
    good.write_text(json.dumps([statement]))
    bad.write_text(json.dumps([{**statement, "statementId": "short"}]))
    none.write_text("{")

    filed = run("walls", "file", str(good), "--source", "https://news.example/")
    refused = run("walls", "file", str(bad), "--source", "https://news.example/")
    unreadable = run("walls", "file", str(none))

    assert filed.returncode == 0, filed.stderr
    assert "1 statements filed (challenge)" in filed.stdout
    assert f"{statement['statementId']}  salt " in filed.stdout
    assert refused.returncode == unreadable.returncode != 0
    assert "/statements/0/statementId" in refused.stderr
    assert f"{none} cannot be read" in unreadable.stderr
    assert "Traceback" not in refused.stderr + unreadable.stderr
    listed = run("walls", "challenges")
    assert "https://news.example/" in listed.stdout
