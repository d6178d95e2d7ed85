"""Real votes through the real API under adaptive opinions: fewer answers, and what is decided is no less true."""

from __future__ import annotations

import pytest
from dealing import replay_adaptively
from test_replay import crowd

from evenhand.cli.crowd import accuracy, majority_winners
from serving import Installation


# cf_amt: 20 votes a task of 5 classes; bluebird: 39 votes a task, of a crowd that knows its birds less well than it believes.
@pytest.mark.parametrize(
    ("name", "tasks"),
    [("cf_amt", 12), pytest.param("bluebird", 108, marks=pytest.mark.drill)],
    ids=["cf_amt", "bluebird"],
)
async def test_a_crowd_is_asked_for_fewer_answers_than_it_gave_and_decides_as_well(
    installation: Installation, name: str, tasks: int
) -> None:
    chosen = crowd(name).first(tasks)

    found = await replay_adaptively(installation.url, installation.key, f"Adaptive {name}", chosen, sure=0.9, seed=1)

    told = found.quality["decided"]
    assert (told["tasks"], told["answers"]) == (found.decided, found.used)
    # How many depends on how often it is fitted while answers come, and so on the machine: 22 to 74 % of these of cf_amt.
    assert found.used <= 0.85 * found.of
    assert found.by_decision.right >= accuracy(majority_winners(chosen), chosen.truth).right - 1
