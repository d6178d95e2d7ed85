"""Agreement on answers that are no votes, as a release meets them: Krippendorff's alpha by the distance of their kind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from evenhand.core.canonical import JsonValue
from evenhand.delivery.rows import FrozenTask, given_of
from evenhand.insight.shapes import QuestionAgreement
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.consensus import answers_of, is_opened
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.quality.undefined import AgreementUndefined

if TYPE_CHECKING:
    from evenhand.quality.distance import DistanceStream

# A task whose answers have more regions together is left out: comparing them would take seconds.
REGIONS_MAX = 2_000


class Agreeing:
    """What annotators of a release agree on, question by question. Of what passes only numbers and a small sample stay."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._streams: dict[str, DistanceStream[JsonValue]] = {}
        if opened := [asked for asked in ontology.questions if is_opened(asked)]:
            from evenhand.quality.distance import DistanceStream

            self._streams = {asked.name: DistanceStream(partial(_apart, asked), seed=0) for asked in opened}

    def add(self, task: FrozenTask, versions: Mapping[int, Ontology]) -> None:
        """All answers of annotators to one task, whatever was decided later. versions: as `rows.labels` has them."""
        if not self._streams:
            return
        given, _ = given_of(task, versions)
        for asked, _, values in answers_of(self._ontology, task.item, given):
            stream = self._streams.get(asked.name)
            if (
                stream is not None
                and sum(len(asked.kind.labels(asked.settings, each)) for each in values) <= REGIONS_MAX
            ):
                stream.add(values)

    async def told(self) -> list[QuestionAgreement]:
        """As the votes' agreement is told; computed off the event loop."""
        return await asyncio.to_thread(self._told)

    def _told(self) -> list[QuestionAgreement]:
        found: list[QuestionAgreement] = []
        for asked in self._ontology.questions:
            stream = self._streams.get(asked.name)
            if stream is None or not stream.sizes:
                continue
            head = {"question": asked.name, "text": self._ontology.text_of(asked.name)}
            try:
                known = stream.agreement()
            except AgreementUndefined as error:
                found.append(cast(QuestionAgreement, {**head, "undefined": error.reason, "votes": stream.answers}))
                continue
            figures = ("coefficient", "level", "value", "low", "high", "tasks", "votes")
            found.append(cast(QuestionAgreement, {**head, **{name: getattr(known, name) for name in figures}}))
        return found


def _apart(asked: Asked, one: JsonValue, other: JsonValue) -> float:
    return asked.kind.distance(asked.settings, one, other, NOWHERE)
