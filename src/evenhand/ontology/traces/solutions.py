"""Solutions in steps: PRM800K with its other completions, and the plain form of process supervision: a prompt, a list of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.core.errors import Problem
from evenhand.ontology.messages import Found

PROMPTS = ("prompt", "question", "problem", "instruction", "statement")
LISTS = ("completions", "steps")


def read_prm800k(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """A line of PRM800K: of each step the completion that was gone on with, the others as its alternatives."""
    question = raw["question"]
    nodes: list[dict[str, Any]] = []
    for index, step in enumerate(raw["label"]["steps"]):
        if not isinstance(step, dict):
            message, remedy = "A labeled step is an object.", 'Send {"completions": […]}.'
            found.problems.append(Problem(f"{at}/label/steps/{index}", "bad_value", message, remedy))
            continue
        nodes.extend(_labeled(step, index + 1))
    task: dict[str, Any] = {"statement": str(question.get("problem", ""))}
    if question.get("ground_truth_answer") is not None:
        task |= {"reference": {"answer": question["ground_truth_answer"]}}
    rest = {name: value for name, value in raw.items() if name not in ("question", "label")}
    rest["label"] = {name: value for name, value in raw["label"].items() if name != "steps"}
    rest["question"] = {n: v for n, v in question.items() if n not in ("problem", "ground_truth_answer")}
    return {"task": task, "nodes": nodes, "meta": {name: value for name, value in rest.items() if value}}


def _labeled(step: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    given = [each for each in step.get("completions") or () if isinstance(each, dict)]
    chosen, written = step.get("chosen_completion"), step.get("human_completion")
    told = [{**each, "by": "model"} for each in given]
    if isinstance(written, dict):
        told.insert(0, {**written, "by": "human"})
    elif isinstance(written, str) and written:
        told.insert(0, {"text": written, "by": "human"})
    elif type(chosen) is int and 0 < chosen < len(told):
        told.insert(0, told.pop(chosen))
    nodes: list[dict[str, Any]] = []
    for place, each in enumerate(told):
        id_ = f"s{number}" if place == 0 else f"s{number}.{place}"
        node = {"type": "step", "id": id_, "content": str(each.get("text", "")), "by": each["by"]}
        rest = {name: value for name, value in each.items() if name not in ("text", "rating", "by") and value}
        nodes.append(node | ({"alternative_of": f"s{number}"} if place else {}) | ({"meta": rest} if rest else {}))
        if each.get("rating") is not None:
            nodes.append({"type": "score", "parent": id_, "name": "rating", "value": each["rating"], "by": "human"})
    return nodes


def is_stepwise(raw: Mapping[str, Any]) -> bool:
    """Whether it is a prompt with a list of texts that follow each other."""
    steps = next((raw[name] for name in LISTS if name in raw), None)
    has_prompt = any(isinstance(raw.get(name), str) for name in PROMPTS)
    return has_prompt and isinstance(steps, list) and bool(steps) and all(isinstance(each, str) for each in steps)


def read_stepwise(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """`{"prompt": …, "completions": [a step, …], "labels": […]}`; labels become scores, for they are what is asked."""
    prompt = next(name for name in PROMPTS if isinstance(raw.get(name), str))
    name = next(each for each in LISTS if each in raw)
    labels: Sequence[Any] = raw["labels"] if isinstance(raw.get("labels"), list) else ()
    nodes: list[dict[str, Any]] = []
    for index, text in enumerate(raw[name]):
        nodes.append({"type": "step", "id": f"s{index + 1}", "content": text})
        if index < len(labels):
            nodes.append({"type": "score", "parent": f"s{index + 1}", "name": "label", "value": labels[index]})
    rest = {each: value for each, value in raw.items() if each not in (prompt, name, "labels")}
    return {"task": {"statement": raw[prompt]}, "nodes": nodes} | ({"meta": rest} if rest else {})
