"""What formats that models are trained from make of labels, and what they leave out and say so. OpenAI's own types read its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import TypeAdapter

from evenhand import Client
from evenhand.delivery.formats.format import Labeled
from evenhand.delivery.formats.registry import formats
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.presets import presets
from evenhand.ontology.questions.rewrite import base_of
from serving import Installation

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
MESSAGES = TypeAdapter(list[ChatCompletionMessageParam])
TOOLS = TypeAdapter(list[ChatCompletionToolParam])
TWO = {"prompt": "Rain in Jinan (济南)?", "responses": ["Dry, 20 °C.", "No."]}
EACH = {"each": "response", "of": "chat"}
TURN = {"each": "turn", "of": "chat"}
PROMPT = [{"role": "user", "content": "Rain in Jinan (济南)?"}]
DRY, NO = ([{"role": "assistant", "content": text}] for text in TWO["responses"])


def ontology(*questions: dict[str, Any], **inputs: str) -> Ontology:
    given = [{"name": name, "kind": kind} for name, kind in (inputs or {"chat": "chat"}).items()]
    return Ontology.compile(
        {"format": "evenhand-ontology/1", "name": "o", "language": "en", "inputs": given, "questions": [*questions]}
    )


def label(question: str, value: Any, target: str = "chat/t1") -> dict[str, Any]:
    return {"question": question, "target": target, "value": value}


def rewritten(before: str, text: str, target: str, question: str = "edit") -> dict[str, Any]:
    return label(question, {"base": base_of(before), "text": text}, target)


def written(name: str, asked: Ontology, content: Any, *labels: dict[str, Any]) -> tuple[list[Any], list[str]]:
    """(rows, what was lost beside what every file of the format loses) of one task. content: of the one input, or of all."""
    inputs = content if set(asked.inputs) != {"chat"} else {"chat": content}
    writer = formats()[name].writer(asked)
    always = len(writer.losses.told())
    try:
        writer.add(Labeled("t1", asked.clean_item({"inputs": inputs}), labels))
        [file] = writer.files()
        rows = [json.loads(line) for line in b"".join(file.blocks).splitlines()]
    finally:
        writer.close()
    assert (file.name, file.rows) == (f"{name}.jsonl", len(rows))
    if name.startswith("openai"):
        for row in rows:
            opened_by_openai(row)
    return rows, writer.losses.told()[always:]


def opened_by_openai(row: dict[str, Any]) -> None:
    """What OpenAI's library says of the shape of its messages and tools; `weight` is of fine-tuning alone, no field of a chat."""
    if "messages" in row:
        assert row.keys() <= {"messages", "tools"}
        spoken = [[{k: v for k, v in each.items() if k != "weight"} for each in row["messages"]]]
        tools = row.get("tools", [])
    else:
        assert row.keys() == {"input", "preferred_output", "non_preferred_output"}
        spoken = [row["input"]["messages"], row["preferred_output"], row["non_preferred_output"]]
        tools = row["input"].get("tools", [])
    for messages in spoken:
        assert messages
        MESSAGES.validate_python(messages, strict=True)
    TOOLS.validate_python(tools, strict=True)


COMPARING: dict[str, Any] = {"name": "better", "kind": "pairwise", "target": TURN,
                             "settings": {"compare": "response", "strength": 3, "ties": ["same"]}}  # fmt: skip
RANKING: dict[str, Any] = {"name": "order", "kind": "ranking", "target": TURN, "settings": {"ties": True}}
EDITING: dict[str, Any] = {"name": "edit", "kind": "rewrite", "target": EACH}
RATING: dict[str, Any] = {"name": "helpfulness", "kind": "rating", "target": EACH, "settings": {"levels": 5}}


