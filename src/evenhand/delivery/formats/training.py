"""What labels teach a model: replies that people wrote, replies preferred over others, replies with ratings.

A label goes by what its kind says of itself (written, comparing, on ordered levels), never by the kind's name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evenhand.delivery.formats.conversation import BETWEEN, Node, Place, places
from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.ontology.answering import Answering
from evenhand.ontology.document import EachTarget, InputTarget
from evenhand.ontology.kind import Ordinal, Part, Shown
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.ontology.questions.rewrite import base_of, text_of

DEMONSTRATED = "a reply is what was written where a conversation waits for one, or what a text was rewritten to"
PREFERRED = "every two replies of which one is better make a pair; a rewritten reply is better than what it was"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A reply that somebody wrote. before: what it answers. instead_of: the reply that it is the better version of."""

    question: str
    before: tuple[Node, ...]
    reply: tuple[Node, ...]
    instead_of: tuple[Node, ...] | None = None
    tools: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Preference:
    """Two replies to the same, of which one is better."""

    question: str
    before: tuple[Node, ...]
    better: tuple[Node, ...]
    worse: tuple[Node, ...]
    tools: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Rated:
    """A reply and its ratings. ranks: question -> (0-based level, how many levels)."""

    before: tuple[Node, ...]
    reply: tuple[Node, ...]
    ranks: Mapping[str, tuple[int, int]]
    tools: tuple[Any, ...] = ()


# ---------------------------------------------------------------------------------------------------- what could be carried --
def written(ontology: Ontology) -> list[str]:
    """The questions by which people write replies, or rewrite texts."""
    waits = _converses(ontology)
    return [
        asked.name
        for asked in ontology.questions
        if _is_written(asked)
        if asked.kind.needs == "text" or (waits and _may_reply(asked.question.target))
    ]


def preferring(ontology: Ontology) -> list[str]:
    """The questions by which replies are compared, or rewritten."""
    return [
        asked.name
        for asked in ontology.questions
        if (_compares(asked) and _answers(asked.settings, ontology)) or _rewrites_an_answer(asked, ontology)
    ]


def rated(ontology: Ontology) -> list[Asked]:
    """The questions that put each reply of a conversation on an ordered scale."""
    return [
        asked
        for asked in ontology.questions
        if isinstance(asked.question.target, EachTarget)
        and asked.question.target.each == "response"
        and isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Ordinal)
    ]


def _converses(ontology: Ontology) -> bool:
    return any(kind.name == "chat" for kind, _ in ontology.inputs.values())


def _may_reply(target: Any) -> bool:
    """Whether what is written about this can be a reply: not where there are replies already."""
    if not isinstance(target, EachTarget):
        return True
    replies = target.where.get("responses", 0)
    return target.each in ("thread", "turn") and 0 in (replies if isinstance(replies, list) else [replies])


def _compares(asked: Asked) -> bool:
    return getattr(type(asked.kind), "comparisons", Answering.comparisons) is not Answering.comparisons


def _answers(settings: Any, ontology: Ontology) -> bool:
    """Whether what is compared may answer something: replies do, and inputs where a text beside them is not compared."""
    compared = getattr(settings, "compare", "response")
    if compared == "input":
        return bool(settings.inputs) and any(
            kind.is_text and name not in settings.inputs for name, (kind, _) in ontology.inputs.items()
        )
    return compared == "response" and _converses(ontology)


def _rewrites_an_answer(asked: Asked, ontology: Ontology) -> bool:
    if not _is_written(asked) or asked.kind.needs != "text":
        return False
    texts = [name for name, (kind, _) in ontology.inputs.items() if kind.is_text]
    return len(texts) > 1 if isinstance(asked.question.target, InputTarget) else len(texts) > 1 or _converses(ontology)


def _is_written(asked: Asked) -> bool:
    kind = asked.kind
    is_written = bool(getattr(kind, "is_written", False)) and not getattr(kind, "is_checked", False)
    # What is written down of a recording is no reply to anybody.
    return is_written and kind.needs in (None, "text")


