"""Whatever the contract lets anybody send, and what it does not, as every role: no answer is our failure, each is as published.

Cases come from schemathesis, those that fit the document and those that break it, with ids that exist and ids that do not. A few
an operation in every run; as a drill many. EVENHAND_TEST_SEED repeats a run.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from refusals import check_refusal
from schemathesis import GenerationMode

from actors import ROLES, signed_in
from evenhand.http.contract import REF
from published import DOCUMENT, OPERATIONS, strict
from serving import serve

SEED = int(os.environ.get("EVENHAND_TEST_SEED", "20260302"))
# Cases an operation: more for the roles that reach most.
EXAMPLES, EXAMPLES_DRILL = {"owner": 2, "annotator": 2}, 25
URL_LENGTH_MAX = 65_000
# Whoever sends these is somebody else afterwards, or nobody: they come last.
ENDS_SESSION = (
    "change_password",
    "switch_organization",
    "end_other_sessions",
    "end_session",
    "sign_in",
    "accept_invitation",
    "sign_out",
)
# A stream without end is read by test_addresses.py; whoever takes back their keys is refused everything else, as they want it.
OPERATION_NAMES = sorted(OPERATIONS.keys() - {"watch_project", "watch_holds", "revoke_keys", *ENDS_SESSION}) + [
    name for name in ENDS_SESSION if name in OPERATIONS
]
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[dict[str, httpx.Client], dict[str, str]]]:
    """A server of its own, because much of what is sent is carried out; one client a role, and ids that exist."""
    with serve() as installation, signed_in(installation) as clients:
        owner = clients["owner"]
        preset = {"preset": "text-classification", "with": {"labels": ["yes", "no"]}}
        made = owner.post("/api/v1/projects", json={"name": "Fuzzed", "preset": preset, "opinions": 9})
        project = made.raise_for_status().json()["id"]
        rows = "text\n" + "a letter\n" * 50
        owner.post(f"/api/v1/projects/{project}/tasks", content=rows, headers={"content-type": "text/csv"})
        claim = clients["annotator"].post(f"/api/v1/projects/{project}/claim", json={"held": []}).json()
        release = owner.post(f"/api/v1/projects/{project}/releases", json={"include": "all"}).json()["id"]
        known = {"project_id": project, "task_id": claim["assignment"]["task_id"], "release_id": release}
        yield clients, known


def send_cases(client: httpx.Client, known: dict[str, str], examples: int, chosen: int) -> Counter[int]:
    """Send so many cases an operation; how often each status came."""
    statuses: Counter[int] = Counter()
    signed = {name: client.headers[name] for name in ("authorization", "x-csrf-token") if name in client.headers}

    def send(session: requests.Session, name: str, case: schemathesis.Case) -> None:
        request = case.as_transport_kwargs(base_url=str(client.base_url).rstrip("/"))
        given_headers = {key: value for key, value in request["headers"].items() if key != "Authorization"}
        sent = session.request(**{**request, "headers": {**given_headers, **signed}, "cookies": None}, timeout=60)
        statuses[sent.status_code] += 1
        if len(sent.request.url or "") > URL_LENGTH_MAX:
            assert sent.status_code == 400  # by the protocol's own parser, before anything of ours
            return
        answer = httpx.Response(sent.status_code, headers=dict(sent.headers), content=sent.content)
        _check(answer, OPERATIONS[name][2], f"seed {chosen}: {name} {request}")

    with requests.Session() as session:
        session.cookies.update(dict(client.cookies))
        for name in OPERATION_NAMES:
            method, path, _ = OPERATIONS[name]
            here = {hole: id_ for hole, id_ in known.items() if "{" + hole + "}" in path}
            _explore(_cases(SCHEMA[path][method], here), partial(send, session, name), examples, chosen)
    return statuses


def _explore(
    cases: st.SearchStrategy[schemathesis.Case], send: Callable[[schemathesis.Case], None], examples: int, chosen: int
) -> None:
    @seed(chosen)
    @settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=cases)
    def run(case: schemathesis.Case) -> None:
        send(case)

    run()


def _cases(operation: Any, known: dict[str, str]) -> st.SearchStrategy[schemathesis.Case]:
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if known:
        fitting = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE, path_parameters=known), fitting
        )
    return st.one_of(fitting, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def _check(answer: httpx.Response, operation: dict[str, Any], told: str) -> None:
    if answer.status_code >= 400:
        try:
            check_refusal(answer)
        except AssertionError as error:
            raise AssertionError(f"{told}: {error}") from None
        return
    published = operation["responses"].get(str(answer.status_code))
    assert published is not None, f"{told}: {answer.status_code} is not published"
    shape = published.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
    if shape:
        errors = [str(error) for error in strict(shape.removeprefix(REF)).iter_errors(answer.json())]
        assert errors == [], f"{told}: {errors[:3]}"


@pytest.mark.check(20)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_a_role_sends_makes_us_fail(
    role: str, world: tuple[dict[str, httpx.Client], dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    clients, known = world

    statuses = send_cases(clients[role], known, EXAMPLES.get(role, 1), SEED)

    _tell(capsys, role, statuses, SEED)
    assert statuses.total() >= len(OPERATION_NAMES)


@pytest.mark.check(20)
@pytest.mark.drill
@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_a_role_sends_makes_us_fail_in_many_tries(
    role: str, world: tuple[dict[str, httpx.Client], dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = SEED if "EVENHAND_TEST_SEED" in os.environ else secrets.randbelow(2**31)
    clients, known = world

    statuses = send_cases(clients[role], known, EXAMPLES_DRILL, chosen)

    _tell(capsys, role, statuses, chosen)
    assert statuses.total() >= 10 * len(OPERATION_NAMES)
    if role != "anonymous":
        assert statuses[401] < statuses.total() / 10, "the role was lost on the way, and little was tried as it"


@pytest.mark.saboteur(20)
@pytest.mark.parametrize("status", [500, 200, 418])
def test_an_answer_that_fails_or_is_not_as_published_is_told(status: int) -> None:
    answer = httpx.Response(status, json={"nobody": "published this"}, headers={"x-request-id": "1"})

    with pytest.raises(AssertionError):
        _check(answer, OPERATIONS["get_session"][2], "a saboteur")


def _tell(capsys: pytest.CaptureFixture[str], role: str, statuses: Counter[int], chosen: int) -> None:
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    with capsys.disabled():
        print(f"\nschemathesis as {role}: {statuses.total()} requests ({counts}), EVENHAND_TEST_SEED={chosen}")