# ------------------------------------------------------------------------------------------------------------- preferences --
def test_the_better_of_two_is_chosen_and_by_how_much_is_a_loss() -> None:
    said = label("better", {"winner": "r2", "strength": 3})
    rows, losses = written("trl-preference", ontology(COMPARING), TWO, said)
    openai, same = written("openai-preference", ontology(COMPARING), TWO, said)

    assert rows == [{"prompt": PROMPT, "chosen": NO, "rejected": DRY, "task": "t1", "question": "better"}]
    assert openai == [{"input": {"messages": PROMPT}, "preferred_output": NO, "non_preferred_output": DRY}]
    assert losses == same == ["by how much one is better: 1 of better by more than a step"]


def test_a_tie_prefers_nothing_and_what_is_undecided_neither() -> None:
    rows, losses = written(
        "trl-preference", ontology(COMPARING), TWO, label("better", {"tie": "same"}), label("better", None)
    )

    assert (rows, losses) == ([], ["labels of better that are undecided: 1", "ties of better: 1 pairs"])


def test_a_ranking_makes_every_pair_but_those_of_equals_and_of_the_unranked() -> None:
    asked = ontology({**RANKING, "settings": {"ties": True, "partial": True}})
    content = {"prompt": "Which?", "responses": ["a", "b", "c", "d"]}
    rows, losses = written(
        "trl-preference", asked, content, label("order", {"groups": [["r3"], ["r1", "r2"]], "unranked": ["r4"]})
    )

    assert [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows] == [("c", "a"), ("c", "b")]
    assert losses == ["ties of order: 1 pairs"]


def test_best_and_worst_of_four_make_five_pairs() -> None:
    asked = ontology({"name": "ends", "kind": "best_worst", "target": TURN, "settings": {"compare": "response"}})
    content = {"prompt": "Which?", "responses": ["a", "b", "c", "d"]}
    rows, losses = written("trl-preference", asked, content, label("ends", {"best": "r2", "worst": "r3"}))

    assert [row["chosen"][0]["content"] + row["rejected"][0]["content"] for row in rows] == [
        "bc",
        "ba",
        "bd",
        "ac",
        "dc",
    ]
    assert losses == []


def test_two_texts_answer_the_text_that_is_not_compared_and_without_one_nothing() -> None:
    question = {"name": "better", "kind": "pairwise", "settings": {"compare": "input", "inputs": ["a", "b"]}}
    content = {"source": {"text": "Über allen Gipfeln"}, "a": {"text": "Over all"}, "b": {"text": "Above all"}}
    rows, _ = written(
        "openai-preference",
        ontology(question, source="text", a="text", b="text"),
        content,
        label("better", {"winner": "b", "strength": 1}, ""),
    )
    none, losses = written(
        "openai-preference",
        ontology(question, a="text", b="text"),
        {name: content[name] for name in "ab"},
        label("better", {"winner": "b", "strength": 1}, ""),
    )

    [row] = rows
    assert row["input"]["messages"] == [{"role": "user", "content": "Über allen Gipfeln"}]
    assert [row["preferred_output"][0]["content"], row["non_preferred_output"][0]["content"]] == [
        "Above all",
        "Over all",
    ]
    assert (none, losses) == ([], ["labels of better, which the format has no place for: 1"])


def test_a_rewritten_reply_is_better_than_what_it_was_and_an_unchanged_one_than_nothing() -> None:
    first, kept = rewritten("Dry, 20 °C.", "Dry.", "chat/r1"), rewritten("No.", "No.", "chat/r2")
    rows, losses = written("trl-preference", ontology(EDITING), TWO, first, kept)

    assert [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows] == [("Dry.", "Dry, 20 °C.")]
    assert losses == ["labels of edit that left the text as it was: 1"]