# ---------------------------------------------------------------------------------------------------------- demonstrations --
def demonstrations(
    task: Labeled, ontology: Ontology, losses: Losses, names: Collection[str] | None = None
) -> Iterator[Demonstration]:
    """The replies that were written in a task, by the questions of these names. Where two ask for one, the first asked is it."""
    at, parts = places(task.item), ontology.parts(task.item)
    asked = {each.name for each in ontology.questions if _is_written(each)}.intersection(
        written(ontology) if names is None else names
    )
    filled: set[str] = set()
    for label in task.labels:
        name, value = str(label["question"]), label["value"]
        if name not in asked:
            continue
        if value is None:
            losses.add(f"labels of {name} that are undecided: {{count}}")
        elif isinstance(value, str):
            place = _waiting(at, str(label["target"]))
            if place is None or place.address in filled:
                losses.add(f"labels of {name} that are no reply to a conversation: {{count}}")
            elif place.before is None:
                losses.add(_unknown(name))
            else:
                filled.add(place.address)
                yield Demonstration(name, place.before, _texted("assistant", value), None, place.tools)
        elif isinstance(value, Mapping) and value.keys() >= {"base", "text"}:
            yield from _rewritten(task, ontology, at, parts, label, losses)


def _waiting(at: Mapping[str, Place], target: str) -> Place | None:
    """The one place in a target where a reply is waited for; None where there is none, or more than one."""
    found = [place for place in at.values() if not place.reply and target in place.around]
    return found[0] if len(found) == 1 else None


def _rewritten(
    task: Labeled,
    ontology: Ontology,
    at: Mapping[str, Place],
    parts: Mapping[str, Part],
    label: Mapping[str, Any],
    losses: Losses,
) -> Iterator[Demonstration]:
    name, target, value = str(label["question"]), str(label["target"]), label["value"]
    part = parts.get(target)
    base = text_of(Shown(part, parts)) if part else None
    if base is None or base_of(base) != value["base"]:
        losses.add(f"labels of {name} about a text that stands there no more: {{count}}")
        return
    if target in ontology.inputs:
        before, reply, was = _of_inputs(task, ontology, [target]), _texted("assistant", value["text"]), None
        if before:
            was = _texted("assistant", base)
        yield Demonstration(name, before or _texted("user", base), reply, was)
        return
    place = next((each for each in at.values() if _holds(each, target)), None)
    edited = _edited(place, target, value["text"]) if place else None
    if place is None or edited is None:
        losses.add(f"labels of {name} that rewrite no reply, or one in several pieces: {{count}}")
    elif place.before is None:
        losses.add(_unknown(name))
    else:
        # What was said after an edited message answered what it was: the reply ends with the edit.
        yield Demonstration(name, place.before, edited, place.reply[: len(edited)], place.tools)


def _holds(place: Place, target: str) -> bool:
    name = place.around[2]
    return place.address == target or any(
        target == f"{name}/{message['id']}" or target.startswith(f"{name}/{message['id']}/") for message in place.reply
    )


def _edited(place: Place, target: str, text: str) -> tuple[Node, ...] | None:
    """The reply up to the one message that has the text of the target, with that text changed; None where several have."""
    name = place.around[2]
    spoken: list[tuple[int, int]] = []
    for number, message in enumerate(place.reply):
        address = f"{name}/{message['id']}"
        for index, block in enumerate(message["content"]):
            if block["type"] == "text" and target in (place.address, address, f"{address}/{index}"):
                spoken.append((number, index))
    if len({number for number, _ in spoken}) != 1:
        return None
    number, (first, *others) = spoken[0][0], [index for _, index in spoken]
    message = place.reply[number]
    content = [
        {**block, "text": text} if index == first else block
        for index, block in enumerate(message["content"])
        if index not in others
    ]
    return (*place.reply[:number], {**message, "content": content})


