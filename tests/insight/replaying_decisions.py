"""Decisions made again from their rows alone and the fit that each names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from evenhand.insight.judging import judged
from evenhand.insight.live import Live
from evenhand.work.deciding import ByWorkflow, Labeled, Vote, Workflow, after_labels
from world import Project

_PLACES = {"done": "done", "more": "label"}
_CLOSE = 1e-12


async def decisions_of(project: Project) -> list[asyncpg.Record]:
    """What Decide said of every task, in order."""
    async with project.world.superuser() as connection:
        return await connection.fetch(
            "select d.*, t.task_no from decision d join task t using (organization_id, task_id)"
            " where d.project_id = $1 and d.by = 'decide' order by d.task_id, d.no",
            project.id,
        )


async def replayed_otherwise(project: Project, made: Sequence[asyncpg.Record]) -> list[Any]:
    """Those that come out otherwise than they were made: (task number, what the row says, what is said now)."""
    world, organization_id = project.world, project.organization.id
    live = Live(world.services.database, world.services.ontologies)
    ontology = await world.services.ontologies.get(organization_id, project.id, 1)
    rule = world.services.work.deciding._decide
    assert isinstance(rule, ByWorkflow)
    wrong: list[Any] = []
    for row in made:
        standing = None
        if row["fit_no"] is not None:
            standing = await live.standing(organization_id, project.id, row["fit_no"])
        votes = tuple(Vote(*each) for each in zip(row["question_nos"], row["annotator_nos"], row["codes"], strict=True))
        labeled = Labeled(row["task_id"], row["task_no"], len(votes), votes)
        workflow = Workflow(
            1, row["review_rate"], row["adjudicate_below"], row["opinions_min"], row["opinions_max"], row["sure"]
        )
        [sure] = judged(ontology, standing, workflow, [labeled])
        again = after_labels(workflow, labeled, sure, rule.lot(organization_id, row["task_id"]))
        codes = [code for _, code in sure.answers]
        then = row["to_place"], row["opinions"], row["why"], row["model"], row["answer_codes"]
        now = _PLACES[again.outcome], again.opinions, sure.why, sure.model, codes
        if then != now or abs((sure.probability or 0.0) - (row["posterior"] or 0.0)) > _CLOSE:
            wrong.append((row["task_no"], (*then, row["posterior"]), (*now, sure.probability)))
    return wrong