def test_replies_of_which_nothing_says_what_they_answer_are_left_out() -> None:
    content = {"threads": [{"turns": [
        {"messages": [{"role": "user", "content": "Hi"}], "responses": [
            {"messages": [{"role": "assistant", "content": text}]} for text in ("Hello", "Hey")]},
        {"messages": [{"role": "user", "content": "Rain?"}], "responses": [
            {"messages": [{"role": "assistant", "content": text}]} for text in ("No", "Yes")]},
    ]}]}  # fmt: skip
    first = label("better", {"winner": "r1", "strength": 1})
    second = label("better", {"winner": "r3", "strength": 1}, "chat/t2")
    rows, losses = written("trl-preference", ontology(COMPARING), content, first, second)
    content["threads"][0]["turns"][0]["chosen"] = "r2"  # type: ignore[index]
    content["threads"][0]["turns"][0]["responses"][1]["id"] = "r2"  # type: ignore[index]
    both, none = written("trl-preference", ontology(COMPARING), content, first, second)

    assert [row["prompt"][-1]["content"] for row in rows] == ["Hi"]
    assert losses == ["labels of better in a conversation of which nothing says how it went on: 1"]
    assert [said["content"] for said in both[1]["prompt"]] == ["Hi", "Hey", "Rain?"]
    assert none == []


# ---------------------------------------------------------------------------------------------------------- demonstrations --
def test_what_is_written_for_a_conversation_that_waits_is_its_reply() -> None:
    asked = Ontology.compile(presets()["sft-demonstration"].body)
    content = presets()["sft-demonstration"].sample["inputs"]["chat"]
    said = [label("reply", "Cool, never frozen.", ""), label("difficulty", 4, "")]
    rows, losses = written("trl-sft", asked, content, *said)
    openai, _ = written("openai-sft", asked, content, *said)

    reply = [{"role": "assistant", "content": "Cool, never frozen."}]
    assert rows == [{"prompt": content, "completion": reply, "task": "t1", "question": "reply"}]
    assert openai == [{"messages": [*content, *reply]}]
    assert losses == ["labels of difficulty, which the format has no place for: 1"]


def test_other_words_are_no_reply() -> None:
    why = {"name": "why", "kind": "text", "target": TURN}
    twice = [{"name": name, "kind": "text"} for name in ("reply", "note")]
    rows, losses = written("trl-sft", ontology(why), TWO, label("why", "It is wet.", "chat/t1"))
    first, second = written(
        "trl-sft", ontology(*twice), [{"role": "user", "content": "Rain?"}],
        label("reply", "No.", ""), label("note", "I looked.", ""),
    )  # fmt: skip

    assert (rows, losses) == ([], ["labels of why that are no reply to a conversation: 1"])
    assert [row["completion"][0]["content"] for row in first] == ["No."]
    assert second == ["labels of note that are no reply to a conversation: 1"]


def test_a_rewritten_text_answers_the_others_or_is_what_was_asked_for() -> None:
    question = {"name": "edit", "kind": "rewrite", "target": {"input": "draft"}}
    content = {"source": {"text": "Der Zug"}, "draft": {"text": "The tram"}}
    edit = rewritten("The tram", "The train", "draft")
    beside, _ = written("trl-sft", ontology(question, source="text", draft="text"), content, edit)
    alone, _ = written("trl-sft", ontology(question, draft="text"), {"draft": content["draft"]}, edit)
    pairs, losses = written("trl-preference", ontology(question, draft="text"), {"draft": content["draft"]}, edit)

    assert [row["prompt"][0]["content"] for row in (*beside, *alone)] == ["Der Zug", "The tram"]
    assert {row["completion"][0]["content"] for row in (*beside, *alone)} == {"The train"}
    assert (pairs, losses) == ([], ["labels of edit, which the format has no place for: 1"])


