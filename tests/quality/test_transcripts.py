"""Transcripts and texts: the likeliest words of several hearings, the choice of least risk, and the distance that both stand on."""

import csv

import numpy as np
import pytest
from crowds import CROWDS
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.edits import edit_distance, edit_share
from evenhand.quality.least_risk import choose
from evenhand.quality.networks import GROWING_MAX
from evenhand.quality.transcripts import transcribe
from evenhand.quality.undefined import StructureUndefined

WORDS = ["a", "b", "c", "dd", "e"]
sentences = st.lists(st.sampled_from(WORDS), max_size=7)
hearings = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), sentences), max_size=14)


def columns(rows):
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def plain_distance(a, b):
    """Wagner & Fischer's table, row by row."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


# -------------------------------------------------------------------------------------------------------- distances --
@given(sentences, sentences)
def test_the_distance_of_bits_is_that_of_the_table(a, b):
    assert edit_distance(a, b) == plain_distance(a, b)


def test_the_distance_holds_beyond_a_machine_word():
    random = np.random.default_rng(1)
    a, b = (random.integers(0, 4, size).tolist() for size in (300, 270))

    assert edit_distance(a, b) == plain_distance(a, b)
    assert edit_share([], []) == 0.0
    assert edit_share(a, []) == 1.0


# ------------------------------------------------------------------------------------------------------ transcripts --
def test_the_example_of_four_hearings():
    """Words that most heard stand; a word that one added goes, one that one left out comes."""
    heard = [
        ["the", "cat", "sat", "on", "the", "mat"],
        ["the", "cat", "sat", "on", "mat"],
        ["a", "cat", "sat", "on", "the", "old", "mat"],
        ["the", "cat", "sad", "on", "the", "mat"],
    ]

    found = transcribe([0] * 4, [0, 1, 2, 3], heard)

    assert " ".join(found.words[0]) == "the cat sat on the mat"
    assert all(0 < each <= 1 for each in found.sureness[0])
    assert 0 < found.probabilities[0] < 1


def test_whoever_hears_well_outweighs_two_who_do_not():
    random = np.random.default_rng(3)
    vocabulary = [f"w{number}" for number in range(300)]
    tasks, people, answers, truth = [], [], [], []
    for task in range(60):
        said = [vocabulary[each] for each in random.integers(0, 300, 10)]
        truth.append(tuple(said))
        for person in range(5):
            rate = 0.03 if person < 2 else 0.5
            heard = [vocabulary[random.integers(0, 300)] if random.random() < rate else word for word in said]
            tasks.append(task)
            people.append(person)
            answers.append(heard)

    found = transcribe(tasks, people, answers)

    errors = [edit_distance(words, said) for words, said in zip(found.words, truth, strict=True)]
    assert sum(errors) / 600 < 0.05
    assert found.right[:2].min() > 0.93
    assert np.abs(found.right[2:] - 0.5).max() < 0.1


@settings(max_examples=60, deadline=None)
@given(hearings, st.randoms())
def test_a_transcript_is_defined_whatever_was_heard_and_in_whichever_order(rows, random):
    mixed = [*rows]
    random.shuffle(mixed)

    found, again = transcribe(*columns(rows)), transcribe(*columns(mixed))

    assert found.words == again.words
    assert np.allclose(found.probabilities, again.probabilities)
    assert ((found.probabilities > 0) & (found.probabilities <= 1)).all()
    for rates in (found.right, found.omitted, found.added, found.heard):
        assert np.isfinite(rates).all()
    assert found.task_numbers.tolist() == sorted({row[0] for row in rows})


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7), st.integers(1, 5))
def test_what_all_hear_alike_stands(said, people):
    found = transcribe([7] * people, range(people), [said] * people)

    assert found.words == (tuple(said),)


def test_more_hearings_than_a_network_grows_from_are_laid_onto_it():
    said = ["one", "two", "three", "four", "five", "six"]
    random = np.random.default_rng(2)
    answers = [[word if random.random() > 0.3 else f"x{random.integers(0, 999)}" for word in said] for _ in range(90)]
    assert len(set(map(tuple, answers))) > 2 * GROWING_MAX

    found = transcribe([0] * 90, range(90), answers)

    assert found.words[0] == tuple(said)


def test_nothing_said_is_an_answer_and_no_answer_is_no_task():
    assert transcribe([1, 1, 1], [0, 1, 2], [[], [], ["um"]]).words == ((),)
    assert transcribe([1], [0], [[]]).words == ((),)
    assert transcribe([], [], []).words == ()


def test_columns_of_different_length_are_refused():
    with pytest.raises(StructureUndefined, match="columns"):
        transcribe([1, 2], [1], [["a"], ["b"]])
    with pytest.raises(StructureUndefined, match="columns"):
        choose([1, 2], [1], lambda first, second: np.zeros(first.size))


def test_real_hearings_are_transcribed_with_fewer_errors_than_by_the_peers():
    """Of crowdspeech_dev_clean; the best peer measured has 0.0666. The truth is read by this scorer alone."""
    tasks, people, answers, truth = crowdspeech()

    found = transcribe(tasks, people, answers)

    at = {task: place for place, task in enumerate(found.task_numbers.tolist())}
    errors = sum(edit_distance(found.words[at[task]], said) for task, said in truth.items())
    assert errors / sum(map(len, truth.values())) < 0.060


# ---------------------------------------------------------------------------------------------------- least risk --
def by_words(answers):
    return lambda first, second: np.array(
        [edit_share(answers[a], answers[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)], dtype=float
    )


def test_the_answer_nearest_to_the_others_is_chosen():
    answers = [["the", "red", "house"], ["the", "red", "home"], ["the", "red", "house", "there"], ["no", "idea"]]

    found = choose([0] * 4, range(4), by_words(answers))

    assert found.is_least.tolist() == [True, False, False, False]


def test_whoever_answers_far_from_all_everywhere_weighs_less_where_they_are_many():
    answers, tasks, people = [], [], []
    for task in range(40):
        for person in range(5):
            said = [f"t{task}w{place}" for place in range(8)]
            if person >= 3:
                # Two who write the same thing to nobody else's.
                said = ["spam"] * 8 if task == 0 else [f"p{person}t{task}w{place}" for place in range(8)]
            elif person:
                said[person] = "slip"
            tasks.append(task)
            people.append(person)
            answers.append(said)

    found = choose(tasks, people, by_words(answers))

    assert found.is_least[0]
    assert found.distances[3:].min() > 2 * found.distances[:3].max()
    assert found.weights[:5][:3].sum() > 0.9


@settings(max_examples=60, deadline=None)
@given(hearings)
def test_risks_are_numbers_and_somebody_risks_least(rows):
    tasks, people, answers = columns(rows)

    found = choose(tasks, people, by_words(answers))

    assert ((found.risks >= 0) & (found.risks <= 1 + 1e-9)).all()
    assert {tasks[place] for place in np.flatnonzero(found.is_least)} == set(tasks)
    assert np.isfinite(found.distances).all()


def test_two_answers_alone_are_equals():
    found = choose([0, 0], [0, 1], by_words([["a"], ["b"]]))

    assert found.is_least.all()
    assert found.weights.tolist() == [0.5, 0.5]


def test_a_distance_that_is_no_number_is_refused():
    with pytest.raises(StructureUndefined, match="not-finite"):
        choose([0, 0], [0, 1], lambda first, second: np.full(first.size, np.nan))


def crowdspeech():
    """(task, annotator, words) in columns, and task -> what was said."""
    folder = CROWDS / "crowdspeech_dev_clean"
    if not folder.exists():
        pytest.skip("the shared crowds are not here")
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        truth = {int(row["task"][1:]): plain(row["label"]) for row in csv.DictReader(file)}
    return (
        [int(row["task"][1:]) for row in rows],
        [int(row["worker"][1:]) for row in rows],
        [plain(row["label"]) for row in rows],
        truth,
    )


def plain(text):
    """Words in lower case without punctuation: how both sides are compared."""
    return "".join(each if each.isalnum() or each in " '" else " " for each in text.lower()).split()
