"""What a dropped file seems to be: its first rows, or its files' names, become proposals of presets with their reasons. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evenhand.core.canonical import read_json, unfit_parts
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.conversations import is_reply
from evenhand.ontology.inputs.chat import kind as chat
from evenhand.ontology.messages import Found
from evenhand.ontology.presets import HoleRefused, expand, presets
from evenhand.ontology.traces.reader import is_whole_trace, read_trace

ROWS_READ = 200
EXAMPLES_SHOWN = 3
EXAMPLE_LENGTH = 200
LABELS_MAX = 40
HEADLINE_LENGTH = 150
WHOLE_ROW = "*"
_PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|tiff?|bmp)$", re.I)
_SOUND = re.compile(r"\.wave?$", re.I)
_ADDRESS = re.compile(r"^(https?://|data:|s3://|gs://)\S+$")
_NAMES = {
    "id": re.compile(r"^(id|_id|uuid|guid|key|index|external_id|.*_id)$", re.I),
    "label": re.compile(
        r"^(labels?|class|classes|category|categories|sentiment|target|y|intent|topics?|tags?|emotion)$", re.I
    ),
    "text": re.compile(
        r"^(text|content|body|comment|review|sentence|message|tweet|post|question|article|document|passage)$", re.I
    ),
    "title": re.compile(r"^(title|headline|subject)$", re.I),
    "source": re.compile(r"^(source|src|source_text|original)$", re.I),
    "translation": re.compile(r"^(translation|target|tgt|mt|hypothesis|target_text)$", re.I),
    "query": re.compile(r"^(query|search|search_query|keywords?)$", re.I),
    "page": re.compile(r"^(page|passage|document|doc|result|html|content|text|body)$", re.I),
}
_PAIRS = (
    ("a", "b"), ("first", "second"), ("left", "right"), ("1", "2"), ("one", "two"), ("chosen", "rejected"), ("before", "after"),
    ("original", "simplified"),
)  # fmt: skip
_FINANCE = re.compile(
    r"\b(shares?|stocks?|earnings|revenues?|profits?|quarterly|guidance|NYSE|Nasdaq|Sensex|Nifty|dividends?|analysts?|bonds?|IPO|"
    r"mergers?|Q[1-4]|net loss|equity|equities|funds?|stake|markets?|rupee|brokerages?|investors?|inflation|Aktien?|Umsatz|Gewinn|"
    r"Quartal)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column, some of its values, and what it seems to hold: id, label, number, picture, html, chat, text or other."""

    name: str
    examples: tuple[Any, ...]
    guess: str
    length_mean: float
    labels: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The column as the API sends it."""
        return {"name": self.name, "examples": list(self.examples), "guess": self.guess}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A preset for this file. mapping: input -> column ("*": the row as a whole). with_: what fills the preset's holes."""

    preset: str
    mapping: Mapping[str, str]
    reason: str
    score: float
    with_: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The proposal as the API sends it, the expanded ontology with it."""
        return {
            "preset": self.preset,
            "title": presets()[self.preset].title,
            "mapping": dict(self.mapping),
            "with": dict(self.with_),
            "reason": self.reason,
            "score": self.score,
            "body": expand(self.preset, self.with_),
        }


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The columns of the first rows, in the order in which they first stand."""
    rows = rows[:ROWS_READ]
    names = dict.fromkeys(name for row in rows for name in row)
    return [_column(name, [row[name] for row in rows if row.get(name) not in (None, "")]) for name in names]


def propose(rows: Sequence[Mapping[str, Any]]) -> list[Proposal]:
    """Presets for a table or a list of objects, best first; [] when nothing fits. Only presets that exist are proposed."""
    columns = columns_of(rows)
    found = [each for rule in _RULES for each in rule(columns, rows[:ROWS_READ])]
    best: dict[str, Proposal] = {}
    for each in sorted(found, key=lambda proposal: -proposal.score):
        if each.preset in presets() and _is_fillable(each):
            best.setdefault(each.preset, each)
    return list(best.values())