def test_an_edited_message_ends_the_reply_and_its_calls_stay() -> None:
    content = {"threads": [{"tools": [{"name": "get_weather", "parameters": {"type": "object"}}], "turns": [
        {"messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Rain?"}],
         "responses": [{"messages": [
             {"role": "assistant", "content": [
                 {"type": "reasoning", "text": "I must look."},
                 {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "济南"}}]},
             {"role": "tool", "content": [{"type": "tool_result", "call": "c1", "is_error": True, "content": "no"}]},
             {"role": "assistant", "content": "Dry."},
             {"role": "assistant", "content": "Anything else?"}]}]}]}]}  # fmt: skip
    question = {**EDITING, "target": {"each": "message", "of": "chat"}}
    edit = rewritten("Dry.", "I could not look.", "chat/m5")
    [row], losses = written("openai-sft", ontology(question), content, edit)
    [trl], of_trl = written("trl-sft", ontology(question), content, edit)
    pairs, of_pairs = written("openai-preference", ontology(question), content, edit)

    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "济南"}'}}
    assert row["messages"] == [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Rain?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "no"},
        {"role": "assistant", "content": "I could not look."},
    ]
    assert row["tools"] == [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
    thought, failed = "what a model thought before it spoke: 1 messages", "that a tool failed: 1 results"
    assert losses == [failed, thought]
    assert [said["role"] for said in trl["prompt"]] == ["system", "user"]
    assert trl["completion"][0]["tool_calls"][0]["function"]["arguments"] == {"city": "济南"}
    assert trl["completion"][1] == {"role": "tool", "name": "get_weather", "content": "no"}
    assert of_trl == ["that a message is the developer's: 1 are the system's", failed, thought]
    assert pairs == []
    assert of_pairs[0] == "pairs with a reply of several messages: 1"


def test_earlier_replies_are_not_trained_on_and_pictures_leave_an_example_out() -> None:
    asked = ontology({"name": "reply", "kind": "text"})
    spoken = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Rain?"},
    ]
    [row], _ = written("openai-sft", asked, spoken, label("reply", "No.", ""))
    facts = {"blob": "b", "media_type": "image/png", "bytes": 1, "name": "a.png", "digest": "sha256:ab",
             "media": {"width": 1, "height": 1, "stored_width": 1, "stored_height": 1, "orientation": 1}}  # fmt: skip
    seen = [{"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "image", **facts}]}]
    none, losses = written("openai-sft", asked, seen, label("reply", "A street.", ""))

    assert [said.get("weight") for said in row["messages"]] == [None, 0, None, None]
    assert none == []
    assert losses == ["examples left out because a message holds something else than text (image): 1"]


# ----------------------------------------------------------------------------------------------------------------- ratings --
@pytest.mark.parametrize(("levels", "value", "is_desirable"), [(5, 4, True), (5, 2, False), (5, 3, None), (2, 1, False),
                                                              (4, 3, True), (4, 2, False)])  # fmt: skip
def test_a_rating_above_the_middle_is_desirable(levels: int, value: int, is_desirable: bool | None) -> None:
    asked = ontology({**RATING, "settings": {"levels": levels}})
    rows, losses = written("trl-kto", asked, TWO, label("helpfulness", value, "chat/r1"))

    assert [row["label"] for row in rows] == ([] if is_desirable is None else [is_desirable])
    assert all((row["prompt"], row["completion"]) == (PROMPT, DRY) for row in rows)
    assert losses == (["replies that helpfulness rates in the middle: 1"] if is_desirable is None else [])


def test_what_an_earlier_version_let_say_fails_no_release() -> None:
    level, losses = written("helpsteer", ontology(RATING), TWO, label("helpfulness", 9, "chat/r1"))
    reply, counted = written("trl-kto", ontology(COMPARING), TWO, label("better", {"winner": "r7", "strength": 1}))

    assert (level, losses) == ([], ["labels of helpfulness whose level is not asked for any more: 1"])
    assert (reply, counted) == ([], ["labels of better that put nothing over anything that is there: 1"])


def test_without_ratings_the_better_is_desirable_and_what_is_both_says_nothing() -> None:
    content = {"prompt": "Which?", "responses": ["a", "b", "c"]}
    rows, losses = written("trl-kto", ontology(RANKING), content, label("order", {"groups": [["r2"], ["r1"], ["r3"]]}))

    assert [(row["completion"][0]["content"], row["label"]) for row in rows] == [("b", True), ("c", False)]
    assert losses == ["replies that are better than one and worse than another: 1"]


def test_ratings_are_columns_that_count_from_zero() -> None:
    asked = ontology(RATING, {**RATING, "name": "response", "settings": {"levels": 3}}, RANKING)
    said = [label("helpfulness", 5, "chat/r1"), label("response", 1, "chat/r1"), label("helpfulness", 1, "chat/r2")]
    rows, losses = written("helpsteer", asked, TWO, *said, label("order", {"groups": [["r1"], ["r2"]]}))

    first = {"prompt": "Rain in Jinan (济南)?", "context": PROMPT, "response": "Dry, 20 °C.", "helpfulness": 4,
             "response_rating": 0, "task": "t1"}  # fmt: skip
    assert rows == [first, {**first, "response": "No.", "helpfulness": 0, "response_rating": None}]
    assert losses == ["labels of order, which the format has no place for: 1"]
    assert "response has 3 levels, HelpSteer's attributes have 5" in formats()["helpsteer"].writer(asked).losses.told()


def test_each_fits_what_it_can_carry() -> None:
    def fitting(*questions: dict[str, Any], **inputs: str) -> set[str]:
        return {name for name, each in formats().items() if each.fits(ontology(*questions, **inputs))}

    pairs, demonstrated = {"trl-preference", "openai-preference", "trl-kto"}, {"trl-sft", "openai-sft"}
    label_ = {"name": "label", "kind": "choice", "settings": {"options": [{"value": "a"}, {"value": "b"}]}}
    why = {"name": "why", "kind": "text", "target": EACH}
    assert fitting(COMPARING, why) == pairs
    assert fitting(EDITING) == pairs | demonstrated
    assert fitting({"name": "reply", "kind": "text"}) == demonstrated
    assert fitting(RATING) == {"trl-kto", "helpsteer"}
    assert fitting(label_, text="text") == fitting(why | {"target": "task"}, text="text") == set()


# ------------------------------------------------------------------------------------------------------- in a release --
@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[Client]:
    with Client(installation.url, installation.key) as client:
        yield client


def test_real_preferences_leave_in_a_release_as_they_were_answered(client: Client, tmp_path: Path) -> None:
    pairs = json.loads((SHARED / "data/samples/preferences/llmbar_natural.json").read_text())[:3]
    project = client.projects.create("Better", preset="chat-preference")["id"]
    rows = [{"prompt": each["input"], "responses": [each["output_1"], each["output_2"]]} for each in pairs]
    client.tasks.import_(project, [{"chat": row} for row in rows])
    answered = {}
    for _ in pairs:
        task = client.work.claim(project)["assignment"]
        [turn] = task["item"]["inputs"]["chat"]["threads"][0]["turns"]
        asked = turn["messages"][0]["content"][0]["text"]
        right = next(pair for pair in pairs if pair["input"] == asked)
        texts = {reply["id"]: reply["messages"][0]["content"][0]["text"] for reply in turn["responses"]}
        answered[asked] = right[f"output_{right['label']}"]
        [winner] = [name for name, text in texts.items() if text == answered[asked]]
        client.work.submit(
            task,
            [
                *({"question": "harm", "target": f"chat/{name}", "value": "no"} for name in texts),
                {"question": "better", "target": f"chat/{turn['id']}", "value": {"winner": winner, "strength": 1}},
                {"question": "why", "target": f"chat/{turn['id']}", "value": "It does what was asked for, no more."},
            ],
        )

    names = ["openai-preference", "trl-kto", "trl-preference"]
    made = client.releases.wait(client.releases.create(project, include="all", formats=names)["id"])
    client.releases.download(made["id"], tmp_path / "out")

    def lines(name: str) -> list[Any]:
        return [json.loads(line) for line in (tmp_path / "out" / f"{name}.jsonl").read_text().splitlines()]

    assert {row["prompt"][0]["content"]: row["chosen"][0]["content"] for row in lines("trl-preference")} == answered
    for row in lines("openai-preference"):
        opened_by_openai(row)
        assert row["preferred_output"][0]["content"] == answered[row["input"]["messages"][0]["content"]]
    assert [row["label"] for row in lines("trl-kto")] == [True, False] * 3
    assert [each for each in made["losses"] if each == "trl-kto: labels of harm, which the format has no place for: 6"]
