"""The reference that a server shows: whole, without anything from outside, and where every problem document leads."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import httpx
import pytest

from evenhand.boundary.problems import STATUS
from published import DOCUMENT, OPERATIONS

PAGES = ("/docs/reference/http-api.html", "/docs/reference/errors.html")


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, clients: dict[str, httpx.Client]) -> httpx.Response:
    return clients["anonymous"].get(request.param)


def test_a_page_needs_nothing_from_outside_and_runs_no_script(page: httpx.Response) -> None:
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"<script|<link|<img|@import|url\(", page.text)
    assert not [link for link in re.findall(r'href="([^"]*)"', page.text) if "://" in link]


def test_every_link_of_a_page_leads_somewhere(page: httpx.Response, clients: dict[str, httpx.Client]) -> None:
    anchors = set(re.findall(r' id="([^"]*)"', page.text))
    for link in set(re.findall(r'href="([^"]*)"', page.text)):
        if link.startswith("#"):
            assert link[1:] in anchors, link
        else:
            assert clients["anonymous"].get(urljoin(str(page.url), link)).status_code == 200, link


def test_every_operation_and_every_shape_has_its_place(clients: dict[str, httpx.Client]) -> None:
    page = clients["anonymous"].get(PAGES[0]).text

    anchors = set(re.findall(r' id="([^"]*)"', page))
    assert OPERATIONS.keys() <= anchors
    assert {name.lower() for name in DOCUMENT["components"]["schemas"]} <= anchors


def test_a_problem_document_leads_to_what_its_code_means(clients: dict[str, httpx.Client]) -> None:
    refused = clients["anonymous"].get("/api/v1/projects").json()

    path, _, anchor = refused["type"].partition("#")
    page = clients["anonymous"].get(path).text

    section = page.split(f'id="{anchor}"')[1].split("<h3")[0]
    assert refused["hint"].split("'")[0] in section
    assert STATUS.keys() <= set(re.findall(r' id="([^"]*)"', page))
