"""What spans and shapes tell of people: how often each misses, invents, and where they place edges, each with its interval."""

from __future__ import annotations

import io
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest
from PIL import Image

from evenhand.cli.projects import _region_lines
from evenhand.core.errors import NotFound
from evenhand.insight.marked import Marked, figured
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.presets import expand
from evenhand.ontology.questions.box import kind as box
from evenhand.ontology.questions.regions import Regional
from evenhand.ontology.questions.span import kind as span
from evenhand.quality.matching import _Things
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from web import Web
from world import Member, Organization, Project, World


# -------------------------------------------------------------------------------------------------------- made people --
@dataclass(frozen=True)
class Person:
    """Misses this share, begins so many false alarms an answer, ends everything so far on."""

    missed: float
    alarms: float
    late: float


PEOPLE = [
    Person(0.05, 0.02, 0),
    Person(0.15, 0.1, 0),
    Person(0.4, 0.05, 0),
    Person(0.1, 0.9, 0),
    Person(0.1, 0.05, 6),
    Person(0.25, 0.3, -3),
]


def boxed(draw: random.Random, start: float, late: float) -> dict[str, Any]:
    return {"x": start * 5, "y": 40 + draw.gauss(0, 1), "w": 60 + late + draw.gauss(0, 1), "h": 50 + draw.gauss(0, 1)}


def spanned(draw: random.Random, start: float, late: float) -> dict[str, Any]:
    return {"ranges": [[int(start), int(start + 22 + late) + draw.choice((-1, 0, 0, 0, 1))]]}


def crowd(kind: Regional, made: Callable[..., dict[str, Any]], tasks: int = 300, seed: int = 4) -> Marked:
    """Things 40 apart; false alarms halfway between, at a place of their author's."""
    draw = random.Random(seed)
    marked = Marked()
    for _ in range(tasks):
        things = [place for place in range(6) if draw.random() < 0.6]
        answers = []
        for no in draw.sample(range(len(PEOPLE)), 4):
            person, regions = PEOPLE[no], []
            for place in things:
                if draw.random() >= person.missed:
                    regions.append(made(draw, 40 * place, person.late))
            if draw.random() < person.alarms:
                regions.append(made(draw, 300 + 40 * no, 0))
            answers.append((no, [{"id": f"k{at}", **each} for at, each in enumerate(regions)]))
        marked.add(kind, kind.Settings(), answers, NOWHERE)
    return marked


def known(count: int) -> dict[int, Any]:
    return {no: {"pseudonym": f"P{no}", "person_id": uuid4()} for no in range(count)}


def told(kind: Regional, marked: Marked) -> dict[int, Any]:
    found = json.loads(json.dumps(figured(kind, marked, known(len(PEOPLE)), {}), allow_nan=False))
    return {int(each["pseudonym"][1:]): each for each in found["people"]}


def holds(figure: dict[str, float], truth: float) -> bool:
    assert figure["low"] <= figure["value"] <= figure["high"]
    return figure["low"] <= truth <= figure["high"]


def check_rates(people: dict[int, Any]) -> None:
    within = [holds(people[no]["missed"], each.missed) for no, each in enumerate(PEOPLE)]
    within += [holds(people[no]["alarms"], each.alarms) for no, each in enumerate(PEOPLE)]
    assert sum(within) >= 10, people
    for no, each in enumerate(PEOPLE):
        assert people[no]["missed"]["value"] == pytest.approx(each.missed, abs=0.06)
        assert people[no]["alarms"]["value"] == pytest.approx(each.alarms, abs=0.12)


KINDS = pytest.mark.parametrize(("kind", "made", "edge"), [(box, boxed, "right"), (span, spanned, "end")])


@KINDS
def test_known_misses_and_false_alarms_are_found_within_their_intervals(kind: Regional, made: Any, edge: str) -> None:
    check_rates(told(kind, crowd(kind, made)))


@pytest.mark.saboteur
def test_where_everything_marked_is_believed_to_be_there_the_rates_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def believing(self: _Things) -> None:
        self.existence = np.full(self.existence.size, 0.999999)

    monkeypatch.setattr(_Things, "_believe", believing)

    with pytest.raises(AssertionError):
        check_rates(told(box, crowd(box, boxed)))


