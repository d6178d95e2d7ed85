"""The services of this room, as bootstrap makes them."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.insight.audits import Audits
from evenhand.insight.events import Events
from evenhand.insight.flaws import FlawFigures
from evenhand.insight.gold import GoldFigures
from evenhand.insight.quality import QualityBook
from evenhand.insight.ranking import Rankings
from evenhand.insight.regions import RegionFigures
from evenhand.insight.reviewers import ReviewerFigures
from evenhand.insight.service import Insight
from evenhand.work.projects import Projects


@dataclass(frozen=True, slots=True)
class InsightServices:
    """Statistics, and what watchers are told."""

    insight: Insight
    gold: GoldFigures
    events: Events
    projects: Projects
    quality: QualityBook
    reviewers: ReviewerFigures
    flaws: FlawFigures
    audits: Audits
    rankings: Rankings
    regions: RegionFigures
