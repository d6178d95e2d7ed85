"""CoNLL and spaCy: passages with the losses of each. NLTK and spaCy itself open them in `make drills`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evenhand.delivery.formats.format import Labeled
from evenhand.delivery.formats.passages import tokens
from evenhand.delivery.formats.registry import formats
from evenhand.ontology.ontology import Ontology

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
ENTITIES: dict[str, Any] = {"name": "entities", "kind": "span", "target": {"input": "text"},
                            "settings": {"labels": [{"value": "PER"}, {"value": "medical device"}],
                                         "discontinuous": True}}  # fmt: skip
TEXT = "💩 Zoë Müller's pump,\n北京 — the U.S. one"


def ontology(*questions: dict[str, Any], kind: str = "text") -> Ontology:
    return Ontology.compile(
        {"format": "evenhand-ontology/1", "name": "o", "language": "en", "inputs": [{"name": "text", "kind": kind}],
         "questions": [*(questions or (ENTITIES,))]}
    )  # fmt: skip


def spans(*each: tuple[str | None, list[list[int]]], **more: Any) -> dict[str, Any]:
    regions = [{"id": f"k{n}", "label": label, "ranges": ranges, **more} for n, (label, ranges) in enumerate(each)]
    return {"question": "entities", "target": "text", "value": {"regions": regions}}


def written(name: str, asked: Ontology, content: Any, *labels: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """(file -> what is in it, what was lost beside what every file of the format loses) of one task."""
    writer = formats()[name].writer(asked)
    always = len(writer.losses.told())
    try:
        writer.add(Labeled("t1", asked.clean_item({"inputs": {"text": content}}), labels))
        files = {file.name: b"".join(file.blocks).decode() for file in writer.files()}
    finally:
        writer.close()
    return files, writer.losses.told()[always:]


def tagged(*labels: dict[str, Any], text: str = TEXT) -> tuple[list[list[tuple[str, str]]], list[str]]:
    """([[(token, tag)]] by sentence, what was lost)."""
    files, losses = written("conll", ontology(), {"text": text}, *labels)
    return sentences(files["entities.conll"]), losses


def sentences(content: str) -> list[list[tuple[str, str]]]:
    """[[(token, tag)]] as the shared task's readers have them: blocks between empty lines, columns between spaces."""
    blocks = [[line.split(" ") for line in block.splitlines()] for block in content.split("\n\n") if block]
    assert all(len(row) == 4 for block in blocks for row in block)
    return [[(row[0], row[3]) for row in block] for block in blocks if block[0][0] != "-DOCSTART-"]


def test_tokens_are_words_and_letters_of_scripts_without_spaces() -> None:
    assert [TEXT[start:end] for start, end in tokens(TEXT)] == [
        *("💩", "Zoë", "Müller", "'", "s", "pump", ",", "北", "京", "—", "the", "U", ".", "S", ".", "one")
    ]
    assert [("e\u0301x 👨🏻‍🚒")[start:end] for start, end in tokens("e\u0301x 👨🏻‍🚒", [1])] == [
        "e",
        "\u0301x",
        "👨🏻‍🚒",
    ]


def test_sentences_are_lines_of_tokens_with_their_tags() -> None:
    found, losses = tagged(spans(("PER", [[2, 12]]), ("medical device", [[15, 19]])))

    assert found[0] == [("💩", "O"), ("Zoë", "B-PER"), ("Müller", "I-PER"), ("'", "O"), ("s", "O"),
                        ("pump", "B-medical_device"), (",", "O")]  # fmt: skip
    assert [word for word, tag in found[1] if tag != "O"] == []
    assert losses == []


def test_what_bio_cannot_say_is_left_out_and_counted() -> None:
    nested = spans(
        ("PER", [[2, 12]]),
        ("PER", [[2, 5]]),
        ("medical device", [[15, 19], [28, 31]]),
        ("PER", [[20, 23]]),
        ("PER", [[24, 27]]),
    )
    found, losses = tagged(nested, {"question": "gone", "target": "", "value": 1})

    marked = [(word, tag) for sentence in found for word, tag in sentence if tag != "O"]
    assert marked[:4] == [("Zoë", "B-PER"), ("Müller", "I-PER"), ("pump", "B-medical_device"), ("北", "B-PER")]
    assert losses == [
        "edges of passages of entities that are no edges of words, moved there: 2 passages",
        "labels of gone, which the format has no place for: 1",
        "passages of entities within or across a longer one: 1",
        "spaces at the ends of passages of entities: 1 passages",
        "which pieces are one passage: 1 of entities are in several",
    ]


def test_a_passage_over_the_end_of_a_line_is_cut_and_one_within_anothers_word_goes() -> None:
    found, losses = tagged(spans(("PER", [[0, 7]]), ("PER", [[9, 10]]), ("PER", [[10, 12]])), text="one two\nthr ee")
    over, cut = tagged(spans(("PER", [[4, 11]])), text="one two\nthr ee")

    assert found == [[("one", "B-PER"), ("two", "I-PER")], [("thr", "B-PER"), ("ee", "O")]]
    assert "passages of entities in a word that another has: 1" in losses
    assert over == [[("one", "O"), ("two", "B-PER")], [("thr", "B-PER"), ("ee", "O")]]
    assert cut == ["passages of entities over the end of a line, cut there: 1"]