def propose_files(names: Sequence[str]) -> list[Proposal]:
    """Presets for a folder or archive of files, by their names."""
    sounds = sum(bool(_SOUND.search(name)) for name in names)
    if sounds * 2 > len(names):
        count = f"{sounds} recording{'s' if sounds != 1 else ''}"
        said = Proposal("transcription", {"audio": "file"}, f"{count}: what is said, by whom.", 0.6)
        heard = Proposal("audio-events", {"audio": "file"}, f"{count}: what is heard, from when to when.", 0.5)
        return [each for each in (said, heard) if each.preset in presets()]
    pictures = [name for name in names if _PICTURE.search(name)]
    if not pictures or len(pictures) * 2 < len(names):
        return []
    count = f"{len(pictures)} picture{'s' if len(pictures) != 1 else ''}"
    folders = sorted({parts[-2] for name in pictures if len(parts := re.split(r"[/\\]", name)) > 1})
    proposals = []
    if 2 <= len(folders) <= LABELS_MAX:
        reason = f"{count} in {len(folders)} folders ({_few(folders)}): the folders may be labels."
        proposals.append(Proposal("image-classification", {"image": "file"}, reason, 0.8, {"labels": folders}))
    else:
        proposals.append(Proposal("image-classification", {"image": "file"}, f"{count}: one label for each.", 0.6))
    proposals.append(Proposal("image-boxes", {"image": "file"}, f"{count}: a box around each object.", 0.5))
    return [each for each in proposals if each.preset in presets()]


def _column(name: str, values: Sequence[Any]) -> Column:
    examples = tuple(
        value[:EXAMPLE_LENGTH] if isinstance(value, str) else value
        for value in values[:EXAMPLES_SHOWN]
        if len(json.dumps(value, default=str)) <= 10 * EXAMPLE_LENGTH or isinstance(value, str)
    )
    texts = [value for value in values if isinstance(value, str)]
    mean = sum(map(len, texts)) / len(texts) if texts else 0.0
    labels = _labels(values)
    return Column(name, examples, _guess(name, values, texts, mean, labels), mean, labels)


def _guess(name: str, values: Sequence[Any], texts: Sequence[str], mean: float, labels: tuple[str, ...]) -> str:
    if not values:
        return "other"
    if all(_is_chat(value) for value in values[:20]):
        return "chat"
    if len(texts) * 2 < len(values):
        is_number = all(isinstance(value, int | float) for value in values)
        return "label" if labels and _NAMES["label"].match(name) else "number" if is_number else "other"
    if all(_PICTURE.search(text) or text.startswith("data:image/") for text in texts[:20]):
        return "picture"
    if all(_ADDRESS.match(text) for text in texts[:20]):
        return "address"
    if all(_is_number(text) for text in texts[:50]):
        return "label" if labels and _NAMES["label"].match(name) else "number"
    if labels and (_NAMES["label"].match(name) or (len(labels) * 2 <= len(values) >= 8 and mean <= 40)):
        return "label"
    if sum("</" in text for text in texts) * 2 > len(texts):
        return "html"
    if _NAMES["id"].match(name) and not any(" " in text for text in texts):
        return "id"
    return "text" if mean >= 12 or _NAMES["text"].match(name) or _NAMES["title"].match(name) else "other"


def _labels(values: Sequence[Any]) -> tuple[str, ...]:
    """The distinct short values, split where a cell holds several; () when there are too many to be labels."""
    found: dict[str, None] = {}
    for value in values:
        for each in value if isinstance(value, list) else _pieces(value):
            if not isinstance(each, str | int) or isinstance(each, bool) or not 0 < len(str(each).strip()) <= 60:
                return ()
            found[str(each).strip()] = None
    return tuple(found) if len(found) <= LABELS_MAX and len(found) <= max(len(values), 4) else ()


