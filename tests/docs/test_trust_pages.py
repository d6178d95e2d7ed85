"""What an auditor is told: every test that is named exists, no requirement is left out, and no more is claimed than may be."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, Page, page

from evenhand.core.settings import Settings
from evenhand.http import middleware
from evenhand.http.model import WEBHOOKS_MAX
from evenhand.ledger.grant import OBJECTS_MAX
from evenhand.people import passwords
from evenhand.people.passkeys import PASSKEYS_MAX
from evenhand.work import archives, parquet, pictures, queue_routes, rows
from evenhand.work.buckets import BUCKETS_MAX

TRUST = [page(f"docs/trust/{path.name}") for path in sorted((ROOT / "docs" / "trust").glob("*.md"))]
ASVS, THREATS, INVENTORY = (page(f"docs/trust/{name}.md") for name in ("asvs", "threat-model", "inventory"))
LEVELS = dict(line.split() for line in (ROOT / "docs/trust/asvs-ids.txt").read_text().splitlines())
CLAIMED = [*TRUST, page("docs/explanation/what-we-cannot-prove.md"), page("README.md"), page("SECURITY.md")]

# What nobody can promise (trust is not a word of ours): said only where it is quoted as what may not be said.
FORBIDDEN = (
    r"nobody (?:saw|has seen|can see|ever sees)",
    r"we are neutral",
    r"deleted everywhere",
    r"\bcomplian(?:t|ce) with\b",
    r"\bcertified\b",
    r"\bimpossible to\b",
    r"\bcannot be (?:changed|hacked|read by anybody|tampered with)",
    r"\b(?:unhackable|tamper-?proof|zero[- ]knowledge|military[- ]grade|bank[- ]grade|100 ?% (?:safe|secure))\b",
    r"\bguarantee[ds]?\b",
)
# What may use a secret: comparing, hashing passwords, sealing, signing.
CRYPTOGRAPHY = {"cryptography", "hmac", "argon2", "pyrage", "joserfc", "authlib", "webauthn", "pkcs11", "boto3", "tink"}


# --------------------------------------------------------------------------------------------------------- the tests --
def named_tests(each: Page) -> set[str]:
    """What a page names in code as a test: a file, with or without a test in it, or (in a row that names one) a test alone."""
    return set(re.findall(r"`((?:tests|web)/[\w/.-]+\.(?:py|tsx?|json)(?:::\w+)?)`", each.text))


def missing(name: str) -> bool:
    path, _, test = name.partition("::")
    if not (ROOT / path).is_file():
        return True
    return bool(test) and re.search(rf"^(?:async )?def {test}\(", (ROOT / path).read_text("utf-8"), re.M) is None


@pytest.mark.parametrize("each", TRUST, ids=lambda each: each.name)
def test_every_test_that_a_page_names_exists(each: Page) -> None:
    assert sorted(filter(missing, named_tests(each))) == []


@pytest.mark.parametrize("each", TRUST, ids=lambda each: each.name)
def test_every_saboteur_that_is_named_alone_is_in_some_file(each: Page) -> None:
    alone = set(re.findall(r"`(test_\w+)`", each.text))
    there = {
        test
        for path in (ROOT / "tests").rglob("test_*.py")
        for test in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text("utf-8"), re.M)
    }

    assert alone - there == set()


def test_a_test_that_is_not_there_is_found() -> None:
    astray = Page(
        ROOT / "docs" / "astray.md", "`tests/docs/test_trust_pages.py::test_of_nothing`, `tests/no/test_such.py`"
    )

    assert sorted(filter(missing, named_tests(astray))) == sorted(named_tests(astray))


# ------------------------------------------------------------------------------------------------------ the standard --
def requirements(each: Page) -> list[tuple[str, str, str, str]]:
    """(id, level, how it is met, what shows it) of every row."""
    found = re.findall(r"^\| (\d+\.\d+\.\d+) \| (\d) \|([^|]*)\|([^|]*)\|([^|]*)\|$", each.text, re.M)
    return [(id_, level, here.strip(), shown.strip()) for id_, level, _, here, shown in found]


def test_the_list_of_requirements_is_whole() -> None:
    """ASVS 5.0.0 has 70 requirements of level 1 and 183 of level 2; of level 3 those of three chapters are looked at."""
    counts = Counter(LEVELS.values())

    assert (counts["1"], counts["2"]) == (70, 183)
    assert {id_.partition(".")[0] for id_, level in LEVELS.items() if level == "3"} == {"8", "11", "16"}


def test_every_requirement_has_one_row_with_its_level() -> None:
    rows = requirements(ASVS)

    assert Counter(id_ for id_, *_ in rows) == Counter(LEVELS.keys())
    assert {id_: level for id_, level, *_ in rows} == LEVELS


def test_what_is_met_names_what_shows_it_and_what_is_not_says_why() -> None:
    said = re.compile(r"\*\*Met\*\*|\*\*Not met yet\*\*|\*Not applicable\*")
    for id_, _, here, shown in requirements(ASVS):
        assert said.match(here), id_
        assert shown or not here.startswith("**Met**"), f"{id_} is met, and nothing shows it"
        assert here.partition("*:")[2] or here.startswith("**"), f"{id_} says no reason"


def test_what_is_missing_stands_in_the_list_at_the_head() -> None:
    head = ASVS.text.partition("## What is missing")[2].partition("\n## ")[0]
    named = set(re.findall(r"\d+\.\d+\.\d+", head))
    lacking = {id_ for id_, _, here, _ in requirements(ASVS) if here.startswith("**Not met yet**")}

    assert lacking == named


# ------------------------------------------------------------------------------------------------------- the threats --
QUESTIONS = ("Stops it", "Shows it", "You check alone", "Unsolved", "Tests")


def adversaries(each: Page) -> dict[str, str]:
    """The section of everybody who could do harm, by its heading."""
    parts = re.split(r"^## (.+)$", each.text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_adversary_has_a_row_and_every_question_an_answer() -> None:
    sections = adversaries(THREATS)
    rows = re.findall(r"^\| \[([^\]]+)\]\(#[\w-]+\) \| .+ \|$", THREATS.text, re.M)

    assert rows == list(sections)
    assert len(rows) >= 16
    for name, text in sections.items():
        assert re.findall(r"^- \*\*([\w ]+)\*\*:", text, re.M) == list(QUESTIONS), name
        assert named_tests(Page(THREATS.path, text.partition("- **Tests**")[2])), (
            f"{name}: which test fails without it?"
        )


def test_an_adversary_without_an_answer_is_found() -> None:
    astray = Page(THREATS.path, "## Somebody\n\n- **Stops it**: a lock.\n")

    [text] = adversaries(astray).values()
    assert re.findall(r"^- \*\*([\w ]+)\*\*:", text, re.M) != list(QUESTIONS)


# -------------------------------------------------------------------------------------------------------- the claims --
def claims_too_many(each: Page) -> list[str]:
    """Words that nobody may claim, outside quotation marks."""
    prose = re.sub(r"\"[^\"\n]*\"|`[^`\n]*`|\]\([^)\s]*\)", "", each.prose)
    return [found[0] for pattern in FORBIDDEN for found in re.finditer(pattern, prose, re.I)]


@pytest.mark.parametrize("each", CLAIMED, ids=lambda each: each.name)
def test_no_more_is_claimed_than_may_be(each: Page) -> None:
    assert claims_too_many(each) == []


def test_a_claim_too_many_is_found_unless_it_is_quoted() -> None:
    text = 'It may not be said: "Nobody saw your data." But nobody saw your data, it is tamper-proof.'

    assert claims_too_many(Page(ROOT / "docs" / "astray.md", text)) == ["nobody saw", "tamper-proof"]


# ----------------------------------------------------------------------------------------------------- the inventory --
def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def modules_that(uses: set[str], folder: Path) -> set[str]:
    """The files below a folder, from the root, that import one of these packages."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob("*.py")
        if uses & {each.partition(".")[0] for each in imports_of(path)}
    }


