"""The page of the auditor's checks names what the tests are marked with, and no check is without a test and a saboteur."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pages import ROOT, page

PAGE = page("docs/trust/checks.md")
DRILLS = page("docs/evidence/drills.md")
# By the issue that this neutrality was built from: the others come with what they check.
REQUIRED = {*range(1, 10), *range(11, 18), 20, 21, 22}
KINDS = {"check": "Shown by", "saboteur": "Saboteurs"}


def sections(text: str) -> dict[int, str]:
    """What the page says of each check, by its number."""
    parts = re.split(r"^## (\d+)\. .+$", text.partition("\n## Not among them")[0], flags=re.M)
    return {int(number): said for number, said in zip(parts[1::2], parts[2::2], strict=True)}


def named(text: str) -> dict[tuple[int, str], set[str]]:
    """(check, marker) -> the tests that the page lists for it."""
    found = {}
    for number, said in sections(text).items():
        for kind, heading in KINDS.items():
            listed = said.partition(f"{heading}:\n\n")[2].partition("\n\n")[0]
            found[number, kind] = set(re.findall(r"^- `(tests/[\w/]+\.py::test_\w+)`$", listed, re.M))
    return found


def marked() -> dict[tuple[int, str], set[str]]:
    """(check, marker) -> the tests that carry it, read from their source."""
    found: dict[tuple[int, str], set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        for test, decorator in decorators(ast.parse(path.read_text("utf-8"))):
            mark = re.fullmatch(r"pytest\.mark\.(check|saboteur)\((\d+)\)", decorator)
            if mark:
                found.setdefault((int(mark[2]), mark[1]), set()).add(f"{name}::{test}")
    return found


def decorators(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((node.name, ast.unparse(each)) for each in node.decorator_list)


def test_the_page_names_the_tests_that_carry_the_markers_and_no_others() -> None:
    on_page = {key: tests for key, tests in named(PAGE.text).items() if tests}

    assert on_page == marked()


@pytest.mark.parametrize("number", sorted(REQUIRED))
def test_no_check_is_without_a_test_and_a_saboteur(number: int) -> None:
    assert lacking(named(PAGE.text), number) == []


def lacking(found: dict[tuple[int, str], set[str]], number: int) -> list[str]:
    return [kind for kind in KINDS if not found.get((number, kind))]


def test_a_check_without_a_saboteur_is_found() -> None:
    text = "## 2. Kills\n\nShown by:\n\n- `tests/ledger/test_sequencing.py::test_a`\n\nSaboteurs:\n\n\n"

    assert lacking(named(text), 2) == ["saboteur"]
    assert lacking(named(text), 3) == ["check", "saboteur"]


def test_every_drill_that_the_page_names_has_its_row() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", DRILLS.text, re.M)

    for each in re.findall(r"^Drill: \[(.+)\]\(\.\./evidence/drills\.md\)\.$", PAGE.text, re.M):
        assert [row for row in rows if row.startswith(each)], f"no drill begins with {each!r}"


def test_one_check_is_selected_by_its_number() -> None:
    """As the page says, over the files that hold it: what is collected is what is named, whatever it is called with."""
    wanted = named(PAGE.text)[22, "check"] | named(PAGE.text)[22, "saboteur"]
    files = sorted({each.partition("::")[0] for each in wanted})

    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "--check", "22", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    assert collected == wanted, done.stdout + done.stderr
