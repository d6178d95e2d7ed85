"""Whatever a page names exists: commands with their options, settings, permissions, make targets, files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from pages import ROOT, Page, pages

from evenhand.cli.main import app
from evenhand.cli.settings import SECRETS
from evenhand.core.settings import PREFIX, Settings

# Not settings: what the supervisor, the Makefile, the command line's own client and the tests read.
NOT_SETTINGS = {"EVENHAND_URL", "EVENHAND_API_KEY", "EVENHAND_SHARED", "EVENHAND_REQUIRE_UI"}
NOT_SETTINGS |= {f"EVENHAND_{name}_FILE" for name in SECRETS}
# The log of changes and the decisions speak of their own time, also of what is gone by now.
PAGES = [each for each in pages() if each.name != "CHANGELOG.md" and not each.name.startswith("docs/decisions/")]
# Files that a reader is told to make.
IMAGINED = ("yours", "traffic-light")
COMMANDS = typer.main.get_command(app)


def commands_in(each: Page) -> Iterator[list[str]]:
    """Every `evenhand …` of a page: in code blocks of a shell, and in code spans."""
    for block in each.blocks("sh", "console", "bash"):
        for line in re.sub(r"\\\n\s*", " ", block.code).splitlines():
            prompted = line.removeprefix("$ ") if block.language == "console" else line
            if block.language == "console" and prompted == line:
                continue
            for found in re.finditer(r"(?:^|[|(;&\s])(?:\.venv/bin/)?evenhand ((?:[^|;&)#\n]|\"[^\"]*\")+)", prompted):
                yield _words(found[1])
    for span in re.findall(r"(?<!`)`(?:\.venv/bin/)?evenhand ([a-z][^`\n]*)`(?!`)", each.prose):
        yield _words(span)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def misuse(words: list[str]) -> str | None:
    """What is wrong with a command as a page shows it; None when the command line knows it."""
    command: Any = COMMANDS
    used: list[str] = []
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        name, *words = words
        used.append(name)
        found = command.commands.get(name)
        if found is None:
            return f"no command {' '.join(used)}"
        command = found
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    for word in words:
        option = word.partition("=")[0]
        if re.fullmatch(r"--?[a-z][a-z-]*", option) and option not in known | {"--help"}:
            return f"{' '.join(used)} has no {option}"
    return None


@pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
def test_every_command_and_option_that_a_page_names_exists(each: Page) -> None:
    assert [found for words in commands_in(each) if (found := misuse(words))] == []


def test_a_command_that_is_not_there_is_found() -> None:
    text = "Run `evenhand fly` or\n\n```sh\nevenhand up --wings 2\nevenhand task import a.csv -p x --atomic\n```\n"
    astray = Page(ROOT / "docs" / "astray.md", text)

    assert [misuse(words) for words in commands_in(astray)] == ["up has no --wings", None, "no command fly"]


@pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
def test_every_setting_that_a_page_names_exists(each: Page) -> None:
    # What begins with EVENHAND_TEST_ is the tests' own, and no process of ours reads it.
    named = set(re.findall(r"\bEVENHAND_(?!TEST_)[A-Z][A-Z_]*[A-Z]\b", each.text)) - NOT_SETTINGS

    assert {name for name in named if name.removeprefix(PREFIX).lower() not in Settings.model_fields} == set()


@pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
def test_every_make_target_that_a_page_names_exists(each: Page) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))

    assert set(re.findall(r"(?:`|^(?:\$ )?)make ([a-z]+)", each.text, re.M)) - targets == set()


@pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
def test_every_file_of_the_repository_that_a_page_names_in_code_exists(each: Page) -> None:
    roots = "src|tests|docs|web|bench|verify|requirements|ops"
    named = set(re.findall(rf"`((?:{roots})/[\w./-]+?\.?[\w/]+)`", each.prose))

    there = {name for name in named if any(word in name for word in IMAGINED) or (ROOT / name.rstrip("/")).exists()}
    assert named - there == set()


def test_every_page_that_the_code_names_exists() -> None:
    sources = [
        path
        for folder, pattern in (("src", "*.py"), ("src", "*.sql"), ("verify", "*.py"), ("bench", "*.py"))
        for path in sorted((ROOT / folder).rglob(pattern))
    ]
    named = {found for path in sources for found in re.findall(r"\bdocs/[\w/-]+\.md\b", path.read_text("utf-8"))}

    assert len(named) > 5
    assert {name for name in named if not (ROOT / name).exists()} == set()
