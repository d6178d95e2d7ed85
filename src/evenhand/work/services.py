"""The services of this room, as bootstrap makes them."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.work.appeals import Appeals
from evenhand.work.browsing import Browsing
from evenhand.work.buckets import Buckets
from evenhand.work.check_making import CheckMaking
from evenhand.work.check_runs import CheckRuns
from evenhand.work.deciding import Deciding
from evenhand.work.discussions import Discussions
from evenhand.work.exams import Exams
from evenhand.work.feedback import Feedback
from evenhand.work.flaws import PlantedFlaws
from evenhand.work.gold import GoldTasks
from evenhand.work.guidelines import Guidelines
from evenhand.work.holds import HoldBook
from evenhand.work.import_runs import ImportRuns
from evenhand.work.importing import Importing
from evenhand.work.labeling import Labeling
from evenhand.work.looks import LookBook
from evenhand.work.media import Media
from evenhand.work.offers import Offers
from evenhand.work.own_answers import OwnAnswers
from evenhand.work.pictures import Pictures
from evenhand.work.projects import Projects
from evenhand.work.remarks import Remarks
from evenhand.work.reviewing import Reviewing
from evenhand.work.rulings import Rulings
from evenhand.work.uploads import Uploads
from evenhand.work.versions import Versions


@dataclass(frozen=True, slots=True)
class WorkServices:
    """The services of this room, as bootstrap made them."""

    projects: Projects
    versions: Versions
    guidelines: Guidelines
    labeling: Labeling
    checks: CheckRuns
    check_making: CheckMaking
    reviewing: Reviewing
    deciding: Deciding
    feedback: Feedback
    own_answers: OwnAnswers
    remarks: Remarks
    discussions: Discussions
    importing: Importing
    browsing: Browsing
    gold: GoldTasks
    flaws: PlantedFlaws
    exams: Exams
    offers: Offers
    rulings: Rulings
    appeals: Appeals
    holds: HoldBook
    looks: LookBook


@dataclass(frozen=True, slots=True)
class FileServices:
    """What brings files in and shows them."""

    media: Media
    pictures: Pictures
    uploads: Uploads
    buckets: Buckets
    runs: ImportRuns
