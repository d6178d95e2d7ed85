"""The published document: valid OpenAPI 3.1, whole, stable, and the same as the pages and types made from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_spec_validator import validate

from evenhand.boundary.permission import Permission
from evenhand.http.contract import REF, TAGS
from evenhand.http.reference import reference
from published import DOCUMENT, OPERATIONS, strict

ROOT = Path(__file__).parents[2]
# Who is not signed in yet, only looks after the process, or shows a signed address.
PUBLIC = {
    "sign_in",
    "list_sign_in_methods",
    "get_sign_in_options",
    "sign_in_with_passkey",
    "get_enrollment_options",
    "enroll_passkey",
    "get_governance_log",  # it is there to be read by anybody
    "send_upload",  # its address is signed, and over soon
    "ask_password_reset",
    "accept_password_reset",
    "look_up_invitation",
    "accept_invitation",
    "health",
    "ready",
}


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


def test_every_operation_has_its_own_name_one_known_tag_and_a_sentence() -> None:
    for name, (_, path, operation) in OPERATIONS.items():
        assert name.replace("_", "").isalpha(), name
        assert len(operation["tags"]) == 1 and operation["tags"][0] in TAGS, name
        assert operation["summary"], name
        assert path.startswith("/api/v1/") or operation["tags"] == ["health"], path


def test_every_operation_but_the_public_ones_asks_for_a_credential_and_refuses_with_problem_documents() -> None:
    for name, (_, _, operation) in OPERATIONS.items():
        assert bool(operation["security"]) == (name not in PUBLIC), name
        assert set(operation.get("x-permissions", [])) <= set(Permission), name
        assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/Problem"}, name
        assert operation["responses"]["5XX"] == {"$ref": "#/components/responses/Failure"}, name


def test_every_json_answer_is_a_named_shape_and_every_shape_says_what_it_is() -> None:
    for name, (_, _, operation) in OPERATIONS.items():
        for status, response in operation["responses"].items():
            for media_type, media in response.get("content", {}).items():
                if media_type == "application/json":
                    assert media["schema"].get("$ref", "").startswith(REF), (name, status)
    undescribed = [name for name, schema in DOCUMENT["components"]["schemas"].items() if not schema.get("description")]
    assert undescribed == ["Permission"] or undescribed == []


def examples() -> list[tuple[str, object]]:
    found = []
    for _, _, operation in OPERATIONS.values():
        media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        name = media.get("schema", {}).get("$ref", "").removeprefix(REF)
        if "example" in media and name:
            found.append((name, media["example"]))
        elif name:
            found.append((name, DOCUMENT["components"]["schemas"][name]["examples"][0]))
    return found


@pytest.mark.parametrize(("shape", "example"), examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_json_body_has_an_example_that_fits(shape: str, example: object) -> None:
    errors = [str(error) for error in strict(shape).iter_errors(example)]

    assert errors == []


def test_changes_that_two_people_may_make_at_once_take_if_match_and_answer_with_an_etag() -> None:
    for name in ("change_project", "change_guideline"):
        _, _, operation = OPERATIONS[name]

        assert "If-Match" in {each["name"] for each in operation["parameters"]}, name
        assert "ETag" in operation["responses"]["200"]["headers"], name


def test_the_reference_page_is_made_from_this_document() -> None:
    page = (ROOT / "docs/reference/http-api.md").read_text(encoding="utf-8")

    assert page == reference(DOCUMENT), "evenhand openapi --markdown > docs/reference/http-api.md"


def test_every_word_of_the_reference_page_that_links_leads_to_a_heading_of_it() -> None:
    page = reference(DOCUMENT)
    headings = {line[4:].lower() for line in page.splitlines() if line.startswith("### ")}
    links = {part.partition(")")[0] for part in page.split("](#")[1:]}

    assert links and links <= headings
