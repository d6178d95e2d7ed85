"""Words of transcripts: how they are compared, and which are likeliest where several people heard a recording."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import regex
from pydantic import BaseModel, ConfigDict

# A tag of the conventions is one word, whatever stands in it.
_WORDS = regex.compile(r"\[[^\[\]]*\]|[^\s\[]+|\[")
_GRAPHEMES = regex.compile(r"\X")
# Weights become whole numbers of hearings; one that weighs more than this many times the lightest counts as so many.
_COPIES_MAX = 20


class Compare(BaseModel):
    """How two transcripts are compared. case, punctuation: whether these make a difference."""

    model_config = ConfigDict(extra="forbid", strict=True)

    unit: Literal["words", "characters"] = "words"
    case: bool = False
    punctuation: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word (or character). form: as it is compared. text: as it is written. place: the number of its segment."""

    form: str
    text: str
    place: int


def words_of(texts: Sequence[str], compare: Compare) -> list[Word]:
    """All words of some segments in order, without those that the comparison leaves nothing of."""
    return [
        Word(form, text, place)
        for place, written in enumerate(texts)
        for text in _cut(written, compare)
        if (form := _form(text, compare))
    ]


def _cut(text: str, compare: Compare) -> Iterator[str]:
    if compare.unit == "characters":
        return iter(_GRAPHEMES.findall(" ".join(text.split())))
    return iter(_WORDS.findall(text))


def _form(text: str, compare: Compare) -> str:
    form = unicodedata.normalize("NFC", text)
    if not compare.case:
        form = form.casefold()
    if compare.punctuation or (form.startswith("[") and form.endswith("]")):
        return form
    return "".join(each for each in form if not unicodedata.category(each).startswith("P"))


def likeliest(
    hearings: Sequence[Sequence[Word]], weights: Sequence[float], laid: int
) -> tuple[list[tuple[int, str]], float]:
    """Of several hearings the likeliest words, each with the number of its segment in the hearing `laid`; and how sure they are.

    weights: shape (hearings,), from 0. The spelling is that of `laid` where it has the word, else the most frequent one.
    Sureness is the mean posterior of the words, of none that of silence; see `quality.transcripts`.
    """
    from evenhand.quality.transcripts import transcribe

    least = min((weight for weight in weights if weight > 0), default=1.0)
    copies = [min(_COPIES_MAX, max(1, round(weight / least))) for weight in weights]
    every = [
        [word.form for word in hearing] for hearing, count in zip(hearings, copies, strict=True) for _ in range(count)
    ]
    found = transcribe([0] * len(every), range(len(every)), every)
    forms = list(found.words[0])
    sure = found.sureness[0]
    spellings = _spellings(hearings)
    sureness = sum(sure) / len(sure) if sure else float(found.probabilities[0])
    return [(place, own or spellings[form]) for form, place, own in _placed(forms, hearings[laid])], sureness


def _spellings(hearings: Sequence[Sequence[Word]]) -> dict[str, str]:
    """How each form is written most often; among equals the first by name."""
    counts = Counter((word.form, word.text) for hearing in hearings for word in hearing)
    best: dict[str, str] = {}
    for (form, text), _ in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        best.setdefault(form, text)
    return best


def _placed(forms: Sequence[str], laid: Sequence[Word]) -> Iterator[tuple[str, int, str | None]]:
    """(form, number of its segment, how it is spelled there) of each; what stands nowhere goes with the word before it."""
    theirs = [word.form for word in laid]
    place = laid[0].place if laid else 0
    for _, i, j, at, until in SequenceMatcher(None, forms, theirs, autojunk=False).get_opcodes():
        for index in range(i, j):
            # Words in the place of others lie where those lie, as far as they go.
            beside = at + min(index - i, until - at - 1) if until > at else None
            if beside is not None:
                place = laid[beside].place
            is_same = beside is not None and theirs[beside] == forms[index]
            yield forms[index], place, laid[beside].text if is_same and beside is not None else None
