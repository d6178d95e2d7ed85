"""Every JSON body, mutated at random from its published example: no answer is our failure, and a refusal names its place.

Where schemathesis looks at one field at a time, a mutated example is nearly right, and so gets further.
"""

from __future__ import annotations

import copy
import os
import secrets
from collections import Counter
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from refusals import Target, check_refusal
from test_bodies import WITH_BODY, address, example_of

SEED = int(os.environ.get("EVENHAND_TEST_SEED", "20260302"))
EXAMPLES, EXAMPLES_DRILL = 4, 400
# Whatever these change of the owner's own organization, later tests would notice.
CALM = {"change_organization": ("retention_days",)}

ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\u202e",
        "a" * 3000,
        "'",
        "😀" * 50,
        "../..",
        "{{7*7}}",
        "%s",
        "<script>",
        "1",
        "null",
        "-1e5",
        "𝟙",
    ]
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False),
    ODD_TEXTS, st.text(max_size=20).filter(lambda text: "\x00" not in text and text.isprintable()),
    st.uuids().map(str), st.datetimes().map(lambda at: at.isoformat() + "Z"),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ODD_TEXTS, inner, max_size=3)),
    max_leaves=6,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a document, the document itself left out."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [path for key, each in inside for path in [(*at, key), *places(each, (*at, key))]]


@st.composite
def mutated(draw: st.DrawFn, example: Any) -> Any:
    """The example with one to three parts replaced, removed, doubled or renamed."""
    document = copy.deepcopy(example)
    for _ in range(draw(st.integers(1, 3))):
        paths = places(document)
        if not paths:
            return document
        *way, last = draw(st.sampled_from(paths))
        parent = document
        for step in way:
            parent = parent[step]
        kind = draw(st.sampled_from(["replace", "replace", "remove", "wrap", "rename"]))
        if kind == "replace":
            parent[last] = draw(VALUES)
        elif kind == "wrap":
            parent[last] = [parent[last], copy.deepcopy(parent[last])]
        elif kind == "rename" and isinstance(parent, dict):
            parent[draw(ODD_TEXTS)] = parent.pop(last)
        else:
            del parent[last]
    return document


def fuzz(name: str, target: Target, client: httpx.Client, examples: int, chosen: int) -> Counter[int]:
    """Send so many mutations of one operation's body; how often each status came."""
    method, path = address(name, target)
    body = {key: value for key, value in example_of(name).items() if key not in CALM.get(name, ())}
    statuses: Counter[int] = Counter()

    @seed(chosen)
    @settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(document=mutated(body))
    def run(document: Any) -> None:
        answer = client.request(method, path, json=document)
        statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            try:
                check_refusal(answer)
            except AssertionError as error:
                raise AssertionError(f"seed {chosen}: {name} {document!r}: {error}") from None

    run()
    return statuses


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_mutated_body_never_makes_us_fail(name: str, target: Target, clients: dict[str, httpx.Client]) -> None:
    statuses = fuzz(name, target, clients["owner"], EXAMPLES, SEED)

    assert statuses.total() >= EXAMPLES // 2


@pytest.mark.drill
@pytest.mark.parametrize("name", WITH_BODY)
def test_a_mutated_body_never_makes_us_fail_in_many_tries(
    name: str, target: Target, clients: dict[str, httpx.Client], capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = SEED if "EVENHAND_TEST_SEED" in os.environ else secrets.randbelow(2**31)

    statuses = fuzz(name, target, clients["owner"], EXAMPLES_DRILL, chosen)

    counts = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    with capsys.disabled():
        print(f"\n{name}: {statuses.total()} bodies ({counts}), EVENHAND_TEST_SEED={chosen}")
    assert statuses.total() >= EXAMPLES_DRILL // 2
