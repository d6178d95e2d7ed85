"""Opens the files of a folder by the libraries they are for, and prints what these found as JSON. Run by requirements/readers.txt.

Nothing of the platform is imported here: its own reading would prove nothing.
"""

import json
import sys
from pathlib import Path


def main(folder: Path) -> dict:
    return {
        "trl": trl(folder),
        "spacy": spacy_lines(folder / "spacy.jsonl"),
        "conll": conll(folder),
        "yolo": {each.name: yolo(each) for each in sorted(folder.glob("yolo-*")) if each.is_dir()},
    }


def trl(folder: Path) -> dict:
    """By `datasets`, then by what TRL's trainers prepare a data set with: the prompt apart, pairs undone, a chat template."""
    from datasets import load_dataset
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast
    from trl.data_utils import (
        apply_chat_template,
        is_conversational,
        maybe_extract_prompt,
        unpair_preference_dataset,
    )

    template = (
        "{% for m in messages %}<{{ m.role }}>{{ m.content or '' }}{% for c in m.tool_calls or [] %}[{{ c.function.name }}]"
        "{% endfor %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    words = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]")), chat_template=template
    )
    found = {}
    for file in sorted(folder.glob("*.jsonl")):
        if file.name == "spacy.jsonl":
            continue
        rows = load_dataset("json", data_files=str(file), split="train", cache_dir=str(folder / "cache"))
        told = {"columns": rows.column_names, "rows": rows.num_rows}
        if file.name.startswith("trl"):
            told["conversational"] = all(is_conversational(row) for row in rows)
            told["text"] = apply_chat_template(maybe_extract_prompt(rows[0]), words)
        if file.name == "trl-preference.jsonl":
            unpaired = unpair_preference_dataset(rows.select_columns(["prompt", "chosen", "rejected"]))
            told["unpaired"] = [unpaired.num_rows, sum(unpaired["label"])]
            told["pairs"] = [[row["chosen"][0]["content"], row["rejected"][0]["content"]] for row in rows]
        if file.name == "helpsteer.jsonl":
            told["features"] = {name: str(feature) for name, feature in rows.features.items()}
        found[file.stem] = told
    return found


def spacy_lines(file: Path) -> dict:
    """By `Doc.from_json` with its own schema, through a DocBin and back."""
    import spacy
    from spacy.tokens import Doc, DocBin

    nlp = spacy.blank("xx")
    docs = [Doc(nlp.vocab).from_json(json.loads(line), validate=True) for line in file.open(encoding="utf-8")]
    stored = DocBin(docs=docs).to_bytes()
    back = list(DocBin().from_bytes(stored).get_docs(nlp.vocab))
    return {
        "texts": [doc.text for doc in back],
        "ents": [[[ent.start_char, ent.end_char, ent.label_] for ent in doc.ents] for doc in back],
        "spans": [{name: len(group) for name, group in doc.spans.items()} for doc in docs],
    }


def conll(folder: Path) -> dict:
    """By spaCy's converter and by NLTK's corpus reader."""
    import nltk
    from nltk.corpus.reader import ConllCorpusReader
    from spacy.training.converters import conll_ner_to_docs

    [file] = folder.glob("*.conll")
    docs = list(conll_ner_to_docs(file.read_text(encoding="utf-8"), no_print=True))
    nltk.data.path.append(str(folder))
    reader = ConllCorpusReader(str(folder), [file.name], ("words", "pos", "chunk", "ne"), encoding="utf-8")
    begun = sum(row[3].startswith("B-") for grid in reader._grids() for row in grid)
    return {"docs": len(docs), "ents": [[ent.text for ent in doc.ents] for doc in docs], "nltk": begun}


def yolo(folder: Path) -> dict:
    """By `supervision`, which reads boxes, outlines, and of poses the boxes."""
    import supervision

    found = supervision.DetectionDataset.from_yolo(
        images_directory_path=str(folder / "images"),
        annotations_directory_path=str(folder / "labels"),
        data_yaml_path=str(folder / "data.yaml"),
        is_obb=folder.name.endswith("obb"),
    )
    told = {"classes": found.classes}
    for path, _, marks in found:
        corners = marks.data.get("xyxyxyxy")
        told[Path(path).name] = {
            "class": marks.class_id.tolist(),
            "boxes": marks.xyxy.tolist(),
            "pixels": marks.mask.sum(axis=(1, 2)).tolist() if marks.mask is not None else None,
            "corners": corners.tolist() if corners is not None else None,
        }
    return told


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
