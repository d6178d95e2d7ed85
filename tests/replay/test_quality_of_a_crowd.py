"""Real crowds' votes through the real API, and what the quality page says of people held against what is true.

Truth is read by this test alone: the server gets votes and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import numpy as np
import pytest
from test_replay import crowd, silent

from evenhand import AsyncClient
from evenhand.cli.crowd import Crowd
from evenhand.cli.replaying import replay
from evenhand.quality.accuracy import accuracies, credits_of
from evenhand.quality.truth import infer
from serving import Installation

CHECKED_MIN = 20
WAIT_SECONDS = 240.0


@dataclass(frozen=True)
class Held:
    """What is said of people beside what is true of them.

    people: with 20 answers or more to tasks whose truth is known. inside: of these, whose interval holds their true share of right
    answers. error: mean distance of the estimates from it. by_majority: the same, of the share that agrees with the majority.
    """

    people: int
    inside: int
    error: float
    by_majority: float

    def __str__(self) -> str:
        return (
            f"{self.people} people: {self.inside} intervals hold the truth, mean error {self.error:.3f}"
            f" (agreement with the majority: {self.by_majority:.3f})"
        )


async def fitted_people(client: AsyncClient, project: str) -> dict[str, tuple[float, float, float]]:
    """worker -> (estimate, low, high), once every vote is in the fit."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        quality = await client.quality.get(project)
        if quality["state"] == "fitted" and quality["is_current"]:
            break
        assert time.monotonic() < until, quality
        await asyncio.sleep(0.5)
    people = await client.quality.people(project)
    found = {}
    for each in people["items"]:
        accuracy = each["accuracy"]
        if accuracy and accuracy["mean"] is not None and each["name"]:
            found[each["name"]] = (accuracy["mean"], accuracy["low"], accuracy["high"])
    return found


def held_against_truth(crowd_: Crowd, said: dict[str, tuple[float, float, float]]) -> Held:
    """The server's estimates beside the truth of the file."""
    errors, by_majority, inside = [], [], 0
    for worker, answers in crowd_.by_worker().items():
        known = {task: label for task, label in answers.items() if task in crowd_.truth}
        if worker not in said or len(known) < CHECKED_MIN:
            continue
        share = sum(crowd_.truth[task] == label for task, label in known.items()) / len(known)
        mean, low, high = said[worker]
        errors.append(abs(mean - share))
        inside += low <= share <= high
        agreeing = sum(_backs(crowd_, task, label) for task, label in known.items()) / len(known)
        by_majority.append(abs(agreeing - share))
    return Held(len(errors), inside, sum(errors) / len(errors), sum(by_majority) / len(by_majority))


def _backs(crowd_: Crowd, task: str, label: str) -> float:
    """How much of the majority of a task a label is: a tie of k counts 1/k."""
    given = list(crowd_.votes[task].values())
    most = max(given.count(each) for each in set(given))
    winners = [each for each in set(given) if given.count(each) == most]
    return 1 / len(winners) if label in winners else 0.0


def by_the_engine_alone(crowd_: Crowd) -> dict[str, tuple[float, float, float]]:
    """What the engine says of the same votes, straight from the file."""
    workers, tasks = sorted(crowd_.by_worker()), list(crowd_.votes)
    votes = [
        (tasks.index(task), workers.index(worker), crowd_.labels.index(label))
        for task, answers in crowd_.votes.items()
        for worker, label in answers.items()
    ]
    at, who, codes = (np.array(column) for column in zip(*votes, strict=True))
    found = infer(at, who, codes, len(crowd_.labels))
    of = accuracies(who, credits_of(found.probabilities, at, codes), len(workers))
    return {
        worker: (float(of.means[place]), float(of.lows[place]), float(of.highs[place]))
        for place, worker in enumerate(workers)
    }


async def test_what_is_said_of_people_is_what_the_engine_says_of_the_files_votes(installation: Installation) -> None:
    chosen = crowd("bluebird").first(24)
    outcome = await replay(installation.url, installation.key, "Bluebird's people", chosen, silent)

    async with AsyncClient(installation.url, installation.key) as client:
        said = await fitted_people(client, outcome.project_id)

    expected = by_the_engine_alone(chosen)
    assert said.keys() == expected.keys()
    for worker, figures in said.items():
        assert figures == pytest.approx(expected[worker], abs=1e-6), worker


@pytest.mark.drill
@pytest.mark.parametrize("name", ["bluebird", "cf_amt"])
async def test_of_whole_sets_the_intervals_hold_most_peoples_true_accuracy(
    installation: Installation, name: str
) -> None:
    chosen = crowd(name)
    outcome = await replay(installation.url, installation.key, f"The people of {name}", chosen, silent)

    async with AsyncClient(installation.url, installation.key) as client:
        held = held_against_truth(chosen, await fitted_people(client, outcome.project_id))

    print(f"{name}: {held}")
    assert held.inside >= 0.8 * held.people


@pytest.mark.parametrize(
    "name",
    [
        "bluebird",
        # Its probabilities are too careful there, so its people look four points worse than they are: .050 against .048.
        pytest.param("cf_amt", marks=pytest.mark.xfail(strict=True, raises=AssertionError)),
    ],
)
def test_estimates_of_people_lie_nearer_to_the_truth_than_their_agreement_with_the_majority(name: str) -> None:
    chosen = crowd(name)
    held = held_against_truth(chosen, by_the_engine_alone(chosen))

    assert held.error <= held.by_majority