def test_every_module_that_does_cryptography_is_in_the_inventory() -> None:
    named = set(re.findall(r"`(src/evenhand/[\w/]+\.py)`", INVENTORY.text))

    assert modules_that(CRYPTOGRAPHY, ROOT / "src" / "evenhand") == named


def weak_hashes(text: str) -> list[str]:
    """Hashes and modes that are no longer strong, where they are used: by call, or by name given to hashlib."""
    return re.findall(
        r"\b(?:hashlib\.(?:md5|sha1)|new\([\"'](?:md5|sha1)|hashes\.(?:MD5|SHA1)\(|modes\.(?:ECB|CBC)\()", text
    )


def test_no_weak_hash_is_used() -> None:
    sources = [*(ROOT / "src" / "evenhand").rglob("*.py"), *(ROOT / "verify").glob("*.py")]

    # Lists of stolen passwords are of SHA-1 digests: it finds them there, and protects nothing.
    assert [path.name for path in sources if weak_hashes(path.read_text("utf-8"))] == ["breached.py"]
    assert weak_hashes("hashlib.md5(x); modes.ECB()") == ["hashlib.md5", "modes.ECB("]


# ---------------------------------------------------------------------------------------------------------- the policy --
def test_the_policy_has_a_time_frame_for_every_severity() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8").partition("## When weak components are replaced")[2]
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")][1:]

    assert {word for severity, *_ in rows for word in ("critical", "high", "medium", "low") if word in severity} == {
        *("critical", "high", "medium", "low")
    }
    days = [[int(re.findall(r"(\d+) days", cell)[-1]) for cell in cells] for _, *cells in rows]
    assert days == sorted(days), "the worse it is, the sooner"
    assert all(reached <= other for reached, other in days), "what strangers reach comes first"


