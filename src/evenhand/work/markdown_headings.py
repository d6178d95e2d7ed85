"""The headings of a markdown text (CommonMark 0.31, 4.2), as passages of guidelines are named by them."""

from __future__ import annotations

import re

# Up to three spaces, one to six signs, and a space before the words; signs behind the words close the heading.
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<words>.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})")


def headings_of(markdown: str) -> list[str]:
    """Their words in order, as they were written; none of what stands in fenced code.

    >>> headings_of("# Tone\\n\\n```\\n# no heading\\n```\\n## Irony ##\\n")
    ['Tone', 'Irony']
    """
    found: list[str] = []
    fence = ""
    for line in markdown.splitlines():
        if mark := _FENCE.match(line):
            signs = mark["fence"]
            if not fence:
                fence = signs
            elif signs[0] == fence[0] and len(signs) >= len(fence):
                fence = ""
        elif not fence and (heading := _HEADING.match(line)) and heading["words"]:
            found.append(heading["words"])
    return found
