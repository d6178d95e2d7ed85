"""HTML inputs: nothing harmful is stored, and the text view is the one a browser would count in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.canonical import digest_of_bytes
from evenhand.ontology.inputs.html import kind, sanitized, text_view

SETTINGS = kind.Settings()


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ('<p onclick="x()">a</p>', "<p>a</p>"),
        ('<img src="https://elsewhere.example/p.png" alt="a pixel">', '<img alt="a pixel">'),
        ('<p style="background:url(//elsewhere.example)">a</p>', "<p>a</p>"),
        ('<form action="/x"><input name="y"></form>z', "z"),
        ('<a href="javascript:alert(1)">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ('<iframe src="https://elsewhere.example"></iframe>z', "z"),
        ("<!-- hidden -->z", "z"),
    ],
)
def test_scripts_forms_styles_and_remote_loads_are_taken_out_with_a_warning(source, stored):
    cleaned = kind.clean(SETTINGS, source)

    assert cleaned["text"] == stored
    assert cleaned["media"]["raw"] == digest_of_bytes(source.encode())
    if not source.startswith("<!--") and "javascript" not in source:
        assert [(each.code, each.is_warning) for each in kind.check(SETTINGS, source)] == [("unsafe_html", True)]


def test_harmless_html_is_kept_without_a_warning():
    source = '<h1 lang="de">Größe</h1><table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'

    assert kind.check(SETTINGS, source) == []
    assert kind.clean(SETTINGS, source)["text"] == source


def test_the_text_view_joins_text_nodes_with_entities_resolved():
    assert text_view("<p>a&nbsp;b &amp; c</p><p>d&#x1F4A9;</p>") == "a\u00a0b & cd💩"


def test_line_ends_that_a_parser_swallows_do_not_move_offsets():
    harmless = sanitized("<pre>\n\n\n\nfoo</pre>a&#13;b")

    assert harmless == sanitized(harmless) == "<pre>foo</pre>a\nb"
    assert kind.parts("page", SETTINGS, {"text": harmless})[0].text == "fooa\nb"


@given(st.text(alphabet=st.sampled_from("<>/ap=\"'&;#x1!-\n script[]"), max_size=80))
def test_cleaning_twice_is_cleaning_once(source):
    once = kind.clean(SETTINGS, source)

    assert kind.clean(SETTINGS, once) == once
    assert "<script" not in once["text"]
    assert kind.check(SETTINGS, once) == []


def test_the_raw_digest_does_not_reach_the_browser():
    assert kind.visible(SETTINGS, kind.clean(SETTINGS, "<p>a</p>")) == {"text": "<p>a</p>", "media_type": "text/html"}
