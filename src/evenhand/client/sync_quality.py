"""The SDK's nouns about quality: how sure the labels are, and who is how often right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from evenhand.client import nouns, verbs

if TYPE_CHECKING:
    from evenhand.client.sync import Client


class Quality:
    """A project's quality, fitted in the background; every figure has its interval and its count."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, project: str) -> nouns.Quality:
        """Where it stands: agreement, the model, answers used for a correct label, question by question."""
        return self._client.send(verbs.get_quality(project))

    def ask(self, project: str, target: float | None) -> nouns.Quality:
        """Ask an accuracy of people, above 0 and below 1; None asks for none."""
        return self._client.send(verbs.change_quality(project, target))

    def people(
        self, project: str, question: str | None = None, *, vendor: str | None = None, batch: str | None = None
    ) -> nouns.PeopleQuality:
        """Everybody with their accuracy, best first; on the first question that people are judged on unless one is named.

        vendor: only its people. batch: only who answered in it, with their figures there.
        """
        return self._client.send(verbs.list_quality_people(project, question, vendor, batch))

    def person(self, project: str, pseudonym: str, question: str | None = None) -> nouns.PersonQuality:
        """One person: accuracy over time, a change with its interval, what they confuse, signals."""
        return self._client.send(verbs.get_quality_person(project, pseudonym, question))

    def manner(self, project: str) -> nouns.PeopleManner:
        """How everybody's answers were made, in counts: pastes, time away, active time, edits; beside others on the same tasks."""
        return self._client.send(verbs.list_quality_manner(project))

    def reviewers(self, project: str) -> nouns.ReviewersQuality:
        """How strict each reviewer is, how right on known work, and authors by a reviewer in the middle."""
        return self._client.send(verbs.get_quality_reviewers(project))

    def question(self, project: str, name: str) -> nouns.QuestionQuality:
        """One question: what the crowd confuses, agreement by batch, vendor and version of the guidelines."""
        return self._client.send(verbs.get_quality_question(project, name))

    def regions(self, project: str, question: str) -> nouns.RegionsQuality:
        """What spans and shapes tell of people: misses, false alarms, offsets. Opens the newest 2,000 tasks, on record."""
        return self._client.send(verbs.get_quality_regions(project, question))

    def ranking(self, project: str, question: str) -> nouns.RankedTasks:
        """What a question compares, ranked over the newest 2,000 tasks, which are opened for it: each look is recorded."""
        return self._client.send(verbs.get_quality_ranking(project, question))

    def hardest(
        self, project: str, question: str | None = None, *, page_size: int | None = None
    ) -> Iterator[nouns.HardTask]:
        """The tasks whose answer is least sure, hardest first."""
        return self._client.pages(lambda cursor: verbs.list_hardest_tasks(project, question, page_size, cursor))

    def audits(self, project: str) -> list[nouns.Audit]:
        """The audits of a project, newest first: "at most `upper` is wrong, whatever annotators did, if the auditors are right"."""
        return cast(list[nouns.Audit], (self._client.send(verbs.list_audits(project)))["items"])

    def audit_price(self, project: str, *, share: float = 0.05, delta: float = 0.05) -> nouns.AuditPrice:
        """How many audits it takes to say that at most this share is wrong, if none finds an error."""
        return self._client.send(verbs.get_audit_price(project, share, delta))

    def audit(self, project: str, *, share: float = 0.05, delta: float = 0.05) -> nouns.Audit:
        """Ask for an audit of the tasks that are done. Experts answer it by claims of the stage "audit"."""
        return self._client.send(verbs.ask_audit(project, share, delta))

    def mine(self) -> list[nouns.OwnAccuracy]:
        """One's own accuracy, by project and question."""
        return cast(list[nouns.OwnAccuracy], self._client.send(verbs.list_own_accuracy())["items"])
