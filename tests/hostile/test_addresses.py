"""Addresses, parameters, cursors, methods and headers that nobody means well with."""

from __future__ import annotations

import base64
import http.client
import json
from urllib.parse import quote, urlsplit

import httpx
import pytest
from refusals import Target, check_refusal
from test_bodies import address

from published import OPERATIONS

ODD_IDS = (
    "1 OR 1=1",
    "'; DROP TABLE task;--",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%",
    "a%00b",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "😀",
    "x" * 5000,
    "{}",
    "null",
    "-1",
    "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11\n",
)
READ = {name for name, (method, _, _) in OPERATIONS.items() if method == "GET"}
WITH_IDS = sorted({path for _, path, _ in OPERATIONS.values() if "_id}" in path})
LISTS = sorted(
    name
    for name, (_, path, each) in OPERATIONS.items()
    if "'name': 'cursor'" in str(each.get("parameters")) and "{" not in path.replace("{project_id}", "")
)


def raw(client: httpx.Client, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """A request line as it is, not as an HTTP library would tidy it."""
    at = urlsplit(str(client.base_url))
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
    signed = {name: client.headers[name] for name in ("authorization",) if name in client.headers}
    try:
        connection.request(method, path, headers={**signed, **(headers or {})})
        answer = connection.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("template", WITH_IDS)
def test_an_id_that_is_none_is_refused(template: str, clients: dict[str, httpx.Client]) -> None:
    hole = template[template.index("{") : template.index("}") + 1]
    method = next(method for method, path, _ in OPERATIONS.values() if path == template)
    for odd in ODD_IDS:
        path = template.replace(hole, quote(odd, safe="")).replace("{task_id}", "x").replace("{name}", "x")

        answer = raw(clients["owner"], method, path)

        assert check_refusal(answer)["code"] in ("malformed", "not-found"), (method, path)


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_that_was_not_made_here_is_refused(
    name: str, target: Target, clients: dict[str, httpx.Client]
) -> None:
    _, path = address(name, target)
    forged = [
        json.dumps(keys).encode()
        for keys in (
            [10**30],
            [-1, -1],
            [True],
            ["2026-01-01T00:00:00", "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"],
            ["0001-01-01T00:00:00+14:00", "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"],
            ["2026-01-01T00:00:00Z", "'; drop table task"],
            {"a": 1},
            [[[]]],
            [None, None],
        )
    ]
    for content in (*forged, b"", b"[" * 700, b"\xff\xfe", b"null", b"[1e999]", b"[NaN]"):
        cursor = base64.urlsafe_b64encode(content).decode().rstrip("=") or "="

        answer = clients["owner"].get(path, params={"cursor": cursor})

        assert check_refusal(answer, 422)["problems"][0]["pointer"] == "query:cursor", content  # type: ignore[index]


@pytest.mark.parametrize("name", sorted(READ - {"watch_project", "watch_holds"}))  # which answer without end
def test_parameters_of_a_list_that_do_not_fit_are_refused_or_ignored(
    name: str, target: Target, clients: dict[str, httpx.Client]
) -> None:
    """Unknown parameters are ignored, as in every API that grows; known ones are checked."""
    _, path = address(name, target)
    for parameter in (each["name"] for each in OPERATIONS[name][2].get("parameters", ()) if each["in"] == "query"):
        for value in ("-1", "1e400", "9" * 400, "é" * 2000, "[]", "' or '1'='1", "true;false", ""):
            answer = clients["owner"].get(path, params={parameter: value})

            assert answer.status_code < 500, (parameter, value, answer.text)
            if answer.status_code >= 400:
                check_refusal(answer)
        check_refusal(raw(clients["owner"], "GET", f"{path}?{parameter}=a%00b"), 422)
    assert clients["owner"].get(path, params={"surprise[]": "x", "__proto__": "y"}).status_code < 500


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "MKCOL"])
def test_a_method_that_an_address_does_not_take_is_refused(
    method: str, target: Target, clients: dict[str, httpx.Client]
) -> None:
    answer = raw(clients["owner"], method, f"{target.project}/claim")

    document = check_refusal(answer, 405)
    assert document["code"] == "method-not-allowed"
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path",
    ["/%00", "/assets/%00.js", "/" + "a" * 5000 + ".js", "/..%2f..%2f..%2fetc%2fpasswd.x", "/assets/..%2f..%2fx.js"],
)
def test_a_file_of_the_interface_that_cannot_be_is_not_there(path: str, clients: dict[str, httpx.Client]) -> None:
    check_refusal(raw(clients["anonymous"], "GET", path))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer " + "x" * 8000}, 401),
        ({"authorization": "Bearer \xff\xfe"}, 401),
        ({"authorization": "Basic Og=="}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"cookie": "evenhand-session=" + "a=b; " * 500}, 401),
        ({"cookie": "\xff=\xfe; evenhand-session=\xff"}, 401),
        ({"x-padding": "x" * 70_000}, 431),
    ],
)
def test_headers_that_are_odd_are_refused(
    headers: dict[str, str], status: int, clients: dict[str, httpx.Client]
) -> None:
    check_refusal(raw(clients["anonymous"], "GET", "/api/v1/projects", headers), status)


def test_an_address_of_a_hundred_thousand_characters_is_refused(clients: dict[str, httpx.Client]) -> None:
    answer = raw(clients["owner"], "GET", "/api/v1/projects?cursor=" + "x" * 60_000, {"x-padding": "x" * 6_000})

    check_refusal(answer, 431)
    assert raw(clients["owner"], "GET", "/" + "x" * 100_000).status_code == 400  # by the protocol's own parser


@pytest.mark.parametrize("last_event_id", ["²", "9" * 39, "-1", "'", "x"])
def test_a_stream_that_is_resumed_from_nowhere_begins_anew(
    last_event_id: str, target: Target, clients: dict[str, httpx.Client]
) -> None:
    headers = {"last-event-id": last_event_id.encode("latin-1")}
    with clients["owner"].stream("GET", f"{target.project}/events", headers=headers) as stream:
        assert stream.status_code == 200
        assert next(stream.iter_lines()).startswith("id: ")


def test_an_if_match_that_is_no_etag_of_ours_is_a_failed_precondition(
    target: Target, clients: dict[str, httpx.Client]
) -> None:
    for odd in ('"0"', "W/x", "*/*", "'", "9" * 99):
        answer = clients["owner"].patch(target.project, json={"priority": 7}, headers={"if-match": odd})

        check_refusal(answer, 412)


def test_methods_nobody_has_heard_of_do_not_become_series_of_their_own(
    target: Target, clients: dict[str, httpx.Client]
) -> None:
    raw(clients["owner"], "MKCALENDAR", f"{target.project}/claim")

    assert "MKCALENDAR" not in clients["owner"].get("/metrics").text
