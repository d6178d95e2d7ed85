"""Tags of sequences: what is recovered, what can never stand, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.sequences import bio_follows, tag
from evenhand.quality.undefined import StructureUndefined

OUT, BEGINS, INSIDE = 0, 1, 2


def spans(codes, lengths):
    """(sequence, start, end, label) of BIO tags, as scorers count them strictly."""
    found, token = set(), 0
    for number, length in enumerate(lengths):
        start, label = None, 0
        for place in range(length + 1):
            code = codes[token + place] if place < length else OUT
            if start is not None and (code == OUT or code % 2 == 1):
                found.add((number, start, place, label))
                start = None
            if code % 2 == 1:
                start, label = place, code // 2
        token += length
    return found


def f1(found, truth):
    return 2 * len(found & truth) / (len(found) + len(truth))


def crowd(random, sequences=300, people=20, a_sequence=4, labels=2):
    """Texts with names, tagged by people who miss, shift and relabel them as people do."""
    lengths = random.integers(8, 25, sequences)
    truth, tokens, annotators, codes = [], [], [], []
    missing, shifting, mistaking = (random.uniform(*ends, people) for ends in ((0.05, 0.5), (0, 0.25), (0, 0.3)))
    at = 0
    for length in lengths:
        names, place = [], 1
        while place < length - 3:
            if random.random() < 0.25:
                size = int(random.integers(1, 4))
                names.append((place, place + size, int(random.integers(labels))))
                place += size
            place += 1

        def written(marks, length=length):
            tags = np.zeros(length, dtype=int)
            for start, end, label in marks:
                tags[start:end] = 2 + 2 * label
                tags[start] = 1 + 2 * label
            return tags

        truth.append(written(names))
        for person in random.choice(people, a_sequence, replace=False):
            mine = []
            for start, end, label in names:
                if random.random() < missing[person]:
                    continue
                if random.random() < shifting[person]:
                    start = max(0, start - 1)
                if random.random() < mistaking[person]:
                    label = int(random.integers(labels))
                mine.append((start, end, label))
            tokens.append(np.arange(at, at + length))
            annotators.append(np.full(length, person))
            codes.append(written(mine))
        at += length
    return lengths, *(np.concatenate(each) for each in (truth, tokens, annotators, codes)), missing


def test_names_are_found_better_than_token_by_token():
    random = np.random.default_rng(4)
    lengths, truth, tokens, annotators, codes, missing = crowd(random)
    begins, follows = bio_follows(2)

    found = tag(lengths, tokens, annotators, codes, 5, begins=begins, follows=follows)

    counts = np.bincount(tokens * 5 + codes, minlength=truth.size * 5).reshape(-1, 5)
    plain = f1(spans(counts.argmax(axis=1), lengths), spans(truth, lengths))
    assert f1(spans(found.codes, lengths), spans(truth, lengths)) > plain + 0.05
    kept = 1.0 - found.confusion[:, 1:, 0].mean(axis=1)
    assert np.corrcoef(kept, 1.0 - missing)[0, 1] > 0.85


def test_nothing_stands_after_what_it_cannot_follow():
    begins, follows = bio_follows(2)
    random = np.random.default_rng(2)
    tokens = np.tile(np.arange(40), 3)
    codes = random.integers(0, 5, tokens.size)

    found = tag([15, 25], tokens, np.repeat([0, 1, 2], 40), codes, 5, begins=begins, follows=follows)

    for start, end in ((0, 15), (15, 40)):
        tags = found.codes[start:end]
        assert begins[tags[0]]
        assert follows[tags[:-1], tags[1:]].all()


votes = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 3), st.integers(0, 2)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(votes)
def test_whatever_was_tagged_the_answer_is_defined(rows):
    begins, follows = bio_follows(1)

    found = tag([5, 0, 7], *([row[place] for row in rows] for place in range(3)), 3, begins=begins, follows=follows)

    assert found.codes.size == 12
    assert np.allclose(found.probabilities.sum(axis=1), 1.0)
    assert np.allclose(found.transitions.sum(axis=1), 1.0)
    assert np.isfinite(found.confusion).all()
    assert ((found.sureness > 0) & (found.sureness <= 1)).all()
    assert follows[found.codes[:4], found.codes[1:5]].all()


def test_what_all_say_stands_and_one_alone_is_believed():
    tags = [OUT, BEGINS, INSIDE, OUT]
    begins, follows = bio_follows(1)

    three = tag([4], [*range(4)] * 3, np.repeat([0, 1, 2], 4), tags * 3, 3, begins=begins, follows=follows)
    alone = tag([4], [*range(4)], [0] * 4, tags, 3, begins=begins, follows=follows)

    assert three.codes.tolist() == alone.codes.tolist() == tags
    assert three.sureness.min() > alone.sureness.min()
    assert tag([], [], [], [], 3).codes.size == 0
    assert tag([2], [], [], [], 1).codes.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("reason", "arguments"),
    [
        ("columns", ([2], [0, 1], [0], [0, 0], 3)),
        ("not-answered", ([2], [2], [0], [0], 3)),
        ("unknown-class", ([2], [0], [0], [3], 3)),
        ("unknown-class", ([2], [], [], [], 0)),
        ("shape", ([-1], [], [], [], 3)),
    ],
    ids=["columns", "token", "class", "no-class", "length"],
)
def test_what_is_no_tagging_is_refused(reason, arguments):
    with pytest.raises(StructureUndefined) as refused:
        tag(*arguments)

    assert refused.value.reason == reason


def test_rules_under_which_nothing_can_be_are_refused():
    with pytest.raises(StructureUndefined, match="shape"):
        tag([2], [], [], [], 2, begins=[False, False])
    with pytest.raises(StructureUndefined, match="shape"):
        tag([2], [], [], [], 2, follows=[[True, True], [False, False]])
