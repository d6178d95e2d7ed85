"""The pages speak the glossary's words: no second word for an idea that has one."""

from __future__ import annotations

import re

import pytest
from pages import ROOT, Page, page, pages

# What not to write, and the word for it. Each pattern names a use that can only mean the glossary's idea.
OTHERS = {
    r"\blabell?ers?\b": "annotator",
    r"\b(?:crowd|data) ?workers?\b": "annotator",
    r"\bworkers?(?:'s|s')? (?:answers?|labels?|votes?|opinions?)\b": "annotator",
    r"\braters?\b": "annotator",
    r"\bjudge?ments?\b": "opinion or answer",
    r"\borgs?\b": "organization",
    r"\borganisations?\b": "organization",
    r"\blabell(?:ing|ed)\b": "labeling, labeled",
    r"\bcolours?\b": "color",
    r"\bpre-?(?:labels?|annotations?)\b": "suggestion",
    r"\bhoney ?pots?\b": "gold task",
    r"\blabel (?:config|schema|set)\b": "ontology",
    r"\bwork items?\b": "task",
    r"\binter-?(?:annotator|rater) (?:agreement|reliability)\b": "agreement, with its coefficient",
}
# Decisions are history, the glossary explains itself, licenses and lists of changes quote.
SPOKEN = [each for each in pages() if not each.name.startswith("docs/decisions/") and each.name != "CHANGELOG.md"]


def foreign_words(each: Page) -> list[str]:
    """Words that the glossary has another one for, in prose; code and addresses speak the language of what they quote."""
    prose = re.sub(r"`[^`\n]*`|\]\([^)\s]*\)", "", each.prose)
    return [
        f"{found[0]!r}: say {word}" for pattern, word in OTHERS.items() for found in re.finditer(pattern, prose, re.I)
    ]


@pytest.mark.parametrize("each", SPOKEN, ids=lambda each: each.name)
def test_a_page_speaks_the_words_of_the_glossary(each: Page) -> None:
    assert foreign_words(each) == []


def test_a_foreign_word_is_found_in_prose_and_left_alone_in_code() -> None:
    text = "Each rater gives a judgement; the workers' votes are in `labels.csv` as `worker`.\n\n```csv\nrater\n```\n"
    astray = Page(ROOT / "docs" / "astray.md", text)

    assert foreign_words(astray) == [
        '"workers\' votes": say annotator',
        "'rater': say annotator",
        "'judgement': say opinion or answer",
    ]


def test_the_worker_process_may_be_named() -> None:
    astray = Page(ROOT / "docs" / "astray.md", "The worker sweeps; start more workers with `evenhand worker`.\n")

    assert foreign_words(astray) == []


def test_each_word_stands_once_in_the_glossary() -> None:
    words = re.findall(r"^\| ([a-z, ]+) \|", page("docs/reference/glossary.md").text, re.M)

    assert len(words) > 30
    assert len(set(words)) == len(words)