def unpinned(requirements: str, lock: dict[str, Any]) -> list[str]:
    """What is installed without a version and a digest that holds it to that version's bytes."""
    whole = requirements.replace("\\\n", " ").splitlines()
    python = [line for line in whole if line.strip() and not re.match(r"[\w.\[\]-]+==\S+.*--hash=sha256:\w{64}", line)]
    return python + [
        name for name, each in lock["packages"].items() if name and not each.get("link") and "integrity" not in each
    ]


def test_every_component_is_pinned_by_hash() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))

    for name in ("base", "dev"):
        assert unpinned((ROOT / "requirements" / f"{name}.txt").read_text("utf-8"), lock) == []
    assert unpinned("left==1.0\nfree\n", {"packages": {"node_modules/loose": {"version": "1"}}}) == [
        *("left==1.0", "free", "node_modules/loose")
    ]


def test_key_management_is_told_for_every_phase_of_a_keys_life() -> None:
    """NIST SP 800-57 Part 1 Revision 5, section 7: pre-operational, operational, post-operational, destroyed."""
    section = INVENTORY.text.partition("### Management of keys")[2].partition("\n### ")[0]
    rows = [line.split("|")[1:-1] for line in section.splitlines() if line.startswith("| ")][1:]

    phases = ("pre-operational", "operational", "post-operational", "destroyed")
    assert {next(phase for phase in phases if row[0].strip().startswith(phase)) for row in rows} == set(phases)
    assert all(named_tests(Page(INVENTORY.path, row[2])) for row in rows), "which test fails without it?"


# ---------------------------------------------------------------------------------------------- the tables and the code --
def limits_of(each: Page) -> dict[str, str]:
    """What is limited to how much, by the inventory."""
    section = each.text.partition("## Limits")[2]
    return dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \| [^|]+ \|$", section, re.M))


MIB = 1024**2
LIMITS = {
    "body of a request": (f"{middleware.BODY_BYTES_MAX // MIB} MiB",),
    "address and headers": (f"{middleware.HEAD_BYTES_MAX // 1024} KiB",),
    "a body that falls silent": (f"{middleware.SILENCE_SECONDS:g} seconds",),
    "line of an import; whole file in one piece": (
        f"{rows.LINE_BYTES_MAX // MIB} MiB; {rows.WHOLE_BYTES_MAX // MIB} MiB",
    ),
    "archive: bytes, files, unpacked, ratio": (
        f"{pictures.ARCHIVE_BYTES_MAX // MIB // 1024} GiB, {archives.ENTRIES_MAX:,}",
        f"{archives.CONTENT_BYTES_MAX // MIB // 1024} GiB, {archives.RATIO_MAX} to 1",
    ),
    "Parquet, unpacked": (f"{parquet.UNPACKED_BYTES_MAX // MIB // 1024} GiB",),
    "answers to one task": (f"{queue_routes.BODY_BYTES_MAX // MIB} MiB",),
    "objects of one grant": (str(OBJECTS_MAX),),
    "attempts to sign in": (f"{passwords.FAILURES_MAX} in a quarter of an hour",),
    "passkeys of a person; webhooks, buckets of an organization": (f"{PASSKEYS_MAX}; {WEBHOOKS_MAX}; {BUCKETS_MAX}",),
}


@pytest.mark.parametrize("what", LIMITS)
def test_a_limit_that_the_inventory_names_is_the_one_of_the_code(what: str) -> None:
    said = limits_of(INVENTORY)[what]

    assert [figure for figure in LIMITS[what] if figure not in said] == []
    assert passwords.FAILURE_WINDOW.total_seconds() == 15 * 60


# What of the settings makes a process of ours speak to another one.
SPOKEN_TO = {"blob_url", "oidc_issuer", "smtp_url", "broker", "clamd", "outbound_hosts", "outbound_private_networks"}


def test_whatever_the_settings_connect_us_to_stands_among_the_connections() -> None:
    connections = INVENTORY.text.partition("## Connections")[2].partition("\n## ")[0]
    likely = {name for name in Settings.model_fields if re.search(r"_url$|issuer|broker$|clamd|outbound", name)}

    assert likely - SPOKEN_TO == {"public_url", "database_url", "database_owner_url", "database_sequencer_url"}
    assert [name for name in sorted(SPOKEN_TO) if f"`EVENHAND_{name.upper()}`" not in connections] == []
    assert "PostgreSQL" in connections


def test_the_log_of_requests_says_what_the_inventory_says() -> None:
    """The fields of the one line, by name, and the words for them on the page."""
    source = (ROOT / "src/evenhand/http/middleware.py").read_text("utf-8")
    fields = set(re.findall(r"^ {20}(\w+)=", source.partition('"request",')[2].partition(")\n\n")[0], re.M))
    [row] = re.findall(r"^\| requests \| ([^|]+)\|", INVENTORY.text, re.M)

    assert fields == {"request_id", "method", "route", "status", "ms"}
    assert all(
        word in row for word in ("id,", "method", "route", "status", "milliseconds", "organization", "credential")
    )
