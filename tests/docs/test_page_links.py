"""Every link between pages leads somewhere, and every page can be reached from the README."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from pages import ROOT, Page, page, pages

PAGES = pages()


def leads_somewhere(each: Page, link: str) -> bool:
    """Whether a relative link leads to a file of the repository and, where it names one, to a heading in it."""
    path, _, anchor = unquote(link).partition("#")
    target = (each.path.parent / path).resolve() if path else each.path
    if not target.exists() or ROOT not in (target, *target.parents):
        return False
    return not anchor or target.suffix != ".md" or anchor in page(target.relative_to(ROOT).as_posix()).anchors()


@pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
def test_every_relative_link_leads_to_a_file_and_to_a_heading_in_it(each: Page) -> None:
    broken = [link for link in each.links() if "://" not in link and not leads_somewhere(each, link)]

    assert broken == []


def test_every_page_of_the_documentation_can_be_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        at = waiting.pop()
        if at in seen or at.suffix != ".md" or not at.exists():
            continue
        seen.add(at)
        for link in page(at.relative_to(ROOT).as_posix()).links():
            if "://" not in link and (path := unquote(link).partition("#")[0]):
                found = (at.parent / path).resolve()
                waiting.extend(sorted(found.glob("*.md")) if found.is_dir() else [found])

    unreachable = [each.name for each in PAGES if each.name.startswith("docs/") and each.path not in seen]
    assert unreachable == []


def test_a_link_into_the_void_is_found() -> None:
    astray = Page(ROOT / "docs" / "astray.md", "# Here\n[a](nowhere.md) [b](#here) [c](#there) `[d](code.md)`\n")

    assert list(astray.links()) == ["nowhere.md", "#here", "#there"]
    assert [leads_somewhere(page("README.md"), link) for link in ("nowhere.md", "#evenhand", "#there", "../x")] == [
        False,
        True,
        False,
        False,
    ]