def _pieces(value: Any) -> list[Any]:
    return [piece for piece in re.split(r"[;|]", value) if piece.strip()] if isinstance(value, str) else [value]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_chat(value: Any) -> bool:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            value = read_json(value)
        except Malformed:
            return False
    if not isinstance(value, list | dict) or not value or unfit_parts(value):
        return False
    return not any(isinstance(each, Problem) and not each.is_warning for each in chat.check(chat.Settings(), value))


# ------------------------------------------------------------------------------------------------------------ rules --
def _chats(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    for column in columns:
        if column.guess != "chat":
            continue
        first = next(row[column.name] for row in rows if row.get(column.name) not in (None, ""))
        stored: Any = chat.clean(chat.Settings(), json.loads(first) if isinstance(first, str) else first)
        last = stored["threads"][-1]["turns"][-1]
        count = len(last.get("responses", []))
        mapping = {"chat": column.name}
        if count == 0:
            reason = f"{column.name} holds conversations that wait for a reply: people write it."
            yield Proposal("sft-demonstration", mapping, reason, 0.9)
        elif count == 1:
            reason = f"{column.name} holds conversations with a reply: people rate it."
            yield Proposal("chat-attributes", mapping, reason, 0.85)
        else:
            yield from _compare(mapping, f"{column.name} holds {count} replies to the same prompt", count)


def _traces(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    if not rows or not all(is_whole_trace(row) and _is_trace(row) for row in rows[:5]):
        return
    acts = any(node.get("calls") for node in read_trace(dict(rows[0]), Found())["nodes"])
    preset, word = (
        ("agent-trajectory-review", "run of an agent") if acts else ("process-supervision", "solution in steps")
    )
    yield Proposal(preset, {"trace": WHOLE_ROW}, f"Each row is a {word}: people grade its steps.", 0.95)


def _is_trace(row: Mapping[str, Any]) -> bool:
    found = Found()
    if not unfit_parts(dict(row)):
        read_trace(dict(row), found)
        return all(each.is_warning for each in found.problems)
    return False


def _replies(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    names = {column.name for column in columns}
    if {"chosen", "rejected"} <= names:
        which = "chosen and rejected"
    elif {"prompt", "responses"} <= names:
        which = "prompt and responses"
    elif twins := [name for name in names if is_reply(name)]:
        which = f"a prompt and {_joined(sorted(twins)[:2])}"
    else:
        return
    readable = [row for row in rows[:20] if _is_chat(dict(row))]
    if readable and len(readable) == len(rows[:20]):
        yield from _compare({"chat": WHOLE_ROW}, f"Each row holds {which}", 2)


def _compare(mapping: Mapping[str, str], what: str, count: int) -> Iterator[Proposal]:
    if count == 2:
        yield Proposal("chat-preference", mapping, f"{what}: people say which reply is better.", 0.92)
    yield Proposal("chat-attributes", mapping, f"{what}: people rate and rank them.", 0.8)


def _pairs(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    texts = [column.name for column in columns if column.guess in ("text", "other") and column.examples]
    for name in texts:
        for one, two in _PAIRS:
            stem = re.fullmatch(rf"(.*?[_ -]?){re.escape(one)}", name, re.I)
            twin = next((other for other in texts if stem and other.lower() == (stem[1] + two).lower()), None)
            if twin:
                mapping = {"first": name, "second": twin}
                reason = f"{name} and {twin} are two versions side by side: people say which is better."
                yield Proposal("easier-to-read", mapping, reason, 0.75)


def _translations(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    source, translation = _named(columns, "source"), _named(columns, "translation")
    if source and translation and source.guess == translation.guess == "text":
        reason = f"{source.name} and {translation.name} are a text and its translation: people mark the errors."
        yield Proposal("translation-quality", {"source": source.name, "translation": translation.name}, reason, 0.85)


def _searches(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    query = _named(columns, "query")
    page = next((each for each in columns if each is not query and each.guess == "html"), None) or _named(
        columns, "page"
    )
    if query and page and page is not query:
        reason = f"{query.name} is a query and {page.name} a result: people say how well it answers."
        yield Proposal("search-relevance", {"query": query.name, "page": page.name}, reason, 0.85)


def _pictures(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    picture = next((column for column in columns if column.guess == "picture"), None)
    if picture is not None:
        labels = _labels_beside(columns)
        mapping = {"image": picture.name}
        given = {"labels": list(labels.labels)} if labels else {}
        beside = f", with labels in {labels.name}" if labels else ""
        yield Proposal("image-classification", mapping, f"{picture.name} names pictures{beside}.", 0.7, given)
        yield Proposal("image-boxes", mapping, f"{picture.name} names pictures: a box around each object.", 0.5)


def _texts(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    text = _text(columns)
    if text is None:
        return
    labels, mapping = _labels_beside(columns), {"text": text.name}
    if labels is not None:
        several = any(isinstance(value, list) or len(_pieces(value)) > 1 for value in labels.examples)
        preset, how = ("multi-label-text", "any of") if several else ("text-classification", "one of")
        reason = f"{text.name} is a text and {labels.name} holds {len(labels.labels)} labels ({_few(labels.labels)}): {how} these."
        yield Proposal(preset, mapping, reason, 0.8, _hole(preset, labels.labels))
    reason = f"{text.name} is a text: one label for each."
    yield Proposal("text-classification", mapping, reason, 0.45)
    yield Proposal("ner", mapping, f"{text.name} is a text: people mark the names in it.", 0.35)
    yield Proposal("text-rating", mapping, f"{text.name} is a text: people rate it.", 0.3)
    if text.length_mean >= 2000:
        reason = f"{text.name} holds long documents: people find their topic."
        yield Proposal("document-topic", {"document": text.name}, reason, 0.5)


def _news(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    text, title = _text(columns), _named(columns, "title")
    if text is None:
        return
    said = [str(row.get(text.name, "")) + " " + str(row.get(title.name, "") if title else "") for row in rows]
    # A headline has room for one such word; a longer text that is about something else may hold one as well.
    least = 1 if text.length_mean < HEADLINE_LENGTH else 2
    share = sum(len(set(_FINANCE.findall(each))) >= least for each in said) / len(said)
    if share < 0.3:
        return
    mapping = {"text": text.name} | ({"headline": title.name} if title and title is not text else {})
    reason = f"{share:.0%} of the rows speak of shares, profits or markets: entities, sentiment, topics and impact."
    yield Proposal("financial-news", mapping, reason, 0.6 + 0.3 * share)


_Rule = Callable[[Sequence[Column], Sequence[Mapping[str, Any]]], Iterator[Proposal]]
_RULES: tuple[_Rule, ...] = (_traces, _chats, _replies, _pairs, _translations, _searches, _pictures, _news, _texts)


def _named(columns: Sequence[Column], role: str) -> Column | None:
    return next(
        (each for each in columns if _NAMES[role].match(each.name) and each.guess in ("text", "html", "other")), None
    )


def _text(columns: Sequence[Column]) -> Column | None:
    """The column that is read: by its name, else the longest."""
    texts = [column for column in columns if column.guess in ("text", "html")]
    by_name = next((column for column in texts if _NAMES["text"].match(column.name)), None)
    return by_name or max(texts, key=lambda column: column.length_mean, default=None)


def _labels_beside(columns: Sequence[Column]) -> Column | None:
    found = [column for column in columns if column.guess == "label" and len(column.labels) > 1]
    by_name = next((column for column in found if _NAMES["label"].match(column.name)), None)
    return by_name or next(iter(found), None)


def _hole(preset: str, labels: Sequence[str]) -> dict[str, Any]:
    return {next(iter(presets()[preset].holes)): list(labels)} if preset in presets() else {}


def _is_fillable(proposal: Proposal) -> bool:
    try:
        expand(proposal.preset, proposal.with_)
    except HoleRefused:
        return False
    return True


def _joined(names: Sequence[str]) -> str:
    return " and ".join(names)


def _few(values: Sequence[str]) -> str:
    return ", ".join(values[:3]) + (", …" if len(values) > 3 else "")
