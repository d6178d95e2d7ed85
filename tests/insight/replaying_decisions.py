"""Decisions made again from their rows alone and the fit that each names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import numpy as np

from evenhand.insight.judging import judged
from evenhand.insight.live import Live
from evenhand.work.deciding import ByWorkflow, Labeled, Sureness, Vote, Workflow, after_labels
from world import Project

_PLACES = {"more": "label"}
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
        then = row["to_place"], row["opinions"], row["why"], row["model"], row["answer_codes"], row["fit_no"]
        now = _PLACES.get(again.outcome, again.outcome), again.opinions, sure.why, sure.model, codes, sure.fit_no
        is_close = abs((sure.probability or 0.0) - (row["posterior"] or 0.0)) <= _CLOSE
        if then != now or not is_close or not _estimates_alike(row, sure):
            wrong.append((row["task_no"], (*then, row["posterior"]), (*now, sure.probability)))
    return wrong


def _estimates_alike(row: asyncpg.Record, sure: Sureness) -> bool:
    """Whether the row has the estimates that are said now; one that other tasks were read with may tip when it is rounded."""
    names = ("estimate_nos", "estimate_models", "estimate_versions", "estimates", "estimate_lows", "estimate_highs")
    then = list(zip(*(row[name] for name in names), strict=True))
    return len(then) == len(sure.estimates) and all(
        (each.question_no, each.model, each.model_version) == said[:3]
        and np.allclose((each.value, each.low, each.high), said[3:], rtol=0.0, atol=0.01 * (each.high - each.low))
        for each, said in zip(sure.estimates, then, strict=True)
    )
