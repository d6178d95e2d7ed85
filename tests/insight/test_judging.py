"""How sure a task is: by the least sure of its questions, whichever of them the fit would ask on about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
import pytest

from evenhand.insight.columns import _TYPES, ANSWERS, TASKS, VOTES, ProjectColumns
from evenhand.insight.fitting import fit_project
from evenhand.insight.judging import Learned, Standing, judged
from evenhand.ontology.ontology import Ontology
from evenhand.work.deciding import Decision, Labeled, Vote, Workflow, after_labels

TASK, BATCH = 77, UUID(int=1)
TONES = ["kind", "harsh", "kind", "harsh"]


def choice(name: str, *values: str) -> dict[str, Any]:
    options = [{"value": value, "text": value.title()} for value in values]
    return {"name": name, "kind": "choice", "text": f"Which {name}?", "settings": {"options": options}}


ONTOLOGY = Ontology.compile(
    {
        "format": "evenhand-ontology/1",
        "name": "letters",
        "language": "en",
        "inputs": [{"name": "text", "kind": "text"}],
        "questions": [choice("tone", "kind", "harsh"), choice("topic", "bill", "trip", "job")],
    }
)


def votes_of(annotator_no: int, tone: str) -> list[Vote]:
    """Of somebody who finds that it is about a bill, as everybody does."""
    given = [{"question": "tone", "value": tone}, {"question": "topic", "value": "bill"}]
    item = {"inputs": {"text": "Letter"}}
    found = ONTOLOGY.votes(ONTOLOGY.canonical_answers(given, item), item)
    return [Vote(each[0], annotator_no, float(each[2])) for each in found]


def of(types: dict[str, str]) -> Any:
    """The columns of a relation as numpy names them."""
    return [(name, _TYPES[type_]) for name, type_ in types.items()]


def fit_after(answers: int) -> Standing | None:
    """What stands after a sweep that saw so many of the four."""
    votes = [vote for number, tone in enumerate(TONES[:answers], 1) for vote in votes_of(number, tone)]
    if not votes:
        return None
    rows = sorted((vote.question_no, TASK, vote.annotator_no, vote.code) for vote in votes)
    given = [(TASK, number, 1e9, 4000, 0, 1, *[-1] * 6) for number in range(1, answers + 1)]
    columns = ProjectColumns(
        np.array(rows, dtype=of(VOTES)),
        np.array(given, dtype=of(ANSWERS)),
        np.array([(TASK, 0)], dtype=of(TASKS)),
        (BATCH,),
        {},
    )
    fits = fit_project(ONTOLOGY, columns, {})
    return Standing(1, {fit.question_no: fit.learned for fit in fits if isinstance(fit.learned, Learned)})


def after(answers: int, workflow: Workflow) -> Decision:
    """What follows for a task of four answers, two against two on its tone, by a fit that saw so many of them."""
    votes = tuple(vote for number, tone in enumerate(TONES, 1) for vote in votes_of(number, tone))
    labeled = Labeled(UUID(int=2), TASK, 4, votes)
    [sure] = judged(ONTOLOGY, fit_after(answers), workflow, [labeled])
    return after_labels(workflow, labeled, sure, lot=0.5)


@pytest.mark.parametrize("answers", range(5))
def test_two_against_two_goes_to_adjudication_however_many_of_them_a_sweep_had_seen(answers: int) -> None:
    found = after(answers, Workflow(1, 0.0, 0.95, opinions_min=4))

    assert (found.outcome, found.sure.question) == ("adjudicate", "tone")
    assert found.sure.probability is not None
    assert found.sure.probability < 0.7


def test_what_a_fit_said_of_any_question_is_named_by_the_decision() -> None:
    assert after(2, Workflow(1, 0.0, 0.95, opinions_min=4)).sure.fit_no == 1
    assert after(0, Workflow(1, 0.0, 0.95, opinions_min=4)).sure.fit_no is None
