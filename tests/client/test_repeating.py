"""When the SDK tries again, how long it waits, and what it never sends twice."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evenhand.client
from evenhand import Client
from evenhand.client import BY_CODE, RefusedError, UnknownFormat, Unreachable
from evenhand.client.call import wait_seconds
from evenhand.client.errors import NotFound, Unavailable

PROBLEM = {"code": "unavailable", "detail": "The database does not answer.", "hint": "Try again.", "status": 503}


class Server:
    """Answers in the order given and remembers what was asked; an exception is raised instead of answering."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(request.read())
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> Client:
        return Client("http://server", "evh_k", transport=httpx.MockTransport(self), sleep=self.waits.append)


def busy(status: int = 503, **headers: str) -> httpx.Response:
    return httpx.Response(
        status, json=PROBLEM, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def ok(**body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_read_is_tried_again_until_it_is_answered(status: int) -> None:
    server = Server(busy(status), busy(status), ok(role="owner"))

    assert server.client().session()["role"] == "owner"
    assert len(server.requests) == 3


def test_the_wait_that_the_server_asks_for_is_kept() -> None:
    server = Server(busy(429, retry_after="7"), ok(role="owner"))

    server.client().session()

    assert server.waits == [7.0]


def test_after_six_attempts_the_last_refusal_is_raised() -> None:
    server = Server(*[busy() for _ in range(9)])

    with pytest.raises(Unavailable, match=r"does not answer\. Try again"):
        server.client().session()

    assert len(server.requests) == 6


def test_an_import_repeats_the_same_key_and_the_same_rows() -> None:
    server = Server(httpx.ReadError("reset"), ok(imported=1))

    server.client().tasks.import_("p", [{"text": "one"}])

    keys = {request.headers["idempotency-key"] for request in server.requests}
    assert len(server.requests) == 2
    assert len(keys) == 1
    assert server.bodies == [b'{"text":"one"}\n'] * 2


def test_two_imports_have_two_keys() -> None:
    server = Server(ok(imported=1), ok(imported=1))
    client = server.client()

    client.tasks.import_("p", [{"text": "one"}])
    client.tasks.import_("p", [{"text": "one"}])

    assert len({request.headers["idempotency-key"] for request in server.requests}) == 2


def test_rows_of_a_generator_are_not_sent_twice() -> None:
    server = Server(busy(), ok(imported=1))

    with pytest.raises(Unavailable):
        server.client().tasks.import_("p", (row for row in [{"text": "one"}]))

    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [busy(), httpx.ReadError("reset")])
def test_what_takes_no_key_is_not_sent_again_when_it_is_unknown_whether_it_was_done(
    answer: httpx.Response | Exception,
) -> None:
    server = Server(answer, ok(id="i"))

    with pytest.raises((Unavailable, Unreachable)):
        server.client().people.invite("a@example.org", "annotator")

    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [busy(), httpx.ReadError("reset")])
def test_a_project_is_sent_again_under_its_key_so_that_it_is_made_once(answer: httpx.Response | Exception) -> None:
    server = Server(answer, ok(id="p"))

    assert server.client().projects.create("Reviews", preset="text-classification")["id"] == "p"
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1
    assert len(server.requests) == 2


def test_what_was_never_sent_may_be_sent_again() -> None:
    server = Server(httpx.ConnectError("refused"), ok(id="p"))

    assert server.client().projects.create("Reviews", preset="text-classification")["id"] == "p"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    server = Server(busy(status), ok())

    with pytest.raises(Unavailable):
        server.client().session()

    assert len(server.requests) == 1


def test_a_picture_goes_as_it_is_with_its_type_and_an_encoded_name(tmp_path: Path) -> None:
    path = tmp_path / "Käfer 1.PNG"
    path.write_bytes(b"\x89PNG")
    server = Server(ok())

    server.client().tasks.import_image("p", path, batch="May")

    request = server.requests[0]
    assert request.url.raw_path == b"/api/v1/projects/p/images?batch=May"
    assert (request.headers["content-type"], request.headers["x-file-name"]) == ("image/png", "K%C3%A4fer%201.PNG")
    assert server.bodies == [b"\x89PNG"]


def test_a_file_that_is_no_picture_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    server = Server()

    with pytest.raises(UnknownFormat, match=r"\.webp"):
        server.client().tasks.import_image("p", tmp_path / "notes.txt")


def test_a_code_of_a_newer_server_keeps_what_it_said() -> None:
    document = {
        "code": "moon-is-full",
        "detail": "The moon is full.",
        "hint": "Wait a day.",
        "problems": [{"pointer": "/a"}],
    }
    server = Server(httpx.Response(418, json=document))

    with pytest.raises(RefusedError) as refused:
        server.client().session()

    assert refused.value.problem_code == "moon-is-full"
    assert str(refused.value) == "The moon is full. Wait a day."
    assert refused.value.problems == [{"pointer": "/a"}]
    assert refused.value.status == 418


def test_a_page_of_a_proxy_is_an_error_with_a_remedy() -> None:
    server = Server(httpx.Response(404, text="<html>not here</html>"))

    with pytest.raises(RefusedError, match="Check that the address is Evenhand's own"):
        server.client().session()


def test_the_key_is_sent_and_never_shown() -> None:
    server = Server(ok())
    client = server.client()

    client.session()

    assert server.requests[0].headers["authorization"] == "Bearer evh_k"
    assert "evh_k" not in repr(client) + repr(client.connection)


def test_an_id_cannot_lead_to_another_path() -> None:
    server = Server(httpx.Response(404, json={"code": "not-found"}))

    with pytest.raises(NotFound):
        server.client().projects.get("../people?x")

    assert server.requests[0].url.raw_path == b"/api/v1/projects/..%2Fpeople%3Fx"


@given(st.integers(0, 30), st.floats(0, 1, exclude_max=True))
def test_waits_grow_and_are_bounded(attempt: int, chance: float) -> None:
    longest = min(0.2 * 2**attempt, 20.0)

    assert longest / 2 <= wait_seconds(attempt, None, 0.0, chance) <= longest


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("0", 0.0), ("-5", 0.0), ("100000", 60.0), ("Thu, 01 Jan 1970 00:00:10 GMT", 6.0)],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, seconds: float) -> None:
    assert wait_seconds(0, header, 4.0, 0.5) == seconds


def test_every_code_of_the_server_has_a_class_of_that_code() -> None:
    from evenhand.boundary.problems import STATUS

    assert set(STATUS) - set(BY_CODE) == set(), "add a class to evenhand.client.errors"
    assert all(each.code == code for code, each in BY_CODE.items())


def modules() -> Iterator[Path]:
    return Path(evenhand.client.__file__).parent.glob("*.py")


def test_the_sdk_imports_nothing_else_of_ours() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("evenhand"):
                names = {alias.name for alias in node.names}
                assert node.module.startswith("evenhand.client") or names == {"__version__"}, (path.name, node.module)


def loaded(statement: str, told: Callable[[str], bool]) -> list[str]:
    code = f"{statement}; import sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split() if told(name)]


def test_importing_evenhand_loads_no_client_and_the_client_no_server() -> None:
    assert loaded("import evenhand", lambda name: name.startswith(("httpx", "evenhand."))) == []
    rooms = loaded("from evenhand import Client", lambda name: name.startswith("evenhand."))
    assert [name for name in rooms if not name.startswith("evenhand.client")] == []
