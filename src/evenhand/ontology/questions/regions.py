"""What all kinds with regions share: their list, ids and labels, set distance, and clusters over annotators."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue, canonical_json, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Merged, MergedRegion, Part, Shown, Target
from evenhand.ontology.options import COUNT_MAX, Option, changes_of_options, duplicate_values, text_of
from evenhand.ontology.questions.assignment import Costs, set_distance
from evenhand.quality.matching import clusters_of

REGION_COUNT_MAX = 50_000
# Regions that overlap less than this are no pair.
MATCH_MIN = 0.1
_CLOSE = 1e-9
_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")

Region: TypeAlias = Mapping[str, Any]
# A region of the consensus with its existence, the share of the weight that marked it, and the shares behind its label and place.
Kept: TypeAlias = tuple[float, dict[str, JsonValue], tuple[float, float]]
RegionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,36}$")]


class RegionSettings(BaseModel):
    """Labels, and how many regions."""

    model_config = ConfigDict(extra="forbid", strict=True)

    labels: Annotated[list[Option], Field(max_length=COUNT_MAX)] = []
    min: Annotated[int, Field(ge=0, le=REGION_COUNT_MAX)] = 0
    max: Annotated[int, Field(ge=1, le=REGION_COUNT_MAX)] | None = None


class Regional(Answering):
    """A set of regions. A kind adds its geometry: what is refused, how it is spelled, how it overlaps, how it is blended."""

    targets: ClassVar[frozenset[Target]] = frozenset({Target.INPUT, Target.PART})
    has_regions: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset()
    edge_names: ClassVar[tuple[str, ...]] = ()
    """Edges that people place too early or too late, in the order of `edges`; () where a shape has none to name."""
    edge_unit: ClassVar[Literal["characters", "pixels"] | None] = None

    # ------------------------------------------------------------------------------------------------ its geometry --
    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Defects of one region's geometry, pointers below the region. part: where it lies, None when not at hand."""
        raise AssertionError(f"{self.name} does not say what it refuses")

    def check_together(self, settings: Any, regions: Sequence[Region], shown: Shown) -> list[Problem]:
        """Defects of regions that are sound alone, pointers `/regions/j…` with j the later of those at odds."""
        return []

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """The geometry in its one spelling."""
        raise AssertionError(f"{self.name} does not say how it is spelled")

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """1 - g of every one of ours with every one of theirs where they overlap; 1 is the same place."""
        raise AssertionError(f"{self.name} does not say how it overlaps")

    def apart(self, settings: Any, one: Region, other: Region, shown: Shown) -> float:
        """Dissimilarity of two lone, unlabeled regions, 0..1."""
        return 1.0 - self.overlaps(settings, [one], [other], shown).get((0, 0), 0.0)

    def edges(self, region: Region) -> tuple[float, ...]:
        """Where each of `edge_names` lies, in `edge_unit`, from the part's own beginning."""
        return ()

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """One geometry for all, the share of the weight behind it, whether another is as good."""
        raise AssertionError(f"{self.name} does not say how it is blended")

    # ------------------------------------------------------------------------------------------------ the contract --
    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Labels differ, bounds can be met."""
        problems = duplicate_values(settings.labels, "/labels")
        if settings.max is not None and settings.max < settings.min:
            problems.append(problem("bad_range", "max is below min.", "Raise max or lower min.", "/max"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Every region's id, label, place and geometry; how many there are; how they lie together."""
        regions = value.get("regions") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(regions, list):
            return [problem("bad_value", "This is not a list of regions.", 'Send {"regions": []}.')]
        if unknown := value.keys() - {"regions"}:
            return [problem("unknown_field", f"There is no field {min(unknown)!r}.", "Send regions alone.")]
        if len(regions) > REGION_COUNT_MAX:
            return [problem("limit", f"There are more than {REGION_COUNT_MAX} regions.", "Split the task.", "/regions")]
        problems: list[Problem] = []
        seen, sound = set[str](), True
        labels = [label.value for label in settings.labels]
        for index, region in enumerate(regions):
            found = list(self._check_region(settings, region, labels, seen, shown))
            sound = sound and all(each.is_warning for each in found)
            problems.extend(each.under(f"/regions/{index}") for each in found)
        if len(regions) < settings.min:
            problems.append(problem("count", f"At least {settings.min} are wanted.", "Mark more.", "/regions"))
        if settings.max is not None and len(regions) > settings.max:
            problems.append(problem("count", f"At most {settings.max} are allowed.", "Remove some.", "/regions"))
        return problems + (self.check_together(settings, regions, shown) if sound else [])  # type: ignore[arg-type]

    def _check_region(
        self, settings: Any, region: JsonValue, labels: Sequence[str], seen: set[str], shown: Shown
    ) -> Iterator[Problem]:
        if not isinstance(region, dict):
            yield problem("bad_value", "This is not a region.", 'Send {"id": "k1", …}.')
            return
        for name in sorted(region.keys() - self.fields - {"id", "label", "on"})[:5]:
            message = f"A {self.name} region has no field {name!r}."
            yield problem("unknown_field", message, "Remove it.", f"/{escape_pointer(name)}")
        id_ = region.get("id")
        if not isinstance(id_, str) or not _ID.fullmatch(id_):
            remedy = "Use up to 36 letters, digits, _ or -."
            yield problem("bad_name", "A region needs an id.", remedy, "/id" if "id" in region else "")
        elif id_ in seen:
            yield problem("duplicate_value", f"Another region has the id {id_!r}.", "Give it its own.", "/id")
        else:
            seen.add(id_)
        yield from _check_label(region, labels)
        part, problems = place_of(region, shown)
        yield from problems
        if not problems:
            yield from self.check_geometry(settings, region, part)

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """Regions by id, geometry in its one spelling, empty fields dropped."""
        spelled = []
        for region in regions_of(value):
            kept = {name: region[name] for name in ("id", "label", "on") if region.get(name) is not None}
            spelled.append({**kept, **self.geometry(region)})
        return {"regions": [*sorted(spelled, key=lambda region: str(region["id"]))]}

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """Set match: half a pair's cost is the geometry, half the label; unmatched regions cost 1."""
        ours, theirs = regions_of(a), regions_of(b)
        if settings.max == 1 and not settings.labels and len(ours) == len(theirs) == 1:
            return self.apart(settings, ours[0], theirs[0], shown)
        return set_distance(self.costs(settings, ours, theirs, shown), len(ours), len(theirs))

    def costs(self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown) -> Costs:
        """What each admissible pair costs: 1/2 g + 1/2 [labels differ]; regions on different parts are never a pair."""
        return {
            (i, j): (1.0 - overlap) / 2 + (ours[i].get("label") != theirs[j].get("label")) / 2
            for (i, j), overlap in self.overlaps(settings, ours, theirs, shown).items()
            if overlap >= MATCH_MIN and ours[i].get("on") == theirs[j].get("on")
        }

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """Clusters of matched regions that at least half of the weight marked, each with its label and geometry blended.

        Probability: the product, over clusters kept, of existence, label and geometry, and over those dropped of their absence.
        A cluster of exactly half the weight is kept, and the answer is then tied.
        """
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "cluster", "insufficient")
        total = sum(weights)
        kept: list[Kept] = []
        probability, is_tied = 1.0, False
        for _, (existence, region, shares), doubt in self._found(settings, answers, weights, shown):
            if existence < 0.5 - _CLOSE:
                probability *= 1.0 - existence
                continue
            kept.append((existence, region, shares))
            probability *= existence * shares[0] * shares[1]
            is_tied = is_tied or doubt or existence < 0.5 + _CLOSE
        kept, cut = self.reconciled(settings, kept, shown)
        named = [region for _, region, _ in kept]
        others = tuple(({"regions": [region]}, existence) for existence, region, _ in cut[:3])
        return Merged(
            self.canonical(settings, {"regions": [*named]}),
            probability,
            len(answers),
            total,
            "cluster",
            "tied" if is_tied else "resolved",
            others,  # type: ignore[arg-type]
            tuple(
                MergedRegion(str(region["id"]), existence, *shares)
                for region, (existence, _, shares) in zip(named, kept, strict=True)
            ),
        )

    def things(self, settings: Any, values: Sequence[JsonValue], shown: Shown) -> list[dict[str, str]]:
        """Of each answer, region id -> the cluster it is in: by the id it has in the consensus of all, else by a free one."""
        named: list[dict[str, str]] = [{} for _ in values]
        sets = [regions_of(value) for value in values]
        for cluster, (_, region, _), _ in self._found(settings, values, [1.0] * len(values), shown):
            for who, place in cluster:
                named[who][str(sets[who][place]["id"])] = str(region["id"])
        return named

    def _found(
        self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown
    ) -> list[tuple[list[tuple[int, int]], Kept, bool]]:
        """Every cluster with its one region, each by an id of its own, and whether it is tied; what most marked first."""
        total = sum(weights)
        sets = [regions_of(answer) for answer in answers]
        found: list[tuple[list[tuple[int, int]], Kept, bool]] = []
        for cluster in self._clusters(settings, sets, shown):
            region, mass, shares, doubt = self._resolved(settings, cluster, sets, weights, shown)
            found.append((cluster, (mass / total, region, shares), doubt))
        found.sort(key=lambda each: (-each[1][0], canonical_json(each[1][1])))
        named = with_ids([region for _, (_, region, _), _ in found])
        return [
            (cluster, (existence, region, shares), doubt)
            for (cluster, (existence, _, shares), doubt), region in zip(found, named, strict=True)
        ]

    def reconciled(self, settings: Any, found: list[Kept], shown: Shown) -> tuple[list[Kept], list[Kept]]:
        """What may stand together, surest first, and what has to give way: beyond `max`, or against a surer region."""
        most = len(found) if settings.max is None else settings.max
        kept, cut = found[:most], found[most:]
        while problems := self.check_together(settings, [region for _, region, _ in kept], shown):
            gone = {int(each.pointer.split("/")[2]) for each in problems if not each.is_warning}
            if not gone:
                break
            cut = [*(each for place, each in enumerate(kept) if place in gone), *cut]
            kept = [each for place, each in enumerate(kept) if place not in gone]
        return kept, cut

    def _clusters(self, settings: Any, sets: Sequence[Sequence[Region]], shown: Shown) -> list[list[tuple[int, int]]]:
        """Regions, as (annotator, place), that are the same thing, as `quality.matching` finds them by what pairs cost."""
        # In an order that does not depend on who answered first: of equal likeness the first pair counts.
        every = [(who, place) for who, regions in enumerate(sets) for place in range(len(regions))]
        every.sort(key=lambda at: _content(sets[at[0]][at[1]]))
        position = {at: index for index, at in enumerate(every)}
        first, second, likeness = list[int](), list[int](), list[float]()
        for one in range(len(sets)):
            for other in range(one + 1, len(sets)):
                for (i, j), cost in self.costs(settings, sets[one], sets[other], shown).items():
                    first.append(position[one, i])
                    second.append(position[other, j])
                    likeness.append(1.0 - cost)
        found = clusters_of([0] * len(every), [who for who, _ in every], first, second, likeness)
        clusters: dict[int, list[tuple[int, int]]] = {}
        for at, cluster in zip(every, found.tolist(), strict=True):
            clusters.setdefault(cluster, []).append(at)
        return [*clusters.values()]

    def _resolved(
        self,
        settings: Any,
        cluster: Sequence[tuple[int, int]],
        sets: Sequence[Sequence[Region]],
        weights: Sequence[float],
        shown: Shown,
    ) -> tuple[dict[str, JsonValue], float, tuple[float, float], bool]:
        """One region for a cluster, its weight, the shares behind label and geometry, whether either is tied."""
        members = [sets[who][place] for who, place in cluster]
        heavy = [weights[who] for who, _ in cluster]
        geometry, geometry_share, is_open = self.blend(settings, members, heavy, shown)
        region: dict[str, JsonValue] = {"id": str(mode([member["id"] for member in members], heavy)[0]), **geometry}
        if members[0].get("on") is not None:
            region["on"] = members[0]["on"]
        label, label_share, is_label_open = mode([member.get("label") for member in members], heavy)
        if label is not None:
            region["label"] = label
        return region, sum(heavy), (label_share, geometry_share), is_open or is_label_open

    def labels(self, settings: Any, value: JsonValue) -> Mapping[str, str]:
        """region id -> label, "" where there are none."""
        return {str(region.get("id")): str(region.get("label") or "") for region in regions_of(value)}

    def summary(self, settings: Any, value: JsonValue) -> str:
        """How many of each label."""
        counts = Counter(str(region.get("label") or "") for region in regions_of(value))
        words = (
            f"{count} {text_of(settings.labels, label) if label else self.name}" for label, count in counts.items()
        )
        return ", ".join(words) or "none"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels and number of regions."""
        changes = changes_of_options(old.labels, new.labels, "Label")
        if bool(old.labels) != bool(new.labels):
            changes.append(("narrowing", "Regions have labels now." if new.labels else "Regions lose their labels."))
        most, most_now = old.max or REGION_COUNT_MAX, new.max or REGION_COUNT_MAX
        if new.min > old.min or most_now < most:
            changes.append(("narrowing", "Fewer numbers of regions are allowed."))
        if new.min < old.min or most_now > most:
            changes.append(("widening", "More numbers of regions are allowed."))
        return changes


def regions_of(value: JsonValue) -> list[Region]:
    """The regions of a value; [] for a foreign shape."""
    regions = value.get("regions") if isinstance(value, dict) else None
    return [region for region in regions if isinstance(region, dict)] if isinstance(regions, list) else []


def place_of(region: Region, shown: Shown) -> tuple[Part | None, list[Problem]]:
    """The part a region lies on: the one its `on` names, else the target. None where the item is not at hand."""
    on = region.get("on")
    if on is None:
        return (shown.target if shown.parts else None), []
    if not isinstance(on, str):
        return None, [problem("unknown_target", "on is an address.", "Name a part of the target's input.", "/on")]
    if not shown.parts:
        return None, []
    part = shown.parts.get(on)
    if part is None or part.input != shown.target.input:
        message = f"{on!r} is no part of {shown.target.input!r}."
        return None, [problem("unknown_target", message, "Name a part of the target's input.", "/on")]
    if on == shown.target.address:
        return None, [problem("bad_target", "on repeats the answer's own target.", "Leave it out.", "/on")]
    return part, []


def mode(values: Sequence[Any], weights: Sequence[float]) -> tuple[Any, float, bool]:
    """The value with the most weight, its share, whether another has as much; among equals the nearest to the mean or the
    first by name, so that the order of answers never decides."""
    mass: dict[Any, float] = {}
    for value, weight in zip(values, weights, strict=True):
        mass[value] = mass.get(value, 0.0) + weight
    total, most = sum(weights), max(mass.values())
    best = [value for value, each in mass.items() if each >= most - _CLOSE]
    if all(isinstance(value, int | float) for value in best):
        mean = sum(value * each for value, each in mass.items()) / total
        best.sort(key=lambda value: (abs(value - mean), value))
    else:
        best.sort(key=str)
    return best[0], most / total, len(best) > 1


def _check_label(region: Region, labels: Sequence[str]) -> Iterator[Problem]:
    label = region.get("label")
    if not labels and label is not None:
        yield problem("unknown_label", "These regions have no labels.", "Leave label out.", "/label")
    elif labels and (not isinstance(label, str) or label not in labels):
        message = "A label is missing." if label is None else f"There is no label {label!r}."
        yield problem(
            "unknown_label", message, "Take one of the labels.", "/label" if "label" in region else "", labels
        )


def _content(region: Region) -> bytes:
    return canonical_json(dict(region))


def with_ids(regions: Sequence[dict[str, JsonValue]]) -> list[dict[str, JsonValue]]:
    """Regions, or what else has an id, with ids of their own: of two that bring the same id, the later gets a free one."""
    taken: set[str] = {str(region["id"]) for region in regions}
    used: set[str] = set()
    result: list[dict[str, JsonValue]] = []
    for region in regions:
        id_, number = str(region["id"]), 0
        while id_ in used or (number and id_ in taken):
            number += 1
            id_ = f"k{number}"
        used.add(id_)
        result.append({**region, "id": id_})
    return result
