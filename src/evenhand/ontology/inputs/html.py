"""HTML, made harmless at import: an allow-list of tags, no scripts, forms or remote loads; offsets count in the text view."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any, ClassVar

import nh3
from pydantic import BaseModel

from evenhand.core.canonical import JsonValue, digest_of_bytes, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.inputs.text import LENGTH_MAX, Settings
from evenhand.ontology.kind import Part

SANITIZER = "evenhand-html/1"
_FIELDS = frozenset({"text", "language", "media_type", "media"})
_ALLOWED = (
    "a abbr article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strong sub "
    "summary sup table tbody td tfoot th thead time tr u ul var wbr"
)
_TAGS = frozenset(_ALLOWED.split())
# No src, no style, no class: nothing may be loaded from elsewhere, and nothing may look like our own page.
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"alt"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_ROUNDS_MAX = 16


class HtmlInput:
    """A page or a piece of one. What annotators mark are code points of the text view, not of the source."""

    name: ClassVar[str] = "html"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = False
    is_text: ClassVar[bool] = True

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """A source of at most 1 Mi code points; a warning when something will be taken out of it."""
        pointer, source = ("", content)
        if isinstance(content, dict):
            pointer, source = "/text", content.get("text")
            if unknown := sorted(content.keys() - _FIELDS):
                at = "/" + escape_pointer(unknown[0])
                return [Problem(at, "unknown_field", "An HTML input has no such field.", "Remove it.")]
            if not isinstance(content.get("language", ""), str):
                return [Problem("/language", "bad_value", "language is a text.", "Send a text, or leave it out.")]
        if not isinstance(source, str):
            return [Problem(pointer, "bad_json", "This is not HTML.", "Send a string.")]
        if len(source) > LENGTH_MAX:
            message = f"An HTML input has at most {LENGTH_MAX} characters; this has {len(source)}."
            return [Problem(pointer, "too_large", message, "Split it into parts of one group.")]
        if is_unsafe(source):
            message = "Scripts, forms, styles or remote loads are taken out."
            return [Problem(pointer, "unsafe_html", message, "Look at how it is shown.", is_warning=True)]
        return []

    def clean(self, settings: Any, content: JsonValue) -> JsonValue:
        """The harmless source, the length of its text view and the digest of what was sent."""
        given = content if isinstance(content, dict) else {"text": content}
        source = given["text"]
        assert isinstance(source, str)
        harmless = sanitized(source)
        known = given.get("media")
        is_ours = harmless == source and isinstance(known, dict) and known.get("sanitizer") == SANITIZER
        media: JsonValue = {
            "length": len(text_view(harmless)),
            "sanitizer": SANITIZER,
            "raw": digest_of_bytes(source.encode()),
        }
        kept = {name: value for name, value in given.items() if name == "language"}
        return {**kept, "text": harmless, "media_type": "text/html", "media": known if is_ours else media}

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The page itself, with its text view."""
        text = self.text_of(settings, content)
        return [Part(name, "input", name, self.name, text=text, facts={"length": len(text)})]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """All but the digest of the raw source, by which a known page could be recognised."""
        if not isinstance(content, dict):
            return content
        return {name: value for name, value in content.items() if name != "media"}

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """The text view."""
        source = content.get("text") if isinstance(content, dict) else content
        return text_view(source) if isinstance(source, str) else ""

    def examples(self) -> Iterable[JsonValue]:
        """A page with entities, and the object form."""
        return [
            "<h1>Größe &amp; Gewicht</h1><p>4&nbsp;kg 💩</p>",
            {"text": "<ul><li>北京</li><li>上海</li></ul>", "language": "zh"},
        ]


def sanitized(source: str) -> str:
    """The harmless form, which a browser parses to the same text and which cleaning again does not change.

    One round is not enough: `<pre>` and `\\r` lose a line end every time they are parsed, so it runs until nothing changes.
    """
    before = source
    for _ in range(_ROUNDS_MAX):
        after = nh3.clean(
            before,
            tags=set(_TAGS),
            attributes=_ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
        if after == before:
            return after
        before = after
    # Only a run of line ends at the start of a <pre> can still change; nobody marks those.
    return before


def is_unsafe(source: str) -> bool:
    """Whether cleaning takes out more than spelling: a tag or an attribute that is not on the list."""
    seen = _Forbidden()
    try:
        seen.feed(source)
        seen.close()
    except AssertionError:
        # The standard library's parser gives up on markup like "<![x", which the sanitizer takes out.
        return True
    return seen.is_found


def text_view(harmless: str) -> str:
    """The text nodes in document order, entities resolved, joined without separators."""
    texts = _Texts()
    texts.feed(harmless)
    texts.close()
    return "".join(texts.found)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


class _Forbidden(HTMLParser):
    _FRAME = frozenset({"html", "head", "body", "tbody", "meta", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = _ATTRIBUTES["*"] | _ATTRIBUTES.get(tag, set()) | {"rel", "class", "id"}
        self.is_found |= tag not in _TAGS | self._FRAME or any(name not in allowed for name, _ in attrs)


kind = HtmlInput()
