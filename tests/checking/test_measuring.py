"""What results say of a checker: worked figures, and the gate's words for each thing that is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tasks import bundle

from evenhand.checking.measuring import Bars, Flakes, Result, Share, flakes_of, measure, repeats_for

FILES = {("start", "a.py"): "", ("solution", "a.py"): "x = 1\n", ("checker", "check.py"): "import a\n"}
BARS = Bars(mutation_score=0.8, mutants=2, flake_rate=0.5)
MUTATIONS = [
    {"id": "w", "kind": "wrong_solution", "reward": 0.0, "files": [{"path": "a.py", "text": "x = 2"}]},
    {"id": "e", "kind": "equivalent", "reward": 1.0, "files": [{"path": "a.py", "text": "x = 1.0"}]},
    {"id": "m-1", "kind": "equivalent", "reward": 1.0, "why": "nobody asks for it"},
]


def result(subject: str, reward: float, **more: Any) -> Result:
    plain = Result(subject, reward, 0, None, None, None, 0.1, "sha256:l", "sha256:c", "sha256:m")
    return replace(plain, **more)


def results(**rewards: str) -> list[Result]:
    """subject="110": rewards of its runs in order; a dash in a name is written as an underscore."""
    return [result(name.replace("_", "-"), float(each)) for name, runs in rewards.items() for each in runs]


SOUND = {"solution": "111", "start": "000", "w": "000", "e": "111", "m_2": "0", "m_3": "0"}


def missing(task: Any = None, bars: Bars = BARS, **rewards: str) -> list[str]:
    of = task or bundle(FILES, mutations=MUTATIONS).task
    return list(measure(of, results(**{**SOUND, **rewards}), ["m-1", "m-2", "m-3"], bars).missing)


# ------------------------------------------------------------------------------------------------------------------- flakes --
@pytest.mark.parametrize(("rate", "runs"), [(0.01, 299), (0.05, 59), (0.5, 5)])
def test_so_many_repeats_without_a_flake_bound_its_rate(rate: float, runs: int) -> None:
    assert repeats_for(rate) == runs
    assert flakes_of([[1.0] * (runs + 1)]).upper <= rate < flakes_of([[1.0] * runs]).upper


def test_flakes_are_counted_against_the_first_run_of_the_same_subject() -> None:
    found = flakes_of([[1.0, 1.0, 0.0], [0.0, 0.0], [1.0]])

    assert (found.count, found.total) == (1, 3)
    # Clopper & Pearson's one-sided 95 % bound of 1 in 3: the root of (1-p)^3 + 3p(1-p)^2 = 0.05.
    assert found.upper == pytest.approx(0.8646, abs=1e-4)


def test_of_no_repeats_nothing_is_known() -> None:
    assert flakes_of([[1.0], []]) == Flakes(0, 0, 1.0)
    assert Share.of(0, 0) == Share(0, 0, None, None, None)


# --------------------------------------------------------------------------------------------------------------------- gate --
def test_a_sound_checker_passes_the_gate() -> None:
    found = measure(bundle(FILES, mutations=MUTATIONS).task, results(**SOUND), ["m-1", "m-2", "m-3"], BARS)

    assert found.missing == ()
    assert (found.mutation_score.count, found.mutation_score.total) == (3, 3)
    assert found.mutation_score.high == 1.0
    assert 0.3 < (found.mutation_score.low or 0) < 1.0
    assert (found.false_accepts.count, found.false_rejects.count) == (0, 0)


def test_a_mutant_that_was_declared_equivalent_does_not_count() -> None:
    assert missing(m_1="1") == []


@pytest.mark.parametrize(
    ("rewards", "words"),
    [
        ({"solution": "110"}, "The reference solution passed in 2 of 3 runs; it must in all."),
        ({"start": "001"}, "The start failed in 2 of 3 runs; it must in all."),
        ({"solution": "11"}, "The reference solution was run 2 times; 3 are asked for."),
        ({"w": "010"}, "Wrong work does not get the reward that is declared for it: w."),
        ({"e": "101"}, "Work that is declared equivalent is refused: e."),
        ({"m_2": "1"}, "The checker refuses 2 of 3 wrong solutions (67%); at least 80% are asked for."),
    ],
)
def test_what_is_missing_is_said_in_words(rewards: dict[str, str], words: str) -> None:
    assert any(each.startswith(words) for each in missing(**rewards))


def test_too_few_wrong_solutions_are_no_proof() -> None:
    found = missing(bars=replace(BARS, mutants=10))

    assert found[0].startswith("Only 3 wrong solutions were tried; at least 10 are asked for")


def test_too_few_repeats_are_no_proof_either() -> None:
    found = missing(bars=replace(BARS, flake_rate=0.01))

    assert found == [
        "Its reward differed in 0 of 8 repeated runs: at most 31.2% of runs flake (95 %), and 1.0% are allowed."
    ]


def test_a_survivor_is_one_that_earned_as_much_as_the_solution_once() -> None:
    found = measure(
        bundle(FILES, mutations=MUTATIONS).task, results(**{**SOUND, "w": "001", "m_3": "1"}), ["m-3"], BARS
    )

    assert found.survivors == ("m-3", "w")
    assert found.false_accepts.count == 1


def test_named_tests_must_fail_before_and_pass_after() -> None:
    checker = {"command": ["python", "check.py"], "result": "json", "fail_to_pass": ["new"], "pass_to_pass": ["old"]}
    task = bundle(FILES, checker=checker).task
    rows = [
        *(result("solution", 1.0, tests={"new": True, "old": True}) for _ in range(3)),
        *(result("start", 0.0, tests={"new": False, "old": number > 0}) for number in range(3)),
        *results(m_2="0", m_3="0"),
    ]

    assert measure(task, rows, ["m-2", "m-3"], replace(BARS, flake_rate=0.6)).missing == (
        "The test old does not pass with the start in every run.",
    )


def test_a_pass_band_that_nobody_measured_is_missing() -> None:
    band = {"low": 0.02, "high": 0.6, "solver": "m-7", "trials": 32}
    task = bundle(FILES, mutations=MUTATIONS, expect={"pass_band": band}).task

    assert missing(task)[0].startswith("The pass rate of m-7 is not measured here")