def test_texts_without_passages_are_there_and_undecided_ones_are_not() -> None:
    none, _ = tagged(spans())
    undecided, losses = tagged({**spans(), "value": None})

    assert {tag for sentence in none for _, tag in sentence} == {"O"}
    assert (undecided, losses) == ([], ["labels of entities that are undecided: 1"])


def test_spacy_has_every_passage_in_spans_and_those_apart_in_ents() -> None:
    second = {**ENTITIES, "name": "cues"}
    asked = ontology(ENTITIES, second)
    label = spans(("PER", [[2, 12]]), ("PER", [[2, 4]]), unsure=True)
    files, losses = written(
        "spacy", asked, {"text": TEXT}, label, {**spans((None, [[13, 14], [15, 19]])), "question": "cues"}
    )
    doc = json.loads(files["spacy.jsonl"])

    def texts(spans_: list[dict[str, Any]]) -> list[str]:
        return [doc["text"][each["start"] : each["end"]] for each in spans_]

    assert texts(doc["ents"]) == ["Zoë Müller"]
    assert texts(doc["spans"]["entities"]) == ["Zo", "Zoë Müller"]
    assert [
        (each["label"], text) for each, text in zip(doc["spans"]["cues"], texts(doc["spans"]["cues"]), strict=True)
    ] == [
        ("cues", "s"),
        ("cues", "pump"),
    ]
    assert texts(doc["tokens"])[:6] == ["💩", "Zo", "ë", "Müller", "'", "s"]
    assert "\n" in texts(doc["tokens"])
    assert doc["meta"] == {"task": "t1", "target": "text"}
    assert losses == [
        "passages of entities within or across a longer one: 1",
        "that the edges of a passage are in doubt: 2 of entities",
        "which pieces are one passage: 1 of cues are in several",
    ]


def test_passages_of_a_conversation_are_by_message() -> None:
    asked = ontology({**ENTITIES, "target": {"each": "message", "of": "text"}}, kind="chat")
    content = [{"role": "user", "content": "Zoë?"}, {"role": "assistant", "content": "Yes."}]
    region = {"id": "k", "label": "PER", "ranges": [[0, 3]], "on": "text/m1/0"}
    label = {"question": "entities", "target": "text/m1", "value": {"regions": [region]}}
    files, losses = written("spacy", asked, content, label)
    gone, counted = written("spacy", asked, content, {**label, "value": {"regions": [{**region, "on": "text/m9/0"}]}})

    [doc] = [json.loads(line) for line in files["spacy.jsonl"].splitlines()]
    assert (doc["text"], doc["ents"][0]["end"], doc["meta"]["target"], losses) == ("Zoë?", 3, "text/m1/0", [])
    assert json.loads(gone["spacy.jsonl"])["ents"] == []
    assert counted == ["passages of entities in a text that is there no more: 1"]


@pytest.mark.parametrize("name", ["conll", "spacy"])
def test_real_texts_come_back_from_their_tokens(name: str) -> None:
    """The passages of 979 news texts (FinEntity): what is read back is what was marked."""
    rows = json.loads((SHARED / "data/samples/news/finentity.json").read_text())
    asked = ontology({**ENTITIES, "settings": {}})
    writer = formats()[name].writer(asked)
    marked = 0
    try:
        for row in rows:
            regions = [(each["label"], [[each["start"], each["end"]]]) for each in row["annotations"]]
            marked += len(regions)
            writer.add(
                Labeled("t", asked.clean_item({"inputs": {"text": {"text": row["content"]}}}), [spans(*regions)])
            )
        [file] = writer.files()
        content = b"".join(file.blocks).decode()
    finally:
        writer.close()

    # In the source three names are marked twice, and in some texts the offsets are not those of the names.
    assert (file.rows, marked, writer.losses.told()[2:]) == (
        979,
        2131,
        [
            *(
                ["edges of passages of entities that are no edges of words, moved there: 67 passages"]
                if name == "conll"
                else []
            ),
            "passages of entities within or across a longer one: 3",
            "spaces at the ends of passages of entities: 33 passages",
        ],
    )
    if name == "spacy":
        docs = [json.loads(line) for line in content.splitlines()]
        assert sum(len(doc["ents"]) for doc in docs) == marked - 3
        for doc, row in zip(docs, rows, strict=True):
            assert [doc["text"][each["start"] : each["end"]] for each in doc["ents"]] == [
                row["content"][start:end].strip()
                for start, end in sorted({(each["start"], each["end"]) for each in row["annotations"]})
            ]
    else:
        assert sum(tag.startswith("B-") for sentence in sentences(content) for _, tag in sentence) == marked - 3
