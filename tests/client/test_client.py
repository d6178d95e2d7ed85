"""The SDK against a real server: the nouns and verbs, streaming, paging, errors by code."""

from __future__ import annotations

import base64
import inspect
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import duckdb
import pytest

from evenhand import AsyncClient, Client
from evenhand.client import (
    UnknownFormat,
    Unreachable,
    asynchronous,
    asynchronous_guidelines,
    asynchronous_imports,
    asynchronous_keyring,
    asynchronous_nouns,
    asynchronous_quality,
    asynchronous_walls,
    errors,
    sync,
    sync_guidelines,
    sync_imports,
    sync_keyring,
    sync_nouns,
    sync_quality,
    sync_walls,
)
from serving import Installation

LABELS = {"labels": ["positive", "negative"]}


@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[Client]:
    with Client(installation.url, installation.key) as client:
        yield client


@pytest.fixture
def project(client: Client) -> str:
    return client.projects.create("Reviews", preset="text-classification", fill=LABELS)["id"]


def test_a_project_is_made_read_listed_and_changed(client: Client) -> None:
    made = client.projects.create("Menus", preset="text-classification", fill=LABELS, opinions=3, guideline="# Rules")

    changed = client.projects.change(made["id"], name="Menus 2")
    listed = {each["id"]: each for each in client.projects.list(page_size=1)}

    assert changed["name"] == "Menus 2"
    assert client.projects.get(made["id"])["opinions"] == 3
    assert listed[made["id"]]["name"] == "Menus 2"
    assert client.projects.guideline(made["id"])["markdown"] == "# Rules"
    options = client.projects.ontology(made["id"])["body"]["questions"][0]["settings"]["options"]
    assert [each["value"] for each in options] == ["positive", "negative"]