@KINDS
def test_known_offsets_are_found_against_the_crowds_in_the_kinds_own_unit(kind: Regional, made: Any, edge: str) -> None:
    marked = crowd(kind, made)
    people = told(kind, marked)

    placed = {no: each["placed"] for no, each in people.items()}
    middle = sum(PEOPLE[no].late * count for no, count in placed.items()) / sum(placed.values())
    edges = {no: {each["edge"]: each for each in person["edges"]} for no, person in people.items()}
    within = [holds(edges[no][edge]["offset"], each.late - middle) for no, each in enumerate(PEOPLE)]
    assert sum(within) >= 5, edges
    for no, each in enumerate(PEOPLE):
        assert edges[no][edge]["offset"]["value"] == pytest.approx(each.late - middle, abs=0.4)
        for other in edges[no].values():
            assert other["spread"]["low"] < other["spread"]["value"] < other["spread"]["high"]
            if other["edge"] != edge:
                assert other["offset"]["value"] == pytest.approx(0.0, abs=0.4)
    assert list(edges[0]) == [*kind.edge_names]


def test_how_far_a_hand_wanders_is_told_with_an_interval_that_holds_it() -> None:
    draw = random.Random(8)
    wander = [1.0, 1.0, 2.0, 4.0]
    inside = total = 0
    for _ in range(12):
        marked = Marked()
        for _ in range(80):
            sides = [[draw.gauss(at, scale) for at in (100, 100, 200, 180)] for scale in wander]
            boxes = [
                {"id": "a", "x": left, "y": top, "w": right - left, "h": bottom - top}
                for left, top, right, bottom in sides
            ]
            marked.add(box, box.Settings(), [(no, [each]) for no, each in enumerate(boxes)], NOWHERE)
        for no, person in told(box, marked).items():
            # 63 of 100 lie within it: of a normal hand nine tenths of its deviation.
            inside += sum(holds(each["spread"], 0.9 * wander[no]) for each in person["edges"])
            total += 4

    assert inside / total > 0.8


def test_turned_boxes_and_spans_in_pieces_have_edges_too() -> None:
    assert box.edges({"x": 10, "y": 20, "w": 30, "h": 40}) == (10, 20, 40, 60)
    left, top, right, bottom = box.edges({"x": 0, "y": 0, "w": 40, "h": 20, "rotation": 90})
    assert (left, top, right, bottom) == pytest.approx((10, -10, 30, 30), abs=0.01)
    assert span.edges({"ranges": [[2, 5], [9, 14]]}) == (2, 14)


# -------------------------------------------------------------------------------------------------------- the real API --
PLACES = (10, 60, 110)


async def spans(bank: Organization, tasks: int, opinions: int) -> Project:
    body = expand("ner", {"labels": ["PER"]})
    work = bank.world.services.work
    made = await work.projects.create(
        bank.owner.actor, "Names", body, ProjectSettings(opinions=opinions), guideline=None
    )
    project = Project(bank, UUID(made["id"]))
    await project.add_rows([{"inputs": {"text": f"{place:03} " + "words and " * 20}} for place in range(tasks)])
    return project


async def entities(project: Project, who: Member, ranges: Callable[[int], list[tuple[int, int]]]) -> None:
    """Mark all there is. ranges: of the how-manieth task."""
    place = 0
    while (dealt := await project.claim(who))["status"] == "ok":
        task = UUID(dealt["assignment"]["task_id"])
        place = int(dealt["assignment"]["item"]["inputs"]["text"]["text"][:3])
        regions = [{"id": f"k{at}", "label": "PER", "ranges": [[*each]]} for at, each in enumerate(ranges(place))]
        answer = Answer(1, [{"question": "entities", "target": "text", "value": {"regions": regions}}], uuid4())
        await project.world.services.work.labeling.submit(who.actor, project.id, task, answer, next_=False, held=[])


def wholly(place: int, late: int = 0) -> list[tuple[int, int]]:
    return [(at, at + 12 + late) for at in PLACES]


async def figures(web: Web, who: Member, project: UUID, question: str = "entities") -> httpx.Response:
    async with web.script(who) as client:
        return await client.get(f"/projects/{project}/quality/questions/{question}/regions")


def people_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    return {each["pseudonym"]: each for each in answer.json()["people"]}