# ------------------------------------------------------------------------------------------------------------- preferences --
def preferences(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Preference]:
    """Every pair of a task: first of what compares, in the order of the questions, then of what was rewritten."""
    at, parts = places(task.item), ontology.parts(task.item)
    names = preferring(ontology)
    asked = {each.name: each for each in ontology.questions if each.name in names and _compares(each)}
    for label in task.labels:
        name = str(label["question"])
        if name not in asked:
            continue
        if label["value"] is None:
            losses.add(f"labels of {name} that are undecided: {{count}}")
            continue
        if isinstance(strength := label["value"].get("strength"), int) and strength > 1:
            losses.add(f"by how much one is better: {{count}} of {name} by more than a step")
        pairs = ontology.compared(asked[name], label, parts)
        if not pairs:
            losses.add(f"labels of {name} that put nothing over anything that is there: {{count}}")
        for pair in pairs:
            if pair.is_tie:
                losses.add(f"ties of {name}: {{count}} pairs")
                continue
            near = {address: place for address, place in at.items() if label["target"] in place.around}
            sides = [_side(task, ontology, near, each, pair.order) for each in (pair.better, pair.worse)]
            yield from _paired(name, sides, losses)
    for shown in demonstrations(task, ontology, losses, names):
        if shown.instead_of is None:
            losses.add(f"labels of {shown.question} that answer nothing that is shown beside: {{count}}")
        elif shown.instead_of == shown.reply:
            losses.add(f"labels of {shown.question} that left the text as it was: {{count}}")
        else:
            yield Preference(shown.question, shown.before, shown.reply, shown.instead_of, shown.tools)


def _side(
    task: Labeled, ontology: Ontology, at: Mapping[str, Place], name: str, compared: tuple[str, ...]
) -> Place | None:
    """What is compared by this name: a reply, or an input that answers those that are not compared."""
    found = [
        place for place in at.values() if place.reply and name in (place.address, place.address.rpartition("/")[2])
    ]
    if len(found) == 1:
        return found[0]
    if name in ontology.inputs and ontology.inputs[name][0].is_text:
        before = _of_inputs(task, ontology, compared)
        text = ontology.inputs[name][0].text_of(ontology.inputs[name][1], task.item["inputs"][name])
        return Place(name, (), before, _texted("assistant", text)) if before else None
    return None


def _paired(name: str, sides: list[Place | None], losses: Losses) -> Iterator[Preference]:
    better, worse = sides
    if better is None or worse is None:
        losses.add(f"pairs of {name} that are no replies to anything: {{count}}")
    elif better.before is None or worse.before is None:
        losses.add(_unknown(name))
    elif better.before != worse.before:
        losses.add(f"pairs of {name} that answer different things: {{count}}")
    else:
        yield Preference(name, better.before, better.reply, worse.reply, better.tools)


# ----------------------------------------------------------------------------------------------------------------- ratings --
def ratings(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Rated]:
    """Every reply of a task that has a rating, in document order."""
    at = places(task.item)
    scales = {each.name: each for each in rated(ontology)}
    ranks: dict[str, dict[str, tuple[int, int]]] = {}
    for label in task.labels:
        name = str(label["question"])
        if name not in scales:
            continue
        if label["value"] is None:
            losses.add(f"labels of {name} that are undecided: {{count}}")
            continue
        try:
            votes = scales[name].kind.encode(scales[name].settings, [label["value"]], scales[name].codebook)
        except ValueError:  # a verdict of an earlier version is not merged again, so nothing refused it
            losses.add(f"labels of {name} whose level is not asked for any more: {{count}}")
            continue
        assert isinstance(votes, Ordinal)
        ranks.setdefault(str(label["target"]), {})[name] = (votes.ranks[0], votes.levels)
    for address, found in ranks.items():
        place = at.get(address)
        if place is None or place.before is None:
            losses.add("ratings of replies of which nothing says what they answer: {count}", len(found))
        else:
            yield Rated(place.before, place.reply, found, place.tools)


# --------------------------------------------------------------------------------------------------------------- internals --
def _of_inputs(task: Labeled, ontology: Ontology, but: tuple[str, ...] | list[str]) -> tuple[Node, ...]:
    """The texts of the other inputs as one message of a user; none where there are no others."""
    texts = [
        kind.text_of(settings, task.item["inputs"][name])
        for name, (kind, settings) in ontology.inputs.items()
        if kind.is_text and name not in but and task.item["inputs"].get(name) is not None
    ]
    return _texted("user", BETWEEN.join(texts)) if texts else ()


def _texted(role: str, text: str) -> tuple[Node, ...]:
    return ({"role": role, "content": [{"type": "text", "text": text}]},)


def _unknown(name: str) -> str:
    return f"labels of {name} in a conversation of which nothing says how it went on: {{count}}"
