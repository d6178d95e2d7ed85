"""Traces: every form that logs have becomes one tree of steps; every part has an address; nothing hidden leaves."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from foreign import foreign
from hypothesis import assume, given
from hypothesis import strategies as st

from evenhand.core.canonical import unfit_parts
from evenhand.ontology.inputs.trace import Settings, kind
from evenhand.ontology.traces.reader import FORMS
from evenhand.work.rows import item_of
from tries import tries

PLAIN = Settings()
SAMPLES = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples that EVENHAND_SHARED names are not here")
WHOLE, MESSAGES, SOLVED = list(kind.examples())


def attribute(key, value):
    return {"key": key, "value": {"stringValue": value if isinstance(value, str) else json.dumps(value)}}


def span(id_, parent, name, start, end, **attributes):
    return {
        "traceId": "a1", "spanId": id_, "parentSpanId": parent, "name": name, "startTimeUnixNano": str(10**18 + start),
        "endTimeUnixNano": str(10**18 + end),
        "attributes": [attribute(f"gen_ai.{key.replace('__', '.')}", value) for key, value in attributes.items()],
    }  # fmt: skip


def says(role, *parts):
    return {"role": role, "parts": list(parts)}


ASKED = says("user", {"type": "text", "content": "Rain?"})
CALLED = says("assistant", {"type": "reasoning", "content": "Look."},
              {"type": "tool_call", "id": "w1", "name": "weather", "arguments": {"city": "济南"}})  # fmt: skip
DRY = says("assistant", {"type": "text", "content": "Dry."})
OTLP = {"resourceSpans": [{"scopeSpans": [{"spans": [
    span("s3", "g", "chat m-7", 50, 60, operation__name="chat", output__messages=[DRY],
         input__messages=[ASKED, CALLED, says("tool", {"type": "tool_call_response", "id": "w1", "response": "20"})]),
    span("g", "", "invoke_agent", 0, 100, operation__name="invoke_agent", agent__name="Wetter"),
    span("s1", "g", "chat m-7", 1, 20, operation__name="chat", input__messages=[ASKED], output__messages=[CALLED],
         system_instructions=[{"type": "text", "content": "Be brief."}], request__model="m-7"),
    span("x", "g", "execute_tool weather", 21, 40, operation__name="execute_tool", tool__call__id="w1", tool__name="weather",
         tool__call__result="20 °C"),
    {**span("h", "x", "GET /", 22, 30), "attributes": []},
]}]}]}  # fmt: skip

EVENTS = {
    "id": 4, "epoch": 1, "input": "Rain?", "target": "no", "output": {}, "scores": {"match": {"value": "C"}},
    "messages": [{"role": "user", "content": "Rain?"}], "attachments": {"ab": "20 °C"},
    "events": [
        {"event": "span_begin", "id": "1", "name": "solve", "timestamp": "2026-01-02T10:00:00+00:00"},
        {"event": "model", "model": "m-7", "timestamp": "2026-01-02T10:00:01+00:00", "completed": "2026-01-02T10:00:02+00:00",
         "input": [{"role": "user", "content": "Rain?"}],
         "output": {"choices": [{"stop_reason": "tool_calls", "message": {"role": "assistant", "content": [
             {"type": "reasoning", "reasoning": "x", "text": "Look."}, {"type": "text", "text": "One moment."}],
             "tool_calls": [{"id": "w1", "function": "weather", "arguments": {"city": "Jinan"}}]}}],
             "usage": {"input_tokens": 9}}},
        {"event": "tool", "id": "w1", "function": "weather", "result": "attachment://ab", "error": None},
        {"event": "state", "changes": []},
        {"event": "score", "score": {"value": "C", "explanation": "Right."}},
        {"event": "span_end", "id": "1"},
    ],
}  # fmt: skip

PRM = {
    "question": {"problem": "1 + 1?", "ground_truth_answer": "2"},
    "label": {"finish_reason": "found_error", "steps": [
        {"completions": [{"text": "So 3.", "rating": -1}, {"text": "So 2.", "rating": 1}], "chosen_completion": 1},
    ]},
}  # fmt: skip

TAU2 = {
    "task_id": "7", "reward_info": {"reward": 0.0}, "termination_reason": "user_stop", "trial": 1,
    "messages": [
        {"role": "user", "content": "Cancel it.", "tool_calls": [{"id": "u1", "name": "check", "arguments": {}}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "name": "cancel", "arguments": {"id": 17}}]},
        {"role": "tool", "tool_messages": [{"role": "tool", "id": "c1", "content": "too late", "error": True}]},
    ],
}  # fmt: skip


def steps(content, **settings):
    stored = kind.clean(PLAIN, content)
    return [node for node in stored["nodes"] if node["type"] == "step"]


def text(blocks):
    return "".join(block["text"] for block in blocks)


def problems(content):
    return [(each.pointer, each.code) for each in kind.check(PLAIN, content) if not each.is_warning]


def test_every_part_has_its_address_in_document_order():
    parts = kind.parts("trace", PLAIN, kind.clean(PLAIN, WHOLE))

    assert [(part.address, part.type) for part in parts] == [
        ("trace", "input"), ("trace/g1", "span"), ("trace/s1", "step"), ("trace/s1/0", "block"), ("trace/s1/1", "block"),
        ("trace/c1", "call"), ("trace/s2", "step"), ("trace/s2/0", "block"), ("trace/s3", "step"), ("trace/s3/0", "block"),
    ]  # fmt: skip
    by_address = {part.address: part for part in parts}
    assert by_address["trace/g1"].children == ("trace/s1", "trace/s2", "trace/s3")
    assert by_address["trace/s1/1"].text == "shipped"
    assert by_address["trace/s2"].facts == {"by": "user", "has": ["text"], "alternative": False}
    assert list(by_address["trace"].facts["tools"]) == ["get_order"]


def test_openai_messages_become_steps_with_what_came_back_beside_the_call():
    user, called = steps(MESSAGES)

    assert (user["actor"], text(user["content"])) == ("user", "Rain in Jinan (济南)?")
    assert called["calls"] == [{"id": "c1", "name": "weather", "arguments_text": "{", "source_id": "w/1"}]
    assert called["observations"][0]["call"] == "c1"
    assert text(called["observations"][0]["content"]) == "no such city"


def test_a_call_that_is_counted_anew_in_every_turn_keeps_its_own_result():
    def turn(result):
        return [
            {"role": "assistant", "tool_calls": [{"id": "0", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "0", "content": result},
        ]

    one, two = steps([*turn("first"), *turn("second")])

    assert one["calls"][0]["id"] != two["calls"][0]["id"]
    assert [text(each["observations"][0]["content"]) for each in (one, two)] == ["first", "second"]
    assert two["observations"][0]["call"] == two["calls"][0]["id"]


def test_spans_of_opentelemetry_become_a_tree_with_the_tool_in_the_step_that_called_it():
    stored = kind.clean(PLAIN, OTLP)

    group, asked, called, said = stored["nodes"]
    assert (group["type"], group["name"]) == ("span", "invoke_agent")
    assert (asked["actor"], text(asked["content"]), asked["parent"]) == ("user", "Rain?", "g")
    assert text(called["thought"]) == "Look."
    assert called["calls"][0] | {"arguments": None} == {"id": "w1", "name": "weather", "arguments": None}
    assert text(called["observations"][0]["content"]) == "20 °C"
    assert (called["started"], called["ended"], stored["timescale"]) == (1, 40, 10**9)
    assert (text(said["content"]), said["parent"]) == ("Dry.", "g")
    assert stored["agent"] == {"name": "Wetter"}
    assert text(stored["context"][0]["content"]) == "Be brief."
    assert [each["name"] for each in stored["meta"]["spans"]] == ["GET /"]


def test_events_of_inspect_become_steps_and_its_long_texts_are_put_back():
    stored = kind.clean(PLAIN, EVENTS)

    group, asked, called, score = stored["nodes"]
    assert (group["name"], asked["actor"], called["parent"]) == ("solve", "user", group["id"])
    assert (text(called["thought"]), text(called["content"])) == ("Look.", "One moment.")
    assert text(called["observations"][0]["content"]) == "20 °C"
    assert (called["ended"] - called["started"], stored["timescale"]) == (10**6, 10**6)
    assert called["usage"] == {"input_tokens": 9}
    assert (score["name"], score["value"], score["explanation"]) == ("solve", "C", "Right.")
    assert stored["task"] == {"statement": "Rain?", "reference": {"target": "no"}}
    assert [each["event"] for each in stored["meta"]["events"]] == ["state"]


def test_other_completions_of_a_step_are_its_alternatives_and_their_ratings_scores():
    stored = kind.clean(PLAIN, PRM)

    chosen, rating, other, _ = stored["nodes"]
    assert (text(chosen["content"]), rating["parent"], rating["value"]) == ("So 2.", chosen["id"], 1)
    assert (text(other["content"]), other["alternative_of"]) == ("So 3.", chosen["id"])
    assert stored["task"] == {"statement": "1 + 1?", "reference": {"answer": "2"}}


def test_a_run_of_tau2_keeps_whose_call_it_was_and_that_it_failed():
    user, agent = steps(TAU2)

    assert (user["actor"], user["calls"][0]["name"]) == ("user", "check")
    assert (agent["calls"][0]["arguments"], agent["observations"][0]["is_error"]) == ({"id": 17}, True)
    assert kind.clean(PLAIN, TAU2)["outcome"] == {"reward": 0.0, "success": False, "stop": "user_stop"}


@needs_samples
def test_a_trajectory_of_swe_agent_is_read_whole():
    traj = json.loads((SAMPLES / "agent_traces" / "swe_agent_ctf_katy.traj").read_text("utf-8"))

    stored = kind.clean(PLAIN, traj)

    assert kind.check(PLAIN, traj) == []
    assert len(stored["nodes"]) == len(traj["trajectory"]) == 18
    for node, entry in zip(stored["nodes"], traj["trajectory"], strict=True):
        assert text(node["content"]) == entry["response"]
        assert node["calls"][0]["arguments"] == {"text": entry["action"]}
        assert text(node["observations"][0]["content"] if "observations" in node else []) == entry["observation"]
    assert stored["nodes"][0]["state"] == json.loads(traj["trajectory"][0]["state"])
    assert stored["outcome"] == {"stop": "submitted", "submission": "125379498"}
    assert "CTF" in stored["task"]["statement"]
    assert stored["meta"]["history"] == traj["history"]


@needs_samples
def test_forty_runs_of_tau_bench_lose_no_message_and_no_call():
    for run in json.loads((SAMPLES / "agent_traces" / "tau_bench_airline_40.json").read_text("utf-8")):
        item = item_of(run, {"trace": "trace"}, {"trace": "*"})
        assert kind.check(PLAIN, item["inputs"]["trace"]) == []
        stored = kind.clean(PLAIN, item["inputs"]["trace"])
        made = [node for node in stored["nodes"] if node["type"] == "step"]
        spoken = [each for each in run["traj"] if each["role"] in ("user", "assistant")]
        assert [node["actor"] for node in made] == ["user" if each["role"] == "user" else "agent" for each in spoken]
        called = [call["function"] for each in spoken for call in each.get("tool_calls") or ()]
        assert [(call["name"], call["arguments"]) for node in made for call in node.get("calls", ())] == [
            (each["name"], json.loads(each["arguments"])) for each in called
        ]
        seen = [text(each["content"]) for node in made for each in node.get("observations", ())]
        assert seen == [each["content"] for each in run["traj"] if each["role"] == "tool"]
        assert stored["outcome"]["reward"] == run["reward"]


@needs_samples
def test_samples_of_inspect_are_read_from_a_log_and_from_its_archive():
    log = json.loads((SAMPLES / "eval_logs" / "log_formats.json").read_text("utf-8"))
    archive = zipfile.ZipFile(SAMPLES / "eval_logs" / "log_streaming.eval")
    samples = [json.loads(archive.read(name)) for name in archive.namelist() if name.startswith("samples/")]
    assert len(samples) == 4

    for content, sample in [(log, log["samples"][0]), *((each, each) for each in samples)]:
        assert kind.check(PLAIN, content) == []
        user, agent = [node for node in kind.clean(PLAIN, content)["nodes"] if node["type"] == "step"]
        assert text(user["content"]) == sample["input"]
        assert text(agent["content"]) == sample["messages"][-1]["content"]
    assert problems({**log, "samples": samples}) == [("/samples", "count")]


def test_what_is_hidden_leaves_no_trace_and_moves_no_address():
    stored = kind.clean(PLAIN, WHOLE | {"meta": {"secret": "meta"}})

    shown = kind.visible(Settings(hide=["model", "score", "thought"]), stored)

    assert not any(
        word in json.dumps(shown) for word in ("m-7", "solver", "db_match", "reward", "agent_stop", "secret", "Look it")
    )
    assert [part.address for part in kind.parts("t", PLAIN, shown)] == [
        part.address for part in kind.parts("t", PLAIN, stored)
    ]
    assert "db_match" in json.dumps(kind.visible(Settings(hide=[]), stored))


def with_nodes(*nodes):
    return {"nodes": list(nodes)}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (with_nodes(), [("/nodes", "bad_value")]),
        (with_nodes({"id": "a", "content": "x"}, {"id": "a", "content": "y"}), [("/nodes/1/id", "duplicate_id")]),
        (with_nodes({"id": "a", "calls": [{"id": "a", "name": "f"}]}), [("/nodes/0/calls/0/id", "duplicate_id")]),
        (with_nodes({"content": "x", "parent": "g9"}), [("/nodes/0/parent", "dangling_reference")]),
        (with_nodes({"content": "x", "alternative_of": "s9"}), [("/nodes/0/alternative_of", "dangling_reference")]),
        (
            with_nodes({"id": "s1", "observations": [{"call": "c9", "content": "x"}]}),
            [("/nodes/0/observations/0/call", "dangling_reference")],
        ),
        (
            with_nodes({"id": "a", "type": "span", "parent": "b"}, {"id": "b", "type": "span", "parent": "a"}, {"content": "x"}),
            [("/nodes/0/parent", "cycle"), ("/nodes/1/parent", "cycle")],
        ),
        (with_nodes({"type": "jump"}), [("/nodes/0/type", "unknown_option")]),
        (with_nodes({"actor": "nobody"}), [("/nodes/0/actor", "unknown_option")]),
        (with_nodes({"started": "noon"}), [("/nodes/0/started", "bad_value")]),
        (with_nodes("step"), [("/nodes/0", "bad_value")]),
        (with_nodes(*[{"content": "x"}] * 10_001), [("/nodes", "too_large")]),
        ({"nodes": {}}, [("/nodes", "bad_value"), ]),
        ({"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}, [("", "count")]),
        ({"trajectory": ["x"]}, [("/trajectory/0", "bad_value")]),
        ({"title": "A novel"}, [("", "bad_value")]),
        ("text", [("", "bad_value")]),
        ([{"role": "robot", "content": "x"}], [("/0/role", "unknown_option")]),
    ],
)  # fmt: skip
def test_a_bad_trace_is_refused_by_its_place_with_a_remedy(content, expected):
    assert problems(content) == expected
    assert all(each.remedy.endswith(".") for each in kind.check(PLAIN, content))


def test_a_result_without_its_call_is_kept_and_told():
    lost = [{"role": "assistant", "content": "x"}, {"role": "tool", "tool_call_id": "gone", "content": "y"}]

    (problem,) = kind.check(PLAIN, lost)
    (step,) = steps(lost)

    assert (problem.code, problem.is_warning) == ("dangling_reference", True)
    assert (text(step["observations"][0]["content"]), step["observations"][0]["meta"]) == ("y", {"call": "gone"})


def places(value, at=()):
    yield at
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*at, key))


LOGS = [
    OTLP,
    EVENTS,
    PRM,
    TAU2,
    SOLVED,
    {"trajectory": [{"action": "ls", "observation": "x", "state": "{}"}], "history": [{}]},
]


@tries(300)
@given(st.data())
def test_hostile_logs_are_told_or_stored_and_never_raise(data):
    log = json.loads(json.dumps(data.draw(st.sampled_from(LOGS))))
    *above, last = data.draw(st.sampled_from(list(places(log))[1:]))
    inner = log
    for step in above:
        inner = inner[step]
    words = (
        "id",
        "role",
        "user",
        "tool",
        "content",
        "text",
        "message",
        "events",
        "model",
        "0",
        "10",
        "spanId",
        "w1",
        "g",
    )
    inner[last] = data.draw(foreign(*words))
    assume(not unfit_parts(log))

    if all(each.is_warning for each in kind.check(PLAIN, log)):
        stored = kind.clean(PLAIN, log)
        assert not unfit_parts(stored)
        assert problems(stored) == []
        assert kind.clean(PLAIN, stored) == stored
        assert isinstance(kind.text_of(PLAIN, kind.visible(PLAIN, stored)), str)
        addresses = [part.address for part in kind.parts("trace", PLAIN, stored)]
        assert len(addresses) == len(set(addresses))


def test_each_form_is_known_by_what_it_alone_has():
    known = {"OpenTelemetry": OTLP, "Inspect": EVENTS, "tau-bench": TAU2, "PRM800K": PRM, "steps": SOLVED,
             "messages": {"messages": MESSAGES}, "SWE-agent": LOGS[-1]}  # fmt: skip

    for name, content in known.items():
        assert next(form for form, is_mine, _ in FORMS if is_mine(content)) == name