async def test_spans_tell_who_misses_who_invents_and_who_ends_late(world: World, web: Web) -> None:
    bank = await world.organization()
    project = await spans(bank, tasks=12, opinions=5)
    one, other, missing, inventing, late = await bank.members(5)
    await entities(project, one, wholly)
    await entities(project, other, wholly)
    await entities(project, missing, lambda place: [each for at, each in enumerate(wholly(place)) if (at + place) % 2])
    await entities(project, inventing, lambda place: [*wholly(place), (150, 158)])
    await entities(project, late, lambda place: wholly(place, late=3))

    answer = await figures(web, bank.owner, project.id)

    found, people = answer.json(), people_of(answer)
    assert (found["tasks"], found["compared"], found["answers"], found["edge_unit"]) == (12, 12, 60, "characters")
    assert found["regions"] == 4 * 36 + 18 + 12
    assert found["undefined"] is None
    assert holds(people[missing.actor.pseudonym]["missed"], 0.5)
    assert holds(people[inventing.actor.pseudonym]["alarms"], 1.0)
    for who in (one, other, inventing, late):
        assert people[who.actor.pseudonym]["missed"]["high"] < people[missing.actor.pseudonym]["missed"]["low"]
    for who in (one, other, missing, late):
        assert people[who.actor.pseudonym]["alarms"]["high"] < people[inventing.actor.pseudonym]["alarms"]["low"]
    [start, end] = people[late.actor.pseudonym]["edges"]
    assert (start["edge"], end["edge"]) == ("start", "end")
    assert holds(start["offset"], 0.0)
    # Against the crowd, of whose 162 marks 36 are theirs.
    assert end["offset"]["value"] == pytest.approx(3 * (1 - 36 / 162), abs=0.3)
    assert end["offset"]["low"] > 1.5
    assert found["people"][-1]["pseudonym"] == missing.actor.pseudonym, "who misses least stands first"


async def test_boxes_tell_it_in_pixels_through_the_real_api(world: World, web: Web) -> None:
    bank = await world.organization()
    people = await bank.members(4)
    missing, wide = people[2:]
    things = ((40, 40), (240, 60), (420, 300))
    async with web.script(bank.owner) as client:
        preset = {"preset": "image-boxes", "with": {"labels": ["cat"]}}
        made = (await client.post("/projects", json={"name": "Cats", "preset": preset, "opinions": 4})).json()["id"]
        for shade in range(10):
            file = io.BytesIO()
            Image.new("RGB", (640, 480), (shade, 90, 120)).save(file, "PNG")
            headers = {"content-type": "image/png", "x-file-name": f"{shade}.png"}
            sent = await client.post(f"/projects/{made}/images", content=file.getvalue(), headers=headers)
            assert sent.status_code == 200, sent.text

    def drawn(who: Member, turn: int) -> list[dict[str, Any]]:
        marked = [each for at, each in enumerate(things) if who is not missing or (at + turn) % 2]
        more = 9 if who is wide else 0
        return [
            {"id": f"k{at}", "label": "cat", "x": x, "y": y, "w": 100 + more + turn % 2, "h": 80}
            for at, (x, y) in enumerate(marked)
        ]

    for who in people:
        async with web.script(who) as client:
            for turn in range(10):
                claimed = (await client.post(f"/projects/{made}/claim", json={"held": []})).json()["assignment"]
                boxes = {"question": "boxes", "target": "image", "value": {"regions": drawn(who, turn)}}
                hidden = [
                    {"question": "occluded", "target": f"boxes:{each['id']}", "value": "no"}
                    for each in boxes["value"]["regions"]  # type: ignore[index]
                ]
                said = {"ontology_version": 1, "answers": [boxes, *hidden], "next": False}
                path = f"/projects/{made}/tasks/{claimed['task_id']}/annotations"
                answer = await client.post(path, json=said, headers={"idempotency-key": str(uuid4())})
                assert answer.is_success, answer.text

    answer = await figures(web, bank.owner, UUID(made), "boxes")

    found, told_of = answer.json(), people_of(answer)
    assert (found["tasks"], found["regions"], found["edge_unit"]) == (10, 3 * 30 + 15, "pixels")
    assert holds(told_of[missing.actor.pseudonym]["missed"], 0.5)
    edges = {each["edge"]: each["offset"] for each in told_of[wide.actor.pseudonym]["edges"]}
    assert edges["right"]["value"] == pytest.approx(9 * (1 - 30 / 105), abs=1.0)
    assert edges["right"]["low"] > 3
    for side in ("left", "top", "bottom"):
        assert holds(edges[side], 0.0)


