"""What a ruling may rest on beside answers: verdicts, remarks and passages that were read; checked, and shown to both sides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from evenhand.core.errors import Malformed
from evenhand.work.guidelines import NewVersion
from evenhand.work.rulings import Item
from stage_verbs import REVIEW_ALL, dealt, labeled, review
from world import Member, Organization, Project, World


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def guided(project: Project, markdown: str, *readers: Member) -> None:
    """The first version of a project's guidelines, read by these."""
    guidelines = project.world.services.work.guidelines
    await guidelines.change(project.owner.actor, project.id, NewVersion(markdown), None)
    for each in readers:
        await guidelines.consent(each.actor, project.id, 1)


async def says(project: Project, who: Member, task: UUID, text: str) -> None:
    await project.world.services.work.remarks.remark(who.actor, project.id, task, "comment", text, None)


async def possible(project: Project, whom: Member) -> Any:
    return await project.world.services.work.rulings.possible(project.owner.actor, project.id, whom.id)


async def remove(project: Project, whom: Member, *evidence: Item) -> UUID:
    rulings = project.world.services.work.rulings
    return await rulings.remove(project.owner.actor, project.id, whom.id, "work-quality", evidence)


async def test_verdicts_remarks_and_passages_that_were_read_are_evidence_shown_to_both_sides(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita, second = await bank.member(), await bank.member("reviewer"), await bank.member("manager")
    await guided(project, "# Tone\n\n```\n# no heading\n```\n\n## Irony ##\n", ana, rita)
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "fix", fixed="no", reason="guideline-misread")
    await says(project, ana, task, "I only skim.")
    work = project.world.services.work

    found = await possible(project, ana)
    named = {each["kind"]: UUID(each["id"]) for each in found["items"]}
    passage = Item("guideline", version=found["guideline_version"], heading="Irony")
    ruling = await remove(project, ana, Item("verdict", named["verdict"]), Item("remark", named["remark"]), passage)
    await work.appeals.file(ana.actor, "removal", ruling, "Read line three.")

    assert found["headings"] == ["Tone", "Irony"]
    [own] = (await work.rulings.against_me(ana.actor, None, 10))["items"]
    [case] = await work.appeals.in_organization(second.actor, is_open=True)
    verdict, remark, guideline = own["evidence"]
    assert (verdict["verdict"], verdict["reason"]) == ("fix", "guideline-misread")
    assert remark["text"] == "I only skim."
    assert (guideline["version"], guideline["heading"]) == (1, "Irony")
    assert case["evidence"] == own["evidence"]
    assert own["note"] is None and case["note"] is None


async def test_what_is_not_there_was_never_read_or_is_anothers_is_no_evidence(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana, ben = await bank.members(2)
    task, bens = await project.answer(ana), await project.answer(ben)
    await guided(project, "# Tone")
    await says(project, ana, task, "Hers.")
    await says(project, ben, bens, "His.")
    [hers], [his] = (await possible(project, ana))["items"], (await possible(project, ben))["items"]
    own = Item("remark", UUID(hers["id"]))
    refused = [
        ("/evidence/1/heading", Item("guideline", version=1, heading="Irony")),
        ("/evidence/1/heading", Item("guideline", version=2, heading="Tone")),
        ("/evidence/1/id", Item("guideline", version=1, heading="Tone")),
        ("/evidence/1/id", Item("remark", UUID(his["id"]))),
    ]

    for pointer, item in refused:
        with pytest.raises(Malformed) as problem:
            await remove(project, ana, own, item)
        assert problem.value.problems[0].pointer == pointer

    await project.world.services.work.guidelines.consent(ana.actor, project.id, 1)
    with pytest.raises(Malformed) as alone:
        await remove(project, ana, Item("guideline", version=1, heading="Tone"))
    assert "alone" in alone.value.problems[0].message
    await remove(project, ana, own, Item("guideline", version=1, heading="Tone"))