def test_the_life_of_a_project_has_a_verb_each(client: Client, project: str) -> None:
    assert client.projects.pause(project)["state"] == "paused"
    assert client.projects.resume(project)["state"] == "active"
    assert client.projects.archive(project)["state"] == "archived"
    assert client.projects.restore(project)["state"] == "active"
    assert client.projects.trash(project)["state"] == "trashed"
    assert project in [each["id"] for each in client.projects.list(states=["trashed"])]
    client.projects.restore(project)
    assert client.projects.clone(project, "A copy")["name"] == "A copy"


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_a_file_is_imported_by_its_suffix(client: Client, project: str, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    if suffix == ".jsonl":
        path.write_text('{"text":"eins"}\n{"text":"zwei"}\n')
    elif suffix == ".json":
        path.write_text('[{"text":"eins"},{"text":"zwei"}]')
    elif suffix == ".csv":
        path.write_text("text\neins\nzwei\n")
    else:
        duckdb.sql("select unnest(['eins', 'zwei']) as text").write_parquet(str(path))
    told: list[tuple[int, int | None]] = []

    report = client.tasks.import_(project, path, progress=lambda sent, size: told.append((sent, size)))

    assert (report["imported"], report["rejected"]) == (2, 0)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert {row["preview"] for row in client.tasks.list(project)} == {"eins", "zwei"}


def test_a_file_of_no_known_format_is_refused_before_anything_is_sent(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    path.write_bytes(b"PK")

    with pytest.raises(UnknownFormat, match=r"\.csv"):
        client.tasks.import_(str(uuid.uuid4()), path)


def test_rows_stream_from_a_generator_and_columns_are_mapped(client: Client, project: str) -> None:
    rows = ({"comment": f"row {number}", "external_id": f"e{number}"} for number in range(3000))

    report = client.tasks.import_(project, rows, mapping={"text": "comment"}, batch="first")

    assert report["imported"] == 3000
    assert [each["name"] for each in client.projects.batches(project)] == ["first"]
    found = list(client.tasks.list(project, external_id="e2999"))
    assert [row["preview"] for row in found] == ["row 2999"]


def test_an_import_with_the_same_key_imports_nothing_twice(client: Client, project: str) -> None:
    key = str(uuid.uuid4())

    first = client.tasks.import_(project, [{"text": "once"}], idempotency_key=key)
    client.tasks.import_(project, [{"text": "once"}], idempotency_key=key)

    assert first["imported"] == 1
    assert len(list(client.tasks.list(project))) == 1


def test_an_atomic_import_with_a_bad_row_takes_none(client: Client, project: str) -> None:
    with pytest.raises(errors.ImportRefused) as refused:
        client.tasks.import_(project, [{"text": "good"}, {"txt": "bad"}], atomic=True)

    assert refused.value.problems[0]["line"] == 2
    assert refused.value.problems[0]["remedy"]
    assert list(client.tasks.list(project)) == []


def test_a_long_list_is_read_to_its_end_by_cursor(client: Client, project: str) -> None:
    client.tasks.import_(project, [{"text": f"row {number}"} for number in range(25)])

    previews = [row["preview"] for row in client.tasks.list(project, page_size=10)]

    assert sorted(previews) == sorted(f"row {number}" for number in range(25))


def test_an_annotator_works_the_queue(client: Client, installation: Installation, project: str) -> None:
    client.tasks.import_(project, [{"text": "warm"}, {"text": "cold"}, {"text": "odd"}])
    link = client.people.invite(f"{uuid.uuid4()}@example.org", "annotator", name="Annotator")["link"]
    answer = [{"question": "label", "value": "positive"}]

    with Client(installation.url) as ana:
        assert ana.accept_invitation(link, "a few long words", "Annotator")["role"] == "annotator"
        assert project in [each["project"]["id"] for each in ana.work.list()]
        first = ana.work.claim(project)["assignment"]
        ana.work.draft(first, answer, clock=1)
        again = ana.work.claim(project)
        submitted = ana.work.submit(first, answer, active_ms=900, next=True)
        third = ana.work.skip(submitted["next"]["assignment"], "unclear", next=True)
        reopened = ana.work.reopen(project, first["task_id"])
        ana.work.submit(reopened, [{"question": "label", "value": "negative"}])
        mine = list(ana.work.my_answers(project))
        own = ana.work.my_answer(project, first["task_id"])
        earlier = ana.work.my_answer(project, first["task_id"], annotation=submitted["annotation_id"])
        left = ana.work.return_(third["assignment"])

    assert again["assignment"]["task_id"] == first["task_id"]
    assert again["assignment"]["draft"]["answers"][0]["value"] == "positive"
    assert submitted["status"] == "ok"
    assert left is None
    assert [each["task_id"] for each in mine] == [first["task_id"]]
    assert (own["item"]["inputs"], own["version"], own["decided"]) == (first["item"]["inputs"], 2, None)
    assert (own["answers"][0]["value"], earlier["answers"][0]["value"]) == ("negative", "positive")
    whole = client.tasks.get(project, first["task_id"])
    assert whole["annotations"][0]["answers"][0]["value"] == "negative"
    assert whole["consensus"][0]["answers"] == 1
    assert client.tasks.looks(project, first["task_id"])[0]["who"]


def test_an_annotator_comments_and_others_read_it(client: Client, project: str) -> None:
    client.tasks.import_(project, [{"text": "warm"}])
    dealt = client.work.claim(project)["assignment"]

    client.work.comment(project, dealt["task_id"], "Is soup warm?", on="text")
    client.work.report(dealt, "unclear-guideline", "soup")

    said = client.work.comments(project, dealt["task_id"])
    assert [(each["text"], each["on"]) for each in said if each["kind"] == "comment"] == [("Is soup warm?", "text")]


def test_the_organization_is_read_and_an_ontology_is_checked_without_storing_it(client: Client) -> None:
    name = client.organization()["name"]

    assert client.change_organization("Ours")["name"] == "Ours"
    client.change_organization(name)
    assert client.check_ontology({"format": "evenhand-ontology/1"})["problems"]


def test_an_answer_repeated_with_its_key_counts_once(client: Client, project: str) -> None:
    client.tasks.import_(project, [{"text": "warm"}])
    dealt = client.work.claim(project)["assignment"]
    answer = [{"question": "label", "value": "positive"}]

    first = client.work.submit(dealt, answer, idempotency_key="k1")
    second = client.work.submit(dealt, answer, idempotency_key="k1")

    assert second["annotation_id"] == first["annotation_id"]
    assert (first["status"], second["status"]) == ("ok", "repeated")


def test_a_change_of_many_tasks_says_which_changed_so_that_just_those_are_changed_back(
    client: Client, project: str
) -> None:
    client.tasks.import_(project, [{"text": "one"}, {"text": "two"}])
    mine, other, *_ = [row["id"] for row in client.tasks.list(project)]
    me = client.session()["person"]["id"]
    client.tasks.change(project, [mine], "assign", me)

    changed = client.tasks.change(project, [mine, other], "assign", me)
    back = client.tasks.change(project, changed["ids"], "unassign", me)

    assert changed == {"changed": 1, "ids": [other], "next_cursor": None}
    assert back == changed


def test_a_refusal_is_raised_as_the_class_of_its_code_with_the_remedy(client: Client, project: str) -> None:
    client.tasks.import_(project, [{"text": "warm"}])
    dealt = client.work.claim(project)["assignment"]

    with pytest.raises(errors.AnswerRefused) as refused:
        client.work.submit(dealt, [{"question": "label", "value": "lukewarm"}])
    with pytest.raises(errors.NotFound, match="Check the id"):
        client.projects.get(str(uuid.uuid4()))
    with pytest.raises(errors.UnknownPreset):
        client.projects.create("X", preset="none-such")

    assert refused.value.status == 422
    assert refused.value.problems[0]["pointer"] == "/answers/0/value"
    assert refused.value.problems[0]["remedy"]
    assert refused.value.request_id


def test_a_wrong_key_is_refused_and_a_removed_one_too(client: Client, installation: Installation) -> None:
    made = client.keys.create("short-lived", scopes=["project.read"])
    with Client(installation.url, made["secret"]) as narrow:
        list(narrow.projects.list())
        with pytest.raises(errors.NotAllowed):
            narrow.people.list()
    assert made["id"] in [each["id"] for each in client.keys.list()]

    client.keys.remove(made["id"])

    with Client(installation.url, made["secret"]) as removed, pytest.raises(errors.NotSignedIn):
        list(removed.projects.list())


def test_people_are_listed_invited_changed_and_removed(client: Client) -> None:
    email = f"{uuid.uuid4()}@example.org"
    invited = client.people.invite(email, "reviewer")

    client.people.change_role(invited["id"], "manager")
    roles = {each["id"]: each["role"] for each in client.people.list()}
    client.people.remove(invited["id"])

    assert roles[invited["id"]] == "manager"
    states = {each["id"]: each["state"] for each in client.people.list()}
    assert states.get(invited["id"]) != "active"


def test_progress_tells_counts(client: Client, project: str) -> None:
    client.tasks.import_(project, [{"text": "warm"}])

    # The worker counts what the outbox tells it, some moments later.
    deadline = time.monotonic() + 60
    while client.progress(project)["counts"]["tasks"] == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert client.progress(project)["counts"]["tasks"] == 1


def test_a_release_is_made_waited_for_and_downloaded(client: Client, project: str, tmp_path: Path) -> None:
    client.tasks.import_(project, [{"text": "warm"}])
    client.work.submit(client.work.claim(project)["assignment"], [{"question": "label", "value": "positive"}])

    made = client.releases.create(project, note="first", include="all")
    ready = client.releases.wait(made["id"], timeout_seconds=60)
    paths = client.releases.download(made["id"], tmp_path / "out")

    assert ready["number"] == 1
    assert {each["name"] for each in ready["files"]} <= {path.name for path in paths}
    assert [each["id"] for each in client.releases.list(project)] == [made["id"]]
    assert not list((tmp_path / "out").glob(".*"))


def test_a_server_that_is_not_there_is_named_with_the_remedy() -> None:
    waits: list[float] = []

    with Client("http://127.0.0.1:23099", "evh_x", sleep=waits.append) as client, pytest.raises(Unreachable) as gone:
        client.session()

    assert "http://127.0.0.1:23099" in str(gone.value)
    assert "evenhand up" in str(gone.value)
    assert len(waits) == 5


async def test_the_asynchronous_client_does_the_same(installation: Installation, tmp_path: Path) -> None:
    async def rows() -> AsyncIterator[dict[str, str]]:
        for number in range(30):
            yield {"text": f"row {number}"}

    async with AsyncClient(installation.url, installation.key) as client:
        project = (await client.projects.create("Async", preset="text-classification", fill=LABELS))["id"]
        report = await client.tasks.import_(project, rows())
        dealt = (await client.work.claim(project))["assignment"]
        done = await client.work.submit(dealt, [{"question": "label", "value": "negative"}], next=True)
        previews = [row["preview"] async for row in client.tasks.list(project, page_size=7)]
        made = await client.releases.create(project, include="all")
        await client.releases.wait(made["id"])
        paths = await client.releases.download(made["id"], tmp_path)
        with pytest.raises(errors.NotFound):
            await client.tasks.get(project, str(uuid.uuid4()))

    assert report["imported"] == 30
    assert done["next"]["status"] == "ok"
    assert len(previews) == 30
    assert paths


def test_walls_are_declared_waived_and_read_back_as_documents(client: Client) -> None:
    mark = uuid.uuid4().hex
    own = client.organization()["id"]
    known = client.walls.state()["party"]
    party = f"lab-{mark}" if known == own else known  # once said, the operator alone changes it
    client.register.set_party(own, party)
    client.walls.set_policy(wall_percent=20)
    client.walls.declare(f"rival-{mark}")
    waiver = client.walls.waive("Audited.", party=f"vendor-{mark}", rival=f"rival-{mark}")
    filed = client.register.file([_entity(f"vendor-{mark}")], source="https://news.example/")

    state = client.walls.state()
    [newest, *_] = client.walls.documents()
    document = client.walls.document(newest["version"])

    assert (state["party"], state["policy"]["wall_percent"]) == (party, 20)
    assert f"rival-{mark}" in [each["party"] for each in document["conflicts"]]
    assert filed["register"] == "challenge"
    assert filed["challenge_id"] in [each["id"] for each in client.register.challenges()]
    client.walls.end_waiver(waiver["id"])
    assert client.walls.withdraw(f"rival-{mark}")["until"] is not None


def _entity(record: str) -> dict[str, object]:
    return {
        "statementId": str(uuid.uuid4()),
        "declarationSubject": record,
        "statementDate": "2026-03-01",
        "recordId": record,
        "recordType": "entity",
        "recordDetails": {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": record},
    }


def test_both_clients_have_the_same_nouns_verbs_and_parameters() -> None:
    pairs = [(sync.Client, asynchronous.AsyncClient)]
    pairs += [
        (getattr(sync_nouns, name), getattr(asynchronous_nouns, name))
        for name in ("Projects", "Tasks", "Work", "People", "Keys", "Releases", "Webhooks")
    ]
    pairs += [
        (getattr(sync_imports, name), getattr(asynchronous_imports, name)) for name in ("Uploads", "Buckets", "Imports")
    ]

    pairs.append((sync_guidelines.Guidelines, asynchronous_guidelines.Guidelines))
    pairs.append((sync_keyring.Keyring, asynchronous_keyring.Keyring))
    pairs.append((sync_quality.Quality, asynchronous_quality.Quality))
    pairs += [
        (getattr(sync_walls, name), getattr(asynchronous_walls, name)) for name in ("Walls", "Register", "Interests")
    ]

    for one, other in pairs:
        assert _verbs(one) == _verbs(other), one.__name__


def _verbs(of: type) -> dict[str, list[str]]:
    public = {name: verb for name, verb in vars(of).items() if inspect.isfunction(verb) and not name.startswith("_")}
    return {name: list(inspect.signature(verb).parameters) for name, verb in public.items()}


DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def test_guidelines_are_changed_with_a_picture_and_discussed(client: Client, project: str, tmp_path: Path) -> None:
    (tmp_path / "dot.gif").write_bytes(DOT)
    guidelines = client.guidelines

    picture = guidelines.add_picture(project, tmp_path / "dot.gif")
    client.projects.change_guideline(project, f"# Tone\n\n![A dot]({picture['source']})", summary="First", if_match=0)
    with pytest.raises(errors.PreconditionFailed):
        client.projects.change_guideline(project, "# Tone", if_match=0)
    client.projects.change_guideline(project, "# Tone.", summary="A dot less", consent="not-needed", if_match=1)
    asked = guidelines.ask(project, "Why?", version=2, heading="Tone.")
    guidelines.reply(project, asked["id"], "Because.")

    assert guidelines.picture(project, picture["id"]) == DOT
    versions = client.projects.guideline(project)["versions"]
    assert [(each["summary"], each["consent"]) for each in versions] == [
        ("First", "required"),
        ("A dot less", "not-needed"),
    ]
    assert guidelines.resolve(project, asked["id"])["state"] == "resolved"
    assert list(guidelines.discussions(project, state="open")) == []
    assert guidelines.reopen(project, asked["id"])["state"] == "open"
    [shown] = guidelines.discussions(project, state="open")
    assert (shown["text"], [each["text"] for each in shown["replies"]]) == ("Why?", ["Because."])
    assert client.tasks.count(project, guideline_before=2) == {"count": 0, "is_capped": False}


async def test_the_same_goes_asynchronously(installation: Installation, project: str, tmp_path: Path) -> None:
    (tmp_path / "dot.gif").write_bytes(DOT)
    async with AsyncClient(installation.url, installation.key) as client:
        picture = await client.guidelines.add_picture(project, tmp_path / "dot.gif")
        await client.projects.change_guideline(project, f"![A dot]({picture['source']})", summary="First")
        asked = await client.guidelines.ask(project, "Why?", version=1)
        await client.guidelines.reply(project, asked["id"], "Because.")

        assert await client.guidelines.picture(project, picture["id"]) == DOT
        assert (await client.guidelines.resolve(project, asked["id"]))["state"] == "resolved"
        assert [each["id"] async for each in client.guidelines.discussions(project)] == [asked["id"]]
        assert (await client.tasks.count(project))["count"] == 0