async def test_each_task_that_is_read_for_it_is_a_look_on_record(world: World, web: Web) -> None:
    bank = await world.organization()
    project = await spans(bank, tasks=3, opinions=2)
    for who in await bank.members(2):
        await entities(project, who, wholly)

    await figures(web, bank.owner, project.id)

    async with world.superuser() as connection:
        looked = await connection.fetchval(
            "select sum(cardinality(object_ids)) from ledger_inbox where organization_id = $1 and purpose = 'statistics'",
            bank.id,
        )
    assert looked == 3


async def test_nothing_is_opened_where_no_regions_are_marked(world: World, web: Web) -> None:
    bank = await world.organization()
    project = await bank.project(opinions=2)
    await project.add(1)
    for who in await bank.members(2):
        await project.answer(who)

    answer = await figures(web, bank.owner, project.id, "label")

    assert (answer.json()["undefined"], answer.json()["people"], answer.json()["tasks"]) == ("no-regions", [], 0)
    async with world.superuser() as connection:
        looked = await connection.fetchval(
            "select count(*) from ledger_inbox where organization_id = $1 and purpose = 'statistics'", bank.id
        )
    assert looked == 0


async def test_tasks_with_one_answer_compare_nobody(world: World, web: Web) -> None:
    bank = await world.organization()
    project = await spans(bank, tasks=2, opinions=1)
    [alone] = await bank.members(1)
    await entities(project, alone, wholly)

    found = (await figures(web, bank.owner, project.id)).json()

    assert (found["tasks"], found["compared"], found["people"], found["undefined"]) == (2, 0, [], "no-overlap")


async def test_whoever_marks_nothing_misses_all_of_it(world: World, web: Web) -> None:
    bank = await world.organization()
    project = await spans(bank, tasks=8, opinions=3)
    one, other, idle = await bank.members(3)
    counts: dict[str, int] = defaultdict(int)
    for who, ranges in ((one, wholly), (other, wholly), (idle, lambda place: [])):
        await entities(project, who, ranges)
        counts[who.actor.pseudonym] += 1

    people = people_of(await figures(web, bank.owner, project.id))

    assert people.keys() == counts.keys()
    lazy = people[idle.actor.pseudonym]
    assert (lazy["regions"], lazy["placed"], lazy["edges"]) == (0, 0, [])
    assert lazy["missed"]["low"] > 0.6
    assert lazy["alarms"]["value"] < 0.05


async def test_annotators_do_not_read_it_and_a_question_that_is_not_there_is_not_found(world: World, web: Web) -> None:
    bank = await world.organization()
    project = await spans(bank, tasks=1, opinions=2)
    [ana] = await bank.members(1)

    assert (await figures(web, ana, project.id)).status_code == 403
    assert (await figures(web, bank.owner, project.id, "nothing")).status_code == 404
    with pytest.raises(NotFound):
        await world.services.insight.regions.figures(bank.owner.actor, uuid4(), "entities")


async def test_a_project_without_votes_is_fitted_once_it_was_swept_and_names_what_marks(world: World) -> None:
    bank = await world.organization()
    project = await spans(bank, tasks=2, opinions=2)
    overview = world.services.insight.quality.overview
    before = (await overview(bank.owner.actor, project.id))["state"]
    for who in await bank.members(2):
        await entities(project, who, wholly)
    while await world.relay.tell():
        pass
    waiting = (await overview(bank.owner.actor, project.id))["state"]

    while await world.services.sweeper.sweep():
        pass

    found = await overview(bank.owner.actor, project.id)
    assert (before, waiting, found["state"]) == ("empty", "waiting", "fitted")
    assert found["questions"] == []
    assert [each["question"] for each in found["regions"]] == ["entities"]


def test_the_command_prints_every_figure_with_its_interval() -> None:
    found = figured(box, crowd(box, boxed, tasks=20), known(len(PEOPLE)), {})

    lines = [*_region_lines({**found, "undefined": None})]

    assert len(lines) == 1 + len(PEOPLE) * 5
    assert all(" to " in line for line in lines[1:])
    assert "pixels" in lines[2]
    assert [*_region_lines({"undefined": "no-overlap"})] == ["No task has two answers yet, so nobody can be compared."]
