"""From what a sweep kept to what a person reads: the words of a class, and from how many answers on there is an estimate."""

from __future__ import annotations

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.ontology import Asked

# Fewer checked answers than this are a band without an estimate, on the screen and to the person.
CHECKED_MIN = 20


def words_of(asked: Asked, code: float) -> str:
    """What the class behind a code is called, in the ontology's own words."""
    return asked.kind.summary(asked.settings, asked.kind.decode(asked.settings, code, asked.codebook, NOWHERE))
