"""Skills and the exams that grant them, as the client's nouns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from evenhand.client import nouns, verbs

if TYPE_CHECKING:
    from evenhand.client.sync import Client

# Methods called `list` hide the builtin in the annotations of the classes that have them.
List = list


class Skills:
    """What people can do, who has shown it, and which projects ask for it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> List[nouns.Skill]:
        """Every skill of the organization with everybody who has it, or had it."""
        items: List[nouns.Skill] = self._client.send(verbs.list_skills())["items"]
        return items

    def add(self, name: str) -> str:
        """Name a skill; its id."""
        return str(self._client.send(verbs.add_skill(name))["id"])

    def grant(self, person: str, skill: str, *, expires_at: str | None = None) -> None:
        """Give a person a skill by hand, without an exam."""
        self._client.send(verbs.grant_skill(person, skill, expires_at))

    def revoke(self, person: str, skill: str, reason: str) -> None:
        """Take a skill away: the next claim that needs it is refused. reason: "work-quality", "guideline-changed" and so on."""
        self._client.send(verbs.revoke_skill(person, skill, reason))

    def ask(
        self, project: str, skills: Sequence[str], *, stage: nouns.AskingStage = "label"
    ) -> List[nouns.SkillNeeded]:
        """Say which skills a stage of a project asks for before it deals work; [] for none."""
        items: List[nouns.SkillNeeded] = self._client.send(verbs.ask_skills(project, skills, stage))["items"]
        return items

    def asked(self, project: str, *, stage: nouns.AskingStage = "label") -> List[nouns.SkillNeeded]:
        """The skills that a stage of a project asks for, and where each can be earned."""
        items: List[nouns.SkillNeeded] = self._client.send(verbs.list_skills_asked(project, stage))["items"]
        return items

    def mine(self) -> List[dict[str, Any]]:
        """Your own skills, and until when."""
        items: List[dict[str, Any]] = self._client.send(verbs.list_my_skills())["items"]
        return items


class Exams:
    """Exams: gold tasks that grant a skill. One is taken by claims of the stage "exam"."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, project: str) -> nouns.Exam:
        """The exam of a project."""
        return self._client.send(verbs.get_exam(project))

    def sittings(self, project: str, *, page_size: int | None = None) -> Iterator[nouns.ExamSitting]:
        """Who sat the exam of a project, newest first, and what came of it."""
        return self._client.pages(lambda cursor: verbs.list_sittings(project, page_size, cursor))

    def set(self, project: str, skill: str, gold: Sequence[str], tasks: int, **terms: Any) -> nouns.Exam:
        """Make the exam of a project, or change it: gold tasks, of which one sitting deals `tasks`.

        terms: pass_mark, basis ("share" or "lower-bound"), valid_days, retry_hours, open.
        """
        return self._client.send(verbs.set_exam(project, skill, gold, tasks, terms))

    def mine(self) -> List[nouns.MyExam]:
        """The exams you may take, and what came of the last time."""
        items: List[nouns.MyExam] = self._client.send(verbs.list_my_exams())["items"]
        return items
