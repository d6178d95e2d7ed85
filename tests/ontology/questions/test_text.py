"""Texts: how several become one, as a whole or word by word."""

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.questions.text import Settings, kind

HEARD = ["The cat sat on the mat.", "The cat sat on mat.", "The cat sad on the mat.", "The hat sat on the mat."]


def merged(answers, **given):
    return kind.merge(Settings(**given), list(answers), [1.0] * len(answers), NOWHERE)


def test_of_transcripts_the_words_that_most_heard_stand_though_nobody_wrote_them_all():
    found = merged(HEARD[1:], merge="words")

    assert found.value == "The cat sat on the mat."
    assert found.value not in HEARD[1:]
    assert (found.method, found.status, found.answers) == ("words", "resolved", 3)
    assert 0 < found.probability < 1


def test_as_a_whole_the_answer_nearest_to_all_stands():
    found = merged(HEARD)

    assert (found.value, found.method) == (HEARD[0], "medoid")


def test_two_hearings_that_differ_are_a_tie():
    assert merged(HEARD[:2], merge="words").status == "tied"


def test_words_that_together_have_not_the_form_asked_for_give_way_to_an_answer_that_has_it():
    codes = ["AB 1", "CD 1", "AB 2"]

    found = merged(codes, merge="words", pattern="AB 2|CD 1|AB 1")

    assert found.value in codes
    assert kind.check(Settings(pattern="AB 2|CD 1|AB 1"), found.value, NOWHERE) == []


def test_the_words_do_not_depend_on_who_answered_first():
    assert merged(HEARD, merge="words") == merged(HEARD[::-1], merge="words")


@pytest.mark.parametrize("compare", ["edit", "words"])
def test_a_distance_is_the_share_of_what_has_to_be_changed(compare):
    settings = Settings(compare=compare)

    assert kind.distance(settings, "a b c d", "a b x d", NOWHERE) == pytest.approx(1 / (7 if compare == "edit" else 4))
