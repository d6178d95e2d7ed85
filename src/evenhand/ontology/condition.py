"""Conditions are data, not an expression language: one table, evaluated alike in Python and in TypeScript (1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evenhand.core.canonical import escape_pointer
from evenhand.core.errors import Problem

DEPTH_MAX = 8
TERMS_MAX = 64
_TESTS = ("is", "in", "has", "lt", "le", "gt", "ge", "count", "answered", "abstained")
_LOGIC = ("all", "any", "not")
_BOUNDS = ("lt", "le", "gt", "ge", "is")
_ABSTENTIONS = ("not_applicable", "cannot_answer")
_SCOPES = ("any_target", "every_target")


def condition_problems(
    condition: Any, earlier: Mapping[str, bool], visible: set[str], pointer: str = "", depth: int = 0
) -> list[Problem]:
    """Every defect of a condition.

    earlier: the questions that stand before, and whether each has one answer for what is asked about here (the same part or
    one around it); a question that has not needs any_target or every_target. visible: metadata keys it may read.
    """
    return list(_problems(condition, earlier, visible, pointer, depth, [0]))


def _problems(
    condition: Any, earlier: Mapping[str, bool], visible: set[str], pointer: str, depth: int, terms: list[int]
) -> Iterator[Problem]:
    terms[0] += 1
    if depth > DEPTH_MAX or terms[0] > TERMS_MAX:
        yield Problem(
            pointer, "limit", "This condition is too deep or too long.", "Ask a question that says it simpler."
        )
        return
    if not isinstance(condition, dict):
        yield Problem(pointer, "condition_type", "A condition is an object.", 'Use {"question": …, "is": …}.')
        return
    heads = [key for key in ("question", "metadata", *_LOGIC) if key in condition]
    if len(heads) != 1:
        message = "A condition has exactly one of question, metadata, all, any, not."
        yield Problem(pointer, "condition_type", message, "Split it, or nest it in all or any.")
        return
    head = heads[0]
    if head in ("all", "any"):
        if not isinstance(condition[head], list) or not condition[head]:
            yield Problem(f"{pointer}/{head}", "condition_type", f"{head} takes a list.", "List conditions in it.")
            return
        for index, each in enumerate(condition[head]):
            yield from _problems(each, earlier, visible, f"{pointer}/{head}/{index}", depth + 1, terms)
    elif head == "not":
        yield from _problems(condition["not"], earlier, visible, f"{pointer}/not", depth + 1, terms)
    else:
        yield from _term_problems(condition, head, earlier, visible, pointer)


def _term_problems(
    condition: Mapping[str, Any], head: str, earlier: Mapping[str, bool], visible: set[str], pointer: str
) -> Iterator[Problem]:
    name = condition[head] if isinstance(condition[head], str) else ""
    if head == "question" and name not in earlier:
        message = f"{name!r} is no question that stands before this one."
        yield Problem(f"{pointer}/question", "condition_forward", message, "Move it up, or name an earlier question.")
    if head == "metadata" and name not in visible:
        message = f"{name!r} is not among metadata.visible."
        yield Problem(f"{pointer}/metadata", "condition_type", message, "Add it there, or drop the condition.")
    elif (
        head == "question"
        and not earlier.get(name, True)
        and not any(condition.get(scope) is True for scope in _SCOPES)
    ):
        message = f"{name!r} is asked about more than one thing here."
        yield Problem(pointer, "condition_type", message, 'Add "any_target": true or "every_target": true.')
    tests = [test for test in _TESTS if test in condition]
    if len(tests) != 1 and not (len(tests) > 1 and set(tests) <= {"lt", "le", "gt", "ge"}):
        message = f"It needs exactly one of {', '.join(_TESTS)}, or bounds."
        yield Problem(pointer, "condition_type", message, 'For example {"question": "harm", "is": "yes"}.')
    for test in tests:
        if misuse := _misused(test, condition[test]):
            yield Problem(f"{pointer}/{test}", "condition_type", misuse, "See the table of conditions.")
    for other in sorted(str(key) for key in condition.keys() - {head, *_TESTS, *_SCOPES}):
        message = f"A condition has no {other!r}."
        yield Problem(f"{pointer}/{escape_pointer(other)}", "condition_type", message, "Remove it.")


def _misused(test: str, given: Any) -> str | None:
    if test == "in" and not isinstance(given, list):
        return "in takes a list."
    if test in ("lt", "le", "gt", "ge") and not _is_bound(given):
        return f"{test} takes a number or a date."
    if test == "count" and not (
        isinstance(given, dict) and given and all(key in _BOUNDS and _is_bound(bound) for key, bound in given.items())
    ):
        return 'count takes bounds, like {"ge": 1}.'
    if test == "answered" and not isinstance(given, bool):
        return "answered takes true or false."
    if test == "abstained" and given not in _ABSTENTIONS:
        return f"abstained takes one of {', '.join(_ABSTENTIONS)}."
    return None


def _is_bound(given: Any) -> bool:
    return isinstance(given, int | float | str) and not isinstance(given, bool)


def holds(
    condition: Mapping[str, Any],
    answers: Mapping[tuple[str, str], Mapping[str, Any]],
    target: str,
    metadata: Mapping[str, Any],
    enclosing: Sequence[str] = (),
) -> bool:
    """Whether a condition is true for one target.

    answers: (question, address) -> {"value": …} or {"abstained": …}. enclosing: addresses of the target's enclosing parts,
    nearest first, "" last; a condition on a coarser question reads the first of them that has an answer.
    """
    if "all" in condition:
        return all(holds(each, answers, target, metadata, enclosing) for each in condition["all"])
    if "any" in condition:
        return any(holds(each, answers, target, metadata, enclosing) for each in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers, target, metadata, enclosing)
    if "metadata" in condition:
        value = metadata.get(condition["metadata"])
        return _test(condition, {"value": value} if value is not None else None)
    name = condition["question"]
    if condition.get("any_target") or condition.get("every_target"):
        found = [answer for (question, _), answer in answers.items() if question == name]
        verdicts = [_test(condition, answer) for answer in found]
        return any(verdicts) if condition.get("any_target") else bool(verdicts) and all(verdicts)
    for address in (target, *enclosing):
        if (name, address) in answers:
            return _test(condition, answers[name, address])
    return _test(condition, None)


def _test(condition: Mapping[str, Any], answer: Mapping[str, Any] | None) -> bool:
    if "answered" in condition:
        return (answer is not None and "value" in answer) == bool(condition["answered"])
    if "abstained" in condition:
        return answer is not None and answer.get("abstained") == condition["abstained"]
    if answer is None or "value" not in answer:
        return False
    value = answer["value"]
    if "is" in condition:
        return _same(value, condition["is"])
    if "in" in condition:
        return any(_same(value, each) for each in condition["in"])
    if "has" in condition:
        return _has(value, condition["has"])
    if "count" in condition:
        return _compare(condition["count"], _count(value))
    return _compare(condition, value)


def _has(value: Any, wanted: Any) -> bool:
    if isinstance(value, dict) and isinstance(value.get("regions"), list):
        return any(isinstance(region, dict) and _same(region.get("label"), wanted) for region in value["regions"])
    if isinstance(value, list):
        return any(_same(each, wanted) or (isinstance(each, list) and _holds_one(each, wanted)) for each in value)
    return False


def _holds_one(path: Sequence[Any], wanted: Any) -> bool:
    return any(_same(step, wanted) for step in path)


def _same(a: Any, b: Any) -> bool:
    """Equality of JSON: true is not 1, as it is in Python."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return bool(a == b)


def _count(value: Any) -> int:
    if isinstance(value, dict) and isinstance(value.get("regions"), list):
        return len(value["regions"])
    return len(value) if isinstance(value, list) else 1


def _compare(bounds: Mapping[str, Any], value: Any) -> bool:
    tests = {"lt": -1, "le": -1, "gt": 1, "ge": 1, "is": 0}
    named = [name for name in tests if name in bounds]
    for name in named:
        bound = bounds[name]
        if isinstance(bound, bool) or isinstance(value, bool) or not _comparable(value, bound):
            return False
        order = (value > bound) - (value < bound)
        if not (order == tests[name] or (order == 0 and name in ("le", "ge"))):
            return False
    return bool(named)


def _comparable(a: Any, b: Any) -> bool:
    return (isinstance(a, int | float) and isinstance(b, int | float)) or (isinstance(a, str) and isinstance(b, str))
